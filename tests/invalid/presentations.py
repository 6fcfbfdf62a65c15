"""Presentations: of altered credentials, by the wrong holder, for another challenge, or of nothing."""

from collections.abc import Callable, Mapping
from typing import Any

import orjson

from tests.invalid.case import (
    MARKER,
    PRESENTATIONS,
    Attempt,
    Case,
    Expected,
    only,
    post_json,
    require_another,
)
from tests.invalid.genuine import Genuine, Json, stranger
from vc.proof.data_integrity import add_proof

_CHALLENGE, _DOMAIN = "c-7f3a", "https://verifier.example"
_ASKED = {"challenge": _CHALLENGE, "domain": _DOMAIN}


def _unsigned(genuine: Genuine) -> Json:
    return {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "type": ["VerifiablePresentation"],
        "holder": stranger("holder")[0],
        "verifiableCredential": [genuine.document()],
    }


def _signed(genuine: Genuine, edit: Callable[[Json], object] = lambda _: None, **proof: Any) -> Json:
    document = _unsigned(genuine)
    edit(document)
    options = {"proofPurpose": "authentication", **_ASKED} | proof
    return genuine.secure(document, stranger("holder")[1], options)


def _post(document: object, options: Mapping[str, Any]) -> Attempt:
    return post_json({"verifiablePresentation": document, "options": options}, PRESENTATIONS)


def _case(
    name: str,
    make: Callable[[Genuine], object],
    *,
    options: Mapping[str, Any] = _ASKED,
    expected: Expected = Expected.REFUSED,
) -> Case:
    return Case(
        family="presentation",
        name=name,
        build=lambda genuine: _post(make(genuine), options),
        expected=expected,
    )


def _after(edit: Callable[[Json, Genuine], object]) -> Callable[[Genuine], Json]:
    """A well signed presentation that is edited afterwards."""

    def make(genuine: Genuine) -> Json:
        document = _signed(genuine)
        before = orjson.dumps(document)
        edit(document, genuine)
        require_another(orjson.dumps(document), before)
        return document

    return make


def _before(edit: Callable[[Json, Genuine], object]) -> Callable[[Genuine], Json]:
    """A presentation that is edited and then well signed."""
    return lambda genuine: _signed(genuine, lambda document: edit(document, genuine))


def _credential_altered(document: Json, _: Genuine) -> None:
    document["verifiableCredential"][0]["name"] = MARKER


def _by_another(genuine: Genuine) -> Json:
    """Signed by one key, held by another."""
    return dict(
        add_proof(
            _unsigned(genuine),
            cryptosuite=genuine.suite,
            signer=stranger("thief")[1],
            created=genuine.created(),
            proof_purpose="authentication",
            challenge=_CHALLENGE,
            domain=_DOMAIN,
        )
    )


_AFTER: dict[str, Callable[[Json, Genuine], object]] = {
    "holder-swapped": lambda document, _: document.update({"holder": stranger("thief")[0]}),
    "holder-added-name": lambda document, _: document.update(
        {"holder": {"id": document["holder"], "name": MARKER}}
    ),
    "id-added": lambda document, _: document.update({"id": f"urn:example:{MARKER}"}),
    "term-added": lambda document, _: document.update({"marqueur": MARKER}),
    "null-added": lambda document, _: document.update({"marqueur": None}),
    "index-added": lambda document, _: document.update({"@index": MARKER}),
    "type-added": lambda document, _: document["type"].append(MARKER),
    "credential-swapped": lambda document, genuine: document.update(
        {"verifiableCredential": [genuine.other_document()]}
    ),
    "credential-added": lambda document, genuine: document["verifiableCredential"].append(
        genuine.other_document()
    ),
    "challenge-changed": lambda document, _: document["proof"].update({"challenge": MARKER}),
    "proof-twice": lambda document, _: document.update({"proof": [document["proof"]] * 2}),
    "proof-a-thousand-times": lambda document, _: document.update({"proof": [document["proof"]] * 1_000}),
    "proof-of-unknown-suite": lambda document, _: document["proof"].update({"cryptosuite": "bbs-2023"}),
    "proof-by-collaborator": lambda document, genuine: document["proof"].update(
        {"verificationMethod": f"{genuine.collaborator}/did.json#1"}
    ),
    "proof-by-did-web": lambda document, _: document["proof"].update(
        {"verificationMethod": "did:web:attacker.example#1"}
    ),
    "proof-missing-challenge": lambda document, _: document["proof"].pop("challenge"),
    "proof-value-missing": lambda document, _: document["proof"].pop("proofValue"),
}

