"""Hostile things at every door of the verifier: one law for all of them.

Whatever is brought: no 5xx, nothing of it said back, nothing accepted, nobody contacted whom it names, and an
answer in time. A sample of it is in the default run, all of it in ``make test-heavy``.
"""

import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import httpx2
import orjson
import pytest

from tests.invalid.case import MARKER
from tests.journey.hostile_files import FOREIGN, ZIPS, Brought
from tests.journey.hostile_inputs import INPUTS, Input, brought
from tests.journey.verifier_house import TOKEN, VerifierHouse, open_house
from tests.sd_jwt_world import publish_tokens
from tests.unit.verifier.batch_samples import zipped
from verifier.batch_reading import clean_name

# A child that reads a file is ended after ten; what waits on a busy machine waits on top.
SECONDS = 30
JSON = {"Accept": "application/json"}
PAGE = {"Accept": "text/html", "Accept-Language": "en"}
PROGRAMME = {"requester": "public_body", "variant": "construction", "on": "2026-12-01"}
LIMITS = dict.fromkeys(("verify-check", "verify-page", "verify-batch", "verify-programme"), "1000000/minute")

pytestmark = pytest.mark.timeout(300)


@dataclass(frozen=True, kw_only=True, slots=True)
class Range:
    """A verifier, what hostile things are made from, and every address it asked for."""

    house: VerifierHouse
    given: Brought
    asked: list[str]

    def strangers(self) -> list[str]:
        """The addresses asked for that are none of the world's."""
        return [url for url in self.asked if not url.startswith("https://skills-passport.example/")]


@pytest.fixture(scope="module")
def firing_range(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Range]:
    with open_house(tmp_path_factory.mktemp("doors"), rate_limits=LIMITS) as house:
        publish_tokens(house.world, {})
        house.shared[TOKEN] = house.world.issue(4)
        app: Any = house.client.app
        fetcher = app.state.context.fetcher
        asked: list[str] = []
        honest = fetcher.get

        async def get(url: str, **rest: Any) -> Any:
            asked.append(url)
            return await honest(url, **rest)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(fetcher, "get", get)
            yield Range(house=house, given=brought(house.world), asked=asked)


# The doors -----------------------------------------------------------------------------------------


def _text(house: VerifierHouse, data: bytes) -> httpx2.Response:
    return house.post("/verify/check", orjson.dumps({"text": data.decode("utf-8", "replace")}), JSON)


def _file(house: VerifierHouse, data: bytes) -> httpx2.Response:
    return _form(house, "/verify/check", JSON, file=data)


def _page(house: VerifierHouse, data: bytes) -> httpx2.Response:
    return _form(house, "/verify", PAGE, file=data)


def _pasted(house: VerifierHouse, data: bytes) -> httpx2.Response:
    return _form(house, "/verify", PAGE, text=data)


def _batch(house: VerifierHouse, data: bytes) -> httpx2.Response:
    return _form(house, "/verify/batch", JSON, files=data)


def _batch_page(house: VerifierHouse, data: bytes) -> httpx2.Response:
    return _form(house, "/verify/batch", PAGE, files=data)


def _batch_zip(house: VerifierHouse, data: bytes) -> httpx2.Response:
    return _form(house, "/verify/batch", JSON, files=zipped({"a": data}))


def _batch_lines(house: VerifierHouse, data: bytes) -> httpx2.Response:
    return _form(house, "/verify/batch", JSON, text=data)


def _programme(house: VerifierHouse, data: bytes) -> httpx2.Response:
    fields = {name: value.encode() for name, value in PROGRAMME.items()}
    return _form(house, "/verify/programmes/kr-eps", JSON, file=data, **fields)


def _presentation(house: VerifierHouse, data: bytes) -> httpx2.Response:
    return house.post("/presentations/verify", b'{"verifiablePresentation":' + data + b"}", JSON)


