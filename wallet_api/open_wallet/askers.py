"""Who asks, as far as that is known: never what they say of themselves.

The verifier of this deployment is asked who is behind a request of its own. Others are known where a
setting says under which licence they ask. Everybody else is unknown, and is shown so.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote, urlsplit

import httpx2

from runtime.i18n import PHNOM_PENH
from runtime.service import ServiceContext
from runtime.verification import VerificationShell
from vc.errors import EvidenceUnavailable
from vc.oid4vc.received_request import ReceivedRequest
from vc.programmes.model import Programme
from vc.trust.licences import licence_stands
from wallet_api.receipts import logged_name
from wallet_api.share_terms import NotLicensed, Recipient, open_programme

_OURS: Final = "/verify/response/"
_TIMEOUT_SECONDS: Final = 5.0
_NOT_NOW: Final = "Who asks cannot be looked up now."


@dataclass(frozen=True, kw_only=True, slots=True)
class Asker:
    """Who asks. ``host`` is where the answer goes; ``purpose`` is in their own words, and may be empty.

    ``recipient`` has the licence they ask under, or none. ``is_ours``: by the verifier of this deployment.
    """

    recipient: Recipient
    host: str
    is_ours: bool
    purpose: str
    programme: Programme | None
    variant: str | None

    @property
    def name_in_log(self) -> str:
        """How a log names them: by the register, else by where the answer goes."""
        return logged_name(self.recipient.names) or self.host


class Askers:
    """Those who ask the holders of one wallet."""

    def __init__(self, context: ServiceContext, shell: VerificationShell | None) -> None:
        """Without ``shell`` no licence can be looked up."""
        self._context = context
        self._shell = shell
        self._ours = f"{context.settings.base_url}{_OURS}"

    async def of(self, request: ReceivedRequest) -> Asker:
        """Who is behind a request.

        Raises ``NotLicensed`` where they ask under a licence that is not in force; ``EvidenceUnavailable``;
        ``NotFound`` where the programme is not open.
        """
        number = self._context.settings.wallet_verifiers.get(request.client_id)
        host = urlsplit(request.response_uri).netloc
        if not request.response_uri.startswith(self._ours):
            recipient = await self._recipient(number)
            return Asker(
                recipient=recipient, host=host, is_ours=False, purpose="", programme=None, variant=None
            )
        said = await self._ask(request.response_uri.removeprefix(self._ours))
        wanted: Mapping[str, Any] | None = said["programme"]
        variant = None if wanted is None else (wanted.get("variant") or None)
        today = self._context.clock.now().astimezone(PHNOM_PENH).date()
        return Asker(
            recipient=await self._recipient(said["licence_number"]),
            host=host,
            is_ours=True,
            purpose=said["purpose"],
            programme=None
            if wanted is None
            else open_programme(str(wanted["id"]), variant=variant, on=today),
            variant=variant,
        )

    async def _recipient(self, licence_number: str | None) -> Recipient:
        if licence_number is None:
            return Recipient(licence=None)
        if self._shell is None:
            raise EvidenceUnavailable(_NOT_NOW)
        licences = await self._shell.licences()
        if not licence_stands(licences, licence_number, self._context.clock.now()):
            raise NotLicensed
        return Recipient(licence=licences[licence_number])

    async def _ask(self, request_id: str) -> dict[str, Any]:
        path = f"/verify/api/requests/{quote(request_id, safe='')}/asker"
        try:
            answer = await self._context.peers.client("verifier").get(path, timeout=_TIMEOUT_SECONDS)
            said = answer.json() if answer.status_code == 200 else None
        except (httpx2.HTTPError, ValueError):
            said = None
        if not isinstance(said, dict) or not said.keys() >= {"licence_number", "purpose", "programme"}:
            raise EvidenceUnavailable(_NOT_NOW)
        return said
