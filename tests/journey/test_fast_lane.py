"""The quick answer of ``POST /credentials/verify`` is that of its route: status, headers and every byte.

The same request with a query, which is for the route alone, is what it is compared with.
"""

import asyncio
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

import httpx2
import orjson
import pytest
from fastapi import FastAPI
from starlette.types import Message

from runtime.aside import LONG_BYTES
from runtime.http import build_app
from tests.invalid.case import CREDENTIALS, JSON_TYPE, Attempt, Case
from tests.invalid.corpus import cases_of_a_suite, cases_of_credentials, cases_of_requests
from tests.invalid.genuine import OTHER_KEYS, Accounts, Genuine
from tests.journey.verifier_house import BASE_URL, TOKEN, VerifierHouse, open_house
from tests.simulator import signer_for
from verifier.lane import CredentialLane

_BESIDE_THE_LANE: Final = "?x"
_OF_THE_REQUEST: Final = ("x-request-id",)
_NO_TIME: Final = timedelta()
_REFRESHED: Final = timedelta(minutes=10)
_NEED_MORE_THAN_A_VERIFIER: Final = frozenset({"access"})


class Taken:
    """How many requests were answered by the lane."""

    def __init__(self) -> None:
        self.count = 0


@pytest.fixture(params=["eddsa-jcs-2022", "eddsa-rdfc-2022"])
def house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[VerifierHouse]:
    with open_house(tmp_path, request.param) as opened:
        yield opened


@pytest.fixture
def taken() -> Iterator[Taken]:
    counted, genuine = Taken(), CredentialLane.__call__

    async def counting(lane: CredentialLane, body: bytes, accept_language: str) -> bytes | None:
        written = await genuine(lane, body, accept_language)
        counted.count += written is not None
        return written

    with patch.object(CredentialLane, "__call__", counting):
        yield counted


def both_ways(
    house: VerifierHouse, attempt: Attempt, *, path: str = CREDENTIALS
) -> tuple[httpx2.Response, httpx2.Response]:
    """The answers to ``attempt`` with and without a query."""
    answers = []
    for query in (_BESIDE_THE_LANE, ""):
        content = iter(attempt.chunks) if attempt.chunks else attempt.body
        answers.append(
            house.client.request(attempt.method, path + query, content=content, headers=attempt.headers)
        )
    return answers[0], answers[1]


def require_same(house: VerifierHouse, attempt: Attempt) -> httpx2.Response:
    by_route, by_lane = both_ways(house, attempt)
    assert by_lane.status_code == by_route.status_code
    for given in (by_route, by_lane):
        for name in _OF_THE_REQUEST:
            del given.headers[name]
    assert sorted(by_lane.headers.multi_items()) == sorted(by_route.headers.multi_items())
    assert _without_request_id(by_lane) == _without_request_id(by_route)
    return by_lane


def _without_request_id(answer: httpx2.Response) -> object:
    if answer.status_code == 200:
        return answer.content
    problem: dict[str, Any] = answer.json()
    problem.pop("requestId", None)
    return problem


def body(credential: bytes, **members: object) -> bytes:
    return orjson.dumps({"verifiableCredential": orjson.Fragment(credential), **members})


def spellings(credential: bytes) -> Mapping[str, tuple[bytes, bool]]:
    """Bodies with one credential, and whether the lane must have answered."""
    plain, document = body(credential), orjson.loads(credential)
    options = orjson.dumps({"checks": ["proof"], "returnResults": True})
    return {
        "plain": (plain, True),
        "spaced": (b' { "verifiableCredential" :\n\t' + credential + b" }\r\n", True),
        "as the standard library writes it": (_spaced(document), True),
        "no checks named": (body(credential, options={}), True),
        "options": (body(credential, options=orjson.Fragment(options)), True),
        "options in the middle of spaces": (
            b'{"verifiableCredential":' + credential + b' , "options" : ' + options + b" }",
            True,
        ),
        "returned, please": (body(credential, options={"returnCredential": True}), False),
        "not returned": (body(credential, options={"returnCredential": False}), True),
        "options first": (orjson.dumps({"options": {}, "verifiableCredential": document}), False),
        "options twice": (plain[:-1] + b',"options":{},"options":{}}', False),
        "options of another type": (body(credential, options=[]), False),
        "an option of another type": (body(credential, options={"returnResults": 1}), False),
        "an unknown option": (body(credential, options={"x": 1}), False),
        "an unknown check": (body(credential, options={"checks": ["x"]}), False),
        "an option in an option": (body(credential, options={"checks": [{}]}), False),
        "an option twice": (plain[:-1] + b',"options":{"checks":[],"checks":[]}}', False),
        "a member behind": (plain[:-1] + b',"x":1}', False),
        "a member before": (b'{"x":1,' + plain[1:], False),
        "the credential twice": (plain[:-1] + b',"verifiableCredential":' + credential + b"}", False),
        "a name escaped": (plain.replace(b"verifiable", b"veri\\u0066iable", 1), False),
        "cut off": (plain[:-1], False),
        "one bracket more": (plain + b"}", False),
        "one comma more": (plain[:-1] + b",}", False),
        "a second value": (plain + b"{}", False),
        "a byte order mark": (b"\xef\xbb\xbf" + plain, False),
        "a byte order mark inside": (plain.replace(b":{", b":\xef\xbb\xbf{", 1), False),
        "another white space": (b"\x0b" + plain, False),
        "no UTF-8": (plain.replace(b'"', b'"\xff', 3), False),
        "an options text in the credential": (
            body(orjson.dumps({**document, "name": '"options":{}}'})),
            True,
        ),
        "options as a member of the credential": (
            body(orjson.dumps({**document, "options": {}})),
            True,
        ),
        "no object": (b'{"verifiableCredential":"x"}', False),
        "an array": (b'{"verifiableCredential":[]}', False),
        "an empty credential": (b'{"verifiableCredential":{}}', True),
        "null": (b'{"verifiableCredential":null}', False),
        "nothing": (b"", False),
        "no credential": (b"{}", False),
        "a presentation": (b'{"verifiablePresentation":{}}', False),
        "as deep as is read": (body(_deep(39)), True),
        "deeper than is read": (body(_deep(40)), False),
        "as large as the lane takes": (_padded(document, LONG_BYTES), True),
        "larger": (_padded(document, LONG_BYTES + 1), False),
        "too large to be read": (b" " * 1_000_001, False),
    }


