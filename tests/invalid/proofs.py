"""Proofs that prove nothing: missing, misshapen, another's, many, or signed for something else."""

from collections.abc import Callable
from typing import Any

import base58

from tests.invalid.case import (
    MARKER,
    Case,
    Edit,
    Expected,
    altered,
    change,
    drop,
    each,
    nothing,
    post_credential,
    put,
    put_made,
    signed,
)
from tests.invalid.genuine import Genuine, Json, as_method, stranger
from vc.encoding.multibase import encode_base64url

_METHOD = "/proof/verificationMethod"
_VALUE = "/proof/proofValue"
# The order of the group of Ed25519 (RFC 8032 section 5.1): S and S + L verify alike where S is not bounded.
_ORDER = 2**252 + 27742317777372353535851937790883648493


def _bytes_of(value: str) -> bytes:
    return base58.b58decode(value[1:])


def _respelt(function: Callable[[bytes], bytes]) -> Edit:
    return change(_VALUE, lambda value: "z" + base58.b58encode(function(_bytes_of(value))).decode("ascii"))


def _larger_s(signature: bytes) -> bytes:
    scalar = int.from_bytes(signature[32:], "little") + _ORDER
    return signature[:32] + scalar.to_bytes(32, "little")


def _other_proof(genuine: Genuine) -> Any:
    return genuine.other_document()["proof"]


def _forged(genuine: Genuine) -> Json:
    """A proof over the very document, by a stranger who claims the centre's key."""
    forger = as_method(genuine.document()["proof"]["verificationMethod"])
    proof: Json = genuine.signed_by(forger, genuine.unsecured())["proof"]
    return proof


def _strangers(genuine: Genuine) -> Json:
    proof: Json = genuine.signed_by(stranger()[1], genuine.unsecured())["proof"]
    return proof


_SHAPES: dict[str, Edit] = {
    "missing": drop("/proof"),
    "null": put("/proof", None),
    "empty-object": put("/proof", {}),
    "empty-array": put("/proof", []),
    "text": put("/proof", MARKER),
    "number": put("/proof", 1),
    "true": put("/proof", True),
    "array-of-null": put("/proof", [None]),
    "array-in-array": change("/proof", lambda proof: [[proof]]),
    "graph-around": change("/proof", lambda proof: {"@graph": [proof]}),
    "renamed-in-capitals": lambda document, _: document.update({"Proof": document.pop("proof")}),
    "moved-into-subject": lambda document, _: document["credentialSubject"].update(
        {"proof": document.pop("proof")}
    ),
    "of-another-credential": put_made("/proof", _other_proof),
}

