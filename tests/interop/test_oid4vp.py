"""The wallet library @openid4vc/openid4vp, with dcql, reads our requests and answers them, well and badly."""

import hashlib
import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from runtime.clock import SystemClock
from tests.interop.node_reader import FOLDER, SECONDS, require_node
from tests.interop.wallet_bridge import bridged
from tests.journey import simulated_wallet as wallet
from tests.journey.verifier_house import BASE_URL, VerifierHouse, open_house
from tests.sd_jwt_world import HOLDER, issue_sd_jwt, publish_tokens
from tests.simulator import ORIGIN, START
from vc.encoding import base64url

pytestmark = [pytest.mark.node, pytest.mark.timeout(300)]

Json = dict[str, Any]
HOST = "verifier.example"
PREFIXES = ("redirect_uri", "decentralized_identifier", "x509_san_dns", "x509_hash")
MODES = ("direct_post", "direct_post.jwt")
FAULTS = ("nonce", "audience", "no-key-binding", "altered", "another-key")


@pytest.fixture(scope="session", autouse=True)
def _node() -> None:
    """Skip before anything is issued; of the session's scope so that it comes first."""
    require_node()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    """A certificate for the verifier's host by a root that the wallet trusts: files by name."""
    folder = tmp_path_factory.mktemp("certificates")
    root_key, leaf_key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root = _certificate("Root", root_key, "Root", root_key)
    leaf = _certificate("Verifier", leaf_key, "Root", root_key)
    files = {name: folder / f"{name}.pem" for name in ("root", "leaf", "key")}
    files["root"].write_bytes(root.public_bytes(serialization.Encoding.PEM))
    files["leaf"].write_bytes(leaf.public_bytes(serialization.Encoding.PEM))
    files["key"].write_bytes(
        leaf_key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return files


def _certificate(
    name: str, key: ec.EllipticCurvePrivateKey, issuer: str, issuer_key: ec.EllipticCurvePrivateKey
) -> x509.Certificate:
    now = datetime.now(UTC)  # noqa: TID251 - the wallet in its own process has no other clock
    names = [x509.DNSName(HOST)]
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(issuer_key, hashes.SHA256())
    )


@contextmanager
def house_of(
    tmp_path: Path, certificate: Mapping[str, Path], prefix: str, mode: str, **settings: Any
) -> Iterator[VerifierHouse]:
    """A verifier that names itself so, in a world whose time is the wallet's."""
    given: Json = {"openid4vp_client_id": prefix, "openid4vp_response_mode": mode}
    if prefix.startswith("x509"):
        given |= {"openid4vp_certificate": certificate["leaf"], "openid4vp_key": certificate["key"]}
    with open_house(tmp_path, **given | settings) as house:
        house.world.clock.advance(SystemClock().now() - START)
        house.world.publish_trust_list()
        house.world.publish_status(set())
        publish_tokens(house.world, {})
        yield house


def answer(
    house: VerifierHouse, certificate: Mapping[str, Path], link: str, fault: str | None, **more: Any
) -> Json:
    """What the wallet says of the request, and what the verifier said to it."""
    secret = hashlib.sha256(b"sd-jwt holder").digest()
    with bridged(house.client) as origin:
        job = {
            "link": link,
            "sdJwt": issue_sd_jwt(house.world),
            "holder": {**HOLDER.public_key.jwk, "d": base64url.encode(secret)},
            "origins": {BASE_URL: origin, ORIGIN: origin, f"https://{HOST}": origin},
            "root": certificate["root"].read_text("ascii"),
            "fault": fault,
            **more,
        }
        done = subprocess.run(
            [require_node(), "openid4vp-wallet.mjs"],
            cwd=FOLDER,
            env={"PATH": os.environ.get("PATH", "")},
            input=json.dumps(job),
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
    assert done.returncode == 0, done.stderr[-3000:]
    said: Json = json.loads(done.stdout)
    return said


def begin(house: VerifierHouse, flow: str) -> tuple[str, str]:
    """The page of a new request, and its link."""
    form = {"type": "rpl", "purpose": "work", "flow": flow}
    made = house.client.post("/verify/ask", data=form, follow_redirects=False)
    page = str(made.headers["location"])
    return page, wallet.stored_link(house, page.rsplit("/", 1)[1])


@pytest.mark.parametrize("flow", ["cross_device", "same_device"])
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("prefix", ["redirect_uri", "decentralized_identifier", "x509_hash"])
def test_the_wallet_reads_the_request_and_its_answer_is_shown(
    tmp_path: Path, certificate: Mapping[str, Path], prefix: str, mode: str, flow: str
) -> None:
    with house_of(tmp_path, certificate, prefix, mode) as house:
        page, link = begin(house, flow)
        said = answer(house, certificate, link, None)
        assert (said["status"], said["prefix"], said["mode"], said["version"]) == (200, prefix, mode, 100)
        back = said["body"].get("redirect_uri", page).removeprefix(BASE_URL)
        assert back.startswith(page)
        assert (back == page) is (flow == "cross_device")
        shown = house.page(back).text
    assert 'data-outcome="accepted"' in shown
    assert shown.count('data-state="yes"') == 4


def test_a_wallet_checks_the_certificate_for_the_host_by_name(
    tmp_path: Path, certificate: Mapping[str, Path]
) -> None:
    settings: Json = {
        "base_url": f"https://{HOST}",
        "origin_aliases": {ORIGIN: BASE_URL},
        "trusted_origins": (BASE_URL,),
    }
    with house_of(tmp_path, certificate, "x509_san_dns", "direct_post.jwt", **settings) as house:
        _, link = begin(house, "cross_device")
        assert f"client_id=x509_san_dns%3A{HOST}&" in link
        said = answer(house, certificate, link, None)
    assert (said["status"], said["prefix"]) == (200, "x509_san_dns"), said


def test_the_high_assurance_profile(tmp_path: Path, certificate: Mapping[str, Path]) -> None:
    """HAIP 1.0 section 5, all but TLS: the test host is plain http."""
    with house_of(tmp_path, certificate, "x509_hash", "direct_post.jwt", openid4vp_profile="haip") as house:
        page, link = begin(house, "same_device")
        assert link.startswith("haip-vp://?client_id=x509_hash%3A")
        claims = wallet.read_link(house, link)
        assert {one["format"] for one in claims["dcql_query"]["credentials"]} == {"dc+sd-jwt"}
        metadata = claims["client_metadata"]
        assert metadata["encrypted_response_enc_values_supported"] == ["A128GCM", "A256GCM"]
        said = answer(house, certificate, link, None, encryptions=["A128GCM"])
        assert said["body"]["redirect_uri"].startswith(f"{BASE_URL}{page}?response_code=")


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize(
    ("prefix", "mode"), [("redirect_uri", "direct_post"), ("decentralized_identifier", "direct_post.jwt")]
)
def test_a_bad_answer_is_refused(
    tmp_path: Path, certificate: Mapping[str, Path], prefix: str, mode: str, fault: str
) -> None:
    with house_of(tmp_path, certificate, prefix, mode) as house:
        page, link = begin(house, "cross_device")
        assert answer(house, certificate, link, fault)["status"] == 400
        shown = house.page(page).text
    assert "The answer of the wallet was refused" in shown
    assert "SOK DARA" not in shown
