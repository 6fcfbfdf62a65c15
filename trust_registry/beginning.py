"""How a deployment begins: its authority, its status registry, and the two officers whom nobody could invite.

Two, since one alone could let nobody else in. They are two people: their staff numbers differ.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from runtime.auth import Role
from runtime.database import Database
from runtime.entropy import random_token
from runtime.keyring import Keyring
from runtime.personal_data import PersonalData
from runtime.settings import Settings
from trust_registry import people_store, store
from trust_registry.account_details import AccountDetails, owner_of, seal_details
from trust_registry.accounting import account_for
from trust_registry.accounts import require_username
from trust_registry.life import Act
from trust_registry.model import Account, Organisation, OrganisationKind
from trust_registry.service import (
    AUTHORITY_ID,
    OPERATOR,
    STATUS_REGISTRY_ID,
    add_organisation,
    make_organisation,
)
from trust_registry.sessions import token_hash
from trust_registry.staff import INVITATION_LIFETIME, INVITATION_TOKEN_BITS, NO_PASSWORD, identity_index
from trust_registry.store import Connection
from vc.errors import ConflictError


@dataclass(frozen=True, kw_only=True, slots=True)
class FirstOfficer:
    """One of the two, as the operator knows them; the staff number is not kept."""

    username: str
    name: str
    staff_number: str


@dataclass(frozen=True, kw_only=True, slots=True)
class _Invited:
    role: Role
    username: str
    details: AccountDetails
    identity: str
    link_hash: str


def begin_deployment(
    database: Database,
    settings: Settings,
    keyring: Keyring,
    *,
    authority: tuple[str, str],
    registrar: FirstOfficer,
    second_officer: FirstOfficer,
    now: datetime,
) -> Mapping[Role, str]:
    """Register the authority (names in English and Khmer) and its status registry; invite two officers.

    Returns the token of each invitation; for an officer who has taken theirs up there is none, and until
    then doing it again makes a fresh one. Raises ``MalformedValue`` for names and numbers that cannot be,
    ``ConflictError`` where both are there, or the two would be one person.
    """
    name_en, name_km = authority
    organisation = make_organisation(
        settings,
        organisation_id=AUTHORITY_ID,
        kind=OrganisationKind.AUTHORITY,
        name_en=name_en,
        name_km=name_km,
    )
    # Its key is told by the registry itself as soon as it runs.
    registry = make_organisation(
        settings,
        organisation_id=STATUS_REGISTRY_ID,
        kind=OrganisationKind.STATUS_REGISTRY,
        name_en="Status registry",
        name_km="បញ្ជីស្ថានភាព",
    )
    tokens: dict[Role, str] = {}
    people = []
    for role, officer in ((Role.REGISTRAR, registrar), (Role.SECOND_OFFICER, second_officer)):
        require_username(officer.username)
        tokens[role] = random_token(INVITATION_TOKEN_BITS)
        invited = _Invited(
            role=role,
            username=officer.username,
            details=AccountDetails(name=officer.name),
            identity=identity_index(keyring, officer.staff_number),
            link_hash=token_hash(tokens[role]),
        )
        people.append(invited)
    personal = PersonalData.open(settings, keyring)
    roles = database.write_now(_begin, personal, (organisation, registry), people, now=now)
    return {role: tokens[role] for role in roles}


def _begin(
    connection: Connection,
    personal: PersonalData,
    organisations: Sequence[Organisation],
    people: Sequence[_Invited],
    *,
    now: datetime,
) -> tuple[Role, ...]:
    missing = tuple(person for person in people if not _is_filled(connection, person.role))
    if not missing:
        raise ConflictError("There are officers already, who invite everybody else.")
    for organisation in organisations:
        add_organisation(connection, organisation, actor=OPERATOR, now=now)
    for person in missing:
        _invite(connection, personal, person, now=now)
    return tuple(person.role for person in missing)


def _is_filled(connection: Connection, role: Role) -> bool:
    known = people_store.accounts_of(connection, [role.value], None)
    return any(account.password_hash != NO_PASSWORD for account in known)


def _invite(connection: Connection, personal: PersonalData, person: _Invited, *, now: datetime) -> None:
    standing = store.account_or_none(connection, person.username)
    if standing is not None and standing.role != person.role.value:
        raise ConflictError("Somebody has this name for signing in already.")
    for earlier in people_store.accounts_of(connection, [person.role.value], None):
        people_store.forget_invitations(connection, earlier.username)
        people_store.forget_identity(connection, earlier.username)
    if people_store.accounts_of_identity(connection, person.identity):
        raise ConflictError("The first two officers are two people.")
    owner = owner_of(personal, person.username, person.details)
    account = Account(
        username=person.username,
        password_hash=NO_PASSWORD,
        role=person.role.value,
        organisation_id=AUTHORITY_ID,
        owner=owner,
        details=seal_details(connection, personal, owner, person.username, person.details),
        active=True,
    )
    store.put_account(connection, account)
    people_store.put_identity(connection, person.username, person.identity)
    people_store.put_invitation(connection, person.link_hash, person.username, now + INVITATION_LIFETIME)
    act = Act(actor=OPERATOR, reason=f"role {account.role}", at=now)
    account_for(connection, "account.invite", person.username, act)
