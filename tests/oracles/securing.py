"""Securing and verifying generated credentials: by us, by @digitalbazaar/vc, by openvc.

Every key is a did:key made from a fixed seed. Verifying by us is the whole way a received credential
goes (``vc.verify.step``), where only the question "authentic" is looked at.
"""

import copy
import hashlib
import json
from dataclasses import dataclass
from datetime import timedelta
from functools import cache, cached_property
from typing import Any

from openvc.errors import OpenvcError
from openvc.keys import Ed25519SigningKey, P256SigningKey, P384SigningKey
from openvc.proof.data_integrity import DataIntegrityProofSuite
from openvc.proof.di_ecdsa_rdfc import EcdsaRdfcProofSuite
from openvc.proof.di_jcs import EcdsaJcsProofSuite, EddsaJcsProofSuite

from schemas import context_index, read_context
from tests.oracles.documents import Json
from tests.oracles.node_oracle import NodeOracle
from tests.simulator import IssuerWorld
from vc.crypto.keys import InMemorySigner, KeyType
from vc.did import did_key
from vc.encoding import base64url
from vc.errors import ProtocolError
from vc.model.evidence import Evidence, Need
from vc.model.verdict import Answer, Question, Verification
from vc.proof.data_integrity import add_proof
from vc.verify import step

_OPENVC_SUITES: dict[str, Any] = {
    "eddsa-rdfc-2022": DataIntegrityProofSuite(),
    "eddsa-jcs-2022": EddsaJcsProofSuite(),
    "ecdsa-rdfc-2019": EcdsaRdfcProofSuite(),
    "ecdsa-jcs-2019": EcdsaJcsProofSuite(),
}
_OPENVC_KEYS: dict[KeyType, Any] = {
    KeyType.ED25519: Ed25519SigningKey,
    KeyType.P256: P256SigningKey,
    KeyType.P384: P384SigningKey,
}
_CONTEXTS = {url: dict(read_context(url) or {}) for url in context_index()}


def _contexts_of(document: Json) -> dict[str, Any]:
    # Not all of them: openvc reads every context that it is given.
    return {url: _CONTEXTS[url] for url in document["@context"] if isinstance(url, str)}


@cache
def _world() -> tuple[IssuerWorld, Evidence]:
    world = IssuerWorld()
    return world, world.evidence()


NOW = _world()[0].now
CREATED = NOW - timedelta(days=1)


@dataclass(frozen=True)
class Kind:
    """A cryptosuite with a kind of key."""

    cryptosuite: str
    key_type: KeyType

    def __str__(self) -> str:
        return f"{self.cryptosuite} with {self.key_type.value}"

    @property
    def is_rdfc(self) -> bool:
        """Whether statements are signed, and not the JSON."""
        return "rdfc" in self.cryptosuite

    @cached_property
    def secret(self) -> bytes:
        """The private key of this kind: the same in every run."""
        digest = hashlib.sha384 if self.key_type is KeyType.P384 else hashlib.sha256
        return digest(f"oracle {self.key_type.value}".encode()).digest()

    @cached_property
    def signer(self) -> InMemorySigner:
        """That key, signing under its did:key."""
        public = InMemorySigner(self.secret, "unnamed", key_type=self.key_type).public_key
        return InMemorySigner(self.secret, did_key.verification_method_for(public), key_type=self.key_type)

    @property
    def did(self) -> str:
        """The did:key of the key."""
        return did_key.did_for(self.signer.public_key)

    @property
    def private_jwk(self) -> dict[str, str]:
        """The private key as other libraries take it."""
        return {**self.signer.public_key.jwk, "d": base64url.encode(self.secret)}


KINDS = (
    Kind("eddsa-rdfc-2022", KeyType.ED25519),
    Kind("eddsa-jcs-2022", KeyType.ED25519),
    Kind("ecdsa-rdfc-2019", KeyType.P256),
    Kind("ecdsa-rdfc-2019", KeyType.P384),
    Kind("ecdsa-jcs-2019", KeyType.P256),
    Kind("ecdsa-jcs-2019", KeyType.P384),
)


def sign(credential: Json, kind: Kind) -> Json:
    """``credential`` secured by us; raises TransformationError."""
    secured = add_proof(credential, cryptosuite=kind.cryptosuite, signer=kind.signer, created=CREATED)
    return copy.deepcopy(dict(secured))


def verify(secured: Json) -> Verification:
    """What we say of it, from the bytes on; raises ParseError."""
    world, evidence = _world()
    answer = step(json.dumps(secured).encode(), evidence, world.policy, NOW)
    assert not isinstance(answer, Need)
    return answer


def verifies(secured: Json) -> bool:
    """Whether we find it authentic."""
    try:
        return verify(secured).verdicts[Question.AUTHENTIC].answer is Answer.YES
    except ProtocolError:
        return False


def verified_document(secured: Json) -> Json:
    """What we say the proof covers."""
    document = verify(secured).document
    assert document is not None
    return dict(document)


def sign_with_digitalbazaar(node: NodeOracle, credential: Json, kind: Kind) -> Json:
    """``credential`` secured by @digitalbazaar/vc; raises OracleRefusedError."""
    answer = node.ask(
        "sign",
        credential=credential,
        cryptosuite=kind.cryptosuite,
        jwk=kind.private_jwk,
        verificationMethod=kind.signer.verification_method,
        created=CREATED.isoformat(),
    )
    return dict(answer["credential"])


def verdict_of_digitalbazaar(node: NodeOracle, secured: Json) -> str | None:
    """Why @digitalbazaar/vc refuses ``secured``, in its own words; None where it verifies."""
    answer = node.ask("verify", credential=secured, now=NOW.isoformat())
    return None if answer["verified"] else str(answer["reason"])


def openvc_key(kind: Kind) -> Any:
    """The private key as openvc takes it."""
    return _OPENVC_KEYS[kind.key_type].from_jwk(kind.private_jwk, kind.signer.verification_method)


def sign_with_openvc(credential: Json, kind: Kind) -> Json:
    """``credential`` secured by openvc; raises OpenvcError."""
    method = kind.signer.verification_method
    contexts: dict[str, Any] = {"extra_contexts": _contexts_of(credential)} if kind.is_rdfc else {}
    suite = _OPENVC_SUITES[kind.cryptosuite]
    secured = suite.add_proof(
        credential,
        signing_key=openvc_key(kind),
        verification_method=method,
        created=CREATED,
        **contexts,
    )
    return dict(secured)


def verdict_of_openvc(secured: Json) -> str | None:
    """Why openvc refuses ``secured``, in its own words; None where it verifies."""
    suite = _OPENVC_SUITES.get(secured["proof"]["cryptosuite"])
    if suite is None:
        return "unknown cryptosuite"
    is_rdfc = "rdfc" in secured["proof"]["cryptosuite"]
    contexts: dict[str, Any] = {"extra_contexts": _contexts_of(secured)} if is_rdfc else {}
    try:
        suite.verify(secured, now=NOW, **contexts)
    except OpenvcError as error:
        return f"{type(error).__name__}: {error}"
    return None
