"""A type, a title or a setting changes while a class is issued: each certificate is one version wholly."""

import copy
from collections.abc import Mapping
from typing import Any

import httpx2
import pytest

import schemas
from issuer import award, store
from issuer.service import issuing
from passport.demo_world.people import DemoPerson
from tests.journey.conftest import sign_in
from tests.journey.test_first_journey import CLERK, check, desk_of, let_issue, upload
from vc.errors import EvidenceUnavailable

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(240)]

SLUG = "phka-trakuon"
NEW = "Written after the list was read."


def newer(name: str) -> Mapping[str, Any]:
    """The type as its folder would say after an upgrade: another title, another narrative."""
    changed = copy.deepcopy(dict(schemas.read_type(name)))
    changed["achievement"]["narrative"] = NEW
    changed["achievement"]["title"] = {"en": "{title} (new)", "km": "{title} (new)"}
    return changed


@pytest.mark.parametrize("stage", ["reserve", "_intend"])
async def test_a_certificate_is_one_version_wholly(
    client: httpx2.AsyncClient, people: tuple[DemoPerson, ...], monkeypatch: pytest.MonkeyPatch, stage: str
) -> None:
    """The list is read under one version, approved, and signed after everything has changed."""
    desk = desk_of(client)
    await sign_in(client, CLERK)
    class_id = (await upload(client, people))["id"]
    await let_issue(client, class_id)
    titles = {row.row: row.title for row in await desk.context.database.read(desk.sealed.rows_of, class_id)}
    suite = desk.context.settings.default_cryptosuite
    real = getattr(issuing, stage)

    async def breaks_after(*arguments: Any, **options: Any) -> None:
        await real(*arguments, **options)
        raise EvidenceUnavailable("the service is being upgraded")

    monkeypatch.setattr(issuing, stage, breaks_after)
    with pytest.raises(EvidenceUnavailable):
        await issuing.run(desk, class_id, SLUG)
    monkeypatch.setattr(issuing, stage, real)
    monkeypatch.setattr(award, "read_type", newer)
    assert suite != "eddsa-rdfc-2022"
    monkeypatch.setitem(vars(desk.context.settings), "default_cryptosuite", "eddsa-rdfc-2022")
    await issuing.run(desk, class_id, SLUG)
    issued = await desk.context.database.read(desk.sealed.intents_in, class_id, store.ISSUED)
    assert len(issued) == len(titles)
    for record in issued:
        assert record.details.name == titles[record.row]
        assert f'"{titles[record.row]}"'.encode() in record.secured
        assert f'"{suite}"'.encode() in record.secured
        assert NEW.encode() not in record.secured
        assert b"(new)" not in record.secured
    assert (await check(client, issued[0].secured))["verified"] is True


async def test_a_list_read_after_the_change_is_the_new_version_wholly(
    client: httpx2.AsyncClient, people: tuple[DemoPerson, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(award, "read_type", newer)
    desk = desk_of(client)
    await sign_in(client, CLERK)
    class_id = (await upload(client, people))["id"]
    await let_issue(client, class_id)
    await issuing.run(desk, class_id, SLUG)
    issued = await desk.context.database.read(desk.sealed.intents_in, class_id, store.ISSUED)
    assert all(NEW.encode() in record.secured and b"(new)" in record.secured for record in issued)
