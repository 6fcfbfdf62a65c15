"""What a wallet makes of a verifier's request (OpenID4VP 1.0)."""

import base64
import hashlib
from datetime import datetime, timedelta
from typing import Any

import orjson
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from hypothesis import given
from hypothesis import strategies as st

from tests.request_certificates import leaf_of, new_root
from tests.unit.vc.oid4vc.wallet_samples import (
    CLIENT_ID,
    KEY,
    NOW,
    QUERY,
    REQUEST,
    SIGNER,
    Json,
    link,
    request_object,
)
from vc.crypto.keys import InMemorySigner, KeyType
from vc.encoding import base64url
from vc.errors import MalformedValue, ProtocolError
from vc.oid4vc.authorization_request import ClientIdPrefix
from vc.oid4vc.dcql import (
    ClaimsQuery,
    CredentialFormat,
    CredentialQuery,
    CredentialSet,
    DcqlQuery,
    require_answered,
)
from vc.oid4vc.dcql_matching import Candidate, choices, disclosed, matching, taken
from vc.oid4vc.received_request import (
    parse_client_id,
    parse_request,
    parse_request_link,
    parse_request_object,
    require_signed,
)
from vc.oid4vc.request_certificates import is_host_of, key_of_chain
from vc.oid4vc.response_encryption import recipient_in
from vc.oid4vc.transaction_data import WATCH, encode_watch, parse_asked

OTHER = InMemorySigner(b"\x08" * 32, SIGNER.verification_method, key_type=KeyType.P256)


def checked(
    token: str, *, client_id: str = CLIENT_ID, wallet_nonce: str | None = None, now: datetime = NOW
) -> None:
    received = parse_request_object(token)
    require_signed(received, SIGNER.public_key, client_id=client_id, wallet_nonce=wallet_nonce, now=now)


def test_a_signed_request_is_read() -> None:
    checked(request_object())
    checked(request_object(wallet_nonce="w"), wallet_nonce="w")
    request = parse_request(parse_request_object(request_object()).claims)
    assert (request.prefix, request.name) == (
        ClientIdPrefix.DECENTRALIZED_IDENTIFIER,
        "did:web:verifier.example",
    )
    assert request.recipient is not None
    assert (request.recipient.key, request.recipient.encryption) == (KEY, "A256GCM")


@pytest.mark.parametrize(
    "token",
    [
        pytest.param(request_object(OTHER), id="another-key"),
        pytest.param(request_object(client_id=f"{CLIENT_ID}x"), id="another-client"),
        pytest.param(request_object(iss="https://other.example"), id="another-issuer"),
        pytest.param(request_object(aud="https://other.example"), id="another-audience"),
        pytest.param(request_object(aud=None), id="no-audience"),
        pytest.param(request_object(exp=1_700_000_000), id="expired"),
        pytest.param(request_object(iat=1_700_000_000, exp=None), id="old"),
        pytest.param(request_object(iat=2_000_000_000, exp=None), id="from-the-future"),
        pytest.param(request_object(header={"typ": "JWT", "kid": "x"}), id="another-type"),
    ],
)
def test_a_signed_request_with_one_fault_is_refused(token: str) -> None:
    with pytest.raises(MalformedValue):
        checked(token)


@pytest.mark.parametrize("wallet_nonce", ["other", None])
def test_a_request_that_was_made_for_another_wallet_is_refused(wallet_nonce: str | None) -> None:
    with pytest.raises(MalformedValue, match="just now"):
        checked(request_object(wallet_nonce=wallet_nonce), wallet_nonce="w")


def test_a_request_that_was_altered_is_refused() -> None:
    head, payload, signature = request_object().split(".")
    claims = orjson.loads(base64url.decode(payload, max_bytes=100_000))
    claims["response_uri"] = "https://evil.example/take"
    altered = base64url.encode(orjson.dumps(claims))
    with pytest.raises(MalformedValue, match="altered"):
        checked(f"{head}.{altered}.{signature}")


@pytest.mark.parametrize("algorithm", ["none", "HS256"])
def test_an_unsigned_request_object_is_none(algorithm: str) -> None:
    head = base64url.encode(orjson.dumps({"alg": algorithm, "typ": "oauth-authz-req+jwt"}))
    with pytest.raises(MalformedValue):
        parse_request_object(f"{head}.{base64url.encode(orjson.dumps(REQUEST))}.AAAA")


def test_links_by_value_and_by_reference() -> None:
    by_value = parse_request_link(link("openid4vp", **REQUEST))
    assert by_value.request_uri is None
    assert parse_request(by_value.parameters).query == parse_request(REQUEST).query
    found = parse_request_link(
        link("openid4vp", client_id="c", request_uri="https://v.example/r", request_uri_method="post")
    )
    assert (found.request_uri, found.uses_post) == ("https://v.example/r", True)
    with pytest.raises(MalformedValue):
        parse_request_link(
            link("openid4vp", client_id="c", request_uri="https://v.example/r", request_uri_method="PUT")
        )


