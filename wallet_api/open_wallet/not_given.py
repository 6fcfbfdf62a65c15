"""A note for a holder who waited in vain: an issuer was to make something later, and does not give it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import orjson

NOTE_LIFETIME: Final = timedelta(days=7)
"""So long a holder finds it; then it is forgotten."""

_KEPT_AS: Final = "notGiven"


@dataclass(frozen=True, kw_only=True, slots=True)
class NotGiven:
    """What does not come, and from whom; names are by language. ``is_limited`` as of what was awaited."""

    issuer: str
    issuer_names: Mapping[str, str]
    names: Mapping[str, str]
    is_limited: bool

    def as_kept(self) -> bytes:
        """The note as JSON, to be sealed in the place of what was awaited."""
        note = {
            "issuer": self.issuer,
            "issuerNames": dict(self.issuer_names),
            "names": dict(self.names),
            "limited": self.is_limited,
        }
        return orjson.dumps({_KEPT_AS: note})


def note_in(kept: Mapping[str, Any]) -> NotGiven | None:
    """The note that ``as_kept`` wrote; None where it is something still awaited."""
    note = kept.get(_KEPT_AS)
    if note is None:
        return None
    return NotGiven(
        issuer=note["issuer"],
        issuer_names=note["issuerNames"],
        names=note["names"],
        is_limited=note["limited"],
    )
