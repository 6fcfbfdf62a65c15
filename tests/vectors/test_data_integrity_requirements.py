"""Data Integrity 1.0, sections 1 to 3: each MUST that concerns an issuer or a verifier.

The requirements on those who write cryptosuite specifications, JSON-LD contexts or pages for people
are left out. Section 4 is in ``test_data_integrity_algorithms``, the EdDSA and ECDSA suites in
``test_cryptosuite_requirements``.
"""

import copy
import hashlib
from collections.abc import Callable
from typing import Any

import orjson
import pytest

import schemas
from tests.unit.vc.proof.signing import CREDENTIAL, JCS, NOW, RDFC, V2, WAYS, JsonObject, Way, with_proof
from tests.vectors.proof_requirements import FIRST, WAY, authentic, refused_shape, resigned, without
from tests.vectors.requirements import Requirements
from tests.vectors.shared_vectors import require_vectors
from vc.errors import MalformedValue, ProblemType, TransformationError
from vc.model.verdict import Answer
from vc.proof.data_integrity import parse_proofs
from vc.proof.suites import require_cryptosuite

REQUIREMENTS = Requirements()
must = REQUIREMENTS.must


@must("di-1.3-errors-for-documents-that-do-not-conform", each=WAYS)
def _(way: Way) -> None:
    faults: tuple[Any, ...] = (None, [], "x", [[]], {})
    for fault in faults:
        answer = authentic({**CREDENTIAL, "proof": fault}, way)
        assert (answer.answer, bool(answer.findings), answer.document) == (Answer.NO, True, None)


@must("di-2.1-proof-is-the-member-used", each=WAYS)
def _(way: Way) -> None:
    secured = way.sign()
    assert set(secured) - set(CREDENTIAL) == {"proof"}
    renamed = {("Proof" if name == "proof" else name): value for name, value in secured.items()}
    assert parse_proofs(renamed) == ()
    assert authentic(renamed, way).answer is Answer.NO


@must("di-2.1-proof-is-one-object-or-a-set-of-objects", each=WAYS)
def _(way: Way) -> None:
    one = way.sign()
    assert isinstance(one["proof"], dict)
    assert isinstance(way.sign(one)["proof"], list)
    for secured in (one, {**one, "proof": [one["proof"]]}, way.sign(one)):
        assert authentic(secured, way).answer is Answer.YES


@must("di-2.1-id-is-a-url")
def _() -> None:
    refused_shape("id", "p1", "", 1, None, [FIRST])
    assert authentic(WAY.sign(proof_id=FIRST)).answer is Answer.YES


@must("di-2.1-type-is-a-string")
def _() -> None:
    refused_shape("type", None, 1, ["DataIntegrityProof"], "dataintegrityproof", "SomethingElse")


@must("di-2.1-proof-purpose-is-a-string")
def _() -> None:
    refused_shape("proofPurpose", None, 1, "", ["assertionMethod"], {"id": "assertionMethod"})


@must("di-2.1-verification-method-is-a-url")
def _() -> None:
    refused_shape("verificationMethod", None, 1, "", "key-1", "#key-1", ["did:key:z6Mk#1"], {"id": "urn:x"})


@must("di-2.1-cryptosuite-is-given-with-data-integrity-proof")
def _() -> None:
    with pytest.raises(MalformedValue):
        parse_proofs(without(WAY.sign(), "cryptosuite"))


@must("di-2.1-cryptosuite-is-a-string")
def _() -> None:
    refused_shape("cryptosuite", None, 1, ["eddsa-rdfc-2022"], "")


TIMES_REFUSED = ("2026-11-22", "2026-11-22T12:00Z", "22.11.2026", "2026-11-22T25:00:00Z", "", 1, None)


@must("di-2.1-created-is-a-date-time-stamp")
def _() -> None:
    refused_shape("created", *TIMES_REFUSED)
    for text in ("2026-11-22T12:00:00Z", "2026-11-22T19:00:00+07:00", "2026-11-22T12:00:00.5Z"):
        assert authentic(resigned(WAY, CREDENTIAL, created=text)).answer is Answer.YES


@must("di-2.1-expires-is-a-date-time-stamp")
def _() -> None:
    refused_shape("expires", *TIMES_REFUSED)
    assert authentic(resigned(WAY, CREDENTIAL, expires="2026-11-23T07:00:00+07:00")).answer is Answer.YES


