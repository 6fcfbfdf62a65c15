"""A wallet asks for certificates by OpenID4VCI, and their holder agrees with the PIN."""

import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from sqlalchemy import Connection, Table, func, select

from issuer.openid4vci.tables import openid_grant
from passport.demo_world.class_lists import demo_class_list
from passport.demo_world.people import DemoPerson
from runtime.auth import SESSION_COOKIE, service_token
from tests.demo_copies import demo_client
from tests.journey.conftest import issue_one, sign_in
from tests.journey.holders import DURESS, PIN, set_pin
from tests.journey.openid4vci_house import (
    HOLDER,
    OTHER_HOLDER,
    Json,
    answered,
    consent_page,
    holder_with_pin,
    in_passport,
    issued,
)
from tests.journey.test_corrections import HTML
from tests.journey.test_first_journey import APPROVER, CLERK, desk_of
from tests.journey.wallet_app import (
    CLIENT_ID,
    REDIRECT_URI,
    WalletApp,
    away,
    error_of,
    signers,
    wallet_of,
)

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(240)]


async def test_row_39_its_holder_agrees_and_the_answer_says_who_gives_it(
    client: httpx2.AsyncClient, people: tuple[DemoPerson, ...]
) -> None:
    certificate = await issued(client, people)
    async with wallet_of(client) as wallet:
        server = (await wallet.client.get("/.well-known/oauth-authorization-server")).json()
        assert server["authorization_response_iss_parameter_supported"] is True
        answer = await wallet.push()
        assert answer.status_code == 201, answer.text
        pushed = answer.json()
        assert pushed["expires_in"] <= 600
        client.cookies.clear()
        to_sign_in = await consent_page(client, pushed)
        assert to_sign_in.headers["location"].startswith("/sign-in?next=%2Fopenid4vci%2Fauthorize")
        await holder_with_pin(client, certificate)
        shown = await consent_page(client, pushed)
        assert shown.status_code == 200
        for text in ("A wallet asks for your certificates", CLIENT_ID, "wallet.example"):
            assert text in shown.text
        # A browser follows the form's answer to the wallet only where the policy names it.
        assert "form-action 'self' https://wallet.example;" in f"{shown.headers['content-security-policy']};"
        assert certificate["credential_id"] in shown.text
        none = await answered(client, pushed, "agree")
        assert (none.status_code, "Choose at least one certificate." in none.text) == (400, True)
        back = await answered(client, pushed, "agree", certificate["credential_id"])
        assert (back.status_code, back.headers["cache-control"]) == (302, "no-store")
        location = urlsplit(back.headers["location"])
        assert back.headers["location"].startswith(REDIRECT_URI + "&code=")
        said = parse_qs(location.query)
        assert (said["iss"], said["state"]) == ([wallet.issuer], ["s 1"])
        redeemed = await wallet.redeem_code(said["code"][0])
        assert redeemed.status_code == 200, redeemed.text
        assert redeemed.json()["expires_in"] <= 300
        given = await wallet.ask(redeemed.json()["access_token"], signers(1))
        assert given.status_code == 200, given.text
        # The person answered this question, and it is answered once.
        assert (await consent_page(client, pushed)).status_code == 404
        assert (await answered(client, pushed, "agree", certificate["credential_id"])).status_code == 404


