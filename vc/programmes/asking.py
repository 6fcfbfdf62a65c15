"""Who may ask a worker for what under a programme. Whatever is not on its list is refused."""

from collections.abc import Mapping, Sequence
from typing import Final

from schemas import type_names
from vc.encoding import json_pointer
from vc.errors import NotAuthorized
from vc.programmes.claims import is_covered
from vc.programmes.model import Programme, RequesterKind
from vc.programmes.sentences import OVER_ASKED, REQUESTER_REFUSED
from vc.trust.licences import VerifierClass

_KIND_OF_LICENCE: Final = {
    VerifierClass.AGENCY: RequesterKind.LICENSED_AGENCY,
    VerifierClass.FOREIGN_ORGANISATION: RequesterKind.FOREIGN_ORGANISATION,
    VerifierClass.EMPLOYER: RequesterKind.EMPLOYER,
    VerifierClass.PUBLIC_BODY: RequesterKind.PUBLIC_BODY,
}
_MAY_HAVE_A_PERMIT: Final = frozenset({RequesterKind.EMPLOYER, RequesterKind.FOREIGN_ORGANISATION})


class RequesterRefused(NotAuthorized):
    """Whoever asks may not, under this programme. ``warning`` is what the worker is told, a message id."""

    def __init__(self, warning: str) -> None:
        super().__init__(REQUESTER_REFUSED)
        self.warning = warning


class OverAsked(NotAuthorized):
    """More was asked for than the programme allows.

    ``pointers`` are JSON pointers into what was asked (type, then position of the claim); a type that is
    not known here is not repeated, and the pointer is then that of the whole.
    """

    def __init__(self, pointers: Sequence[str]) -> None:
        super().__init__(OVER_ASKED)
        self.pointers = tuple(pointers)


def requester_of(licence_class: str, said: str | None) -> RequesterKind:
    """Who asks, by the class of their licence (``VerifierClass``).

    An employer may say that a permit names them, which the worker and HRD Korea know and a licence does not.
    """
    kind = _KIND_OF_LICENCE[VerifierClass(licence_class)]
    if said == RequesterKind.PERMIT_EMPLOYER and kind in _MAY_HAVE_A_PERMIT:
        return RequesterKind.PERMIT_EMPLOYER
    return kind


def require_allowed(
    programme: Programme, requester_kind: RequesterKind, asked: Mapping[str, Sequence[str]]
) -> None:
    """Refuse what the programme does not list. ``asked`` is credential type → claim paths.

    A path that is allowed covers all below it. A type may be asked for with no claim named. Raises
    ``RequesterRefused`` before anything is looked at, else ``OverAsked``.
    """
    if requester_kind not in programme.requesters:
        raise RequesterRefused(programme.unlisted_requester_warning)
    pointers = [place for name, paths in asked.items() for place in _beyond(programme, name, paths)]
    if pointers:
        raise OverAsked(list(dict.fromkeys(pointers)))


def _beyond(programme: Programme, credential_type: str, paths: Sequence[str]) -> list[str]:
    place = json_pointer.join("", credential_type) if credential_type in type_names() else ""
    if credential_type not in programme.claims:
        return [place]
    allowed = programme.claims[credential_type]
    return [
        json_pointer.join(place, position)
        for position, path in enumerate(paths)
        if not is_covered(path, allowed)
    ]
