"""The evidence bundle: what goes in comes out, nothing else gets in, and it judges as the network did."""

import io
import json
import zipfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from runtime.evidence_bundle import (
    MAX_DOCUMENT_BYTES,
    BundleFile,
    BundleSource,
    EvidenceBundle,
    read_bundle,
    write_bundle,
)
from runtime.trust_memory import TrustMemory
from runtime.verification import VerificationShell
from tests.simulator import HOST, ORIGIN, TRUST_LIST_URL, TRUST_ROOT_URL, IssuerWorld
from vc.errors import MalformedValue, ParseError, RangeError
from vc.model.evidence import Fetched, Seen, Unavailable
from vc.model.verdict import Outcome, Question, Reason
from vc.trust.decide import decide
from vc.verify import step

pytestmark = pytest.mark.anyio
DAY = timedelta(days=1)
SEEN = Seen(root_version=1, root_digest="a", list_version=2, list_digest="b", list_key="c")


def bundle_of(world: IssuerWorld, **changes: Any) -> EvidenceBundle:
    given: dict[str, Any] = {
        "made_at": world.now,
        "is_demo": True,
        "base_url": ORIGIN,
        "did_host": HOST,
        "anchor": world.trust_anchor.text,
        "trust_list_url": TRUST_LIST_URL,
        "trust_root_url": TRUST_ROOT_URL,
        "items": world.evidence().items,
    }
    return EvidenceBundle(**(given | changes))


def shell_of(world: IssuerWorld, bundle: EvidenceBundle) -> VerificationShell:
    return VerificationShell(
        fetcher=BundleSource(bundle),
        clock=world.clock,
        policy=bundle.policy(anchor=bundle.anchor, refuse_demo_issuers=False),
        list_refresh_seconds=300,
        memory=TrustMemory.of_this_process(),
    )


def test_what_goes_in_comes_out_and_equal_bundles_have_equal_bytes() -> None:
    world = IssuerWorld()
    items = {**world.evidence().items}
    items["https://x.example/a"] = Unavailable(
        url="https://x.example/a", reason="timeout", tried_at=world.now
    )
    for seen in (None, SEEN):
        bundle = bundle_of(world, items=items, seen=seen)
        written = write_bundle(bundle)
        assert read_bundle(written) == bundle
        assert write_bundle(read_bundle(written)) == written


def test_it_says_when_its_first_document_runs_out() -> None:
    world = IssuerWorld()
    world.publish_trust_list(valid_until=world.now + timedelta(hours=3))
    assert bundle_of(world).valid_until == world.now + timedelta(hours=3)
    assert bundle_of(world, items={}).valid_until is None


async def test_without_a_network_the_verdicts_are_those_of_the_network() -> None:
    world = IssuerWorld()
    world.publish_status({3})
    shell = shell_of(world, read_bundle(write_bundle(bundle_of(world))))
    for index in (3, 4):
        raw = world.issue(index)
        direct = step(raw, world.evidence(), world.policy, world.now)
        offline = await shell.verify(raw)
        assert offline == direct
    assert world.fetcher.requests == []


async def test_after_its_validity_it_clears_nobody_and_revoked_stays_revoked() -> None:
    world = IssuerWorld()
    world.publish_status({3})
    world.publish_trust_list(valid_until=world.now + 90 * DAY)
    shell = shell_of(world, bundle_of(world))
    good, revoked = world.issue(4), world.issue(3)
    world.clock.advance(2 * DAY)
    late = await shell.verify(good)
    assert decide(late).outcome is Outcome.UNDETERMINED
    assert late.verdicts[Question.IN_FORCE].reason is Reason.STATUS_STALE
    assert (await shell.verify(revoked)).verdicts[Question.IN_FORCE].reason is Reason.REVOKED


async def test_what_is_not_in_it_could_not_be_checked() -> None:
    world = IssuerWorld()
    items = {url: item for url, item in world.evidence().items.items() if url != world.list_url}
    verification = await shell_of(world, bundle_of(world, items=items)).verify(world.issue(4))
    assert verification.verdicts[Question.IN_FORCE].reason is Reason.STATUS_UNAVAILABLE


