"""MLVT's fraud desk: it gathers the certificates of a case, and has done what officers decide."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

from revocation import case_store, cases, store
from revocation.case_store import Case, Member
from revocation.cases import CaseView, Delay
from revocation.clients import (
    Anomaly,
    WantedWithdrawal,
    anomalies,
    ask_to_withdraw,
    find_credential,
    presented_lately,
    suspected_page,
    unusual_checks,
)
from revocation.reasons import CASE_REASONS
from revocation.service import Registry
from revocation.values import Reason
from runtime.approvals import Approver, Proposal, require_verified
from runtime.audit_log import Entry, record
from runtime.auth import Principal
from runtime.entropy import random_token
from runtime.i18n import gettext_noop
from runtime.service import ServiceContext
from runtime.tasks import keep_doing
from vc.encoding.strict_json import JsonObject
from vc.errors import ConflictError, EvidenceUnavailable, MalformedValue, NotFound, RangeError

MAX_MEMBERS: Final = 50_000
MAX_NAMED: Final = 200
SHOWN: Final = 100
_TICK_SECONDS: Final = 2


@dataclass(frozen=True, kw_only=True, slots=True)
class NewCase:
    """What an officer suspects. Either certificates are ``named`` or a ``search`` says which they are.

    ``evidence`` is the SHA-256 (hex) of what was found; the thing itself is not kept here.
    """

    reason: Reason
    note: str = ""
    evidence: str | None = None
    named: Sequence[str] = ()
    search: JsonObject = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Presented:
    """How many certificates of the same issuers and kinds as a case's were presented lately.

    ``is_known`` is False where the verifier cannot be asked, ``is_counted`` where it counts nothing.
    ``hides_few`` says that there are some that are too few to be told.
    """

    is_known: bool
    is_counted: bool = False
    count: int = 0
    hides_few: bool = False


def person_of(principal: Principal) -> Approver:
    """Whoever is signed in, as one of two people."""
    return Approver(subject=principal.subject, name=principal.name, identity=principal.identity)


class Desk:
    """The fraud desk of one process."""

    def __init__(self, context: ServiceContext, registry: Registry) -> None:
        """Join the parts; nothing runs yet."""
        self._context = context
        self._registry = registry

    async def open(self, principal: Principal, new: NewCase) -> str:
        """Open a case; returns its id. Nothing happens to any certificate yet.

        Raises ``MalformedValue`` for a reason that is not an officer's, ``NotFound`` where nothing is
        found, ``RangeError`` for more than can be handled at once,
        ``EvidenceUnavailable`` where the issuer cannot be asked.
        """
        if new.reason not in CASE_REASONS:
            raise MalformedValue(gettext_noop("An officer opens no case for this reason."), pointer="/reason")
        members = await self._gather(new)
        case = Case(
            case_id=random_token(60).lower(),
            reason=new.reason,
            note=new.note.strip(),
            evidence=new.evidence,
            criteria=new.search or None,
            opened_by=principal.subject,
            opened_at=self._context.clock.now(),
        )
        await self._context.database.write(cases.open_case, case, members)
        return case.case_id

    async def view(self, case_id: str) -> CaseView:
        """The case as it stands. Raises ``NotFound``."""
        return await self._context.database.read(cases.view, case_id)

    async def latest(self) -> tuple[tuple[Case, int], ...]:
        """The latest cases, each with how many certificates it is about."""
        return await self._context.database.read(case_store.cases, limit=SHOWN)

    async def suspend(self, principal: Principal, case_id: str) -> int:
        """Suspend what is in force of a case, at once; returns how many."""
        return await self._pass(cases.suspend, principal, case_id)

    async def renew(self, principal: Principal, case_id: str) -> int:
        """Let its suspensions go on, as another officer than the last; returns how many."""
        return await self._pass(cases.renew, principal, case_id)

    async def ask_to_revoke(self, principal: Principal, case_id: str) -> Proposal:
        """Lay it before a second officer."""
        settings = self._context.settings
        return await self._context.database.write(
            cases.ask_to_revoke,
            case_id,
            officer=person_of(principal),
            delay=Delay(
                above=settings.mass_revocation_count,
                wait=timedelta(minutes=settings.mass_revocation_delay_minutes),
            ),
            now=self._context.clock.now(),
        )

    async def ask_to_reinstate(self, principal: Principal, case_id: str) -> bool:
        """End its suspensions, or lay that before a second officer; returns whether it is done."""
        self._registry.require_started()
        return await self._context.database.write(
            cases.ask_to_reinstate,
            self._registry.journal,
            case_id,
            officer=person_of(principal),
            reason="The suspicion was not confirmed.",
            now=self._context.clock.now(),
        )

    async def agree(self, principal: Principal, case_id: str) -> bool:
        """Agree as a second officer; returns whether it is done, or waits for its delay."""
        self._registry.require_started()
        is_done = await self._context.database.write(
            cases.agree,
            self._registry.journal,
            case_id,
            officer=person_of(principal),
            now=self._context.clock.now(),
        )
        if is_done:
            self._registry.publisher.wake()
        return is_done

    async def stop(self, principal: Principal, case_id: str) -> None:
        """Stop what waits."""
        await self._context.database.write(
            cases.stop, case_id, officer=person_of(principal), now=self._context.clock.now()
        )

    async def close(self, principal: Principal, case_id: str) -> None:
        """Put the case away."""
        await self._context.database.write(
            cases.close, case_id, officer=person_of(principal), now=self._context.clock.now()
        )

    async def anomalies(self) -> tuple[Anomaly, ...]:
        """What the issuer and the verifier find unusual. Raises ``EvidenceUnavailable``."""
        checks = await unusual_checks(self._context.peers.client("verifier"))
        return (*await anomalies(self._context.peers.client("issuer")), *checks)

    async def presented(self, seen: CaseView) -> Presented:
        """How often certificates like those of a case were presented lately."""
        try:
            found = await presented_lately(self._context.peers.client("verifier"))
        except EvidenceUnavailable:
            return Presented(is_known=False)
        if found is None:
            return Presented(is_known=True)
        issuers = await self._context.database.read(_issuers_of, seen)
        kinds = {member.kind for member in seen.members}
        counts = [one.count for one in found if one.issuer in issuers and one.kind in kinds]
        return Presented(
            is_known=True,
            is_counted=True,
            count=sum(count for count in counts if count is not None),
            hides_few=None in counts,
        )

    async def withdraw(
        self, principal: Principal, case_id: str, *, effective_from: date, earlier_stand: bool
    ) -> int:
        """Ask to withdraw the accreditations of a case's centre from a day on; how many that is.

        A second officer decides at the trust registry. Raises ``ConflictError`` where the case is about
        several centres or nothing is left, ``NotVerified``, ``EvidenceUnavailable``.
        """
        seen = await self.view(case_id)
        officer = person_of(principal)
        require_verified(officer)
        issuers = await self._context.database.read(_issuers_of, seen)
        if len(issuers) != 1:
            raise ConflictError(gettext_noop("This case is about several centres: open one for each."))
        (did,) = issuers
        wanted = WantedWithdrawal(
            did=did,
            effective_from=effective_from,
            earlier_stand=earlier_stand,
            reason=f"Case {case_id}: {seen.case.reason.value}",
        )
        count = await ask_to_withdraw(self._context.peers.client("trust_registry"), wanted, officer)
        entry = Entry(actor=principal.subject, act="case.withdraw.propose", object=case_id)
        await self._context.database.write(record, entry, now=self._context.clock.now())
        return count

    async def run(self) -> None:
        """Do what two officers agreed to once its delay is over, for ever."""
        await keep_doing(
            self.execute_due, every_seconds=_TICK_SECONDS, failure="a case could not be executed"
        )

    async def execute_due(self) -> int:
        """Do what is due now; returns how many cases that were."""
        now = self._context.clock.now()
        done = 0
        for case_id in await self._context.database.read(cases.due, now=now):
            self._registry.require_started()
            done += await self._context.database.write(
                cases.execute_due, self._registry.journal, case_id, now=now
            )
        if done:
            self._registry.publisher.wake()
        return done

    async def _pass(self, act: "cases.PassingAct", principal: Principal, case_id: str) -> int:
        self._registry.require_started()
        count = await self._context.database.write(
            act,
            self._registry.journal,
            case_id,
            officer=person_of(principal),
            lasts=timedelta(days=self._context.settings.suspension_days),
            now=self._context.clock.now(),
        )
        self._registry.publisher.wake()
        return count

    async def _gather(self, new: NewCase) -> tuple[Member, ...]:
        found = await self._search(new.search) if new.search else await self._look_up(new.named)
        if not found:
            raise NotFound(gettext_noop("No certificate was found for this case."))
        return tuple({member.credential_id: member for member in found}.values())

    async def _search(self, search: JsonObject) -> list[Member]:
        found: list[Member] = []
        after: str | None = ""
        while after is not None:
            page, after = await suspected_page(
                self._context.peers.client("issuer"), {**search, "after": after}
            )
            found += page
            if len(found) > MAX_MEMBERS:
                raise RangeError(gettext_noop("That is more than one case can hold. Narrow it down."))
        return found

    async def _look_up(self, named: Sequence[str]) -> list[Member]:
        if len(named) > MAX_NAMED:
            raise RangeError(gettext_noop("That is more than one case can hold. Narrow it down."))
        return [await self._named(name) for name in named]

    async def _named(self, name: str) -> Member:
        """A certificate by code, number, link or id; the registry alone knows it by its full id."""
        try:
            described = await find_credential(self._context.peers.client("issuer"), name)
        except EvidenceUnavailable:
            described = None
        if described is not None:
            return Member(
                credential_id=described.credential_id,
                centre=described.centre,
                kind=described.kind,
                issued_on=described.issued_on,
            )
        entry = (await self._registry.state_of(name)).entry
        if entry.copy_of is not None:
            # Who was shown a copy means the certificate, with which every copy ends.
            return await self._named(entry.copy_of)
        return Member(credential_id=entry.credential_id, centre="", kind="", issued_on="")


def _issuers_of(connection: store.Connection, seen: CaseView) -> frozenset[str]:
    entries = store.entries_by_credential(connection, [member.credential_id for member in seen.members])
    return frozenset(entry.issuer for entry in entries.values())
