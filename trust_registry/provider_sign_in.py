"""Signing in through an identity provider, and linking accounts with it.

The provider says who somebody is; which account that is was settled before, by an administrator's
invitation or by the person, signed in. Nobody gets an account by coming from there.
"""

import hmac
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from runtime.auth import STAFF, Role, safe_next_path
from runtime.logging import get_logger
from runtime.service import ServiceContext
from trust_registry import oidc_client, people_store, provider_store, sessions, store
from trust_registry.accounting import account_for
from trust_registry.life import Act
from trust_registry.model import Account
from trust_registry.oidc import (
    Attempt,
    WrongAnswer,
    authorization_url,
    is_answer_to,
    require_issuer,
    text_claim,
)
from trust_registry.people_store import Stage
from trust_registry.provider_store import StoredAttempt
from trust_registry.second_factor import stage_after_password
from trust_registry.sessions import token_hash
from trust_registry.staff import NO_PASSWORD, identity_index, subject_index, unlink
from trust_registry.store import Connection
from vc.encoding.strict_json import JsonObject
from vc.errors import ConflictError, MalformedValue, NotAuthorized

ATTEMPT_LIFETIME: Final = timedelta(minutes=10)
_MAX_CODE: Final = 4_096

_log = get_logger("identity provider")


class AttemptOver(ConflictError):
    """The answer belongs to no attempt of this browser that is still open."""


class NotLinked(NotAuthorized):
    """The provider means somebody who has no account here that may be used this way."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What came back through the browser (RFC 6749 section 4.1.2, RFC 9207 section 2)."""

    state: str
    code: str | None
    error: str | None
    iss: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class SignedIn:
    """A session that was begun, and what comes after it."""

    account: Account
    token: str
    stage: Stage
    wanted: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Linked:
    """An account that was linked; ``name`` is what the provider calls the person, to be shown once."""

    account: Account
    name: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class _Claimed:
    subject_index: str
    identity: str | None
    name: str | None
    has_second_factor: bool


async def begin_sign_in(context: ServiceContext, wanted: str) -> tuple[Attempt, str]:
    """An attempt, and where to send its browser. Raises as ``oidc_client.discover``."""
    return await _begin(context, username=None, session_hash=None, wanted=wanted)


async def begin_linking(context: ServiceContext, account: Account, session: str) -> tuple[Attempt, str]:
    """As ``begin_sign_in``, to link ``account`` for whoever holds ``session`` now."""
    return await _begin(context, username=account.username, session_hash=token_hash(session), wanted="")


async def _begin(
    context: ServiceContext, *, username: str | None, session_hash: str | None, wanted: str
) -> tuple[Attempt, str]:
    provider, settings = await oidc_client.discover(context), context.settings
    attempt, now = oidc_client.new_attempt(), context.clock.now()
    entry = StoredAttempt(
        token_hash=token_hash(attempt.token),
        username=username,
        session_hash=session_hash,
        wanted=safe_next_path(wanted, default=""),
        expires=now + ATTEMPT_LIFETIME,
    )
    await context.database.write(provider_store.insert_attempt, entry, now)
    return attempt, authorization_url(
        provider,
        attempt,
        client_id=oidc_client.client_id(settings),
        redirect_uri=oidc_client.redirect_uri(settings),
        scope=settings.oidc_scope,
        acr_values=settings.oidc_second_factor_acr,
    )


async def finish(context: ServiceContext, attempt: Attempt | None, answer: Answer) -> SignedIn | Linked:
    """Believe an answer, or say why not; either way the attempt is over.

    Raises ``AttemptOver``, ``NotLinked``, ``ProviderRefused``, ``ProviderUnreachable``, ``WrongAnswer``.
    """
    # Compared before anything is used up: another site's answer must not end somebody's attempt.
    if attempt is None or not is_answer_to(attempt, answer.state):
        raise AttemptOver("The answer belongs to no attempt of this browser.")
    now = context.clock.now()
    stored = await context.database.write(provider_store.take_attempt, token_hash(attempt.token), now)
    if stored is None:
        raise AttemptOver("The attempt is over.")
    try:
        claimed = await _ask(context, attempt, answer)
    except WrongAnswer as error:
        _log.warning("the identity provider's answer is not believed", reason=str(error))
        raise
    if stored.username is None:
        return await _sign_in(context, claimed, stored.wanted)
    return await _link(context, claimed, stored)


