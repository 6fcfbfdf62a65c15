"""Tokens made by hand, part by part, so that any part can be wrong; nothing of ``vc.jose`` is used."""

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from tests.invalid.case import (
    PRESENTATIONS,
    Attempt,
    Case,
    Expected,
    post_credential,
    post_json,
    require_another,
)
from tests.invalid.genuine import Genuine, Json, stranger
from vc.crypto.keys import Signer

V2 = "https://www.w3.org/ns/credentials/v2"
NONCE, AUDIENCE = "n-7f3a", "https://verifier.example"
ASKED = {"challenge": NONCE, "domain": AUDIENCE}

Sign = Callable[[bytes], bytes]


def encoded(data: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def written(value: object) -> bytes:
    """JSON as other software writes it."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


@dataclass(frozen=True, kw_only=True, slots=True)
class Token:
    """A compact token before it is put together. ``header_bytes`` and ``payload_bytes`` overrule."""

    header: Mapping[str, Any]
    payload: Mapping[str, Any]
    sign: Sign
    header_bytes: bytes | None = None
    payload_bytes: bytes | None = None

    def compact(self) -> str:
        """The three parts."""
        header = written(self.header) if self.header_bytes is None else self.header_bytes
        payload = written(self.payload) if self.payload_bytes is None else self.payload_bytes
        signed = f"{encoded(header)}.{encoded(payload)}"
        return f"{signed}.{encoded(self.sign(signed.encode('ascii')))}"

    def with_header(self, **changes: Any) -> "Token":
        """The token with header members set, or removed where None."""
        return replace(self, header=_changed(self.header, changes))

    def with_payload(self, **changes: Any) -> "Token":
        """The token with payload members set, or removed where None."""
        return replace(self, payload=_changed(self.payload, changes))


def _changed(members: Mapping[str, Any], changes: Mapping[str, Any]) -> Json:
    return {name: value for name, value in {**members, **changes}.items() if value is not None}


def issued_at(genuine: Genuine) -> int:
    """When the genuine credential was signed, in seconds since 1970."""
    return int(genuine.created().timestamp())


def credential_token(genuine: Genuine, signer: Signer | None = None) -> Token:
    """The genuine credential as ``vc+jwt``, by the centre or another."""
    by = signer or genuine.centre
    document = genuine.unsecured()
    return Token(
        header={
            "alg": by.public_key.algorithm,
            "typ": "vc+jwt",
            "cty": "vc",
            "kid": by.verification_method,
        },
        payload={**document, "iss": document["issuer"]["id"], "iat": issued_at(genuine)},
        sign=by.sign,
    )


def presentation_token(genuine: Genuine) -> Token:
    """A presentation of it as ``vp+jwt``, by a holder with a did:key, for ``NONCE`` and ``AUDIENCE``."""
    holder, signer = stranger("holder")
    return Token(
        header={"alg": "EdDSA", "typ": "vp+jwt", "cty": "vp", "kid": signer.verification_method},
        payload={
            "@context": [V2],
            "type": ["VerifiablePresentation"],
            "holder": holder,
            "verifiableCredential": [enveloped(credential_token(genuine).compact())],
            "iss": holder,
            "iat": issued_at(genuine),
            "aud": AUDIENCE,
            "nonce": NONCE,
        },
        sign=signer.sign,
    )


def enveloped(token: str, media_type: str = "application/vc+jwt") -> Json:
    """The envelope of a token (VC Data Model 2.0 section 4.13)."""
    kind = "EnvelopedVerifiablePresentation" if "/vp" in media_type else "EnvelopedVerifiableCredential"
    return {"@context": [V2], "id": f"data:{media_type},{token}", "type": kind}


Make = Callable[[Genuine], Token]
Edit = Callable[[Token, Genuine], Token]


def headed(**changes: Any) -> Edit:
    """An edit of header members; the token is then signed."""
    return lambda token, _: token.with_header(**changes)


def claiming(**changes: Any) -> Edit:
    """An edit of payload members; the token is then signed."""
    return lambda token, _: token.with_payload(**changes)


def of_credential(
    family: str,
    name: str,
    edit: Edit,
    *,
    expected: Expected = Expected.REFUSED,
    authentic: bool | None = None,
) -> Case:
    """The genuine token after ``edit``, in its envelope at the credential door."""

    def build(genuine: Genuine) -> Attempt:
        token = edit(credential_token(genuine), genuine).compact()
        if expected is Expected.REFUSED:
            require_another(token, credential_token(genuine).compact())
        return post_credential(enveloped(token))

    return Case(family=family, name=name, build=build, expected=expected, authentic=authentic)


def of_text(family: str, name: str, respell: Callable[[str], str]) -> Case:
    """The genuine token with its text changed after signing."""

    def build(genuine: Genuine) -> Attempt:
        token = credential_token(genuine).compact()
        require_another(respell(token), token)
        return post_credential(enveloped(respell(token)))

    return Case(family=family, name=name, build=build, authentic=False)


def post_presentation(document: object, options: Mapping[str, Any]) -> Attempt:
    """``document`` at the presentation door."""
    return post_json({"verifiablePresentation": document, "options": dict(options)}, PRESENTATIONS)


def of_presentation(name: str, edit: Edit, *, expected: Expected = Expected.REFUSED) -> Case:
    """The presentation after ``edit``, signed by the holder."""

    def build(genuine: Genuine) -> Attempt:
        token = edit(presentation_token(genuine), genuine).compact()
        return post_presentation(enveloped(token, "application/vp+jwt"), ASKED)

    return Case(family="jose-presentation", name=name, build=build, expected=expected)
