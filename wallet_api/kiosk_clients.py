"""What a kiosk needs of the other services: who a person is, sessions, and an end of their cards."""

import base64
import binascii
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import httpx2

from runtime.clients import Peers
from vc.errors import EvidenceUnavailable, NotAuthorized, NotFound

_SESSIONS: Final = "/trust/api/holder-sessions"
_NO_ANSWER: Final = "A service that is needed for this cannot be asked now. Try again in a few minutes."


@dataclass(frozen=True, kw_only=True, slots=True)
class FoundPerson:
    """A person as the labour database has them.

    ``photo`` is a JPEG, None where there is none to be had; ``photo_state`` says why: *none*, *withheld* or
    *not asked*.
    """

    rld_number: str
    name_km: str
    name_latin: str
    birth_date: date
    photo_state: str
    photo: bytes | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """Who is looked for: by number and year of birth, or by what is printed on a certificate."""

    rld_number: str = ""
    birth_year: int = 0
    printed: str = ""


class People:
    """The issuer, asked who somebody is."""

    def __init__(self, peers: Peers) -> None:
        self._peers = peers

    async def find(self, wanted: Wanted, *, actor: str) -> FoundPerson:
        """The one person meant.

        Raises ``NotFound``, the same for a number nobody has and for another year; ``EvidenceUnavailable``.
        """
        body: dict[str, Any] = {"actor": actor}
        if wanted.printed:
            body["printed"] = wanted.printed
        else:
            body |= {"rld_number": wanted.rld_number, "birth_year": wanted.birth_year}
        answer = await _post(self._peers, "issuer", "/issuer/api/people/found", body)
        # 400: what was typed has not even the shape of such a number or code.
        if answer.status_code in (400, 404):
            raise NotFound("There is no such person.")
        if answer.status_code != 200:
            raise EvidenceUnavailable(_NO_ANSWER)
        return _person_in(answer)


class HolderSessions:
    """The trust registry, asked to begin and to end sessions of holders."""

    def __init__(self, peers: Peers) -> None:
        self._peers = peers

    async def begin(
        self,
        rld_number: str,
        *,
        name: str,
        is_limited: bool,
        is_kiosk: bool = False,
        replaces: str | None = None,
    ) -> str:
        """The token of a new session for the cookie. Raises ``NotAuthorized``, ``EvidenceUnavailable``."""
        body: dict[str, Any] = {
            "rld_number": rld_number,
            "name": name,
            "is_limited": is_limited,
            "is_kiosk": is_kiosk,
            "replaces": replaces,
        }
        answer = await _post(self._peers, "trust_registry", _SESSIONS, body)
        if answer.status_code == 403:
            raise NotAuthorized("This account is switched off.")
        token = answer.json().get("session") if answer.status_code == 201 else None
        if not isinstance(token, str):
            raise EvidenceUnavailable(_NO_ANSWER)
        return token

    async def end(self, token: str) -> None:
        """End one session. Raises ``EvidenceUnavailable``."""
        _require_done(await _post(self._peers, "trust_registry", f"{_SESSIONS}/end", {"session": token}))

    async def end_all(self, rld_number: str) -> None:
        """End every session of a person. Raises ``EvidenceUnavailable``."""
        body = {"rld_number": rld_number}
        _require_done(await _post(self._peers, "trust_registry", f"{_SESSIONS}/end-all", body))


class Cards:
    """The issuer, asked to end passport cards."""

    def __init__(self, peers: Peers) -> None:
        self._peers = peers

    async def end_all(self, rld_number: str) -> None:
        """End every standing card of a person, at every centre. Raises ``EvidenceUnavailable``."""
        body = {"rld_number": rld_number}
        _require_done(await _post(self._peers, "issuer", "/issuer/api/assisted/end-cards", body))


async def _post(peers: Peers, service: str, path: str, body: dict[str, Any]) -> httpx2.Response:
    try:
        return await peers.client(service).post(path, json=body)
    except httpx2.HTTPError:
        raise EvidenceUnavailable(_NO_ANSWER) from None


def _require_done(answer: httpx2.Response) -> None:
    if answer.status_code != 200:
        raise EvidenceUnavailable(_NO_ANSWER)


def _person_in(answer: httpx2.Response) -> FoundPerson:
    try:
        body = answer.json()
        photo = body["photo"]
        return FoundPerson(
            rld_number=str(body["rld_number"]),
            name_km=str(body["name_km"]),
            name_latin=str(body["name_latin"]),
            birth_date=date.fromisoformat(body["birth_date"]),
            photo_state=str(body["photo_state"]),
            photo=None if photo is None else base64.b64decode(photo, validate=True),
        )
    except (ValueError, KeyError, TypeError, binascii.Error):
        raise EvidenceUnavailable(_NO_ANSWER) from None
