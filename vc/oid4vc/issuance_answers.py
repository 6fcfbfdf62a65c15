"""What an issuer answers a wallet: tokens, nonces and credentials (OpenID4VCI 1.0 sections 6 to 9)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from vc.encoding.strict_json import JsonObject, JsonValue, Limits
from vc.errors import MalformedValue
from vc.oid4vc.issuer_metadata import AUTHORIZATION_DETAILS_TYPE, MAX_BATCH
from vc.oid4vc.oauth_errors import ErrorCode
from vc.oid4vc.wallet_reading import require_object, require_text, text_or_none, texts_in

ANSWER_LIMITS: Final = Limits(max_bytes=1_000_000, max_depth=40, max_members=30_000)
_MAX_TOKEN: Final = 4_000
_SHORTEST_WAIT: Final = 5
_LONGEST_WAIT: Final = 24 * 3_600

CredentialBody: TypeAlias = "str | JsonObject"


@dataclass(frozen=True, kw_only=True, slots=True)
class AccessToken:
    """An access token. ``identifiers`` are what it is good for, by configuration, where it says."""

    token: str
    is_dpop: bool
    identifiers: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, kw_only=True, slots=True)
class IssuedCredentials:
    """Credentials nobody has verified, and the id by which the issuer is told what became of them."""

    credentials: tuple[CredentialBody, ...]
    notification_id: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Deferred:
    """The issuer is not ready; ``interval`` is how many seconds to wait, within bounds of ours."""

    transaction_id: str
    interval: int


def parse_token_answer(value: JsonValue) -> AccessToken:
    """Read a Token Response (section 6.2). Raises MalformedValue."""
    answer = require_object(value, "")
    kind = require_text(answer.get("token_type"), "/token_type").lower()
    if kind not in ("bearer", "dpop"):
        raise MalformedValue("The token is of a kind that is not known here.", pointer="/token_type")
    return AccessToken(
        token=require_text(answer.get("access_token"), "/access_token", most=_MAX_TOKEN),
        is_dpop=kind == "dpop",
        identifiers=_identifiers(answer.get("authorization_details")),
    )


def parse_nonce_answer(value: JsonValue) -> str:
    """The ``c_nonce`` of a Nonce Response (section 7.2). Raises MalformedValue."""
    return require_text(require_object(value, "").get("c_nonce"), "/c_nonce", most=_MAX_TOKEN)


def parse_pushed_answer(value: JsonValue) -> str:
    """The ``request_uri`` of a pushed authorization request (RFC 9126 section 2.2). Raises MalformedValue."""
    return require_text(require_object(value, "").get("request_uri"), "/request_uri")


def parse_credential_answer(value: JsonValue) -> IssuedCredentials | Deferred:
    """Read a Credential Response or a Deferred Credential Response (sections 8.3 and 9.2). MalformedValue."""
    answer = require_object(value, "")
    if "transaction_id" in answer:
        interval = answer.get("interval")
        return Deferred(
            transaction_id=require_text(answer["transaction_id"], "/transaction_id", most=_MAX_TOKEN),
            interval=_within(interval) if isinstance(interval, int | float) else _SHORTEST_WAIT,
        )
    given = answer.get("credentials")
    if not isinstance(given, list) or not 0 < len(given) <= MAX_BATCH:
        raise MalformedValue("The issuer gave nothing, or too much.", pointer="/credentials")
    return IssuedCredentials(
        credentials=tuple(_credential(one) for one in given),
        notification_id=text_or_none(answer.get("notification_id"), "/notification_id", most=_MAX_TOKEN),
    )


def oauth_error_in(value: JsonValue) -> ErrorCode | None:
    """The code of an error answer, None for one that is not known."""
    code = value.get("error") if isinstance(value, dict) else None
    return ErrorCode(code) if isinstance(code, str) and code in list(ErrorCode) else None


def _within(interval: float) -> int:
    return int(min(max(interval, _SHORTEST_WAIT), _LONGEST_WAIT))


def _credential(item: JsonValue) -> CredentialBody:
    body = require_object(item, "/credentials").get("credential")
    if not isinstance(body, str | dict) or not body:
        raise MalformedValue("A credential is a text or an object.", pointer="/credentials")
    return body


def _identifiers(details: JsonValue) -> Mapping[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for one in details if isinstance(details, list) else []:
        if isinstance(one, dict) and one.get("type") == AUTHORIZATION_DETAILS_TYPE:
            name, given = one.get("credential_configuration_id"), texts_in(one.get("credential_identifiers"))
            if isinstance(name, str) and given:
                found[name] = given[:MAX_BATCH]
    return found
