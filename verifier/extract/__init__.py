"""From an uploaded file to the credential or card in it, or to the link or code that leads to one."""

from verifier.extract.reader import MAX_BYTES, extract, extract_async
from verifier.extract.values import (
    CardFound,
    CredentialFound,
    Extracted,
    LinkFound,
    Source,
    TextFound,
    link_or_none,
)

__all__ = [
    "MAX_BYTES",
    "CardFound",
    "CredentialFound",
    "Extracted",
    "LinkFound",
    "Source",
    "TextFound",
    "extract",
    "extract_async",
    "link_or_none",
]
