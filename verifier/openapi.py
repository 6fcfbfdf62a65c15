"""The OpenAPI 3.1 description of the verifier's public API, with an example of every answer.

The examples of answers are answers: ``tests/journey/openapi_exchanges.py`` sends every example of a request
to the verifier and writes what came back into ``openapi_examples.json``. Where a request needs something
signed, its example says ``PUT HERE``.
"""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from runtime.i18n import languages_at
from runtime.problems import MEDIA_TYPE as PROBLEM_TYPE
from vc.programmes.model import RequesterKind
from verifier.keys import PREFIX, SCOPES
from verifier.oid4vp_api import MAX_PURPOSE
from verifier.openapi_schemas import DAY, FILE, FLAG, TEXT, Schema, array, closed, record, ref, schemas, words

VERSION: Final = "1.0.0"
PUT_HERE: Final = "PUT HERE"
CREDENTIAL: Final = "a signed credential"
REVOKED_CREDENTIAL: Final = "a signed credential that was revoked"
PRESENTATION: Final = "a signed presentation"
CARD: Final = "the text of a passport card"
LINK: Final = "the link that a QR code on paper holds"

SOME_SHARE: Final = "7K3M9QXA2B4C7K3M9QXA2B4C7K3M9QXA"

JSON: Final = "application/json"
FORM: Final = "multipart/form-data"
ZIP: Final = "application/zip"
EXAMPLES_FILE: Final = Path(__file__).with_name("openapi_examples.json")
ORIGIN_MARK: Final = "{origin}"

_KEY: Final = "apiKey"
_CHECKS: Final = ("proof", "status", "credentialStatus", "validity", "issuer")
_FLAGS: Final = ("returnCredential", "returnProblemDetails", "returnResults")
_ANYONE: Final[list[dict[str, list[str]]]] = [{}, {_KEY: []}]
_MAX_OPTION: Final = 1_024

# What a client did wrong, by status: the same words at every operation.
_PROBLEMS: Final[Mapping[int, str]] = {
    400: "The request could not be read: no JSON, a wrong shape, an unknown option, or nothing to check.",
    401: "The API key is not good, or no longer. A call with a bad key is never taken for one without.",
    403: "The API key may not do this, or whoever asks may not ask for this.",
    404: "There is no such thing, or not for this caller.",
    413: "The body is too large.",
    415: "The body is of a kind that is not read here.",
    429: "Too many tries. `Retry-After` says how many seconds to wait.",
    503: "It could not be looked up now. That says nothing against anyone; try again after `Retry-After`.",
}


def describe(origin: str) -> dict[str, Any]:
    """The description of the API at ``origin``."""
    return {
        "openapi": "3.1.0",
        "info": _info(),
        "servers": [{"url": origin}],
        "paths": _with_examples(_paths(), _answers(origin)),
        "components": {
            "schemas": schemas(origin),
            "securitySchemes": {_KEY: _security_scheme()},
            "parameters": {"lang": _language(), "programme": _in_path("programme")},
        },
    }


@cache
def _stored_examples() -> str:
    return EXAMPLES_FILE.read_text(encoding="utf-8")


def _answers(origin: str) -> Mapping[str, Any]:
    answers: Mapping[str, Any] = json.loads(_stored_examples().replace(ORIGIN_MARK, origin))
    return answers


def _info() -> dict[str, Any]:
    return {
        "title": "Skills Passport verifier",
        "version": VERSION,
        "summary": "Checks credentials, presentations, passport cards and links.",
        "description": (
            "200 means: I have looked, and here is the decision, also about a forgery. 4xx means that the "
            "request could not be read at all. *No* and *could not check* are different answers. Members "
            "may be added to answers: pass over what you do not know. Where an example says `PUT HERE`, put "
            "something of your own there; everything else is sent as it stands."
        ),
        "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
    }


def _security_scheme() -> dict[str, str]:
    return {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": f"{PREFIX}…",
        "description": f"An API key of a licensed organisation. Scopes: {', '.join(SCOPES)}.",
    }


def _language() -> dict[str, Any]:
    return {
        "name": "lang",
        "in": "query",
        "description": "The language of sentences for people; else `Accept-Language`, else English.",
        "schema": words(languages_at("/verify")),
    }


def _in_path(name: str, example: str = "kr-eps") -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": TEXT, "example": example}


def _paths() -> dict[str, Any]:
    return {
        "/verify/check": {"post": _check()},
        "/s/{token}": {"post": _open_share()},
        "/credentials/verify": {"post": _credentials()},
        "/presentations/verify": {"post": _presentations()},
        "/cards/verify": {"post": _cards()},
        "/verify/programmes": {"get": _programmes()},
        "/verify/programmes/{programme}": {"post": _programme()},
        "/verify/batch": {"post": _batch()},
        "/verify/bundle": {"get": _bundle()},
        "/verify/requests": {"post": _make_request()},
        "/verify/requests/{request_id}": {"get": _get_request()},
    }


