"""The door of one credential: its holder goes in; who else tries is refused, and the holder reads it."""

from typing import Annotated

from fastapi import Depends
from starlette.requests import Request

from runtime.audit_log import Entry, record
from runtime.auth import Principal, Role, require_person
from runtime.service import ServiceContext, context_of
from vc.errors import NotAuthorized
from wallet_api import access_log, store
from wallet_api.access_log import AccessEntry, AccessKind
from wallet_api.routes import wallet_of
from wallet_api.store import Connection


async def require_holder(
    request: Request, credential_id: str, principal: Annotated[Principal, Depends(require_person)]
) -> Principal:
    """FastAPI dependency: whoever holds the credential of the path, and may see it in this session.

    Raises ``NotFound`` for a credential of somebody else, or beyond a limited view; ``NotAuthorized`` for
    every role but the holder's, after writing the try into the holder's log.
    """
    if principal.role is not Role.RETURNEE:
        context = context_of(request)
        await context.database.write(_note_try, context, credential_id, principal)
        raise NotAuthorized("Only its holder sees this. The holder is shown that you tried.")
    await wallet_of(request).visible(principal, credential_id)
    return principal


def _note_try(
    connection: Connection, context: ServiceContext, credential_id: str, principal: Principal
) -> None:
    found = store.credential_or_none(connection, credential_id)
    if found is None:
        return
    now = context.clock.now()
    entry = AccessEntry(kind=AccessKind.TRIED, by=principal.role.value, at=now)
    access_log.add(context.personal, connection, found.holder_index, entry)
    record(connection, Entry(actor=principal.subject, act="credential.refuse", object=credential_id), now=now)


Holder = Annotated[Principal, Depends(require_holder)]
