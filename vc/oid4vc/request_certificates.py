"""Whom a certificate vouches for: verifiers that are known by X.509 (OpenID4VP 1.0 section 5.9.3)."""

import base64
import binascii
import hashlib
from collections.abc import Sequence
from datetime import datetime
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.verification import (
    Criticality,
    ExtensionPolicy,
    PolicyBuilder,
    Store,
    VerificationError,
)

from vc.crypto.keys import KeyType, PublicKey
from vc.encoding import base64url
from vc.errors import MalformedValue, UnknownOption
from vc.oid4vc.authorization_request import ClientIdPrefix

_MAX_DEPTH = 5


def key_of_chain(
    chain: Sequence[str],
    roots: Sequence[x509.Certificate],
    *,
    prefix: ClientIdPrefix,
    name: str,
    now: datetime,
) -> PublicKey:
    """The key of the first certificate of ``chain`` (base64 of DER, leaf first).

    The chain must lead to one of ``roots`` at the moment ``now``, and the leaf be the one that a Client
    Identifier with this ``prefix`` and ``name`` means. Raises MalformedValue for every fault, UnknownOption
    for a kind of key that is not verified here.
    """
    certificates = [_certificate(text) for text in chain]
    if not certificates or not roots:
        raise _refused()
    leaf, *between = certificates
    if prefix is ClientIdPrefix.X509_HASH:
        if base64url.encode(hashlib.sha256(leaf.public_bytes(Encoding.DER)).digest()) != name:
            raise _refused()
    elif name not in _dns_names(leaf):
        raise _refused()
    # A certificate that signs requests need not be one of a TLS server: what it may be used for is left open.
    builder = PolicyBuilder().store(Store(list(roots))).time(now).max_chain_depth(_MAX_DEPTH)
    builder = builder.extension_policies(
        ca_policy=ExtensionPolicy.webpki_defaults_ca(),
        ee_policy=ExtensionPolicy.permit_all().may_be_present(
            x509.SubjectAlternativeName, Criticality.AGNOSTIC, None
        ),
    )
    try:
        builder.build_client_verifier().verify(leaf, between)
    except (VerificationError, ValueError):
        raise _refused() from None
    return _key(leaf)


def is_host_of(name: str, url: str) -> bool:
    """Whether ``url`` is at the host ``name``, which section 5.9.3 demands for ``x509_san_dns``."""
    return urlsplit(url).hostname == name.lower()


def _certificate(text: str) -> x509.Certificate:
    try:
        return x509.load_der_x509_certificate(base64.b64decode(text, validate=True))
    except (binascii.Error, ValueError):
        raise MalformedValue("A certificate of the request cannot be read.", pointer="/x5c") from None


def _dns_names(leaf: x509.Certificate) -> list[str]:
    try:
        extension = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except (x509.ExtensionNotFound, ValueError):
        return []
    return extension.value.get_values_for_type(x509.DNSName)


def _key(leaf: x509.Certificate) -> PublicKey:
    key = leaf.public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise UnknownOption("The key of the certificate is of a kind that is not accepted.")
    return PublicKey(key_type=KeyType.P256, raw=key.public_bytes(Encoding.X962, PublicFormat.CompressedPoint))


def _refused() -> MalformedValue:
    return MalformedValue("No authority that is trusted here vouches for who asks.", pointer="/x5c")
