"""Claims path pointers (OpenID4VP 1.0 sections 7.1 and 7.3)."""

from typing import Any

import pytest

from vc.errors import MalformedValue
from vc.oid4vc.claims_path import parse_claims_path, select

# The specification's own example in other words.
CREDENTIAL: dict[str, Any] = {
    "name": "Dara",
    "address": {"street": "Street 1", "town": "Poipet"},
    "awards": [{"kind": "bricks", "at": "A"}, {"kind": "mortar"}, {"at": "B"}],
    "languages": ["km", "en"],
    "nothing": None,
    "none": [],
}


@pytest.mark.parametrize(
    ("path", "selected"),
    [
        (["name"], ["Dara"]),
        (["address"], [CREDENTIAL["address"]]),
        (["address", "town"], ["Poipet"]),
        (["awards", None, "kind"], ["bricks", "mortar"]),
        (["awards", 2, "at"], ["B"]),
        (["languages", 1], ["en"]),
        (["languages", None], ["km", "en"]),
        (["nothing"], [None]),
        (["none", None], []),
    ],
)
def test_a_path_selects(path: list[Any], selected: list[Any]) -> None:
    assert list(select(CREDENTIAL, parse_claims_path(path))) == selected


@pytest.mark.parametrize(
    "path",
    [
        ["age"],
        ["address", "country"],
        ["languages", 2],
        ["languages", "km"],
        ["address", 0],
        ["name", None],
        ["name", "first"],
        ["awards", "kind"],
        ["awards", None, "kind", None],
    ],
    ids=str,
)
def test_a_path_that_leads_nowhere_selects_nothing(path: list[Any]) -> None:
    assert select(CREDENTIAL, parse_claims_path(path)) == ()


@pytest.mark.parametrize(
    "path", [None, "name", {}, [], [-1], [1.0], [True], [["name"]], [{}], ["a"] * 21], ids=str
)
def test_what_is_no_path_is_refused(path: Any) -> None:
    with pytest.raises(MalformedValue):
        parse_claims_path(path)
