"""What the menus answer: who is there, what they may have, and in which words.

Whoever holds a phone in the hand learns from it as little as will do. A number nobody knows, a family's
number with a wrong PIN, and a person without certificates get one and the same words.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from limits import RateLimitItem, parse

from runtime.audit_log import Entry, record
from runtime.auth import Principal, Role
from runtime.entropy import random_below
from runtime.i18n import DEFAULT_LANGUAGE, PHNOM_PENH
from runtime.menu_settings import MenuDoor
from runtime.service import ServiceContext
from runtime.verification import VerificationShell
from vc.errors import EvidenceUnavailable, RateLimited
from wallet_api import access_log
from wallet_api.access_log import AccessEntry, AccessKind
from wallet_api.card import State
from wallet_api.menus import talk_store
from wallet_api.menus.agencies import Standing, licence_typed, standing_of
from wallet_api.menus.chats import people_in
from wallet_api.menus.talk import (
    NUMBER_DIGITS,
    Act,
    Ask,
    CheckAgency,
    Item,
    Open,
    Proof,
    Say,
    Speak,
    Step,
    move,
    walk,
)
from wallet_api.menus.talk_store import Talk
from wallet_api.menus.words import MAX_CODES, Look, Text, Words
from wallet_api.phones import people_with, phone_index
from wallet_api.service import CheckedCredential, Wallet
from wallet_api.sharing import SOMEBODY, Shares
from wallet_api.store import Connection
from wallet_api.unlocking import HOLDER, NoPin, PinLocked, Pins, Unlocked, WrongPin
from wallet_api.visible import LIMITED, is_limited, number_of

RATE_LIMIT: Final = "menu-number"
_AS_OFTEN: Final = "40/hour"
_PROOFS: Final = {MenuDoor.TELEGRAM: Proof.PIN, MenuDoor.USSD: Proof.PIN, MenuDoor.SMS: Proof.NUMBER}
_DOOR_NAMES: Final = {MenuDoor.TELEGRAM: "Telegram", MenuDoor.USSD: "USSD", MenuDoor.SMS: "SMS"}
_STANDINGS: Final = {
    Standing.SUSPENDED: Text.SUSPENDED,
    Standing.NOT_LICENSED: Text.NOT_LICENSED,
    Standing.UNKNOWN: Text.UNKNOWN_AGENCY,
}
_LOOKS: Final = {
    AccessKind.OPENED: Look.COMPANY,
    AccessKind.REFUSED: Look.REFUSED,
    AccessKind.TRIED: Look.STAFF,
    AccessKind.FOUND: Look.OFFICER,
    AccessKind.RECOVERED: Look.NEW_PIN,
    AccessKind.PRINTED: Look.PRINTED,
    AccessKind.LOCKED: Look.LOCKED,
}
"""What others did; what a holder did themselves is not among the looks."""
_IN_LIMITED_VIEW: Final = frozenset({AccessKind.LOCKED})

_Who = Principal | Unlocked


@dataclass(frozen=True, kw_only=True, slots=True)
class Said:
    """What somebody sent. ``address`` is a number with its country, or the number of a chat."""

    door: MenuDoor
    address: str
    text: str
    message_id: str

    def __repr__(self) -> str:
        return f"Said(door={self.door})"


@dataclass(frozen=True, kw_only=True, slots=True)
class Card:
    """A certificate to be shown: its typed code, and the link behind its QR code."""

    code: str
    link: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What is said back. ``cards`` are what ``text`` has the codes of; ``is_over``: nothing is awaited."""

    text: str
    language: str
    is_over: bool
    cards: tuple[Card, ...] = ()


_Given = tuple[str, tuple[Card, ...]]


