"""The accounts of staff: administrators for those of their own organisation, the registrar for all.

A new account has no password: it gets a link that works once, by which its owner sets one. Nobody acts
on their own account here, and no officer alone on another officer's (``trust_registry.officer_accounts``).
The staff-identity number is kept only as a keyed hash.
"""

import hmac
import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from runtime.auth import STAFF, Principal, Role
from runtime.entropy import random_token
from runtime.i18n import gettext_noop
from runtime.keyring import Keyring
from runtime.personal_data import PersonalData
from runtime.service import ServiceContext
from trust_registry import people_store, provider_store, store
from trust_registry.account_details import AccountDetails, owner_of, seal_details, with_details
from trust_registry.accounting import account_for
from trust_registry.accounts import hash_password, require_username
from trust_registry.life import Act
from trust_registry.model import Account
from trust_registry.registry_keys import registry_secret
from trust_registry.sessions import token_hash
from trust_registry.store import Connection
from vc.errors import ConflictError, MalformedValue, NotAuthorized, NotFound

INVITATION_LIFETIME: Final = timedelta(days=7)
INVITATION_TOKEN_BITS: Final = 256
# Wrong codes after which an invitation is closed.
MAX_CODES: Final = 5
# Whom an administrator looks after in the own organisation.
_UNDER: Final = {
    Role.CENTRE_ADMIN: frozenset({Role.CLERK, Role.CENTRE_APPROVER}),
    Role.VERIFIER_ADMIN: frozenset({Role.VERIFIER_MEMBER}),
}
MANAGERS: Final = (Role.REGISTRAR, *_UNDER)
"""Those who look after accounts of others."""
OFFICERS: Final = frozenset(
    {
        Role.REGISTRAR,
        Role.SECOND_OFFICER,
        Role.FRAUD_OFFICER,
        Role.AUDITOR,
        Role.OBSERVER,
        Role.OPERATOR,
        Role.PROTECTION_OFFICER,
        Role.ASSISTED_OFFICER,
        Role.HEALTH_CLERK,
    }
)
"""Those whose accounts take two officers to make or to change."""
# What Argon2 never makes, so no password is this one.
NO_PASSWORD: Final = "!"  # noqa: S105
_NUMBER: Final = re.compile(r"[A-Z0-9]{4,30}")
_MAX_NAME: Final = 200
# OpenID Connect Core section 2.
_MAX_SUBJECT: Final = 255


@dataclass(frozen=True, kw_only=True, slots=True)
class NewStaff:
    """Somebody to be invited. ``organisation_id`` counts only where the registrar invites.

    ``provider_subject`` is what the identity provider calls the person, where the account is to be linked.
    """

    username: str
    name: str
    role: Role
    organisation_id: str | None
    provider_subject: str | None = None


def manageable_roles(principal: Principal) -> frozenset[Role]:
    """The roles whose accounts ``principal`` looks after."""
    if principal.role is Role.REGISTRAR:
        return STAFF
    return _UNDER.get(principal.role, frozenset())


def organisation_limit(principal: Principal) -> str | None:
    """The one organisation whose accounts ``principal`` looks after; None for the registrar: all."""
    if principal.role is Role.REGISTRAR:
        return None
    if principal.organisation_id is None:
        raise NotAuthorized("This account belongs to no organisation.")
    return principal.organisation_id


async def managed_accounts(
    context: ServiceContext, principal: Principal
) -> tuple[tuple[Account, AccountDetails], ...]:
    """The accounts ``principal`` looks after, and who they are for."""
    roles = [role.value for role in manageable_roles(principal)]
    limit = organisation_limit(principal)
    return await context.database.read(_with_details, context.personal, roles, limit)


def _with_details(
    connection: Connection, personal: PersonalData, roles: Collection[str], organisation_id: str | None
) -> tuple[tuple[Account, AccountDetails], ...]:
    return with_details(connection, personal, people_store.accounts_of(connection, roles, organisation_id))


async def invite(context: ServiceContext, principal: Principal, new: NewStaff) -> str:
    """Make an account and an invitation; returns the invitation's token.

    Raises ``MalformedValue`` for a name or role that cannot be, ``NotAuthorized`` for an officer's,
    ``ConflictError`` for a username that is taken, ``NotFound`` for an organisation there is not.
    """
    new = require_new(principal, new)
    _require_no_officer(new.role)
    token = random_token(INVITATION_TOKEN_BITS)
    expires = context.clock.now() + INVITATION_LIFETIME
    await context.database.write(
        _add,
        context.personal,
        new,
        token_hash(token),
        link=_link_of(context, new),
        expires=expires,
        act=_act(context, principal),
    )
    return token


