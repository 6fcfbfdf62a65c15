"""Being told later, with consent: what ends, what is suspended, what is lifted; and no longer than agreed."""

import base64
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.journey.test_harvesting import context_of, key_for, run
from tests.journey.verifier_house import VerifierHouse, open_house
from tests.sd_jwt_world import TOKEN_LIST_URL, publish_tokens
from tests.unit.verifier.test_keys import LICENCE
from vc.status.token_entries import TokenStatusEntry
from verifier.retention import sweep
from verifier.watching import Watching, WatchWish

HOOK = "https://employer.example/hook"
DAY = timedelta(days=1)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[VerifierHouse]:
    with open_house(tmp_path) as opened:
        publish_tokens(opened.world, {})
        opened.world.publish_trust_list(verifiers=[{**LICENCE, "class": "employer"}])
        yield opened


def watching_of(house: VerifierHouse) -> Watching:
    watching: Watching = house.client.app.state.watching  # type: ignore[attr-defined]
    return watching


def watch(house: VerifierHouse, index: int = 7, days: int = 30) -> str:
    until = (house.world.now + days * DAY).date()
    entries = [TokenStatusEntry(index=index, list_url=TOKEN_LIST_URL)]

    async def add() -> tuple[str, ...]:
        wish = WatchWish(licence_number="L-1", reference="worker 12", until=until)
        return await watching_of(house).add(wish, entries)

    return str(run(house, add)[0])


def publish(house: VerifierHouse, value: int) -> None:
    house.world.clock.advance(timedelta(minutes=10))
    house.world.publish_trust_list(verifiers=[{**LICENCE, "class": "employer"}])
    publish_tokens(house.world, {7: value}, made_before=timedelta(0))
    run(house, watching_of(house).look)


def state(house: VerifierHouse, headers: dict[str, str]) -> list[str]:
    answer = house.client.get("/verify/watches", headers=headers)
    assert answer.status_code == 200, answer.text
    return [one["state"] for one in answer.json()["watches"]]


class Receiver:
    """A receiver of webhooks that the product's own way out leads to."""

    def __init__(self, house: VerifierHouse) -> None:
        self.got: list[tuple[bytes, dict[str, str]]] = []
        self.is_down = False
        app = Starlette(routes=[Route("/hook", self._hook, methods=["POST"])])
        context_of(house).fetcher._apps[HOOK.removesuffix("/hook")] = app  # type: ignore[index]

    async def _hook(self, request: Request) -> Response:
        if self.is_down:
            return Response(status_code=503)
        self.got.append((await request.body(), dict(request.headers)))
        return Response(status_code=204)


def test_a_revocation_is_seen_told_once_and_signed(
    house: VerifierHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    headers = key_for(house)
    hook = house.client.put("/verify/watches/hook", json={"url": HOOK}, headers=headers)
    assert hook.status_code == 200
    name = watch(house)
    receiver = Receiver(house)
    run(house, watching_of(house).look)
    assert (state(house, headers), receiver.got) == (["inForce"], [])
    publish(house, 1)
    run(house, watching_of(house).look)
    assert state(house, headers) == ["revoked"]
    ((body, signed),) = receiver.got
    news = json.loads(body)
    assert news["type"] == "credential.changed"
    assert news["data"] == {"watch": name, "reference": "worker 12", "state": "revoked"}
    assert b"SOK" not in body
    key = base64.b64decode(hook.json()["publicKey"].removeprefix("whpk_"))
    content = f"{signed['webhook-id']}.{signed['webhook-timestamp']}.".encode() + body
    signature = base64.b64decode(signed["webhook-signature"].removeprefix("v1a,"))
    Ed25519PublicKey.from_public_bytes(key).verify(signature, content)


def test_a_suspension_and_its_end_are_told_too(house: VerifierHouse) -> None:
    headers = key_for(house)
    house.client.put("/verify/watches/hook", json={"url": HOOK}, headers=headers)
    watch(house)
    receiver = Receiver(house)
    publish(house, 2)
    publish(house, 0)
    assert [json.loads(body)["data"]["state"] for body, _ in receiver.got] == ["suspended", "inForce"]


def test_what_could_not_be_told_is_told_later(house: VerifierHouse) -> None:
    headers = key_for(house)
    house.client.put("/verify/watches/hook", json={"url": HOOK}, headers=headers)
    watch(house)
    receiver = Receiver(house)
    receiver.is_down = True
    publish(house, 1)
    receiver.is_down = False
    run(house, watching_of(house).look)
    assert receiver.got == []
    house.world.clock.advance(timedelta(minutes=1))
    run(house, watching_of(house).look)
    assert len(receiver.got) == 1


def test_a_list_that_cannot_be_had_changes_nothing(house: VerifierHouse) -> None:
    headers = key_for(house)
    watch(house)
    house.world.fetcher.unreachable.add(TOKEN_LIST_URL)
    run(house, watching_of(house).look)
    assert state(house, headers) == ["inForce"]


def test_it_ends_with_the_consent_and_by_the_asker_s_wish(house: VerifierHouse) -> None:
    headers = key_for(house)
    kept, dropped = watch(house), watch(house, 8)
    assert house.client.delete(f"/verify/watches/{dropped}", headers=headers).status_code == 204
    assert house.client.delete(f"/verify/watches/{dropped}", headers=headers).status_code == 404
    assert len(state(house, headers)) == 1
    house.world.clock.advance(31 * DAY)
    house.world.publish_trust_list(verifiers=[{**LICENCE, "class": "employer"}])
    assert state(house, key_for(house)) == []
    kept = house.client.app.state  # type: ignore[attr-defined]
    run(house, sweep, context_of(house), kept.wallet_requests, kept.photos)
    assert kept


@pytest.mark.parametrize("url", ["http://employer.example/hook", "ftp://x", "https://" + "a" * 600, "x"])
def test_an_address_that_cannot_be_used_is_refused(house: VerifierHouse, url: str) -> None:
    assert (
        house.client.put("/verify/watches/hook", json={"url": url}, headers=key_for(house)).status_code == 400
    )


def test_nobody_without_a_key_watches(house: VerifierHouse) -> None:
    assert house.client.get("/verify/watches").status_code == 401
    assert house.client.put("/verify/watches/hook", json={"url": None}).status_code == 401
