"""Genuine examples of everything that is read from outside, with every member there is."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson

from issuer.class_list import sample_class_list
from runtime.auth import Principal, Role
from runtime.entropy import throwaway_signer
from runtime.evidence_bundle import EvidenceBundle, write_bundle
from runtime.settings import Settings
from schemas import read_data
from tests.sd_jwt_world import issue_sd_jwt, present_sd_jwt
from tests.simulator import HOST, NOTES_URL, TRUST_LIST_URL, TRUST_ROOT_URL, IssuerWorld, did_key_signer
from tests.unit.issuer.class_list_samples import good_row
from vc.cose.secured import (
    sign_credential_cose,
)
from vc.jose.envelope import envelop, envelop_credential
from vc.jose.media_types import MediaType
from vc.jose.secured import (
    sign_credential_jwt,
    sign_presentation_jwt,
)
from vc.model.evidence import Seen
from vc.sd_jwt.secured import sign_credential_sd_jwt
from vc.status.token_documents import ListToSign, sign_list_cwt, sign_list_jwt
from vc.status.token_status_list import compress_values
from vc.trust.digests import parse_digests

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
ORIGIN = "https://passport.example"


def world() -> IssuerWorld:
    """A world whose trust list and keys have every member there is."""
    world = IssuerWorld()
    world.centre_keys[0] = replace(world.centre_keys[0], compromised_since=NOW, valid_until=NOW)
    world.publish_keys()
    world.lose_key(NOW, [b"signed"], prefix_bits=0)
    limits = {
        "qualificationCodes": ["X-1"],
        "cqfLevels": [1, 2],
        "validUntil": "2099-01-01T00:00:00Z",
        "suspensions": [{"from": "2026-02-01T00:00:00Z", "until": "2026-02-02T00:00:00Z"}],
        "withdrawn": {"from": "2098-01-01T00:00:00Z", "earlierStand": True},
    }
    world.publish_trust_list(issuers=world.trust_entries(**limits))
    return world


WORLD = world()
CREDENTIAL = WORLD.issue()
SIGNED_BEFORE: Any = WORLD.centre_keys[0].signed_before
DIGESTS: dict[str, Any] = json.loads(WORLD.documents[SIGNED_BEFORE["parts"][0]["id"]])
LICENCES: list[dict[str, Any]] = [
    {
        "licenceNumber": "DEMO-1",
        "class": "agency",
        "name": {"en": "Agency"},
        "office": "Phnom Penh",
        "phone": "000",
        "countries": ["JP"],
        "programmes": ["jp-ssw"],
        "inspectionGrade": "A",
        "validFrom": "2026-01-01T00:00:00Z",
        "validUntil": "2027-01-01T00:00:00Z",
        "suspensions": [{"from": "2026-02-01T00:00:00Z"}],
        "vouchedBy": "DEMO-2",
    }
]


def read_digests(document: Any) -> object:
    """The one part of this world's set."""
    key = WORLD.centre_keys[0].signer.public_key.multikey
    return parse_digests(document, public_key_multibase=key, before=NOW, prefix_bits=0, prefix=0)


