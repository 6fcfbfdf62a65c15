"""VCDM 2.0 section 4."""

from collections.abc import Iterator

from vc.errors import Finding
from vc.issue.lints.document import Document
from vc.model.credential import check_credential_shape


def malformed_shape(document: Document) -> Iterator[Finding]:
    """What no verifiable credential may look like."""
    yield from check_credential_shape(document)
