"""EdDSA and ECDSA Cryptosuites 1.0: each MUST that concerns an issuer or a verifier.

Both specifications number alike: 3.2 is the suite over RDF, 3.3 the one over JSON. ecdsa-sd-2023 is
not a suite of this product. Appendix A of the EdDSA specification is in ``test_legacy_suite_requirements``.
"""

import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import Any

import nacl.bindings
import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from tests.unit.vc.proof.signing import (
    CREDENTIAL,
    NOW,
    WAYS,
    JsonObject,
    Way,
    with_proof,
)
from tests.vectors.proof_requirements import DID, METHOD, authentic, did_document, key_in, without
from tests.vectors.requirements import Check, Requirements
from vc.crypto import ecdsa
from vc.crypto.keys import KeyType, PublicKey
from vc.did.did_web import build_document
from vc.did.documents import VerificationMethod
from vc.encoding import multibase
from vc.encoding.rdfc import canonicalize_rdfc
from vc.errors import MalformedValue, ProblemType, ProtocolError, TransformationError, UnknownOption
from vc.model.verdict import Answer
from vc.proof.data_integrity import create_proof_config, hash_data, parse_proofs
from vc.proof.proofs import LEGACY_PROOF_TYPE
from vc.proof.suites import CRYPTOSUITES, require_cryptosuite

REQUIREMENTS = Requirements()
must = REQUIREMENTS.must
EDDSA, ECDSA = ([way for way in WAYS if way.suite.startswith(family)] for family in ("eddsa", "ecdsa"))
GROUPS = {
    (family, section): [way for way in WAYS if way.suite.startswith(f"{family}-{kind}-")]
    for family in ("eddsa", "ecdsa")
    for section, kind in (("3.2", "rdfc"), ("3.3", "jcs"))
}


def in_both(section: str, slug: str) -> Callable[[Check], Check]:
    """A requirement that both specifications have in this section."""

    def register(check: Check) -> Check:
        for family in ("eddsa", "ecdsa"):
            ways = [way for way in WAYS if way.suite.startswith(family)]
            must(f"{family}-{section}-{slug}", each=ways)(check)
        return check

    return register


def in_each_suite(step: int, slug: str) -> Callable[[Check], Check]:
    """A requirement that every suite has in this step of its section."""

    def register(check: Check) -> Check:
        for (family, section), ways in GROUPS.items():
            must(f"{family}-{section}.{step}-{slug}", each=ways)(check)
        return check

    return register


def config_of(secured: JsonObject) -> JsonObject:
    config: JsonObject = without(secured, "proofValue")["proof"]
    return config


@in_both("1.2", "statements-of-sections-2-and-3-are-enforced")
def _(way: Way) -> None:
    for member, value in (
        ("type", "Other"),
        ("cryptosuite", "other"),
        ("proofValue", "z"),
        ("created", "now"),
    ):
        assert authentic(with_proof(way.sign(), **{member: value}), way).answer is not Answer.YES


@in_both("1.2", "errors-for-documents-that-do-not-conform")
def _(way: Way) -> None:
    answer = authentic(with_proof(way.sign(), proofValue=way.sign(by=2)["proof"]["proofValue"]), way)
    assert (answer.answer, answer.findings[0].type) == (Answer.NO, ProblemType.PROOF_VERIFICATION_ERROR)


@in_both("2.1.1", "public-key-multibase-starts-with-z")
def _(way: Way) -> None:
    key = way.signer().public_key
    assert key.multikey.startswith("z")
    assert key_in(did_document({"publicKeyMultibase": key.multikey})) == key


@in_both("2.1.1", "no-other-encoding-of-a-public-key")
def _(way: Way) -> None:
    key = way.signer().public_key
    raw = multibase.decode(key.multikey, max_bytes=100)
    for text in (key.multikey[1:], multibase.encode_base64url(raw), f"f{raw.hex()}", f"m{key.multikey[1:]}"):
        with pytest.raises(MalformedValue):
            key_in(did_document({"publicKeyMultibase": text}))
    for header in (b"", b"\x00", b"\xff\x01"):
        with pytest.raises((MalformedValue, UnknownOption)):
            PublicKey.from_multikey(multibase.encode_base58btc(header + key.raw))


