"""The photo of a holder who lets an organisation see it: asked for when a share is opened, kept nowhere."""

from collections.abc import Sequence
from typing import Final

from issuer import store
from issuer.passport_card import PrintedPhoto
from issuer.service.desk import Desk
from issuer.service.photos import photos_of
from issuer.store import Connection
from issuer.unsealed import Intent
from runtime.audit_log import Entry, record
from vc.errors import NotFound

_ACTOR: Final = "wallet_api"


async def photo_for_share(desk: Desk, credential_ids: Sequence[str]) -> PrintedPhoto:
    """The photo of the one person whom all of these certificates were issued to.

    Whose it is follows from what was signed, and from nothing that the wallet says. There is *none* where
    they are several people's, or one of them is not ours or was erased.
    """

    def read(connection: Connection) -> tuple[Intent, ...]:
        return tuple(desk.sealed.issued(connection, store.issued_by_id, one) for one in credential_ids)

    try:
        intents = await desk.context.database.read(read)
    except NotFound:
        return PrintedPhoto.none()
    numbers = {intent.details.rld_number for intent in intents}
    if len(numbers) != 1:
        return PrintedPhoto.none()
    (number,) = numbers
    await _note(desk, number)
    return (await photos_of(desk, [number]))[number]


async def _note(desk: Desk, rld_number: str) -> None:
    def write(connection: Connection) -> None:
        owner = desk.sealed.personal.person(rld_number)
        record(
            connection, Entry(actor=_ACTOR, act="person.photo", object=owner), now=desk.context.clock.now()
        )

    await desk.context.database.write(write)
