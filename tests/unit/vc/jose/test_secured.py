"""Credentials and presentations as JWT: the right type, the right party, nothing forbidden."""

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.vc.jose.mutants import MUTATIONS, mutate
from tests.unit.vc.jose.samples import (
    CREDENTIAL,
    CREDENTIAL_TOKEN,
    HOLDER,
    ISSUER,
    METHOD,
    NOW,
    PRESENTATION,
    SIGNER,
    SIGNERS,
    VC_HEADER,
    VP_HEADER,
    forge,
)
from vc.crypto.keys import KeyType
from vc.errors import MalformedValue, ParseError, ProtocolError
from vc.jose.jws import verify_jws
from vc.jose.secured import (
    parse_credential_jwt,
    parse_presentation_jwt,
    sign_credential_jwt,
    sign_presentation_jwt,
)


@pytest.mark.parametrize("kind", list(SIGNERS))
def test_what_is_signed_is_read_again(kind: KeyType) -> None:
    signer = SIGNERS[kind]
    read = parse_credential_jwt(sign_credential_jwt(CREDENTIAL, signer, issued_at=NOW))
    assert verify_jws(read.jws, signer.public_key)
    assert read.document == CREDENTIAL
    assert read.claims == {"iss": ISSUER, "iat": int(NOW.timestamp())}
    assert read.jws.header == {**VC_HEADER, "alg": signer.public_key.algorithm}
    assert read.key_id == METHOD


def test_a_presentation_is_for_one_audience_and_answers_a_nonce() -> None:
    token = sign_presentation_jwt(
        PRESENTATION, SIGNER, issued_at=NOW, audience="https://verifier.example", nonce="n-1"
    )
    read = parse_presentation_jwt(token)
    assert read.document == PRESENTATION
    assert read.claims == {
        "iss": HOLDER,
        "iat": int(NOW.timestamp()),
        "aud": "https://verifier.example",
        "nonce": "n-1",
    }
    assert read.jws.header == VP_HEADER


def test_a_presentation_without_holder_names_no_issuer() -> None:
    document = {name: value for name, value in PRESENTATION.items() if name != "holder"}
    read = parse_presentation_jwt(sign_presentation_jwt(document, SIGNER, issued_at=NOW))
    assert read.claims.keys() == {"iat"}


def test_an_issuer_that_is_an_object_is_named_by_its_identifier() -> None:
    document = {**CREDENTIAL, "issuer": {"id": ISSUER, "name": "Centre"}}
    assert parse_credential_jwt(sign_credential_jwt(document, SIGNER, issued_at=NOW)).claims["iss"] == ISSUER


def test_the_same_document_time_and_key_give_the_same_token() -> None:
    assert sign_credential_jwt(CREDENTIAL, SIGNER, issued_at=NOW) == CREDENTIAL_TOKEN
    elsewhere = NOW.astimezone(timezone(timedelta(hours=7)))
    assert sign_credential_jwt(CREDENTIAL, SIGNER, issued_at=elsewhere) == CREDENTIAL_TOKEN


def test_a_naive_time_is_a_fault_of_the_caller() -> None:
    with pytest.raises(ValueError, match="naive"):
        sign_credential_jwt(CREDENTIAL, SIGNER, issued_at=datetime(2026, 1, 1))  # noqa: DTZ001


def test_fractions_of_a_second_are_cut() -> None:
    token = sign_credential_jwt(CREDENTIAL, SIGNER, issued_at=datetime(2026, 1, 1, 0, 0, 1, 999_999, UTC))
    assert parse_credential_jwt(token).claims["iat"] == 1_767_225_601


@pytest.mark.parametrize(
    "name", ["iss", "sub", "aud", "exp", "nbf", "iat", "jti", "nonce", "cnf", "vc", "vp"]
)
def test_a_document_with_claims_of_its_own_is_not_signed(name: str) -> None:
    with pytest.raises(MalformedValue):
        sign_credential_jwt({**CREDENTIAL, name: "x"}, SIGNER, issued_at=NOW)
    with pytest.raises(MalformedValue):
        sign_presentation_jwt({**PRESENTATION, name: "x"}, SIGNER, issued_at=NOW)


def test_one_kind_is_not_signed_as_the_other() -> None:
    with pytest.raises(MalformedValue, match="kind"):
        sign_credential_jwt(PRESENTATION, SIGNER, issued_at=NOW)
    with pytest.raises(MalformedValue, match="kind"):
        sign_presentation_jwt(CREDENTIAL, SIGNER, issued_at=NOW)


