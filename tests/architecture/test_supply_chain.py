"""Nothing is installed that was not looked at: every package is pinned by its content (threat 62)."""

import base64
import hashlib
import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
REQUIREMENTS = tuple(ROOT / "deploy" / "requirements" / name for name in ("lock.txt", "uv.txt", "helm.txt"))
NODE_FOLDERS = ("runtime/frontend", "tests/interop", "loadtest/peers/node")
NODE_LOCKS = tuple(ROOT / folder / "package-lock.json" for folder in NODE_FOLDERS)
_UV = Path(sys.executable).with_name("uv")


def entries(lock: str) -> list[str]:
    """The requirements of a lock file, each with the lines that continue it."""
    joined = re.sub(r"\\\n\s*", " ", re.sub(r"^\s*#.*$", "", lock, flags=re.MULTILINE))
    return [line for line in joined.splitlines() if line.strip()]


@pytest.mark.parametrize("path", REQUIREMENTS, ids=lambda path: path.name)
def test_every_python_package_is_pinned_by_version_and_content(path: Path) -> None:
    found = entries(path.read_text(encoding="utf-8"))
    assert found
    for entry in found:
        assert re.match(r"[A-Za-z0-9._-]+(\[[a-z0-9,]+\])?==\S+ ", entry), entry.split(" ")[0]
        assert "--hash=sha256:" in entry, entry.split(" ")[0]


def test_the_image_has_the_versions_that_were_tested() -> None:
    lock, image = (set(_pins(ROOT / "deploy" / "requirements" / name)) for name in ("lock.txt", "image.txt"))
    assert image < lock


def _pins(path: Path) -> list[str]:
    return [entry.split(" ")[0] for entry in entries(path.read_text(encoding="utf-8"))]


@pytest.mark.parametrize("path", NODE_LOCKS, ids=lambda path: path.parent.name)
def test_every_node_package_is_pinned_by_content(path: Path) -> None:
    packages = json.loads(path.read_text(encoding="utf-8"))["packages"]
    assert [name for name, package in packages.items() if name and not package.get("integrity")] == []


def test_installing_demands_the_hashes() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    first = (ROOT / "deploy" / "make-venv.sh").read_text(encoding="utf-8")
    tests_need = (ROOT / "deploy" / "test-setup.sh").read_text(encoding="utf-8")
    assert "--require-hashes $(LOCK)" in makefile
    assert "--require-hashes -r deploy/requirements/uv.txt" in first
    assert "--require-hashes -r deploy/requirements/helm.txt" in tests_need
    for script in ("build-frontend.sh", "test-setup.sh"):
        text = (ROOT / "deploy" / script).read_text(encoding="utf-8")
        # `npm install` would take what the registry has today.
        assert re.search(r"\bci --silent", text)
        assert "--ignore-scripts" in text
        assert not re.search(r"\bnpm\S* install\b", text)


def make_wheel(folder: Path, *, content: str) -> str:
    """A tiny wheel in ``folder``; returns its SHA-256 in hexadecimal."""
    files = {
        "courier/__init__.py": content,
        "courier-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: courier\nVersion: 1.0\n",
        "courier-1.0.dist-info/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{name},sha256={_record_hash(text)},{len(text)}\n" for name, text in files.items())
    files["courier-1.0.dist-info/RECORD"] = f"{record}courier-1.0.dist-info/RECORD,,\n"
    path = folder / "courier-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _record_hash(text: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()


def install(folder: Path, lock: Path, target: Path) -> subprocess.CompletedProcess[str]:
    arguments = (
        "pip",
        "install",
        "--require-hashes",
        "--no-index",
        "--no-cache",
        "--find-links",
        str(folder),
    )
    return subprocess.run(
        [_UV, *arguments, "--target", str(target), "-r", str(lock)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_package_whose_content_was_exchanged_is_not_installed(tmp_path: Path) -> None:
    """The same name and version, other bytes: what a taken-over account would serve."""
    digest = make_wheel(tmp_path, content="kind = 'as it was looked at'\n")
    lock = tmp_path / "lock.txt"
    lock.write_text(f"courier==1.0 --hash=sha256:{digest}\n", encoding="utf-8")
    genuine = install(tmp_path, lock, tmp_path / "genuine")
    assert genuine.returncode == 0, genuine.stderr
    make_wheel(tmp_path, content="kind = 'exchanged'\n")
    exchanged = install(tmp_path, lock, tmp_path / "exchanged")
    assert exchanged.returncode != 0
    assert "ash" in exchanged.stderr
    assert not (tmp_path / "exchanged" / "courier").exists()
