"""Who may ask: the licences of verifiers, as the trust list states them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from vc.encoding.strict_json import JsonValue
from vc.errors import MalformedValue
from vc.model.credential import require_time
from vc.trust.reading import (
    require_each,
    require_names,
    require_text,
    require_texts,
    text_or_none,
    time_or_none,
)
from vc.trust.windows import Suspension, is_within, parse_suspension

_NUMBER = re.compile(r"[A-Z0-9](?:[A-Z0-9.-]{0,38}[A-Z0-9])?")
_KHMER_DIGITS = str.maketrans("០១២៣៤៥៦៧៨៩", "0123456789")
_SEPARATORS = re.compile(r"[\s/_\u200b]+")
_MAX_TYPED = 80


class VerifierClass(StrEnum):
    """What kind of asker a licence is for."""

    AGENCY = "agency"
    FOREIGN_ORGANISATION = "foreign-organisation"
    EMPLOYER = "employer"
    PUBLIC_BODY = "public-body"


@dataclass(frozen=True, kw_only=True, slots=True)
class Licence:
    """One licensed verifier. ``countries`` are ISO 3166-1 alpha-2 codes; ``vouched_by`` a licence or DID."""

    licence_number: str
    verifier_class: VerifierClass
    name: Mapping[str, str]
    office: str
    phone: str
    countries: frozenset[str]
    programmes: frozenset[str]
    valid_from: datetime
    valid_until: datetime | None = None
    inspection_grade: str | None = None
    vouched_by: str | None = None
    suspensions: tuple[Suspension, ...] = ()

    def stands_at(self, moment: datetime) -> bool:
        """Whether the licence runs at ``moment`` and is not suspended."""
        runs = is_within(moment, self.valid_from, self.valid_until)
        return runs and not any(suspension.covers(moment) for suspension in self.suspensions)


def parse_licence_number(text: str) -> str:
    """A licence number as typed: case, spaces, slashes and Khmer digits do not matter.

    Raises ``MalformedValue`` for what is no number of a licence.
    """
    typed = text.strip().translate(_KHMER_DIGITS) if len(text) <= _MAX_TYPED else ""
    number = _SEPARATORS.sub("-", typed).upper()
    if not _NUMBER.fullmatch(number):
        raise MalformedValue("A licence number is letters, digits, dots and dashes.")
    return number


def licence_stands(licences: Mapping[str, Licence], number: str, now: datetime) -> bool:
    """Whether the licence ``number`` is in force, and whoever vouches for its holder too."""
    licence = licences.get(number)
    if licence is None or not licence.stands_at(now):
        return False
    voucher = licence.vouched_by
    if voucher is None or voucher.startswith("did:"):
        return True
    return voucher in licences and licences[voucher].stands_at(now)


def parse_licences(value: JsonValue, pointer: str) -> Mapping[str, Licence]:
    """The list's ``verifiers`` by licence number; none where the member is absent.

    Raises ``MalformedValue``, also for a licence number that stands there twice.
    """
    licences: dict[str, Licence] = {}
    for position, licence in enumerate(require_each(value, pointer, _parse_licence)):
        if licence.licence_number in licences:
            place = f"{pointer}/{position}/licenceNumber"
            raise MalformedValue("A licence stands in the list twice.", pointer=place)
        licences[licence.licence_number] = licence
    return licences


def _parse_licence(entry: Mapping[str, JsonValue], pointer: str) -> Licence:
    verifier_class = require_text(entry.get("class"), f"{pointer}/class")
    if verifier_class not in {known.value for known in VerifierClass}:
        raise MalformedValue("The class of verifier is not known.", pointer=f"{pointer}/class")
    return Licence(
        licence_number=require_text(entry.get("licenceNumber"), f"{pointer}/licenceNumber"),
        verifier_class=VerifierClass(verifier_class),
        name=require_names(entry.get("name"), f"{pointer}/name"),
        office=require_text(entry.get("office"), f"{pointer}/office"),
        phone=require_text(entry.get("phone"), f"{pointer}/phone"),
        countries=require_texts(entry.get("countries"), f"{pointer}/countries"),
        programmes=require_texts(entry.get("programmes"), f"{pointer}/programmes"),
        valid_from=require_time(entry.get("validFrom"), f"{pointer}/validFrom"),
        valid_until=time_or_none(entry.get("validUntil"), f"{pointer}/validUntil"),
        inspection_grade=text_or_none(entry.get("inspectionGrade"), f"{pointer}/inspectionGrade"),
        vouched_by=text_or_none(entry.get("vouchedBy"), f"{pointer}/vouchedBy"),
        suspensions=require_each(entry.get("suspensions"), f"{pointer}/suspensions", parse_suspension),
    )
