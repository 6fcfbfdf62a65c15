"""ECDSA signatures that are not the two numbers they should be, in proofs and in tokens.

No centre of the demo world has a key on a NIST curve. A stranger signs, so that even the twins are
refused, but only for who issued them: the verdict *authentic* tells a sound signature from the rest.
"""

from collections.abc import Callable
from dataclasses import replace

import base58
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from tests.invalid.case import Attempt, Case, post_credential
from tests.invalid.genuine import ECDSA_SUITES, Genuine, stranger_of_kind
from tests.invalid.tokens import Token, credential_token, enveloped
from vc.crypto.keys import KeyType

# The orders of the groups (FIPS 186-5, SP 800-186 section 3.2.1).
_ORDERS = {
    KeyType.P256: 2**256 - 2**224 + 2**192 - 0x4319055258E8617B0C46353D039CDAAF,
    KeyType.P384: 2**384 - 0x389CB27E0BC8D220A7E5F24DB74F58851313E695333AD68D,
}
_FIELD_BYTES = {KeyType.P256: 32, KeyType.P384: 48}

Respell = Callable[[int, int, KeyType], bytes]


def _pair(r: int, s: int, key_type: KeyType) -> bytes:
    size = _FIELD_BYTES[key_type]
    return r.to_bytes(size, "big") + s.to_bytes(size, "big")


_SIGNATURES: dict[str, Respell] = {
    "r-zero": lambda _r, s, kind: _pair(0, s, kind),
    "s-zero": lambda r, _s, kind: _pair(r, 0, kind),
    "both-zero": lambda _r, _s, kind: _pair(0, 0, kind),
    "both-one": lambda _r, _s, kind: _pair(1, 1, kind),
    "r-the-order": lambda _r, s, kind: _pair(_ORDERS[kind], s, kind),
    "s-the-order": lambda r, _s, kind: _pair(r, _ORDERS[kind], kind),
    "r-one-less-than-the-order": lambda _r, s, kind: _pair(_ORDERS[kind] - 1, s, kind),
    "all-ones": lambda _r, _s, kind: b"\xff" * 2 * _FIELD_BYTES[kind],
    "swapped": lambda r, s, kind: _pair(s, r, kind),
    "r-negative": lambda r, s, kind: _pair(_ORDERS[kind] - r, s, kind),
    "s-changed": lambda r, s, kind: _pair(r, s ^ 1, kind),
    "der": lambda r, s, _kind: encode_dss_signature(r, s),
    "one-byte-short": lambda r, s, kind: _pair(r, s, kind)[:-1],
    "one-byte-long": lambda r, s, kind: _pair(r, s, kind) + b"\x00",
    "zero-byte-before": lambda r, s, kind: b"\x00" + _pair(r, s, kind),
    "two-zero-bytes-between": lambda r, s, kind: (
        _pair(r, s, kind)[: _FIELD_BYTES[kind]] + bytes(2) + _pair(r, s, kind)[_FIELD_BYTES[kind] :]
    ),
    "padded-to-the-next-curve": lambda r, s, kind: r.to_bytes(66, "big") + s.to_bytes(66, "big"),
    "r-alone": lambda r, _s, kind: r.to_bytes(_FIELD_BYTES[kind], "big"),
    "little-endian": lambda r, s, kind: (
        r.to_bytes(_FIELD_BYTES[kind], "little") + s.to_bytes(_FIELD_BYTES[kind], "little")
    ),
}
# None of the specifications asks for the lower s, so this one is as good a signature.
_TWINS: dict[str, Respell] = {
    "as-made": _pair,
    "s-negative": lambda r, s, kind: _pair(r, _ORDERS[kind] - s, kind),
}


def _respelt(signature: bytes, respell: Respell, key_type: KeyType) -> bytes:
    size = _FIELD_BYTES[key_type]
    r, s = int.from_bytes(signature[:size], "big"), int.from_bytes(signature[size:], "big")
    return respell(r, s, key_type)


