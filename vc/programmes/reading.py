"""The programmes on file, as they are or as they were known on an earlier day.

A rule has versions. One is chosen by the day that is asked about (``effective_from``, ``effective_until``);
which versions there are to choose from, by the day of the report (``recorded_on``). So an old report is
drawn again under the rules of its day, whatever was added or mended since.
"""

from dataclasses import replace
from datetime import date
from functools import cache
from itertools import groupby

import schemas
from vc.errors import MalformedValue, NotFound, UnknownOption
from vc.programmes.model import Programme, Requirement, is_between
from vc.programmes.parsing import parse_programme


def programme_names() -> tuple[str, ...]:
    """The identifiers of all programmes on file, in order."""
    return schemas.programme_names()


def read_programme(name: str, *, rules_of: date | None = None) -> Programme:
    """The programme on file under this identifier.

    With ``rules_of`` it has only what was on file at the end of that day. Raises ``NotFound`` where there
    is none, or was none yet, and ``MalformedValue`` with the JSON pointer of the fault.
    """
    if name not in programme_names():
        raise NotFound("There is no such programme.")
    programme = _on_file(name)
    return programme if rules_of is None else as_known(programme, rules_of)


def as_known(programme: Programme, day: date) -> Programme:
    """The programme with the versions of its rules that were on file at the end of ``day``.

    Raises ``NotFound`` where the programme was not, or no rule of it.
    """
    rules = tuple(rule for rule in programme.requirements if rule.recorded_on <= day)
    if programme.recorded_on > day or not rules:
        raise NotFound("There was no such programme on that day.")
    return replace(programme, requirements=rules)


def open_programmes(on: date, *, rules_of: date | None = None) -> tuple[Programme, ...]:
    """The programmes open on a day, each with the variants open on it only; ``rules_of`` as above.

    One whose variants are all closed is not open.
    """
    day = date.max if rules_of is None else rules_of
    known = [one for name in programme_names() if (one := _on_file(name)).recorded_on <= day]
    shown = [_as_shown(as_known(programme, day), on) for programme in known if programme.is_open(on)]
    return tuple(one for one in shown if one.variants or one.variants_are is None)


def _as_shown(programme: Programme, on: date) -> Programme:
    return replace(
        programme, variants={code: one for code, one in programme.variants.items() if one.is_open(on)}
    )


def require_open(programme: Programme, *, on: date, variant: str | None) -> None:
    """Raises ``UnknownOption`` unless the programme, and the variant asked about, are open on this day.

    A variant is named exactly where the programme has any. One that is not open yet is as unknown as one
    that never was.
    """
    if not programme.is_open(on):
        raise UnknownOption("This programme is not open on that day.", pointer="/on")
    if variant is None and programme.variants_are is None:
        return
    chosen = None if variant is None else programme.variants.get(variant)
    if chosen is None or not chosen.is_open(on):
        raise UnknownOption("This programme has no such field on that day.", pointer="/variant")


def rules_in_force(
    programme: Programme, *, on: date, variant: str | None
) -> tuple[tuple[Requirement, bool], ...]:
    """Each rule that is for ``variant``, in the order of the file, with whether a version is in force.

    The version that began last counts; of several that begin on the same day the one recorded last, since
    it mends the others. An ended version brings no older one back. Where none is in force, the rule stands
    there with the version that ended, or that begins first.
    """
    found = []
    for name in dict.fromkeys(rule.id for rule in programme.requirements):
        rule, is_in_effect = _version(programme, name, on)
        if not rule.variants or variant in rule.variants:
            found.append((rule, is_in_effect))
    return tuple(found)


def _version(programme: Programme, name: str, on: date) -> tuple[Requirement, bool]:
    versions = sorted(
        (rule for rule in programme.requirements if rule.id == name),
        key=lambda rule: (rule.effective_from, rule.recorded_on),
    )
    mended = [list(same)[-1] for _, same in groupby(versions, key=lambda rule: rule.effective_from)]
    begun = [rule for rule in mended if rule.effective_from <= on]
    if not begun:
        return mended[0], False
    return begun[-1], is_between(on, begun[-1].effective_from, begun[-1].effective_until)


@cache
def _on_file(name: str) -> Programme:
    programme = parse_programme(schemas.read_programme(name))
    if programme.id != name:
        raise MalformedValue("A programme is filed under another name than its own.", pointer="/id")
    return programme
