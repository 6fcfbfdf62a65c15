"""Help at a kiosk for whoever forgot the PIN, lost phone and papers, or had them taken.

Two confirm who it is: the officer, who compares the face with the photo or with an identity paper, and
either a code to a phone that opened the passport before, or another officer who met the person too. A code
alone is nothing, and an officer alone is nobody. Then, in one transaction, there is a new PIN with a new
secret; what follows (sessions, shares, cards) is due in the database and done until it is done.
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from runtime import approvals
from runtime.approvals import Approver, Proposal, State
from runtime.audit_log import Entry, record
from runtime.entropy import random_below, random_token
from runtime.i18n import gettext_noop
from runtime.service import ServiceContext
from vc.encoding.timestamps import format_timestamp
from vc.errors import ConflictError, MalformedValue, NotFound
from wallet_api import access_log, notice_store, phone_store, recovery_store
from wallet_api.access_log import AccessEntry, AccessKind
from wallet_api.contacts import Contacts, ascii_digits, normal_address
from wallet_api.kiosk_clients import FoundPerson
from wallet_api.messages import CODE, Channel, Messenger
from wallet_api.phones import phone_index, phone_number_or_none
from wallet_api.recovery_ends import RecoveryEnds, person_place
from wallet_api.recovery_store import Recovery
from wallet_api.store import Connection
from wallet_api.unlocking import Pins

RECOVER: Final = "holder.recover"
OFFICER: Final = "assisted_officer"
"""What the holder's log calls the officer: a role, never a name."""
REASONS: Final[Mapping[str, str]] = {
    "no-pin": gettext_noop("They never had a PIN"),
    "forgotten": gettext_noop("They forgot the PIN, or it is locked"),
    "lost": gettext_noop("The phone or the papers are lost"),
    "taken": gettext_noop("Somebody else has the phone or the papers"),
}
COMPARED: Final[Mapping[str, str]] = {
    "photo": gettext_noop("The face is that of the photo above"),
    "paper": gettext_noop("The face is that of an identity paper I saw"),
}
_RECOVERY_BITS: Final = 160
_LASTS: Final = timedelta(hours=2)
_NOT_THERE: Final = "There is no such help, or its time is over. Begin again."
_COMPARED_BEFORE: Final = gettext_noop("A second confirmation is awaited already.")
_NOT_CONFIRMED: Final = gettext_noop("Two must confirm who it is, before anything is changed.")


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """How a recovery stands. ``proposal`` is what waits, or waited, for a second officer.

    ``has_phone``: a phone opens the passport by now. ``awaits_phone``: a code is on its way to a new one.
    """

    recovery: Recovery
    proposal: Proposal | None
    has_phone: bool
    awaits_phone: bool

    @property
    def is_confirmed(self) -> bool:
        """Whether two have confirmed who it is."""
        agreed = self.proposal is not None and self.proposal.state in (State.APPROVED, State.EXECUTED)
        return self.recovery.compared is not None and (self.recovery.code_right_at is not None or agreed)


