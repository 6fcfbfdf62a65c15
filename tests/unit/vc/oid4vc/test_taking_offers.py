"""What a wallet makes of offers, metadata and answers of issuers (OpenID4VCI 1.0), and what it proves."""

from copy import deepcopy
from typing import Any

import pytest

from tests.unit.vc.oid4vc.wallet_samples import ISSUER, METADATA, NOW, OFFER, SERVER, TOKEN, Json, link
from vc.crypto.keys import InMemorySigner, KeyType
from vc.errors import MalformedValue, ParseError
from vc.oid4vc.dpop import verify_dpop_proof
from vc.oid4vc.issuance_answers import (
    Deferred,
    IssuedCredentials,
    oauth_error_in,
    parse_credential_answer,
    parse_nonce_answer,
    parse_pushed_answer,
    parse_token_answer,
)
from vc.oid4vc.key_proof import verify_key_proof
from vc.oid4vc.oauth_errors import ErrorCode
from vc.oid4vc.pkce import answers_challenge, challenge_of
from vc.oid4vc.received_metadata import (
    parse_issuer_metadata,
    parse_server_metadata,
    server_of,
    well_known_url,
)
from vc.oid4vc.received_offer import (
    Authorization,
    OfferReference,
    PreAuthorized,
    TxCode,
    parse_offer,
    parse_offer_link,
)
from vc.oid4vc.wallet_proofs import sign_dpop_proof, sign_key_proof

PRE_AUTHORIZED = "urn:ietf:params:oauth:grant-type:pre-authorized_code"
HOLDER = InMemorySigner(b"\x05" * 32, "", key_type=KeyType.P256)


def changed(document: Json, path: str, value: Any) -> Json:
    """A copy with the member at ``path`` replaced."""
    copy = deepcopy(document)
    *outer, last = path.split("/")
    place = copy
    for name in outer:
        place = place[name]
    place[last] = value
    return copy


def test_an_offer_by_value_and_by_reference() -> None:
    found = parse_offer_link(link("openid-credential-offer", credential_offer=OFFER))
    assert isinstance(found, dict)
    offer = parse_offer(found)
    assert (offer.issuer, offer.configuration_ids) == (ISSUER, ("degree",))
    code = TxCode(is_numeric=True, length=6, description="On the screen")
    assert offer.grant == PreAuthorized(code="a code", tx_code=code, authorization_server=None)
    uri = "https://issuer.example/offers/1?x=y"
    reference = parse_offer_link(
        link("https", credential_offer_uri=uri).replace("://", "://wallet.example/x")
    )
    assert reference == OfferReference(uri=uri)


def test_an_offer_without_a_code_leads_to_a_sign_in() -> None:
    assert parse_offer(changed(OFFER, "grants", {})).grant == Authorization()
    grants = {"authorization_code": {"issuer_state": "s"}}
    assert parse_offer(changed(OFFER, "grants", grants)).grant == Authorization(issuer_state="s")
    both = OFFER["grants"] | grants
    assert isinstance(parse_offer(changed(OFFER, "grants", both)).grant, PreAuthorized)


def test_an_empty_transaction_code_is_a_transaction_code() -> None:
    grants = {PRE_AUTHORIZED: {"pre-authorized_code": "c", "tx_code": {}}}
    grant = parse_offer(changed(OFFER, "grants", grants)).grant
    assert isinstance(grant, PreAuthorized)
    assert grant.tx_code == TxCode()


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("credential_issuer", "ftp://issuer.example"),
        ("credential_issuer", "https://issuer.example/?a=b"),
        ("credential_issuer", "https://user@issuer.example"),
        ("credential_issuer", None),
        ("credential_configuration_ids", []),
        ("credential_configuration_ids", ["a", "a"]),
        ("credential_configuration_ids", [1]),
        ("grants", {"urn:other": {}}),
        ("grants", {PRE_AUTHORIZED: {}}),
        ("grants", {PRE_AUTHORIZED: {"pre-authorized_code": "c", "tx_code": {"length": 1_000}}}),
        ("grants", {PRE_AUTHORIZED: {"pre-authorized_code": "c", "tx_code": {"description": "x" * 301}}}),
    ],
)
def test_an_offer_with_one_fault_is_refused(path: str, value: Any) -> None:
    with pytest.raises(MalformedValue):
        parse_offer(changed(OFFER, path, value))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "openid-credential-offer://",
        "openid-credential-offer://?credential_offer_uri=file%3A%2F%2F%2Fetc%2Fpasswd",
        "openid-credential-offer://?credential_offer_uri=%ff",
        "mailto:x?credential_offer=%7B%7D",
    ],
)
def test_what_is_no_link_of_an_offer_is_refused(text: str) -> None:
    with pytest.raises((MalformedValue, ParseError)):
        parse_offer_link(text)


def test_metadata_are_found_between_host_and_path() -> None:
    assert well_known_url(ISSUER, "/.well-known/x") == "https://issuer.example/.well-known/x/school"
    assert (
        well_known_url("https://issuer.example", "/.well-known/x") == "https://issuer.example/.well-known/x"
    )


