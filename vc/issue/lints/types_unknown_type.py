"""``schemas/types/README.md``: a folder is a type, and there are no others."""

from collections.abc import Iterator

from vc.errors import Finding
from vc.issue.lints.document import Document, finding
from vc.model.credential import types_of
from vc.model.credential_types import credential_types


def unknown_type(document: Document) -> Iterator[Finding]:
    """Only types of ours are issued, one at a time."""
    if len(types_of(document) & credential_types().keys()) != 1:
        yield finding("There is no schema for this credential type.", "/type")
