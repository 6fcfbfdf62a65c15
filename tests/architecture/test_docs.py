"""The documentation says what is there: links, cited tests and files, generated pages, formats."""

import ast
import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest
from PIL import Image

from docs.generate import FOLDER, generated_pages
from docs.make_pictures import PICTURES
from passport.dispatch import PREFIXES
from revocation.service import visible_within_seconds
from runtime.audit_routes import ENTRIES_PATH, HEAD_PATH
from runtime.settings import load_settings
from vc.errors import ProblemType
from vc.model.verdict import Reason

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    [
        *(ROOT / name for name in ("README.md", "CHANGELOG.md", "CONTRIBUTING.md")),
        *(ROOT / "docs").rglob("*.md"),
    ]
)
IDS = [str(page.relative_to(ROOT)) for page in PAGES]
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
CITED_TEST = re.compile(r"`(tests/[\w/]+\.py)(?:::(\w+))?`")
CITED_PATH = re.compile(
    r"`((?:vc|runtime|issuer|verifier|revocation|trust_registry|wallet_api|passport|schemas|tests|docs|deploy)"
    r"/[\w./-]*)`"
)
# Made by make setup or by a run, so not in the repository.
MADE = ("schemas/build", "runtime/build")
MAX_PICTURE_BYTES = 200_000


def prose(page: Path) -> str:
    return FENCE.sub("", page.read_text(encoding="utf-8"))


@cache
def anchors(page: Path) -> frozenset[str]:
    """The anchors that the headings of ``page`` get."""
    headings = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    plain = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
    return frozenset(heading.strip().replace(" ", "-") for heading in plain)


@cache
def functions(file: Path) -> frozenset[str]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, kinds))


def broken_links(page: Path) -> Iterator[str]:
    for target in LINK.findall(prose(page)):
        if target.startswith(("https://", "http://")):
            continue
        name, _, anchor = target.partition("#")
        file = page if not name else (page.parent / name).resolve()
        if not file.exists() or (anchor and anchor not in anchors(file)):
            yield target


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_links_lead_somewhere(page: Path) -> None:
    assert list(broken_links(page)) == []


