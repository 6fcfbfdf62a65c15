"""RDFC: what we accept, PyLD reads the same way, and nothing of it is lost."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import schemas
from vc.encoding.rdfc import canonicalize_rdfc
from vc.errors import TransformationError

jsonld = pytest.importorskip("pyld.jsonld")

V2 = "https://www.w3.org/ns/credentials/v2"
OPEN_BADGES = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"
CONTEXTS = [V2, OPEN_BADGES, schemas.PASSPORT_CONTEXT_URL]


def _load(url: str, _options: Any = None) -> dict[str, Any]:
    document = schemas.read_context(url)
    assert document is not None
    copied = json.loads(json.dumps(dict(document)))
    return {"contextUrl": None, "documentUrl": url, "document": copied, "contentType": "application/ld+json"}


def _second_opinion(document: Any) -> bytes:
    options = {"algorithm": "URDNA2015", "format": "application/n-quads", "documentLoader": _load}
    return str(jsonld.normalize(document, options)).encode()


# Without control characters: PyLD still escapes them as URDNA2015 did, not as RDFC-1.0 does.
TEXT = st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"]), max_size=8)
DAY = st.dates().map(str)
UNIT = st.fixed_dictionaries({"unitCode": TEXT, "unitTitle": TEXT}, optional={"unitDate": DAY})
SUBJECT = st.fixed_dictionaries(
    {
        "id": st.uuids().map(lambda value: value.urn),
        "type": st.just(["AchievementSubject"]),
        "nameKhmer": TEXT,
    },
    optional={
        "nameLatin": TEXT,
        "birthDate": DAY,
        "cqfLevel": st.integers(1, 8),
        "attendancePercent": st.floats(0, 100) | st.integers(0, 100),
        "partial": st.booleans(),
        "assessors": st.lists(TEXT, max_size=3),
        "unitsOfCompetency": st.lists(UNIT, max_size=5),
        "localized": st.dictionaries(
            st.sampled_from(["title", "holderName"]), st.dictionaries(st.sampled_from(["km", "en"]), TEXT)
        ),
        "achievement": st.fixed_dictionaries(
            {"id": st.just("https://q.example/1"), "type": st.just(["Achievement"]), "name": TEXT},
            optional={"criteria": st.fixed_dictionaries({"narrative": TEXT}), "humanCode": TEXT},
        ),
        "undefined": TEXT | st.none(),
        "unitDate": TEXT,
    },
)
CREDENTIAL = st.fixed_dictionaries(
    {
        "@context": st.just(CONTEXTS),
        "type": st.just(["VerifiableCredential", "OpenBadgeCredential", "RPLCertificate"]),
        "issuer": st.just({"id": "did:web:a.example", "type": ["Profile"], "name": "A"}),
        "credentialSubject": SUBJECT,
    },
    optional={"id": st.just("urn:uuid:7c1f2a44-0000-4000-8000-000000000001"), "validUntil": TEXT},
)


@given(CREDENTIAL)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_what_we_accept_is_read_alike_by_pyld(document: dict[str, Any]) -> None:
    try:
        canonical = canonicalize_rdfc(document)
    except TransformationError:
        return
    assert canonical == _second_opinion(document)


@given(
    CREDENTIAL, st.sampled_from(["nameKhmer", "nameLatin", "birthDate", "cqfLevel", "partial", "undefined"])
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_removing_a_member_is_seen(document: dict[str, Any], name: str) -> None:
    subject = document["credentialSubject"]
    if name not in subject:
        return
    shorter = {member: value for member, value in subject.items() if member != name}
    try:
        whole = canonicalize_rdfc(document)
    except TransformationError:
        return
    assert canonicalize_rdfc(document | {"credentialSubject": shorter}) != whole
