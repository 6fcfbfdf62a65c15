"""Deliveries and pages, with the real verifier over a simulated world."""

import json
import shutil
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from sqlalchemy import select, update

from runtime.auth import Principal, Role
from runtime.migrations import schema_differences
from runtime.person_requests import ErasureRequest
from runtime.personal_data import PersonalData
from runtime.service import ServiceContext
from runtime.trust_memory import TrustMemory
from runtime.verification import VerificationShell
from tests.simulator import STATUS_DID_URL, TRUST_LIST_URL, IssuerWorld
from tests.unit.trust_registry.deployment import BASE_URL, bearer, browsing
from wallet_api import store
from wallet_api.app import create_app
from wallet_api.tables import held_credential, metadata

pytestmark = pytest.mark.anyio

SOKHA = Principal(subject="sokha", name="Sok Sokha", role=Role.RETURNEE, rld_number="RLD-0000001")
ERASE_SOKHA = ErasureRequest(
    rld_number="RLD-0000001", actor="protection-officer", reason="Asked for.", approver="second-officer"
)
DARA = Principal(subject="dara", name="Chan Dara", role=Role.RETURNEE, rld_number="RLD-0000002")


@pytest.fixture
def world() -> IssuerWorld:
    return IssuerWorld()


@pytest.fixture
def app(context: ServiceContext, world: IssuerWorld) -> FastAPI:
    """The wallet with a shell that asks for lists again on every call, as after their refresh time."""

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


def named(world: IssuerWorld, index: int = 0, **subject: Any) -> bytes:
    """A credential whose subject has a name that must never be read in the database."""
    person = {"nameKhmer": "សុខ សុខា", "nameLatin": "MARKER SOKHA", "certificateNumber": "PP-2026-0001"}
    achievement = {**world.subject(index)["achievement"], "humanCode": "DEMO-RPL-BRL"}  # type: ignore[dict-item]
    localized = {"title": {"km": "ជាងរៀបឥដ្ឋ"}}
    dates = {"decisionDate": "2026-05-20"}
    claims = {**world.subject(index), "achievement": achievement, "localized": localized, **person, **dates}
    return world.issue(index, credentialSubject=claims | subject)


def envelope(raw: bytes, **changes: Any) -> dict[str, Any]:
    return {
        "holder": SOKHA.rld_number,
        "credential": raw.decode(),
        "verify_url": f"{BASE_URL}/v/7K3M9QXA2B4C7K3M9QXA2B4C7K",
        "typed_code": "7K3M-9QXA-2B4C",
        "certificate_path": "/issuer/certificates/PP-2026-0001.pdf",
    } | changes


def id_of(raw: bytes) -> str:
    return str(json.loads(raw)["id"])


async def deliver(app: FastAPI, raw: bytes, *, path_id: str | None = None, **changes: Any) -> httpx2.Response:
    context: ServiceContext = app.state.context
    async with browsing(app) as client:
        return await client.put(
            f"/wallet/api/credentials/{path_id or id_of(raw)}",
            json=envelope(raw, **changes),
            headers=bearer(context, "issuer"),
        )


async def test_migrations_give_the_tables_of_the_code(context: ServiceContext) -> None:
    assert context.database.read_now(schema_differences, metadata) == ()


async def test_a_delivery_is_kept_once_and_given_back_byte_for_byte(app: FastAPI, world: IssuerWorld) -> None:
    raw = named(world).replace(b',"', b', "', 1)
    first, second = await deliver(app, raw), await deliver(app, raw)
    assert (first.status_code, first.json()) == (201, {"id": id_of(raw), "stored": True})
    assert (second.status_code, second.json()) == (200, {"id": id_of(raw), "stored": False})
    async with browsing(app, SOKHA) as client:
        file = await client.get(f"/wallet/credentials/{id_of(raw)}/file")
        page = (await client.get("/wallet")).text
    assert file.content == raw
    assert file.headers["content-disposition"] == 'attachment; filename="PP-2026-0001.json"'
    assert page.count(id_of(raw)) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"holder": "RLD-0000002"},
        {"typed_code": "9999-9QXA-2B4C"},
        {"verify_url": f"{BASE_URL}/v/AAAA9QXA2B4C7K3M9QXA2B4C7K"},
    ],
    ids=["other holder", "other code", "other link"],
)
async def test_the_same_id_with_other_content_is_a_conflict(
    app: FastAPI, world: IssuerWorld, changes: dict[str, str]
) -> None:
    raw = named(world)
    await deliver(app, raw)
    assert (await deliver(app, raw, **changes)).status_code == 409
    assert (await deliver(app, raw)).status_code == 200


