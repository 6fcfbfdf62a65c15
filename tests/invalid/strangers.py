"""Credentials of those nobody trusts, and identifiers that are made to look like another's."""

from typing import Any

from tests.invalid.case import (
    MARKER,
    Attempt,
    Case,
    Edit,
    altered,
    change,
    each,
    post_credential,
    put,
    put_made,
)
from tests.invalid.genuine import Genuine, as_method, stranger

_OTHER_CENTRE = "did:web:skills-passport.example:centres:trei-chhlonh"
_CENTRE = "did:web:skills-passport.example:centres:phka-trakuon"

# The stranger signs rightly; only nobody trusts who it says it is.
_CLAIMS: dict[str, Any] = {
    "own-did-key": stranger()[0],
    "own-did-key-with-the-centres-name": {
        "id": stranger()[0],
        "type": ["Profile"],
        "name": "Ministry of Labour and Vocational Training",
    },
    "own-did-key-as-object": {"id": stranger()[0]},
    "the-centre": _CENTRE,
    "another-centre": _OTHER_CENTRE,
    "the-trust-root": "did:web:skills-passport.example:trust",
    "the-status-registry": "did:web:skills-passport.example:status",
    "did-web-of-the-attacker": "did:web:attacker.example",
    "did-web-beside-ours": "did:web:skills-passport.example.attacker.example",
    "did-web-with-port": "did:web:skills-passport.example%3A8443:centres:phka-trakuon",
    "did-web-with-slash": "did:web:skills-passport.example%2Fcentres%2Fphka-trakuon",
    "did-web-with-userinfo": "did:web:skills-passport.example%40attacker.example",
    "did-web-with-dot-segments": "did:web:skills-passport.example:centres:..:trust",
    "did-web-by-address": "did:web:127.0.0.1",
    "did-web-localhost": "did:web:localhost",
    "did-web-in-capitals": "did:web:SKILLS-PASSPORT.example:centres:phka-trakuon",
    "did-web-with-trailing-dot": "did:web:skills-passport.example.:centres:phka-trakuon",
    "did-web-empty": "did:web:",
    "did-in-capitals": _CENTRE.replace("did:web", "DID:WEB"),
    "did-with-fragment": f"{_CENTRE}#phka-trakuon-1",
    "did-with-query": f"{_CENTRE}?service=files",
    "did-with-path": f"{_CENTRE}/x",
    "did-with-newline": f"{_CENTRE}\n",
    "did-jwk": "did:jwk:eyJrdHkiOiJPS1AifQ",
    "did-unknown-method": "did:example:123",
    "https-url": "https://skills-passport.example/centres/phka-trakuon",
    "homoglyph": _CENTRE.replace("a", "\u0430", 1),
    "zero-width-space": _CENTRE + "\u200b",
    "right-to-left-override": "\u202e" + _CENTRE,
    "relative": "issuers/1",
    "blank-node": "_:b0",
    "empty": "",
    "number": 7,
    "null": None,
    "array": [_CENTRE],
    "object-without-id": {"name": MARKER},
    "object-with-two-names-for-id": {"id": _CENTRE, "@id": _OTHER_CENTRE},
    "object-with-id-array": {"id": [_CENTRE, _OTHER_CENTRE]},
    "object-with-id-object": {"id": {"id": _CENTRE}},
    "object-in-object": {"issuer": {"id": _CENTRE}},
    "false": False,
}

_SWAPPED: dict[str, Edit] = {
    "other-centre": put("/issuer/id", _OTHER_CENTRE),
    "other-centre-and-its-method": lambda document, _: (
        put("/issuer/id", _OTHER_CENTRE)(document, _),
        put("/proof/verificationMethod", f"{_OTHER_CENTRE}#trei-chhlonh-1")(document, _),
    ),
    "strangers-did": put("/issuer/id", stranger()[0]),
    "as-text": change("/issuer", lambda issuer: issuer["id"]),
    "homoglyph": change("/issuer/id", lambda did: did.replace("a", "\u0430", 1)),
    "name-of-the-ministry": put("/issuer/name", "Ministry of Labour and Vocational Training"),
    "collaborator": put_made("/issuer/id", lambda genuine: f"{genuine.collaborator}/issuer"),
}


def _signed_by_stranger(name: str, issuer: Any) -> Case:
    def build(genuine: Genuine) -> Attempt:
        document = genuine.unsecured() | {"issuer": issuer}
        did = issuer.get("id") if isinstance(issuer, dict) else issuer
        is_own = did == stranger()[0] or not isinstance(did, str)
        signer = stranger()[1] if is_own else as_method(f"{did}#phka-trakuon-1")
        return post_credential(genuine.secure(document, signer, {}))

    return Case(family="issuer", name=name, build=build)


def _nonsense_by_stranger(name: str, edit: Edit) -> Case:
    def build(genuine: Genuine) -> Attempt:
        document = genuine.unsecured()
        document["issuer"] = stranger()[0]
        edit(document, genuine)
        return post_credential(genuine.secure(document, stranger()[1], {}))

    return Case(family="stranger-signed", name=name, build=build)


_NONSENSE: dict[str, Edit] = {
    "without-status": lambda document, _: document.pop("credentialStatus"),
    "own-status-list": put_made(
        "/credentialStatus/0/statusListCredential", lambda genuine: f"{genuine.collaborator}/list"
    ),
    "own-trust-list": put_made(
        "/termsOfUse", lambda genuine: [{"type": "TrustList", "id": genuine.collaborator}]
    ),
    "type-of-a-trust-list": put("/type", ["VerifiableCredential", "TrustListCredential"]),
    "type-of-a-status-list": put("/type", ["VerifiableCredential", "BitstringStatusListCredential"]),
    "type-of-everything": put(
        "/type", ["VerifiableCredential", "RPLCertificate", "TrainingCertificate", "HealthRecord"]
    ),
    "no-type-of-ours": put("/type", ["VerifiableCredential"]),
}


def cases() -> list[Case]:
    """Every case of these families."""
    return [
        *(_signed_by_stranger(name, issuer) for name, issuer in _CLAIMS.items()),
        *each(altered, "issuer-swapped", _SWAPPED),
        *(_nonsense_by_stranger(name, edit) for name, edit in _NONSENSE.items()),
    ]
