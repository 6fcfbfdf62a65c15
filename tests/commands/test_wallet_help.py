"""``passport wallet find``, ``recover`` and ``confirm`` against a served demo."""

import re
from collections.abc import Iterator

import pytest
from typer.testing import CliRunner, Result

from passport.cli import app
from passport.demo_world.people import draw_people
from passport.demo_world.world import returnees_who_sign_in
from tests.served_demo import CHEAP, PASSWORD, ServedDemo, serve_demo
from vc.errors import ConflictError, NotAuthorized, NotFound

OFFICER, SECOND = "assisted-officer", "assisted-officer-2"
WHOSE, OTHERS = returnees_who_sign_in(draw_people())[:2]
PIN = "593718"


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedDemo]:
    with serve_demo(tmp_path_factory.mktemp("help"), program=CHEAP) as running:
        yield running


def wallet(demo: ServedDemo, *arguments: object, officer: str = OFFICER, typed: str = "") -> Result:
    given = ["wallet", *map(str, arguments), "--server", demo.url, "--as", officer]
    return CliRunner().invoke(app, given, input=f"{PASSWORD}\n{typed}")


def find(demo: ServedDemo, *, year: int = WHOSE.birth_date.year, officer: str = OFFICER) -> Result:
    typed = f"{WHOSE.rld_number}\n{year}\n"
    return wallet(demo, "find", "--reason", "forgotten", officer=officer, typed=typed)


def test_a_pin_is_given_once_another_officer_confirmed(demo: ServedDemo) -> None:
    found = find(demo)
    assert found.exit_code == 0, found.output
    assert WHOSE.name_latin in found.output
    help_id = re.search(r"^Help ([0-9A-Z]+)$", found.output, re.MULTILINE)
    assert help_id is not None
    waits = wallet(demo, "recover", help_id[1], typed="y\n")
    number = re.search(r"passport wallet confirm ([0-9]+)", waits.output)
    assert number is not None, waits.output
    again = wallet(demo, "recover", help_id[1])
    assert "Another officer confirms it" in again.output
    own = wallet(demo, "confirm", number[1], typed=f"y\n{WHOSE.rld_number}\n")
    assert isinstance(own.exception, ConflictError), "not the same officer"
    other = wallet(demo, "confirm", number[1], officer=SECOND, typed=f"y\n{OTHERS.rld_number}\n")
    assert isinstance(other.exception, NotFound), "another person's number"
    agreed = wallet(demo, "confirm", number[1], officer=SECOND, typed=f"y\n{WHOSE.rld_number}\n")
    assert agreed.exit_code == 0, agreed.output
    done = wallet(demo, "recover", help_id[1], typed=f"{PIN}\n{PIN}\n")
    assert done.exit_code == 0, done.output
    assert "The new PIN is set." in done.output
    assert "The new PIN is set." in wallet(demo, "recover", help_id[1]).output, "asked again, it says so"


def test_a_code_to_the_phone_confirms_it_too(demo: ServedDemo) -> None:
    found = find(demo)
    help_id = re.search(r"^Help ([0-9A-Z]+)$", found.output, re.MULTILINE)
    assert help_id is not None, found.output
    refused = wallet(demo, "recover", help_id[1], "--with-code", typed="y\n")
    assert isinstance(refused.exception, ConflictError), "the phone was given up with the first recovery"


def test_who_may_not_is_refused_and_who_is_not_there_not_found(demo: ServedDemo) -> None:
    assert isinstance(find(demo, year=WHOSE.birth_date.year + 1).exception, NotFound)
    assert isinstance(find(demo, officer="operator").exception, NotAuthorized)
    assert isinstance(wallet(demo, "recover", "NOSUCHHELP").exception, NotFound)