async def test_other_bytes_under_a_known_id_are_a_conflict(app: FastAPI, world: IssuerWorld) -> None:
    await deliver(app, named(world))
    assert (await deliver(app, named(world, certificateNumber="PP-2026-0002"))).status_code == 409


async def test_nothing_in_the_database_names_the_holder(
    app: FastAPI, context: ServiceContext, world: IssuerWorld
) -> None:
    await deliver(app, named(world))
    files = list(context.settings.data_dir.rglob("*"))
    content = b"".join(path.read_bytes() for path in files if path.is_file())
    assert id_of(named(world)).encode() in content, "the file looked at is the one written to"
    for marker in ("MARKER", "SOKHA", "សុខា", "RLD-0000001", "PP-2026-0001", "7K3M", "proofValue"):
        assert marker.encode() not in content


def tampered(world: IssuerWorld) -> bytes:
    return named(world).replace(b"MARKER SOKHA", b"MARKER OTHER")


def of_a_stranger(world: IssuerWorld) -> bytes:
    raw = named(world)
    world.publish_trust_list(issuers=world.trust_entries()[1:])
    return raw


def of_another_award(world: IssuerWorld) -> bytes:
    raw = named(world)
    world.publish_trust_list(issuers=world.trust_entries(qualificationCodes=["DEMO-RPL-ELE"]))
    return raw


@pytest.mark.parametrize(
    ("make", "problem"),
    [
        (tampered, "CRYPTOGRAPHIC_SECURITY_ERROR"),
        (of_a_stranger, "ISSUER_NOT_ENTITLED"),
        (of_another_award, "ISSUER_NOT_ENTITLED"),
    ],
)
async def test_what_is_not_genuine_or_not_entitled_is_refused_with_the_reason(
    app: FastAPI, context: ServiceContext, world: IssuerWorld, make: Any, problem: str
) -> None:
    response = await deliver(app, make(world))
    assert response.status_code == 400
    assert response.json()["type"].endswith(problem)
    assert "MARKER" not in response.text
    assert context.database.read_now(_count) == 0


async def test_what_cannot_be_checked_now_is_to_be_delivered_again(app: FastAPI, world: IssuerWorld) -> None:
    raw = named(world)
    world.go_offline(TRUST_LIST_URL)
    response = await deliver(app, raw)
    assert response.status_code == 503
    assert "retry-after" in response.headers
    world.come_back()
    assert (await deliver(app, raw)).status_code == 201


async def test_a_revoked_credential_is_its_holders_all_the_same(app: FastAPI, world: IssuerWorld) -> None:
    raw = named(world)
    world.publish_status({0})
    assert (await deliver(app, raw)).status_code == 201


@pytest.mark.parametrize(
    "changes",
    [
        {"path_id": "urn:uuid:00000000-0000-4000-8000-000000000009"},
        {"path_id": "not-an-id"},
        {"holder": "'; DROP"},
        {"holder": ""},
        {"credential": "{"},
        {"credential": "[]"},
        {"credential": '{"id": "a", "id": "b"}'},
        {"credential": 7},
        {"verify_url": "https://evil.example/v/7K3M9QXA2B4C7K3M9QXA2B4C7K"},
        {"verify_url": f"{BASE_URL}.evil.example/v/7K3M9QXA2B4C7K3M9QXA2B4C7K"},
        {"verify_url": f"{BASE_URL}/v/short"},
        {"verify_url": "7K3M9QXA2B4C7K3M9QXA2B4C7K"},
        {"verify_url": f"{BASE_URL}/v/../sign-out?7K3M9QXA2B4C7K3M9QXA2B4C7K"},
        {"typed_code": "<script>"},
        {"certificate_path": "https://evil.example/a.pdf"},
        {"certificate_path": "//evil.example/a.pdf"},
        {"certificate_path": "javascript:alert(1)"},
        {"issuer": "did:web:evil.example"},
    ],
    ids=lambda changes: " ".join(f"{name} {value}"[:40] for name, value in changes.items()),
)
async def test_malformed_deliveries_are_client_errors(
    app: FastAPI, context: ServiceContext, world: IssuerWorld, changes: dict[str, Any]
) -> None:
    response = await deliver(app, named(world), **changes)
    assert response.status_code == 400
    assert context.database.read_now(_count) == 0


