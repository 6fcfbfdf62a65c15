"""The settings of how holders sign in and are helped. Part of ``runtime.settings``."""

from pydantic import Field
from pydantic_settings import BaseSettings


class HolderSettings(BaseSettings):
    """What a deployment may set about holders' PINs and who answers for them."""

    duress_responder: str | None = Field(
        default=None,
        min_length=2,
        max_length=100,
        description="Who looks into it when a holder signs in with the PIN for when they are forced, in "
        "words for the holder. Unset: nobody would, so no such PIN can be set.",
    )
    retention_code_days: int = Field(
        default=1, ge=1, le=1, description="Codes on their way to phones are kept so many days."
    )
    retention_help_days: int = Field(
        default=180,
        ge=30,
        le=3_650,
        description="Days until officers' help at kiosks, and warnings that somebody saw, are forgotten.",
    )
    retention_looked_days: int = Field(
        default=365,
        ge=30,
        le=3_650,
        description="Days until an entry of a holder's own log of who looked is forgotten.",
    )
