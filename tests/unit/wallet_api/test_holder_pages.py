"""What a holder sees and may do: a passport in pictures, a code to keep, a copy of everything, its end."""

import json
import re
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from PIL import Image

from runtime.audit_log import entries
from runtime.auth import Principal
from runtime.personal_data import DataErased, Place
from runtime.service import ServiceContext
from runtime.trust_memory import TrustMemory
from runtime.verification import VerificationShell
from tests.qr_reading import qr_codes
from tests.simulator import IssuerWorld
from tests.unit.trust_registry.deployment import browsing, clock_of
from tests.unit.wallet_api.test_wallet import DARA, SOKHA, deliver, id_of, named
from wallet_api import access_log, audio_texts, store
from wallet_api.app import create_app
from wallet_api.sound import LANGUAGES, SENTENCES
from wallet_api.visible import LIMITED

pytestmark = pytest.mark.anyio

PIN, SECOND_PIN = "482913", "730164"
FORCED = replace(SOKHA, scopes=(LIMITED,))
HOME_LINKS = (
    "/wallet/show",
    "/wallet/share",
    "/wallet/log",
    "/wallet/help",
    "/wallet/programmes",
    "/wallet/me",
)


@pytest.fixture
def world() -> IssuerWorld:
    return IssuerWorld()


@pytest.fixture
def app(context: ServiceContext, world: IssuerWorld) -> FastAPI:
    async def verify(raw: bytes) -> Any:
        shell = VerificationShell(
            fetcher=world.fetcher,
            clock=world.clock,
            policy=world.policy,
            list_refresh_seconds=5,
            memory=TrustMemory.of_this_process(),
        )
        return await shell.verify(raw)

    return create_app(context, verify=verify)


async def with_two(app: FastAPI, world: IssuerWorld) -> tuple[bytes, bytes]:
    """Two certificates of Sokha's: an older one, and a newer one."""
    older, newer = named(world), named(world, 1, certificateNumber="PP-2026-0002")
    await deliver(app, older)
    clock_of(app.state.context).advance(timedelta(minutes=1))
    await deliver(
        app, newer, verify_url=f"{base_url(app)}/v/AAAA9QXA2B4C7K3M9QXA2B4C7K", typed_code="AAAA-9QXA-2B4C"
    )
    return older, newer


def base_url(app: FastAPI) -> str:
    context: ServiceContext = app.state.context
    return context.settings.base_url


async def page(app: FastAPI, path: str, who: Principal = SOKHA, language: str = "en") -> httpx2.Response:
    async with browsing(app, who) as client:
        return await client.get(f"{path}?lang={language}")


async def send(app: FastAPI, path: str, form: Mapping[str, str], who: Principal = SOKHA) -> httpx2.Response:
    async with browsing(app, who) as client:
        return await client.post(path, data=form)