def test_without_a_prefix_or_with_another_nobody_is_known() -> None:
    for client_id in ("x", "origin:https://v.example", "https://v.example", "redirect_uri:"):
        with pytest.raises(MalformedValue):
            parse_client_id(client_id)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("response_type", "code"),
        ("response_mode", "fragment"),
        ("response_uri", "javascript:alert(1)"),
        ("redirect_uri", "https://verifier.example/"),
        ("scope", "x"),
        ("nonce", ""),
        ("nonce", "ក"),
        ("state", 1),
        ("dcql_query", {"credentials": []}),
        ("dcql_query", {"credentials": [QUERY["credentials"][0] | {"format": "mso_mdoc"}]}),
        ("client_metadata", {}),
        ("client_metadata", {"jwks": {"keys": [{**KEY.jwk, "alg": "ECDH-ES", "use": "sig"}]}}),
        ("client_metadata", {"jwks": {"keys": [{**KEY.jwk, "alg": "RSA-OAEP"}]}}),
        ("transaction_data", []),
        ("transaction_data", [1]),
    ],
)
def test_a_request_with_one_fault_is_refused(name: str, value: Any) -> None:
    with pytest.raises(ProtocolError):
        parse_request(REQUEST | {name: value})


def test_a_response_goes_nowhere_but_to_whoever_is_named_by_it() -> None:
    uri = "https://verifier.example/take"
    unsigned = REQUEST | {"client_id": f"redirect_uri:{uri}", "response_mode": "direct_post"}
    assert parse_request(unsigned).response_uri == uri
    without = {name: value for name, value in unsigned.items() if name != "response_uri"}
    assert parse_request(without).response_uri == uri
    with pytest.raises(MalformedValue):
        parse_request(unsigned | {"response_uri": f"{uri}x"})


def test_formats_that_are_unknown_are_passed_over_where_there_are_others() -> None:
    mdoc = {"id": "m", "format": "mso_mdoc", "meta": {}}
    query = {
        "credentials": [mdoc, *QUERY["credentials"]],
        "credential_sets": [{"options": [["m"], ["rpl"]]}, {"options": [["m"]], "required": False}],
    }
    found = parse_request(REQUEST | {"dcql_query": query}).query
    assert [one.id for one in found.credentials] == ["rpl"]
    assert found.sets == (CredentialSet(options=(frozenset({"rpl"}),)),)
    query["credential_sets"] = [{"options": [["m"]]}]
    with pytest.raises(MalformedValue):
        parse_request(REQUEST | {"dcql_query": query})


def test_without_choice_the_shorter_key_is_the_default() -> None:
    keys: Json = {"jwks": {"keys": [{**KEY.jwk, "alg": "ECDH-ES"}]}}
    assert (recipient_in(keys).encryption, recipient_in(keys).key_id) == ("A128GCM", None)
    with pytest.raises(MalformedValue):
        recipient_in(keys | {"encrypted_response_enc_values_supported": ["A256CBC-HS512"]})


def test_what_is_to_be_agreed_to_must_be_understood_whole() -> None:
    until = NOW.date()
    text = encode_watch(["rpl"], until=until, verifier=CLIENT_ID)
    asked = parse_asked(text, query_ids=["rpl"], client_id=CLIENT_ID)
    assert (asked.query_ids, asked.until) == (("rpl",), until)
    good = {"type": WATCH, "credential_ids": ["rpl"], "until": "2026-11-27", "verifier": CLIENT_ID}
    faults: list[Json] = [
        {"type": "https://other.example/pay"},
        {"credential_ids": ["other"]},
        {"credential_ids": []},
        {"until": "soon"},
        {"verifier": "another"},
        {"transaction_data_hashes_alg": ["sha-512"]},
        {"amount": 5},
    ]
    for fault in faults:
        changed = base64url.encode(orjson.dumps(good | fault))
        with pytest.raises(MalformedValue):
            parse_asked(changed, query_ids=["rpl"], client_id=CLIENT_ID)


# Certificates ------------------------------------------------------------------------------------


ROOT = new_root(NOW)
LEAF = leaf_of(ROOT, "verifier.example", NOW)


def der(one: x509.Certificate) -> str:
    return base64.b64encode(one.public_bytes(serialization.Encoding.DER)).decode("ascii")


def key_for(
    name: str = "verifier.example", prefix: ClientIdPrefix = ClientIdPrefix.X509_SAN_DNS, **how: Any
) -> Any:
    given: Json = {"roots": [ROOT.certificate], "now": NOW} | how
    return key_of_chain([der(LEAF.certificate)], given["roots"], prefix=prefix, name=name, now=given["now"])


