"""Envelopes around tokens: of the wrong form, with members nothing secures, or presented by the wrong one."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from tests.invalid.case import MARKER, Attempt, Case, Expected, post_credential, post_json, require_another
from tests.invalid.genuine import Genuine, Json, stranger
from tests.invalid.tokens import (
    ASKED,
    AUDIENCE,
    NONCE,
    V2,
    Edit,
    claiming,
    credential_token,
    enveloped,
    headed,
    issued_at,
    of_presentation,
    post_presentation,
    presentation_token,
)

EnvelopeEdit = Callable[[Json, Genuine], object]


def _token(genuine: Genuine) -> str:
    return credential_token(genuine).compact()


def _url(respell: Callable[[str], Any]) -> EnvelopeEdit:
    return lambda document, genuine: document.update({"id": respell(_token(genuine))})


def _media_type(text: str) -> EnvelopeEdit:
    return _url(lambda token: f"data:{text},{token}")


def _added(name: str, value: Any) -> EnvelopeEdit:
    return lambda document, _: document.update({name: value})


def _removed(name: str) -> EnvelopeEdit:
    return lambda document, _: document.pop(name)


_FORMS: dict[str, EnvelopeEdit] = {
    **{
        f"media-type-{name}": _media_type(media_type)
        for name, media_type in {
            "missing": "",
            "text": "text/plain",
            "jwt": "application/jwt",
            "old-name": "application/vc+ld+json+jwt",
            "of-a-presentation": "application/vp+jwt",
            "sd-jwt": "application/vc+sd-jwt",
            "cose": "application/vc+cose",
            "in-capitals": "Application/VC+JWT",
            "with-parameter": "application/vc+jwt;charset=utf-8",
            "with-base64": "application/vc+jwt;base64",
            "with-space": "application/vc+jwt ",
            "unknown": f"application/{MARKER}",
        }.items()
    },
    "url-without-comma": _url(lambda token: f"data:application/vc+jwt{token}"),
    "url-with-fragment": _url(lambda token: f"data:application/vc+jwt,{token}#x"),
    "url-with-space-before": _url(lambda token: f" data:application/vc+jwt,{token}"),
    "url-scheme-in-capitals": _url(lambda token: f"DATA:application/vc+jwt,{token}"),
    "url-array": _url(lambda token: [f"data:application/vc+jwt,{token}"]),
    "url-of-another-scheme": _url(lambda token: f"blob:application/vc+jwt,{token}"),
    "url-bare-token": _url(lambda token: token),
    "url-two-tokens": _url(lambda token: f"data:application/vc+jwt,{token},{token}"),
    "url-missing": _removed("id"),
    "url-null": _added("id", None),
    "url-number": _added("id", 7),
    "url-empty": _added("id", ""),
    "url-of-the-collaborator": lambda document, genuine: document.update({"id": f"{genuine.collaborator}/t"}),
    "url-of-a-file": _added("id", "file:///etc/passwd"),
    "context-missing": _removed("@context"),
    "context-version-1": _added("@context", ["https://www.w3.org/2018/credentials/v1"]),
    "context-of-the-collaborator": lambda document, genuine: document.update(
        {"@context": f"{genuine.collaborator}/c"}
    ),
    "type-missing": _removed("type"),
    "type-of-a-presentation": _added("type", "EnvelopedVerifiablePresentation"),
    "type-beside-verifiable-credential": _added(
        "type", ["VerifiableCredential", "EnvelopedVerifiableCredential"]
    ),
    "type-beside-another": _added("type", ["EnvelopedVerifiableCredential", "RPLCertificate"]),
    "type-in-small-letters": _added("type", "envelopedverifiablecredential"),
    "member-subject": _added("credentialSubject", {"nameLatin": MARKER}),
    "member-issuer": _added("issuer", stranger()[0]),
    "member-name": _added("name", MARKER),
    "member-status": _added("credentialStatus", None),
    "member-valid-until": _added("validUntil", "2099-01-01T00:00:00Z"),
    "member-proof": lambda document, genuine: document.update({"proof": genuine.document()["proof"]}),
    "member-unknown": _added("marqueur", MARKER),
    "member-json-ld-id": _added("@id", "urn:example:1"),
}


def _formed(name: str, edit: EnvelopeEdit, expected: Expected = Expected.REFUSED) -> Case:
    def build(genuine: Genuine) -> Attempt:
        document = enveloped(_token(genuine))
        before = dict(document)
        edit(document, genuine)
        require_another(document, before)
        return post_credential(document)

    accepted = expected is Expected.ACCEPTED
    family = "envelope-twin" if accepted else "envelope"
    return Case(family=family, name=name, build=build, expected=expected, authentic=accepted)


def _presented(make: Callable[[Genuine], Any]) -> Edit:
    """The presentation with something else as its credentials."""
    return lambda token, genuine: token.with_payload(verifiableCredential=make(genuine))


def _without(*names: str) -> Edit:
    return claiming(**dict.fromkeys(names))


def _by_a_thief(edit: Edit) -> Edit:
    """Signed by another holder than the one the payload names."""

    def signed(token: Any, genuine: Genuine) -> Any:
        return replace(edit(token, genuine), sign=stranger("thief")[1].sign)

    return signed


def _inside(change: Edit) -> Edit:
    """The presentation of a token that was changed and then signed by the centre."""
    return _presented(lambda genuine: [enveloped(change(credential_token(genuine), genuine).compact())])


_THIEF = stranger("thief")[1].verification_method

_PRESENTATIONS: dict[str, Edit] = {
    "nonce-of-another": claiming(nonce=MARKER),
    "nonce-missing": claiming(nonce=None),
    "nonce-in-an-array": claiming(nonce=[NONCE]),
    "nonce-number": claiming(nonce=7),
    "nonce-in-other-letters": claiming(nonce=NONCE.upper()),
    "nonce-as-challenge": lambda token, _: token.with_payload(nonce=None, challenge=NONCE),
    "audience-of-another": claiming(aud=f"https://{MARKER}.example"),
    "audience-missing": claiming(aud=None),
    "audience-with-slash": claiming(aud=f"{AUDIENCE}/"),
    "audience-in-capitals": claiming(aud=AUDIENCE.upper()),
    "audience-beside-ours": claiming(aud=f"{AUDIENCE}.attacker.example"),
    "audience-object": claiming(aud={"id": AUDIENCE}),
    "audience-empty": claiming(aud=[]),
    "holder-of-another": claiming(holder=stranger("thief")[0], iss=stranger("thief")[0]),
    "holder-no-url": claiming(holder="me", iss="me"),
    "holder-array": claiming(holder=[stranger("holder")[0]]),
    "iss-of-another": claiming(iss=stranger("thief")[0]),
    "iss-number": claiming(iss=7),
    "issued-in-the-future": lambda token, genuine: token.with_payload(iat=issued_at(genuine) + 10**7),
    "issued-as-text": claiming(iat="now"),
    "expired": lambda token, genuine: token.with_payload(exp=issued_at(genuine) - 10**7),
    "not-before-next-year": lambda token, genuine: token.with_payload(nbf=issued_at(genuine) + 10**7),
    "alg-none": headed(alg="none"),
    "alg-es256": headed(alg="ES256"),
    "typ-of-a-credential": headed(typ="vc+jwt"),
    "typ-of-a-key-binding": headed(typ="kb+jwt"),
    "typ-missing": headed(typ=None),
    "cty-of-a-credential": headed(cty="vc"),
    "kid-of-another": headed(kid=_THIEF),
    "kid-missing": headed(kid=None),
    "kid-without-fragment": headed(kid=stranger("holder")[0]),
    "kid-by-did-web": headed(kid="did:web:attacker.example#1"),
    "kid-of-the-collaborator": lambda token, genuine: token.with_header(kid=f"{genuine.collaborator}/d#1"),
    "jwk-in-the-header": headed(jwk=stranger("holder")[1].public_key.jwk),
    "signed-by-another": _by_a_thief(lambda token, _: token),
    "signed-by-another-under-its-own-name": _by_a_thief(headed(kid=_THIEF)),
    "signed-by-nobody": lambda token, _: replace(token, sign=lambda _data: b""),
    "vp-claim": claiming(vp={}),
    "vc-claim": claiming(vc={}),
    "type-of-a-credential": claiming(type=["VerifiableCredential"]),
    "type-missing": _without("type"),
    "context-missing": _without("@context"),
    "no-credential": _without("verifiableCredential"),
    "empty": _presented(lambda _: []),
    "credential-null": _presented(lambda _: [None]),
    "credential-bare-token": _presented(lambda genuine: [_token(genuine)]),
    "credential-with-embedded-proof": _presented(lambda genuine: [genuine.document()]),
    "credential-without-proof": _presented(lambda genuine: [genuine.unsecured()]),
    "credential-of-the-collaborator": _presented(lambda genuine: [f"{genuine.collaborator}/credential"]),
    "presentation-inside": _presented(
        lambda genuine: [enveloped(presentation_token(genuine).compact(), "application/vp+jwt")]
    ),
    "presentation-inside-as-credential": _presented(
        lambda genuine: [enveloped(presentation_token(genuine).compact())]
    ),
    "one-good-one-bad": _presented(
        lambda genuine: [enveloped(_token(genuine)), enveloped(_token(genuine)[:-4])]
    ),
    "twenty-one": _presented(lambda genuine: [enveloped(_token(genuine))] * 21),
    "of-an-expired-credential": _inside(claiming(validUntil="2026-01-01T00:00:00Z", validFrom=None)),
    "of-a-credential-with-alg-none": _inside(headed(alg="none")),
    "of-a-credential-for-somebody-else": lambda token, genuine: _inside(
        claiming(credentialSubject={**genuine.unsecured()["credentialSubject"], "id": stranger("other")[0]})
    )(token, genuine),
}

_PRESENTATION_TWINS: dict[str, Edit] = {
    "as-presented": lambda token, _: token,
    "for-several-audiences": claiming(aud=[AUDIENCE, "https://other.example"]),
    "without-holder": _without("holder", "iss"),
    "of-a-credential-for-the-holder": lambda token, genuine: _inside(
        claiming(credentialSubject={**genuine.unsecured()["credentialSubject"], "id": stranger("holder")[0]})
    )(token, genuine),
}


def _asked(name: str, options: Mapping[str, Any]) -> Case:
    """The genuine presentation, which was made for another question."""
    return Case(
        family="jose-presentation",
        name=f"replayed-{name}",
        build=lambda genuine: post_presentation(
            enveloped(presentation_token(genuine).compact(), "application/vp+jwt"), options
        ),
    )


def _misplaced(name: str, build: Callable[[Genuine], Attempt]) -> Case:
    return Case(family="envelope", name=f"misplaced-{name}", build=build)


def _presentation_of(genuine: Genuine) -> Json:
    return enveloped(presentation_token(genuine).compact(), "application/vp+jwt")


def cases() -> list[Case]:
    """Envelopes at both doors."""
    return [
        *(_formed(name, edit) for name, edit in _FORMS.items()),
        _formed("type-in-an-array", _added("type", ["EnvelopedVerifiableCredential"]), Expected.ACCEPTED),
        _formed("context-as-text", _added("@context", V2), Expected.ACCEPTED),
        _misplaced("presentation", lambda genuine: post_credential(_presentation_of(genuine))),
        _misplaced("credential", lambda genuine: post_presentation(enveloped(_token(genuine)), ASKED)),
        _misplaced("bare-token", lambda genuine: post_credential(_token(genuine))),
        _misplaced(
            "bare-token-in-an-object", lambda genuine: post_credential({"proof": {"jwt": _token(genuine)}})
        ),
        _misplaced("array", lambda genuine: post_credential([enveloped(_token(genuine))])),
        _misplaced("in-jwt-member", lambda genuine: post_json({"verifiableCredentialJwt": _token(genuine)})),
        *(of_presentation(name, edit) for name, edit in _PRESENTATIONS.items()),
        *(
            replace(of_presentation(name, edit, expected=Expected.ACCEPTED), family="jose-presentation-twin")
            for name, edit in _PRESENTATION_TWINS.items()
        ),
        _asked("at-another-verifier", ASKED | {"domain": f"https://{MARKER}.example"}),
        _asked("for-another-challenge", ASKED | {"challenge": MARKER}),
    ]
