"""Telling holders that what they shared was looked at: that there is news, and at most once an hour."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from runtime.service import ServiceContext
from runtime.tasks import keep_doing
from wallet_api import share_store
from wallet_api.contacts import Contacts
from wallet_api.messages import NEWS, Channel, MessageNotSent, Messenger

BETWEEN: Final = timedelta(hours=1)
_AGAIN: Final = timedelta(minutes=10)
_PAUSE_SECONDS: Final = 15.0
_AT_ONCE: Final = 100


class Telling:
    """Sends what ``share_store.tell_soon`` put down."""

    def __init__(
        self, context: ServiceContext, contacts: Contacts, messengers: Mapping[Channel, Messenger]
    ) -> None:
        """Join the parts; nothing runs yet."""
        self._context = context
        self._contacts = contacts
        self._messengers = messengers

    async def run(self) -> None:
        """Keep telling; ends only by cancellation."""
        await keep_doing(self.tell_due, every_seconds=_PAUSE_SECONDS, failure="holders could not be told")

    async def tell_due(self) -> None:
        """Tell whoever is to be told now. Who confirmed no phone reads it in their passport."""
        database, now = self._context.database, self._context.clock.now()
        for holder in await database.read(share_store.to_tell, now, limit=_AT_ONCE):
            contact = await self._contacts.confirmed(holder)
            try:
                if contact is not None:
                    await self._messengers[contact.channel].send(contact.address, NEWS)
            except MessageNotSent:
                await database.write(share_store.put_off, holder, now + _AGAIN)
            else:
                await database.write(share_store.told, holder, now)
