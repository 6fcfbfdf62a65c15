"""Asking the identity provider: its description, its keys, and an ID token for a code.

Nothing is remembered between two sign-ins: a key that the provider took back is not accepted again.
"""

import base64
from datetime import timedelta
from pathlib import Path
from typing import Final
from urllib.parse import quote

import jwt
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from runtime.entropy import random_token
from runtime.fetch import Fetched, FetchResult, Unavailable, UnavailableReason
from runtime.logging import get_logger
from runtime.service import ServiceContext
from runtime.settings import PREFIX, Settings, SettingsError
from trust_registry.oidc import (
    Attempt,
    Provider,
    discovery_url,
    parse_provider,
    parse_token_answer,
    verify_id_token,
)
from trust_registry.staff import INVITATION_TOKEN_BITS
from vc.encoding.strict_json import JsonObject
from vc.errors import EvidenceUnavailable, NotAuthorized, NotFound

CALLBACK_PATH: Final = "/sign-in/provider/callback"
_ASSERTION_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_ASSERTION_LIFETIME: Final = timedelta(seconds=60)
_MIN_RSA_BITS: Final = 2_048

_log = get_logger("identity provider")


class ProviderUnreachable(EvidenceUnavailable):
    """The provider gave no answer: nobody can say who this is."""


class ProviderRefused(NotAuthorized):
    """The provider, or the person there, said no."""


def is_configured(settings: Settings) -> bool:
    """Whether this deployment has an identity provider."""
    return settings.oidc_issuer is not None


def require_client_key(settings: Settings) -> None:
    """Raises ``SettingsError`` where the key file is named and cannot be used."""
    if settings.oidc_client_key_file is not None:
        _client_key(settings.oidc_client_key_file)


async def discover(context: ServiceContext) -> Provider:
    """The provider as it describes itself now.

    Raises ``NotFound`` where none is set, ``ProviderUnreachable``, ``WrongAnswer``.
    """
    issuer = context.settings.oidc_issuer
    if issuer is None:
        raise NotFound("No identity provider is set up here.")
    raw = _body(await context.fetcher.get(discovery_url(issuer)))
    return parse_provider(raw, issuer=issuer, allow_http=context.settings.is_demo)


async def claims_for(context: ServiceContext, provider: Provider, attempt: Attempt, code: str) -> JsonObject:
    """Exchange ``code`` and check the ID token (Core sections 3.1.3.1 to 3.1.3.7).

    Raises ``ProviderUnreachable``, ``ProviderRefused`` and ``WrongAnswer``.
    """
    settings = context.settings
    fields = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": redirect_uri(settings),
        "code_verifier": attempt.code_verifier,
    }
    shown, authorization = _client_authentication(context, provider)
    answer = await context.fetcher.post_form(
        provider.token_endpoint, fields | shown, authorization=authorization
    )
    if isinstance(answer, Unavailable) and answer.reason is UnavailableReason.STATUS:
        raise ProviderRefused("The provider did not take the code.")
    token = parse_token_answer(_body(answer))
    keys = _body(await context.fetcher.get(provider.jwks_uri))
    return verify_id_token(
        token,
        keys,
        provider=provider,
        client_id=client_id(settings),
        nonce=attempt.nonce,
        now=context.clock.now(),
    )


def redirect_uri(settings: Settings) -> str:
    """The one address at which answers are taken; the provider compares it letter by letter."""
    return settings.base_url + CALLBACK_PATH


def client_id(settings: Settings) -> str:
    """What the provider calls us."""
    if settings.oidc_client_id is None:
        raise NotFound("No identity provider is set up here.")
    return settings.oidc_client_id


def new_attempt() -> Attempt:
    """A fresh attempt, of 256 random bits."""
    return Attempt(token=random_token(INVITATION_TOKEN_BITS))


def _body(result: FetchResult) -> bytes:
    if isinstance(result, Fetched):
        return result.body
    reason = result.reason.value if isinstance(result, Unavailable) else "not-modified"
    _log.warning("the identity provider did not answer", reason=reason)
    raise ProviderUnreachable("The identity provider cannot be reached.")


def _client_authentication(context: ServiceContext, provider: Provider) -> tuple[dict[str, str], str | None]:
    """How we show ourselves at the token endpoint (Core section 9): form fields, Authorization header."""
    settings = context.settings
    own = client_id(settings)
    if settings.oidc_client_key_file is not None:
        statement = _statement(context, settings.oidc_client_key_file, own, provider.token_endpoint)
        return {"client_assertion_type": _ASSERTION_TYPE, "client_assertion": statement}, None
    secret = "" if settings.oidc_client_secret is None else settings.oidc_client_secret.get_secret_value()
    if not provider.takes_basic:
        return {"client_id": own, "client_secret": secret}, None
    # RFC 6749 section 2.3.1: both are encoded as in a form before they are joined.
    joined = f"{quote(own, safe='')}:{quote(secret, safe='')}".encode("ascii")
    return {}, "Basic " + base64.b64encode(joined).decode("ascii")


def _statement(context: ServiceContext, key_file: Path, own: str, audience: str) -> str:
    now = context.clock.now()
    claims = {
        "iss": own,
        "sub": own,
        "aud": audience,
        "jti": random_token(128),
        "iat": int(now.timestamp()),
        "exp": int((now + _ASSERTION_LIFETIME).timestamp()),
    }
    key, algorithm = _client_key(key_file)
    return jwt.encode(claims, key, algorithm=algorithm)


def _client_key(
    file: Path,
) -> tuple[RSAPrivateKey | EllipticCurvePrivateKey | Ed25519PrivateKey, str]:
    try:
        key = load_pem_private_key(file.read_bytes(), password=None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm):
        raise SettingsError((f"{PREFIX}OIDC_CLIENT_KEY_FILE: holds no private key in PEM",)) from None
    if isinstance(key, RSAPrivateKey) and key.key_size >= _MIN_RSA_BITS:
        return key, "RS256"
    if isinstance(key, EllipticCurvePrivateKey) and isinstance(key.curve, SECP256R1):
        return key, "ES256"
    if isinstance(key, Ed25519PrivateKey):
        return key, "EdDSA"
    raise SettingsError((f"{PREFIX}OIDC_CLIENT_KEY_FILE: needs RSA of 2048 bits, P-256 or Ed25519",))
