"""The second step of a sign-in, and the page where one is set up."""

from dataclasses import dataclass
from typing import Final

from fastapi import APIRouter, Depends
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from runtime.auth import Role, SignInRequired, safe_next_path, session_token_or_none, set_session
from runtime.i18n import gettext_noop
from runtime.qr import qr_svg
from runtime.rate_limit import rate_limit
from runtime.service import context_of
from trust_registry import second_factor, sessions
from trust_registry.accounts import password_matches
from trust_registry.doors import DOORS
from trust_registry.model import Account
from trust_registry.people_store import Stage
from trust_registry.sessions import live_session_or_none, principal_for, token_hash
from vc.encoding import base64url
from vc.errors import MalformedValue, NotAuthorized, ProtocolError

STEP_PATH: Final = "/sign-in/second-step"
FACTOR_PATH: Final = "/account/second-factor"
_MAX_FORM_FIELDS: Final = 10
_MAX_SEALED: Final = 200
_WRONG_CODE: Final = gettext_noop("This code is not right, or was used before.")
_WRONG_PASSKEY: Final = gettext_noop("The passkey was not accepted.")
_WRONG_PASSWORD: Final = gettext_noop("The present password is not right.")

_LIMITED: Final = [Depends(rate_limit("second-step", "30/minute"))]

router = APIRouter()


@dataclass(frozen=True, kw_only=True, slots=True)
class _Signing:
    """A browser whose sign-in may not be complete."""

    token: str
    account: Account
    stage: Stage
    address: str

    @property
    def hash(self) -> str:
        return token_hash(self.token)


async def _signing(request: Request, *stages: Stage) -> _Signing:
    """Whose sign-in this is, in one of ``stages``; everybody else starts at the beginning."""
    token = session_token_or_none(request)
    if token is not None:
        context = context_of(request)
        found = await context.database.read(live_session_or_none, token_hash(token), now=context.clock.now())
        if found is not None and found[0].stage in stages:
            if found[0].stage is Stage.FULL:
                request.state.principal = await principal_for(context, found[1], found[2])
            address = request.client.host if request.client else "unknown"
            return _Signing(token=token, account=found[1], stage=found[0].stage, address=address)
    raise SignInRequired("/")


@router.get("/sign-in/second-step")
async def show_second_step(request: Request) -> Response:
    """The form for a code, and the button for a passkey where the account has one."""
    signing = await _signing(request, Stage.SECOND_STEP)
    return await _step_page(request, signing, request.query_params.get("next"))


@router.post("/sign-in/second-step", dependencies=_LIMITED)
async def do_second_step(request: Request) -> Response:
    """Check a code or a passkey's answer, and complete the sign-in."""
    signing = await _signing(request, Stage.SECOND_STEP)
    context, username = context_of(request), signing.account.username
    form = await request.form(max_files=0, max_fields=_MAX_FORM_FIELDS)
    wanted, answer = _text(form, "next"), _text(form, "passkey")
    if answer:
        good = await second_factor.check_passkey(context, username, signing.hash, answer, signing.address)
    else:
        good = await second_factor.check_code(context, username, _text(form, "code"), signing.address)
    if not good:
        error = _WRONG_PASSKEY if answer else _WRONG_CODE
        return await _step_page(request, signing, wanted, error=error, status_code=401)
    token = await sessions.begin(context, signing.account, replaces=signing.token)
    door = DOORS[Role(signing.account.role)]
    response = RedirectResponse(safe_next_path(wanted, default=door), status_code=303)
    set_session(response, token, settings=context.settings)
    return response


@router.get("/account/second-factor")
async def show_factors(request: Request) -> Response:
    """What second steps the account has, and how to set one up."""
    return await _factors_page(request, await _signing(request, Stage.FULL, Stage.ENROLMENT))


@router.post("/account/second-factor/app", dependencies=_LIMITED)
async def begin_app(request: Request) -> Response:
    """After the password again: a QR code for an authenticator app. Nothing is kept yet."""
    signing = await _signing(request, Stage.FULL, Stage.ENROLMENT)
    form = await request.form(max_files=0, max_fields=_MAX_FORM_FIELDS)
    if not await password_matches(
        context_of(request), signing.account, _text(form, "present"), signing.address
    ):
        return await _factors_page(request, signing, error=_WRONG_PASSWORD, status_code=400)
    return await _factors_page(request, signing, secret=second_factor.new_app_secret())


