"""Credentials and presentations as SD-JWT: what must be seen is seen, and no key binding is implied."""

import json
from collections.abc import Callable
from itertools import count
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.vc.jose.mutants import mutate
from tests.unit.vc.jose.samples import (
    CREDENTIAL,
    HOLDER,
    ISSUER,
    METHOD,
    NOW,
    PRESENTATION,
    SIGNER,
    SIGNERS,
    STRANGER,
    VC_HEADER,
    VP_HEADER,
    forge,
)
from vc.crypto.keys import KeyType
from vc.encoding import base64url
from vc.encoding.strict_json import Limits
from vc.errors import MalformedValue, ProtocolError
from vc.jose.jws import verify_jws
from vc.sd_jwt.disclosures import MAX_DISCLOSURES, Path, digest_of
from vc.sd_jwt.secured import (
    ALWAYS_DISCLOSED,
    parse_credential_sd_jwt,
    parse_presentation_sd_jwt,
    sign_credential_sd_jwt,
    sign_presentation_sd_jwt,
)

PATHS: tuple[Path, ...] = (("credentialSubject", "name"), ("credentialSubject", "skills", 0))
HEADER = {**VC_HEADER, "typ": "vc+sd-jwt"}


def salts() -> Callable[[], str]:
    numbers = count()
    return lambda: f"salt-{next(numbers):020}"


def _sign(document: dict[str, Any] = CREDENTIAL, paths: tuple[Path, ...] = PATHS) -> str:
    return sign_credential_sd_jwt(document, SIGNER, issued_at=NOW, paths=paths, new_salt=salts())


TOKEN = _sign()
JWT, *DISCLOSURES, _ = TOKEN.split("~")


@pytest.mark.parametrize("kind", list(SIGNERS))
def test_what_is_signed_is_read_again(kind: KeyType) -> None:
    signer = SIGNERS[kind]
    token = sign_credential_sd_jwt(CREDENTIAL, signer, issued_at=NOW, paths=PATHS, new_salt=salts())
    read = parse_credential_sd_jwt(token)
    assert verify_jws(read.jws, signer.public_key)
    assert read.document == CREDENTIAL
    assert read.claims == {"iss": ISSUER, "iat": int(NOW.timestamp())}
    assert read.jws.header == {**HEADER, "alg": signer.public_key.algorithm}
    assert read.key_id == METHOD


def test_a_token_without_disclosures_ends_with_a_tilde() -> None:
    token = _sign(paths=())
    assert token.count("~") == 1
    assert token.endswith("~")
    assert parse_credential_sd_jwt(token).document == CREDENTIAL


def test_what_is_withheld_is_not_there() -> None:
    read = parse_credential_sd_jwt(f"{JWT}~")
    assert verify_jws(read.jws, SIGNER.public_key)
    assert read.document["credentialSubject"] == {"id": HOLDER, "skills": ["masonry"]}


def test_disclosures_in_another_order_say_the_same() -> None:
    assert parse_credential_sd_jwt("~".join([JWT, *reversed(DISCLOSURES), ""])).document == CREDENTIAL


def test_a_presentation_is_signed_and_read() -> None:
    token = sign_presentation_sd_jwt(
        PRESENTATION, SIGNER, issued_at=NOW, paths=[("verifiableCredential", 0)], new_salt=salts()
    )
    read = parse_presentation_sd_jwt(token)
    assert read.document == PRESENTATION
    assert read.jws.header == {**VP_HEADER, "typ": "vp+sd-jwt"}
    withheld = parse_presentation_sd_jwt(token.split("~", maxsplit=1)[0] + "~")
    assert withheld.document["verifiableCredential"] == []


@pytest.mark.parametrize("name", sorted(ALWAYS_DISCLOSED))
def test_what_a_verifier_must_see_is_not_concealed(name: str) -> None:
    document = {**CREDENTIAL, "credentialStatus": {"id": "a:b"}, "validUntil": "2027-01-01T00:00:00Z"}
    paths: tuple[Path, ...]
    for paths in (((name,),), ((name, "id"),), ((name, 0),)):
        with pytest.raises(MalformedValue, match="must always see"):
            _sign(document, paths)


def test_what_must_be_seen_includes_what_the_specifications_name() -> None:
    assert {"@context", "type", "credentialStatus", "credentialSchema", "relatedResource"} <= ALWAYS_DISCLOSED
    assert {"iss", "aud", "exp", "nbf", "cnf"} <= ALWAYS_DISCLOSED


@pytest.mark.parametrize(
    "text",
    [
        JWT,
        TOKEN.rstrip("~"),
        f"{TOKEN}{JWT}",
        f"{TOKEN}x",
        f"{TOKEN}~",
        f"~{TOKEN}",
        f"{JWT}~~",
        f"{JWT} ~",
        "",
        "~",
        "~~",
    ],
    ids=[
        "no-tilde",
        "no-last-tilde",
        "key-binding",
        "something-last",
        "empty-disclosure",
        "empty-token",
        "two-tildes",
        "space",
        "empty",
        "tilde",
        "tildes",
    ],
)
def test_another_form_is_refused(text: str) -> None:
    with pytest.raises(ProtocolError):
        parse_credential_sd_jwt(text)


