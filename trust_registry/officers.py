"""An officer's decisions at the command line: the transactions of the pages, on the same database.

The officer signs in as on the page, with password and second step.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from runtime.approvals import Approver
from runtime.auth import Role
from runtime.clock import SystemClock
from runtime.service import ServiceContext, opened_alone
from runtime.settings import load_settings
from trust_registry import people_store, person_data, waiting
from trust_registry.account_details import details_of
from trust_registry.accounts import sign_in
from trust_registry.accreditations import require_standing, suspend_accreditation
from trust_registry.clients import IssuedCount, issued_counts, touched
from trust_registry.compromise import collect_missing, propose_compromise
from trust_registry.life import Act
from trust_registry.model import GrantedAccreditation
from trust_registry.people_store import Stage
from trust_registry.publication import Publication
from trust_registry.second_factor import check_code, stage_after_password
from trust_registry.service import add_accreditation
from trust_registry.staff import invitation_link
from trust_registry.withdrawals import propose_withdrawal
from vc.errors import EvidenceUnavailable, NotAuthorized

_SERVICE: Final = "trust_registry"
# Where tries are counted: whoever is at this machine's command line.
_ADDRESS: Final = "command line"


@dataclass(frozen=True, kw_only=True, slots=True)
class Credentials:
    """Who says to be at the command line; ``code`` is asked for only where there is a second step."""

    username: str
    password: str
    code: Callable[[], str]


@asynccontextmanager
async def _registry() -> AsyncIterator[ServiceContext]:
    with opened_alone(load_settings(), SystemClock(), _SERVICE) as context:
        try:
            yield context
        finally:
            await context.peers.aclose()


async def _officer(context: ServiceContext, given: Credentials, *roles: Role) -> Approver:
    """Who is at the command line. Raises ``NotAuthorized`` and ``RateLimited``."""
    account = await sign_in(context, username=given.username, password=given.password, address=_ADDRESS)
    if account is None:
        raise NotAuthorized("The name or the password is not right.")
    stage = await stage_after_password(context, account)
    if stage is Stage.ENROLMENT:
        raise NotAuthorized("Set up the second step on the sign-in page first.")
    if stage is Stage.SECOND_STEP and not await check_code(context, account.username, given.code(), _ADDRESS):
        raise NotAuthorized("The code is not right.")
    if Role(account.role) not in roles:
        raise NotAuthorized("This is not for your role.")
    identity = await context.database.read(people_store.identity_or_none, account.username)
    details = await context.database.read(details_of, context.personal, account)
    return Approver(subject=account.username, name=details.name, identity=identity)


async def accredit(given: Credentials, granted: GrantedAccreditation, reason: str) -> tuple[int, int]:
    """Accredit and publish; returns the accreditation's number and the list's version."""
    async with _registry() as context:
        officer = await _officer(context, given, Role.REGISTRAR)
        act = Act(actor=officer.subject, reason=reason, at=context.clock.now())
        number = await context.database.write(add_accreditation, granted, act)
        return number, await Publication(context).publish()


async def blast_radius(number: int, since: datetime | None) -> tuple[IssuedCount, ...] | None:
    """What was issued under an accreditation; None where the issuer cannot be asked now."""
    async with _registry() as context:
        standing = await context.database.read(require_standing, number)
        try:
            counts = await issued_counts(
                context.peers.client("issuer"),
                standing.organisation_id,
                since=since or context.clock.now(),
            )
        except EvidenceUnavailable:
            return None
        return touched(counts, standing.granted)


async def suspend(given: Credentials, number: int, *, since: datetime | None, reason: str) -> int:
    """Suspend an accreditation and publish; returns the list's version."""
    async with _registry() as context:
        officer = await _officer(context, given, Role.REGISTRAR)
        act = Act(actor=officer.subject, reason=reason, at=context.clock.now())
        await context.database.write(suspend_accreditation, number, effective_from=since or act.at, act=act)
        return await Publication(context).publish()


async def propose(
    given: Credentials, number: int, *, since: datetime | None, earlier_stand: bool, reason: str
) -> int:
    """Lay a withdrawal before a second officer; returns the proposal's number."""
    async with _registry() as context:
        officer = await _officer(context, given, Role.REGISTRAR)
        act = Act(actor=officer.subject, reason=reason, at=context.clock.now())
        proposal = await context.database.write(
            propose_withdrawal,
            number,
            effective_from=since or act.at,
            earlier_stand=earlier_stand,
            act=act,
            maker=officer,
        )
        return proposal.id


async def approve(given: Credentials, proposal: int) -> tuple[int | None, str | None]:
    """Agree to a proposal as another person.

    Returns the version of the list where the act shows in it, and the link where it invites somebody.
    """
    async with _registry() as context:
        officer = await _officer(context, given, Role.REGISTRAR, Role.SECOND_OFFICER)
        done = await waiting.approve(context, Publication(context), proposal, approver=officer)
        return done.version, None if done.token is None else invitation_link(context, done.token)


async def propose_theft(given: Credentials, key: str, *, since: datetime, reason: str) -> int:
    """Lay before a second officer that a key was stolen; returns the proposal's number."""
    async with _registry() as context:
        officer = await _officer(context, given, Role.REGISTRAR)
        act = Act(actor=officer.subject, reason=reason, at=context.clock.now())
        proposal = await context.database.write(propose_compromise, key, since=since, act=act, maker=officer)
        return proposal.id


async def collect_digests() -> tuple[str, ...]:
    """Ask again what stolen keys had signed before; returns those the issuer does not tell about."""
    async with _registry() as context:
        left = await collect_missing(context, Publication(context))
        return tuple(stolen.key.public_key_multibase for stolen in left)


async def export_person(given: Credentials, rld_number: str, *, reason: str) -> dict[str, Any]:
    """Everything that is held of a person, by service. Raises ``EvidenceUnavailable``."""
    async with _registry() as context:
        officer = await _officer(context, given, Role.PROTECTION_OFFICER)
        request = person_data.person_request(rld_number, actor=officer.subject, reason=reason)
        return await person_data.export_person(context, request)


async def propose_erasure(given: Credentials, rld_number: str, *, reason: str) -> int:
    """Lay a person's erasure before a second officer; returns the proposal's number."""
    async with _registry() as context:
        officer = await _officer(context, given, Role.PROTECTION_OFFICER)
        request = person_data.person_request(rld_number, actor=officer.subject, reason=reason)
        proposal = await context.database.write(person_data.propose_erasure, context, request, maker=officer)
        return proposal.id


async def approve_erasure(given: Credentials, proposal: int, rld_number: str) -> dict[str, bool]:
    """Agree to an erasure as the second officer and carry it out; by service, whether it held anything."""
    async with _registry() as context:
        officer = await _officer(context, given, Role.PROTECTION_OFFICER, Role.SECOND_OFFICER)
        return await person_data.approve_erasure(context, proposal, rld_number, approver=officer)


async def publish() -> int:
    """Sign the register as it is now; returns the list's version."""
    async with _registry() as context:
        return await Publication(context).publish()
