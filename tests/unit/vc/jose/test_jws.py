"""Compact signatures: one algorithm for each key, one spelling for each token, no key but the caller's."""

import base64
import hashlib
import hmac
import json
import time
from typing import Any

import jwt as pyjwt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc import jwk as joserfc_jwk
from joserfc import jws as joserfc_jws

from tests.unit.vc.jose.mutants import MUTATIONS, mutate
from tests.unit.vc.jose.samples import CREDENTIAL_TOKEN, METHOD, SECRETS, SIGNER, SIGNERS, STRANGER, forge
from vc.crypto.keys import InMemorySigner, KeyType
from vc.encoding import base64url
from vc.encoding.strict_json import Limits
from vc.errors import MalformedValue, ParseError, ProtocolError
from vc.jose.jws import ALGORITHMS, parse_jws, sign_jws, verify_jws

HEADER = {"typ": "vc+jwt", "kid": METHOD}
PAYLOAD = b'{"a":1}'
KINDS = list(SIGNERS)
GROUP_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def _with_part(position: int, text: str, token: str = CREDENTIAL_TOKEN) -> str:
    parts = token.split(".")
    parts[position] = text
    return ".".join(parts)


def _with_signature(signature: bytes) -> bool:
    jws = parse_jws(_with_part(2, base64url.encode(signature)))
    return verify_jws(jws, SIGNER.public_key)


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_signed_verifies_and_is_what_was_given(kind: KeyType) -> None:
    signer = SIGNERS[kind]
    jws = parse_jws(sign_jws(HEADER, PAYLOAD, signer))
    assert verify_jws(jws, signer.public_key)
    assert (jws.payload, jws.header) == (PAYLOAD, {**HEADER, "alg": signer.public_key.algorithm})
    assert (jws.algorithm, jws.key_id) == (signer.public_key.algorithm, METHOD)


@pytest.mark.filterwarnings("ignore:EdDSA is deprecated")
@pytest.mark.parametrize("kind", KINDS)
def test_other_software_reads_and_writes_the_same_tokens(kind: KeyType) -> None:
    public = SIGNERS[kind].public_key
    token = sign_jws(HEADER, PAYLOAD, SIGNERS[kind])
    key = joserfc_jwk.import_key({**public.jwk})
    assert joserfc_jws.deserialize_compact(token, key, [public.algorithm]).payload == PAYLOAD
    by_pyjwt = pyjwt.decode(token, pyjwt.PyJWK(public.jwk, public.algorithm), [public.algorithm])
    assert by_pyjwt == json.loads(PAYLOAD)
    private = {**public.jwk, "d": base64url.encode(SECRETS[kind])}
    theirs = joserfc_jws.serialize_compact(
        {"alg": public.algorithm}, PAYLOAD, joserfc_jwk.import_key({**private}), [public.algorithm]
    )
    assert verify_jws(parse_jws(theirs), public)


def test_another_key_of_the_same_kind_does_not_verify() -> None:
    assert not verify_jws(parse_jws(CREDENTIAL_TOKEN), STRANGER.public_key)


@pytest.mark.parametrize("named", sorted(ALGORITHMS))
@pytest.mark.parametrize("kind", KINDS)
def test_a_key_verifies_its_own_algorithm_alone(kind: KeyType, named: str) -> None:
    signer = SIGNERS[kind]
    jws = parse_jws(forge({"alg": named}, PAYLOAD, signer))
    assert verify_jws(jws, signer.public_key) is (named == signer.public_key.algorithm)


@pytest.mark.parametrize(
    "algorithm",
    [
        "none",
        "None",
        "NONE",
        "nOnE",
        "",
        "HS256",
        "HS384",
        "HS512",
        "RS256",
        "PS256",
        "ES256K",
        "es256",
        "ECDH-ES",
    ],
)
def test_an_algorithm_that_is_not_listed_is_refused(algorithm: str) -> None:
    with pytest.raises(MalformedValue, match="algorithm"):
        parse_jws(forge({"alg": algorithm}, PAYLOAD))