def _form(house: VerifierHouse, path: str, headers: Mapping[str, str], **parts: bytes) -> httpx2.Response:
    sent = [
        (name, ("certificate", data) if name in ("file", "files") else (None, data))
        for name, data in parts.items()
    ]
    response: httpx2.Response = house.client.post(path, files=sent, headers=dict(headers))
    return response


DOORS: Mapping[str, Callable[[VerifierHouse, bytes], httpx2.Response]] = {
    "check as text": _text,
    "check as file": _file,
    "page": _page,
    "page, pasted": _pasted,
    "batch": _batch,
    "batch, in a ZIP": _batch_zip,
    "batch, pasted": _batch_lines,
    "programme": _programme,
    "presentations": _presentation,
}


# The law -------------------------------------------------------------------------------------------


def is_accepted(answer: httpx2.Response) -> bool:
    """Whether what was brought was accepted, all of it."""
    if answer.status_code != 200:
        return False
    if not answer.headers["content-type"].startswith("application/json"):
        outcomes = set(re.findall(r'data-outcome="(\w+)"', answer.text))
        return outcomes == {"accepted"}
    body = answer.json()
    if "verified" in body:
        return body["verified"] is True
    rows = [row["outcome"] == "accepted" for row in body.get("rows", [])]
    results = rows + [one["verified"] for one in body.get("credentialResults", [])]
    # Beside a bad credential a good one is good.
    return bool(results) and all(results)


def said(answer: httpx2.Response) -> str:
    """The answer without the names of files, which are shown on purpose."""
    if answer.headers["content-type"] != "application/json":
        return answer.text
    body = answer.json()
    for row in body.get("rows", []):
        assert row["name"] == clean_name(row["name"])
        del row["name"]
    return orjson.dumps(body).decode()


def require_law(range_: Range, door: str, answer: httpx2.Response, *, is_fault: bool) -> None:
    """Nothing broke, nothing was said back, nothing accepted, nobody contacted."""
    assert answer.status_code < 500, door
    assert MARKER not in said(answer), door
    assert not (is_fault and is_accepted(answer)), door
    assert range_.strangers() == [], door
    assert not any(MARKER in contact for contact in range_.house.contacts), door


def at_each_door(range_: Range, hostile: Input) -> Iterator[tuple[str, httpx2.Response, bool]]:
    data = hostile.make(range_.given)
    for door, bring in DOORS.items():
        if door == "presentations" and hostile.body is not None:
            sent = hostile.body(range_.given)
            yield door, range_.house.post("/presentations/verify", sent, JSON), True
        else:
            yield door, bring(range_.house, data), not hostile.only_there


@pytest.mark.parametrize("name", INPUTS)
def test_hostile(firing_range: Range, name: str) -> None:
    firing_range.asked.clear()
    started = time.monotonic()
    for door, answer, is_fault in at_each_door(firing_range, INPUTS[name]):
        require_law(firing_range, door, answer, is_fault=is_fault)
        assert time.monotonic() - started < SECONDS, door
        started = time.monotonic()


@pytest.mark.parametrize("name", ZIPS)
def test_a_hostile_zip_on_the_page_is_only_a_row(firing_range: Range, name: str) -> None:
    answer = _batch_page(firing_range.house, ZIPS[name](firing_range.given))
    assert answer.status_code in (200, 400)
    assert not is_accepted(answer)
    assert f"<script>{MARKER}" not in answer.text


def test_the_genuine_is_still_accepted_at_every_door(firing_range: Range) -> None:
    raw = firing_range.given.genuine.raw
    for door, bring in DOORS.items():
        if door != "presentations":
            assert is_accepted(bring(firing_range.house, raw)), door
    presented = firing_range.house.world.present(raw)
    assert is_accepted(_presentation(firing_range.house, presented))


def test_a_stranger_that_is_asked_would_be_noticed(firing_range: Range) -> None:
    firing_range.asked.append(f"{FOREIGN}/list")
    assert firing_range.strangers() == [f"{FOREIGN}/list"]
    firing_range.asked.clear()
