"""Certificates go to wallets by OpenID4VCI: offered, asked for, waited for, and kept from others."""

import json
import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import anyio
import httpx2
import pytest
from sqlalchemy import select

from issuer.service.copies import CopyFormat
from passport.demo_world.class_lists import demo_class_list
from passport.demo_world.in_process import demo_client
from passport.demo_world.people import DemoPerson
from runtime.audit_tables import audit_entry
from runtime.clock import FixedClock, SystemClock
from tests.journey.conftest import issue_one, revoke, sign_in
from tests.journey.test_copies import answers, app_of, as_service, verify, verify_presented
from tests.journey.test_first_journey import APPROVER, CLERK, OTHER_CLERK, desk_of
from tests.journey.wallet_app import (
    CLIENT_ID,
    REDIRECT_URI,
    WalletApp,
    error_of,
    registry_away,
    signers,
    wallet_of,
)
from tests.wallet_proofs import by_did_jwk, by_did_key, key
from vc.did import did_jwk
from vc.encoding.strict_json import parse_json_object
from vc.jose.jws import parse_jws, verify_jws
from vc.sd_jwt.credential import parse_sd_jwt_vc

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(240)]

Json = dict[str, Any]
HOLDER, OTHER_HOLDER, PIN = "returnee-1", "returnee-2", "250817"
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


async def consent_page(
    client: httpx2.AsyncClient, pushed: Json, client_id: str = CLIENT_ID
) -> httpx2.Response:
    query = {"client_id": client_id, "request_uri": pushed["request_uri"]}
    headers = {"Accept": "text/html", "Accept-Language": "en"}
    return await client.get("/openid4vci/authorize", params=query, headers=headers)


async def answered(client: httpx2.AsyncClient, pushed: Json, decision: str, *chosen: str) -> httpx2.Response:
    form = {
        "client_id": CLIENT_ID,
        "request_uri": pushed["request_uri"],
        "decision": decision,
        "certificate": list(chosen),
    }
    headers = {"Accept": "text/html", "Accept-Language": "en"}
    return await client.post("/openid4vci/authorize", data=form, headers=headers)


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
        await sign_in(client, HOLDER)
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
        await sign_in(client, HOLDER)
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
        await sign_in(client, HOLDER)
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


async def test_row_40_a_key_proof_counts_once_and_binds_to_its_own_key_alone(
    client: httpx2.AsyncClient, people: tuple[DemoPerson, ...]
) -> None:
    made = await offered(client, await issued(client, people))
    named = {"credential_configuration_id": "RPLCertificate_sd_jwt"}
    mine, victim = key("attacker"), key("victim")
    async with wallet_of(client) as wallet:
        token = await wallet.token(made)
        nonce = await wallet.nonce()
        proof = wallet.proof(mine, nonce)
        assert (await wallet.request(token, named, [proof])).status_code == 200
        assert error_of(await wallet.request(token, named, [proof])) == (400, "invalid_nonce")
        fresh = wallet.proof(key("another key"), nonce)
        assert error_of(await wallet.request(token, named, [fresh])) == (400, "invalid_nonce")
        made_up = wallet.proof(mine, "A" * 32)
        assert error_of(await wallet.request(token, named, [made_up])) == (400, "invalid_nonce")
        did = did_jwk.did_for(victim.public_key)
        posing = wallet.proof(mine, await wallet.nonce(), claims={"iss": did, "sub": did})
        answer = await wallet.request(token, named, [posing])
        assert answer.status_code == 200, answer.text
        (given,) = answer.json()["credentials"]
        assert parse_sd_jwt_vc(given["credential"]).holder_key == mine.public_key
        forged = wallet.proof(mine, await wallet.nonce(), header={"jwk": victim.public_key.jwk})
        assert error_of(await wallet.request(token, named, [forged])) == (400, "invalid_proof")


async def test_row_41_a_bound_token_is_worth_nothing_without_its_key(
    client: httpx2.AsyncClient, people: tuple[DemoPerson, ...]
) -> None:
    made = await offered(client, await issued(client, people))
    path = "/openid4vci/credential"
    async with wallet_of(client, dpop=True) as wallet:
        answer = await wallet.redeem(made["credential_offer"], made["tx_code"])
        assert answer.json()["token_type"] == "DPoP"
        token = answer.json()["access_token"]

        async def ask(proof: str | None, scheme: str = "DPoP") -> httpx2.Response:
            shown = wallet.proof(key("holder"), await wallet.nonce())
            body = {
                "credential_configuration_id": "RPLCertificate_sd_jwt",
                "proofs": {"jwt": [shown]},
            }
            headers = {"Authorization": f"{scheme} {token}"} | ({} if proof is None else {"DPoP": proof})
            return await wallet.client.post(path, json=body, headers=headers)

        bare = await ask(None, "Bearer")
        assert error_of(bare) == (401, "invalid_token")
        assert bare.headers["www-authenticate"].startswith('DPoP error="invalid_token"')
        assert error_of(await ask(None)) == (401, "invalid_dpop_proof")
        good = wallet.dpop_proof(path, token)
        assert (await ask(good)).status_code == 200
        replayed = await ask(good)
        assert error_of(replayed) == (401, "invalid_dpop_proof")
        thief = WalletApp(client=wallet.client, issuer=wallet.issuer, clock=wallet.clock, dpop=key("thief"))
        assert error_of(await ask(thief.dpop_proof(path, token))) == (401, "invalid_token")
        for fault in (
            {"access_token": "A" * 52},
            {"url": wallet.issuer + "/openid4vci/token"},
            {"method": "GET"},
            {"now": wallet.clock.now() - timedelta(minutes=6)},
        ):
            assert error_of(await ask(wallet.dpop_proof(path, token, **fault)))[0] == 401, fault
        assert error_of(await ask(wallet.dpop_proof(path, token), "Bearer")) == (401, "invalid_token")
    async with wallet_of(client) as wallet:
        assert (await wallet.client.post(path, json={})).status_code == 401
        assert error_of(await wallet.ask("A" * 52, signers(1))) == (401, "invalid_token")


