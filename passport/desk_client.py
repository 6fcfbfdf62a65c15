"""An officer at the command line of another machine: signed in to a served deployment, as in a browser."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import httpx2

from vc.errors import ConflictError, EvidenceUnavailable, MalformedValue, NotAuthorized, NotFound, RateLimited

if TYPE_CHECKING:
    from trust_registry.officers import Credentials

_TIMEOUT_SECONDS: Final = 600.0
"""A bundle of passports takes minutes."""

_SECOND_STEP: Final = "/sign-in/second-step"


class DeskClient:
    """Asks a server as somebody who is signed in. Every method raises what the server's answer says."""

    def __init__(self, client: httpx2.Client) -> None:
        """``client`` has the session."""
        self._client = client

    def get_json(self, path: str) -> dict[str, Any]:
        """The JSON at ``path``."""
        return dict(_good(self._client.get(path)).json())

    def get_file(self, path: str) -> bytes:
        """The file at ``path``."""
        return _good(self._client.get(path)).content

    def post_json(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """What the server says to ``body``."""
        return dict(_good(self._client.post(path, json=body)).json())

    def post_for_file(self, path: str, body: dict[str, Any]) -> bytes:
        """The file that the server makes of ``body``."""
        return _good(self._client.post(path, json=body)).content

    def post_form_for_file(self, path: str, form: dict[str, str]) -> bytes:
        """The file that the server makes of a form."""
        return _good(self._client.post(path, data=form)).content


@contextmanager
def signed_in(server: str, given: "Credentials") -> Iterator[DeskClient]:
    """Sign in at ``server`` (an origin), and out again at the end.

    Raises ``NotAuthorized``, ``RateLimited``; ``EvidenceUnavailable`` where the server cannot be reached.
    """
    origin = server.rstrip("/")
    headers = {"Origin": origin, "Accept": "application/json", "Accept-Language": "en"}
    try:
        with httpx2.Client(
            base_url=origin, headers=headers, timeout=_TIMEOUT_SECONDS, trust_env=False
        ) as client:
            _sign_in(client, given)
            try:
                yield DeskClient(client)
            finally:
                client.post("/sign-out")
    except httpx2.TransportError:
        raise EvidenceUnavailable("The server did not answer.") from None


def _sign_in(client: httpx2.Client, given: "Credentials") -> None:
    form = {"username": given.username, "password": given.password, "next": "/"}
    answer = client.post("/sign-in", data=form)
    if answer.status_code == _TOO_MANY:
        raise _too_many(answer)
    if answer.status_code != 303:
        raise NotAuthorized("The name or the password is not right.")
    if answer.headers.get("location", "").startswith(_SECOND_STEP):
        code = client.post(_SECOND_STEP, data={"code": given.code(), "next": "/"})
        if code.status_code != 303:
            raise NotAuthorized("The code is not right.")


_ERRORS: Final = {
    400: MalformedValue,
    403: NotAuthorized,
    404: NotFound,
    409: ConflictError,
}
_TOO_MANY: Final = 429


def _good(answer: httpx2.Response) -> httpx2.Response:
    if answer.status_code in (200, 201):
        return answer
    if answer.status_code == _TOO_MANY:
        raise _too_many(answer)
    error = _ERRORS.get(answer.status_code, EvidenceUnavailable)
    raise error(_detail(answer))


def _too_many(answer: httpx2.Response) -> RateLimited:
    wait = answer.headers.get("Retry-After", "")
    return RateLimited(
        "Too many tries. Wait a while, then try again.", retry_after=int(wait) if wait.isdecimal() else 1
    )


def _detail(answer: httpx2.Response) -> str:
    try:
        return str(answer.json()["detail"])
    except (ValueError, KeyError, TypeError):
        return "The server did not do it."
