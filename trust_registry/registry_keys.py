"""Keys that the trust registry alone holds: one that signs, and secrets drawn from another."""

import hashlib
from typing import Final

from runtime.keyring import Keyring
from vc.crypto.keys import PublicKey, Signer

_SIGNING: Final = "sessions-"
_SECRETS: Final = "secrets-1"


class SessionKeys:
    """What signs assertions and access tokens: the newest key; older ones go on being published."""

    def __init__(self, keyring: Keyring) -> None:
        keyring.ensure(f"{_SIGNING}1")
        names = [name for name in keyring.key_ids() if name.startswith(_SIGNING)]
        self.signer: Signer = keyring.signer(names[-1], "")
        public = (keyring.public_key(name) for name in names)
        self.public: dict[str, PublicKey] = {key.multikey: key for key in public}


def registry_secret(keyring: Keyring, purpose: str) -> bytes:
    """32 secret bytes for one purpose, the same for ever.

    An Ed25519 signature is a function of key and message alone (RFC 8032 section 5.1.6), and this key
    signs nothing that leaves the process. So whoever has no key cannot compute the secret, and the
    keyring needs no second kind of content.
    """
    keyring.ensure(_SECRETS)
    return hashlib.sha256(keyring.signer(_SECRETS, "").sign(f"passport secret: {purpose}".encode())).digest()
