"""What the verifier asks of the wallet: to open a share, whether a worker shares, and which shares stand."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import httpx2
import orjson

from runtime.clients import Peers
from vc.encoding.timestamps import format_timestamp, parse_timestamp
from vc.errors import EvidenceUnavailable, MalformedValue, NotFound, ProtocolError
from vc.verify.registry_photo import PhotoState, photo_in

_AT_ONCE: Final = 500
_UNREADABLE: Final = "The wallet did not answer as it should."
_NOT_THERE: Final = "This link has ended, or there is none like it."


@dataclass(frozen=True, kw_only=True, slots=True)
class RegistryPhoto:
    """A photo (JPEG) as the labour database gave it at that moment, or how it stands with it."""

    state: PhotoState
    jpeg: bytes | None
    at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenedShare:
    """What a holder shared, as the wallet hands it over; nothing of it is verified.

    ``requester`` is the kind of asker that the programme was asked about, ``made_at`` when the holder
    entered their PIN. ``licence_number`` is None for whoever has the link. ``shows_photo``: the holder lets
    that organisation compare them with the photo of the labour database; ``photo`` is that, where it was
    asked for.
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
    shows_photo: bool
    photo: RegistryPhoto | None

    def as_kept(self) -> bytes:
        """All of it but the photo, as JSON, to be sealed."""
        kept = {
            "share": self.share_id,
            "licence_number": self.licence_number,
            "programme": self.programme,
            "variant": self.variant,
            "requester": self.requester,
            "made_at": format_timestamp(self.made_at),
            "expires_at": format_timestamp(self.expires_at),
            "is_watched": self.is_watched,
            "views_left": self.views_left,
            "presentations": self.presentations,
            "shows_photo": self.shows_photo,
            "photo": None,
        }
        return orjson.dumps(kept)


class HeldShares:
    """The shares of holders, at the wallet."""

    def __init__(self, peers: Peers) -> None:
        self._peers = peers

    async def open(self, token: str, licence_number: str | None, *, with_photo: bool = False) -> OpenedShare:
        """Open a share, which is counted; ``with_photo`` for a page before which a person sits.

        Raises ``NotFound``, ``EvidenceUnavailable``.
        """
        body = {"token": token, "licence_number": licence_number, "with_photo": with_photo}
        answer = await self._ask("open", body)
        if answer is None:
            raise NotFound(_NOT_THERE)
        return share_in(answer)

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


def share_in(answer: Mapping[str, Any]) -> OpenedShare:
    """The share in the wallet's answer, or in what ``as_kept`` wrote. Raises ``EvidenceUnavailable``."""
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
            shows_photo=answer["shows_photo"] is True,
            photo=None if answer["photo"] is None else _photo_in(answer["photo"]),
        )
    except (KeyError, TypeError, ValueError, ProtocolError) as error:
        raise EvidenceUnavailable(_UNREADABLE) from error


def _photo_in(answer: Mapping[str, Any]) -> RegistryPhoto:
    """The photo; anything but a small JPEG counts as a register that gave no answer."""
    state, jpeg = PhotoState(answer["state"]), None
    if state is PhotoState.HELD:
        try:
            jpeg = photo_in(answer["jpeg"])
        except MalformedValue:
            state = PhotoState.NOT_REACHED
    return RegistryPhoto(state=state, jpeg=jpeg, at=parse_timestamp(answer["at"]))
