"""DCQL as this verifier writes it, and what counts as an answer (OpenID4VP 1.0 section 6)."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vc.errors import MalformedValue
from vc.oid4vc.dcql import (
    ClaimsQuery,
    CredentialFormat,
    CredentialQuery,
    CredentialSet,
    DcqlQuery,
    check_answer,
    parse_dcql,
    require_answered,
    type_of,
)

SD_JWT = CredentialQuery(
    id="rpl_sd_jwt",
    format=CredentialFormat.SD_JWT_VC,
    types=(type_of("RPLCertificate", CredentialFormat.SD_JWT_VC),),
    claims=(ClaimsQuery(path=("nameLatin",)), ClaimsQuery(path=("units", None, "code"))),
)
LDP = CredentialQuery(
    id="rpl_ldp",
    format=CredentialFormat.LDP_VC,
    types=(type_of("RPLCertificate", CredentialFormat.LDP_VC),),
    claims=(ClaimsQuery(path=("credentialSubject", "nameLatin")),),
)
WORK = CredentialQuery(id="work", format=CredentialFormat.LDP_VC, types=("https://other.example/Work",))


def alternatives(*options: str, is_required: bool = True) -> CredentialSet:
    return CredentialSet(options=tuple(frozenset({one}) for one in options), is_required=is_required)


BOTH_FORMATS = DcqlQuery(credentials=(SD_JWT, LDP), sets=(alternatives("rpl_sd_jwt", "rpl_ldp"),))
AND_WORK = DcqlQuery(
    credentials=(SD_JWT, LDP, WORK),
    sets=(alternatives("rpl_sd_jwt", "rpl_ldp"), alternatives("work", is_required=False)),
)


def test_a_query_is_written_as_the_specification_has_it() -> None:
    assert BOTH_FORMATS.to_json() == {
        "credentials": [
            {
                "id": "rpl_sd_jwt",
                "format": "dc+sd-jwt",
                "meta": {"vct_values": ["https://skills-passport.example/types/RPLCertificate"]},
                "claims": [{"path": ["nameLatin"]}, {"path": ["units", None, "code"]}],
            },
            {
                "id": "rpl_ldp",
                "format": "ldp_vc",
                "meta": {
                    "type_values": [
                        [
                            "https://www.w3.org/2018/credentials#VerifiableCredential",
                            "https://skills-passport.example/vocab#RPLCertificate",
                        ]
                    ]
                },
                "claims": [{"path": ["credentialSubject", "nameLatin"]}],
            },
        ],
        "credential_sets": [{"options": [["rpl_sd_jwt"], ["rpl_ldp"]]}],
    }


_IDS = st.from_regex(r"[A-Za-z0-9_-]{1,8}", fullmatch=True)
_PATHS = st.lists(st.text(min_size=1, max_size=5) | st.none() | st.integers(0, 9), min_size=1, max_size=4)
_CLAIMS = st.builds(
    ClaimsQuery,
    path=_PATHS.map(tuple),
    values=st.lists(st.text(max_size=4) | st.integers(-9, 9) | st.booleans(), max_size=2).map(tuple),
)
_CREDENTIALS = st.builds(
    CredentialQuery,
    id=_IDS,
    format=st.sampled_from(CredentialFormat),
    types=st.lists(
        st.sampled_from(["https://a.example/A", "https://a.example/B"]), min_size=1, max_size=2
    ).map(tuple),
    claims=st.lists(_CLAIMS, max_size=3).map(tuple),
)


@st.composite
def queries(draw: st.DrawFn) -> DcqlQuery:
    credentials = draw(st.lists(_CREDENTIALS, min_size=1, max_size=4, unique_by=lambda one: one.id))
    options = st.sets(st.sampled_from([one.id for one in credentials]), min_size=1).map(frozenset)
    sets = st.builds(
        CredentialSet,
        options=st.lists(options, min_size=1, max_size=3).map(tuple),
        is_required=st.booleans(),
    )
    return DcqlQuery(credentials=tuple(credentials), sets=tuple(draw(st.lists(sets, max_size=2))))


@given(query=queries())
def test_what_is_written_is_read_back(query: DcqlQuery) -> None:
    assert parse_dcql(query.to_json()) == query


@given(query=queries(), data=st.data())
def test_only_what_was_asked_for_is_an_answer(query: DcqlQuery, data: st.DataObject) -> None:
    """A law: an accepted answer has one option of every required set, and nothing outside all options."""
    ids = [one.id for one in query.credentials]
    answered = data.draw(st.sets(st.sampled_from(ids)))
    try:
        require_answered(query, answered)
    except MalformedValue:
        return
    if not query.sets:
        assert answered == set(ids)
    for one in query.sets:
        assert not one.is_required or any(option <= answered for option in one.options)
    if query.sets:
        assert answered <= frozenset().union(*(option for one in query.sets for option in one.options))


@pytest.mark.parametrize(
    ("query", "answered"),
    [
        (DcqlQuery(credentials=(SD_JWT,)), {"rpl_sd_jwt"}),
        (DcqlQuery(credentials=(SD_JWT, WORK)), {"rpl_sd_jwt", "work"}),
        (BOTH_FORMATS, {"rpl_sd_jwt"}),
        (BOTH_FORMATS, {"rpl_ldp"}),
        (AND_WORK, {"rpl_ldp"}),
        (AND_WORK, {"rpl_ldp", "work"}),
    ],
)
def test_an_answer_that_was_asked_for(query: DcqlQuery, answered: set[str]) -> None:
    require_answered(query, answered)


@pytest.mark.parametrize(
    ("query", "answered"),
    [
        (DcqlQuery(credentials=(SD_JWT, WORK)), {"rpl_sd_jwt"}),
        (BOTH_FORMATS, set[str]()),
        (BOTH_FORMATS, {"rpl_sd_jwt", "rpl_ldp"}),
        (BOTH_FORMATS, {"rpl_sd_jwt", "unknown"}),
        (AND_WORK, {"work"}),
    ],
    ids=["one_of_two", "nothing", "both_options_of_a_set", "an_unknown_id", "the_optional_one_alone"],
)
def test_an_answer_that_was_not_asked_for(query: DcqlQuery, answered: set[str]) -> None:
    with pytest.raises(MalformedValue):
        require_answered(query, answered)


VCT = SD_JWT.types[0]


@pytest.mark.parametrize(
    ("query", "claims", "faults"),
    [
        (SD_JWT, {"vct": VCT, "nameLatin": "X", "units": [{"code": "A"}]}, 0),
        (SD_JWT, {"vct": VCT, "nameLatin": "X", "units": []}, 1),
        (SD_JWT, {"vct": VCT, "units": [{"code": "A"}]}, 1),
        (SD_JWT, {"vct": "https://other.example/", "nameLatin": "X", "units": [{"code": "A"}]}, 1),
        (SD_JWT, {}, 2),
        (LDP, {"type": ["VerifiableCredential", "RPLCertificate"], "credentialSubject": {"nameLatin": 1}}, 0),
        (LDP, {"type": "RPLCertificate", "credentialSubject": {"nameLatin": 1}}, 0),
        (LDP, {"type": ["VerifiableCredential"], "credentialSubject": {"nameLatin": 1}}, 1),
        (LDP, {"type": ["RPLCertificate"], "credentialSubject": [{"nameLatin": 1}]}, 1),
        (WORK, {"type": ["https://other.example/Work"]}, 0),
        (WORK, {"type": ["Work"]}, 1),
    ],
    ids=str,
)
def test_a_credential_answers_its_query(query: CredentialQuery, claims: dict[str, Any], faults: int) -> None:
    assert len(check_answer(query, claims)) == faults


@pytest.mark.parametrize(
    ("value", "is_answer"),
    [(1, True), (True, False), ("1", False), (1.0, False), (None, False), ([1], False), ("level", True)],
)
def test_a_value_is_compared_with_its_type(value: Any, is_answer: bool) -> None:
    query = CredentialQuery(
        id="q",
        format=CredentialFormat.SD_JWT_VC,
        types=("t",),
        claims=(ClaimsQuery(path=("a",), values=(1, "level")),),
    )
    assert (check_answer(query, {"vct": "t", "a": value}) == ()) is is_answer


GOOD: dict[str, Any] = {
    "credentials": [{"id": "a", "format": "dc+sd-jwt", "meta": {"vct_values": ["t"]}}],
    "unknown": "ignored",
}


def changed(**members: Any) -> dict[str, Any]:
    return {"credentials": [{**GOOD["credentials"][0], **members}]}


MALFORMED: dict[str, Any] = {
    "no_object": [],
    "no_credentials": {},
    "empty_credentials": {"credentials": []},
    "a_credential_that_is_no_object": {"credentials": ["a"]},
    "the_same_id_twice": {"credentials": GOOD["credentials"] * 2},
    "an_id_with_a_space": changed(id="a b"),
    "no_id": changed(id=None),
    "an_unknown_format": changed(format="mso_mdoc"),
    "no_meta": changed(meta=None),
    "no_vct": changed(meta={}),
    "a_vct_that_is_no_text": changed(meta={"vct_values": [1]}),
    "types_without_array": changed(format="ldp_vc", meta={"type_values": ["T"]}),
    "two_own_types": changed(format="ldp_vc", meta={"type_values": [["https://a", "https://b"]]}),
    "claim_sets": changed(claim_sets=[["a"]]),
    "empty_claims": changed(claims=[]),
    "a_claim_without_path": changed(claims=[{}]),
    "a_value_that_is_an_object": changed(claims=[{"path": ["a"], "values": [{}]}]),
    "empty_sets": {**GOOD, "credential_sets": []},
    "a_set_without_options": {**GOOD, "credential_sets": [{}]},
    "an_option_that_is_empty": {**GOOD, "credential_sets": [{"options": [[]]}]},
    "an_option_of_nothing_asked": {**GOOD, "credential_sets": [{"options": [["b"]]}]},
    "required_that_is_no_boolean": {**GOOD, "credential_sets": [{"options": [["a"]], "required": 1}]},
}


def test_members_that_are_unknown_are_ignored() -> None:
    assert parse_dcql(GOOD).credentials[0].id == "a"


@pytest.mark.parametrize("fault", MALFORMED)
def test_a_malformed_query_is_refused(fault: str) -> None:
    with pytest.raises(MalformedValue):
        parse_dcql(MALFORMED[fault])


def test_alternatives_without_number_are_refused_before_they_are_tried() -> None:
    credentials = tuple(
        CredentialQuery(id=f"q{n}", format=CredentialFormat.SD_JWT_VC, types=("t",)) for n in range(16)
    )
    sets = tuple(alternatives(*(one.id for one in credentials)) for _ in range(20))
    with pytest.raises(MalformedValue):
        require_answered(DcqlQuery(credentials=credentials, sets=sets), {one.id for one in credentials})
