"""The Authorization Request as a wallet reads it (OpenID4VP 1.0 section 5).

By value it is unsigned, and then the address that the answer goes to is all that is known of who asks. By
reference it is a signed Request Object, whose key is found by the Client Identifier.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from vc.crypto.keys import PublicKey
from vc.encoding.strict_json import JsonObject, JsonValue, Limits, parse_json, parse_json_object
from vc.errors import MalformedValue
from vc.jose.claims import check_times, parse_times
from vc.jose.jws import UnverifiedJws, parse_jws, verify_jws
from vc.oid4vc.authorization_request import ANY_WALLET, JWT_TYPE, ClientIdPrefix, ResponseMode
from vc.oid4vc.dcql import CredentialFormat, DcqlQuery, parse_dcql
from vc.oid4vc.response_encryption import Recipient, recipient_in
from vc.oid4vc.wallet_reading import parse_link, require_object, require_text, require_url, texts_in

SCHEMES: Final = ("openid4vp", "haip-vp")
REQUEST_LIMITS: Final = Limits(max_bytes=60_000, max_depth=20, max_members=3_000)
MAX_SKEW: Final = timedelta(minutes=5)
"""How far the clocks of a verifier and of this wallet may be apart."""
MAX_AGE: Final = timedelta(hours=24)
"""How long a signed request without an end is good."""

_MAX_ID: Final = 2_000
_MAX_CERTIFICATES: Final = 10
_MAX_TRANSACTIONS: Final = 10
# Section 5.2: the characters of a nonce and of a state.
_TOKEN: Final = re.compile(r"[A-Za-z0-9._~-]{1,512}")
_OBJECTS: Final = frozenset({"dcql_query", "client_metadata", "transaction_data"})


@dataclass(frozen=True, kw_only=True, slots=True)
class RequestLink:
    """A link that asks: by value (``parameters``), or by reference (``request_uri``)."""

    client_id: str
    parameters: Mapping[str, JsonValue]
    request_uri: str | None
    uses_post: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class UnverifiedRequestObject:
    """A Request Object nobody has verified: its claims, and the chain of its header (base64 of DER)."""

    jws: UnverifiedJws
    claims: JsonObject
    certificates: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class ReceivedRequest:
    """A request. ``name`` is the Client Identifier without its prefix.

    ``recipient`` is whom the response is encrypted to, None where it is not.
    """

    client_id: str
    prefix: ClientIdPrefix
    name: str
    response_uri: str
    nonce: str
    state: str | None
    query: DcqlQuery
    transaction_data: tuple[str, ...]
    recipient: Recipient | None


def parse_request_link(text: str) -> RequestLink:
    """Read a link that asks for a presentation.

    Raises MalformedValue for any other text, ParseError for parameters that are not strict JSON.
    """
    given = parse_link(text, SCHEMES)
    client_id = require_text(given.get("client_id"), "/client_id", most=_MAX_ID)
    request_uri, method = given.get("request_uri"), given.get("request_uri_method", "get")
    if method not in ("get", "post"):
        raise MalformedValue("The request is to be fetched in an unknown way.", pointer="/request_uri_method")
    if request_uri is not None:
        return RequestLink(
            client_id=client_id,
            parameters={},
            request_uri=require_url(request_uri, "/request_uri"),
            uses_post=method == "post",
        )
    parameters = {
        name: parse_json(value.encode(), REQUEST_LIMITS) if name in _OBJECTS else value
        for name, value in given.items()
    }
    return RequestLink(client_id=client_id, parameters=parameters, request_uri=None, uses_post=False)


def parse_request_object(token: str) -> UnverifiedRequestObject:
    """Read a Request Object.

    Raises MalformedValue and ParseError as ``parse_jws`` does, and MalformedValue for another ``typ``.
    """
    jws = parse_jws(token, REQUEST_LIMITS, brings_certificates=True)
    if jws.header.get("typ") != JWT_TYPE:
        raise MalformedValue("What was fetched is no request to a wallet.", pointer="/typ")
    chain = jws.header.get("x5c", [])
    certificates = texts_in(chain)
    if not isinstance(chain, list) or len(certificates) != len(chain) or len(chain) > _MAX_CERTIFICATES:
        raise MalformedValue("The certificates of the request cannot be read.", pointer="/x5c")
    claims = parse_json_object(jws.payload, REQUEST_LIMITS)
    parse_times(claims)
    return UnverifiedRequestObject(jws=jws, claims=claims, certificates=certificates)


def parse_client_id(client_id: str) -> tuple[ClientIdPrefix, str]:
    """The prefix of a Client Identifier, and what it is without (section 5.9.1). Raises MalformedValue."""
    prefix, _, name = client_id.partition(":")
    if prefix not in list(ClientIdPrefix) or not name:
        raise MalformedValue("Who asks is named in a way that is not known here.", pointer="/client_id")
    return ClientIdPrefix(prefix), name


def require_signed(
    received: UnverifiedRequestObject,
    key: PublicKey,
    *,
    client_id: str,
    wallet_nonce: str | None,
    now: datetime,
) -> None:
    """Require that a Request Object is what it should be: signed with ``key``, for a wallet, now.

    ``client_id`` is that of the link (section 5.10.1), ``wallet_nonce`` what was sent to get it. Raises
    MalformedValue for every fault.
    """
    claims = received.claims
    if not verify_jws(received.jws, key):
        raise MalformedValue("The request was not signed by whom it names, or was altered.")
    if claims.get("client_id") != client_id or claims.get("iss", client_id) != client_id:
        raise MalformedValue("The request is another's than the link says.", pointer="/client_id")
    if claims.get("aud") != ANY_WALLET:
        raise MalformedValue("The request was made for somebody else.", pointer="/aud")
    if wallet_nonce is not None and claims.get("wallet_nonce") != wallet_nonce:
        raise MalformedValue("The request was not made just now for this wallet.", pointer="/wallet_nonce")
    times = parse_times(claims)
    is_old = times.issued_at is not None and times.issued_at < now - MAX_AGE
    if is_old or check_times(times, now=now, skew=MAX_SKEW):
        raise MalformedValue("The time of this request is over. Let them ask again.", pointer="/exp")


def parse_request(parameters: Mapping[str, JsonValue]) -> ReceivedRequest:
    """Read the parameters of a request, whose objects are objects (section 5.1).

    Credentials in formats that are not known here are passed over where there are others. Raises
    MalformedValue for anything that could not be answered as it asks, UnknownOption for a key
    of a kind that is not known here.
    """
    if parameters.get("response_type") != "vp_token" or "scope" in parameters:
        raise MalformedValue("The request asks for something else than a presentation.")
    if "redirect_uri" in parameters:
        raise MalformedValue("The request says twice where to answer.", pointer="/redirect_uri")
    mode = parameters.get("response_mode")
    if mode not in list(ResponseMode):
        raise MalformedValue("The answer is wanted in a way that is not known.", pointer="/response_mode")
    client_id = require_text(parameters.get("client_id"), "/client_id", most=_MAX_ID)
    prefix, name = parse_client_id(client_id)
    is_implied = prefix is ClientIdPrefix.REDIRECT_URI and "response_uri" not in parameters
    response_uri = require_url(name if is_implied else parameters.get("response_uri"), "/response_uri")
    if prefix is ClientIdPrefix.REDIRECT_URI and response_uri != name:
        raise MalformedValue("The answer is to go to another than who asks.", pointer="/response_uri")
    metadata = require_object(parameters.get("client_metadata", {}), "/client_metadata")
    return ReceivedRequest(
        client_id=client_id,
        prefix=prefix,
        name=name,
        response_uri=response_uri,
        nonce=_token(parameters.get("nonce"), "/nonce"),
        state=None if "state" not in parameters else _token(parameters["state"], "/state"),
        query=parse_dcql(_understood(parameters.get("dcql_query"))),
        transaction_data=_transactions(parameters.get("transaction_data")),
        recipient=recipient_in(metadata) if mode == ResponseMode.DIRECT_POST_JWT else None,
    )


def _understood(value: JsonValue) -> JsonValue:
    """A query without credentials in formats that are unknown here, and without options that need them."""
    query = require_object(value, "/dcql_query")
    credentials = query.get("credentials")
    given = credentials if isinstance(credentials, list) else []
    known = [one for one in given if isinstance(one, dict) and one.get("format") in list(CredentialFormat)]
    if len(known) == len(given):
        return query
    sets = query.get("credential_sets")
    if not known or not isinstance(sets, list):
        raise MalformedValue("A format is asked for that is not known here.", pointer="/dcql_query")
    ids = {one["id"] for one in known if isinstance(one.get("id"), str)}
    kept = [one for item in sets if isinstance(item, dict) if (one := _without(item, ids)) is not None]
    if not kept:
        raise MalformedValue("A format is asked for that is not known here.", pointer="/dcql_query")
    used = {name for one in kept for option in _options(one) for name in option}
    return {"credentials": [one for one in known if one.get("id") in used], "credential_sets": [*kept]}


def _without(item: JsonObject, ids: set[JsonValue]) -> JsonObject | None:
    """None for a set that need not be answered and cannot be."""
    left: list[JsonValue] = [[*option] for option in _options(item) if set(option) <= ids]
    if left:
        return {**item, "options": left}
    if item.get("required", True):
        raise MalformedValue("A format is asked for that is not known here.", pointer="/dcql_query")
    return None


def _options(item: JsonObject) -> list[tuple[str, ...]]:
    options = item.get("options")
    return [texts_in(option) for option in options] if isinstance(options, list) else []


def _transactions(value: JsonValue) -> tuple[str, ...]:
    if value is None:
        return ()
    texts = texts_in(value)
    if not isinstance(value, list) or len(texts) != len(value) or not 0 < len(texts) <= _MAX_TRANSACTIONS:
        raise MalformedValue("What is to be agreed to cannot be read.", pointer="/transaction_data")
    return texts


def _token(value: JsonValue, pointer: str) -> str:
    if not isinstance(value, str) or not _TOKEN.fullmatch(value):
        raise MalformedValue("A parameter of the request is missing or cannot be used.", pointer=pointer)
    return value
