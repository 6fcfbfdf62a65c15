"""From an uploaded file to the credential in it, or to the link or code that leads to one."""

from verifier.extract.reader import MAX_BYTES, extract, extract_async
from verifier.extract.values import CredentialFound, Extracted, LinkFound, Source, link_or_none

__all__ = [
    "MAX_BYTES",
    "CredentialFound",
    "Extracted",
    "LinkFound",
    "Source",
    "extract",
    "extract_async",
    "link_or_none",
]