async def test_row_33_nothing_is_given_to_a_wallet_without_the_pin(
    client: httpx2.AsyncClient, people: tuple[DemoPerson, ...]
) -> None:
    certificate = await issued(client, people)
    name = certificate["credential_id"]
    async with wallet_of(client) as wallet:
        pushed = (await wallet.push()).json()
        await in_passport(client, certificate)
        await sign_in(client, HOLDER)
        without = await consent_page(client, pushed)
        assert ("You have no PIN yet." in without.text, 'href="/wallet/pin"' in without.text) == (True, True)
        assert 'name="pin"' not in without.text
        assert (await answered(client, pushed, "agree", name)).status_code == 409
        await set_pin(client)
        # What cannot be given is refused before the PIN is looked at: it costs no try.
        assert (await answered(client, pushed, "agree", "urn:uuid:x", pin="000000")).status_code == 400
        for pin, status in ((None, 403), ("", 403), *[("481537", 403)] * 5, ("481537", 429), (PIN, 429)):
            refused = await answered(client, pushed, "agree", name, pin=pin)
            assert (refused.status_code, "location" in refused.headers) == (status, False), pin
            assert re.search(rf'value="{name}" checked', refused.text), "what was ticked stays so"
            assert not pin or pin not in refused.text
        assert "The PIN is locked for a while" in refused.text
        no = await answered(client, pushed, "decline", pin=None)
        assert "error=access_denied" in no.headers["location"]
    assert await kept(client, openid_grant) == 0


async def test_row_33_while_the_pin_cannot_be_looked_at_nothing_is_given(
    client: httpx2.AsyncClient, people: tuple[DemoPerson, ...]
) -> None:
    certificate = await issued(client, people)
    async with wallet_of(client) as wallet:
        pushed = (await wallet.push()).json()
        await holder_with_pin(client, certificate)
        with away(desk_of(client), "wallet_api"):
            for refused in (
                await consent_page(client, pushed),
                await answered(client, pushed, "agree", certificate["credential_id"]),
            ):
                assert (refused.status_code, "location" in refused.headers) == (503, False)
                assert "It could not be made now." in refused.text
        assert (await answered(client, pushed, "agree", certificate["credential_id"])).status_code == 302


async def test_row_33_under_force_less_is_given_and_it_looks_the_same(
    tmp_path: Path, people: tuple[DemoPerson, ...]
) -> None:
    async with (
        demo_client(
            tmp_path / "data", people, default_cryptosuite="eddsa-jcs-2022", duress_responder="The desk"
        ) as client,
        wallet_of(client) as wallet,
    ):
        hidden, shown = await two_certificates(client, people)
        await in_passport(client, shown)
        await holder_with_pin(client, hidden)
        second = {"pin": PIN, "new_pin": DURESS, "again": DURESS, "chosen": [shown["credential_id"]]}
        assert (await client.post("/wallet/pin/second", data=second, headers=HTML)).status_code == 303
        both = (hidden["credential_id"], shown["credential_id"])

        async def pushed() -> Json:
            return dict((await wallet.push()).json())

        asked = await pushed()
        nothing = await answered(client, asked, "agree", hidden["credential_id"], pin=DURESS)
        assert (nothing.status_code, hidden["credential_id"] in nothing.text) == (400, False)
        assert "Choose at least one certificate." in nothing.text
        forced = await answered(client, asked, "agree", *both, pin=DURESS)
        free = await answered(client, await pushed(), "agree", *both, pin=PIN)
        assert (forced.status_code, sorted(forced.headers)) == (free.status_code, sorted(free.headers))
        assert [await given_to(wallet, one) for one in (forced, free)] == [1, 2]
        # In a session that the second PIN began, the first gives no more than is seen there.
        await limited_session(client, shown["holder"])
        asked = await pushed()
        limited = await consent_page(client, asked)
        assert [one in limited.text for one in both] == [False, True]
        assert (await answered(client, asked, "agree", hidden["credential_id"])).status_code == 400
        assert await given_to(wallet, await answered(client, asked, "agree", both[1])) == 1
        await sign_in(client, "protection-officer")
        queue = (await client.get("/wallet/protection", headers=HTML)).text
        assert len(set(re.findall(r"/wallet/protection/([0-9A-Z]+)/seen", queue))) == 2