@pytest.mark.parametrize(("caller", "status"), [("revocation", 403), ("verifier", 403), (None, 401)])
async def test_only_the_issuer_delivers(
    app: FastAPI, context: ServiceContext, world: IssuerWorld, caller: str | None, status: int
) -> None:
    raw = named(world)
    headers = bearer(context, caller) if caller else {"Accept": "application/json"}
    async with browsing(app) as client:
        url = f"/wallet/api/credentials/{id_of(raw)}"
        assert (await client.put(url, json=envelope(raw), headers=headers)).status_code == status


async def test_a_holder_sees_nothing_of_another_holder(app: FastAPI, world: IssuerWorld) -> None:
    raw = named(world)
    await deliver(app, raw)
    unknown = "urn:uuid:00000000-0000-4000-8000-00000000ffff"
    async with browsing(app, DARA) as client:
        assert id_of(raw) not in (await client.get("/wallet")).text
        for tail in ("", "/qr", "/file"):
            others = await client.get(f"/wallet/credentials/{id_of(raw)}{tail}")
            nobodys = await client.get(f"/wallet/credentials/{unknown}{tail}")
            assert others.status_code == nobodys.status_code == 404
            assert "MARKER" not in others.text


async def test_the_wallet_is_the_returnees(app: FastAPI, world: IssuerWorld) -> None:
    raw = named(world)
    await deliver(app, raw)
    paths = ("/wallet", *(f"/wallet/credentials/{id_of(raw)}{tail}" for tail in ("", "/qr", "/file")))
    async with browsing(app) as client:
        for path in paths:
            response = await client.get(path)
            assert (response.status_code, response.headers["location"][:14]) == (303, "/sign-in?next=")
    for role in set(Role) - {Role.SERVICE, Role.RETURNEE}:
        # Even with the holder's number in a session: the wallet is the returnee's door.
        other = Principal(subject="x", name="X", role=role, rld_number=SOKHA.rld_number)
        async with browsing(app, other) as client:
            assert {(await client.get(path)).status_code for path in paths} == {403}
    nobody = Principal(subject="x", name="X", role=Role.RETURNEE)
    async with browsing(app, nobody) as client:
        assert (await client.get("/wallet")).status_code == 403


async def test_a_ciphertext_put_in_another_row_is_an_error_and_shows_nothing(
    app: FastAPI, context: ServiceContext, world: IssuerWorld
) -> None:
    mine, theirs = named(world, 1), named(world, 2, nameLatin="MARKER DARA")
    await deliver(app, mine)
    await deliver(app, theirs, holder=DARA.rld_number)
    context.database.write_now(_swap_ciphertext, id_of(mine), id_of(theirs))
    async with browsing(app, SOKHA) as client:
        response = await client.get(f"/wallet/credentials/{id_of(mine)}")
    assert response.status_code == 500
    assert "MARKER" not in response.text


async def test_a_row_given_to_another_holder_does_not_open(
    app: FastAPI, context: ServiceContext, world: IssuerWorld
) -> None:
    raw = named(world)
    await deliver(app, raw)
    await deliver(app, named(world, 2), holder=DARA.rld_number)
    thief = PersonalData.open(context.settings, context.keyring).person(DARA.rld_number or "")
    context.database.write_now(
        lambda connection: connection.execute(update(held_credential).values(holder_index=thief))
    )
    async with browsing(app, DARA) as client:
        response = await client.get(f"/wallet/credentials/{id_of(raw)}/file")
    assert response.status_code == 500
    assert b"MARKER" not in response.content


async def test_who_is_erased_has_nothing_and_others_keep_theirs(
    app: FastAPI, context: ServiceContext, world: IssuerWorld
) -> None:
    mine, theirs = named(world, 1), named(world, 2)
    await deliver(app, mine)
    await deliver(app, theirs, holder=DARA.rld_number)
    assert await app.state.wallet.erase(ERASE_SOKHA)
    assert not await app.state.wallet.erase(ERASE_SOKHA)
    for principal, raw, status in ((SOKHA, mine, 404), (DARA, theirs, 200)):
        async with browsing(app, principal) as client:
            assert (await client.get(f"/wallet/credentials/{id_of(raw)}/file")).status_code == status