@in_both("2.1.1", "secret-keys-are-never-written")
def _(way: Way) -> None:
    method = VerificationMethod(id=METHOD, controller=DID, public_key=way.signer().public_key)
    document = build_document(DID, [method], relationships={"assertionMethod": [METHOD]})
    assert "ecret" not in orjson.dumps(document).decode()


@in_both("2.1.1", "secret-keys-are-never-read")
def _(way: Way) -> None:
    for secret in ("z42twTcNeSYcnqg1FLuSFs2bsGH3ZqbRHFmvS9XMsYhjxvHN", "uhiY", "", None):
        method = {"publicKeyMultibase": way.signer().public_key.multikey, "secretKeyMultibase": secret}
        with pytest.raises(MalformedValue):
            key_in(did_document(method))


@in_both("2.2.1", "type-is-data-integrity-proof")
def _(way: Way) -> None:
    assert way.sign()["proof"]["type"] == "DataIntegrityProof"
    with pytest.raises(MalformedValue):
        parse_proofs(with_proof(way.sign(), type=way.suite))


@in_both("2.2.1", "cryptosuite-is-one-of-the-two")
def _(way: Way) -> None:
    family = way.suite.partition("-")[0]
    named = {name for name in CRYPTOSUITES if name.startswith(family)}
    assert {name.split("-")[1] for name in named} == {"rdfc", "jcs"}
    for other in set(CRYPTOSUITES) - {way.suite} | {f"{family}-2022", "ecdsa-sd-2023"}:
        assert not way.verify(with_proof(way.sign(), cryptosuite=other)).verified


@must("eddsa-2.2.1-proof-value-is-a-detached-signature-in-base58", each=EDDSA)
def _(way: Way) -> None:
    secured = way.sign()
    (proof,) = parse_proofs(secured)
    data = hash_data(CREDENTIAL, config_of(secured), way.key_type)
    assert nacl.bindings.crypto_sign_open(proof.signature + data, way.signer().public_key.raw) == data


@must("ecdsa-3-signatures-are-r-and-s-of-fixed-length", each=ECDSA)
def _(way: Way) -> None:
    secured, curve = way.sign(), ecdsa.CURVES[way.key_type]
    signature, size = parse_proofs(secured)[0].signature, curve.field_bytes
    assert len(signature) == 2 * size
    der = encode_dss_signature(int.from_bytes(signature[:size]), int.from_bytes(signature[size:]))
    key = ec.EllipticCurvePublicKey.from_encoded_point(curve.curve, way.signer().public_key.raw)
    data = hash_data(CREDENTIAL, config_of(secured), way.key_type)
    key.verify(der, data, ec.ECDSA(curve.hash))
    assert not way.verify(with_proof(secured, proofValue=multibase.encode_base58btc(der))).verified


# Nameless subjects, whose labels depend on the hash function of the canonicalization.
NAMELESS = {**CREDENTIAL, "credentialSubject": [{"nameKhmer": name} for name in "កខគឃង"]}


@must("ecdsa-3-p-256-goes-with-sha-256")
def _() -> None:
    way = Way(suite="ecdsa-rdfc-2019", key_type=KeyType.P256)
    data = hash_data(NAMELESS, config_of(way.sign(NAMELESS)), way.key_type)
    assert data[32:] == hashlib.sha256(canonicalize_rdfc(NAMELESS, hash_name="SHA-256")).digest()


@must("ecdsa-3-p-384-goes-with-sha-384")
def _() -> None:
    way = Way(suite="ecdsa-rdfc-2019", key_type=KeyType.P384)
    canonical = canonicalize_rdfc(NAMELESS, hash_name="SHA-384")
    assert canonical != canonicalize_rdfc(NAMELESS, hash_name="SHA-256")
    data = hash_data(NAMELESS, config_of(way.sign(NAMELESS)), way.key_type)
    assert data[48:] == hashlib.sha384(canonical).digest()


