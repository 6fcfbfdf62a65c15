"""The journey of one class through services that run apart, by requests to the proxy alone."""

import json
import re
from dataclasses import dataclass
from typing import Any

import anyio
import httpx2

from loadtest.house import House
from passport.demo_world.holders import LOOPBACK_PINS
from passport.demo_world.licences import PUBLIC_BODY
from tests.journey.conftest import sign_in, submit_and_approve

CLERK, APPROVER = "clerk-phka-trakuon", "approver-phka-trakuon"
HOLDER, PIN, EPS_OFFICER = "returnee-1", LOOPBACK_PINS[0], "verifier-korea"
CLAIMS = ("nameLatin", "achievement", "decisionDate")
PAGE = {"Accept": "text/html", "Accept-Language": "en"}
LONG = 240
"""Seconds that a step may take on a machine that is busy with other things."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Issued:
    """One certificate as its class list shows it, and its bytes."""

    shown: dict[str, Any]
    raw: bytes

    @property
    def id(self) -> str:
        """The identifier of the credential."""
        return str(self.shown["credential_id"])


def client_of(house: House) -> httpx2.AsyncClient:
    """A browser's client of the whole house."""
    headers = {"Origin": house.url, "Accept-Language": "en"}
    return httpx2.AsyncClient(base_url=house.url, headers=headers, timeout=60, trust_env=False)


async def issue_class(client: httpx2.AsyncClient) -> list[Issued]:
    """A clerk uploads the sample and submits it, another agrees, and the workers issue it."""
    await sign_in(client, CLERK)
    sample = (await client.get("/demo/samples/rpl-en.csv")).content
    files = {"file": ("class.csv", sample)}
    uploaded = await client.post("/issuer/api/classes", data={"kind": "rpl"}, files=files)
    assert uploaded.status_code == 201, uploaded.text
    path = f"/issuer/api/classes/{uploaded.json()['id']}"
    await submit_and_approve(client, uploaded.json()["id"], APPROVER)
    with anyio.fail_after(LONG):
        while (state := (await client.get(path)).json())["state"] != "issued":
            await anyio.sleep(0.2)
    return [
        Issued(shown=shown, raw=(await client.get(shown["credential"])).content)
        for shown in state["credentials"]
    ]


async def check(client: httpx2.AsyncClient, raw: bytes) -> dict[str, Any]:
    """What a verifier says of one credential."""
    answer = await client.post("/credentials/verify", json={"verifiableCredential": json.loads(raw)})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def until(client: httpx2.AsyncClient, raw: bytes, outcome: str) -> dict[str, Any]:
    """The answer, once it is this one: lists take some seconds to come round."""
    with anyio.fail_after(LONG):
        while (answer := await check(client, raw))["decision"]["outcome"] != outcome:
            await anyio.sleep(0.2)
    return answer


async def share(client: httpx2.AsyncClient, issued: list[Issued]) -> str:
    """The link by which the holder shares one certificate of the class with the Korean public body."""
    await sign_in(client, HOLDER)
    with anyio.fail_after(LONG):
        while True:
            whom = {"to": PUBLIC_BODY, "purpose": "kr-eps/construction"}
            page = (await client.get("/wallet/share/claims", params=whom, headers=PAGE)).text
            held = [one.id for one in issued if one.id in page]
            if held:
                break
            await anyio.sleep(0.5)
    form = {
        "to": PUBLIC_BODY,
        "purpose": "kr-eps/construction",
        "certificate": held[0],
        "claim": [f"{held[0]} {claim}" for claim in CLAIMS],
        "hours": "24",
        "views": "3",
        "pin": PIN,
    }
    made = await client.post("/wallet/share", data=form, headers=PAGE)
    assert made.status_code == 200, made.text
    link = re.search(r'href="(https?://[^"]+/s/[0-9A-Z]+)"', made.text)
    assert link is not None
    return link[1]


async def open_share(client: httpx2.AsyncClient, link: str) -> httpx2.Response:
    """The link as the officer of the public body opens it."""
    await sign_in(client, EPS_OFFICER)
    return await client.post(link, headers={"Accept": "application/json"})
