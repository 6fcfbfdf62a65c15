"""Console blocks of the documentation, read as commands with the output that is shown for them."""

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
_BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_COMMENT = re.compile(r"\s{2,}# .*$")


@dataclass(frozen=True, kw_only=True, slots=True)
class Command:
    """One command of a page and the lines that are shown after it (``…`` stands for anything)."""

    text: str
    shown: tuple[str, ...]


def commands_in(page: Path) -> tuple[Command, ...]:
    """Every command of the console blocks of ``page``, in order."""
    found: list[Command] = []
    for block in _BLOCK.findall(page.read_text(encoding="utf-8")):
        for line in block.splitlines():
            if line.startswith("$ "):
                found.append(Command(text=_COMMENT.sub("", line[2:]), shown=()))
            elif line.strip():
                last = found.pop()
                found.append(Command(text=last.text, shown=(*last.shown, line)))
    return tuple(found)


def pages_with_commands() -> tuple[Path, ...]:
    """Every page that shows a command."""
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
    return tuple(page for page in pages if commands_in(page))


def is_shown_by(line: str, output: str) -> bool:
    """Whether ``output`` has a line like ``line``, in which ``…`` stands for anything."""
    if line.strip() == "…":
        return True
    pattern = ".*".join(re.escape(part) for part in line.strip().split("…"))
    return re.search(rf"^\s*{pattern}\s*$", output, re.MULTILINE) is not None
