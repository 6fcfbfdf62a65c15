"""The wallet library @openid4vc/openid4vci fetches our certificates in every way there is, over HTTP."""

import json
import os
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest

from issuer.service.desk import Desk
from passport.demo_world.class_lists import demo_class_list
from tests.cheap_costs import cheap_key_stretching
from tests.interop.deployment import PASSWORD, DemoDeployment
from tests.interop.node_reader import FOLDER, SECONDS, require_node
from tests.interop.published import RPL_CENTRE, approve_one, sign_in
from tests.journey.wallet_app import registry_away
from vc.crypto.keys import PublicKey
from vc.sd_jwt.credential import parse_sd_jwt_vc

pytestmark = [pytest.mark.node, pytest.mark.full, pytest.mark.timeout(300)]

Json = dict[str, Any]
SD_JWT, JWT, LDP = "RPLCertificate_sd_jwt", "RPLCertificate_jwt", "RPLCertificate_ldp"
FORMATS = {SD_JWT: "dc+sd-jwt", JWT: "jwt_vc_json", LDP: "ldp_vc"}
HOLDER = {"username": "returnee-1", "password": PASSWORD}
PIN = "481536"


@dataclass(frozen=True, kw_only=True, slots=True)
class House:
    """A server with one certificate of the holder; the clerk of its centre is signed in."""

    client: httpx2.Client
    desk: Desk
    intent_id: str

    def offer(self, configuration: str = SD_JWT, *, with_tx_code: bool = True) -> Json:
        """An offer, as the job of a wallet."""
        body = {"format": FORMATS[configuration], "with_tx_code": with_tx_code}
        path = f"/issuer/api/credentials/{self.intent_id}/offers"
        answer = self.client.post(path, json=body)
        assert answer.status_code == 201, answer.text
        made = answer.json()
        return {"offer": made["link"], "txCode": made["tx_code"], "configuration": configuration}

    def be_ready_to_agree(self) -> None:
        """The holder has a PIN, and the certificate in their passport."""
        origin = str(self.client.base_url)
        headers = {"Origin": origin.rstrip("/"), "Accept": "text/html"}
        with httpx2.Client(base_url=origin, headers=headers, trust_env=False) as browser:
            sign_in(browser, HOLDER["username"])
            form = {"new_pin": PIN, "again": PIN}
            # Another test may have set it.
            assert browser.post("/wallet/pin", data=form).status_code in (303, 400, 403, 409)
            ends = time.monotonic() + SECONDS
            while "/wallet/credentials/" not in browser.get("/wallet").text:
                assert time.monotonic() < ends, "the certificate does not come"
                time.sleep(0.2)

    def wallet(self, job: Json) -> Json:
        """What the wallet says it got."""
        done = subprocess.run(
            [require_node(), "openid4vci-wallet.mjs"],
            cwd=FOLDER,
            env={"PATH": os.environ.get("PATH", "")},
            input=json.dumps({"issuer": str(self.client.base_url).rstrip("/"), **job}),
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-3000:]
        said: Json = json.loads(done.stdout)
        return said

    def require_accepted(self, said: Json, number: int = 1) -> None:
        """Our verifier accepts everything that the wallet got, which is so many."""
        assert len(said["credentials"]) == number
        for one in said["credentials"]:
            copy = one["credential"]
            text = copy if isinstance(copy, str) else json.dumps(copy)
            checked = self.client.post("/verify/check", json={"text": text}).json()
            assert checked["decision"]["outcome"] == "accepted", checked


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    require_node()
    with (
        cheap_key_stretching(),
        DemoDeployment.open(tmp_path_factory.mktemp("openid4vci")) as deployment,
        deployment.served("eddsa-jcs-2022") as (client, apps),
    ):
        row = demo_class_list("rpl", deployment.people).rows[0]
        sign_in(client, f"clerk-{RPL_CENTRE}")
        body = {
            "kind": "rpl",
            "row": {key: str(value) for key, value in row.items() if value is not None},
        }
        waiting = client.post("/issuer/api/credentials", json=body)
        issued = approve_one(client, waiting.json(), RPL_CENTRE)
        yield House(
            client=client,
            desk=apps.app_for("/issuer").state.desk,  # type: ignore[attr-defined]
            intent_id=str(issued["certificate"]).split("/")[3],
        )


@pytest.mark.parametrize("configuration", FORMATS)
def test_an_offer_with_digits(house: House, configuration: str) -> None:
    said = house.wallet(house.offer(configuration) | {"event": "credential_accepted"})
    assert (said["version"], said["tokenType"], said["told"]) == ("V1", "Bearer", 204)
    house.require_accepted(said)


def test_an_offer_without_digits(house: House) -> None:
    job = house.offer(with_tx_code=False)
    assert job["txCode"] is None
    house.require_accepted(house.wallet(job))


def test_twenty_at_once_each_bound_to_a_key_of_its_own(house: House) -> None:
    said = house.wallet(house.offer() | {"keys": 20})
    house.require_accepted(said, 20)
    bound = [parse_sd_jwt_vc(one["credential"]).holder_key for one in said["credentials"]]
    assert bound == [PublicKey.from_jwk(jwk) for jwk in said["keys"]]


def test_a_token_that_is_bound_to_a_key(house: House) -> None:
    said = house.wallet(house.offer() | {"dpop": True, "event": "credential_deleted"})
    assert (said["tokenType"], said["told"]) == ("DPoP", 204)
    house.require_accepted(said)


@pytest.mark.parametrize("dpop", [False, True])
def test_its_holder_agrees_in_the_browser(house: House, dpop: bool) -> None:
    """Pushed request, PKCE, and the issuer's name in the answer, which the library checks."""
    house.be_ready_to_agree()
    said = house.wallet({"signIn": HOLDER, "pin": PIN, "configuration": SD_JWT, "dpop": dpop})
    assert said["tokenType"] == ("DPoP" if dpop else "Bearer")
    house.require_accepted(said)


@pytest.mark.parametrize("dpop", [False, True])
def test_what_cannot_be_made_now_is_fetched_later(house: House, dpop: bool) -> None:
    with registry_away(house.desk):
        said = house.wallet(house.offer() | {"dpop": dpop})
        assert said["credentials"] == []
    house.require_accepted(house.wallet({"configuration": SD_JWT, "waiting": said["waiting"]}))
