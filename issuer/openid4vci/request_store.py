"""Pushed authorization requests, and the codes that answer them; each function is part of one transaction."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, insert, select, update

from issuer.openid4vci.grant_store import (
    WALLET,
    Connection,
    Grant,
    NewToken,
    add_grant,
    add_token,
    end_grant,
    grant_of,
)
from issuer.openid4vci.tables import openid_code, openid_request
from runtime.audit_log import Entry, record
from vc.encoding.timestamps import format_timestamp, parse_timestamp
from vc.errors import ConflictError


@dataclass(frozen=True, kw_only=True, slots=True)
class PushedRequest:
    """An authorization request (RFC 9126). ``wanted`` are ids of credential configurations.

    ``by_details`` is whether they were asked for as authorization details; ``thumbprint`` of the key that
    the code is bound to, None for none.
    """

    digest: str
    client_id: str
    redirect_uri: str
    state: str | None
    code_challenge: str
    wanted: tuple[str, ...]
    by_details: bool
    thumbprint: str | None
    expires: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredCode:
    """An authorization code as it was given."""

    redirect_uri: str
    code_challenge: str
    by_details: bool
    thumbprint: str | None


def push(connection: Connection, request: PushedRequest) -> None:
    """Keep a request until it is answered."""
    connection.execute(
        insert(openid_request).values(
            request_digest=request.digest,
            client_id=request.client_id,
            redirect_uri=request.redirect_uri,
            state=request.state,
            code_challenge=request.code_challenge,
            wanted=list(request.wanted),
            by_details=request.by_details,
            thumbprint=request.thumbprint,
            answered=False,
            expires=format_timestamp(request.expires),
        )
    )


def pushed(connection: Connection, digest: str, client_id: str, now: datetime) -> PushedRequest | None:
    """The request of this client that waits for an answer, while its time lasts."""
    query = select(openid_request).where(
        openid_request.c.request_digest == digest,
        openid_request.c.client_id == client_id,
        openid_request.c.answered.is_(False),
        openid_request.c.expires > format_timestamp(now),
    )
    row = connection.execute(query).mappings().first()
    if row is None:
        return None
    return PushedRequest(
        digest=row["request_digest"],
        client_id=row["client_id"],
        redirect_uri=row["redirect_uri"],
        state=row["state"],
        code_challenge=row["code_challenge"],
        wanted=tuple(row["wanted"]),
        by_details=row["by_details"],
        thumbprint=row["thumbprint"],
        expires=parse_timestamp(row["expires"]),
    )


def agree(
    connection: Connection,
    request: PushedRequest,
    grant: Grant,
    code_digest: str,
    *,
    actor: str,
    expires: datetime,
    now: datetime,
) -> None:
    """Answer a request with a code, once. Raises ``ConflictError`` where it was answered meanwhile."""
    _answer(connection, request)
    add_grant(connection, grant)
    connection.execute(
        insert(openid_code).values(
            code_digest=code_digest,
            grant_id=grant.grant_id,
            redirect_uri=request.redirect_uri,
            code_challenge=request.code_challenge,
            by_details=request.by_details,
            thumbprint=request.thumbprint,
            used=False,
            expires=format_timestamp(expires),
        )
    )
    record(connection, Entry(actor=actor, act="grant.agree", object=grant.grant_id), now=now)


def decline(connection: Connection, request: PushedRequest, *, actor: str, now: datetime) -> None:
    """Answer a request with no. Raises as ``agree``."""
    _answer(connection, request)
    record(connection, Entry(actor=actor, act="grant.decline", object=request.digest[:40]), now=now)


def redeem_code(
    connection: Connection,
    code_digest: str,
    client_id: str,
    holds: Callable[[StoredCode], bool],
    token: NewToken,
    *,
    now: datetime,
) -> tuple[Grant, StoredCode] | None:
    """Take a code once, for an access token where it is this client's and ``holds``; None where not.

    A code that comes again is in more hands than one: what came of it ends (RFC 6749 section 4.1.2).
    """
    query = select(openid_code).where(openid_code.c.code_digest == code_digest)
    row = connection.execute(query).mappings().first()
    if row is None:
        return None
    unused = update(openid_code).where(
        openid_code.c.code_digest == code_digest, openid_code.c.used.is_(False)
    )
    if connection.execute(unused.values(used=True)).rowcount != 1:
        end_grant(connection, row["grant_id"], now=now)
        return None
    code = StoredCode(
        redirect_uri=row["redirect_uri"],
        code_challenge=row["code_challenge"],
        by_details=row["by_details"],
        thumbprint=row["thumbprint"],
    )
    grant = grant_of(connection, row["grant_id"])
    if row["expires"] <= format_timestamp(now) or grant.client_id != client_id or not holds(code):
        return None
    add_token(connection, row["grant_id"], token)
    record(connection, Entry(actor=WALLET, act="grant.redeem", object=row["grant_id"]), now=now)
    return grant, code


def sweep_requests(connection: Connection, now: datetime) -> None:
    """Delete requests whose time is over."""
    connection.execute(delete(openid_request).where(openid_request.c.expires <= format_timestamp(now)))


def _answer(connection: Connection, request: PushedRequest) -> None:
    waiting = update(openid_request).where(
        openid_request.c.request_digest == request.digest, openid_request.c.answered.is_(False)
    )
    if connection.execute(waiting.values(answered=True)).rowcount != 1:
        raise ConflictError("This request was answered already.")
