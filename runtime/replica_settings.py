"""The settings of read-only copies of a PostgreSQL database. Part of ``runtime.settings``."""

from typing import Final, Self

from pydantic import Field, field_validator, model_validator
from pydantic_settings import BaseSettings

_SERVICES: Final = ("trust_registry", "issuer", "revocation", "verifier", "wallet_api")
_POSTGRESQL: Final = ("postgresql://", "postgresql+psycopg://")


def _own(who: str) -> str | None:
    """The setting of one service."""
    described: str | None = Field(default=None, repr=False, description=f"Replica for {who} alone.")
    return described


class ReplicaSettings(BaseSettings):
    """What a deployment may set about standbys that answer its desks."""

    replica_url: str | None = Field(
        default=None,
        repr=False,
        description="A streaming standby of the PostgreSQL server (postgresql://…) that answers lists, "
        "searches, figures and exports of desks; what decides anything asks the primary. Unset: the primary.",
    )
    trust_registry_replica_url: str | None = _own("the trust registry")
    issuer_replica_url: str | None = _own("the issuer")
    revocation_replica_url: str | None = _own("the revocation service")
    verifier_replica_url: str | None = _own("the verifier")
    wallet_api_replica_url: str | None = _own("the wallet")
    replica_lag_seconds: float = Field(
        default=5.0,
        ge=0.5,
        le=300,
        description="How old what a replica says may be, in seconds. One that is further behind, or away, is "
        "not asked; the primary is.",
    )

    def replica_url_for(self, service: str) -> str | None:
        """The URL of the replica that answers the desks of ``service``; None where there is none."""
        own: str | None = getattr(self, f"{service}_replica_url", None)
        return own or (self.replica_url if service in _SERVICES else None)

    @field_validator("replica_url", *(f"{service}_replica_url" for service in _SERVICES))
    @classmethod
    def _check_replica_url(cls, value: str | None) -> str | None:
        if value and not value.startswith(_POSTGRESQL):
            raise ValueError("must begin with postgresql://")
        return value or None

    @model_validator(mode="after")
    def _require_primary(self) -> Self:
        for service in _SERVICES:
            given: str | None = getattr(self, f"{service}_database_url") or getattr(self, "database_url")  # noqa: B009
            if self.replica_url_for(service) and not (given or "").startswith(_POSTGRESQL):
                raise ValueError(f"{service}_replica_url: a replica needs a primary, which is PostgreSQL")
        return self
