"""The PIN of a holder: set, tried, and what a right one opens for one request.

Tries are counted in the database before the PIN is looked at, so that a hundred at once count as a
hundred and a restart forgives none. A right PIN, the second PIN and a wrong one cost the same work, and
the first two leave the same entry in the audit log.
"""

import math
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial
from typing import Final

import anyio
import anyio.to_thread
from anyio.lowlevel import RunVar

from runtime.audit_log import Entry, record
from runtime.entropy import random_bytes
from runtime.i18n import gettext_noop
from runtime.service import ServiceContext
from vc.errors import ConflictError, MalformedValue, RateLimited
from wallet_api import access_log, phone_store, pin_store
from wallet_api.access_log import AccessEntry, AccessKind
from wallet_api.choices import MAX_CHOSEN, read_chosen, seal_chosen
from wallet_api.contacts import ascii_digits
from wallet_api.pin_slots import (
    SALT_BYTES,
    SECRET_BYTES,
    Slot,
    filler,
    is_easy,
    is_pin,
    open_slot,
    seal_slot,
    slot_key,
)
from wallet_api.pin_store import Locked, SealedPin, Try
from wallet_api.protection import Protection
from wallet_api.store import Connection

HOLDER: Final = "holder"
"""What the audit log and the access log call whoever has the PIN."""
_PEPPER: Final = "wallet-pin-pepper"
# Each try takes 64 MiB.
_TRIES_AT_ONCE: Final = 4
_A_DAY_SECONDS: Final = 24 * 3600
_CHANGED_OFTEN: Final = gettext_noop("The PIN was changed several times today. Try again tomorrow.")
_slots: RunVar[anyio.CapacityLimiter] = RunVar("wallet pin tries")

Tell = Callable[[str], Awaitable[None]]
"""Tells a holder, by their blind index, that there is news."""


class WrongPin(MalformedValue):
    """It is not this PIN."""

    def __init__(self) -> None:
        super().__init__(gettext_noop("This is not the right PIN."), pointer="/pin")


class UnfitPin(MalformedValue):
    """This PIN cannot be set."""

    def __init__(self) -> None:
        super().__init__(
            gettext_noop("Choose another PIN: six digits that are not easy to guess."), pointer="/new_pin"
        )


class PinLocked(RateLimited):
    """Too many wrong tries: nothing is looked at before ``until``."""

    def __init__(self, until: datetime, now: datetime) -> None:
        super().__init__(
            gettext_noop("Too many wrong tries. The PIN is locked for a while; a kiosk can end that."),
            retry_after=max(1, math.ceil((until - now).total_seconds())),
        )
        self.until = until


class NoPin(ConflictError):
    """The holder has no PIN."""

    def __init__(self) -> None:
        super().__init__(gettext_noop("You have no PIN yet. Set one first."))


@dataclass(frozen=True, kw_only=True, slots=True)
class Unlocked:
    """What a right PIN opens, for one request; it is never stored, and ``repr`` hides the secret.

    ``holder`` is the person's blind index. ``is_limited``: it was the second PIN, so only what the
    holder chose may be shown or given.
    """

    holder: str
    rld_number: str
    secret: bytes
    is_limited: bool

    def __repr__(self) -> str:
        return f"Unlocked(holder={self.holder})"


@dataclass(frozen=True, kw_only=True, slots=True)
class _Opened:
    """A PIN that was right: the row, the key of its slot, and what the slot holds."""

    pin: SealedPin
    key: bytes
    slot: Slot


