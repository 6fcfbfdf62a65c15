"""The documents that are published of one list: what each says, how it is secured, where it stands.

One set of facts, several encodings. Each has a URL of its own, so that a credential names exactly the
one whose securing its reader understands.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from vc.jose.media_types import MediaType
from vc.status.entries import StatusPurpose
from vc.status.token_documents import CWT_MEDIA_TYPE, JWT_MEDIA_TYPE

VC_JWT: Final = "vc-jwt"
LIST_SECURINGS: Final = ("eddsa-rdfc-2022", "eddsa-jcs-2022", VC_JWT)
"""The securings of a Bitstring Status List, as they stand in its URL."""


class Encoding(StrEnum):
    """What kind of document a representation is."""

    BITSTRING = "bitstring"
    JWT = "jwt"
    CWT = "cwt"
    NOTES = "notes"


@dataclass(frozen=True, kw_only=True, slots=True)
class Representation:
    """One way a list is published. ``name`` is its key in the database, ``part`` the end of its path.

    ``purpose`` is that of a Bitstring list; a token list and the notes speak of both.
    """

    name: str
    encoding: Encoding
    folder: str
    part: str
    media_type: str
    purpose: StatusPurpose | None = None

    def path(self, list_id: str) -> str:
        """Its path below ``/status``."""
        return "/".join(filter(None, (self.folder, list_id, self.part)))

    def url(self, base_url: str, list_id: str) -> str:
        """Its URL, and id."""
        return f"{base_url}/status/{self.path(list_id)}"

    @property
    def suffix(self) -> str:
        """How its file's name ends."""
        if self.encoding is Encoding.CWT:
            return ".cwt"
        return ".jwt" if self.encoding is Encoding.JWT or self.part == VC_JWT else ".json"


def _bitstring(purpose: StatusPurpose, securing: str) -> Representation:
    is_passing = purpose is StatusPurpose.SUSPENSION
    return Representation(
        name=f"suspension-{securing}" if is_passing else securing,
        encoding=Encoding.BITSTRING,
        folder="suspensions" if is_passing else "lists",
        part=securing,
        media_type=MediaType.VC_JWT if securing == VC_JWT else "application/vc",
        purpose=purpose,
    )


BITSTRING_LISTS: Final = tuple(
    _bitstring(purpose, securing) for purpose in StatusPurpose for securing in LIST_SECURINGS
)
TOKEN_LIST_JWT: Final = Representation(
    name="token-jwt",
    encoding=Encoding.JWT,
    folder="tokens",
    part="jwt",
    media_type=JWT_MEDIA_TYPE,
)
TOKEN_LISTS: Final = (
    TOKEN_LIST_JWT,
    Representation(
        name="token-cwt",
        encoding=Encoding.CWT,
        folder="tokens",
        part="cwt",
        media_type=CWT_MEDIA_TYPE,
    ),
)
NOTES: Final = Representation(
    name="notes", encoding=Encoding.NOTES, folder="notes", part="", media_type="application/vc"
)
"""Not a list but the signed notes beside it: since when each bit is set."""

REPRESENTATIONS: Final[Mapping[str, Representation]] = {
    item.name: item for item in (*BITSTRING_LISTS, *TOKEN_LISTS, NOTES)
}


def list_securing(cryptosuite: str) -> str:
    """The securing of the list that a credential secured with ``cryptosuite`` names.

    The same transformation, so that a reader needs no second one; the key is the registry's Ed25519.
    """
    if cryptosuite == "vc+jwt":
        return VC_JWT
    return "eddsa-jcs-2022" if "-jcs-" in cryptosuite else "eddsa-rdfc-2022"


def list_named_by(cryptosuite: str, purpose: StatusPurpose) -> Representation:
    """The list of this purpose that such a credential names."""
    securing = list_securing(cryptosuite)
    return next(item for item in BITSTRING_LISTS if (item.purpose, item.part) == (purpose, securing))


def at_path(folder: str, part: str) -> Representation | None:
    """The representation published at this folder and part, or None."""
    return next(
        (item for item in REPRESENTATIONS.values() if (item.folder, item.part) == (folder, part)), None
    )