class Recoveries:
    """The help that officers of one deployment give."""

    def __init__(
        self,
        context: ServiceContext,
        pins: Pins,
        contacts: Contacts,
        messengers: Mapping[Channel, Messenger],
        ends: RecoveryEnds,
    ) -> None:
        """``messengers`` carry the codes."""
        self._context = context
        self._personal = context.personal
        self._pins = pins
        self._contacts = contacts
        self._messengers = messengers
        self._ends = ends

    async def begin(self, person: FoundPerson, reason: str, *, officer: str) -> str:
        """Begin to help somebody who was found; returns the id. The person is told that there is news.

        Raises ``MalformedValue`` for a reason that is none.
        """
        if reason not in REASONS:
            raise MalformedValue(gettext_noop("Choose why."), pointer="/reason")
        recovery_id = random_token(_RECOVERY_BITS)
        holder = self._personal.person(person.rld_number)
        await self._context.database.write(self._begin, recovery_id, person.rld_number, officer, reason)
        await self._contacts.tell(holder)
        return recovery_id

    async def standing(self, recovery_id: str, *, officer: str) -> Standing:
        """How a recovery of this officer's stands. Raises ``NotFound``, also for one that is over."""
        return await self._context.database.read(self._standing, recovery_id, officer)

    async def person_in(self, recovery_id: str, *, officer: str) -> str:
        """The RLD number of whom a recovery of this officer's is for. Raises ``NotFound``."""
        return await self._ends.person_of((await self.standing(recovery_id, officer=officer)).recovery)

    async def compare_with_code(self, recovery_id: str, compared: str, *, officer: str) -> None:
        """Note with what the officer compared, and send a code to the phone that opens the passport.

        Raises ``MalformedValue``, ``NotFound``, ``ConflictError``, ``MessageNotSent``.
        """
        _require_compared(compared)
        code = f"{random_below(1_000_000):06}"
        number = await self._context.database.write(
            self._await_code, recovery_id, officer, compared, self._code_hash(recovery_id, code)
        )
        await self._messengers[Channel.SMS].send(number, CODE.format(code=code))

    async def compare_with_officer(self, recovery_id: str, compared: str, *, officer: Approver) -> None:
        """Note with what the officer compared, and lay it before another officer.

        Raises ``MalformedValue``, ``NotFound``, ``ConflictError``, ``NotVerified``.
        """
        _require_compared(compared)
        await self._context.database.write(self._await_officer, recovery_id, officer, compared)

    async def check_code(self, recovery_id: str, code: str, *, officer: str) -> bool:
        """Whether it is the code that was sent. Raises ``NotFound``, ``ConflictError`` after five tries."""
        await self.standing(recovery_id, officer=officer)
        database = self._context.database
        expected = await database.write(recovery_store.count_code_try, recovery_id)
        if expected is None:
            raise ConflictError(gettext_noop("Too many wrong codes. Begin again, or ask another officer."))
        hashed = self._code_hash(recovery_id, ascii_digits(code.strip()))
        if not hmac.compare_digest(expected, hashed):
            return False
        now = self._context.clock.now()
        return await database.write(recovery_store.take_code, recovery_id, expected, now=now)

    async def waiting(self) -> tuple[tuple[Proposal, Recovery], ...]:
        """What waits for another officer, oldest first."""
        return await self._context.database.read(self._waiting)

    async def agree(self, proposal_id: int, rld_number: str, *, approver: Approver) -> None:
        """Confirm as another officer, who met the person and knows their number.

        Raises ``SamePerson``, ``NotVerified``, ``AlreadyClosed``; ``NotFound`` for another person's number.
        """
        await self._context.database.write(self._agree, proposal_id, rld_number.strip(), approver)

    async def finish(
        self,
        recovery_id: str,
        new_pin: str,
        *,
        officer: str,
        keeps_phone: bool,
        new_phone: str = "",
        birth_date: date | None = None,
    ) -> None:
        """Give the person a new PIN, and end what others may have in their hands.

        Without ``keeps_phone`` no phone opens the passport, nor is told anything, until the new one is
        confirmed, to which a code goes. Raises ``UnfitPin``, ``NotFound``, ``MalformedValue`` for what is no
        phone; ``ConflictError`` before two have confirmed, and the second time; ``MessageNotSent`` where
        everything is done but that the code could not be sent.
        """
        standing = await self.standing(recovery_id, officer=officer)
        if not standing.is_confirmed:
            raise ConflictError(_NOT_CONFIRMED)
        holder = standing.recovery.holder_index
        rld_number = await self._ends.person_of(standing.recovery)
        if new_phone:
            index = phone_index(self._personal, normal_address(Channel.SMS, new_phone))
            await self._pins.require_unused(holder, new_pin, phone_index=index)
        before = await self._contacts.confirmed(holder)
        pin = await self._pins.prepare(rld_number, new_pin, birth_date=birth_date)

        def write(connection: Connection) -> None:
            self._take(connection, recovery_id, officer)
            self._pins.write_anew(connection, pin)
            if not keeps_phone:
                self._contacts.forget(connection, holder)
            self._note_done(connection, recovery_id)

        await self._context.database.write(write)
        if before is not None:
            await self._contacts.send_news(before)
        await self._ends.do_due()
        if new_phone:
            await self._contacts.add(rld_number, Channel.SMS, new_phone)

    async def confirm_phone(self, recovery_id: str, code: str, *, officer: str) -> bool:
        """Whether the code came to the new phone: it opens the passport at once. As ``Contacts.confirm``."""
        standing = await self.standing(recovery_id, officer=officer)
        if standing.recovery.done_at is None:
            raise ConflictError(_NOT_CONFIRMED)
        rld_number = await self._ends.person_of(standing.recovery)
        return await self._contacts.confirm(rld_number, code, at_kiosk=True)

    def _begin(
        self, connection: Connection, recovery_id: str, rld_number: str, officer: str, reason: str
    ) -> None:
        now, holder = self._context.clock.now(), self._personal.person(rld_number)
        keys = self._personal.ensure_keys(connection, [holder])
        recovery_store.begin(
            connection,
            recovery_id=recovery_id,
            holder_index=holder,
            person=keys.seal(holder, rld_number.encode(), person_place(recovery_id)),
            officer=officer,
            reason=reason,
            now=now,
            expires=now + _LASTS,
        )
        entry = AccessEntry(kind=AccessKind.FOUND, by=OFFICER, detail=reason, at=now)
        access_log.add(self._personal, connection, holder, entry)
        record(connection, Entry(actor=officer, act="holder.find", object=holder, reason=reason), now=now)

    def _standing(self, connection: Connection, recovery_id: str, officer: str) -> Standing:
        one = self._require(connection, recovery_id, officer)
        proposal = None
        if one.proposal_id is not None:
            proposal = approvals.proposal_or_none(connection, one.proposal_id)
        contact = notice_store.contact_or_none(connection, one.holder_index)
        return Standing(
            recovery=one,
            proposal=proposal,
            has_phone=self._phone(connection, one.holder_index) is not None,
            awaits_phone=contact is not None and contact.confirmed_at is None,
        )

    def _require(
        self, connection: Connection, recovery_id: str, officer: str, *, lock: bool = False
    ) -> Recovery:
        one = recovery_store.recovery_or_none(connection, recovery_id, lock=lock)
        if one is None or one.officer != officer:
            raise NotFound(_NOT_THERE)
        if one.expires <= format_timestamp(self._context.clock.now()):
            raise NotFound(_NOT_THERE)
        return one

    def _phone(self, connection: Connection, holder: str) -> str | None:
        """The phone that opens the passport by now: one set within a day confirms nobody."""
        found = phone_store.phone_or_none(connection, holder)
        if found is None or found.good_from > format_timestamp(self._context.clock.now()):
            return None
        return phone_number_or_none(connection, self._personal, holder)

    def _await_code(
        self, connection: Connection, recovery_id: str, officer: str, compared: str, code_hash: str
    ) -> str:
        one = self._require(connection, recovery_id, officer)
        number = self._phone(connection, one.holder_index)
        if number is None:
            raise ConflictError(gettext_noop("No phone opens this passport. Ask another officer."))
        if not recovery_store.compare(connection, recovery_id, compared, code_hash=code_hash):
            raise ConflictError(_COMPARED_BEFORE)
        self._account(connection, one, "holder.compare", by=officer)
        return number

    def _await_officer(
        self, connection: Connection, recovery_id: str, officer: Approver, compared: str
    ) -> None:
        one = self._require(connection, recovery_id, officer.subject)
        approvals.require_verified(officer)
        proposal = approvals.propose(
            connection,
            act=RECOVER,
            object_id=recovery_id,
            payload={},
            reason=one.reason,
            maker=officer,
            now=self._context.clock.now(),
        )
        if not recovery_store.compare(connection, recovery_id, compared, proposal_id=proposal.id):
            raise ConflictError(_COMPARED_BEFORE)
        self._account(connection, one, "holder.compare", by=officer.subject)

    def _waiting(self, connection: Connection) -> tuple[tuple[Proposal, Recovery], ...]:
        found = []
        now = format_timestamp(self._context.clock.now())
        for proposal in approvals.open_proposals(connection):
            one = recovery_store.of_proposal_or_none(connection, proposal.id)
            if proposal.state is State.OPEN and one is not None and one.expires > now:
                found.append((proposal, one))
        return tuple(found)

    def _agree(self, connection: Connection, proposal_id: int, rld_number: str, approver: Approver) -> None:
        one = recovery_store.of_proposal_or_none(connection, proposal_id)
        if one is None or one.expires <= format_timestamp(self._context.clock.now()):
            raise NotFound(_NOT_THERE)
        if one.holder_index != self._personal.person(rld_number):
            raise NotFound("There is no such proposal for this person.")
        proposal = approvals.proposal_or_none(connection, proposal_id)
        if proposal is not None:
            approvals.require_verified(proposal.maker, approver)
        approvals.approve(connection, proposal_id, approver=approver, now=self._context.clock.now())
        self._account(connection, one, "holder.agree", by=approver.subject)

    def _take(self, connection: Connection, recovery_id: str, officer: str) -> None:
        one = self._require(connection, recovery_id, officer, lock=True)
        now = self._context.clock.now()
        if one.code_right_at is None:
            if one.proposal_id is None:
                raise ConflictError(_NOT_CONFIRMED)
            approvals.take(connection, one.proposal_id, now=now)
        if not recovery_store.finish(connection, recovery_id, now=now):
            raise ConflictError(gettext_noop("This was done already."))

    def _note_done(self, connection: Connection, recovery_id: str) -> None:
        one = recovery_store.recovery_or_none(connection, recovery_id)
        if one is None:
            raise NotFound(_NOT_THERE)
        entry = AccessEntry(
            kind=AccessKind.RECOVERED, by=OFFICER, detail=one.reason, at=self._context.clock.now()
        )
        access_log.add(self._personal, connection, one.holder_index, entry)
        proposal = (
            None if one.proposal_id is None else approvals.proposal_or_none(connection, one.proposal_id)
        )
        approver = None if proposal is None else proposal.approvers[0].subject
        self._account(connection, one, RECOVER, by=one.officer, approver=approver)

    def _account(
        self, connection: Connection, one: Recovery, act: str, *, by: str, approver: str | None = None
    ) -> None:
        entry = Entry(actor=by, act=act, object=one.holder_index, reason=one.reason, approver=approver)
        record(connection, entry, now=self._context.clock.now())

    def _code_hash(self, recovery_id: str, code: str) -> str:
        return self._personal.blind_index("recovery code", f"{recovery_id}\x1f{code}")


def _require_compared(compared: str) -> None:
    if compared not in COMPARED:
        raise MalformedValue(gettext_noop("Compare the face first."), pointer="/compared")