async def two_certificates(client: httpx2.AsyncClient, people: tuple[DemoPerson, ...]) -> tuple[Json, Json]:
    """Of one kind, of one holder."""
    first = await issued(client, people)
    rows = demo_class_list("rpl", people).rows
    other = next(row for row in rows if row["qualification_code"] != rows[0]["qualification_code"])
    cells = {**rows[0], "qualification_code": other["qualification_code"], "units": other["units"]}
    row = {name: str(value) for name, value in cells.items() if value}
    return first, {**await issue_one(client, "rpl", row, APPROVER), "holder": first["holder"]}


async def given_to(wallet: WalletApp, back: httpx2.Response) -> int:
    """How many certificates may be fetched with the code of an answer."""
    (code,) = parse_qs(urlsplit(back.headers["location"]).query)["code"]
    redeemed = (await wallet.redeem_code(code)).json()
    named = redeemed.get("authorization_details")
    return 1 if named is None else len(named[0]["credential_identifiers"])


async def limited_session(client: httpx2.AsyncClient, rld_number: str) -> None:
    """As the wallet begins one, for whoever came in with the second PIN."""
    context = desk_of(client).context
    token = service_token(
        caller="wallet_api", audience="trust_registry", settings=context.settings, now=context.clock.now()
    )
    client.cookies.clear()
    begun = await client.post(
        "/trust/api/holder-sessions",
        json={"rld_number": rld_number, "name": "Holder", "is_limited": True},
        headers={"Authorization": f"Bearer {token}"},
    )
    assert begun.status_code == 201, begun.text
    client.cookies.set(SESSION_COOKIE, begun.json()["session"])


async def kept(client: httpx2.AsyncClient, table: Table) -> int:
    """How many rows the issuer has in a table."""

    def read(connection: Connection) -> int:
        return int(connection.scalar(select(func.count()).select_from(table)) or 0)

    return await desk_of(client).context.database.read(read)


async def test_nobody_gives_what_is_anothers(
    client: httpx2.AsyncClient, people: tuple[DemoPerson, ...]
) -> None:
    certificate = await issued(client, people)
    async with wallet_of(client) as wallet:
        pushed = (await wallet.push()).json()
        await sign_in(client, OTHER_HOLDER)
        shown = await consent_page(client, pushed)
        assert certificate["credential_id"] not in shown.text
        assert "You have no certificate of the kind" in shown.text
        refused = await answered(client, pushed, "agree", certificate["credential_id"])
        assert (refused.status_code, "location" in refused.headers) == (400, False)
        assert "You have no certificate of the kind" in refused.text
        await sign_in(client, CLERK)
        assert (await consent_page(client, pushed)).status_code == 403
        await sign_in(client, HOLDER)
        no = await answered(client, pushed, "decline", certificate["credential_id"])
        said = parse_qs(urlsplit(no.headers["location"]).query)
        assert (said["error"], said["iss"], "code" in said) == (["access_denied"], [wallet.issuer], False)
        assert (await consent_page(client, pushed, "another.wallet")).status_code == 404


@pytest.mark.parametrize(
    "changes",
    [
        {"code_verifier": "a" * 43},
        {"redirect_uri": "https://wallet.example/cb"},
        {"client_id": "another.wallet"},
    ],
    ids=["verifier", "redirect URI", "client"],
)
async def test_an_authorization_code_in_other_hands_is_worth_nothing(
    client: httpx2.AsyncClient, people: tuple[DemoPerson, ...], changes: dict[str, str]
) -> None:
    certificate = await issued(client, people)
    async with wallet_of(client) as wallet:
        pushed = (await wallet.push()).json()
        await holder_with_pin(client, certificate)
        back = await answered(client, pushed, "agree", certificate["credential_id"])
        (code,) = parse_qs(urlsplit(back.headers["location"]).query)["code"]
        assert error_of(await wallet.redeem_code(code, **changes)) == (400, "invalid_grant")
        assert error_of(await wallet.redeem_code(code)) == (400, "invalid_grant")


