"""From unit costs to machines: what places of several sizes need, and what gives way first.

    python -m loadtest.capacity [--inputs FILE] [--write docs/explanation/scale.md]

Nothing is measured here: the costs stand in ``loadtest/capacity_inputs.json``, each with the command that
gives it. ``--write`` puts the tables between the marks of the page.
"""

import argparse
import math
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from loadtest.capacity_inputs import COMMITTED, Inputs, Place, read_inputs
from vc.verify.round import PARSED_TIMES

BEGIN: Final = "<!-- capacity: written by `python -m loadtest.capacity --write docs/explanation/scale.md` -->"
END: Final = "<!-- capacity: end -->"
_GIB: Final = 1024**3
_MIB: Final = 1024**2
_LEAST_PROCESSES: Final = 2
# The trust list changes a few times a day; of a hundred answers to "is it new" one has it.
_UNCHANGED_TIMES: Final = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class Needs:
    """What one place needs. Bytes and seconds; rates are a second."""

    place: Place
    lists: int
    processes: int
    machines: int
    worker_bytes: float
    trust_list_bytes: float
    notes_bytes: float
    database_bytes: float
    growth_bytes: float
    issued_a_day: float
    issuing_workers: int
    resign_seconds: float
    publisher_busy: float
    published_rate: float
    waiting_share: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Margin:
    """How much of one bound is used; 1 is all of it. ``remedy`` is what to do before that."""

    what: str
    used: float
    remedy: str


def needs_of(inputs: Inputs, place: Place) -> Needs:
    """What ``place`` needs, by the costs and choices of ``inputs``."""
    costs, choices = inputs.costs, inputs.choices
    entries = place.credentials * (1 + choices.copies_a_credential)
    lists = max(1, math.ceil(entries / choices.list_length))
    noted = choices.list_length * choices.ended_share
    processes = max(
        _LEAST_PROCESSES, math.ceil(place.checks_a_second * costs.check_seconds / choices.most_busy)
    )
    issued_a_day = place.issued_a_year / choices.working_days
    hours = choices.working_hours * 3_600 * choices.most_busy
    resign = lists * costs.publish_list_seconds
    row = (
        costs.issuer_row_bytes
        + costs.wallet_row_bytes
        + costs.registry_row_bytes * (1 + choices.copies_a_credential)
    )
    return Needs(
        place=place,
        lists=lists,
        processes=processes,
        # One more than needed, so that one may stand still.
        machines=math.ceil(processes / choices.cores_a_machine) + 1,
        worker_bytes=costs.worker_bytes
        + lists * costs.worker_list_bytes
        + place.issuers * costs.worker_issuer_bytes,
        trust_list_bytes=place.issuers * costs.trust_issuer_bytes,
        notes_bytes=noted * costs.note_bytes,
        database_bytes=place.credentials * row,
        growth_bytes=place.issued_a_year * (row + costs.journal_row_bytes),
        issued_a_day=issued_a_day,
        issuing_workers=max(1, math.ceil(issued_a_day * costs.issue_seconds / hours)),
        resign_seconds=resign,
        publisher_busy=resign / choices.resign_seconds,
        published_rate=_published_rate(inputs, place, lists),
        waiting_share=_lists_asked_for(inputs, place, lists) / _checks_between(inputs, place),
    )


def _checks_between(inputs: Inputs, place: Place) -> float:
    """Checks at one verifier in the time that it takes a list for fresh."""
    return place.checks_a_second / place.verifiers * inputs.choices.refresh_seconds


def _lists_asked_for(inputs: Inputs, place: Place, lists: int) -> float:
    """Different lists that these checks name, where credentials come evenly from all lists."""
    return lists * -math.expm1(-_checks_between(inputs, place) / lists)


def _published_rate(inputs: Inputs, place: Place, lists: int) -> float:
    """Bytes a second to all verifiers in the busiest hour; each asks only for what its checks name.

    Every list is signed afresh all the time, so a copy too old to be used is most often an old edition too.
    """
    costs, choices = inputs.costs, inputs.choices
    asked = _lists_asked_for(inputs, place, lists) / choices.refresh_seconds
    changed = min(1.0, choices.refresh_seconds / choices.resign_seconds)
    one = changed * costs.list_bytes + (1 - changed) * costs.unchanged_bytes
    # The notes beside a list are fetched for who has ended.
    ended = place.checks_a_second / place.verifiers * choices.ended_share
    notes = ended * choices.list_length * choices.ended_share * costs.note_bytes
    trust = (costs.unchanged_bytes + place.issuers * costs.trust_issuer_bytes / _UNCHANGED_TIMES) / (
        choices.refresh_seconds
    )
    return place.verifiers * (asked * one + notes + trust)


def _remembered(inputs: Inputs, needs: Needs) -> float:
    """What a verifier's memory counts for a list and its notes: as received, as proven, as read."""
    return 3 * PARSED_TIMES * needs.notes_bytes + inputs.choices.list_length / 8


