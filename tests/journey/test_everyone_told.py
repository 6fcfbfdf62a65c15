"""Others tell the fraud desk what they suspect; it tells the public, and verifiers that watch."""

import base64
import json
import re
from typing import Any

import anyio
import httpx2
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from passport.demo_world.people import DemoPerson
from revocation.watching import Watching
from tests.journey.conftest import revoke, sign_in
from tests.journey.test_corrections import CLERK, HTML, issued, until_reason, verdict
from tests.journey.test_first_journey import desk_of
from tests.journey.test_notices import app_of

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(240)]

WATCHER = "https://watcher.example"


class Receiver:
    """A watching verifier: it keeps what it is told, or is away."""

    def __init__(self) -> None:
        self.told: list[tuple[dict[str, str], bytes]] = []
        self.status = 204
        self.app = Starlette(routes=[Route("/hook", self._hook, methods=["POST"])])

    async def _hook(self, request: Request) -> Response:
        if self.status < 300:
            self.told.append((dict(request.headers), await request.body()))
        return Response(status_code=self.status)


@pytest.fixture
def receiver(client: httpx2.AsyncClient) -> Receiver:
    """A receiver that the product's own way out leads to."""
    client.headers["Accept-Language"] = "en"
    made = Receiver()
    desk_of(client).context.fetcher._apps = {**desk_of(client).context.fetcher._apps, WATCHER: made.app}
    return made


def watching_of(client: httpx2.AsyncClient) -> Watching:
    found = app_of(client).app_for("/revocation").state.watching
    assert isinstance(found, Watching)
    return found


async def watch(client: httpx2.AsyncClient, url: str = f"{WATCHER}/hook") -> httpx2.Response:
    await sign_in(client, "fraud-officer-1")
    return await client.post("/revocation/watchers", data={"name": "Demo", "url": url}, headers=HTML)


async def until_told(client: httpx2.AsyncClient, receiver: Receiver, count: int) -> None:
    registry = app_of(client).app_for("/revocation").state.registry
    await registry.publisher.publish_due()
    await watching_of(client).tell_due()
    assert len(receiver.told) == count


def verify(key: str, headers: dict[str, str], body: bytes) -> None:
    """As a receiver does that knows the standard and the key."""
    raw = base64.b64decode(key.removeprefix("whpk_"))
    scheme, signature = headers["webhook-signature"].split(",")
    assert scheme == "v1a"
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    Ed25519PublicKey.from_public_bytes(raw).verify(base64.b64decode(signature), signed)


async def test_who_watches_is_told_which_lists_changed_and_nobodys_name(
    client: httpx2.AsyncClient, receiver: Receiver, people: tuple[DemoPerson, ...]
) -> None:
    certificate = await issued(client)
    assert (await watch(client)).status_code == 303
    await until_told(client, receiver, 0)
    await revoke(client, certificate["credential_id"])
    await until_told(client, receiver, 1)
    headers, body = receiver.told[0]
    key = (await client.get("/status/webhook-key")).json()["key"]
    verify(key, headers, body)
    with pytest.raises(InvalidSignature):
        verify(key, headers, body.replace(b"lists", b"lista"))
    content: dict[str, Any] = json.loads(body)
    assert content["type"] == "statuslist.changed"
    await sign_in(client, CLERK)
    raw = (await client.get(certificate["credential"])).json()
    lists = {entry["statusListCredential"] for entry in raw["credentialStatus"]}
    assert lists <= set(content["data"]["lists"])
    assert certificate["credential_id"] not in body.decode()
    assert "FRAUD" not in body.decode()
    await until_told(client, receiver, 1)


