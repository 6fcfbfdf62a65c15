"""Service at a kiosk: an officer finds one person, and prints for them whatever centre's certificates.

Nobody is browsed: a person is found by what they know or have in hand. Each search and each print stands in
the audit log, and in the holder's own log in the wallet before anything is shown: where it cannot be written
there, nothing is.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Final

from limits import parse

from issuer import card_store, visit_store
from issuer.clients import note_printed
from issuer.sealed_cards import KeptCard
from issuer.service import passports, person_cards
from issuer.service.cards import sealed_cards
from issuer.service.desk import Desk
from issuer.service.found import issued_as_printed
from issuer.service.passports import Holder
from issuer.store import Connection
from runtime.auth import Principal
from runtime.entropy import random_token
from runtime.i18n import gettext_noop
from vc.card.text import PREFIX, parse_card
from vc.errors import ConflictError, MalformedValue, NotFound, ProtocolError

VISIT_LASTS: Final = timedelta(minutes=30)
REASONS: Final[Mapping[str, str]] = {
    "first": gettext_noop("First print"),
    "lost": gettext_noop("The card or the paper is lost"),
    "damaged": gettext_noop("The card or the paper is damaged"),
    "taken": gettext_noop("Somebody else keeps their papers"),
    "changed": gettext_noop("A certificate was added or corrected"),
    "other": gettext_noop("Another reason"),
}
"""Chosen, not written: what an officer writes would stand in the audit log with names in it."""

MAX_TEXT: Final = 1_000
_SEARCHES: Final = parse("40/hour")
_VISIT_BITS: Final = 128
_YEARS: Final = range(1900, 2100)
_NOBODY: Final = gettext_noop(
    "Nobody was found. Check the number and the year of birth, or scan a certificate or card of theirs."
)
_NOTHING: Final = gettext_noop("Nothing of this person is in force now, so there is nothing to print.")


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """Whom an officer asks for: by number and year of birth, or by ``text``, what was scanned or typed."""

    rld_number: str = ""
    birth_year: int = 0
    text: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Visit:
    """A person at the kiosk: their certificates in force, and their cards that stand."""

    visit_id: str
    reason: str
    holder: Holder
    cards: tuple[KeptCard, ...]


def wanted_person(*, rld_number: str, birth_year: str, text: str) -> Wanted:
    """Whom an officer asks for, from what was typed or scanned. Raises ``MalformedValue``."""
    text, rld_number, birth_year = text.strip(), rld_number.strip(), birth_year.strip()
    if text:
        return Wanted(text=text)
    if not rld_number:
        raise MalformedValue(
            gettext_noop("Write the RLD number, or scan a certificate or card."), pointer="/rld_number"
        )
    if not (birth_year.isdecimal() and int(birth_year) in _YEARS):
        raise MalformedValue(gettext_noop("Write the year of birth, as 1990."), pointer="/birth_year")
    return Wanted(rld_number=rld_number, birth_year=int(birth_year))


async def find(desk: Desk, principal: Principal, wanted: Wanted, reason: str) -> str:
    """Open a visit for the person who is asked for; its id, which is the officer's alone for half an hour.

    Raises ``NotFound``, the same for nobody, for another year of birth and for whoever has nothing in force;
    ``MalformedValue`` for a reason that is none; ``RateLimited``; ``EvidenceUnavailable``.
    """
    context = desk.context
    if reason not in REASONS:
        raise MalformedValue(gettext_noop("Choose a reason."), pointer="/reason")
    limit = context.settings.rate_limits.get("assisted-find")
    context.rate_limiter.require(
        "assisted-find", _SEARCHES if limit is None else parse(limit), principal.subject
    )
    person, now = await context.database.read(_person_of, desk, wanted), context.clock.now()
    holders = await passports.holders_of(desk, [] if person is None else [person])
    if not holders:
        asked = person or _asked(desk, wanted)
        await context.database.write(
            partial(visit_store.account, reason=reason, now=now), principal.subject, "miss", asked
        )
        raise NotFound(_NOBODY)
    (holder,) = holders
    await note_printed(
        context.peers.client("wallet_api"), [holder.rld_number], what="found", by=principal.role.value
    )
    visit = {
        "visit_id": random_token(_VISIT_BITS),
        "officer": principal.subject,
        "person": holder.person,
        "reason": reason,
    }
    await context.database.write(visit_store.open_visit, visit, now=now)
    return visit["visit_id"]


async def visit_of(desk: Desk, principal: Principal, visit_id: str) -> Visit:
    """A visit this officer opened within half an hour. Raises ``NotFound``, ``ConflictError``."""
    database = desk.context.database
    since = desk.context.clock.now() - VISIT_LASTS
    opened = await database.read(visit_store.get_visit, visit_id, principal.subject, since=since)
    holders = await passports.holders_of(desk, [opened.person])
    if not holders:
        raise ConflictError(_NOTHING)
    cards = await database.read(sealed_cards(desk).of_people, [opened.person], (card_store.ISSUED,))
    return Visit(visit_id=visit_id, reason=opened.reason, holder=holders[0], cards=cards)


async def print_passport(desk: Desk, principal: Principal, visit_id: str, language: str) -> bytes:
    """The person's passport as PDF, with a card of every certificate that has a place on one.

    Raises ``MalformedValue`` for a language that is not offered, and as ``visit_of``.
    """
    passports.require_language(language)
    visit = await visit_of(desk, principal, visit_id)
    await _note(desk, principal, visit, "passport")
    await person_cards.make_missing(desk, visit.holder.certificates, actor=principal.subject)
    return await passports.print_one(desk, visit.holder, language)


async def renew_cards(desk: Desk, principal: Principal, visit_id: str) -> tuple[KeptCard, ...]:
    """End the person's cards at once and make new ones; those. Raises as ``visit_of``."""
    visit = await visit_of(desk, principal, visit_id)
    await _note(desk, principal, visit, "cards")
    holder = visit.holder
    return await person_cards.renew(desk, holder.person, holder.certificates, actor=principal.subject)


