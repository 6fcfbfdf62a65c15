"""The parsers of what wallets are asked and answer, as ``parsers`` has them."""

import hashlib
from collections.abc import Mapping
from typing import Any

from joserfc import jwe
from joserfc.jwk import ECKey

from runtime.share_links import parse_share_token
from tests.property import samples
from tests.property.parsers import Parser, parser
from vc.crypto.keys import InMemorySigner, KeyType
from vc.errors import MalformedValue, NotFound, ParseError
from vc.oid4vc.claims_path import parse_claims_path
from vc.oid4vc.dcql import parse_dcql
from vc.oid4vc.response_encryption import KEY_ID, decrypt_response
from vc.oid4vc.vp_token import parse_form, parse_response, parse_vp_token
from vc.sd_jwt.disclosures import read_disclosures
from vc.sd_jwt.present import select_disclosures
from vc.trust.licences import parse_licence_number

_VP_TOKEN: dict[str, Any] = {"rpl_1_sd_jwt": ["eyJhbGciOiJFUzI1NiJ9.e30.AAAA~"], "rpl_2_ldp": [{"type": "X"}]}
_QUERY: dict[str, Any] = {
    "credentials": [
        {
            "id": "a",
            "format": "dc+sd-jwt",
            "meta": {"vct_values": ["https://skills-passport.example/types/RPLCertificate"]},
            "claims": [{"path": ["units", None, 0], "values": ["A", 1, True]}],
        },
        {
            "id": "b",
            "format": "ldp_vc",
            "meta": {
                "type_values": [["https://www.w3.org/2018/credentials#VerifiableCredential", "https://t"]]
            },
        },
    ],
    "credential_sets": [{"options": [["a"], ["b"]], "required": False}],
}


_SECRET = hashlib.sha256(b"the key of a request").digest()


def _encrypted() -> str:
    """A response to that key."""
    public = InMemorySigner(_SECRET, "", key_type=KeyType.P256).public_key
    header = {"alg": "ECDH-ES", "enc": "A128GCM", "kid": KEY_ID}
    return jwe.encrypt_compact(
        header, b'{"state":"s"}', ECKey.import_key({**public.jwk}), algorithms=["ECDH-ES", "A128GCM"]
    )


def _form(fields: Mapping[str, Any]) -> object:
    return parse_form({name: str(value) for name, value in fields.items()})


def _path(document: Mapping[str, Any]) -> object:
    return parse_claims_path(document.get("path"))


PRESENTATION_PARSERS: tuple[Parser, ...] = (
    parser("vc.oid4vc.claims_path.parse_claims_path", _path, {"path": ["a", None, 3]}, MalformedValue),
    parser("vc.oid4vc.dcql.parse_dcql", parse_dcql, _QUERY, MalformedValue),
    parser("vc.oid4vc.vp_token.parse_vp_token", parse_vp_token, _VP_TOKEN, MalformedValue),
    parser(
        "vc.oid4vc.vp_token.parse_response",
        parse_response,
        {"state": "s", "vp_token": _VP_TOKEN},
        MalformedValue,
    ),
    parser(
        "vc.oid4vc.vp_token.parse_form",
        _form,
        {"state": "s", "vp_token": '{"a": ["x"]}'},
        MalformedValue,
        ParseError,
    ),
    parser(
        "vc.oid4vc.response_encryption.decrypt_response",
        lambda token: decrypt_response(token, _SECRET),
        _encrypted(),
        MalformedValue,
        ParseError,
    ),
    parser(
        "vc.sd_jwt.disclosures.read_disclosures",
        lambda text: read_disclosures([text]),
        samples.SD_JWT.split("~")[1],
        MalformedValue,
        ParseError,
    ),
    parser(
        "vc.sd_jwt.present.select_disclosures",
        lambda text: select_disclosures(text, ()),
        samples.SD_JWT,
        MalformedValue,
        ParseError,
    ),
    parser("vc.trust.licences.parse_licence_number", parse_licence_number, "DEMO-A-001", MalformedValue),
    parser("runtime.share_links.parse_share_token", parse_share_token, "7K3M9QXA" * 4, NotFound),
)
