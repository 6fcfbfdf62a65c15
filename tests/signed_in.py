"""Somebody signed in at an application whose trust registry is not there."""

from fastapi import FastAPI

from runtime.auth import SESSION_COOKIE, NotAuthenticated, Principal, Sessions
from runtime.entropy import random_token


class KnownSessions:
    """Sessions and access tokens that a test handed out; the real ones have tests of their own."""

    def __init__(self) -> None:
        self._sessions: dict[str, Principal] = {}
        self._access: dict[str, Principal] = {}

    def session(self, principal: Principal) -> str:
        token = random_token(256)
        self._sessions[token] = principal
        return token

    def access_token(self, principal: Principal) -> str:
        token = random_token(128)
        self._access[token] = principal
        return token

    async def by_session(self, token: str) -> Principal | None:
        return self._sessions.get(token)

    async def by_access_token(self, token: str) -> Principal:
        if token not in self._access:
            raise NotAuthenticated("The token is not good.")
        return self._access[token]


def _known(app: FastAPI) -> KnownSessions:
    sessions: Sessions = app.state.sessions
    if not isinstance(sessions, KnownSessions):
        sessions = app.state.sessions = KnownSessions()
    return sessions


def session_cookie(app: FastAPI, principal: Principal) -> dict[str, str]:
    """The cookie of ``principal``, by name."""
    return {SESSION_COOKIE: _known(app).session(principal)}


def access_token(app: FastAPI, principal: Principal) -> str:
    """An access token of ``principal``."""
    return _known(app).access_token(principal)