def test_a_certificate_of_a_trusted_root_vouches_for_its_host_and_for_its_hash() -> None:
    numbers = LEAF.key.public_key().public_numbers()
    key = key_for()
    assert key.jwk["x"] == base64url.encode(numbers.x.to_bytes(32, "big"))
    digest = hashlib.sha256(LEAF.certificate.public_bytes(serialization.Encoding.DER)).digest()
    assert key_for(base64url.encode(digest), ClientIdPrefix.X509_HASH) == key


@pytest.mark.parametrize(
    "how",
    [
        pytest.param({"name": "other.example"}, id="another-host"),
        pytest.param({"roots": []}, id="no-roots"),
        pytest.param({"roots": [new_root(NOW).certificate]}, id="another-root"),
        pytest.param({"now": NOW + timedelta(days=40)}, id="expired"),
        pytest.param({"name": "AAAA", "prefix": ClientIdPrefix.X509_HASH}, id="another-hash"),
    ],
)
def test_a_certificate_with_one_fault_vouches_for_nobody(how: Json) -> None:
    with pytest.raises(MalformedValue):
        key_for(**how)


def test_the_host_of_an_address() -> None:
    assert is_host_of("verifier.example", "https://verifier.example:8443/take")
    assert not is_host_of("verifier.example", "https://verifier.example.evil.example/")


# Matching ----------------------------------------------------------------------------------------

VCT = "https://skills-passport.example/types/RPLCertificate"


def query(name: str, form: CredentialFormat = CredentialFormat.SD_JWT_VC) -> CredentialQuery:
    path = ("a",) if form is CredentialFormat.SD_JWT_VC else ("credentialSubject", "a")
    return CredentialQuery(id=name, format=form, types=(VCT,), claims=(ClaimsQuery(path=path),))


def test_what_answers_a_query() -> None:
    candidates = [
        Candidate(id="1", format=CredentialFormat.SD_JWT_VC, claims={"vct": VCT, "a": 1}),
        Candidate(id="2", format=CredentialFormat.SD_JWT_VC, claims={"vct": VCT}),
        Candidate(id="3", format=CredentialFormat.SD_JWT_VC, claims={"vct": "x", "a": 1}),
        Candidate(id="4", format=CredentialFormat.LDP_VC, claims={"vct": VCT, "a": 1}),
    ]
    assert matching(query("q"), candidates) == ("1",)


def alternatives(*names: str, is_required: bool = True) -> CredentialSet:
    return CredentialSet(options=tuple(frozenset({name}) for name in names), is_required=is_required)


def test_of_alternatives_what_can_leave_claims_out_is_taken() -> None:
    asked = DcqlQuery(
        credentials=(query("ldp", CredentialFormat.LDP_VC), query("sd")), sets=(alternatives("ldp", "sd"),)
    )
    assert taken(asked, ["ldp", "sd"], ()) == {"sd"}
    assert taken(asked, ["ldp"], ()) == {"ldp"}
    assert choices(asked, []) is None


def test_what_may_be_passed_over_is_taken_only_where_it_is_wished() -> None:
    asked = DcqlQuery(
        credentials=(query("a"), query("b")),
        sets=(
            alternatives("a", "b"),
            alternatives("a", is_required=False),
            alternatives("b", is_required=False),
        ),
    )
    assert taken(asked, ["a", "b"], ()) == {"a"}
    assert taken(asked, ["a", "b"], ["b"]) == {"b"}
    assert taken(asked, ["a", "b"], ["a", "b"]) == {"a", "b"}


_NAMES = st.sampled_from("abcd")
_SETS = st.tuples(st.lists(st.frozensets(_NAMES, min_size=1), min_size=1, max_size=4), st.booleans())


@given(
    sets=st.lists(_SETS, max_size=4),
    answered=st.frozensets(_NAMES),
    wished=st.frozensets(_NAMES),
)
def test_whatever_is_taken_is_what_the_verifier_takes(
    sets: list[tuple[list[frozenset[str]], bool]], answered: frozenset[str], wished: frozenset[str]
) -> None:
    asked = DcqlQuery(
        credentials=tuple(query(name) for name in "abcd"),
        sets=tuple(CredentialSet(options=tuple(options), is_required=needed) for options, needed in sets),
    )
    given_back = taken(asked, answered, wished)
    if given_back:
        assert given_back <= answered
        require_answered(asked, given_back)


def test_what_is_shown_is_what_paths_select() -> None:
    subject: Json = {"a": 1, "b": {"c": 2, "d": 3}, "e": [{"f": 4}, {"f": 5}], "g": 6}
    paths = [("a",), ("b", "c"), ("e", None, "f")]
    assert disclosed(subject, paths) == {"a": 1, "b": [2], "e": [4, 5]}
    assert disclosed(subject, [("b", "c"), ("b",)]) == {"b": subject["b"]}
