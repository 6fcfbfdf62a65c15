"""Encrypted responses are opened only in the way that was asked for (OpenID4VP 1.0 section 8.3, HAIP 1.0)."""

import hashlib
from typing import Any

import pytest
from joserfc import jwe
from joserfc.jwk import ECKey

from vc.crypto.keys import InMemorySigner, KeyType
from vc.encoding import base64url
from vc.encoding.jcs import canonicalize
from vc.errors import MalformedValue, ParseError, ProtocolError
from vc.oid4vc.response_encryption import ENCRYPTIONS, decrypt_response, encryption_jwk

SECRET = hashlib.sha256(b"response key").digest()
PUBLIC = InMemorySigner(SECRET, "", key_type=KeyType.P256).public_key
JWK = encryption_jwk(PUBLIC)
_ALGORITHMS = ["ECDH-ES", "ECDH-ES+A128KW", "A128GCM", "A256GCM", "A128CBC-HS256", "DEF"]


def encrypted(plaintext: bytes = b'{"state":"s"}', *, to: Any = PUBLIC, **header: Any) -> str:
    protected = {"alg": "ECDH-ES", "enc": "A128GCM", "kid": JWK["kid"], **header}
    given = {name: value for name, value in protected.items() if value is not None}
    return jwe.encrypt_compact(given, plaintext, ECKey.import_key(to.jwk), algorithms=_ALGORITHMS)


def test_the_key_is_described_as_wallets_need_it() -> None:
    assert {**PUBLIC.jwk, "kid": "response", "use": "enc", "alg": "ECDH-ES"} == JWK
    assert "d" not in JWK


@pytest.mark.parametrize("encryption", ENCRYPTIONS)
def test_both_encryptions_of_the_profile_are_opened(encryption: str) -> None:
    assert decrypt_response(encrypted(enc=encryption), SECRET) == {"state": "s"}


def test_names_of_both_parties_are_part_of_the_key() -> None:
    assert decrypt_response(encrypted(apu="YQ", apv="Yg"), SECRET) == {"state": "s"}


OTHER = InMemorySigner(hashlib.sha256(b"other").digest(), "", key_type=KeyType.P256).public_key
LARGE = InMemorySigner(b"\x01" * 48, "", key_type=KeyType.P384).public_key
GOOD = encrypted()
FAULTS: dict[str, str] = {
    "nothing": "",
    "four_parts": GOOD.rsplit(".", 1)[0],
    "six_parts": f"{GOOD}.AAAA",
    "wrapped_key": encrypted(alg="ECDH-ES+A128KW"),
    "another_encryption": encrypted(enc="A128CBC-HS256"),
    "no_key_id": encrypted(kid=None),
    "another_key_id": encrypted(kid="other"),
    "compressed": encrypted(zip="DEF"),
    "with_a_place_for_keys": encrypted(jku="https://other.example/keys"),
    "to_another_key": encrypted(to=OTHER),
    "on_another_curve": encrypted(to=LARGE),
    "no_json_inside": encrypted(b"state"),
    "an_array_inside": encrypted(b"[]"),
    "a_member_twice_inside": encrypted(b'{"a":1,"a":2}'),
    "too_long": "a" * 1_400_001,
}


def _altered() -> dict[str, str]:
    """One bit of each part of a good response changed."""
    parts = GOOD.split(".")
    found = {}
    for number, name in ((2, "nonce"), (3, "ciphertext"), (4, "tag")):
        data = bytearray(base64url.decode(parts[number], max_bytes=1000))
        data[0] ^= 1
        found[f"altered_{name}"] = ".".join(
            base64url.encode(bytes(data)) if position == number else part
            for position, part in enumerate(parts)
        )
    found["with_an_encrypted_key"] = ".".join([parts[0], "AAAA", *parts[2:]])
    return found


def _with_header(**members: Any) -> str:
    """A response whose header nobody encrypted under."""
    header = {
        "alg": "ECDH-ES",
        "enc": "A128GCM",
        "kid": "response",
        "epk": dict(PUBLIC.jwk),
        **members,
    }
    return ".".join([base64url.encode(canonicalize(header)), *GOOD.split(".")[1:]])


FAULTS |= _altered() | {
    "no_ephemeral_key": _with_header(epk=None),
    "an_ephemeral_key_off_the_curve": _with_header(epk={**PUBLIC.jwk, "x": "AAAA", "y": "AAAA"}),
    "an_ephemeral_private_key": _with_header(epk={**PUBLIC.jwk, "d": "AAAA"}),
    "something_critical": _with_header(crit=["exp"]),
    "a_key_of_its_own": _with_header(jwk=dict(PUBLIC.jwk)),
    "no_algorithm": _with_header(alg=None),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_another_response_is_refused(fault: str) -> None:
    with pytest.raises((MalformedValue, ParseError)) as caught:
        decrypt_response(FAULTS[fault], SECRET)
    assert isinstance(caught.value, ProtocolError)
