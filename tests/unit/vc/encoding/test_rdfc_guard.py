"""What a JSON-LD processor would drop or move silently is refused, one fault a case.

Each case alters a credential that is accepted as it stands. The alterations are such that a plain
JSON-LD processor gives the canonical form of the unaltered credential, or one that hides something.
"""

import copy
import json
import time
from collections.abc import Callable, Mapping
from typing import Any

import pytest

import schemas
from vc.encoding.contexts import ContextSource
from vc.encoding.rdfc import canonicalize_rdfc
from vc.errors import TransformationError

V2 = "https://www.w3.org/ns/credentials/v2"
OPEN_BADGES = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"
EXAMPLES = "https://www.w3.org/ns/credentials/examples/v2"
JsonObject = dict[str, Any]

CREDENTIAL: JsonObject = {
    "@context": [V2, OPEN_BADGES, schemas.PASSPORT_CONTEXT_URL],
    "id": "urn:uuid:7c1f2a44-0000-4000-8000-000000000001",
    "type": ["VerifiableCredential", "OpenBadgeCredential", "RPLCertificate"],
    "name": "Bricklayer",
    "issuer": {"id": "did:web:centre.example", "type": ["Profile"], "name": "Centre"},
    "validFrom": "2026-11-22T00:00:00Z",
    "validUntil": "2027-11-22T00:00:00Z",
    "credentialSubject": {
        "id": "urn:uuid:7c1f2a44-0000-4000-8000-000000000002",
        "type": ["AchievementSubject"],
        "nameKhmer": "សុខ សុភា",
        "nameLatin": "SOK Sophea",
        "birthDate": "1990-04-13",
        "localized": {"title": {"km": "ជាងរៀបឥដ្ឋ", "en": "Bricklayer"}},
        "unitsOfCompetency": [
            {"unitCode": f"U{number}", "unitTitle": "Lay bricks", "unitResult": "C"} for number in range(8)
        ],
        "attendancePercent": 97,
        "achievement": {
            "id": "https://centre.example/q/1",
            "type": ["Achievement"],
            "name": "Bricklayer",
            "description": "Lays bricks",
            "criteria": {"narrative": "Assessed"},
        },
    },
    "credentialStatus": {
        "id": "https://status.example/lists/1#7",
        "type": "BitstringStatusListEntry",
        "statusPurpose": "revocation",
        "statusListIndex": "7",
        "statusListCredential": "https://status.example/lists/1",
    },
}


def _subject(**members: Any) -> Callable[[JsonObject], None]:
    return lambda document: document["credentialSubject"].update(members)


def _top(**members: Any) -> Callable[[JsonObject], None]:
    return lambda document: document.update(members)


def _context(context: Any, **members: Any) -> Callable[[JsonObject], None]:
    def alter(document: JsonObject) -> None:
        document["@context"].append(context)
        document.update(members)

    return alter


def _rename(old: str, new: str) -> Callable[[JsonObject], None]:
    def alter(document: JsonObject) -> None:
        document[new] = document.pop(old)

    return alter


def _move_into(old: str, keyword: str) -> Callable[[JsonObject], None]:
    def alter(document: JsonObject) -> None:
        document[keyword] = {old: document.pop(old)}

    return alter


def _alias_by_embedded_context(document: JsonObject) -> None:
    document["@context"].append({"best_before": "https://www.w3.org/2018/credentials#validUntil"})
    document["best_before"] = document.pop("validUntil")


def _alias_by_embedded_vocabulary(document: JsonObject) -> None:
    document["@context"].append({"@vocab": "https://www.w3.org/2018/"})
    document["credentials#validUntil"] = document.pop("validUntil")


def _spell_by_the_end_of_its_iri(document: JsonObject) -> None:
    document["@context"].append({"@vocab": "https://www.w3.org/2018/credentials#valid"})
    document["Until"] = document.pop("validUntil")


def _move_to_a_second_mention(document: JsonObject) -> None:
    document["credentialSubject"]["supersedes"] = {
        "id": document["id"],
        "type": document["type"],
        "credentialStatus": document.pop("credentialStatus"),
    }


