"""Prepare → (record the intent) → complete.

A ``PreparedCredential`` is the one-use permission to sign: it exists only for a document that was
linted and whose copy, signed with a throwaway key, our own verifier accepted.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import orjson

from vc.crypto.keys import KeyType, PublicKey, Signer
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


@dataclass(frozen=True, kw_only=True, slots=True)
class UncheckedCredential:
    """Signed, and not yet seen to verify: for ``check_signed`` only."""

    raw: bytes
    signed: bytes
    document: Mapping[str, JsonValue]
    public_key: PublicKey


class PreparedCredential:
    """Permission to sign ``document`` once, with a key of ``key_type``.

    ``hash_data`` is what that key signs. ``document_bytes`` and ``proof_config_bytes`` are what the
    intent must record; from them alone ``resume`` builds the same permission again after a crash.
    """

    __slots__ = (
        "_used",
        "document",
        "document_bytes",
        "hash_data",
        "key_type",
        "proof_config",
        "proof_config_bytes",
    )

    def __init__(
        self,
        document: Mapping[str, JsonValue],
        proof_config: Mapping[str, JsonValue],
        *,
        key_type: KeyType,
        hash_data: bytes,
    ) -> None:
        self.document = document
        self.proof_config = proof_config
        self.key_type = key_type
        self.hash_data = hash_data
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
    return prepare_document(
        assemble(dataset, parameters),
        cryptosuite=parameters.cryptosuite,
        verification_method=parameters.verification_method,
        created=parameters.created,
        throwaway=throwaway,
    )


def prepare_document(
    document: Mapping[str, JsonValue],
    *,
    cryptosuite: str,
    verification_method: str,
    created: datetime,
    throwaway: Signer,
) -> PreparedCredential:
    """``prepare`` of a document that is assembled already."""
    proof_config = create_proof_config(
        document, cryptosuite=cryptosuite, verification_method=verification_method, created=created
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
    findings = lint(document)
    if len(orjson.dumps(document)) > MAX_DOCUMENT_BYTES:
        findings += (_finding("The credential is too large."),)
    _require_none(findings, "The credential may not be signed.")
    key = throwaway.public_key
    signed = hash_data(document, proof_config, key.key_type)
    tried = attach(document, proof_config, throwaway.sign(signed))
    _require_none(_self_verify(tried, document, key), "The credential may not be signed.")
    return PreparedCredential(document, proof_config, key_type=key.key_type, hash_data=signed)


def complete(prepared: PreparedCredential, signer: Signer) -> SecuredCredential:
    """Sign what was prepared, verify it, and return the exact bytes: ``sign_prepared``, ``check_signed``."""
    return check_signed(sign_prepared(prepared, signer))


def sign_prepared(prepared: PreparedCredential, signer: Signer) -> UncheckedCredential:
    """Use the key, and the permission.

    Raises ``ConflictError`` when the permission was used already or the signer is another than the
    intent names.
    """
    prepared.use()
    if signer.verification_method != prepared.proof_config.get("verificationMethod"):
        raise ConflictError("The intent names another key.")
    if signer.public_key.key_type is not prepared.key_type:
        raise ConflictError("The intent was prepared for a key of another kind.")
    secured = attach(prepared.document, prepared.proof_config, signer.sign(prepared.hash_data))
    return UncheckedCredential(
        raw=orjson.dumps(secured),
        signed=prepared.hash_data,
        document=prepared.document,
        public_key=signer.public_key,
    )


def check_signed(unchecked: UncheckedCredential) -> SecuredCredential:
    """Read the bytes as any verifier would.

    Raises ``MalformedValue`` when they do not verify, or say something else than was prepared: they
    then go nowhere.
    """
    secured = parse_json_object(unchecked.raw)
    findings = _self_verify(secured, unchecked.document, unchecked.public_key)
    _require_none(findings, "The signed credential does not verify.")
    return SecuredCredential(
        credential_id=str(unchecked.document["id"]), raw=unchecked.raw, signed=unchecked.signed
    )


def _require_none(findings: tuple[Finding, ...], otherwise: str) -> None:
    if findings:
        raise MalformedValue(otherwise, findings=findings)


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