def unzipped(answer: httpx2.Response) -> dict[str, bytes]:
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/zip"
    with zipfile.ZipFile(BytesIO(answer.content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.mark.parametrize("language", LANGUAGES)
async def test_home_is_a_cover_a_tile_a_certificate_and_four_pictures(
    app: FastAPI, world: IssuerWorld, language: str
) -> None:
    older, _ = await with_two(app, world)
    answer = await page(app, "/wallet", language=language)
    assert f'<html lang="{language}"' in answer.text
    for text in ("សុខ សុខា", "MARKER SOKHA", f"/wallet/credentials/{id_of(older)}"):
        assert text in answer.text
    assert answer.text.count('class="tile tone-good" data-state="in_force"') == 2
    for link in HOME_LINKS:
        assert f'href="{link}"' in answer.text
    assert "<img" not in answer.text.partition("<main")[2], "every picture is drawn on the page itself"


async def test_show_takes_the_newest_that_is_in_force_and_offers_the_others(
    app: FastAPI, world: IssuerWorld
) -> None:
    older, newer = await with_two(app, world)
    shown = (await page(app, "/wallet/show")).text
    assert "AAAA-9QXA-2B4C" in shown
    assert f'href="/wallet/credentials/{id_of(older)}/qr"' in shown
    world.publish_status({1})
    shown = (await page(app, "/wallet/show")).text
    assert "7K3M-9QXA-2B4C" in shown, "a revoked one is not shown first"
    assert f'href="/wallet/credentials/{id_of(newer)}/qr"' in shown


async def test_show_of_an_empty_passport_leads_back_to_it(app: FastAPI) -> None:
    answer = await page(app, "/wallet/show", DARA)
    assert (answer.status_code, answer.headers["location"]) == (303, "/wallet")


async def test_the_picture_to_keep_holds_the_code_and_no_name(app: FastAPI, world: IssuerWorld) -> None:
    raw = named(world)
    await deliver(app, raw)
    answer = await page(app, f"/wallet/credentials/{id_of(raw)}/qr.png")
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["content-disposition"] == 'attachment; filename="PP-2026-0001.png"'
    with Image.open(BytesIO(answer.content)) as drawn:
        assert drawn.width >= 720
        found = qr_codes(drawn.convert("L"))
        # As a messenger sends it: small, and compressed hard.
        small = BytesIO()
        drawn.convert("L").resize((drawn.width // 2, drawn.height // 2)).save(small, "JPEG", quality=40)
    assert [code.text for code in found] == [f"{base_url(app)}/v/7K3M9QXA2B4C7K3M9QXA2B4C7K"]
    with Image.open(small) as sent:
        assert len(qr_codes(sent)) == 1
    assert (await page(app, f"/wallet/credentials/{id_of(raw)}/qr.png", DARA)).status_code == 404


async def test_what_is_still_needed_names_the_certificate_that_is_there(
    app: FastAPI, world: IssuerWorld
) -> None:
    raw = named(world, partial=False)
    await deliver(app, raw)
    text = (await page(app, "/wallet/programmes/kh-work")).text
    assert 'href="/wallet/programmes/kh-work?variant=construction"' in text
    async with browsing(app, SOKHA) as client:
        text = (await client.get("/wallet/programmes/kh-work?variant=construction&lang=en")).text
    have = dict(re.findall(r'data-requirement="([\w-]+)" data-have="(\w+)"', text))
    assert have == {"health-check": "need", "social-security": "need", "skill-construction": "have"}
    assert re.findall(r'data-step="([\w-]+)"', text) == ["health-check", "social-security"]
    assert f'href="/wallet/credentials/{id_of(raw)}"' in text
    assert "you still need:" in text
    assert "Having these does not mean that you are selected." in text


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/wallet/programmes/xx-work", 404),
        ("/wallet/programmes/kh-work?variant=astronaut", 404),
        ("/wallet/programmes/jp-esd", 404),
        ("/wallet/programmes/qa-work", 200),
    ],
    ids=["unknown programme", "unknown field", "not open yet", "without fields"],
)
async def test_only_what_is_open_can_be_chosen(app: FastAPI, path: str, status: int) -> None:
    async with browsing(app, SOKHA) as client:
        assert (await client.get(path)).status_code == status


async def test_a_copy_of_everything_is_exact_readable_and_in_the_holders_log(
    app: FastAPI, world: IssuerWorld
) -> None:
    older, newer = await with_two(app, world)
    files = unzipped(await send(app, "/wallet/me/export", {}))
    assert files["credentials/01-PP-2026-0002.json"] == newer
    assert files["credentials/02-PP-2026-0001.json"] == older
    rest = json.loads(files["passport.json"])
    assert {item["credential"] for item in rest["credentials"]} == {older.decode(), newer.decode()}
    readme = files["README.txt"].decode()
    for text in (
        "passport verify credentials/*.json",
        "នេះជា",
        "This is everything",
        "/verify",
        "PP-2026-0001.pdf",
    ):
        assert text in readme
    context: ServiceContext = app.state.context
    holder = context.personal.person("RLD-0000001")
    log = context.database.read_now(lambda c: access_log.of_holder(context.personal, c, holder))
    assert [entry.kind.value for entry in log] == ["exported"]
    assert "person.export" in _acts(app)


async def test_nobody_elses_certificates_are_in_the_copy(app: FastAPI, world: IssuerWorld) -> None:
    await with_two(app, world)
    files = unzipped(await send(app, "/wallet/me/export", {}, DARA))
    assert set(files) == {"README.txt", "passport.json"}
    assert b"SOKHA" not in files["passport.json"]


@pytest.mark.parametrize("path", ["/wallet/me/export", "/wallet/me/erase"])
async def test_where_there_is_a_pin_nothing_leaves_or_goes_without_it(
    app: FastAPI, world: IssuerWorld, path: str
) -> None:
    raw = named(world)
    await deliver(app, raw)
    await app.state.pins.set_first("RLD-0000001", PIN)
    assert 'name="pin"' in (await page(app, "/wallet/me")).text
    assert 'name="pin"' in (await page(app, "/wallet/me/erase/sure")).text
    for wrong in ("", "482914", "x"):
        answer = await send(app, path, {"sure": "yes", "pin": wrong})
        assert answer.status_code == 400
        assert answer.headers["content-type"].startswith("text/html")
    assert (await page(app, f"/wallet/credentials/{id_of(raw)}/file")).content == raw
    assert (await send(app, path, {"sure": "yes", "pin": PIN})).status_code == 200


async def test_a_locked_pin_says_so_on_the_page(app: FastAPI) -> None:
    await app.state.pins.set_first("RLD-0000001", PIN)
    answers = [await send(app, "/wallet/me/export", {"pin": "111222"}) for _ in range(7)]
    assert answers[-1].status_code == 429
    assert "zip" not in {answer.headers["content-type"] for answer in answers}


async def test_deleting_asks_twice(app: FastAPI, world: IssuerWorld) -> None:
    raw = named(world)
    await deliver(app, raw)
    first = (await page(app, "/wallet/me/erase")).text
    assert "This stays" in first
    assert 'action="/wallet/me/erase"' not in first, "the first page deletes nothing"
    assert 'name="sure"' in (await page(app, "/wallet/me/erase/sure")).text
    for form in ({}, {"sure": "no"}):
        assert (await send(app, "/wallet/me/erase", form)).status_code == 400
    assert (await page(app, f"/wallet/credentials/{id_of(raw)}/file")).content == raw


async def test_what_a_holder_deletes_is_gone_and_others_keep_theirs(app: FastAPI, world: IssuerWorld) -> None:
    raw, other = named(world), named(world, 1)
    await deliver(app, raw)
    await deliver(app, other, holder=DARA.rld_number)
    context: ServiceContext = app.state.context
    sealed = context.database.read_now(store.credential_or_none, id_of(raw))
    assert sealed is not None
    holder = context.personal.person("RLD-0000001")
    opened = context.database.read_now(context.personal.keys, [holder])
    assert opened.unseal(holder, sealed.credential, _place(raw)) == raw
    answer = await send(app, "/wallet/me/erase", {"sure": "yes"})
    assert answer.status_code == 200
    assert "Nothing is here yet." in (await page(app, "/wallet")).text
    assert (await page(app, f"/wallet/credentials/{id_of(other)}/file", DARA)).content == other
    keys = context.database.read_now(context.personal.keys, [holder])
    with pytest.raises(DataErased):
        keys.unseal(holder, sealed.credential, _place(raw))
    assert _acts(app)[-1] == "person.erase"


async def test_whoever_is_forced_gives_a_copy_of_what_the_limited_view_shows(
    app: FastAPI, world: IssuerWorld
) -> None:
    older, _ = await with_two(app, world)
    files = unzipped(await send(app, "/wallet/me/export", {}, FORCED))
    assert [name for name in files if name.startswith("credentials/")] == ["credentials/01-PP-2026-0002.json"]
    assert id_of(older).encode() not in files["passport.json"]
    rest = json.loads(files["passport.json"])
    whole = json.loads(unzipped(await send(app, "/wallet/me/export", {}))["passport.json"])
    assert set(rest) == set(whole), "nothing tells that it is not all"
    assert {name for name, value in rest.items() if value} == {"credentials"}
    assert whole["looked"]
    await app.state.pins.set_first("RLD-0000001", PIN)
    await app.state.pins.set_second("RLD-0000001", PIN, SECOND_PIN, chosen=[id_of(older)])
    files = unzipped(await send(app, "/wallet/me/export", {"pin": SECOND_PIN}))
    assert [name for name in files if name.startswith("credentials/")] == ["credentials/01-PP-2026-0001.json"]


async def test_whoever_is_forced_to_delete_everything_shows_an_empty_passport_and_loses_nothing(
    app: FastAPI, world: IssuerWorld
) -> None:
    older, newer = await with_two(app, world)
    await app.state.pins.set_first("RLD-0000001", PIN)
    await app.state.pins.set_second("RLD-0000001", PIN, SECOND_PIN, chosen=[id_of(newer)])
    real = await send(app, "/wallet/me/erase", {"sure": "yes", "pin": SECOND_PIN})
    assert real.status_code == 200
    assert "Everything here is deleted" in real.text
    assert "Nothing is here yet." in (await page(app, "/wallet", FORCED)).text
    for raw in (older, newer):
        assert (await page(app, f"/wallet/credentials/{id_of(raw)}/file", FORCED)).status_code == 404
        assert (await page(app, f"/wallet/credentials/{id_of(raw)}/file")).content == raw


async def test_a_recording_is_played_where_there_is_one_and_offered_to_the_phone_where_not(
    app: FastAPI,
) -> None:
    home = (await page(app, "/wallet", language="km")).text
    assert 'data-speak="' in home
    assert "<audio" not in home
    folder = app.state.context.settings.data_dir / "audio" / "km"
    folder.mkdir(parents=True)
    (folder / "home.mp3").write_bytes(b"ID3 spoken")
    home = (await page(app, "/wallet", language="km")).text
    assert '<audio controls preload="none" src="/wallet/audio/km/home"' in home
    assert "<audio" not in (await page(app, "/wallet", language="th")).text
    async with browsing(app) as client:
        answer = await client.get("/wallet/audio/km/home")
    assert (answer.content, answer.headers["content-type"]) == (b"ID3 spoken", "audio/mpeg")


@pytest.mark.parametrize(
    "path",
    ["km/nothing", "xx/home", "km/..%2F..%2Fkeyring", "..%2Faudio%2Fkm/home", "th/home", "km/home.mp3"],
)
async def test_nothing_but_a_recording_is_served(app: FastAPI, path: str) -> None:
    folder = app.state.context.settings.data_dir / "audio" / "km"
    folder.mkdir(parents=True)
    (folder / "home.mp3").write_bytes(b"ID3 spoken")
    (folder / "nothing.mp3").write_bytes(b"not in the list")
    async with browsing(app) as client:
        assert (await client.get(f"/wallet/audio/{path}")).status_code == 404


def test_a_speaker_is_given_every_sentence_in_every_language() -> None:
    lines = [line.split("\t") for line in audio_texts.lines()]
    assert {(language, sound) for language, sound, _ in lines} == {
        (language, sound) for language in LANGUAGES if language != "en" for sound in SENTENCES
    }
    for _, sound, text in lines:
        assert re.fullmatch(r"[a-z-]+", sound)
        assert "%(" not in text, "what is recorded is the same for everybody"
        assert text != SENTENCES[sound]


def _acts(app: FastAPI) -> list[str]:
    context: ServiceContext = app.state.context
    return context.database.read_now(lambda connection: [row["act"] for row in entries(connection)])


def _place(raw: bytes) -> Place:
    return Place(table="held_credential", row=id_of(raw), column="credential")
