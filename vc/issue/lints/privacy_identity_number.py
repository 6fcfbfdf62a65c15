"""``docs/explanation/privacy.md``: no number of a register."""

import re
from collections.abc import Iterator
from typing import Final

from vc.errors import Finding
from vc.issue.lints.document import Document, finding, members

# Nine digits in a row is the national identity card, ten an RLD or NSSF number; certificate
# numbers and timestamps never look so.
IDENTITY_NUMBER: Final = re.compile(r"(?<![\w.-])[0-9]{9,10}(?![\w-])")


def identity_number(document: Document) -> Iterator[Finding]:
    """Anything shaped like a national identity or NSSF number."""
    for pointer, _, value in members(document):
        if isinstance(value, str) and IDENTITY_NUMBER.search(value):
            yield finding(
                "A text looks like an identity number; those are never part of a credential.", pointer
            )
