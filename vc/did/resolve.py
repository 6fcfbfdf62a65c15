"""Which document holds a verification method, and whether it must be fetched."""

import re
from dataclasses import dataclass

from vc.did import did_key, did_web
from vc.did.documents import ControlledIdentifierDocument
from vc.errors import MalformedValue, UnknownOption

_MAX_CHARS = 1_000
_DID_URL = re.compile(r"(?P<did>did:[a-z0-9]+:[A-Za-z0-9._:%-]+)#(?P<fragment>[A-Za-z0-9._~:-]+)")


@dataclass(frozen=True, kw_only=True, slots=True)
class DocumentUrl:
    """The document is at this https URL; its bytes go to ``parse_document`` of ``did_web``."""

    url: str


def did_of(method_id: str) -> str:
    """Return the DID before the fragment of a verification method's DID URL.

    Raises MalformedValue for anything but ``did:<method>:<id>#<fragment>``.
    """
    match = _DID_URL.fullmatch(method_id) if len(method_id) <= _MAX_CHARS else None
    if match is None:
        raise MalformedValue("A verification method is not a DID URL with a fragment.")
    return match["did"]


def resolve_locally_or_url(did: str) -> ControlledIdentifierDocument | DocumentUrl:
    """Return the document of ``did`` where the identifier contains it, or else where it is published.

    Raises MalformedValue for a DID of wrong shape, UnknownOption for an unknown DID method or kind
    of key.
    """
    if did_key.is_did_key(did):
        return did_key.resolve(did)
    if did.startswith(did_web.PREFIX):
        return DocumentUrl(url=did_web.document_url(did))
    raise UnknownOption("The identifier uses a DID method that is not supported.")
