"""One hostile request, named after its one fault, and what a sound service must say to it.

A case is built from genuine credentials (``Genuine``) when the service is up; its name is known
before. ``altered`` changes a document and leaves its proof alone, ``signed`` has the centre itself
sign nonsense, ``spelt`` changes only the bytes.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

import orjson

from tests.invalid.genuine import Genuine, Json

# What an answer must never repeat. It stands in the input wherever a case adds text.
MARKER = "Zq7Marqueur"

CREDENTIALS = "/credentials/verify"
PRESENTATIONS = "/presentations/verify"
JSON_TYPE = {"Content-Type": "application/json"}

Edit = Callable[[Json, Genuine], object]


class Expected(StrEnum):
    """What the service must do: refuse, accept, or (where both are right) only answer quietly."""

    REFUSED = "refused"
    ACCEPTED = "accepted"
    ANSWERED = "answered"


@dataclass(frozen=True, kw_only=True, slots=True)
class Attempt:
    """One HTTP request. ``wire`` is sent as it is instead, over a socket of its own."""

    method: str = "POST"
    path: str = CREDENTIALS
    body: bytes | None = None
    chunks: tuple[bytes, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    wire: bytes = b""


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """``statuses`` narrows what counts as refused; ``seconds`` is the longest the answer may take.

    ``only`` names the one cryptosuite under which this is a fault: eddsa-rdfc-2022 signs statements,
    eddsa-jcs-2022 their spelling, and what one covers the other may not. ``authentic`` is whether the
    verdict *authentic* must be yes (True) or must not be (False), where a verdict is given at all:
    what is refused for two reasons would else hide that one of them is no longer seen. ``asks_host``
    says that ``Genuine.host`` has to be asked: what it answers is the fault.
    """

    family: str
    name: str
    build: Callable[[Genuine], Attempt]
    expected: Expected = Expected.REFUSED
    statuses: frozenset[int] = frozenset()
    seconds: float = 0.5
    only: str | None = None
    authentic: bool | None = None
    asks_host: bool = False

    @property
    def id(self) -> str:
        """The readable name."""
        return f"{self.family}-{self.name}"


def post_json(value: object, path: str = CREDENTIALS, **headers: str) -> Attempt:
    """``value`` as a JSON body."""
    return Attempt(path=path, body=orjson.dumps(value), headers=JSON_TYPE | headers)


def post_credential(document: object) -> Attempt:
    """``document`` at the credential door."""
    return post_json({"verifiableCredential": document})


def post_credential_text(text: bytes) -> Attempt:
    """A credential in exactly this spelling at the credential door."""
    return Attempt(body=b'{"verifiableCredential":' + text + b"}", headers=JSON_TYPE)


def altered(family: str, name: str, edit: Edit, *, expected: Expected = Expected.REFUSED) -> Case:
    """The genuine credential after ``edit``, under its old proof."""

    def build(genuine: Genuine) -> Attempt:
        document = genuine.document()
        edit(document, genuine)
        require_another(orjson.dumps(document), orjson.dumps(genuine.document()))
        return post_credential(document)

    authentic = expected is Expected.ACCEPTED
    return Case(family=family, name=name, build=build, expected=expected, authentic=authentic)


def require_another(made: object, genuine: object) -> None:
    """Assert that a case made something else of what is genuine.

    Keys and signatures differ in every run: an edit that now and then changes nothing would make a
    genuine credential look like a wrong acceptance, or a refusal of something else look like its own.
    """
    assert made != genuine, "the case changed nothing"


def signed(
    family: str,
    name: str,
    edit: Edit,
    *,
    proof: Mapping[str, Any] | None = None,
    expected: Expected = Expected.REFUSED,
) -> Case:
    """The genuine credential after ``edit``, signed anew by the centre with ``proof`` options changed."""

    def build(genuine: Genuine) -> Attempt:
        document = genuine.unsecured()
        edit(document, genuine)
        require_another((orjson.dumps(document), bool(proof)), (orjson.dumps(genuine.unsecured()), False))
        return post_credential(genuine.secure(document, genuine.centre, proof or {}))

    return Case(family=family, name=name, build=build, expected=expected)


def spelt(
    family: str, name: str, respell: Callable[[bytes], bytes], *, expected: Expected = Expected.REFUSED
) -> Case:
    """The genuine credential's bytes after ``respell``."""

    def build(genuine: Genuine) -> Attempt:
        text = respell(genuine.raw)
        if expected is Expected.REFUSED:
            require_another(text, genuine.raw)
        return post_credential_text(text)

    return Case(family=family, name=name, build=build, expected=expected)


def each(maker: Callable[[str, str, Edit], Case], family: str, edits: Mapping[str, Edit]) -> list[Case]:
    """A case by ``maker`` for each named edit."""
    return [maker(family, name, edit) for name, edit in edits.items()]


def only(suite: str, case: Case) -> Case:
    """``case``, tried under one cryptosuite."""
    return replace(case, only=suite)


def put(pointer: str, value: Any) -> Edit:
    """An edit that sets the member at ``pointer``; ``-`` is the end of an array."""

    def edit(document: Json, _: Genuine) -> None:
        parent, name = _parent(document, pointer)
        if isinstance(parent, list) and name == "-":
            parent.append(value)
        else:
            parent[name] = value

    return edit


def put_made(pointer: str, make: Callable[[Genuine], Any]) -> Edit:
    """As ``put``, with a value that depends on what is genuine."""
    return lambda document, genuine: put(pointer, make(genuine))(document, genuine)


def change(pointer: str, function: Callable[[Any], Any]) -> Edit:
    """An edit that replaces the member at ``pointer`` by a function of itself."""

    def edit(document: Json, _: Genuine) -> None:
        parent, name = _parent(document, pointer)
        parent[name] = function(parent[name])

    return edit


def drop(pointer: str) -> Edit:
    """An edit that removes the member at ``pointer``."""

    def edit(document: Json, _: Genuine) -> None:
        parent, name = _parent(document, pointer)
        del parent[name]

    return edit


def both(*edits: Edit) -> Edit:
    """Several edits that make one fault together."""

    def edit(document: Json, genuine: Genuine) -> None:
        for one in edits:
            one(document, genuine)

    return edit


def nothing(_document: Json, _genuine: Genuine) -> None:
    """No edit: the fault is elsewhere."""


def members_of(value: Any, pointer: str = "") -> Iterable[str]:
    """JSON pointers of every member and element below ``value``, in order."""
    children = value.items() if isinstance(value, dict) else enumerate(value)
    for name, child in children:
        here = f"{pointer}/{name}"
        yield here
        if isinstance(child, (dict, list)):
            yield from members_of(child, here)


def value_at(document: Json, pointer: str) -> Any:
    """The member at ``pointer``."""
    parent, name = _parent(document, pointer)
    return parent[name]


def _parent(document: Any, pointer: str) -> tuple[Any, Any]:
    *path, last = (token.replace("~1", "/").replace("~0", "~") for token in pointer.split("/")[1:])
    for token in path:
        document = document[int(token)] if isinstance(document, list) else document[token]
    return document, int(last) if isinstance(document, list) and last != "-" else last
