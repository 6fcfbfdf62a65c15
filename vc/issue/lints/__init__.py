"""Lints over a document about to be signed: one file a rule, named after the document that demands it.

Each yields findings; any finding stops the issuance. ``vcdm`` is the W3C's VCDM 2.0, ``types`` is
``schemas/types/README.md``, ``privacy`` is ``docs/explanation/privacy.md``.
"""

from collections.abc import Callable, Iterator
from typing import Final

from vc.errors import Finding
from vc.issue.lints.document import Document
from vc.issue.lints.privacy_forbidden_member import forbidden_member
from vc.issue.lints.privacy_identity_number import IDENTITY_NUMBER, identity_number
from vc.issue.lints.privacy_more_than_the_fact import more_than_the_fact
from vc.issue.lints.types_khmer_alone import khmer_alone
from vc.issue.lints.types_schema_violation import schema_violation
from vc.issue.lints.types_unknown_type import unknown_type
from vc.issue.lints.vcdm_malformed_shape import malformed_shape

__all__ = ["IDENTITY_NUMBER", "MAX_DOCUMENT_BYTES", "RULES", "lint", "malformed_shape"]

MAX_DOCUMENT_BYTES: Final = 16_384

RULES: Final[tuple[Callable[[Document], Iterator[Finding]], ...]] = (
    malformed_shape,
    unknown_type,
    schema_violation,
    khmer_alone,
    forbidden_member,
    identity_number,
    more_than_the_fact,
)


def lint(document: Document) -> tuple[Finding, ...]:
    """Everything that forbids signing ``document``."""
    return tuple(finding for rule in RULES for finding in rule(document))
