"""Credentials as JSON Web Tokens: headers that choose their own key or algorithm, claims that lie."""

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from tests.invalid.case import MARKER, Case, Expected
from tests.invalid.genuine import Genuine, as_method, stranger
from tests.invalid.tokens import (
    Edit,
    Token,
    claiming,
    enveloped,
    headed,
    of_credential,
    of_text,
    written,
)
from vc.crypto.keys import PublicKey

_CENTRE = "did:web:skills-passport.example:centres:phka-trakuon"
_OTHER_CENTRE = "did:web:skills-passport.example:centres:trei-chhlonh"

# Signed rightly by the centre: only the header is wrong.
_HEADERS: dict[str, dict[str, Any]] = {
    **{
        f"alg-{name}": {"alg": value}
        for name, value in {
            "missing": None,
            "none": "none",
            "none-in-capitals": "NONE",
            "none-mixed": "nOnE",
            "empty": "",
            "es256": "ES256",
            "es384": "ES384",
            "es256k": "ES256K",
            "hs256": "HS256",
            "rs256": "RS256",
            "ps512": "PS512",
            "ed448": "Ed448",
            "small-letters": "eddsa",
            "space-behind": "EdDSA ",
            "array": ["EdDSA"],
            "object": {"name": "EdDSA"},
            "number": 7,
            "encryption": "dir",
        }.items()
    },
    **{
        f"typ-{name}": {"typ": value}
        for name, value in {
            "missing": None,
            "empty": "",
            "jwt": "JWT",
            "presentation": "vp+jwt",
            "sd-jwt": "vc+sd-jwt",
            "sd-jwt-vc": "dc+sd-jwt",
            "old-name": "vc+ld+jwt",
            "status-list": "statuslist+jwt",
            "key-binding": "kb+jwt",
            "access-token": "at+jwt",
            "session": "passport-session+jwt",
            "proof-of-possession": "openid4vci-proof+jwt",
            "logout-token": "logout+jwt",
            "array": ["vc+jwt"],
            "space-behind": "vc+jwt ",
        }.items()
    },
    **{
        f"cty-{name}": {"cty": value}
        for name, value in {"presentation": "vp", "number": 7, "array": ["vc"]}.items()
    },
    **{
        f"kid-{name}": {"kid": value}
        for name, value in {
            "missing": None,
            "empty": "",
            "without-fragment": _CENTRE,
            "fragment-alone": "#phka-trakuon-1",
            "of-a-key-not-there": f"{_CENTRE}#phka-trakuon-9",
            "of-another-centre": f"{_OTHER_CENTRE}#trei-chhlonh-1",
            "of-the-status-registry": "did:web:skills-passport.example:status#status-1",
            "of-the-trust-root": "did:web:skills-passport.example:trust#root-1",
            "of-a-stranger": stranger()[1].verification_method,
            "thumbprint": "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs",
            "traversal": "../../../../dev/null",
            "sql": f"' UNION SELECT '{MARKER}",
            "shell": f"|touch /tmp/{MARKER}",
            "line-break": f"{_CENTRE}#phka-trakuon-1\r\nX: 1",
            "nul-lookalike": f"{_CENTRE}#phka-trakuon-1\u2400",
            "array": [f"{_CENTRE}#phka-trakuon-1"],
            "number": 1,
            "very-long": f"{_CENTRE}#" + "a" * 100_000,
        }.items()
    },
    "crit-b64": {"crit": ["b64"], "b64": False},
    "crit-b64-true": {"crit": ["b64"], "b64": True},
    "crit-unknown": {"crit": ["marqueur"], "marqueur": 1},
    "crit-absent-member": {"crit": ["exp"]},
    "crit-empty": {"crit": []},
    "crit-text": {"crit": "b64"},
    "b64-without-crit": {"b64": False},
    "zip": {"zip": "DEF"},
    "certificate-chain": {"x5c": ["MIIB"]},
    "iss-of-another-centre": {"iss": _OTHER_CENTRE},
    "sub-other-than-the-claims": {"sub": "urn:example:1"},
    "nested-deep": {"x": {"x": {"x": {"x": {"x": {"x": {"x": {"x": {"x": {}}}}}}}}}},
    "very-large": {"x": "a" * 100_000},
    "of-thousands-of-members": {f"m{n}": n for n in range(2_000)},
}
# Both hold in some reading: what is in the header may be another claim of the same payload, or none.
_UNREAD = ("sub-other-than-the-claims",)


