"""What a process does in the tests of passport cards: one person's are made, renewed, or all ended."""

from pathlib import Path
from typing import Any

from issuer import visit_store
from issuer.sealed_cards import KeptCard
from issuer.service import cards, person_cards
from issuer.service.desk import Desk
from issuer.store import Connection
from issuer.unsealed import Intent
from passport.demo_world.people import draw_people
from revocation.service import files_of
from tests.crash.death import Death, Witness
from tests.crash.issuing_life import World, open_world

ALL_STATES = (
    "reserved", "intended", "signing", "issued", "refused", "abandoned", "retired", "replaced", "ended",
)  # fmt: skip
WHOSE = draw_people()[0]


async def make(*, folder: str, suite: str, anchor: str, number: int, **_: Any) -> dict[str, Any]:
    """Make the card of one person's certificate."""
    async with open_world(folder, suite, None, anchor=anchor, minutes=2 * number) as world:
        await _begin(world)
        await person_cards.make_missing(world.desk, await _certificates(world.desk), actor="officer")
        return await _tell(world)


async def renew(
    *, folder: str, suite: str, anchor: str, number: int, die_at: int | None, **_: Any
) -> dict[str, Any]:
    """End that person's card and make another."""
    death = Death(die_at, Witness(Path(folder) / "witness"))
    async with open_world(folder, suite, None, anchor=anchor, minutes=2 * number) as world:
        await _begin(world)
        certificates = await _certificates(world.desk)
        with death.waiting():
            await person_cards.renew(world.desk, certificates[0].person, certificates, actor="officer")
        return {"effects": death.effects, **await _tell(world)}


async def end(
    *, folder: str, suite: str, anchor: str, number: int, die_at: int | None, **_: Any
) -> dict[str, Any]:
    """End every card of that person; how many that were."""
    death = Death(die_at, Witness(Path(folder) / "witness"))
    async with open_world(folder, suite, None, anchor=anchor, minutes=2 * number) as world:
        await _begin(world)
        with death.waiting():
            ended = await person_cards.end_all(world.desk, WHOSE.rld_number, actor="wallet_api")
        return {"effects": death.effects, "ended": ended, **await _tell(world)}


async def resume(*, folder: str, suite: str, anchor: str, number: int, **_: Any) -> dict[str, Any]:
    """Take up what another life left, as the background does, and make what is missing."""
    async with open_world(folder, suite, None, anchor=anchor, minutes=2 * number) as world:
        await _begin(world)
        await cards.resume(world.desk)
        # What was given up has a successor now, which the next look takes up.
        await cards.resume(world.desk)
        await person_cards.make_missing(world.desk, await _certificates(world.desk), actor="officer")
        return await _tell(world)


async def _begin(world: World) -> None:
    assert await world.registry.start()
    await world.app.apps["trust_registry"].state.publication.refresh()


async def _certificates(desk: Desk) -> tuple[Intent, ...]:
    person = desk.sealed.personal.person(WHOSE.rld_number)

    def read(connection: Connection) -> tuple[Intent, ...]:
        return desk.sealed.open(connection, visit_store.standing_of(connection, [person]))

    return await desk.context.database.read(read)


async def _tell(world: World) -> dict[str, Any]:
    """Every card there ever was, and what a verifier says to it."""
    desk = world.desk
    for list_id in files_of(world.contexts.settings).list_ids():
        await world.registry.publisher.publish(list_id)
    person = desk.sealed.personal.person(WHOSE.rld_number)
    kept = await desk.context.database.read(cards.sealed_cards(desk).of_people, [person], ALL_STATES)
    return {"cards": [await _tell_card(world, card) for card in kept]}


async def _tell_card(world: World, card: KeptCard) -> dict[str, str | None]:
    if not card.text:
        return {"card_id": card.card_id, "state": card.state, "outcome": None}
    answer = await world.client.post("/cards/verify", json={"card": card.text})
    outcome = answer.json()["decision"]["outcome"]
    return {"card_id": card.card_id, "state": card.state, "outcome": outcome}