class Menus:
    """The menus of one deployment."""

    def __init__(
        self,
        context: ServiceContext,
        wallet: Wallet,
        pins: Pins,
        shares: Shares,
        shell: VerificationShell | None,
    ) -> None:
        """Without ``shell`` nobody's licence can be looked up."""
        self._context = context
        self._personal = context.personal
        self._wallet = wallet
        self._pins = pins
        self._shares = shares
        self._shell = shell
        self._limit: RateLimitItem = parse(context.settings.rate_limits.get(RATE_LIMIT, _AS_OFTEN))
        self.words = Words(context.pages.translator, context.settings.hotline)

    async def reply(self, said: Said) -> Answer | None:
        """The answer to a message; None where it was answered before, or too many came from there."""
        if not self._may_ask(said.address):
            return None
        number = f"{random_below(10**NUMBER_DIGITS):0{NUMBER_DIGITS}}"
        turn = await self._context.database.write(self._turn, said, number)
        if turn is None:
            return None
        language, step, act = turn
        text, cards = await self._act(said.door, said.address, language, act, number=number)
        return Answer(text=text, language=language, is_over=_is_over(step, act), cards=cards)

    async def screen(self, address: str, entries: str) -> Answer:
        """The screen of a USSD session, its entries joined by ``*``; only the language chosen is kept."""
        chosen, step, act = walk(entries)
        language = chosen or await self._language_of(address)
        if not self._may_ask(address):
            return Answer(text=self.words.say(language, Text.WAIT), language=language, is_over=True)
        if isinstance(act, Speak):
            await self._context.database.write(self._keep_language, address, language)
        text, cards = await self._act(MenuDoor.USSD, address, language, act)
        return Answer(text=text, language=language, is_over=_is_over(step, act), cards=cards)

    def _may_ask(self, address: str) -> bool:
        try:
            self._context.rate_limiter.require(RATE_LIMIT, self._limit, address)
        except RateLimited:
            return False
        return True

    def _turn(self, connection: Connection, said: Said, number: str) -> tuple[str, Step, Act] | None:
        """What a message means where its talk stands, and where that stands then; None for one twice."""
        now, personal = self._context.clock.now(), self._personal
        message = personal.blind_index("menu message", f"{said.door.value}\x1f{said.message_id}")
        if not talk_store.take_message(connection, message, now=now):
            return None
        index = self._talk_index(said.door, said.address)
        talk = talk_store.talk_or_none(connection, index, now=now)
        language = DEFAULT_LANGUAGE if talk is None else talk.language
        proof = _PROOFS[said.door]
        step, act = move(Step.TOP if talk is None else talk.step, said.text, proof)
        if isinstance(act, Open) and proof is Proof.NUMBER:
            hashed = self._number_hash(index, act.proof)
            if not talk_store.use_number(connection, index, hashed, now=now):
                # It waits on: the number that was sent is good for two more tries.
                return language, step, Say(text=Text.WRONG_NUMBER)
        language = act.language if isinstance(act, Speak) else language
        sent = self._number_hash(index, number) if isinstance(act, Ask) and proof is Proof.NUMBER else None
        talk_store.put_talk(connection, index, Talk(language=language, step=step), now=now, number_hash=sent)
        return language, step, act

    async def _language_of(self, phone: str) -> str:
        index = self._talk_index(MenuDoor.USSD, phone)
        now = self._context.clock.now()
        talk = await self._context.database.read(talk_store.talk_or_none, index, now=now)
        return DEFAULT_LANGUAGE if talk is None else talk.language

    def _keep_language(self, connection: Connection, phone: str, language: str) -> None:
        talk = Talk(language=language, step=Step.TOP)
        index = self._talk_index(MenuDoor.USSD, phone)
        talk_store.put_talk(connection, index, talk, now=self._context.clock.now())

    async def _act(
        self, door: MenuDoor, address: str, language: str, act: Act, *, number: str = ""
    ) -> _Given:
        if isinstance(act, Open):
            return await self._open(door, address, language, act)
        if isinstance(act, CheckAgency):
            text = await self._agency(language, act.typed)
        elif isinstance(act, Ask):
            text = self._asked(door, language, act.item, number)
        else:
            text = self.words.say(language, Text.MENU if isinstance(act, Speak) else act.text)
        return text, ()

    def _asked(self, door: MenuDoor, language: str, item: Item, number: str) -> str:
        if _PROOFS[door] is Proof.PIN:
            return self.words.say(language, Text.ASK_PIN)
        asked = Text.SEND_NUMBER_TO_STOP if item is Item.STOP else Text.SEND_NUMBER
        return self.words.say(language, asked, number=number)

    async def _open(self, door: MenuDoor, address: str, language: str, act: Open) -> _Given:
        who = await self._holder(door, address, act.proof)
        given = None if who is None else await self._give(door, language, who, act.item)
        return given or (self.words.say(language, Text.NOTHING), ())

    async def _holder(self, door: MenuDoor, address: str, proof: str) -> _Who | None:
        """Whose PIN it is of those with this phone; by a number alone, the only one who has it."""
        people = await self._context.database.read(self._people, door, address)
        if _PROOFS[door] is Proof.NUMBER:
            return _without_pin(people[0]) if len(people) == 1 else None
        try:
            return await self._pins.unlock_one_of(people, proof)
        except (WrongPin, PinLocked, NoPin):
            return None

    def _people(self, connection: Connection, door: MenuDoor, address: str) -> Sequence[str]:
        now = self._context.clock.now()
        if door is MenuDoor.TELEGRAM:
            return people_in(connection, self._personal, address, good_at=now)
        index = phone_index(self._personal, address)
        return people_with(connection, self._personal, index, good_at=now)

    async def _give(self, door: MenuDoor, language: str, who: _Who, item: Item) -> _Given | None:
        """The item; None where there is nothing to give."""
        if item is Item.STOP:
            await self._shares.stop(who)
            return self.words.say(language, Text.STOPPED), ()
        given = await self._card(language, who) if item is Item.CARD else await self._looks(language, who)
        if given is not None:
            await self._context.database.write(self._note, number_of(who), door, item)
        return given

    async def _card(self, language: str, who: _Who) -> _Given | None:
        ids = await self._wallet.visible_ids(who)
        checked = await self._wallet.checked(number_of(who))
        cards = tuple(
            Card(code=one.held.delivery.typed_code, link=one.held.delivery.verify_url)
            for one in checked
            if (ids is None or one.held.id in ids) and _can_be_shown(one)
        )[:MAX_CODES]
        text = self.words.codes(language, [one.code for one in cards])
        return None if text is None else (text, cards)

    async def _looks(self, language: str, who: _Who) -> _Given:
        holder = self._personal.person(number_of(who))
        entries = await self._context.database.read(self._read_log, holder)
        looks = [
            (_look_of(entry), entry.at.astimezone(PHNOM_PENH).strftime("%d.%m"))
            for entry in entries
            if entry.kind in (_IN_LIMITED_VIEW if is_limited(who) else _LOOKS)
        ]
        return self.words.looks(language, looks), ()

    def _read_log(self, connection: Connection, holder: str) -> tuple[AccessEntry, ...]:
        return access_log.of_holder(self._personal, connection, holder)

    def _note(self, connection: Connection, rld_number: str, door: MenuDoor, item: Item) -> None:
        """Write into both logs that it was given, last in its transaction."""
        now, holder = self._context.clock.now(), self._personal.person(rld_number)
        entry = AccessEntry(kind=AccessKind.MENU, by=HOLDER, detail=_DOOR_NAMES[door], at=now)
        access_log.add(self._personal, connection, holder, entry)
        record(connection, Entry(actor=HOLDER, act=f"menu.{item.value}", object=holder), now=now)

    async def _agency(self, language: str, typed: str) -> str:
        try:
            if self._shell is None:
                raise EvidenceUnavailable("Licences cannot be looked up here.")
            licences = await self._shell.licences()
        except EvidenceUnavailable:
            return self.words.say(language, Text.NOT_CHECKED)
        licence = licence_typed(licences, typed)
        standing = standing_of(licences, licence, self._context.clock.now())
        if licence is None or standing is not Standing.LICENSED:
            return self.words.say(language, _STANDINGS[standing])
        name = licence.name.get(language) or licence.name.get("en") or ""
        return self.words.licensed(language, licence.countries, name)

    def _talk_index(self, door: MenuDoor, address: str) -> str:
        # SMS and USSD come from one phone, whose language is one.
        kind = "chat" if door is MenuDoor.TELEGRAM else "phone"
        return self._personal.blind_index("menu", f"{kind}\x1f{address}")

    def _number_hash(self, index: str, number: str) -> str:
        return self._personal.blind_index("menu number", f"{index}\x1f{number}")


def _is_over(step: Step, act: Act) -> bool:
    """Whether nothing is awaited any more; at the menu a choice is."""
    is_menu = isinstance(act, Speak) or (isinstance(act, Say) and act.text is Text.MENU)
    return step is Step.TOP and not is_menu


def _without_pin(rld_number: str) -> Principal:
    """Somebody whose phone it is, and who shows no PIN: they get what the second PIN would show."""
    return Principal(subject=HOLDER, name="", role=Role.RETURNEE, scopes=(LIMITED,), rld_number=rld_number)


def _can_be_shown(one: CheckedCredential) -> bool:
    """Whether an employer who checks the code finds it good, as far as can be told now."""
    is_good = one.card.state in (State.IN_FORCE, State.COULD_NOT_CHECK)
    return is_good and one.card.taken_back_at is None and bool(one.held.delivery.typed_code)


def _look_of(entry: AccessEntry) -> Look:
    return Look.LINK if entry.kind is AccessKind.OPENED and entry.by == SOMEBODY else _LOOKS[entry.kind]
