"""Secured credentials that somebody judges otherwise than we do, each with the specification's answer."""

import copy
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, SECP384R1

from tests.oracles.documents import EXAMPLES_V2, V2, Json
from tests.oracles.node_oracle import NodeOracle
from tests.oracles.securing import (
    CREATED,
    KINDS,
    Kind,
    sign,
    sign_with_openvc,
    verdict_of_digitalbazaar,
    verdict_of_openvc,
    verified_document,
    verifies,
)
from vc.crypto.keys import KeyType
from vc.encoding import multibase
from vc.proof.data_integrity import attach, create_proof_config
from vc.proof.suites import require_cryptosuite

pytestmark = pytest.mark.node

RDFC = [kind for kind in KINDS if kind.is_rdfc]
JCS = [kind for kind in KINDS if not kind.is_rdfc]
ECDSA = [kind for kind in KINDS if kind.key_type is not KeyType.ED25519]
P384_RDFC = Kind("ecdsa-rdfc-2019", KeyType.P384)
ED25519_JCS = Kind("eddsa-jcs-2022", KeyType.ED25519)
# SEC 2, sections 2.4.2 and 2.5.1.
ORDERS = {
    KeyType.P256: 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
    KeyType.P384: 2**384 - 0x389CB27E0BC8D220A7E5F24DB74F58851313E695333AD68D,
}


def credential(kind: Kind, context: Any = None, **subject: Any) -> Json:
    """An ordinary credential; ``context`` stands after the first."""
    return {
        "@context": [V2, EXAMPLES_V2 if context is None else context],
        "type": ["VerifiableCredential"],
        "issuer": kind.did,
        "credentialSubject": subject or {"diploma": "ជាងឈើ"},
    }


def with_context(secured: Json, *contexts: Any) -> Json:
    """A copy with other contexts after the first."""
    return {**copy.deepcopy(secured), "@context": [V2, *contexts]}


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_an_ordinary_credential_is_no_difference(node: NodeOracle, kind: Kind) -> None:
    secured = sign(credential(kind), kind)
    assert verifies(secured)
    assert verdict_of_digitalbazaar(node, secured) is None
    if kind != P384_RDFC:
        assert verdict_of_openvc(secured) is None


@pytest.mark.parametrize("kind", JCS, ids=str)
def test_contexts_may_be_appended_to_canonical_json(node: NodeOracle, kind: Kind) -> None:
    """EdDSA and ECDSA Cryptosuites section 3.3.2: the document's contexts begin with the proof's.

    openvc signs over the document's contexts whatever the proof says.
    """
    secured = sign(credential(kind), kind)
    appended = with_context(secured, EXAMPLES_V2, "https://w3id.org/security/data-integrity/v2")
    assert verifies(appended)
    assert verified_document(appended)["@context"] == secured["@context"]
    assert verdict_of_digitalbazaar(node, appended) is None
    assert "SignatureInvalid" in str(verdict_of_openvc(appended))


@pytest.mark.parametrize("kind", JCS, ids=str)
def test_an_unknown_context_appended_to_canonical_json_is_refused(node: NodeOracle, kind: Kind) -> None:
    """Data Integrity 1.0 section 2.4.1: every context has to be known; @digitalbazaar/vc looks at none."""
    secured = sign(credential(kind), kind)
    appended = with_context(secured, EXAMPLES_V2, "https://unknown.example/context")
    assert not verifies(appended)
    assert verdict_of_digitalbazaar(node, appended) is None


