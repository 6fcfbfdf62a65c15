"""Every credential type is a whole folder: what it names exists, its example is issued, its rules refuse."""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import orjson
import pytest

from issuer.award import build_dataset
from issuer.class_list import (
    CellValue,
    ClassList,
    Sex,
    code_list,
    columns_of,
    example_row,
    parse_class_list,
    sample_class_list,
)
from issuer.class_list.columns import CellKind, heading_key, rules_of
from issuer.class_list.rules import RULES
from issuer.class_list.type_rules import rule_names
from issuer.class_list.workbooks import Format, Language
from issuer.identity_link.matching import RldRecord
from issuer.validity import ends_on
from passport.demo_world.people import draw_people
from schemas import context_digest, read_context, read_data, read_schema, read_type, type_context_url
from tests.simulator import CENTRE_DID, IssuerWorld, did_key_signer
from vc.issue import CredentialDataset, IssuanceParameters, complete, prepare
from vc.model.credential_types import CredentialType, credential_types, types_by_slug
from vc.proof.data_integrity import parse_proofs, verify_proof

TODAY = date(2026, 11, 25)
LANGUAGES = {"en", "km", "ja", "ko", "th", "ms", "ar"}
ISSUERS = {
    "authority",
    "centre",
    "employer",
    "labour_medical_department",
    "public_works",
    "social_security_fund",
}
SLUGS = sorted(types_by_slug())
PERSON = draw_people()[0]
WORLD = IssuerWorld()
_, THROWAWAY = did_key_signer("throwaway")

every_type = pytest.mark.parametrize("slug", SLUGS)


def read_row(slug: str, **changes: CellValue) -> ClassList:
    """The example of a type with ``changes``, as a clerk's list of one row."""
    rows = [{**example_row(slug, today=TODAY), **changes}]
    return parse_class_list(sample_class_list(slug, "xlsx", "en", rows), slug, today=TODAY)


def dataset(slug: str, **changes: CellValue) -> CredentialDataset:
    (row,) = read_row(slug, **changes).rows
    record = RldRecord(
        rld_number=PERSON.rld_number,
        name_km=PERSON.name_km,
        name_latin=PERSON.name_latin,
        birth_date=PERSON.birth_date,
        sex=Sex(PERSON.sex),
        province_code=PERSON.province_code,
    )
    return build_dataset(
        row,
        record,
        slug,
        did_host="skills-passport.example",
        subject_id="urn:uuid:0d3e3a30-4a0c-4a52-9a63-43a2cbd0cfd2",
        certificate_number="DEMO-2026-00001",
        today=TODAY,
    )


def own_claims(credential_type: CredentialType) -> set[str]:
    claims = {column.claim for column in columns_of(credential_type.slug) if column.claim is not None}
    return claims | credential_type.age_over.keys()


def terms_of(credential_type: CredentialType) -> set[str]:
    """The JSON-LD terms a subject of the type may use."""
    terms: set[str] = set()
    for url in credential_type.contexts:
        context = (read_context(url) or {}).get("@context", {})
        terms |= {name for name in context if not name.startswith("@")}
    return terms


@every_type
def test_a_type_has_its_titles_and_labels_in_every_language(slug: str) -> None:
    credential_type = types_by_slug()[slug]
    assert credential_type.titles.keys() == LANGUAGES
    assert all(text.strip() for text in credential_type.titles.values())
    for column in columns_of(slug):
        assert column.titles.keys() == column.notes.keys() == {"en", "km"}
        assert all(text.strip() for text in (*column.titles.values(), *column.notes.values()))
        for choice in column.choices:
            assert choice.titles.keys() == {"en", "km"}


@every_type
def test_two_columns_of_a_type_never_share_a_heading(slug: str) -> None:
    known: dict[str, str] = {}
    for column in columns_of(slug):
        for text in (column.key, *column.titles.values(), *column.aliases):
            assert known.setdefault(heading_key(text), column.key) == column.key, text


