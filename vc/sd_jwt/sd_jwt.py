"""The compact serialization of an SD-JWT without key binding (RFC 9901 section 4)."""

from dataclasses import dataclass

from vc.encoding.strict_json import DEFAULT_LIMITS, JsonObject, Limits, parse_json_object
from vc.errors import MalformedValue
from vc.jose.jws import UnverifiedJws, parse_jws
from vc.sd_jwt.disclosures import MAX_DISCLOSURES, reveal

_SEPARATOR = "~"
# Token and disclosures together, in characters for each byte that a payload may have.
_CHARS_PER_BYTE = 2


@dataclass(frozen=True, kw_only=True, slots=True)
class UnverifiedSdJwt:
    """An SD-JWT nobody has verified: ``payload`` is processed, with what is disclosed in its place.

    ``jws`` is what the issuer signed, for ``verify_jws``; through its digests the signature covers
    the disclosures too.
    """

    jws: UnverifiedJws
    payload: JsonObject


def parse_sd_jwt(text: str, limits: Limits = DEFAULT_LIMITS) -> UnverifiedSdJwt:
    """Read an SD-JWT and process its disclosures.

    ``limits.max_bytes`` bounds the payload, and twice as many characters bound the whole. Raises
    MalformedValue and ParseError as ``parse_jws`` and ``reveal`` do, and MalformedValue where the last
    part is not empty: a key binding is not asked for here, and one that nobody checks would only seem
    to bind.
    """
    if len(text) > _CHARS_PER_BYTE * limits.max_bytes:
        raise MalformedValue("The SD-JWT is too long.")
    token, *disclosures = text.split(_SEPARATOR, MAX_DISCLOSURES + 2)
    if not disclosures or disclosures.pop():
        raise MalformedValue("The SD-JWT does not end with a tilde: a key binding is not accepted here.")
    jws = parse_jws(token, limits)
    payload = reveal(parse_json_object(jws.payload, limits), disclosures, limits)
    return UnverifiedSdJwt(jws=jws, payload=payload)


def join_sd_jwt(token: str, disclosures: tuple[str, ...]) -> str:
    """Put a signed token and its disclosures together."""
    return _SEPARATOR.join((token, *disclosures, ""))
