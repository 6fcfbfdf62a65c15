"""Who may ask a worker for what under a programme. Whatever is not on its list is refused."""

from collections.abc import Mapping, Sequence

from schemas import type_names
from vc.encoding import json_pointer
from vc.errors import NotAuthorized
from verifier.programmes.claims import is_covered
from verifier.programmes.model import Programme, RequesterKind
from verifier.programmes.sentences import OVER_ASKED, REQUESTER_REFUSED


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
