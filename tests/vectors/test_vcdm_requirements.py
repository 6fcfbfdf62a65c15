"""VC Data Model 2.0: the MUSTs about what software does, and the account of all of them.

Those about the members of documents are in ``test_vcdm_credentials`` and ``test_vcdm_presentations``.
"""

import hashlib
from base64 import b64encode
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import orjson
import pytest

import schemas
from runtime.problems import absolute_type
from schemas import PASSPORT_CONTEXT_URL
from tests.simulator import CENTRE_DID, IssuerWorld, did_key_signer
from tests.vectors import test_vcdm_credentials as credentials
from tests.vectors import test_vcdm_presentations as presentations
from tests.vectors.shared_vectors import require_vectors
from vc.encoding.contexts import PINNED_CONTEXTS, ContextSource
from vc.encoding.rdfc import canonicalize_rdfc
from vc.errors import ParseError, ProblemType, TransformationError
from vc.issue import CredentialDataset, IssuanceParameters, complete, prepare
from vc.issue.lints import malformed_shape
from vc.model.credential import (
    CREDENTIALS_V2,
    KNOWN_RESOURCE_DIGESTS,
    UNDEFINED_TERMS_V2,
    check_related_resources,
    is_url,
)
from vc.model.verdict import Answer, Question, Reason, Verification
from vc.proof.data_integrity import parse_proofs, verify_proof
from vc.verify import PresentationVerification, step, step_presentation

Json = dict[str, Any]
Check = Callable[[], None]
REQUIREMENTS: dict[str, Check] = {}
REQUIRED_PROPERTIES = ("@context", "type", "issuer", "credentialSubject")
WORLD, JCS_WORLD = IssuerWorld("eddsa-rdfc-2022"), IssuerWorld("eddsa-jcs-2022")
_, THROWAWAY = did_key_signer("throwaway")

# What binds others: authors of specifications and vocabularies. Nothing of ours could break it.
OTHERS: dict[str, str] = {
    "4.10-status-specifications-enable-no-tracking": "authors of status specifications",
    "5.2.1-new-terms-are-documented": "authors of vocabularies; see schemas/contexts/README.md",
    "5.2.1-contexts-are-published": "authors of vocabularies; the service serves ours at its URL",
    "5.7-mechanisms-leak-nothing-that-correlates": "authors of securing mechanisms",
    "5.11-transformations-say-whether-they-go-back": "authors of transformations",
    "5.11-transformations-keep-contexts": "authors of transformations",
    "5.11-transformations-give-conforming-documents": "authors of transformations",
    "5.11-transformations-name-a-media-type": "authors of transformations",
    "5.13-mechanisms-document-their-algorithms": "authors of securing mechanisms",
    "5.13-mechanisms-take-a-media-type-and-data": "authors of securing mechanisms",
    "5.13-mechanisms-name-a-property-for-proofs": "authors of securing mechanisms",
    "5.13-mechanisms-define-their-terms": "authors of securing mechanisms",
    "5.13-mechanisms-secure-all-graphs": "authors of securing mechanisms",
    "B.2-vocabularies-resolve-to-their-files": "software that processes RDF vocabularies; ours reads none",
}


def requirement(name: str) -> Callable[[Check], Check]:
    """Register what follows as the case ``name``."""

    def register(check: Check) -> Check:
        assert name not in REQUIREMENTS
        REQUIREMENTS[name] = check
        return check

    return register


def _verify(raw: bytes, world: IssuerWorld = WORLD) -> Verification:
    verification = step(raw, world.evidence(), world.policy, world.now)
    assert isinstance(verification, Verification)
    return verification


def _reason(raw: bytes, world: IssuerWorld = WORLD) -> Reason:
    return _verify(raw, world).verdicts[Question.AUTHENTIC].reason


def _issued() -> Json:
    subject: Json = dict(WORLD.subject())
    alignment = {
        "type": ["Alignment"],
        "targetName": "Bricklayers and related workers",
        "targetUrl": "http://data.europa.eu/esco/isco/C7112",
        "targetFramework": "ISCO-08",
        "targetCode": "7112",
    }
    prepared = prepare(
        CredentialDataset(
            credential_type="RPLCertificate",
            name="Bricklayer",
            subject=subject | {"achievement": subject["achievement"] | {"alignment": [alignment]}},
        ),
        IssuanceParameters(
            credential_id="urn:uuid:0d3e3a30-4a0c-4a52-9a63-43a2cbd0cfd1",
            issuer=CENTRE_DID,
            issuer_name="Poipet Training Centre",
            verification_method=WORLD.centre.verification_method,
            cryptosuite="eddsa-rdfc-2022",
            created=WORLD.now - timedelta(days=1),
            credential_status=WORLD.status_entry(0),
        ),
        throwaway=THROWAWAY,
    )
    return dict(orjson.loads(complete(prepared, WORLD.centre).raw))


