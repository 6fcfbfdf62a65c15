"""The import contracts catch a planted violation of each kind, and the core holds no clock or chance."""

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
PACKAGES = (
    *("vc", "runtime", "schemas", "passport"),
    *("issuer", "verifier", "wallet_api", "revocation", "trust_registry"),
)
_LEFT_OUT = shutil.ignore_patterns("node_modules", "build", "frontend", "__pycache__", "templates", "locale")


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=110)


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("house")
    for package in PACKAGES:
        shutil.copytree(ROOT / package, folder / package, ignore=_LEFT_OUT)
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def test_the_contracts_hold() -> None:
    result = lint(ROOT)
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize(
    ("file", "line", "contract"),
    [
        ("vc/trust/decide.py", "import time", "no I/O"),
        ("vc/status/fold.py", "import runtime.clock", "the house"),
        ("issuer/service/desk.py", "import verifier.rendering", "the house"),
        ("issuer/routes.py", "import sqlalchemy", "speak SQL"),
        ("passport/monitor/judge.py", "import revocation.publication", "the monitor"),
        ("wallet_api/store.py", "import wallet_api.service", "inside a service"),
        ("vc/model/credential.py", "import vc.verify", "the core"),
        ("schemas/__init__.py", "import vc.errors", "the house"),
    ],
    ids=lambda value: value if "/" in value else None,
)
def test_a_planted_violation_is_caught(copy: Path, file: str, line: str, contract: str) -> None:
    target = copy / file
    before = target.read_text(encoding="utf-8")
    target.write_text(f"{before}\n{line}  # planted\n", encoding="utf-8")
    try:
        result = lint(copy)
    finally:
        target.write_text(before, encoding="utf-8")
    assert result.returncode == 1, result.stdout
    broken = [text for text in result.stdout.splitlines() if " BROKEN" in text]
    assert any(contract in text for text in broken), result.stdout


def test_an_undeclared_room_in_the_core_is_caught(copy: Path) -> None:
    stray = copy / "vc" / "extras.py"
    stray.write_text('"""Planted."""\n', encoding="utf-8")
    try:
        result = lint(copy)
    finally:
        stray.unlink()
    assert result.returncode == 1
    assert "extras" in result.stdout


_FORBIDDEN_CALLS = {"now", "utcnow", "today", "open", "print", "input", "getenv", "urandom", "sleep"}


@pytest.mark.parametrize("file", sorted((ROOT / "vc").rglob("*.py")), ids=lambda p: str(p.relative_to(ROOT)))
def test_the_core_calls_no_clock_chance_or_io(file: Path) -> None:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            function = node.func
            name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
            assert name not in _FORBIDDEN_CALLS, f"line {node.lineno}: {name}()"
