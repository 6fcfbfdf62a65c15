"""Every parser of outside input: one line each, with a genuine example and what may leave it.

``read`` takes one thing, of the kind that ``genuine`` is. A new parser is a new line here, or in
``outer_parsers``; a test compares the tables with the source.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from tests.property import samples
from tests.simulator import CENTRE_DID, CENTRE_URL, NOTES_URL, ROOT_DID, TRUST_LIST_URL, TRUST_ROOT_URL
from vc.cose.secured import (
    parse_credential_cose,
    parse_presentation_cose,
    sign_credential_cose,
    sign_presentation_cose,
)
from vc.cose.sign1 import parse_sign1
from vc.crypto.checkpoint import ServiceHead, next_checkpoint, parse_checkpoint
from vc.crypto.keys import PublicKey
from vc.crypto.merkle import Frontier
from vc.crypto.signed_note import NoteKey, open_note, sign_note
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
    MalformedValue,
    ParseError,
    ProtocolError,
    TransformationError,
    UnknownOption,
)
from vc.jose.claims import parse_times
from vc.jose.envelope import decode_base64, envelop_credential, envelop_presentation, open_envelope
from vc.jose.jws import parse_jws
from vc.jose.secured import (
    parse_credential_jwt,
    parse_presentation_jwt,
)
from vc.model.credential import check_credential_shape, parse_credential
from vc.model.digests import read_multibase, read_sri
from vc.model.presentation import check_presentation_shape
from vc.proof.data_integrity import parse_proofs
from vc.sd_jwt.credential import parse_sd_jwt_vc
from vc.sd_jwt.disclosures import reveal
from vc.sd_jwt.key_binding import parse_key_binding
from vc.sd_jwt.sd_jwt import parse_sd_jwt
from vc.sd_jwt.secured import parse_credential_sd_jwt, parse_presentation_sd_jwt
from vc.status.bitstring_status_list import StatusListLengthError, decode_list
from vc.status.check import parse_status_list
from vc.status.entries import parse_status_entries
from vc.status.notes import notes_url, parse_status_notes
from vc.status.token_documents import read_list_cwt, read_list_jwt
from vc.status.token_entries import parse_status_claim
from vc.trust.anchor import parse_anchor
from vc.trust.digests import parse_signed_before
from vc.trust.licences import parse_licences
from vc.trust.root import parse_chain, parse_root
from vc.trust.trust_list import parse_trust_list
from vc.trust.windows import parse_suspension
from vc.verify.opened import open_presentation_token, open_token
from vc.verify.reading import award_of


@dataclass(frozen=True, kw_only=True, slots=True)
class Parser:
    """``name`` is the dotted name of the function; nothing but ``raises`` may leave ``read``."""

    name: str
    read: Callable[[Any], object]
    genuine: Any
    raises: tuple[type[Exception], ...] = ()


def parser(name: str, read: Callable[[Any], object], genuine: Any, *raises: type[Exception]) -> Parser:
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


ENCODINGS = (
    parser("vc.encoding.strict_json.parse_json", parse_json, samples.CREDENTIAL, ParseError),
    parser("vc.encoding.strict_json.parse_json_object", parse_json_object, samples.CREDENTIAL, ParseError),
    parser(
        "vc.encoding.base64url.decode", lambda t: base64url.decode(t, max_bytes=99), "AQID_-8", MalformedValue
    ),
    parser(
        "vc.encoding.multibase.decode",
        lambda t: multibase.decode(t, max_bytes=99),
        samples.KEY.multikey,
        MalformedValue,
    ),
    parser("vc.encoding.timestamps.parse_timestamp", parse_timestamp, "2026-11-22T03:00:00Z", MalformedValue),
    parser("vc.encoding.contexts.read_vocabulary", read_vocabulary, {"a": {"@id": "b:c", "@type": "@id"}}),
    parser("vc.encoding.embedded_contexts.unwrap", unwrap, {"@context": {"a": "b:c"}}),
    parser("vc.encoding.jcs.canonicalize", canonicalize, samples.DOCUMENT, TransformationError),
    parser("vc.encoding.rdfc.canonicalize_rdfc", canonicalize_rdfc, samples.UNSECURED, TransformationError),
    parser("vc.model.digests.read_sri", read_sri, "sha384-" + "A" * 64, MalformedValue),
    parser("vc.model.digests.read_multibase", read_multibase, "u" + "A" * 43, MalformedValue),
)

IDENTIFIERS = (
    parser(
        "vc.crypto.keys.PublicKey.from_multikey",
        PublicKey.from_multikey,
        samples.KEY.multikey,
        MalformedValue,
        UnknownOption,
    ),
    parser(
        "vc.crypto.keys.PublicKey.from_jwk",
        PublicKey.from_jwk,
        samples.KEY.jwk,
        MalformedValue,
        UnknownOption,
    ),
    parser(
        "vc.did.key_agreement.KeyAgreementKey.from_jwk",
        KeyAgreementKey.from_jwk,
        {"kty": "OKP", "crv": "X25519", "x": "A" * 43},
        MalformedValue,
    ),
    parser(
        "vc.did.did_key.resolve", did_key.resolve, did_key.did_for(samples.KEY), MalformedValue, UnknownOption
    ),
    parser(
        "vc.did.did_jwk.read_jwk", did_jwk.read_jwk, did_jwk.did_for(samples.KEY), MalformedValue, ParseError
    ),
    parser(
        "vc.did.did_jwk.resolve",
        did_jwk.resolve,
        did_jwk.did_for(samples.KEY),
        MalformedValue,
        ParseError,
        UnknownOption,
    ),
    parser(
        "vc.did.did_jwk.resolve",
        lambda jwk: did_jwk.resolve("did:jwk:" + base64url.encode(orjson.dumps(jwk))),
        {**samples.KEY.jwk, "use": "sig"},
        MalformedValue,
        ParseError,
        UnknownOption,
    ),
    parser("vc.did.did_web.document_url", did_web.document_url, CENTRE_DID, MalformedValue),
    parser(
        "vc.did.did_web.parse_document",
        lambda raw: did_web.parse_document(CENTRE_DID, raw),
        samples.WORLD.documents[CENTRE_URL],
        ParseError,
        MalformedValue,
    ),
    parser(
        "vc.did.documents.parse_document",
        lambda value: documents.parse_document(CENTRE_DID, orjson.dumps(value)),
        json.loads(samples.WORLD.documents[CENTRE_URL]),
        ParseError,
        MalformedValue,
    ),
    parser("vc.did.resolution.resolve_did", resolve_did, did_key.verification_method_for(samples.KEY)),
    parser("vc.did.resolve.did_of", did_of, f"{CENTRE_DID}#key-1", MalformedValue),
    parser(
        "vc.did.resolve.resolve_locally_or_url",
        resolve_locally_or_url,
        did_key.did_for(samples.KEY),
        MalformedValue,
        ParseError,
        UnknownOption,
    ),
    parser("vc.did.syntax.parse_did_url", parse_did_url, f"{CENTRE_DID}/a?b=c#d", MalformedValue),
)

DOCUMENTS = (
    parser("vc.model.credential.parse_credential", parse_credential, samples.CREDENTIAL, ParseError),
    parser("vc.model.credential.check_credential_shape", check_credential_shape, samples.RICH),
    parser("vc.model.presentation.check_presentation_shape", check_presentation_shape, samples.PRESENTATION),
    parser("vc.verify.reading.award_of", award_of, samples.RICH),
    parser("vc.proof.proofs.parse_proofs", parse_proofs, samples.RICH, MalformedValue),
    parser(
        "vc.trust.trust_list.parse_trust_list",
        parse_trust_list,
        json.loads(samples.WORLD.documents[TRUST_LIST_URL]),
        MalformedValue,
    ),
    parser(
        "vc.trust.anchor.parse_anchor",
        lambda t: parse_anchor(t, did=""),
        samples.WORLD.trust_anchor.text,
        MalformedValue,
    ),
    parser("vc.trust.root.parse_chain", parse_chain, samples.WORLD.documents[TRUST_ROOT_URL], ProtocolError),
    parser(
        "vc.trust.root.parse_root",
        lambda value: parse_root(value, ROOT_DID),
        samples.WORLD.roots[0],
        MalformedValue,
    ),
    parser(
        "vc.trust.licences.parse_licences",
        lambda value: parse_licences(value.get("verifiers"), ""),
        {"verifiers": samples.LICENCES},
        MalformedValue,
    ),
    parser(
        "vc.trust.windows.parse_suspension",
        lambda value: parse_suspension(value, ""),
        {"from": "2026-01-01T00:00:00Z", "until": "2026-02-01T00:00:00Z"},
        MalformedValue,
    ),
    parser(
        "vc.trust.digests.parse_signed_before",
        lambda value: parse_signed_before(value, ""),
        samples.SIGNED_BEFORE,
        MalformedValue,
    ),
    parser("vc.trust.digests.parse_digests", samples.read_digests, samples.DIGESTS, MalformedValue),
    parser("vc.status.entries.parse_status_entries", parse_status_entries, samples.RICH, MalformedValue),
    parser("vc.status.notes.notes_url", notes_url, samples.WORLD.list_url),
    parser(
        "vc.status.notes.parse_status_notes",
        lambda value: parse_status_notes(value, url=NOTES_URL, digest=""),
        samples.NOTES,
        MalformedValue,
    ),
    parser(
        "vc.status.check.parse_status_list",
        lambda value: parse_status_list(value, url=samples.WORLD.list_url, digest=""),
        samples.STATUS_LIST,
        MalformedValue,
        StatusListLengthError,
    ),
    parser(
        "vc.status.bitstring_status_list.decode_list",
        decode_list,
        samples.STATUS_LIST["credentialSubject"]["encodedList"],
        MalformedValue,
        StatusListLengthError,
    ),
)

TOKENS = (
    parser(
        "vc.status.token_documents.read_list_jwt",
        read_list_jwt,
        samples.TOKEN_JWT,
        MalformedValue,
        ParseError,
    ),
    parser("vc.status.token_documents.read_list_cwt", read_list_cwt, samples.TOKEN_CWT, MalformedValue),
    parser("vc.jose.jws.parse_jws", parse_jws, samples.JWT, MalformedValue, ParseError),
    parser(
        "vc.jose.jws.parse_jws",
        lambda value: parse_jws(_token(value)),
        _parts(samples.JWT),
        MalformedValue,
        ParseError,
    ),
    parser(
        "vc.jose.claims.parse_times",
        parse_times,
        {"iat": 1_795_000_000, "exp": 1.5e9, "nbf": 0},
        MalformedValue,
    ),
    parser("vc.jose.envelope.decode_base64", decode_base64, "AQID/+8=", MalformedValue),
    parser(
        "vc.jose.envelope.open_envelope", open_envelope, dict(envelop_credential(samples.JWT)), MalformedValue
    ),
    parser(
        "vc.jose.secured.parse_credential_jwt", parse_credential_jwt, samples.JWT, MalformedValue, ParseError
    ),
    parser(
        "vc.jose.secured.parse_credential_jwt",
        lambda value: parse_credential_jwt(_token(value)),
        _parts(samples.JWT),
        MalformedValue,
        ParseError,
    ),
    parser(
        "vc.jose.secured.parse_presentation_jwt",
        lambda value: parse_presentation_jwt(_token(value)),
        _parts(samples.VP_JWT),
        MalformedValue,
        ParseError,
    ),
    parser(
        "vc.verify.opened.open_token",
        open_token,
        dict(envelop_credential(samples.JWT)),
        ProtocolError,
    ),
    parser(
        "vc.verify.opened.open_presentation_token",
        open_presentation_token,
        dict(envelop_presentation(samples.VP_JWT)),
        ProtocolError,
    ),
    parser("vc.sd_jwt.sd_jwt.parse_sd_jwt", parse_sd_jwt, samples.SD_JWT, MalformedValue, ParseError),
    parser("vc.sd_jwt.credential.parse_sd_jwt_vc", parse_sd_jwt_vc, samples.SD_JWT_VC, ProtocolError),
    parser(
        "vc.sd_jwt.key_binding.parse_key_binding",
        parse_key_binding,
        samples.SD_JWT_VC.rpartition("~")[2],
        MalformedValue,
        ParseError,
    ),
    parser(
        "vc.status.token_entries.parse_status_claim",
        parse_status_claim,
        {"status": {"status_list": {"idx": 7, "uri": "https://a.example/list"}}},
        MalformedValue,
    ),
    parser(
        "vc.sd_jwt.secured.parse_credential_sd_jwt",
        parse_credential_sd_jwt,
        samples.SD_JWT,
        MalformedValue,
        ParseError,
    ),
    parser(
        "vc.sd_jwt.secured.parse_presentation_sd_jwt",
        lambda value: parse_presentation_sd_jwt(_token(value) + "~"),
        _parts(samples.VP_JWT)
        | {"header": {"alg": "EdDSA", "typ": "vp+sd-jwt", "kid": f"{samples.HOLDER}#key"}},
        MalformedValue,
        ParseError,
    ),
    parser(
        "vc.sd_jwt.disclosures.reveal",
        _disclosed,
        {
            "payload": _parts(samples.SD_JWT.split("~", maxsplit=1)[0])["payload"],
            "disclosures": [["2GLC42sKQveCfGfryNRN9w", "nameLatin", "SOK DARA"]],
        },
        MalformedValue,
        ParseError,
    ),
    parser(
        "vc.cose.sign1.parse_sign1",
        parse_sign1,
        sign_credential_cose(samples.UNSECURED, samples.WORLD.centre),
        MalformedValue,
    ),
    parser(
        "vc.cose.secured.parse_credential_cose",
        parse_credential_cose,
        sign_credential_cose(samples.UNSECURED, samples.WORLD.centre),
        MalformedValue,
        ParseError,
    ),
    parser(
        "vc.cose.secured.parse_presentation_cose",
        parse_presentation_cose,
        sign_presentation_cose(samples.COSE_PRESENTATION, samples.HOLDER_SIGNER),
        MalformedValue,
        ParseError,
    ),
)

_CHECKPOINT = next_checkpoint(
    Frontier(),
    origin="skills-passport.example/audit",
    at=samples.WORLD.now,
    heads={"issuer": ServiceHead(size=2, hash="a" * 64, since=samples.WORLD.now)},
)[0].text
_NOTE_KEY = NoteKey(name="skills-passport.example/audit", public_key=samples.WORLD.centre.public_key)

NOTES: tuple[Parser, ...] = (
    parser("vc.crypto.checkpoint.parse_checkpoint", parse_checkpoint, _CHECKPOINT, MalformedValue),
    parser(
        "vc.crypto.signed_note.open_note",
        lambda note: open_note(note, _NOTE_KEY),
        sign_note(_CHECKPOINT, _NOTE_KEY.name, samples.WORLD.centre),
        MalformedValue,
    ),
)

CORE_PARSERS = (*ENCODINGS, *IDENTIFIERS, *DOCUMENTS, *TOKENS, *NOTES)
