"""What was signed before a key was stolen: the set of digests an issuance log held under it.

A signature is named by the SHA-256 of the bytes the key signed (the hash data of a Data Integrity
proof, the signing input of a JWS). The sorted set is split by leading bits into parts, so that a
verifier gets only the part its credential falls into, and tells nobody which credential it is.
"""

import hashlib
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Final

from vc.encoding import multibase
from vc.encoding.strict_json import JsonValue
from vc.errors import MalformedValue, ProtocolError
from vc.model.credential import require_time
from vc.model.digests import read_multibase
from vc.trust.reading import require_each, require_mapping, require_text, require_whole

MAX_PREFIX_BITS: Final = 16
DIGEST_BYTES: Final = 32
# What the reader of documents takes in one piece.
MAX_PART_BYTES: Final = 700_000
DIGESTS_TYPE: Final = "IssuanceDigestsCredential"


@dataclass(frozen=True, kw_only=True, slots=True)
class DigestPart:
    """Where one part is, and the SHA-256 of its exact bytes."""

    url: str
    sha256: bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class SignedBefore:
    """The parts of one set, in order of the ``prefix_bits`` leading bits they hold."""

    prefix_bits: int
    parts: tuple[DigestPart, ...]

    def part_of(self, digest: bytes) -> tuple[int, DigestPart]:
        """The part ``digest`` belongs in, with its number."""
        number = prefix_of(digest, self.prefix_bits)
        return number, self.parts[number]


@dataclass(frozen=True, kw_only=True, slots=True)
class Digests:
    """One part that was read: sorted digests without repetition, one after the other."""

    packed: bytes

    def __contains__(self, digest: object) -> bool:
        if not isinstance(digest, bytes) or len(digest) != DIGEST_BYTES:
            return False
        count = len(self.packed) // DIGEST_BYTES
        place = bisect_left(range(count), digest, key=self._at)
        return place < count and self._at(place) == digest

    def _at(self, place: int) -> bytes:
        return self.packed[place * DIGEST_BYTES : (place + 1) * DIGEST_BYTES]


def signed_digest(signed: bytes) -> bytes:
    """The name of a signature: SHA-256 over the bytes that were signed."""
    return hashlib.sha256(signed).digest()


def prefix_of(digest: bytes, bits: int) -> int:
    """The number in the first ``bits`` bits of ``digest``."""
    return int.from_bytes(digest) >> (8 * len(digest) - bits)


def split(digests: Iterable[bytes], bits: int) -> Sequence[Sequence[bytes]]:
    """The sorted set in 2^``bits`` parts."""
    parts: list[list[bytes]] = [[] for _ in range(1 << bits)]
    for digest in sorted(set(digests)):
        parts[prefix_of(digest, bits)].append(digest)
    return parts


def pack(digests: Sequence[bytes]) -> str:
    """Sorted digests as the text of a part's ``digests`` member."""
    return multibase.encode_base64url(b"".join(digests))


def parse_signed_before(value: JsonValue, pointer: str) -> SignedBefore | None:
    """Read the ``signedBefore`` of a key; None where it is absent. Raises ``MalformedValue``."""
    if value is None:
        return None
    entry = require_mapping(value, pointer)
    bits = require_whole(
        entry.get("prefixBits"), f"{pointer}/prefixBits", at_least=0, at_most=MAX_PREFIX_BITS
    )
    parts = require_each(entry.get("parts"), f"{pointer}/parts", _parse_part)
    if len(parts) != 1 << bits:
        raise MalformedValue("There must be one part for each prefix.", pointer=f"{pointer}/parts")
    return SignedBefore(prefix_bits=bits, parts=parts)


def _parse_part(entry: Mapping[str, JsonValue], pointer: str) -> DigestPart:
    place = f"{pointer}/digestMultibase"
    text = require_text(entry.get("digestMultibase"), place)
    try:
        digest = read_multibase(text)
    except ProtocolError:
        raise MalformedValue("The digest cannot be read.", pointer=place) from None
    if digest.algorithm != "sha256":
        raise MalformedValue("The digest must be SHA-256.", pointer=place)
    return DigestPart(url=require_text(entry.get("id"), f"{pointer}/id"), sha256=digest.value)


def multihash_text(content: bytes) -> str:
    """The SHA-256 of ``content`` as ``digestMultibase`` states it: a multihash."""
    return multibase.encode_base64url(b"\x12\x20" + hashlib.sha256(content).digest())


def parse_digests(
    document: Mapping[str, JsonValue],
    *,
    public_key_multibase: str,
    before: datetime,
    prefix_bits: int,
    prefix: int,
) -> Digests:
    """Read a part whose bytes are the ones the trust list named.

    Raises ``MalformedValue`` unless it is the part ``prefix`` for this key and instant, and sorted.
    """
    pointer = "/credentialSubject"
    subject = require_mapping(document.get("credentialSubject"), pointer)
    said = (
        require_text(subject.get("publicKeyMultibase"), f"{pointer}/publicKeyMultibase"),
        require_time(subject.get("signedBefore"), f"{pointer}/signedBefore"),
        require_whole(subject.get("prefixBits"), f"{pointer}/prefixBits", at_least=0),
        require_whole(subject.get("prefix"), f"{pointer}/prefix", at_least=0),
    )
    if said != (public_key_multibase, before, prefix_bits, prefix):
        raise MalformedValue("This is another key's set, or another part of it.", pointer=pointer)
    place = f"{pointer}/digests"
    try:
        packed = multibase.decode(
            require_text(subject.get("digests"), place), max_bytes=MAX_PART_BYTES, bases="u"
        )
    except ProtocolError:
        raise MalformedValue("The digests cannot be read.", pointer=place) from None
    starts = range(0, len(packed), DIGEST_BYTES)
    digests = [packed[start : start + DIGEST_BYTES] for start in starts]
    rising = all(low < high for low, high in pairwise(digests))
    if len(packed) % DIGEST_BYTES or not rising:
        raise MalformedValue("The digests must be whole, sorted and without repetition.", pointer=place)
    if any(prefix_of(digest, prefix_bits) != prefix for digest in digests):
        raise MalformedValue("A digest stands in another part's place.", pointer=place)
    return Digests(packed=packed)