VALID_UNTIL_IRI = "https://www.w3.org/2018/credentials#validUntil"
DROPPED: dict[str, Callable[[JsonObject], None]] = {
    "undefined_term": _top(undefined="x"),
    "undefined_term_in_the_subject": _subject(undefined="x"),
    "undefined_term_in_a_deep_node": lambda d: d["credentialSubject"]["achievement"].update(undefined=1),
    "undefined_term_with_a_space": _top(**{"un defined": "x"}),
    "undefined_term_with_angle_brackets": _top(**{"<x>": "x"}),
    "undefined_term_that_is_empty": _top(**{"": "x"}),
    "undefined_term_in_khmer": _top(ឈ្មោះ="x"),
    "undefined_term_with_an_empty_array": _top(undefined=[]),
    "undefined_term_with_an_empty_object": _top(undefined={}),
    "undefined_type": lambda d: d["type"].append("Undefined"),
    "undefined_type_with_a_space": lambda d: d["type"].append("Un defined"),
    "type_in_the_form_of_a_keyword": lambda d: d["type"].append("@undefined"),
    "made_up_type_name": lambda d: d["type"].append("~VerifiableCredential"),
    "null_for_a_defined_term": _top(description=None),
    "null_in_an_array": _subject(assessors=["A", None]),
    "null_for_an_undefined_term": _top(undefined=None),
    "empty_array": _top(evidence=[]),
    "array_in_an_array": _subject(assessors=[["A"]]),
    "index_in_a_node": lambda d: d["credentialSubject"].update({"@index": "x"}),
    "index_in_a_value": _top(description={"@value": "x", "@index": "y"}),
    "direction_that_is_none": _top(description={"@value": "x", "@direction": "up"}),
    "direction_of_a_number": _top(description={"@value": 1, "@direction": "rtl"}),
    "direction_beside_a_type": _top(
        description={"@value": "x", "@type": "https://e.example/t", "@direction": "rtl"}
    ),
    "direction_spelled_as_a_type": _top(
        description={"@value": "x", "@type": "https://www.w3.org/ns/i18n#ar_rtl"}
    ),
    "word_that_looks_like_a_keyword": _top(**{"@undefined": "x"}),
    "relative_id": _subject(id="relative"),
    "empty_id": _subject(id=""),
    "fragment_id": _subject(id="#x"),
    "id_with_a_space": _subject(id="urn:x y"),
    "id_in_the_form_of_a_keyword": lambda d: d["credentialSubject"]["unitsOfCompetency"][0].update(id="@x"),
    "blank_node_id": lambda d: d["credentialSubject"]["unitsOfCompetency"][0].update(id="_:b0"),
    "invalid_iri_for_a_term_that_takes_iris": _subject(supersedes="not an iri"),
    "keyword_form_for_a_term_that_takes_iris": _subject(supersedes="@x"),
    "blank_node_property": _top(**{"_:b0": "x"}),
    "compact_property_with_a_space": _top(**{"zz:a b": "x"}),
    "invalid_language_tag": _top(description={"@value": "x", "@language": "not a tag"}),
    "invalid_language_tag_in_a_map": _subject(localized={"title": {"km": "x", "bad tag": "y"}}),
    "empty_language_map": _subject(localized={"title": {}}),
    "number_in_a_language_map": _subject(localized={"title": {"km": 1}}),
    "json_term_out_of_scope": _subject(issuers=[]),
    "json_term_out_of_scope_with_null": _subject(issuers=[None]),
    "float_with_too_many_digits": _subject(attendancePercent=0.1 + 0.2),
    "integer_beyond_2_53": _subject(attendancePercent=2**53),
    "value_object_in_a_value_object": _top(description={"@value": {"@value": "x"}}),
    "embedded_context_mapping_a_term_to_null": _context({"x": None}, x="y"),
    "embedded_context_mapping_an_id_to_null": _context({"x": {"@id": None}}, x="y"),
    "embedded_context_clearing_the_vocabulary": _context({"@vocab": None}, x="y"),
    "embedded_context_with_an_index_container": _context(
        {"x": {"@id": "https://e.example/x", "@container": "@index"}}, x={"hidden": "y"}
    ),
    "embedded_context_aliasing_index": _context({"x": "@index"}),
    "embedded_context_mapping_a_term_to_a_blank_node": _context({"x": "_:x"}, x="y"),
    "context_that_is_null": _context(None),
    "context_that_is_a_number": _context(5),
    "context_inside_the_subject_that_is_null": lambda d: d["credentialSubject"].update({"@context": None}),
    "context_that_is_not_pinned": _context("https://evil.example/context"),
    "context_that_is_a_file": _context("file:///etc/passwd"),
    "context_with_import": _context({"@import": V2}),
    "context_with_base": _context({"@base": "https://evil.example/"}),
    "context_with_propagate": _context({"@propagate": False, "x": "https://e.example/x"}),
    "context_that_redefines_a_protected_term": _context({"validUntil": "https://e.example/x"}),
    "context_that_redefines_a_protected_type": _context({"VerifiableCredential": "https://e.example/x"}),
    "proof_that_is_no_object": _top(proof=True),
    "no_context": lambda d: d.pop("@context") and None,
}
MOVED: dict[str, Callable[[JsonObject], None]] = {
    "term_spelled_as_its_iri": _rename("validUntil", VALID_UNTIL_IRI),
    "id_spelled_as_keyword": _rename("id", "@id"),
    "type_spelled_as_keyword": _rename("type", "@type"),
    "member_moved_into_nest": _move_into("validUntil", "@nest"),
    "node_moved_into_included": lambda d: d.update(
        {"@included": [d["credentialSubject"].pop("achievement")]}
    ),
    "value_moved_into_set": lambda d: d.update(credentialStatus={"@set": [d["credentialStatus"]]}),
    "document_moved_into_graph": lambda d: d.update({"@graph": [{"id": d.pop("id"), "name": d.pop("name")}]}),
    "node_turned_by_reverse": lambda d: d.update({"@reverse": {"issuer": d.pop("credentialStatus")}}),
    "status_moved_to_a_second_mention": _move_to_a_second_mention,
    "term_renamed_by_an_embedded_context": _alias_by_embedded_context,
    "term_spelled_through_an_embedded_vocabulary": _alias_by_embedded_vocabulary,
    "term_spelled_by_the_end_of_its_iri": _spell_by_the_end_of_its_iri,
    "term_renamed_after_another_term": _context({"best_before": "validUntil"}),
    "term_renamed_through_a_prefix": _context(
        {"c": "https://www.w3.org/2018/credentials#", "x": "c:validUntil"}
    ),
    "id_abbreviated": _context({"abc": "did:web:"}, issuer="abc:centre.example"),
    "type_spelled_as_its_iri": lambda d: d.update(
        type=["VerifiableCredential", "https://skills-passport.example/vocab#RPLCertificate"]
    ),
}


