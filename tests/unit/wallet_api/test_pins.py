"""Setting and trying PINs, and what a copy of the database tells about them."""

from collections.abc import Awaitable, Callable
from dataclasses import astuple
from typing import Any

import pytest
from sqlalchemy import Connection, select

from runtime.audit_tables import audit_entry
from runtime.service import ServiceContext
from vc.errors import ConflictError, RateLimited
from wallet_api import pin_slots, pin_store
from wallet_api.pin_store import SealedPin
from wallet_api.pin_tables import protection_event
from wallet_api.protection import Protection
from wallet_api.unlocking import NoPin, PinLocked, Pins, UnfitPin, WrongPin

pytestmark = pytest.mark.anyio
NUMBER, OTHER = "RLD-0000001", "RLD-0000002"
PIN, SECOND, NEW = "481536", "731904", "620417"


@pytest.fixture
async def pins(context: ServiceContext, monkeypatch: pytest.MonkeyPatch) -> Pins:
    monkeypatch.setattr(pin_slots, "_MEMORY_KIB", 8)
    told: list[str] = []

    async def tell(holder: str) -> None:
        told.append(holder)

    made = Pins(context, Protection(context), tell)
    await made.set_first(NUMBER, PIN)
    return made


def row(context: ServiceContext) -> SealedPin:
    found = context.database.read_now(pin_store.pin_or_none, context.personal.person(NUMBER))
    assert found is not None
    return found


async def test_the_same_secret_comes_back_behind_every_pin(pins: Pins) -> None:
    first = await pins.unlock(NUMBER, PIN)
    await pins.set_second(NUMBER, PIN, SECOND, chosen=())
    await pins.change(NUMBER, PIN, NEW)
    for pin, is_limited in ((NEW, False), (SECOND, True)):
        unlocked = await pins.unlock(NUMBER, pin)
        assert (unlocked.secret, unlocked.is_limited) == (first.secret, is_limited)
    with pytest.raises(WrongPin):
        await pins.unlock(NUMBER, PIN)
    with pytest.raises(NoPin):
        await pins.unlock(OTHER, PIN)
    with pytest.raises(ConflictError):
        await pins.set_first(NUMBER, PIN)


async def test_a_pin_set_anew_has_another_secret(context: ServiceContext, pins: Pins) -> None:
    first = await pins.unlock(NUMBER, PIN)
    await pins.set_second(NUMBER, PIN, SECOND, chosen=())
    prepared = await pins.prepare(NUMBER, PIN, birth_date=None)
    await context.database.write(pins.write_anew, prepared)
    assert (await pins.unlock(NUMBER, PIN)).secret != first.secret
    with pytest.raises(WrongPin):
        await pins.unlock(NUMBER, SECOND)


Act = Callable[[Pins], Awaitable[object]]
ACTS: dict[str, Act] = {
    "changing the first": lambda pins: pins.change(NUMBER, PIN, NEW),
    "changing the second by itself": lambda pins: pins.change(NUMBER, SECOND, NEW),
    "setting a second": lambda pins: pins.set_second(NUMBER, PIN, NEW, chosen=("urn:uuid:1",)),
    "setting a second with the second": lambda pins: pins.set_second(NUMBER, SECOND, NEW, chosen=()),
    "ending the second": lambda pins: pins.end_second(NUMBER, PIN),
    "ending the second with the second": lambda pins: pins.end_second(NUMBER, SECOND),
}

TYPES_SECOND = {
    "changing the second by itself",
    "setting a second with the second",
    "ending the second with the second",
}


@pytest.mark.parametrize(
    ("act", "has_second"),
    [*((act, True) for act in ACTS), *((act, False) for act in ACTS if act not in TYPES_SECOND)],
)
async def test_two_copies_of_the_database_do_not_tell_whether_there_is_a_second_pin(
    context: ServiceContext, pins: Pins, act: str, has_second: bool
) -> None:
    if has_second:
        await pins.set_second(NUMBER, PIN, SECOND, chosen=())
    before = row(context)
    await ACTS[act](pins)
    after = row(context)
    assert (before.holder_index, before.salt) == (after.holder_index, after.salt)
    for name in ("slot_a", "slot_b", "chosen"):
        assert getattr(before, name) != getattr(after, name), f"{name} stays, and with it what it is"
        assert len(getattr(before, name)) == len(getattr(after, name))


