"""The shape of credentials: each fault is found, at its place, and nothing else is."""

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.simulator import TRUST_ROOT_URL, IssuerWorld
from tests.unit.vc.model.documents import EXAMPLES_V2, REMOVED, credential
from vc.model.credential import CREDENTIALS_V2, UNDEFINED_TERMS_V2, check_credential_shape, is_url

MARKER = "mark-that-must-not-come-back"

# name: member, its faulty value, where the fault is
FAULTS: dict[str, tuple[str, Any, str]] = {
    "context_missing": ("@context", REMOVED, "/@context"),
    "context_text": ("@context", CREDENTIALS_V2, "/@context"),
    "context_empty": ("@context", [], "/@context"),
    "context_null": ("@context", None, "/@context"),
    "context_base_second": ("@context", [EXAMPLES_V2, CREDENTIALS_V2], "/@context/0"),
    "context_number": ("@context", [CREDENTIALS_V2, 7], "/@context/1"),
    "context_null_inside": ("@context", [CREDENTIALS_V2, None], "/@context/1"),
    "context_array_inside": ("@context", [CREDENTIALS_V2, [EXAMPLES_V2]], "/@context/1"),
    "context_no_url": ("@context", [CREDENTIALS_V2, "https ://not-a-url/v1"], "/@context/1"),
    "context_twice": ("@context", [CREDENTIALS_V2, EXAMPLES_V2, EXAMPLES_V2], "/@context/2"),
    "context_object_twice": ("@context", [CREDENTIALS_V2, {"a": "urn:a"}, {"a": "urn:a"}], "/@context/2"),
    "context_undefined_not_last": (
        "@context",
        [CREDENTIALS_V2, UNDEFINED_TERMS_V2, EXAMPLES_V2],
        "/@context",
    ),
    "type_missing": ("type", REMOVED, "/type"),
    "type_null": ("type", None, "/type"),
    "type_without_the_required": ("type", ["ExampleDegreeCredential"], "/type"),
    "type_number_inside": ("type", ["VerifiableCredential", 7], "/type/1"),
    "type_empty_inside": ("type", ["VerifiableCredential", ""], "/type/1"),
    "type_array_inside": ("type", ["VerifiableCredential", ["A"]], "/type/1"),
    "type_with_space": ("type", ["VerifiableCredential", "Two Words"], "/type/1"),
    "type_broken_url": ("type", ["VerifiableCredential", "https://"], "/type/1"),
    "type_like_a_keyword": ("type", ["VerifiableCredential", "@json"], "/type/1"),
    "type_blank_node": ("type", ["VerifiableCredential", "_:b0"], "/type/1"),
    "id_null": ("id", None, "/id"),
    "id_array": ("id", ["urn:x:1", "urn:x:2"], "/id"),
    "id_object": ("id", {"id": "urn:x:1"}, "/id"),
    "id_relative": ("id", "/credentials/1", "/id"),
    "id_space": ("id", "https ://not-a-url/1", "/id"),
    "issuer_missing": ("issuer", REMOVED, "/issuer"),
    "issuer_null": ("issuer", None, "/issuer"),
    "issuer_array": ("issuer", ["did:example:a", "did:example:b"], "/issuer"),
    "issuer_word": ("issuer", "fake-issuer", "/issuer"),
    "issuer_object_without_id": ("issuer", {"name": "A"}, "/issuer/id"),
    "issuer_object_id_null": ("issuer", {"id": None}, "/issuer/id"),
    "issuer_object_id_word": ("issuer", {"id": "fake-issuer"}, "/issuer/id"),
    "issuer_name_number": ("issuer", {"id": "urn:x:1", "name": 7}, "/issuer/name"),
    "issuer_description_true": ("issuer", {"id": "urn:x:1", "description": True}, "/issuer/description"),
    "subject_missing": ("credentialSubject", REMOVED, "/credentialSubject"),
    "subject_text": ("credentialSubject", "did:example:subject", "/credentialSubject"),
    "subject_empty": ("credentialSubject", {}, "/credentialSubject"),
    "subject_none": ("credentialSubject", [], "/credentialSubject"),
    "subject_one_empty": ("credentialSubject", [{"id": "urn:x:1"}, {}], "/credentialSubject/1"),
    "subject_id_array": ("credentialSubject", {"id": ["urn:x:1"]}, "/credentialSubject/id"),
    "subject_id_deep": (
        "credentialSubject",
        {"achievement": [{"criteria": {"id": "x"}}]},
        "/credentialSubject/achievement/0/criteria/id",
    ),
    "subject_type_deep": (
        "credentialSubject",
        {"criteria": {"type": []}},
        "/credentialSubject/criteria/type",
    ),
    "name_number": ("name", 7, "/name"),
    "name_null": ("name", None, "/name"),
    "name_none": ("name", [], "/name"),
    "name_one_number": ("name", ["Carpenter", 7], "/name/1"),
    "name_typed": ("name", {"@value": "A", "@type": "urn:x:1"}, "/name"),
    "name_value_number": ("name", {"@value": 7}, "/name"),
    "name_language_alone": ("name", {"en": "Carpenter"}, "/name"),
    "name_further_member": ("name", {"@value": "A", "@language": "en", "url": "urn:x:1"}, "/name"),
    "description_further_member": ("description", {"@value": "A", "@index": "b"}, "/description"),
    "name_language_broken": ("name", {"@value": "A", "@language": "e"}, "/name/@language"),
    "name_language_null": ("name", {"@value": "A", "@language": None}, "/name/@language"),
    "name_direction_auto": ("name", {"@value": "A", "@direction": "auto"}, "/name/@direction"),
    "name_direction_null": ("name", {"@value": "A", "@direction": None}, "/name/@direction"),
    "language_deep": (
        "credentialSubject",
        {"criteria": {"@value": "A", "@language": "_"}},
        "/credentialSubject/criteria/@language",
    ),
    "language_of_a_number": (
        "credentialSubject",
        {"criteria": {"@value": 7, "@language": "en"}},
        "/credentialSubject/criteria/@value",
    ),
    "from_null": ("validFrom", None, "/validFrom"),
    "from_without_offset": ("validFrom", "2026-01-01T00:00:00", "/validFrom"),
    "from_day": ("validFrom", "2026-01-01", "/validFrom"),
    "until_array": ("validUntil", ["2026-01-01T00:00:00Z"], "/validUntil"),
    "until_words": ("validUntil", "Sun, 26 Feb 2023 01:22:14 +0000", "/validUntil"),
    "until_before_from": ("validUntil", "2025-12-31T17:00:00.4Z", "/validUntil"),
    "status_null": ("credentialStatus", None, "/credentialStatus"),
    "status_none": ("credentialStatus", [], "/credentialStatus"),
    "status_text": ("credentialStatus", "urn:x:1", "/credentialStatus"),
    "status_without_type": ("credentialStatus", [{"id": "urn:x:1"}], "/credentialStatus/0/type"),
    "status_type_number": ("credentialStatus", {"type": 2}, "/credentialStatus/type"),
    "status_id_word": ("credentialStatus", {"type": "A", "id": "b"}, "/credentialStatus/id"),
    "schema_without_id": ("credentialSchema", {"type": "JsonSchema"}, "/credentialSchema/id"),
    "schema_without_type": ("credentialSchema", {"id": "urn:x:1"}, "/credentialSchema/type"),
    "refresh_without_type": ("refreshService", {"id": "urn:x:1"}, "/refreshService/type"),
    "terms_without_type": ("termsOfUse", {}, "/termsOfUse/type"),
    "evidence_without_type": ("evidence", [{"type": "A"}, {}], "/evidence/1/type"),
    "confidence_without_type": ("confidenceMethod", {}, "/confidenceMethod/type"),
    "render_text": ("renderMethod", "urn:x:1", "/renderMethod"),
    "resource_null": ("relatedResource", None, "/relatedResource"),
    "resource_none": ("relatedResource", [], "/relatedResource"),
    "resource_text": ("relatedResource", ["urn:x:1"], "/relatedResource/0"),
    "resource_without_id": ("relatedResource", {"digestSRI": "sha256-" + "A" * 43}, "/relatedResource/id"),
    "resource_without_digest": ("relatedResource", {"id": "urn:x:1"}, "/relatedResource"),
    "resource_twice": (
        "relatedResource",
        [
            {"id": "urn:x:1", "digestSRI": "sha256-" + "A" * 43},
            {"id": "urn:x:1", "digestMultibase": "u" + "A" * 43},
        ],
        "/relatedResource/1/id",
    ),
    "proof_null": ("proof", None, "/proof"),
    "proof_text": ("proof", "zABC", "/proof"),
    "proof_without_type": ("proof", [{"created": "2026-01-01T00:00:00Z"}], "/proof/0/type"),
    "proof_id_word": ("proof", {"type": "DataIntegrityProof", "id": "one"}, "/proof/id"),
    "expanded_id": ("@id", "urn:x:1", "/@id"),
    "expanded_type": ("credentialSubject", {"@type": "A"}, "/credentialSubject/@type"),
    "expanded_graph": ("@graph", [], "/@graph"),
}


