"""``passport types``, ``template`` and ``issue``: what is printed, and the exit status."""

import io
import re
from pathlib import Path

import httpx2
import openpyxl
import pytest
from typer.testing import CliRunner, Result

from passport.cli import app, run
from passport.demo_world.centres import CENTRES, PUBLIC_BODIES
from tests.commands.test_docs_commands import passport
from tests.served_demo import CHEAP, PASSWORD, serve_demo
from tests.unit.runtime.test_settings import GOOD_PRODUCTION
from vc.model.credential_types import credential_types

ISSUERS = {name: issuer.slug for issuer in (*CENTRES, *PUBLIC_BODIES) for name in issuer.types}
ISSUERS |= {"RPLCertificate": "phka-trakuon", "TrainingCertificate": "trei-chhlonh"}

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("issuing") / "data"


@pytest.fixture(autouse=True)
def deployment(prepared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PASSPORT_DATA_DIR", str(prepared))
    monkeypatch.setattr("runtime.keyring._SCRYPT", {"n": 1 << 14, "r": 8, "p": 1})


def command(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def written(folder: Path, name: str, lang: str = "en") -> Path:
    file = folder / f"{name}.xlsx"
    done = command("template", name, "--out", file, "--lang", lang)
    assert done.exit_code == 0, done.output
    return file


def changed(file: Path, *rows: dict[str, str | int]) -> Path:
    """The template with these rows instead of the example: its cells, with some of them changed."""
    book = openpyxl.load_workbook(file)
    sheet = book.worksheets[0]
    headings = [cell.value for cell in sheet[1]]
    example = [cell.value for cell in sheet[2]]
    for number, row in enumerate(rows, start=2):
        for index, heading in enumerate(headings):
            sheet.cell(number, index + 1).value = row.get(str(heading), example[index])
    book.save(file)
    return file


def test_each_type_is_one_line_with_its_version_and_issuers() -> None:
    done = command("types")
    assert done.exit_code == 0
    lines = done.output.splitlines()
    assert [line.split()[0] for line in lines] == list(credential_types())
    assert all(re.fullmatch(r"\w+ +[a-z]+ +\d+\.\d+ +[a-z_]+(, [a-z_]+)*", line) for line in lines)


@pytest.mark.parametrize("name", credential_types())
@pytest.mark.parametrize("lang", ["km", "en"])
def test_a_template_as_written_passes_a_dry_run(tmp_path: Path, name: str, lang: str) -> None:
    file = written(tmp_path, name, lang)
    done = command("issue", file, "--type", name, "--as", ISSUERS[name], "--dry-run")
    assert (done.exit_code, done.output) == (0, "row 2: would issue\n")


@pytest.mark.parametrize("name", credential_types())
def test_a_template_offers_what_may_stand_in_a_cell(tmp_path: Path, name: str) -> None:
    book = openpyxl.load_workbook(written(tmp_path, name))
    sheet, explained = book.worksheets
    notes = {row[0].value for row in explained.iter_rows() if row[0].value and row[1].value}
    assert {cell.value for cell in sheet[1]} <= notes, "each column is explained"
    for offer in sheet.data_validations.dataValidation:
        (column,) = (str(cells).split("2:")[0] for cells in offer.sqref.ranges)
        first, last = (int(number) for number in re.findall(r"\$A\$(\d+)", offer.formula1))
        offered = [explained.cell(row, 1).value for row in range(first, last + 1)]
        assert str(sheet[f"{column}2"].value or offered[0]) in offered


def test_good_rows_are_issued_and_the_bad_named_with_row_and_column(tmp_path: Path) -> None:
    second: dict[str, str | int] = {
        "RLD number": "RLD-DEMO-000002",
        "Days worked": 99,
    }
    file = changed(written(tmp_path, "attendance"), {}, second)
    dry = command("issue", file, "--type", "attendance", "--as", "works-office", "--dry-run")
    assert dry.exit_code == 1
    assert dry.output.startswith("row 2: would issue\n")
    wet = command("issue", file, "--type", "WorkAttendance", "--as", "works-office")
    assert wet.exit_code == 1
    first, *refused = wet.output.splitlines()
    assert re.fullmatch(r"row 2: issued DWO-\d{4}-000001", first)
    assert any(line.startswith("row 3, Days worked (J): refused: These are more days") for line in refused)
    assert "LONG SREYNEANG" not in wet.output
    again = command("issue", file, "--type", "WorkAttendance", "--as", "works-office")
    assert again.exit_code == 1
    assert "row 2, RLD number (A): refused: This person holds this certificate already." in again.output


def test_a_row_for_which_nothing_is_issued_is_a_good_row(tmp_path: Path) -> None:
    file = changed(written(tmp_path, "nssf"), {"Active": "no"})
    done = command("issue", file, "--type", "nssf", "--as", "security-fund", "--dry-run")
    assert done.exit_code == 0
    assert done.output.splitlines()[0] == "row 2: nothing to issue"


@pytest.mark.parametrize(
    ("issuer", "said"),
    [("phka-trakuon", "not accredited"), ("nobody", "refused: There is no such centre.")],
)
def test_who_may_not_issue_a_type_is_told_so(tmp_path: Path, issuer: str, said: str) -> None:
    done = command("issue", written(tmp_path, "health"), "--type", "health", "--as", issuer, "--dry-run")
    assert done.exit_code == 1
    assert said in done.output


def test_what_is_no_class_list_is_named(tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_bytes(b"")
    done = command("issue", file, "--type", "nssf", "--as", "security-fund", "--dry-run")
    assert done.exit_code == 1
    assert done.output.startswith("the file: refused: The file is empty.")


def test_an_unknown_type_or_file_is_wrong_usage(tmp_path: Path) -> None:
    file = written(tmp_path, "nssf")
    assert run(["template", "Nonsense", "--out", str(tmp_path / "x.xlsx")]) == 64
    assert run(["template", "nssf", "--out", str(tmp_path / "x.txt")]) == 64
    assert run(["issue", str(file), "--type", "Nonsense", "--as", "x"]) == 64
    assert run(["issue", str(tmp_path / "none.xlsx"), "--type", "nssf", "--as", "x"]) == 64
    assert not list(tmp_path.glob("x.*"))


def test_production_signs_nothing_from_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = written(tmp_path, "nssf")
    for name, value in GOOD_PRODUCTION.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("PASSPORT_DATA_DIR", str(tmp_path / "data"))
    assert run(["issue", str(file), "--type", "nssf", "--as", "security-fund"]) == 69
    assert "issued at the desk" in capsys.readouterr().err
    assert not (tmp_path / "data").exists()


def test_what_the_command_issues_beside_a_running_server_verifies_there(tmp_path: Path) -> None:
    with (
        serve_demo(tmp_path, program=CHEAP) as demo,
        httpx2.Client(base_url=demo.url, trust_env=False, timeout=60) as client,
    ):
        file = written(tmp_path, "contract")
        port = demo.url.rsplit(":", 1)[1]
        variables = {"PASSPORT_DATA_DIR": str(demo.data_dir), "PASSPORT_PORT": port}
        done = passport(
            *("issue", str(file), "--type", "StandardContractRegistered", "--as", "labour-desk"), **variables
        )
        assert done.returncode == 0, done.stdout + done.stderr
        client.headers["Origin"] = demo.url
        form = {"username": "clerk-labour-desk", "password": PASSWORD, "next": "/"}
        assert client.post("/sign-in", data=form).status_code == 303, "signing in still works"
        (class_id,) = re.findall(r"/issuer/classes/([0-9A-Z]+)", client.get("/issuer").text)
        (issued,) = client.get(f"/issuer/api/classes/{class_id}").json()["credentials"]
        assert issued["certificate_number"] in done.stdout
        credential = client.get(issued["credential"]).json()
        answer = client.post("/credentials/verify", json={"verifiableCredential": credential}).json()
        assert answer["verified"], answer
        assert io.BytesIO(client.get(issued["certificate"]).content).read(5) == b"%PDF-"
