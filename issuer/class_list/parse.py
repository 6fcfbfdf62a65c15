"""From the uploaded bytes to a :class:`ClassList`."""

from collections.abc import Iterable
from datetime import date

from issuer.class_list.csv_text import read_csv
from issuer.class_list.headings import (
    ROWS_SEARCHED,
    HeadingRow,
    count_headings,
    find_headings,
)
from issuer.class_list.model import (
    ClassList,
    ClassRow,
    RowProblem,
    UnreadableClassList,
    in_reading_order,
)
from issuer.class_list.rows import MAX_CELL_CHARACTERS, Setting, read_row
from issuer.class_list.rules import row_problem
from issuer.class_list.sheet import MAX_ROWS, Sheet, SheetRow
from issuer.class_list.texts import identifier
from issuer.class_list.xlsx import looks_like_workbook, read_workbook

MAX_BYTES = 5_000_000
"""Size of the largest file that is read."""


def parse_class_list(data: bytes, kind: str, *, today: date) -> ClassList:
    """Read a class list of the type with the slug ``kind`` from an .xlsx or CSV file; judge every row.

    ``today`` is the day after which no date may lie. What is wrong with headings, rows and cells
    is in ``ClassList.problems``, all at once; where the headings have an error no row is read.
    Raises UnreadableClassList where the bytes are no class list at all. Takes up to some seconds
    of processor time: call it in a worker thread.
    """
    sheet, extra = _read_sheet(data, kind)
    heading_row = find_headings(sheet, kind)
    if heading_row is None:
        problem = row_problem("no-headings", rows=str(ROWS_SEARCHED))
        return _without_rows(kind, sheet, None, 0, [*extra, problem])
    people = [row for row in sheet.rows if row.number > heading_row.number]
    problems = [*extra, *heading_row.problems, *_check_size(sheet, people)]
    if any(problem.is_error for problem in problems):
        return _without_rows(kind, sheet, heading_row, len(people), problems)
    setting = Setting(
        kind=kind,
        today=today,
        headings=heading_row.headings,
        indexes=heading_row.indexes,
    )
    return _read_people(sheet, heading_row, people, setting, problems)


def _read_sheet(data: bytes, kind: str) -> tuple[Sheet, list[RowProblem]]:
    if len(data) > MAX_BYTES:
        limit = str(MAX_BYTES // 1_000_000)
        raise UnreadableClassList(row_problem("file-too-big", megabytes=limit))
    if not data.strip():
        raise UnreadableClassList(row_problem("file-empty"))
    if not looks_like_workbook(data):
        return read_csv(data, lambda sheet: count_headings(sheet, kind)), []
    sheets = read_workbook(data)
    lists = [sheet for sheet in sheets if find_headings(sheet, kind) is not None]
    extra = [row_problem("other-sheets")] if len(lists) > 1 else []
    return next(iter((*lists, *sheets)), Sheet(rows=())), extra


def _check_size(sheet: Sheet, people: list[SheetRow]) -> list[RowProblem]:
    if sheet.truncated or len(people) > MAX_ROWS:
        return [row_problem("too-many-rows", limit=str(MAX_ROWS))]
    return [] if people else [row_problem("no-rows")]


def _without_rows(
    kind: str,
    sheet: Sheet,
    heading_row: HeadingRow | None,
    row_count: int,
    problems: Iterable[RowProblem],
) -> ClassList:
    return ClassList(
        kind=kind,
        rows=(),
        not_passed=(),
        problems=in_reading_order(problems),
        headings=heading_row.headings if heading_row else {},
        heading_row=heading_row.number if heading_row else 0,
        row_count=row_count,
        sheet=sheet,
    )


def _read_people(
    sheet: Sheet,
    heading_row: HeadingRow,
    people: list[SheetRow],
    setting: Setting,
    problems: list[RowProblem],
) -> ClassList:
    rows: list[ClassRow] = []
    not_passed: list[ClassRow] = []
    for source in people:
        row, to_issue, row_problems = read_row(source, setting)
        problems += row_problems
        if row is not None:
            (rows if to_issue else not_passed).append(row)
    read = ClassList(
        kind=setting.kind,
        rows=tuple(rows),
        not_passed=tuple(not_passed),
        problems=in_reading_order(problems),
        headings=setting.headings,
        heading_row=heading_row.number,
        row_count=len(people),
        sheet=sheet,
    )
    return read.with_problems(_check_repeats(people, setting))


def _check_repeats(people: list[SheetRow], setting: Setting) -> list[RowProblem]:
    """Numbers that must stand once in a list; each row that shares one is named, so none of them
    is issued before the clerk says which is right."""
    problems: list[RowProblem] = []
    for key in ("rld_number", "certificate_number"):
        index = setting.indexes.get(key)
        if index is None:
            continue
        holders: dict[str, list[int]] = {}
        for row in people:
            number = identifier(row.cell(index).text[:MAX_CELL_CHARACTERS])
            if number:
                holders.setdefault(number, []).append(row.number)
        rule = f"repeated-{key.replace('_', '-')}"
        heading = setting.headings[key]
        for first, *others in holders.values():
            problems += [row_problem(rule, row, key, heading, other=str(first)) for row in others]
            problems += [row_problem(rule, first, key, heading, other=str(row)) for row in others[:1]]
    return problems
