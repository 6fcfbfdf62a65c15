"""Adding and verifying Data Integrity proofs (Data Integrity 1.0 section 4).

Signing is split so that a key may live elsewhere: ``create_proof_config`` fixes what the proof says,
``hash_data`` gives the bytes to sign, ``attach`` puts the signature in. Proofs form a set, each over
the document alone; a proof with ``previousProof`` is also over the proofs it names (a chain).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from vc.crypto.keys import KeyType, PublicKey, Signer
from vc.encoding import multibase
from vc.encoding.timestamps import format_timestamp
from vc.errors import Finding, MalformedValue, ProblemType, TransformationError
from vc.model.credential import is_url
from vc.proof.cryptosuite import PROOF_TYPE, ContextMismatch
from vc.proof.proofs import Proof, check_proof_options, check_proof_times, parse_proofs
from vc.proof.suites import CRYPTOSUITES, require_cryptosuite

__all__ = [
    "Proof",
    "ProofResult",
    "add_proof",
    "attach",
    "check_proof_options",
    "check_proof_times",
    "create_proof_config",
    "hash_data",
    "parse_proofs",
    "verify_proof",
]

_NO_PREVIOUS = "A proof names a previous proof that the document does not have."


class ProofResult(msgspec.Struct, frozen=True, kw_only=True):
    """What came of verifying one proof.

    ``verified_document`` is the document that the signature covers, without proofs; None where there
    are findings. Nothing else of what was received may be relied on. ``signed`` is the bytes the
    signature is over, empty where there are findings.
    """

    findings: tuple[Finding, ...]
    verified_document: Mapping[str, Any] | None
    signed: bytes = b""

    @property
    def verified(self) -> bool:
        """Whether the signature is good."""
        return self.verified_document is not None


def create_proof_config(
    document: Mapping[str, Any],
    *,
    cryptosuite: str,
    verification_method: str,
    created: datetime,
    proof_purpose: str = "assertionMethod",
    domain: str | None = None,
    challenge: str | None = None,
    expires: datetime | None = None,
    proof_id: str | None = None,
    previous_proof: str | Sequence[str] | None = None,
) -> dict[str, Any]:
    """Return the proof to be, without its ``proofValue``.

    Raises UnknownOption for the cryptosuite, MalformedValue for a verification method or id that is
    no URL, for no purpose and for an empty list of previous proofs.
    """
    if previous_proof is not None and not previous_proof:
        raise MalformedValue("A chained proof names at least one previous proof.")
    if not is_url(verification_method) or not (proof_id is None or is_url(proof_id)) or not proof_purpose:
        raise MalformedValue("A proof needs a purpose, and URLs for its verification method and id.")
    config: dict[str, Any] = {
        "type": PROOF_TYPE,
        "cryptosuite": cryptosuite,
        "created": format_timestamp(created),
        "verificationMethod": verification_method,
        "proofPurpose": proof_purpose,
    }
    options = {
        "id": proof_id,
        "expires": None if expires is None else format_timestamp(expires),
        "domain": domain,
        "challenge": challenge,
        "previousProof": (
            previous_proof
            if previous_proof is None or isinstance(previous_proof, str)
            else list(previous_proof)
        ),
    }
    config |= {name: value for name, value in options.items() if value is not None}
    return config | dict(require_cryptosuite(cryptosuite).config_context(document))


def hash_data(document: Mapping[str, Any], proof_config: Mapping[str, Any], key_type: KeyType) -> bytes:
    """Return the bytes that a key of ``key_type`` signs for ``proof_config`` over ``document``.

    ``document`` may already have proofs: they count only where ``previousProof`` names them. Raises
    TransformationError, and UnknownOption for the cryptosuite or a key it does not work with.
    """
    suite = require_cryptosuite(str(proof_config.get("cryptosuite")))
    unsecured = _with_previous_proofs(_without_proof(document), document, proof_config)
    if unsecured is None:
        finding = Finding(
            type=ProblemType.PROOF_GENERATION_ERROR, detail=_NO_PREVIOUS, pointer="/proof/previousProof"
        )
        raise TransformationError(_NO_PREVIOUS, findings=(finding,))
    return suite.hash_data(unsecured, proof_config, key_type)


def attach(document: Mapping[str, Any], proof_config: Mapping[str, Any], signature: bytes) -> dict[str, Any]:
    """Return ``document`` with the proof of ``proof_config`` added, after any it already has."""
    proof = {**proof_config, "proofValue": multibase.encode_base58btc(signature)}
    existing = _proofs_of(document)
    return {**document, "proof": [*existing, proof] if existing else proof}


def add_proof(
    document: Mapping[str, Any],
    *,
    cryptosuite: str,
    signer: Signer,
    created: datetime,
    proof_purpose: str = "assertionMethod",
    domain: str | None = None,
    challenge: str | None = None,
    expires: datetime | None = None,
    proof_id: str | None = None,
    previous_proof: str | Sequence[str] | None = None,
) -> dict[str, Any]:
    """Sign ``document`` and return it secured; raises TransformationError and UnknownOption."""
    config = create_proof_config(
        document,
        cryptosuite=cryptosuite,
        verification_method=signer.verification_method,
        created=created,
        proof_purpose=proof_purpose,
        domain=domain,
        challenge=challenge,
        expires=expires,
        proof_id=proof_id,
        previous_proof=previous_proof,
    )
    return attach(document, config, signer.sign(hash_data(document, config, signer.public_key.key_type)))


def verify_proof(secured: Mapping[str, Any], proof: Proof, public_key: PublicKey) -> ProofResult:
    """Verify one proof of ``secured`` with the key its verification method names.

    ``proof`` comes from ``parse_proofs(secured)``. Every proof of a set or chain has to be verified,
    each by its own call. Only the signature is judged here: purpose, domain, challenge and times are
    for ``check_proof_options`` and ``check_proof_times``.
    """
    suite = CRYPTOSUITES.get(proof.cryptosuite)
    if suite is None:
        return _refused(proof, "The cryptosuite of the proof is not supported.", "/cryptosuite")
    if public_key.key_type not in suite.hashes:
        return _refused(proof, "The key is not of the kind that the cryptosuite asks for.", "")
    if len(proof.signature) != public_key.signature_bytes:
        return _refused(proof, "The signature has the wrong length.", "/proofValue")
    document = suite.signed_document(_without_proof(secured), proof.raw)
    if isinstance(document, ContextMismatch):
        return ProofResult(findings=(document.finding(proof.pointer),), verified_document=None)
    config = {name: value for name, value in proof.raw.items() if name != "proofValue"}
    unsecured = _with_previous_proofs(document, secured, config)
    if unsecured is None:
        return _refused(proof, _NO_PREVIOUS, "/previousProof")
    try:
        signed = suite.hash_data(unsecured, config, public_key.key_type)
    except TransformationError as error:
        return ProofResult(findings=error.findings, verified_document=None)
    if not public_key.verify(proof.signature, signed):
        return _refused(proof, "The signature does not match the document and the key.", "/proofValue")
    return ProofResult(findings=(), verified_document=document, signed=signed)


def _refused(proof: Proof, detail: str, member: str) -> ProofResult:
    finding = Finding(
        type=ProblemType.PROOF_VERIFICATION_ERROR, detail=detail, pointer=proof.pointer + member
    )
    return ProofResult(findings=(finding,), verified_document=None)


def _without_proof(document: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name != "proof"}


def _with_previous_proofs(
    unsecured: Mapping[str, Any], secured: Mapping[str, Any], config: Mapping[str, Any]
) -> Mapping[str, Any] | None:
    # Sections 4.3 and 4.5: the proofs a chained proof names are part of what it secures, as a list in
    # the order of the document, since the names themselves have no order.
    if "previousProof" not in config:
        return unsecured
    previous = config["previousProof"]
    named = previous if isinstance(previous, list) else [previous]
    proofs = [proof for proof in _proofs_of(secured) if isinstance(proof, Mapping)]
    matching = [proof for proof in proofs if proof.get("id") in named]
    if {proof["id"] for proof in matching} != set(named):
        return None
    return {**unsecured, "proof": matching}


def _proofs_of(document: Mapping[str, Any]) -> list[Any]:
    member = document.get("proof", [])
    return list(member) if isinstance(member, list) else [member]
