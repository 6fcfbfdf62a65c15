"""The names of what can be accredited, from the code lists."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from runtime.i18n import gettext_noop
from schemas import read_json

CREDENTIAL_TYPES: Final = {
    "RPLCertificate": gettext_noop("Recognition of prior learning"),
    "TrainingCertificate": gettext_noop("Training course"),
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
_LISTS: Final = (("qualifications", "RPLCertificate"), ("courses", "TrainingCertificate"))


@dataclass(frozen=True, kw_only=True, slots=True)
class AwardName:
    """A qualification or course as the code lists name it."""

    code: str
    credential_type: str
    title_en: str
    title_km: str


@cache
def awards() -> tuple[AwardName, ...]:
    """Every qualification and course, in the order of the code lists."""
    return tuple(
        AwardName(
            code=entry["code"],
            credential_type=credential_type,
            title_en=entry["title_en"],
            title_km=entry["title_km"],
        )
        for name, credential_type in _LISTS
        for entry in read_json(f"data/{name}.json")[name]
    )


@cache
def titles() -> Mapping[str, AwardName]:
    """``awards`` by code."""
    return {award.code: award for award in awards()}
