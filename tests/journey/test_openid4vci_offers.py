"""Certificates are offered to wallets by OpenID4VCI: by clerks, by the wallet service, by their holders."""

import json
import re
from typing import Any

import anyio
import httpx2
import pytest

from issuer.service.copies import CopyFormat
from passport.demo_world.people import DemoPerson
from tests.demo_copies import demo_client
from tests.journey.conftest import sign_in
from tests.journey.holders import PIN
from tests.journey.openid4vci_house import (
    NO_LIMITS,
    OTHER_HOLDER,
    holder_with_pin,
    issued,
    offered,
    page,
)
from tests.journey.test_copies import answers, as_service, verify, verify_presented
from tests.journey.test_first_journey import OTHER_CLERK, desk_of
from tests.journey.wallet_app import (
    error_of,
    signers,
    wallet_of,
)
from tests.wallet_proofs import key
from vc.did import did_jwk

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(240)]


@pytest.mark.parametrize("copy_format", list(CopyFormat))
async def test_from_the_clerks_screen_into_a_wallet_and_to_a_verifier(
    client: httpx2.AsyncClient, people: tuple[DemoPerson, ...], copy_format: CopyFormat
) -> None:
    made = await offered(client, await issued(client, people), format=copy_format.value)
    async with wallet_of(client) as wallet:
        offer = await wallet.offer(made["link"])
        assert offer == made["credential_offer"]
        (name,) = offer["credential_configuration_ids"]
        configuration = (await wallet.metadata())["credential_configurations_supported"][name]
        assert configuration["format"] == copy_format.value
        assert re.fullmatch("[0-9]{6}", made["tx_code"])
        token = await wallet.token(made)
        (holder,) = signers(1)
        answer = await wallet.ask(token, [holder], name)
        assert answer.status_code == 200, answer.text
        assert answer.headers["cache-control"] == "no-store"
        (given,) = answer.json()["credentials"]
        said = await wallet.post(
            "/openid4vci/notification",
            token=token,
            json={"notification_id": answer.json()["notification_id"], "event": "credential_accepted"},
        )
        assert (said.status_code, said.content) == (204, b"")
    copy = given["credential"]
    text = copy if isinstance(copy, str) else json.dumps(copy)
    found = answers(await verify(client, text))
    assert (found["authentic"], found["entitled"], found["inForce"]) == ("yes", "yes", "yes")
    named = key("holder 0")
    named._verification_method = did_jwk.verification_method_for(named.public_key)
    assert set((await verify_presented(client, text, named, copy_format)).values()) == {"yes"}


async def test_the_desks_page_shows_the_picture_and_apart_from_it_the_digits(
    client: httpx2.AsyncClient, people: tuple[DemoPerson, ...]
) -> None:
    certificate = await issued(client, people)
    address = f"/issuer/credentials/{certificate['intent_id']}"
    assert f'href="{address}/offer"' in (await page(client, address)).text
    assert "Make the offer" in (await page(client, f"{address}/offer")).text
    shown = await page(client, f"{address}/offer", format="dc+sd-jwt")
    assert shown.headers["cache-control"] == "no-store"
    (link,) = re.findall(r'href="(openid-credential-offer://[^"]+)"', shown.text)
    (digits,) = re.findall(r">([0-9]{6})<", shown.text)
    assert digits not in link
    # On paper they would stand beside the picture.
    assert digits in shown.text.partition('<div class="no-print">')[2]
    async with wallet_of(client) as wallet:
        redeemed = await wallet.redeem(await wallet.offer(link), digits)
    assert redeemed.status_code == 200
    without = await page(client, f"{address}/offer", format="ldp_vc", without_tx_code="yes")
    assert "Whoever photographs this picture first" in without.text
    assert not re.findall(r">([0-9]{6})<", without.text)
    await sign_in(client, OTHER_CLERK)
    for refused in (
        await page(client, f"{address}/offer"),
        await page(client, f"{address}/offer", format="x"),
    ):
        assert refused.status_code == 404