class Pins:
    """The PINs of one deployment's holders."""

    def __init__(self, context: ServiceContext, protection: Protection, tell: Tell) -> None:
        """``tell`` tells a holder whose PIN was locked or set."""
        self._context = context
        self._personal = context.personal
        self._protection = protection
        self._tell = tell
        self._pepper = context.keyring.ensure_secret(_PEPPER)

    async def has_pin(self, rld_number: str) -> bool:
        """Whether this holder has set a PIN."""
        holder = self._personal.person(rld_number)
        return await self._context.database.read(pin_store.pin_or_none, holder) is not None

    async def unlock(self, rld_number: str, pin: str) -> Unlocked:
        """What this holder's PIN opens.

        Raises ``WrongPin``, ``PinLocked`` after five wrong ones in a row, ``NoPin``.
        """
        found = await self.unlock_one_of((rld_number,), pin)
        if found is None:
            raise WrongPin
        return found

    async def unlock_one_of(self, rld_numbers: Sequence[str], pin: str) -> Unlocked | None:
        """Whoever of these people, who share a phone, has this PIN; None where nobody has.

        A wrong PIN is a wrong try for each of them, a right one for nobody. Raises ``WrongPin`` for what
        is no PIN, ``PinLocked`` where everybody's is locked, ``NoPin`` where nobody has one.
        """
        found = await self._unlock(rld_numbers, pin)
        return None if found is None else found[0]

    async def set_first(self, rld_number: str, new_pin: str, *, birth_date: date | None = None) -> None:
        """Give a holder who has none a PIN, and a secret. Raises ``UnfitPin``, ``ConflictError``."""
        pin = await self.prepare(rld_number, new_pin, birth_date=birth_date)

        def write(connection: Connection) -> None:
            if not pin_store.insert_pin(connection, pin, now=self._context.clock.now()):
                raise ConflictError(gettext_noop("There is a PIN already. Change it with the one you have."))
            self.note_set(connection, pin.holder_index, by=HOLDER)

        await self._context.database.write(write)

    async def change(
        self, rld_number: str, pin: str, new_pin: str, *, birth_date: date | None = None
    ) -> None:
        """Put a new PIN in the place of the one that is typed. Raises as ``unlock``, and ``UnfitPin``."""
        opened = await self._open_to_change(rld_number, pin)
        key = await self._new_key(opened.pin, new_pin, birth_date)
        if opened.slot.other == key:
            raise UnfitPin
        await self._replace(opened, _both(opened.pin, key, opened.slot))
        await self._tell(opened.pin.holder_index)

    async def set_second(
        self,
        rld_number: str,
        pin: str,
        second_pin: str,
        *,
        chosen: Sequence[str],
        birth_date: date | None = None,
    ) -> None:
        """Set the PIN for when the holder is forced, and the certificates that it shows.

        ``chosen`` are ids; without any, the newest certificate is shown. With the second PIN itself this
        changes nothing and looks the same. Raises as ``change``.
        """
        opened = await self._open_to_change(rld_number, pin)
        other = await self._new_key(opened.pin, second_pin, birth_date)
        if other == opened.key:
            raise UnfitPin
        if opened.slot.is_limited:
            await self._replace(opened, _both(opened.pin, opened.key, opened.slot))
            return
        slot = replace(opened.slot, other=other)
        pair = _both(opened.pin, opened.key, slot)
        await self._replace(opened, pair, chosen=chosen[:MAX_CHOSEN])

    async def end_second(self, rld_number: str, pin: str) -> None:
        """Have no second PIN any more; with the second PIN itself this changes nothing. As ``unlock``."""
        opened = await self._open_to_change(rld_number, pin)
        slot = opened.slot if opened.slot.is_limited else replace(opened.slot, other=None)
        await self._replace(opened, _both(opened.pin, opened.key, slot))

    async def prepare(self, rld_number: str, new_pin: str, *, birth_date: date | None) -> SealedPin:
        """A PIN with a new secret, to be written by the caller. Raises ``UnfitPin``, ``PinLocked``."""
        holder = self._personal.person(rld_number)
        empty = SealedPin(
            holder_index=holder, salt=random_bytes(SALT_BYTES), slot_a=b"", slot_b=filler(), chosen=b""
        )
        key = await self._new_key(empty, new_pin, birth_date)
        slot = Slot(secret=random_bytes(SECRET_BYTES), is_limited=False, other=None)
        chosen = await self._context.database.write(seal_chosen, self._personal, holder, ())
        return replace(_both(empty, key, slot), chosen=chosen)

    def write_anew(self, connection: Connection, pin: SealedPin) -> None:
        """Write a prepared PIN in the place of whatever there was; what the old secret sealed is gone."""
        pin_store.forget_holder(connection, pin.holder_index)
        pin_store.insert_pin(connection, pin, now=self._context.clock.now())

    def note_set(self, connection: Connection, holder: str, *, by: str) -> None:
        """Write into both logs that a PIN was set. Last in its transaction."""
        now = self._context.clock.now()
        access_log.add(
            self._personal, connection, holder, AccessEntry(kind=AccessKind.PIN_SET, by=by, at=now)
        )
        record(connection, Entry(actor=by, act="pin.set", object=holder), now=now)

    async def chosen(self, rld_number: str) -> frozenset[str]:
        """The ids of what the second PIN shows; empty: the newest certificate."""
        holder = self._personal.person(rld_number)
        return await self._context.database.read(read_chosen, self._personal, holder)

    async def _count(self, holder: str, now: datetime) -> Try | Locked | None:
        return await self._context.database.write(pin_store.count_try, holder, now=now)

    async def _open(self, pin: SealedPin, typed: str) -> _Opened | None:
        key = await self._key(pin, typed)
        # Both are tried whatever the first one says: neither answer is the quicker one.
        slots = (open_slot(key, pin.slot_a, _slot_place(pin)), open_slot(key, pin.slot_b, _slot_place(pin)))
        slot = slots[0] or slots[1]
        return None if slot is None else _Opened(pin=pin, key=key, slot=slot)

    async def _key(self, pin: SealedPin, typed: str) -> bytes:
        try:
            limiter = _slots.get()
        except LookupError:
            limiter = anyio.CapacityLimiter(_TRIES_AT_ONCE)
            _slots.set(limiter)
        derive = partial(slot_key, typed, salt=pin.salt, pepper=self._pepper, holder=pin.holder_index)
        return await anyio.to_thread.run_sync(derive, limiter=limiter)

    async def _new_key(self, pin: SealedPin, new_pin: str, birth_date: date | None) -> bytes:
        """The key of a PIN that may be set. Raises ``UnfitPin``, ``PinLocked``."""
        typed = _typed(new_pin)
        if not is_pin(typed) or is_easy(typed, birth_date):
            raise UnfitPin
        await self.require_unused(pin.holder_index, typed)
        return await self._key(pin, typed)

    async def require_unused(self, holder: str, new_pin: str, *, phone_index: str | None = None) -> None:
        """Raises ``UnfitPin`` where somebody else with the same phone has this PIN.

        ``phone_index``: a phone that the holder does not have yet. How often this may be asked is limited by
        how often a PIN may be changed, so nothing is held against the others.
        """
        now = self._context.clock.now()
        others = await self._context.database.read(_others_with_phone, holder, phone_index)
        for other in others:
            counted = await self._count(other, now)
            if isinstance(counted, Locked):
                raise PinLocked(counted.until, now)
            if counted is not None:
                is_taken = await self._open(counted.pin, _typed(new_pin)) is not None
                await self._context.database.write(pin_store.uncount_try, other, locked=counted.locks)
                if is_taken:
                    raise UnfitPin

    async def _unlock(self, rld_numbers: Sequence[str], pin: str) -> tuple[Unlocked, _Opened] | None:
        typed = _typed(pin)
        if not is_pin(typed):
            raise WrongPin
        now = self._context.clock.now()
        people = {self._personal.person(number): number for number in rld_numbers}
        tries = {holder: await self._count(holder, now) for holder in people}
        counted = {holder: one for holder, one in tries.items() if isinstance(one, Try)}
        if not counted:
            raise _refusal(tries.values(), now)
        looked_at = [await self._open(one.pin, typed) for one in counted.values()]
        right = [one for one in looked_at if one is not None]
        if len(right) != 1:
            await self._note_wrong(counted)
            return None
        opened = right[0]
        unlocked = Unlocked(
            holder=opened.pin.holder_index,
            rld_number=people[opened.pin.holder_index],
            secret=opened.slot.secret,
            is_limited=opened.slot.is_limited,
        )
        await self._context.database.write(self._note_right, unlocked, counted)
        return unlocked, opened

    async def _open_to_change(self, rld_number: str, pin: str) -> _Opened:
        """As ``unlock``, with what is needed to write the slots again. Raises ``RateLimited``."""
        found = await self._unlock((rld_number,), pin)
        if found is None:
            raise WrongPin
        holder = found[0].holder
        # Whoever has the second PIN would else find the first by changing to one number after another.
        if not await self._context.database.write(
            pin_store.count_change, holder, now=self._context.clock.now()
        ):
            raise RateLimited(_CHANGED_OFTEN, retry_after=_A_DAY_SECONDS)
        return found[1]

    async def _replace(self, opened: _Opened, pin: SealedPin, *, chosen: Sequence[str] | None = None) -> None:
        before, holder = opened.pin, opened.pin.holder_index

        def write(connection: Connection) -> None:
            ids = read_chosen(connection, self._personal, holder) if chosen is None else chosen
            written = replace(pin, chosen=seal_chosen(connection, self._personal, holder, ids))
            if not pin_store.replace_pin(connection, written, before, now=self._context.clock.now()):
                raise ConflictError(gettext_noop("The PIN was changed just now. Try again."))
            self.note_set(connection, holder, by=HOLDER)

        await self._context.database.write(write)

    async def _note_wrong(self, counted: dict[str, Try]) -> None:
        locked = [holder for holder, one in counted.items() if one.locks]
        for holder in locked:
            await self._context.database.write(self._note_lock, holder)
            await self._tell(holder)

    def _note_lock(self, connection: Connection, holder: str) -> None:
        now = self._context.clock.now()
        entry = AccessEntry(kind=AccessKind.LOCKED, by="", at=now)
        access_log.add(self._personal, connection, holder, entry)
        record(connection, Entry(actor="wallet_api", act="pin.lock", object=holder), now=now)

    def _note_right(self, connection: Connection, unlocked: Unlocked, counted: dict[str, Try]) -> None:
        for holder, one in counted.items():
            if holder == unlocked.holder:
                pin_store.forget_tries(connection, holder)
            else:
                pin_store.uncount_try(connection, holder, locked=one.locks)
        if unlocked.is_limited:
            self._protection.note(connection, holder=unlocked.holder, rld_number=unlocked.rld_number)
        entry = Entry(actor=HOLDER, act="pin.open", object=unlocked.holder)
        record(connection, entry, now=self._context.clock.now())


