"""The journal: what was appended is read, a torn tail is survived, damage is not passed over."""

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runtime.journal import Journal, JournalDamaged, JournalUnavailable


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    made = Journal(tmp_path / "journal" / "revocation.journal")
    made.create(b"i" * 16)
    return made


def payloads(journal: Journal, offset: int = 0) -> list[bytes]:
    return [payload for _, payload in journal.read(offset)]


def test_what_was_appended_is_read_in_order(journal: Journal) -> None:
    middle = journal.append([b"one", b"two"], at=journal.size())
    end = journal.append([b"three"], at=middle)
    assert payloads(journal) == [b"one", b"two", b"three"]
    assert payloads(journal, middle) == [b"three"]
    assert [offset for offset, _ in journal.read(middle)] == [end] == [journal.size()]
    assert journal.identity() == (b"i" * 16).hex()


def test_a_second_journal_is_not_begun_over_the_first(journal: Journal) -> None:
    with pytest.raises(JournalUnavailable):
        journal.create(b"j" * 16)


def test_it_is_private(journal: Journal) -> None:
    assert journal.path.stat().st_mode & 0o077 == 0


@given(st.lists(st.binary(max_size=40), min_size=1, max_size=6), st.data())
@settings(max_examples=80)
def test_any_torn_tail_is_survived(
    tmp_path_factory: pytest.TempPathFactory, written: list[bytes], data: st.DataObject
) -> None:
    journal = Journal(tmp_path_factory.mktemp("torn") / "j")
    journal.create(b"i")
    ends = [journal.size()]
    for payload in written:
        ends.append(journal.append([payload], at=ends[-1]))
    cut = data.draw(st.integers(ends[0], ends[-1]))
    os.truncate(journal.path, cut)
    whole = [end for end in ends[1:] if end <= cut]
    read = list(journal.read(0))
    assert [end for end, _ in read] == whole
    assert [payload for _, payload in read] == written[: len(whole)]


@pytest.mark.parametrize("rest", [b"\x00" * 50, b"garbage", b"RJ1\n\x00\x00\x00\x05\x00\x00\x00\x00hello"])
def test_garbage_after_the_last_record_is_a_torn_tail(journal: Journal, rest: bytes) -> None:
    journal.append([b"one"], at=journal.size())
    with journal.path.open("ab") as file:
        file.write(rest)
    assert payloads(journal) == [b"one"]


def test_a_torn_tail_is_cut_and_appending_goes_on(journal: Journal) -> None:
    end = journal.append([b"one"], at=journal.size())
    with journal.path.open("ab") as file:
        file.write(b"RJ1\n\x00\x00")
    journal.cut_torn_tail(at=end)
    journal.append([b"two"], at=end)
    assert payloads(journal) == [b"one", b"two"]


def test_a_damaged_record_before_a_good_one_is_never_passed_over(journal: Journal) -> None:
    end = journal.append([b"one"], at=journal.size())
    journal.append([b"two"], at=end)
    content = bytearray(journal.path.read_bytes())
    content[end - 1] ^= 1
    journal.path.write_bytes(content)
    with pytest.raises(JournalDamaged):
        payloads(journal)


def test_bytes_written_without_the_lock_are_noticed(journal: Journal) -> None:
    end = journal.append([b"one"], at=journal.size())
    with pytest.raises(JournalDamaged):
        journal.append([b"two"], at=end - 1)
    assert payloads(journal) == [b"one"]


def test_a_full_disk_leaves_the_journal_as_it_was(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    end = journal.append([b"one"], at=journal.size())
    real_write = os.write

    def write_half(descriptor: int, data: memoryview) -> int:
        if len(data) <= 3:
            raise OSError(28, "No space left on device")
        return real_write(descriptor, data[:3])

    monkeypatch.setattr(os, "write", write_half)
    with pytest.raises(JournalUnavailable):
        journal.append([b"two"], at=end)
    monkeypatch.undo()
    assert journal.size() == end
    assert payloads(journal) == [b"one"]


def test_nothing_is_acknowledged_before_it_is_synced(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[int] = []
    real_sync = os.fsync

    def sync(descriptor: int) -> None:
        real_sync(descriptor)
        synced.append(os.fstat(descriptor).st_size)

    monkeypatch.setattr(os, "fsync", sync)
    end = journal.append([b"one"], at=journal.size())
    assert synced == [end]
