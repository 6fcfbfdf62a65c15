"""What a wallet asks an issuer for: the requests of OpenID4VCI 1.0, read and not yet judged.

Members that are not known are passed over, as the specification demands.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from vc.encoding.strict_json import JsonObject, JsonValue, Limits, parse_json
from vc.errors import ParseError
from vc.oid4vc.issuer_metadata import AUTHORIZATION_DETAILS_TYPE, MAX_BATCH
from vc.oid4vc.oauth_errors import ErrorCode, OAuthError

_MAX_TEXT: Final = 200
_MAX_PROOF: Final = 8_000
_MAX_DETAILS: Final = 100
_DETAILS_LIMITS: Final = Limits(max_bytes=20_000, max_depth=10, max_members=2_000)


class Event(StrEnum):
    """What became of credentials at the wallet (section 11.1)."""

    ACCEPTED = "credential_accepted"
    FAILURE = "credential_failure"
    DELETED = "credential_deleted"


@dataclass(frozen=True, kw_only=True, slots=True)
class CredentialRequest:
    """A Credential Request. Either ``configuration_id`` or ``identifier`` is set."""

    configuration_id: str | None
    identifier: str | None
    proofs: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Notification:
    """A Notification Request."""

    notification_id: str
    event: Event


def parse_credential_request(body: JsonValue) -> CredentialRequest:
    """Read a Credential Request (section 8.2); the single ``proof`` of earlier drafts is understood too.

    Raises OAuthError: ``invalid_credential_request``, ``invalid_proof`` where there is no proof that could
    be read, ``invalid_encryption_parameters`` where an encrypted response is wanted.
    """
    document = _object(body, ErrorCode.INVALID_CREDENTIAL_REQUEST)
    _refuse_encryption(document)
    configuration_id = _text_or_none(document, "credential_configuration_id")
    identifier = _text_or_none(document, "credential_identifier")
    if (configuration_id is None) == (identifier is None):
        raise OAuthError(
            ErrorCode.INVALID_CREDENTIAL_REQUEST,
            "Exactly one of credential_configuration_id and credential_identifier says what is wanted.",
        )
    return CredentialRequest(
        configuration_id=configuration_id, identifier=identifier, proofs=_proofs(document)
    )


def parse_deferred_request(body: JsonValue) -> str:
    """The ``transaction_id`` of a Deferred Credential Request (section 9.1).

    Raises OAuthError: ``invalid_credential_request``, ``invalid_encryption_parameters``.
    """
    document = _object(body, ErrorCode.INVALID_CREDENTIAL_REQUEST)
    _refuse_encryption(document)
    found = _text_or_none(document, "transaction_id")
    if found is None:
        raise OAuthError(ErrorCode.INVALID_CREDENTIAL_REQUEST, "There is no transaction_id.")
    return found


def parse_notification(body: JsonValue) -> Notification:
    """Read a Notification Request (section 11.1). Raises OAuthError (``invalid_notification_request``)."""
    document = _object(body, ErrorCode.INVALID_NOTIFICATION_REQUEST)
    notification_id, event = document.get("notification_id"), document.get("event")
    if not isinstance(notification_id, str) or not 0 < len(notification_id) <= _MAX_TEXT:
        raise OAuthError(ErrorCode.INVALID_NOTIFICATION_REQUEST, "There is no notification_id.")
    if not isinstance(event, str) or event not in list(Event):
        raise OAuthError(ErrorCode.INVALID_NOTIFICATION_REQUEST, "The event is none that is known.")
    return Notification(notification_id=notification_id, event=Event(event))


def parse_authorization_details(text: str) -> tuple[str, ...]:
    """The ``credential_configuration_id`` of each of the ``authorization_details`` (section 5.1.1).

    Raises OAuthError (``invalid_authorization_details``, RFC 9396 section 5) for details of another type,
    and for what cannot be read.
    """
    try:
        details = parse_json(text.encode("utf-8", "replace"), _DETAILS_LIMITS)
    except ParseError as error:
        raise _bad_details(str(error)) from None
    if not isinstance(details, list) or not 0 < len(details) <= _MAX_DETAILS:
        raise _bad_details("The authorization details are no array, or an empty or too long one.")
    return tuple(dict.fromkeys(_configuration_in(one) for one in details))


def _configuration_in(detail: JsonValue) -> str:
    if not isinstance(detail, dict) or detail.get("type") != AUTHORIZATION_DETAILS_TYPE:
        raise _bad_details("Authorization details are of a type that is not known.")
    found = detail.get("credential_configuration_id")
    if not isinstance(found, str) or not 0 < len(found) <= _MAX_TEXT:
        raise _bad_details("Authorization details name no credential configuration.")
    return found


def _proofs(document: Mapping[str, JsonValue]) -> tuple[str, ...]:
    several, one = document.get("proofs"), document.get("proof")
    if several is not None and one is not None:
        raise OAuthError(ErrorCode.INVALID_CREDENTIAL_REQUEST, "There is proof beside proofs.")
    if one is not None:
        return (_proof(one.get("jwt") if isinstance(one, dict) and one.get("proof_type") == "jwt" else None),)
    jwts = several.get("jwt") if isinstance(several, dict) and len(several) == 1 else None
    if not isinstance(jwts, list) or not jwts:
        raise OAuthError(ErrorCode.INVALID_PROOF, "There is no key proof of the type jwt.")
    if len(jwts) > MAX_BATCH:
        raise OAuthError(ErrorCode.INVALID_CREDENTIAL_REQUEST, "There are more key proofs than are taken.")
    return tuple(_proof(jwt) for jwt in jwts)


def _proof(value: JsonValue) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= _MAX_PROOF:
        raise OAuthError(ErrorCode.INVALID_PROOF, "A key proof is no text, or empty or too long.")
    return value


def _refuse_encryption(document: Mapping[str, JsonValue]) -> None:
    if "credential_response_encryption" in document:
        raise OAuthError(ErrorCode.INVALID_ENCRYPTION_PARAMETERS, "Responses are not encrypted here.")


def _object(body: JsonValue, error: ErrorCode) -> JsonObject:
    if not isinstance(body, dict):
        raise OAuthError(error, "The body is not a JSON object.")
    return body


def _text_or_none(document: Mapping[str, JsonValue], name: str) -> str | None:
    value = document.get(name)
    if value is None:
        return None
    if not isinstance(value, str) or not 0 < len(value) <= _MAX_TEXT:
        raise OAuthError(ErrorCode.INVALID_CREDENTIAL_REQUEST, f"{name} is no text, or is empty or too long.")
    return value


def _bad_details(why: str) -> OAuthError:
    return OAuthError(ErrorCode.INVALID_AUTHORIZATION_DETAILS, why)
