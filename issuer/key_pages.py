"""The pages for a centre's signing keys: its administrator sees them, and replaces the one that signs."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from issuer import store
from issuer.key_use import KeyUse
from issuer.pages import render
from issuer.routes import desk_of
from issuer.service.classes import slug_of
from issuer.service.keys import replace_key
from runtime.auth import Principal, Role, require_role

router = APIRouter(include_in_schema=False)
Admin = Annotated[Principal, Depends(require_role(Role.CENTRE_ADMIN))]


@router.get("/issuer/keys")
async def show_keys(request: Request, principal: Admin) -> Response:
    """Every key the centre ever had, newest first."""
    return await _page(request, principal, "issuer/keys.html")


@router.get("/issuer/keys/replace")
async def ask_to_replace(
    request: Request, principal: Admin, use: Annotated[KeyUse, Query()] = KeyUse.DOCUMENTS
) -> Response:
    """What a replacement does, before it is done."""
    database = desk_of(request).context.database
    current = await database.read(store.current_key, slug_of(principal), use)
    return await _page(request, principal, "issuer/replace_key.html", current=current)


@router.post("/issuer/keys/replace")
async def replace(
    request: Request, principal: Admin, key_id: Annotated[str, Form(max_length=80)]
) -> Response:
    """Replace the key that was shown; sent twice, it is done once."""
    context = desk_of(request).context
    await replace_key(context, slug_of(principal), ends=key_id, actor=principal.subject)
    return RedirectResponse("/issuer/keys", status_code=303)


async def _page(request: Request, principal: Principal, template: str, **shown: Any) -> Response:
    database, slug = desk_of(request).context.database, slug_of(principal)
    centre = await database.read(store.get_centre, slug)
    keys = await database.read(store.keys_of, slug)
    return render(request, template, centre=centre, keys=[*reversed(keys)], tokens=KeyUse.TOKENS, **shown)
