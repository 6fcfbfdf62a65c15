"""What a verifier has seen outlives the process, and a damaged memory is said, not forgotten."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from runtime.trust_memory import FILE_NAME, TrustMemory, TrustMemoryDamaged
from runtime.verification import VerificationShell
from tests.simulator import TRUST_LIST_URL, TRUST_ROOT_URL, IssuerWorld
from vc.model.evidence import Seen
from vc.model.verdict import Outcome, Question, Reason, Verification
from vc.trust.decide import decide

SEEN = Seen(root_version=1, root_digest="a", list_version=3, list_digest="b", list_key="z6Mk")


def memory_of(folder: Path, world: IssuerWorld) -> TrustMemory:
    return TrustMemory.open(folder, world.trust_anchor, TRUST_LIST_URL)


def started(folder: Path, world: IssuerWorld) -> VerificationShell:
    """A verifier that has just been started on ``folder``."""
    return VerificationShell(
        fetcher=world.fetcher,
        clock=world.clock,
        policy=world.policy,
        list_refresh_seconds=5,
        memory=memory_of(folder, world),
    )


def verify(shell: VerificationShell, raw: bytes) -> Verification:
    return asyncio.run(shell.verify(raw))


@pytest.mark.parametrize("url", [TRUST_LIST_URL, TRUST_ROOT_URL])
def test_a_rollback_is_noticed_after_a_restart(tmp_path: Path, url: str) -> None:
    world = IssuerWorld()
    old = dict(world.documents)
    world.publish_root()
    world.publish_trust_list()
    assert decide(verify(started(tmp_path, world), world.issue())).outcome is Outcome.ACCEPTED
    world.documents[url] = old[url]
    if url == TRUST_ROOT_URL:  # a list that fits the older root
        world.roots.pop()
        world.publish_trust_list()
    result = verify(started(tmp_path, world), world.issue())
    assert result.verdicts[Question.ENTITLED].reason is Reason.TRUST_LIST_ROLLED_BACK
    assert decide(verify(started(tmp_path / "new", world), world.issue())).outcome is Outcome.ACCEPTED


def test_another_list_of_the_same_number_is_noticed_after_a_restart(tmp_path: Path) -> None:
    world = IssuerWorld()
    verify(started(tmp_path, world), world.issue())
    world.publish_trust_list(version=1, issuers=[])
    result = verify(started(tmp_path, world), world.issue())
    assert result.verdicts[Question.ENTITLED].reason is Reason.TRUST_LIST_ROLLED_BACK


def test_another_list_of_the_same_number_is_not_taken_while_running(tmp_path: Path) -> None:
    world = IssuerWorld()
    shell = started(tmp_path, world)
    verify(shell, world.issue())
    world.publish_trust_list(version=1, issuers=[])
    world.clock.advance(timedelta(seconds=6))
    assert decide(verify(shell, world.issue())).outcome is Outcome.ACCEPTED


def test_nothing_is_written_while_nothing_new_was_seen(tmp_path: Path) -> None:
    world = IssuerWorld()
    shell = started(tmp_path, world)
    verify(shell, world.issue())
    written = (tmp_path / FILE_NAME).stat()
    verify(shell, world.issue(1))
    assert (tmp_path / FILE_NAME).stat() == written
    assert written.st_mode & 0o077 == 0


def test_a_list_that_does_not_hold_is_not_remembered(tmp_path: Path) -> None:
    world = IssuerWorld()
    world.publish_trust_list(version=9, signer=world.root_keys[0])
    verify(started(tmp_path, world), world.issue())
    assert memory_of(tmp_path, world).seen is None


def test_another_anchor_has_its_own_memory(tmp_path: Path) -> None:
    world = IssuerWorld()
    memory_of(tmp_path, world).remember(SEEN)
    other = replace(world.trust_anchor, threshold=3)
    assert TrustMemory.open(tmp_path, other, TRUST_LIST_URL).seen is None
    assert memory_of(tmp_path, world).seen == SEEN


def test_of_two_processes_the_newer_sight_wins(tmp_path: Path) -> None:
    world = IssuerWorld()
    slow, quick = memory_of(tmp_path, world), memory_of(tmp_path, world)
    quick.remember(replace(SEEN, list_version=7))
    slow.remember(SEEN)
    assert slow.seen == memory_of(tmp_path, world).seen == replace(SEEN, list_version=7)


def truncated(content: bytes) -> bytes:
    return content[: len(content) // 2]


def emptied(_content: bytes) -> bytes:
    return b""


def turned_back(content: bytes) -> bytes:
    return content.replace(b'"list_version": 3', b'"list_version": 2')


def of_another_shape(_content: bytes) -> bytes:
    return b'{"format": 1, "seen": [], "check": ""}'


@pytest.mark.parametrize("damage", [truncated, emptied, turned_back, of_another_shape])
def test_a_damaged_memory_stops_the_verifier_and_names_the_file(tmp_path: Path, damage: Any) -> None:
    world = IssuerWorld()
    memory_of(tmp_path, world).remember(SEEN)
    path = tmp_path / FILE_NAME
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(TrustMemoryDamaged, match=FILE_NAME):
        memory_of(tmp_path, world)


def test_a_memory_that_is_damaged_while_running_costs_no_answer(tmp_path: Path) -> None:
    world = IssuerWorld()
    shell = started(tmp_path, world)
    (tmp_path / FILE_NAME).write_bytes(b"")
    assert decide(verify(shell, world.issue())).outcome is Outcome.ACCEPTED
    assert (tmp_path / FILE_NAME).read_bytes() == b""
