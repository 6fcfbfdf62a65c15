"""The pages for API keys: an administrator makes and revokes them, the others of the office see them."""

import re
from typing import Annotated, Final

from fastapi import APIRouter, Depends
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from runtime.auth import Principal, Role, require_role
from runtime.i18n import gettext_noop
from runtime.service import context_of
from vc.errors import EvidenceUnavailable, NotAuthorized, ProtocolError
from verifier import keys, store
from verifier.dependencies import licences_of
from verifier.keys import NO_LICENCE, SCOPES, WantedKey

_MAX_FORM_FIELDS: Final = 20
_UNCHECKED: Final = gettext_noop("The licence could not be checked. Try again in a few minutes.")
_NUMBER: Final = re.compile(r"[0-9]{1,8}")
_SCOPE_NAMES: Final = {
    "verify:credentials": gettext_noop("Check certificates"),
    "verify:presentations": gettext_noop("Check presentations"),
}

router = APIRouter()
Admin = Annotated[Principal, Depends(require_role(Role.VERIFIER_ADMIN))]
Member = Annotated[Principal, Depends(require_role(Role.VERIFIER_ADMIN, Role.VERIFIER_MEMBER))]


@router.get("/verify/keys")
async def list_keys(request: Request, principal: Member) -> Response:
    """The keys of one's own organisation, without the keys."""
    return await _page(request, principal)


@router.post("/verify/keys")
async def create_key(request: Request, principal: Admin) -> Response:
    """Make a key and show it, this once."""
    form = await request.form(max_files=0, max_fields=_MAX_FORM_FIELDS)
    try:
        key = await keys.create_key(
            context_of(request),
            _wanted(form),
            source=licences_of(request),
            organisation_id=_organisation(principal),
            licence_number=_licence(principal),
            created_by=principal.subject,
        )
    except ProtocolError as error:
        return await _page(request, principal, error=error.findings[0].detail, status_code=400)
    except NotAuthorized as error:
        return await _page(request, principal, error=str(error), status_code=403)
    except EvidenceUnavailable:
        return await _page(request, principal, error=_UNCHECKED, status_code=503)
    return await _page(request, principal, key=key, status_code=201)


@router.post("/verify/keys/{key_id}/revoke")
async def revoke_key(request: Request, principal: Admin, key_id: str) -> Response:
    """Revoke a key for ever; the next call with it is refused."""
    await keys.revoke_key(context_of(request), key_id, organisation_id=_organisation(principal))
    return RedirectResponse("/verify/keys", status_code=303)


async def _page(
    request: Request,
    principal: Principal,
    *,
    key: str | None = None,
    error: str | None = None,
    status_code: int = 200,
) -> Response:
    context = context_of(request)
    return context.pages.render(
        request,
        "verifier/keys.html",
        status_code=status_code,
        keys=await context.database.read(store.keys_of, _organisation(principal)),
        key=key,
        error=error,
        may_change=principal.role is Role.VERIFIER_ADMIN,
        licence_number=principal.licence_number,
        no_licence=NO_LICENCE,
        scope_names=_SCOPE_NAMES,
        now=context.clock.now(),
    )


def _organisation(principal: Principal) -> str:
    if principal.organisation_id is None:
        raise NotAuthorized("This account belongs to no organisation.")
    return principal.organisation_id


def _licence(principal: Principal) -> str:
    if principal.licence_number is None:
        raise NotAuthorized(NO_LICENCE)
    return principal.licence_number


def _wanted(form: FormData) -> WantedKey:
    networks = _text(form, "networks").replace(",", " ").split()
    quota = _text(form, "daily_quota")
    return WantedKey(
        name=_text(form, "name"),
        scopes=frozenset(scope for scope in SCOPES if scope in form.getlist("scope")),
        networks=tuple(networks),
        daily_quota=_number(quota) if quota else None,
        days=_number(_text(form, "days")),
    )


def _number(text: str) -> int:
    return int(text) if _NUMBER.fullmatch(text) else 0


def _text(form: FormData, name: str) -> str:
    value = form.get(name)
    return value.strip() if isinstance(value, str) else ""
