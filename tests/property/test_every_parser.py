"""Only documented exceptions leave a parser, whatever it is given; and no parser is forgotten."""

import ast
import contextlib
import importlib
import inspect
import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from issuer.class_list.model import UnreadableClassList
from issuer.class_list.xlsx import read_workbook
from tests.property.mutants import byte_mutants, mutants_of, swept
from tests.property.outer_parsers import ELSEWHERE, PARSERS
from tests.property.parsers import Parser
from vc.errors import ProtocolError, RateLimited
from verifier.extract import extract

_ROOT = Path(__file__).parents[2]
_FOLDERS = ("vc", "verifier", "issuer/class_list", "issuer/identity_link", "runtime/file_reading")
_READS = re.compile(r"(?:parse|read|decode|from|open|resolve|reveal|extract)(?:_|$)")


def _ids(parsers: tuple[Parser, ...]) -> list[str]:
    return [f"{parser.name.split('.', 1)[1]}-{type(parser.genuine).__name__}" for parser in parsers]


@pytest.mark.parametrize("parser", PARSERS, ids=_ids(PARSERS))
def test_what_is_genuine_is_read(parser: Parser) -> None:
    parser.read(parser.genuine)


@pytest.mark.parametrize("parser", PARSERS, ids=_ids(PARSERS))
@given(data=st.data())
@settings(max_examples=50, deadline=None)
def test_only_documented_exceptions_escape(parser: Parser, data: st.DataObject) -> None:
    value = data.draw(mutants_of(parser.genuine))
    try:
        parser.read(value)
    except parser.raises:
        return


def _objects_for(parser: Parser) -> Iterator[Any]:
    """What the parser takes, with every member of it once of every kind."""
    if isinstance(parser.genuine, dict):
        yield from (value for value in swept(parser.genuine) if isinstance(value, dict))
    elif isinstance(parser.genuine, bytes) and parser.genuine.startswith(b"{"):
        yield from map(orjson.dumps, swept(orjson.loads(parser.genuine)))


@pytest.mark.parametrize("parser", PARSERS, ids=_ids(PARSERS))
def test_a_member_of_whatever_kind_is_read_or_refused(parser: Parser) -> None:
    for value in _objects_for(parser):
        with contextlib.suppress(*parser.raises):
            parser.read(value)


@pytest.mark.full
@pytest.mark.parametrize("parser", PARSERS, ids=_ids(PARSERS))
@given(data=st.data())
@settings(max_examples=2_000, deadline=None)
def test_only_documented_exceptions_escape_in_many_tries(parser: Parser, data: st.DataObject) -> None:
    value = data.draw(mutants_of(parser.genuine))
    try:
        parser.read(value)
    except parser.raises:
        return


def _parts_of_workbook() -> dict[str, bytes]:
    genuine = next(parser.genuine for parser in PARSERS if parser.name.endswith("read_workbook"))
    with zipfile.ZipFile(io.BytesIO(genuine)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


_XML = _parts_of_workbook()


# Only here a warning is an error; the library goes on to find a sheet that leads nowhere.
@pytest.mark.filterwarnings("ignore:.*invalid dependency definitions:UserWarning")
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_a_workbook_whose_parts_are_damaged_inside(data: st.DataObject) -> None:
    """Behind a sound container: a change of the container's own bytes is nearly always seen there."""
    name = data.draw(st.sampled_from(sorted(_XML)))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for part, content in _XML.items():
            archive.writestr(part, data.draw(byte_mutants(content)) if part == name else content)
    try:
        read_workbook(out.getvalue())
    except UnreadableClassList:
        return


@pytest.mark.parametrize(
    "start", [b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0", b"%PDF-1.7\n", b"{", b"", b"PK\x03\x04"], ids=repr
)
@given(rest=st.binary(max_size=300))
@settings(max_examples=2, deadline=None)
def test_an_upload_is_read_or_refused(start: bytes, rest: bytes) -> None:
    try:
        extract(start + rest, content_type="image/png", filename="x.png")
    except (ProtocolError, RateLimited):
        return


# The table itself --------------------------------------------------------------------------------


def _functions(tree: ast.Module, module: str) -> Iterator[str]:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield f"{module}.{node.name}"
        elif isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            for member in node.body:
                if isinstance(member, ast.FunctionDef):
                    yield f"{module}.{node.name}.{member.name}"


def _named_like_parsers() -> set[str]:
    found = set()
    for folder in _FOLDERS:
        for path in (_ROOT / folder).rglob("*.py"):
            module = ".".join(path.relative_to(_ROOT).with_suffix("").parts)
            found |= set(_functions(ast.parse(path.read_text(encoding="utf-8")), module))
    return {name for name in found if _READS.match(name.rsplit(".", 1)[1])}


def test_no_parser_is_forgotten() -> None:
    listed = {parser.name for parser in PARSERS}
    named = _named_like_parsers()
    assert len(named) > 40
    assert named - listed == set(ELSEWHERE)
    assert not listed & set(ELSEWHERE)


def _documented(name: str) -> str:
    """The docstring of the function called ``name``."""
    path, function = name.rsplit(".", 1)
    try:
        owner: object = importlib.import_module(path)
    except ModuleNotFoundError:
        module, kind = path.rsplit(".", 1)
        owner = getattr(importlib.import_module(module), kind)
    return inspect.getdoc(getattr(owner, function)) or ""


@pytest.mark.parametrize("parser", PARSERS, ids=_ids(PARSERS))
def test_what_may_escape_stands_in_the_docstring(parser: Parser) -> None:
    said = _documented(parser.name)
    # "Raises as ``parse_jws`` does" hands on what is said there.
    hands_on = "as ``" in said
    for kind in parser.raises:
        assert kind.__name__ in said or hands_on, said


@pytest.mark.filterwarnings("ignore:.*invalid dependency definitions:UserWarning")
def test_a_workbook_with_an_unknown_attribute_among_its_relationships_is_refused() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for part, content in _XML.items():
            is_here = part == "xl/_rels/workbook.xml.rels"
            archive.writestr(part, content.replace(b" Type=", b" AType=") if is_here else content)
    with pytest.raises(UnreadableClassList):
        read_workbook(out.getvalue())
