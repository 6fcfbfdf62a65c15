"""Credentials are asked for by OpenID4VCI: keys, tokens, and what a wallet gets."""

import json
from datetime import timedelta
from typing import Any

import httpx2
import pytest

from passport.demo_world.class_lists import demo_class_list
from passport.demo_world.people import DemoPerson
from tests.demo_copies import demo_client
from tests.journey.conftest import issue_one, sign_in
from tests.journey.openid4vci_house import (
    issued,
    offered,
)
from tests.journey.test_copies import as_service
from tests.journey.test_first_journey import APPROVER, CLERK, desk_of
from tests.journey.wallet_app import (
    WalletApp,
    error_of,
    signers,
    wallet_of,
)
from tests.wallet_proofs import by_did_jwk, by_did_key, key
from vc.did import did_jwk
from vc.encoding.strict_json import parse_json_object
from vc.jose.jws import parse_jws, verify_jws
from vc.sd_jwt.credential import parse_sd_jwt_vc

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(240)]


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