def test_a_token_without_algorithm_is_refused() -> None:
    with pytest.raises(MalformedValue, match="algorithm"):
        parse_jws(forge({"typ": "vc+jwt"}, PAYLOAD))


@pytest.mark.parametrize("signature", ["", "AA"])
def test_an_unsecured_token_is_refused(signature: str) -> None:
    header = base64url.encode(b'{"alg":"none"}')
    with pytest.raises(MalformedValue):
        parse_jws(f"{header}.{base64url.encode(PAYLOAD)}.{signature}")


def test_a_stripped_signature_is_refused() -> None:
    with pytest.raises(MalformedValue, match="empty"):
        parse_jws(_with_part(2, ""))


@pytest.mark.parametrize("secret", ["raw", "jwk", "multikey"])
def test_hmac_with_the_public_key_as_secret_is_refused(secret: str) -> None:
    key = SIGNER.public_key
    bytes_of_key = {"raw": key.raw, "jwk": json.dumps(key.jwk).encode(), "multikey": key.multikey.encode()}
    header = base64url.encode(b'{"alg":"HS256"}')
    signing_input = f"{header}.{base64url.encode(PAYLOAD)}"
    mac = hmac.new(bytes_of_key[secret], signing_input.encode(), hashlib.sha256).digest()
    with pytest.raises(MalformedValue, match="algorithm"):
        parse_jws(f"{signing_input}.{base64url.encode(mac)}")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("jwk", STRANGER.public_key.jwk),
        ("jwk", SIGNER.public_key.jwk),
        ("jku", "https://attacker.example/keys"),
        ("x5u", "https://attacker.example/chain"),
        ("x5c", ["MIIB"]),
        ("crit", ["exp"]),
        ("crit", []),
        ("b64", False),
        ("b64", True),
        ("zip", "DEF"),
    ],
    ids=lambda value: value if isinstance(value, str) and value.isalnum() else "",
)
def test_a_header_that_brings_a_key_or_changes_the_reading_is_refused(name: str, value: Any) -> None:
    signer = STRANGER if name in ("jwk", "jku", "x5u", "x5c") else SIGNER
    with pytest.raises(MalformedValue, match="a member that is refused"):
        parse_jws(forge({"alg": "ES256", name: value}, PAYLOAD, signer))


def test_a_private_key_in_the_header_is_refused() -> None:
    private = {**SIGNER.public_key.jwk, "d": base64url.encode(b"\x01" * 32)}
    with pytest.raises(MalformedValue, match="a member that is refused"):
        parse_jws(forge({"alg": "ES256", "jwk": private}, PAYLOAD))


@pytest.mark.parametrize(
    "kid", ["../../etc/passwd", "' OR 1=1 --", "a\r\nb", "https://attacker.example/key", ""]
)
def test_the_key_identifier_is_a_hint_that_changes_nothing(kid: str) -> None:
    jws = parse_jws(forge({"alg": "ES256", "kid": kid}, PAYLOAD))
    assert jws.key_id == kid
    assert verify_jws(jws, SIGNER.public_key)
    assert not verify_jws(jws, STRANGER.public_key)


@pytest.mark.parametrize("name", ["alg", "typ", "cty", "kid"])
@pytest.mark.parametrize("value", [42, None, ["ES256"], {"a": "b"}, True], ids=str)
def test_a_header_member_that_is_not_a_text_is_refused(name: str, value: Any) -> None:
    with pytest.raises(MalformedValue, match="not a text"):
        parse_jws(forge({"alg": "ES256", name: value}, PAYLOAD))


def test_members_that_are_not_understood_are_ignored() -> None:
    jws = parse_jws(forge({"alg": "ES256", "x5t": "AAAA", "new": {"a": [1]}}, PAYLOAD))
    assert verify_jws(jws, SIGNER.public_key)


