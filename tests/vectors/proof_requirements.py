"""What the requirements of Data Integrity and of its cryptosuites are checked with."""

from typing import Any

import orjson
import pytest

from tests.unit.vc.proof.signing import NOW, JsonObject, Way, with_proof
from vc.crypto.keys import KeyType, PublicKey
from vc.did.documents import find_verification_method, parse_document
from vc.errors import MalformedValue
from vc.model.evidence import Evidence
from vc.proof.data_integrity import attach, hash_data, parse_proofs
from vc.trust.anchor import TrustAnchor
from vc.verify.authentic import Authenticity, check_authentic
from vc.verify.policy import Policy
from vc.verify.reading import read_credential
from vc.verify.round import Round

WAY = Way(suite="eddsa-rdfc-2022", key_type=KeyType.ED25519)
FIRST = "urn:x:p1"
DID = "did:web:centre.example"
METHOD = f"{DID}#key-1"


def authentic(document: JsonObject, way: Way = WAY) -> Authenticity:
    """The verifier's word on a document issued by the did:key of key 1 of ``way``."""
    policy = Policy(
        trust_list_url="https://trust.example/list",
        trust_root_url="https://trust.example/root",
        trust_anchor=TrustAnchor(did="did:web:trust.example", threshold=1, keys=()),
        refuse_demo_issuers=False,
    )
    current = Round(evidence=Evidence(), policy=policy, now=NOW)
    controller = way.signer().verification_method.partition("#")[0]
    return check_authentic(current, read_credential(current, orjson.dumps(document)), controller, None)


def refused_shape(member: str, *values: Any) -> None:
    """Each of ``values`` makes the proof malformed, and says so at the member."""
    for value in values:
        with pytest.raises(MalformedValue) as caught:
            parse_proofs(with_proof(WAY.sign(), **{member: value}))
        assert caught.value.findings[0].pointer == f"/proof/{member}"


def without(secured: JsonObject, member: str) -> JsonObject:
    return {**secured, "proof": {name: value for name, value in secured["proof"].items() if name != member}}


def resigned(way: Way, document: JsonObject, **members: Any) -> JsonObject:
    """``document`` with a proof whose changed members were signed like all others."""
    config = {
        name: value
        for name, value in {**way.sign(document)["proof"], **members}.items()
        if name != "proofValue"
    }
    return attach(document, config, way.signer().sign(hash_data(document, config, way.key_type)))


def did_document(method: JsonObject, **members: Any) -> bytes:
    entry = {"id": METHOD, "type": "Multikey", "controller": DID, **method}
    return orjson.dumps({"id": DID, "verificationMethod": [entry], "assertionMethod": [METHOD], **members})


def key_in(document: bytes) -> PublicKey | None:
    method = find_verification_method(parse_document(DID, document), METHOD, "assertionMethod")
    return None if method is None else method.public_key
