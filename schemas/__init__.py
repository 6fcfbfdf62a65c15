"""Data only: JSON Schemas, JSON-LD contexts, code lists. The one code here is what reads them.

JSON-LD contexts are never fetched. Those of others come from npm at ``make setup`` and land in
``schemas/build/contexts``; ours are in ``schemas/contexts``. Either way a context is served only if
its digest is the one pinned in ``schemas/contexts/pinned.json``.
"""

import hashlib
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import rfc8785

PASSPORT_CONTEXT_URL = "https://skills-passport.example/contexts/passport/v1"

_TYPE_CONTEXTS = "https://skills-passport.example/contexts/types"

_ROOT = Path(__file__).resolve().parent
_OWN_CONTEXTS = _ROOT / "contexts"
_BUILT_CONTEXTS = _ROOT / "build" / "contexts"
_OWN_CONTEXT_FILES = {
    PASSPORT_CONTEXT_URL: "passport-v1.jsonld",
    "https://www.w3.org/ns/credentials/examples/v2": "credentials-examples-v2.jsonld",
}


def read_data(name: str) -> bytes:
    """Return the bytes of the package data file ``name``, a path relative to this package.

    Raises FileNotFoundError where there is none, ValueError where the path leaves the package.
    """
    path = (_ROOT / name).resolve()
    if not path.is_relative_to(_ROOT):
        raise ValueError("a data file name leaves the package")
    return path.read_bytes()


def read_json(name: str) -> Any:
    """Return the parsed JSON of the package data file ``name``; raises as ``read_data`` does."""
    return json.loads(read_data(name))


@cache
def type_names() -> tuple[str, ...]:
    """Return the names of the credential types, each a folder of ``schemas/types``, in order."""
    return tuple(sorted(path.parent.name for path in (_ROOT / "types").glob("*/type.json")))


@cache
def read_type(name: str) -> Mapping[str, Any]:
    """Return the description of a credential type (``schemas/types/README.md``). Raises as ``read_data``."""
    return MappingProxyType(dict(read_json(f"types/{name}/type.json")))


@cache
def read_schema(name: str) -> dict[str, Any]:
    """Return the JSON Schema of a credential type; not to be altered. Raises as ``read_data``."""
    return dict(read_json(f"types/{name}/schema.json"))


@cache
def read_part_schemas() -> Mapping[str, dict[str, Any]]:
    """Return the JSON Schemas that those of the types are made of: ``$id`` to schema."""
    parts = (json.loads(path.read_bytes()) for path in sorted((_ROOT / "json").glob("*.json")))
    return MappingProxyType({part["$id"]: part for part in parts})


@cache
def programme_names() -> tuple[str, ...]:
    """Return the names of the programmes, each a file of ``schemas/programmes``, in order."""
    return tuple(sorted(path.stem for path in (_ROOT / "programmes").glob("*.json")))


def read_programme(name: str) -> Any:
    """Return the parsed rules of a programme (docs/reference/programmes.md). Raises as ``read_data``."""
    return read_json(f"programmes/{name}.json")


def type_context_url(name: str) -> str | None:
    """Return the URL of the context with a type's own terms; None where it has none."""
    return f"{_TYPE_CONTEXTS}/{name}/v1" if "context_sha256" in read_type(name) else None


@cache
def context_index() -> Mapping[str, str]:
    """Return the pinned contexts: URL to the SHA-256 (hex) over the JCS form of the context document."""
    own = {
        url: read_type(name)["context_sha256"]
        for name in type_names()
        if (url := type_context_url(name)) is not None
    }
    return MappingProxyType({**read_json("contexts/pinned.json"), **own})


def read_context(url: str) -> Mapping[str, Any] | None:
    """Return the pinned context document at ``url`` (with its ``@context`` member), or None.

    Raises RuntimeError where the installation is broken: a pinned file is missing or is not the one
    that was pinned.
    """
    digest = context_index().get(url)
    # Only what is pinned is remembered: strangers write the other URLs, without end.
    return None if digest is None else _read_pinned(url, digest)


@cache
def _read_pinned(url: str, digest: str) -> Mapping[str, Any]:
    document = json.loads(_context_path(url).read_bytes())
    if context_digest(document) != digest:
        raise RuntimeError(f"The JSON-LD context {url} is not the pinned one; run `make setup` again.")
    return MappingProxyType(document)


def context_digest(document: Any) -> str:
    """Return the SHA-256 (hex) over the JCS form of a parsed context document.

    Over the JCS form because publishers ship the same context with different white space.
    """
    return hashlib.sha256(rfc8785.dumps(document)).hexdigest()


def _context_path(url: str) -> Path:
    if url.startswith(f"{_TYPE_CONTEXTS}/"):
        return _ROOT / "types" / url.removeprefix(f"{_TYPE_CONTEXTS}/").removesuffix("/v1") / "context.jsonld"
    own = _OWN_CONTEXT_FILES.get(url)
    if own is not None:
        return _OWN_CONTEXTS / own
    index_path = _BUILT_CONTEXTS / "index.json"
    try:
        entry = json.loads(index_path.read_bytes())[url]
    except (FileNotFoundError, KeyError):
        raise RuntimeError(f"The JSON-LD context {url} is not installed; run `make setup`.") from None
    path = (_BUILT_CONTEXTS / str(entry["file"])).resolve()
    if not path.is_relative_to(_BUILT_CONTEXTS) or not path.is_file():
        raise RuntimeError(f"The JSON-LD context {url} is not installed; run `make setup`.")
    return path
