"""The print-and-deliver list: people without a phone, of one province or class list, and their papers.

The labour database says from which province somebody is, and nothing nearer. So a list is of a province, or
of a class list, whose centre knows where its people live.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import anyio.to_thread
from limits import parse

from issuer import card_store, handover_store, store, visit_store
from issuer.clients import note_printed, reachable_people
from issuer.handover_store import READY, HandoverState, Scope
from issuer.identity_link.name_search import NamedPerson
from issuer.paper_passport import HandoverLine, HandoverView, render_handovers
from issuer.service import passports, person_cards
from issuer.service.delivery import type_of
from issuer.service.desk import Desk
from issuer.service.national import provinces
from issuer.service.overview import csv_of
from issuer.service.printing import joined
from issuer.store import Connection, Record
from issuer.unsealed import Intent
from runtime.auth import Principal
from runtime.entropy import random_token
from runtime.i18n import PHNOM_PENH, gettext_noop
from vc.encoding.timestamps import format_timestamp, parse_timestamp
from vc.errors import MalformedValue, NotFound

MOST: Final = 200
"""People on one list, so that their passports are one PDF of a size that is printed at once."""

LOOK: Final = 500
"""Certificates that are looked at in one transaction, and people the wallet is asked about at once."""

STEPS_AT_ONCE: Final = 20
_LISTS: Final = parse("30/day")
_ID_BITS: Final = 80
_CSV_HEADINGS: Final = ("Name (km)", "Name", "Place", "Certificates", "Cards", "State")


@dataclass(frozen=True, kw_only=True, slots=True)
class Handover:
    """One person on a list. ``place`` is the province of origin in English and Khmer, empty if unknown.

    ``certificates`` and ``cards`` are how many of them there are to hand over.
    """

    handover_id: str
    person: str
    state: HandoverState
    changed_at: str
    named: NamedPerson
    place: tuple[str, str]
    certificates: int
    cards: int


@dataclass(frozen=True, kw_only=True, slots=True)
class HandoverList:
    """A list as it stands: while it is gathered, ``seen`` certificates were looked at."""

    list_id: str
    scope: Scope
    place: str
    made_at: str
    is_ready: bool
    is_full: bool
    seen: int
    people: tuple[Handover, ...]

    @property
    def waiting(self) -> tuple[Handover, ...]:
        """Those whose papers are still to be handed over."""
        return tuple(one for one in self.people if one.state is HandoverState.WAITING)


async def make(desk: Desk, principal: Principal, scope: Scope, place: str) -> str:
    """Begin a list of a province (by code) or class list (by id), and gather some of it; its id.

    Raises ``MalformedValue`` for a place that is none, ``RateLimited``, ``EvidenceUnavailable`` where the
    wallet cannot be asked: the list is then gathered in the background.
    """
    context = desk.context
    if not await context.database.read(_is_place, scope, place):
        raise MalformedValue(gettext_noop("Choose a province, or write the number of a class list."))
    limit = context.settings.rate_limits.get("handover-list")
    context.rate_limiter.require(
        "handover-list", _LISTS if limit is None else parse(limit), principal.subject
    )
    list_id = random_token(_ID_BITS)
    values = {"list_id": list_id, "scope": scope.value, "place": place, "made_by": principal.subject}
    await context.database.write(handover_store.add_list, values, now=context.clock.now())
    await gather(desk, list_id)
    return list_id


async def resume(desk: Desk) -> None:
    """Gather on what is not gathered yet. Raises ``EvidenceUnavailable``."""
    for list_id in await desk.context.database.read(handover_store.gathering):
        await gather(desk, list_id)


async def gather(desk: Desk, list_id: str) -> None:
    """Look at the next certificates, not at all of them; safe to run again, and at several places."""
    for _ in range(STEPS_AT_ONCE):
        if not await _step(desk, list_id):
            return


async def _step(desk: Desk, list_id: str) -> bool:
    """Whether there is more to be looked at."""
    database = desk.context.database
    of = await database.read(handover_store.get_list, list_id)
    if of.state == READY:
        return False
    people, position, seen = await database.read(_look, desk, of)
    reachable = await reachable_people(desk.context.peers.client("wallet_api"), [*people])
    personal = desk.sealed.personal
    without = {personal.person(number): at for number, at in people.items() if number not in reachable}
    return await database.write(
        partial(handover_store.add_people, position=position, seen=seen, most=MOST),
        of,
        without,
        now=desk.context.clock.now(),
    )


def _look(connection: Connection, desk: Desk, of: Record) -> tuple[dict[str, str], str | None, int]:
    """Who may be put on a list (RLD number → when the newest was issued), and how far it was looked."""
    records = handover_store.certificates_after(connection, of, limit=LOOK)
    found: dict[str, str] = {}
    for one in desk.sealed.open_details(connection, records):
        of_place = of.scope == Scope.CLASS.value or one.details.province_code == of.place
        if of_place and type_of(one).is_printed:
            at = format_timestamp(parse_timestamp(str(one.issued_at)))
            number = one.details.rld_number
            found[number] = max(at, found.get(number, ""))
    return found, records[-1].intent_id if len(records) == LOOK else None, len(records)


async def lists(desk: Desk) -> Sequence[Record]:
    """The newest lists, each with how many wait on it."""
    return await desk.context.database.read(handover_store.newest_lists)


async def the_list(desk: Desk, list_id: str) -> HandoverList:
    """A list with everybody on it, by place and Latin name. Raises ``NotFound``."""
    return await desk.context.database.read(_open, desk, list_id)


def _open(connection: Connection, desk: Desk, list_id: str) -> HandoverList:
    of = handover_store.get_list(connection, list_id)
    rows = handover_store.on_list(connection, list_id)
    people = [row.person for row in rows]
    theirs: dict[str, list[Intent]] = {}
    for one in desk.sealed.open_details(connection, visit_store.standing_of(connection, people)):
        if type_of(one).is_printed:
            theirs.setdefault(one.person, []).append(one)
    cards: dict[str, int] = {}
    for card in card_store.of_people(connection, people, (card_store.ISSUED,)):
        cards[card.person] = cards.get(card.person, 0) + 1
    # Of whom nothing stands any more, nothing is to be handed over and no name is known.
    found = [_handover(row, theirs[row.person], cards) for row in rows if row.person in theirs]
    return HandoverList(
        list_id=list_id,
        scope=Scope(of.scope),
        place=of.place,
        made_at=of.made_at,
        is_ready=of.state == READY,
        is_full=of.is_full,
        seen=of.seen,
        people=tuple(sorted(found, key=lambda one: (one.place, one.named.name_latin, one.handover_id))),
    )


def _handover(row: Record, certificates: Sequence[Intent], cards: Mapping[str, int]) -> Handover:
    newest = certificates[0].details
    return Handover(
        handover_id=row.handover_id,
        person=row.person,
        state=HandoverState(row.state),
        changed_at=row.changed_at,
        named=newest.named,
        place=provinces().get(newest.province_code, ("", "")),
        certificates=len(certificates),
        cards=cards.get(row.person, 0),
    )


async def change(
    desk: Desk, principal: Principal, list_id: str, handover_id: str, state: HandoverState
) -> None:
    """Note what became of one person's papers. Raises ``NotFound``, ``ConflictError``."""
    now = desk.context.clock.now()
    await desk.context.database.write(
        partial(handover_store.change, officer=principal.subject, now=now), list_id, handover_id, state
    )


