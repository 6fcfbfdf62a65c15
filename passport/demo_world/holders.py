"""Phones and PINs of the demo's three returnees; two of them are a family with one phone."""

import asyncio
from functools import partial
from typing import Final

from passport.assembly import Contexts
from passport.demo_world.people import DemoPerson
from passport.demo_world.world import SignIn, returnees_who_sign_in
from runtime.auth import Role
from runtime.entropy import random_below
from runtime.service import ServiceContext
from wallet_api.phones import keep_phone
from wallet_api.pin_slots import is_easy
from wallet_api.protection import Protection
from wallet_api.store import Connection
from wallet_api.unlocking import Pins

DOOR: Final = "/wallet/sign-in"
# No such numbers are given out: the simulator takes what goes there.
PHONES: Final = ("+85510000001", "+85510000002", "+85510000002")
LOOPBACK_PINS: Final = ("250817", "731904", "496253")


def create_holders(
    contexts: Contexts, people: tuple[DemoPerson, ...], *, fixed_pins: bool
) -> tuple[SignIn, ...]:
    """Give each a phone, good at once, and a PIN; returns how they sign in.

    ``fixed_pins`` (loopback only) keeps a PIN that is there; without it each start gives new ones, and what
    a holder's old secret sealed is gone.
    """
    pins = LOOPBACK_PINS if fixed_pins else _random_pins()
    asyncio.run(give_phones_and_pins(contexts, people, pins, keeps=fixed_pins))
    return tuple(
        SignIn(username=phone, password=pin, role=Role.RETURNEE, name=person.name_latin, door=DOOR)
        for person, phone, pin in zip(returnees_who_sign_in(people), PHONES, pins, strict=True)
    )


async def give_phones_and_pins(
    contexts: Contexts, people: tuple[DemoPerson, ...], pins: tuple[str, ...], *, keeps: bool
) -> None:
    """Give each returnee who signs in a phone, good at once, and the PIN at their place in ``pins``.

    ``keeps``: whoever has a PIN already keeps it.
    """
    context = contexts.by_service["wallet_api"]
    door = Pins(context, Protection(context), _tell_nobody)
    for person, phone, number in zip(returnees_who_sign_in(people), PHONES, pins, strict=True):
        give_phone = partial(_give_phone, context=context, rld_number=person.rld_number, number=phone)
        await context.database.write(give_phone)
        if not (keeps and await door.has_pin(person.rld_number)):
            pin = await door.prepare(person.rld_number, number, birth_date=person.birth_date)
            await context.database.write(door.write_anew, pin)


def _give_phone(connection: Connection, *, context: ServiceContext, rld_number: str, number: str) -> None:
    now = context.clock.now()
    keep_phone(connection, context.personal, rld_number=rld_number, number=number, good_from=now)


async def _tell_nobody(holder: str) -> None:
    """Nobody is told of what the demo gives them."""


def _random_pins() -> tuple[str, ...]:
    drawn: list[str] = []
    while len(drawn) < len(PHONES):
        pin = f"{random_below(1_000_000):06}"
        if pin not in drawn and not is_easy(pin, None):
            drawn.append(pin)
    return tuple(drawn)
