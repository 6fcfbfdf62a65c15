"""The demo over https with a certificate of its own, as `make run HOST=…` serves it."""

import ssl
from pathlib import Path

import httpx2
import pytest

from passport.demo_world.people import draw_people
from passport.demo_world.world import demo_accounts
from passport.serving import is_loopback, reach_notice
from passport.tls import self_signed
from runtime.clock import SystemClock
from runtime.settings import Settings
from tests.served_demo import serve_demo

pytestmark = pytest.mark.timeout(120)


def test_https_with_a_certificate_for_the_named_host(tmp_path: Path) -> None:
    with serve_demo(tmp_path, scheme="https") as demo:
        trusted = ssl.create_default_context(cafile=str(tmp_path / "data" / "tls" / "certificate.pem"))
        with httpx2.Client(base_url=demo.url, verify=trusted, trust_env=False) as client:
            answer = client.get("/verify")
            assert answer.status_code == 200
            assert "max-age" in answer.headers["strict-transport-security"]
            assert client.get("/trust/list").json()["id"] == f"{demo.url}/trust/list"
            form = {"username": "registrar", "password": "demo-passport", "next": "/"}
            signed_in = client.post("/sign-in", data=form, headers={"Origin": demo.url})
            assert "Secure" in signed_in.headers["set-cookie"]
        key = tmp_path / "data" / "tls" / "key.pem"
        assert key.stat().st_mode & 0o077 == 0


def test_the_conformance_profile_with_a_certificate_that_is_given(tmp_path: Path) -> None:
    certificate, key = self_signed(tmp_path / "own", "127.0.0.1", SystemClock().now())
    arguments = ["--profile", "conformance", "--tls-cert", str(certificate), "--tls-key", str(key)]
    with serve_demo(tmp_path, scheme="https", arguments=arguments) as served:
        trusted = ssl.create_default_context(cafile=str(certificate))
        with httpx2.Client(base_url=served.url, verify=trusted, trust_env=False) as client:
            issuer = client.get("/conformance/ids.json").json()["P-384"]
            document = {
                "@context": ["https://www.w3.org/ns/credentials/v2"],
                "type": ["VerifiableCredential"],
                "issuer": issuer,
                "credentialSubject": {"id": "urn:example:1"},
            }
            door = "/issuers/ecdsa-jcs-2019~P-384/credentials/issue"
            issued = client.post(door, json={"credential": document})
            assert issued.status_code == 201
            assert client.post("/credentials/verify", json=issued.json()).status_code == 200
            assert not (tmp_path / "data" / "tls").exists()


def test_sign_ins_are_fresh_and_different_where_others_can_reach_them() -> None:
    people = draw_people()
    drawn = [[account.password for account in demo_accounts(people, None)] for _ in range(2)]
    assert len({*drawn[0], *drawn[1]}) == 2 * len(drawn[0])
    assert min(len(password) for password in drawn[0]) >= 12


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("localhost", True),
        ("192.168.1.5", False),
        ("0.0.0.0", False),
        ("passport.example", False),
    ],
)
def test_what_counts_as_this_machine_only(host: str, *, loopback: bool) -> None:
    assert is_loopback(host) is loopback
    says_phones_cannot = "phone cannot reach" in " ".join(reach_notice(Settings(host=host)))
    assert says_phones_cannot is loopback
