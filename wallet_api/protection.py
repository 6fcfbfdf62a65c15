"""Those who signed in with the PIN for when they are forced: a queue that protection officers alone see.

Whose event it is stands under two seals, of the service and of the person, so that the database alone
tells nobody, and an erasure takes it away. Outside stands the day and no time, which would lead to the
entry of the audit log that every right PIN leaves.
"""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from runtime.audit_log import Entry, record
from runtime.entropy import random_bytes, random_token
from runtime.personal_data import DataErased, Place, SealBroken
from runtime.service import ServiceContext
from vc.encoding.timestamps import format_timestamp, parse_timestamp
from vc.errors import NotFound
from wallet_api import protection_store
from wallet_api.protection_store import SealedEvent
from wallet_api.store import Connection

SHOWN: Final = 200
_SECRET: Final = "wallet-protection"  # noqa: S105 - the name of a secret
_EVENT_BITS: Final = 80
_NONCE_BYTES: Final = 12
_HOLDER_CHARACTERS: Final = 64


@dataclass(frozen=True, kw_only=True, slots=True)
class ProtectionEvent:
    """Somebody used the PIN for when they are forced."""

    event_id: str
    rld_number: str
    at: datetime
    seen_at: datetime | None
    seen_by: str | None


class Protection:
    """The queue of one deployment."""

    def __init__(self, context: ServiceContext) -> None:
        self._context = context
        self._personal = context.personal
        self._cipher = AESGCM(context.keyring.ensure_secret(_SECRET))

    def note(self, connection: Connection, *, holder: str, rld_number: str) -> None:
        """Add an event, in the transaction of what it is about."""
        now = self._context.clock.now()
        event_id = random_token(_EVENT_BITS)
        body = orjson.dumps({"rld_number": rld_number, "at": format_timestamp(now)})
        keys = self._personal.ensure_keys(connection, [holder])
        inner = holder.encode() + keys.seal(holder, body, _place(event_id))
        nonce = random_bytes(_NONCE_BYTES)
        sealed = nonce + self._cipher.encrypt(nonce, inner, event_id.encode())
        protection_store.insert_event(connection, event_id, sealed, day=now.date())

    async def events(self) -> tuple[ProtectionEvent, ...]:
        """Those that nobody saw yet first; of people who were erased there are none."""
        return await self._context.database.read(self._open_all)

    async def see(self, event_id: str, *, by: str) -> None:
        """Note that ``by`` takes care of it. Raises ``NotFound``, also where somebody did before."""

        def write(connection: Connection) -> None:
            now = self._context.clock.now()
            if not protection_store.see(connection, event_id, by, now=now):
                raise NotFound("There is no such event, or somebody takes care of it already.")
            record(connection, Entry(actor=by, act="protection.see", object=event_id), now=now)

        await self._context.database.write(write)

    def _open_all(self, connection: Connection) -> tuple[ProtectionEvent, ...]:
        opened = [(event, *self._outer(event)) for event in protection_store.events(connection, limit=SHOWN)]
        keys = self._personal.keys(connection, [holder for _, holder, _ in opened])
        found = []
        for event, holder, inner in opened:
            with suppress(DataErased):
                body = orjson.loads(keys.unseal(holder, inner, _place(event.event_id)))
                found.append(_event(event, body))
        return tuple(found)

    def _outer(self, event: SealedEvent) -> tuple[str, bytes]:
        nonce, sealed = event.sealed[:_NONCE_BYTES], event.sealed[_NONCE_BYTES:]
        try:
            inner = self._cipher.decrypt(nonce, sealed, event.event_id.encode())
        except (InvalidTag, ValueError):
            raise SealBroken("A stored event was altered or moved.") from None
        return inner[:_HOLDER_CHARACTERS].decode(), inner[_HOLDER_CHARACTERS:]


def _event(event: SealedEvent, body: dict[str, str]) -> ProtectionEvent:
    return ProtectionEvent(
        event_id=event.event_id,
        rld_number=body["rld_number"],
        at=parse_timestamp(body["at"]),
        seen_at=None if event.seen_at is None else parse_timestamp(event.seen_at),
        seen_by=event.seen_by,
    )


def _place(event_id: str) -> Place:
    return Place(table="protection_event", row=event_id, column="sealed")
