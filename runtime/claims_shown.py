"""What a claim says, as text: for the holder who is about to show it, and for whoever it was shown to.

Both pages are drawn from this one function, so that what a holder sees before is what is seen after.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from runtime.i18n import SOURCE_LANGUAGE, gettext_noop
from vc.encoding.strict_json import JsonValue
from vc.model.claim_descriptions import claims_of
from vc.model.credential_types import credential_types

_YES: Final = gettext_noop("Yes")
_NO: Final = gettext_noop("No")
# What tells readers how to read the rest.
_NOT_SHOWN: Final = frozenset({"id", "type"})


@dataclass(frozen=True, kw_only=True, slots=True)
class ShownClaim:
    """One claim: a member of the subject, what it is called, and every value in it, as text."""

    claim: str
    title: str
    texts: tuple[str, ...]


def shown_claims(
    type_name: str, subject: Mapping[str, JsonValue], language: str, translate: Callable[[str], str]
) -> tuple[ShownClaim, ...]:
    """The claims of a type that ``subject`` has, in the order of the type; all of its members are there.

    Of a type that is none of ours, they are called what they are called in the subject.
    """
    known = claims_of(type_name) if type_name in credential_types() else ()
    names = {entry.claim: entry.names for entry in known}
    ordered = [*(claim for claim in names if claim in subject), *sorted(subject.keys() - names.keys())]
    return tuple(
        ShownClaim(
            claim=claim,
            title=_in_language(names.get(claim, {}), language) or claim,
            texts=tuple(_texts(subject[claim], translate)),
        )
        for claim in ordered
        if claim not in _NOT_SHOWN
    )


def _texts(value: JsonValue, translate: Callable[[str], str]) -> Iterator[str]:
    if isinstance(value, dict):
        for name, member in value.items():
            if name not in _NOT_SHOWN:
                yield from _texts(member, translate)
    elif isinstance(value, list):
        for element in value:
            yield from _texts(element, translate)
    elif isinstance(value, bool):
        yield translate(_YES if value else _NO)
    elif value is not None:
        yield str(value)


def _in_language(names: Mapping[str, str], language: str) -> str | None:
    return names.get(language) or names.get(SOURCE_LANGUAGE)