async def test_an_erasure_is_done_again_in_a_restored_backup(
    app: FastAPI, context: ServiceContext, world: IssuerWorld, tmp_path: Path
) -> None:
    raw = named(world)
    await deliver(app, raw)
    context.database.close()
    file = tmp_path / "data" / "wallet_api.sqlite3"
    shutil.copy(file, tmp_path / "yesterday")
    assert await app.state.wallet.erase(ERASE_SOKHA)
    context.database.close()
    for left in file.parent.glob("wallet_api.sqlite3*"):
        left.unlink()
    shutil.copy(tmp_path / "yesterday", file)
    async with browsing(app, SOKHA) as client:
        assert (await client.get(f"/wallet/credentials/{id_of(raw)}/file")).status_code == 200
    restored = create_app(context, verify=app.state.wallet._verify)
    async with browsing(restored, SOKHA) as client:
        assert (await client.get(f"/wallet/credentials/{id_of(raw)}/file")).status_code == 404


@pytest.mark.parametrize("language", ["en", "km"])
async def test_the_passport_in_pictures_and_few_words(
    app: FastAPI, world: IssuerWorld, language: str
) -> None:
    raw = named(world)
    await deliver(app, raw)
    async with browsing(app, SOKHA) as client:
        page = (await client.get(f"/wallet?lang={language}")).text
        detail = (await client.get(f"/wallet/credentials/{id_of(raw)}")).text
    words = {
        "en": (
            "In force",
            "Recognition of prior learning (RPL)",
            "Poipet Training Centre",
            "This is free. Nobody may ask money for it.",
        ),
        "km": ("នៅមានសុពលភាព", "មជ្ឈមណ្ឌលបណ្តុះបណ្តាលប៉ោយប៉ែត", "ឥតគិតថ្លៃ"),
    }[language]
    for text in (*words, "ជាងរៀបឥដ្ឋ", "Bricklayer", 'datetime="2026-05-20"', "000 000 000"):
        assert text in page
    assert "What the credential calls itself" not in page, "the centre's name comes from the trust list"
    for text in ("សុខ សុខា", "MARKER SOKHA", "PP-2026-0001", "/issuer/certificates/PP-2026-0001.pdf"):
        assert text in detail


async def test_a_revocation_shows_at_the_next_look(app: FastAPI, world: IssuerWorld) -> None:
    raw = named(world)
    await deliver(app, raw)
    async with browsing(app, SOKHA) as client:
        assert 'data-state="in_force"' in (await client.get("/wallet")).text
        world.publish_status({0})
        assert 'data-state="revoked"' in (await client.get("/wallet")).text
        assert "Ask your centre why" in (await client.get(f"/wallet/credentials/{id_of(raw)}")).text


async def test_what_cannot_be_checked_is_not_called_in_force(app: FastAPI, world: IssuerWorld) -> None:
    raw = named(world)
    await deliver(app, raw)
    for url in (TRUST_LIST_URL, world.list_url, STATUS_DID_URL):
        world.go_offline(url)
        async with browsing(app, SOKHA) as client:
            page = (await client.get("/wallet")).text
        world.come_back()
        assert 'data-state="could_not_check"' in page
        assert "Bricklayer" in page


async def test_the_code_page_shows_qr_and_typed_code(app: FastAPI, world: IssuerWorld) -> None:
    raw = named(world)
    await deliver(app, raw)
    async with browsing(app, SOKHA) as client:
        page = (await client.get(f"/wallet/credentials/{id_of(raw)}/qr")).text
    assert "7K3M-9QXA-2B4C" in page
    assert "<svg xmlns" in page
    assert "a phone cannot open the code" in page


async def test_an_empty_wallet_says_so(app: FastAPI) -> None:
    async with browsing(app, DARA) as client:
        assert "Nothing is here yet." in (await client.get("/wallet")).text


def _count(connection: store.Connection) -> int:
    return len(connection.execute(select(held_credential.c.id)).all())


def _swap_ciphertext(connection: store.Connection, to: str, source: str) -> None:
    query = select(held_credential.c.credential).where(held_credential.c.id == source)
    stolen = connection.execute(query).scalar_one()
    connection.execute(update(held_credential).where(held_credential.c.id == to).values(credential=stolen))