def _operation(
    name: str,
    summary: str,
    answer: Schema,
    *failures: int,
    body: Mapping[str, Any] | None = None,
    status: int = 200,
    security: list[dict[str, list[str]]] | None = None,
    parameters: tuple[dict[str, Any], ...] = (),
) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": name,
        "summary": summary,
        "security": _ANYONE if security is None else security,
        "parameters": [*parameters, {"$ref": "#/components/parameters/lang"}],
        "responses": {
            str(status): {"description": "The answer.", "content": {JSON: {"schema": answer}}},
            **{str(code): _problem(_PROBLEMS[code]) for code in failures},
            "default": _problem("Any other failure."),
        },
    }
    if body is not None:
        operation["requestBody"] = {"required": True, "content": body}
    return operation


def _problem(description: str) -> dict[str, Any]:
    return {"description": description, "content": {PROBLEM_TYPE: {"schema": ref("Problem")}}}


def _media(schema: Schema, **examples: object) -> dict[str, Any]:
    return {"schema": schema, "examples": {name: {"value": value} for name, value in examples.items()}}


def put_text(what: str) -> str:
    """What stands in an example in place of a text of the reader's own."""
    return f"{PUT_HERE}: {what}"


def put_object(what: str) -> dict[str, str]:
    """What stands in an example in place of an object of the reader's own."""
    return {PUT_HERE: what}


_KINDS: Final = ("credential", "card", "presentation", "share")


def _check() -> dict[str, Any]:
    answer = {
        "oneOf": [ref(f"Checked{kind.capitalize()}") for kind in _KINDS],
        "discriminator": {
            "propertyName": "kind",
            "mapping": {kind: f"#/components/schemas/Checked{kind.capitalize()}" for kind in _KINDS},
        },
    }
    body = {
        JSON: _media(
            closed({"text": {"type": "string", "minLength": 1}}),
            credential={"text": put_text(CREDENTIAL)},
            revoked={"text": put_text(REVOKED_CREDENTIAL)},
            link={"text": put_text(LINK)},
            card={"text": put_text(CARD)},
            presentation={"text": put_text(PRESENTATION)},
            unknownCode={"text": "7K3M-9QXA-2B4C"},
            nothing={"text": "hello"},
        ),
        FORM: _media(record({}, {"file": FILE, "text": TEXT}), file={"file": put_text(CREDENTIAL)}),
    }
    summary = "Check one thing, whatever it is"
    return _operation("check", summary, answer, 400, 401, 403, 404, 413, 415, 429, 503, body=body)


def _open_share() -> dict[str, Any]:
    return _operation(
        "openShare",
        "Open what a holder shares by a link; one of its views is used up, and its holder sees who looked",
        ref("CheckedShare"),
        *(401, 403, 404, 429, 503),
        parameters=(_in_path("token", SOME_SHARE),),
    )


def _credentials() -> dict[str, Any]:
    options = closed({}, _options())
    schema = closed({"verifiableCredential": {"type": "object"}}, {"options": options})
    every = {"checks": list(_CHECKS), **dict.fromkeys(_FLAGS, True)}
    body = {
        JSON: _media(
            schema,
            credential={"verifiableCredential": put_object(CREDENTIAL)},
            revoked={"verifiableCredential": put_object(REVOKED_CREDENTIAL)},
            withOptions={"verifiableCredential": put_object(CREDENTIAL), "options": every},
            forgery={"verifiableCredential": {"type": ["VerifiableCredential"]}},
        )
    }
    answer, summary = ref("CredentialAnswer"), "Check one credential"
    return _operation("verifyCredential", summary, answer, 400, 401, 403, 413, 415, body=body)


def _options() -> dict[str, Schema]:
    """The options of a check; every check is made whatever ``checks`` names."""
    return {"checks": array(words(_CHECKS)), **dict.fromkeys(_FLAGS, FLAG)}


def _presentations() -> dict[str, Any]:
    text = {"type": "string", "minLength": 1, "maxLength": _MAX_OPTION}
    options = closed({}, {**_options(), "challenge": text, "domain": text})
    schema = closed({"verifiablePresentation": {"type": "object"}}, {"options": options})
    asked = {"challenge": "c-7f3a", "domain": "https://verifier.example"}
    body = {
        JSON: _media(
            schema,
            presentation={"verifiablePresentation": put_object(PRESENTATION), "options": asked},
            withoutChallenge={"verifiablePresentation": put_object(PRESENTATION)},
        )
    }
    answer, summary = ref("PresentationAnswer"), "Check a presentation and every credential in it"
    return _operation("verifyPresentation", summary, answer, 400, 401, 403, 413, 415, body=body)


