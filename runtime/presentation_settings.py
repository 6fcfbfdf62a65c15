"""The settings of asking wallets for credentials (OpenID4VP) and of sharing. Part of ``runtime.settings``."""

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from runtime.sign_in_settings import SignInSettings


class PresentationSettings(SignInSettings):
    """What a deployment may set about requests to wallets, and about what holders share."""

    openid4vp_profile: Literal["plain", "haip"] = Field(
        default="plain",
        description="haip: requests keep to the High Assurance Interoperability Profile (signed, x509_hash, "
        "encrypted responses, SD-JWT VC only), for which a certificate is needed.",
    )
    openid4vp_client_id: Literal[
        "auto", "redirect_uri", "decentralized_identifier", "x509_san_dns", "x509_hash"
    ] = Field(
        default="auto",
        description="How the verifier names itself to wallets: the Client Identifier Prefix. auto: "
        "x509_hash with a certificate, else decentralized_identifier on https, else redirect_uri.",
    )
    openid4vp_response_mode: Literal["auto", "direct_post", "direct_post.jwt"] = Field(
        default="auto",
        description="How wallets answer. auto: direct_post.jwt (encrypted) where requests are signed, "
        "else direct_post.",
    )
    openid4vp_endpoint: str | None = Field(
        default=None,
        max_length=200,
        pattern=r"^[a-z][a-z0-9+.-]*://[^\s?#]*$",
        description="Beginning of the links that open a wallet. Unset: openid4vp://, with haip haip-vp://.",
    )
    openid4vp_certificate: Path | None = Field(
        default=None,
        description="Certificates (PEM) by which the verifier shows itself to wallets: its own first, then "
        "those between, without the root. Its subject alternative name has the host of the base URL.",
    )
    openid4vp_key: Path | None = Field(
        default=None, description="Private key (PEM, P-256) of that certificate."
    )

    retention_share_days: int = Field(
        default=365,
        ge=30,
        le=3_650,
        description="Days until the consent receipt of a share that has ended is forgotten.",
    )

    @model_validator(mode="after")
    def _require_certificate(self) -> Self:
        if (self.openid4vp_certificate is None) != (self.openid4vp_key is None):
            raise ValueError("openid4vp_certificate: set the certificate and its key, or neither")
        by_certificate = self.openid4vp_client_id in ("x509_san_dns", "x509_hash")
        if (by_certificate or self.openid4vp_profile == "haip") and self.openid4vp_certificate is None:
            raise ValueError("openid4vp_certificate: must be set for x509_san_dns, x509_hash and haip")
        return self

    @model_validator(mode="after")
    def _require_whole_profile(self) -> Self:
        if self.openid4vp_profile == "haip":
            if self.openid4vp_client_id not in ("auto", "x509_hash"):
                raise ValueError("openid4vp_client_id: haip knows x509_hash only")
            if self.openid4vp_response_mode not in ("auto", "direct_post.jwt"):
                raise ValueError("openid4vp_response_mode: haip knows direct_post.jwt only")
        return self
