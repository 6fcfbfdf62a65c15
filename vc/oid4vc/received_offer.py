"""The Credential Offer as a wallet reads it (OpenID4VCI 1.0 section 4.1).

Nobody vouches for what is in it: it may come from anybody, about any issuer.
"""

from dataclasses import dataclass
from typing import Final

from vc.encoding.strict_json import JsonObject, JsonValue, Limits, parse_json
from vc.errors import MalformedValue
from vc.oid4vc.issuer_metadata import AUTHORIZATION_CODE_GRANT, PRE_AUTHORIZED_CODE_GRANT
from vc.oid4vc.wallet_reading import (
    parse_link,
    require_object,
    require_text,
    require_url,
    text_or_none,
    url_or_none,
)

SCHEMES: Final = ("openid-credential-offer", "haip-vci")
OFFER_LIMITS: Final = Limits(max_bytes=40_000, max_depth=12, max_members=1_000)
_MAX_CONFIGURATIONS: Final = 20
_MAX_CODE: Final = 4_000
_MAX_TX_CODE: Final = 64


@dataclass(frozen=True, kw_only=True, slots=True)
class TxCode:
    """The Transaction Code that an offer wants: how it is typed, and how the issuer describes it."""

    is_numeric: bool = True
    length: int | None = None
    description: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class PreAuthorized:
    """The Pre-Authorized Code flow, as an offer opens it."""

    code: str
    tx_code: TxCode | None
    authorization_server: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Authorization:
    """The Authorization Code flow, as an offer opens it."""

    issuer_state: str | None = None
    authorization_server: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ReceivedOffer:
    """An offer. ``grant`` is the one that is taken of those it has: with a code in hand nobody signs in."""

    issuer: str
    configuration_ids: tuple[str, ...]
    grant: PreAuthorized | Authorization


@dataclass(frozen=True, kw_only=True, slots=True)
class OfferReference:
    """Where an offer is to be fetched (section 4.1.3)."""

    uri: str


def parse_offer_link(text: str) -> JsonObject | OfferReference:
    """Read a link with an offer, by value or by reference; the offer itself is for ``parse_offer``.

    Raises MalformedValue for any other text, ParseError for an offer that is not strict JSON.
    """
    given = parse_link(text, SCHEMES)
    by_value, reference = given.get("credential_offer"), given.get("credential_offer_uri")
    if (by_value is None) == (reference is None):
        raise MalformedValue("The link has no offer in it.", pointer="/link")
    if by_value is not None:
        return require_object(parse_json(by_value.encode(), OFFER_LIMITS), "/credential_offer")
    return OfferReference(uri=require_url(reference, "/credential_offer_uri"))


def parse_offer(value: JsonValue) -> ReceivedOffer:
    """Read an offer. Members that are unknown are passed over. Raises MalformedValue."""
    offer = require_object(value, "/credential_offer")
    ids = offer.get("credential_configuration_ids")
    if not isinstance(ids, list) or not 0 < len(ids) <= _MAX_CONFIGURATIONS:
        raise MalformedValue("An offer is of something.", pointer="/credential_configuration_ids")
    names = tuple(require_text(one, "/credential_configuration_ids") for one in ids)
    if len(set(names)) != len(names):
        raise MalformedValue("An offer names something twice.", pointer="/credential_configuration_ids")
    grants = require_object(offer.get("grants", {}), "/grants")
    return ReceivedOffer(
        issuer=parse_issuer_identifier(offer.get("credential_issuer")),
        configuration_ids=names,
        grant=_grant(grants),
    )


def parse_issuer_identifier(value: JsonValue) -> str:
    """A Credential Issuer Identifier: a URL without query (section 12.2.1). Raises MalformedValue."""
    url = require_url(value, "/credential_issuer")
    if "?" in url:
        raise MalformedValue("An issuer's address has no query.", pointer="/credential_issuer")
    return url


def _grant(grants: JsonObject) -> PreAuthorized | Authorization:
    if PRE_AUTHORIZED_CODE_GRANT in grants:
        given = require_object(grants[PRE_AUTHORIZED_CODE_GRANT], "/grants")
        wanted = given.get("tx_code")
        return PreAuthorized(
            code=require_text(given.get("pre-authorized_code"), "/grants", most=_MAX_CODE),
            tx_code=None if wanted is None else _tx_code(require_object(wanted, "/grants/tx_code")),
            authorization_server=url_or_none(given.get("authorization_server"), "/grants"),
        )
    if grants and AUTHORIZATION_CODE_GRANT not in grants:
        raise MalformedValue("The offer can be taken in no way that is known here.", pointer="/grants")
    given = require_object(grants.get(AUTHORIZATION_CODE_GRANT, {}), "/grants")
    return Authorization(
        issuer_state=text_or_none(given.get("issuer_state"), "/grants", most=_MAX_CODE),
        authorization_server=url_or_none(given.get("authorization_server"), "/grants"),
    )


def _tx_code(given: JsonObject) -> TxCode:
    length = given.get("length")
    if length is not None and not (type(length) is int and 0 < length <= _MAX_TX_CODE):
        raise MalformedValue("The code that is asked for has no sensible length.", pointer="/grants/tx_code")
    return TxCode(
        is_numeric=given.get("input_mode", "numeric") == "numeric",
        length=length if type(length) is int else None,
        description=text_or_none(given.get("description") or None, "/grants/tx_code"),
    )
