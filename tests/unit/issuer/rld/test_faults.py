"""Each fault of X-Road says whose turn it is, and none says that a person does not exist."""

import pytest

from issuer.rld.faults import trouble_of
from issuer.rld.port import Trouble

# The codes of the reference server's ErrorCodes, as they come under one of the three places.
OURS = [
    "BadRequest",
    "InvalidRequest",
    "InvalidProtocolVersion",
    "InvalidHttpMethod",
    "InvalidContentType",
    "InvalidMessage",
    "InvalidBody",
    "InvalidSecurityServer",
    "MissingHeader",
    "MissingHeaderField",
    "MissingBody",
    "DuplicateHeaderField",
    "InconsistentHeaders",
    "UnknownMember",
    "UnknownService",
    "NotFound",
    "SslAuthenticationFailed",
]
THEIRS = [
    "IOError",
    "NetworkError",
    "InternalError",
    "HttpError",
    "DatabaseError",
    "CannotCreateSignature",
    "CertValidation",
    "MissingValidationInfo",
    "IncorrectValidationInfo",
    "CannotCreateCertPath",
    "CertValidityTime",
    "IncorrectCertificate",
    "InvalidSignatureValue",
    "MalformedSignature",
    "InvalidCertPath",
    "SignatureVerification",
    "TimestampValidation",
    "LoggingFailed",
    "TimestampingFailed",
    "MimeParsingFailed",
    "MissingSignature",
    "ServiceFailed",
    "MalformedServerConf",
    "MalformedKeyConf",
    "MalformedGlobalConf",
    "OutdatedGlobalConf",
    "ServiceMissingUrl",
    "ServiceMalformedUrl",
    "KeyNotFound",
    "CannotSign",
    "TokenNotActive",
]
REFUSALS = ("AccessDenied", "SecurityCategory", "ServiceDisabled")
UNUSABLE = ("InvalidResponse", "InconsistentResponse")
PROXIES = ("Server.ClientProxy", "Server.ServerProxy")


@pytest.mark.parametrize("place", PROXIES)
@pytest.mark.parametrize(
    ("codes", "trouble"),
    [
        (OURS, Trouble.CONFIGURATION),
        (THEIRS, Trouble.UNAVAILABLE),
        (REFUSALS, Trouble.REFUSED),
        (UNUSABLE, Trouble.UNUSABLE),
    ],
)
def test_a_fault_of_a_security_server_says_whose_turn_it_is(
    place: str, codes: list[str], trouble: Trouble
) -> None:
    assert {code: trouble_of(f"{place}.{code}") for code in codes} == dict.fromkeys(codes, trouble)


def test_a_fault_of_the_client_is_ours_unless_it_is_a_refusal() -> None:
    for code in (*OURS, *THEIRS, "NobodyKnows"):
        assert trouble_of(f"Client.{code}") is Trouble.CONFIGURATION
    for code in REFUSALS:
        assert trouble_of(f"Client.{code}") is Trouble.REFUSED


def test_further_parts_change_nothing() -> None:
    assert trouble_of("Server.ServerProxy.ServiceFailed.HttpError") is Trouble.UNAVAILABLE
    assert trouble_of("Server.ClientProxy.SslAuthenticationFailed.Other") is Trouble.CONFIGURATION


def test_a_fault_nobody_knows_is_an_outage_and_concludes_nothing() -> None:
    assert trouble_of("Server.ServerProxy.NeverHeardOf") is Trouble.UNAVAILABLE
    assert trouble_of("Signer.KeyNotFound") is Trouble.UNAVAILABLE


@pytest.mark.parametrize("text", ["", "Client", "Client.", "a b", "Client.Bad\nRequest", "A." + "b" * 300])
def test_what_is_no_fault_is_unusable(text: str) -> None:
    assert trouble_of(text) is Trouble.UNUSABLE
