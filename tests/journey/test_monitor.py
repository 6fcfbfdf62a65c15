"""``passport.monitor`` looking at a running house: all is well, and every way in which it is not."""

import json
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx2
import pytest

from passport.demo_world.people import draw_people
from passport.monitor.judge import Observation, judge_root_end, read_trust
from passport.monitor.lists import Said, judge_agreement, judge_status_list
from passport.monitor.state import State, load_state, save_state
from passport.monitor.watch import Watch, Watched
from runtime.clock import FixedClock, SystemClock
from runtime.fetch import Fetched, FetchResult, Unavailable, UnavailableReason
from tests.cheap_costs import cheap_key_stretching
from tests.demo_copies import demo_client
from vc.crypto.checkpoint import ServiceHead, next_checkpoint
from vc.crypto.keys import InMemorySigner
from vc.crypto.merkle import Frontier
from vc.crypto.signed_note import sign_note
from vc.did import did_web
from vc.did.documents import VerificationMethod
from vc.encoding.timestamps import parse_timestamp
from vc.errors import EvidenceUnavailable
from vc.model.evidence import Fetched as FetchedEvidence
from vc.status.bitstring_status_list import MIN_LENGTH, encode_list
from vc.trust import root
from vc.trust.anchor import parse_anchor

# One house for all of them, which takes a while to make.
pytestmark = [pytest.mark.anyio]

BASE = "http://127.0.0.1:8000"
HOST = "skills-passport.example"
AUDIT = f"did:web:{HOST}:trust:audit"
Lie = Callable[[bytes], bytes | None]


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[httpx2.AsyncClient]:
    folder = tmp_path_factory.mktemp("house")
    with cheap_key_stretching():
        async with demo_client(folder, draw_people(), list_refresh_seconds=3600) as client:
            yield client


class Monitor:
    """A monitor whose answers may be replaced on the way, as a lying server would."""

    def __init__(self, house: httpx2.AsyncClient, anchor: str) -> None:
        self._house = house
        self.anchor = parse_anchor(anchor, did=f"did:web:{HOST}:trust")
        self.state = State(base=BASE)
        self.lies: dict[str, Lie] = {}

    async def look(self, *, later: timedelta = timedelta(0)) -> list[Observation]:
        """One look."""
        watched = Watched(base=BASE, did_host=HOST, anchor=self.anchor, max_age=timedelta(hours=1))
        clock = FixedClock(SystemClock().now() + later)
        return await Watch(watched, self.get, clock, self.state).look()

    async def wrong(self, *, later: timedelta = timedelta(0)) -> list[tuple[str, str]]:
        """(place, detail) of everything that is wrong."""
        return [(item.place, item.detail) for item in await self.look(later=later) if item.wrong]

    async def get(self, url: str) -> FetchResult:
        """What the monitor is told at ``url``."""
        path = url.removeprefix(BASE)
        answer = await self._house.get(path)
        body: bytes | None = answer.content if answer.status_code == 200 else None
        if path in self.lies:
            body = self.lies[path](body or b"")
        if body is None:
            return Unavailable(url=url, reason=next(iter(UnavailableReason)))
        return Fetched(url=url, body=body, etag=None, fetched_at=SystemClock().now())


@pytest.fixture
async def monitor(house: httpx2.AsyncClient) -> Monitor:
    """A monitor that has looked once and found all well."""
    first = json.loads((await house.get("/trust/root")).content)["roots"][0]["credentialSubject"]
    new = Monitor(house, f"{first['threshold']}:{','.join(first['rootKeys'])}")
    assert await new.look() == []
    return new


async def test_what_was_seen_is_remembered_and_continued(monitor: Monitor, tmp_path: Path) -> None:
    assert monitor.state.root[0] > 0
    assert monitor.state.trust_list[0] > 0
    # Two pools, each in three securings for two purposes and as two tokens.
    assert len(monitor.state.lists) == 2 * (3 * 2 + 2)
    assert monitor.state.size > 0
    save_state(tmp_path / "state.json", monitor.state)
    monitor.state = load_state(tmp_path / "state.json", BASE)
    assert await monitor.look() == []


