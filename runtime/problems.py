"""From exceptions to HTTP: the only place that knows status codes.

A program gets ``application/problem+json`` (RFC 9457), a browser at a page the same as a page.
Neither ever repeats what was sent.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from runtime.auth import SIGN_IN_PATH, NotAuthenticated, SignInRequired, wants_page
from runtime.database import StorageUnavailable
from runtime.keyring import KeyringError
from runtime.oauth_answers import is_oauth_door, oauth_answer
from runtime.service import context_of
from vc.encoding import json_pointer
from vc.errors import (
    ConflictError,
    EvidenceUnavailable,
    Finding,
    NotAuthorized,
    NotFound,
    ParseError,
    PassportError,
    ProblemType,
    ProtocolError,
    RateLimited,
    TransformationError,
)

MEDIA_TYPE: Final = "application/problem+json"
_RETRY_SECONDS: Final = 5
_MAX_FINDINGS: Final = 20
# A member name in a pointer is input unless it is as plain as our own names are.
_PLAIN_NAME: Final = re.compile(r"[A-Za-z0-9@_.:-]{1,64}")
_INTERNAL_DETAIL: Final = "Something went wrong here. Name the request id to the hotline."
_SIZE_ERRORS: Final = (
    "too_long",
    "too_short",
    "greater_than",
    "less_than",
    "greater_than_equal",
    "less_than_equal",
)


class BodyTooLarge(ParseError):
    """The body has more bytes than this product reads."""


class BodyTooSlow(ParseError):
    """The body did not arrive in time."""


class UnsupportedMediaType(ProtocolError):
    """The body is of a kind that is not read here."""


class CrossSiteRequest(NotAuthorized):
    """Another site made the browser send this."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """What an exception says to whoever asked."""

    status: int
    type: ProblemType
    detail: str
    findings: tuple[Finding, ...] = ()
    retry_after: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """The type's name in plain words."""
        return self.type.name.replace("_", " ").capitalize()


# The first class that fits decides, so the narrower stand before the wider.
_STATUSES: Final[tuple[tuple[type[PassportError], int, ProblemType], ...]] = (
    (BodyTooLarge, 413, ProblemType.PARSING_ERROR),
    (BodyTooSlow, 408, ProblemType.PARSING_ERROR),
    (UnsupportedMediaType, 415, ProblemType.MALFORMED_VALUE_ERROR),
    (TransformationError, 422, ProblemType.PROOF_TRANSFORMATION_ERROR),
    (ProtocolError, 400, ProblemType.MALFORMED_VALUE_ERROR),
    (NotAuthenticated, 401, ProblemType.NOT_AUTHORIZED),
    (NotAuthorized, 403, ProblemType.NOT_AUTHORIZED),
    (NotFound, 404, ProblemType.NOT_FOUND),
    (ConflictError, 409, ProblemType.CONFLICT),
    (RateLimited, 429, ProblemType.RATE_LIMITED),
    (KeyringError, 503, ProblemType.KEY_UNAVAILABLE),
    (EvidenceUnavailable, 503, ProblemType.UNAVAILABLE),
    (StorageUnavailable, 503, ProblemType.UNAVAILABLE),
)

_HTTP_ERRORS: Final[Mapping[int, tuple[ProblemType, str]]] = {
    400: (ProblemType.PARSING_ERROR, "The request could not be read."),
    401: (ProblemType.NOT_AUTHORIZED, "Nobody is signed in."),
    403: (ProblemType.NOT_AUTHORIZED, "This is not allowed."),
    404: (ProblemType.NOT_FOUND, "There is nothing at this address."),
    405: (ProblemType.UNKNOWN_OPTION_PROVIDED, "This address does not answer that method."),
    413: (ProblemType.PARSING_ERROR, "The body is too large."),
    415: (ProblemType.MALFORMED_VALUE_ERROR, "The body is of a kind that is not read here."),
    422: (ProblemType.MALFORMED_VALUE_ERROR, "The request could not be processed."),
    429: (ProblemType.RATE_LIMITED, "Too many tries."),
    503: (ProblemType.UNAVAILABLE, "This cannot be answered now."),
}


def install(app: FastAPI) -> None:
    """Make every exception that means an answer into that answer."""
    handlers: dict[type[Exception], Callable[[Request, Any], Any]] = {
        PassportError: _handle,
        HTTPException: _handle,
        RequestValidationError: _handle,
    }
    for kind, handler in handlers.items():
        app.add_exception_handler(kind, handler)


def problem_of(error: Exception) -> Problem:
    """The problem that ``error`` is; anything unknown is an internal error without detail."""
    if isinstance(error, RequestValidationError):
        return _invalid_request(error.errors())
    if isinstance(error, HTTPException):
        return _http_error(error)
    for kind, status, problem_type in _STATUSES:
        if isinstance(error, kind):
            return _known(error, status, problem_type)
    return Problem(status=500, type=ProblemType.INTERNAL, detail=_INTERNAL_DETAIL)