def _minimal(**changes: Any) -> Json:
    return {
        "@context": [CREDENTIALS_V2],
        "type": ["VerifiableCredential"],
        "issuer": CENTRE_DID,
        "credentialSubject": {"id": "urn:x:1"},
    } | changes


def _refused_as_rdf(document: Json) -> None:
    with pytest.raises(TransformationError):
        canonicalize_rdfc(document)
    with pytest.raises(TransformationError):
        WORLD.sign(document)


@requirement("1.3-issuer-includes-required-properties")
def _required_properties_issued() -> None:
    assert _issued().keys() >= {*REQUIRED_PROPERTIES, "proof"}
    for name in REQUIRED_PROPERTIES:
        without = {member: value for member, value in WORLD.unsigned().items() if member != name}
        assert [*malformed_shape(without)] != []


@requirement("1.3-issuer-secures-what-it-produces")
def _issued_is_secured() -> None:
    issued = _issued()
    (proof,) = parse_proofs(issued)
    assert verify_proof(issued, proof, WORLD.centre.public_key).verified
    assert _reason(orjson.dumps(issued)) is Reason.PROOF_VALID


@requirement("1.3-conforming-document-is-secured")
def _unsecured_is_refused() -> None:
    assert _reason(orjson.dumps(WORLD.unsigned())) is Reason.PROOF_MISSING


@requirement("1.3-conforming-document-is-a-credential-or-a-presentation")
def _neither_is_refused() -> None:
    raw = JCS_WORLD.sign(JCS_WORLD.unsigned(type=["OpenBadgeCredential"]))
    assert _reason(raw, JCS_WORLD) is Reason.MALFORMED


@requirement("1.3-verifier-verifies")
def _altered_is_refused() -> None:
    genuine = orjson.loads(WORLD.issue())
    assert _reason(orjson.dumps(genuine)) is Reason.PROOF_VALID
    verification = _verify(orjson.dumps(genuine | {"name": "Master bricklayer"}))
    assert verification.verdicts[Question.AUTHENTIC].reason is Reason.PROOF_INVALID
    assert verification.document is None


@requirement("1.3-verifier-checks-required-properties")
def _required_properties_verified() -> None:
    for name in REQUIRED_PROPERTIES:
        without = {member: value for member, value in JCS_WORLD.unsigned().items() if member != name}
        assert _reason(JCS_WORLD.sign(without)) is Reason.MALFORMED


@requirement("1.3-verifier-produces-errors-for-what-does-not-conform")
def _non_conforming_is_refused() -> None:
    raw = orjson.dumps({"type": ["NonconformingDocument"]})
    verification = _verify(raw)
    assert verification.verdicts[Question.AUTHENTIC].answer is Answer.NO
    assert verification.findings
    answer = step_presentation(raw, WORLD.evidence(), WORLD.policy, WORLD.now, challenge=None, domain=None)
    assert isinstance(answer, PresentationVerification)
    assert answer.findings


@requirement("4.3-contexts-are-understood")
def _unknown_context_is_refused() -> None:
    _refused_as_rdf(_minimal(**{"@context": [CREDENTIALS_V2, "https://unknown.example/context"]}))


@requirement("4.3-deviation-jcs-contexts-that-were-signed-need-not-be-known")
def _unknown_context_under_jcs() -> None:
    """There the JSON itself is signed, and members are read by the names of our own contexts alone."""
    contexts = [*credentials.BASE, "https://unknown.example/context"]
    signed = JCS_WORLD.sign(JCS_WORLD.unsigned() | {"@context": [*contexts]})
    assert _reason(signed, JCS_WORLD) is Reason.PROOF_VALID
    appended = orjson.loads(JCS_WORLD.issue()) | {"@context": contexts}
    assert _reason(orjson.dumps(appended), JCS_WORLD) is Reason.PROOF_INVALID


@requirement("4.3-context-objects-are-json-ld-contexts")
def _objects_that_are_no_contexts() -> None:
    canonicalize_rdfc(_minimal(**{"@context": [CREDENTIALS_V2, {"word": "https://t.example/word"}]}))
    bad: tuple[Json, ...] = (
        {"word": 7},
        {"word": {"@id": []}},
        {"@version": 2, "word": "word"},
        {"a b": "c"},
    )
    for context in bad:
        _refused_as_rdf(_minimal(**{"@context": [CREDENTIALS_V2, context]}))