async def test_a_code_that_is_bound_to_a_key_is_redeemed_with_it(
    client: httpx2.AsyncClient, people: tuple[DemoPerson, ...]
) -> None:
    certificate = await issued(client, people)

    async def code_for(wallet: WalletApp) -> str:
        pushed = (await wallet.push()).json()
        await sign_in(client, HOLDER)
        back = await answered(client, pushed, "agree", certificate["credential_id"])
        return parse_qs(urlsplit(back.headers["location"]).query)["code"][0]

    async with wallet_of(client, dpop=True) as wallet:
        bound = await code_for(wallet)
        thief = WalletApp(client=wallet.client, issuer=wallet.issuer, clock=wallet.clock)
        assert error_of(await thief.redeem_code(bound)) == (400, "invalid_grant")
        redeemed = await wallet.redeem_code(await code_for(wallet))
        assert redeemed.json()["token_type"] == "DPoP"


async def test_where_it_is_demanded_no_token_is_given_without_a_key(
    tmp_path: Any, people: tuple[DemoPerson, ...]
) -> None:
    async with demo_client(tmp_path / "data", people, openid4vci_dpop="required") as client:
        made = await offered(client, await issued(client, people))
        async with wallet_of(client) as wallet:
            refused = await wallet.redeem(made["credential_offer"], made["tx_code"])
            assert error_of(refused) == (400, "invalid_dpop_proof")
        async with wallet_of(client, dpop=True) as wallet:
            assert (await wallet.redeem(made["credential_offer"], made["tx_code"])).status_code == 200


async def test_several_copies_at_once_each_with_its_own_key(
    client: httpx2.AsyncClient, people: tuple[DemoPerson, ...]
) -> None:
    made = await offered(client, await issued(client, people))
    async with wallet_of(client) as wallet:
        token = await wallet.token(made)
        answer = await wallet.ask(token, signers(20))
        assert answer.status_code == 200, answer.text
        copies = [parse_sd_jwt_vc(one["credential"]) for one in answer.json()["credentials"]]
        assert [one.holder_key for one in copies] == [signer.public_key for signer in signers(20)]
        assert len({json.dumps(one.claims["status"]) for one in copies}) == 20
        nonce, named = await wallet.nonce(), {"credential_configuration_id": "RPLCertificate_sd_jwt"}
        twice = [wallet.proof(key("same"), nonce), wallet.proof(key("same"), nonce, claims={"x": 1})]
        assert error_of(await wallet.request(token, named, twice)) == (400, "invalid_proof")
        too_many = [wallet.proof(one, nonce) for one in signers(21)]
        assert error_of(await wallet.request(token, named, too_many)) == (400, "invalid_credential_request")
        # One proof with one fault spoils the batch, and uses no nonce up.
        mixed = [
            wallet.proof(key("good"), nonce),
            wallet.proof(key("bad"), nonce, audience="https://x.example"),
        ]
        assert error_of(await wallet.request(token, named, mixed)) == (400, "invalid_proof")
        assert (await wallet.request(token, named, mixed[:1])).status_code == 200


async def test_a_wallet_that_names_its_key_by_a_did_is_named_so(
    client: httpx2.AsyncClient, people: tuple[DemoPerson, ...]
) -> None:
    made = await offered(client, await issued(client, people), format="ldp_vc")
    named = {"credential_configuration_id": "RPLCertificate_ldp"}
    first, second = key("first"), key("second")
    async with wallet_of(client) as wallet:
        token, nonce = await wallet.token(made), await wallet.nonce()
        proofs = [
            wallet.proof(first, nonce, header=by_did_key(first)),
            wallet.proof(second, nonce, header=by_did_jwk(second)),
        ]
        answer = await wallet.request(token, named, proofs)
        assert answer.status_code == 200, answer.text
        subjects = [one["credential"]["credentialSubject"]["id"] for one in answer.json()["credentials"]]
    assert subjects == [str(by_did_key(first)["kid"]).partition("#")[0], did_jwk.did_for(second.public_key)]


