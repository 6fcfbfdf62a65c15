"""What a holder has of what a programme asks for, in words for the holder.

Requirement by requirement, and nothing over all: it says what is still needed, never that somebody may go.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from runtime.i18n import gettext_noop
from vc.programmes.evaluate import evaluate
from vc.programmes.model import Programme, RequirementAnswer, RequirementCheck
from vc.programmes.standing import Held
from vc.verify.one_person import OnePerson

RENEW_WITHIN: Final = timedelta(days=60)
"""How long before something ends its holder is told to renew it."""


class Have(StrEnum):
    """How a holder stands with one requirement."""

    HAVE = "have"
    RENEW = "renew"
    """It counts today, and ends soon."""
    RECORDED = "recorded"
    """A result of another body is on record here; only that body can confirm it."""
    NEED = "need"
    ENDED = "ended"
    REVOKED = "revoked"
    REVIEW = "review"
    NOT_COUNTED = "not_counted"
    ASK_OTHERS = "ask_others"
    """Another body's test or check, of which nothing is kept here."""
    NO_RULE = "no_rule"
    COULD_NOT_CHECK = "could_not_check"


WORDS: Final[Mapping[Have, tuple[str, str, str]]] = {
    Have.HAVE: (
        "good",
        gettext_noop("You have it"),
        gettext_noop("It is in your passport and counts today."),
    ),
    Have.RENEW: ("wait", gettext_noop("Renew it soon"), gettext_noop("It counts today, but not for long.")),
    Have.RECORDED: (
        "info",
        gettext_noop("On record here"),
        gettext_noop("Take the paper of that body with you: only that body can confirm it."),
    ),
    Have.NEED: (
        "wait",
        gettext_noop("Still needed"),
        gettext_noop("No certificate in your passport shows this."),
    ),
    Have.ENDED: ("bad", gettext_noop("Ended"), gettext_noop("Its time is over. You need a new one.")),
    Have.REVOKED: (
        "bad",
        gettext_noop("Revoked or replaced"),
        gettext_noop("Look at the certificate: it says why, and what you can do."),
    ),
    Have.REVIEW: (
        "wait",
        gettext_noop("Under review"),
        gettext_noop("It is being looked into. Nothing is found; nothing is said against you."),
    ),
    Have.NOT_COUNTED: (
        "bad",
        gettext_noop("Does not count"),
        gettext_noop("Whoever gave it to you had no right to. Call the hotline."),
    ),
    Have.ASK_OTHERS: (
        "plain",
        gettext_noop("Kept elsewhere"),
        gettext_noop("Another body does this, and nothing of it is kept here. Ask there."),
    ),
    Have.NO_RULE: (
        "plain",
        gettext_noop("Nobody has a rule on file"),
        gettext_noop("Nothing certain is known about this. Ask before you pay anything."),
    ),
    Have.COULD_NOT_CHECK: (
        "wait",
        gettext_noop("Could not check now"),
        gettext_noop("It could not be checked just now. Try again in a few minutes."),
    ),
}
"""Colour, short word and sentence."""

STILL_NEEDED: Final = frozenset({Have.NEED, Have.ENDED, Have.REVOKED, Have.NOT_COUNTED, Have.RENEW})
"""What somebody has to do something about."""

_OF: Final[Mapping[RequirementAnswer, Have]] = {
    RequirementAnswer.MISSING: Have.NEED,
    RequirementAnswer.EXPIRED: Have.ENDED,
    RequirementAnswer.REVOKED: Have.REVOKED,
    RequirementAnswer.SUSPENDED: Have.REVIEW,
    RequirementAnswer.NOT_ENTITLED: Have.NOT_COUNTED,
    RequirementAnswer.RULE_NOT_CONFIRMED: Have.NO_RULE,
    RequirementAnswer.NO_RULE_ON_FILE: Have.NO_RULE,
    RequirementAnswer.COULD_NOT_CHECK: Have.COULD_NOT_CHECK,
    RequirementAnswer.NOT_SHOWN_ONE_PERSONS: Have.COULD_NOT_CHECK,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """One requirement. ``card_id`` is the certificate it rests on, None for none; days as in the check."""

    id: str
    title: str
    have: Have
    held_by: str | None
    good_until: date | None
    card_id: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Outlook:
    """A programme, and how one holder stands with each of its requirements. Texts in one language.

    ``not_checked`` are titles of what it also asks for; ``notices`` are message identifiers.
    """

    id: str
    title: str
    steps: tuple[Step, ...]
    not_checked: tuple[str, ...]
    notices: tuple[str, ...]

    @property
    def needed(self) -> tuple[Step, ...]:
        """What is still to be done."""
        return tuple(step for step in self.steps if step.have in STILL_NEEDED)


def outlook(
    programme: Programme,
    credentials: Mapping[str, Held],
    *,
    variant: str | None,
    on: date,
    language: str,
) -> Outlook:
    """How the holder of ``credentials``, by id, stands. Raises ``UnknownOption`` as ``evaluate``."""
    # Each was delivered to this one person: here nobody else's can be among them.
    check = evaluate(
        programme, list(credentials.values()), on=on, variant=variant, one_person=OnePerson.PROVEN
    )
    ids = tuple(credentials)
    return Outlook(
        id=programme.id,
        title=title_of(programme, variant, language),
        steps=tuple(_step(one, check.on, ids, language) for one in check.requirements),
        not_checked=tuple(in_language(item.title, language) for item in check.not_checked_here),
        notices=check.notices,
    )


def title_of(programme: Programme, variant: str | None, language: str) -> str:
    """The programme's name with that of the variant, if one is chosen."""
    title = in_language(programme.title, language)
    if variant is None:
        return title
    return f"{title} – {in_language(programme.variants[variant].title, language)}"


def in_language(titles: Mapping[str, str], language: str) -> str:
    """A title of a data file in ``language``, else in English."""
    return titles.get(language) or titles["en"]


def _step(one: RequirementCheck, on: date, ids: tuple[str, ...], language: str) -> Step:
    return Step(
        id=one.requirement.id,
        title=in_language(one.requirement.title, language),
        have=_have(one, on),
        held_by=one.requirement.held_by,
        good_until=one.good_until,
        card_id=None if one.rests_on is None else ids[one.rests_on],
    )


def _have(one: RequirementCheck, on: date) -> Have:
    if one.answer is RequirementAnswer.THIRD_PARTY_EVIDENCE_ONLY and one.rests_on is None:
        return Have.ASK_OTHERS
    if one.answer in _OF:
        return _OF[one.answer]
    if one.good_until is not None and one.good_until < on + RENEW_WITHIN:
        return Have.RENEW
    return Have.HAVE if one.answer is RequirementAnswer.SATISFIED else Have.RECORDED
