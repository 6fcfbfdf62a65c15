"""Reading the trust list, and the borders of every window in it."""

from copy import deepcopy
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest

from tests.simulator import CENTRE_DID, TRUST_LIST_URL, IssuerWorld
from vc.errors import MalformedValue
from vc.model.verdict import Answer, Reason
from vc.trust.entitled import Award, is_demo_did, judge_entitled, judge_key
from vc.trust.trust_list import TrustList, parse_trust_list

AWARD = Award(
    credential_types=frozenset({"VerifiableCredential", "OpenBadgeCredential", "RPLCertificate"}),
    qualification_code="CON-BRL-1",
    cqf_level=1,
)
FROM = datetime(2026, 1, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def document() -> dict[str, Any]:
    world = IssuerWorld()
    world.publish_trust_list(issuers=world.trust_entries(validUntil="2027-01-01T00:00:00Z"))
    return dict(orjson.loads(world.documents[TRUST_LIST_URL]))


def trust_list() -> TrustList:
    return parse_trust_list(document())


@pytest.mark.parametrize(
    ("created", "answer"),
    [
        (FROM - SECOND, Answer.NO),
        (FROM, Answer.YES),
        (datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC), Answer.YES),
        (datetime(2027, 1, 1, tzinfo=UTC), Answer.NO),
    ],
)
def test_the_borders_of_an_accreditation(created: datetime, answer: Answer) -> None:
    judged = judge_entitled(trust_list(), CENTRE_DID, AWARD, created, refuse_demo=False)
    assert judged.answer is answer
    assert judged.reason is (Reason.ISSUER_ACCREDITED if answer is Answer.YES else Reason.DATE_NOT_ACCREDITED)


@pytest.mark.parametrize(("created", "answer"), [(FROM - SECOND, Answer.NO), (FROM, Answer.YES)])
def test_the_start_of_a_key(created: datetime, answer: Answer) -> None:
    issuer = trust_list().issuers[CENTRE_DID]
    assert judge_key(issuer, issuer.keys[0].public_key_multibase, created).answer is answer


def test_an_award_of_no_named_type_is_covered_by_nothing() -> None:
    award = Award(
        credential_types=frozenset({"VerifiableCredential"}), qualification_code=None, cqf_level=None
    )
    judged = judge_entitled(trust_list(), CENTRE_DID, award, FROM, refuse_demo=False)
    assert judged.reason is Reason.TYPE_NOT_ACCREDITED


@pytest.mark.parametrize(
    ("did", "is_demo"),
    [
        ("did:web:skills-passport.example", True),
        ("did:web:a.example:centres:b", True),
        ("did:web:a.EXAMPLE%3A8443:b", True),
        ("did:web:example", True),
        ("did:web:a.example.:b", True),
        ("did:web:example.gov.kh", False),
        ("did:web:notexample", False),
        ("did:key:z6MkExample", False),
    ],
)
def test_demo_identifiers(did: str, *, is_demo: bool) -> None:
    assert is_demo_did(did) is is_demo


@pytest.mark.parametrize(
    ("path", "value", "pointer"),
    [
        (("credentialSubject", "version"), 0, "/credentialSubject/version"),
        (("credentialSubject", "version"), True, "/credentialSubject/version"),
        (("credentialSubject", "issuers"), {}, "/credentialSubject/issuers"),
        (("credentialSubject", "issuers", 0, "id"), "", "/credentialSubject/issuers/0/id"),
        (
            ("credentialSubject", "issuers", 0, "keys", 0, "validFrom"),
            "today",
            "/credentialSubject/issuers/0/keys/0/validFrom",
        ),
        (
            ("credentialSubject", "issuers", 0, "accreditations", 0, "credentialTypes"),
            "RPLCertificate",
            "/credentialSubject/issuers/0/accreditations/0/credentialTypes",
        ),
        (
            ("credentialSubject", "issuers", 0, "accreditations", 0, "cqfLevels"),
            [True],
            "/credentialSubject/issuers/0/accreditations/0/cqfLevels",
        ),
        (("validUntil",), None, "/validUntil"),
    ],
)
def test_a_malformed_list_names_the_place(path: tuple[Any, ...], value: object, pointer: str) -> None:
    broken = deepcopy(document())
    place: Any = broken
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    with pytest.raises(MalformedValue) as refused:
        parse_trust_list(broken)
    assert refused.value.findings[0].pointer == pointer


def test_an_issuer_twice_is_refused() -> None:
    broken = document()
    broken["credentialSubject"]["issuers"].append(broken["credentialSubject"]["issuers"][0])
    with pytest.raises(MalformedValue):
        parse_trust_list(broken)
