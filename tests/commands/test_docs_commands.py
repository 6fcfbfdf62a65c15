"""Every command that the documentation shows is run as shown, or named here with the reason why not.

The commands of one page run in one shell, one after the other, against a served demo; what a page
shows as output must come out.
"""

import hashlib
import json
import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.commands.transcripts import ROOT, Command, commands_in, is_shown_by, pages_with_commands
from tests.served_demo import CHEAP, ServedDemo, serve_demo

pytestmark = pytest.mark.skipif(
    shutil.which("curl") is None, reason="curl is missing: install the package curl"
)

PAGES = pages_with_commands()
IDS = [str(page.relative_to(ROOT)) for page in PAGES]
VENV = Path(sys.executable).parent.parent
DEMO = "http://127.0.0.1:8000"
PAGE_SECONDS = 300

# Why a command of the documentation is not run here.
NOT_RUN = {
    ".venv/bin/passport wallet find --server https://passport.example --as assisted-officer --reason taken": (
        "asks a password; tests/commands/test_wallet_help.py runs it"
    ),
    ".venv/bin/passport wallet recover 4XJ9M2 --server https://passport.example --as assisted-officer": (
        "asks a password; tests/commands/test_wallet_help.py runs it"
    ),
    ".venv/bin/passport wallet confirm 12 --server https://passport.example --as protection-officer": (
        "asks a password; tests/commands/test_wallet_help.py runs it"
    ),
    ".venv/bin/passport wallet reprint --server https://passport.example --as assisted-officer --reason lost"
    " --language th --out passport.pdf": "asks a password; tests/commands/test_wallet_cards.py runs it",
    ".venv/bin/passport wallet deliver-list --server https://passport.example --as assisted-officer"
    " --province 02 --out battambang": "asks a password; tests/commands/test_wallet_cards.py runs it",
    "make setup": "makes the environment that runs this test; .ci/run does it",
    "make run": "runs until it is stopped; serve_demo runs the same command",
    "make run HOST=192.0.2.10": "the address is another machine's; tests/unit/passport covers the settings",
    "make test": "would run this test again",
    "make lint": "a step of .ci/run",
    "make format": "rewrites the working copy",
    "PASSPORT_DATA_DIR=my-demo/data .venv/bin/passport serve": "runs until it is stopped; see the test below",
    "PASSPORT_DATA_DIR=/srv/passport-data .venv/bin/passport serve": "runs until it is stopped",
    "PASSPORT_OIDC_SIMULATOR=true .venv/bin/passport serve": (
        "runs until it is stopped; tests/browser/test_identity_provider.py runs it"
    ),
    "docker compose up -d": "Docker is not available; tests/architecture/test_compose.py checks the file",
    "docker compose logs passport": "Docker is not available",
    "docker compose run --rm world": "Docker is not available; loadtest/house.py runs passport world",
    "kubectl -n passport create secret generic skills-passport --from-file=service-secret": (
        "Kubernetes is not available; tests/architecture/test_helm.py reads which Secrets are asked for"
    ),
    "helm upgrade --install passport deploy/helm/skills-passport --namespace passport --create-namespace"
    " --values values.yaml": "Kubernetes is not available; tests/architecture/test_helm.py renders the chart",
    "kubectl -n passport get pods": "Kubernetes is not available",
    "helm upgrade passport deploy/helm/skills-passport --namespace passport --values values.yaml": (
        "Kubernetes is not available; tests/architecture/test_helm.py renders the chart"
    ),
    ".venv/bin/passport serve --profile conformance --port 9443 --tls-cert cert.pem --tls-key key.pem": (
        "runs until it is stopped; tests/served/test_https.py runs it"
    ),
    ".venv/bin/passport jose verify --input credential.txt --key key.json --feature credential_jose"
    " --output result.json": "the files are the suite's; tests/commands/test_jose.py runs it on theirs",
    ".venv/bin/passport issuer add kampot-school --prefix KPS --place Kampot": (
        "needs a centre that was granted; tests/served/test_production.py runs it"
    ),
    ".venv/bin/passport issuer add takeo-centre --prefix TKC --place Takeo": (
        "needs a centre that was granted; tests/unit/issuer/test_key_commands.py runs it"
    ),
    ".venv/bin/passport issuer keys rotate takeo-centre --stolen": (
        "ends the demo's certificates under way; tests/journey/test_key_rotation.py runs it"
    ),
    ".venv/bin/pytest -q tests/vectors tests/journey/test_conformance_profile.py": "part of this very run",
    ".venv/bin/pytest -q tests/architecture/test_translations.py": "part of this very run",
    "make loadtest": "takes six minutes; tests/served/test_load_scenarios.py runs its parts",
    "make loadtest-full": "takes half an hour; tests/served/test_load_scenarios.py runs its parts",
    "make loadtest-peers": "takes minutes and installs packages; tests/loadtest/test_peers.py runs its parts",
    "make faults": "takes ten minutes; tests/faults runs its parts",
    "make faults-full": "takes more than an hour; tests/faults runs its parts",
    '.venv/bin/python -m loadtest.peers --only jose "SD-JWT VC ES256" --seconds 1 --out peers-out': (
        "installs packages; tests/loadtest/test_peers.py runs its parts"
    ),
    "npm install --package-lock-only --omit-lockfile-registry-resolved --prefix loadtest/peers/node": (
        "writes a lock file of the repository anew"
    ),
}
# Commands that go on; the next ones wait until this port and path answer.
BACKGROUND = {
    ".venv/bin/passport serve --only verifier --port 8001": ("8001", "/verify"),
    ".venv/bin/passport serve --profile conformance --port 8002": ("8002", "/conformance/ids.json"),
}
# Files that a page says come from another page.
FROM_ANOTHER_PAGE = {
    "docs/how-to/verify-by-api.md": ("one.json",),
    "docs/how-to/check-many-at-once.md": ("one.json",),
    "docs/how-to/run-a-verifier-alone.md": ("body.json",),
}
_PROGRAM = re.compile(r"^```python\n(.*?)^```\n\nSave it as `([\w.]+)`", re.MULTILINE | re.DOTALL)
ISSUE = ROOT / "docs" / "how-to" / "issue-by-api.md"


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedDemo]:
    with serve_demo(tmp_path_factory.mktemp("served"), program=CHEAP) as running:
        yield running


