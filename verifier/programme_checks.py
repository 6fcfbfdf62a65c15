"""Checking what one person shows against a programme, on a day that the asker names."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from runtime.i18n import gettext_noop
from vc.errors import MalformedValue, RangeError
from vc.programmes.asking import require_allowed
from vc.programmes.eps_sheet import EpsSheet, evidence_sheet
from vc.programmes.evaluate import evaluate
from vc.programmes.model import Programme, ProgrammeCheck, RequesterKind
from vc.programmes.reading import open_programmes, read_programme
from vc.programmes.standing import Held
from vc.verify.one_person import OnePerson, one_person
from verifier.service import Checked, CheckedPresentation

MOST_SHOWN: Final = 20
EPS: Final = "kr-eps"
_TOO_MANY: Final = gettext_noop("From 1 to 20 certificates of one person can be checked together.")
_WHO_ASKS: Final = gettext_noop("Who asks is one of the kinds listed.")
_WRONG_DAY: Final = gettext_noop("A day is written as 2026-11-27.")


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """What is asked: which programme and variant, on which day, by whom, under the rules of which day."""

    programme: str
    variant: str | None
    on: date
    requester: RequesterKind
    rules_of: date | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckedProgramme:
    """The programme, the answers, what was shown in order, and the EPS evidence sheet where it is one."""

    programme: Programme
    check: ProgrammeCheck
    shown: tuple[Checked, ...]
    sheet: EpsSheet | None


def require_may_ask(wanted: Wanted) -> Programme:
    """The programme asked about.

    Raises ``NotFound`` where there is none, ``RequesterRefused`` where this asker may not ask.
    """
    programme = read_programme(wanted.programme, rules_of=wanted.rules_of)
    require_allowed(programme, wanted.requester, {})
    return programme


def check_programme(wanted: Wanted, brought: Sequence[Checked | CheckedPresentation]) -> CheckedProgramme:
    """Check everything that was brought against the programme.

    Raises as ``require_may_ask`` and ``evaluate``, and ``RangeError`` for too much at once.
    """
    programme = require_may_ask(wanted)
    shown = tuple(
        one
        for item in brought
        for one in (item.credentials if isinstance(item, CheckedPresentation) else (item,))
    )
    if not 0 < len(shown) <= MOST_SHOWN:
        raise RangeError(_TOO_MANY)
    held = [Held(verification=one.verification, decision=one.decision) for one in shown]
    joined = one_person([one.verification for one in shown])
    # Several things brought one by one are one person's only by their keys, each proven in one presentation.
    if len(brought) > 1 and joined is OnePerson.PROVEN:
        joined = OnePerson.NOT_SHOWN
    check = evaluate(programme, held, on=wanted.on, variant=wanted.variant, one_person=joined)
    sheet = None
    if programme.id == EPS:
        sheet = evidence_sheet(held, wanted.on, one_person=joined, rules_of=wanted.rules_of)
    return CheckedProgramme(programme=programme, check=check, shown=shown, sheet=sheet)


def programmes_for(today: date) -> tuple[Programme, ...]:
    """The programmes open now, each with its open variants."""
    return open_programmes(today)


def read_wanted(
    programme: str, *, variant: str, on: str, requester: str, today: date, rules_of: str = ""
) -> Wanted:
    """Read what a form or program sent as text; an empty ``on`` is today. Raises ``MalformedValue``."""
    try:
        kind = RequesterKind(requester)
    except ValueError:
        raise MalformedValue(_WHO_ASKS, pointer="/requester") from None
    return Wanted(
        programme=programme,
        variant=variant or None,
        on=today if not on else _read_day(on, "/on"),
        requester=kind,
        rules_of=_read_day(rules_of, "/rulesOf") if rules_of else None,
    )


def _read_day(text: str, pointer: str) -> date:
    try:
        if len(text) == len("2026-11-27"):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise MalformedValue(_WRONG_DAY, pointer=pointer)
