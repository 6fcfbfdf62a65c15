"""What an operator does from the command line, with the registry's own files and database."""

import hashlib
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from typer import Typer
from typer.testing import CliRunner

from revocation import cases, change_store, cli
from revocation.operator import MANIFEST
from revocation.published_files import read_published
from revocation.representations import REPRESENTATIONS
from runtime.approvals import Approver
from runtime.clock import SystemClock
from tests.unit.revocation.registry_world import BASE_URL, World

OFFICER = Approver(subject="officer-1", name="Officer One", identity="index-1")
APP = Typer()
APP.command()(cli.revoke)


@pytest.fixture
def at_home(make_world: Callable[[Path], World], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """A registry in use, in the folder that the commands are told of."""
    monkeypatch.setenv("PASSPORT_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("PASSPORT_BASE_URL", BASE_URL)
    world = make_world(tmp_path / "data")
    world.start()
    world.allocate(*"abc")
    return world


def revoke(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(APP, list(arguments))
    return result.exit_code, result.output


def state(world: World, name: str) -> str:
    change = world.database.read_now(change_store.change_or_none, f"urn:uuid:{name}")
    return "inForce" if change is None else change.logged.kind.value


def test_what_the_holder_asked_for_is_revoked_at_once(at_home: World) -> None:
    arguments = ("urn:uuid:a", "urn:uuid:b", "--reason", "HOLDER_REQUEST", "--case", "17")
    assert revoke(*arguments) == (0, "2 revoked. Verifiers see it when the lists are published next.\n")
    assert revoke(*arguments)[1].startswith("0 revoked.")
    assert [state(at_home, name) for name in "abc"] == ["revoked", "revoked", "inForce"]


def test_anything_else_waits_for_an_officer_who_signs_in(at_home: World) -> None:
    code, output = revoke("urn:uuid:a", "--reason", "FRAUD", "--case", "17")
    assert code == 0
    assert output.startswith("Nothing is revoked yet.")
    assert state(at_home, "a") == "inForce"
    case_id = output.strip().rsplit("/", 1)[1]
    at_home.database.write_now(
        cases.agree, at_home.journal, case_id, officer=OFFICER, now=SystemClock().now() + timedelta(hours=2)
    )
    assert state(at_home, "a") == "revoked"


@pytest.mark.parametrize("reason", ["SUPERSEDED", "ABANDONED", "BECAUSE"])
def test_a_reason_that_is_not_an_officers_is_refused(at_home: World, reason: str) -> None:
    assert revoke("urn:uuid:a", "--reason", reason, "--case", "17")[0] == 2
    assert state(at_home, "a") == "inForce"


def test_with_one_unknown_among_them_none_is_revoked(at_home: World) -> None:
    result = CliRunner().invoke(
        APP, ["urn:uuid:a", "urn:uuid:unknown", "--reason", "HOLDER_REQUEST", "--case", "17"]
    )
    assert result.exit_code != 0
    assert state(at_home, "a") == "inForce"


def publish(folder: Path) -> str:
    result = CliRunner().invoke(cli.app, ["publish", "--to", str(folder)])
    assert result.exit_code == 0, result.output
    return result.output


def test_lists_are_exported_under_the_paths_of_their_urls(at_home: World, tmp_path: Path) -> None:
    at_home.revoke("a")
    at_home.publish_all()
    out = tmp_path / "cdn"
    count = 2 * len(REPRESENTATIONS)
    assert publish(out) == f"{count} written, 0 were there already.\n"
    manifest = json.loads((out / MANIFEST).read_text())
    assert len(manifest) == count
    for place, entry in manifest.items():
        body = (out / place).read_bytes()
        assert hashlib.sha256(body).hexdigest() == entry["sha256"]
    for list_id in at_home.files.list_ids():
        for item in REPRESENTATIONS.values():
            path = item.url(BASE_URL, list_id).removeprefix(f"{BASE_URL}/")
            served = at_home.files.read_or_none(list_id, item.name)
            assert served is not None
            assert (out / path).read_bytes() == served.body
            assert manifest[path]["mediaType"] == item.media_type
    assert publish(out) == f"0 written, {count} were there already.\n"


def test_an_older_list_is_never_put_over_a_newer_one(at_home: World, tmp_path: Path) -> None:
    at_home.publish_all()
    out = tmp_path / "cdn"
    publish(out)
    list_id = at_home.files.list_ids()[0]
    path = at_home.files.path(list_id, "vc-jwt")
    assert path is not None
    yesterday = path.read_bytes()
    at_home.publish_all()
    publish(out)
    newer = (out / f"status/lists/{list_id}/vc-jwt").read_bytes()
    path.write_bytes(yesterday)
    publish(out)
    assert (out / f"status/lists/{list_id}/vc-jwt").read_bytes() == newer
    versions = [read_published(body, "vc-jwt").version for body in (yesterday, newer)]
    assert versions == sorted(versions)
