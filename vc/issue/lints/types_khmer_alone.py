"""``schemas/types/README.md``, code lists: a Khmer text nobody reviewed is never signed alone."""

from collections.abc import Iterator, Mapping

from vc.encoding import json_pointer
from vc.errors import Finding
from vc.issue.lints.document import Document, finding

# The credential's own name is the title in English.
_TITLE = "title"


def khmer_alone(document: Document) -> Iterator[Finding]:
    """A Khmer text in the localized block that has no English one beside it."""
    subject = document.get("credentialSubject")
    localized = subject.get("localized") if isinstance(subject, Mapping) else None
    for name, texts in localized.items() if isinstance(localized, Mapping) else ():
        if isinstance(texts, Mapping) and "km" in texts:
            english = document.get("name") if name == _TITLE else texts.get("en")
            if not isinstance(english, str) or not english.strip():
                place = json_pointer.join("/credentialSubject/localized", name)
                yield finding("A text in Khmer has no English beside it.", place)
