"""fsck: a sound registry has nothing to say; each kind of damage is named with list and index."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from revocation import cli, fsck, publication, store
from revocation.representations import BITSTRING_LISTS, NOTES, TOKEN_LISTS
from runtime.keyring import Keyring
from tests.unit.revocation.registry_world import BASE_URL, World
from vc.crypto.keys import InMemorySigner
from vc.status.entries import StatusPurpose
from vc.status.fold import ChangeKind, Folded, IndexState


def check(world: World) -> list[tuple[str, int | None, str]]:
    found = world.database.read_now(
        fsck.check_published, world.files, world.signer.public_key, base_url=BASE_URL
    )
    return [(item.representation, item.index, item.detail) for item in found]


@pytest.fixture
def sound(world: World) -> World:
    world.allocate("a", "b")
    world.revoke("a")
    world.publish_all()
    return world


def list_id(world: World) -> str:
    """The list that the certificates of ``sound`` are in."""
    return next(item.list_id for item in world.database.read_now(store.lists) if item.next_counter)


def publish_states(world: World, states: Folded, *, only: str) -> None:
    """Replace one document, on disk and in the record, by a well signed lie."""
    plan = world.plan(list_id(world))
    lie = publication.Plan(
        list_id=plan.list_id,
        length=plan.length,
        version=plan.version,
        states=states,
        change_seq=plan.change_seq,
    )
    for document in publication.sign(lie, world.publishing, world.signer):
        if document.representation == only:
            path = world.files.path(document.list_id, only)
            assert path is not None
            path.write_bytes(document.body)
            world.database.write_now(store.put_published, document)


def test_a_sound_registry_has_nothing_to_say(sound: World) -> None:
    assert check(sound) == []


def test_a_change_younger_than_the_list_is_no_discrepancy(sound: World) -> None:
    sound.revoke("b")
    assert check(sound) == []


ENDED_IN = [
    item.name
    for item in (*BITSTRING_LISTS, *TOKEN_LISTS, NOTES)
    if item.purpose is not StatusPurpose.SUSPENSION
]
SUSPENDED_IN = [
    item.name
    for item in (*BITSTRING_LISTS, *TOKEN_LISTS, NOTES)
    if item.purpose is not StatusPurpose.REVOCATION
]


@pytest.mark.parametrize("name", ENDED_IN)
def test_a_bit_missing_from_a_document_is_named(sound: World, name: str) -> None:
    (index,) = sound.plan(list_id(sound)).states.ended
    publish_states(sound, Folded(ended={}, suspended={}), only=name)
    assert check(sound) == [(name, index, "revoked in the log and not in the published document")]


@pytest.mark.parametrize("name", ENDED_IN)
def test_a_phantom_bit_is_named(sound: World, name: str) -> None:
    states = sound.plan(list_id(sound)).states
    phantom = next(n for n in range(10) if n not in states.ended)
    (state,) = states.ended.values()
    publish_states(sound, Folded(ended={**states.ended, phantom: state}, suspended={}), only=name)
    assert check(sound) == [(name, phantom, "revoked in the published document and not in the log")]


@pytest.mark.parametrize("name", SUSPENDED_IN)
def test_a_suspension_missing_from_a_document_is_named(sound: World, name: str) -> None:
    (change,) = sound.suspend("b")
    publish_states(sound, Folded(ended=sound.plan(list_id(sound)).states.ended, suspended={}), only=name)
    wrong = (name, change.logged.index, "suspended in the log and not in the published document")
    assert wrong in check(sound)


@pytest.mark.parametrize("name", SUSPENDED_IN)
def test_a_phantom_suspension_is_named(sound: World, name: str) -> None:
    states = sound.plan(list_id(sound)).states
    phantom = next(n for n in range(10) if n not in states.ended)
    lie = {phantom: IndexState(kind=ChangeKind.SUSPENDED, since=sound.clock.now())}
    publish_states(sound, Folded(ended=states.ended, suspended=lie), only=name)
    assert check(sound) == [(name, phantom, "suspended in the published document and not in the log")]


def test_a_document_that_is_gone_is_named(sound: World) -> None:
    path = sound.files.path(list_id(sound), "eddsa-jcs-2022")
    assert path is not None
    path.unlink()
    assert check(sound) == [("eddsa-jcs-2022", None, "not published")]


def test_a_document_signed_by_another_key_is_named(sound: World) -> None:
    sound.signer = InMemorySigner(b"\x01" * 32, sound.signer.verification_method)
    assert {detail for _, _, detail in check(sound)} == {"the proof does not verify"}


def test_a_document_altered_on_disk_is_named(sound: World) -> None:
    path = sound.files.path(list_id(sound), "eddsa-rdfc-2022")
    assert path is not None
    path.write_bytes(path.read_bytes().replace(b'"ttl":300000', b'"ttl":900000'))
    details = {detail for _, _, detail in check(sound)}
    assert details == {"the file differs from what is recorded as published", "the proof does not verify"}


def test_a_file_of_rubbish_is_named(sound: World) -> None:
    path = sound.files.path(list_id(sound), "eddsa-rdfc-2022")
    assert path is not None
    path.write_bytes(b"{}")
    assert ("eddsa-rdfc-2022", None, "cannot be read") in check(sound)


def test_a_published_list_unknown_to_the_database_is_named(sound: World) -> None:
    known = sound.files.path(list_id(sound), "eddsa-rdfc-2022")
    assert known is not None
    shutil.copytree(known.parent, known.parent.with_name("stranger"))
    assert ("*", None, "not in the database") in check(sound)


def test_the_command_says_so_and_exits_0_or_1(
    make_world: Callable[[Path], World], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "data"
    world = make_world(folder)
    monkeypatch.setenv("PASSPORT_DATA_DIR", str(folder))
    monkeypatch.setenv("PASSPORT_BASE_URL", BASE_URL)
    runner = CliRunner()
    assert runner.invoke(cli.app, ["fsck"]).exit_code == 0
    keyring = Keyring.open(world.settings, "revocation")
    keyring.ensure("status-1")
    world.signer = keyring.signer("status-1", world.signer.verification_method)  # type: ignore[assignment]
    world.start()
    (entry,) = world.allocate("a")
    world.revoke("a")
    world.publish_all()
    good = runner.invoke(cli.app, ["fsck"])
    assert (good.exit_code, good.output) == (0, "The published lists are the fold of the log.\n")
    publish_states(world, Folded(ended={}, suspended={}), only="eddsa-jcs-2022")
    bad = runner.invoke(cli.app, ["fsck"])
    assert bad.exit_code == 1
    assert f"list {entry.list_id} eddsa-jcs-2022 index {entry.index}: revoked" in bad.output


def test_the_command_recovers_an_empty_database(
    make_world: Callable[[Path], World],
    empty_database: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = make_world(tmp_path / "data")
    world.start()
    (entry,) = world.allocate("a")
    world.revoke("a")
    world.publish(entry.list_id)
    world.database.close()
    for suffix in ("-wal", "-shm"):
        Path(f"{world.database_file}{suffix}").unlink(missing_ok=True)
    shutil.copy(empty_database, world.database_file)
    monkeypatch.setenv("PASSPORT_DATA_DIR", str(tmp_path / "data"))
    assert CliRunner().invoke(cli.app, ["recover"]).exit_code == 0
    world.reopen()
    world.start()
    assert world.revoke("a")[1] is False
    rows = world.database.read_now(lambda c: c.execute(text("SELECT count(*) FROM status_change")).scalar())
    assert rows == 1
