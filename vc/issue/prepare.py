"""Prepare → (record the intent) → complete.

A ``PreparedCredential`` is the one-use permission to sign: it exists only for a document that was
linted and whose copy, signed with a throwaway key, our own verifier accepted.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import orjson

from vc.crypto.keys import PublicKey, Signer
from vc.encoding.strict_json import JsonValue, parse_json_object
from vc.errors import ConflictError, Finding, MalformedValue, ProblemType
from vc.issue.assemble import CredentialDataset, IssuanceParameters, assemble
from vc.issue.lints import MAX_DOCUMENT_BYTES, lint
from vc.proof.data_integrity import attach, create_proof_config, hash_data, parse_proofs, verify_proof


@dataclass(frozen=True, kw_only=True, slots=True)
class SecuredCredential:
    """The exact bytes that leave the house, for one intent, and the hash data that was signed."""

    credential_id: str
    raw: bytes
    signed: bytes


class PreparedCredential:
    """Permission to sign ``document`` once.

    ``document_bytes`` and ``proof_config_bytes`` are what the intent must record; from them alone
    ``resume`` builds the same permission again after a crash.
    """

    __slots__ = ("_used", "document", "document_bytes", "proof_config", "proof_config_bytes")

    def __init__(self, document: Mapping[str, JsonValue], proof_config: Mapping[str, JsonValue]) -> None:
        self.document = document
        self.proof_config = proof_config
        self.document_bytes = orjson.dumps(document)
        self.proof_config_bytes = orjson.dumps(proof_config)
        self._used = False

    def use(self) -> None:
        """Spend the permission. Raises ``ConflictError`` on a second use."""
        if self._used:
            raise ConflictError("This permission to sign was used already.")
        self._used = True


def prepare(
    dataset: CredentialDataset, parameters: IssuanceParameters, *, throwaway: Signer
) -> PreparedCredential:
    """Assemble, lint and try out a credential without touching the issuer's key.

    Raises ``MalformedValue`` carrying every lint finding, ``TransformationError`` when the document
    cannot be canonicalized without loss.
    """
    document = assemble(dataset, parameters)
    proof_config = create_proof_config(
        document,
        cryptosuite=parameters.cryptosuite,
        verification_method=parameters.verification_method,
        created=parameters.created,
    )
    return _permit(document, proof_config, throwaway)


def resume(document_bytes: bytes, proof_config_bytes: bytes, *, throwaway: Signer) -> PreparedCredential:
    """The permission for a recorded intent.

    Completing it gives the same bytes as before the crash where the key repeats its signatures; another
    key may sign an intent once only, which the caller must see to.
    """
    return _permit(parse_json_object(document_bytes), parse_json_object(proof_config_bytes), throwaway)


def _permit(
    document: Mapping[str, JsonValue], proof_config: Mapping[str, JsonValue], throwaway: Signer
) -> PreparedCredential:
    prepared = PreparedCredential(document, proof_config)
    findings = lint(document)
    if len(prepared.document_bytes) > MAX_DOCUMENT_BYTES:
        findings += (_finding("The credential is too large."),)
    if not findings:
        signature = throwaway.sign(hash_data(document, proof_config, throwaway.public_key.key_type))
        findings = _self_verify(attach(document, proof_config, signature), document, throwaway.public_key)
    if findings:
        raise MalformedValue("The credential may not be signed.", findings=findings)
    return prepared


def complete(prepared: PreparedCredential, signer: Signer) -> SecuredCredential:
    """Sign what was prepared, verify it, and return the exact bytes.

    Raises ``ConflictError`` when the permission was used already or the signer is another than the
    intent names, ``MalformedValue`` when the result does not verify (the bytes then go nowhere).
    """
    prepared.use()
    if signer.verification_method != prepared.proof_config.get("verificationMethod"):
        raise ConflictError("The intent names another key.")
    signed = hash_data(prepared.document, prepared.proof_config, signer.public_key.key_type)
    secured = attach(prepared.document, prepared.proof_config, signer.sign(signed))
    raw = orjson.dumps(secured)
    findings = _self_verify(parse_json_object(raw), prepared.document, signer.public_key)
    if findings:
        raise MalformedValue("The signed credential does not verify.", findings=findings)
    return SecuredCredential(credential_id=str(prepared.document["id"]), raw=raw, signed=signed)


def _self_verify(
    secured: Mapping[str, JsonValue], document: Mapping[str, JsonValue], key: PublicKey
) -> tuple[Finding, ...]:
    """Our own verifier's findings, and whether the proof covers exactly ``document``."""
    proofs = parse_proofs(secured)
    if len(proofs) != 1:
        return (_finding("One proof is expected on a fresh credential."),)
    result = verify_proof(secured, proofs[0], key)
    if result.findings:
        return result.findings
    if result.verified_document != document:
        return (_finding("The proof does not cover what was prepared."),)
    return ()


def _finding(detail: str) -> Finding:
    return Finding(type=ProblemType.PROOF_GENERATION_ERROR, detail=detail)