@dataclass(frozen=True, kw_only=True, slots=True)
class Issued:
    """What came of the page on issuing: its transcript, and the folder with the files others need."""

    folder: Path
    transcript: list[tuple[Command, str]]


@pytest.fixture(scope="module")
def issued(demo: ServedDemo, tmp_path_factory: pytest.TempPathFactory) -> Issued:
    """Run once, since a class cannot be issued twice."""
    folder = tmp_path_factory.mktemp("issued")
    transcript = run_page(ISSUE, folder, demo)
    body = {"verifiableCredential": json.loads((folder / "one.json").read_bytes())}
    (folder / "body.json").write_text(json.dumps(body), encoding="utf-8")
    return Issued(folder=folder, transcript=transcript)


@pytest.mark.timeout(PAGE_SECONDS * 2)
@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_commands_run_as_shown(page: Path, demo: ServedDemo, issued: Issued, tmp_path: Path) -> None:
    for name in FROM_ANOTHER_PAGE.get(str(page.relative_to(ROOT)), ()):
        (tmp_path / name).write_bytes((issued.folder / name).read_bytes())
    for command, output in issued.transcript if page == ISSUE else run_page(page, tmp_path, demo):
        for line in command.shown:
            assert is_shown_by(line, output), f"{command.text}\nshows not {line!r} but\n{output[-3000:]}"


def test_nothing_is_excused_that_no_page_shows() -> None:
    shown = {command.text for page in PAGES for command in commands_in(page)}
    assert (NOT_RUN.keys() | BACKGROUND.keys()) <= shown


def test_every_command_stands_in_a_block_that_is_run() -> None:
    named = re.compile(r"^\s*(?:\S+=\S+ )*(?:\.venv/bin/)?passport [a-z]", re.MULTILINE)
    for page in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs" / "how-to").glob("*.md")):
        text = page.read_text(encoding="utf-8")
        others = re.findall(
            r"^```(?!console)\w+\n(.*?)^```$|^((?: {4}.*\n)+)", text, re.MULTILINE | re.DOTALL
        )
        assert not [block for pair in others for block in pair if named.search(block)], page.name


def test_output_that_did_not_come_is_noticed() -> None:
    assert is_shown_by('{"verified":true,…', 'x\n{"verified":true,"more":1}\n')
    assert not is_shown_by('{"verified":true,…', '{"verified":false,"more":1}')
    assert not is_shown_by("All is well.", "All is well. Nearly.")