_BEFORE: dict[str, Callable[[Json, Genuine], object]] = {
    "credential-altered": _credential_altered,
    "credential-without-proof": lambda document, _: document["verifiableCredential"][0].pop("proof"),
    "credential-expired": lambda document, _: document["verifiableCredential"][0].update(
        {"validUntil": "2021-01-01T00:00:00Z"}
    ),
    "one-good-one-bad": lambda document, genuine: document["verifiableCredential"].append(
        genuine.other_document() | {"name": MARKER}
    ),
    "credential-of-a-stranger": lambda document, genuine: document.update(
        {
            "verifiableCredential": [
                genuine.secure(genuine.unsecured() | {"issuer": stranger()[0]}, stranger()[1], {})
            ]
        }
    ),
    "no-credential": lambda document, _: document.pop("verifiableCredential"),
    "empty": lambda document, _: document.update({"verifiableCredential": []}),
    "credential-null": lambda document, _: document.update({"verifiableCredential": [None]}),
    "credential-text": lambda document, _: document.update({"verifiableCredential": [MARKER]}),
    "credential-url": lambda document, genuine: document.update(
        {"verifiableCredential": [f"{genuine.collaborator}/credential"]}
    ),
    "presentation-inside": lambda document, _: document.update({"verifiableCredential": [dict(document)]}),
    "twenty-one-credentials": lambda document, _: document.update(
        {"verifiableCredential": document["verifiableCredential"] * 21}
    ),
    "enveloped-text": lambda document, _: document.update(
        {
            "verifiableCredential": [
                {
                    "@context": ["https://www.w3.org/ns/credentials/v2"],
                    "type": "EnvelopedVerifiableCredential",
                    "id": "data:application/vc+jwt,eyJhbGciOiJub25lIn0.e30.",
                }
            ]
        }
    ),
    "context-missing": lambda document, _: document.pop("@context"),
    "context-of-no-version": lambda document, _: document.update(
        {"@context": ["https://www.w3.org/2018/credentials/v3"]}
    ),
    "type-missing": lambda document, _: document.pop("type"),
    "type-of-a-credential": lambda document, _: document.update({"type": ["VerifiableCredential"]}),
    "holder-no-url": lambda document, _: document.update({"holder": "me"}),
    "holder-object-without-id": lambda document, _: document.update({"holder": {"name": MARKER}}),
    "holder-array": lambda document, _: document.update({"holder": [document["holder"]]}),
    "holder-collaborator": lambda document, genuine: document.update({"holder": genuine.collaborator}),
}


def _remote_context(document: Json, genuine: Genuine) -> None:
    document["@context"].append(f"{genuine.collaborator}/c")


# What the proof answers, where ``_CHALLENGE`` and ``_DOMAIN`` were asked.
_ANSWERS: dict[str, dict[str, Any]] = {
    "challenge-missing": {"challenge": None},
    "challenge-empty": {"challenge": ""},
    "challenge-in-capitals": {"challenge": _CHALLENGE.upper()},
    "challenge-with-space": {"challenge": f"{_CHALLENGE} "},
    "challenge-beside-another": {"challenge": [_CHALLENGE, MARKER]},
    "challenge-number": {"challenge": 7},
    "challenge-as-nonce": {"challenge": None, "nonce": _CHALLENGE},
    "domain-missing": {"domain": None},
    "domain-in-capitals": {"domain": _DOMAIN.upper()},
    "domain-with-slash": {"domain": f"{_DOMAIN}/"},
    "domain-without-scheme": {"domain": "verifier.example"},
    "domain-beside-ours": {"domain": f"{_DOMAIN}.attacker.example"},
    "domain-number": {"domain": 7},
    "domain-empty-array": {"domain": []},
    "purpose-missing": {"proofPurpose": None},
    "purpose-key-agreement": {"proofPurpose": "keyAgreement"},
    "created-in-the-future": {"created": "2099-01-01T00:00:00Z"},
    "expired": {"expires": "2001-01-01T00:00:00Z"},
}