def test_the_credential_itself_is_accepted() -> None:
    canonical = canonicalize_rdfc(CREDENTIAL)
    assert canonical.count(b"\n") == 61
    assert "សុខ សុភា".encode() in canonical


@pytest.mark.parametrize("name", DROPPED)
def test_what_would_be_dropped_is_refused(name: str) -> None:
    document = copy.deepcopy(CREDENTIAL)
    DROPPED[name](document)
    with pytest.raises(TransformationError):
        canonicalize_rdfc(document)


@pytest.mark.parametrize("name", MOVED)
def test_what_would_hide_a_signed_member_is_refused(name: str) -> None:
    document = copy.deepcopy(CREDENTIAL)
    MOVED[name](document)
    with pytest.raises(TransformationError):
        canonicalize_rdfc(document)


def test_embedded_context_may_add_terms() -> None:
    document = copy.deepcopy(CREDENTIAL)
    document["@context"].append(
        {
            "ExampleCredential": "https://e.example/#ExampleCredential",
            "colour": {"@id": "https://e.example/#colour", "@container": "@language"},
            "shape": {"@id": "https://e.example/#shape", "@type": "@json"},
        }
    )
    document["type"].append("ExampleCredential")
    document |= {"colour": {"km": "ក្រហម"}, "shape": {"a": [None, [], 1.5]}}
    canonical = canonicalize_rdfc(document)
    assert b'<https://e.example/#colour> "\xe1\x9e\x80' in canonical
    assert b'"{\\"a\\":[null,[],1.5]}"' in canonical


