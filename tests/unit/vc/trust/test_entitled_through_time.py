"""Suspension, withdrawal and recognition: each reason by its name, on both sides of every border."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from tests.simulator import CENTRE_DID, ROOT_DID, STATUS_DID, TRUST_LIST_URL, IssuerWorld
from vc.errors import MalformedValue
from vc.model.verdict import Answer, Outcome, Question, Reason, Verification
from vc.trust.decide import decide
from vc.trust.entitled import Award, judge_entitled
from vc.trust.trust_list import MAX_CHAIN, TrustList, parse_trust_list
from vc.verify import step

AWARD = Award(
    credential_types=frozenset({"VerifiableCredential", "RPLCertificate"}),
    qualification_code="CON-BRL-1",
    cqf_level=1,
)
START = datetime(2026, 3, 1, tzinfo=UTC)
END = datetime(2026, 4, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)
STAMPS = {"from": "2026-03-01T00:00:00Z", "until": "2026-04-01T00:00:00Z"}
OTHER_AUTHORITY = "did:web:skills-passport.example:ministry"


def document(issuers: list[Any], **subject: Any) -> dict[str, Any]:
    return {
        "id": TRUST_LIST_URL,
        "issuer": ROOT_DID,
        "validFrom": "2026-11-22T00:00:00Z",
        "validUntil": "2026-11-23T00:00:00Z",
        "credentialSubject": {"version": 1, "rootVersion": 1, "issuers": issuers, **subject},
    }


def trust_list(**accreditation: Any) -> TrustList:
    return parse_trust_list(document(IssuerWorld().trust_entries(**accreditation)))


def judged(created: datetime, **accreditation: Any) -> Reason:
    return judge_entitled(trust_list(**accreditation), CENTRE_DID, AWARD, created, refuse_demo=False).reason


@pytest.mark.parametrize(
    ("created", "reason"),
    [
        (START - SECOND, Reason.ISSUER_ACCREDITED),
        (START, Reason.ISSUER_SUSPENDED),
        (START + SECOND, Reason.ISSUER_SUSPENDED),
        (END - SECOND, Reason.ISSUER_SUSPENDED),
        (END, Reason.ISSUER_ACCREDITED),
        (END + SECOND, Reason.ISSUER_ACCREDITED),
    ],
)
def test_the_borders_of_a_suspension(created: datetime, reason: Reason) -> None:
    assert judged(created, suspensions=[STAMPS]) is reason


@pytest.mark.parametrize("days", [0, 30, 3000])
def test_a_suspension_nobody_lifted_goes_on(days: int) -> None:
    later = START + timedelta(days=days)
    assert judged(later, suspensions=[{"from": STAMPS["from"]}]) is Reason.ISSUER_SUSPENDED


@pytest.mark.parametrize(
    ("created", "earlier_stand", "reason"),
    [
        (START - SECOND, True, Reason.ISSUER_ACCREDITED),
        (START, True, Reason.ACCREDITATION_WITHDRAWN),
        (START + SECOND, True, Reason.ACCREDITATION_WITHDRAWN),
        (START - SECOND, False, Reason.ACCREDITATION_WITHDRAWN),
        (START, False, Reason.ACCREDITATION_WITHDRAWN),
    ],
)
def test_the_border_of_a_withdrawal(created: datetime, earlier_stand: bool, reason: Reason) -> None:
    withdrawn = {"from": STAMPS["from"], "earlierStand": earlier_stand}
    assert judged(created, withdrawn=withdrawn) is reason


def test_withdrawn_is_said_before_suspended_and_the_date_before_both() -> None:
    withdrawn = {"from": STAMPS["from"], "earlierStand": False}
    both = {"withdrawn": withdrawn, "suspensions": [{"from": STAMPS["from"]}]}
    assert judged(START, **both) is Reason.ACCREDITATION_WITHDRAWN
    assert judged(END, **both, validUntil=STAMPS["until"]) is Reason.DATE_NOT_ACCREDITED


def test_another_accreditation_that_stands_suffices() -> None:
    entries: list[Any] = IssuerWorld().trust_entries(suspensions=[STAMPS])
    entries[0]["accreditations"].append({"credentialTypes": ["RPLCertificate"], "validFrom": STAMPS["from"]})
    listed = parse_trust_list(document(entries))
    answer = judge_entitled(listed, CENTRE_DID, AWARD, START, refuse_demo=False)
    assert answer.reason is Reason.ISSUER_ACCREDITED
    assert answer.accreditation == listed.issuers[CENTRE_DID].accreditations[1]


@pytest.mark.parametrize(
    ("accreditation", "reason"),
    [
        ({"suspensions": [{"from": "2026-11-21T03:00:00Z"}]}, Reason.ISSUER_SUSPENDED),
        (
            {"withdrawn": {"from": "2026-11-21T03:00:00Z", "earlierStand": True}},
            Reason.ACCREDITATION_WITHDRAWN,
        ),
    ],
)
def test_a_certificate_of_that_time_is_rejected_and_says_why(
    accreditation: dict[str, Any], reason: Reason
) -> None:
    world = IssuerWorld()
    world.publish_trust_list(issuers=world.trust_entries(**accreditation))
    result = step(world.issue(), world.evidence(), world.policy, world.now)
    assert isinstance(result, Verification)
    assert (result.verdicts[Question.ENTITLED].answer, decide(result).reasons) == (Answer.NO, (reason,))
    earlier = world.sign(world.unsigned(), created=world.now - timedelta(days=1, seconds=1))
    result = step(earlier, world.evidence(), world.policy, world.now)
    assert isinstance(result, Verification)
    assert decide(result).outcome is Outcome.ACCEPTED


def authority(did: str = OTHER_AUTHORITY, **members: Any) -> dict[str, Any]:
    return {
        "id": did,
        "name": {"en": "A"},
        "roles": ["authority"],
        "keys": [],
        "recognizedBy": ROOT_DID,
    } | members


def recognised(*authorities: dict[str, Any], by: str | None) -> Reason:
    entries: list[Any] = IssuerWorld().trust_entries()
    centre: dict[str, Any] = entries[0]
    centre["recognizedBy"] = by
    if by is None:
        del centre["recognizedBy"]
    listed = parse_trust_list(document([centre, *authorities]))
    return judge_entitled(listed, CENTRE_DID, AWARD, END, refuse_demo=False).reason


def chain(length: int) -> list[dict[str, Any]]:
    """Authorities 1 … length, each recognised by the one before it, the first by the root."""
    names = [ROOT_DID, *(f"{OTHER_AUTHORITY}{number}" for number in range(1, length + 1))]
    return [authority(name, recognizedBy=above) for above, name in pairwise(names)]


def test_recognition_through_an_authority_counts() -> None:
    assert recognised(authority(), by=OTHER_AUTHORITY) is Reason.ISSUER_ACCREDITED


@pytest.mark.parametrize(
    ("length", "reason"), [(MAX_CHAIN - 1, Reason.ISSUER_ACCREDITED), (MAX_CHAIN, Reason.ISSUER_UNKNOWN)]
)
def test_the_longest_chain_of_recognition(length: int, reason: Reason) -> None:
    assert recognised(*chain(length), by=f"{OTHER_AUTHORITY}{length}") is reason


@pytest.mark.parametrize(
    ("authorities", "by"),
    [
        ([], None),
        ([], OTHER_AUTHORITY),
        ([authority(roles=["issuer"])], OTHER_AUTHORITY),
        ([authority(recognizedBy="did:web:elsewhere.example")], OTHER_AUTHORITY),
        ([authority(recognizedBy=CENTRE_DID)], OTHER_AUTHORITY),
        ([authority(recognizedBy=OTHER_AUTHORITY)], OTHER_AUTHORITY),
        ([], CENTRE_DID),
    ],
    ids=["nobody", "not listed", "no authority", "leads elsewhere", "circle", "itself above", "itself"],
)
def test_whom_the_root_did_not_recognise_is_unknown(
    authorities: list[dict[str, Any]], by: str | None
) -> None:
    assert recognised(*authorities, by=by) is Reason.ISSUER_UNKNOWN


def test_a_status_registry_that_nobody_recognised_is_not_believed() -> None:
    world = IssuerWorld()
    entries: list[Any] = world.trust_entries()
    entries[1]["recognizedBy"] = "did:web:elsewhere.example"
    assert STATUS_DID not in parse_trust_list(document(entries)).issuers
    world.publish_trust_list(issuers=entries)
    result = step(world.issue(), world.evidence(), world.policy, world.now)
    assert isinstance(result, Verification)
    assert result.verdicts[Question.IN_FORCE].reason is Reason.STATUS_INVALID


LICENCE: dict[str, Any] = {
    "licenceNumber": "DEMO-PRA-001",
    "class": "agency",
    "name": {"en": "Demo agency", "km": "ទីភ្នាក់ងារ គំរូ"},
    "office": "Phnom Penh",
    "phone": "000 000 000",
    "countries": ["JP", "KR"],
    "programmes": ["jp-ssw"],
    "validFrom": STAMPS["from"],
    "validUntil": "2027-03-01T00:00:00Z",
    "suspensions": [STAMPS],
    "vouchedBy": ROOT_DID,
}


@pytest.mark.parametrize(
    ("moment", "stands"),
    [
        (START - SECOND, False),
        (START, False),
        (END - SECOND, False),
        (END, True),
        (START.replace(year=2027), False),
    ],
)
def test_the_borders_of_a_licence(moment: datetime, *, stands: bool) -> None:
    licence = parse_trust_list(document([], verifiers=[LICENCE])).verifiers["DEMO-PRA-001"]
    assert licence.stands_at(moment) is stands


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"class": "bank"}, "/0/class"),
        ({"licenceNumber": ""}, "/0/licenceNumber"),
        ({"countries": "JP"}, "/0/countries"),
        ({"inspectionGrade": 7}, "/0/inspectionGrade"),
        ({"suspensions": [{"from": STAMPS["until"], "until": STAMPS["from"]}]}, "/0/suspensions/0/until"),
        ({"validFrom": "soon"}, "/0/validFrom"),
        ({}, "/1/licenceNumber"),
    ],
)
def test_a_malformed_licence_names_the_place(change: dict[str, Any], pointer: str) -> None:
    licences = [LICENCE | change] if change else [LICENCE, LICENCE]
    with pytest.raises(MalformedValue) as refused:
        parse_trust_list(document([], verifiers=licences))
    assert refused.value.findings[0].pointer == f"/credentialSubject/verifiers{pointer}"


SIGNED_BEFORE: dict[str, Any] = {
    "prefixBits": 0,
    "parts": [{"id": "https://a.example/0", "digestMultibase": "uEiA" + "A" * 43}],
}


@pytest.mark.parametrize(
    ("member", "value", "pointer"),
    [
        ("suspensions", [{"until": STAMPS["until"]}], "/accreditations/0/suspensions/0/from"),
        ("suspensions", [{**STAMPS, "until": STAMPS["from"]}], "/accreditations/0/suspensions/0/until"),
        ("suspensions", {}, "/accreditations/0/suspensions"),
        ("withdrawn", {"from": STAMPS["from"]}, "/accreditations/0/withdrawn/earlierStand"),
        (
            "withdrawn",
            {"from": STAMPS["from"], "earlierStand": 1},
            "/accreditations/0/withdrawn/earlierStand",
        ),
        ("withdrawn", STAMPS["from"], "/accreditations/0/withdrawn"),
        ("recognizedBy", 7, "/recognizedBy"),
        ("signedBefore", {**SIGNED_BEFORE, "prefixBits": 17}, "/keys/0/signedBefore/prefixBits"),
        ("signedBefore", {**SIGNED_BEFORE, "prefixBits": 1}, "/keys/0/signedBefore/parts"),
        (
            "signedBefore",
            {"prefixBits": 0, "parts": [{"id": "x"}]},
            "/keys/0/signedBefore/parts/0/digestMultibase",
        ),
    ],
)
def test_a_malformed_member_names_the_place(member: str, value: object, pointer: str) -> None:
    entries: list[Any] = IssuerWorld().trust_entries()
    entries[0]["keys"][0]["compromisedSince"] = STAMPS["from"]
    if pointer.startswith("/keys"):
        entries[0]["keys"][0][member] = value
    elif pointer.startswith("/accreditations"):
        entries[0]["accreditations"][0][member] = value
    else:
        entries[0][member] = value
    with pytest.raises(MalformedValue) as refused:
        parse_trust_list(document(entries))
    assert refused.value.findings[0].pointer == f"/credentialSubject/issuers/0{pointer}"


def test_a_key_that_was_not_stolen_has_no_set() -> None:
    entries: list[Any] = IssuerWorld().trust_entries()
    entries[0]["keys"][0]["signedBefore"] = SIGNED_BEFORE
    with pytest.raises(MalformedValue) as refused:
        parse_trust_list(document(entries))
    assert refused.value.findings[0].pointer == "/credentialSubject/issuers/0/keys/0/signedBefore"