def _own_jwk(token: Token, genuine: Genuine) -> Token:
    """Signed by a stranger, whose key is in the header."""
    signer = as_method(genuine.centre.verification_method)
    return replace(token.with_header(jwk=signer.public_key.jwk), sign=signer.sign)


def _by_url(member: str) -> Edit:
    """Signed by a stranger, whose key the header says where to fetch."""

    def edit(token: Token, genuine: Genuine) -> Token:
        signer = as_method(genuine.centre.verification_method)
        located = token.with_header(**{member: f"{genuine.collaborator}/keys"})
        return replace(located, sign=signer.sign)

    return edit


def _genuine_by_url(member: str) -> Edit:
    return lambda token, genuine: token.with_header(**{member: f"{genuine.collaborator}/keys"})


def _hmac(secret: Callable[[PublicKey], bytes], algorithm: str = "HS256") -> Edit:
    """Signed symmetrically, with what everybody knows of the centre's key as the secret."""
    digest = {"HS256": hashlib.sha256, "HS384": hashlib.sha384, "HS512": hashlib.sha512}[algorithm]

    def edit(token: Token, genuine: Genuine) -> Token:
        key = secret(genuine.centre.public_key)
        return replace(
            token.with_header(alg=algorithm), sign=lambda data: hmac.new(key, data, digest).digest()
        )

    return edit


def _signed_by(name: str) -> Edit:
    return lambda token, genuine: replace(token, sign=genuine.others[name].sign)


def _unsigned(algorithm: str) -> Edit:
    return lambda token, _: replace(token.with_header(alg=algorithm), sign=lambda _data: b"")


_KEYS: dict[str, Edit] = {
    "jwk-of-a-stranger": _own_jwk,
    "jwk-of-a-stranger-without-kid": lambda token, genuine: _own_jwk(token, genuine).with_header(kid=None),
    "jwk-of-the-centre": lambda token, genuine: token.with_header(jwk=genuine.centre.public_key.jwk),
    **{f"{member}-of-the-collaborator": _by_url(member) for member in ("jku", "x5u")},
    **{f"{member}-under-the-centres-signature": _genuine_by_url(member) for member in ("jku", "x5u")},
    "kid-of-the-collaborator": lambda token, genuine: token.with_header(kid=f"{genuine.collaborator}/k#1"),
    "hs256-with-the-public-key": _hmac(lambda key: key.raw),
    "hs384-with-the-public-key": _hmac(lambda key: key.raw, "HS384"),
    "hs512-with-the-public-key": _hmac(lambda key: key.raw, "HS512"),
    "hs256-with-the-multikey": _hmac(lambda key: key.multikey.encode()),
    "hs256-with-the-jwk": _hmac(lambda key: written(key.jwk)),
    "hs256-with-nothing": _hmac(lambda _: b""),
    "none-without-signature": _unsigned("none"),
    "eddsa-without-signature": _unsigned("EdDSA"),
    "by-a-stranger-as-the-centre": lambda token, _: replace(token, sign=stranger()[1].sign),
    "by-another-centre-as-the-centre": _signed_by("other-centre"),
    "by-the-status-registry-as-the-centre": _signed_by("status-registry"),
    "by-the-trust-root-as-the-centre": _signed_by("trust-root"),
    "by-another-centre-under-its-own-name": lambda token, genuine: replace(
        token.with_header(kid=genuine.others["other-centre"].verification_method),
        sign=genuine.others["other-centre"].sign,
    ),
    "of-all-zero": lambda token, _: replace(token, sign=lambda _data: bytes(64)),
    "of-the-length-of-es384": lambda token, _: replace(token, sign=lambda _data: bytes(96)),
    "over-the-payload-alone": lambda token, genuine: replace(
        token, sign=lambda data: genuine.centre.sign(data.split(b".")[1])
    ),
    "over-the-decoded-parts": lambda token, genuine: replace(
        token, sign=lambda _data: genuine.centre.sign(written(token.header) + b"." + written(token.payload))
    ),
}

