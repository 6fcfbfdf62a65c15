"""The names of what can be accredited, from the code lists."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from runtime.i18n import gettext_noop
from schemas import read_json, read_type
from vc.model.credential_types import credential_types

# The kinds of organisation that a type may be issued by, as ``schemas/types/README.md`` names them.
ISSUER_KINDS: Final = {
    "authority": gettext_noop("labour authority"),
    "centre": gettext_noop("training centre"),
    "employer": gettext_noop("employer"),
    "labour_medical_department": gettext_noop("labour medical department"),
    "public_works": gettext_noop("public works"),
    "social_security_fund": gettext_noop("social security fund"),
}
# Routes to work that licences name, and the country each leads to.
PROGRAMMES: Final = {
    "jp-ssw": gettext_noop("Japan: specified skilled worker"),
    "jp-esd": gettext_noop("Japan: employment for skill development"),
    "kr-eps": gettext_noop("Korea: Employment Permit System"),
    "my-work": gettext_noop("Malaysia: foreign worker programme"),
    "sa-work": gettext_noop("Saudi Arabia: work"),
    "kh-work": gettext_noop("Work in Cambodia"),
}
COUNTRIES: Final = ("JP", "KR", "TH", "MY", "SG", "SA", "QA", "KW", "AE", "KH")


@dataclass(frozen=True, kw_only=True, slots=True)
class AwardName:
    """A qualification, course or other award as the code lists name it."""

    code: str
    credential_type: str
    title_en: str
    title_km: str


@cache
def type_titles(language: str) -> Mapping[str, str]:
    """The name of every credential type in a language; English where it has no other."""
    return {
        name: entry.titles.get(language, entry.titles["en"]) for name, entry in credential_types().items()
    }


def issuer_kinds() -> Mapping[str, list[str]]:
    """Who each type is meant to be issued by, in words to be translated."""
    return {
        name: [ISSUER_KINDS[kind] for kind in sorted(entry.issuers)]
        for name, entry in credential_types().items()
    }


@cache
def awards() -> tuple[AwardName, ...]:
    """Everything that an achievement can be of, in the order of the types and their code lists."""
    return tuple(
        AwardName(
            code=entry["code"],
            credential_type=credential_type,
            title_en=entry["title_en"],
            title_km=entry["title_km"],
        )
        for credential_type, name in _code_lists()
        for entry in read_json(f"data/{name}.json")[name]
    )


@cache
def titles() -> Mapping[str, AwardName]:
    """``awards`` by code."""
    return {award.code: award for award in awards()}


def _code_lists() -> Iterator[tuple[str, str]]:
    """Every type that is an achievement, with the code list of what is awarded."""
    for name in credential_types():
        described = read_type(name)
        if "achievement" in described:
            code = described["achievement"]["code"]
            yield name, next(column["list"] for column in described["columns"] if column["key"] == code)
