"""What an issuer says of itself to wallets (OpenID4VCI 1.0 section 12, RFC 8414)."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.wallet_proofs import key
from vc.crypto.keys import InMemorySigner, KeyType
from vc.encoding.strict_json import parse_json_object
from vc.jose.jws import parse_jws, verify_jws
from vc.model.claim_descriptions import claims_of
from vc.model.credential_types import credential_types
from vc.oid4vc.credential_offer import credential_offer, offer_link
from vc.oid4vc.dcql import CredentialFormat
from vc.oid4vc.issuer_metadata import (
    MAX_BATCH,
    authorization_server_metadata,
    issuer_metadata,
    sign_metadata,
)

ISSUER = "https://passport.example"
LANGUAGES = ("en", "km", "ja", "ko", "th", "ms", "ar")
ALGORITHMS = dict.fromkeys(CredentialFormat, ("ES256",))
NOW = datetime(2026, 11, 27, 3, 0, tzinfo=UTC)


def metadata(languages: tuple[str, ...] = LANGUAGES) -> dict[str, Any]:
    return issuer_metadata(
        ISSUER, names=dict.fromkeys(LANGUAGES, "Name"), algorithms=ALGORITHMS, languages=languages
    )


def test_every_type_can_be_had_in_every_format() -> None:
    found = metadata()["credential_configurations_supported"]
    assert len(found) == 3 * len(credential_types())
    token, document = found["RPLCertificate_sd_jwt"], found["RPLCertificate_ldp"]
    assert (token["format"], token["vct"]) == (
        "dc+sd-jwt",
        "https://skills-passport.example/types/RPLCertificate",
    )
    assert document["credential_definition"]["type"] == list(credential_types()["RPLCertificate"].types)
    assert "@context" in document["credential_definition"]
    assert "@context" not in found["RPLCertificate_jwt"]["credential_definition"]


def test_each_configuration_is_whole() -> None:
    """Section 12.2.4: what binds keys also says how they are proven; a language is there once."""
    for name, one in metadata()["credential_configurations_supported"].items():
        assert one["scope"] == name
        assert one["cryptographic_binding_methods_supported"] == ["jwk", "did:jwk", "did:key"]
        assert one["proof_types_supported"]["jwt"]["proof_signing_alg_values_supported"] == ["ES256", "EdDSA"]
        shown = one["credential_metadata"]
        claims = [claim["display"] for claim in shown["claims"]]
        for display in (shown["display"], *claims):
            assert sorted(text["locale"] for text in display) == sorted(LANGUAGES)
        paths = [tuple(claim["path"]) for claim in shown["claims"]]
        assert len(set(paths)) == len(paths)
        assert {len(path) for path in paths} == {1 if one["format"] == "dc+sd-jwt" else 2}


def test_a_wallet_is_sent_the_languages_it_wants() -> None:
    narrow = metadata(("km", "en"))
    locales = [text["locale"] for text in narrow["display"]]
    assert sorted(locales) == ["en", "km"]
    assert len(str(narrow)) < len(str(metadata())) / 2


@pytest.mark.parametrize("name", sorted(credential_types()))
def test_every_claim_has_a_name_in_every_language(name: str) -> None:
    for claim in claims_of(name):
        assert set(claim.names) == set(LANGUAGES), claim.claim


def test_the_authorization_server_demands_what_keeps_codes_safe() -> None:
    found = authorization_server_metadata(ISSUER)
    assert found["issuer"] == metadata()["credential_issuer"] == ISSUER
    assert found["require_pushed_authorization_requests"] is True
    assert found["authorization_response_iss_parameter_supported"] is True
    assert found["code_challenge_methods_supported"] == ["S256"]
    assert found["pre-authorized_grant_anonymous_access_supported"] is True
    assert metadata()["batch_credential_issuance"] == {"batch_size": MAX_BATCH}


def test_signed_metadata_says_the_same_under_a_key_of_a_did() -> None:
    method = "did:web:passport.example:openid4vci#openid4vci-1"
    unnamed = key("metadata")
    signer = InMemorySigner(b"\x01" * 32, method, key_type=KeyType.P256)
    token = parse_jws(sign_metadata(metadata(), signer, now=NOW))
    assert token.header == {"typ": "openidvci-issuer-metadata+jwt", "alg": "ES256", "kid": method}
    assert verify_jws(token, signer.public_key)
    assert not verify_jws(token, unnamed.public_key)
    claims = parse_json_object(token.payload)
    assert claims["sub"] == ISSUER
    assert {name: claims[name] for name in metadata()} == metadata()


def test_an_offer_has_a_code_and_says_whether_digits_go_with_it() -> None:
    with_digits = credential_offer(
        ISSUER, ["a"], pre_authorized_code="secret", tx_code_description="Six digits."
    )
    without = credential_offer(ISSUER, ["a"], pre_authorized_code="secret", tx_code_description=None)
    name = "urn:ietf:params:oauth:grant-type:pre-authorized_code"
    grants: Any = with_digits["grants"]
    assert grants[name] == {
        "pre-authorized_code": "secret",
        "tx_code": {"input_mode": "numeric", "length": 6, "description": "Six digits."},
    }
    assert without["grants"] == {name: {"pre-authorized_code": "secret"}}


def test_a_link_holds_nothing_but_where_the_offer_is() -> None:
    assert offer_link("https://i.example/o/1?") == (
        "openid-credential-offer://?credential_offer_uri=https%3A%2F%2Fi.example%2Fo%2F1%3F"
    )


@pytest.mark.parametrize(("ids", "description"), [([], None), (["a"], "x" * 301)])
def test_an_offer_that_the_specification_does_not_permit_is_not_made(
    ids: list[str], description: str | None
) -> None:
    with pytest.raises(ValueError, match="an offer"):
        credential_offer(ISSUER, ids, pre_authorized_code="c", tx_code_description=description)