@must("di-2.1-times-without-offset-are-read-as-utc")
def _() -> None:
    assert authentic(resigned(WAY, CREDENTIAL, created="2026-11-22T12:04:00")).answer is Answer.YES
    assert authentic(resigned(WAY, CREDENTIAL, created="2026-11-22T12:06:00")).answer is Answer.NO
    assert authentic(resigned(WAY, CREDENTIAL, expires="2026-11-22T11:56:00")).answer is Answer.YES
    assert authentic(resigned(WAY, CREDENTIAL, expires="2026-11-22T11:54:00")).answer is Answer.NO


@must("di-2.1-domain-is-a-string-or-a-set-of-strings")
def _() -> None:
    refused_shape("domain", None, 1, {}, [1], [["v.example"]])
    for domain in ("v.example", ["v.example", "w.example"]):
        (proof,) = parse_proofs(resigned(WAY, CREDENTIAL, domain=domain))
        assert set(proof.domain) == set([domain] if isinstance(domain, str) else domain)


@must("di-2.1-challenge-and-nonce-are-strings")
def _() -> None:
    refused_shape("challenge", None, 1, ["x"])
    refused_shape("nonce", None, 1, ["x"])


@must("di-2.1-proof-value-has-a-multibase-header", each=WAYS)
def _(way: Way) -> None:
    value = way.sign()["proof"]["proofValue"]
    assert value[0] == "z"
    for other in (value[1:], "Z" + value[1:], "f" + value[1:], "", None, 1):
        with pytest.raises(MalformedValue):
            parse_proofs(with_proof(way.sign(), proofValue=other))


@must("di-2.1-previous-proof-is-a-string-or-strings")
def _() -> None:
    refused_shape("previousProof", None, 1, {}, [1], [[FIRST]], "")
    chain = WAY.sign(WAY.sign(proof_id=FIRST), previous_proof=FIRST)
    assert authentic(chain).answer is Answer.YES
    assert authentic(WAY.sign(WAY.sign(proof_id=FIRST), previous_proof=[FIRST])).answer is Answer.YES


@must("di-2.1-deviation-an-empty-list-of-previous-proofs-is-refused")
def _() -> None:
    # It would bind nothing; whoever means no previous proof leaves the member out.
    refused_shape("previousProof", [])


@must("di-2.1-previous-proofs-verify-too", each=WAYS)
def _(way: Way) -> None:
    broken = way.sign(proof_id=FIRST)
    broken["proof"]["proofValue"] = way.sign(by=2)["proof"]["proofValue"]
    chain = way.sign(broken, previous_proof=FIRST)
    answer = authentic(chain, way)
    assert (answer.answer, answer.findings[0].pointer) == (Answer.NO, "/proof/0/proofValue")


@must("di-2.3-deviation-digests-of-other-resources-are-signed-and-not-judged", each=WAYS)
def _(way: Way) -> None:
    # The resources are nothing this product fetches; what is said of them cannot be altered.
    evidence = {
        "id": "https://x.example/1",
        "type": "Evidence",
        "digestMultibase": "uELq9FnJ5YLa5iAszyJ518bXcnlc",
    }
    document = {
        **CREDENTIAL,
        "@context": [*CREDENTIAL["@context"], "https://www.w3.org/ns/credentials/examples/v2"],
    }
    secured = way.sign({**document, "evidence": evidence})
    assert way.verify(secured).verified
    assert not way.verify({**secured, "evidence": {**evidence, "digestMultibase": "uELq9"}}).verified


CONTEXT_DIGESTS = {
    "security-data-integrity-v2": "67f21e6e33a6c14e5ccfd2fc7865f7474fb71a04af7e94136cb399dfac8ae8f4",
    "security-multikey-v1": "ba2c182de2d92f7e47184bcca8fcf0beaee6d3986c527bf664c195bbc7c58597",
}


@must("di-2.4-contexts-are-resolved-already", each=CONTEXT_DIGESTS)
def _(name: str) -> None:
    published = (require_vectors("contexts") / f"{name}.jsonld").read_bytes()
    assert hashlib.sha256(published).hexdigest() == CONTEXT_DIGESTS[name]
    path, _, version = name.removeprefix("security-").rpartition("-")
    context = schemas.read_context(f"https://w3id.org/security/{path}/{version}")
    assert context == orjson.loads(published)


@must("di-2.4-deviation-the-jwk-context-is-not-known")
def _() -> None:
    # Nothing this product signs or reads as JSON-LD holds a JWK; a document that names the context
    # is refused, and nothing is fetched.
    with pytest.raises(TransformationError):
        WAY.sign({**CREDENTIAL, "@context": [*CREDENTIAL["@context"], "https://w3id.org/security/jwk/v1"]})


@must("di-2.4-the-vocabulary-is-never-fetched", each=RDFC)
def _(way: Way) -> None:
    # The verifier's core would raise ``Waiting`` for whatever it needs to have fetched.
    assert authentic(way.sign(), way).answer is Answer.YES