def _spaced(document: dict[str, Any]) -> bytes:
    return httpx2.Request("POST", "http://x", json={"verifiableCredential": document}).read()


def _deep(levels: int) -> bytes:
    return b'{"a":' + b"[" * (levels - 1) + b"]" * (levels - 1) + b"}"


def _padded(document: dict[str, Any], size: int) -> bytes:
    empty = body(orjson.dumps({**document, "name": ""}))
    return body(orjson.dumps({**document, "name": "A" * (size - len(empty))}))


def test_every_spelling_of_a_body_is_answered_as_by_the_route(house: VerifierHouse, taken: Taken) -> None:
    for name, (sent, is_for_the_lane) in spellings(house.world.issue()).items():
        before = taken.count
        require_same(house, Attempt(body=sent, headers=JSON_TYPE))
        assert (taken.count > before) is is_for_the_lane, name


def test_whoever_asks_otherwise_than_plainly_is_answered_by_the_route(
    house: VerifierHouse, taken: Taken
) -> None:
    plain = body(house.world.issue())
    languages = ("km", "ja,en;q=0.5", "*", "x" * 300, "", "ar;q=0, th")
    lane = [
        *({"Accept-Language": language} for language in languages),
        {"Accept": "text/html"},
        {"Origin": "https://elsewhere.example"},
    ]
    route = [
        {"Cookie": "lang=km"},
        {"Content-Type": "application/json; charset=UTF-8"},
        {"Content-Type": "APPLICATION/JSON"},
        {"Authorization": "Bearer spk_AAAAAAAAAA_nothing"},
        {"Authorization": "Basic eDp5"},
        {"Content-Type": "application/ld+json"},
        {"Content-Type": "application/json; charset=latin-1"},
        {"Content-Type": "text/plain"},
        {"Content-Type": ""},
        {"Content-Encoding": "gzip"},
        {"Cookie": "passport_session=x", "Origin": "https://elsewhere.example"},
    ]
    for headers, is_for_the_lane in ((h, h in lane) for h in (*lane, *route)):
        before = taken.count
        require_same(house, Attempt(body=plain, headers=JSON_TYPE | headers))
        assert (taken.count > before) is is_for_the_lane, headers
    before = taken.count
    require_same(house, Attempt(chunks=(plain[:1_000], plain[1_000:]), headers=JSON_TYPE))
    require_same(house, Attempt(method="PUT", body=plain, headers=JSON_TYPE))
    assert taken.count == before


def test_what_became_of_a_credential_is_seen_in_the_lane(house: VerifierHouse, taken: Taken) -> None:
    world, outcomes = house.world, []

    def revoke() -> None:
        world.publish_status({4})

    def fall_silent() -> None:
        world.publish_trust_list()
        world.go_offline(world.list_url)

    early, late = body(world.issue(4)), body(world.issue(5))
    for happens, later, sent, reason in (
        (None, _NO_TIME, early, "notRevoked"),
        (revoke, _REFRESHED, early, "revoked"),
        (fall_silent, timedelta(hours=25), early, "revoked"),
        (None, _NO_TIME, late, "statusStale"),
    ):
        world.clock.advance(later)
        if happens is not None:
            happens()
        by_lane = house.client.post(CREDENTIALS, content=sent, headers=JSON_TYPE)
        assert by_lane.content == require_same(house, Attempt(body=sent, headers=JSON_TYPE)).content
        assert by_lane.json()["verdicts"]["inForce"]["reason"] == reason
        outcomes.append(reason)
    assert taken.count == 2 * len(outcomes)


