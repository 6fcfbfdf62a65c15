"""PyLD as an oracle for RDFC-1.0, with the pinned contexts only."""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from pyld import jsonld

from schemas import read_context

# RDFC-1.0 was called URDNA2015 before, and PyLD knows it by that name.
_ALGORITHM = {"algorithm": "URDNA2015", "format": "application/n-quads"}


@cache
def _pinned(url: str) -> Any:
    document = read_context(url)
    assert document is not None, url
    return json.loads(json.dumps(dict(document)))


def load_pinned(url: str, _options: Any = None) -> dict[str, Any]:
    """A PyLD document loader that knows the pinned contexts only."""
    return {"contextUrl": None, "documentUrl": url, "document": _pinned(url)}


def canonicalize_with_pyld(document: Mapping[str, Any]) -> bytes:
    """The canonical N-Quads of a JSON-LD document, base directions kept as the cryptosuites want it."""
    options = {**_ALGORITHM, "documentLoader": load_pinned, "rdfDirection": "i18n-datatype"}
    return str(jsonld.normalize(dict(document), options)).encode()


def canonicalize_dataset_with_pyld(nquads: bytes) -> bytes:
    """The canonical N-Quads of a dataset in N-Quads."""
    return str(
        jsonld.normalize(nquads.decode(), {**_ALGORITHM, "inputFormat": "application/n-quads"})
    ).encode()