@must("di-2.4.1-contexts-are-validated-under-rdfc", each=RDFC)
def _(way: Way) -> None:
    for contexts in ([V2, "https://unknown.example/v1"], ["https://unknown.example/v1"], []):
        with pytest.raises(TransformationError):
            way.sign({**CREDENTIAL, "@context": contexts})
        assert authentic({**way.sign(), "@context": contexts}, way).answer is Answer.NO


@must("di-2.4.1-contexts-are-validated-after-verifying-under-jcs", each=JCS)
def _(way: Way) -> None:
    secured = way.sign()
    known, unknown = copy.deepcopy(secured), copy.deepcopy(secured)
    known["@context"].append("https://www.w3.org/ns/credentials/examples/v2")
    unknown["@context"].append("https://unknown.example/v1")
    assert way.verify(unknown).verified
    assert authentic(known, way).answer is Answer.YES
    answer = authentic(unknown, way)
    assert (answer.answer, answer.findings[0].pointer) == (Answer.NO, "/@context")


@must("di-2.4.2-no-extensions-without-a-context", each=JCS)
def _(way: Way) -> None:
    document = {name: value for name, value in CREDENTIAL.items() if name != "@context"}
    secured = way.sign(document, domain="v.example", challenge="c", expires=NOW, proof_id=FIRST)
    assert set(secured["proof"]) == {
        *("id", "type", "cryptosuite", "created", "expires", "domain", "challenge"),
        *("verificationMethod", "proofPurpose", "proofValue"),
    }


@must("di-2.4.3-data-that-json-ld-drops-is-an-error", each=RDFC)
def _(way: Way) -> None:
    lost: tuple[Callable[[JsonObject], Any], ...] = (
        lambda document: document.update(undefined="x"),
        lambda document: document["type"].append("Undefined"),
        lambda document: document["credentialSubject"].update(undefined={"x": 1}),
        lambda document: document["credentialSubject"].update(nameKhmer=None),
    )
    for alter in lost:
        document, secured = copy.deepcopy(CREDENTIAL), copy.deepcopy(way.sign())
        alter(document)
        alter(secured)
        with pytest.raises(TransformationError):
            way.sign(document)
        (finding,) = way.verify(secured).findings
        assert finding.type is ProblemType.PROOF_TRANSFORMATION_ERROR


@must("di-2.4.3-no-base-url", each=RDFC)
def _(way: Way) -> None:
    for relative in ("relative", "/path", "#fragment", "//host/path", ""):
        with pytest.raises(TransformationError):
            way.sign({**CREDENTIAL, "id": relative})
        assert not way.verify({**way.sign(), "id": relative}).verified


@must("di-3.1-type-is-data-integrity-proof", each=WAYS)
def _(way: Way) -> None:
    assert way.sign()["proof"]["type"] == "DataIntegrityProof"
    refused_shape("type", "DataIntegritySignature", "https://w3id.org/security#DataIntegrityProof")


@must("di-3.1-cryptosuite-names-the-suite", each=WAYS)
def _(way: Way) -> None:
    assert way.sign()["proof"]["cryptosuite"] == way.suite
    for name in ("unknown-2026", way.suite.upper(), way.suite + " "):
        assert not way.verify(with_proof(way.sign(), cryptosuite=name)).verified


@must("di-3.1-cryptosuite-is-a-cryptosuite-string-in-rdf", each=RDFC)
def _(way: Way) -> None:
    config = without(way.sign(), "proofValue")["proof"]
    canonical = require_cryptosuite(way.suite).transform_config(config, CREDENTIAL, "SHA-256")
    assert f'"{way.suite}"^^<https://w3id.org/security#cryptosuiteString>'.encode() in canonical


@must("di-3.1-proof-value-is-used", each=WAYS)
def _(way: Way) -> None:
    assert isinstance(way.sign()["proof"]["proofValue"], str)
    with pytest.raises(MalformedValue) as caught:
        parse_proofs(without(way.sign(), "proofValue"))
    assert caught.value.findings[0].pointer == "/proof/proofValue"


@pytest.mark.parametrize(("check", "arguments"), REQUIREMENTS.parameters)
def test_requirement(check: Callable[..., None], arguments: tuple[Any, ...]) -> None:
    check(*arguments)


def test_the_table_is_whole() -> None:
    assert len(REQUIREMENTS.names) == len(set(REQUIREMENTS.names))
    # So many sentences with MUST or MUST NOT concern an issuer or a verifier.
    assert len(REQUIREMENTS.names) >= 27
