"""The settings of signing in through an identity provider (OpenID Connect). Part of ``runtime.settings``."""

from pathlib import Path
from typing import Annotated, Final, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode

_MAX_SCOPE: Final = 200


class SignInSettings(BaseSettings):
    """What a deployment may set about its identity provider; none of it means: there is none."""

    oidc_issuer: str | None = Field(
        default=None,
        description="Issuer of the OpenID Connect provider through which staff may sign in, exactly as the "
        "provider writes it. Unset: staff sign in with their passwords only.",
    )
    oidc_client_id: str | None = Field(default=None, description="Our client id at that provider.")
    oidc_client_secret: SecretStr | None = Field(
        default=None, description="Our client secret there. Either this or the key file."
    )
    oidc_client_key_file: Path | None = Field(
        default=None,
        description="Private key (PEM: RSA, P-256 or Ed25519) by which we show ourselves there "
        "(private_key_jwt), instead of the secret.",
    )
    oidc_scope: str = Field(
        default="openid", max_length=_MAX_SCOPE, description="Scopes asked for, separated by spaces."
    )
    oidc_subject_claim: str = Field(
        default="sub",
        min_length=1,
        max_length=100,
        description="Claim of the ID token that names the person for ever. Only a keyed hash of it is kept.",
    )
    oidc_staff_number_claim: str | None = Field(
        default=None,
        max_length=100,
        description="Claim with the staff-identity number. Set: whoever has a verified number here signs in "
        "only where the provider says the same.",
    )
    oidc_name_claim: str = Field(
        default="name",
        min_length=1,
        max_length=100,
        description="Claim with the name that is shown when an account is linked. It is not kept.",
    )
    oidc_button: str | None = Field(
        default=None,
        max_length=60,
        description="What the provider is called on the sign-in page. Unset: “your ministry's sign-in”.",
    )
    oidc_second_factor_acr: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="Comma-separated acr values of the provider that count as a second step. "
        "Unset: the second step is always asked for here.",
    )
    oidc_simulator: bool = Field(
        default=False,
        description="Demo: staff may sign in through a simulated provider of this process, too.",
    )

    @field_validator("oidc_second_factor_acr", mode="before")
    @classmethod
    def _split_acr(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("oidc_issuer")
    @classmethod
    def _check_issuer(cls, value: str | None) -> str | None:
        if not value:
            return None
        parts = urlsplit(value)
        if parts.scheme not in ("https", "http") or not parts.hostname or parts.query or parts.fragment:
            raise ValueError("must be an https URL without query or fragment")
        return value

    @field_validator("oidc_scope")
    @classmethod
    def _check_scope(cls, value: str) -> str:
        if "openid" not in value.split():
            raise ValueError("must name the scope openid")
        return value

    @model_validator(mode="after")
    def _require_whole_client(self) -> Self:
        if self.oidc_issuer is None:
            return self
        if not self.oidc_client_id:
            raise ValueError("oidc_client_id: must be set where a provider is")
        if (self.oidc_client_secret is None) == (self.oidc_client_key_file is None):
            raise ValueError("oidc_client_secret: set either it or the key file")
        return self
