"""The ``proof`` member of a secured document, read strictly (Data Integrity 1.0 section 2.1)."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, TypeGuard

import msgspec

from vc.encoding import json_pointer, multibase
from vc.encoding.timestamps import parse_timestamp
from vc.errors import Finding, MalformedValue, ProblemType
from vc.model.credential import is_url
from vc.proof.cryptosuite import PROOF_TYPE

LEGACY_PROOF_TYPE = "Ed25519Signature2020"
MAX_PROOFS = 8
_MAX_PREVIOUS = MAX_PROOFS
_MAX_SIGNATURE_BYTES = 200
_MAX_TEXT_CHARS = 2_000
_NO_TEXT = "A member of a proof is missing or is not a short text."


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """One Data Integrity proof.

    ``cryptosuite`` of a legacy proof, which has no such member, is its type; ``pointer`` names it in
    the document; ``signature`` is the decoded ``proofValue``; ``raw`` is the member as received, from
    which the bytes that were signed are built.
    """

    pointer: str
    cryptosuite: str
    verification_method: str
    proof_purpose: str
    signature: bytes
    raw: Mapping[str, Any]
    id: str | None = None
    created: datetime | None = None
    expires: datetime | None = None
    domain: tuple[str, ...] = ()
    challenge: str | None = None
    nonce: str | None = None
    previous_proof: tuple[str, ...] = ()


def parse_proofs(secured: Mapping[str, Any]) -> tuple[Proof, ...]:
    """Read the proofs of a secured document, in their order; () where it has no ``proof``.

    Raises MalformedValue with a JSON pointer for more than 8 proofs, a type other than
    ``DataIntegrityProof`` and the legacy one, a missing or misshapen member, and two proofs with one
    id.
    """
    if "proof" not in secured:
        return ()
    member = secured["proof"]
    if isinstance(member, list):
        entries = [(entry, json_pointer.join("", "proof", index)) for index, entry in enumerate(member)]
    else:
        entries = [(member, "/proof")]
    if not entries or len(entries) > MAX_PROOFS:
        raise MalformedValue("The document has no proof, or too many.", pointer="/proof")
    proofs = tuple(_parse_proof(entry, pointer) for entry, pointer in entries)
    ids = [proof.id for proof in proofs if proof.id is not None]
    if len(ids) != len(set(ids)):
        raise MalformedValue("Two proofs have the same id.", pointer="/proof")
    return proofs


def check_proof_options(
    proof: Proof, *, purpose: str, domain: str | None = None, challenge: str | None = None
) -> tuple[Finding, ...]:
    """Compare a proof with what the verifier expects (Data Integrity 1.0 section 4.4).

    ``domain`` and ``challenge`` are compared only where given; a proof made for other domains too is
    refused.
    """
    findings: list[Finding] = []

    def found(problem: ProblemType, detail: str, member: str) -> None:
        findings.append(Finding(type=problem, detail=detail, pointer=f"{proof.pointer}/{member}"))

    if proof.proof_purpose != purpose:
        detail = "The proof was made for another purpose."
        found(ProblemType.PROOF_VERIFICATION_ERROR, detail, "proofPurpose")
    if domain is not None and set(proof.domain) != {domain}:
        found(ProblemType.INVALID_DOMAIN_ERROR, "The proof was made for another domain.", "domain")
    if challenge is not None and challenge != proof.challenge:
        detail = "The proof does not answer the challenge."
        found(ProblemType.INVALID_CHALLENGE_ERROR, detail, "challenge")
    return tuple(findings)


def check_proof_times(proof: Proof, *, now: datetime, skew: timedelta) -> tuple[Finding, ...]:
    """Say whether a proof is from the future (beyond ``skew``) or has expired, as of ``now``."""
    findings: list[Finding] = []
    problem = ProblemType.PROOF_VERIFICATION_ERROR
    if proof.created is not None and proof.created > now + skew:
        detail = "The proof says it was made in the future."
        findings.append(Finding(type=problem, detail=detail, pointer=f"{proof.pointer}/created"))
    if proof.expires is not None and proof.expires <= now - skew:
        detail = "The proof has expired."
        findings.append(Finding(type=problem, detail=detail, pointer=f"{proof.pointer}/expires"))
    return tuple(findings)


def _parse_proof(entry: Any, pointer: str) -> Proof:
    if not isinstance(entry, dict):
        raise MalformedValue("A proof is not an object.", pointer=pointer)
    if entry.get("type") not in (PROOF_TYPE, LEGACY_PROOF_TYPE):
        raise MalformedValue("A proof has a type that is not supported.", pointer=pointer + "/type")
    is_legacy = entry["type"] == LEGACY_PROOF_TYPE
    read = _Members(entry, pointer)
    if is_legacy:
        read.text("created")
    return Proof(
        pointer=pointer,
        cryptosuite=LEGACY_PROOF_TYPE if is_legacy else read.text("cryptosuite"),
        verification_method=read.url("verificationMethod"),
        proof_purpose=read.text("proofPurpose"),
        signature=read.signature(),
        raw=entry,
        id=read.url("id") if "id" in entry else None,
        created=read.moment("created"),
        expires=read.moment("expires"),
        domain=read.texts("domain"),
        challenge=read.text_or_none("challenge"),
        nonce=read.text_or_none("nonce"),
        previous_proof=read.texts("previousProof"),
    )


class _Members:
    """Typed access to the members of one proof."""

    def __init__(self, entry: Mapping[str, Any], pointer: str) -> None:
        self._entry = entry
        self._pointer = pointer

    def text(self, name: str) -> str:
        value = self._entry.get(name)
        if not _is_short_text(value):
            raise self._fault(_NO_TEXT, name)
        return value

    def text_or_none(self, name: str) -> str | None:
        return self.text(name) if name in self._entry else None

    def url(self, name: str) -> str:
        text = self.text(name)
        if not is_url(text):
            raise self._fault("A member of a proof is not a URL.", name)
        return text

    def texts(self, name: str) -> tuple[str, ...]:
        if name not in self._entry:
            return ()
        value = self._entry[name]
        entries = value if isinstance(value, list) else [value]
        if not entries or len(entries) > _MAX_PREVIOUS:
            raise self._fault("A member of a proof has no entry, or too many.", name)
        if not all(map(_is_short_text, entries)):
            raise self._fault(_NO_TEXT, name)
        return tuple(entries)

    def moment(self, name: str) -> datetime | None:
        if name not in self._entry:
            return None
        try:
            return parse_timestamp(self.text(name), require_offset=False)
        except MalformedValue as error:
            raise self._fault(str(error), name) from None

    def signature(self) -> bytes:
        try:
            # Every suite known here writes base58btc; accepting more would give one proof two spellings.
            return multibase.decode(self.text("proofValue"), max_bytes=_MAX_SIGNATURE_BYTES, bases="z")
        except MalformedValue as error:
            raise self._fault(str(error), "proofValue") from None

    def _fault(self, detail: str, name: str) -> MalformedValue:
        return MalformedValue(detail, pointer=f"{self._pointer}/{name}")


def _is_short_text(value: Any) -> TypeGuard[str]:
    return isinstance(value, str) and 0 < len(value) <= _MAX_TEXT_CHARS
