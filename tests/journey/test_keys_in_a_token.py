"""The centres' keys in a token: a class is issued with them; without the token it waits for that."""

from pathlib import Path

import anyio
import httpx2
import pytest

from issuer import store
from issuer.copy_format import CopyFormat
from issuer.service import issuing
from passport.demo_world.people import DemoPerson
from runtime.key_token import _SESSIONS, _forget
from runtime.keyring import KeyringError
from tests.demo_copies import demo_client
from tests.journey.conftest import sign_in
from tests.journey.test_copies import ask, certificate, holder_keys
from tests.journey.test_first_journey import CLERK, check, desk_of, issue, let_issue, upload
from tests.tokens import TokenMaker

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(240)]


@pytest.mark.parametrize("suite", ["eddsa-jcs-2022", pytest.param("ecdsa-jcs-2019", marks=pytest.mark.full)])
async def test_a_class_is_issued_with_keys_in_the_token(
    tmp_path: Path, people: tuple[DemoPerson, ...], tokens: TokenMaker, suite: str
) -> None:
    uri, _ = tokens.make()
    async with demo_client(
        tmp_path / "data", people, default_cryptosuite=suite, issuer_keyring=uri
    ) as client:
        await sign_in(client, CLERK)
        issued = await issue(client, (await upload(client, people))["id"])
        raws = [(await client.get(item["credential"])).content for item in issued]
        assert "token" in (tmp_path / "data" / "keys" / "issuer.json").read_text()
        client.cookies.clear()
        assert len(raws) == 29
        results = [await check(client, raw) for raw in (raws[0], raws[-1])]
        assert [result["decision"]["outcome"] for result in results] == ["accepted", "accepted"]


async def test_without_the_token_nothing_is_issued_and_with_it_the_class_goes_on(
    tmp_path: Path, people: tuple[DemoPerson, ...], tokens: TokenMaker
) -> None:
    uri, pin_file = tokens.make()
    pin = pin_file.read_text()
    async with demo_client(
        tmp_path / "data", people, default_cryptosuite="eddsa-jcs-2022", issuer_keyring=uri
    ) as client:
        await sign_in(client, CLERK)
        class_id = (await upload(client, people))["id"]
        desk = desk_of(client)
        await let_issue(client, class_id)
        pin_file.write_text("0000")
        take_out()
        with pytest.raises(KeyringError, match="PinIncorrect"):
            await issuing.run(desk, class_id, "phka-trakuon")
        assert await state(client, class_id) == ("issuing", 0)
        # Found out before the key was used: no certificate is given up for it.
        abandoned = await desk.context.database.read(store.issuances_in, class_id, store.ABANDONED)
        signing = await desk.context.database.read(store.issuances_in, class_id, store.SIGNING)
        assert (len(abandoned), len(signing)) == (0, 0)
        pin_file.write_text(pin)
        with anyio.fail_after(60):
            await issuing.run(desk, class_id, "phka-trakuon")
        assert await state(client, class_id) == ("issued", 29)


async def test_copies_are_signed_with_the_key_in_the_token(
    tmp_path: Path, people: tuple[DemoPerson, ...], tokens: TokenMaker
) -> None:
    uri, _ = tokens.make()
    async with demo_client(
        tmp_path / "data", people, default_cryptosuite="eddsa-jcs-2022", issuer_keyring=uri
    ) as client:
        credential_id, holder = await certificate(client, people)
        for copy_format in CopyFormat:
            made = await ask(
                client, credential_id, holder, copy_format=copy_format.value, keys=holder_keys(2)
            )
            assert made.status_code == 200, made.text
            for text in made.json()["copies"]:
                answer = (await client.post("/verify/check", json={"text": text})).json()
                assert answer["decision"]["outcome"] == "accepted"


def take_out() -> None:
    """Forget every session, as when the token was taken out and put back."""
    for place in list(_SESSIONS):
        _forget(place)


async def state(client: httpx2.AsyncClient, class_id: str) -> tuple[str, int]:
    answer = (await client.get(f"/issuer/api/classes/{class_id}")).json()
    return answer["state"], len(answer["credentials"])