@pytest.mark.timeout(PAGE_SECONDS * 2)
def test_the_files_of_a_narrated_demo_are_known_to_a_server_of_that_world(tmp_path: Path) -> None:
    """The README's two commands fit together: same data folder, same keys, same origin in the lists."""
    port = _free_port()
    url = f"http://127.0.0.1:{port}"
    done = passport("demo", "--out", str(tmp_path / "out"), PASSPORT_BASE_URL=url)
    assert done.returncode == 0, done.stderr
    assert "The other 28 are still genuine and in force." in done.stdout
    assert_every_file_is_named(done.stdout, tmp_path / "out")
    assert_each_text_is_one_message(tmp_path / "out" / "phone.txt")
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_bytes())
    expected = {name: entry["expected"] for name, entry in manifest.items() if name.endswith(".json")}
    revoked = [name for name in expected if expected[name] == "rejected"]
    good = [name for name in expected if expected[name] == "accepted"]
    assert (len(revoked), len(good)) == (2, 27)
    with served(port, tmp_path / "out" / "data"):
        for name in (*revoked, *good[:2]):
            credential = json.loads((tmp_path / "out" / name).read_bytes())
            answer = post(f"{url}/credentials/verify", {"verifiableCredential": credential})
            assert answer["decision"]["outcome"] == expected[name], name


def assert_every_file_is_named(said: str, out: Path) -> None:
    """Whatever lies in the folder has a line of its own at the end, and nothing else has."""
    summary = said.partition("Done. ")[2].splitlines()[1:]
    named = [line.strip().partition(": ")[0].removeprefix(f"{out}/").rstrip("/") for line in summary]
    assert sorted(named) == sorted(path.name for path in out.iterdir())


def assert_each_text_is_one_message(texts: Path) -> None:
    """Six of them, in Khmer, and no PIN among them."""
    said = texts.read_text(encoding="utf-8")
    answers = [one.split("\n")[1:-1] for one in said.strip().split("\n\n")]
    assert len(answers) == 6
    for lines in answers:
        text = "\n".join(lines)
        assert any("\u1780" <= letter <= "\u17ff" for letter in text)
        assert len(text) <= 70
    assert re.search(r"\b[0-9]{6}\b", said) is None


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["nonsense"],
        ["demo"],
        ["serve", "--only", "nobody"],
        ["serve", "--port", "many"],
        ["demo", "--in", "x"],
        ["serve", "--profile", "conformance", "--only", "verifier"],
        ["serve", "--profile", "none"],
        ["serve", "--profile", "conformance", "--tls-cert", "pyproject.toml"],
    ],
    ids=[
        *("no-command", "unknown-command", "missing-option", "wrong-value", "wrong-type", "unknown-option"),
        *("profile-of-one-service", "unknown-profile", "certificate-without-key"),
    ],
)
def test_wrong_usage_exits_64(arguments: list[str]) -> None:
    done = passport(*arguments)
    assert done.returncode == 64, done.stderr
    assert "Traceback" not in done.stderr
    assert "Usage: passport" in done.stderr + done.stdout


