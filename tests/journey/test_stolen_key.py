"""A centre's key is stolen: its earlier certificates stay good, a back-dated forgery does not."""

import json
import re
from pathlib import Path

import anyio
import httpx2
import pytest

from passport.assembly import Contexts, assemble, open_contexts
from passport.demo_world.in_process import PASSWORD
from passport.demo_world.people import DemoPerson
from passport.demo_world.world import create_demo_world
from runtime.auth import service_token
from runtime.clock import SystemClock
from runtime.i18n import PHNOM_PENH
from runtime.settings import load_settings
from tests.journey.conftest import sign_in
from tests.journey.test_first_journey import CLERK, check, issue, upload
from vc.encoding.timestamps import parse_timestamp
from vc.proof.data_integrity import add_proof

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(240)]


def forged(contexts: Contexts, genuine: bytes) -> bytes:
    """Another name on a genuine certificate, signed with the centre's own key and dated as before."""
    document = json.loads(genuine)
    proof = document.pop("proof")
    document["id"] = "urn:uuid:00000000-0000-4000-8000-000000000001"
    document["credentialSubject"]["nameLatin"] = "SOMEBODY ELSE"
    issuer = contexts.by_service["issuer"]
    method = proof["verificationMethod"]
    signer = issuer.keyring.signer(method.split("#")[1], method)
    created = parse_timestamp(proof["created"])
    secured = add_proof(document, cryptosuite=proof["cryptosuite"], signer=signer, created=created)
    return json.dumps(secured).encode()


@pytest.mark.parametrize("suite", ["eddsa-jcs-2022", "eddsa-rdfc-2022"])
async def test_what_the_issuer_held_before_the_theft_stays_good(
    tmp_path: Path, people: tuple[DemoPerson, ...], suite: str
) -> None:
    clock = SystemClock()
    settings = load_settings(
        data_dir=tmp_path, mode="demo", default_cryptosuite=suite, list_refresh_seconds=1
    )
    contexts = open_contexts(settings, clock)
    _, anchor = create_demo_world(contexts, people, passwords=PASSWORD)
    contexts.close()
    contexts = open_contexts(settings.model_copy(update={"trust_anchor": anchor}), clock)
    app = assemble(contexts, people)
    transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
    client = httpx2.AsyncClient(
        transport=transport, base_url=settings.base_url, headers={"Origin": settings.base_url}
    )
    async with app.running(), client:
        await sign_in(client, CLERK)
        issued = await issue(client, (await upload(client, people))["id"])
        genuine = [(await client.get(item["credential"])).content for item in issued]
        client.cookies.clear()
        assert (await check(client, genuine[0]))["verified"]
        await anyio.sleep(1.1)  # instants are whole seconds
        stolen = contexts.by_service["issuer"].keyring
        key_id = json.loads(genuine[0])["proof"]["verificationMethod"].split("#")[1]
        key = stolen.public_key(key_id).multikey
        await two_officers_say_it_was_stolen(client, key)
        fake = forged(contexts, genuine[0])
        with anyio.fail_after(20):
            while (result := await check(client, fake))["decision"]["outcome"] != "rejected":
                await anyio.sleep(0.2)
        assert result["verdicts"]["authentic"]["reason"] == "keyCompromised"
        results = [await check(client, raw) for raw in genuine]
        assert {result["decision"]["outcome"] for result in results} == {"accepted"}
        await only_the_registry_is_told(client, contexts, key)
    contexts.close()


async def two_officers_say_it_was_stolen(client: httpx2.AsyncClient, key: str) -> None:
    """Over the pages: the registrar proposes, sees nothing changed, and the second officer agrees."""
    page, waiting = f"/trust/registrar/keys/{key}", "/trust/registrar/waiting"
    await sign_in(client, "registrar")
    since = SystemClock().now().astimezone(PHNOM_PENH).strftime("%Y-%m-%dT%H:%M:%S")
    assert 'id="touched"' in (await client.get(page, params={"since": since})).text
    proposed = await client.post(page, data={"since": since, "reason": "The card was stolen."})
    assert proposed.status_code == 303, proposed.text
    found = re.search(rf"{waiting}/([0-9]+)/cancel", (await client.get(waiting)).text)
    assert found is not None
    assert (await client.post(f"{waiting}/{found[1]}/approve")).status_code == 409
    assert "compromisedSince" not in (await client.get("/trust/list")).text
    await sign_in(client, "second-officer")
    assert (await client.post(f"{waiting}/{found[1]}/approve")).status_code == 303
    assert "signedBefore" in (await client.get("/trust/list")).text
    assert "Not collected yet" not in (await client.get("/trust/registrar/keys")).text
    client.cookies.clear()


async def only_the_registry_is_told(client: httpx2.AsyncClient, contexts: Contexts, key: str) -> None:
    """The issuer's route gives digests to the trust registry alone, and refuses what is no question."""
    path, now = "/issuer/api/issuance-digests", contexts.clock.now()
    query = {"key": key, "before": "2100-01-01T00:00:00Z"}

    def by(caller: str) -> dict[str, str]:
        token = service_token(caller=caller, audience="issuer", settings=contexts.settings, now=now)
        return {"Authorization": f"Bearer {token}"}

    assert (await client.get(path, params=query)).status_code == 401
    assert (await client.get(path, params=query, headers=by("verifier"))).status_code == 403
    answer = (await client.get(path, params=query, headers=by("trust_registry"))).json()
    assert len(answer["digests"]) == 29
    assert answer["next_after"] is None
    for wrong in ({"key": "z6Mk"}, {"before": "yesterday"}):
        response = await client.get(path, params=query | wrong, headers=by("trust_registry"))
        assert response.status_code == 400
