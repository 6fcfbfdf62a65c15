"""One published example of a Data Integrity cryptosuite, and what all of them are checked for."""

import copy
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import base58
import pytest

import schemas
from tests.vectors.shared_vectors import read_object, read_text, require_vectors
from vc.crypto.keys import InMemorySigner, KeyType
from vc.did import did_key
from vc.did.resolve import did_of
from vc.encoding import multibase, rdfc
from vc.encoding.contexts import ContextSource
from vc.encoding.rdfc import HashName
from vc.proof.data_integrity import add_proof, parse_proofs, verify_proof
from vc.proof.proofs import Proof
from vc.proof.suites import require_cryptosuite

CITIZENSHIP = "https://w3id.org/citizenship/v4rc1"
# Multicodec headers of private keys are two bytes long for every kind of key here.
_SECRET_HEADER_BYTES = 2
_HASHES: Mapping[KeyType, HashName] = {
    KeyType.ED25519: "SHA-256",
    KeyType.P256: "SHA-256",
    KeyType.P384: "SHA-384",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Example:
    """A folder of one signed document with every value on the way to its signature.

    ``suffix`` ends each file name; ``suite`` and ``key_type`` say how it was signed.
    """

    folder: Path
    suffix: str
    suite: str
    key_type: KeyType

    @property
    def signed(self) -> dict[str, Any]:
        """The published secured document."""
        return read_object(self.folder / f"signed{self.suffix}.json")

    @property
    def unsecured(self) -> dict[str, Any]:
        """The published document without its proof."""
        return {name: value for name, value in self.signed.items() if name != "proof"}

    @property
    def config(self) -> dict[str, Any]:
        """The proof without its value."""
        return {name: value for name, value in self.signed["proof"].items() if name != "proofValue"}

    def text(self, name: str) -> str:
        """One published value, by the first part of its file's name."""
        return read_text(self.folder / f"{name}{self.suffix}.txt")


def with_contexts(monkeypatch: pytest.MonkeyPatch, files: Mapping[str, str]) -> None:
    """Read the contexts at these URLs from these files of ``../shared/vectors/contexts``.

    The suites canonicalize under the pinned contexts alone; no argument of theirs says otherwise.
    """
    folder = require_vectors("contexts")
    extra = {url: read_object(folder / name) for url, name in files.items()}

    def read(url: str) -> Mapping[str, Any] | None:
        return extra.get(url) or schemas.read_context(url)

    defaults = rdfc.canonicalize_rdfc.__kwdefaults__
    assert defaults is not None
    monkeypatch.setitem(defaults, "contexts", ContextSource(read))


def signer_of(secret: str, key_type: KeyType = KeyType.ED25519) -> InMemorySigner:
    """The signer of a ``secretKeyMultibase``, under the name of its did:key."""
    raw = multibase.decode(secret, max_bytes=60)[_SECRET_HEADER_BYTES:]
    key = InMemorySigner(raw, "", key_type=key_type).public_key
    return InMemorySigner(raw, did_key.verification_method_for(key), key_type=key_type)


def is_verified(secured: Mapping[str, Any], proof: Proof) -> bool:
    """Whether ``proof`` verifies with the one key of the did:key that it names."""
    (method,) = did_key.resolve(did_of(proof.verification_method)).verification_methods
    result = verify_proof(secured, proof, method.public_key)
    assert result.verified == (result.verified_document is not None) == (not result.findings)
    return result.verified


def check_intermediate_values(example: Example) -> None:
    """Compare the canonical forms, the hashes, their combination and the signature's spellings."""
    suite, hash_name = require_cryptosuite(example.suite), _HASHES[example.key_type]
    published = read_object(example.folder / f"proofConfig{example.suffix}.json")
    assert {**example.config, "@context": example.signed["@context"]} == published
    document = suite.transform_document(example.unsecured, hash_name)
    config = suite.transform_config(example.config, example.unsecured, hash_name)
    assert document.decode().strip() == example.text("canonDoc")
    assert config.decode().strip() == example.text("proofCanon")
    hash_function = hashlib.sha256 if hash_name == "SHA-256" else hashlib.sha384
    assert hash_function(document).hexdigest() == example.text("docHash")
    assert hash_function(config).hexdigest() == example.text("proofHash")
    combined = suite.hash_data(example.unsecured, example.config, example.key_type)
    assert combined.hex() == example.text("combinedHash")

    (proof,) = parse_proofs(example.signed)
    assert proof.signature.hex() == example.text("sigHex")
    assert multibase.encode_base58btc(proof.signature) == example.text("sigBTC58")
    assert base58.b58decode(example.signed["proof"]["proofValue"][1:]) == proof.signature


def check_signing(example: Example, signer: InMemorySigner) -> None:
    """Sign the published document with the published key: the very document comes out."""
    (proof,) = parse_proofs(example.signed)
    assert proof.created is not None
    made = add_proof(example.unsecured, cryptosuite=example.suite, signer=signer, created=proof.created)
    assert made == example.signed


def check_verifying(example: Example) -> None:
    """Verify the published document, and refuse it with one fault in it."""
    (proof,) = parse_proofs(example.signed)
    assert is_verified(example.signed, proof)
    for altered in _altered(example):
        (proof,) = parse_proofs(altered)
        assert not is_verified(altered, proof)


def _altered(example: Example) -> list[dict[str, Any]]:
    document, proof, signature = example.signed, copy.deepcopy(example.signed), copy.deepcopy(example.signed)
    document["issuer"] = "did:example:another"
    proof["proof"]["created"] = "2023-02-24T23:36:39Z"
    raw = bytearray(base58.b58decode(signature["proof"]["proofValue"][1:]))
    raw[-1] ^= 1
    signature["proof"]["proofValue"] = multibase.encode_base58btc(bytes(raw))
    return [document, proof, signature]
