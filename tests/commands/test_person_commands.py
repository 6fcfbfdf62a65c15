"""``passport person`` beside a served demo: what every service holds of one person goes out, or away."""

import json
import sqlite3
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from typer.testing import CliRunner, Result

from passport.cli import app
from passport.demo_world.people import DemoPerson, draw_people
from passport.demo_world.world import returnees_who_sign_in
from passport.front import demo_sample_file
from tests.served_demo import CHEAP, PASSWORD, ServedDemo, serve_demo
from vc.errors import ConflictError, EvidenceUnavailable, MalformedValue, NotAuthorized, NotFound

SERVICES = ("issuer", "wallet_api", "trust_registry")
PEOPLE = draw_people()
WHOSE, OTHERS = returnees_who_sign_in(PEOPLE)[:2]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedDemo]:
    with serve_demo(
        tmp_path_factory.mktemp("person"), program=CHEAP, PASSPORT_DEFAULT_CRYPTOSUITE="eddsa-jcs-2022"
    ) as running:
        with signed_in(running, "clerk-phka-trakuon") as client:
            issue_class(running, client)
        yield running


@pytest.fixture(autouse=True)
def deployment(demo: ServedDemo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PASSPORT_DATA_DIR", str(demo.data_dir))
    monkeypatch.setenv("PASSPORT_ISSUER_URL", demo.url)
    monkeypatch.setenv("PASSPORT_WALLET_API_URL", demo.url)


def try_sign_in(demo: ServedDemo, username: str) -> httpx2.Response:
    form = {"username": username, "password": PASSWORD, "next": "/"}
    return httpx2.post(f"{demo.url}/sign-in", data=form, timeout=60, trust_env=False)


def signed_in(demo: ServedDemo, username: str) -> httpx2.Client:
    answer = try_sign_in(demo, username)
    assert answer.status_code == 303
    cookie = answer.headers["set-cookie"].split(";")[0]
    return httpx2.Client(
        base_url=demo.url, headers={"Cookie": cookie, "Origin": demo.url}, trust_env=False, timeout=60
    )


def issue_class(demo: ServedDemo, client: httpx2.Client) -> None:
    files = {"file": ("class.csv", demo_sample_file(PEOPLE, "rpl", "en", "csv"))}
    answer = client.post("/issuer/api/classes", data={"kind": "rpl"}, files=files)
    assert answer.status_code == 201, answer.text
    made = answer.json()
    waiting = client.post(f"/issuer/api/classes/{made['id']}/submit").json()
    body = {"proposal": waiting["approval"]["proposal"]}
    with signed_in(demo, "approver-phka-trakuon") as approver:
        assert approver.post(f"/issuer/api/classes/{made['id']}/approve", json=body).status_code == 202
    while client.get(f"/issuer/api/classes/{made['id']}").json()["state"] != "issued":
        time.sleep(0.1)
    while len(acts(demo, "wallet_api", "credential.receive")) < made["ready_count"]:
        time.sleep(0.1)


def person(*arguments: object, number: str = WHOSE.rld_number) -> Result:
    typed = f"{number}\n{PASSWORD}\n"
    return CliRunner().invoke(app, ["person", *map(str, arguments)], input=typed)


def exported(out: Path, whose: DemoPerson) -> dict[str, Any]:
    done = person(
        *("export", "--as", "protection-officer", "--reason", "She asked.", "--out", out),
        number=whose.rld_number,
    )
    assert done.exit_code == 0, done.output
    assert out.stat().st_mode & 0o077 == 0
    with zipfile.ZipFile(out) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def acts(demo: ServedDemo, service: str, act: str) -> list[tuple[str, str | None]]:
    """Actor and approver of each entry of one act in one service's log."""
    with sqlite3.connect(demo.data_dir / f"{service}.sqlite3") as database:
        query = "SELECT actor, approver FROM audit_entry WHERE act = ? ORDER BY seq"
        return [tuple(row) for row in database.execute(query, [act])]


def proposed() -> int:
    done = person("erase", "--as", "protection-officer", "--reason", "She asked.")
    assert done.exit_code == 0, done.output
    return int(done.output.split("Proposal ")[1].split()[0])


def test_everything_that_is_held_goes_out_and_each_service_accounts_for_it(
    demo: ServedDemo, tmp_path: Path
) -> None:
    files = exported(tmp_path / "person.zip", WHOSE)
    held = {service: json.loads(files[f"{service}.json"]) for service in SERVICES}
    (certificate,) = held["issuer"]["certificates"]
    assert certificate["claims"]["nameLatin"] == WHOSE.name_latin
    assert certificate["status"]["state"] == "inForce"
    assert held["issuer"]["class_lists"]
    assert [item["credential"] for item in held["wallet_api"]["credentials"]] == [certificate["credential"]]
    assert [item["username"] for item in held["trust_registry"]["accounts"]] == ["returnee-1"]
    assert any(name.startswith("credentials/") for name in files)
    assert OTHERS.name_latin not in "".join(files.values())
    for service in SERVICES:
        assert acts(demo, service, "person.export") == [("protection-officer", None)], service
    assert isinstance(
        person("export", "--as", "registrar", "--reason", "x", "--out", tmp_path / "b").exception,
        NotAuthorized,
    )
    assert not (tmp_path / "b").exists()


def test_a_number_that_is_none_is_refused_and_not_repeated() -> None:
    refused = person("erase", "--as", "protection-officer", "--reason", "x", number="no number ហេង")
    assert isinstance(refused.exception, MalformedValue)
    assert "ហេង" not in str(refused.exception)


def test_erasing_takes_two_people_who_both_know_whom(
    demo: ServedDemo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    proposal = proposed()
    assert isinstance(person("approve", proposal, "--as", "protection-officer").exception, ConflictError)
    assert isinstance(person("approve", proposal, "--as", "registrar").exception, NotAuthorized)
    other = person("approve", proposal, "--as", "second-officer", number=OTHERS.rld_number)
    assert isinstance(other.exception, NotFound)
    assert json.loads(exported(tmp_path / "still.zip", WHOSE)["issuer.json"])["certificates"]

    # The wallet does not answer: what was agreed stays agreed, and is carried out to the end later.
    monkeypatch.setenv("PASSPORT_WALLET_API_URL", "http://127.0.0.1:9")
    assert isinstance(person("approve", proposal, "--as", "second-officer").exception, EvidenceUnavailable)
    monkeypatch.setenv("PASSPORT_WALLET_API_URL", demo.url)
    done = person("approve", proposal, "--as", "second-officer")
    assert done.exit_code == 0, done.output
    assert done.output.splitlines()[-3:] == [
        "issuer: held nothing",
        "trust_registry: destroyed",
        "wallet_api: destroyed",
    ]
    assert isinstance(person("approve", proposal, "--as", "second-officer").exception, ConflictError)

    for service in SERVICES:
        assert acts(demo, service, "person.erase") == [("protection-officer", "second-officer")], service
    files = exported(tmp_path / "after.zip", WHOSE)
    assert WHOSE.name_latin not in "".join(files.values())
    assert not any(json.loads(files["issuer.json"]).values()), "nothing is left under any heading"
    assert json.loads(files["trust_registry.json"]) == {"accounts": []}
    kept = exported(tmp_path / "other.zip", OTHERS)
    assert OTHERS.name_latin in kept["issuer.json"]
    assert try_sign_in(demo, "returnee-1").status_code != 303


def test_a_proposal_for_a_person_of_whom_nothing_is_held_says_so(demo: ServedDemo) -> None:
    nobody = "RLD-NOBODY-1"
    made = person("erase", "--as", "protection-officer", "--reason", "Asked.", number=nobody)
    proposal = made.output.split("Proposal ")[1].split()[0]
    done = person("approve", proposal, "--as", "second-officer", number=nobody)
    assert done.output.count("held nothing") == len(SERVICES)
    log = sqlite3.connect(demo.data_dir / "trust_registry.sqlite3")
    assert nobody not in str(log.execute("SELECT * FROM audit_entry").fetchall())
    log.close()