@pytest.mark.parametrize(
    "credential",
    [CREDENTIAL, {**CREDENTIAL, "proof": {"type": "DataIntegrityProof"}}, CREDENTIAL_TOKEN, None, 1],
    ids=["unsecured", "embedded-proof", "bare-token", "null", "number"],
)
def test_a_credential_without_envelope_is_neither_presented_nor_read(credential: Any) -> None:
    document = {**PRESENTATION, "verifiableCredential": [PRESENTATION["verifiableCredential"][0], credential]}
    with pytest.raises(MalformedValue, match="not enveloped") as caught:
        sign_presentation_jwt(document, SIGNER, issued_at=NOW)
    assert caught.value.findings[0].pointer == "/verifiableCredential/1"
    with pytest.raises(MalformedValue, match="not enveloped"):
        parse_presentation_jwt(forge(VP_HEADER, document))


@pytest.mark.parametrize("typ", ["vc+jwt", "application/vc+jwt", "VC+JWT", "Application/VC+JWT"])
def test_each_spelling_of_the_type_is_accepted(typ: str) -> None:
    assert parse_credential_jwt(forge({**VC_HEADER, "typ": typ}, CREDENTIAL)).document == CREDENTIAL


@pytest.mark.parametrize(
    "typ",
    [
        "vp+jwt",
        "JWT",
        "jwt",
        "vc+sd-jwt",
        "dc+sd-jwt",
        "vc+cose",
        "kb+jwt",
        "at+jwt",
        "statuslist+jwt",
        "openid4vci-proof+jwt",
        "oauth-authz-req+jwt",
        "text/vc+jwt",
        "vc+jwt ",
        "vc+ld+json+jwt",
        "",
    ],
)
def test_a_token_made_for_something_else_is_no_credential(typ: str) -> None:
    with pytest.raises(MalformedValue, match="type that is expected"):
        parse_credential_jwt(forge({**VC_HEADER, "typ": typ}, CREDENTIAL))


def test_a_token_without_type_is_no_credential() -> None:
    header = {name: value for name, value in VC_HEADER.items() if name != "typ"}
    with pytest.raises(MalformedValue, match="type that is expected"):
        parse_credential_jwt(forge(header, CREDENTIAL))


def test_a_credential_is_no_presentation_and_the_other_way_round() -> None:
    with pytest.raises(MalformedValue, match="type that is expected"):
        parse_presentation_jwt(CREDENTIAL_TOKEN)
    with pytest.raises(MalformedValue, match="type that is expected"):
        parse_credential_jwt(sign_presentation_jwt(PRESENTATION, SIGNER, issued_at=NOW))


def test_a_type_that_does_not_go_with_the_document_is_refused() -> None:
    with pytest.raises(MalformedValue, match="kind"):
        parse_presentation_jwt(forge(VP_HEADER, CREDENTIAL))
    with pytest.raises(MalformedValue, match="kind"):
        parse_credential_jwt(forge(VC_HEADER, PRESENTATION))


@pytest.mark.parametrize("cty", ["vp", "application/vp", "VP"])
def test_the_content_type_of_another_kind_is_refused(cty: str) -> None:
    with pytest.raises(MalformedValue, match="content type"):
        parse_credential_jwt(forge({**VC_HEADER, "cty": cty}, CREDENTIAL))


@pytest.mark.parametrize("cty", ["vc", "application/vc", "vc+ld+json", None])
def test_the_content_type_may_be_absent_or_more_specific(cty: str | None) -> None:
    header = {name: value for name, value in VC_HEADER.items() if name != "cty"}
    token = forge(header if cty is None else {**header, "cty": cty}, CREDENTIAL)
    assert parse_credential_jwt(token).document == CREDENTIAL


@pytest.mark.parametrize("name", ["vc", "vp"])
@pytest.mark.parametrize("value", ["x", {}, None, CREDENTIAL], ids=["text", "empty", "null", "credential"])
def test_the_claims_vc_and_vp_are_refused(name: str, value: Any) -> None:
    with pytest.raises(MalformedValue, match="vc and vp"):
        parse_credential_jwt(forge(VC_HEADER, {**CREDENTIAL, name: value}))
    with pytest.raises(MalformedValue, match="vc and vp"):
        parse_presentation_jwt(forge(VP_HEADER, {**PRESENTATION, name: value}))


@pytest.mark.parametrize(
    "iss",
    ["https://other.example", f"{ISSUER}/", ISSUER.upper(), "", None, 1, [ISSUER], {"id": ISSUER}],
    ids=str,
)
@pytest.mark.parametrize("issuer", [ISSUER, {"id": ISSUER}], ids=["text", "object"])
def test_an_iss_that_is_not_the_issuer_is_refused(issuer: Any, iss: Any) -> None:
    document = {**CREDENTIAL, "issuer": issuer}
    with pytest.raises(MalformedValue, match="contradicts"):
        parse_credential_jwt(forge(VC_HEADER, {**document, "iss": iss}))
    with pytest.raises(MalformedValue, match="contradicts"):
        parse_credential_jwt(forge({**VC_HEADER, "iss": iss}, document))


