"""A wallet asks, its holder agrees: the Authorization Code Flow (OpenID4VCI 1.0 section 5).

Requests are pushed first (RFC 9126), so that nothing of them passes through a browser and nothing in them
changes between the wallet and the person. Any wallet may ask; who it is, nobody vouches for, so the person
is told only where they would be sent back to.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from issuer import store
from issuer.openid4vci import request_store
from issuer.openid4vci.access import Shown, proven_key
from issuer.openid4vci.agreeing import Holder, unlocked
from issuer.openid4vci.grant_store import Grant
from issuer.openid4vci.granted import Granted, digest_of
from issuer.openid4vci.request_store import PushedRequest
from issuer.service.copies import Copyable, copyable
from issuer.service.desk import Desk
from runtime.auth import Principal
from runtime.entropy import random_token
from runtime.i18n import gettext_noop
from vc.encoding.strict_json import JsonObject
from vc.errors import MalformedValue, NotFound, PassportError
from vc.model.credential_types import DataClass, credential_types
from vc.oid4vc.configurations import credential_configurations
from vc.oid4vc.credential_request import parse_authorization_details
from vc.oid4vc.oauth_errors import ErrorCode, OAuthError
from vc.oid4vc.pkce import METHOD, parse_code_challenge
from vc.oid4vc.redirect_uri import RedirectUri, parse_redirect_uri

REQUEST_LIFETIME: Final = timedelta(minutes=10)
"""How long a person has to sign in and answer; RFC 9126 section 2.2 permits no more."""

CODE_LIFETIME: Final = timedelta(seconds=60)

CHOOSE_ONE: Final = gettext_noop("Choose at least one certificate.")

_URN: Final = "urn:ietf:params:oauth:request_uri:"
_TOKEN_BITS: Final = 160
_THUMBPRINT: Final = re.compile(r"[A-Za-z0-9_-]{43}")
# RFC 6749 appendix A.1 and A.5: what a client id and a state are made of.
_VISIBLE: Final = re.compile(r"[\x20-\x7e]{1,200}")
_STATE: Final = re.compile(r"[\x20-\x7e]{1,1000}")
_NOT_THERE: Final = gettext_noop("This question is not open any more. Begin again in your wallet app.")


class NothingToGive(PassportError):
    """Nothing of what was chosen is shown by the PIN that was typed; ``shown`` are the ids of what is."""

    def __init__(self, shown: Collection[str]) -> None:
        super().__init__("Nothing is to be given.")
        self.shown = shown


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """A certificate that its holder may let the wallet have. ``is_sensitive`` is not chosen beforehand."""

    credential_id: str
    title_en: str
    title_km: str | None
    centre_en: str
    centre_km: str
    is_sensitive: bool


async def push(desk: Desk, fields: Mapping[str, str], shown: Shown) -> JsonObject:
    """The answer to a Pushed Authorization Request (RFC 9126 section 2.2). Raises OAuthError."""
    thumbprint = await _thumbprint(desk, fields, shown)
    wanted, by_details = _wanted(fields)
    handle, now = random_token(_TOKEN_BITS), desk.context.clock.now()
    request = PushedRequest(
        digest=digest_of(handle),
        client_id=_client_id(fields),
        redirect_uri=_redirect_uri(fields).text,
        state=_state(fields),
        code_challenge=_code_challenge(fields),
        wanted=wanted,
        by_details=by_details,
        thumbprint=thumbprint,
        expires=now + REQUEST_LIFETIME,
    )
    await desk.context.database.write(request_store.push, request)
    return {"request_uri": _URN + handle, "expires_in": int(REQUEST_LIFETIME.total_seconds())}


async def waiting(desk: Desk, *, client_id: str, request_uri: str) -> PushedRequest:
    """The pushed request that a browser brings. Raises ``NotFound`` where it is answered or over."""
    if not request_uri.startswith(_URN):
        raise NotFound(_NOT_THERE)
    name = digest_of(request_uri.removeprefix(_URN))
    found = await desk.context.database.read(request_store.pushed, name, client_id, desk.context.clock.now())
    if found is None:
        raise NotFound(_NOT_THERE)
    return found


async def choices(
    desk: Desk, holder: Holder, request: PushedRequest, within: Collection[str] | None = None
) -> tuple[Choice, ...]:
    """What the person sees of what is asked for; only what is ``within``, where a PIN was typed."""
    having = await _having(desk, holder, request)
    return tuple(
        [await _choice(desk, one) for one in having if within is None or one.credential_id in within]
    )


async def agree(
    desk: Desk, holder: Holder, request: PushedRequest, chosen: Collection[str], pin: str
) -> RedirectUri:
    """Let the wallet fetch the ``chosen`` certificates; where the browser goes with the code.

    What the PIN does not show is left out as if nobody had chosen it. Raises ``MalformedValue`` for none, or
    for one that is not among the choices, before the PIN is looked at; ``PinRefused``; ``NothingToGive``;
    ``ConflictError`` where the request was answered meanwhile; ``EvidenceUnavailable``.
    """
    known = {one.credential_id: one for one in await _having(desk, holder, request)}
    wanted = tuple(dict.fromkeys(chosen))
    if not wanted or not known.keys() >= set(wanted):
        raise MalformedValue(CHOOSE_ONE, pointer="/certificate")
    opened = await unlocked(desk, holder, pin)
    granted = tuple(_granted(known[name], request) for name in wanted if name in opened)
    if not granted:
        raise NothingToGive(opened)
    context, code = desk.context, random_token(_TOKEN_BITS)
    now = context.clock.now()
    grant = Grant(
        grant_id=random_token(_TOKEN_BITS),
        person=desk.sealed.personal.person(holder.rld_number),
        certificates=granted,
        client_id=request.client_id,
        created=now,
    )
    await context.database.write(
        request_store.agree,
        request,
        grant,
        digest_of(code),
        actor=holder.subject,
        expires=now + CODE_LIFETIME,
        now=now,
    )
    return _back(desk, request, ("code", code))


async def decline(desk: Desk, principal: Principal, request: PushedRequest) -> RedirectUri:
    """Let the wallet have nothing; where the browser goes to say so. Raises ``ConflictError``."""
    context = desk.context
    await context.database.write(
        request_store.decline, request, actor=principal.subject, now=context.clock.now()
    )
    return _back(desk, request, ("error", ErrorCode.ACCESS_DENIED.value))


def _back(desk: Desk, request: PushedRequest, answer: tuple[str, str]) -> RedirectUri:
    """The redirect URI with the answer, the wallet's state, and who answers (RFC 9207)."""
    parameters = [answer, ("iss", desk.context.settings.base_url)]
    if request.state is not None:
        parameters.insert(1, ("state", request.state))
    return parse_redirect_uri(request.redirect_uri).answered(parameters)


