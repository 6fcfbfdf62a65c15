"""Watching verifiers are told that a list changed, by signed webhooks that are tried again.

A webhook names lists and nobody's certificate: who watches fetches the list and looks at the indexes of
what it once checked. Signed as Standard Webhooks 1.0.0 says, scheme ``v1a`` (Ed25519), so that a receiver
needs no secret of ours.
"""

import json
from typing import Final

from revocation import watch_store
from revocation.representations import BITSTRING_LISTS, TOKEN_LISTS
from revocation.store import Connection
from revocation.watch_store import Telling, Watcher
from runtime.audit_log import Entry, record
from runtime.auth import Principal
from runtime.entropy import random_token
from runtime.fetch import Unavailable
from runtime.i18n import gettext_noop
from runtime.logging import get_logger
from runtime.service import ServiceContext
from runtime.tasks import keep_doing
from runtime.webhooks import public_key_text, signed_headers, wait_after
from vc.encoding.timestamps import format_timestamp
from vc.errors import ConflictError, MalformedValue, NotFound

KEY_ID: Final = "webhook-1"
MAX_NAME, MAX_URL = 200, 500
_PAUSE_SECONDS: Final = 5.0
_AT_ONCE: Final = 100
_log = get_logger(__name__)


class Watching:
    """The webhooks of one process."""

    def __init__(self, context: ServiceContext) -> None:
        """Join the parts; nothing runs yet."""
        self._context = context

    async def add(self, principal: Principal, name: str, url: str) -> None:
        """Tell ``url`` from now on when a list changes. Raises ``MalformedValue``, ``ConflictError``."""
        is_usable = url.startswith("https://") or any(
            url.startswith(f"{origin}/") for origin in self._context.settings.trusted_origins
        )
        if not name.strip() or len(name) > MAX_NAME:
            raise MalformedValue(gettext_noop("Write whose address it is."), pointer="/name")
        if not is_usable or len(url) > MAX_URL or not url.isascii():
            raise MalformedValue(gettext_noop("Write an address that begins with https://."), pointer="/url")
        now = self._context.clock.now()
        new = Watcher(
            watcher_id=random_token(60).lower(),
            name=name.strip(),
            url=url,
            added_by=principal.subject,
            added_at=now,
        )

        def write(connection: Connection) -> None:
            if not watch_store.add_watcher(connection, new):
                raise ConflictError(gettext_noop("This address is told already."))
            entry = Entry(actor=principal.subject, act="watcher.add", object=new.watcher_id)
            record(connection, entry, now=now)

        await self._context.database.write(write)

    async def remove(self, principal: Principal, watcher_id: str) -> None:
        """Tell it no more. Raises ``NotFound``."""
        now = self._context.clock.now()

        def write(connection: Connection) -> None:
            if not watch_store.remove_watcher(connection, watcher_id):
                raise NotFound("There is no such watcher.")
            entry = Entry(actor=principal.subject, act="watcher.remove", object=watcher_id)
            record(connection, entry, now=now)

        await self._context.database.write(write)

    async def public_key(self) -> str:
        """The key that verifies webhooks, as Standard Webhooks writes it: ``whpk_`` and base64."""
        return await public_key_text(self._context.keyring, KEY_ID)

    async def run(self) -> None:
        """Keep telling; ends only by cancellation."""
        await keep_doing(self.tell_due, every_seconds=_PAUSE_SECONDS, failure="watchers could not be told")

    async def tell_due(self) -> int:
        """Tell what is due now; returns how many were told."""
        due = await self._context.database.read(
            watch_store.due, now=self._context.clock.now(), limit=_AT_ONCE
        )
        told = [await self._tell(telling) for telling in due]
        return sum(told)

    async def _tell(self, telling: Telling) -> bool:
        body = self._body(telling)
        headers = await self._signed(telling, body)
        answer = await self._context.fetcher.post_json(telling.watcher.url, body, headers=headers)
        now = self._context.clock.now()
        if isinstance(answer, Unavailable):
            until = now + wait_after(telling.attempts)
            await self._context.database.write(watch_store.record_untold, telling, until=until)
            _log.warning("watcher_not_told", reason=answer.reason.value, count=telling.attempts + 1)
            return False
        await self._context.database.write(watch_store.record_told, telling, now=now)
        return True

    def _body(self, telling: Telling) -> bytes:
        base_url = self._context.settings.base_url
        urls = [item.url(base_url, telling.list_id) for item in (*BITSTRING_LISTS, *TOKEN_LISTS)]
        content = {
            "type": "statuslist.changed",
            "timestamp": format_timestamp(self._context.clock.now()),
            "data": {"lists": urls},
        }
        return json.dumps(content, separators=(",", ":")).encode()

    async def _signed(self, telling: Telling, body: bytes) -> dict[str, str]:
        name = f"msg_{telling.watcher.watcher_id}.{telling.list_id}.{telling.change_seq}"
        at = self._context.clock.now()
        return await signed_headers(self._context.keyring, KEY_ID, message_id=name, at=at, body=body)
