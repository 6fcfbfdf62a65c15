"""Whether several credentials shown together are one person's. A name alone never says so.

Each credential names its subject by a random id of its own, so that two of them cannot be joined; what
joins them is the holder's key, proven in one presentation.
"""

import unicodedata
from collections.abc import Mapping, Sequence
from enum import StrEnum

from vc.encoding.strict_json import JsonValue
from vc.model.credential import subjects_of
from vc.model.verdict import Answer, Question, Verification

_NAMES = ("nameKhmer", "nameLatin", "birthDate")


class OnePerson(StrEnum):
    """What is known of several credentials."""

    PROVEN = "proven"
    """Whoever presents them proved to hold each of them."""
    SAME_NAME = "sameNameNotProven"
    """Names and birth date are alike, and two people can have both."""
    NOT_SHOWN = "notShown"


def one_person(verifications: Sequence[Verification]) -> OnePerson | None:
    """What is known of these; None for fewer than two, where there is no question."""
    if len(verifications) < 2:
        return None
    if all(one.verdicts[Question.THIS_PERSONS].answer is Answer.YES for one in verifications):
        return OnePerson.PROVEN
    named = {_named(one.document) for one in verifications}
    return OnePerson.SAME_NAME if len(named) == 1 and None not in named else OnePerson.NOT_SHOWN


def _named(document: Mapping[str, JsonValue] | None) -> tuple[str, ...] | None:
    """Name in both scripts and birth date of the one subject; None where one of them is missing."""
    subjects = [] if document is None else subjects_of(document)
    if len(subjects) != 1:
        return None
    found = [subjects[0].get(name) for name in _NAMES]
    texts = [unicodedata.normalize("NFC", text).casefold() for text in found if isinstance(text, str)]
    return tuple(texts) if len(texts) == len(_NAMES) else None
