"""The whole journey, through the whole application: class, paper, no network, a share, its stop, a fraud."""

import re
import socket
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any

import anyio
import anyio.to_thread
import httpx2
import pytest

from passport.demo_world.licences import PUBLIC_BODY
from passport.demo_world.people import DemoPerson
from passport.judging import Where
from passport.verifying import FileAnswer, verify_files
from tests.journey.conftest import revoke, sign_in
from tests.journey.holders import PHONE, PIN, has_in_wallet, log_of, news_to, returnee, with_phone_and_pin
from tests.journey.test_assisted import OFFICER as ASSISTED_OFFICER
from tests.journey.test_assisted import of_holder, passport_of, visit
from tests.journey.test_cards import codes_in, make, until
from tests.journey.test_corrections import HTML, until_reason
from tests.journey.test_first_journey import CLERK, desk_of, issue, upload
from tests.journey.test_notices import simulator_of, tell
from wallet_api.messages import NEWS

pytestmark = [pytest.mark.anyio, pytest.mark.full, pytest.mark.timeout(600)]

HOLDER, EPS_OFFICER = "returnee-1", "verifier-korea"
EPS_NAME = "Demo Foreign Employment Service of Korea"
CLAIMS = {"nameLatin", "achievement", "decisionDate"}
JSON = {"Accept": "application/json"}
ENGLISH = HTML | {"Accept-Language": "en"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Paper:
    """A certificate of the holder, as its class list shows it, and the card that was read off the paper."""

    certificate: dict[str, Any]
    card: str


@pytest.fixture
def holder(people: tuple[DemoPerson, ...]) -> DemoPerson:
    return returnee(people)


async def certified_and_printed(
    client: httpx2.AsyncClient, people: tuple[DemoPerson, ...], holder: DemoPerson
) -> Paper:
    """The class, by two people of the centre; then the holder's passport on A4, read as a camera reads it."""
    await sign_in(client, CLERK)
    class_id = (await upload(client, people))["id"]
    issued = await issue(client, class_id)
    made = await make(client, class_id)
    certificate = await of_holder(client, issued, holder)
    await sign_in(client, ASSISTED_OFFICER)
    pdf = await passport_of(client, (await visit(client, holder))["visit"], "en")
    codes = set(codes_in(pdf))
    (card,) = codes & {one["text"] for one in made if one["row"] == certificate["row"]}
    assert certificate["verify_url"] in codes
    client.cookies.clear()
    return Paper(certificate=certificate, card=card)


async def take_bundle(client: httpx2.AsyncClient, path: Path) -> Path:
    answer = await client.get("/verify/bundle")
    assert answer.status_code == 200, answer.text
    await anyio.Path(path).write_bytes(answer.content)
    return path


async def offline(client: httpx2.AsyncClient, bundle: Path, card: str) -> FileAnswer:
    """What ``passport verify --offline`` says of a card, where every connection is refused."""
    where = Where(bundle=bundle, anchor=desk_of(client).context.settings.trust_anchor)

    def judge() -> FileAnswer:
        (answer,) = verify_files([card], where, server=None, say=lambda _: None, note=lambda _: None)
        return answer

    def refuse(*_: Any) -> None:
        raise AssertionError("a connection was opened")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", refuse)
        patch.setattr(socket, "getaddrinfo", refuse)
        return await anyio.to_thread.run_sync(judge)


async def shared(client: httpx2.AsyncClient, holder: DemoPerson, credential_id: str) -> str:
    """The link by which the holder shares with the Korean public body, under EPS."""
    await with_phone_and_pin(client, HOLDER)
    with anyio.fail_after(30):
        while not await has_in_wallet(client, holder, credential_id):
            await anyio.sleep(0.1)
    form = {
        "to": PUBLIC_BODY,
        "purpose": "kr-eps/construction",
        "certificate": credential_id,
        "claim": [f"{credential_id} {claim}" for claim in sorted(CLAIMS)],
        "hours": "24",
        "views": "3",
        "pin": PIN,
    }
    made = await client.post("/wallet/share", data=form, headers=ENGLISH)
    assert made.status_code == 200, made.text
    found = re.search(r'href="(https?://[^"]+/s/[0-9A-Z]+)"', made.text)
    assert found is not None
    return found[1]


async def open_as_officer(client: httpx2.AsyncClient, link: str, headers: dict[str, str]) -> httpx2.Response:
    await sign_in(client, EPS_OFFICER)
    return await client.post(link, headers=headers)


async def officer_reads(client: httpx2.AsyncClient, link: str) -> None:
    """Four verdicts, what was chosen and no more, and the evidence sheet; and the same as a page."""
    client.cookies.clear()
    assert (await client.post(link, headers=JSON)).status_code == 404, "for one organisation alone"
    opened = await open_as_officer(client, link, JSON)
    assert opened.status_code == 200, opened.text
    answer = opened.json()
    (result,) = answer["credentialResults"]
    assert {name: one["answer"] for name, one in result["verdicts"].items()} == dict.fromkeys(
        ("authentic", "entitled", "inForce", "thisPersons"), "yes"
    )
    (disclosed,) = answer["disclosed"]
    assert set(disclosed["claims"]) == CLAIMS
    sheet = answer["programme"]["evidenceSheet"]
    assert [row["answer"] for row in sheet["nationalCertificates"]] == ["satisfied"]
    assert "points" in sheet["statement"]
    page = await open_as_officer(client, link, HTML | {"Accept-Language": "ko"})
    assert page.status_code == 200
    assert 'data-outcome="accepted"' in page.text
    assert "data-evidence-sheet" in page.text


async def stopped_and_seen(client: httpx2.AsyncClient, link: str) -> None:
    """The holder reads who looked, and stops it; then the link opens nothing, and blames nobody."""
    await sign_in(client, HOLDER)
    assert EPS_NAME in (await client.get("/wallet/log", headers=ENGLISH)).text
    assert (await log_of(client)).count("opened") == 2
    assert (await client.post("/wallet/shares/stop", data={})).status_code == 303
    closed = await open_as_officer(client, link, ENGLISH)
    assert closed.status_code == 404
    said = unescape(closed.text)
    assert "This link has ended" in said
    assert "This says nothing against them." in said
    assert "genuine" not in said.lower()
    assert (await open_as_officer(client, link, JSON)).status_code == 404
    await sign_in(client, HOLDER)
    assert "refused" in await log_of(client), "the holder sees that it was tried"


async def ended_by_fraud(client: httpx2.AsyncClient, paper: Paper) -> None:
    """Two officers revoke; the certificate and its card read *revoked*, and still as genuine."""
    await revoke(client, paper.certificate["credential_id"])
    await sign_in(client, CLERK)
    credential = await until_reason(client, paper.certificate, "revoked")
    card = await until(client, paper.card, "rejected")
    for answer in (credential, card):
        assert answer["verdicts"]["inForce"]["reason"] == "revoked"
        assert answer["verdicts"]["authentic"]["answer"] == "yes"
        assert answer["verdicts"]["entitled"]["answer"] == "yes"
        assert answer["decision"]["headline"] == "Revoked: no longer in force"


async def holder_is_told(client: httpx2.AsyncClient, news_before: int) -> None:
    """A message says that there is news and nothing more; the wallet says which."""
    await tell(client)
    assert news_to(client, PHONE) == news_before + 1
    told = simulator_of(client).sent[-1]
    assert (told.channel, told.to, told.text, told.keys, told.picture) == ("sms", PHONE, NEWS, (), None)
    await sign_in(client, HOLDER)
    assert "There is news about this certificate" in (await client.get("/wallet", headers=ENGLISH)).text


async def test_from_the_class_to_the_end_of_it(
    client: httpx2.AsyncClient, people: tuple[DemoPerson, ...], holder: DemoPerson, tmp_path: Path
) -> None:
    client.headers["Accept-Language"] = "en"
    paper = await certified_and_printed(client, people, holder)
    first = await take_bundle(client, tmp_path / "first.zip")
    answer = await offline(client, first, paper.card)
    assert answer.outcome == "accepted"
    assert answer.answer is not None
    assert answer.answer.headline == "Genuine and in force (identity not checked)"

    link = await shared(client, holder, paper.certificate["credential_id"])
    await officer_reads(client, link)
    await stopped_and_seen(client, link)
    await tell(client)
    news_before = news_to(client, PHONE)

    await ended_by_fraud(client, paper)
    later = await take_bundle(client, tmp_path / "later.zip")
    answer = await offline(client, later, paper.card)
    assert answer.outcome == "rejected"
    assert answer.answer is not None
    assert answer.answer.verdicts["inForce"].reason == "revoked"
    assert answer.answer.verdicts["authentic"].answer == "yes"
    assert (await offline(client, first, paper.card)).outcome == "accepted", "the old bundle cannot know"
    await holder_is_told(client, news_before)