@every_type
def test_every_claim_of_a_type_has_its_schema_and_its_term(slug: str) -> None:
    credential_type = types_by_slug()[slug]
    schema = read_schema(credential_type.name)["properties"]
    special = {"achievement", "type"} if credential_type.is_achievement else set()
    columns = {"unitsOfCompetency", "partial"} if slug == "rpl" else set()
    assert schema.keys() - special == own_claims(credential_type) | columns
    assert schema.keys() - special <= terms_of(credential_type)
    assert set(credential_type.default_disclosure) <= schema.keys()


@every_type
def test_a_type_names_only_what_exists(slug: str) -> None:
    credential_type = types_by_slug()[slug]
    described = read_type(credential_type.name)
    columns = {column.key: column for column in columns_of(slug)}
    assert all(columns[key].required for key in described["named_by"])
    assert credential_type.issuers
    assert credential_type.issuers <= ISSUERS
    for rule in rules_of(slug):
        assert rule.rule in rule_names()
        assert rule.given.get("says", "required") in RULES
    for column in columns.values():
        assert column.says in RULES or column.kind in {CellKind.PERSON, CellKind.TEXT, CellKind.DATE, "units"}
        assert column.kind is not CellKind.CODE or code_list(column.list_name)
    validity = credential_type.validity
    if validity is not None:
        assert columns[validity.starts].kind is CellKind.DATE
        assert (validity.rule is None) is (validity.rule_of is not None)
        assert validity.rule is None or ends_on(validity.rule, TODAY)


CODE_LISTS = sorted(
    {column.list_name for slug in SLUGS for column in columns_of(slug) if column.kind is CellKind.CODE}
)


@pytest.mark.parametrize("name", CODE_LISTS)
def test_a_code_list_says_where_it_comes_from_and_which_khmer_nobody_reviewed(name: str) -> None:
    document = json.loads(read_data(f"data/{name}.json"))
    assert document["source"]
    assert document["note"]
    # The two lists of before the types were data say their licence and confidence in the note.
    if name not in {"qualifications", "courses"}:
        assert document["licence"]
        assert document["confidence"] in {"H", "M", "L", "D"}
    for entry in document[name]:
        assert entry["title_en"].strip()
        assert entry["title_km"].strip()
        assert isinstance(entry["km_reviewed"], bool)
    assert len(code_list(name)) == len(document[name]), "no code stands twice"


def test_every_industry_of_a_sector_is_one_of_the_korean_list() -> None:
    industries = {
        entry["code"] for entry in json.loads(read_data("data/eps_industries.json"))["eps_industries"]
    }
    sectors = json.loads(read_data("data/sectors.json"))["sectors"]
    assert {entry["eps_industry"] for entry in sectors} == industries | {None}


@every_type
def test_the_context_of_a_type_is_the_pinned_one(slug: str) -> None:
    name = types_by_slug()[slug].name
    url = type_context_url(name)
    if url is None:
        assert slug in {"rpl", "training"}
        return
    document = json.loads(read_data(f"types/{name}/context.jsonld"))
    assert context_digest(document) == read_type(name)["context_sha256"]
    assert dict(read_context(url) or {}) == document


def test_no_two_types_share_a_slug() -> None:
    assert len(types_by_slug()) == len(credential_types()) == 14
    assert all(read_type(name)["name"] == name for name in credential_types())


@every_type
@pytest.mark.parametrize("fmt", ["xlsx", "csv"])
@pytest.mark.parametrize("lang", ["km", "en"])
@pytest.mark.parametrize("today", [TODAY, date(2028, 2, 29)])
def test_the_example_of_a_type_is_a_row_without_problems(
    slug: str, fmt: Format, lang: Language, today: date
) -> None:
    data = sample_class_list(slug, fmt, lang, [example_row(slug, today=today, lang=lang)])
    read = parse_class_list(data, slug, today=today)
    assert read.problems == ()
    assert len(read.rows) == 1
    assert read.rows[0].rld_number == PERSON.rld_number


