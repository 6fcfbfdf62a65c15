"""didkit reads and writes did:key, Ed25519 keys and Ed25519Signature2020 as we do.

didkit 0.3.3 knows neither VCDM 2.0 nor the cryptosuites of 2019 and 2022, so this legacy proof is what
it can judge; we verify such proofs and make none. It is optional: there is none for Python 3.13 and later.
"""

import base64
import hashlib
import json
from collections import Counter

import pytest
from hypothesis import strategies as st

from tests.oracles.didkit_oracle import ask, needs_didkit
from tests.oracles.documents import ED25519_2020, V1, V2, Json, legacy_credentials
from tests.oracles.faults import mutant
from tests.oracles.known_faults import didkit_fault, pyld_fault
from tests.oracles.laws import hold_for_all, sizes
from tests.oracles.pyld_oracle import canonicalize_with_pyld
from tests.oracles.securing import CREATED, KINDS
from vc.crypto.keys import InMemorySigner, KeyType, PublicKey
from vc.did import did_key
from vc.encoding import multibase
from vc.encoding.rdfc import canonicalize_rdfc
from vc.encoding.timestamps import format_timestamp
from vc.errors import ProtocolError, TransformationError
from vc.proof.data_integrity import parse_proofs, verify_proof
from vc.proof.suites import require_cryptosuite

pytestmark = [needs_didkit, pytest.mark.timeout(600)]

KEYS = tuple(InMemorySigner(hashlib.sha256(bytes([n])).digest(), "unnamed").public_key for n in range(8))
KIND = KINDS[0]
LEGACY = "Ed25519Signature2020"
OPTIONS = {
    "type": LEGACY,
    "created": format_timestamp(CREATED),
    "verificationMethod": KIND.signer.verification_method,
    "proofPurpose": "assertionMethod",
}
STEPS = {"steps": {"@id": "https://terms.example/steps", "@container": "@list"}}
MUTATIONS = (
    "text changed",
    "member added",
    "member removed",
    "value wrapped in an array",
    "signature bit flipped",
    "proof member changed",
)


def jwk_of(key: PublicKey) -> str:
    """A public key as a JSON Web Key, as RFC 8037 section 2 writes it."""
    x = base64.urlsafe_b64encode(key.raw).rstrip(b"=").decode()
    return json.dumps({"kty": "OKP", "crv": "Ed25519", "x": x})


def test_did_keys_are_resolved_to_the_same_key_and_the_same_identifiers() -> None:
    answers = ask([["resolve", did_key.did_for(key), "{}"] for key in KEYS])
    for key, text in zip(KEYS, answers, strict=True):
        theirs = json.loads(str(text))
        (method,) = theirs["verificationMethod"]
        ours = did_key.resolve(theirs["id"])
        assert theirs["id"] == did_key.did_for(key) == method["controller"]
        assert method["id"] == did_key.verification_method_for(key)
        assert PublicKey.from_jwk(method["publicKeyJwk"]) == key
        for purpose in ("assertionMethod", "authentication"):
            assert set(theirs[purpose]) == ours.relationships[purpose]


def test_keys_are_given_the_same_did() -> None:
    assert ask([["name", jwk_of(key)] for key in KEYS]) == [did_key.did_for(key) for key in KEYS]


def test_another_key_has_another_did() -> None:
    (theirs,) = ask([["name", jwk_of(KEYS[0])]])
    flipped = bytes([KEYS[0].raw[0] ^ 1, *KEYS[0].raw[1:]])
    assert theirs != did_key.did_for(PublicKey(key_type=KeyType.ED25519, raw=flipped))


def legacy_sign(credential: Json) -> Json:
    """``credential`` with a legacy proof over our canonical form; raises TransformationError."""
    data = require_cryptosuite(LEGACY).hash_data(credential, OPTIONS, KeyType.ED25519)
    proof = {**OPTIONS, "proofValue": multibase.encode_base58btc(KIND.signer.sign(data))}
    return {**credential, "proof": proof}


def legacy_verifies(secured: Json) -> bool:
    """Whether we find the legacy proof good."""
    try:
        (proof,) = parse_proofs(secured)
        return verify_proof(secured, proof, KIND.signer.public_key).verified
    except ProtocolError:
        return False


def ask_to_verify(documents: list[Json]) -> list[bool]:
    """Whether didkit finds the proof of each document good."""
    purpose = json.dumps({"proofPurpose": "assertionMethod"})
    answers = ask([["verify", json.dumps(document), purpose] for document in documents])
    return [answer is not None and json.loads(answer)["errors"] == [] for answer in answers]


def ordinary(examples: int) -> list[Json]:
    """Credentials that both of us can read, without the known faults of didkit."""
    found: list[Json] = []

    def keep(credential: Json) -> None:
        try:
            canonicalize_rdfc(credential)
        except TransformationError:
            return
        found.append(credential)

    values = legacy_credentials(issuer=KIND.did).filter(lambda document: didkit_fault(document) is None)
    hold_for_all(values, examples, keep)
    return found


@sizes(30, 400)
def test_what_didkit_signs_verifies_here(tally: Counter[str], examples: int) -> None:
    jwk, options = json.dumps(KIND.private_jwk), json.dumps(OPTIONS)
    answers = ask([["issue", json.dumps(document), options, jwk] for document in ordinary(examples)])
    for answer in answers:
        if answer is None:
            tally["not signed by didkit"] += 1
            continue
        assert legacy_verifies(json.loads(answer)), answer
        tally["signed by didkit, verified by us"] += 1
    assert tally["signed by didkit, verified by us"] > examples / 2


