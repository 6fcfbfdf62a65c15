"""The Credential Offer: what brings a wallet to an issuer (OpenID4VCI 1.0 section 4.1)."""

from collections.abc import Sequence
from typing import Final
from urllib.parse import urlencode

from vc.encoding.strict_json import JsonObject
from vc.oid4vc.issuer_metadata import PRE_AUTHORIZED_CODE_GRANT

TX_CODE_DIGITS: Final = 6
_ENDPOINT: Final = "openid-credential-offer://"
_MAX_DESCRIPTION: Final = 300


def credential_offer(
    issuer: str,
    configuration_ids: Sequence[str],
    *,
    pre_authorized_code: str,
    tx_code_description: str | None,
) -> JsonObject:
    """An offer that is redeemed with a code, and with a Transaction Code where there is a description of it.

    Raises ValueError for no configuration, or a description that is longer than section 4.1.1 permits.
    """
    if not configuration_ids or len(tx_code_description or "") > _MAX_DESCRIPTION:
        raise ValueError("an offer is of something, and described in 300 characters")
    grant: JsonObject = {"pre-authorized_code": pre_authorized_code}
    if tx_code_description is not None:
        grant["tx_code"] = {
            "input_mode": "numeric",
            "length": TX_CODE_DIGITS,
            "description": tx_code_description,
        }
    return {
        "credential_issuer": issuer,
        "credential_configuration_ids": list(configuration_ids),
        "grants": {PRE_AUTHORIZED_CODE_GRANT: grant},
    }


def offer_link(offer_uri: str) -> str:
    """What a wallet opens or scans: the offer by reference, as section 4.1.3 recommends for QR codes."""
    return f"{_ENDPOINT}?{urlencode({'credential_offer_uri': offer_uri})}"
