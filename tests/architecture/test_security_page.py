"""docs/security.md names a test for each threat to what is built."""

import re
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "security.md"
NUMBER_OF_THREATS = 64
# Threats to doors that stand: these may never go back to "not yet".
BUILT = frozenset({*range(2, 5), *range(7, 19), *range(20, 28), *range(29, 45), *range(46, 65)})
NOT_YET = "*not yet*"
_ROW = re.compile(r"^\| (\d+) \| (.+?) \| ?(.*?) \| (.+?) \|$", re.MULTILINE)


def rows() -> list[tuple[int, str, str, str]]:
    found = _ROW.findall(PAGE.read_text(encoding="utf-8"))
    return [(int(number), threat, defence.strip(), shown) for number, threat, defence, shown in found]


def test_every_threat_has_its_row() -> None:
    assert [number for number, *_ in rows()] == list(range(1, NUMBER_OF_THREATS + 1))


def test_a_row_names_defence_and_tests_or_neither() -> None:
    """That the named tests exist is shown for all pages by test_docs."""
    for number, _, defence, shown in rows():
        if shown == NOT_YET:
            assert not defence, number
        else:
            assert defence, number
            assert re.fullmatch(
                r"`tests/[\w/]+\.py(::test_\w+)?`( `tests/[\w/]+\.py(::test_\w+)?`)*", shown
            ), number


def test_what_is_built_stays_shown() -> None:
    assert [number for number, _, _, shown in rows() if shown == NOT_YET and number in BUILT] == []