async def _ask(context: ServiceContext, attempt: Attempt, answer: Answer) -> _Claimed:
    provider = await oidc_client.discover(context)
    require_issuer(provider, answer.iss)
    if answer.error is not None:
        raise oidc_client.ProviderRefused("The provider refused.")
    if answer.code is None or not 0 < len(answer.code) <= _MAX_CODE:
        raise WrongAnswer("The answer has no code.")
    claims = await oidc_client.claims_for(context, provider, attempt, answer.code)
    return _claimed(context, claims)


def _claimed(context: ServiceContext, claims: JsonObject) -> _Claimed:
    settings = context.settings
    subject = text_claim(claims, settings.oidc_subject_claim)
    if subject is None:
        raise WrongAnswer("The ID token names nobody.")
    number = None
    if settings.oidc_staff_number_claim is not None:
        number = text_claim(claims, settings.oidc_staff_number_claim)
    try:
        identity = None if number is None else identity_index(context.keyring, number)
    except MalformedValue:
        raise WrongAnswer("The staff number in the ID token is none.") from None
    return _Claimed(
        subject_index=subject_index(context, subject),
        identity=identity,
        name=text_claim(claims, settings.oidc_name_claim),
        has_second_factor=text_claim(claims, "acr") in settings.oidc_second_factor_acr,
    )


async def _sign_in(context: ServiceContext, claimed: _Claimed, wanted: str) -> SignedIn:
    account, identity = await context.database.read(_account_of, claimed.subject_index)
    if account is None:
        raise NotLinked("No account is linked with whom the provider means.")
    _require_same_person(context, claimed, identity)
    stage = Stage.FULL if claimed.has_second_factor else await stage_after_password(context, account)
    token = await sessions.begin(context, account, stage=stage, act="provider.sign-in")
    return SignedIn(account=account, token=token, stage=stage, wanted=wanted)


def _account_of(connection: Connection, index: str) -> tuple[Account | None, str | None]:
    username = provider_store.linked_account_or_none(connection, index)
    account = None if username is None else store.account_or_none(connection, username)
    if account is None or not _is_usable(account):
        return None, None
    return account, people_store.identity_or_none(connection, account.username)


def _is_usable(account: Account) -> bool:
    """Whether the account is in use: an invitation is accepted before anybody comes from the provider."""
    return account.active and account.password_hash != NO_PASSWORD and Role(account.role) in STAFF


def _require_same_person(context: ServiceContext, claimed: _Claimed, identity: str | None) -> None:
    """A verified staff number here and another one there are two people."""
    if context.settings.oidc_staff_number_claim is None or identity is None:
        return
    if claimed.identity is None or not hmac.compare_digest(claimed.identity, identity):
        raise NotLinked("The provider names another staff number.")


async def _link(context: ServiceContext, claimed: _Claimed, stored: StoredAttempt) -> Linked:
    """The session that asked must still be the account's: the browser's own cookie does not come along."""
    now = context.clock.now()
    found = await context.database.read(sessions.live_session_or_none, stored.session_hash or "", now=now)
    if found is None or found[0].stage is not Stage.FULL or found[1].username != stored.username:
        raise AttemptOver("Whoever asked is no longer signed in.")
    account, identity = found[1], found[2]
    _require_same_person(context, claimed, identity)
    act = Act(actor=account.username, reason="", at=now)
    await context.database.write(_add_link, claimed.subject_index, account.username, act)
    return Linked(account=account, name=claimed.name)


def _add_link(connection: Connection, index: str, username: str, act: Act) -> None:
    if not provider_store.insert_link(connection, index, username, act.at):
        raise NotLinked("The account, or whom the provider means, is linked already.")
    account_for(connection, "provider.link", username, act)


async def unlink_own(context: ServiceContext, username: str) -> None:
    """As ``staff.unlink``, for one's own account."""
    act = Act(actor=username, reason="", at=context.clock.now())
    await context.database.write(unlink, username, act=act)
