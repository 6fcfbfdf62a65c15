"""Telling holders what became of their certificates: by phone or mail they confirmed, else on paper.

The registry's changes are read in their order. A message says only that there is news; who cannot be
reached is put on the list that centres print and hand over.
"""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

import httpx2

from runtime.audit_log import Entry, record
from runtime.retention import NOTICE, before
from runtime.service import ServiceContext
from runtime.tasks import keep_doing
from vc.errors import EvidenceUnavailable, NotFound
from wallet_api import notice_store
from wallet_api.contacts import Contacts
from wallet_api.messages import NEWS, Channel, MessageNotSent, Messenger
from wallet_api.notice_store import Notice, NoticeState
from wallet_api.store import Connection

_PAUSE_SECONDS: Final = 15.0
_FIRST_WAIT: Final = timedelta(minutes=1)
_MAX_ATTEMPTS: Final = 10
"""With doubled waits these are nine hours; then it goes on paper."""
LETTERS: Final = 1_000


class Notices:
    """Reads what happened, and tells it."""

    def __init__(
        self, context: ServiceContext, contacts: Contacts, messengers: Mapping[Channel, Messenger]
    ) -> None:
        """Join the parts; nothing runs yet."""
        self._context = context
        self._contacts = contacts
        self._messengers = messengers

    async def run(self) -> None:
        """Keep reading and telling; ends only by cancellation."""
        # Apart: what is due is sent also while the registry is away.
        await asyncio.gather(
            keep_doing(self.read_changes, every_seconds=_PAUSE_SECONDS, failure="changes could not be read"),
            keep_doing(self.send_due, every_seconds=_PAUSE_SECONDS, failure="notices could not be sent"),
        )

    async def read_changes(self) -> None:
        """Take over what the registry changed since it was last asked. Raises ``EvidenceUnavailable``."""
        database = self._context.database
        while True:
            after = await database.read(notice_store.position)
            page = await self._changes(after)
            if page["newest"] < after:
                # The registry was rebuilt and counts anew; what was told is known by what it is about.
                await database.write(notice_store.set_position, 0)
                continue
            if not page["changes"]:
                return
            now = self._context.clock.now()
            await database.write(
                notice_store.take_changes,
                page["changes"],
                page["last"],
                since=before(self._context.settings, NOTICE, now).isoformat(timespec="microseconds"),
                now=now,
            )

    async def send_due(self) -> None:
        """Tell what is due; what has no way to a phone goes on paper."""
        database = self._context.database
        while due := await database.read(notice_store.due, now=self._context.clock.now()):
            for notice in due:
                await self._send(notice)

    async def sweep(self) -> None:
        """Forget what was told long ago."""
        limit = before(self._context.settings, NOTICE, self._context.clock.now())
        await self._context.database.write(notice_store.forget_settled, before=limit)

    async def letters(self, after: str) -> tuple[Notice, ...]:
        """What is to be handed over on paper, a page in the order of ids, beginning after one."""
        return await self._context.database.read(notice_store.to_print, after=after, limit=LETTERS)

    async def hand_over(self, notice_id: str, *, by: str) -> None:
        """Note that a letter was handed over. Raises ``NotFound`` for one there is not, or that was read."""

        def write(connection: Connection) -> None:
            now = self._context.clock.now()
            if notice_store.settle(connection, [notice_id], NoticeState.HANDED, now=now) != 1:
                raise NotFound("There is no such letter.")
            record(connection, Entry(actor=by, act="notice.hand-over", object=notice_id), now=now)

        await self._context.database.write(write)

    async def _send(self, notice: Notice) -> None:
        found = await self._contacts.confirmed(notice.holder_index)
        if found is None:
            await self._settle(notice, NoticeState.PRINT)
            return
        try:
            await self._messengers[found.channel].send(found.address, NEWS)
        except MessageNotSent:
            await self._put_off(notice)
        else:
            await self._settle(notice, NoticeState.SENT)

    async def _put_off(self, notice: Notice) -> None:
        if notice.attempts + 1 >= _MAX_ATTEMPTS:
            await self._settle(notice, NoticeState.PRINT)
            return
        until = self._context.clock.now() + _FIRST_WAIT * 2**notice.attempts
        await self._context.database.write(notice_store.put_off, notice.notice_id, until=until)

    async def _settle(self, notice: Notice, state: NoticeState) -> None:
        def write(connection: Connection) -> None:
            now = self._context.clock.now()
            notice_store.settle(connection, [notice.notice_id], state, now=now)
            entry = Entry(actor="wallet_api", act=f"notice.{state.value}", object=notice.credential_id)
            record(connection, entry, now=now)

        await self._context.database.write(write)

    async def _changes(self, after: int) -> dict[str, Any]:
        try:
            response = await self._context.peers.client("revocation").get(
                "/revocation/api/changes", params={"after": after}
            )
            answer = response.json() if response.status_code == 200 else None
        except (httpx2.HTTPError, ValueError) as error:
            raise EvidenceUnavailable("The registry cannot be asked now.") from error
        if not isinstance(answer, dict) or not {"changes", "last", "newest"} <= answer.keys():
            raise EvidenceUnavailable("The registry cannot answer now.")
        return answer
