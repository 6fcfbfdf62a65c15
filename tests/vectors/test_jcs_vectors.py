"""RFC 8785: the published input and output pairs, through both of our paths."""

import pytest

from tests.vectors.shared_vectors import require_vectors
from vc.encoding.jcs import canonicalize, canonicalize_reference
from vc.encoding.strict_json import parse_json

FOLDER = require_vectors("jcs")
CASES = sorted(path.name for path in (FOLDER / "input").glob("*.json"))


def test_all_six_published_files_are_there() -> None:
    assert len(CASES) == 6


@pytest.mark.parametrize("name", CASES)
def test_published_file(name: str) -> None:
    value = parse_json((FOLDER / "input" / name).read_bytes())
    expected = (FOLDER / "output" / name).read_bytes()
    hexadecimal = (FOLDER / "outhex" / name.replace(".json", ".txt")).read_text()
    assert expected == bytes.fromhex("".join(hexadecimal.split()))
    assert canonicalize(value) == expected
    assert canonicalize_reference(value) == expected