def _others_with_phone(connection: Connection, holder: str, phone_index: str | None) -> tuple[str, ...]:
    if phone_index is None:
        phone = phone_store.phone_or_none(connection, holder)
        if phone is None:
            return ()
        phone_index = phone.phone_index
    found = phone_store.phones_with(connection, phone_index)
    return tuple(one.holder_index for one in found if one.holder_index != holder)


def _both(pin: SealedPin, key: bytes, slot: Slot) -> SealedPin:
    """``pin`` with both slots written anew: ``slot`` under ``key``, the other one under its own."""
    mine = seal_slot(key, slot, _slot_place(pin))
    if slot.other is None:
        theirs = filler()
    else:
        other = Slot(secret=slot.secret, is_limited=not slot.is_limited, other=key)
        theirs = seal_slot(slot.other, other, _slot_place(pin))
    slot_a, slot_b = (theirs, mine) if slot.is_limited else (mine, theirs)
    return replace(pin, slot_a=slot_a, slot_b=slot_b)


def _refusal(tries: Iterable[Try | Locked | None], now: datetime) -> PinLocked | NoPin:
    locks = [one.until for one in tries if isinstance(one, Locked)]
    return PinLocked(min(locks), now) if locks else NoPin()


def _typed(pin: str) -> str:
    return ascii_digits(pin.strip())


def _slot_place(pin: SealedPin) -> str:
    return f"holder_pin|{pin.holder_index}|slot"