@requirement("4.5-type-maps-to-a-url")
def _types_without_meaning() -> None:
    context = {"Mapped": "https://types.example/Mapped", "Unreadable": "https ://not-a-url#Unreadable"}
    known = {"@context": [CREDENTIALS_V2, {"Mapped": context["Mapped"]}]}
    canonicalize_rdfc(_minimal(type=["VerifiableCredential", "Mapped"], **known))
    canonicalize_rdfc(_minimal(type=["VerifiableCredential", "https://types.example/1"]))
    _refused_as_rdf(_minimal(type=["VerifiableCredential", "Unmapped"], **known))
    _refused_as_rdf(
        _minimal(type=["VerifiableCredential", "Unreadable"], **{"@context": [CREDENTIALS_V2, context]})
    )


@requirement("4.5-type-order-has-no-meaning")
def _order_of_types() -> None:
    types = ["VerifiableCredential", "https://types.example/1", "https://types.example/2"]
    assert len({canonicalize_rdfc(_minimal(type=[*order])) for order in permutations(types)}) == 1


@requirement("5.2.1-terms-are-not-redefined")
def _redefined_terms() -> None:
    _refused_as_rdf(
        _minimal(**{"@context": [CREDENTIALS_V2, {"VerifiableCredential": "https://t.example/V"}]})
    )
    protected = [{"@protected": True, "word": "https://t.example/1"}, {"word": "https://t.example/2"}]
    subject = {"credentialSubject": {"id": "urn:x:1", "word": "a"}}
    canonicalize_rdfc(_minimal(**{"@context": [CREDENTIALS_V2, protected[0]]}, **subject))
    _refused_as_rdf(_minimal(**{"@context": [CREDENTIALS_V2, *protected]}, **subject))


@requirement("5.2.1-new-terms-have-urls")
def _our_terms_have_urls() -> None:
    context = schemas.read_context(PASSPORT_CONTEXT_URL)
    assert context is not None
    _require_urls(context["@context"])


def _require_urls(context: Mapping[str, Any]) -> None:
    for term, meaning in context.items():
        if not term.startswith("@"):
            target = meaning["@id"] if isinstance(meaning, Mapping) else meaning
            assert target in ("@id", "@type") or is_url(target), term
            if isinstance(meaning, Mapping) and "@context" in meaning:
                _require_urls(meaning["@context"])


@requirement("5.2.1-undefined-terms-need-their-context")
def _undefined_terms() -> None:
    subject = {"id": "urn:x:1", "undefined": "a"}
    _refused_as_rdf(_minimal(credentialSubject=subject))
    vocabulary = {"@context": {"@vocab": "https://www.w3.org/ns/credentials/undefined-term#"}}
    known = ContextSource(lambda url: vocabulary if url == UNDEFINED_TERMS_V2 else schemas.read_context(url))
    document = _minimal(credentialSubject=subject, **{"@context": [CREDENTIALS_V2, UNDEFINED_TERMS_V2]})
    assert b"undefined-term#undefined>" in canonicalize_rdfc(document, contexts=known)


@requirement("5.3-wrong-digest-of-a-resource-in-use-is-an-error")
def _wrong_digest() -> None:
    right = KNOWN_RESOURCE_DIGESTS[CREDENTIALS_V2]
    for digest, is_right in ((right["sha256"], True), (hashlib.sha256(b"").digest(), False)):
        text = f"sha256-{b64encode(digest).decode('ascii')}"
        document = _minimal(relatedResource={"id": CREDENTIALS_V2, "digestSRI": text})
        assert (check_related_resources(document, KNOWN_RESOURCE_DIGESTS) == ()) is is_right


@requirement("5.8-time-without-offset-is-utc")
def _time_without_offset() -> None:
    proof = orjson.loads(WORLD.issue())["proof"] | {"created": "2026-11-01T12:00:00"}
    assert parse_proofs({"proof": proof})[0].created == datetime(2026, 11, 1, 12, tzinfo=UTC)


@requirement("5.10-reserved-properties-have-their-urls")
def _reserved_properties() -> None:
    for name in ("confidenceMethod", "renderMethod"):
        document = _minimal(**{name: {"type": "https://types.example/1"}})
        assert f"<https://www.w3.org/2018/credentials#{name}>".encode() in canonicalize_rdfc(document)


@requirement("5.13-verified-document-is-what-was-secured-and-nothing-else")
def _verified_document() -> None:
    for world in (WORLD, JCS_WORLD):
        assert _verify(world.issue(), world).document == world.unsigned()


