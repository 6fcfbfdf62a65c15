"""vc+jwt (VC-JOSE-COSE 1.0): our tokens hold for joserfc, PyJWT and the npm package jose, and theirs for us.

What the others sign goes the whole way of a received credential, in its envelope.
"""

import json
from collections import Counter
from datetime import UTC, datetime

import pytest
from hypothesis import strategies as st

from tests.oracles.documents import V2, Json, credentials
from tests.oracles.laws import hold_for_all, sizes
from tests.oracles.node_oracle import NodeOracle
from tests.oracles.securing import KINDS, Kind, verifies
from tests.oracles.tokens import (
    Jose,
    JoseRfc,
    PyJwt,
    header_for,
    read_with_openvc,
    sign_with_openvc,
)
from vc.encoding import base64url
from vc.jose.envelope import envelop_credential
from vc.jose.secured import parse_credential_jwt, sign_credential_jwt

pytestmark = [
    pytest.mark.node,
    pytest.mark.timeout(600),
    # One of each kind of key; a cryptosuite is not in question here.
    pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.is_rdfc], ids=lambda kind: kind.key_type),
]

ISSUED_AT = datetime(2025, 1, 2, tzinfo=UTC)
CLAIMS = {"iat": int(ISSUED_AT.timestamp())}


def libraries(node: NodeOracle) -> dict[str, JoseRfc | PyJwt | Jose]:
    """Every JOSE library, by name."""
    return {"joserfc": JoseRfc(), "PyJWT": PyJwt(), "jose": Jose(node)}


def is_authentic(token: str) -> bool:
    """Whether we find the credential in this token authentic."""
    return verifies(envelop_credential(token))


def credential(kind: Kind) -> Json:
    """An ordinary credential."""
    subject = {"name": "ជាងឈើ"}
    return {
        "@context": [V2],
        "type": ["VerifiableCredential"],
        "issuer": kind.did,
        "credentialSubject": subject,
    }


@sizes(10, 300)
def test_what_we_sign_verifies_elsewhere(
    node: NodeOracle, tally: Counter[str], kind: Kind, examples: int
) -> None:
    def law(document: Json) -> None:
        token = sign_credential_jwt(document, kind.signer, issued_at=ISSUED_AT)
        assert is_authentic(token)
        for name, library in libraries(node).items():
            payload = library.verify(token, kind)
            assert payload is not None, name
            assert json.loads(payload) == {**document, **CLAIMS, "iss": kind.did}
            tally[f"{name}: verified"] += 1

    hold_for_all(credentials(issuer=kind.did), examples, law, series=KINDS.index(kind))


@sizes(10, 300)
def test_what_others_sign_verifies_here(
    node: NodeOracle, tally: Counter[str], kind: Kind, examples: int
) -> None:
    def law(document: Json) -> None:
        for name, library in libraries(node).items():
            # In the spelling of json.dumps: a payload need not be canonical.
            payload = json.dumps({**document, **CLAIMS}).encode()
            token = library.sign(payload, header_for(kind), kind)
            assert is_authentic(token), name
            assert parse_credential_jwt(token).document == document
            tally[f"{name}: verified by us"] += 1

    hold_for_all(credentials(issuer=kind.did), examples, law, series=KINDS.index(kind))


def _flip(text: str, number: int) -> str:
    """The same base64url with one bit of its bytes flipped."""
    data = bytearray(base64url.decode(text, max_bytes=100_000))
    data[number // 8 % len(data)] ^= 1 << number % 8
    return base64url.encode(bytes(data))


@sizes(20, 500)
def test_a_flipped_bit_is_refused_by_all(
    node: NodeOracle, tally: Counter[str], kind: Kind, examples: int
) -> None:
    token = sign_credential_jwt(credential(kind), kind.signer, issued_at=ISSUED_AT)

    def law(given: tuple[int, int]) -> None:
        part, number = given
        parts = token.split(".")
        parts[part] = _flip(parts[part], number)
        changed = ".".join(parts)
        assert not is_authentic(changed)
        for name, library in libraries(node).items():
            assert library.verify(changed, kind) is None, name
        tally["refused by all"] += 1

    numbers = st.tuples(st.integers(0, 2), st.integers(0, 20_000))
    hold_for_all(numbers, examples, law, series=KINDS.index(kind))


@pytest.mark.parametrize("name", ["joserfc", "PyJWT", "jose"])
@pytest.mark.parametrize(
    ("member", "value"), [("typ", "JWT"), ("typ", "vp+jwt"), ("kid", "did:key:z6MkUnknown#z6MkUnknown")]
)
def test_a_header_that_says_something_else_is_refused_by_us(
    node: NodeOracle, kind: Kind, name: str, member: str, value: str
) -> None:
    """VC-JOSE-COSE 1.0 sections 3.1 and 4: type and key; a JOSE library alone looks at neither."""
    library = libraries(node)[name]
    payload = json.dumps({**credential(kind), **CLAIMS}).encode()
    token = library.sign(payload, header_for(kind, **{member: value}), kind)
    assert library.verify(token, kind) is not None
    assert not is_authentic(token)


def test_an_unsigned_token_is_refused_by_all(node: NodeOracle, kind: Kind) -> None:
    """RFC 8725 section 3.2: "none" has no place here."""
    signed = sign_credential_jwt(credential(kind), kind.signer, issued_at=ISSUED_AT)
    header = base64url.encode(json.dumps(header_for(kind, alg="none")).encode())
    for signature in ("", signed.split(".")[2]):
        token = f"{header}.{signed.split('.')[1]}.{signature}"
        assert not is_authentic(token)
        assert [library.verify(token, kind) for library in libraries(node).values()] == [None] * 3


def test_openvc_knows_the_jwt_profile_of_before_only(kind: Kind) -> None:
    """VC-JOSE-COSE 1.0 section 3.1: the credential is the claims set, and a ``vc`` claim must not be there.

    openvc wants that claim, as VC Data Model 1.1 section 6.3.1 had it, and puts it into what it signs.
    """
    ours = sign_credential_jwt(credential(kind), kind.signer, issued_at=ISSUED_AT)
    assert read_with_openvc(ours, kind) == (None, "ClaimsInvalid: no embedded `vc` object in token")
    theirs = sign_with_openvc(credential(kind), kind)
    assert read_with_openvc(theirs, kind)[0] == credential(kind)
    assert not is_authentic(theirs)
