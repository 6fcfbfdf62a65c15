"""How a deployment begins: its authority, and the first registrar, whom nobody could invite."""

from datetime import datetime

from runtime.audit_log import Entry, record
from runtime.auth import Role
from runtime.database import Database
from runtime.entropy import random_token
from runtime.settings import Settings
from trust_registry import people_store, store
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
    username, name = registrar
    require_username(username)
    account = Account(
        username=username,
        password_hash=NO_PASSWORD,
        name=name,
        role=Role.REGISTRAR.value,
        organisation_id=AUTHORITY_ID,
        rld_number=None,
        active=True,
    )
    token = random_token(INVITATION_TOKEN_BITS)
    database.write_now(_begin, organisation, account, token_hash(token), now=now)
    return token


def _begin(
    connection: Connection, organisation: Organisation, account: Account, hashed: str, *, now: datetime
) -> None:
    registrars = people_store.accounts_of(connection, [Role.REGISTRAR.value], None)
    if any(known.password_hash != NO_PASSWORD for known in registrars):
        raise ConflictError("There is a registrar already, who invites everybody else.")
    standing = store.account_or_none(connection, account.username)
    if standing is not None and standing.role != account.role:
        raise ConflictError("Somebody has this name for signing in already.")
    add_organisation(connection, organisation, actor=OPERATOR, now=now)
    for known in registrars:
        people_store.forget_invitations(connection, known.username)
    store.put_account(connection, account)
    people_store.put_invitation(connection, hashed, account.username, now + INVITATION_LIFETIME)
    record(connection, Entry(actor=OPERATOR, act="registrar.invite", object=account.username), now=now)
