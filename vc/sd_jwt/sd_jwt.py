"""The compact serialization of an SD-JWT, with key binding and without (RFC 9901 section 4)."""

import msgspec

from vc.encoding.strict_json import DEFAULT_LIMITS, JsonObject, Limits, parse_json_object
from vc.errors import MalformedValue
from vc.jose.jws import UnverifiedJws, parse_jws
from vc.sd_jwt.disclosures import DIGESTS, MAX_DISCLOSURES, read_disclosures, reveal_read

_SEPARATOR = "~"
# Token and disclosures together, in characters for each byte that a payload may have.
_CHARS_PER_BYTE = 2


class UnverifiedSdJwt(msgspec.Struct, frozen=True, kw_only=True):
    """An SD-JWT nobody has verified: ``payload`` is processed, with what is disclosed in its place.

    ``jws`` is what the issuer signed, for ``verify_jws``, and ``signed`` its payload as it stands there;
    through its digests the signature covers the disclosures too.
    """

    jws: UnverifiedJws
    signed: JsonObject
    payload: JsonObject
    withholds: bool
    """Whether a member of the outermost object may have been withheld: a digest there has no disclosure."""


def parse_sd_jwt(text: str, limits: Limits = DEFAULT_LIMITS) -> UnverifiedSdJwt:
    """Read an SD-JWT without key binding and process its disclosures.

    ``limits.max_bytes`` bounds the payload, and twice as many characters bound the whole. Raises
    MalformedValue and ParseError as ``parse_jws`` and ``reveal`` do, and MalformedValue where the last
    part is not empty: a key binding is not asked for here, and one that nobody checks would only seem
    to bind.
    """
    presented = split_sd_jwt(text, limits)
    if presented.key_binding is not None:
        raise MalformedValue("The SD-JWT does not end with a tilde: a key binding is not accepted here.")
    return presented.sd_jwt(limits)


class SplitSdJwt(msgspec.Struct, frozen=True, kw_only=True):
    """The parts of an SD-JWT, none of them read. ``bound`` is what a key binding signs the hash of."""

    token: str
    disclosures: tuple[str, ...]
    key_binding: str | None
    bound: str

    def sd_jwt(self, limits: Limits = DEFAULT_LIMITS) -> UnverifiedSdJwt:
        """What the issuer signed, with what is disclosed in its place. Raises as ``parse_sd_jwt``."""
        jws = parse_jws(self.token, limits)
        signed = parse_json_object(jws.payload, limits)
        read = read_disclosures(self.disclosures, limits)
        payload = reveal_read(signed, read, limits)
        digests = signed.get(DIGESTS, [])
        withholds = isinstance(digests, list) and any(digest not in read for digest in digests)
        return UnverifiedSdJwt(jws=jws, signed=signed, payload=payload, withholds=withholds)


def split_sd_jwt(text: str, limits: Limits = DEFAULT_LIMITS) -> SplitSdJwt:
    """Take an SD-JWT or SD-JWT+KB apart. Raises MalformedValue for too long a text or one without a tilde."""
    if len(text) > _CHARS_PER_BYTE * limits.max_bytes or not text.isascii():
        raise MalformedValue("The SD-JWT is too long, or not plain text.")
    bound, tilde, key_binding = text.rpartition(_SEPARATOR)
    token, *disclosures = bound.split(_SEPARATOR, MAX_DISCLOSURES + 1)
    if not tilde or len(disclosures) > MAX_DISCLOSURES:
        raise MalformedValue("The SD-JWT has no tilde, or too many disclosures.")
    return SplitSdJwt(
        token=token,
        disclosures=tuple(disclosures),
        key_binding=key_binding or None,
        bound=bound + tilde,
    )


def join_sd_jwt(token: str, disclosures: tuple[str, ...]) -> str:
    """Put a signed token and its disclosures together."""
    return _SEPARATOR.join((token, *disclosures, ""))