def _for_subject(name: str) -> Callable[[Genuine], Json]:
    """A presentation of a credential whose subject is the holder called ``name``."""

    def make(genuine: Genuine) -> Json:
        credential = genuine.unsecured()
        credential["credentialSubject"]["id"] = stranger(name)[0]
        secured = genuine.signed_by(genuine.centre, credential)
        return _signed(genuine, lambda document: document.update({"verifiableCredential": [secured]}))

    return make


def _nested(where: str) -> Callable[[Genuine], Json]:
    """A presentation in the member ``where`` of another."""

    def make(genuine: Genuine) -> Json:
        inner = _signed(genuine)
        return _signed(genuine, lambda document: document.update({where: inner}))

    return make


def _within_credentials(make: Callable[[Genuine], object]) -> Callable[[Genuine], Json]:
    return lambda genuine: _signed(
        genuine, lambda document: document.update({"verifiableCredential": [make(genuine)]})
    )


def _presented_twice(genuine: Genuine) -> Json:
    """As a credential, of which a presentation is the subject."""
    return {**genuine.document(), "credentialSubject": _signed(genuine)}


_NESTED: dict[str, Callable[[Genuine], Json]] = {
    "presentation-in-holder": _nested("holder"),
    "presentation-in-proof": _after(
        lambda document, genuine: document["proof"].update({"presentation": _signed(genuine)})
    ),
    "presentation-as-subject": _within_credentials(_presented_twice),
    "graph-around-credential": _within_credentials(lambda genuine: {"@graph": [genuine.document()]}),
    "array-around-credential": _within_credentials(lambda genuine: [genuine.document()]),
    "credential-in-credential": _within_credentials(
        lambda genuine: genuine.document() | {"verifiableCredential": [genuine.document()]}
    ),
    "credential-and-presentation-in-one": _after(
        lambda document, genuine: document.update(
            {**genuine.unsecured(), "type": ["VerifiablePresentation", "VerifiableCredential"]}
        )
    ),
}


def cases() -> list[Case]:
    """Every case of this family."""
    return [
        _case("twin-signed", _signed, expected=Expected.ACCEPTED),
        *(
            _case(f"proof-{name}", lambda genuine, answers=answers: _signed(genuine, **answers))  # type: ignore[misc]
            for name, answers in _ANSWERS.items()
        ),
        _case("of-somebody-elses-credential", _for_subject("somebody-else")),
        _case("twin-of-the-holders-credential", _for_subject("holder"), expected=Expected.ACCEPTED),
        *(_case(f"nested-{name}", make) for name, make in _NESTED.items()),
        *(_case(name, _after(edit)) for name, edit in _AFTER.items()),
        *(_case(f"signed-{name}", _before(edit)) for name, edit in _BEFORE.items()),
        # What the holder signed beside the credentials means nothing to eddsa-jcs-2022.
        only(
            "eddsa-rdfc-2022",
            _case("nested-presentation-in-an-unknown-member", _nested("verifiablePresentation")),
        ),
        only("eddsa-rdfc-2022", _case("signed-context-remote", _before(_remote_context))),
        _case("signed-by-another", _by_another),
        _case("no-proof", _unsigned),
        _case("proof-null", lambda genuine: _unsigned(genuine) | {"proof": None}),
        _case("for-another-challenge", lambda genuine: _signed(genuine, challenge=MARKER)),
        _case("for-another-domain", lambda genuine: _signed(genuine, domain=f"https://{MARKER}.example")),
        _case("for-assertion", lambda genuine: _signed(genuine, proofPurpose="assertionMethod")),
        _case("a-credential-instead", lambda genuine: genuine.document()),
        _case("an-array", lambda genuine: [_signed(genuine)]),
        _case("option-challenge-number", _signed, options={"challenge": 7}),
        _case("option-challenge-empty", _signed, options={"challenge": ""}),
        _case("option-challenge-huge", _signed, options={"challenge": MARKER * 1_000}),
        _case("option-unknown", _signed, options={"marqueur": True}),
        _case("option-checks-none", _signed, options={"checks": ["nothing"]}),
    ]
