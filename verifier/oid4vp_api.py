"""``POST /verify/requests`` and ``GET /verify/requests/{id}``: a program with an API key asks wallets."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Final

import orjson
from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from runtime.auth import NotAuthenticated, bearer_or_none
from runtime.i18n import PHNOM_PENH
from runtime.problems import finding_json
from runtime.service import context_of
from vc.encoding.strict_json import JsonObject, JsonValue
from vc.errors import MalformedValue, UnknownOption
from vc.programmes.asking import requester_of
from vc.programmes.reading import read_programme
from vc.programmes.windows import parse_day
from vc.trust.decide import decide
from vc.trust.licences import Licence
from verifier.dependencies import licences_of
from verifier.keys import PREFIX, require_key
from verifier.oid4vp import Asked
from verifier.oid4vp_programmes import MAX_UNDER_PROGRAMME, checked_under, wanted_under
from verifier.oid4vp_results import Outcome
from verifier.oid4vp_routes import Requests
from verifier.oid4vp_store import Flow
from verifier.oid4vp_wanted import MAX_CLAIMS, MAX_WANTED, Wanted, WantedCredential, wanted_credential
from verifier.programme_rendering import programme_json, render_programme
from verifier.rendering import Translate, render_verification, to_json
from verifier.routes import language_of
from verifier.sentences import NOTICE, ONE_PERSON
from verifier.store import ApiKey
from verifier.watching import Watching, WatchWish, watching_of

router = APIRouter()

MAX_PURPOSE: Final = 200
_MEMBERS: Final = frozenset({"credentials", "purpose", "programme", "requester", "on", "watch"})
_WATCH_MEMBERS: Final = frozenset({"until", "reference"})
_CREDENTIAL_MEMBERS: Final = frozenset({"type", "claims", "required"})


async def asking_key(request: Request) -> ApiKey:
    """FastAPI dependency: the good API key with the scope for presentations that asks. Nobody else may."""
    token = bearer_or_none(request)
    if token is None or not token.startswith(PREFIX):
        raise NotAuthenticated("An API key is needed.")
    return await require_key(
        context_of(request),
        token,
        source=licences_of(request),
        scope="verify:presentations",
        address=request.client.host if request.client else "",
    )


Key = Annotated[ApiKey, Depends(asking_key)]


@router.post("/verify/requests")
async def make_request(request: Request, requests: Requests, key: Key) -> Response:
    """Make a request; the answer has the link that opens a wallet, to be shown as a QR code."""
    body: JsonValue = getattr(request.state, "json", None)
    members = _members(body)
    licence = (await licences_of(request).licences())[key.licence_number]
    today = context_of(request).clock.now().astimezone(PHNOM_PENH).date()
    wanted = _wanted(members) if "programme" not in members else _under_programme(members, licence, today)
    watch = _watch(members, watching_of(request), key)
    request_id = await requests.begin(wanted, flow=Flow.CROSS_DEVICE, owner=key.key_id, watch=watch)
    asked = await requests.for_owner(request_id, key.key_id)
    return _json({"id": asked.id, "status": asked.status.value, "link": asked.link}, status_code=201)


@router.get("/verify/requests/{request_id}")
async def get_request(request: Request, requests: Requests, key: Key, request_id: str) -> Response:
    """How far a request is; with the decision once it was answered."""
    asked = await requests.for_owner(request_id, key.key_id)
    language, translate = language_of(request)
    origin = context_of(request).settings.base_url
    return _json(_asked_json(asked, language, translate, origin=origin))


def _asked_json(asked: Asked, language: str, translate: Translate, *, origin: str) -> JsonObject:
    answer: JsonObject = {"id": asked.id, "status": asked.status.value}
    if asked.outcome is None:
        return answer
    answer |= _outcome_json(asked.outcome, language, translate, origin=origin)
    if asked.programme is not None and asked.outcome.is_good:
        found, one_person = asked.outcome.verifications, asked.outcome.one_person
        programme, check = checked_under(asked.programme, found, one_person)
        answer["programme"] = programme_json(render_programme(programme, check, language, translate))
    return answer


def _outcome_json(outcome: Outcome, language: str, translate: Translate, *, origin: str) -> JsonObject:
    results: list[JsonValue] = []
    accepted = outcome.is_good and bool(outcome.verifications)
    for verification in outcome.verifications:
        result = render_verification(verification, decide(verification), language, translate)
        accepted = accepted and result.is_accepted
        subject = None if verification.document is None else verification.document.get("credentialSubject")
        results.append({**to_json(result, origin=origin), "credentialSubject": subject})
    one_person = outcome.one_person
    return {
        "verified": accepted,
        "onePerson": None
        if one_person is None
        else {"answer": one_person.value, "sentence": translate(ONE_PERSON[one_person])},
        "credentialResults": results,
        "problemDetails": [finding_json(finding, origin=origin) for finding in outcome.findings],
        "notice": translate(NOTICE),
    }


def _members(body: JsonValue) -> Mapping[str, JsonValue]:
    if not isinstance(body, dict) or not body.keys() <= _MEMBERS:
        raise MalformedValue("An object with credentials and purpose is expected here.", pointer="")
    return body


def _wanted(members: Mapping[str, JsonValue]) -> Wanted:
    items = members.get("credentials")
    if not isinstance(items, list) or not 0 < len(items) <= MAX_WANTED:
        raise MalformedValue("The credentials to ask for are expected here.", pointer="/credentials")
    credentials = tuple(_credential(item) for item in items)
    if not any(one.is_required for one in credentials):
        raise MalformedValue("One credential at least must be required.", pointer="/credentials")
    return Wanted(credentials=credentials, purpose=_purpose(members))


def _purpose(members: Mapping[str, JsonValue]) -> str:
    purpose = members.get("purpose")
    if not isinstance(purpose, str) or not 0 < len(purpose) <= MAX_PURPOSE:
        raise MalformedValue("The reason for asking is expected here.", pointer="/purpose")
    return purpose


def _under_programme(members: Mapping[str, JsonValue], licence: Licence, today: date) -> Wanted:
    """What a programme lets this asker ask for; ``credentials`` choose among that, else it is all of it."""
    name, said, items = (members.get(one) for one in ("programme", "requester", "credentials"))
    if not isinstance(name, str) or (said is not None and not isinstance(said, str)):
        raise MalformedValue("A programme is named by a text.", pointer="/programme")
    if items is not None and (not isinstance(items, list) or not 0 < len(items) <= MAX_UNDER_PROGRAMME):
        raise MalformedValue("The credentials to ask for are expected here.", pointer="/credentials")
    asked = None if items is None else dict(_asked_type(item) for item in items)
    kind = requester_of(licence.verifier_class.value, said)
    programme, _, variant = name.partition("/")
    return wanted_under(
        read_programme(programme),
        kind,
        asked,
        purpose=_purpose(members),
        on=_day(members, today),
        variant=variant or None,
    )


def _day(members: Mapping[str, JsonValue], today: date) -> date:
    text = members.get("on")
    if text is None:
        return today
    day = parse_day(text)
    if day is None:
        raise MalformedValue("A day is written as 2026-11-27.", pointer="/on")
    return day


def _asked_type(item: JsonValue) -> tuple[str, tuple[str, ...] | None]:
    if not isinstance(item, dict) or not item.keys() <= {"type", "claims"}:
        raise MalformedValue("An object with type and claims is expected here.", pointer="/credentials")
    name = item.get("type")
    if not isinstance(name, str):
        raise MalformedValue("A credential to ask for has a type.", pointer="/credentials")
    return name, _claims(item)


def _watch(members: Mapping[str, JsonValue], watching: Watching, key: ApiKey) -> WatchWish | None:
    wish = members.get("watch")
    if wish is None:
        return None
    if not isinstance(wish, dict) or wish.keys() != _WATCH_MEMBERS:
        raise MalformedValue("An object with until and reference is expected here.", pointer="/watch")
    return watching.require_wish(key.licence_number, wish["reference"], wish["until"])


def _credential(item: JsonValue) -> WantedCredential:
    if not isinstance(item, dict):
        raise MalformedValue("An object is expected here.", pointer="/credentials")
    if not item.keys() <= _CREDENTIAL_MEMBERS:
        raise UnknownOption("A member is not known here.", pointer="/credentials")
    name, required = item.get("type"), item.get("required", True)
    if not isinstance(name, str) or not isinstance(required, bool):
        raise MalformedValue("A credential to ask for has a type.", pointer="/credentials")
    wished = wanted_credential(name, _claims(item))
    return WantedCredential(type_name=wished.type_name, claims=wished.claims, is_required=required)


def _claims(item: Mapping[str, JsonValue]) -> tuple[str, ...] | None:
    claims = item.get("claims")
    if claims is None:
        return None
    if not isinstance(claims, list) or len(claims) > MAX_CLAIMS:
        raise MalformedValue("The claims must be an array.", pointer="/credentials")
    texts = tuple(claim for claim in claims if isinstance(claim, str))
    if len(texts) != len(claims):
        raise MalformedValue("A claim must be a text.", pointer="/credentials")
    return texts


def _json(answer: JsonObject, *, status_code: int = 200) -> Response:
    return Response(
        orjson.dumps(answer),
        status_code=status_code,
        media_type="application/json",
        headers={"Cache-Control": "no-store"},
    )
