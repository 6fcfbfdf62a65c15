"""Every parser of outside input: one line each, with a genuine example and what may leave it.

``read`` takes one thing, of the kind that ``genuine`` is. A new parser is a new line here; a test
compares this table with the source.
"""

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import httpx2
import orjson
from starlette.responses import Response

from issuer.class_list import ListKind, parse_class_list, sample_class_list
from issuer.class_list.columns import columns_of
from issuer.class_list.csv_text import read_csv
from issuer.class_list.headings import count_headings
from issuer.class_list.model import Heading, UnreadableClassList
from issuer.class_list.rows import Setting, read_row
from issuer.class_list.sheet import Cell, SheetRow
from issuer.class_list.values import read_date, read_passed, read_sex, read_whole_number
from issuer.class_list.xlsx import read_workbook
from issuer.identity_link.rld_client import RldClient, XRoadRoute
from revocation.published_files import PublishedUnreadable, read_list, read_notes
from revocation.records import RecordError, parse_record
from runtime.auth import (
    NotAuthenticated,
    Principal,
    Role,
    issue_access_token,
    issue_session,
    parse_access_token,
    parse_service_token,
    parse_session,
    safe_next_path,
    service_token,
)
from runtime.entropy import decode_code
from runtime.origins import parse_origin
from runtime.settings import Settings
from runtime.verification import edition_of
from tests.simulator import CENTRE_DID, CENTRE_URL, NOTES_URL, TRUST_LIST_URL, IssuerWorld, did_key_signer
from tests.unit.issuer.class_list_samples import COURSES, QUALIFICATIONS, TODAY, good_row
from vc.cose.secured import (
    parse_credential_cose,
    parse_presentation_cose,
    sign_credential_cose,
    sign_presentation_cose,
)
from vc.cose.sign1 import parse_sign1
from vc.crypto.keys import PublicKey
from vc.did import did_jwk, did_key, did_web, documents
from vc.did.key_agreement import KeyAgreementKey
from vc.did.resolution import resolve_did
from vc.did.resolve import did_of, resolve_locally_or_url
from vc.did.syntax import parse_did_url
from vc.encoding import base64url, multibase
from vc.encoding.contexts import read_vocabulary
from vc.encoding.embedded_contexts import unwrap
from vc.encoding.jcs import canonicalize
from vc.encoding.rdfc import canonicalize_rdfc
from vc.encoding.strict_json import parse_json, parse_json_object
from vc.encoding.timestamps import parse_timestamp
from vc.errors import (
    EvidenceUnavailable,
    MalformedValue,
    NotFound,
    ParseError,
    ProtocolError,
    TransformationError,
    UnknownOption,
)
from vc.jose.claims import parse_times
from vc.jose.envelope import decode_base64, envelop, envelop_credential, envelop_presentation, open_envelope
from vc.jose.jws import parse_jws
from vc.jose.media_types import MediaType
from vc.jose.secured import (
    parse_credential_jwt,
    parse_presentation_jwt,
    sign_credential_jwt,
    sign_presentation_jwt,
)
from vc.model.credential import check_credential_shape, parse_credential
from vc.model.digests import read_multibase, read_sri
from vc.model.presentation import check_presentation_shape
from vc.proof.data_integrity import parse_proofs
from vc.sd_jwt.disclosures import reveal
from vc.sd_jwt.sd_jwt import parse_sd_jwt
from vc.sd_jwt.secured import parse_credential_sd_jwt, parse_presentation_sd_jwt, sign_credential_sd_jwt
from vc.status.bitstring_status_list import StatusListLengthError, decode_list
from vc.status.check import parse_status_list
from vc.status.entries import parse_status_entries
from vc.status.notes import notes_url, parse_status_notes
from vc.trust.trust_list import parse_trust_list
from vc.verify.credential import award_of
from vc.verify.enveloped import open_presentation_token, open_token
from verifier.extract import link_or_none
from verifier.links import parse_code, parse_link_or_code, parse_token

_NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
_ORIGIN = "https://passport.example"
_WORLD = IssuerWorld()
_CREDENTIAL = _WORLD.issue()
_DOCUMENT: dict[str, Any] = json.loads(_CREDENTIAL)
_UNSECURED: dict[str, Any] = {name: value for name, value in _DOCUMENT.items() if name != "proof"}
_HOLDER, _HOLDER_SIGNER = did_key_signer("holder")
_KEY = _WORLD.centre.public_key
_JWT = sign_credential_jwt(_UNSECURED, _WORLD.centre, issued_at=_NOW)
_PRESENTATION: dict[str, Any] = {
    "@context": ["https://www.w3.org/ns/credentials/v2"],
    "type": ["VerifiablePresentation"],
    "holder": _HOLDER,
    "verifiableCredential": [envelop_credential(_JWT)],
}
_COSE_PRESENTATION: dict[str, Any] = {
    **_PRESENTATION,
    "verifiableCredential": [
        envelop(MediaType.VC_COSE, sign_credential_cose(_UNSECURED, _WORLD.centre)),
    ],
}
_VP_JWT = sign_presentation_jwt(_PRESENTATION, _HOLDER_SIGNER, issued_at=_NOW)
_SD_JWT = sign_credential_sd_jwt(
    _UNSECURED,
    _WORLD.centre,
    issued_at=_NOW,
    paths=[("credentialSubject", "nameLatin")],
    new_salt=lambda: "2GLC42sKQveCfGfryNRN9w",
)
_STATUS_LIST: dict[str, Any] = json.loads(_WORLD.documents[_WORLD.list_url])
_NOTES_WORLD = IssuerWorld()
_NOTES_WORLD.publish_status({3, 7})
_NOTES: dict[str, Any] = json.loads(_NOTES_WORLD.documents[NOTES_URL])
_SETTINGS = Settings(
    data_dir=Path("unused"), session_secret="x" * 40, service_secret="y" * 40, base_url=_ORIGIN
)
_PRINCIPAL = Principal(subject="clerk-1", name="clerk-1", role=Role.CLERK, organisation_id="poipet")
_RECORD = orjson.dumps({"record": "listClosed", "list_id": "2026-1", "at": "2026-11-22T03:00:00+00:00"})
_CSV = sample_class_list(ListKind.RPL, "csv", "en", [good_row()])
_XLSX = sample_class_list(ListKind.RPL, "xlsx", "en", [good_row()])


def _session() -> str:
    """What stands in the cookie of somebody who is signed in."""
    response = Response()
    issue_session(response, _PRINCIPAL, settings=_SETTINGS, now=_NOW)
    return response.headers["set-cookie"].partition("=")[2].partition(";")[0]


@dataclass(frozen=True, kw_only=True, slots=True)
class Parser:
    """``name`` is the dotted name of the function; nothing but ``raises`` may leave ``read``."""

    name: str
    read: Callable[[Any], object]
    genuine: Any
    raises: tuple[type[Exception], ...] = ()


def _parser(name: str, read: Callable[[Any], object], genuine: Any, *raises: type[Exception]) -> Parser:
    return Parser(name=name, read=read, genuine=genuine, raises=raises)


def _token(parts: Mapping[str, Any]) -> str:
    """A token of these parts, whose signature nobody looks at."""
    written = [base64url.encode(orjson.dumps(parts.get(name))) for name in ("header", "payload")]
    return ".".join([*written, base64url.encode(bytes(64))])


def _parts(token: str) -> dict[str, Any]:
    header, payload, _ = (base64url.decode(part, max_bytes=100_000) for part in token.split("."))
    return {"header": json.loads(header), "payload": json.loads(payload)}


def _disclosed(parts: Mapping[str, Any]) -> object:
    payload, values = parts.get("payload"), parts.get("disclosures")
    encoded = [base64url.encode(orjson.dumps(v)) for v in values] if isinstance(values, list) else []
    return reveal(payload if isinstance(payload, dict) else {}, encoded)


@cache
def _row_setting() -> Setting:
    columns = columns_of(ListKind.RPL)
    return Setting(
        kind=ListKind.RPL,
        today=TODAY,
        qualifications=QUALIFICATIONS,
        courses=COURSES,
        headings={column.key: Heading(text=column.title_en, letter="A") for column in columns},
        indexes={column.key: position for position, column in enumerate(columns)},
    )


def _class_list(data: bytes) -> object:
    return parse_class_list(data, ListKind.RPL, today=TODAY, qualifications=QUALIFICATIONS, courses=COURSES)


def _class_row(texts: Mapping[str, Any]) -> object:
    cells = tuple(Cell(text=str(texts.get(column.key, ""))) for column in columns_of(ListKind.RPL))
    return read_row(SheetRow(number=2, cells=cells), _row_setting())


def _rld_answer(body: bytes) -> object:
    async def ask() -> object:
        transport = httpx2.MockTransport(lambda _: httpx2.Response(200, content=body))
        async with httpx2.AsyncClient(transport=transport, base_url=_ORIGIN) as client:
            route = XRoadRoute(client="A/B/C/D", service="E/F/G/H")
            return await RldClient(client, route).get_persons(["RLD-DEMO-000001"])

    return asyncio.run(ask())


