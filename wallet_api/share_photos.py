"""The holder's photo for whom a share is for: asked of the issuer when the share is opened, kept nowhere.

It comes from the labour database by way of the issuer, as the photos that are printed do. A share holds no
more of it than that its holder agreed.
"""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import httpx2

from runtime.audit_log import Entry, record
from runtime.clients import Peers
from runtime.service import ServiceContext
from vc.encoding.strict_json import parse_json_object
from vc.encoding.timestamps import format_timestamp
from vc.errors import EvidenceUnavailable, MalformedValue, ProtocolError
from vc.verify.registry_photo import PhotoState, photo_in
from wallet_api import access_log, share_store
from wallet_api.access_log import AccessEntry, AccessKind
from wallet_api.receipts import Receipt
from wallet_api.store import Connection

# The share is open already, and its page waits.
_TIMEOUT_SECONDS: Final = 12.0
_UNREADABLE: Final = "The issuer's answer about a photo cannot be used."
_NOT_STANDING: Final = "The share ended before the photo could be shown."
_STATES: Final = {
    "held": PhotoState.HELD,
    "none": PhotoState.NONE,
    # That there is one which must not be handed on is nobody's business here.
    "withheld": PhotoState.NONE,
    "not asked": PhotoState.NOT_REACHED,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class ShownPhoto:
    """A photo (JPEG) as the register gave it at this moment, or how it stands with it."""

    state: PhotoState
    jpeg: bytes | None
    at: datetime

    def as_json(self) -> dict[str, Any]:
        """For the verifier."""
        return {
            "state": self.state.value,
            "jpeg": None if self.jpeg is None else base64.b64encode(self.jpeg).decode(),
            "at": format_timestamp(self.at),
        }


class SharePhotos:
    """Photos for the shares of one deployment's holders."""

    def __init__(self, context: ServiceContext) -> None:
        self._context = context

    async def show(self, receipt: Receipt) -> ShownPhoto | None:
        """The photo for the organisation that just opened this share; None where its holder gave none.

        That it was seen stands in the holder's log before it goes out.
        """
        if not receipt.shows_photo or receipt.licence_number is None:
            return None
        try:
            state, jpeg = await _asked(self._context.peers, sorted(receipt.ids))
            if jpeg is not None:
                await self._context.database.write(self._note, receipt)
        except EvidenceUnavailable:
            state, jpeg = PhotoState.NOT_REACHED, None
        return ShownPhoto(state=state, jpeg=jpeg, at=self._context.clock.now())

    def _note(self, connection: Connection, receipt: Receipt) -> None:
        """Raises ``EvidenceUnavailable`` where the share was stopped while the register was asked."""
        now = self._context.clock.now()
        found = share_store.share_or_none(connection, receipt.share_id)
        if found is None or not found.stands(now):
            raise EvidenceUnavailable(_NOT_STANDING)
        entry = AccessEntry(kind=AccessKind.PHOTO, by=receipt.name_in_log, share_id=receipt.share_id, at=now)
        access_log.add(self._context.personal, connection, found.holder_index, entry)
        record(connection, Entry(actor="verifier", act="share.photo", object=receipt.share_id), now=now)


async def _asked(peers: Peers, credential_ids: Sequence[str]) -> tuple[PhotoState, bytes | None]:
    """The issuer's answer. Raises ``EvidenceUnavailable``."""
    try:
        response = await peers.client("issuer").post(
            "/issuer/api/people/photo", json={"credentials": list(credential_ids)}, timeout=_TIMEOUT_SECONDS
        )
    except httpx2.HTTPError:
        raise EvidenceUnavailable("The issuer could not be reached.") from None
    if response.status_code != 200:
        raise EvidenceUnavailable(_UNREADABLE)
    return read_photo_answer(response.content)


def read_photo_answer(content: bytes) -> tuple[PhotoState, bytes | None]:
    """How it stands with a photo, and its JPEG where there is one. Raises ``EvidenceUnavailable``."""
    try:
        answer = parse_json_object(content)
    except ProtocolError:
        raise EvidenceUnavailable(_UNREADABLE) from None
    state = answer.get("state")
    if not isinstance(state, str) or state not in _STATES:
        raise EvidenceUnavailable(_UNREADABLE)
    if _STATES[state] is not PhotoState.HELD:
        return _STATES[state], None
    try:
        return PhotoState.HELD, photo_in(answer.get("jpeg"))
    except MalformedValue:
        raise EvidenceUnavailable(_UNREADABLE) from None
