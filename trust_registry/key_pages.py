"""The keys of every organisation, and saying that one was stolen."""

from datetime import datetime
from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from runtime.i18n import PHNOM_PENH, gettext_noop
from runtime.service import context_of
from trust_registry import forms, store
from trust_registry.catalogue import type_titles
from trust_registry.clients import IssuedCount, issued_counts
from trust_registry.compromise import propose_compromise, uncollected
from trust_registry.forms import Errors, act_of, read_form, text
from trust_registry.model import Organisation, OrganisationKind, RegisteredKey
from trust_registry.registrar_pages import KINDS, Registrar, reason_errors
from trust_registry.service import AUTHORITY_ID
from trust_registry.store import Connection
from trust_registry.two_officers import person_of
from trust_registry.waiting_pages import Officer
from vc.errors import ConflictError, EvidenceUnavailable, MalformedValue, NotFound, RangeError

router = APIRouter()
_INSTANT_WANTED: Final = gettext_noop("Give the day and the time.")


@router.get("/trust/registrar/keys")
async def list_keys(request: Request, principal: Officer) -> Response:
    """Every organisation's keys with their history."""
    context = context_of(request)
    register = await context.database.read(store.read_register)
    return context.pages.render(
        request,
        "trust_registry/keys.html",
        organisations=register.organisations,
        keys=register.keys,
        kinds=KINDS,
        authority=AUTHORITY_ID,
        missing=await _missing(request),
    )


@router.get("/trust/registrar/keys/{key}")
async def before_marking(request: Request, principal: Officer, key: str) -> Response:
    """One key: what saying that it was stolen would touch, and then the form to propose it."""
    return await _key_page(request, key, request.query_params.get("since", ""), ())


@router.post("/trust/registrar/keys/{key}")
async def propose(request: Request, principal: Registrar, key: str) -> Response:
    """Lay before a second officer that a key was stolen."""
    context = context_of(request)
    form = await read_form(request)
    errors = reason_errors(form)
    try:
        since = forms.instant(text(form, "since"))
        if not errors:
            await context.database.write(
                propose_compromise,
                key,
                since=since,
                act=act_of(request, principal, form),
                maker=person_of(principal),
            )
            return RedirectResponse("/trust/registrar/waiting?proposed=1", status_code=303)
    except MalformedValue:
        errors = (*errors, ("since", _INSTANT_WANTED))
    except (RangeError, ConflictError) as error:
        errors = (*errors, ("since", str(error)))
    return await _key_page(request, key, text(form, "since"), errors)


async def _key_page(request: Request, key: str, written: str, errors: Errors) -> Response:
    context = context_of(request)
    found, owner = await context.database.read(_key_and_owner, key)
    since = context.clock.now()
    if written and not errors:
        try:
            since = forms.instant(written)
        except MalformedValue:
            written, errors = "", (("since", _INSTANT_WANTED),)
    return context.pages.render(
        request,
        "trust_registry/key.html",
        status_code=400 if errors else 200,
        key=found,
        owner=owner,
        kinds=KINDS,
        is_centre=owner.kind is OrganisationKind.CENTRE,
        may_be_marked=owner.id != AUTHORITY_ID,
        is_missing=found.public_key_multibase in await _missing(request),
        counts=await _counts(request, owner, since),
        types=type_titles(context.pages.language(request)),
        since=since,
        written=written or since.astimezone(PHNOM_PENH).strftime("%Y-%m-%dT%H:%M"),
        errors=errors,
    )


async def _missing(request: Request) -> frozenset[str]:
    found = await context_of(request).database.read(uncollected)
    return frozenset(stolen.key.public_key_multibase for stolen in found)


async def _counts(request: Request, owner: Organisation, since: datetime) -> tuple[IssuedCount, ...] | None:
    """What the owner of a key has issued under whichever key; None where the issuer cannot be asked now."""
    if owner.kind is not OrganisationKind.CENTRE:
        return ()
    try:
        return await issued_counts(context_of(request).peers.client("issuer"), owner.id, since=since)
    except EvidenceUnavailable:
        return None


def _key_and_owner(connection: Connection, public_key_multibase: str) -> tuple[RegisteredKey, Organisation]:
    key = store.key_or_none(connection, public_key_multibase)
    owner = None if key is None else store.organisation_or_none(connection, key.organisation_id)
    if key is None or owner is None:
        raise NotFound("There is no such key.")
    return key, owner