def _proof(name: str, key_type: KeyType, respell: Respell, *, authentic: bool) -> Case:
    did, signer = stranger_of_kind(key_type)

    def build(genuine: Genuine) -> Attempt:
        document = genuine.unsecured() | {"issuer": did}
        secured = genuine.secure(document, signer, {"cryptosuite": ECDSA_SUITES[genuine.suite]})
        signature = base58.b58decode(secured["proof"]["proofValue"][1:])
        value = base58.b58encode(_respelt(signature, respell, key_type)).decode("ascii")
        secured["proof"]["proofValue"] = f"z{value}"
        return post_credential(secured)

    return Case(family="ecdsa-proof", name=f"{key_type}-{name}", build=build, authentic=authentic)


def _stranger_token(genuine: Genuine, key_type: KeyType) -> Token:
    did, signer = stranger_of_kind(key_type)
    return credential_token(genuine, signer).with_payload(issuer=did, iss=did)


def _token(name: str, key_type: KeyType, respell: Respell, *, authentic: bool) -> Case:
    def build(genuine: Genuine) -> Attempt:
        token = _stranger_token(genuine, key_type)
        signed = replace(token, sign=lambda data: _respelt(token.sign(data), respell, key_type))
        return post_credential(enveloped(signed.compact()))

    return Case(family="ecdsa-token", name=f"{key_type}-{name}", build=build, authentic=authentic)


def _suite(name: str, key_type: KeyType, suite: str) -> Case:
    """A signature as the suite would have it, by a key of another kind than it works with."""
    did, signer = stranger_of_kind(key_type)

    def build(genuine: Genuine) -> Attempt:
        secured = genuine.secure(
            genuine.unsecured() | {"issuer": did}, signer, {"cryptosuite": ECDSA_SUITES[genuine.suite]}
        )
        secured["proof"]["cryptosuite"] = suite
        return post_credential(secured)

    return Case(family="ecdsa-proof", name=name, build=build, authentic=False)


def _algorithm(name: str, key_type: KeyType, algorithm: str) -> Case:
    return Case(
        family="ecdsa-token",
        name=name,
        build=lambda genuine: post_credential(
            enveloped(_stranger_token(genuine, key_type).with_header(alg=algorithm).compact())
        ),
        authentic=False,
    )


def cases() -> list[Case]:
    """Proofs, tried beside every cryptosuite."""
    return [
        *(
            _proof(name, key_type, respell, authentic=False)
            for key_type in _ORDERS
            for name, respell in _SIGNATURES.items()
        ),
        *(
            _proof(name, key_type, respell, authentic=True)
            for key_type in _ORDERS
            for name, respell in _TWINS.items()
        ),
        _suite("suite-for-ed25519", KeyType.P256, "eddsa-rdfc-2022"),
        _suite("suite-for-disclosure", KeyType.P256, "ecdsa-sd-2023"),
        _suite("suite-unknown", KeyType.P256, "ecdsa-rdfc-2020"),
    ]


def cases_of_tokens() -> list[Case]:
    """Tokens, tried once."""
    return [
        *(
            _token(name, key_type, respell, authentic=False)
            for key_type in _ORDERS
            for name, respell in _SIGNATURES.items()
        ),
        *(
            _token(name, key_type, respell, authentic=True)
            for key_type in _ORDERS
            for name, respell in _TWINS.items()
        ),
        _algorithm("es384-by-a-p256-key", KeyType.P256, "ES384"),
        _algorithm("es512-by-a-p256-key", KeyType.P256, "ES512"),
        _algorithm("es256k-by-a-p256-key", KeyType.P256, "ES256K"),
        _algorithm("eddsa-by-a-p256-key", KeyType.P256, "EdDSA"),
        _algorithm("es256-by-a-p384-key", KeyType.P384, "ES256"),
        _algorithm("hs256-by-a-p256-key", KeyType.P256, "HS256"),
    ]
