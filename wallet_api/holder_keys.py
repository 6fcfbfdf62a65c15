"""One-time keys of a holder, each sealed under the secret that only the holder's PIN opens.

A copy of a certificate is bound to such a key; without the PIN nobody presents it, neither whoever
operates this wallet nor whoever has its database and keyring.
"""

from dataclasses import dataclass
from typing import Final, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from runtime.entropy import random_bytes, random_secret
from runtime.personal_data import Place, SealBroken
from vc.crypto.keys import InMemorySigner, KeyType, PublicKey, Signer
from vc.did import did_jwk
from wallet_api.unlocking import Unlocked

_NONCE_BYTES: Final = 12
_KEY_BYTES: Final = 32
_PURPOSE: Final = b"passport holder keys 1"
_VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class HolderKey:
    """A P-256 key pair of a holder. ``repr`` does not show the private half."""

    public: PublicKey
    _secret: bytes

    def __repr__(self) -> str:
        return f"HolderKey({self.public.multikey})"

    @classmethod
    def of_secret(cls, secret: bytes) -> Self:
        """The pair whose private scalar is ``secret``, big endian. Raises ``MalformedValue``."""
        return cls(InMemorySigner(secret, "", key_type=KeyType.P256).public_key, secret)

    def signer(self) -> Signer:
        """What signs with it (ES256), under the verification method of its did:jwk."""
        method = did_jwk.verification_method_for(self.public)
        return InMemorySigner(self._secret, method, key_type=KeyType.P256)

    def sealed_with(self, cipher: AESGCM, associated: bytes) -> bytes:
        """The private half: nonce (12 bytes), then AES-GCM."""
        nonce = random_bytes(_NONCE_BYTES)
        return nonce + cipher.encrypt(nonce, self._secret, associated)


def new_holder_key() -> HolderKey:
    """A key that nobody has yet."""
    return HolderKey.of_secret(random_secret(KeyType.P256))


def seal_holder_key(unlocked: Unlocked, key: HolderKey, place: Place) -> bytes:
    """``key`` as it is kept at ``place``; it opens there alone, and for this holder alone."""
    return key.sealed_with(_cipher(unlocked), _associated(unlocked, place))


def open_holder_key(unlocked: Unlocked, sealed: bytes, place: Place) -> HolderKey:
    """The key sealed at ``place``. Raises ``SealBroken`` for what was moved, altered or is another's.

    Also after the holder was given a new PIN at a kiosk: the secret under which it was sealed is gone.
    """
    try:
        secret = _cipher(unlocked).decrypt(
            sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], _associated(unlocked, place)
        )
    except (InvalidTag, ValueError):
        raise SealBroken("A holder's key was altered or moved, or its PIN is another since.") from None
    return HolderKey.of_secret(secret)


def _cipher(unlocked: Unlocked) -> AESGCM:
    derived = HKDF(algorithm=hashes.SHA256(), length=_KEY_BYTES, salt=None, info=_PURPOSE)
    return AESGCM(derived.derive(unlocked.secret))


def _associated(unlocked: Unlocked, place: Place) -> bytes:
    return unlocked.holder.encode() + b"|" + place.associated(_VERSION)
