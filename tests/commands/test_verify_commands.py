"""``passport verify`` and ``passport bundle``: exit statuses, lines and JSON."""

import json
import zipfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from passport import cli, judging
from runtime.evidence_bundle import write_bundle
from tests.journey.test_batch_report import report_of
from tests.journey.verifier_house import open_house
from tests.sd_jwt_world import issue_sd_jwt, publish_tokens
from tests.simulator import ORIGIN, IssuerWorld, did_key_signer
from tests.unit.runtime.test_evidence_bundle import bundle_of

QUESTIONS = {"authentic", "entitled", "inForce", "thisPersons"}
Run = Callable[..., tuple[int, list[str], str]]


@pytest.fixture
def world() -> IssuerWorld:
    opened = IssuerWorld()
    opened.publish_status({3})
    publish_tokens(opened, {})
    return opened


@pytest.fixture
def run(world: IssuerWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> Run:
    monkeypatch.setenv("PASSPORT_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setattr(judging, "SystemClock", lambda: world.clock)
    monkeypatch.chdir(tmp_path)
    Path("good.json").write_bytes(world.issue(4))
    Path("revoked.json").write_bytes(world.issue(3))
    Path("altered.json").write_bytes(orjson.dumps(orjson.loads(world.issue(5)) | {"name": "Engineer"}))
    Path("good.jwt").write_text(issue_sd_jwt(world, 6), encoding="ascii")
    Path("photo.txt").write_text("no certificate at all", encoding="ascii")
    Path("bundle.zip").write_bytes(bundle(world))

    def command(*arguments: str) -> tuple[int, list[str], str]:
        status = cli.run(arguments)
        said = capsys.readouterr()
        return status, said.out.splitlines(), said.err

    return command


def bundle(world: IssuerWorld, **changes: Any) -> bytes:
    return write_bundle(bundle_of(world, **changes))


def test_all_accepted_is_0_and_a_line_a_file(run: Run) -> None:
    status, lines, notes = run("verify", "--offline", "bundle.zip", "good.json", "good.jwt")
    assert status == 0
    assert [line.split()[:2] for line in lines] == [["ACCEPTED", "good.json:"], ["ACCEPTED", "good.jwt:"]]
    assert "authentic: yes, entitled: yes, in force: yes, this person's: could not check" in lines[0]
    assert "good until" in notes
    assert "DEMO" in notes


def test_one_rejected_is_1_whatever_else_there_is(run: Run) -> None:
    status, lines, _ = run("verify", "--offline", "bundle.zip", "good.json", "photo.txt", "revoked.json")
    assert status == 1
    assert [line.split()[0] for line in lines] == ["ACCEPTED", "UNDETERMINED", "REJECTED"]
    assert "Revoked: no longer in force" in lines[2]
    assert run("verify", "--offline", "bundle.zip", "altered.json")[0] == 1


@pytest.mark.parametrize("name", ["photo.txt", "missing.json"])
def test_what_cannot_be_read_is_2_and_says_what_to_do(run: Run, name: str) -> None:
    status, lines, _ = run("verify", "--offline", "bundle.zip", "good.json", name)
    assert status == 2
    assert len(lines[1]) > 40


def test_json_is_one_object_a_file_with_verdicts_and_decision(run: Run) -> None:
    names = ("good.json", "revoked.json", "photo.txt", "missing.json")
    _, lines, _ = run("verify", "--json", "--offline", "bundle.zip", *names)
    answers = [json.loads(line) for line in lines]
    assert [answer["file"] for answer in answers] == list(names)
    outcomes = [answer["decision"]["outcome"] for answer in answers]
    assert outcomes == ["accepted", "rejected", "undetermined", "undetermined"]
    assert all(set(answer["verdicts"]) == QUESTIONS for answer in answers)
    assert answers[1]["verdicts"]["inForce"]["reason"] == "revoked"


def test_a_presentation_is_as_good_as_its_worst(run: Run, world: IssuerWorld) -> None:
    Path("both.json").write_bytes(world.present(world.issue(4), world.issue(3)))
    status, lines, _ = run("verify", "--json", "--offline", "bundle.zip", "both.json")
    assert status == 1
    answer = json.loads(lines[0])
    assert answer["kind"] == "presentation"
    assert answer["decision"]["outcome"] == "rejected"
    assert answer["verdicts"]["inForce"]["reason"] == "revoked"
    assert len(answer["credentialResults"]) == 2


def test_after_its_time_a_bundle_clears_nobody_and_revoked_stays_revoked(
    run: Run, world: IssuerWorld
) -> None:
    world.clock.advance(timedelta(days=3))
    status, lines, notes = run("verify", "--offline", "bundle.zip", "good.json")
    assert (status, lines[0].split()[0]) == (2, "UNDETERMINED")
    assert "its time is over" in notes


def test_a_bundle_of_somebody_else_is_judged_by_the_anchor_one_has(run: Run, world: IssuerWorld) -> None:
    other = f"1:{did_key_signer('another root')[1].public_key.multikey}"
    status, lines, _ = run("verify", "--offline", "bundle.zip", "--anchor", other, "--json", "good.json")
    assert status == 2
    assert json.loads(lines[0])["verdicts"]["entitled"]["reason"] == "trustListInvalid"
    anchor = world.trust_anchor.text
    assert run("verify", "--offline", "bundle.zip", "--anchor", anchor, "good.json")[0] == 0


def test_a_real_bundle_without_an_anchor_is_refused_and_says_how(run: Run, world: IssuerWorld) -> None:
    Path("real.zip").write_bytes(bundle(world, is_demo=False))
    status, _, notes = run("verify", "--offline", "real.zip", "good.json")
    assert status == 69
    assert "--anchor" in notes


def test_what_is_no_bundle_is_refused(run: Run) -> None:
    status, _, notes = run("verify", "--offline", "good.json", "good.json")
    assert status == 69
    assert "not an evidence bundle" in notes


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("--offline", "missing.zip", "good.json"),
        ("--server", "https://x.example", "--offline", "bundle.zip", "good.json"),
        ("--nonsense", "good.json"),
    ],
)
def test_a_usage_error_is_64(run: Run, arguments: tuple[str, ...]) -> None:
    assert run("verify", *arguments)[0] == 64