def test_metadata_of_an_issuer() -> None:
    found = parse_issuer_metadata(METADATA, issuer=ISSUER)
    assert (found.batch_size, found.authorization_servers) == (3, (ISSUER,))
    assert found.names == {"en": "School", "km": "សាលា"}
    degree = found.configurations["degree"]
    assert (degree.binding, degree.scope, degree.names) == ("jwk", "degree", {"en": "Degree"})
    w3c = changed(METADATA, "credential_configurations_supported/degree/format", "ldp_vc")
    assert parse_issuer_metadata(w3c, issuer=ISSUER).configurations["degree"].binding == "did:key"


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("credential_issuer", "https://issuer.example/school/"),
        ("credential_endpoint", None),
        ("authorization_servers", []),
        ("credential_configurations_supported", []),
        ("credential_response_encryption", {"encryption_required": True}),
    ],
)
def test_metadata_with_one_fault_are_refused(path: str, value: Any) -> None:
    with pytest.raises(MalformedValue):
        parse_issuer_metadata(changed(METADATA, path, value), issuer=ISSUER)


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("format", "mso_mdoc"),
        ("cryptographic_binding_methods_supported", ["cose_key"]),
        ("proof_types_supported", {"jwt": {"proof_signing_alg_values_supported": ["ES512"]}}),
        ("proof_types_supported", {"attestation": {}}),
        (
            "proof_types_supported",
            {"jwt": {"proof_signing_alg_values_supported": ["ES256"], "key_attestations_required": {}}},
        ),
    ],
)
def test_what_this_wallet_cannot_take_is_not_among_the_configurations(member: str, value: Any) -> None:
    other = changed(METADATA, f"credential_configurations_supported/degree/{member}", value)
    assert parse_issuer_metadata(other, issuer=ISSUER).configurations == {}


def test_metadata_of_a_server_and_which_one_is_asked() -> None:
    server = parse_server_metadata(SERVER, issuer=ISSUER)
    assert (server.names_itself, server.has_dpop) == (True, True)
    with pytest.raises(MalformedValue):
        parse_server_metadata(SERVER, issuer="https://other.example")
    metadata = parse_issuer_metadata(
        changed(METADATA, "authorization_servers", ["https://a.example", "https://b.example"]), issuer=ISSUER
    )
    assert server_of(metadata, None) == "https://a.example"
    assert server_of(metadata, "https://b.example") == "https://b.example"
    with pytest.raises(MalformedValue):
        server_of(metadata, "https://evil.example")


def test_answers_of_an_issuer() -> None:
    token = parse_token_answer(TOKEN)
    assert (token.is_dpop, token.identifiers) == (True, {"degree": ("a",)})
    assert parse_nonce_answer({"c_nonce": "n"}) == "n"
    assert parse_pushed_answer({"request_uri": "urn:x", "expires_in": 60}) == "urn:x"
    answer: Json = {
        "credentials": [{"credential": "a~"}, {"credential": {"type": "X"}}],
        "notification_id": "1",
    }
    found = parse_credential_answer(answer)
    assert found == IssuedCredentials(credentials=("a~", {"type": "X"}), notification_id="1")
    later = parse_credential_answer({"transaction_id": "t", "interval": 0})
    assert later == Deferred(transaction_id="t", interval=5)
    assert parse_credential_answer({"transaction_id": "t", "interval": 10**9}) == Deferred(
        transaction_id="t", interval=24 * 3_600
    )
    assert oauth_error_in({"error": "invalid_grant"}) is ErrorCode.INVALID_GRANT
    assert oauth_error_in({"error": "of_their_own"}) is None


@pytest.mark.parametrize(
    "answer", [[], {}, {"credentials": []}, {"credentials": ["a"]}, {"credentials": [{"credential": ""}]}]
)
def test_an_answer_without_credentials_is_refused(answer: Any) -> None:
    with pytest.raises(MalformedValue):
        parse_credential_answer(answer)


@pytest.mark.parametrize("answer", [{}, TOKEN | {"token_type": "mac"}, TOKEN | {"access_token": ""}])
def test_a_token_that_cannot_be_used_is_refused(answer: Any) -> None:
    with pytest.raises(MalformedValue):
        parse_token_answer(answer)


@pytest.mark.parametrize("binding", ["jwk", "did:jwk", "did:key"])
def test_a_key_proof_is_one_that_our_issuer_takes(binding: str) -> None:
    text = sign_key_proof(HOLDER, binding=binding, audience=ISSUER, nonce="n", issued_at=NOW)
    proof = verify_key_proof(text, audience=ISSUER, client_id=None, now=NOW)
    assert (proof.key, proof.nonce) == (HOLDER.public_key, "n")


def test_a_dpop_proof_is_one_that_our_server_takes() -> None:
    url = "https://issuer.example/token"
    text = sign_dpop_proof(HOLDER, method="POST", url=f"{url}?x=1", issued_at=NOW, jti="1", access_token="t")
    assert verify_dpop_proof(text, method="POST", url=url, now=NOW, access_token="t").jti == "1"


def test_a_challenge_is_answered_by_its_verifier() -> None:
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    assert challenge_of(verifier) == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    assert answers_challenge(verifier, challenge_of(verifier))
