"""The settings of giving certificates to wallets (OpenID4VCI). Part of ``runtime.settings``."""

from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings


class IssuanceSettings(BaseSettings):
    """What a deployment may set about wallets that fetch certificates."""

    openid4vci_dpop: Literal["optional", "required"] = Field(
        default="optional",
        description="required: a wallet gets an access token only for a key of its own (DPoP, RFC 9449), "
        "which it shows at every use. optional: wallets that cannot get a bearer token, for five minutes.",
    )
    retention_handover_days: int = Field(
        default=180,
        ge=1,
        le=3_650,
        description="Lists of papers to hand over, and visits at a kiosk, are kept so many days.",
    )
    retention_offer_days: int = Field(
        default=1,
        ge=1,
        le=1,
        description="Days that offers to wallets, and what came of them, are kept. A wallet that waits for a "
        "certificate waits no longer than this.",
    )