def require_new(principal: Principal, new: NewStaff) -> NewStaff:
    """``new`` as ``principal`` may invite them, in the own organisation. Raises ``MalformedValue``."""
    require_username(new.username)
    if not 0 < len(new.name) <= _MAX_NAME:
        raise MalformedValue(gettext_noop("Give the person's name."))
    if new.role not in manageable_roles(principal):
        raise MalformedValue(gettext_noop("Choose a role that you may give."))
    if new.role in OFFICERS and new.provider_subject is not None:
        # Whoever wrote it could name themselves, and sign in as the officer they only proposed.
        raise MalformedValue(gettext_noop("An officer links the account with the other sign-in service."))
    return replace(new, organisation_id=organisation_limit(principal) or new.organisation_id)


def _link_of(context: ServiceContext, new: NewStaff) -> str | None:
    if new.provider_subject is None or context.settings.oidc_issuer is None:
        return None
    if len(new.provider_subject) > _MAX_SUBJECT:
        raise MalformedValue(gettext_noop("The provider's name for a person has at most 255 characters."))
    return subject_index(context, new.provider_subject)


def _add(
    connection: Connection,
    personal: PersonalData,
    new: NewStaff,
    hashed: str,
    *,
    link: str | None,
    expires: datetime,
    act: Act,
) -> None:
    store.put_account(connection, new_account(connection, personal, new))
    people_store.put_invitation(connection, hashed, new.username, expires)
    if link is not None and not provider_store.insert_link(connection, link, new.username, act.at):
        raise ConflictError(gettext_noop("Another account is linked with this person already."))
    role = f"role {new.role.value}"
    reason = role if link is None else f"{role}, linked with the identity provider"
    account_for(connection, "account.invite", new.username, replace(act, reason=reason))


def new_account(
    connection: Connection, personal: PersonalData, new: NewStaff, *, active: bool = True
) -> Account:
    """An account without a password for ``new``. Raises ``ConflictError`` and ``NotFound`` as ``invite``."""
    if store.account_or_none(connection, new.username) is not None:
        raise ConflictError(gettext_noop("Somebody has this name for signing in already."))
    organisation_id = new.organisation_id
    if organisation_id is None or store.organisation_or_none(connection, organisation_id) is None:
        raise NotFound("There is no such organisation.")
    details = AccountDetails(name=new.name)
    owner = owner_of(personal, new.username, details)
    return Account(
        username=new.username,
        password_hash=NO_PASSWORD,
        role=new.role.value,
        organisation_id=organisation_id,
        owner=owner,
        details=seal_details(connection, personal, owner, new.username, details),
        active=active,
    )


async def invite_again(context: ServiceContext, principal: Principal, username: str) -> str:
    """A fresh link for an account that lost its password, or was switched off. See ``invite``.

    Its staff number must be verified anew: whoever gave the link may have kept it.
    """
    account = await _managed_alone(context, principal, username)
    token = random_token(INVITATION_TOKEN_BITS)
    expires = context.clock.now() + INVITATION_LIFETIME
    await context.database.write(
        _invite_again,
        token_hash(token),
        account.username,
        expires=expires,
        act=_act(context, principal),
    )
    return token


def _invite_again(connection: Connection, hashed: str, username: str, *, expires: datetime, act: Act) -> None:
    people_store.forget_identity(connection, username)
    people_store.put_invitation(connection, hashed, username, expires)
    account_for(connection, "account.invite", username, act)


async def switch_off(context: ServiceContext, principal: Principal, username: str) -> None:
    """Let an account in no more: its sessions and its invitation end with it. One officer alone may."""
    account = await managed(context, principal, username)
    await context.database.write(_switch_off, replace(account, active=False), act=_act(context, principal))


def _switch_off(connection: Connection, account: Account, *, act: Act) -> None:
    store.put_account(connection, account)
    people_store.forget_invitations(connection, account.username)
    account_for(connection, "account.switch-off", account.username, act)


async def unlink_provider(context: ServiceContext, principal: Principal, username: str) -> None:
    """Take the identity provider's link from an account; its sessions end. See ``provider_store``.

    Raises ``NotFound`` where the account is not linked.
    """
    account = await managed(context, principal, username)
    await context.database.write(unlink, account.username, act=_act(context, principal))


