"""What wallets ask is read as OpenID4VCI 1.0 has it, and refused with the code that it names."""

from typing import Any

import pytest

from vc.oid4vc.credential_request import (
    CredentialRequest,
    Event,
    Notification,
    parse_authorization_details,
    parse_credential_request,
    parse_deferred_request,
    parse_notification,
)
from vc.oid4vc.issuer_metadata import MAX_BATCH
from vc.oid4vc.oauth_errors import ErrorCode, OAuthError

BODY: dict[str, Any] = {"credential_configuration_id": "RPLCertificate_sd_jwt", "proofs": {"jwt": ["a.b.c"]}}


def test_a_request_by_configuration_and_by_identifier() -> None:
    by_name = CredentialRequest(configuration_id="RPLCertificate_sd_jwt", identifier=None, proofs=("a.b.c",))
    assert parse_credential_request(BODY) == by_name
    assert parse_credential_request({"credential_identifier": "x", "proofs": {"jwt": ["a", "b"]}}) == (
        CredentialRequest(configuration_id=None, identifier="x", proofs=("a", "b"))
    )


def test_members_that_are_not_known_are_passed_over() -> None:
    assert parse_credential_request({**BODY, "new_in_1_2": {"a": 1}}) == parse_credential_request(BODY)


def test_the_single_proof_of_earlier_drafts_is_read() -> None:
    body = {**BODY, "proofs": None, "proof": {"proof_type": "jwt", "jwt": "a.b.c"}}
    assert parse_credential_request(body) == parse_credential_request(BODY)


FAULTS: dict[str, tuple[Any, ErrorCode]] = {
    "not-an-object": ([], ErrorCode.INVALID_CREDENTIAL_REQUEST),
    "nothing-named": ({"proofs": BODY["proofs"]}, ErrorCode.INVALID_CREDENTIAL_REQUEST),
    "named-twice": ({**BODY, "credential_identifier": "x"}, ErrorCode.INVALID_CREDENTIAL_REQUEST),
    "name-a-number": ({**BODY, "credential_configuration_id": 1}, ErrorCode.INVALID_CREDENTIAL_REQUEST),
    "name-too-long": (
        {**BODY, "credential_configuration_id": "a" * 201},
        ErrorCode.INVALID_CREDENTIAL_REQUEST,
    ),
    "proof-and-proofs": (
        {**BODY, "proof": {"proof_type": "jwt", "jwt": "a"}},
        ErrorCode.INVALID_CREDENTIAL_REQUEST,
    ),
    "too-many-proofs": (
        {**BODY, "proofs": {"jwt": ["a"] * (MAX_BATCH + 1)}},
        ErrorCode.INVALID_CREDENTIAL_REQUEST,
    ),
    "no-proofs": ({**BODY, "proofs": None}, ErrorCode.INVALID_PROOF),
    "proofs-empty": ({**BODY, "proofs": {"jwt": []}}, ErrorCode.INVALID_PROOF),
    "proofs-a-list": ({**BODY, "proofs": ["a"]}, ErrorCode.INVALID_PROOF),
    "proofs-of-another-type": ({**BODY, "proofs": {"di_vp": [{}]}}, ErrorCode.INVALID_PROOF),
    "proofs-of-two-types": ({**BODY, "proofs": {"jwt": ["a"], "di_vp": [{}]}}, ErrorCode.INVALID_PROOF),
    "proof-a-number": ({**BODY, "proofs": {"jwt": [1]}}, ErrorCode.INVALID_PROOF),
    "proof-too-long": ({**BODY, "proofs": {"jwt": ["a" * 8_001]}}, ErrorCode.INVALID_PROOF),
    "proof-of-another-type": (
        {**BODY, "proofs": None, "proof": {"proof_type": "cwt", "jwt": "a"}},
        ErrorCode.INVALID_PROOF,
    ),
    "encryption": (
        {**BODY, "credential_response_encryption": {"jwk": {}}},
        ErrorCode.INVALID_ENCRYPTION_PARAMETERS,
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_bad_request_is_refused_by_its_name(fault: str) -> None:
    body, error = FAULTS[fault]
    with pytest.raises(OAuthError) as caught:
        parse_credential_request(body)
    assert caught.value.error is error


def test_a_deferred_request() -> None:
    assert parse_deferred_request({"transaction_id": "t", "more": 1}) == "t"
    bodies: list[Any] = [[], {}, {"transaction_id": 1}, {"transaction_id": ""}]
    for body in bodies:
        with pytest.raises(OAuthError) as caught:
            parse_deferred_request(body)
        assert caught.value.error is ErrorCode.INVALID_CREDENTIAL_REQUEST


def test_a_notification() -> None:
    read = parse_notification(
        {"notification_id": "n", "event": "credential_accepted", "event_description": "x"}
    )
    assert read == Notification(notification_id="n", event=Event.ACCEPTED)
    bodies: list[Any] = [
        [],
        {},
        {"notification_id": "n"},
        {"notification_id": "n", "event": "credential_eaten"},
    ]
    for body in bodies:
        with pytest.raises(OAuthError) as caught:
            parse_notification(body)
        assert caught.value.error is ErrorCode.INVALID_NOTIFICATION_REQUEST


def test_authorization_details() -> None:
    text = (
        '[{"type": "openid_credential", "credential_configuration_id": "a", "claims": []},'
        ' {"type": "openid_credential", "credential_configuration_id": "a"}]'
    )
    assert parse_authorization_details(text) == ("a",)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "[]",
        "[1]",
        '[{"type": "payment"}]',
        '[{"type": "openid_credential"}]',
        "[" * 50,
        '[{"a":1,"a":2}]',
    ],
)
def test_authorization_details_that_cannot_be_read(text: str) -> None:
    with pytest.raises(OAuthError) as caught:
        parse_authorization_details(text)
    assert caught.value.error is ErrorCode.INVALID_AUTHORIZATION_DETAILS