def _cards() -> dict[str, Any]:
    body = {
        JSON: _media(
            closed({"card": {"type": "string", "pattern": "^PC[0-9]{1,3}:"}}),
            card={"card": put_text(CARD)},
            forgery={"card": "PC1:6BF"},
        )
    }
    answer, summary = ref("CardAnswer"), "Check a passport card by its text"
    return _operation("verifyCard", summary, answer, 400, 401, 403, 413, 415, body=body)


def _programmes() -> dict[str, Any]:
    return _operation("listProgrammes", "The programmes open today", ref("ProgrammeList"), security=[])


def _programme() -> dict[str, Any]:
    wanted = {"requester": words(RequesterKind)}
    days = {"on": DAY, "rules_of": DAY}
    fields = {"file": array(FILE), "text": array(TEXT), "variant": TEXT, **days}
    asked = {"requester": RequesterKind.PUBLIC_BODY.value, "variant": "construction", "on": "2026-12-01"}
    body = {
        FORM: _media(
            record(wanted, fields),
            text={**asked, "text": [put_text(CREDENTIAL)]},
            file={**asked, "file": [put_text(CREDENTIAL)]},
            nothingShown=asked,
            brokerAsks={
                **asked,
                "requester": RequesterKind.PRIVATE_INTERMEDIARY.value,
                "text": [put_text(CREDENTIAL)],
            },
        )
    }
    return _operation(
        "checkProgramme",
        "Check one person's credentials against a programme",
        ref("ProgrammeAnswer"),
        *(400, 401, 403, 404, 413, 415, 429),
        body=body,
        parameters=({"$ref": "#/components/parameters/programme"},),
    )


def _batch() -> dict[str, Any]:
    fields = {"files": array(FILE), "folder": array(FILE), "text": TEXT, "purpose": TEXT}
    body = {
        FORM: _media(
            record({}, fields),
            files={"files": [put_text(CREDENTIAL), put_text(REVOKED_CREDENTIAL), "no certificate"]},
            text={"text": f"{put_text(LINK)}\n7K3M-9QXA-2B4C"},
            nothing={"text": ""},
        )
    }
    answer, summary = ref("BatchAnswer"), "Check many things at one moment"
    return _operation("checkBatch", summary, answer, 400, 401, 403, 413, 415, 429, body=body)


def _bundle() -> dict[str, Any]:
    summary = "Everything that a verifier without a network needs"
    operation = _operation("getBundle", summary, {}, 429, 503, security=[])
    operation["parameters"] = [{"name": "If-None-Match", "in": "header", "schema": TEXT}]
    etag = {"ETag": {"schema": TEXT}}
    operation["responses"]["200"] = {"description": "The ZIP.", "headers": etag, "content": {ZIP: {}}}
    operation["responses"]["304"] = {"description": "It is still the one you have.", "headers": etag}
    return operation


def _make_request() -> dict[str, Any]:
    purpose = {"type": "string", "minLength": 1, "maxLength": MAX_PURPOSE}
    wanted = [{"type": "RPLCertificate", "claims": ["nameLatin", "achievement"]}]
    body = {
        JSON: _media(
            closed({"credentials": ref("WantedCredentials"), "purpose": purpose}),
            made={"credentials": wanted, "purpose": "application for work"},
            optional={
                "credentials": [{"type": "rpl"}, {"type": "employment", "required": False}],
                "purpose": "application for work",
            },
        )
    }
    return _operation(
        "makeWalletRequest",
        "Ask a wallet (OpenID4VP); show the link as a QR code",
        ref("WalletRequestMade"),
        *(400, 401, 403, 413, 415),
        body=body,
        status=201,
        security=[{_KEY: []}],
    )


def _get_request() -> dict[str, Any]:
    return _operation(
        "getWalletRequest",
        "How far a request is, and the decision once the wallet answered",
        ref("WalletRequest"),
        *(401, 403, 404),
        security=[{_KEY: []}],
        parameters=(_in_path("request_id", "8Q1XJ2V6K0ZP3M5T"),),
    )


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Method, path and operation of each that is described, without the examples of answers."""
    yield from _operations(_paths())


def _operations(paths: Mapping[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in paths.items():
        for method, operation in methods.items():
            yield method, path, operation


def _with_examples(paths: dict[str, Any], answers: Mapping[str, Any]) -> dict[str, Any]:
    """``paths`` with the kept answers: operation, then status, then name of the example."""
    for _, _, operation in _operations(paths):
        for status, examples in answers.get(operation["operationId"], {}).items():
            (media,) = operation["responses"][status]["content"].values()
            media["examples"] = {name: {"value": value} for name, value in examples.items()}
    return paths