async def test_another_anchor_than_the_reader_s_own_is_worth_nothing() -> None:
    world = IssuerWorld()
    bundle = bundle_of(world)
    other = f"1:{world.centre.public_key.multikey}"
    shell = VerificationShell(
        fetcher=BundleSource(bundle),
        clock=world.clock,
        policy=bundle.policy(anchor=other, refuse_demo_issuers=False),
        list_refresh_seconds=300,
        memory=TrustMemory.of_this_process(),
    )
    verification = await shell.verify(world.issue(4))
    assert verification.verdicts[Question.ENTITLED].reason is Reason.TRUST_LIST_INVALID


async def test_a_sitting_that_was_kept_is_replayed_identically() -> None:
    world = IssuerWorld()
    world.publish_status({3})
    shell = shell_of(world, bundle_of(world))
    sitting = shell.sitting()
    raws = [world.issue(index) for index in (3, 4)]
    first = [await sitting.verify(raw) for raw in raws]
    kept = bundle_of(world, made_at=sitting.now, items=dict(sitting.items), seen=sitting.seen)
    world.clock.advance(2000 * DAY)
    replayed = read_bundle(write_bundle(kept))
    again = VerificationShell(
        fetcher=BundleSource(replayed),
        clock=type(world.clock)(replayed.made_at),
        policy=replayed.policy(anchor=replayed.anchor, refuse_demo_issuers=False),
        list_refresh_seconds=300,
        memory=TrustMemory.of_this_process(),
    )
    assert [await again.verify(raw) for raw in raws] == first


async def test_a_file_is_taken_up_when_a_newer_one_stands_in_its_place(tmp_path: Path) -> None:
    world = IssuerWorld()
    path = tmp_path / "bundle.zip"
    path.write_bytes(write_bundle(bundle_of(world, items={})))
    source = BundleFile(path)
    assert not hasattr(await source.get(TRUST_LIST_URL), "body")
    path.write_bytes(write_bundle(bundle_of(world)))
    assert hasattr(await source.get(TRUST_LIST_URL), "body")
    path.write_bytes(b"half a file")
    assert hasattr(await source.get(TRUST_LIST_URL), "body")
    path.unlink()
    assert hasattr(await source.get(TRUST_LIST_URL), "body")


def _rewritten(world: IssuerWorld, change: Callable[[dict[str, Any]], None]) -> bytes:
    index: dict[str, Any] = {}
    target = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(write_bundle(bundle_of(world)))) as source,
        zipfile.ZipFile(target, "w") as archive,
    ):
        for name in source.namelist():
            body = source.read(name)
            if name == "bundle.json":
                index = json.loads(body)
                change(index)
                body = json.dumps(index).encode()
            archive.writestr(name, body)
    return target.getvalue()


FAULTS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "another_format": lambda index: index.update(format="x"),
    "no_anchor": lambda index: index.pop("trustAnchor"),
    "anchor_a_number": lambda index: index.update(trustAnchor=7),
    "demo_a_text": lambda index: index.update(demo="no"),
    "time_of_no_kind": lambda index: index.update(madeAt="yesterday"),
    "document_that_is_not_there": lambda index: index["documents"][0].update(sha256="0" * 64),
    "document_of_another_digest": lambda index: index["documents"][0].update(
        sha256=index["documents"][1]["sha256"][:63]
    ),
    "documents_no_list": lambda index: index.update(documents=7),
    "url_a_number": lambda index: index["documents"][0].update(url=7),
    "seen_incomplete": lambda index: index.update(seen={"root_version": 1}),
    "seen_of_another_kind": lambda index: index.update(
        seen={"root_version": "1", "root_digest": "", "list_version": 1, "list_digest": "", "list_key": ""}
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_damaged_bundle_is_none(fault: str) -> None:
    with pytest.raises((MalformedValue, ParseError)):
        read_bundle(_rewritten(IssuerWorld(), FAULTS[fault]))


def test_a_document_that_inflates_too_far_is_refused_without_inflating_it() -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bundle.json", b" " * (MAX_DOCUMENT_BYTES + 1))
    assert len(target.getvalue()) < 100_000
    with pytest.raises(RangeError):
        read_bundle(target.getvalue())


def test_what_is_no_zip_is_no_bundle() -> None:
    for raw in (b"", b"PK", b"{}", write_bundle(bundle_of(IssuerWorld()))[:-40]):
        with pytest.raises(MalformedValue):
            read_bundle(raw)


def test_items_keep_their_times() -> None:
    world = IssuerWorld()
    read = read_bundle(write_bundle(bundle_of(world)))
    item = read.items[TRUST_LIST_URL]
    assert isinstance(item, Fetched)
    assert item.fetched_at == world.now
