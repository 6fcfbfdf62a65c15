"""Issuers and verifiers made of @openid4vc, over HTTP, with our wallet: offers taken, requests answered."""

import json
import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from cryptography.hazmat.primitives import serialization

from runtime.clock import SystemClock
from tests.interop.node_reader import FOLDER, require_node
from tests.journey.share_house import HOLDER, LICENCES, PIN, ShareHouse, give_certificate, open_share_house
from tests.request_certificates import Certified, leaf_of, new_root
from tests.sd_jwt_world import publish_tokens
from tests.simulator import START
from vc.encoding.strict_json import JsonObject

pytestmark = [pytest.mark.node, pytest.mark.timeout(300)]

Json = dict[str, Any]
HOST = "verifier.example"
QUERY: Json = {
    "credentials": [
        {
            "id": "rpl",
            "format": "dc+sd-jwt",
            "meta": {"vct_values": ["https://skills-passport.example/types/RPLCertificate"]},
            "claims": [{"path": ["nameLatin"]}, {"path": ["decisionDate"]}],
        }
    ]
}


def _pem(one: Certified) -> bytes:
    return one.certificate.public_bytes(serialization.Encoding.PEM)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A certificate for the verifier's host by a root, and another root: files by name."""
    folder, now = tmp_path_factory.mktemp("certificates"), SystemClock().now()
    root = new_root(now)
    leaf = leaf_of(root, HOST, now)
    key = leaf.key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    files = {"root": _pem(root), "leaf": _pem(leaf), "key": key, "other": _pem(new_root(now))}
    for name, content in files.items():
        (folder / f"{name}.pem").write_bytes(content)
    return {name: folder / f"{name}.pem" for name in files}