@every_type
@pytest.mark.parametrize("suite", ["eddsa-rdfc-2022", "eddsa-jcs-2022"])
def test_the_example_of_a_type_is_signed_and_verifies(slug: str, suite: str) -> None:
    parameters = IssuanceParameters(
        credential_id="urn:uuid:0d3e3a30-4a0c-4a52-9a63-43a2cbd0cfd1",
        issuer=CENTRE_DID,
        issuer_name="Poipet Training Centre",
        verification_method=WORLD.centre.verification_method,
        cryptosuite=suite,
        created=datetime(2026, 11, 25, 8, 30, tzinfo=UTC),
        credential_status=WORLD.status_entry(5),
    )
    prepared = prepare(dataset(slug), parameters, throwaway=THROWAWAY)
    secured = orjson.loads(complete(prepared, WORLD.centre).raw)
    (proof,) = parse_proofs(secured)
    assert verify_proof(secured, proof, WORLD.centre.public_key).verified_document == prepared.document
    assert secured["type"][-1] == types_by_slug()[slug].name


REFUSED: Mapping[str, tuple[str, Mapping[str, CellValue], str]] = {
    "a-course-that-ends-before-it-starts": ("language", {"end_date": date(2026, 1, 1)}, "last-before-first"),
    "a-language-nobody-lists": ("language", {"language": "xx"}, "unknown-code"),
    "a-test-of-two-years-ago": ("test", {"test": "EPS-KLT", "test_date": date(2024, 11, 24)}, "already-over"),
    "a-check-without-its-day": ("test", {"state": "checked with issuer"}, "checked-on-missing"),
    "a-state-that-is-none": ("test", {"state": "certain"}, "choice-form"),
    "an-occupation-nobody-lists": ("employment", {"isco08": "9999"}, "unknown-code"),
    "no-months-of-work": ("employment", {"months": 0}, "number-form"),
    "a-grade-that-is-none": ("employment", {"evidence": "E"}, "choice-form"),
    "more-days-than-there-were": ("attendance", {"days": 27}, "days-too-many"),
    "a-health-check-older-than-six-months": ("health", {"examined_on": date(2026, 5, 24)}, "already-over"),
    "a-health-check-without-consent": ("health", {"consent_on": None}, "required"),
    "a-health-check-with-unsigned-consent": ("health", {"consent_by": None}, "required"),
    "a-consent-of-tomorrow": ("health", {"consent_on": TODAY + timedelta(days=1)}, "date-future"),
    "a-membership-seen-31-days-ago": ("nssf", {"active_on": TODAY - timedelta(days=31)}, "already-over"),
    "an-orientation-of-more-than-a-year-ago": (
        "orientation",
        {"attended_on": date(2025, 11, 24)},
        "already-over",
    ),
    "a-session-of-tomorrow": ("finance", {"attended_on": TODAY + timedelta(days=1)}, "date-future"),
    "a-field-japan-has-not-opened": ("ssw", {"field": "linen-supply"}, "unknown-code"),
    "work-abroad-that-ended-before-it-began": (
        "overseas",
        {"end_date": date(2022, 1, 1)},
        "last-before-first",
    ),
    "a-contract-for-nowhere": ("contract", {"destination": "ZZ"}, "unknown-code"),
    "an-identification-before-birth": ("identity", {"identified_on": date(1990, 1, 1)}, "birth-after-award"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_row_that_breaks_one_rule_is_refused_by_it(case: str) -> None:
    slug, changes, rule = REFUSED[case]
    read = read_row(slug, **changes)
    assert read.rows == ()
    assert rule in [problem.rule for problem in read.problems]


@pytest.mark.parametrize(("slug", "changes"), [("health", {"fit": "not fit"}), ("nssf", {"active": "no"})])
def test_a_bad_answer_issues_nothing_and_is_not_named(slug: str, changes: dict[str, CellValue]) -> None:
    read = read_row(slug, **changes)
    assert read.rows == ()
    assert len(read.not_passed) == 1
    assert [problem.rule for problem in read.problems] == ["nothing-to-issue"]


@pytest.mark.parametrize(
    ("slug", "changes"),
    [
        ("health", {"examined_on": date(2026, 5, 25)}),
        ("nssf", {"active_on": TODAY - timedelta(days=30)}),
        ("attendance", {"days": 26}),
        ("test", {"test": "EPS-KLT", "test_date": date(2024, 11, 25)}),
        ("test", {"state": "checked with issuer", "checked_on": date(2026, 8, 1)}),
    ],
)
def test_what_just_keeps_a_rule_is_issued(slug: str, changes: dict[str, CellValue]) -> None:
    assert len(read_row(slug, **changes).rows) == 1


def test_the_country_of_earlier_work_is_signed_only_by_the_holders_own_tick() -> None:
    ticked = dataset("employment", country="TH", country_agreed="yes")
    assert ticked.subject["workCountry"] == "TH"
    for answer in (None, "no"):
        silent = dataset("employment", country="TH", country_agreed=answer)
        assert "workCountry" not in silent.subject
        assert "TH" not in json.dumps(silent.subject)


@pytest.mark.parametrize(
    ("grade", "strength"), [("A", "strong"), ("B", "strong"), ("C", "supported"), ("D", "self-declared")]
)
def test_an_evidence_grade_becomes_a_strength_and_no_document(grade: str, strength: str) -> None:
    subject = dataset("employment", evidence=grade).subject
    assert subject["evidenceStrength"] == strength
    assert grade not in subject.values()


def test_the_class_of_health_and_of_social_security_carries_fact_and_date_only() -> None:
    holder = {"id", "nameKhmer", "nameLatin", "birthDate", "certificateNumber", "localized"}
    assert dataset("health").subject.keys() - holder == {"fitForWork", "examinedOn"}
    assert dataset("nssf").subject.keys() - holder == {"socialSecurityActive", "activeOn"}


def test_an_identity_says_an_age_from_the_record_and_no_number() -> None:
    subject: Mapping[str, Any] = dataset("identity").subject
    assert subject["ageOver18"] is True
    assert subject["ageOver21"] is True
    assert PERSON.rld_number not in json.dumps(dataset("identity").subject)


@pytest.mark.parametrize(
    ("slug", "changes", "last"),
    [
        ("nssf", {"active_on": date(2026, 11, 10)}, "2026-12-10"),
        ("health", {"examined_on": date(2026, 10, 5)}, "2027-04-05"),
        ("orientation", {"attended_on": date(2026, 10, 12)}, "2027-10-12"),
        ("identity", {"identified_on": date(2026, 10, 20)}, "2031-10-20"),
        ("test", {"test": "TOPIK-2", "test_date": date(2026, 7, 5)}, "2028-07-05"),
    ],
)
def test_a_type_ends_when_its_rule_says(slug: str, changes: dict[str, CellValue], last: str) -> None:
    until = dataset(slug, **changes).valid_until
    assert until is not None
    assert until.date().isoformat() == last


@pytest.mark.parametrize("slug", ["rpl", "training", "language", "employment", "ssw", "contract"])
def test_what_has_no_rule_never_ends(slug: str) -> None:
    assert dataset(slug).valid_until is None


def test_a_person_just_under_age_is_said_to_be_so() -> None:
    (row,) = read_row("identity").rows
    born = date(TODAY.year - 18, TODAY.month, TODAY.day) + timedelta(days=1)
    record = RldRecord(
        rld_number="RLD-DEMO-000001",
        name_km="ឡុង ស្រីនាង",
        name_latin="LONG SREYNEANG",
        birth_date=born,
        sex=Sex.FEMALE,
        province_code="10",
    )
    for days, expected in ((0, False), (-1, True)):
        moved = RldRecord(
            **{name: getattr(record, name) for name in RldRecord.__dataclass_fields__}
            | {"birth_date": born + timedelta(days=days)}
        )
        made = build_dataset(
            row, moved, "identity", did_host="x.example", subject_id="urn:uuid:1",
            certificate_number="1", today=TODAY,
        )  # fmt: skip
        assert made.subject["ageOver18"] is expected