@pytest.mark.parametrize("kind", JCS, ids=str)
def test_contexts_put_before_the_signed_ones_are_refused_by_all(node: NodeOracle, kind: Kind) -> None:
    secured = sign(credential(kind), kind)
    changed = with_context(secured, "https://w3id.org/security/data-integrity/v2", EXAMPLES_V2)
    assert not verifies(changed)
    assert verdict_of_digitalbazaar(node, changed) is not None
    assert verdict_of_openvc(changed) is not None


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_a_context_named_twice_is_refused(node: NodeOracle, kind: Kind) -> None:
    """VCDM 2.0 section 4.3: the contexts are an ordered set; @digitalbazaar/vc takes any list."""
    secured = sign(credential(kind), kind)
    repeated = with_context(secured, EXAMPLES_V2, EXAMPLES_V2)
    assert not verifies(repeated)
    assert verdict_of_digitalbazaar(node, repeated) is None


@pytest.mark.parametrize("kind", RDFC, ids=str)
def test_a_date_in_an_array_is_refused(node: NodeOracle, kind: Kind) -> None:
    """VCDM 2.0 section 4.9: one string. The statements are the same, and @digitalbazaar/vc accepts."""
    secured = sign({**credential(kind), "validFrom": "2025-01-01T00:00:00Z"}, kind)
    assert verifies(secured)
    wrapped = {**secured, "validFrom": ["2025-01-01T00:00:00Z"]}
    assert not verifies(wrapped)
    assert verdict_of_digitalbazaar(node, wrapped) is None


@pytest.mark.parametrize("kind", RDFC, ids=str)
def test_a_context_that_changes_no_statement_is_not_seen_by_canonical_rdf(
    node: NodeOracle, kind: Kind
) -> None:
    """EdDSA and ECDSA Cryptosuites section 3.2.3 sign statements, and these are the same ones."""
    secured = sign({**credential(kind, name="x"), "@context": [V2]}, kind)
    appended = with_context(secured, EXAMPLES_V2)
    assert verifies(appended)
    assert verdict_of_digitalbazaar(node, appended) is None


@pytest.mark.parametrize("kind", RDFC, ids=str)
def test_a_context_that_changes_statements_is_refused_by_all(node: NodeOracle, kind: Kind) -> None:
    secured = sign(credential(kind, {"@vocab": "https://vocabulary.example/#"}), kind)
    changed = with_context(secured, EXAMPLES_V2)
    assert not verifies(changed)
    assert verdict_of_digitalbazaar(node, changed) is not None
    assert verdict_of_openvc(changed) is not None


@pytest.mark.parametrize("kind", JCS, ids=str)
def test_equal_contexts_are_compared_by_value(node: NodeOracle, kind: Kind) -> None:
    """Section 3.3.2 compares values; @digitalbazaar/vc finds no two objects equal."""
    secured = sign(credential(kind, {"diploma": "https://terms.example/diploma"}), kind)
    assert verifies(secured)
    assert verdict_of_openvc(secured) is None
    assert verdict_of_digitalbazaar(node, secured) == "document.@context does not start with proof.@context"


@pytest.mark.parametrize("kind", JCS, ids=str)
def test_a_signed_context_left_out_of_the_proof_is_missed(node: NodeOracle, kind: Kind) -> None:
    """Section 3.3.1 step 2 puts ``@context`` into the proof; openvc signs it and leaves it out."""
    secured = sign_with_openvc(credential(kind), kind)
    assert "@context" not in secured["proof"]
    assert not verifies(secured)
    assert verdict_of_digitalbazaar(node, secured) is not None
    secured["proof"]["@context"] = secured["@context"]
    assert verifies(secured)
    assert verdict_of_digitalbazaar(node, secured) is None


def test_p384_labels_unnamed_nodes_by_sha_384(node: NodeOracle) -> None:
    """ECDSA Cryptosuites section 3.2.3: canonicalization uses the hash of the curve; openvc keeps SHA-256.

    Only the order of labels tells, and only where the two hashes order two unnamed nodes otherwise.
    """
    secured = sign(credential(P384_RDFC, diploma="a"), P384_RDFC)
    verdicts = [secured, *(sign(credential(P384_RDFC, diploma=text), P384_RDFC) for text in "bcdefgh")]
    assert all(map(verifies, verdicts))
    assert {verdict_of_digitalbazaar(node, document) for document in verdicts} == {None}
    by_openvc = {str(verdict_of_openvc(document)).partition(":")[0] for document in verdicts}
    assert by_openvc == {"None", "SignatureInvalid"}