async def test_two_certificates_of_one_type_are_told_apart_by_their_identifiers(
    client: httpx2.AsyncClient, people: tuple[DemoPerson, ...]
) -> None:
    certificate = await issued(client, people)
    rows = demo_class_list("rpl", people).rows
    second = next(row for row in rows if row["qualification_code"] != rows[0]["qualification_code"])
    cells = {**rows[0], "qualification_code": second["qualification_code"], "units": second["units"]}
    await sign_in(client, CLERK)
    made = await issue_one(
        client, "rpl", {name: str(value) for name, value in cells.items() if value}, APPROVER
    )
    client.cookies.clear()
    ids = [certificate["credential_id"], made["credential_id"]]
    body = {"credential_ids": ids, "holder": certificate["holder"]}
    offer = (
        await client.post("/issuer/api/offers", json=body, headers=as_service(desk_of(client), "wallet_api"))
    ).json()
    async with wallet_of(client) as wallet:
        answer = await wallet.redeem(offer["credential_offer"], offer["tx_code"])
        (details,) = answer.json()["authorization_details"]
        token = answer.json()["access_token"]
        ambiguous = await wallet.ask(token, signers(1))
        assert error_of(ambiguous) == (400, "invalid_credential_request")
        numbers = set()
        for identifier in details["credential_identifiers"]:
            proof = wallet.proof(key(identifier), await wallet.nonce())
            given = await wallet.request(token, {"credential_identifier": identifier}, [proof])
            (copy,) = given.json()["credentials"]
            numbers.add(str(parse_sd_jwt_vc(copy["credential"]).claims["certificateNumber"]))
        assert numbers == {certificate["certificate_number"], made["certificate_number"]}
        proof = wallet.proof(key("x"), await wallet.nonce())
        unknown = await wallet.request(token, {"credential_identifier": "x.9"}, [proof])
        assert error_of(unknown) == (400, "unknown_credential_identifier")


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


async def test_a_token_gives_what_was_offered_and_nothing_beside(
    client: httpx2.AsyncClient, people: tuple[DemoPerson, ...]
) -> None:
    made = await offered(client, await issued(client, people))
    details = '[{"type":"openid_credential","credential_configuration_id":"%s"}]'
    async with wallet_of(client) as wallet:
        more = await wallet.redeem(
            made["credential_offer"], made["tx_code"], authorization_details=details % "RPLCertificate_ldp"
        )
        assert error_of(more) == (400, "invalid_authorization_details")
        answer = await wallet.redeem(
            made["credential_offer"], made["tx_code"], authorization_details=details % "RPLCertificate_sd_jwt"
        )
        (given,) = answer.json()["authorization_details"]
        assert given["credential_configuration_id"] == "RPLCertificate_sd_jwt"
        token = answer.json()["access_token"]
        beyond = await wallet.ask(token, signers(1), "RPLCertificate_ldp")
        assert error_of(beyond) == (403, "insufficient_scope")
        unknown = await wallet.ask(token, signers(1), "Nonsense")
        assert error_of(unknown) == (400, "unknown_credential_configuration")


async def test_metadata_is_signed_where_a_wallet_wants_it_so_and_in_its_languages(
    client: httpx2.AsyncClient,
) -> None:
    path = "/.well-known/openid-credential-issuer"
    plain = await client.get(path)
    assert plain.headers["content-type"] == "application/json"
    assert plain.headers["access-control-allow-origin"] == "*"
    narrow = await client.get(path, headers={"Accept-Language": "km-KH, fr;q=0.5"})
    assert narrow.headers["content-language"] == "km, en"
    assert len(narrow.content) < len(plain.content)
    signed = await client.get(path, headers={"Accept": "application/jwt"})
    assert signed.headers["content-type"].startswith("application/jwt")
    token = parse_jws(signed.text)
    document = (await client.get("/openid4vci/did.json")).json()
    (method,) = document["verificationMethod"]
    assert (token.header["typ"], token.header["kid"]) == ("openidvci-issuer-metadata+jwt", method["id"])
    public = type(key("x").public_key).from_multikey(method["publicKeyMultibase"])
    assert verify_jws(token, public)
    assert parse_json_object(token.payload)["credential_issuer"] == plain.json()["credential_issuer"]


async def test_a_holder_takes_a_certificate_into_an_app_of_their_own_with_the_pin(
    client: httpx2.AsyncClient, people: tuple[DemoPerson, ...]
) -> None:
    certificate = await issued(client, people)
    await app_of(client, "/wallet").state.pins.set_first(certificate["holder"], PIN)
    await sign_in(client, HOLDER)
    passport = f"/wallet/credentials/{certificate['credential_id']}"
    with anyio.fail_after(20):
        while (await page(client, passport)).status_code == 404:
            await anyio.sleep(0.2)
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