def test_a_link_cannot_be_opened_without_a_network(run: Run) -> None:
    Path("link.txt").write_text(f"{ORIGIN}/v/7K3M9QXA2B4C7K3M9QXA2B4C7K", encoding="ascii")
    assert run("verify", "--offline", "bundle.zip", "link.txt")[0] == 2


def test_a_programme_is_checked_over_all_files_and_changes_no_status(run: Run) -> None:
    given = ("verify", "--offline", "bundle.zip", "--programme", "kr-eps/construction", "--on", "2026-12-01")
    status, lines, _ = run(*given, "good.json", "photo.txt")
    assert status == 2
    assert any(line.strip().startswith("Missing") for line in lines)
    assert "no decision about this person" in lines[-1]
    _, lines, _ = run(*given, "--json", "good.json")
    answer = json.loads(lines[-1])
    assert answer["programme"] == "kr-eps"
    assert answer["evidenceSheet"]["nationalCertificates"][0]["answer"] == "satisfied"


def test_whoever_may_not_ask_is_refused_before_anything_is_checked(run: Run) -> None:
    status, lines, notes = run(
        "verify", "--offline", "bundle.zip", "--programme", "kr-eps/construction",
        "--requester", "licensed_agency", "good.json",
    )  # fmt: skip
    assert (status, lines) == (69, [])
    assert "not among those who may ask" in notes


@pytest.mark.parametrize("wrong", [("--on", "tomorrow"), ("--requester", "a friend")])
def test_a_day_or_asker_of_no_kind_is_a_usage_error(run: Run, wrong: tuple[str, str]) -> None:
    assert run("verify", "--offline", "bundle.zip", "--programme", "kr-eps", *wrong, "good.json")[0] == 64


def test_a_report_is_checked_again_and_an_altered_one_named(
    run: Run, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with open_house(tmp_path_factory.mktemp("house")) as house:
        house.world.publish_status({3})
        files = {"good.json": house.world.issue(4), "revoked.json": house.world.issue(3)}
        Path("report.zip").write_bytes(report_of(house, files))
        anchor = house.world.trust_anchor.text
    status, lines, _ = run("report", "report.zip", "--anchor", anchor)
    assert (status, lines[-1]) == (0, "It holds.")
    assert [line.split() for line in lines if "same answer" in line]
    with zipfile.ZipFile("report.zip") as source, zipfile.ZipFile("altered.zip", "w") as target:
        for name in source.namelist():
            body = source.read(name)
            target.writestr(
                name,
                body.replace(b"no longer in force", b"still in full force")
                if name == "report.json"
                else body,
            )
    status, lines, notes = run("report", "altered.zip", "--anchor", anchor)
    assert (status, lines[-1:]) == (1, ["IT DOES NOT HOLD."]), notes
    assert "ALTERED OR MISSING: signature" in lines
    assert run("report", "report.zip")[0] == 69