@pytest.mark.parametrize("kind", ECDSA, ids=str)
def test_the_other_signature_of_the_same_r_is_as_good(node: NodeOracle, kind: Kind) -> None:
    """FIPS 186-5 section 6.4.2 has no rule against the larger s, and no cryptosuite adds one: all accept."""
    secured = sign(credential(kind), kind)
    signature = multibase.decode(secured["proof"]["proofValue"], max_bytes=200, bases="z")
    half = len(signature) // 2
    other = ORDERS[kind.key_type] - int.from_bytes(signature[half:], "big")
    secured["proof"]["proofValue"] = multibase.encode_base58btc(
        signature[:half] + other.to_bytes(half, "big")
    )
    assert verifies(secured)
    assert verdict_of_digitalbazaar(node, secured) is None
    assert (verdict_of_openvc(secured) is None) or kind == P384_RDFC


def test_the_group_orders_are_those_of_the_curves() -> None:
    sizes = {KeyType.P256: SECP256R1.key_size, KeyType.P384: SECP384R1.key_size}
    assert {key_type: order.bit_length() for key_type, order in ORDERS.items()} == sizes


def test_every_proof_of_a_set_has_to_hold(node: NodeOracle) -> None:
    """Data Integrity 1.0 section 4.5: one proof that fails makes the whole fail.

    To verify a subset is "another approach" there; @digitalbazaar/vc is content with one that holds.
    """
    secured = sign(credential(ED25519_JCS), ED25519_JCS)
    good = secured["proof"]
    bad = {**good, "created": "2026-11-20T00:00:00Z"}
    assert verifies({**secured, "proof": [good]})
    assert not verifies({**secured, "proof": [good, bad]})
    assert verdict_of_digitalbazaar(node, {**secured, "proof": [good, bad]}) is None


def test_a_previous_proof_that_is_not_there_is_refused(node: NodeOracle) -> None:
    """Data Integrity 1.0 section 4.5 raises an error; @digitalbazaar/vc does not look for it."""
    kind, document = ED25519_JCS, credential(ED25519_JCS)
    config = create_proof_config(
        document,
        cryptosuite=kind.cryptosuite,
        verification_method=kind.signer.verification_method,
        created=CREATED,
        previous_proof="urn:uuid:9f0d3c1a-0000-4000-8000-000000000001",
    )
    data = require_cryptosuite(kind.cryptosuite).hash_data(document, config, kind.key_type)
    secured = attach(document, config, kind.signer.sign(data))
    assert not verifies(secured)
    assert verdict_of_digitalbazaar(node, secured) is None


def test_a_signature_in_base64url_is_refused(node: NodeOracle) -> None:
    """EdDSA Cryptosuites section 3.3.1: base58-btc. @digitalbazaar/vc reads a second spelling."""
    secured = sign(credential(ED25519_JCS), ED25519_JCS)
    signature = multibase.decode(secured["proof"]["proofValue"], max_bytes=200, bases="z")
    secured["proof"]["proofValue"] = multibase.encode_base64url(signature)
    assert not verifies(secured)
    assert verdict_of_digitalbazaar(node, secured) is None


@pytest.mark.parametrize("kind", RDFC, ids=str)
def test_a_list_with_two_alike_items_is_beyond_digitalbazaar(node: NodeOracle, kind: Kind) -> None:
    """RDFC-1.0 section 7.1 leaves limits open; ours is wider than the one rdf-canonize has by itself."""
    context = {"steps": {"@id": "https://terms.example/steps", "@container": "@list"}}
    secured = sign(credential(kind, context, steps=[1, 2, 2, 1]), kind)
    assert verifies(secured)
    assert "Maximum deep iterations" in str(verdict_of_digitalbazaar(node, secured))