def unlink(connection: Connection, username: str, *, act: Act) -> None:
    """Unlink an account, end its sessions and account for it. Raises ``NotFound``."""
    if not provider_store.delete_link(connection, username):
        raise NotFound("This account is not linked.")
    people_store.revoke_sessions_of(connection, username, act.at)
    account_for(connection, "provider.unlink", username, act)


async def reset_factors(context: ServiceContext, principal: Principal, username: str) -> None:
    """Take the second factors of somebody who lost them; every session of theirs ends."""
    account = await _managed_alone(context, principal, username)
    await context.database.write(_reset, account.username, act=_act(context, principal))


def _reset(connection: Connection, username: str, *, act: Act) -> None:
    people_store.forget_factors(connection, username)
    people_store.revoke_sessions_of(connection, username, act.at)
    account_for(connection, "account.reset-second-step", username, act)


def identity_index(keyring: Keyring, number: str) -> str:
    """The blind index of a staff-identity number, however it is spaced. Raises ``MalformedValue``."""
    plain = re.sub(r"[\s.-]", "", number).upper()
    if not _NUMBER.fullmatch(plain):
        raise MalformedValue(gettext_noop("This is no staff number."))
    return hmac.digest(registry_secret(keyring, "staff numbers"), plain.encode(), "sha256").hex()


def invitation_link(context: ServiceContext, token: str) -> str:
    """Where whoever is invited sets a password."""
    return f"{context.settings.base_url}/account/invitation/{token}"


def subject_index(context: ServiceContext, subject: str) -> str:
    """What is kept of the identity provider's name for a person: the same for ever, and no name."""
    key = registry_secret(context.keyring, "identity provider subjects")
    return hmac.digest(key, f"{context.settings.oidc_issuer}\x1f{subject}".encode(), "sha256").hex()


class Acceptance(StrEnum):
    """What came of an attempt to take up an invitation."""

    DONE = "done"
    NO_LONGER_GOOD = "no longer good"
    WRONG_CODE = "wrong code"


async def accept(context: ServiceContext, token: str, password: str, code_hash: str | None) -> Acceptance:
    """Set the password of whoever was invited; ``code_hash`` is of the code that was told beside the link.

    Raises ``MalformedValue`` for a password that cannot be one, which uses nothing up. ``MAX_CODES``
    wrong codes close the invitation.
    """
    hashed = await hash_password(password)
    return await context.database.write(
        _accept, token_hash(token), hashed, code_hash, now=context.clock.now()
    )


def _accept(
    connection: Connection, hashed_token: str, password_hash: str, code_hash: str | None, *, now: datetime
) -> Acceptance:
    invited = people_store.invitation_or_none(connection, hashed_token, now)
    account = None if invited is None else store.account_or_none(connection, invited.username)
    if invited is None or account is None:
        return Acceptance.NO_LONGER_GOOD
    if invited.code_hash is not None and not hmac.compare_digest(invited.code_hash, code_hash or ""):
        # Counted by returning: an error raised here would undo the counting.
        people_store.count_wrong_code(connection, account.username)
        if invited.tries + 1 >= MAX_CODES:
            people_store.forget_invitations(connection, account.username)
        return Acceptance.WRONG_CODE
    store.put_account(connection, replace(account, password_hash=password_hash, active=True))
    people_store.forget_invitations(connection, account.username)
    accepted = Act(actor=account.username, reason="", at=now)
    account_for(connection, "account.accept", account.username, accepted)
    return Acceptance.DONE


def _act(context: ServiceContext, principal: Principal) -> Act:
    return Act(actor=principal.subject, reason="", at=context.clock.now())


async def managed(context: ServiceContext, principal: Principal, username: str) -> Account:
    """An account ``principal`` looks after. ``NotFound`` for any other, ``NotAuthorized`` for one's own."""
    account = await context.database.read(store.account_or_none, username)
    limit = organisation_limit(principal)
    if account is None or Role(account.role) not in manageable_roles(principal):
        raise NotFound("There is no such account.")
    if limit is not None and account.organisation_id != limit:
        raise NotFound("There is no such account.")
    if account.username == principal.subject:
        raise NotAuthorized("Another person does this for your account.")
    return account


async def _managed_alone(context: ServiceContext, principal: Principal, username: str) -> Account:
    """As ``managed``; ``NotAuthorized`` for the account of an officer."""
    account = await managed(context, principal, username)
    _require_no_officer(Role(account.role))
    return account


def _require_no_officer(role: Role) -> None:
    if role in OFFICERS:
        raise NotAuthorized("A second officer must agree to this.")
