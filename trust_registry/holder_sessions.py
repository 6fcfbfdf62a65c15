"""Sessions that the wallet begins for a holder whose phone and PIN were right, and ends again.

A holder who has an account signs in to it; for whoever has none, one is made that no password opens.
"""

from dataclasses import replace
from datetime import timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from runtime.audit_log import Entry, record
from runtime.auth import SESSION_LIFETIME, Principal, Role, require_service
from runtime.entropy import random_token
from runtime.person_requests import RldNumber
from runtime.service import ServiceContext, context_of
from trust_registry import people_store, store
from trust_registry.account_details import AccountDetails, seal_details
from trust_registry.holder_views import seal_view
from trust_registry.model import Account
from trust_registry.people_store import Session, Stage
from trust_registry.sessions import stamp_of, token_hash
from trust_registry.store import Connection
from vc.errors import NotAuthorized

KIOSK_LIFETIME: Final = timedelta(minutes=10)
_TOKEN_BITS: Final = 256
_NAME_BITS: Final = 80
# What argon2 never writes, so that no password is right.
_NO_PASSWORD: Final = "!"  # noqa: S105
_ACTOR: Final = "wallet_api"

router = APIRouter(prefix="/trust/api/holder-sessions")
_Wallet = Annotated[Principal, Depends(require_service("wallet_api"))]
_Token = Annotated[str, Field(min_length=52, max_length=52)]


class HolderSession(BaseModel):
    """A session for whoever has this number. ``name`` is how pages call somebody without an account.

    ``is_limited``: it shows only what the holder chose for when they are forced. ``is_kiosk``: it is on a
    machine that others use, and lasts ten minutes. ``replaces`` is the session of that browser till now.
    """

    model_config = ConfigDict(extra="forbid", strict=True)

    rld_number: RldNumber
    name: Annotated[str, Field(min_length=1, max_length=200)]
    is_limited: bool
    is_kiosk: bool = False
    replaces: _Token | None = None


class EndedSession(BaseModel):
    """One session that ends."""

    model_config = ConfigDict(extra="forbid", strict=True)

    session: _Token


class EndedHolder(BaseModel):
    """Whose sessions all end."""

    model_config = ConfigDict(extra="forbid", strict=True)

    rld_number: RldNumber


@router.post("")
async def begin(request: Request, body: HolderSession, _: _Wallet) -> Response:
    """A session for a holder: 201 with the token for the cookie. 403 where their account is switched off."""
    token = random_token(_TOKEN_BITS)
    await context_of(request).database.write(_begin, context_of(request), body, token)
    return JSONResponse({"session": token}, status_code=201)


@router.post("/end")
async def end(request: Request, body: EndedSession, _: _Wallet) -> dict[str, bool]:
    """End one session; one that is nobody's changes nothing."""
    context = context_of(request)
    await context.database.write(people_store.revoke_session, token_hash(body.session), context.clock.now())
    return {"ended": True}


@router.post("/end-all")
async def end_all(request: Request, body: EndedHolder, _: _Wallet) -> dict[str, bool]:
    """End every session of a person, also those that a password began."""
    context = context_of(request)
    await context.database.write(_end_all, context, context.personal.person(body.rld_number))
    return {"ended": True}


def _begin(connection: Connection, context: ServiceContext, body: HolderSession, token: str) -> None:
    now, hashed = context.clock.now(), token_hash(token)
    account = _account(connection, context, body)
    if not account.active:
        raise NotAuthorized("This account is switched off.")
    if body.replaces is not None:
        people_store.revoke_session(connection, token_hash(body.replaces), now)
    view = seal_view(
        connection,
        context.personal,
        account.owner,
        hashed,
        is_limited=body.is_limited,
        is_kiosk=body.is_kiosk,
    )
    entry = Session(
        token_hash=hashed,
        username=account.username,
        stamp=stamp_of(account),
        stage=Stage.FULL,
        created=now,
        last_seen=now,
        expires=now + (KIOSK_LIFETIME if body.is_kiosk else SESSION_LIFETIME),
        view=view,
    )
    people_store.insert_session(connection, entry)
    record(connection, Entry(actor=_ACTOR, act="session.begin", object=account.username), now=now)


def _account(connection: Connection, context: ServiceContext, body: HolderSession) -> Account:
    owner = context.personal.person(body.rld_number)
    found = [
        account
        for account in people_store.accounts_of_owner(connection, owner)
        if account.role == Role.RETURNEE.value
    ]
    if found:
        return next((account for account in found if account.active), found[0])
    # Behind the names of the demo, which are listed in order.
    username = f"wallet-{random_token(_NAME_BITS).lower()}"
    account = Account(
        username=username,
        password_hash=_NO_PASSWORD,
        role=Role.RETURNEE.value,
        organisation_id=None,
        owner=owner,
        details=b"",
        active=True,
    )
    details = AccountDetails(name=body.name, rld_number=body.rld_number)
    sealed = seal_details(connection, context.personal, owner, username, details)
    store.put_account(connection, replace(account, details=sealed))
    return replace(account, details=sealed)


def _end_all(connection: Connection, context: ServiceContext, owner: str) -> None:
    now = context.clock.now()
    for account in people_store.accounts_of_owner(connection, owner):
        people_store.revoke_sessions_of(connection, account.username, now)
    record(connection, Entry(actor=_ACTOR, act="session.end-all", object=owner), now=now)