def test_a_credential_with_every_member_has_no_fault() -> None:
    assert check_credential_shape(credential()) == ()


@pytest.mark.parametrize(("member", "value", "pointer"), FAULTS.values(), ids=FAULTS)
def test_each_fault_is_found_at_its_place(member: str, value: Any, pointer: str) -> None:
    findings = check_credential_shape(credential(**{member: value}))
    assert {finding.pointer for finding in findings} == {pointer}


@pytest.mark.parametrize("suite", ["eddsa-rdfc-2022", "eddsa-jcs-2022"])
def test_our_own_credentials_have_no_fault(suite: str) -> None:
    world = IssuerWorld(suite)
    others = [url for url in world.documents if "did.json" not in url and url != TRUST_ROOT_URL]
    published = [orjson.loads(world.documents[url]) for url in others]
    for document in (orjson.loads(world.issue()), *published, *world.roots):
        assert check_credential_shape(document) == ()


def test_findings_never_repeat_input() -> None:
    def marked(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: marked(member) for name, member in value.items()}
        return [marked(item) for item in value] if isinstance(value, list) else f" {MARKER}"

    findings = check_credential_shape(marked(credential()))
    assert len(findings) > 20
    assert not any(MARKER in f"{finding.detail}{finding.pointer}" for finding in findings)