def test_demo_into_a_folder_that_is_in_use_is_wrong_usage(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("keep me", encoding="utf-8")
    done = passport("demo", "--out", str(tmp_path))
    assert done.returncode == 64
    assert [file.name for file in tmp_path.iterdir()] == ["mine.txt"]


@pytest.mark.parametrize(
    "arguments", [[], ["serve"], ["demo"], ["doctor"], ["lists"], ["lists", "fsck"], ["revoke"]], ids=" ".join
)
def test_every_command_has_help(arguments: list[str]) -> None:
    done = passport(*arguments, "--help")
    assert done.returncode == 0, done.stderr
    assert "Usage: passport" in done.stdout


def test_settings_that_are_not_good_exit_78_and_name_the_variable() -> None:
    done = passport("serve", PASSPORT_PORT="many")
    assert done.returncode == 78
    assert done.stderr.startswith("PASSPORT_PORT: ")


def test_a_database_out_of_reach_exits_69_without_a_traceback(tmp_path: Path) -> None:
    done = passport(
        "serve",
        PASSPORT_DATA_DIR=str(tmp_path),
        PASSPORT_DATABASE_URL="postgresql://nobody@127.0.0.1:1/nothing",
    )
    assert done.returncode == 69, done.stderr
    assert "Traceback" not in done.stderr
    assert "passport doctor" in done.stderr


def test_the_conformance_profile_never_starts_in_production(tmp_path: Path) -> None:
    secrets = {
        f"PASSPORT_{name}": hashlib.sha256(name.encode()).hexdigest()
        for name in ("KEYRING_PASSPHRASE", "SERVICE_SECRET")
    }
    production = {
        "PASSPORT_MODE": "production",
        "PASSPORT_DATA_DIR": str(tmp_path / "data"),
        "PASSPORT_BASE_URL": "https://skills.gov.kh",
        "PASSPORT_DID_HOST": "skills.gov.kh",
        "PASSPORT_HOTLINE": "1297",
        "PASSPORT_RLD_URL": "https://rld.gov.kh",
    }
    done = passport("serve", "--profile", "conformance", **production, **secrets)
    assert done.returncode == 78, done.stderr
    assert "the conformance profile" in done.stderr
    assert not (tmp_path / "data").exists()


def passport(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [VENV / "bin" / "passport", *arguments],
        capture_output=True,
        text=True,
        env=environment() | variables,
        timeout=PAGE_SECONDS,
        check=False,
    )


@contextmanager
def served(port: int, data: Path) -> Iterator[None]:
    """``passport serve`` on this very port: the addresses in the lists of a world are fixed."""
    command = [str(VENV / "bin" / "passport"), "serve", "--port", str(port)]
    quiet = subprocess.DEVNULL
    variables = environment() | {"PASSPORT_DATA_DIR": str(data)}
    process = subprocess.Popen(command, stdout=quiet, stderr=quiet, env=variables)
    try:
        answers = f"until curl -s -o /dev/null http://127.0.0.1:{port}/health; do sleep 0.3; done"
        subprocess.run(["bash", "-c", answers], timeout=PAGE_SECONDS, check=True)
        yield
    finally:
        process.terminate()
        process.wait(timeout=20)


def environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PASSPORT_")}
    return kept | {"COLUMNS": "100", "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}


def post(url: str, body: object) -> dict[str, dict[str, object]]:
    done = subprocess.run(
        ["curl", "-sS", "-H", "Content-Type: application/json", "--data", "@-", url],
        input=json.dumps(body).encode(),
        capture_output=True,
        env=environment(),
        timeout=60,
        check=True,
    )
    answer: dict[str, dict[str, object]] = json.loads(done.stdout)
    return answer


def run_page(page: Path, folder: Path, demo: ServedDemo) -> list[tuple[Command, str]]:
    """Run the commands of ``page`` in ``folder``; each with what it printed."""
    commands = [command for command in commands_in(page) if command.text not in NOT_RUN]
    if not commands:
        return []
    (folder / ".venv").symlink_to(VENV)
    for name, program in _programs(page):
        (folder / name).write_text(program, encoding="utf-8")
    script = _script(commands, demo.url, {port: str(_free_port()) for port, _ in BACKGROUND.values()})
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=folder,
        capture_output=True,
        text=True,
        env=environment() | {"PASSPORT_DATA_DIR": str(demo.data_dir), "PYTHONPATH": str(ROOT)},
        timeout=PAGE_SECONDS,
        check=False,
    )
    outputs = done.stdout.replace(demo.url, DEMO).split("=== next ===\n")[1:]
    assert done.returncode == 0, (
        f"{commands[len(outputs) - 1].text}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
    )
    return list(zip(commands, outputs, strict=True))


def _script(commands: list[Command], url: str, ports: dict[str, str]) -> str:
    lines = ["set -euo pipefail", "trap 'kill $(jobs -p) 2>/dev/null || true' EXIT"]
    for command in commands:
        text = command.text.replace(DEMO, url)
        for documented, free in ports.items():
            text = text.replace(documented, free)
        lines.append("echo '=== next ==='")
        if command.text in BACKGROUND:
            port, path = BACKGROUND[command.text]
            answers = f"curl -s -o /dev/null http://127.0.0.1:{ports[port]}{path}"
            lines += [f"{text} >server-{port}.log 2>&1 &", f"until {answers}; do sleep 0.3; done"]
        else:
            lines.append(text)
    return "\n".join(lines)


def _programs(page: Path) -> Iterator[tuple[str, str]]:
    """Python programs that a page asks to save, with the name it gives them."""
    text = page.read_text(encoding="utf-8")
    for match in re.finditer(
        r"^```python\n(.*?)^```\n\nSave it as `([\w.]+)`", text, re.MULTILINE | re.DOTALL
    ):
        yield match[2], match[1]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