async def test_the_wallet_service_offers_what_its_holder_has_and_nothing_else(
    client: httpx2.AsyncClient, people: tuple[DemoPerson, ...]
) -> None:
    certificate = await issued(client, people)
    client.cookies.clear()
    headers = as_service(desk_of(client), "wallet_api")

    async def ask(holder: str, *credential_ids: str) -> httpx2.Response:
        body = {"credential_ids": list(credential_ids), "holder": holder}
        return await client.post("/issuer/api/offers", json=body, headers=headers)

    made = await ask(certificate["holder"], certificate["credential_id"])
    assert made.status_code == 201, made.text
    assert made.json().keys() >= {"credential_offer", "credential_offer_uri", "tx_code"}
    async with wallet_of(client) as wallet:
        token = await wallet.token(made.json())
        assert (await wallet.ask(token, signers(1))).status_code == 200
    stranger = next(person.rld_number for person in people if person.rld_number != certificate["holder"])
    assert (await ask(stranger, certificate["credential_id"])).status_code == 409
    assert (await ask(certificate["holder"])).status_code == 400
    twice = [certificate["credential_id"]] * 2
    assert (await ask(certificate["holder"], *twice)).status_code == 400


async def test_row_37_an_offer_is_redeemed_once_also_by_two_at_once(
    client: httpx2.AsyncClient, people: tuple[DemoPerson, ...]
) -> None:
    certificate = await issued(client, people)
    made = await offered(client, certificate)
    async with wallet_of(client) as wallet:
        outcomes: list[int] = []

        async def redeem() -> None:
            answer = await wallet.redeem(made["credential_offer"], made["tx_code"])
            outcomes.append(answer.status_code)

        async with anyio.create_task_group() as group:
            for _ in range(2):
                group.start_soon(redeem)
        assert sorted(outcomes) == [200, 400]
        again = await wallet.redeem(made["credential_offer"], made["tx_code"])
        assert error_of(again) == (400, "invalid_grant")
        gone = await wallet.client.get(made["credential_offer_uri"])
        assert gone.status_code == 404


async def test_row_38_fifty_wrong_digits_at_once_and_then_the_right_ones(
    tmp_path: Any, people: tuple[DemoPerson, ...]
) -> None:
    async with demo_client(tmp_path / "data", people, rate_limits=NO_LIMITS) as client:
        made = await offered(client, await issued(client, people))
        wrong = f"{(int(made['tx_code']) + 1) % 1_000_000:06d}"
        async with wallet_of(client) as wallet:
            refusals: list[tuple[int, str]] = []

            async def guess() -> None:
                refusals.append(error_of(await wallet.redeem(made["credential_offer"], wrong)))

            async with anyio.create_task_group() as group:
                for _ in range(50):
                    group.start_soon(guess)
            assert set(refusals) == {(400, "invalid_grant")}
            right = await wallet.redeem(made["credential_offer"], made["tx_code"])
            assert error_of(right) == (400, "invalid_grant")


async def test_a_holder_takes_a_certificate_into_an_app_of_their_own_with_the_pin(
    client: httpx2.AsyncClient, people: tuple[DemoPerson, ...]
) -> None:
    certificate = await issued(client, people)
    await holder_with_pin(client, certificate)
    passport = f"/wallet/credentials/{certificate['credential_id']}"
    assert f'href="{passport}/own-app"' in (await page(client, passport)).text
    assert "Into an app of my own" in (await page(client, f"{passport}/own-app")).text
    wrong = await page(client, f"{passport}/own-app", pin="000000")
    assert (wrong.status_code, "openid-credential-offer" in wrong.text) == (403, False)
    shown = await page(client, f"{passport}/own-app", pin=PIN)
    assert (shown.status_code, shown.headers["cache-control"]) == (200, "no-store")
    (link,) = re.findall(r'href="(openid-credential-offer://[^"]+)"', shown.text)
    (digits,) = re.findall(r">([0-9]{6})<", shown.text)
    assert "Shared (OpenID4VCI)" in " ".join((await page(client, "/wallet/log")).text.split())
    await sign_in(client, OTHER_HOLDER)
    assert (await page(client, f"{passport}/own-app", pin=PIN)).status_code == 404
    async with wallet_of(client) as wallet:
        token = (await wallet.redeem(await wallet.offer(link), digits)).json()["access_token"]
        assert (await wallet.ask(token, signers(1))).status_code == 200