async def test_whoever_has_the_second_pin_cannot_change_what_it_shows_nor_the_first(
    context: ServiceContext, pins: Pins
) -> None:
    await pins.set_second(NUMBER, PIN, SECOND, chosen=("urn:uuid:1",))
    await pins.set_second(NUMBER, SECOND, NEW, chosen=("urn:uuid:2",))
    await pins.end_second(NUMBER, SECOND)
    assert await pins.chosen(NUMBER) == {"urn:uuid:1"}
    assert (await pins.unlock(NUMBER, SECOND)).is_limited
    assert not (await pins.unlock(NUMBER, PIN)).is_limited


async def test_one_number_is_never_both_pins(pins: Pins) -> None:
    with pytest.raises(UnfitPin):
        await pins.set_second(NUMBER, PIN, PIN, chosen=())
    await pins.set_second(NUMBER, PIN, SECOND, chosen=())
    for present, new in ((PIN, SECOND), (SECOND, PIN)):
        with pytest.raises(UnfitPin):
            await pins.change(NUMBER, present, new)


async def test_changing_to_one_number_after_another_does_not_find_the_other_pin(pins: Pins) -> None:
    await pins.set_second(NUMBER, PIN, SECOND, chosen=())
    present = SECOND
    for new in ("620418", "620419", "620421", "620422"):
        await pins.change(NUMBER, present, new)
        present = new
    with pytest.raises(RateLimited):
        await pins.change(NUMBER, present, PIN)
    assert (await pins.unlock(NUMBER, present)).is_limited


async def test_the_sixth_try_is_not_looked_at_even_if_right(context: ServiceContext, pins: Pins) -> None:
    for _ in range(5):
        with pytest.raises(WrongPin):
            await pins.unlock(NUMBER, NEW)
    with pytest.raises(PinLocked) as locked:
        await pins.unlock(NUMBER, PIN)
    assert 0 < locked.value.retry_after <= 15 * 60
    acts = [entry["act"] for entry in entries(context)]
    assert acts.count("pin.lock") == 1


async def test_a_right_pin_forgets_the_wrong_ones(pins: Pins) -> None:
    for _ in range(3):
        for _ in range(4):
            with pytest.raises(WrongPin):
                await pins.unlock(NUMBER, NEW)
        await pins.unlock(NUMBER, PIN)


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "٤٨١٥٣x", "481 536"])
async def test_what_is_no_pin_is_refused_and_counts_as_no_try(pins: Pins, typed: str) -> None:
    for _ in range(7):
        with pytest.raises(WrongPin):
            await pins.unlock(NUMBER, typed)
    assert not (await pins.unlock(NUMBER, PIN)).is_limited


async def test_khmer_digits_are_digits(pins: Pins) -> None:
    assert not (await pins.unlock(NUMBER, "៤៨១៥៣៦")).is_limited


async def test_the_log_says_the_same_of_both_pins_and_the_queue_names_nobody(
    context: ServiceContext, pins: Pins
) -> None:
    await pins.set_second(NUMBER, PIN, SECOND, chosen=())
    for pin in (PIN, SECOND):
        await pins.unlock(NUMBER, pin)
    first, second = (
        {
            name: value
            for name, value in entry.items()
            if name not in {"seq", "at", "previous", "hash", "request_id"}
        }
        for entry in entries(context)[-2:]
    )
    assert first == second
    (event,) = context.database.read_now(lambda held: held.execute(select(protection_event)).all())
    holder = context.personal.person(NUMBER)
    shown = repr(tuple(event))
    assert holder not in shown
    assert NUMBER not in shown
    assert len(event.day) == len("2026-11-22"), "no time that leads to the log"
    (opened,) = await Protection(context).events()
    assert opened.rld_number == NUMBER
    assert "pin" not in repr(astuple(opened)).lower()


def entries(context: ServiceContext) -> list[dict[str, Any]]:
    def read(connection: Connection) -> list[dict[str, Any]]:
        query = select(audit_entry).order_by(audit_entry.c.seq)
        return [dict(found) for found in connection.execute(query).mappings()]

    return context.database.read_now(read)
