"""The pages for staff accounts, and the page an invitation leads to."""

from typing import Annotated, Final

from fastapi import APIRouter, Depends
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from runtime.auth import Principal, Role, require_role
from runtime.i18n import gettext_noop
from runtime.rate_limit import rate_limit
from runtime.service import context_of
from trust_registry import officer_accounts, people_store, staff, store
from trust_registry.doors import ROLE_NAMES
from trust_registry.people_store import Invitation
from trust_registry.provider_pages import provider_name
from trust_registry.provider_store import linked_accounts
from trust_registry.sessions import token_hash
from trust_registry.staff import MANAGERS, OFFICERS, Acceptance, NewStaff
from vc.errors import ConflictError, MalformedValue, NotFound

_MAX_FORM_FIELDS: Final = 10
_BAD_PASSWORD: Final = gettext_noop("A password has 8 to 200 characters.")
_WRONG_CODE: Final = gettext_noop("This code is not right. After five wrong codes the link ends.")
_WAITING: Final = "/trust/registrar/waiting?proposed=1"

router = APIRouter()
Manager = Annotated[Principal, Depends(require_role(*MANAGERS))]
OnlyRegistrar = Annotated[Principal, Depends(require_role(Role.REGISTRAR))]


@router.get("/account/staff")
async def list_staff(request: Request, principal: Manager) -> Response:
    """The accounts that whoever is signed in looks after."""
    return await _page(request, principal)


@router.post("/account/staff")
async def invite(request: Request, principal: Manager) -> Response:
    """Make an account; its link is shown this once. An officer's waits for a second officer."""
    form = await request.form(max_files=0, max_fields=_MAX_FORM_FIELDS)
    role, context = _text(form, "role"), context_of(request)
    try:
        new = NewStaff(
            username=_text(form, "username").lower(),
            name=_text(form, "name"),
            role=Role(role) if role in list(Role) else Role.SERVICE,
            organisation_id=_text(form, "organisation_id") or None,
            provider_subject=_text(form, "provider_subject") or None,
        )
        if new.role in OFFICERS:
            code = await officer_accounts.propose_invitation(context, principal, new, _text(form, "reason"))
            return await _page(request, principal, code=code, status_code=201)
        token = await staff.invite(context, principal, new)
    except (MalformedValue, ConflictError) as error:
        return await _page(request, principal, error=str(error), status_code=400)
    return await _page(request, principal, token=token, status_code=201)


@router.post("/account/staff/{username}/invite")
async def invite_again(request: Request, principal: Manager, username: str) -> Response:
    """A fresh link for an account; an earlier one is good no more. An officer's waits for another."""
    context = context_of(request)
    if not await _is_officer(request, principal, username):
        token = await staff.invite_again(context, principal, username)
        return await _page(request, principal, token=token, status_code=201)
    reason = await _reason(request)
    try:
        code = await officer_accounts.propose_invitation_again(context, principal, username, reason)
    except MalformedValue as error:
        return await _page(request, principal, error=str(error), status_code=400)
    return await _page(request, principal, code=code, status_code=201)


@router.post("/account/staff/{username}/switch-off")
async def switch_off(request: Request, principal: Manager, username: str) -> Response:
    """Let an account in no more, from its next request on."""
    await staff.switch_off(context_of(request), principal, username)
    return RedirectResponse("/account/staff", status_code=303)


@router.post("/account/staff/{username}/reset-second-step")
async def reset_second_step(request: Request, principal: Manager, username: str) -> Response:
    """Take the second factors of somebody who lost them. An officer's waits for a second officer."""
    context = context_of(request)
    if not await _is_officer(request, principal, username):
        await staff.reset_factors(context, principal, username)
        return RedirectResponse("/account/staff", status_code=303)
    reason = await _reason(request)
    try:
        await officer_accounts.propose_reset(context, principal, username, reason)
    except MalformedValue as error:
        return await _page(request, principal, error=str(error), status_code=400)
    return RedirectResponse(_WAITING, status_code=303)


