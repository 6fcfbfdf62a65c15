"""From what was sent to rows: hostile ZIP files, lists as people save them, and how many may be sent."""

import io
import zipfile
from dataclasses import replace

import pytest

from tests.unit.verifier.batch_samples import CODE, LINK, LIST, rows_of, zipped
from vc.errors import RangeError
from verifier import batch_archive, batch_lists, batch_reading
from verifier.batch_archive import Budget, UnreadableMember, open_archive
from verifier.batch_reading import Row, clean_name
from verifier.sentences import NOT_A_CODE


def named(rows: tuple[Row, ...]) -> list[tuple[str, int | None, str | None]]:
    return [(row.name, row.line, row.problem) for row in rows]


def one(*files: tuple[str, bytes]) -> Row:
    (row,) = rows_of(*files)
    return row


# Files -------------------------------------------------------------------------------------------


def test_every_file_is_a_row_under_its_name_with_its_exact_bytes() -> None:
    rows = rows_of(("korea/a.json", b'{"a": 1}'), ("ស្រីមុំ.pdf", b"%PDF-1.7"), (" .png", b"\x89PNG"))
    assert named(rows[:2]) == [("korea/a.json", None, None), ("ស្រីមុំ.pdf", None, None)]
    assert [row.brought for row in rows[:2]] == [b'{"a": 1}', b"%PDF-1.7"]


@pytest.mark.parametrize("name", [".DS_Store", "folder/Thumbs.db", "__MACOSX/a.json", "a\\desktop.ini"])
def test_what_the_system_put_beside_peoples_files_is_passed_over(name: str) -> None:
    assert rows_of((name, b"x"), ("a.json", b"{}")) == rows_of(("a.json", b"{}"))


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("fdp.\u202ejson", "fdp.json"),
        ("a\r\nb\x00.json", "ab.json"),
        ("C:\\korea\\a.json", "C:/korea/a.json"),
        ("x" * 300 + ".json", "…" + "x" * 154 + ".json"),
        ("សុខ\u200bដារ៉ា.json", "សុខ\u200bដារ៉ា.json"),
    ],
    ids=["turned_around", "controls", "windows_path", "long", "khmer_with_word_breaks"],
)
def test_a_name_is_shown_as_it_reads(name: str, shown: str) -> None:
    assert clean_name(name) == shown


# Lists -------------------------------------------------------------------------------------------


def test_a_list_of_links_and_codes_is_a_row_for_each_line_that_has_one() -> None:
    rows = rows_of(("list.csv", LIST))
    assert named(rows) == [("list.csv", 2, None), ("list.csv", 4, None)]
    assert [row.brought.decode() for row in rows] == [LINK, CODE]
    assert all(row.is_text for row in rows)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_list_is_read_however_a_spreadsheet_saved_it(encoding: str, delimiter: str, end: str) -> None:
    lines = [["No", "ឈ្មោះ", "Link"], ["1", '"SOK, DARA"', LINK], ["2", "ចាន់", f'"{CODE}"']]
    data = end.join(delimiter.join(line) for line in lines).encode(encoding)
    assert [row.brought.decode() for row in rows_of(("list.CSV", data))] == [LINK, CODE]


def test_a_mistyped_first_line_is_not_taken_for_a_heading() -> None:
    rows = rows_of(("codes.txt", f"7K3M-9QXA\n{CODE}".encode()))
    assert named(rows) == [("codes.txt", 1, NOT_A_CODE), ("codes.txt", 2, None)]


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"Dear officer,\nplease check them all.", batch_lists.NO_LINKS),
        ("ឈ្មោះ".encode("utf-16-le"), batch_lists.NOT_TEXT),
        (b"\xff" * 20, batch_lists.NOT_TEXT),
        (b"a\n" * 500_001, batch_lists.LIST_TOO_LARGE),
        (b"\n\n", batch_lists.NO_LINKS),
    ],
    ids=["a_letter", "utf16_without_a_mark", "no_text", "too_large", "empty_lines"],
)
def test_a_list_that_cannot_be_used_is_one_row_that_says_why(data: bytes, problem: str) -> None:
    assert one(("list.csv", data)).problem == problem


def test_a_token_or_credential_in_a_text_file_is_one_thing() -> None:
    for data in (b"eyJhbGciOiJFUzI1NiJ9\n.e30\n.x", b'{\n "a": 1\n}', b"PC1:ABC DEF "):
        assert one(("one.txt", data)) == Row(name="one.txt", brought=data)


def test_pasted_lines_are_rows_without_a_name() -> None:
    rows = rows_of(pasted=f"\n  {LINK} \r\nnothing\r\n{CODE}")
    assert named(rows) == [("", 2, None), ("", 3, NOT_A_CODE), ("", 4, None)]


def test_pasted_credentials_are_rows_whether_on_a_line_each_or_one_on_many() -> None:
    assert [row.brought for row in rows_of(pasted='{"a": 1}\n{"a": 2}')] == [b'{"a": 1}', b'{"a": 2}']
    assert [row.brought for row in rows_of(pasted='{\n "a": 1\n}')] == [b'{\n "a": 1\n}']
    assert rows_of(pasted=" \n") == ()


# ZIP files ---------------------------------------------------------------------------------------