def test_needless_context_wrapper_is_unwrapped() -> None:
    term = {"x": "https://e.example/x"}
    plain = CREDENTIAL | {"@context": [V2, OPEN_BADGES, schemas.PASSPORT_CONTEXT_URL, term], "x": "y"}
    wrapped = plain | {"@context": [*plain["@context"][:3], {"@context": term}]}
    assert canonicalize_rdfc(wrapped) == canonicalize_rdfc(plain)


def test_context_with_a_vocabulary_of_its_own_defines_every_term() -> None:
    document = {
        "@context": [V2, EXAMPLES],
        "id": "urn:x:1",
        "type": ["VerifiableCredential"],
        "anything": "x",
    }
    assert b"<https://www.w3.org/ns/credentials/examples#anything>" in canonicalize_rdfc(document)


def test_json_literals_are_kept_whole() -> None:
    notes: list[Any] = [{"state": "revoked", "@index": None, "empty": []}]
    subject = {"id": "urn:x:2", "type": "StatusNotes", "statusNote": notes}
    document = {
        "@context": [V2, schemas.PASSPORT_CONTEXT_URL],
        "id": "urn:x:1",
        "type": ["VerifiableCredential", "StatusNotesCredential"],
        "credentialSubject": subject,
    }
    assert b'"[{\\"@index\\":null,\\"empty\\":[],\\"state\\":\\"revoked\\"}]"' in canonicalize_rdfc(document)
    subject["statusNote"] = []
    assert b'"[]"^^<http://www.w3.org/1999/02/22-rdf-syntax-ns#JSON>' in canonicalize_rdfc(document)


def _presentation(*credentials: Any) -> JsonObject:
    return {
        "@context": [V2],
        "type": ["VerifiablePresentation"],
        "holder": "did:example:holder",
        "verifiableCredential": list(credentials),
    }


def test_embedded_credentials_are_guarded_too() -> None:
    canonicalize_rdfc(_presentation(CREDENTIAL))
    without_context = {name: value for name, value in CREDENTIAL.items() if name != "@context"}
    for fault in (CREDENTIAL | {"undefined": "x"}, without_context, "https://c.example/1"):
        with pytest.raises(TransformationError):
            canonicalize_rdfc(_presentation(fault))


def test_direction_is_part_of_what_is_signed() -> None:
    def described(**members: str) -> bytes:
        return canonicalize_rdfc(CREDENTIAL | {"description": {"@value": "x", **members}})

    assert b'"x"^^<https://www.w3.org/ns/i18n#ar-kw_rtl>' in described(
        **{"@language": "ar-KW", "@direction": "rtl"}
    )
    assert b'"x"^^<https://www.w3.org/ns/i18n#_ltr>' in described(**{"@direction": "ltr"})
    assert b'"x"@ar' in described(**{"@language": "ar"})


def test_embedded_credentials_that_look_alike_have_one_order() -> None:
    # Their unnamed units of competency can only be told apart by Hash N-Degree Quads.
    second = CREDENTIAL | {"id": "urn:uuid:7c1f2a44-0000-4000-8000-000000000003"}
    canonical = canonicalize_rdfc(_presentation(CREDENTIAL, second))
    assert canonical == canonicalize_rdfc(_presentation(second, CREDENTIAL))
    assert canonical != canonicalize_rdfc(_presentation(CREDENTIAL, second | {"name": "x"}))


def test_a_control_character_beside_parts_that_look_alike_is_refused() -> None:
    second = CREDENTIAL | {"id": "urn:uuid:7c1f2a44-0000-4000-8000-000000000003", "name": "a\u0001b"}
    with pytest.raises(TransformationError, match="control character"):
        canonicalize_rdfc(_presentation(CREDENTIAL, second))


def test_poison_of_500_bytes_is_refused_at_once() -> None:
    crowd = [{"type": "RPLCertificate", "unitCode": "same"} for _ in range(9)]
    document = CREDENTIAL | {"termsOfUse": [{"type": "RPLCertificate", "relatedResource": crowd}] * 2}
    started = time.process_time()
    with pytest.raises(TransformationError, match="look alike"):
        canonicalize_rdfc(document)
    assert time.process_time() - started < 0.5


