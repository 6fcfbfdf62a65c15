"""What the wallet asks of the status registry: why a certificate is not in force, and to take an appeal."""

from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

import httpx2

from runtime.clients import Peers
from runtime.i18n import gettext_noop
from vc.errors import ConflictError, EvidenceUnavailable, NotFound

# The holder's page waits for it.
_TIMEOUT_SECONDS: Final = 4.0


@dataclass(frozen=True, kw_only=True, slots=True)
class HeldAppeal:
    """An appeal of a holder: *open*, *granted* or *refused*; ``answer`` says why it was refused."""

    grounds: str
    state: str
    answer: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """What the registry tells the holder of a certificate.

    ``state`` is *inForce* or what holds instead, ``reason`` a word of the registry's, empty while it is
    in force. ``until`` is when a suspension ends by itself, ``appeal_until`` the last moment to appeal;
    both are instants, or empty.
    """

    state: str
    reason: str
    until: str
    appeal_until: str
    appeal: HeldAppeal | None


class StatusRegistry:
    """The registry, asked for a holder."""

    def __init__(self, peers: Peers) -> None:
        self._peers = peers

    async def standing(self, credential_id: str) -> Standing:
        """What holds for a certificate. Raises ``NotFound``, ``EvidenceUnavailable``."""
        response = await self._ask("GET", f"/revocation/api/held/{quote(credential_id, safe='')}", None)
        if response.status_code == 404:
            raise NotFound("The registry knows no such credential.")
        if response.status_code != 200:
            raise EvidenceUnavailable("The registry did not answer as it should.")
        return _standing_in(response)

    async def appeal(self, credential_id: str, grounds: str) -> None:
        """Appeal for its holder.

        Raises ``ConflictError`` where nothing can be appealed, it is late, or was done; ``NotFound``,
        ``EvidenceUnavailable``.
        """
        body = {"credential_id": credential_id, "grounds": grounds}
        response = await self._ask("POST", "/revocation/api/appeals", body)
        if response.status_code == 409:
            raise ConflictError(gettext_noop("You appealed already, or the time to appeal is over."))
        if response.status_code == 404:
            raise NotFound("The registry knows no such credential.")
        if response.status_code != 201:
            raise EvidenceUnavailable("The registry did not answer as it should.")

    async def _ask(self, method: str, path: str, body: dict[str, str] | None) -> httpx2.Response:
        try:
            return await self._peers.client("revocation").request(
                method, path, json=body, timeout=_TIMEOUT_SECONDS
            )
        except httpx2.HTTPError:
            raise EvidenceUnavailable("The registry could not be reached.") from None


def _standing_in(response: httpx2.Response) -> Standing:
    try:
        answer: dict[str, Any] = response.json()
        made = answer["appeal"]
        return Standing(
            state=str(answer["state"]),
            reason=str(answer["reason"] or ""),
            until=str(answer["until"] or ""),
            appeal_until=str(answer["appeal_until"] or ""),
            appeal=None
            if made is None
            else HeldAppeal(
                grounds=str(made["grounds"]), state=str(made["state"]), answer=str(made["answer"] or "")
            ),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise EvidenceUnavailable("The registry's answer could not be read.") from error
