"""Where the official test vectors lie: beside the repository, never inside it."""

import json
from pathlib import Path
from typing import Any

import pytest

VECTORS = Path(__file__).resolve().parents[2].parent / "shared" / "vectors"


def require_vectors(name: str) -> Path:
    """Return the folder ``name`` of vectors, or skip the module saying what is missing."""
    folder = VECTORS / name
    if not folder.is_dir():
        pytest.skip(f"official vectors are missing: ../shared/vectors/{name}", allow_module_level=True)
    return folder


def read_object(path: Path) -> dict[str, Any]:
    """Read a vector file that holds a JSON object."""
    value = json.loads(path.read_bytes())
    assert isinstance(value, dict)
    return value


def read_text(path: Path) -> str:
    """Read a vector file that holds one line of text."""
    return path.read_text("utf-8").strip()