async def test_a_code_that_comes_twice_ends_what_came_of_it(
    client: httpx2.AsyncClient, people: tuple[DemoPerson, ...]
) -> None:
    certificate = await issued(client, people)
    async with wallet_of(client) as wallet:
        pushed = (await wallet.push()).json()
        await holder_with_pin(client, certificate)
        back = await answered(client, pushed, "agree", certificate["credential_id"])
        (code,) = parse_qs(urlsplit(back.headers["location"]).query)["code"]
        token = (await wallet.redeem_code(code)).json()["access_token"]
        assert (await wallet.ask(token, signers(1))).status_code == 200
        assert error_of(await wallet.redeem_code(code)) == (400, "invalid_grant")
        assert error_of(await wallet.ask(token, signers(1, "next"))) == (401, "invalid_token")


PUSHED_FAULTS: dict[str, tuple[dict[str, str | None], str]] = {
    "no-client": ({"client_id": None}, "invalid_client"),
    "response-type": ({"response_type": "token"}, "unsupported_response_type"),
    "plain-challenge": ({"code_challenge_method": "plain"}, "invalid_request"),
    "no-challenge": ({"code_challenge": None}, "invalid_request"),
    "no-redirect": ({"redirect_uri": None}, "invalid_request"),
    "http-redirect": ({"redirect_uri": "http://wallet.example/cb"}, "invalid_request"),
    "script-redirect": ({"redirect_uri": "javascript:alert(1)"}, "invalid_request"),
    "no-scope": ({"scope": None}, "invalid_scope"),
    "unknown-scope": ({"scope": "everything"}, "invalid_scope"),
    "unknown-configuration": (
        {"authorization_details": '[{"type":"openid_credential","credential_configuration_id":"x"}]'},
        "invalid_authorization_details",
    ),
    "details-of-another-kind": (
        {"authorization_details": '[{"type":"pay"}]'},
        "invalid_authorization_details",
    ),
    "a-reference-in-a-push": ({"request_uri": "urn:x"}, "invalid_request"),
    "empty-state": ({"state": ""}, "invalid_request"),
    "bad-thumbprint": ({"dpop_jkt": "x"}, "invalid_dpop_proof"),
}


async def test_a_push_with_one_fault_is_refused(client: httpx2.AsyncClient) -> None:
    async with wallet_of(client) as wallet:
        for fault, (changes, code) in PUSHED_FAULTS.items():
            assert error_of(await wallet.push(**changes)) == (400, code), fault
        assert (await wallet.push()).status_code == 201


async def test_a_request_that_was_not_pushed_is_refused_and_leads_nowhere(client: httpx2.AsyncClient) -> None:
    await sign_in(client, HOLDER)
    query = {"response_type": "code", "client_id": CLIENT_ID, "redirect_uri": "https://evil.example/cb"}
    headers = {"Accept": "text/html", "Accept-Language": "en"}
    answer = await client.get("/openid4vci/authorize", params=query, headers=headers)
    assert (answer.status_code, "location" in answer.headers) == (404, False)
    assert "Begin again in your wallet app." in answer.text
    assert 'href="https://evil.example' not in answer.text


async def test_a_code_that_is_bound_to_a_key_is_redeemed_with_it(
    client: httpx2.AsyncClient, people: tuple[DemoPerson, ...]
) -> None:
    certificate = await issued(client, people)

    async def code_for(wallet: WalletApp) -> str:
        pushed = (await wallet.push()).json()
        await holder_with_pin(client, certificate)
        back = await answered(client, pushed, "agree", certificate["credential_id"])
        return parse_qs(urlsplit(back.headers["location"]).query)["code"][0]

    async with wallet_of(client, dpop=True) as wallet:
        bound = await code_for(wallet)
        thief = WalletApp(client=wallet.client, issuer=wallet.issuer, clock=wallet.clock)
        assert error_of(await thief.redeem_code(bound)) == (400, "invalid_grant")
        redeemed = await wallet.redeem_code(await code_for(wallet))
        assert redeemed.json()["token_type"] == "DPoP"
