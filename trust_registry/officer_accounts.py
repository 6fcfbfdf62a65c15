"""The accounts of officers, which one officer alone must not be able to make, take over or rename.

One officer proposes and is told a short code; another agrees and is shown the link. Whoever is invited
needs both, so neither officer alone can open the account. Nobody stands on either side of an act on an
account of their own, under whichever name.
"""

import hmac
from typing import Final

from runtime.approvals import Approver, Proposal
from runtime.auth import Principal, Role
from runtime.entropy import random_token
from runtime.i18n import gettext_noop
from runtime.keyring import Keyring
from runtime.personal_data import PersonalData
from runtime.service import ServiceContext
from trust_registry import people_store, store
from trust_registry.accounting import account_for
from trust_registry.life import Act
from trust_registry.model import Account
from trust_registry.registry_keys import registry_secret
from trust_registry.staff import (
    INVITATION_LIFETIME,
    NO_PASSWORD,
    NewStaff,
    identity_index,
    managed,
    new_account,
    require_new,
)
from trust_registry.store import Connection
from trust_registry.two_officers import Agreed, TwoOfficerAct, lay_down, person_of
from vc.encoding.strict_json import JsonObject
from vc.errors import NotAuthorized, NotFound

INVITE: Final = "account.invite"
INVITE_AGAIN: Final = "account.invite-again"
RESET: Final = "account.reset-second-step"
IDENTIFY: Final = "account.identify"

# Eight characters: with few tries, nothing to guess.
_CODE_BITS: Final = 40


async def propose_invitation(
    context: ServiceContext, principal: Principal, new: NewStaff, reason: str
) -> str:
    """Lay the invitation of an officer before another; returns the code for the invited person.

    Raises as ``staff.invite`` and ``lay_down``.
    """
    new = require_new(principal, new)
    code, act = random_token(_CODE_BITS), _act(context, principal, reason)
    payload: JsonObject = {"role": new.role.value, "code": code_hash(context.keyring, new.username, code)}
    await context.database.write(
        _propose_invitation, context.personal, new, payload, act=act, maker=person_of(principal)
    )
    return code


def _propose_invitation(
    connection: Connection,
    personal: PersonalData,
    new: NewStaff,
    payload: JsonObject,
    *,
    act: Act,
    maker: Approver,
) -> None:
    # The name is personal data, so it lies sealed in the account, which nobody can use yet.
    store.put_account(connection, new_account(connection, personal, new, active=False))
    lay_down(connection, INVITE, new.username, payload, act=act, maker=maker)


async def propose_invitation_again(
    context: ServiceContext, principal: Principal, username: str, reason: str
) -> str:
    """Lay a fresh link for an officer before another; returns the code for the invited person."""
    account = await managed(context, principal, username)
    code = random_token(_CODE_BITS)
    payload: JsonObject = {"code": code_hash(context.keyring, account.username, code)}
    act = _act(context, principal, reason)
    await context.database.write(
        lay_down, INVITE_AGAIN, account.username, payload, act=act, maker=person_of(principal)
    )
    return code


async def propose_reset(context: ServiceContext, principal: Principal, username: str, reason: str) -> None:
    """Lay before another officer that the second factors of an officer are taken."""
    account = await managed(context, principal, username)
    act = _act(context, principal, reason)
    await context.database.write(lay_down, RESET, account.username, {}, act=act, maker=person_of(principal))


async def propose_identity(
    context: ServiceContext, principal: Principal, username: str, number: str, reason: str
) -> None:
    """Lay a verified staff number before another officer, for any account; the number is not kept.

    Raises ``MalformedValue``, and ``NotAuthorized`` for all but a registrar.
    """
    if principal.role is not Role.REGISTRAR:
        raise NotAuthorized("Only the registrar verifies staff numbers.")
    account = await managed(context, principal, username)
    payload: JsonObject = {"identity": identity_index(context.keyring, number)}
    act = _act(context, principal, reason)
    await context.database.write(
        lay_down, IDENTIFY, account.username, payload, act=act, maker=person_of(principal)
    )


def code_hash(keyring: Keyring, username: str, code: str) -> str:
    """What is kept of the code of one invitation. Read without case, spaces and look-alikes."""
    plain = "".join(code.split()).replace("-", "").upper().translate(str.maketrans("OIL", "011"))
    secret = registry_secret(keyring, "invitation codes")
    return hmac.digest(secret, f"{username}\x1f{plain}".encode(), "sha256").hex()


def _act(context: ServiceContext, principal: Principal, reason: str) -> Act:
    return Act(actor=principal.subject, reason=reason, at=context.clock.now().replace(microsecond=0))


def _invite(connection: Connection, agreed: Agreed) -> None:
    account = _require_others(connection, agreed)
    expires = agreed.act.at + INVITATION_LIFETIME
    code = str(agreed.proposal.payload["code"])
    people_store.put_invitation(connection, agreed.link_hash, account.username, expires, code)
    account_for(connection, agreed.proposal.act, account.username, agreed.act)


def _drop_invited(connection: Connection, proposal: Proposal) -> None:
    account = store.account_or_none(connection, proposal.object_id)
    if account is not None and account.password_hash == NO_PASSWORD:
        people_store.forget_owner(connection, account.owner)


def _reset(connection: Connection, agreed: Agreed) -> None:
    account = _require_others(connection, agreed)
    people_store.forget_factors(connection, account.username)
    people_store.revoke_sessions_of(connection, account.username, agreed.act.at)
    account_for(connection, RESET, account.username, agreed.act)


def _identify(connection: Connection, agreed: Agreed) -> None:
    index = str(agreed.proposal.payload["identity"])
    account = _require_others(connection, agreed, index)
    people_store.put_identity(connection, account.username, index)
    account_for(connection, IDENTIFY, account.username, agreed.act)


def _require_others(connection: Connection, agreed: Agreed, to_be: str | None = None) -> Account:
    """The account concerned. ``NotAuthorized`` where it is, or becomes, the maker's or the approver's own."""
    account = store.account_or_none(connection, agreed.proposal.object_id)
    if account is None:
        raise NotFound("There is no such account.")
    people = (agreed.proposal.maker, *agreed.proposal.approvers)
    known = {people_store.identity_or_none(connection, account.username), to_be} - {None}
    if any(person.subject == account.username or person.identity in known for person in people):
        raise NotAuthorized(gettext_noop("Another person does this for your account."))
    return account


ACTS: Final = {
    INVITE: TwoOfficerAct(do=_invite, drop=_drop_invited, invites=True),
    INVITE_AGAIN: TwoOfficerAct(do=_invite, invites=True),
    RESET: TwoOfficerAct(do=_reset),
    IDENTIFY: TwoOfficerAct(do=_identify),
}
