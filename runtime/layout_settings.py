"""The settings of services that run apart, behind a reverse proxy. Part of ``runtime.settings``."""

import ipaddress
from typing import Annotated

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, NoDecode


class LayoutSettings(BaseSettings):
    """What a deployment may set about what stands before its services."""

    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="Comma-separated addresses or networks (172.30.0.0/24) of the reverse proxies before us, "
        "whose X-Forwarded-For says who asks. Unset: whoever connects is who asks.",
    )

    @field_validator("trusted_proxies", mode="before")
    @classmethod
    def _split_proxies(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("trusted_proxies")
    @classmethod
    def _parse_proxies(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        try:
            return tuple(str(ipaddress.ip_network(part)) for part in value)
        except ValueError:
            raise ValueError("must be addresses or networks such as 172.30.0.0/24") from None
