"""The settings of the hosted wallet towards others (OpenID4VCI, OpenID4VP). Part of ``runtime.settings``."""

from pathlib import Path
from typing import Annotated

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, NoDecode


class OpenWalletSettings(BaseSettings):
    """What a deployment may set about whom its holders' wallet takes from, and whom it knows."""

    wallet_issuers: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="Comma-separated identifiers (URLs) of issuers that the wallet takes credentials from "
        "although the trust list does not know them. They are kept as not checked by this product. Issuers "
        "of the trust list need not be named.",
    )
    wallet_verifiers: dict[str, str] = Field(
        default_factory=dict,
        description="JSON object: Client Identifier of a verifier of others → number of the licence it asks "
        "under. Whoever is not in it is shown to holders as unknown.",
    )
    wallet_verifier_roots: Path | None = Field(
        default=None,
        description="Certificates (PEM) of the authorities whose word the wallet takes for verifiers that "
        "are known by certificate. Unset: it answers none of them.",
    )

    @field_validator("wallet_issuers", mode="before")
    @classmethod
    def _split_issuers(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value