def test_a_request_of_the_lane_is_counted_by_its_route(house: VerifierHouse, taken: Taken) -> None:
    sent = body(house.world.issue())
    for attempt in both_ways(house, Attempt(body=sent, headers=JSON_TYPE)):
        assert attempt.status_code == 200
    app = house.client.app
    assert isinstance(app, FastAPI)
    counted = re.search(
        r'requests?_seconds_count\{.*route="/credentials/verify".*\} (\S+)',
        app.state.context.metrics.text().decode(),
    )
    assert counted is not None
    assert (taken.count, float(counted[1])) == (1, 2)


# As all of them take a minute, a sixteenth of them is tried at once and the others with what is slow.
_SIXTEENTH: Final = 16


def _cases() -> Iterator[Case]:
    for case in (*cases_of_a_suite(), *cases_of_credentials(), *cases_of_requests()):
        if not case.asks_host and case.family not in _NEED_MORE_THAN_A_VERIFIER:
            yield case


def _require_corpus(house: VerifierHouse, cases: Iterable[Case]) -> int:
    genuine, tried = _genuine(house), 0
    for case in cases:
        if case.only not in (None, house.world.suite):
            continue
        try:
            attempt = case.build(genuine)
        except (KeyError, IndexError, TypeError, AssertionError):
            continue  # about a member that this world's certificate does not have
        if attempt.path == CREDENTIALS and not attempt.wire:
            require_same(house, attempt)
            tried += 1
    return tried


def test_hostile_bodies_are_answered_as_by_the_route(house: VerifierHouse) -> None:
    assert _require_corpus(house, islice(_cases(), 0, None, _SIXTEENTH)) > 50


@pytest.mark.full
def test_every_hostile_body_is_answered_as_by_the_route(house: VerifierHouse) -> None:
    assert _require_corpus(house, _cases()) > 1_000


def _genuine(house: VerifierHouse) -> Genuine:
    world = house.world
    nobody = Accounts(cookies={}, service_token=str, class_id="", credential_file="")
    return Genuine(
        suite=world.suite,
        raw=world.issue(1, credentialStatus=[world.status_entry(1)]),
        other=world.issue(2, credentialStatus=[world.status_entry(2)]),
        base_url=BASE_URL,
        collaborator="https://collaborator.example",
        token=TOKEN,
        centre=world.centre,
        others={name: signer_for(name, f"did:web:{name}.example") for name in OTHER_KEYS},
        host=None,  # type: ignore[arg-type]  # cases that ask it are left out
        accounts=nobody,
    )


def test_a_bug_of_the_lane_leaves_the_answer_to_the_route(
    house: VerifierHouse, taken: Taken, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(_lane: CredentialLane, _body: bytes) -> bytes:
        raise RuntimeError(TOKEN)

    sent = Attempt(body=body(house.world.issue()), headers=JSON_TYPE)
    monkeypatch.setattr(CredentialLane, "_credential_in", fail)
    assert require_same(house, sent).status_code == 200
    assert taken.count == 0
    written = "".join(capsys.readouterr())
    assert "a quick answer failed" in written
    assert TOKEN not in written


async def _ask_in_pieces(house: VerifierHouse, pieces: list[bytes], *, pause: float) -> int:
    """The status of the answer to a body that comes in ``pieces``, said to be of their length."""
    left, answered = list(pieces), []
    length = str(sum(map(len, pieces))).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", length)]
    scope = {"type": "http", "method": "POST", "path": CREDENTIALS, "query_string": b"", "headers": headers}

    async def receive() -> Message:
        if len(left) < len(pieces):
            await asyncio.sleep(pause)
        piece = left.pop(0)
        return {"type": "http.request", "body": piece, "more_body": bool(left)}

    async def send(message: Message) -> None:
        answered.append(message)

    await house.client.app(scope, receive, send)
    return int(answered[0]["status"])


def test_a_body_in_pieces_is_for_the_lane_and_one_that_comes_slowly_for_the_route(
    house: VerifierHouse, taken: Taken, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = body(house.world.issue())
    pieces = [sent[:1_000], sent[1_000:2_000], sent[2_000:]]
    assert asyncio.run(_ask_in_pieces(house, pieces, pause=0)) == 200
    assert taken.count == 1
    monkeypatch.setattr("runtime.fast_lane._PATIENCE_SECONDS", 0.01)
    assert asyncio.run(_ask_in_pieces(house, pieces, pause=0.02)) == 200
    assert taken.count == 1


def test_a_quick_answer_needs_a_route(house: VerifierHouse) -> None:
    app = house.client.app
    assert isinstance(app, FastAPI)

    async def answer(body: bytes, accept_language: str) -> bytes | None:
        return None

    with pytest.raises(ValueError, match="/elsewhere"):
        build_app(app.state.context, title="x", routers=(), quick_answers={"/elsewhere": answer})