@pytest.mark.parametrize(
    "name", [MARKER, f"a/{MARKER}", f"achievement~1{MARKER}", "achievement ", "ជាងឈើ", "٧", "180123456"]
)
def test_a_pointer_ends_before_a_name_that_is_input(name: str) -> None:
    subject = {"achievement": [{name: {"criteria": {"id": 7}}}]}
    findings = check_credential_shape(credential(credentialSubject=subject))
    assert [finding.pointer for finding in findings] == ["/credentialSubject/achievement/0"]


def test_what_is_data_may_have_any_identifier() -> None:
    context = {"data": {"@id": "urn:x:data", "@type": "@json"}, "Schema": "urn:x:Schema"}
    inside = {"id": 7, "type": [], "@language": 1, "digestSRI": ""}
    subject = {"data": inside, "also": {"@value": inside, "@type": "@json"}}
    schema = {"id": "urn:x:1", "type": "JsonSchema", "jsonSchema": {"properties": inside}}
    document = credential(credentialSubject=subject, credentialSchema=schema)
    for wrapped in (context, {"@context": context}):
        assert check_credential_shape(document | {"@context": [CREDENTIALS_V2, wrapped]}) == ()
    # Without the definition it is no data but an object like others.
    assert check_credential_shape(document) != ()


def test_contexts_inside_are_no_objects_of_the_document() -> None:
    inner = {
        "@context": {"id": "@id", "type": "@type", "word": {"@id": "urn:x:w", "@language": "en"}},
        "word": "a",
    }
    assert check_credential_shape(credential(credentialSubject=inner)) == ()


@pytest.mark.parametrize(
    "text",
    [
        "urn:x:1",
        "did:web:a.example",
        "https://a.example",
        "HTTP://a.example/?q#f",
        "data:,x",
        "https://ខ្មែរ.example/ក",
    ],
)
def test_urls(text: str) -> None:
    assert is_url(text)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "word",
        "/path",
        "urn:",
        "1a:b",
        " urn:x:1",
        "urn:x:1\n",
        "urn:x: 1",
        "urn:x:\u0085",
        "urn:x:\x01",
        "https:a.example",
        "https://",
        "http:///path",
        "https://?q",
        "urn:x:<1>",
        "_:b0",
        7,
        None,
        ["urn:x:1"],
    ],
    ids=repr,
)
def test_what_is_no_url(value: Any) -> None:
    assert not is_url(value)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-9, 9)
    | st.text(max_size=3)
    | st.sampled_from(["urn:x:1", CREDENTIALS_V2]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from([*credential(), "@value", "@language", "@type", "digestSRI"]), inner, max_size=4
        )
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from([*credential()]), JSON, max_size=8))
def test_any_object_gives_findings_and_no_exception(document: dict[str, Any]) -> None:
    assert check_credential_shape(document) != ()
