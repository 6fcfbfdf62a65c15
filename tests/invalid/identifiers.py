"""Decentralized identifiers that are misspelt, too long, of other methods, or hold no usable key.

A stranger signs each credential rightly under the identifier's name. None is on the trust list, so all
are refused; what counts here is that reading them costs nothing, contacts nobody and finds no key
where there is none. Twins with a usable key are authentic, and refused for the issuer alone.
"""

import base64
import json
from collections.abc import Mapping
from typing import Any

import base58

from tests.invalid.case import Attempt, Case, post_credential
from tests.invalid.genuine import Claiming, Genuine, stranger
from vc.crypto.keys import PublicKey
from vc.encoding.multibase import encode_base64url

_KEY: PublicKey = stranger()[1].public_key
_MULTIKEY = _KEY.multikey
_CODED = b"\xed\x01" + _KEY.raw


def _multikey(data: bytes) -> str:
    return "z" + base58.b58encode(data).decode("ascii")


def _jwk(jwk: Mapping[str, Any]) -> str:
    text = json.dumps(dict(jwk), separators=(",", ":")).encode()
    return "did:jwk:" + base64.urlsafe_b64encode(text).rstrip(b"=").decode("ascii")


_DID_KEYS: dict[str, str] = {
    name: f"did:key:{key}"
    for name, key in {
        "empty": "",
        "header-alone": "z",
        "base64url": encode_base64url(_CODED),
        "base16": "f" + _CODED.hex(),
        "without-multibase-header": _MULTIKEY[1:],
        "of-no-kind": _multikey(_KEY.raw),
        "of-an-unknown-kind": _multikey(b"\xff\x7f" + _KEY.raw),
        "of-x25519": _multikey(b"\xec\x01" + _KEY.raw),
        "of-secp256k1": _multikey(b"\xe7\x01\x02" + _KEY.raw),
        "of-bls": _multikey(b"\xeb\x01" + _KEY.raw * 3),
        "of-rsa": _multikey(b"\x85\x24" + _KEY.raw * 9),
        "of-a-private-key": _multikey(b"\x80\x26" + _KEY.raw),
        "with-the-kind-in-three-bytes": _multikey(b"\xed\x81\x00" + _KEY.raw),
        "one-byte-short": _multikey(_CODED[:-1]),
        "one-byte-long": _multikey(_CODED + b"\x00"),
        "all-zero": _multikey(b"\xed\x01" + bytes(32)),
        "of-small-order": _multikey(b"\xed\x01\x01" + bytes(31)),
        "beyond-the-field": _multikey(b"\xed\x01" + b"\xff" * 32),
        "p256-off-the-curve": _multikey(b"\x80\x24\x02" + b"\xff" * 32),
        "p256-uncompressed": _multikey(b"\x80\x24\x04" + bytes(64)),
        "p256-at-infinity": _multikey(b"\x80\x24\x00"),
        "letter-outside-the-alphabet": _MULTIKEY[:-1] + "0",
        "with-space": _MULTIKEY + " ",
        "with-a-leading-one": "z1" + _MULTIKEY[1:],
        "of-another-version": f"1.1:{_MULTIKEY}",
        "with-a-path": f"{_MULTIKEY}/x",
        "with-a-query": f"{_MULTIKEY}?x=1",
        "twice": f"{_MULTIKEY}:{_MULTIKEY}",
        "of-60-kilobytes": "z" + "2" * 60_000,
    }.items()
}

_DID_JWKS: dict[str, str] = {
    "with-its-private-part": _jwk({**_KEY.jwk, "d": "AA"}),
    "of-another-curve": _jwk({**_KEY.jwk, "crv": "X25519"}),
    "of-another-type": _jwk({**_KEY.jwk, "kty": "EC"}),
    "symmetric": _jwk({"kty": "oct", "k": "c2VjcmV0"}),
    "rsa": _jwk({"kty": "RSA", "n": "AQAB", "e": "AQAB"}),
    "without-coordinate": _jwk({"kty": "OKP", "crv": "Ed25519"}),
    "coordinate-short": _jwk({**_KEY.jwk, "x": "AA"}),
    "coordinate-number": _jwk({**_KEY.jwk, "x": 7}),
    "p256-off-the-curve": _jwk({"kty": "EC", "crv": "P-256", "x": "A" * 43, "y": "A" * 43}),
    "for-encryption": _jwk({**_KEY.jwk, "use": "enc"}),
    "padded": _jwk(_KEY.jwk) + "=",
    "empty": "did:jwk:",
    "not-base64": "did:jwk:%%%",
    "not-json": "did:jwk:bm90",
    "array": "did:jwk:W10",
    "deep": "did:jwk:" + base64.urlsafe_b64encode(b"[" * 900).rstrip(b"=").decode("ascii"),
    "of-60-kilobytes": _jwk({**_KEY.jwk, "note": "a" * 45_000}),
}

_OTHER_METHODS = {
    "ion": "did:ion:EiClkZMDxPKqC9c-umQfTkR8vvZ9JPhl_xLDI9Nfk38w5w",
    "ethr": "did:ethr:0xb9c5714089478a327f09197987f16f9e5d936e8a",
    "pkh": "did:pkh:eip155:1:0xb9c5714089478a327f09197987f16f9e5d936e8a",
    "ebsi": "did:ebsi:zr2rWDHHrUCdZAW7wsSb5nQ",
    "peer": f"did:peer:0{_MULTIKEY}",
    "webvh": "did:webvh:QmX:skills-passport.example:centres:phka-trakuon",
    "tdw": "did:tdw:QmX:skills-passport.example",
    "plc": "did:plc:7iza6de2dwap2sbkpav7c6c6",
    "dns": "did:dns:skills-passport.example",
    "no-method": "did::x",
    "method-in-capitals": "did:KEY:z6Mk",
    "method-alone": "did:key",
    "scheme-alone": "did:",
    "url-encoded": "did%3Akey%3Az6Mk",
}


def _case(name: str, did: str, *, authentic: bool | None = False) -> Case:
    """``did`` issues a credential; its method is the key's name, as a did:key names it."""

    def build(genuine: Genuine) -> Attempt:
        fragment = did.rsplit(":", 1)[-1] if did.startswith("did:key:") else "0"
        signer = Claiming(signer=stranger()[1], verification_method=f"{did}#{fragment}")
        return post_credential(genuine.secure(genuine.unsecured() | {"issuer": did}, signer, {}))

    return Case(family="did", name=name, build=build, authentic=authentic)


def cases() -> list[Case]:
    """Every case of this family."""
    return [
        *(_case(f"key-{name}", did) for name, did in _DID_KEYS.items()),
        *(_case(f"jwk-{name}", did) for name, did in _DID_JWKS.items()),
        *(_case(f"other-{name}", did) for name, did in _OTHER_METHODS.items()),
        # The key is there; where else one may be found is nobody's business.
        _case("jwk-by-url", _jwk({**_KEY.jwk, "x5u": "http://127.0.0.1:9/"}), authentic=None),
        _case("key-twin", stranger()[0], authentic=True),
        _case("jwk-twin", _jwk(_KEY.jwk), authentic=True),
    ]