def test_an_iss_that_is_not_the_holder_is_refused() -> None:
    with pytest.raises(MalformedValue, match="contradicts"):
        parse_presentation_jwt(forge(VP_HEADER, {**PRESENTATION, "iss": "did:example:broker"}))


def test_an_iss_for_a_holder_that_is_no_url_is_refused() -> None:
    with pytest.raises(MalformedValue, match="contradicts"):
        parse_presentation_jwt(forge(VP_HEADER, {**PRESENTATION, "holder": None, "iss": HOLDER}))


@pytest.mark.parametrize("name", ["sub", "aud"])
def test_a_header_that_repeats_a_claim_differently_is_refused(name: str) -> None:
    claims = {**CREDENTIAL, name: "a"}
    assert parse_credential_jwt(forge({**VC_HEADER, name: "a"}, claims)).claims == {name: "a"}
    with pytest.raises(MalformedValue, match="contradicts"):
        parse_credential_jwt(forge({**VC_HEADER, name: "b"}, claims))


def test_other_claims_and_members_are_kept_apart_and_not_judged() -> None:
    extra = {"exp": 1, "iat": "2010-01-01T19:23:24Z", "jti": 5}
    read = parse_credential_jwt(forge(VC_HEADER, {**CREDENTIAL, **extra, "extension": {"a": 1}}))
    assert read.claims == extra
    assert read.document == {**CREDENTIAL, "extension": {"a": 1}}


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"null",
        b"[]",
        b'"text"',
        b"{",
        b'{"type":"VerifiableCredential","type":"x"}',
        b'{"a":NaN}',
        b'{"a":9007199254740993}',
        b'{"a":"\\ud800"}',
        b'{"a":"\\u0000"}',
        json.dumps(CREDENTIAL).encode("utf-16"),
        b'{"a":' + b"[" * 60 + b"]" * 60 + b"}",
    ],
    ids=[
        "empty",
        "null",
        "array",
        "text",
        "broken",
        "duplicate",
        "nan",
        "unsafe-integer",
        "surrogate",
        "nul",
        "utf-16",
        "deep",
    ],
)
def test_a_payload_that_is_not_one_strict_object_is_refused(payload: bytes) -> None:
    with pytest.raises(ParseError if payload else MalformedValue):
        parse_credential_jwt(forge(VC_HEADER, payload))


def test_a_refusal_repeats_nothing_of_the_token() -> None:
    for token in (forge({**VC_HEADER, "typ": "SECRET"}, CREDENTIAL), forge(VC_HEADER, {"type": "SECRET"})):
        with pytest.raises(ProtocolError) as caught:
            parse_credential_jwt(token)
        assert "SECRET" not in str(caught.value) + repr(caught.value.findings)


@given(mutations=MUTATIONS)
@settings(max_examples=300, deadline=None)
def test_a_mutant_is_refused_or_does_not_verify(mutations: list[tuple[int, int, str]]) -> None:
    mutant = mutate(CREDENTIAL_TOKEN, mutations)
    try:
        read = parse_credential_jwt(mutant)
    except ProtocolError:
        return
    assert verify_jws(read.jws, SIGNER.public_key) is (mutant == CREDENTIAL_TOKEN)


SCALARS = st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=5) | st.just(ISSUER)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["id", "type", "iss", "vc", "@context", "verifiableCredential", "_sd", "..."]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=6,
)
MEMBERS = st.sampled_from(
    [*CREDENTIAL, "holder", "verifiableCredential", "iss", "aud", "exp", "vc", "_sd", "_sd_alg", "...", "typ"]
)


@given(
    header=st.dictionaries(st.sampled_from(["typ", "cty", "kid", "alg", "iss", "sub", "aud"]), VALUES),
    payload=st.dictionaries(MEMBERS, VALUES),
)
@settings(max_examples=80, deadline=None)
def test_only_protocol_errors_leave_for_signed_nonsense(
    header: dict[str, Any], payload: dict[str, Any]
) -> None:
    for base, document, parse in (
        (VC_HEADER, CREDENTIAL, parse_credential_jwt),
        (VP_HEADER, PRESENTATION, parse_presentation_jwt),
    ):
        for token in (
            forge({**base, **header}, {**document, **payload}),
            forge(base, {**document, **payload}),
            forge(base, payload),
        ):
            try:
                parse(token)
            except ProtocolError:
                continue
