"""Certificates for verifiers that are known by one, of a root made up for a test."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass(frozen=True, kw_only=True, slots=True)
class Certified:
    """A certificate and its private key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


def new_root(now: datetime) -> Certified:
    """An authority; all of them have one name."""
    key = ec.generate_private_key(ec.SECP256R1())
    usage = dict.fromkeys(
        ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment"), False
    )
    more = dict.fromkeys(("key_agreement", "encipher_only", "decipher_only"), False)
    builder = _builder("Root", key, now, is_root=True)
    builder = builder.add_extension(
        x509.KeyUsage(**usage, **more, key_cert_sign=True, crl_sign=True), critical=True
    ).add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    return Certified(certificate=builder.sign(key, hashes.SHA256()), key=key)


def leaf_of(root: Certified, host: str, now: datetime) -> Certified:
    """A certificate for ``host``."""
    key = ec.generate_private_key(ec.SECP256R1())
    builder = _builder("Verifier", key, now, is_root=False)
    builder = builder.add_extension(
        x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False
    ).add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(root.key.public_key()), critical=False)
    return Certified(certificate=builder.sign(root.key, hashes.SHA256()), key=key)


def _builder(
    name: str, key: ec.EllipticCurvePrivateKey, now: datetime, *, is_root: bool
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Root")]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30))
        .add_extension(x509.BasicConstraints(ca=is_root, path_length=None), critical=True)
    )
