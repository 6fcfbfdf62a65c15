"""How the wallet asks others: everything goes out by ``runtime.fetch``, and comes back within bounds."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlencode

import orjson

from runtime.fetch import Answered, Fetcher, Unavailable
from vc.encoding.strict_json import JsonValue, Limits, parse_json
from vc.errors import ConflictError, EvidenceUnavailable, ProtocolError
from vc.oid4vc.issuance_answers import ANSWER_LIMITS, oauth_error_in
from vc.oid4vc.oauth_errors import ErrorCode

_FORM: Final = "application/x-www-form-urlencoded"
_JSON: Final = "application/json"
_AWAY: Final = "Whoever should answer could not be reached."
_NOT_READ: Final = "What was answered could not be read."
_FIRST_SUCCESS: Final = 200
_AFTER_SUCCESS: Final = 300


class Refused(ConflictError):
    """The other side said no; ``error`` is its code where that is known."""

    def __init__(self, error: ErrorCode | None) -> None:
        super().__init__("The other side refused.")
        self.error = error


async def get_document(fetcher: Fetcher, url: str, *, limits: Limits, accept: str = _JSON) -> bytes:
    """The document at ``url``, within ``limits``. Raises ``EvidenceUnavailable``."""
    answer = await fetcher.exchange(url, headers={"Accept": accept})
    return _body_of(answer, limits)


async def get_json(fetcher: Fetcher, url: str, *, limits: Limits) -> JsonValue:
    """The JSON document at ``url``. Raises ``EvidenceUnavailable``."""
    return _json(await get_document(fetcher, url, limits=limits), limits)


async def post_for_document(
    fetcher: Fetcher, url: str, fields: Mapping[str, str], *, limits: Limits, accept: str
) -> bytes:
    """What ``url`` answers to a form, within ``limits``. Raises ``EvidenceUnavailable``."""
    answer = await _post_form(fetcher, url, fields, {"Accept": accept})
    return _body_of(answer, limits)


async def send_form(
    fetcher: Fetcher, url: str, fields: Mapping[str, str], *, headers: Mapping[str, str] | None = None
) -> Answered:
    """The answer to a form, a refusal included. Raises ``EvidenceUnavailable``."""
    return _reached(await _post_form(fetcher, url, fields, headers or {}))


async def send_json(
    fetcher: Fetcher, url: str, body: Mapping[str, JsonValue], *, headers: Mapping[str, str]
) -> Answered:
    """The answer to a JSON text, a refusal included. Raises ``EvidenceUnavailable``."""
    return _reached(await fetcher.exchange(url, body=orjson.dumps(body), media_type=_JSON, headers=headers))


def json_of(answer: Answered) -> JsonValue:
    """The JSON of an answer that is none of an error.

    Raises ``Refused`` for one that is, ``EvidenceUnavailable`` for one that cannot be read or is a fault of
    the other side's.
    """
    if is_success(answer):
        return _json(answer.body, ANSWER_LIMITS)
    if answer.status >= 500:
        raise EvidenceUnavailable(_AWAY)
    raise Refused(error_of(answer))


def error_of(answer: Answered) -> ErrorCode | None:
    """The code of an error answer (RFC 6749 section 5.2)."""
    try:
        return oauth_error_in(parse_json(answer.body, ANSWER_LIMITS))
    except ProtocolError:
        return None


def is_success(answer: Answered) -> bool:
    """Whether it was done."""
    return _FIRST_SUCCESS <= answer.status < _AFTER_SUCCESS


async def _post_form(
    fetcher: Fetcher, url: str, fields: Mapping[str, str], headers: Mapping[str, str]
) -> Answered | Unavailable:
    return await fetcher.exchange(
        url, body=urlencode(fields).encode("ascii"), media_type=_FORM, headers=headers
    )


def _reached(answer: Answered | Unavailable) -> Answered:
    if isinstance(answer, Unavailable):
        raise EvidenceUnavailable(_AWAY)
    return answer


def _body_of(answer: Answered | Unavailable, limits: Limits) -> bytes:
    reached = _reached(answer)
    if reached.status != _FIRST_SUCCESS or len(reached.body) > limits.max_bytes:
        raise EvidenceUnavailable(_AWAY)
    return reached.body


def _json(body: bytes, limits: Limits) -> JsonValue:
    try:
        return parse_json(body, limits)
    except ProtocolError:
        raise EvidenceUnavailable(_NOT_READ) from None
