"""The trust registry in the running house: signed list, sign-in, and what an accreditation changes."""

from collections.abc import AsyncIterator
from pathlib import Path

import anyio
import httpx2
import pytest

from passport.demo_world.in_process import PASSWORD
from passport.demo_world.people import draw_people
from tests.demo_copies import demo_client
from vc.crypto.keys import PublicKey
from vc.did.documents import find_verification_method, parse_document
from vc.encoding.strict_json import parse_json_object
from vc.proof.data_integrity import parse_proofs, verify_proof
from vc.trust.trust_list import TrustList, parse_trust_list

pytestmark = pytest.mark.anyio

ROOT = "did:web:skills-passport.example:trust"
REGISTRAR = "registrar"


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[httpx2.AsyncClient]:
    # There are more demo accounts than one address may sign in with in a minute.
    async with demo_client(tmp_path, draw_people(), rate_limits={"sign-in": "300/minute"}) as client:
        client.headers["Accept"] = "text/html"
        client.headers["Accept-Language"] = "en"
        yield client


async def sign_in(client: httpx2.AsyncClient, username: str, **fields: str) -> httpx2.Response:
    return await client.post("/sign-in", data={"username": username, "password": PASSWORD, **fields})


async def read_list(client: httpx2.AsyncClient) -> TrustList:
    """The list as somebody abroad reads it: root document, its key, the proof, then the content."""
    root = parse_document(ROOT, (await client.get("/trust/did.json")).content)
    received = parse_json_object((await client.get("/trust/list")).content)
    (proof,) = parse_proofs(received)
    method = find_verification_method(root, proof.verification_method, "assertionMethod")
    assert method is not None
    key: PublicKey = method.public_key
    result = verify_proof(received, proof, key)
    assert result.verified
    assert result.verified_document is not None
    return parse_trust_list(result.verified_document)


async def list_with_keys(client: httpx2.AsyncClient) -> TrustList:
    """The list once every centre has announced its key, which the issuer does after its start."""
    with anyio.fail_after(20):
        while True:
            trust_list = await read_list(client)
            if all(entry.keys for entry in trust_list.issuers.values()):
                return trust_list
            await anyio.sleep(0.2)


async def test_the_registrar_accredits_and_the_list_says_so(house: httpx2.AsyncClient) -> None:
    before = await list_with_keys(house)
    did, centre = next((did, i) for did, i in before.issuers.items() if "issuer" in i.roles)
    refused = await house.get("/trust/registrar")
    assert refused.headers["location"] == "/sign-in?next=%2Ftrust%2Fregistrar"

    landed = await sign_in(house, REGISTRAR, next="/trust/registrar")
    assert landed.headers["location"] == "/trust/registrar"
    assert (await house.get("/trust/registrar")).status_code == 200
    form = {
        "organisation_id": did.rsplit(":", 1)[1],
        "type": "RPLCertificate",
        "all_codes": "yes",
        "valid_from": "2030-01-01",
        "valid_until": "2030-12-31",
        "reason": "Inspected in December.",
    }
    assert (await house.post("/trust/registrar/accreditations", data=form)).status_code == 303

    after = await read_list(house)
    assert after.version == before.version + 1
    added = set(after.issuers[did].accreditations) - set(centre.accreditations)
    assert [item.qualification_codes for item in added] == [None]
    house.cookies.clear()
    public = (await house.get("/trust")).text
    assert 'datetime="2030-12-31"' in public
    assert centre.name["en"] in public


async def test_every_demo_person_lands_at_a_door_that_opens(house: httpx2.AsyncClient) -> None:
    page = (await house.get("/sign-in")).text
    usernames = {part.split('"')[0].split("&")[0] for part in page.split("?username=")[1:]}
    assert len(usernames) >= 4
    for username in usernames:
        house.cookies.clear()
        landed = await sign_in(house, username)
        assert landed.status_code == 303, username
        assert (await house.get(landed.headers["location"])).status_code == 200, username


async def test_signed_out_means_out(house: httpx2.AsyncClient) -> None:
    await sign_in(house, REGISTRAR)
    await house.post("/sign-out")
    assert (await house.get("/trust/registrar")).status_code == 303


async def test_a_list_in_hand_is_not_sent_again(house: httpx2.AsyncClient) -> None:
    first = await house.get("/trust/list")
    again = await house.get("/trust/list", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert "set-cookie" not in first.headers