_OPTIONS: dict[str, Edit] = {
    "type-ed25519-2020": put("/proof/type", "Ed25519Signature2020"),
    "type-as-array": change("/proof/type", lambda kind: [kind]),
    "suite-unknown": put("/proof/cryptosuite", "eddsa-none-2022"),
    "suite-other": change(
        "/proof/cryptosuite",
        lambda suite: "eddsa-jcs-2022" if suite == "eddsa-rdfc-2022" else "eddsa-rdfc-2022",
    ),
    "suite-ecdsa": put("/proof/cryptosuite", "ecdsa-rdfc-2019"),
    "suite-in-capitals": change("/proof/cryptosuite", str.upper),
    "suite-as-array": change("/proof/cryptosuite", lambda suite: [suite]),
    "suite-with-nul-escape-lookalike": change("/proof/cryptosuite", lambda suite: suite + "\u2400"),
    "purpose-authentication": put("/proof/proofPurpose", "authentication"),
    "purpose-as-array": put("/proof/proofPurpose", ["assertionMethod"]),
    "purpose-as-iri": put("/proof/proofPurpose", "https://w3id.org/security#assertionMethod"),
    "method-without-fragment": change(_METHOD, lambda method: method.split("#")[0]),
    "method-empty": put(_METHOD, ""),
    "method-as-object": change(_METHOD, lambda method: {"id": method}),
    "method-as-array": change(_METHOD, lambda method: [method]),
    "method-of-another-key": change(_METHOD, lambda method: method + "9"),
    "method-of-another-centre": put(
        _METHOD, "did:web:skills-passport.example:centres:trei-chhlonh#trei-chhlonh-1"
    ),
    "method-of-the-status-registry": put(_METHOD, "did:web:skills-passport.example:status#status-1"),
    "method-of-a-stranger": put(_METHOD, stranger()[1].verification_method),
    "method-with-query": change(_METHOD, lambda method: method.replace("#", "?versionId=1#")),
    "method-with-two-fragments": change(_METHOD, lambda method: method + "#x"),
    "method-percent-encoded": change(_METHOD, lambda method: method.replace(":centres", "%3Acentres")),
    "method-with-key-inside": change(
        _METHOD, lambda method: {"id": method, "type": "Multikey", "publicKeyMultibase": "z6Mk"}
    ),
    "created-in-the-future": put("/proof/created", "2099-01-01T00:00:00Z"),
    "created-long-ago": put("/proof/created", "1999-01-01T00:00:00Z"),
    "created-as-number": put("/proof/created", 1_790_000_000),
    "expired": put("/proof/expires", "2001-01-01T00:00:00Z"),
    "previous-proof-unknown": put("/proof/previousProof", f"urn:uuid:{MARKER}"),
    "previous-proof-itself": lambda document, _: document["proof"].update(
        {"id": "urn:example:1", "previousProof": "urn:example:1"}
    ),
    "previous-proof-empty-array": put("/proof/previousProof", []),
    "previous-proof-number": put("/proof/previousProof", 7),
    "previous-proof-many": put("/proof/previousProof", [f"urn:example:{n}" for n in range(2000)]),
}

_VALUES: dict[str, Edit] = {
    "missing": drop(_VALUE),
    "empty": put(_VALUE, ""),
    "number": put(_VALUE, 7),
    "as-array": change(_VALUE, lambda value: [value]),
    "only-the-header": put(_VALUE, "z"),
    "of-another-credential": put_made(_VALUE, lambda genuine: _other_proof(genuine)["proofValue"]),
    "one-byte-shorter": _respelt(lambda signature: signature[:-1]),
    "one-byte-longer": _respelt(lambda signature: signature + b"\x00"),
    "one-zero-byte-before": _respelt(lambda signature: b"\x00" + signature),
    "all-zero": _respelt(lambda _: bytes(64)),
    "small-order-point": _respelt(lambda _: b"\x01" + bytes(63)),
    "first-bit-flipped": _respelt(lambda signature: bytes([signature[0] ^ 1]) + signature[1:]),
    "last-bit-flipped": _respelt(lambda signature: signature[:-1] + bytes([signature[-1] ^ 0x20])),
    "halves-swapped": _respelt(lambda signature: signature[32:] + signature[:32]),
    "larger-s": _respelt(_larger_s),
    "base64url-header": change(_VALUE, lambda value: encode_base64url(_bytes_of(value))),
    "base58flickr-header": change(_VALUE, lambda value: "Z" + value[1:]),
    "base16-header": change(_VALUE, lambda value: "f" + _bytes_of(value).hex()),
    "without-header": change(_VALUE, lambda value: value[1:]),
    "space-behind": change(_VALUE, lambda value: value + " "),
    "space-before": change(_VALUE, lambda value: " " + value),
    "newline-behind": change(_VALUE, lambda value: value + "\n"),
    "letter-outside-the-alphabet": change(_VALUE, lambda value: value[:-1] + "0"),
    "fullwidth-letter": change(_VALUE, lambda value: value[:-1] + "\uff41"),
    "as-jws-instead": lambda document, _: document["proof"].update(
        {"jws": document["proof"].pop("proofValue")}
    ),
}

