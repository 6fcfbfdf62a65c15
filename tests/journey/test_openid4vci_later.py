"""What OpenID4VCI leaves for later: what waits, what ends, what wallets say, and what holders read."""

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import anyio
import httpx2
import pytest
from sqlalchemy import select

from issuer.clients import note_fetched
from issuer.openid4vci import fetched
from passport.demo_world.people import DemoPerson
from runtime.audit_tables import audit_entry
from runtime.clock import FixedClock, SystemClock
from tests.demo_copies import demo_client
from tests.journey.conftest import revoke, sign_in
from tests.journey.holders import PHONE, log_of, news_to, with_phone_and_pin
from tests.journey.openid4vci_house import HOLDER, Json, answered, in_passport, issued, offered, page
from tests.journey.test_first_journey import CLERK, desk_of
from tests.journey.wallet_app import (
    away,
    error_of,
    registry_away,
    signers,
    wallet_of,
)
from tests.wallet_proofs import key
from vc.sd_jwt.credential import parse_sd_jwt_vc

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(240)]


async def test_while_the_registry_is_away_the_wallet_waits_and_then_gets_it(
    client: httpx2.AsyncClient, people: tuple[DemoPerson, ...]
) -> None:
    certificate = await issued(client, people)
    made = await offered(client, certificate)
    desk, path = desk_of(client), "/openid4vci/deferred_credential"
    async with wallet_of(client) as wallet:
        token = await wallet.token(made)
        with registry_away(desk):
            waiting = await wallet.ask(token, signers(2))
            assert waiting.status_code == 202, waiting.text
            name = waiting.json()["transaction_id"]
            assert waiting.json() == {"transaction_id": name, "interval": 5}
            still = await wallet.post(path, token=token, json={"transaction_id": name})
            assert (still.status_code, still.json()["transaction_id"]) == (202, name)
        other = await wallet.token(await offered(client, certificate))
        stranger = await wallet.post(path, token=other, json={"transaction_id": name})
        assert error_of(stranger) == (400, "invalid_transaction_id")
        given = await wallet.post(path, token=token, json={"transaction_id": name})
        assert given.status_code == 200, given.text
        copies = [parse_sd_jwt_vc(one["credential"]) for one in given.json()["credentials"]]
        assert [one.holder_key for one in copies] == [one.public_key for one in signers(2)]
        again = await wallet.post(path, token=token, json={"transaction_id": name})
        assert error_of(again) == (400, "invalid_transaction_id")


async def test_what_ended_meanwhile_is_given_to_nobody(
    client: httpx2.AsyncClient, people: tuple[DemoPerson, ...]
) -> None:
    certificate = await issued(client, people)
    made = await offered(client, certificate)
    path = "/openid4vci/deferred_credential"
    async with wallet_of(client) as wallet:
        token = await wallet.token(made)
        with registry_away(desk_of(client)):
            name = (await wallet.ask(token, signers(1))).json()["transaction_id"]
        await revoke(client, certificate["credential_id"])
        denied = await wallet.post(path, token=token, json={"transaction_id": name})
        assert error_of(denied) == (400, "credential_request_denied")
        after = await wallet.post(path, token=token, json={"transaction_id": name})
        assert error_of(after) == (400, "invalid_transaction_id")
        assert error_of(await wallet.ask(token, signers(1, "x"))) == (400, "credential_request_denied")


async def test_time_ends_offers_codes_tokens_nonces_and_what_waits(
    tmp_path: Any, people: tuple[DemoPerson, ...]
) -> None:
    clock = FixedClock(SystemClock().now())
    async with demo_client(tmp_path / "data", people, clock=clock) as client, wallet_of(client) as wallet:
        certificate = await issued(client, people)
        quick = await offered(client, certificate, with_tx_code=False)
        slow = await offered(client, certificate)
        clock.advance(timedelta(minutes=2))
        assert error_of(await wallet.redeem(quick["credential_offer"])) == (400, "invalid_grant")
        nonce = await wallet.nonce()
        token = await wallet.token(slow)
        with registry_away(desk_of(client)):
            name = (await wallet.ask(token, signers(1))).json()["transaction_id"]
        clock.advance(timedelta(minutes=5))
        assert error_of(await wallet.ask(token, signers(1))) == (401, "invalid_token")
        later = await wallet.post(
            "/openid4vci/deferred_credential", token=token, json={"transaction_id": name}
        )
        assert later.status_code == 200, later.text
        stale = wallet.proof(key("x"), nonce)
        await sign_in(client, CLERK)
        other = await wallet.token(await offered(client, certificate))
        named = {"credential_configuration_id": "RPLCertificate_sd_jwt"}
        assert error_of(await wallet.request(other, named, [stale])) == (400, "invalid_nonce")
        last = await offered(client, certificate)
        clock.advance(timedelta(minutes=10))
        assert error_of(await wallet.redeem(last["credential_offer"], last["tx_code"])) == (
            400,
            "invalid_grant",
        )


