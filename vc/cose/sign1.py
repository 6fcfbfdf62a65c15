"""COSE_Sign1 messages (RFC 9052 section 4.2), read strictly.

Only the shortest spelling with definite lengths is accepted: what is read is written again, and must
come out the same. So no map can have a label twice, and a message has one spelling. Every member of
the header must be protected: what nothing secures is not worth reading.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import cbor2

from vc.crypto.keys import PublicKey, Signer
from vc.encoding.plain_cbor import load, not_shortest, read_plain
from vc.encoding.strict_json import DEFAULT_LIMITS, Limits
from vc.errors import MalformedValue

Label: TypeAlias = "int | str"

# RFC 9052 section 3.1, RFC 9597 (CWT claims), RFC 9596 (typ), RFC 9360 (certificates).
ALG, CRIT, CONTENT_TYPE, KID, CWT_CLAIMS, TYP = 1, 2, 3, 4, 15, 16
_X5BAG, _X5CHAIN, _X5U = 32, 33, 35
# Keys or places of keys, and what changes how the rest is read.
_REFUSED_LABELS = frozenset({CRIT, _X5BAG, _X5CHAIN, _X5U})
# RFC 9053 section 2, RFC 8152 section 8: the names of the keys' algorithms in COSE.
_ALGORITHMS: Mapping[str, int] = {"EdDSA": -8, "ES256": -7, "ES384": -35, "ES512": -36}
_ALGORITHM_NAMES = {identifier: name for name, identifier in _ALGORITHMS.items()}
_TAG = b"\xd2"
_ARRAY_OF_FOUR = b"\x84"
_EMPTY_MAP = b"\xa0"
_BYTES_MAJOR_TYPE = 2
_MAX_HEADER_BYTES = 4_096
_MAX_SIGNATURE_BYTES = 132
# The longest head of a byte string: the initial byte and eight bytes of length.
_MAX_HEAD_BYTES = 9
_MAX_HEADER_DEPTH = 4


@dataclass(frozen=True, kw_only=True, slots=True)
class UnverifiedSign1:
    """A COSE_Sign1 nobody has verified; ``protected`` is the header, decoded from ``protected_bytes``."""

    protected: Mapping[Label, Any]
    protected_bytes: bytes
    payload: bytes
    signature: bytes

    @property
    def algorithm(self) -> str:
        """The JOSE name of the algorithm in the protected header."""
        return _ALGORITHM_NAMES[self.protected[ALG]]

    @property
    def key_id(self) -> str | None:
        """The ``kid`` as text, where it is text: a hint which key to try."""
        key_id = self.protected.get(KID)
        try:
            return key_id.decode("utf-8") if isinstance(key_id, bytes) else None
        except UnicodeDecodeError:
            return None


def parse_sign1(raw: bytes, limits: Limits = DEFAULT_LIMITS) -> UnverifiedSign1:
    """Read a COSE_Sign1, with or without its tag; ``limits.max_bytes`` bounds its payload.

    Raises MalformedValue for anything that is not the shortest CBOR with definite lengths, trailing
    bytes, a header that is not protected, a tag or fraction within it, a label twice, an algorithm not
    known here, header members that are refused here, and a payload that is detached.
    """
    message = raw.removeprefix(_TAG)
    if not message.startswith(_ARRAY_OF_FOUR):
        raise MalformedValue("The message is not a COSE_Sign1.")
    protected_bytes, rest = _read_bytes(message[1:], _MAX_HEADER_BYTES)
    if not rest.startswith(_EMPTY_MAP):
        raise MalformedValue("A part of the header is not protected.")
    payload, rest = _read_bytes(rest[1:], limits.max_bytes)
    signature, rest = _read_bytes(rest, _MAX_SIGNATURE_BYTES)
    if rest:
        raise MalformedValue("Something follows the message.")
    return UnverifiedSign1(
        protected=_read_header(protected_bytes),
        protected_bytes=protected_bytes,
        payload=payload,
        signature=signature,
    )


def verify_sign1(message: UnverifiedSign1, public_key: PublicKey) -> bool:
    """Say whether this key signed the message with the algorithm that it names; never raises."""
    if message.algorithm != public_key.algorithm:
        return False
    return public_key.verify(message.signature, to_be_signed(message.protected_bytes, message.payload))


def sign_sign1(header: Mapping[Label, Any], payload: bytes, signer: Signer) -> bytes:
    """Return the tagged COSE_Sign1 of ``payload``, with ``header`` and the algorithm protected."""
    algorithm = _ALGORITHMS[signer.public_key.algorithm]
    protected_bytes = cbor2.dumps({**header, ALG: algorithm}, canonical=True)
    signature = signer.sign(to_be_signed(protected_bytes, payload))
    return _TAG + cbor2.dumps([protected_bytes, {}, payload, signature])


def to_be_signed(protected_bytes: bytes, payload: bytes) -> bytes:
    """The Sig_structure (RFC 9052 section 4.4) that a signature covers, without data from outside."""
    return cbor2.dumps(["Signature1", protected_bytes, b"", payload])


def _read_bytes(raw: bytes, max_bytes: int) -> tuple[bytes, bytes]:
    """Take one byte string off ``raw``; returns it and the rest."""
    # Looked at before the reader is: its tags can ask for much work.
    if not raw or raw[0] >> 5 != _BYTES_MAJOR_TYPE:
        raise MalformedValue("A part of the message is not a byte string.")
    value = load(raw[: max_bytes + _MAX_HEAD_BYTES])
    if not isinstance(value, bytes) or len(value) > max_bytes:
        raise MalformedValue("A part of the message is too long.")
    written = cbor2.dumps(value)
    if not raw.startswith(written):
        raise not_shortest()
    return value, raw[len(written) :]


def _read_header(protected_bytes: bytes) -> Mapping[Label, Any]:
    header = read_plain(protected_bytes, max_depth=_MAX_HEADER_DEPTH)
    if not isinstance(header, dict):
        raise MalformedValue("The header is not a map.")
    if not _REFUSED_LABELS.isdisjoint(header):
        raise MalformedValue("The header has a member that is refused.")
    algorithm = header.get(ALG)
    if type(algorithm) is not int or algorithm not in _ALGORITHM_NAMES:
        raise MalformedValue("The message is not signed with an algorithm that is accepted.")
    return header
