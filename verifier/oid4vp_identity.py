"""Who the verifier is to wallets: its Client Identifier, and the key that signs its requests.

OpenID4VP 1.0 section 5.9. By certificate (``x509_san_dns``, ``x509_hash``), by DID, or, where nothing is
signed, by the address that the answer goes to.
"""

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from runtime.service import ServiceContext
from runtime.settings import Settings, SettingsError
from vc.crypto.keys import InMemorySigner, KeyType, Signer
from vc.encoding import base64url
from vc.oid4vc.authorization_request import ClientIdPrefix, ResponseMode
from vc.oid4vc.dcql import CredentialFormat
from verifier.identity import REQUEST_KEY, signer, verifier_did

_HAIP: Final = "haip"
_AUTO: Final = "auto"
_SCALAR_BYTES: Final = 32


@dataclass(frozen=True, kw_only=True, slots=True)
class VerifierIdentity:
    """How requests are made here. ``signer`` is None where they cannot be signed.

    ``name`` is the Client Identifier without its prefix, None where it is the response URI.
    """

    prefix: ClientIdPrefix
    name: str | None
    response_mode: ResponseMode
    endpoint: str
    formats: tuple[CredentialFormat, ...]
    signer: Signer | None = None
    certificates: tuple[str, ...] = ()

    def client_id(self, response_uri: str) -> str:
        """The full Client Identifier of a request that is answered at ``response_uri``."""
        return self.prefix.client_id(self.name or response_uri)


def identity_of(context: ServiceContext) -> VerifierIdentity:
    """The identity that the settings describe; a DID's key is made now where there is none.

    Raises ``SettingsError`` for a certificate that cannot be used.
    """
    settings = context.settings
    prefix = _prefix(settings)
    mode = ResponseMode.DIRECT_POST_JWT if prefix.is_signed else ResponseMode.DIRECT_POST
    if settings.openid4vp_response_mode != _AUTO:
        mode = ResponseMode(settings.openid4vp_response_mode)
    name, key, certificates = _signing(context, prefix)
    is_haip = settings.openid4vp_profile == _HAIP
    return VerifierIdentity(
        prefix=prefix,
        name=name,
        response_mode=mode,
        endpoint=settings.openid4vp_endpoint or ("haip-vp://" if is_haip else "openid4vp://"),
        formats=(CredentialFormat.SD_JWT_VC,) if is_haip else tuple(CredentialFormat),
        signer=key,
        certificates=certificates,
    )


def _prefix(settings: Settings) -> ClientIdPrefix:
    if settings.openid4vp_client_id != _AUTO:
        return ClientIdPrefix(settings.openid4vp_client_id)
    if settings.openid4vp_certificate is not None:
        return ClientIdPrefix.X509_HASH
    return ClientIdPrefix.DECENTRALIZED_IDENTIFIER if settings.is_https else ClientIdPrefix.REDIRECT_URI


def _signing(
    context: ServiceContext, prefix: ClientIdPrefix
) -> tuple[str | None, Signer | None, tuple[str, ...]]:
    """The name without prefix, the signer and the certificates."""
    settings = context.settings
    if prefix is ClientIdPrefix.REDIRECT_URI:
        return None, None, ()
    if prefix is ClientIdPrefix.DECENTRALIZED_IDENTIFIER:
        return verifier_did(settings), signer(context, REQUEST_KEY), ()
    if settings.openid4vp_certificate is None or settings.openid4vp_key is None:
        raise SettingsError(("PASSPORT_OPENID4VP_CERTIFICATE: must be set with its key",))
    chain = _certificates(settings.openid4vp_certificate)
    certified = _certified_key(settings.openid4vp_key, chain[0])
    ders = [certificate.public_bytes(serialization.Encoding.DER) for certificate in chain]
    host = urlsplit(settings.base_url).hostname or ""
    if prefix is ClientIdPrefix.X509_SAN_DNS:
        _require_host(chain[0], host)
        name = host
    else:
        name = base64url.encode(hashlib.sha256(ders[0]).digest())
    return name, certified, tuple(base64.b64encode(der).decode("ascii") for der in ders)


def _certificates(path: Path) -> Sequence[x509.Certificate]:
    try:
        chain = x509.load_pem_x509_certificates(path.read_bytes())
    except (OSError, ValueError):
        raise _unusable("no certificates can be read from the file") from None
    # HAIP 1.0 section 5: neither a self-signed certificate nor the root is shown to wallets.
    if any(certificate.issuer == certificate.subject for certificate in chain):
        raise _unusable("a self-signed certificate is in the file; leave the root out")
    return chain


def _certified_key(path: Path, certificate: x509.Certificate) -> Signer:
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError):
        raise _unusable("the private key cannot be read") from None
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise _unusable("the private key is not of the curve P-256")
    if certificate.public_key() != key.public_key():
        raise _unusable("the private key is not that of the first certificate")
    secret = key.private_numbers().private_value.to_bytes(_SCALAR_BYTES, "big")
    return InMemorySigner(secret, "", key_type=KeyType.P256)


def _require_host(certificate: x509.Certificate, host: str) -> None:
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        raise _unusable("the certificate has no subject alternative name") from None
    if host not in names.get_values_for_type(x509.DNSName):
        raise _unusable("the certificate is not for the host of the base URL")


def _unusable(why: str) -> SettingsError:
    return SettingsError((f"PASSPORT_OPENID4VP_CERTIFICATE: {why}",))