@in_each_suite(3, "options-name-type-and-cryptosuite")
def _(way: Way) -> None:
    suite, config = require_cryptosuite(way.suite), config_of(way.sign())
    for member in ("type", "cryptosuite"):
        partial = {name: value for name, value in config.items() if name != member}
        with pytest.raises(TransformationError):
            suite.hash_data(CREDENTIAL, partial, way.key_type)


@in_each_suite(3, "strings-are-encoded-in-utf-8")
def _(way: Way) -> None:
    canonical = require_cryptosuite(way.suite).transform_document(CREDENTIAL, "SHA-256")
    assert "សុខ សុភា".encode() in canonical


@in_each_suite(3, "another-type-or-cryptosuite-is-an-error")
def _(way: Way) -> None:
    suite, config = require_cryptosuite(way.suite), config_of(way.sign())
    for other in ({"type": "Other"}, {"cryptosuite": "other"}, {"type": LEGACY_PROOF_TYPE}):
        with pytest.raises(TransformationError) as caught:
            suite.hash_data(CREDENTIAL, {**config, **other}, way.key_type)
        assert caught.value.findings[0].type is ProblemType.PROOF_TRANSFORMATION_ERROR


@in_each_suite(5, "a-configuration-has-type-and-cryptosuite")
def _(way: Way) -> None:
    config = create_proof_config(CREDENTIAL, cryptosuite=way.suite, verification_method=METHOD, created=NOW)
    assert (config["type"], config["cryptosuite"]) == ("DataIntegrityProof", way.suite)


@in_each_suite(5, "a-configuration-of-another-type-or-cryptosuite-is-an-error")
def _(way: Way) -> None:
    with pytest.raises(UnknownOption):
        create_proof_config(CREDENTIAL, cryptosuite="other", verification_method=METHOD, created=NOW)
    for other in set(CRYPTOSUITES) - {way.suite}:
        config = {**config_of(way.sign()), "cryptosuite": other}
        with pytest.raises(ProtocolError):
            require_cryptosuite(way.suite).hash_data(CREDENTIAL, config, way.key_type)


@in_each_suite(5, "created-is-a-date-and-time")
def _(way: Way) -> None:
    for created in ("2026-11-22", "2026-13-01T00:00:00Z", "now", "", 1, None):
        with pytest.raises(MalformedValue):
            parse_proofs(with_proof(way.sign(), created=created))
    nowhere = datetime(2026, 11, 22)  # noqa: DTZ001
    with pytest.raises(ValueError, match="naive"):
        create_proof_config(CREDENTIAL, cryptosuite=way.suite, verification_method=METHOD, created=nowhere)


@in_each_suite(6, "options-name-a-type-and-signatures-have-their-length")
def _(way: Way) -> None:
    with pytest.raises(TransformationError):
        hash_data(CREDENTIAL, {"cryptosuite": way.suite}, way.key_type)
    length = {KeyType.ED25519: 64, KeyType.P256: 64, KeyType.P384: 96}[way.key_type]
    assert len(parse_proofs(way.sign())[0].signature) == length


@pytest.mark.parametrize(("check", "arguments"), REQUIREMENTS.parameters)
def test_requirement(check: Callable[..., None], arguments: tuple[Any, ...]) -> None:
    check(*arguments)


@pytest.mark.parametrize(("start", "count"), [("eddsa-1", 2), ("eddsa-2", 7), ("eddsa-3", 14), ("ecdsa", 25)])
def test_the_table_is_whole(start: str, count: int) -> None:
    assert len(REQUIREMENTS.names) == len(set(REQUIREMENTS.names))
    # So many sentences with MUST or MUST NOT concern an issuer or a verifier.
    assert sum(name.startswith(start) for name in REQUIREMENTS.names) >= count
