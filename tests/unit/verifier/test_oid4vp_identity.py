"""How the verifier names itself to wallets, and which certificates it refuses to be known by."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.x509.oid import NameOID

from runtime.clients import Peers
from runtime.clock import FixedClock
from runtime.database import Database
from runtime.fetch import Fetcher
from runtime.keyring import Keyring
from runtime.pages import Pages
from runtime.service import ServiceContext
from runtime.settings import Settings, SettingsError, load_settings
from vc.oid4vc.authorization_request import ResponseMode
from vc.oid4vc.dcql import CredentialFormat
from verifier.oid4vp_identity import VerifierIdentity, identity_of

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
HOST = "verifier.example"
ORIGIN = f"https://{HOST}"
ROOT_KEY = ec.generate_private_key(ec.SECP256R1())
Key = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey


@pytest.fixture(autouse=True)
def _cheap_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runtime.keyring._SCRYPT", {"n": 1 << 14, "r": 8, "p": 1})


def identity(folder: Path, **settings: Any) -> VerifierIdentity:
    chosen = Settings(data_dir=folder, **settings)
    clock = FixedClock(NOW)
    context = ServiceContext(
        service="verifier",
        settings=chosen,
        clock=clock,
        database=Database.open(chosen, "verifier"),
        keyring=Keyring.open(chosen, "verifier"),
        peers=Peers(chosen, clock, "verifier", {}),
        fetcher=Fetcher(chosen, clock),
        pages=Pages(chosen),
    )
    try:
        return identity_of(context)
    finally:
        context.database.close()


def certificate(key: Key, *, host: str | None = HOST, issuer: str = "Root") -> x509.Certificate:
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Verifier")]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(NOW)
        .not_valid_after(NOW + timedelta(days=1))
    )
    if host is not None:
        names = x509.SubjectAlternativeName([x509.DNSName(host)])
        builder = builder.add_extension(names, critical=False)
    return builder.sign(ROOT_KEY, hashes.SHA256())


def files(folder: Path, key: Key, *certificates: x509.Certificate) -> dict[str, Path]:
    """The settings for these certificates and this key."""
    pem, encoding = folder / "certificates.pem", serialization.Encoding.PEM
    pem.write_bytes(b"".join(one.public_bytes(encoding) for one in certificates))
    secret = folder / "key.pem"
    secret.write_bytes(
        key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return {"openid4vp_certificate": pem, "openid4vp_key": secret}


@pytest.fixture
def key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def test_a_demo_on_plain_http_is_known_by_where_it_is_answered(tmp_path: Path) -> None:
    found = identity(tmp_path)
    assert found.client_id("http://127.0.0.1/r") == "redirect_uri:http://127.0.0.1/r"
    assert (found.response_mode, found.endpoint) == (ResponseMode.DIRECT_POST, "openid4vp://")
    assert found.signer is None
    assert found.formats == tuple(CredentialFormat)


def test_on_https_it_is_known_by_its_did(tmp_path: Path) -> None:
    found = identity(tmp_path, base_url=ORIGIN)
    assert found.client_id("unused") == f"decentralized_identifier:did:web:{HOST}:verify"
    assert found.response_mode is ResponseMode.DIRECT_POST_JWT
    assert found.signer is not None
    assert found.signer.verification_method == f"did:web:{HOST}:verify#request-1"
    assert found.signer.public_key.algorithm == "ES256"
    again = identity(tmp_path, base_url=ORIGIN).signer
    assert again is not None
    assert again.public_key == found.signer.public_key


def test_with_a_certificate_it_is_known_by_its_hash(tmp_path: Path, key: ec.EllipticCurvePrivateKey) -> None:
    found = identity(tmp_path, base_url=ORIGIN, **files(tmp_path, key, certificate(key)))
    assert found.client_id("unused").startswith("x509_hash:")
    assert len(found.certificates) == 1


def test_or_by_its_host(tmp_path: Path, key: ec.EllipticCurvePrivateKey) -> None:
    given = files(tmp_path, key, certificate(key))
    found = identity(tmp_path, base_url=ORIGIN, openid4vp_client_id="x509_san_dns", **given)
    assert found.client_id("unused") == f"x509_san_dns:{HOST}"


def test_the_high_assurance_profile_takes_its_own_choices(
    tmp_path: Path, key: ec.EllipticCurvePrivateKey
) -> None:
    found = identity(tmp_path, openid4vp_profile="haip", **files(tmp_path, key, certificate(key)))
    assert found.prefix.value == "x509_hash"
    assert found.response_mode is ResponseMode.DIRECT_POST_JWT
    assert found.formats == (CredentialFormat.SD_JWT_VC,)
    assert found.endpoint == "haip-vp://"


P256, OTHER = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
P384, EDWARDS = ec.generate_private_key(ec.SECP384R1()), ed25519.Ed25519PrivateKey.generate()
UNUSABLE: dict[str, tuple[Key, x509.Certificate]] = {
    "another_key": (OTHER, certificate(P256)),
    "p_384": (P384, certificate(P384)),
    "ed25519": (EDWARDS, certificate(EDWARDS)),
    "self_signed": (P256, certificate(P256, issuer="Verifier")),
    "another_host": (P256, certificate(P256, host="other.example")),
    "no_host": (P256, certificate(P256, host=None)),
}


@pytest.mark.parametrize("fault", UNUSABLE)
def test_a_certificate_that_cannot_be_used_stops_the_start(tmp_path: Path, fault: str) -> None:
    given = files(tmp_path, *UNUSABLE[fault])
    with pytest.raises(SettingsError, match="PASSPORT_OPENID4VP_CERTIFICATE"):
        identity(tmp_path, base_url=ORIGIN, openid4vp_client_id="x509_san_dns", **given)


@pytest.mark.parametrize("setting", ["openid4vp_certificate", "openid4vp_key"])
def test_a_file_that_cannot_be_read_stops_the_start(
    tmp_path: Path, key: ec.EllipticCurvePrivateKey, setting: str
) -> None:
    empty = tmp_path / "empty.pem"
    empty.write_bytes(b"")
    for file in (empty, tmp_path / "absent.pem"):
        given = files(tmp_path, key, certificate(key)) | {setting: file}
        with pytest.raises(SettingsError, match="PASSPORT_OPENID4VP_CERTIFICATE"):
            identity(tmp_path, base_url=ORIGIN, **given)


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"openid4vp_client_id": "x509_hash"}, "PASSPORT_OPENID4VP_CERTIFICATE"),
        ({"openid4vp_profile": "haip"}, "PASSPORT_OPENID4VP_CERTIFICATE"),
        ({"openid4vp_certificate": "c.pem"}, "PASSPORT_OPENID4VP_CERTIFICATE"),
        ({"openid4vp_client_id": "https"}, "PASSPORT_OPENID4VP_CLIENT_ID"),
        ({"openid4vp_endpoint": "javascript:alert(1)"}, "PASSPORT_OPENID4VP_ENDPOINT"),
        (
            {
                "openid4vp_profile": "haip",
                "openid4vp_certificate": "c.pem",
                "openid4vp_key": "k.pem",
                "openid4vp_client_id": "x509_san_dns",
            },
            "PASSPORT_OPENID4VP_CLIENT_ID",
        ),
        (
            {
                "openid4vp_profile": "haip",
                "openid4vp_certificate": "c.pem",
                "openid4vp_key": "k.pem",
                "openid4vp_response_mode": "direct_post",
            },
            "PASSPORT_OPENID4VP_RESPONSE_MODE",
        ),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, dict) else "",
)
def test_settings_that_do_not_go_together_are_refused(settings: dict[str, str], named: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings(**settings)
    assert any(named in problem for problem in caught.value.problems), caught.value.problems