async def print_passports(desk: Desk, principal: Principal, list_id: str, language: str) -> bytes:
    """The passports of everybody who waits, as one PDF in the order of the list.

    Raises ``NotFound`` where there is nothing to print, ``MalformedValue`` for a language that is not
    offered, ``EvidenceUnavailable`` where the registry or the wallet cannot be asked.
    """
    passports.require_language(language)
    waiting = (await the_list(desk, list_id)).waiting
    by_person = {
        holder.person: holder for holder in await passports.holders_of(desk, [one.person for one in waiting])
    }
    holders = [by_person[one.person] for one in waiting if one.person in by_person]
    if not holders:
        raise NotFound(gettext_noop("There is nothing to print."))
    await _note(desk, principal, list_id, [holder.rld_number for holder in holders])
    certificates = [one for holder in holders for one in holder.certificates]
    for start in range(0, len(certificates), passports.CHUNK):
        await person_cards.make_missing(
            desk, certificates[start : start + passports.CHUNK], actor=principal.subject
        )
    files = await passports.print_some(desk, holders, language)
    return await anyio.to_thread.run_sync(joined, files)


async def print_list(desk: Desk, principal: Principal, list_id: str) -> bytes:
    """Those who wait, one line each, with room to sign. Raises ``NotFound`` where nobody waits."""
    shown = await the_list(desk, list_id)
    if not shown.waiting:
        raise NotFound(gettext_noop("There is nothing to print."))
    await _account(desk, principal, list_id, "list")
    view = HandoverView(
        made_on=parse_timestamp(shown.made_at).astimezone(PHNOM_PENH).date(),
        hotline=desk.context.settings.hotline,
        demo=desk.context.settings.is_demo,
        lines=tuple(
            HandoverLine(
                name_km=one.named.name_km,
                name_latin=one.named.name_latin,
                place_km=one.place[1],
                place_en=one.place[0],
                certificates=one.certificates,
            )
            for one in shown.waiting
        ),
    )
    return await anyio.to_thread.run_sync(partial(render_handovers, view))


async def take_csv(desk: Desk, principal: Principal, list_id: str) -> bytes:
    """Everybody on the list as a table, whatever became of it."""
    shown = await the_list(desk, list_id)
    await _account(desk, principal, list_id, "csv")
    rows = [
        [
            one.named.name_km,
            one.named.name_latin,
            one.place[0],
            str(one.certificates),
            str(one.cards),
            one.state.value,
        ]
        for one in shown.people
    ]
    return csv_of([list(_CSV_HEADINGS), *rows])


async def _note(desk: Desk, principal: Principal, list_id: str, numbers: Sequence[str]) -> None:
    wallet = desk.context.peers.client("wallet_api")
    await note_printed(wallet, numbers, what="passport", by=principal.role.value)
    await _account(desk, principal, list_id, "passports")


async def _account(desk: Desk, principal: Principal, list_id: str, what: str) -> None:
    now = desk.context.clock.now()
    account = partial(handover_store.account_for_print, now=now)
    await desk.context.database.write(account, list_id, principal.subject, what)


def _is_place(connection: Connection, scope: Scope, place: str) -> bool:
    if scope is Scope.PROVINCE:
        return place in provinces()
    return bool(store.issued_in_class(connection, place))
