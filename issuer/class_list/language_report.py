"""Which Khmer texts of the code lists somebody who knows the subject has read, and which wait for that."""

from dataclasses import dataclass
from functools import cache

from issuer.class_list.catalogue import CodeEntry, Unit, code_list
from issuer.class_list.columns import columns_of
from vc.model.credential_types import types_by_slug


@dataclass(frozen=True, kw_only=True, slots=True)
class KhmerText:
    """The title of a code, or of a unit of a qualification, in both languages."""

    code: str
    english: str
    khmer: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ListReport:
    """A code list by the name of its file: how many texts were reviewed, and those that were not."""

    name: str
    reviewed: int
    unreviewed: tuple[KhmerText, ...]


@cache
def language_report() -> tuple[ListReport, ...]:
    """Every code list that a type uses, in the order of its name."""
    names = {column.list_name for kind in types_by_slug() for column in columns_of(kind) if column.list_name}
    return tuple(_report(name) for name in sorted(names))


def _report(name: str) -> ListReport:
    reviewed, unreviewed = 0, []
    for entry in code_list(name).values():
        titled: tuple[CodeEntry | Unit, ...] = (entry, *entry.units)
        if entry.km_reviewed:
            reviewed += len(titled)
        else:
            unreviewed += [
                KhmerText(code=one.code, english=one.title_en, khmer=one.title_km) for one in titled
            ]
    return ListReport(name=name, reviewed=reviewed, unreviewed=tuple(unreviewed))