@sizes(30, 400)
def test_our_canonical_form_under_a_legacy_proof_verifies_in_didkit(
    tally: Counter[str], examples: int
) -> None:
    documents = [legacy_sign(credential) for credential in ordinary(examples)]
    assert all(map(legacy_verifies, documents))
    for document, verified in zip(documents, ask_to_verify(documents), strict=True):
        assert verified, document
        tally["verified by didkit"] += 1


@sizes(40, 400)
def test_one_fault_is_refused_by_both(tally: Counter[str], examples: int) -> None:
    """Where the same statements are spelled otherwise, we accept, and didkit has rules of its own."""
    mutants: list[tuple[Json, Json]] = []

    def collect(given: tuple[Json, str, int]) -> None:
        credential, fault, number = given
        try:
            secured = legacy_sign(credential)
        except TransformationError:
            return
        mutants.append((secured, mutant(secured, fault, number)))

    credentials = legacy_credentials(issuer=KIND.did).filter(lambda document: didkit_fault(document) is None)
    given = st.tuples(credentials, st.sampled_from(MUTATIONS), st.integers(0, 999))
    hold_for_all(given, examples, collect)
    mutants = [(secured, changed) for secured, changed in mutants if changed != secured]
    verdicts = ask_to_verify([changed for _, changed in mutants])
    for (secured, changed), theirs in zip(mutants, verdicts, strict=True):
        if legacy_verifies(changed):
            assert changed["proof"] == secured["proof"]
            assert statements(changed) == statements(secured)
            tally["the same statements: accepted by us"] += 1
        else:
            # What didkit does with a text under such a tag has a case of its own below.
            assert not theirs or "added7" in changed["credentialSubject"]["title"], changed
            tally[f"refused by {'us' if theirs else 'both'}"] += 1
    assert tally["refused by both"] > examples / 2


def statements(secured: Json) -> bytes:
    """The canonical form of a document without its proof."""
    return canonicalize_rdfc({name: value for name, value in secured.items() if name != "proof"})


@pytest.mark.parametrize(
    ("members", "differs"),
    [
        ({"myText": "a\tb"}, True),
        ({"myText": "a\x7fb"}, True),
        ({"myText": "a\nb"}, False),
        ({"myNode": {"id": "https://ខ្មែរ.example/"}}, False),
        ({"myText": {"@value": "x", "@language": "km-KH"}}, True),
        ({"myText": {"@value": "x", "@language": "km"}}, False),
        ({"steps": ["a", "b", "b", "c"]}, True),
        ({"steps": ["a", "b", "c", "d"]}, False),
    ],
)
def test_where_didkit_signs_something_else(members: Json, differs: bool) -> None:
    """RDFC-1.0 appendix A escapes more than URDNA2015 did. The case of tags JSON-LD 1.1 leaves open.

    Alike items of a list it labels in an order of its own; PyLD and rdf-canonize have ours.
    """
    document = {
        "@context": [V1, ED25519_2020, {"@vocab": "https://vocabulary.example/#", **STEPS}],
        "type": ["VerifiableCredential"],
        "issuer": KIND.did,
        "issuanceDate": "2024-01-01T00:00:00Z",
        "credentialSubject": {"id": "urn:x:1", **members},
    }
    (answer,) = ask([["issue", json.dumps(document), json.dumps(OPTIONS), json.dumps(KIND.private_jwk)]])
    assert answer is not None
    assert legacy_verifies(json.loads(answer)) != differs
    assert ask_to_verify([legacy_sign(document)]) == [not differs]
    assert differs == (didkit_fault(document) is not None)
    if pyld_fault(document) is None:
        assert canonicalize_rdfc(document) == canonicalize_with_pyld(document)


def test_a_text_under_a_tag_that_is_none_is_refused_and_not_left_unsigned() -> None:
    """Data Integrity 1.0 section 2.4.3: nothing may be lost. didkit drops the text and verifies the rest."""
    title = {"title": {"@id": "https://terms.example/title", "@container": "@language"}}
    document = {
        "@context": [V1, ED25519_2020, title],
        "type": ["VerifiableCredential"],
        "issuer": KIND.did,
        "issuanceDate": "2024-01-01T00:00:00Z",
        "credentialSubject": {"id": "urn:x:1", "title": {"km": "ក"}},
    }
    secured = legacy_sign(document)
    secured["credentialSubject"] = {"id": "urn:x:1", "title": {"km": "ក", "added7": "not signed"}}
    assert not legacy_verifies(secured)
    assert ask_to_verify([secured]) == [True]


def test_didkit_knows_no_vcdm_2_0() -> None:
    """What makes didkit an oracle for legacy documents only; to be noticed when it changes."""
    document = {
        "@context": [V2],
        "type": ["VerifiableCredential"],
        "issuer": KIND.did,
        "credentialSubject": {"id": "urn:x:1"},
    }
    jwk, options = json.dumps(KIND.private_jwk), json.dumps(OPTIONS)
    (refused,) = ask([["issue", json.dumps(document), options, jwk]])
    assert refused is None
    old = {**document, "@context": [V1, ED25519_2020], "issuanceDate": "2024-01-01T00:00:00Z"}
    (accepted,) = ask([["issue", json.dumps(old), options, jwk]])
    assert accepted is not None
