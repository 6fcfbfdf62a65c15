"""*This person's*, where a holder lets the asker compare a person with the labour database's photo.

The photo can only be the more exact answer to a question that the key binding answered well: it says who
stands there, as the key binding says who shared. It mends nothing that failed, and was not reached.
"""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from vc.encoding.strict_json import JsonValue
from vc.errors import MalformedValue
from vc.model.verdict import Answer, CheckedAgainst, Question, Reason, Verdict, Verification

MAX_PHOTO_BYTES: Final = 300_000
_JPEG: Final = b"\xff\xd8\xff"


def photo_in(text: JsonValue) -> bytes:
    """The JPEG in ``text`` (base64), as handed on. Raises ``MalformedValue`` for any but a small one."""
    try:
        jpeg = base64.b64decode(text, validate=True) if isinstance(text, str) else b""
    except (binascii.Error, ValueError):
        jpeg = b""
    if not jpeg.startswith(_JPEG) or len(jpeg) > MAX_PHOTO_BYTES:
        raise MalformedValue("This is no photo that can be shown.", pointer="/jpeg")
    return jpeg


class PhotoState(StrEnum):
    """How it stands with a photo that nobody has compared."""

    HELD = "held"
    NONE = "none"
    """The register has none, or gives none."""
    NOT_REACHED = "notReached"
    """Nobody knows: the register gave no answer."""


class PhotoAnswer(StrEnum):
    """What whoever compared says."""

    THIS_PERSON = "thisPerson"
    SOMEBODY_ELSE = "somebodyElse"
    CANNOT_TELL = "cannotTell"


@dataclass(frozen=True, kw_only=True, slots=True)
class PhotoComparison:
    """Who compared, with a photo that the register gave when, and what they say.

    ``organisation`` is its name in the register of licences; both instants are aware.
    """

    answer: PhotoAnswer
    organisation: str
    photo_at: datetime
    compared_at: datetime


_COMPARED: Final[Mapping[PhotoAnswer, tuple[Answer, Reason]]] = {
    PhotoAnswer.THIS_PERSON: (Answer.YES, Reason.REGISTRY_PHOTO_CONFIRMED),
    PhotoAnswer.SOMEBODY_ELSE: (Answer.NO, Reason.REGISTRY_PHOTO_OF_ANOTHER),
    PhotoAnswer.CANNOT_TELL: (Answer.COULD_NOT_CHECK, Reason.REGISTRY_PHOTO_UNCLEAR),
}
_NOT_COMPARED: Final[Mapping[PhotoState, Reason]] = {
    PhotoState.HELD: Reason.REGISTRY_PHOTO_NOT_COMPARED,
    PhotoState.NONE: Reason.REGISTRY_HAS_NO_PHOTO,
    PhotoState.NOT_REACHED: Reason.REGISTRY_NOT_REACHED,
}


def with_registry_photo(verification: Verification, photo: PhotoComparison | PhotoState) -> Verification:
    """``verification`` with *this person's* as the photo answers it; the same where no key binding held."""
    before = verification.verdicts[Question.THIS_PERSONS]
    if before.reason is not Reason.KEY_BOUND:
        return verification
    verdict = _verdict(photo, verification.checked_at)
    return verification.answered(verdict)


def _verdict(photo: PhotoComparison | PhotoState, now: datetime) -> Verdict:
    if isinstance(photo, PhotoState):
        return Verdict(
            question=Question.THIS_PERSONS,
            answer=Answer.COULD_NOT_CHECK,
            reason=_NOT_COMPARED[photo],
            checked_at=now,
        )
    answer, reason = _COMPARED[photo.answer]
    return Verdict(
        question=Question.THIS_PERSONS,
        answer=answer,
        reason=reason,
        checked_at=photo.compared_at,
        against=(
            CheckedAgainst(kind="registryPhoto", name="RLD", as_of=photo.photo_at),
            CheckedAgainst(kind="comparedBy", name=photo.organisation, as_of=photo.compared_at),
        ),
    )