@pytest.mark.parametrize(
    "oversize",
    [
        {"termsOfUse": [{"type": "RPLCertificate", "unitCode": str(number)} for number in range(4_001)]},
        {"termsOfUse": [{"@context": V2, "type": "RPLCertificate"} for _ in range(101)]},
        {"termsOfUse": [{"type": "RPLCertificate", "unitCode": str(number)} for number in range(2_001)]},
    ],
    ids=["objects", "contexts", "unnamed_nodes"],
)
def test_too_large_is_refused(oversize: JsonObject) -> None:
    with pytest.raises(TransformationError, match="too large"):
        canonicalize_rdfc(CREDENTIAL | oversize)


def test_no_member_hides_behind_statements_that_fall_together() -> None:
    """Ten thousand times the same statement counts once; what stands after it must not be passed over."""
    subject = CREDENTIAL["credentialSubject"] | {"assessors": ["A"] * 10_001, "nameLatin": "Somebody Else"}
    with pytest.raises(TransformationError, match="too large"):
        canonicalize_rdfc(CREDENTIAL | {"credentialSubject": subject})


def test_several_types_with_contexts_of_their_own_all_count() -> None:
    scoped = {
        "A": {"@id": "https://e.example/A", "@context": {"a": "https://e.example/a"}},
        "B": {"@id": "https://e.example/B", "@context": {"b": "https://e.example/b"}},
        "C": {"@id": "https://e.example/C", "@context": {"c": "https://e.example/c"}},
        "id": "@id",
        "type": "@type",
    }
    source = ContextSource({"https://e.example/": {"@context": scoped}}.get)
    for types in (["A", "B", "C"], ["C", "A", "B"]):
        document = {"@context": "https://e.example/", "id": "urn:x:1", "type": types, "a": 1, "b": 2, "c": 3}
        canonical = canonicalize_rdfc(document, contexts=source)
        for name in (b"a", b"b", b"c"):
            assert b"<https://e.example/" + name + b">" in canonical
        assert canonical.count(b"#type>") == 3
        document["c"] = {"type": "~A~B~C", "a": 4}
        with pytest.raises(TransformationError, match="type that is not accepted"):
            canonicalize_rdfc(document, contexts=source)


def test_made_up_type_never_leaves() -> None:
    """Where ``type`` is a term like any other, its value is data, and must not be exchanged."""
    scoped = {
        name: {"@id": f"https://e.example/{name}", "@context": {"x": f"https://e.example/{name}x"}}
        for name in ("A", "B")
    }
    outer: JsonObject = {"id": "@id", "kind": {"@id": "https://e.example/k", "@context": {"type": "@type"}}}
    outer |= {"type": "https://e.example/type"} | scoped
    source = ContextSource({"https://e.example/": {"@context": outer}}.get)
    document = {"@context": "https://e.example/", "id": "urn:x:1", "type": ["A", "B"]}
    with pytest.raises(TransformationError, match="types where its contexts do not say so"):
        canonicalize_rdfc(document, contexts=source)


def test_types_defined_in_several_ways_are_refused() -> None:
    def read(url: str) -> Mapping[str, Any] | None:
        scoped = {"x": f"{url}x"}
        types = {name: {"@id": f"https://e.example/{name}", "@context": scoped} for name in ("A", "B")}
        return {"@context": {"type": "@type", "id": "@id"} | types}

    document = {
        "@context": ["https://e.example/1/", "https://e.example/2/"],
        "id": "urn:x:1",
        "type": ["A", "B"],
        "x": 1,
    }
    with pytest.raises(TransformationError, match="several definitions"):
        canonicalize_rdfc(document, contexts=ContextSource(read))


def test_errors_never_echo_input() -> None:
    document = json.loads(json.dumps(CREDENTIAL)) | {"secret": "secret"}
    with pytest.raises(TransformationError) as caught:
        canonicalize_rdfc(document)
    assert "secret" not in str(caught.value)
