"""What is used of an SD-JWT VC that discloses more than was asked for (OpenID4VP 1.0 section 15.4)."""

from collections.abc import Mapping, Sequence

from vc.encoding.strict_json import JsonObject, JsonValue
from vc.oid4vc.claims_path import ClaimsPath
from vc.oid4vc.dcql import CredentialQuery

_CONCEALED_ELEMENT = "..."


def asked_of(
    query: CredentialQuery, claims: Mapping[str, JsonValue], signed: Mapping[str, JsonValue]
) -> JsonObject:
    """The processed ``claims`` without those that were disclosed and not asked for.

    ``signed`` is the payload before disclosures were put in place: what is seen in it could not be
    withheld, and stays. Elements of an array are kept or left out together.
    """
    kept = _kept(dict(claims), dict(signed), [claim.path for claim in query.claims])
    return kept if isinstance(kept, dict) else {}


def _kept(value: JsonValue, signed: JsonValue, paths: Sequence[ClaimsPath]) -> JsonValue:
    if () in paths:
        return value
    if isinstance(value, dict) and isinstance(signed, dict):
        return {
            name: _kept(member, signed[name], below) if name in signed else member
            for name, member in value.items()
            if (below := [path[1:] for path in paths if path[0] == name]) or name in signed
        }
    if isinstance(value, list) and isinstance(signed, list) and not paths:
        hidden = any(isinstance(item, dict) and _CONCEALED_ELEMENT in item for item in signed)
        return [] if hidden else value
    return value
