"""Which document holds a verification method, and whether it must be fetched."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from vc.did import did_jwk, did_key, did_web
from vc.did.documents import ControlledIdentifierDocument
from vc.did.syntax import parse_did_url
from vc.errors import MalformedValue, UnknownOption

_REMEMBERED: Final = 4_096


@dataclass(frozen=True, kw_only=True, slots=True)
class DocumentUrl:
    """The document is at this https URL; its bytes go to ``parse_document`` of ``did_web``."""

    url: str


@lru_cache(maxsize=_REMEMBERED)
def did_of(method_id: str) -> str:
    """Return the DID before the fragment of a verification method's DID URL.

    Raises MalformedValue for anything but ``did:<method>:<id>#<fragment>``.
    """
    parts = parse_did_url(method_id)
    if parts.path or parts.query is not None or not parts.fragment:
        raise MalformedValue("A verification method is not a DID with a fragment.")
    return parts.did


@lru_cache(maxsize=_REMEMBERED)
def resolve_locally_or_url(did: str) -> ControlledIdentifierDocument | DocumentUrl:
    """Return the document of ``did`` where the identifier contains it, or else where it is published.

    Raises MalformedValue or ParseError for a DID of wrong shape, UnknownOption for an unknown DID
    method or kind of key.
    """
    if did_key.is_did_key(did):
        return did_key.resolve(did)
    if did_jwk.is_did_jwk(did):
        return did_jwk.resolve(did)
    if did.startswith(did_web.PREFIX):
        return DocumentUrl(url=did_web.document_url(did))
    raise UnknownOption("The identifier uses a DID method that is not supported.")
