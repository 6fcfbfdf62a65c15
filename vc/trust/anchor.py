"""The trust anchor: what a verifier knows of the root beforehand, by another way than the network."""

from dataclasses import dataclass
from typing import Final

from vc.crypto.keys import KeyType, PublicKey
from vc.errors import MalformedValue, ProtocolError

# A document carries eight proofs at most.
MAX_KEYS: Final = 8


@dataclass(frozen=True, kw_only=True, slots=True)
class TrustAnchor:
    """What a verifier has pinned: the root's DID, the root keys, and how many of them must sign."""

    did: str
    threshold: int
    keys: tuple[str, ...]

    @property
    def text(self) -> str:
        """The anchor as it stands in the settings: ``2:z6Mk…,z6Mk…``."""
        return f"{self.threshold}:{','.join(self.keys)}"


def parse_anchor(text: str, *, did: str) -> TrustAnchor:
    """Read ``2:z6Mk…,z6Mk…,z6Mk…``; one key alone is 1 of 1.

    Raises ``MalformedValue`` saying what is wrong and never repeating a key.
    """
    number, colon, rest = text.partition(":")
    keys = tuple(part.strip() for part in (rest if colon else number).split(","))
    if not colon and len(keys) > 1:
        raise MalformedValue("must say how many of its keys have to sign, as in 2:z6Mk…,z6Mk…,z6Mk…")
    if colon and not (number.isascii() and number.isdigit()):
        raise MalformedValue("must begin with the number of keys that have to sign, as in 2:z6Mk…,z6Mk…")
    threshold = int(number[:3]) if colon else 1
    for key in keys:
        if not is_root_key(key):
            raise MalformedValue("must hold Ed25519 keys as multikeys in base58, beginning with z6Mk")
    if len(set(keys)) != len(keys):
        raise MalformedValue("names the same key twice")
    if not 1 <= threshold <= len(keys) or len(keys) > MAX_KEYS:
        raise MalformedValue(f"must ask for at least one and at most all of its keys, {MAX_KEYS} at most")
    return TrustAnchor(did=did, threshold=threshold, keys=keys)


def is_root_key(text: str) -> bool:
    """Whether ``text`` is the one spelling of an Ed25519 key."""
    try:
        key = PublicKey.from_multikey(text)
    except ProtocolError:
        return False
    return key.key_type is KeyType.ED25519 and key.multikey == text