_MANY: dict[str, Edit] = {
    "second-forged": lambda document, genuine: document.update(
        {"proof": [document["proof"], _forged(genuine)]}
    ),
    "first-forged": lambda document, genuine: document.update(
        {"proof": [_forged(genuine), document["proof"]]}
    ),
    "forged-alone": put_made("/proof", _forged),
    "strangers-alone": put_made("/proof", _strangers),
    "second-by-a-stranger": lambda document, genuine: document.update(
        {"proof": [document["proof"], _strangers(genuine)]}
    ),
    "second-without-value": lambda document, _: document.update(
        {"proof": [document["proof"], {**document["proof"], "proofValue": None}]}
    ),
    "second-of-unknown-suite": lambda document, _: document.update(
        {"proof": [document["proof"], {**document["proof"], "cryptosuite": "bbs-2023"}]}
    ),
    "two-with-one-id": lambda document, _: document.update(
        {"proof": [{**document["proof"], "id": "urn:example:1"}] * 2}
    ),
    "nine": change("/proof", lambda proof: [proof] * 9),
    "two-thousand": change("/proof", lambda proof: [proof] * 2000),
    "two-thousand-forged": lambda document, genuine: document.update({"proof": [_forged(genuine)] * 2000}),
}

_SIGNED_OPTIONS: dict[str, dict[str, Any]] = {
    "purpose-authentication": {"proofPurpose": "authentication"},
    "purpose-key-agreement": {"proofPurpose": "keyAgreement"},
    "created-in-the-future": {"created": "2099-01-01T00:00:00Z"},
    "created-before-the-key": {"created": "2020-01-01T00:00:00Z"},
    "created-in-the-future-without-offset": {"created": "2099-01-01T00:00:00"},
    "created-before-the-key-without-offset": {"created": "2020-01-01T00:00:00"},
    "created-24-00": {"created": "2026-11-22T24:00:00Z"},
    "created-leap-second": {"created": "2026-06-30T23:59:60Z"},
    "created-on-a-date": {"created": "2026-11-22"},
    "created-with-a-space": {"created": "2026-11-22 10:00:00Z"},
    "created-missing": {"created": None},
    "created-twice": {"created": ["2026-11-22T10:00:00Z", "2026-11-22T10:00:00Z"]},
    "expired": {"expires": "2001-01-01T00:00:00Z"},
    "expired-without-offset": {"expires": "2001-01-01T00:00:00"},
    "expires-huge-offset": {"expires": "2099-01-01T00:00:00+99:00"},
    "previous-proof-absent": {"previousProof": "urn:example:absent"},
    "type-other": {"type": "Ed25519Signature2020"},
    "suite-other-name": {"cryptosuite": "eddsa-2022"},
    "method-of-another-centre": {
        "verificationMethod": "did:web:skills-passport.example:centres:trei-chhlonh#trei-chhlonh-1"
    },
}


# Data Integrity 1.0 section 2.1: a time without offset is read as UTC.
_SIGNED_TWINS: dict[str, Callable[[Genuine], dict[str, Any]]] = {
    "created-without-offset": lambda genuine: {
        "created": genuine.document()["proof"]["created"].removesuffix("Z")
    },
    "expires-without-offset": lambda _: {"expires": "2099-01-01T00:00:00"},
}


def _signed_twin(name: str, options: Callable[[Genuine], dict[str, Any]]) -> Case:
    return Case(
        family="signed-proof-twin",
        name=name,
        build=lambda genuine: post_credential(
            genuine.secure(genuine.unsecured(), genuine.centre, options(genuine))
        ),
        expected=Expected.ACCEPTED,
        authentic=True,
    )


def cases() -> list[Case]:
    """Every case of these families."""
    return [
        *(_signed_twin(name, options) for name, options in _SIGNED_TWINS.items()),
        *each(altered, "proof", _SHAPES),
        *each(altered, "proof-option", _OPTIONS),
        *each(altered, "proof-value", _VALUES),
        *each(altered, "proofs", _MANY),
        *(signed("signed-proof", name, nothing, proof=options) for name, options in _SIGNED_OPTIONS.items()),
    ]