DOCUMENT: dict[str, Any] = json.loads(CREDENTIAL)
UNSECURED: dict[str, Any] = {name: value for name, value in DOCUMENT.items() if name != "proof"}
ENTRY: dict[str, Any] = DOCUMENT["credentialStatus"]
# Every member that VC Data Model 2.0, Data Integrity 1.0 and Bitstring Status List 1.0 know.
RICH: dict[str, Any] = {
    **DOCUMENT,
    "name": [{"@value": "Bricklayer", "@language": "en", "@direction": "ltr"}],
    "description": "What it is",
    "validUntil": "2099-01-01T00:00:00Z",
    "credentialStatus": [{**ENTRY, "statusSize": 1, "statusReference": "https://x.example/"}, ENTRY],
    "credentialSchema": {"id": "https://x.example/schema", "type": "JsonSchema"},
    "evidence": [{"id": "urn:x:1", "type": ["Evidence"]}],
    "termsOfUse": {"type": "IssuerPolicy"},
    "refreshService": {"id": "https://x.example/refresh", "type": "Refresh"},
    "relatedResource": [
        {"id": "https://x.example/a", "digestSRI": "sha256-" + "A" * 43 + "=", "mediaType": "text/html"},
        {"id": "https://x.example/b", "digestMultibase": "u" + "A" * 43},
    ],
    "proof": [
        {
            **DOCUMENT["proof"],
            "id": "urn:x:2",
            "expires": "2099-01-01T00:00:00Z",
            "domain": ["a.example", "b.example"],
            "challenge": "c",
            "nonce": "n",
            "previousProof": ["urn:x:3"],
        },
        {**DOCUMENT["proof"], "id": "urn:x:3", "type": "Ed25519Signature2020"},
    ],
}
HOLDER, HOLDER_SIGNER = did_key_signer("holder")
KEY = WORLD.centre.public_key
JWT = sign_credential_jwt(UNSECURED, WORLD.centre, issued_at=NOW)
PRESENTATION: dict[str, Any] = {
    "@context": ["https://www.w3.org/ns/credentials/v2"],
    "type": ["VerifiablePresentation"],
    "holder": HOLDER,
    "verifiableCredential": [envelop_credential(JWT)],
}
COSE_PRESENTATION: dict[str, Any] = {
    **PRESENTATION,
    "verifiableCredential": [
        envelop(MediaType.VC_COSE, sign_credential_cose(UNSECURED, WORLD.centre)),
    ],
}
VP_JWT = sign_presentation_jwt(PRESENTATION, HOLDER_SIGNER, issued_at=NOW)
SD_JWT = sign_credential_sd_jwt(
    UNSECURED,
    WORLD.centre,
    issued_at=NOW,
    paths=[("credentialSubject", "nameLatin")],
    new_salt=lambda: "2GLC42sKQveCfGfryNRN9w",
)
SD_JWT_VC = present_sd_jwt(WORLD, issue_sd_jwt(WORLD))
BUNDLE = write_bundle(
    EvidenceBundle(
        made_at=NOW,
        is_demo=True,
        base_url=ORIGIN,
        did_host=HOST,
        anchor=WORLD.trust_anchor.text,
        trust_list_url=TRUST_LIST_URL,
        trust_root_url=TRUST_ROOT_URL,
        items=WORLD.evidence(without=[WORLD.list_url]).items,
        seen=Seen(root_version=1, root_digest="a", list_version=1, list_digest="b", list_key="c"),
    )
)
STATUS_LIST: dict[str, Any] = json.loads(WORLD.documents[WORLD.list_url])
NOTES_WORLD = IssuerWorld()
NOTES_WORLD.publish_status({3, 7})
NOTES: dict[str, Any] = json.loads(NOTES_WORLD.documents[NOTES_URL])
_TO_SIGN = ListToSign(
    url="https://passport.example/status/tokens/a1/jwt",
    compressed=compress_values(131_072, {3: 1, 7: 2}, bits=2),
    bits=2,
    version=1_790_000_000_000,
    issued_at=NOW,
    expires=NOW + timedelta(hours=24),
    ttl=timedelta(minutes=5),
)
TOKEN_JWT = sign_list_jwt(_TO_SIGN, WORLD.status_signer)
TOKEN_CWT = sign_list_cwt(_TO_SIGN, WORLD.status_signer)
# One document of each encoding the registry reads back from its disk.
PUBLISHED = {
    "eddsa-rdfc-2022": WORLD.documents[WORLD.list_url],
    "suspension-eddsa-rdfc-2022": WORLD.documents[WORLD.suspension_url],
    "token-jwt": TOKEN_JWT.encode(),
    "token-cwt": TOKEN_CWT,
    "notes": NOTES_WORLD.documents[NOTES_URL],
}
SETTINGS = Settings(data_dir=Path("unused"), service_secret="y" * 40, base_url=ORIGIN)
PRINCIPAL = Principal(subject="clerk-1", name="clerk-1", role=Role.CLERK, organisation_id="poipet")
RECORD = orjson.dumps({"record": "listClosed", "list_id": "2026-1", "at": "2026-11-22T03:00:00+00:00"})
CSV = sample_class_list("rpl", "csv", "en", [good_row()])
XLSX = sample_class_list("rpl", "xlsx", "en", [good_row()])


SESSION_SIGNER = throwaway_signer()
SESSION_KEYS = {SESSION_SIGNER.public_key.multikey: SESSION_SIGNER.public_key}


RLD_ANSWER = orjson.dumps(
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
REGISTER = (
    "rld_number,name_km,name_latin,birth_date,sex,province_code,protected\n"
    "RLD-DEMO-000001,សុខ ដារ៉ា,SOK DARA,1994-03-07,M,01,yes\n"
).encode()
RLD_EVENTS = orjson.dumps(
    {
        "events": [
            {
                "event_id": "event-1",
                "kind": "merged",
                "rld_number": "RLD-DEMO-000001",
                "happened_at": "2026-11-22T03:00:00Z",
                "merged_into": "RLD-DEMO-000002",
            }
        ],
        "cursor": "1",
    }
)
PROGRAMME: dict[str, Any] = json.loads(read_data("programmes/kr-eps.json"))
_VERDICT = {"answer": "yes", "reason": "proofValid", "sentence": "It is right."}
ANSWER: dict[str, Any] = {
    "kind": "credential",
    "verified": True,
    "decision": {"outcome": "accepted", "headline": "Genuine", "nextSteps": []},
    "verdicts": dict.fromkeys(("authentic", "entitled", "inForce", "thisPersons"), _VERDICT),
    "demo": True,
}
