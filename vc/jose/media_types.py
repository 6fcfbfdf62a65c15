"""The media types of secured credentials and presentations (VC-JOSE-COSE 1.0 section 6.1)."""

from enum import StrEnum

from vc.errors import MalformedValue

_APPLICATION = "application/"


class MediaType(StrEnum):
    """One way of securing, of a credential (``VC_…``) or a presentation (``VP_…``)."""

    VC_JWT = "application/vc+jwt"
    VP_JWT = "application/vp+jwt"
    VC_SD_JWT = "application/vc+sd-jwt"
    VP_SD_JWT = "application/vp+sd-jwt"
    VC_COSE = "application/vc+cose"
    VP_COSE = "application/vp+cose"

    @property
    def content_type(self) -> str:
        """Media type of what is secured: ``application/vc`` or ``application/vp``."""
        return self.value.partition("+")[0]

    @property
    def is_presentation(self) -> bool:
        """Whether a presentation is secured, and not a credential."""
        return self in _OF_PRESENTATIONS

    @property
    def is_cose(self) -> bool:
        """Whether the secured form is binary."""
        return self in _BINARY


_OF_PRESENTATIONS = frozenset({MediaType.VP_JWT, MediaType.VP_SD_JWT, MediaType.VP_COSE})
_BINARY = frozenset({MediaType.VC_COSE, MediaType.VP_COSE})
_CONTENT_TYPES = frozenset(media_type.content_type for media_type in MediaType)


def short(media_type: str) -> str:
    """A media type as JOSE headers write it (RFC 7515 section 4.1.9): without ``application/``."""
    return media_type.removeprefix(_APPLICATION)


def require_media_type(expected: MediaType, typ: object, content_type: object) -> None:
    """Raise MalformedValue unless a header's type is ``expected`` and its content type fits.

    A type is demanded although VC-JOSE-COSE only recommends it: without one, a token made for
    something else could be taken for a credential. ``content_type`` may be None, or a more specific
    type, but not that of another kind of document.
    """
    if not isinstance(typ, str) or _full(typ) != expected:
        raise MalformedValue("The token is not of the type that is expected here.")
    if content_type is None:
        return
    others = _CONTENT_TYPES - {expected.content_type}
    if not isinstance(content_type, str) or _full(content_type) in others:
        raise MalformedValue("The content type of the token is not that of what is expected here.")


def _full(text: str) -> str:
    return text.lower() if "/" in text else _APPLICATION + text.lower()