_RLD_ANSWER = orjson.dumps(
    {
        "persons": [
            {
                "rld_number": "RLD-DEMO-000001",
                "name_km": "សុខ ដារ៉ា",
                "name_latin": "SOK DARA",
                "birth_date": "1994-03-07",
                "sex": "M",
                "province_code": "01",
            }
        ]
    }
)

ENCODINGS = (
    _parser("vc.encoding.strict_json.parse_json", parse_json, _CREDENTIAL, ParseError),
    _parser("vc.encoding.strict_json.parse_json_object", parse_json_object, _CREDENTIAL, ParseError),
    _parser(
        "vc.encoding.base64url.decode", lambda t: base64url.decode(t, max_bytes=99), "AQID_-8", MalformedValue
    ),
    _parser(
        "vc.encoding.multibase.decode",
        lambda t: multibase.decode(t, max_bytes=99),
        _KEY.multikey,
        MalformedValue,
    ),
    _parser(
        "vc.encoding.timestamps.parse_timestamp", parse_timestamp, "2026-11-22T03:00:00Z", MalformedValue
    ),
    _parser("vc.encoding.contexts.read_vocabulary", read_vocabulary, {"a": {"@id": "b:c", "@type": "@id"}}),
    _parser("vc.encoding.embedded_contexts.unwrap", unwrap, {"@context": {"a": "b:c"}}),
    _parser("vc.encoding.jcs.canonicalize", canonicalize, _DOCUMENT, TransformationError),
    _parser("vc.encoding.rdfc.canonicalize_rdfc", canonicalize_rdfc, _UNSECURED, TransformationError),
    _parser("vc.model.digests.read_sri", read_sri, "sha384-" + "A" * 64, MalformedValue),
    _parser("vc.model.digests.read_multibase", read_multibase, "u" + "A" * 43, MalformedValue),
)

IDENTIFIERS = (
    _parser(
        "vc.crypto.keys.PublicKey.from_multikey",
        PublicKey.from_multikey,
        _KEY.multikey,
        MalformedValue,
        UnknownOption,
    ),
    _parser("vc.crypto.keys.PublicKey.from_jwk", PublicKey.from_jwk, _KEY.jwk, MalformedValue, UnknownOption),
    _parser(
        "vc.did.key_agreement.KeyAgreementKey.from_jwk",
        KeyAgreementKey.from_jwk,
        {"kty": "OKP", "crv": "X25519", "x": "A" * 43},
        MalformedValue,
    ),
    _parser("vc.did.did_key.resolve", did_key.resolve, did_key.did_for(_KEY), MalformedValue, UnknownOption),
    _parser("vc.did.did_jwk.read_jwk", did_jwk.read_jwk, did_jwk.did_for(_KEY), MalformedValue, ParseError),
    _parser(
        "vc.did.did_jwk.resolve",
        did_jwk.resolve,
        did_jwk.did_for(_KEY),
        MalformedValue,
        ParseError,
        UnknownOption,
    ),
    _parser(
        "vc.did.did_jwk.resolve",
        lambda jwk: did_jwk.resolve("did:jwk:" + base64url.encode(orjson.dumps(jwk))),
        {**_KEY.jwk, "use": "sig"},
        MalformedValue,
        ParseError,
        UnknownOption,
    ),
    _parser("vc.did.did_web.document_url", did_web.document_url, CENTRE_DID, MalformedValue),
    _parser(
        "vc.did.did_web.parse_document",
        lambda raw: did_web.parse_document(CENTRE_DID, raw),
        _WORLD.documents[CENTRE_URL],
        ParseError,
        MalformedValue,
    ),
    _parser(
        "vc.did.documents.parse_document",
        lambda value: documents.parse_document(CENTRE_DID, orjson.dumps(value)),
        json.loads(_WORLD.documents[CENTRE_URL]),
        ParseError,
        MalformedValue,
    ),
    _parser("vc.did.resolution.resolve_did", resolve_did, did_key.verification_method_for(_KEY)),
    _parser("vc.did.resolve.did_of", did_of, f"{CENTRE_DID}#key-1", MalformedValue),
    _parser(
        "vc.did.resolve.resolve_locally_or_url",
        resolve_locally_or_url,
        did_key.did_for(_KEY),
        MalformedValue,
        ParseError,
        UnknownOption,
    ),
    _parser("vc.did.syntax.parse_did_url", parse_did_url, f"{CENTRE_DID}/a?b=c#d", MalformedValue),
)

