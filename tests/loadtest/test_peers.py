"""The comparison with other verifiers is of right answers only, over credentials that are ours."""

import json
import shutil
import subprocess
from collections.abc import Mapping
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from loadtest.peers import ours
from loadtest.peers.bench import require_right
from loadtest.peers.credentials import (
    DISCLOSURES,
    FORMATS,
    alter,
    make_set,
    revoked_indexes,
    subject,
)
from loadtest.peers.node_tools import is_installed
from loadtest.peers.processes import Measured, NotReadyError, running
from loadtest.peers.report import Result, Run, as_json, as_page
from loadtest.peers.subjects import LEGACY, NODE_FOLDER, NOT_RUN, OURS, PEERS, TARGETS, Subject
from runtime.clock import SystemClock
from tests.simulator import LIST_LENGTH, IssuerWorld
from vc.issue.lints.types_schema_violation import schema_violation

# Some libraries take no other time than the present.
MOMENT = SystemClock().now()
REVOKED = frozenset({1, 70_000})
NODE = shutil.which("node")
needs_node = pytest.mark.skipif(NODE is None, reason="Node.js is missing: install the package nodejs")
PROGRAMS = sorted(NODE_FOLDER.glob("*.mjs"))


@cache
def small_set(name: str) -> dict[str, Any]:
    return make_set(FORMATS[name], MOMENT, REVOKED, count=2)


@pytest.mark.parametrize("name", FORMATS)
def test_our_verifier_accepts_the_set_and_refuses_the_altered_and_the_revoked(name: str) -> None:
    given = small_set(name)
    verify = ours.prepare(given, {})
    require_right(verify, given, sees_status=True)
    assert all(verify(text) for text in given["credentials"])
    assert len(set(given["credentials"])) == len(given["credentials"]) == 2


@pytest.mark.parametrize("name", FORMATS)
def test_what_is_altered_was_good_before(name: str) -> None:
    given = small_set(name)
    assert given["tampered"][0] == alter(given["credentials"][0])
    for text in given["tampered"]:
        assert text not in given["credentials"]


@pytest.mark.parametrize("name", FORMATS)
def test_a_credential_is_of_the_size_that_certificates_have(name: str) -> None:
    assert 2_000 < len(small_set(name)["credentials"][0].encode()) < 3_500


def test_an_sd_jwt_shows_five_disclosures() -> None:
    assert small_set("SD-JWT VC ES256")["credentials"][0].count("~") == len(DISCLOSURES) + 1 == 6


def test_one_in_a_hundred_is_revoked() -> None:
    indexes = revoked_indexes()
    assert len(indexes) == 1_311
    assert max(indexes) < LIST_LENGTH
    # Not at equal distances: that would compress to nothing.
    ordered = sorted(indexes)
    assert len({after - before for before, after in pairwise(ordered)}) > 100


def test_the_certificate_is_one_that_the_issuer_would_sign() -> None:
    world = IssuerWorld()
    document = world.unsigned(0, credentialSubject=subject(world, 0))
    assert [found for found in schema_violation(document) if "credentialSubject" in str(found.pointer)] == []


def _verifier(answers: Mapping[str, bool], *, otherwise: bool) -> Any:
    return lambda text: answers.get(text, otherwise)


def test_a_wrong_answer_is_not_timed() -> None:
    given = {"credentials": ["good"], "tampered": ["altered"], "revoked": "revoked"}
    right = {"good": True}
    require_right(_verifier(right, otherwise=False), given, sees_status=True)
    with pytest.raises(ValueError, match="refuses a good"):
        require_right(_verifier({}, otherwise=False), given, sees_status=True)
    with pytest.raises(ValueError, match="accepts an altered"):
        require_right(_verifier(right | {"altered": True}, otherwise=False), given, sees_status=True)
    with pytest.raises(ValueError, match="accepts a revoked"):
        require_right(_verifier(right | {"revoked": True}, otherwise=False), given, sees_status=True)
    require_right(_verifier(right | {"revoked": True}, otherwise=False), given, sees_status=False)


def test_every_peer_is_of_a_known_format_and_a_pinned_package() -> None:
    pinned = json.loads((NODE_FOLDER / "package.json").read_bytes())["dependencies"]
    for peer in PEERS:
        assert peer.format in FORMATS or peer.format == LEGACY
        if peer.program == "node":
            assert peer.packages
            assert set(peer.packages) <= pinned.keys(), peer.name
        else:
            assert all(peer.versions().values()), peer.name
    assert TARGETS.keys() == FORMATS.keys()
    assert len({peer.name for peer in PEERS}) == len(PEERS)


