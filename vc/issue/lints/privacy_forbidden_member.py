"""``docs/explanation/privacy.md``: what never goes in."""

import re
from collections.abc import Iterator

from vc.errors import Finding
from vc.issue.lints.document import Document, finding, members

_FORBIDDEN_MEMBER = re.compile(
    r"debt|loan|remittance|saving|idpoor|equitycard|poverty|diagnos|pregnan|maternity|benefit"
    r"|disab|religio|ethnic|nssf(number|no|id)|nationalid|nidnumber|passportnumber|rldnumber|rldid",
    re.IGNORECASE,
)


def forbidden_member(document: Document) -> Iterator[Finding]:
    """Members that must never appear in a credential, wherever they stand."""
    for pointer, name, _ in members(document):
        if _FORBIDDEN_MEMBER.search(name):
            yield finding("A member of this name is never part of a credential.", pointer)
