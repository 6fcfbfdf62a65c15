"""Being told later: what a holder agreed to have watched is looked up in its list until the consent ends.

The registry learns nothing of it: lists are fetched as for any check. Whoever watches is told by a signed
webhook, or looks; what is told is their own reference and the state, and nothing about the person.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from starlette.requests import Request

from runtime.entropy import random_token
from runtime.fetch import Unavailable
from runtime.i18n import gettext_noop
from runtime.logging import get_logger
from runtime.service import ServiceContext
from runtime.tasks import keep_doing
from runtime.verification import VerificationShell
from runtime.webhooks import public_key_text, signed_headers, wait_after
from vc.encoding.timestamps import format_timestamp
from vc.errors import EvidenceUnavailable, MalformedValue, NotFound
from vc.model.verdict import Answer, Reason
from vc.status.token_entries import TokenStatusEntry
from vc.verify.force import Force
from verifier import watch_store
from verifier.held_shares import HeldShares
from verifier.watch_store import Watch, WatchState

KEY_ID: Final = "webhook-1"
LONGEST: Final = timedelta(days=366)
MAX_REFERENCE: Final = 60
_MAX_URL: Final = 500
_PAUSE_SECONDS: Final = 30.0
_ID_BITS: Final = 80
_log = get_logger("watching")


@dataclass(frozen=True, kw_only=True, slots=True)
class WatchWish:
    """What a holder is asked to agree to: that this asker is told until the end of a day (UTC)."""

    licence_number: str
    reference: str
    until: date

    def as_kept(self) -> dict[str, str]:
        """The wish as JSON."""
        return {
            "licence_number": self.licence_number,
            "reference": self.reference,
            "until": self.until.isoformat(),
        }

    @classmethod
    def kept(cls, kept: Mapping[str, str]) -> "WatchWish":
        """What ``as_kept`` wrote."""
        return cls(**{**kept, "until": date.fromisoformat(kept["until"])})  # type: ignore[arg-type]


class Watching:
    """The watch-list of one verifier."""

    def __init__(self, context: ServiceContext, shell: VerificationShell, shares: HeldShares | None) -> None:
        """Join the parts; nothing runs yet. ``shares`` is None where no wallet is beside this verifier."""
        self._context = context
        self._shell = shell
        self._shares = shares

    def require_wish(self, licence_number: str, reference: object, until: object) -> WatchWish:
        """What a holder may be asked to agree to. Raises ``MalformedValue``."""
        today = self._context.clock.now().astimezone(UTC).date()
        try:
            day = date.fromisoformat(until) if isinstance(until, str) else today
        except ValueError:
            day = today
        if not today < day <= today + LONGEST:
            raise MalformedValue("A watch ends on a later day, within a year.", pointer="/watch/until")
        if not isinstance(reference, str) or not 0 < len(reference) <= MAX_REFERENCE:
            raise MalformedValue("Your own short reference is expected here.", pointer="/watch/reference")
        return WatchWish(licence_number=licence_number, reference=reference, until=day)

    async def add(self, wish: WatchWish, entries: Iterable[TokenStatusEntry]) -> tuple[str, ...]:
        """Watch these places, whose holder agreed; the watches' names."""
        now = self._context.clock.now()
        new = [
            Watch(
                watch_id=random_token(_ID_BITS).lower(),
                licence_number=wish.licence_number,
                reference=wish.reference,
                list_url=entry.list_url,
                index=entry.index,
                until=datetime.combine(wish.until, time.max, UTC).replace(microsecond=0),
                created=now,
            )
            for entry in entries
        ]
        await self._context.database.write(watch_store.add_watches, new)
        return tuple(watch.watch_id for watch in new)

    async def add_shared(
        self, licence_number: str, share_id: str, until: datetime, entries: Iterable[TokenStatusEntry]
    ) -> tuple[str, ...]:
        """Watch these places until a share ends, whose holder agreed; the watches' names.

        What is watched under this share already is not watched twice.
        """
        now = self._context.clock.now()
        new = [
            Watch(
                watch_id=random_token(_ID_BITS).lower(),
                licence_number=licence_number,
                reference=share_id,
                list_url=entry.list_url,
                index=entry.index,
                until=until,
                created=now,
                share_id=share_id,
            )
            for entry in entries
        ]

        def write(connection: watch_store.Connection) -> tuple[str, ...]:
            known = watch_store.watches_under(connection, share_id)
            if not known:
                watch_store.add_watches(connection, new)
            return tuple(known or [watch.watch_id for watch in new])

        return await self._context.database.write(write)

    async def of(self, licence_number: str) -> tuple[Watch, ...]:
        """What this asker watches; what it watched under a share that has ended is gone."""
        now, ended = self._context.clock.now(), await self._drop_ended()
        watches = await self._context.database.read(watch_store.watches_of, licence_number, now)
        return tuple(watch for watch in watches if watch.share_id not in ended)

    async def remove(self, watch_id: str, licence_number: str) -> None:
        """Stop watching. Raises ``NotFound``."""
        if not await self._context.database.write(watch_store.remove_watch, watch_id, licence_number):
            raise NotFound("There is no such watch.")

    async def put_hook(self, licence_number: str, url: str | None) -> None:
        """Tell this asker at ``url`` from now on, or nowhere. Raises ``MalformedValue``."""
        if url is not None:
            trusted = self._context.settings.trusted_origins
            is_usable = url.startswith("https://") or any(url.startswith(f"{one}/") for one in trusted)
            if not is_usable or len(url) > _MAX_URL or not url.isascii():
                said = gettext_noop("Write an address that begins with https://.")
                raise MalformedValue(said, pointer="/url")
        await self._context.database.write(watch_store.put_hook, licence_number, url)

    async def public_key(self) -> str:
        """The key that verifies webhooks."""
        return await public_key_text(self._context.keyring, KEY_ID)

    async def run(self) -> None:
        """Keep looking and telling; ends only by cancellation."""
        await keep_doing(self.look, every_seconds=_PAUSE_SECONDS, failure="the watch-list could not be kept")

    async def look(self) -> None:
        """Look every place up, note what changed, and tell what was not told."""
        context, now = self._context, self._context.clock.now()
        sitting, ended = self._shell.sitting(), await self._drop_ended()
        for watch in await context.database.read(watch_store.all_watches, now):
            if watch.share_id in ended:
                continue
            entry = TokenStatusEntry(index=watch.index, list_url=watch.list_url)
            state = _state_of(await sitting.token_status(entry))
            current = watch
            if state is not None and state is not watch.state:
                await context.database.write(watch_store.record_state, watch.watch_id, state, now)
                current = replace(watch, state=state, changed=now, attempts=0, next_try=None)
            if current.state is not current.told:
                await self._tell(current, now)

    async def _drop_ended(self) -> frozenset[str]:
        """Stop watching under shares that have ended; all of them where the wallet cannot be asked.

        Those are not dropped then, and neither looked up nor told: consent that cannot be seen is none.
        """
        database = self._context.database
        watched = frozenset(await database.read(watch_store.shares_watched, self._context.clock.now()))
        if not watched or self._shares is None:
            return watched
        try:
            ended = watched - await self._shares.standing(watched)
        except EvidenceUnavailable:
            return watched
        if ended:
            await database.write(watch_store.remove_ended, ended)
        return ended

    async def _tell(self, watch: Watch, now: datetime) -> None:
        hooks = await self._context.database.read(watch_store.hooks)
        url = hooks.get(watch.licence_number)
        if url is None or (watch.next_try is not None and now < watch.next_try):
            return
        body = json.dumps(_news(watch), separators=(",", ":")).encode()
        name = f"msg_{watch.watch_id}.{watch.state.value}.{int((watch.changed or now).timestamp())}"
        headers = await signed_headers(self._context.keyring, KEY_ID, message_id=name, at=now, body=body)
        answer = await self._context.fetcher.post_json(url, body, headers=headers)
        if isinstance(answer, Unavailable):
            _log.warning("watcher_not_told", reason=answer.reason.value, count=watch.attempts + 1)
            until = now + wait_after(watch.attempts)
            await self._context.database.write(watch_store.record_untold, watch, until)
            return
        await self._context.database.write(watch_store.record_told, watch)


def _news(watch: Watch) -> dict[str, object]:
    return {
        "type": "credential.changed",
        "timestamp": None if watch.changed is None else format_timestamp(watch.changed),
        "data": {"watch": watch.watch_id, "reference": watch.reference, "state": watch.state.value},
    }


def _state_of(force: Force) -> WatchState | None:
    """What the list says; None where it could not be told, which changes nothing."""
    if force.answer is Answer.YES:
        return WatchState.IN_FORCE
    if force.answer is Answer.NO:
        return WatchState.SUSPENDED if force.reason is Reason.SUSPENDED else WatchState.REVOKED
    return None


def watching_of(request: Request) -> Watching:
    """The watch-list of the application that answers ``request``."""
    watching = request.app.state.watching
    if not isinstance(watching, Watching):
        raise TypeError("the application was not made by verifier.app.create_app")
    return watching