async def test_ninety_days_before_the_root_ends_it_is_said_and_nothing_is_wrong(
    house: httpx2.AsyncClient, monitor: Monitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    chain = (await house.get("/trust/root")).content
    ends = parse_timestamp(json.loads(chain)["roots"][-1]["validUntil"])
    before = ends - timedelta(days=90)
    assert list(judge_root_end(chain, monitor.anchor, before - timedelta(seconds=1))) == []
    (soon,) = judge_root_end(chain, monitor.anchor, before)
    assert (soon.place, soon.soon, soon.wrong) == ("trust root", True, False)
    monkeypatch.setattr(root, "RENEW_BEFORE_END", timedelta(days=366))
    assert await monitor.look() == [soon]


async def test_another_deployments_state_is_not_used(monitor: Monitor, tmp_path: Path) -> None:
    save_state(tmp_path / "state.json", monitor.state)
    with pytest.raises(EvidenceUnavailable):
        load_state(tmp_path / "state.json", "https://other.example")
    (tmp_path / "state.json").write_text("[]")
    with pytest.raises(EvidenceUnavailable):
        load_state(tmp_path / "state.json", BASE)


async def test_a_trust_list_of_another_anchor_is_wrong(house: httpx2.AsyncClient) -> None:
    stranger = Monitor(house, InMemorySigner(bytes(32), "").public_key.multikey)
    assert [place for place, _ in await stranger.wrong()] == ["trust list"]


async def test_a_changed_trust_list_is_wrong(monitor: Monitor) -> None:
    monitor.lies["/trust/list"] = lambda body: body.replace(b'"roles":["issuer"]', b'"roles":["holder"]')
    assert [place for place, _ in await monitor.wrong()] == ["trust list"]


async def test_a_frozen_trust_list_is_wrong(monitor: Monitor) -> None:
    assert "trust list" in [place for place, _ in await monitor.wrong(later=timedelta(days=2))]


@pytest.mark.parametrize("name", ["root", "trust_list"])
async def test_a_trust_list_that_goes_back_is_wrong(monitor: Monitor, name: str) -> None:
    number, digest = getattr(monitor.state, name)
    # Far beyond: the registry may sign a newer one meanwhile.
    setattr(monitor.state, name, (number + 100, digest))
    ((place, detail),) = await monitor.wrong()
    assert (place, detail.endswith("rolled back")) == (
        name.replace("_", " ").replace("root", "trust root"),
        True,
    )


@pytest.mark.parametrize("name", ["root", "trust_list"])
async def test_two_trust_lists_of_one_version_are_a_split_view(monitor: Monitor, name: str) -> None:
    found: list[tuple[str, str]] = []
    # Issuers announce their keys after the start, and the registry signs a newer list for each.
    for _ in range(50):
        await monitor.wrong()
        number, _ = getattr(monitor.state, name)
        setattr(monitor.state, name, (number, "0" * 64))
        if found := await monitor.wrong():
            break
    ((place, detail),) = found
    assert (place, detail.endswith("a split view")) == (
        name.replace("_", " ").replace("root", "trust root"),
        True,
    )


async def test_a_bit_that_is_lost_is_named(monitor: Monitor) -> None:
    url, seen = next(iter(monitor.state.lists.items()))
    monitor.state.lists[url] = replace(
        seen, encoded=encode_list(MIN_LENGTH, {7, 99}), valid_from="2026-01-01T00:00:00Z"
    )
    assert await monitor.wrong() == [(url, "a bit that was set is not set any more, index 7")]
    # The alarm lasts: what was seen is not forgotten.
    assert len(await monitor.wrong()) == 1


async def test_a_status_list_that_goes_back_is_named(monitor: Monitor) -> None:
    url, seen = next(iter(monitor.state.lists.items()))
    monitor.state.lists[url] = replace(seen, valid_from="2999-01-01T00:00:00Z")
    assert await monitor.wrong() == [(url, "an older list than the one seen before: rolled back")]


async def test_a_changed_status_list_is_named(monitor: Monitor) -> None:
    url = next(iter(monitor.state.lists))
    monitor.lies[url.removeprefix(BASE)] = lambda body: body.replace(b'"revocation"', b'"suspension"')
    assert await monitor.wrong() == [(url, "it is not a status list that the registry signed")]


async def test_a_stale_status_list_is_named(monitor: Monitor) -> None:
    trusted = await monitor.get(f"{BASE}/trust/list")
    url = next(iter(monitor.state.lists))
    listed = await monitor.get(url)
    assert isinstance(trusted, Fetched)
    assert isinstance(listed, Fetched)
    now = SystemClock().now()
    roots = await monitor.get(f"{BASE}/trust/root")
    assert isinstance(roots, Fetched)
    evidence = [FetchedEvidence(url=it.url, body=it.body, fetched_at=now) for it in (trusted, roots)]
    trust = read_trust(evidence[0], evidence[1], monitor.anchor, now).trust_list
    assert trust is not None
    found = judge_status_list(monitor.state, trust, url, listed.body, now + timedelta(days=30))
    assert [item.detail for item in found if isinstance(item, Observation)] == ["it is stale"]


async def test_two_encodings_that_say_different_things_are_named(monitor: Monitor) -> None:
    at = SystemClock().now()
    said = Said(url="a", list_id="1", at=at, until=None, length=MIN_LENGTH, ended=frozenset({5}))
    alike = replace(said, url="b", suspended=frozenset({9}))
    assert (
        list(judge_agreement([said, alike, replace(said, url="c", ended=None, suspended=frozenset({5, 9}))]))
        == []
    )
    (other,) = judge_agreement([said, replace(alike, ended=frozenset({5, 7}))])
    assert "ends" in other.detail
    (other,) = judge_agreement([said, alike, replace(said, ended=None, suspended=frozenset({8}))])
    assert "suspensions" in other.detail
    assert (
        list(judge_agreement([said, replace(alike, ended=frozenset(), at=at + timedelta(seconds=1))])) == []
    )


async def test_a_list_that_is_published_no_more_is_named(monitor: Monitor) -> None:
    monitor.lies["/status/lists"] = lambda _: b'{"lists":[]}'
    gone = [(url, "it is not among the published lists any more") for url in sorted(monitor.state.lists)]
    assert await monitor.wrong() == gone


async def test_what_is_out_of_reach_is_not_called_wrong(monitor: Monitor) -> None:
    for path in ("/trust/list", "/status/lists", "/trust/checkpoints/latest"):
        monitor.lies[path] = lambda _: None
    found = await monitor.look()
    assert {"trust list", "index of status lists", "checkpoints"} <= {item.place for item in found}
    assert not any(item.wrong for item in found)


async def test_a_damaged_checkpoint_is_named(monitor: Monitor) -> None:
    monitor.lies["/trust/checkpoints/latest"] = lambda body: body.replace(b"head issuer", b"head issuers")
    assert ("newest checkpoint", "its signature does not hold") in await monitor.wrong()


async def test_another_checkpoint_of_a_number_seen_is_a_split_view(monitor: Monitor) -> None:
    monitor.state.note = monitor.state.note.replace("head issuer ", "head issuer 9")
    found = await monitor.wrong()
    place = f"checkpoint {monitor.state.size}"
    assert (place, "another one of this number was seen: a split view") in found


async def test_checkpoints_that_go_back_are_named(monitor: Monitor) -> None:
    monitor.state.size += 100
    assert "newest checkpoint" in [place for place, _ in await monitor.wrong()]


async def test_stale_checkpoints_are_named(monitor: Monitor) -> None:
    assert ("newest checkpoint", "it is stale") in await monitor.wrong(later=timedelta(hours=2))


async def test_another_key_for_checkpoints_is_named(monitor: Monitor) -> None:
    other = InMemorySigner(bytes(32), "").public_key
    method = VerificationMethod(id=f"{AUDIT}#audit-1", controller=AUDIT, public_key=other)
    document = did_web.build_document(AUDIT, [method], relationships={"assertionMethod": [method.id]})
    monitor.lies["/trust/audit/did.json"] = lambda _: json.dumps(document).encode()
    assert await monitor.wrong() == [("checkpoint key", "it is another key than the one seen before")]


async def test_a_rewritten_log_under_the_right_key_is_named(monitor: Monitor) -> None:
    """Whoever has the key signs another past: it does not continue what was seen."""
    signer = InMemorySigner(bytes(range(32)), "")
    name = f"{HOST}/audit"
    first, tree = next_checkpoint(
        Frontier(), origin=name, at=SystemClock().now(), heads={"issuer": ServiceHead(size=5, hash="a" * 64)}
    )
    later, _ = next_checkpoint(
        tree, origin=name, at=first.at, heads={"issuer": ServiceHead(size=4, hash="b" * 64)}
    )
    notes = [sign_note(item.text, name, signer) for item in (first, later)]
    method = VerificationMethod(id=f"{AUDIT}#audit-1", controller=AUDIT, public_key=signer.public_key)
    document = did_web.build_document(AUDIT, [method], relationships={"assertionMethod": [method.id]})
    monitor.lies = {
        "/trust/audit/did.json": lambda _: json.dumps(document).encode(),
        "/trust/checkpoints/latest": lambda _: notes[1],
        "/trust/checkpoints/1": lambda _: notes[0],
        "/trust/checkpoints/2": lambda _: notes[1],
    }
    monitor.state = State(base=BASE, key=signer.public_key.multikey)
    monitor.state.size, monitor.state.note = 1, notes[0].decode()
    monitor.state.peaks = tuple(peak.hex() for peak in tree.peaks)
    assert ("checkpoint 2", "the log of issuer does not continue") in await monitor.wrong()