_HEADER_BYTES: dict[str, Callable[[bytes], bytes]] = {
    "alg-twice": lambda text: b'{"alg":"none",' + text[1:],
    "alg-twice-the-same": lambda text: b'{"alg":"EdDSA",' + text[1:],
    "alg-twice-by-escape": lambda text: b'{"\\u0061lg":"none",' + text[1:],
    "kid-twice": lambda text: b'{"kid":"did:example:1#1",' + text[1:],
    "byte-order-mark": lambda text: b"\xef\xbb\xbf" + text,
    "utf-16": lambda text: text.decode().encode("utf-16"),
    "invalid-utf-8": lambda text: b'{"x":"\xff",' + text[1:],
    "lone-surrogate": lambda text: b'{"x":"\\ud800",' + text[1:],
    "array": lambda text: b"[" + text + b"]",
    "text": lambda _: b'"EdDSA"',
    "null": lambda _: b"null",
    "empty-object": lambda _: b"{}",
    "not-json": lambda _: b"alg=EdDSA",
    "with-bytes-behind": lambda text: text + b"{}",
    "deep": lambda text: b'{"x":' + b"[" * 100 + b"]" * 100 + b"," + text[1:],
}

_PAYLOAD_BYTES: dict[str, Callable[[bytes], bytes]] = {
    "issuer-twice": lambda text: b'{"issuer":"' + _OTHER_CENTRE.encode() + b'",' + text[1:],
    "iss-twice": lambda text: b'{"iss":"' + _OTHER_CENTRE.encode() + b'",' + text[1:],
    "subject-twice": lambda text: b'{"credentialSubject":{"id":"urn:example:1"},' + text[1:],
    "byte-order-mark": lambda text: b"\xef\xbb\xbf" + text,
    "utf-16": lambda text: text.decode().encode("utf-16"),
    "not-a-number": lambda text: b'{"x":NaN,' + text[1:],
    "huge-integer": lambda text: b'{"x":9007199254740993,' + text[1:],
    "array": lambda text: b"[" + text + b"]",
    "null": lambda _: b"null",
    "empty-object": lambda _: b"{}",
    "not-json": lambda _: b"hello",
    "deep": lambda text: b'{"x":' + b"[" * 100 + b"]" * 100 + b"," + text[1:],
    "with-bytes-behind": lambda text: text + b"x",
}

_YEAR = 365 * 24 * 3_600


def _at(claim: str, seconds: int) -> Edit:
    """A claim so many seconds after the genuine credential was signed."""
    return lambda token, _: token.with_payload(**{claim: int(token.payload["iat"]) + seconds})


_CLAIMS: dict[str, Edit] = {
    "vc": lambda token, genuine: token.with_payload(vc=genuine.unsecured()),
    "vc-alone": lambda token, genuine: replace(
        token, payload={"iss": _CENTRE, "iat": token.payload["iat"], "vc": genuine.unsecured()}
    ),
    "vc-empty": claiming(vc={}),
    "vp": claiming(vp={"verifiableCredential": []}),
    "iss-of-another-centre": claiming(iss=_OTHER_CENTRE),
    "iss-of-a-stranger": claiming(iss=stranger()[0]),
    "iss-empty": claiming(iss=""),
    "iss-number": claiming(iss=7),
    "iss-array": claiming(iss=[_CENTRE]),
    "iss-object": claiming(iss={"id": _CENTRE}),
    "issuer-of-another-centre": claiming(issuer=_OTHER_CENTRE, iss=_OTHER_CENTRE),
    "issuer-missing": claiming(issuer=None),
    "iat-missing": claiming(iat=None),
    "iat-text": claiming(iat="2026-11-22T10:00:00Z"),
    "iat-negative": claiming(iat=-1),
    "iat-huge": claiming(iat=2**53 - 1),
    "iat-true": claiming(iat=True),
    "iat-in-the-future": _at("iat", _YEAR),
    "iat-from-before-the-key": _at("iat", -_YEAR),
    "exp-past": _at("exp", -_YEAR),
    "exp-text": claiming(exp="2099-01-01T00:00:00Z"),
    "exp-negative": claiming(exp=-1),
    "exp-huge": claiming(exp=2**53 - 1),
    "nbf-in-the-future": _at("nbf", _YEAR),
    "nbf-text": claiming(nbf="now"),
    "context-missing": claiming(**{"@context": None}),
    "context-version-1": claiming(**{"@context": ["https://www.w3.org/2018/credentials/v1"]}),
    "type-missing": claiming(type=None),
    "type-of-a-presentation": claiming(type=["VerifiablePresentation"]),
    "type-not-accredited": claiming(type=["VerifiableCredential", "HealthRecord"]),
    "subject-missing": claiming(credentialSubject=None),
    "valid-until-past": claiming(validFrom="2020-01-01T00:00:00Z", validUntil="2021-01-01T00:00:00Z"),
    "valid-from-in-the-future": claiming(validFrom="2099-01-01T00:00:00Z"),
    "status-text": claiming(credentialStatus=MARKER),
    "envelope-inside": lambda token, _: replace(token, payload=enveloped(token.compact())),
}