@pytest.mark.parametrize(
    "header",
    [
        b'{"alg":"none","alg":"ES256"}',
        b'{"alg":"ES256","alg":"none"}',
        b'{"alg":"ES256","\\u0061lg":"ES256"}',
        b'{"alg":"ES256","n":NaN}',
        b'{"alg":"ES256","n":1e400}',
        b'{"alg":"ES256","n":"\\ud800"}',
        b'\xef\xbb\xbf{"alg":"ES256"}',
        '{"alg":"ES256"}'.encode("utf-16"),
        b'["alg"]',
        b'"ES256"',
        b'{"alg":"ES256"} {}',
        b'{"alg":"ES256","n":' + b"[" * 20 + b"]" * 20 + b"}",
    ],
    ids=[
        "duplicate-none-first",
        "duplicate-none-last",
        "duplicate-by-escape",
        "nan",
        "overflow",
        "lone-surrogate",
        "byte-order-mark",
        "utf-16",
        "array",
        "text",
        "trailing",
        "deep",
    ],
)
def test_a_header_that_is_not_one_strict_object_is_refused(header: bytes) -> None:
    with pytest.raises(ParseError):
        parse_jws(forge(header, PAYLOAD))


@pytest.mark.parametrize(
    "token",
    [
        "",
        ".",
        "..",
        "...",
        CREDENTIAL_TOKEN.rpartition(".")[0],
        f"{CREDENTIAL_TOKEN}.",
        f"{CREDENTIAL_TOKEN}.e30",
        f"{CREDENTIAL_TOKEN}.e30.e30",
        f".{CREDENTIAL_TOKEN}",
        _with_part(0, ""),
        _with_part(1, ""),
    ],
    ids=lambda token: f"{token.count('.') + 1}-parts-of-{len(token)}",
)
def test_other_than_three_filled_parts_are_refused(token: str) -> None:
    with pytest.raises(MalformedValue):
        parse_jws(token)


@pytest.mark.parametrize("position", [0, 1, 2], ids=["header", "payload", "signature"])
@pytest.mark.parametrize(
    "change",
    [
        lambda part: part + "=",
        lambda part: part + "\n",
        lambda part: " " + part,
        lambda part: part[:3] + "\n" + part[3:],
        lambda part: part[:3] + "+" + part[4:],
        lambda part: part[:3] + "/" + part[4:],
        lambda part: part[:3] + "é" + part[4:],
        lambda part: part[:3] + "\u0661" + part[4:],
        lambda part: part[:3] + "%41" + part[4:],
        lambda part: part + "A" * (5 - len(part) % 4),
    ],
    ids=[
        "padding",
        "line-feed",
        "space",
        "inner-line-feed",
        "plus",
        "slash",
        "letter",
        "digit",
        "percent",
        "impossible-length",
    ],
)
def test_a_part_in_another_spelling_is_refused(position: int, change: Any) -> None:
    part = CREDENTIAL_TOKEN.split(".")[position]
    with pytest.raises(ProtocolError):
        parse_jws(_with_part(position, change(part)))


def test_set_bits_after_the_last_byte_are_refused() -> None:
    part = base64url.encode(b"{}  ")
    assert part[-1] == "A"
    lookalike = part[:-1] + "B"
    assert base64.urlsafe_b64decode(lookalike + "==") == b"{}  "
    with pytest.raises(MalformedValue, match="canonical"):
        parse_jws(_with_part(1, lookalike))


def test_the_bound_of_the_payload_is_exact() -> None:
    limits = Limits(max_bytes=100)
    assert parse_jws(forge({"alg": "ES256"}, b"x" * 100), limits).payload == b"x" * 100
    with pytest.raises(MalformedValue, match="too long"):
        parse_jws(forge({"alg": "ES256"}, b"x" * 101), limits)


def test_a_header_beyond_4096_bytes_is_refused() -> None:
    with pytest.raises(MalformedValue, match="too long"):
        parse_jws(forge({"alg": "ES256", "pad": "x" * 4_096}, PAYLOAD))


@pytest.mark.parametrize(
    "parts", [("A" * 20_000_000,), (".",) * 10_000_000, ("A" * 9_999_999, "A" * 9_999_999, "A")], ids=len
)
def test_a_huge_token_costs_nothing(parts: tuple[str, ...]) -> None:
    token = ".".join(parts)
    start = time.process_time()
    with pytest.raises(MalformedValue):
        parse_jws(token)
    assert time.process_time() - start < 0.2


