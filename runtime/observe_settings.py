"""The settings of those who watch a deployment: metrics and traces. Part of ``runtime.settings``."""

import re
from typing import Final
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings

# The letters of a bearer token (RFC 6750 section 2.1).
_TOKEN: Final = re.compile(r"[A-Za-z0-9._~+/-]{32,}")


class ObserveSettings(BaseSettings):
    """What a deployment may set about being watched."""

    metrics_token: SecretStr | None = Field(
        default=None,
        description="Bearer token for `GET /metrics`, at least 32 characters. Unset: in a demo whoever sits "
        "at this machine may read it, in production nobody.",
    )
    otlp_endpoint: str | None = Field(
        default=None,
        description="Where traces are sent (OTLP over HTTP), as http://collector.internal:4318. Unset: no "
        "traces.",
    )
    trace_sample: float = Field(
        default=0.01,
        ge=0,
        le=1,
        description="Which part of the requests is traced, from 0 to 1, where there is an endpoint.",
    )

    @field_validator("metrics_token")
    @classmethod
    def _check_token(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not _TOKEN.fullmatch(value.get_secret_value()):
            raise ValueError("must have at least 32 characters, all of them letters, digits or . _ ~ + / -")
        return value

    @field_validator("otlp_endpoint")
    @classmethod
    def _check_endpoint(cls, value: str | None) -> str | None:
        if not value:
            return None
        parts = urlsplit(value)
        if parts.scheme not in ("https", "http") or not parts.hostname or parts.query or parts.username:
            raise ValueError("must be an http or https address without user name and query")
        return value.rstrip("/")
