"""Failures as OAuth clients read them: a code that is known, a plain sentence, and how to show a token."""

import json

import pytest
from starlette.exceptions import HTTPException

from runtime.oauth_answers import is_oauth_door, oauth_answer
from runtime.problems import BodyTooLarge, problem_of
from vc.errors import EvidenceUnavailable, MalformedValue, NotFound, RateLimited
from vc.oid4vc.oauth_errors import AccessTokenRefused, ErrorCode, OAuthError

TOKEN, CREDENTIAL = "/openid4vci/token", "/openid4vci/credential"


def answer(path: str, error: Exception) -> tuple[int, str]:
    problem = problem_of(error)
    response = oauth_answer(path, error, status=problem.status, detail=problem.detail, headers={})
    assert response.headers["cache-control"] == "no-store"
    body = json.loads(bytes(response.body))
    assert body.keys() == {"error", "error_description"}
    return response.status_code, body["error"]


@pytest.mark.parametrize(
    ("path", "error", "said"),
    [
        (TOKEN, OAuthError(ErrorCode.INVALID_GRANT, "No."), (400, "invalid_grant")),
        (TOKEN, MalformedValue("No."), (400, "invalid_request")),
        (CREDENTIAL, MalformedValue("No."), (400, "invalid_credential_request")),
        ("/openid4vci/notification", BodyTooLarge("No."), (413, "invalid_notification_request")),
        ("/openid4vci/offers/x", NotFound("No."), (404, "invalid_request")),
        (TOKEN, RateLimited("No.", retry_after=3), (429, "temporarily_unavailable")),
        (TOKEN, EvidenceUnavailable("No."), (503, "temporarily_unavailable")),
        (TOKEN, HTTPException(405), (405, "invalid_request")),
        (TOKEN, RuntimeError("the inside"), (500, "server_error")),
        (CREDENTIAL, AccessTokenRefused(ErrorCode.INVALID_TOKEN, "No."), (401, "invalid_token")),
        (CREDENTIAL, AccessTokenRefused(ErrorCode.INSUFFICIENT_SCOPE, "No."), (403, "insufficient_scope")),
    ],
)
def test_every_failure_has_its_status_and_code(path: str, error: Exception, said: tuple[int, str]) -> None:
    assert answer(path, error) == said


def test_a_bound_token_is_asked_for_with_the_algorithms_of_proofs() -> None:
    error = AccessTokenRefused(ErrorCode.INVALID_TOKEN, "No.", scheme="DPoP")
    response = oauth_answer(CREDENTIAL, error, status=400, detail="No.", headers={})
    assert response.headers["www-authenticate"] == (
        'DPoP error="invalid_token", error_description="No.", algs="ES256 EdDSA"'
    )


def test_a_description_cannot_leave_its_quotation_marks() -> None:
    error = OAuthError(ErrorCode.INVALID_REQUEST, 'a "b" \\ \r\n é')
    response = oauth_answer(TOKEN, error, status=400, detail=str(error), headers={})
    assert response.body == b'{"error":"invalid_request","error_description":"a b   "}'


def test_a_person_at_the_page_of_consent_is_no_client() -> None:
    assert is_oauth_door("/openid4vci/token")
    assert not is_oauth_door("/openid4vci/authorize")
    assert not is_oauth_door("/token")