def _genuine_signature() -> tuple[int, int]:
    signature = parse_jws(CREDENTIAL_TOKEN).signature
    return int.from_bytes(signature[:32]), int.from_bytes(signature[32:])


R, S = _genuine_signature()


@pytest.mark.parametrize(
    ("r", "s"),
    [(0, S), (R, 0), (0, 0), (GROUP_ORDER, S), (R, GROUP_ORDER), (1, 1), (S, R), (GROUP_ORDER - R, S)],
    ids=["r-zero", "s-zero", "both-zero", "r-order", "s-order", "ones", "swapped", "r-negated"],
)
def test_a_signature_with_other_numbers_does_not_verify(r: int, s: int) -> None:
    assert _with_signature(R.to_bytes(32) + S.to_bytes(32))
    assert not _with_signature(r.to_bytes(32) + s.to_bytes(32))


def test_the_negative_of_s_verifies_so_that_a_token_identifies_nothing() -> None:
    assert _with_signature(R.to_bytes(32) + (GROUP_ORDER - S).to_bytes(32))


@pytest.mark.parametrize("length", [1, 31, 32, 63, 65, 96, 132])
def test_a_signature_of_another_length_does_not_verify(length: int) -> None:
    genuine = R.to_bytes(32) + S.to_bytes(32)
    assert not _with_signature((genuine * 3)[:length])


def test_a_signature_in_der_does_not_verify() -> None:
    numbers = [
        b"\x02" + bytes([len(n)]) + n for n in (R.to_bytes(33).lstrip(b"\0"), S.to_bytes(33).lstrip(b"\0"))
    ]
    body = b"".join(numbers)
    assert not _with_signature(b"\x30" + bytes([len(body)]) + body)


def test_a_signature_with_longer_halves_does_not_verify() -> None:
    assert not _with_signature(b"\0" + R.to_bytes(32) + b"\0" + S.to_bytes(32))


def test_a_signature_beyond_the_longest_is_refused() -> None:
    with pytest.raises(MalformedValue, match="too long"):
        parse_jws(_with_part(2, base64url.encode(b"\x01" * 133)))


def test_a_signature_over_another_header_does_not_verify() -> None:
    other = forge({"alg": "ES256", "kid": "b"}, PAYLOAD)
    moved = _with_part(0, other.split(".", maxsplit=1)[0], forge({"alg": "ES256", "kid": "a"}, PAYLOAD))
    assert not verify_jws(parse_jws(moved), SIGNER.public_key)


def test_the_algorithm_of_the_header_is_that_of_the_signer() -> None:
    assert parse_jws(sign_jws({"alg": "none"}, PAYLOAD, SIGNER)).algorithm == "ES256"


class _RecordingSigner(InMemorySigner):
    signed: bytes = b""

    def sign(self, data: bytes) -> bytes:
        self.signed = data
        return super().sign(data)


def test_what_is_signed_is_what_was_parsed() -> None:
    signer = _RecordingSigner(b"\x01" * 32, METHOD, key_type=KeyType.P256)
    assert parse_jws(sign_jws(HEADER, PAYLOAD, signer)).signing_input == signer.signed


@given(mutations=MUTATIONS)
@settings(max_examples=400, deadline=None)
def test_a_mutant_is_refused_or_does_not_verify(mutations: list[tuple[int, int, str]]) -> None:
    mutant = mutate(CREDENTIAL_TOKEN, mutations)
    try:
        jws = parse_jws(mutant)
    except ProtocolError:
        return
    assert verify_jws(jws, SIGNER.public_key) is (mutant == CREDENTIAL_TOKEN)


@given(text=st.text(max_size=200), header=st.binary(max_size=60), payload=st.binary(max_size=60))
@settings(max_examples=300, deadline=None)
def test_anything_at_all_is_refused(text: str, header: bytes, payload: bytes) -> None:
    for token in (text, forge(header, payload)):
        with pytest.raises(ProtocolError):
            parse_jws(token)