@requirement("6.1.2-one-compacted-object")
def _not_one_object() -> None:
    for raw in (b"[" + WORLD.issue() + b"]", b'"' + b"x" * 9 + b'"', b"null"):
        with pytest.raises(ParseError):
            step(raw, WORLD.evidence(), WORLD.policy, WORLD.now)


@requirement("7.1-verification-ends-in-a-document-or-in-errors")
def _results() -> None:
    genuine = WORLD.issue()
    verification = _verify(genuine)
    assert (verification.findings, verification.document) == ((), WORLD.unsigned())
    for raw in (orjson.dumps(WORLD.unsigned()), orjson.dumps(orjson.loads(genuine) | {"name": "other"})):
        verification = _verify(raw)
        assert verification.document is None
        assert verification.findings


@requirement("7.1-what-does-not-conform-is-malformed-although-secured")
def _malformed_although_secured() -> None:
    verification = _verify(JCS_WORLD.sign(JCS_WORLD.unsigned(credentialSubject={})))
    assert verification.document is None
    assert ProblemType.MALFORMED_VALUE_ERROR in {finding.type for finding in verification.findings}


@requirement("7.2-problem-type-is-a-url")
def _problem_types() -> None:
    for problem_type in ProblemType:
        assert is_url(absolute_type(problem_type, "https://skills-passport.example"))


@requirement("B.1-base-context-counts-as-retrieved")
def _base_context() -> None:
    document = schemas.read_context(CREDENTIALS_V2)
    assert document is not None
    assert PINNED_CONTEXTS.require(CREDENTIALS_V2).text == orjson.dumps(document["@context"])
    canonicalize_rdfc(_minimal())


@requirement("B.1-errors-of-json-ld-are-failures-of-verification")
def _errors_of_json_ld() -> None:
    genuine = orjson.loads(WORLD.issue())
    for change in ({"undefined": "a"}, {"@context": genuine["@context"] + [{"name": "urn:x:1"}]}):
        verification = _verify(orjson.dumps(genuine | change))
        assert verification.verdicts[Question.AUTHENTIC].reason is Reason.PROOF_INVALID
        assert ProblemType.PROOF_TRANSFORMATION_ERROR in {finding.type for finding in verification.findings}


@pytest.mark.parametrize("check", REQUIREMENTS.values(), ids=REQUIREMENTS)
def test_requirement(check: Check) -> None:
    check()


@pytest.mark.parametrize(
    ("name", "url"),
    [
        ("credentials-v2", CREDENTIALS_V2),
        ("credentials-v1", "https://www.w3.org/2018/credentials/v1"),
        ("credentials-examples-v2", "https://www.w3.org/ns/credentials/examples/v2"),
        ("credentials-undefined-terms-v2", UNDEFINED_TERMS_V2),
        ("ns-credentials-status-v1", "https://www.w3.org/ns/credentials/status/v1"),
        ("security-data-integrity-v1", "https://w3id.org/security/data-integrity/v1"),
        ("security-data-integrity-v2", "https://w3id.org/security/data-integrity/v2"),
        ("security-jwk-v1", "https://w3id.org/security/jwk/v1"),
        ("security-multikey-v1", "https://w3id.org/security/multikey/v1"),
    ],
)
def test_b_1_digests_are_those_of_the_official_bytes(name: str, url: str) -> None:
    """Appendix B.1 and section 5.3: every digest we compare with, and the same JSON in our copy."""
    official = (require_vectors("contexts") / f"{name}.jsonld").read_bytes()
    digests = {
        algorithm: hashlib.new(algorithm, official).digest() for algorithm in ("sha256", "sha384", "sha512")
    }
    assert KNOWN_RESOURCE_DIGESTS[url] == digests
    ours = schemas.read_context(url)
    assert ours is None or dict(ours) == orjson.loads(official)


def test_every_requirement_has_one_name_and_a_case() -> None:
    sections = (credentials.SECTIONS, presentations.SECTIONS)
    named = [f"{section}-{slug}" for part in sections for section, rules in part.items() for slug in rules]
    names = [*named, *REQUIREMENTS, *OTHERS]
    assert len(names) == len(set(names))
    assert len(named) + len(REQUIREMENTS) >= 100
    assert all(
        rule.obeyed or rule.broken for part in sections for rules in part.values() for rule in rules.values()
    )
    ids = [name for part in (credentials, presentations) for name, _ in (*part.OBEYED, *part.BROKEN)]
    assert len(credentials.OBEYED + credentials.BROKEN + presentations.OBEYED + presentations.BROKEN) >= 250
    assert {name.rpartition("-")[0] for name in ids} == set(named)