DOCUMENTS = (
    _parser("vc.model.credential.parse_credential", parse_credential, _CREDENTIAL, ParseError),
    _parser("vc.model.credential.check_credential_shape", check_credential_shape, _DOCUMENT),
    _parser("vc.model.presentation.check_presentation_shape", check_presentation_shape, _PRESENTATION),
    _parser("vc.verify.credential.award_of", award_of, _DOCUMENT),
    _parser("vc.proof.proofs.parse_proofs", parse_proofs, _DOCUMENT, MalformedValue),
    _parser(
        "vc.trust.trust_list.parse_trust_list",
        parse_trust_list,
        json.loads(_WORLD.documents[TRUST_LIST_URL]),
        MalformedValue,
    ),
    _parser("vc.status.entries.parse_status_entries", parse_status_entries, _DOCUMENT, MalformedValue),
    _parser("vc.status.notes.notes_url", notes_url, _WORLD.list_url),
    _parser(
        "vc.status.notes.parse_status_notes",
        lambda value: parse_status_notes(value, url=NOTES_URL, digest=""),
        _NOTES,
        MalformedValue,
    ),
    _parser(
        "vc.status.check.parse_status_list",
        lambda value: parse_status_list(value, url=_WORLD.list_url, digest=""),
        _STATUS_LIST,
        MalformedValue,
        StatusListLengthError,
    ),
    _parser(
        "vc.status.bitstring_status_list.decode_list",
        decode_list,
        _STATUS_LIST["credentialSubject"]["encodedList"],
        MalformedValue,
        StatusListLengthError,
    ),
)

TOKENS = (
    _parser("vc.jose.jws.parse_jws", parse_jws, _JWT, MalformedValue, ParseError),
    _parser(
        "vc.jose.jws.parse_jws",
        lambda value: parse_jws(_token(value)),
        _parts(_JWT),
        MalformedValue,
        ParseError,
    ),
    _parser("vc.jose.claims.parse_times", parse_times, {"iat": 1_795_000_000, "exp": 1.5e9}, MalformedValue),
    _parser("vc.jose.envelope.decode_base64", decode_base64, "AQID/+8=", MalformedValue),
    _parser("vc.jose.envelope.open_envelope", open_envelope, dict(envelop_credential(_JWT)), MalformedValue),
    _parser("vc.jose.secured.parse_credential_jwt", parse_credential_jwt, _JWT, MalformedValue, ParseError),
    _parser(
        "vc.jose.secured.parse_credential_jwt",
        lambda value: parse_credential_jwt(_token(value)),
        _parts(_JWT),
        MalformedValue,
        ParseError,
    ),
    _parser(
        "vc.jose.secured.parse_presentation_jwt",
        lambda value: parse_presentation_jwt(_token(value)),
        _parts(_VP_JWT),
        MalformedValue,
        ParseError,
    ),
    _parser(
        "vc.verify.enveloped.open_token",
        open_token,
        dict(envelop_credential(_JWT)),
        ProtocolError,
    ),
    _parser(
        "vc.verify.enveloped.open_presentation_token",
        open_presentation_token,
        dict(envelop_presentation(_VP_JWT)),
        ProtocolError,
    ),
    _parser("vc.sd_jwt.sd_jwt.parse_sd_jwt", parse_sd_jwt, _SD_JWT, MalformedValue, ParseError),
    _parser(
        "vc.sd_jwt.secured.parse_credential_sd_jwt",
        parse_credential_sd_jwt,
        _SD_JWT,
        MalformedValue,
        ParseError,
    ),
    _parser(
        "vc.sd_jwt.secured.parse_presentation_sd_jwt",
        lambda value: parse_presentation_sd_jwt(_token(value) + "~"),
        _parts(_VP_JWT) | {"header": {"alg": "EdDSA", "typ": "vp+sd-jwt", "kid": f"{_HOLDER}#key"}},
        MalformedValue,
        ParseError,
    ),
    _parser(
        "vc.sd_jwt.disclosures.reveal",
        _disclosed,
        {
            "payload": _parts(_SD_JWT.split("~", maxsplit=1)[0])["payload"],
            "disclosures": [["2GLC42sKQveCfGfryNRN9w", "nameLatin", "SOK DARA"]],
        },
        MalformedValue,
        ParseError,
    ),
    _parser(
        "vc.cose.sign1.parse_sign1",
        parse_sign1,
        sign_credential_cose(_UNSECURED, _WORLD.centre),
        MalformedValue,
    ),
    _parser(
        "vc.cose.secured.parse_credential_cose",
        parse_credential_cose,
        sign_credential_cose(_UNSECURED, _WORLD.centre),
        MalformedValue,
        ParseError,
    ),
    _parser(
        "vc.cose.secured.parse_presentation_cose",
        parse_presentation_cose,
        sign_presentation_cose(_COSE_PRESENTATION, _HOLDER_SIGNER),
        MalformedValue,
        ParseError,
    ),
    _parser(
        "runtime.auth.parse_access_token",
        lambda text: parse_access_token(text, settings=_SETTINGS, now=_NOW),
        issue_access_token(_PRINCIPAL, settings=_SETTINGS, now=_NOW),
        NotAuthenticated,
    ),
    _parser(
        "runtime.auth.parse_session",
        lambda text: parse_session(text, settings=_SETTINGS, now=_NOW),
        _session(),
        NotAuthenticated,
    ),
    _parser(
        "runtime.auth.parse_service_token",
        lambda text: parse_service_token(text, audience="revocation", settings=_SETTINGS, now=_NOW),
        service_token(caller="issuer", audience="revocation", settings=_SETTINGS, now=_NOW),
        NotAuthenticated,
    ),
)