def test_each_file_in_a_zip_is_read_as_if_it_were_sent_by_itself() -> None:
    data = zipped({"korea/": b"", "korea/a.json": b"{}", "korea/list.csv": LIST, "__MACOSX/._a": b"x"})
    assert named(rows_of(("all.zip", data))) == [
        ("all.zip/korea/a.json", None, None),
        ("all.zip/korea/list.csv", 2, None),
        ("all.zip/korea/list.csv", 4, None),
    ]


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "..\\..\\a.json", "a\x00b.json"])
def test_a_name_that_leads_elsewhere_is_only_a_name(
    name: str, tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_args: object, **_kwargs: object) -> None:
        raise AssertionError("a member was unpacked onto the disk")

    monkeypatch.setattr(zipfile.ZipFile, "extract", refuse)
    monkeypatch.setattr(zipfile.ZipFile, "extractall", refuse)
    row = one(("all.zip", zipped({name: b"{}"})))
    assert (row.brought, row.problem) == (b"{}", None)
    assert "\x00" not in row.name


def test_khmer_names_are_read_where_the_zip_does_not_say_that_they_are_utf8() -> None:
    data = zipped({"ស្រីមុំ.json": b"{}"})
    unsaid = bytearray(data)
    for signature, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = unsaid.index(signature) + flags
        assert unsaid[place + 1] == 0x08
        unsaid[place + 1] = 0
    assert one(("all.zip", bytes(unsaid))).name == one(("all.zip", data)).name == "all.zip/ស្រីមុំ.json"


def test_a_zip_in_a_zip_is_not_opened() -> None:
    inner = zipped({"a.json": b"{}"})
    assert one(("all.zip", zipped({"inner.zip": inner}))).problem == batch_reading.NESTED


def test_a_locked_member_is_a_row_and_the_others_are_read() -> None:
    data = bytearray(zipped({"a.json": b"{}", "b.json": b"{}"}))
    data[data.index(b"PK\x01\x02") + 8] |= 1
    rows = rows_of(("all.zip", bytes(data)))
    assert [row.problem for row in rows] == [batch_archive.LOCKED, None]


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"PK\x03\x04 and nothing more", batch_archive.DAMAGED),
        (zipped({}), batch_reading.EMPTY_ARCHIVE),
        (zipped({"[Content_Types].xml": b"<a/>", "xl/workbook.xml": b"<a/>"}), batch_archive.OFFICE),
        (zipped({"a.json": b"{}"}, zipfile.ZIP_LZMA), batch_archive.DAMAGED),
        (zipped({f"{n}.json": b"" for n in range(1_001)}), batch_archive.TOO_MANY_MEMBERS),
    ],
    ids=["cut_off", "empty", "office", "packed_in_a_way_that_is_not_read", "too_many_members"],
)
def test_a_zip_that_is_not_read_is_one_row_that_says_why(data: bytes, problem: str) -> None:
    assert one(("all.zip", data)).problem == problem


def test_a_bomb_by_what_it_declares_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    bombs = [zipped({"a.json": b"0" * size}) for size in (1_000_000, 11_000_000)]
    monkeypatch.setattr(zipfile.ZipFile, "open", None)
    for bomb in bombs:
        assert one(("all.zip", bomb)).problem == batch_archive.TOO_LARGE_INSIDE


def test_a_bomb_that_declares_too_little_ends_at_what_it_declares() -> None:
    data = bytearray(zipped({"a.json": b"0" * 1_000_000}))
    place = data.index(b"PK\x01\x02") + 24
    data[place : place + 4] = (100).to_bytes(4, "little")
    row = one(("all.zip", bytes(data)))
    assert row.problem == batch_archive.DAMAGED
    assert row.brought == b""


def test_all_archives_together_have_one_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch_archive, "MAX_INFLATED", 250)
    archive = zipped({"a.json": b"{" + b" " * 98 + b"}"})
    rows = rows_of(*((f"{n}.zip", archive) for n in range(4)))
    too_large = batch_archive.TOO_LARGE_INSIDE
    assert [row.problem for row in rows] == [None, None, too_large, too_large]


def test_members_that_lie_over_one_another_are_counted_each(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fifield's bomb: many entries of the directory that all name the same packed bytes."""
    monkeypatch.setattr(batch_archive, "MAX_INFLATED", 1_000)
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        archive.writestr("a.json", bytes(100))
        info = archive.infolist()[0]
        for _ in range(100):
            archive.filelist.append(info)
    read, problems = 0, set()
    for member in open_archive(written.getvalue(), Budget()):
        try:
            read += len(member.read())
        except UnreadableMember as error:
            problems.add(error.reason)
    assert read <= 1_000
    assert batch_archive.TOO_LARGE_INSIDE in problems


# How many ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("most", "said"), [(30, "more than 30"), (200, "more than 200")], ids=["without_account", "with_account"]
)
def test_one_row_more_than_may_be_sent_is_refused_with_the_limit_and_what_to_do(most: int, said: str) -> None:
    lines = [f"{LINK[:-3]}{number:03}" for number in range(most + 1)]
    assert len(rows_of(pasted="\n".join(lines[:-1]), most=most)) == most
    for files in ((), (("list.csv", "\n".join(lines).encode()),)):
        with pytest.raises(RangeError, match=said) as refused:
            rows_of(*files, pasted="" if files else "\n".join(lines), most=most)
        assert "at a time" in str(refused.value)


def test_the_digest_is_of_the_exact_bytes() -> None:
    row = Row(name="a", brought=b"abc")
    assert row.digest == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert replace(row, name="b").digest == row.digest