@contextmanager
def served(script: str, job: Json) -> Iterator[Json]:
    """A program of others' that listens; what its first line says, ``told`` asks what it saw."""
    with subprocess.Popen(
        [require_node(), script],
        cwd=FOLDER,
        env={"PATH": os.environ.get("PATH", "")},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        try:
            process.stdin.write(json.dumps(job))
            process.stdin.close()
            line = process.stdout.readline()
            assert line, process.stderr.read()[-3_000:]
            said: Json = json.loads(line)
            yield said
        finally:
            process.kill()


def told(said: Json) -> Json:
    answer = httpx2.get(f"{said['origin']}/told")
    return dict(answer.json())


@contextmanager
def house_with(tmp_path: Path, **settings: Any) -> Iterator[ShareHouse]:
    """Our wallet, in a world whose time is the others'; its holder has a PIN."""
    with open_share_house(tmp_path, **settings) as house:
        house.world.clock.advance(SystemClock().now() - START)
        house.world.publish_trust_list(verifiers=LICENCES)
        house.world.publish_status(set())
        publish_tokens(house.world, {})

        async def set_pin() -> None:
            await house.wallet.state.pins.set_first(HOLDER, PIN)

        house.run(set_pin)
        yield house


def known(issuer: Json) -> Json:
    """Settings under which our wallet takes from an issuer of others'."""
    return {"trusted_origins": (issuer["origin"],), "wallet_issuers": (issuer["origin"],)}


def path_in(text: str, start: str) -> str:
    found = re.search(rf'action="({start}/[0-9A-Z]+)"', text)
    assert found is not None, text
    return found[1]


def looked(house: ShareHouse, path: str, link: str) -> httpx2.Response:
    """The page behind a link that was pasted."""
    answer = house.holder_posts(path, {"link": link})
    return house.holder_gets(answer.headers["location"]) if answer.status_code == 303 else answer


@pytest.mark.parametrize(
    "job",
    [
        pytest.param({"txCode": "123456"}, id="tx-code"),
        pytest.param({}, id="no-code"),
        pytest.param({"batch": 4}, id="batch"),
        pytest.param({"dpop": True, "txCode": "0000"}, id="dpop"),
    ],
)
def test_an_offer_is_taken_and_kept_as_from_elsewhere(tmp_path: Path, job: Json) -> None:
    with (
        served("openid4vci-issuer.mjs", job) as issuer,
        house_with(
            tmp_path, trusted_origins=(issuer["origin"],), wallet_issuers=(issuer["origin"],)
        ) as house,
    ):
        offer = looked(house, "/wallet/receive", issuer["offer"])
        assert 'data-standing="outside"' in offer.text, offer.text
        assert "School of Welding" in offer.text
        form = {"pin": PIN, "tx_code": job.get("txCode", "")}
        taken = house.holder_posts(path_in(offer.text, "/wallet/receive"), form)
        assert 'data-kept="1"' in taken.text, taken.text
        (address,) = re.findall(r'href="(/wallet/received/[0-9A-Z]+)"', taken.text)
        page = house.holder_gets(address).text
        assert 'data-state="outside"' in page
        assert "SOK DARA" in page
        seen = told(issuer)
    assert (seen["proofs"], seen["nonces"]) == (job.get("batch", 1), 1)
    assert seen["events"] == ["credential_accepted"]
    assert seen["tokenType"] == ("DPoP" if job.get("dpop") else "Bearer")


def test_what_is_bound_to_anothers_key_is_not_kept_and_the_issuer_is_told(tmp_path: Path) -> None:
    with (
        served("openid4vci-issuer.mjs", {"fault": "other-key"}) as issuer,
        house_with(tmp_path, **known(issuer)) as house,
    ):
        offer = looked(house, "/wallet/receive", issuer["offer"])
        taken = house.holder_posts(path_in(offer.text, "/wallet/receive"), {"pin": PIN})
        assert 'data-kept="0"' in taken.text
        assert 'data-refused="1"' in taken.text
        assert told(issuer)["events"] == ["credential_failure"]


def test_a_wrong_code_is_told_and_can_be_tried_again(tmp_path: Path) -> None:
    with (
        served("openid4vci-issuer.mjs", {"txCode": "123456"}) as issuer,
        house_with(
            tmp_path, trusted_origins=(issuer["origin"],), wallet_issuers=(issuer["origin"],)
        ) as house,
    ):
        path = path_in(looked(house, "/wallet/receive", issuer["offer"]).text, "/wallet/receive")
        refused = house.holder_posts(path, {"pin": PIN, "tx_code": "654321"})
        assert (refused.status_code, "did not accept" in refused.text) == (409, True)
        assert 'data-kept="1"' in house.holder_posts(path, {"pin": PIN, "tx_code": "123456"}).text


def test_what_is_made_later_is_asked_for_again(tmp_path: Path) -> None:
    with (
        served("openid4vci-issuer.mjs", {"deferred": True, "batch": 2}) as issuer,
        house_with(
            tmp_path, trusted_origins=(issuer["origin"],), wallet_issuers=(issuer["origin"],)
        ) as house,
    ):
        offer = looked(house, "/wallet/receive", issuer["offer"])
        taken = house.holder_posts(path_in(offer.text, "/wallet/receive"), {"pin": PIN})
        assert 'data-awaited="1"' in taken.text, taken.text
        house.world.clock.advance(SystemClock().now() - house.world.clock.now())
        awaiting = house.wallet.state.open_wallet.receiving.awaiting
        for _ in range(4):
            house.run(awaiting.ask_due)
            house.world.clock.advance(SystemClock().now() - house.world.clock.now() + _SOON)
        assert "/wallet/received/" in house.holder_gets("/wallet").text
        assert told(issuer)["events"] == ["credential_accepted"]


def test_an_issuer_that_no_setting_names_is_refused(tmp_path: Path) -> None:
    with (
        served("openid4vci-issuer.mjs", {"txCode": "123456"}) as issuer,
        house_with(tmp_path, trusted_origins=(issuer["origin"],)) as house,
    ):
        refused = looked(house, "/wallet/receive", issuer["offer"])
        assert (refused.status_code, "data-warning" in refused.text) == (403, True)
        assert told(issuer)["nonces"] == 0


_SOON = timedelta(minutes=3)
MODES = ("direct_post", "direct_post.jwt")
PREFIXES = ("redirect_uri", "decentralized_identifier", "x509_san_dns")


def job_for(house: ShareHouse, files: dict[str, Path], prefix: str, mode: str, **more: Any) -> Json:
    job: Json = {
        "prefix": prefix,
        "mode": mode,
        "query": QUERY,
        "issuer": house.world.centre.public_key.jwk,
        **more,
    }
    if prefix == "x509_san_dns":
        job |= {
            "host": HOST,
            "certificate": files["leaf"].read_text("ascii"),
            "key": files["key"].read_text("ascii"),
        }
    return job


@contextmanager
def asking(
    tmp_path: Path, files: Any, prefix: str, mode: str, **more: Any
) -> Iterator[tuple[ShareHouse, Json]]:
    """A verifier of others' that asks, and our wallet with a certificate that answers."""
    with open_share_house(tmp_path / "keys") as world_of:
        job = job_for(world_of, files, prefix, mode, **more)
    with served("openid4vp-verifier.mjs", job) as verifier:
        settings: Json = {"trusted_origins": (verifier["origin"],)}
        if prefix == "x509_san_dns":
            settings |= {
                "origin_aliases": {f"https://{HOST}": verifier["origin"]},
                "wallet_verifier_roots": files["root"],
            }
        with house_with(tmp_path / "wallet", **settings) as house:
            give_certificate(house)
            yield house, verifier


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("prefix", PREFIXES)
def test_a_request_is_answered_and_the_answer_holds(
    tmp_path: Path, certificate: Any, prefix: str, mode: str
) -> None:
    with asking(tmp_path, certificate, prefix, mode) as (house, verifier):
        consent = looked(house, "/wallet/present", verifier["link"])
        assert 'data-asker="unknown"' in consent.text, consent.text
        assert "Ministry of Everything" not in consent.text
        shown = re.findall(r"<span data-text>([^<]*)</span>", consent.text)
        done = house.holder_posts(path_in(consent.text, "/wallet/present"), {"pin": PIN})
        seen = told(verifier)
        assert 'data-outcome="accepted"' in done.text, seen
        assert "/take/back" in done.text
    assert seen["fields"] == (["response"] if mode == "direct_post.jwt" else ["state", "vp_token"])
    presented = seen["presented"]["rpl"]
    disclosed = {name: presented[name] for name in ("nameLatin", "decisionDate")}
    assert sorted(disclosed.values()) == sorted(shown)
    assert presented.keys() <= disclosed.keys() | {
        "iss",
        "iat",
        "exp",
        "nbf",
        "cnf",
        "vct",
        "status",
        "_sd_alg",
    }


def test_declining_is_told_as_access_denied(tmp_path: Path, certificate: Any) -> None:
    with asking(tmp_path, certificate, "decentralized_identifier", "direct_post") as (house, verifier):
        consent = looked(house, "/wallet/present", verifier["link"])
        house.holder_posts(f"{path_in(consent.text, '/wallet/present')}/decline", {})
        seen = told(verifier)
    assert (seen["error"], seen["fields"]) == ("access_denied", ["error", "state"])


@pytest.mark.parametrize("fault", ["audience", "altered"])
@pytest.mark.parametrize("prefix", ["decentralized_identifier", "x509_san_dns"])
def test_a_signed_request_with_one_fault_is_refused(
    tmp_path: Path, certificate: Any, prefix: str, fault: str
) -> None:
    with asking(tmp_path, certificate, prefix, "direct_post", fault=fault) as (house, verifier):
        refused = looked(house, "/wallet/present", verifier["link"])
        assert (refused.status_code, 'name="pin"' in refused.text) == (400, False)
        assert told(verifier)["answered"] == 0


def test_whoever_is_known_by_the_name_of_a_host_is_answered_at_that_host(
    tmp_path: Path, certificate: Any
) -> None:
    with asking(tmp_path, certificate, "x509_san_dns", "direct_post", fault="elsewhere") as (house, verifier):
        refused = looked(house, "/wallet/present", verifier["link"])
        assert (refused.status_code, 'name="pin"' in refused.text) == (400, False)


def test_a_certificate_of_a_root_that_is_not_trusted_is_refused(tmp_path: Path, certificate: Any) -> None:
    files: Json = {**certificate, "root": certificate["other"]}
    with asking(tmp_path, files, "x509_san_dns", "direct_post") as (house, verifier):
        refused = looked(house, "/wallet/present", verifier["link"])
        assert refused.status_code == 400


def test_a_verifier_of_others_that_is_known_is_shown_by_the_registers_name(
    tmp_path: Path, certificate: Any
) -> None:
    with open_share_house(tmp_path / "keys") as world_of:
        job = job_for(world_of, certificate, "x509_san_dns", "direct_post")
    with served("openid4vp-verifier.mjs", job) as verifier:
        named: JsonObject = {f"x509_san_dns:{HOST}": "L-1"}
        with house_with(
            tmp_path / "wallet",
            trusted_origins=(verifier["origin"],),
            origin_aliases={f"https://{HOST}": verifier["origin"]},
            wallet_verifier_roots=certificate["root"],
            wallet_verifiers=named,
        ) as house:
            give_certificate(house)
            consent = looked(house, "/wallet/present", verifier["link"])
            assert 'data-asker="licensed"' in consent.text
            assert "Lotus Agency" in consent.text
