"""Every rule on file with what is on either side of it, row by row.

A row names a rule's version, what fulfils it (one credential for each kind of evidence, each enough alone),
what just does not, and the days around which its answer turns.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Final, TypeAlias

from tests.unit.vc.programmes.shown import (
    contract,
    course,
    everything,
    finance,
    health,
    identity,
    orientation,
    recorded,
    registration,
    rpl,
    social_security,
)
from vc.programmes.model import RequirementAnswer
from vc.programmes.standing import Held

RuleKey: TypeAlias = tuple[str, str, str]
"""Programme, rule, and the day its version begins."""

A = RequirementAnswer
MID_2026: Final = date(2026, 11, 27)


@dataclass(frozen=True, kw_only=True)
class Sides:
    """``turns`` are (day, answer) of the first of ``good``; ``near`` are named and fulfil nothing."""

    key: RuleKey
    variant: str | None = None
    on: date = MID_2026
    answer: RequirementAnswer = A.SATISFIED
    good: tuple[Held, ...]
    near: dict[str, Held] = field(default_factory=dict)
    turns: tuple[tuple[date, RequirementAnswer], ...] = ()


def _turns(*days: tuple[str, RequirementAnswer]) -> tuple[tuple[date, RequirementAnswer], ...]:
    return tuple((date.fromisoformat(day), answer) for day, answer in days)


def _all() -> Iterator[Sides]:
    yield from _japan()
    yield from _korea()
    yield from _gulf_and_malaysia()
    yield from _cambodia()
    yield from _pre_departure()


def _japan() -> Iterator[Sides]:
    yield Sides(
        key=("jp-ssw", "age", "2019-04-01"),
        variant="construction",
        good=(identity(),),
        near={
            "too young when it was signed": identity(over_18=False),
            "age by own word": identity(assurance="own word"),
        },
    )
    yield Sides(
        key=("jp-ssw", "skill-test", "2019-04-01"),
        variant="construction",
        answer=A.THIRD_PARTY_EVIDENCE_ONLY,
        good=(recorded("SSW-SKILL"),),
        near={"another test": recorded("JLPT-N4")},
    )
    yield Sides(
        key=("jp-ssw", "language", "2019-04-01"),
        variant="construction",
        answer=A.THIRD_PARTY_EVIDENCE_ONLY,
        good=(recorded("JLPT-N4"),),
        near={
            "one level below, JLPT": recorded("JLPT-N5"),
            "one level below, JFT-Basic": recorded("JFT-A2-1"),
            "Korean": recorded("EPS-KLT"),
        },
    )
    yield Sides(
        key=("jp-ssw", "nursing-care-japanese", "2019-04-01"),
        variant="nursing-care",
        answer=A.THIRD_PARTY_EVIDENCE_ONLY,
        good=everything(),
    )
    yield Sides(
        key=("jp-ssw", "health-check", "2019-04-01"),
        variant="construction",
        on=date(2026, 10, 1),
        good=(health("2026-08-15"),),
        turns=_turns(
            ("2026-08-14", A.MISSING),
            ("2026-08-15", A.SATISFIED),
            ("2026-11-15", A.SATISFIED),
            ("2026-11-16", A.EXPIRED),
        ),
    )
    yield Sides(
        key=("jp-ssw", "registration-certificate", "2019-04-01"),
        variant="construction",
        good=(registration("construction"),),
        near={"another field": registration("agriculture")},
    )
    yield Sides(
        key=("jp-esd", "language", "2027-04-01"),
        on=date(2027, 4, 1),
        answer=A.RULE_NOT_CONFIRMED,
        good=everything(),
    )
    yield Sides(
        key=("jp-esd", "conditions", "2027-04-01"),
        on=date(2027, 4, 1),
        answer=A.NO_RULE_ON_FILE,
        good=everything(),
    )


def _korea() -> Iterator[Sides]:
    yield Sides(
        key=("kr-eps", "age", "2007-01-01"),
        variant="manufacturing",
        good=(identity("1996-02-29"),),
        near={
            "a day too young": identity("2008-11-28"),
            "40 that day": identity("1986-11-27"),
            "age by own word": identity(assurance="own word"),
        },
        turns=_turns(
            ("2014-02-28", A.MISSING),
            ("2014-03-01", A.SATISFIED),
            ("2036-02-28", A.SATISFIED),
            ("2036-02-29", A.MISSING),
        ),
    )
    yield Sides(
        key=("kr-eps", "eps-klt", "2007-01-01"),
        variant="manufacturing",
        answer=A.THIRD_PARTY_EVIDENCE_ONLY,
        good=(recorded("EPS-KLT", "2024-11-27"),),
        near={"TOPIK is another test": recorded("TOPIK-2"), "Japanese": recorded("JLPT-N1")},
        turns=_turns(
            ("2024-11-26", A.MISSING),
            ("2024-11-27", A.THIRD_PARTY_EVIDENCE_ONLY),
            ("2026-11-27", A.THIRD_PARTY_EVIDENCE_ONLY),
            ("2026-11-28", A.EXPIRED),
        ),
    )
    for rule, since in (("skills-and-competency-test", "2025-05-01"), ("medical-check", "2007-01-01")):
        yield Sides(
            key=("kr-eps", rule, since),
            variant="manufacturing",
            answer=A.THIRD_PARTY_EVIDENCE_ONLY,
            good=everything(),
        )


def _gulf_and_malaysia() -> Iterator[Sides]:
    for programme, since in (
        *(("sa-work", "2024-02-13"), ("qa-work", "2024-02-13")),
        *(("ae-work", "2026-11-01"), ("kw-work", "2026-11-01")),
    ):
        yield Sides(key=(programme, "wafid", since), answer=A.RULE_NOT_CONFIRMED, good=everything())
        yield Sides(key=(programme, "conditions", "2026-11-01"), answer=A.NO_RULE_ON_FILE, good=everything())
    for key in (
        ("sa-work", "vocational-examination", "2024-10-22"),
        ("sa-work", "professional-verification", "2025-01-21"),
        ("qa-work", "visa-centre", "2024-07-10"),
    ):
        yield Sides(key=key, answer=A.THIRD_PARTY_EVIDENCE_ONLY, good=everything())
    yield Sides(
        key=("my-work", "domestic-age", "2018-02-10"),
        variant="domestic-work",
        good=(identity("2005-11-27"),),
        near={"a day too young": identity("2005-11-28"), "46 that day": identity("1980-11-27")},
        turns=_turns(
            ("2026-11-26", A.MISSING),
            ("2026-11-27", A.SATISFIED),
            ("2051-11-26", A.SATISFIED),
            ("2051-11-27", A.MISSING),
        ),
    )
    for rule, since in (("pre-departure-course", "2018-02-10"), ("medical-check", "2023-02-17")):
        yield Sides(
            key=("my-work", rule, since),
            variant="formal-sectors",
            answer=A.THIRD_PARTY_EVIDENCE_ONLY,
            good=everything(),
        )
    yield Sides(
        key=("my-work", "conditions", "2026-11-01"),
        variant="domestic-work",
        answer=A.NO_RULE_ON_FILE,
        good=everything(),
    )


def _cambodia() -> Iterator[Sides]:
    yield Sides(
        key=("kh-work", "health-check", "2020-12-31"),
        variant="trade",
        on=date(2026, 8, 31),
        good=(health("2026-08-31"),),
        turns=_turns(
            ("2026-08-30", A.MISSING),
            ("2026-08-31", A.SATISFIED),
            ("2027-02-28", A.SATISFIED),
            ("2027-03-01", A.EXPIRED),
        ),
    )
    yield Sides(
        key=("kh-work", "social-security", "2023-08-28"),
        variant="trade",
        good=(social_security("2026-11-01"),),
        turns=_turns(
            ("2026-10-31", A.MISSING),
            ("2026-11-01", A.SATISFIED),
            ("2026-12-01", A.SATISFIED),
            ("2026-12-02", A.EXPIRED),
        ),
    )
    for sector, certificate, training in (
        ("agriculture", "DEMO-RPL-PKH", "IRRIGATION-OM"),
        ("agro-processing", "DEMO-RPL-PKH", "PACKHOUSE"),
        ("construction", "DEMO-RPL-BRL", "PLUMBING"),
        ("manufacturing", "DEMO-RPL-ELA", "ASSEMBLY-LINE"),
        ("hospitality", "DEMO-RPL-HSK", "HOUSEKEEPING"),
    ):
        yield Sides(
            key=("kh-work", f"skill-{sector}", "2025-10-01"),
            variant=sector,
            good=(rpl(certificate), course(training)),
            near={
                "a part of the qualification": rpl(certificate, partial=True),
                "a course of no sector": course("MICRO-MBA"),
            },
        )
    yield Sides(
        key=("kh-work", "skill-logistics", "2025-10-01"),
        variant="logistics",
        good=(course("FORKLIFT-WAREHOUSE"),),
        near={"a certificate of another sector": rpl("DEMO-RPL-BRL")},
    )
    yield Sides(
        key=("kh-work", "food-safety", "2025-10-01"),
        variant="agro-processing",
        good=(course("HACCP"),),
        near={"another course of the sector": course("COLD-CHAIN")},
    )
    yield Sides(
        key=("kh-work", "skill-other", "2025-10-01"),
        variant="fishery",
        answer=A.NO_RULE_ON_FILE,
        good=everything(),
    )


def _pre_departure() -> Iterator[Sides]:
    yield Sides(
        key=("pre-departure", "orientation", "2025-10-01"),
        variant="JP",
        on=date(2026, 3, 1),
        good=(orientation("JP", "2026-02-28"),),
        near={"for another country": orientation("KR", "2026-02-28")},
        turns=_turns(
            ("2026-02-27", A.MISSING),
            ("2026-02-28", A.SATISFIED),
            ("2027-02-28", A.SATISFIED),
            ("2027-03-01", A.EXPIRED),
        ),
    )
    yield Sides(
        key=("pre-departure", "standard-contract", "2025-10-01"),
        variant="JP",
        good=(contract("JP"),),
        near={"for another country": contract("KR")},
    )
    yield Sides(
        key=("pre-departure", "health-check", "2025-10-01"),
        variant="JP",
        on=date(2026, 9, 1),
        good=(health("2026-08-15"),),
        turns=_turns(
            ("2026-08-14", A.MISSING),
            ("2026-08-15", A.SATISFIED),
            ("2027-02-15", A.SATISFIED),
            ("2027-02-16", A.EXPIRED),
        ),
    )
    yield Sides(
        key=("pre-departure", "financial-literacy", "2025-10-01"),
        variant="JP",
        on=date(2026, 3, 1),
        good=(finance("2026-02-28"),),
        turns=_turns(
            ("2026-02-27", A.MISSING),
            ("2026-02-28", A.SATISFIED),
            ("2027-02-28", A.SATISFIED),
            ("2027-03-01", A.EXPIRED),
        ),
    )


SIDES: Final = tuple(_all())