@needs_node
@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.name)
def test_every_program_is_read_by_node(program: Path) -> None:
    assert NODE is not None
    done = subprocess.run([NODE, "--check", program], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr


def test_a_subject_that_cannot_run_says_why(tmp_path: Path) -> None:
    absent = Subject(who="nobody", format="eddsa-jcs-2022", program="python", module="nobody", packages=())
    file = _write(tmp_path, "eddsa-jcs-2022")
    with (
        pytest.raises(NotReadyError, match=r"No module named .loadtest\.peers\.nobody."),
        running(absent, file, node=[]),
    ):
        pass


def _write(folder: Path, name: str) -> Path:
    file = folder / "set.json"
    file.write_text(json.dumps(small_set(name)), encoding="utf-8")
    return file


def _result(who: str, *rates: float, cpu: float = 1.0, is_yardstick: bool = False) -> Result:
    subject = Subject(
        who=who,
        format="eddsa-jcs-2022",
        program="python",
        module="none",
        packages=(),
        is_yardstick=is_yardstick,
    )
    rounds = [Measured(count=int(rate), seconds=1.0, cpu_seconds=cpu, p50=1.0, p99=2.0) for rate in rates]
    return Result(subject=subject, versions={"package": "1.0"}, rounds=rounds, peak_memory=5_000_000)


def _run(*results: Result) -> Run:
    return Run(
        made_at=MOMENT,
        seconds=1.0,
        rounds=3,
        credentials=2,
        node=None,
        load_before=0.0,
        results=list(results),
        missing={"one more": "its package\nis missing"},
    )


def test_ratios_are_of_the_same_round_and_against_the_fastest() -> None:
    # A machine that slows down from round to round changes no ratio.
    mine, slow, fast = (
        _result(OURS, 900, 600, 300),
        _result("slow", 300, 200, 100),
        _result("fast", 450, 300, 150),
    )
    by_hand = _result("by hand", 3_000, 2_000, 1_000, is_yardstick=True)
    run = _run(mine, slow, fast, by_hand)
    found = {result["who"]: result for result in as_json(run)["results"]}
    assert found["slow"]["ours_by_time"] == [3.0, 3.0, 3.0]
    assert found["fast"]["ours_by_cpu"] == [2.0, 2.0, 2.0]
    assert "ours_by_time" not in found[OURS]
    page = as_page(run)
    assert "| eddsa-jcs-2022 | fast (package 1.0) | 2.00 (2.00–2.00) |" in page
    assert page.count("| no |") == 1
    assert "| one more | its package is missing |" in page


def test_what_is_reached_by_one_measure_alone_is_said_so() -> None:
    mine, other = _result(OURS, 900, 900, 900, cpu=3.0), _result("other", 300, 300, 300, cpu=0.5)
    assert "| by time only |" in as_page(_run(mine, other))
    assert "| yes |" in as_page(_run(_result(OURS, 900), _result("other", 300)))


def test_those_never_run_have_a_reason() -> None:
    assert all(reason and not reason.endswith(".") for reason in NOT_RUN.values())


@pytest.mark.full
@pytest.mark.node
@pytest.mark.parametrize("who", ["jose", "openvc-core"])
def test_whoever_accepts_what_must_be_refused_is_not_timed(who: str, tmp_path: Path) -> None:
    peer = next(peer for peer in PEERS if peer.who == who)
    if peer.program == "node":
        require_packages()
    given = small_set(peer.format)
    for member, problem in (("tampered", "accepts an altered"), ("revoked", "accepts a revoked")):
        good = given["credentials"][1]
        file = tmp_path / f"{member}.json"
        file.write_text(json.dumps(given | {member: [good] if member == "tampered" else good}))
        with pytest.raises(NotReadyError, match=problem), running(peer, file, node=[NODE or "node"]):
            pass


def require_packages() -> None:
    if NODE is None or not is_installed():
        pytest.skip("the packages of loadtest/peers/node are missing: run make loadtest-peers")


@pytest.mark.full
@pytest.mark.node
@pytest.mark.parametrize("peer", PEERS, ids=lambda peer: peer.name)
def test_a_peer_answers_rightly_and_is_measured(peer: Subject, tmp_path: Path) -> None:
    if peer.program == "node":
        require_packages()
    file = _write(tmp_path, peer.format if peer.format in FORMATS else "eddsa-jcs-2022")
    with running(peer, file, node=[NODE or "node"]) as process:
        measured = process.measure(2.0)
        assert measured.count > 0
        assert measured.p50 <= measured.p99
        assert process.peak_memory() > 1_000_000
    assert all(peer.versions().values())
