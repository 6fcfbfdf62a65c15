"""From a row and its RLD record to the credential dataset that will be signed.

Identity facts come from the RLD record alone. The subject's identifier is random per credential,
and nothing derived from the RLD number leaves the issuer (DESIGN, section 4).
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from typing import Any

from issuer.class_list import ClassRow, CodeEntry, columns_of
from issuer.class_list.columns import CellKind, Column
from issuer.class_list.type_rules import Value
from issuer.identity_link.matching import RldRecord
from issuer.validity import ends_on
from schemas import read_type
from vc.encoding.strict_json import JsonValue
from vc.issue import CredentialDataset
from vc.model.credential_types import CredentialType, types_by_slug

_ISCO_URI = "http://data.europa.eu/esco/isco/C"
# Who passed some of the units holds no full qualification, and its title must say so.
_PARTIAL_EN, _PARTIAL_KM = " (partial)", " (ដោយផ្នែក)"


def award_name(row: ClassRow, kind: str) -> str:
    """Names one award of one person, so that it is never issued twice; kept as a blind index only.

    RLD number, type, and the cells that the type's description names.
    """
    credential_type = types_by_slug()[kind]
    cells = [_plain(row.values[key]) for key in read_type(credential_type.name)["named_by"]]
    return "\x1f".join((row.rld_number, credential_type.name, *map(str, cells)))


def award_code(row: ClassRow, kind: str) -> CodeEntry | None:
    """The qualification or course that is awarded; None for a type that is no achievement."""
    achievement = read_type(types_by_slug()[kind].name).get("achievement")
    return None if achievement is None else row.code(achievement["code"])


def stated_level(row: ClassRow, kind: str) -> int | None:
    """The CQF level the award states: that of the whole qualification, none for a part of it."""
    entry = award_code(row, kind)
    return None if entry is None or _is_partial(row, kind) else entry.cqf_level


def build_dataset(
    row: ClassRow,
    record: RldRecord,
    kind: str,
    *,
    did_host: str,
    subject_id: str,
    certificate_number: str,
    today: date,
) -> CredentialDataset:
    """The claims of one credential; ``row`` has no errors and matches ``record``.

    Ages are those of ``today``.
    """
    credential_type = types_by_slug()[kind]
    titles = _titles(row, credential_type)
    localized: dict[str, JsonValue] = {"title": {"km": titles["km"]}, **_localized_codes(row, kind)}
    subject: dict[str, JsonValue] = {
        "id": subject_id,
        "nameKhmer": record.name_km,
        "nameLatin": record.name_latin,
        **({"passportNameLatin": record.passport_name_latin} if record.passport_name_latin else {}),
        "birthDate": record.birth_date.isoformat(),
        "certificateNumber": certificate_number,
        "localized": localized,
    }
    for claim, years in credential_type.age_over.items():
        subject[claim] = _had_age(record.birth_date, years, today)
    if credential_type.is_achievement:
        subject |= _achievement_claims(row, credential_type, titles["en"], did_host)
    for column in columns_of(kind):
        _add_claim(subject, row, column)
    return CredentialDataset(
        credential_type=credential_type.name,
        name=titles["en"],
        subject=subject,
        valid_until=_valid_until(row, credential_type),
    )


def _titles(row: ClassRow, credential_type: CredentialType) -> Mapping[str, str]:
    """The title in English and Khmer: that of what is awarded, or what the description says."""
    entry = award_code(row, credential_type.slug)
    if entry is not None:
        partial = _is_partial(row, credential_type.slug)
        titles = achievement_titles(credential_type, entry)
        return {
            "en": titles["en"] + (_PARTIAL_EN if partial else ""),
            "km": titles["km"] + (_PARTIAL_KM if partial else ""),
        }
    template = read_type(credential_type.name).get("title", credential_type.titles)
    return {language: template[language].format(**_words(row, language)) for language in ("en", "km")}


def achievement_titles(credential_type: CredentialType, entry: CodeEntry) -> Mapping[str, str]:
    """The title in English and Khmer of the achievement that ``entry`` of the code list stands for."""
    template = read_type(credential_type.name)["achievement"].get("title", {"en": "{title}", "km": "{title}"})
    return {
        "en": template["en"].format(title=entry.title_en),
        "km": template["km"].format(title=entry.title_km),
    }


def _localized_codes(row: ClassRow, kind: str) -> dict[str, JsonValue]:
    """The titles of codes in both languages; a Khmer title nobody reviewed never stands alone."""
    found: dict[str, JsonValue] = {}
    for column in columns_of(kind):
        value = row.values.get(column.key)
        if column.localized is not None and isinstance(value, CodeEntry):
            found[column.localized] = {"en": value.title_en, "km": value.title_km}
    return found


def _had_age(born: date, years: int, day: date) -> bool:
    return (day.year - born.year - ((day.month, day.day) < (born.month, born.day))) >= years


def _words(row: ClassRow, language: str) -> dict[str, str]:
    """What a title may name: the cells of the row, codes by their title, choices by their word."""
    return {key: _word(value, language) for key, value in row.values.items()}


def _word(value: Value, language: str) -> str:
    if isinstance(value, CodeEntry):
        return value.title_km if language == "km" else value.title_en
    return str(value)


def _is_partial(row: ClassRow, kind: str) -> bool:
    return any(
        len(_units(row, column)) < len(row.code(column.of).units)
        for column in columns_of(kind)
        if column.kind is CellKind.UNITS
    )


def _units(row: ClassRow, column: Column) -> tuple[str, ...]:
    units = row.values[column.key]
    return units if isinstance(units, tuple) else ()


def _add_claim(subject: dict[str, JsonValue], row: ClassRow, column: Column) -> None:
    value = row.values.get(column.key)
    if value is None:
        return
    if column.kind is CellKind.UNITS:
        entry = row.code(column.of)
        titles = {unit.code: unit.title_en for unit in entry.units}
        codes = _units(row, column)
        subject["unitsOfCompetency"] = [
            {"unitCode": code, "unitTitle": titles[code], "unitResult": "C"} for code in codes
        ]
        subject["partial"] = len(codes) < len(entry.units)
    elif column.claim is not None and column.many:
        before = subject.setdefault(column.claim, [])
        if isinstance(before, list):
            before.append(_plain(value))
    elif column.claim is not None:
        subject[column.claim] = _plain(value)


def _plain(value: Value) -> JsonValue:
    if isinstance(value, CodeEntry):
        return value.code
    if isinstance(value, date):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value


def _valid_until(row: ClassRow, credential_type: CredentialType) -> datetime | None:
    validity = credential_type.validity
    if validity is None:
        return None
    rule = validity.rule if validity.rule_of is None else row.code(validity.rule_of).validity_rule
    if rule is None:
        return None
    last = ends_on(rule, row.day(validity.starts))
    return None if last is None else datetime.combine(last, time(23, 59, 59), tzinfo=UTC)


def _achievement_claims(
    row: ClassRow, credential_type: CredentialType, title: str, did_host: str
) -> dict[str, JsonValue]:
    described: Mapping[str, Any] = read_type(credential_type.name)["achievement"]
    entry = row.code(described["code"])
    achievement: dict[str, JsonValue] = {
        "id": f"https://{did_host}/{described['path']}/{entry.code}",
        "type": ["Achievement"],
        "achievementType": described["type"],
        "humanCode": entry.code,
        "name": title,
        "description": f"{title}. {described['narrative']}",
        "criteria": {"narrative": described["narrative"]},
        "inLanguage": "en",
    }
    if entry.isco08 is not None:
        achievement["alignment"] = _alignments(entry.isco08, entry)
    level = stated_level(row, credential_type.slug)
    if level is not None:
        achievement["cqfLevel"] = level
    return {"type": ["AchievementSubject"], "achievement": achievement}


def _alignments(isco08: str, entry: CodeEntry) -> list[JsonValue]:
    name = entry.isco08_title or f"ISCO-08 {isco08}"
    alignments: list[JsonValue] = [
        {**_alignment(f"{_ISCO_URI}{isco08}", name, "ISCO-08"), "targetCode": isco08}
    ]
    if entry.esco_uri is not None:
        alignments.append(_alignment(entry.esco_uri, name, "ESCO"))
    return alignments


def _alignment(url: str, name: str, framework: str) -> dict[str, JsonValue]:
    return {"type": ["Alignment"], "targetName": name, "targetUrl": url, "targetFramework": framework}
