"""Health data: issued and read by one role alone, whoever else works for the same centre.

No health certificate is in the product yet; here a type is set to be one.
"""

import re
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest

from issuer import data_classes
from passport.demo_world.people import DemoPerson
from passport.front import demo_sample_file
from runtime.auth import Principal, Role
from tests.journey.conftest import sign_in
from tests.journey.test_first_journey import issue, upload
from vc.errors import NotAuthorized

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(240)]

CENTRE, CLERK, HEALTH_CLERK = "trei-chhlonh", "clerk-trei-chhlonh", "health-clerk"
OTHER_HEALTH_CLERK = "clerk-medical-desk"
READS = (
    "/issuer/classes/{class_id}",
    "/issuer/classes/{class_id}/progress",
    "/issuer/classes/{class_id}/errors.xlsx",
    "/issuer/classes/{class_id}/certificates.zip",
    "/issuer/api/classes/{class_id}",
    "{credential}",
    "{certificate}",
)
ACTS = (
    "/issuer/classes/{class_id}/submit",
    "/issuer/classes/{class_id}/approve",
    "/issuer/classes/{class_id}/send-back",
    "/issuer/classes/{class_id}/discard",
    "/issuer/api/classes/{class_id}/submit",
    "/issuer/api/classes/{class_id}/approve",
    "/issuer/api/classes/{class_id}/send-back",
    "/issuer/classes/{class_id}/work",
    "/issuer/api/classes/{class_id}/work",
)
SENT: dict[str, Any] = {
    path: {"json": {"proposal": 1}} if "/api/" in path else {"data": {"proposal": "1", "reason": "Why."}}
    for path in ACTS
} | {
    "/issuer/classes/{class_id}/work": {"data": {"act": "pause"}},
    "/issuer/api/classes/{class_id}/work": {"json": {"act": "pause"}},
}
EVERYBODY_ELSE = (
    CLERK,
    "approver-trei-chhlonh",
    "clerk-phka-trakuon",
    "fraud-officer-1",
    "registrar",
    "auditor",
    "protection-officer",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Issued:
    """A house in which one class of health certificates was issued; ``paths`` fill the routes above."""

    client: httpx2.AsyncClient
    paths: dict[str, str]
    person: DemoPerson


@pytest.fixture
def _training_is_health(monkeypatch: pytest.MonkeyPatch) -> None:
    table = {"RPLCertificate": "general", "TrainingCertificate": "health"}
    monkeypatch.setattr(data_classes, "_of_types", lambda: table)


@pytest.fixture
async def house(
    _training_is_health: None, client: httpx2.AsyncClient, people: tuple[DemoPerson, ...], tmp_path: Path
) -> Issued:
    with sqlite3.connect(tmp_path / "data" / "trust_registry.sqlite3") as database:
        for username in (HEALTH_CLERK, OTHER_HEALTH_CLERK):
            database.execute("UPDATE account SET organisation_id = ? WHERE username = ?", [CENTRE, username])
    client.headers["Accept-Language"] = "en"
    await sign_in(client, HEALTH_CLERK)
    class_id = (await upload(client, people, "training", "csv"))["id"]
    item = (await issue(client, class_id, OTHER_HEALTH_CLERK))[0]
    text = demo_sample_file(people, "training", "en", "csv").decode("utf-8-sig")
    person = next(one for one in people if one.rld_number in text)
    paths = {"class_id": class_id, "credential": item["credential"], "certificate": item["certificate"]}
    return Issued(client=client, paths=paths, person=person)


async def test_the_health_clerk_reads_what_was_issued(house: Issued) -> None:
    for path in READS:
        answer = await house.client.get(path.format(**house.paths))
        assert answer.status_code == 200, path
    assert house.paths["class_id"] in (await house.client.get("/issuer")).text


async def test_nobody_else_reads_a_health_list_or_certificate(house: Issued) -> None:
    for username in EVERYBODY_ELSE:
        await sign_in(house.client, username)
        for path in READS:
            answer = await house.client.get(path.format(**house.paths))
            assert answer.status_code in (403, 404), (username, path)
            assert house.person.name_latin not in answer.text
        for path in ACTS:
            refused = await house.client.post(path.format(**house.paths), **SENT[path])
            assert refused.status_code in (403, 404), (username, path)


async def test_the_centres_own_clerk_is_shown_and_finds_none_of_it(house: Issued) -> None:
    await sign_in(house.client, CLERK)
    assert house.paths["class_id"] not in (await house.client.get("/issuer")).text
    form = {"name": house.person.name_latin, "birth_date": house.person.birth_date.isoformat()}
    assert "Nobody of this name" in (await house.client.post("/issuer/people", data=form)).text
    await sign_in(house.client, HEALTH_CLERK)
    assert house.person.name_km in (await house.client.post("/issuer/people", data=form)).text


async def test_it_is_sealed_under_health_keys_and_the_fraud_desk_finds_no_name(
    house: Issued, tmp_path: Path
) -> None:
    with sqlite3.connect(tmp_path / "data" / "issuer.sqlite3") as database:
        classes = database.execute("SELECT DISTINCT data_class FROM person_key").fetchall()
        (number,) = database.execute("SELECT certificate_number FROM issuance").fetchone()
    assert classes == [("health",)]
    await sign_in(house.client, "fraud-officer-1")
    found = await house.client.get("/revocation", params={"query": number})
    assert not re.search(rf"{house.person.name_latin}|Training", found.text)


async def test_each_role_certifies_its_own_class_of_data_only(
    house: Issued, people: tuple[DemoPerson, ...]
) -> None:
    for username, kind in ((CLERK, "training"), (HEALTH_CLERK, "rpl")):
        await sign_in(house.client, username)
        files = {"file": ("class.csv", demo_sample_file(people, kind, "en", "csv"))}
        answer = await house.client.post("/issuer/api/classes", data={"kind": kind}, files=files)
        assert answer.status_code == 403, answer.text


def test_every_type_has_a_class_of_data_and_one_without_is_refused() -> None:
    assert data_classes.data_class_of("HealthCheckStatus") == "health"
    assert data_classes.data_class_of("RPLCertificate") == "general"
    with pytest.raises(NotAuthorized):
        data_classes.data_class_of("SomethingElse")
    for role in Role:
        principal = Principal(subject="x", name="x", role=role)
        assert data_classes.may_read(principal, "health") is (role in (Role.HEALTH_CLERK, Role.RETURNEE))