def test_a_broken_link_is_caught(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# One\n[a](no.md) [b](page.md#two) [c](page.md#one)\n", encoding="utf-8")
    assert list(broken_links(page)) == ["no.md", "page.md#two"]


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_cited_tests_and_files_exist(page: Path) -> None:
    text = prose(page)
    for file, function in CITED_TEST.findall(text):
        assert (ROOT / file).is_file(), file
        assert not function or function in functions(ROOT / file), f"{file}::{function}"
    for path in CITED_PATH.findall(text):
        if not path.startswith(MADE):
            assert (ROOT / path).exists(), path


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_nothing_of_one_machine_stands_in_a_page(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert not re.search(r"(?:^|[\s`(\"'=])/(?:home|root|work|tmp|opt|Users)/", text)
    assert "pypi" not in text.lower()


def test_every_page_is_reached_from_the_readme() -> None:
    reached, waiting = set[Path](), [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page in reached or page.suffix != ".md":
            continue
        reached.add(page)
        targets = (link.partition("#")[0] for link in LINK.findall(prose(page)) if "://" not in link)
        waiting += [(page.parent / name).resolve() for name in targets if name]
    assert set(PAGES) - reached == set()


@pytest.mark.parametrize("name", sorted(generated_pages()))
def test_generated_pages_are_current(name: str) -> None:
    committed = (FOLDER / name).read_text(encoding="utf-8")
    assert committed == generated_pages()[name], "run: .venv/bin/python -m docs.generate"


def test_every_reason_and_problem_type_has_its_line() -> None:
    pages = generated_pages()
    assert all(f"`{reason.value}`" in pages["verdicts.md"] for reason in Reason)
    assert all(f"`{kind.value}`" in pages["problems.md"] for kind in ProblemType)


def test_the_changelog_has_an_unreleased_section_with_security_first() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    unreleased = text.split("## [Unreleased]")[1].split("\n## [")[0]
    kinds = re.findall(r"^### (\w+)$", unreleased, re.MULTILINE)
    assert kinds[0] == "Security"
    assert set(kinds) <= {"Security", "Added", "Changed", "Deprecated", "Removed", "Fixed"}


def test_the_index_names_every_decision_once_by_its_title() -> None:
    folder = ROOT / "docs" / "decisions"
    index = (folder / "README.md").read_text(encoding="utf-8")
    files = sorted(file for file in folder.glob("*.md") if file.name != "README.md")
    assert [file.name[:4] for file in files] == [f"{number:04}" for number in range(1, len(files) + 1)]
    for file in files:
        title = file.read_text(encoding="utf-8").splitlines()[0].removeprefix(f"# {file.name[:4]}. ")
        assert f"| {file.name[:4]} | [{title}]({file.name}) |" in index


@pytest.mark.parametrize("part", ["## Context", "## Decision", "## Refused", "## Kept by"])
def test_every_decision_has_its_parts(part: str) -> None:
    for file in (ROOT / "docs" / "decisions").glob("0*.md"):
        assert part in file.read_text(encoding="utf-8"), file.name


def test_pictures_are_small() -> None:
    folder = ROOT / "docs" / "pictures"
    assert {name for name, _ in PICTURES.values()} == {file.name for file in folder.glob("*.png")}
    for file in folder.glob("*.png"):
        assert file.stat().st_size < MAX_PICTURE_BYTES
        with Image.open(file) as picture:
            picture.verify()


def test_the_promised_times_are_those_of_the_code() -> None:
    text = (ROOT / "docs" / "explanation" / "revocation.md").read_text(encoding="utf-8")
    demo = load_settings()
    production = demo.model_copy(update={"list_refresh_seconds": 300, "status_publish_interval_seconds": 45})
    for settings in (demo, production):
        assert f"**{visible_within_seconds(settings)} s**" in text
        assert f"**{visible_within_seconds(settings, urgent=True)} s**" in text


def routes_in_code() -> Iterator[tuple[str, str]]:
    """(method, path) of every route, read from the decorators."""
    files = [
        file for name in sorted({*PREFIXES.values(), "passport"}) for file in (ROOT / name).rglob("*.py")
    ]
    for file in (*files, ROOT / "runtime" / "probes.py"):
        if "simulators" in file.parts:
            continue
        tree = ast.parse(file.read_text(encoding="utf-8"))
        prefixes = dict(_router_prefixes(tree))
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and getattr(node.func, "id", None) == "audit_router":
                for path in (HEAD_PATH, ENTRIES_PATH):
                    yield "GET", ast.literal_eval(node.args[0]) + path
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                for decorator in node.decorator_list:
                    yield from _routes_of(decorator, prefixes)


def _router_prefixes(tree: ast.AST) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
            called = node.value.func
            if isinstance(called, ast.Name) and called.id == "APIRouter":
                target = node.targets[0]
                given = {k.arg: ast.literal_eval(k.value) for k in node.value.keywords if k.arg == "prefix"}
                if isinstance(target, ast.Name):
                    yield target.id, given.get("prefix", "")


def _routes_of(decorator: ast.expr, prefixes: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    if not (isinstance(decorator, ast.Call) and isinstance(decorator.func, ast.Attribute)):
        return
    owner, method = decorator.func.value, decorator.func.attr
    if not (isinstance(owner, ast.Name) and owner.id in prefixes):
        return
    path = prefixes[owner.id] + ast.literal_eval(decorator.args[0])
    if method in ("get", "post", "put", "delete", "patch", "api_route"):
        yield ("GET" if method == "api_route" else method.upper()), path.replace(":path}", "}")


def test_every_route_is_documented_and_every_documented_route_is_there() -> None:
    text = (ROOT / "docs" / "reference" / "api.md").read_text(encoding="utf-8")
    table = "\n".join(line for line in text.splitlines() if line.startswith("| `"))
    documented = set(re.findall(r"`(GET|POST|PUT|DELETE) (/[^`]*)`", table))
    assert documented == set(routes_in_code())


def test_every_member_of_a_subject_is_explained() -> None:
    formats = (ROOT / "docs" / "reference" / "formats.md").read_text(encoding="utf-8")
    for file in (ROOT / "schemas" / "types").glob("*/schema.json"):
        for name in json.loads(file.read_text(encoding="utf-8"))["properties"]:
            assert f"`{name}`" in formats, f"{file.parent.name}: {name}"