async def test_a_watcher_that_is_away_is_told_later_with_the_same_id(
    client: httpx2.AsyncClient, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = await issued(client)
    await watch(client)
    receiver.status = 503
    await revoke(client, certificate["credential_id"])
    await until_told(client, receiver, 0)
    await sign_in(client, "fraud-officer-1")
    assert "Tries without an answer: 1" in (await client.get("/revocation/watchers", headers=HTML)).text
    receiver.status = 200
    await until_told(client, receiver, 0)
    later = desk_of(client).context.clock.now().replace(year=2030)
    monkeypatch.setattr(type(desk_of(client).context.clock), "now", lambda _: later)
    await watching_of(client).tell_due()
    assert len(receiver.told) == 1


@pytest.mark.parametrize(
    "url", ["http://watcher.example/hook", "ftp://x", "", "https://10.0.0.1/hook", "https://ក.example/x"]
)
async def test_no_other_address_is_ever_told(
    client: httpx2.AsyncClient, receiver: Receiver, url: str
) -> None:
    answer = await watch(client, url)
    if answer.status_code == 303:
        # A private address is refused at the moment of telling, where its name is resolved.
        certificate = await issued(client)
        await revoke(client, certificate["credential_id"])
        registry = app_of(client).app_for("/revocation").state.registry
        await registry.publisher.publish_due()
        assert await watching_of(client).tell_due() == 0
    else:
        assert answer.status_code == 400


async def test_a_report_alone_changes_no_status_and_leads_to_a_case(client: httpx2.AsyncClient) -> None:
    client.headers["Accept-Language"] = "en"
    certificate = await issued(client)
    client.cookies.clear()
    form = {"about": "certificate", "what": "for-sale", "named": certificate["verify_url"]}
    assert (await client.post("/status/report", data=form, headers=HTML)).status_code == 303
    await sign_in(client, CLERK)
    assert (await until_reason(client, certificate, "notRevoked"))["verified"] is True
    await sign_in(client, "fraud-officer-1")
    page = (await client.get("/revocation/reports", headers=HTML)).text
    assert "It was offered for money" in page
    assert certificate["credential_id"] in page
    act = re.search(r"/revocation/reports/[^/]+/case", page)
    assert act is not None
    opened = await client.post(act[0], headers=HTML)
    form_page = (await client.get(opened.headers["location"], headers=HTML)).text
    assert certificate["credential_id"] in form_page
    assert (await client.post(act[0], headers=HTML)).status_code == 409, "once"
    assert "It was offered for money" not in (await client.get("/revocation/reports", headers=HTML)).text


async def test_a_worker_reports_an_agency_and_what_is_unknown_is_kept_without_words(
    client: httpx2.AsyncClient,
) -> None:
    client.headers["Accept-Language"] = "en"
    for form, status in (
        ({"about": "agency", "what": "keeps-papers", "named": "MARKER-12"}, 303),
        ({"about": "certificate", "what": "not-known-here", "named": "MARKER OF A STRANGER"}, 303),
        ({"about": "agency", "what": "keeps-papers", "named": ""}, 400),
        ({"about": "agency", "what": "for-sale", "named": "X-12"}, 400),
        ({"about": "person", "what": "for-sale", "named": "X-12"}, 400),
    ):
        answer = await client.post("/status/report", data=form, headers=HTML)
        assert answer.status_code == status, answer.text
    await sign_in(client, "fraud-officer-1")
    page = (await client.get("/revocation/reports", headers=HTML)).text
    assert "It keeps passports, cards or phones" in page
    assert "MARKER-12" in page
    assert "STRANGER" not in page


async def test_the_public_is_told_how_many_and_why_and_of_nobody(client: httpx2.AsyncClient) -> None:
    client.headers["Accept-Language"] = "en"
    certificate = await issued(client)
    await sign_in(client, "fraud-officer-1")
    body = {"reason": "KEY_COMPROMISE", "credentials": [certificate["credential_id"]], "note": "MARKER"}
    case = (await client.post("/revocation/api/cases", json=body)).json()["case_id"]
    publish = f"/revocation/cases/{case}/publish"
    assert (await client.post(publish, headers=HTML)).status_code == 409, "nothing is revoked"
    await client.post(f"/revocation/api/cases/{case}/revoke")
    await sign_in(client, "fraud-officer-2")
    await client.post(f"/revocation/api/cases/{case}/agree")
    assert (await client.post(publish, headers=HTML)).status_code == 303
    assert (await client.post(publish, headers=HTML)).status_code == 409, "once"
    client.cookies.clear()
    page = (await client.get("/status/incidents", headers=HTML)).text
    assert "Fewer than 10 certificates were revoked." in page
    assert "Their holders did nothing wrong." in page
    answer = await client.get("/status/incidents.json")
    (told,) = answer.json()["incidents"]
    assert (told["certificates"], told["fewer_than"], told["kinds"]) == (None, 10, ["training"])
    for text in (page, answer.text):
        assert "MARKER" not in text
        assert certificate["credential_id"] not in text


async def test_the_accreditation_is_withdrawn_in_the_same_case_by_two_officers(
    client: httpx2.AsyncClient,
) -> None:
    client.headers["Accept-Language"] = "en"
    certificate = await issued(client)
    await sign_in(client, "fraud-officer-1")
    body = {"reason": "FRAUD", "credentials": [certificate["credential_id"]]}
    case = (await client.post("/revocation/api/cases", json=body)).json()["case_id"]
    path = f"/revocation/cases/{case}/withdraw"
    assert (await client.post(path, data={"effective_from": "soon", "earlier": "fall"})).status_code == 400
    assert (await client.post(path, data={"effective_from": "2026-01-01"})).status_code == 400
    form = {"effective_from": "2026-01-01", "earlier": "fall"}
    asked = await client.post(path, data=form, headers=HTML)
    assert asked.status_code == 303, asked.text
    assert "The withdrawal was asked for" in (await client.get(asked.headers["location"], headers=HTML)).text
    assert (await client.post(path, data=form)).status_code == 409, "once"
    await sign_in(client, CLERK)
    assert (await until_reason(client, certificate, "notRevoked"))["verified"] is True, "nobody agreed"
    await sign_in(client, "second-officer")
    waiting = (await client.get("/trust/registrar/waiting", headers=HTML)).text
    found = re.findall(r"/trust/registrar/waiting/\d+/approve", waiting)
    assert found, waiting
    for approve in dict.fromkeys(found):
        answer = await client.post(approve, data={"reason": "Agreed."}, headers=HTML)
        assert answer.status_code == 303, answer.text
    await sign_in(client, CLERK)
    with anyio.fail_after(30):
        while (await verdict(client, certificate))["verdicts"]["entitled"]["answer"] != "no":
            await anyio.sleep(0.2)