def test_a_key_binding_is_refused_with_its_reason() -> None:
    binding = forge({"alg": "ES256", "typ": "kb+jwt"}, {"nonce": "n", "aud": "a", "iat": 1, "sd_hash": "x"})
    with pytest.raises(MalformedValue, match="key binding is not accepted"):
        parse_credential_sd_jwt(TOKEN + binding)


@pytest.mark.parametrize(
    "typ", ["vc+jwt", "vp+sd-jwt", "dc+sd-jwt", "sd-jwt", "example+sd-jwt", "kb+jwt", "JWT"]
)
def test_a_token_made_for_something_else_is_no_credential(typ: str) -> None:
    token = forge({**HEADER, "typ": typ}, CREDENTIAL)
    with pytest.raises(MalformedValue, match="type that is expected"):
        parse_credential_sd_jwt(f"{token}~")


def test_a_credential_is_no_presentation() -> None:
    with pytest.raises(MalformedValue, match="type that is expected"):
        parse_presentation_sd_jwt(TOKEN)


def _disclosing(name: str, value: Any, payload: dict[str, Any]) -> str:
    text = base64url.encode(json.dumps(["s" * 22, name, value]).encode())
    return f"{forge(HEADER, {**payload, '_sd': [digest_of(text)]})}~{text}~"


@pytest.mark.parametrize(("name", "value"), [("vc", {}), ("vp", {}), ("iss", "https://other.example")])
def test_a_forbidden_claim_is_refused_where_it_is_disclosed(name: str, value: Any) -> None:
    with pytest.raises(MalformedValue):
        parse_credential_sd_jwt(_disclosing(name, value, CREDENTIAL))


def test_an_issuer_that_is_withheld_leaves_iss_contradicted() -> None:
    payload = {name: value for name, value in CREDENTIAL.items() if name != "issuer"}
    token = _disclosing("issuer", ISSUER, {**payload, "iss": ISSUER})
    assert parse_credential_sd_jwt(token).document == CREDENTIAL
    with pytest.raises(MalformedValue, match="contradicts"):
        parse_credential_sd_jwt(token.split("~", maxsplit=1)[0] + "~")


def test_a_disclosed_member_cannot_replace_a_signed_one() -> None:
    with pytest.raises(MalformedValue, match="does not belong"):
        parse_credential_sd_jwt(_disclosing("validFrom", "2000-01-01T00:00:00Z", CREDENTIAL))


def test_a_disclosure_of_another_credential_is_refused() -> None:
    other = {**CREDENTIAL, "credentialSubject": {"id": HOLDER, "name": "Other", "skills": ["x"]}}
    _, foreign, *_ = _sign(other).split("~")
    with pytest.raises(MalformedValue, match="belongs to nothing"):
        parse_credential_sd_jwt(f"{JWT}~{foreign}~")


def test_a_credential_that_is_withheld_needs_no_envelope_and_a_disclosed_one_does() -> None:
    bare = base64url.encode(json.dumps(["s" * 22, CREDENTIAL]).encode())
    document = {**PRESENTATION, "verifiableCredential": [{"...": digest_of(bare)}]}
    token = forge({**VP_HEADER, "typ": "vp+sd-jwt"}, document)
    assert parse_presentation_sd_jwt(f"{token}~").document["verifiableCredential"] == []
    with pytest.raises(MalformedValue, match="not enveloped"):
        parse_presentation_sd_jwt(f"{token}~{bare}~")


def test_ten_thousand_tildes_are_refused() -> None:
    with pytest.raises(MalformedValue):
        parse_credential_sd_jwt(JWT + "~" * 10_000)
    with pytest.raises(MalformedValue):
        parse_credential_sd_jwt("~".join([JWT, *[DISCLOSURES[0]] * (MAX_DISCLOSURES + 1), ""]))


def test_the_bound_of_the_whole_is_exact() -> None:
    half = (len(TOKEN) + 1) // 2
    assert parse_credential_sd_jwt(TOKEN, Limits(max_bytes=half)).document == CREDENTIAL
    with pytest.raises(MalformedValue, match="SD-JWT is too long"):
        parse_credential_sd_jwt(TOKEN, Limits(max_bytes=half - 1))


def test_another_key_does_not_verify() -> None:
    assert not verify_jws(parse_credential_sd_jwt(TOKEN).jws, STRANGER.public_key)


@given(
    mutations=st.lists(
        st.tuples(
            st.integers(0, len(TOKEN)),
            st.integers(0, 4),
            st.text(max_size=4)
            | st.sampled_from(["~", "~~", ".", "=", "A", DISCLOSURES[0], f"{DISCLOSURES[1]}~"]),
        ),
        min_size=1,
        max_size=3,
    )
)
@settings(max_examples=400, deadline=None)
def test_a_mutant_is_refused_or_says_no_more_than_was_signed(mutations: list[tuple[int, int, str]]) -> None:
    mutant = mutate(TOKEN, mutations)
    try:
        read = parse_credential_sd_jwt(mutant)
    except ProtocolError:
        return
    if verify_jws(read.jws, SIGNER.public_key):
        # A whole disclosure may have gone, which is the holder's right.
        assert mutant.startswith(f"{JWT}~")
        assert set(mutant.split("~")) <= {JWT, *DISCLOSURES, ""}