def _flipped(part: int) -> Callable[[str], str]:
    """One part of the token with a letter in its middle changed."""

    def respell(token: str) -> str:
        parts = token.split(".")
        middle = len(parts[part]) // 2
        letter = "B" if parts[part][middle] == "A" else "A"
        parts[part] = parts[part][:middle] + letter + parts[part][middle + 1 :]
        return ".".join(parts)

    return respell


def _loose_tail(token: str) -> str:
    """The last letter of the signature with unused bits set: 64 bytes leave four of them."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return token[:-1] + alphabet[alphabet.index(token[-1]) | 1]


_TEXTS: dict[str, Callable[[str], str]] = {
    "header-changed": _flipped(0),
    "payload-changed": _flipped(1),
    "signature-changed": _flipped(2),
    "signature-missing": lambda token: token.rsplit(".", 1)[0] + ".",
    "signature-cut-short": lambda token: token[:-4],
    "signature-longer": lambda token: token + "AAAA",
    "signature-padded": lambda token: token + "==",
    "signature-with-unused-bits-set": _loose_tail,
    "payload-missing": lambda token: token.split(".")[0] + ".." + token.split(".")[2],
    "header-missing": lambda token: "." + token.split(".", 1)[1],
    "one-part": lambda token: token.replace(".", ""),
    "two-parts": lambda token: token.rsplit(".", 1)[0],
    "four-parts": lambda token: token + ".x",
    "five-parts": lambda token: token + "..",
    "dots-alone": lambda _: "..",
    "thousands-of-dots": lambda _: "." * 100_000,
    "empty": lambda _: "",
    "parts-swapped": lambda token: ".".join([*token.split(".")[1::-1], token.split(".")[2]]),
    "letter-of-the-other-alphabet": lambda token: token.replace(".", ".+", 1),
    "space-inside": lambda token: token.replace(".", " .", 1),
    "space-behind": lambda token: token + " ",
    "line-break-behind": lambda token: token + "\n",
    "percent-encoded": lambda token: token.replace(".", "%2E"),
    "tilde-behind": lambda token: token + "~",
    "fullwidth-letter": lambda token: "\uff45" + token[1:],
    "nul-lookalike": lambda token: token + "\u2400",
    "as-json-serialization": lambda token: written(
        dict(zip(("protected", "payload", "signature"), token.split("."), strict=True))
    ).decode(),
    "of-900-kilobytes": lambda token: token + "A" * 900_000,
}


def _with_header_bytes(function: Callable[[bytes], bytes]) -> Edit:
    return lambda token, _: replace(token, header_bytes=function(written(token.header)))


def _with_payload_bytes(function: Callable[[bytes], bytes]) -> Edit:
    return lambda token, _: replace(token, payload_bytes=function(written(token.payload)))


_TWINS: dict[str, Edit] = {
    "as-issued": lambda token, _: token,
    "without-content-type": headed(cty=None),
    "type-in-full": headed(typ="application/vc+jwt"),
    "without-iss": claiming(iss=None),
    "unknown-header": headed(marqueur=1),
    "unknown-claim": claiming(marqueur=1),
    "iss-in-the-header": headed(iss=_CENTRE),
    "header-indented": _with_header_bytes(lambda text: b" " + text.replace(b",", b",\n") + b"\n"),
}


def cases() -> list[Case]:
    """Tokens at the credential door."""
    return [
        *(
            of_credential(
                "jose-header",
                name,
                headed(**changes),
                expected=Expected.ANSWERED if name in _UNREAD else Expected.REFUSED,
            )
            for name, changes in _HEADERS.items()
        ),
        *(of_credential("jose-key", name, edit, authentic=False) for name, edit in _KEYS.items()),
        *(
            of_credential("jose-header-text", name, _with_header_bytes(function), authentic=False)
            for name, function in _HEADER_BYTES.items()
        ),
        *(
            of_credential("jose-payload-text", name, _with_payload_bytes(function), authentic=False)
            for name, function in _PAYLOAD_BYTES.items()
        ),
        *(of_credential("jose-claim", name, edit) for name, edit in _CLAIMS.items()),
        *(of_text("jose-text", name, respell) for name, respell in _TEXTS.items()),
        *(
            of_credential("jose-twin", name, edit, expected=Expected.ACCEPTED, authentic=True)
            for name, edit in _TWINS.items()
        ),
    ]
