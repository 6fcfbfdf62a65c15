"""How a deployment begins: its authority, and the first registrar, whom nobody could invite."""

from datetime import datetime

from runtime.audit_log import Entry, record
from runtime.auth import Role
from runtime.database import Database
from runtime.entropy import random_token
from runtime.personal_data import PersonalData
from runtime.settings import Settings
from trust_registry import people_store, store
from trust_registry.account_details import AccountDetails, owner_of, seal_details
from trust_registry.accounts import require_username
from trust_registry.model import Account, Organisation, OrganisationKind
from trust_registry.service import AUTHORITY_ID, OPERATOR, add_organisation, make_organisation
from trust_registry.sessions import token_hash
from trust_registry.staff import INVITATION_LIFETIME, INVITATION_TOKEN_BITS, NO_PASSWORD
from trust_registry.store import Connection
from vc.errors import ConflictError


def begin_deployment(
    database: Database,
    settings: Settings,
    personal: PersonalData,
    *,
    authority: tuple[str, str],
    registrar: tuple[str, str],
    now: datetime,
) -> str:
    """Register the authority (names in English and Khmer) and invite its first registrar (username, name).

    Returns the invitation's token; until it is used, doing it again makes a fresh one. Raises
    ``MalformedValue`` for names that cannot be, ``ConflictError`` where there is a registrar.
    """
    name_en, name_km = authority
    organisation = make_organisation(
        settings,
        organisation_id=AUTHORITY_ID,
        kind=OrganisationKind.AUTHORITY,
        name_en=name_en,
        name_km=name_km,
    )
    require_username(registrar[0])
    token = random_token(INVITATION_TOKEN_BITS)
    database.write_now(_begin, personal, organisation, registrar, token_hash(token), now=now)
    return token


def _begin(
    connection: Connection,
    personal: PersonalData,
    organisation: Organisation,
    registrar: tuple[str, str],
    hashed: str,
    *,
    now: datetime,
) -> None:
    username, details = registrar[0], AccountDetails(name=registrar[1])
    owner = owner_of(personal, username, details)
    registrars = people_store.accounts_of(connection, [Role.REGISTRAR.value], None)
    if any(known.password_hash != NO_PASSWORD for known in registrars):
        raise ConflictError("There is a registrar already, who invites everybody else.")
    standing = store.account_or_none(connection, username)
    if standing is not None and standing.role != Role.REGISTRAR.value:
        raise ConflictError("Somebody has this name for signing in already.")
    add_organisation(connection, organisation, actor=OPERATOR, now=now)
    for known in registrars:
        people_store.forget_invitations(connection, known.username)
    account = Account(
        username=username,
        password_hash=NO_PASSWORD,
        role=Role.REGISTRAR.value,
        organisation_id=AUTHORITY_ID,
        owner=owner,
        details=seal_details(connection, personal, owner, username, details),
        active=True,
    )
    store.put_account(connection, account)
    people_store.put_invitation(connection, hashed, username, now + INVITATION_LIFETIME)
    record(connection, Entry(actor=OPERATOR, act="registrar.invite", object=username), now=now)