async def _note(desk: Desk, principal: Principal, visit: Visit, what: str) -> None:
    context = desk.context
    holder = visit.holder
    wallet = context.peers.client("wallet_api")
    await note_printed(wallet, [holder.rld_number], what=what, by=principal.role.value)
    account = partial(visit_store.account, reason=visit.reason, now=context.clock.now())
    await context.database.write(account, principal.subject, "print", holder.person)


def _person_of(connection: Connection, desk: Desk, wanted: Wanted) -> str | None:
    """The blind index of who is meant; None where that is nobody."""
    if not wanted.text:
        return _by_number(connection, desk, wanted)
    try:
        if wanted.text.upper().startswith(PREFIX):
            return _by_card(connection, desk, wanted.text)
        return str(issued_as_printed(desk)(connection, wanted.text).person)
    except (ProtocolError, NotFound):
        return None


def _by_number(connection: Connection, desk: Desk, wanted: Wanted) -> str | None:
    person = desk.sealed.personal.person(wanted.rld_number)
    standing = desk.sealed.open_details(connection, visit_store.standing_of(connection, [person]))
    years = {one.details.named.birth_date.year for one in standing}
    return person if wanted.birth_year in years else None


def _by_card(connection: Connection, desk: Desk, text: str) -> str | None:
    """By the very text of a card of ours, whether it is still in force or not."""
    kept = sealed_cards(desk).by_id(connection, parse_card(text).card.card_id)
    return kept.person if kept.text == text else None


def _asked(desk: Desk, wanted: Wanted) -> str:
    personal = desk.sealed.personal
    return personal.blind_index("asked", wanted.text) if wanted.text else personal.person(wanted.rld_number)
