"""The parsers of what issuers and verifiers give a wallet, as ``parsers`` has them."""

from typing import Any

from tests.property.parsers import Parser, parser
from tests.unit.vc.oid4vc.wallet_samples import (
    CLIENT_ID,
    ISSUER,
    METADATA,
    NOW,
    OFFER,
    QUERY,
    REQUEST,
    SERVER,
    TOKEN,
    link,
    request_object,
)
from vc.errors import MalformedValue, ParseError, UnknownOption
from vc.oid4vc.issuance_answers import (
    parse_credential_answer,
    parse_nonce_answer,
    parse_pushed_answer,
    parse_token_answer,
)
from vc.oid4vc.received_metadata import parse_issuer_metadata, parse_server_metadata
from vc.oid4vc.received_offer import parse_issuer_identifier, parse_offer, parse_offer_link
from vc.oid4vc.received_request import (
    parse_client_id,
    parse_request,
    parse_request_link,
    parse_request_object,
)
from vc.oid4vc.transaction_data import encode_watch, parse_asked
from vc.oid4vc.wallet_reading import parse_link

_ANSWER: dict[str, Any] = {
    "credentials": [{"credential": "eyJ~"}, {"credential": {"type": "X"}}],
    "notification_id": "1",
}
_LATER: dict[str, Any] = {"transaction_id": "t", "interval": 5}


def _asked(text: str) -> object:
    return parse_asked(text, query_ids=["rpl"], client_id=CLIENT_ID)


WALLET_PARSERS: tuple[Parser, ...] = (
    parser(
        "vc.oid4vc.wallet_reading.parse_link",
        lambda text: parse_link(text, ("openid4vp",)),
        link("openid4vp", client_id="x"),
        MalformedValue,
    ),
    parser(
        "vc.oid4vc.received_offer.parse_offer_link",
        parse_offer_link,
        link("openid-credential-offer", credential_offer=OFFER),
        MalformedValue,
        ParseError,
    ),
    parser("vc.oid4vc.received_offer.parse_offer", parse_offer, OFFER, MalformedValue),
    parser(
        "vc.oid4vc.received_offer.parse_issuer_identifier", parse_issuer_identifier, ISSUER, MalformedValue
    ),
    parser(
        "vc.oid4vc.received_metadata.parse_issuer_metadata",
        lambda document: parse_issuer_metadata(document, issuer=ISSUER),
        METADATA,
        MalformedValue,
    ),
    parser(
        "vc.oid4vc.received_metadata.parse_server_metadata",
        lambda document: parse_server_metadata(document, issuer=ISSUER),
        SERVER,
        MalformedValue,
    ),
    parser("vc.oid4vc.issuance_answers.parse_token_answer", parse_token_answer, TOKEN, MalformedValue),
    parser(
        "vc.oid4vc.issuance_answers.parse_nonce_answer", parse_nonce_answer, {"c_nonce": "n"}, MalformedValue
    ),
    parser(
        "vc.oid4vc.issuance_answers.parse_pushed_answer",
        parse_pushed_answer,
        {"request_uri": "urn:x"},
        MalformedValue,
    ),
    parser(
        "vc.oid4vc.issuance_answers.parse_credential_answer", parse_credential_answer, _ANSWER, MalformedValue
    ),
    parser(
        "vc.oid4vc.issuance_answers.parse_credential_answer", parse_credential_answer, _LATER, MalformedValue
    ),
    parser(
        "vc.oid4vc.received_request.parse_request_link",
        parse_request_link,
        link("openid4vp", client_id=CLIENT_ID, dcql_query=QUERY),
        MalformedValue,
        ParseError,
    ),
    parser(
        "vc.oid4vc.received_request.parse_request_object",
        parse_request_object,
        request_object(),
        MalformedValue,
        ParseError,
    ),
    parser(
        "vc.oid4vc.received_request.parse_client_id",
        parse_client_id,
        CLIENT_ID,
        MalformedValue,
    ),
    parser("vc.oid4vc.received_request.parse_request", parse_request, REQUEST, MalformedValue, UnknownOption),
    parser(
        "vc.oid4vc.transaction_data.parse_asked",
        _asked,
        encode_watch(["rpl"], until=NOW.date(), verifier=CLIENT_ID),
        MalformedValue,
        ParseError,
    ),
)
