"""Certificates for wallets in a running demo world: issued, offered, and agreed to."""

from collections.abc import Sequence
from typing import Any

import anyio
import httpx2

from passport.demo_world.class_lists import demo_class_list
from passport.demo_world.people import DemoPerson
from tests.journey.conftest import issue_one, sign_in
from tests.journey.holders import PIN, set_pin, wallet_of
from tests.journey.test_first_journey import APPROVER, CLERK
from tests.journey.wallet_app import CLIENT_ID

Json = dict[str, Any]
HOLDER, OTHER_HOLDER = "returnee-1", "returnee-2"
NO_LIMITS = dict.fromkeys(
    ("openid-token", "openid-nonce", "openid-credential", "openid-offer"), "100000/minute"
)


async def issued(client: httpx2.AsyncClient, people: Sequence[DemoPerson], row: int = 0) -> Json:
    """A certificate of the demo's first returnee (or of another row); the clerk stays signed in."""
    cells = demo_class_list("rpl", tuple(people)).rows[row]
    await sign_in(client, CLERK)
    made = await issue_one(
        client, "rpl", {name: str(value) for name, value in cells.items() if value}, APPROVER
    )
    return {**made, "intent_id": made["certificate"].split("/")[3], "holder": str(cells["rld_number"])}


async def offered(client: httpx2.AsyncClient, certificate: Json, **how: Any) -> Json:
    """An offer of the clerk who is signed in."""
    answer = await client.post(f"/issuer/api/credentials/{certificate['intent_id']}/offers", json=how)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def page(client: httpx2.AsyncClient, path: str, **form: Any) -> httpx2.Response:
    headers = {"Accept": "text/html", "Accept-Language": "en"}
    if form:
        return await client.post(path, data=form, headers=headers)
    return await client.get(path, headers=headers)


async def consent_page(
    client: httpx2.AsyncClient, pushed: Json, client_id: str = CLIENT_ID
) -> httpx2.Response:
    query = {"client_id": client_id, "request_uri": pushed["request_uri"]}
    headers = {"Accept": "text/html", "Accept-Language": "en"}
    return await client.get("/openid4vci/authorize", params=query, headers=headers)


async def in_passport(client: httpx2.AsyncClient, *certificates: Json) -> None:
    """Wait until these are in their holder's passport."""
    wallet = wallet_of(client).state.wallet
    with anyio.fail_after(30):
        for certificate in certificates:
            while certificate["credential_id"] not in {
                one.id for one in await wallet.all_held(certificate["holder"])
            }:
                await anyio.sleep(0.1)


async def holder_with_pin(client: httpx2.AsyncClient, certificate: Json) -> None:
    """The holder signed in, with a PIN, and the certificate in their passport."""
    await in_passport(client, certificate)
    await sign_in(client, HOLDER)
    if not await wallet_of(client).state.pins.has_pin(certificate["holder"]):
        await set_pin(client, PIN)


async def answered(
    client: httpx2.AsyncClient,
    pushed: Json,
    decision: str,
    *chosen: str,
    pin: str | None = PIN,
    client_id: str = CLIENT_ID,
) -> httpx2.Response:
    """As the form says it; without a field for the PIN where that is None."""
    form: Json = {
        "client_id": client_id,
        "request_uri": pushed["request_uri"],
        "decision": decision,
        "certificate": list(chosen),
    }
    if pin is not None:
        form["pin"] = pin
    headers = {"Accept": "text/html", "Accept-Language": "en"}
    return await client.post("/openid4vci/authorize", data=form, headers=headers)
