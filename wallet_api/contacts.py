"""Where a holder is told: a phone, a Telegram chat or a mail address, used once a code from it came back."""

import hmac
import re
import unicodedata
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from runtime.audit_log import Entry, record
from runtime.entropy import random_below
from runtime.i18n import gettext_noop
from runtime.personal_data import Place
from runtime.service import ServiceContext
from vc.encoding.timestamps import format_timestamp, parse_timestamp
from vc.errors import ConflictError, MalformedValue
from wallet_api import access_log, notice_store, phone_store
from wallet_api.access_log import AccessEntry, AccessKind
from wallet_api.menus.chats import keep_chat
from wallet_api.messages import CODE, NEWS, Channel, MessageNotSent, Messenger
from wallet_api.notice_store import SealedContact
from wallet_api.phones import GOOD_AFTER, keep_phone
from wallet_api.store import Connection

MAX_ADDRESS: Final = 120
_TRIES: Final = 5
_LASTS: Final = timedelta(minutes=15)
_BETWEEN: Final = timedelta(minutes=1)
_NUMBER: Final = re.compile(r"\+[1-9][0-9]{7,14}")
_CHAT: Final = re.compile(r"-?[0-9]{5,20}")
_MAIL: Final = re.compile(r"[^@\s,;<>\"]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9-]{0,62}\.)+[A-Za-z]{2,24}")
_SHAPES: Final[Mapping[Channel, re.Pattern[str]]] = {
    Channel.SMS: _NUMBER,
    Channel.TELEGRAM: _CHAT,
    Channel.EMAIL: _MAIL,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Contact:
    """Where somebody is told, out of its seal; before ``is_confirmed`` nothing but a code goes there."""

    channel: Channel
    address: str
    is_confirmed: bool


def normal_address(channel: Channel, text: str) -> str:
    """An address as it is kept: a phone with its country, where none is said Cambodia's.

    Raises ``MalformedValue``.
    """
    address = text.strip()
    if channel is Channel.SMS:
        address = re.sub(r"[ ().-]", "", ascii_digits(address))
        address = "+855" + address[1:] if address.startswith("0") else address
    if len(address) > MAX_ADDRESS or not _SHAPES[channel].fullmatch(address):
        raise MalformedValue(gettext_noop("Write it as it is usually written."), pointer="/address")
    return address


def ascii_digits(text: str) -> str:
    """Khmer digits, and others, as those of ASCII."""
    return "".join(str(unicodedata.decimal(letter)) if letter.isdecimal() else letter for letter in text)


class Contacts:
    """The addresses of one deployment's holders."""

    def __init__(self, context: ServiceContext, messengers: Mapping[Channel, Messenger]) -> None:
        """``messengers`` carry the codes."""
        self._context = context
        self._personal = context.personal
        self._messengers = messengers

    async def of(self, rld_number: str) -> Contact | None:
        """Where somebody is told, confirmed or not yet."""
        return await self._context.database.read(self._open, self._personal.person(rld_number))

    async def confirmed(self, holder: str) -> Contact | None:
        """Where a holder is told; None where they confirmed nothing."""
        found = await self._context.database.read(self._open, holder)
        return found if found is not None and found.is_confirmed else None

    async def add(self, rld_number: str, channel: Channel, address: str) -> None:
        """Send a code to an address; it is used once the code came back. What was used before ends.

        Whoever is at the other end of what was used before is told that there is news.

        Raises ``MalformedValue``, ``ConflictError`` within a minute of the last code, ``MessageNotSent``.
        """
        wanted = normal_address(channel, address)
        code = f"{random_below(1_000_000):06}"
        holder = self._personal.person(rld_number)
        before = await self.confirmed(holder)
        await self._context.database.write(self._put, holder, channel, wanted, code)
        if before is not None and before.address != wanted:
            await self.send_news(before)
        await self._messengers[channel].send(wanted, CODE.format(code=code))

    async def confirm(self, rld_number: str, code: str, *, at_kiosk: bool = False) -> bool:
        """Whether the code is the one that was sent: then news goes there from now on.

        A phone opens the passport, too: from the next day on, ``at_kiosk`` at once.

        Raises ``ConflictError`` where no code is awaited, after five wrong ones, or after 15 minutes.
        """
        typed = ascii_digits(code.strip())
        return await self._context.database.write(self._confirm, rld_number, typed, at_kiosk)

    async def remove(self, rld_number: str) -> None:
        """Tell them nowhere any more; news goes on paper then. Whoever was told is told so."""
        holder = self._personal.person(rld_number)
        before = await self.confirmed(holder)
        await self._context.database.write(self.forget, holder)
        if before is not None:
            await self.send_news(before)

    def forget(self, connection: Connection, holder: str) -> None:
        """``remove`` as part of a transaction, and its last call; nobody is told."""
        notice_store.forget_contact(connection, holder)
        phone_store.forget_phone(connection, holder)
        self._note_phone(connection, holder)
        self._account(connection, "contact.remove", holder)

    async def tell(self, holder: str) -> None:
        """Tell a holder, where they can be told, that there is news; never of what."""
        found = await self.confirmed(holder)
        if found is not None:
            await self.send_news(found)

    async def use_for_sign_in(self, rld_number: str) -> None:
        """Let the phone that was confirmed before there was a PIN open the passport, too."""

        def write(connection: Connection) -> None:
            holder = self._personal.person(rld_number)
            found = self._open(connection, holder)
            if found is None or not found.is_confirmed or found.channel is not Channel.SMS:
                return
            if phone_store.phone_or_none(connection, holder) is None:
                self._keep_phone(connection, rld_number, found.address, at_kiosk=False)

        await self._context.database.write(write)

    async def send_news(self, contact: Contact) -> None:
        """Say there that there is news, also where they are no longer told anything else."""
        # What there is to know stands in the passport all the same.
        with suppress(MessageNotSent):
            await self._messengers[contact.channel].send(contact.address, NEWS)

    def _keep_phone(self, connection: Connection, rld_number: str, number: str, *, at_kiosk: bool) -> None:
        now = self._context.clock.now()
        good_from = now if at_kiosk else now + GOOD_AFTER
        keep_phone(connection, self._personal, rld_number=rld_number, number=number, good_from=good_from)

    def _note_phone(self, connection: Connection, holder: str) -> None:
        entry = AccessEntry(kind=AccessKind.PHONE_SET, by="holder", at=self._context.clock.now())
        access_log.add(self._personal, connection, holder, entry)

    def _put(self, connection: Connection, holder: str, channel: Channel, address: str, code: str) -> None:
        now = self._context.clock.now()
        keys = self._personal.ensure_keys(connection, [holder])
        sealed = SealedContact(
            holder_index=holder,
            channel=channel.value,
            address=keys.seal(holder, address.encode(), _place(holder, "address")),
            code=keys.seal(holder, code.encode(), _place(holder, "code")),
            code_sent_at=format_timestamp(now),
            code_tries=0,
            confirmed_at=None,
        )
        if not notice_store.put_contact(connection, sealed, not_since=format_timestamp(now - _BETWEEN)):
            raise ConflictError(
                gettext_noop("A code was sent just now. Wait a minute, then ask for another.")
            )
        self._account(connection, "contact.add", holder)

    def _confirm(self, connection: Connection, rld_number: str, code: str, at_kiosk: bool) -> bool:
        now, holder = self._context.clock.now(), self._personal.person(rld_number)
        sealed = notice_store.contact_or_none(connection, holder)
        if sealed is None or sealed.code is None:
            raise ConflictError(gettext_noop("No code is awaited. Ask for one."))
        if sealed.code_tries >= _TRIES or now > parse_timestamp(sealed.code_sent_at) + _LASTS:
            raise ConflictError(gettext_noop("This code is no longer valid. Ask for another."))
        keys = self._personal.keys(connection, [holder])
        expected = keys.unseal(holder, sealed.code, _place(holder, "code"))
        if not hmac.compare_digest(expected, code.encode()):
            notice_store.count_try(connection, holder)
            return False
        notice_store.confirm(connection, holder, now=now)
        if sealed.channel == Channel.SMS.value:
            number = keys.unseal(holder, sealed.address, _place(holder, "address")).decode()
            self._keep_phone(connection, rld_number, number, at_kiosk=at_kiosk)
        if sealed.channel == Channel.TELEGRAM.value:
            chat = keys.unseal(holder, sealed.address, _place(holder, "address")).decode()
            good_from = now if at_kiosk else now + GOOD_AFTER
            keep_chat(connection, self._personal, rld_number=rld_number, chat=chat, good_from=good_from)
        self._note_phone(connection, holder)
        self._account(connection, "contact.confirm", holder)
        return True

    def _open(self, connection: Connection, holder: str) -> Contact | None:
        sealed = notice_store.contact_or_none(connection, holder)
        if sealed is None:
            return None
        keys = self._personal.keys(connection, [holder])
        if holder not in keys:
            return None
        return Contact(
            channel=Channel(sealed.channel),
            address=keys.unseal(holder, sealed.address, _place(holder, "address")).decode(),
            is_confirmed=sealed.confirmed_at is not None,
        )

    def _account(self, connection: Connection, act: str, holder: str) -> None:
        record(connection, Entry(actor="holder", act=act, object=holder), now=self._context.clock.now())


def _place(holder: str, column: str) -> Place:
    return Place(table="contact", row=holder, column=column)