async def _having(desk: Desk, holder: Holder, request: PushedRequest) -> tuple[Copyable, ...]:
    """What the person may have copies of, among what is asked for and their session shows."""
    types, seen = _types(request), holder.view.credential_ids
    found = await copyable(desk, holder.rld_number)
    return tuple(one for one in found if one.type_name in types and one.credential_id in seen)


async def _choice(desk: Desk, one: Copyable) -> Choice:
    database = desk.context.database
    record = await database.read(desk.sealed.issued, store.issued_by_id, one.credential_id)
    centre = await database.read(store.get_centre, one.centre_slug)
    localized = record.details.subject.get("localized")
    titles = localized.get("title") if isinstance(localized, dict) else None
    khmer = titles.get("km") if isinstance(titles, dict) else None
    return Choice(
        credential_id=one.credential_id,
        title_en=record.details.name,
        title_km=khmer if isinstance(khmer, str) else None,
        centre_en=centre.name_en,
        centre_km=centre.name_km,
        is_sensitive=credential_types()[one.type_name].data_class is DataClass.HEALTH,
    )


def _types(request: PushedRequest) -> frozenset[str]:
    known = credential_configurations()
    return frozenset(known[name].type.name for name in request.wanted)


def _granted(one: Copyable, request: PushedRequest) -> Granted:
    """A certificate in the formats that were asked for of its type."""
    known = credential_configurations()
    asked: Sequence[str] = [name for name in request.wanted if known[name].type.name == one.type_name]
    formats = tuple(known[name].format for name in asked)
    return Granted(credential_id=one.credential_id, type_name=one.type_name, formats=formats)


def _wanted(fields: Mapping[str, str]) -> tuple[tuple[str, ...], bool]:
    """Ids of configurations, by ``scope`` and by ``authorization_details`` (sections 5.1.1 and 5.1.2)."""
    known = credential_configurations()
    by_scope = tuple(name for name in fields.get("scope", "").split(" ") if name in known)
    details = fields.get("authorization_details")
    if details is None:
        if not by_scope:
            raise OAuthError(ErrorCode.INVALID_SCOPE, "No credential is asked for by a scope that is known.")
        return tuple(dict.fromkeys(by_scope)), False
    by_details = parse_authorization_details(details)
    if not known.keys() >= set(by_details):
        raise OAuthError(ErrorCode.INVALID_AUTHORIZATION_DETAILS, "A configuration is none that is known.")
    return tuple(dict.fromkeys((*by_details, *by_scope))), True


async def _thumbprint(desk: Desk, fields: Mapping[str, str], shown: Shown) -> str | None:
    """The key that the code is to be bound to, by proof or by name (RFC 9449 section 10)."""
    proven, named = await proven_key(desk, shown), fields.get("dpop_jkt")
    if named is not None and (not _THUMBPRINT.fullmatch(named) or proven not in (None, named)):
        raise OAuthError(ErrorCode.INVALID_DPOP_PROOF, "The key that is named is not the one that is proven.")
    return proven or named


def _client_id(fields: Mapping[str, str]) -> str:
    if "request_uri" in fields or "request" in fields:
        raise OAuthError(ErrorCode.INVALID_REQUEST, "Push the parameters themselves.")
    if fields.get("response_type") != "code":
        raise OAuthError(ErrorCode.UNSUPPORTED_RESPONSE_TYPE, "The response type must be code.")
    client_id = fields.get("client_id", "")
    if not _VISIBLE.fullmatch(client_id):
        raise OAuthError(ErrorCode.INVALID_CLIENT, "There is no client_id, or none that can be one.")
    return client_id


def _redirect_uri(fields: Mapping[str, str]) -> RedirectUri:
    try:
        return parse_redirect_uri(fields.get("redirect_uri", ""))
    except MalformedValue as error:
        raise OAuthError(ErrorCode.INVALID_REQUEST, str(error)) from None


def _code_challenge(fields: Mapping[str, str]) -> str:
    if fields.get("code_challenge_method") != METHOD:
        raise OAuthError(ErrorCode.INVALID_REQUEST, "The code challenge method must be S256.")
    try:
        return parse_code_challenge(fields.get("code_challenge", ""))
    except MalformedValue as error:
        raise OAuthError(ErrorCode.INVALID_REQUEST, str(error)) from None


def _state(fields: Mapping[str, str]) -> str | None:
    state = fields.get("state")
    if state is not None and not _STATE.fullmatch(state):
        raise OAuthError(ErrorCode.INVALID_REQUEST, "The state is empty, too long, or not plain text.")
    return state
