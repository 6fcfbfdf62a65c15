"""Signing in with a phone: a code that comes to it, then the PIN, which says who of a family it is.

A number that opens nothing is treated as one that does: a code is awaited, counted and never sent. A code
alone opens nothing.
"""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from runtime.audit_log import Entry, record
from runtime.entropy import random_below, random_token
from runtime.i18n import gettext_noop
from runtime.logging import get_logger
from runtime.service import ServiceContext
from vc.errors import NotAuthorized, RateLimited
from wallet_api import access_log, phone_store
from wallet_api.access_log import AccessEntry, AccessKind
from wallet_api.contacts import Contacts, ascii_digits, normal_address
from wallet_api.messages import CODE, Channel, MessageNotSent, Messenger
from wallet_api.phones import people_with, phone_index
from wallet_api.store import Connection
from wallet_api.unlocking import HOLDER, Pins, Unlocked

_PASS_BITS: Final = 256
_WAIT: Final = gettext_noop("Wait a little before you ask for another code.")
_OVER: Final = gettext_noop("This took too long. Begin again with your phone number.")
_log = get_logger("wallet_api")


@dataclass(frozen=True, kw_only=True, slots=True)
class CodeOnItsWay:
    """What is to be sent once the page was answered. ``repr`` shows nothing of it."""

    number: str
    index: str
    code: str

    def __repr__(self) -> str:
        return "CodeOnItsWay()"


class PhoneSignIn:
    """Signing in with the phones of one deployment."""

    def __init__(
        self,
        context: ServiceContext,
        pins: Pins,
        contacts: Contacts,
        messengers: Mapping[Channel, Messenger],
    ) -> None:
        """``messengers`` carry the codes."""
        self._context = context
        self._personal = context.personal
        self._pins = pins
        self._contacts = contacts
        self._messengers = messengers

    async def ask_code(self, number: str) -> CodeOnItsWay:
        """Await a code from this phone. Raises ``MalformedValue``, and ``RateLimited`` within a minute."""
        wanted = normal_address(Channel.SMS, number)
        index = phone_index(self._personal, wanted)
        code = f"{random_below(1_000_000):06}"
        now = self._context.clock.now()
        hashed = self._code_hash(index, code)
        if not await self._context.database.write(phone_store.put_code, index, hashed, now=now):
            raise RateLimited(_WAIT, retry_after=int(phone_store.BETWEEN_CODES.total_seconds()))
        return CodeOnItsWay(number=wanted, index=index, code=code)

    async def send(self, code: CodeOnItsWay) -> None:
        """Send a code where a passport opens with that phone; afterwards, so that no answer waits for it."""
        people = await self._people(code.index)
        if not people:
            return
        text = CODE.format(code=code.code)
        try:
            await self._messengers[Channel.SMS].send(code.number, text)
        except MessageNotSent:
            await self._send_by_telegram(people, text)

    async def check_code(self, number: str, code: str) -> str | None:
        """Something to go on to the PIN with, where the code is right; it lasts ten minutes.

        Five wrong codes lock the number for a quarter of an hour. Raises ``MalformedValue`` for what is no
        number.
        """
        index = phone_index(self._personal, normal_address(Channel.SMS, number))
        database, now = self._context.database, self._context.clock.now()
        expected = await database.write(phone_store.count_code_try, index, now=now)
        hashed = self._code_hash(index, ascii_digits(code.strip()))
        if expected is None or not hmac.compare_digest(expected, hashed):
            return None
        token = random_token(_PASS_BITS)
        taken = await database.write(phone_store.take_code, index, expected, _pass_hash(token), now=now)
        return token if taken else None

    async def check_pin(self, token: str, pin: str) -> Unlocked | None:
        """Whose PIN it is of those with that phone; None where it is nobody's.

        Raises ``NotAuthorized`` for what ``check_code`` did not give or took too long; ``WrongPin`` for what
        is no PIN, ``PinLocked``, ``NoPin``.
        """
        hashed, now = _pass_hash(token), self._context.clock.now()
        index = await self._context.database.read(phone_store.phone_with_pass, hashed, now=now)
        if index is None:
            raise NotAuthorized(_OVER)
        unlocked = await self._pins.unlock_one_of(await self._people(index), pin)
        if unlocked is not None and not await self._context.database.write(self._end, hashed, unlocked):
            raise NotAuthorized(_OVER)
        return unlocked

    def _end(self, connection: Connection, hashed: str, unlocked: Unlocked) -> bool:
        if not phone_store.end_pass(connection, hashed):
            return False
        self.note_sign_in(connection, unlocked)
        return True

    def note_sign_in(self, connection: Connection, unlocked: Unlocked) -> None:
        """Write into both logs that a holder came in. The last call of its transaction."""
        now = self._context.clock.now()
        entry = AccessEntry(kind=AccessKind.SIGNED_IN, by=HOLDER, at=now)
        access_log.add(self._personal, connection, unlocked.holder, entry)
        record(connection, Entry(actor=HOLDER, act="wallet.sign-in", object=unlocked.holder), now=now)

    async def _people(self, index: str) -> tuple[str, ...]:
        now = self._context.clock.now()
        return tuple(await self._context.database.read(people_with, self._personal, index, good_at=now))

    async def _send_by_telegram(self, people: tuple[str, ...], text: str) -> None:
        for number in people:
            found = await self._contacts.confirmed(self._personal.person(number))
            if found is not None and found.channel is Channel.TELEGRAM:
                try:
                    await self._messengers[Channel.TELEGRAM].send(found.address, text)
                except MessageNotSent:
                    continue
                return
        _log.warning("message_not_sent", reason="sign-in code")

    def _code_hash(self, index: str, code: str) -> str:
        return self._personal.blind_index("phone code", f"{index}\x1f{code}")


def _pass_hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
