"""What the verifier asks of the wallet: to open a share, whether a worker shares, and which shares stand."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import httpx2

from runtime.clients import Peers
from vc.encoding.timestamps import parse_timestamp
from vc.errors import EvidenceUnavailable, NotFound, ProtocolError

_AT_ONCE: Final = 500
_UNREADABLE: Final = "The wallet did not answer as it should."
_NOT_THERE: Final = "This link has ended, or there is none like it."


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenedShare:
    """What a holder shared, as the wallet hands it over; nothing of it is verified.

    ``requester`` is the kind of asker that the programme was asked about, ``made_at`` when the holder
    entered their PIN. ``licence_number`` is None for whoever has the link.
    """

    share_id: str
    licence_number: str | None
    programme: str
    variant: str | None
    requester: str
    made_at: datetime
    expires_at: datetime
    is_watched: bool
    views_left: int
    presentations: tuple[str, ...]


class HeldShares:
    """The shares of holders, at the wallet."""

    def __init__(self, peers: Peers) -> None:
        self._peers = peers

    async def open(self, token: str, licence_number: str | None) -> OpenedShare:
        """Open a share, which is counted. Raises ``NotFound``, ``EvidenceUnavailable``."""
        answer = await self._ask("open", {"token": token, "licence_number": licence_number})
        if answer is None:
            raise NotFound(_NOT_THERE)
        return _share_in(answer)

    async def is_shared(self, name: str, licence_number: str) -> bool:
        """Whether its holder shares what is behind a link's token or a typed code with this licence now.

        The look is counted.

        Raises ``EvidenceUnavailable``.
        """
        body = {"name": name, "licence_number": licence_number}
        answer = await self._ask("consents", body)
        return answer is not None and answer.get("is_shared") is True

    async def standing(self, share_ids: Iterable[str]) -> frozenset[str]:
        """Which of these were neither stopped nor are over. Raises ``EvidenceUnavailable``."""
        wanted, found = sorted(set(share_ids)), set[str]()
        for start in range(0, len(wanted), _AT_ONCE):
            answer = await self._ask("standing", {"shares": wanted[start : start + _AT_ONCE]})
            standing = None if answer is None else answer.get("standing")
            if not isinstance(standing, list):
                raise EvidenceUnavailable(_UNREADABLE)
            found |= set(standing)
        return frozenset(found)

    async def _ask(self, what: str, body: Mapping[str, Any]) -> dict[str, Any] | None:
        """The answer; None where there is nothing."""
        try:
            response = await self._peers.client("wallet_api").post(f"/wallet/api/shares/{what}", json=body)
        except httpx2.HTTPError:
            raise EvidenceUnavailable("The wallet could not be reached.") from None
        if response.status_code == 404:
            return None
        try:
            answer = response.json() if response.status_code == 200 else None
        except ValueError:
            answer = None
        if not isinstance(answer, dict):
            raise EvidenceUnavailable(_UNREADABLE)
        return answer


def _share_in(answer: Mapping[str, Any]) -> OpenedShare:
    try:
        return OpenedShare(
            share_id=answer["share"],
            licence_number=answer["licence_number"],
            programme=answer["programme"],
            variant=answer["variant"],
            requester=answer["requester"],
            made_at=parse_timestamp(answer["made_at"]),
            expires_at=parse_timestamp(answer["expires_at"]),
            is_watched=answer["is_watched"] is True,
            views_left=int(answer["views_left"]),
            presentations=tuple(map(str, answer["presentations"])),
        )
    except (KeyError, TypeError, ValueError, ProtocolError) as error:
        raise EvidenceUnavailable(_UNREADABLE) from error