def margins_of(inputs: Inputs, needs: Needs) -> tuple[Margin, ...]:
    """Every bound with how much of it ``needs`` uses, the tightest first."""
    limits, place = inputs.limits, needs.place
    costs = inputs.costs
    found = (
        Margin(
            what="largest answer a verifier fetches (trust list)",
            used=needs.trust_list_bytes / limits.fetch_bytes,
            remedy="raise PASSPORT_FETCH_MAX_BYTES (up to 20 MB), then a trust list for each authority",
        ),
        Margin(
            what="members of a trust list",
            used=place.issuers * costs.trust_issuer_members / limits.list_members,
            remedy="a trust list for each authority",
        ),
        Margin(
            what="documents a verifier holds",
            used=(2 * needs.lists + place.issuers + 2) / limits.documents_held,
            remedy="longer lists (1,048,576 entries), or verifiers by region",
        ),
        Margin(
            what="lists with notes a verifier remembers",
            used=needs.lists * _remembered(inputs, needs) / limits.memo_bytes,
            remedy="verifiers by region, so that each meets a part of the lists",
        ),
        Margin(
            what="one publisher's time between two signings",
            used=needs.publisher_busy,
            remedy="sign afresh less often (PASSPORT_STATUS_RESIGN_SECONDS), then longer lists",
        ),
    )
    return tuple(sorted(found, key=lambda margin: -margin.used))


_ROWS: Final[Sequence[tuple[str, Callable[[Needs], str]]]] = (
    ("holders", lambda n: f"{n.place.holders:,}"),
    ("credentials", lambda n: f"{n.place.credentials:,}"),
    ("checks in the busiest second", lambda n: f"{n.place.checks_a_second:,.0f}"),
    ("verifier processes", lambda n: f"{n.processes:,}"),
    ("machines for them, one of them spare", lambda n: f"{n.machines:,}"),
    ("memory of a verifier process, MiB", lambda n: f"{n.worker_bytes / _MIB:,.0f}"),
    ("status lists", lambda n: f"{n.lists:,}"),
    ("trust list, kB", lambda n: f"{n.trust_list_bytes / 1e3:,.0f}"),
    ("lists to all verifiers in the busiest hour, Mbit/s", lambda n: f"{n.published_rate * 8 / 1e6:,.1f}"),
    ("checks that wait for a list to be fetched", lambda n: f"{n.waiting_share:.0%}"),
    ("signing all lists, minutes", lambda n: f"{n.resign_seconds / 60:,.1f}"),
    ("of the time between two signings", lambda n: f"{n.publisher_busy:.0%}"),
    ("certificates a working day", lambda n: f"{n.issued_a_day:,.0f}"),
    ("issuing processes", lambda n: f"{n.issuing_workers:,}"),
    ("databases, GiB", lambda n: f"{n.database_bytes / _GIB:,.1f}"),
    ("growth a year, GiB", lambda n: f"{n.growth_bytes / _GIB:,.1f}"),
)


def tables(inputs: Inputs) -> str:
    """What each place needs, and what of it is tightest, as two tables of Markdown."""
    all_needs = [needs_of(inputs, place) for place in inputs.places]
    names = [needs.place.name for needs in all_needs]
    lines = [_row("", *names), _row("---", *("---:" for _ in names))]
    lines += [_row(title, *(show(needs) for needs in all_needs)) for title, show in _ROWS]
    lines += ["", _row("place", "gives way first", "used", "next", "used", "what to do"), _row(*["---"] * 6)]
    for needs in all_needs:
        first, second = margins_of(inputs, needs)[:2]
        lines.append(
            _row(
                needs.place.name,
                first.what,
                f"{first.used:.0%}",
                second.what,
                f"{second.used:.0%}",
                first.remedy,
            )
        )
    return "\n".join(lines)


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def written_into(page: str, inputs: Inputs) -> str:
    """``page`` with the tables between its marks. Raises ``ValueError`` where it has none."""
    between = re.compile(f"{re.escape(BEGIN)}.*?{re.escape(END)}", re.DOTALL)
    text = f"{BEGIN}\n\n{tables(inputs)}\n\n{END}"
    written, count = between.subn(lambda _: text, page)
    if count != 1:
        raise ValueError("the page has not exactly one place for the tables")
    return written


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the tables, or write them into a page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--inputs", type=Path, default=COMMITTED)
    parser.add_argument("--write", type=Path, help="the page to write the tables into")
    chosen = parser.parse_args(arguments)
    inputs = read_inputs(chosen.inputs)
    if chosen.write is None:
        sys.stdout.write(f"{tables(inputs)}\n")
        return
    page = chosen.write.read_text(encoding="utf-8")
    chosen.write.write_text(written_into(page, inputs), encoding="utf-8")


if __name__ == "__main__":
    main()