@router.post("/account/second-factor/app/code", dependencies=_LIMITED)
async def confirm_app(request: Request) -> Response:
    """Take the app into use that shows a right code."""
    signing = await _signing(request, Stage.FULL, Stage.ENROLMENT)
    context, username = context_of(request), signing.account.username
    form = await request.form(max_files=0, max_fields=_MAX_FORM_FIELDS)
    try:
        sealed = base64url.decode(_text(form, "sealed"), max_bytes=_MAX_SEALED)
    except ProtocolError:
        raise MalformedValue("The form is not one of ours.") from None
    secret = second_factor.unseal(context, username, sealed)
    if not await second_factor.confirm_app(context, username, secret, _text(form, "code"), signing.address):
        return await _factors_page(request, signing, secret=secret, error=_WRONG_CODE, status_code=400)
    return await _enrolled(request, signing)


@router.post("/account/second-factor/passkey", dependencies=_LIMITED)
async def begin_passkey(request: Request) -> Response:
    """After the password again: what the browser needs to make a passkey."""
    signing = await _signing(request, Stage.FULL, Stage.ENROLMENT)
    context = context_of(request)
    form = await request.form(max_files=0, max_fields=_MAX_FORM_FIELDS)
    if not second_factor.passkeys_possible(context):
        raise NotAuthorized("Browsers make no passkeys for an address of numbers.")
    if not await password_matches(context, signing.account, _text(form, "present"), signing.address):
        return await _factors_page(request, signing, error=_WRONG_PASSWORD, status_code=400)
    options = await second_factor.registration_options(context, signing.account.username, signing.hash)
    return await _factors_page(request, signing, options=options)


@router.post("/account/second-factor/passkey/answer")
async def confirm_passkey(request: Request) -> Response:
    """Take the passkey into use that the browser made."""
    signing = await _signing(request, Stage.FULL, Stage.ENROLMENT)
    context = context_of(request)
    form = await request.form(max_files=0, max_fields=_MAX_FORM_FIELDS)
    answer = _text(form, "passkey")
    if not await second_factor.add_passkey(context, signing.account.username, signing.hash, answer):
        return await _factors_page(request, signing, error=_WRONG_PASSKEY, status_code=400)
    return await _enrolled(request, signing)


async def _enrolled(request: Request, signing: _Signing) -> Response:
    """Recovery codes, this once; every other sign-in ends, this one is complete."""
    context, username = context_of(request), signing.account.username
    codes = await second_factor.new_recovery_codes(context, username)
    await sessions.end_all(context, username)
    token = await sessions.begin(context, signing.account)
    request.state.principal = await principal_for(context_of(request), signing.account)
    response = context.pages.render(
        request,
        "trust_registry/recovery_codes.html",
        codes=codes,
        door=DOORS[Role(signing.account.role)],
    )
    set_session(response, token, settings=context.settings)
    return response


async def _step_page(
    request: Request,
    signing: _Signing,
    wanted: str | None,
    *,
    error: str | None = None,
    status_code: int = 200,
) -> Response:
    context = context_of(request)
    options = await second_factor.authentication_options(context, signing.account.username, signing.hash)
    return context.pages.render(
        request,
        "trust_registry/second_step.html",
        status_code=status_code,
        next=safe_next_path(wanted, default=""),
        error=error,
        options=options,
    )


async def _factors_page(
    request: Request,
    signing: _Signing,
    *,
    secret: str | None = None,
    options: str | None = None,
    error: str | None = None,
    status_code: int = 200,
) -> Response:
    context, username = context_of(request), signing.account.username
    address = None if secret is None else second_factor.app_address(username, secret)
    return context.pages.render(
        request,
        "trust_registry/second_factor.html",
        status_code=status_code,
        factors=await context.database.read(second_factor.read_factors, username),
        is_required=signing.stage is Stage.ENROLMENT,
        passkeys_possible=second_factor.passkeys_possible(context),
        secret=secret,
        svg=None if address is None else qr_svg(address),
        sealed=None if secret is None else base64url.encode(second_factor.seal(context, username, secret)),
        options=options,
        error=error,
    )


def _text(form: FormData, name: str) -> str:
    value = form.get(name)
    return value if isinstance(value, str) else ""
