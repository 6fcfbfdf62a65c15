"""What a wallet sends back: the Authorization Response (OpenID4VP 1.0 section 8)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from vc.encoding.strict_json import JsonObject, JsonValue, Limits, parse_json
from vc.errors import MalformedValue

Presentation: TypeAlias = "str | JsonObject"
VpToken: TypeAlias = Mapping[str, tuple[Presentation, ...]]
"""The presentations by the id of the credential query they answer."""

_LIMITS = Limits(max_bytes=1_000_000, max_depth=40, max_members=20_000)
_MAX_ENTRIES = 20
_MAX_STATE = 512
_MAX_ERROR = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class VpResponse:
    """Presentations nobody has verified."""

    state: str
    vp_token: VpToken


@dataclass(frozen=True, kw_only=True, slots=True)
class ErrorResponse:
    """The wallet says why it presents nothing: ``error`` is its code (section 8.5)."""

    state: str
    error: str


@dataclass(frozen=True, kw_only=True, slots=True)
class EncryptedResponse:
    """A JWE, for ``decrypt_response``; its plaintext is the response, for ``parse_response``."""

    token: str


def parse_form(fields: Mapping[str, str]) -> VpResponse | ErrorResponse | EncryptedResponse:
    """Read the form that ``direct_post`` and ``direct_post.jwt`` send (sections 8.2 and 8.3.1).

    Raises MalformedValue and ParseError as ``parse_response`` does, and MalformedValue for a form that has
    an encrypted response and another beside it.
    """
    if "response" in fields:
        if not fields.keys().isdisjoint({"vp_token", "error", "state"}):
            raise MalformedValue("A response is there twice, encrypted and not.", pointer="/response")
        return EncryptedResponse(token=fields["response"])
    response: JsonObject = {name: value for name, value in fields.items() if name != "vp_token"}
    if "vp_token" in fields:
        response["vp_token"] = parse_json(fields["vp_token"].encode(), _LIMITS)
    return parse_response(response)


def parse_response(members: Mapping[str, JsonValue]) -> VpResponse | ErrorResponse:
    """Read the parameters of a response, ``vp_token`` as JSON. Unknown parameters are ignored.

    Raises MalformedValue without ``state``, which is always asked for here; for neither or both of
    ``vp_token`` and ``error``; and as ``parse_vp_token`` does.
    """
    state = _text(members, "state", _MAX_STATE)
    if ("vp_token" in members) == ("error" in members):
        raise MalformedValue("Either presentations or an error are expected.", pointer="/vp_token")
    if "error" in members:
        return ErrorResponse(state=state, error=_text(members, "error", _MAX_ERROR))
    return VpResponse(state=state, vp_token=parse_vp_token(members["vp_token"]))


def parse_vp_token(value: JsonValue) -> VpToken:
    """Read a VP Token, ``{"queryId": [presentation]}`` (section 8.1), each presentation text or object.

    One presentation answers a query, since no query here asks for ``multiple``. Raises MalformedValue
    for any other shape.
    """
    if not isinstance(value, dict) or not 0 < len(value) <= _MAX_ENTRIES:
        raise MalformedValue("The presentations must be an object, by query.", pointer="/vp_token")
    return {name: _presentations(entry) for name, entry in value.items()}


def _presentations(entry: JsonValue) -> tuple[Presentation, ...]:
    if not isinstance(entry, list) or len(entry) != 1:
        raise MalformedValue("One presentation in an array is expected for a query.", pointer="/vp_token")
    presentation = entry[0]
    if not isinstance(presentation, str | dict) or not presentation:
        raise MalformedValue("A presentation must be a text or an object.", pointer="/vp_token")
    return (presentation,)


def _text(members: Mapping[str, JsonValue], name: str, most: int) -> str:
    value = members.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= most:
        raise MalformedValue("A parameter of the response is missing or no text.", pointer=f"/{name}")
    return value
