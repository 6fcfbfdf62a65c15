"""Failures as OAuth clients read them: ``error`` and ``error_description`` instead of a problem.

RFC 6749 section 5.2, RFC 6750 section 3, RFC 9449 section 7.1, OpenID4VCI 1.0 sections 6.3, 8.3.1 and 11.3.
"""

import re
from collections.abc import Mapping
from typing import Final

from starlette.responses import JSONResponse

from vc.oid4vc.oauth_errors import AccessTokenRefused, ErrorCode, OAuthError
from vc.oid4vc.shown_keys import SIGNING_ALGORITHMS

_DOORS: Final = "/openid4vci/"
# Pages: what goes wrong there is told to a person.
_PAGES: Final = frozenset({"/openid4vci/authorize"})
# What a body that cannot be read is called, where it is not simply an invalid request.
_BY_PATH: Final[Mapping[str, ErrorCode]] = {
    "/openid4vci/credential": ErrorCode.INVALID_CREDENTIAL_REQUEST,
    "/openid4vci/deferred_credential": ErrorCode.INVALID_CREDENTIAL_REQUEST,
    "/openid4vci/notification": ErrorCode.INVALID_NOTIFICATION_REQUEST,
}
# Section 5.2 of RFC 6749: what a description is made of.
_NOT_IN_DESCRIPTION: Final = re.compile(r"[^\x20-\x21\x23-\x5b\x5d-\x7e]")


def is_oauth_door(path: str) -> bool:
    """Whether who asks at ``path`` is an OAuth client."""
    return path.startswith(_DOORS) and path not in _PAGES


def oauth_answer(
    path: str, error: Exception, *, status: int, detail: str, headers: Mapping[str, str]
) -> JSONResponse:
    """The answer to an OAuth client that ``error`` is; ``status`` and ``detail`` as a problem has them."""
    code = _code_of(path, error, status)
    description = _NOT_IN_DESCRIPTION.sub("", detail)
    more = {**headers, "Cache-Control": "no-store"}
    if isinstance(error, AccessTokenRefused):
        status = 403 if error.error is ErrorCode.INSUFFICIENT_SCOPE else 401
        algorithms = f', algs="{" ".join(SIGNING_ALGORITHMS)}"' if error.scheme == "DPoP" else ""
        more["WWW-Authenticate"] = (
            f'{error.scheme} error="{code}", error_description="{description}"{algorithms}'
        )
    body = {"error": code, "error_description": description}
    return JSONResponse(body, status_code=status, headers=more)


def _code_of(path: str, error: Exception, status: int) -> str:
    if isinstance(error, OAuthError):
        return error.error.value
    if status in (429, 503):
        # RFC 6749 section 4.1.2.1: the one code that says "later".
        return "temporarily_unavailable"
    if status >= 500:
        return "server_error"
    return _BY_PATH.get(path, ErrorCode.INVALID_REQUEST).value