@router.post("/account/staff/{username}/unlink-provider")
async def unlink_provider(request: Request, principal: Manager, username: str) -> Response:
    """Let an account be signed in to through the identity provider no more; its sessions end."""
    await staff.unlink_provider(context_of(request), principal, username)
    return RedirectResponse("/account/staff", status_code=303)


@router.post("/account/staff/{username}/identity")
async def set_identity(request: Request, principal: OnlyRegistrar, username: str) -> Response:
    """Propose a verified staff number to a second officer; the number itself is not kept."""
    form = await request.form(max_files=0, max_fields=_MAX_FORM_FIELDS)
    number, reason = _text(form, "number"), _text(form, "reason")
    try:
        await officer_accounts.propose_identity(context_of(request), principal, username, number, reason)
    except MalformedValue as error:
        return await _page(request, principal, error=str(error), status_code=400)
    return RedirectResponse(_WAITING, status_code=303)


@router.get("/account/invitation/{token}")
async def show_invitation(request: Request, token: str) -> Response:
    """The form to set a password, for whoever holds a link that is still good."""
    return _invitation_page(request, await _require_open(request, token))


@router.post("/account/invitation/{token}", dependencies=[Depends(rate_limit("invitation", "30/minute"))])
async def accept_invitation(request: Request, token: str) -> Response:
    """Set the password and use the link up."""
    context = context_of(request)
    invited = await _require_open(request, token)
    form = await request.form(max_files=0, max_fields=_MAX_FORM_FIELDS)
    code_hash = officer_accounts.code_hash(context.keyring, invited.username, _text(form, "code"))
    try:
        accepted = await staff.accept(context, token, _text(form, "password", strip=False), code_hash)
    except MalformedValue:
        return _invitation_page(request, invited, _BAD_PASSWORD)
    if accepted is Acceptance.WRONG_CODE:
        return _invitation_page(request, invited, _WRONG_CODE)
    if accepted is Acceptance.NO_LONGER_GOOD:
        raise NotFound("This link is no longer good.")
    return RedirectResponse("/sign-in", status_code=303)


def _invitation_page(request: Request, invited: Invitation, error: str | None = None) -> Response:
    return context_of(request).pages.render(
        request,
        "trust_registry/invitation.html",
        status_code=200 if error is None else 400,
        error=error,
        wants_code=invited.code_hash is not None,
        headers={"Referrer-Policy": "no-referrer"},
    )


async def _require_open(request: Request, token: str) -> Invitation:
    context = context_of(request)
    now = context.clock.now()
    invited = await context.database.read(people_store.invitation_or_none, token_hash(token), now)
    if invited is None:
        raise NotFound("This link is no longer good.")
    return invited


async def _is_officer(request: Request, principal: Principal, username: str) -> bool:
    account = await staff.managed(context_of(request), principal, username)
    return Role(account.role) in OFFICERS


async def _reason(request: Request) -> str:
    return _text(await request.form(max_files=0, max_fields=_MAX_FORM_FIELDS), "reason")


async def _page(
    request: Request,
    principal: Principal,
    *,
    token: str | None = None,
    code: str | None = None,
    error: str | None = None,
    status_code: int = 200,
) -> Response:
    context = context_of(request)
    is_registrar = principal.role is Role.REGISTRAR
    organisations = await context.database.read(store.organisations) if is_registrar else ()
    return context.pages.render(
        request,
        "trust_registry/staff.html",
        status_code=status_code,
        accounts=await staff.managed_accounts(context, principal),
        roles=[role for role in Role if role in staff.manageable_roles(principal)],
        role_names=ROLE_NAMES,
        officers=OFFICERS,
        organisations=organisations,
        is_registrar=is_registrar,
        provider=provider_name(context.settings),
        linked=await context.database.read(linked_accounts),
        link=None if token is None else staff.invitation_link(context, token),
        code=None if code is None else f"{code[:4]}-{code[4:]}",
        error=error,
    )


def _text(form: FormData, name: str, *, strip: bool = True) -> str:
    value = form.get(name)
    if not isinstance(value, str):
        return ""
    return value.strip() if strip else value