def render_problem(request: Request, error: Exception) -> Response:
    """The answer to ``request`` that ``error`` is.

    problem+json, a page, the way to the sign-in, or what an OAuth client reads.
    """
    if isinstance(error, SignInRequired):
        return _to_sign_in(request, error.next_path)
    problem = problem_of(error)
    headers = dict(problem.headers)
    if problem.retry_after is not None:
        headers["Retry-After"] = str(problem.retry_after)
    path = request.scope["path"]
    if is_oauth_door(path):
        return oauth_answer(path, error, status=problem.status, detail=problem.detail, headers=headers)
    if problem.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    context = context_of(request)
    request_id: str | None = request.scope.get("state", {}).get("request_id")
    if wants_page(request.scope):
        response = context.pages.render(
            request,
            "problem.html",
            status_code=problem.status,
            status=problem.status,
            retry_after=problem.retry_after,
            reference=request_id if problem.status >= 500 else None,
        )
    else:
        body = problem_json(problem, origin=context.settings.base_url, request_id=request_id)
        response = JSONResponse(body, status_code=problem.status, media_type=MEDIA_TYPE)
        response.headers["Cache-Control"] = "no-store"
    response.headers.update(headers)
    return response


def problem_json(problem: Problem, *, origin: str, request_id: str | None = None) -> dict[str, Any]:
    """The members of an RFC 9457 problem; ``errors`` lists the findings where there are any."""
    body: dict[str, Any] = {
        "type": absolute_type(problem.type, origin),
        "title": problem.title,
        "status": problem.status,
        "detail": problem.detail,
    }
    if problem.findings:
        body["errors"] = [finding_json(finding, origin=origin) for finding in problem.findings]
    if request_id is not None:
        body["requestId"] = request_id
    return body


def finding_json(finding: Finding, *, origin: str) -> dict[str, Any]:
    """A finding as a problem detail object: type, title, detail and, where known, pointer."""
    body = {
        "type": absolute_type(finding.type, origin),
        "title": finding.type.name.replace("_", " ").capitalize(),
        "detail": finding.detail,
    }
    return body if finding.pointer is None else body | {"pointer": finding.pointer}


def absolute_type(problem_type: ProblemType, origin: str) -> str:
    """The URL of ``problem_type``; our own types are described at our own ``origin``."""
    return origin + problem_type.value if problem_type.value.startswith("/") else problem_type.value


async def _handle(request: Request, error: Exception) -> Response:
    return render_problem(request, error)


def _to_sign_in(request: Request, next_path: str) -> Response:
    location = f"{SIGN_IN_PATH}?next={quote(next_path, safe='')}"
    if request.headers.get("hx-request") == "true":
        # htmx would put the sign-in page into a corner of this one; this makes it go there.
        return Response(status_code=401, headers={"HX-Redirect": location, "Cache-Control": "no-store"})
    return RedirectResponse(location, status_code=303, headers={"Cache-Control": "no-store"})


def _known(error: PassportError, status: int, problem_type: ProblemType) -> Problem:
    if isinstance(error, ProtocolError):
        first = error.findings[0]
        return Problem(status=status, type=first.type, detail=first.detail, findings=error.findings)
    retry_after = error.retry_after if isinstance(error, RateLimited) else None
    if status == 503:
        retry_after = _RETRY_SECONDS
    return Problem(status=status, type=problem_type, detail=str(error), retry_after=retry_after)


def _http_error(error: HTTPException) -> Problem:
    known = _HTTP_ERRORS.get(error.status_code)
    if known is None:
        internal = (ProblemType.INTERNAL, _INTERNAL_DETAIL)
        known = _HTTP_ERRORS[400] if error.status_code < 500 else internal
    return Problem(
        status=error.status_code, type=known[0], detail=known[1], headers=dict(error.headers or {})
    )


def _invalid_request(errors: Sequence[Mapping[str, Any]]) -> Problem:
    findings = tuple(_finding(item) for item in errors[:_MAX_FINDINGS])
    return Problem(status=400, type=findings[0].type, detail=findings[0].detail, findings=findings)


def _finding(item: Mapping[str, Any]) -> Finding:
    """A pydantic error in our words: its own message may quote the input."""
    kind, place = str(item["type"]), tuple(item["loc"])
    if kind == "extra_forbidden":
        # The name of the unknown member is input, so only its parent is pointed at.
        detail, place = "A member is not known here.", place[:-1]
    elif kind == "missing":
        detail = "A required member is missing."
    elif kind.endswith(("_type", "_parsing")):
        detail = "A value is of the wrong type."
    elif kind.endswith(_SIZE_ERRORS):
        detail = "A value is too long, too short, too large or too small."
    else:
        detail = "A value is not one that is accepted here."
    unknown = kind == "extra_forbidden"
    return Finding(
        type=ProblemType.UNKNOWN_OPTION_PROVIDED if unknown else ProblemType.MALFORMED_VALUE_ERROR,
        detail=detail,
        pointer=_pointer(place),
    )


def _pointer(place: Sequence[Any]) -> str | None:
    """A JSON pointer into the body as far as its names are plain; None outside the body."""
    if not place or place[0] != "body":
        return None
    pointer = ""
    for token in place[1:]:
        if not isinstance(token, int) and not _PLAIN_NAME.fullmatch(str(token)):
            break
        pointer = json_pointer.join(pointer, token)
    return pointer