async def test_what_a_wallet_says_is_kept_and_accounted_for(
    client: httpx2.AsyncClient, people: tuple[DemoPerson, ...]
) -> None:
    certificate = await issued(client, people)
    made = await offered(client, certificate)
    path = "/openid4vci/notification"
    async with wallet_of(client) as wallet:
        token = await wallet.token(made)
        name = (await wallet.ask(token, signers(1))).json()["notification_id"]

        async def say(body: Json, token: str = token) -> httpx2.Response:
            return await wallet.post(path, token=token, json=body)

        for event in ("credential_accepted", "credential_accepted", "credential_deleted"):
            said = {"notification_id": name, "event": event, "event_description": "Stored."}
            assert (await say(said)).status_code == 204
        bad = {"notification_id": name, "event": "credential_eaten"}
        assert error_of(await say(bad)) == (400, "invalid_notification_request")
        unknown = {"notification_id": "A" * 32, "event": "credential_accepted"}
        assert error_of(await say(unknown)) == (400, "invalid_notification_id")
        other = await wallet.token(await offered(client, certificate))
        theirs = {"notification_id": name, "event": "credential_accepted"}
        assert error_of(await say(theirs, other)) == (400, "invalid_notification_id")
    database = desk_of(client).context.database
    query = select(audit_entry.c.act).where(audit_entry.c.object == certificate["credential_id"])
    acts = await database.read(lambda connection: list(connection.scalars(query.order_by(audit_entry.c.seq))))
    assert [act for act in acts if act.startswith("copies.")] == [
        "copies.hand-over",
        "copies.accepted",
        "copies.deleted",
    ]


async def test_what_an_app_fetched_stands_in_its_holders_log_and_is_news(
    client: httpx2.AsyncClient, people: tuple[DemoPerson, ...]
) -> None:
    certificate = await issued(client, people)
    made = await offered(client, certificate)
    await in_passport(client, certificate)
    await with_phone_and_pin(client)
    desk, before = desk_of(client), news_to(client, PHONE)
    async with wallet_of(client) as wallet:
        token = await wallet.token(made)
        with registry_away(desk):
            name = (await wallet.ask(token, signers(1))).json()["transaction_id"]
        await told(client)
        assert "fetched" not in await log_of(client), "nothing was given yet"
        path = "/openid4vci/deferred_credential"
        assert (await wallet.post(path, token=token, json={"transaction_id": name})).status_code == 200
        with away(desk, "wallet_api"):
            assert (await wallet.ask(token, signers(1, "x"))).status_code == 200
            await told(client)
        await told(client, hours=14)
        pushed = (await wallet.push(client_id="holder")).json()
        back = await answered(client, pushed, "agree", certificate["credential_id"], client_id="holder")
        (code,) = parse_qs(urlsplit(back.headers["location"]).query)["code"]
        granted = await wallet.redeem_code(code, client_id="holder")
        given = await wallet.ask(granted.json()["access_token"], signers(1, "own"))
        assert given.status_code == 200, given.text
    await told(client)
    log = (await page(client, "/wallet/log")).text
    assert (await log_of(client)).count("fetched") == 3
    plain = " ".join(re.sub("<[^>]*>", "", log).split())
    # What an app calls itself stands in quotation marks: it is no word of ours for anybody.
    assert "A wallet app · Fetched a copy of a certificate (“holder”)" in plain
    with anyio.fail_after(60):
        while news_to(client, PHONE) == before:
            await anyio.sleep(0.2)


async def test_what_is_told_twice_of_a_fetch_stands_in_the_log_once(
    client: httpx2.AsyncClient, people: tuple[DemoPerson, ...]
) -> None:
    certificate = await issued(client, people)
    context = desk_of(client).context
    peer = context.peers.client("wallet_api")
    for _ in range(2):
        await note_fetched(
            peer,
            "0123456789ABCDEF",
            rld_number=certificate["holder"],
            credential_id=certificate["credential_id"],
            client_name=None,
            at=context.clock.now(),
        )
    await sign_in(client, HOLDER)
    assert (await log_of(client)).count("fetched") == 1


async def told(client: httpx2.AsyncClient, *, hours: int = 7) -> None:
    """Everything that the wallet service is to be told was tried, also what was put off for so long."""
    desk = desk_of(client)
    context = desk.context
    later = FixedClock(context.clock.now() + timedelta(hours=hours))
    await fetched.tell_due(replace(desk, context=replace(context, clock=later)))
