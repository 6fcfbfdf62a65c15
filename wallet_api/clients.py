"""What the wallet asks of the issuer: what became of a holder's report, and to take one."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

import httpx2

from runtime.clients import Peers
from runtime.i18n import gettext_noop
from vc.encoding.strict_json import parse_json_object
from vc.errors import ConflictError, EvidenceUnavailable, NotFound, ProtocolError

# The holder's page waits for it.
_TIMEOUT_SECONDS: Final = 4.0


@dataclass(frozen=True, kw_only=True, slots=True)
class ReportState:
    """What became of a report: *open*, *mended*, or *answered* with the centre's ``answer``."""

    wrong: str
    state: str
    answer: str


class Reports:
    """Reports about certificates, which lie with the issuer."""

    def __init__(self, peers: Peers) -> None:
        self._peers = peers

    async def last(self, credential_id: str) -> ReportState | None:
        """The last report about a certificate, if there was one. Raises ``EvidenceUnavailable``."""
        answer = await self._ask("GET", credential_id, None)
        return _state_in(answer.content) if answer.status_code == 200 else None

    async def add(self, credential_id: str, wrong: str, note: str) -> None:
        """Report that something is wrong.

        Raises ``ConflictError`` where that was done or the certificate is not in force, ``NotFound`` for one
        that is not this issuer's, ``EvidenceUnavailable``.
        """
        answer = await self._ask("POST", credential_id, {"wrong": wrong, "note": note})
        if answer.status_code == 409:
            raise ConflictError(gettext_noop("It was reported already, or is not in force any more."))
        if answer.status_code == 404:
            raise NotFound("The issuer knows no such certificate.")
        if answer.status_code != 201:
            raise EvidenceUnavailable("The issuer did not answer as it should.")

    async def _ask(self, method: str, credential_id: str, body: dict[str, str] | None) -> httpx2.Response:
        path = f"/issuer/api/reports/{quote(credential_id, safe='')}"
        try:
            return await self._peers.client("issuer").request(
                method, path, json=body, timeout=_TIMEOUT_SECONDS
            )
        except httpx2.HTTPError:
            raise EvidenceUnavailable("The issuer could not be reached.") from None


def _state_in(body: bytes) -> ReportState | None:
    try:
        report = parse_json_object(body).get("report")
    except ProtocolError:
        report = None
    if not isinstance(report, dict):
        return None
    return ReportState(
        wrong=str(report["wrong"]), state=str(report["state"]), answer=str(report.get("answer") or "")
    )