TYPED_AND_UPLOADED = (
    _parser(
        "verifier.links.parse_link_or_code",
        lambda text: parse_link_or_code(text, base_url=_ORIGIN),
        f"{_ORIGIN}/v/7K3M9QXA2B4C5D6E7F8G9H0J1K",
        MalformedValue,
        NotFound,
    ),
    _parser("verifier.links.parse_token", parse_token, "7K3M9QXA2B4C5D6E7F8G9H0J1K", NotFound),
    _parser("verifier.links.parse_code", parse_code, "7K3M-9QXA-2B4C", MalformedValue),
    _parser("verifier.extract.values.link_or_none", link_or_none, f"{_ORIGIN}/v/7K3M9QXA2B4C5D6E7F8G9H0J1K"),
    _parser("runtime.entropy.decode_code", decode_code, "7K3M-9QXA-2B4C", MalformedValue),
    _parser("runtime.origins.parse_origin", parse_origin, _ORIGIN, ValueError),
    _parser("runtime.auth.safe_next_path", safe_next_path, "/issuer?x=1"),
    _parser("runtime.verification.edition_of", edition_of, _WORLD.documents[TRUST_LIST_URL]),
    _parser("issuer.class_list.parse.parse_class_list", _class_list, _CSV, UnreadableClassList),
    _parser(
        "issuer.class_list.csv_text.read_csv",
        lambda data: read_csv(data, lambda sheet: count_headings(sheet, ListKind.RPL)),
        _CSV,
        UnreadableClassList,
    ),
    _parser("issuer.class_list.xlsx.read_workbook", read_workbook, _XLSX, UnreadableClassList),
    _parser("issuer.class_list.rows.read_row", _class_row, {k: str(v) for k, v in good_row().items()}),
    _parser("issuer.class_list.values.read_date", lambda t: read_date(Cell(text=t)), "31.12.1995"),
    _parser("issuer.class_list.values.read_whole_number", lambda t: read_whole_number(Cell(text=t)), "92 %"),
    _parser("issuer.class_list.values.read_passed", lambda t: read_passed(Cell(text=t)), "not passed"),
    _parser("issuer.class_list.values.read_sex", lambda t: read_sex(Cell(text=t)), "ស្រី"),
    _parser(
        "issuer.identity_link.rld_client.RldClient.get_persons", _rld_answer, _RLD_ANSWER, EvidenceUnavailable
    ),
)

# What the registry wrote to its own disk, which a restore may have damaged.
OWN_FILES = (
    _parser("revocation.records.parse_record", parse_record, _RECORD, RecordError),
    _parser(
        "revocation.published_files.read_list",
        read_list,
        _WORLD.documents[_WORLD.list_url],
        PublishedUnreadable,
    ),
    _parser(
        "revocation.published_files.read_notes",
        read_notes,
        _NOTES_WORLD.documents[NOTES_URL],
        PublishedUnreadable,
    ),
)

PARSERS = (*ENCODINGS, *IDENTIFIERS, *DOCUMENTS, *TOKENS, *TYPED_AND_UPLOADED, *OWN_FILES)

# Named like parsers and not in the table, each with the reason.
ELSEWHERE: Mapping[str, str] = {
    "vc.verify.authentic.resolve_key": "part of a round; whole rounds are tried by their own test",
    "verifier.extract.reader.extract": "starts a process for each file; tried by its own test",
    "verifier.extract.reader.extract_async": "as extract",
    "verifier.extract.worker.read_picture": "runs in a process that may die; tried through extract",
    "verifier.extract.worker.read_pdf": "as read_picture",
    "issuer.class_list.catalogue.parse_qualifications": "reads this product's own data",
    "issuer.class_list.catalogue.parse_courses": "reads this product's own data",
}
