"""What most would write in Python: PyLD or rfc8785, a signature check, and the rest by hand.

Options: ``{"canonicalization": "PyLD" | "rfc8785"}``. The status list is verified by nobody and decoded once.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import base58
import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from nacl.exceptions import BadSignatureError
from nacl.signing import VerifyKey
from pyld import jsonld

from vc.encoding import base64url
from vc.status.bitstring_status_list import decode_list

Canonicalize = Callable[[Mapping[str, Any]], bytes]
IsSigned = Callable[[bytes, bytes], bool]


def prepare(given: Mapping[str, Any], options: Mapping[str, Any]) -> Callable[[str], bool]:
    """What verifies one credential of the set."""
    method = next(name for name in given["keys"] if name.startswith(given["issuer"]))
    public = base64url.decode(given["keys"][method]["x"], max_bytes=32)
    is_rdfc = options["canonicalization"] == "PyLD"
    canonicalize = _pyld(given["contexts"]) if is_rdfc else rfc8785.dumps
    is_signed = _with_nacl(public) if is_rdfc else _with_cryptography(public)
    status_list = json.loads(given["documents"][given["statusList"]])
    bits = decode_list(status_list["credentialSubject"]["encodedList"])
    now = datetime.fromisoformat(given["moment"])

    def verify(text: str) -> bool:
        credential = json.loads(text)
        proof = credential.pop("proof")
        return (
            proof["cryptosuite"] == given["format"]
            and proof["verificationMethod"] == method
            and credential["issuer"]["id"] == given["issuer"]
            and _is_in_force(credential, now)
            and not _is_set(credential["credentialStatus"], bits, given["statusList"])
            and _holds(credential, proof, canonicalize, is_signed)
        )

    return verify


def _holds(
    credential: Mapping[str, Any],
    proof: dict[str, Any],
    canonicalize: Canonicalize,
    is_signed: IsSigned,
) -> bool:
    signature = base58.b58decode(proof.pop("proofValue")[1:])
    proof.setdefault("@context", credential["@context"])
    hashes = (hashlib.sha256(canonicalize(part)).digest() for part in (proof, credential))
    return is_signed(b"".join(hashes), signature)


def _is_in_force(credential: Mapping[str, Any], now: datetime) -> bool:
    start, end = credential.get("validFrom"), credential.get("validUntil")
    begun = start is None or datetime.fromisoformat(start) <= now
    return begun and (end is None or now <= datetime.fromisoformat(end))


def _is_set(entry: Mapping[str, Any], bits: bytes, url: str) -> bool:
    if entry["statusListCredential"] != url or entry["statusPurpose"] != "revocation":
        raise ValueError("it names another list")
    index = int(entry["statusListIndex"])
    return bool(bits[index // 8] & (0x80 >> index % 8))


def _pyld(contexts: Mapping[str, Any]) -> Canonicalize:
    def load(url: str, _options: Any = None) -> dict[str, Any]:
        return {"contextUrl": None, "documentUrl": url, "document": contexts[url], "tag": "static"}

    # RDFC-1.0 was called URDNA2015 before, and PyLD knows it by that name.
    options = {"algorithm": "URDNA2015", "format": "application/n-quads", "documentLoader": load}

    def canonicalize(document: Mapping[str, Any]) -> bytes:
        return str(jsonld.normalize(document, options)).encode()

    return canonicalize


def _with_nacl(public: bytes) -> IsSigned:
    key = VerifyKey(public)

    def check(message: bytes, signature: bytes) -> bool:
        try:
            key.verify(message, signature)
        except BadSignatureError:
            return False
        return True

    return check


def _with_cryptography(public: bytes) -> IsSigned:
    key = Ed25519PublicKey.from_public_bytes(public)

    def check(message: bytes, signature: bytes) -> bool:
        try:
            key.verify(signature, message)
        except InvalidSignature:
            return False
        return True

    return check
