"""From a row and its RLD record to the credential dataset that will be signed.

Identity facts come from the RLD record alone. The subject's identifier is random per credential,
and nothing derived from the RLD number leaves the issuer (DESIGN, section 4).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from issuer.class_list import ClassRow, Course, Qualification, RplAward, TrainingAward
from issuer.identity_link.matching import RldRecord
from vc.encoding.strict_json import JsonValue
from vc.issue import CredentialDataset

_ISCO_URI = "http://data.europa.eu/esco/isco/C"


@dataclass(frozen=True, kw_only=True, slots=True)
class Catalogue:
    """What can be awarded at all, by code, and the host our own identifiers live under."""

    qualifications: Mapping[str, Qualification]
    courses: Mapping[str, Course]
    did_host: str


def credential_type(row: ClassRow) -> str:
    """Our credential type for this kind of award."""
    return "RPLCertificate" if isinstance(row.award, RplAward) else "TrainingCertificate"


def award_code(row: ClassRow) -> str:
    """The code of the qualification or course."""
    return row.award.qualification_code if isinstance(row.award, RplAward) else row.award.course_code


def award_name(row: ClassRow) -> str:
    """Names one award of one person, so that it is never issued twice; kept as a blind index only.

    RLD number, type, code and day of decision.
    """
    day = row.award.decision_date if isinstance(row.award, RplAward) else row.award.end_date
    parts = (row.rld_number, credential_type(row), award_code(row), day.isoformat())
    return "\x1f".join(parts)


def build_dataset(
    row: ClassRow, record: RldRecord, catalogue: Catalogue, *, subject_id: str, certificate_number: str
) -> CredentialDataset:
    """The claims of one certificate; ``row`` has no errors and matches ``record``."""
    subject: dict[str, JsonValue] = {
        "id": subject_id,
        "type": ["AchievementSubject"],
        "nameKhmer": record.name_km,
        "nameLatin": record.name_latin,
        "birthDate": record.birth_date.isoformat(),
        "certificateNumber": certificate_number,
    }
    if isinstance(row.award, RplAward):
        qualification = catalogue.qualifications[row.award.qualification_code]
        title = _rpl_title(row.award, qualification)
        subject |= _rpl_claims(row.award, qualification, title, catalogue)
        return CredentialDataset(credential_type="RPLCertificate", name=title, subject=subject)
    course = catalogue.courses[row.award.course_code]
    subject |= _training_claims(row.award, course, catalogue)
    return CredentialDataset(credential_type="TrainingCertificate", name=course.title_en, subject=subject)


def _rpl_title(award: RplAward, qualification: Qualification) -> str:
    """Who passed some of the units holds no full qualification, and its title must say so."""
    return f"{qualification.title_en} (partial)" if award.partial else qualification.title_en


def _rpl_claims(
    award: RplAward, qualification: Qualification, title: str, catalogue: Catalogue
) -> dict[str, JsonValue]:
    achievement = _achievement(
        f"https://{catalogue.did_host}/qualifications/{qualification.code}",
        qualification.code,
        title,
        kind="Certificate",
        narrative="Competence was assessed against the units of competency listed, by two assessors.",
        alignments=_alignments(qualification.isco08, qualification.isco08_title, qualification.esco_uri),
    )
    # The level is that of the whole qualification; a part of it states none.
    if qualification.cqf_level is not None and not award.partial:
        achievement["cqfLevel"] = qualification.cqf_level
    titles = {unit.code: unit.title_en for unit in qualification.units}
    units: list[JsonValue] = [
        {"unitCode": code, "unitTitle": titles[code], "unitResult": "C"} for code in award.units
    ]
    return {
        "achievement": achievement,
        "localized": {"title": {"km": qualification.title_km + (" (ដោយផ្នែក)" if award.partial else "")}},
        "unitsOfCompetency": units,
        "assessors": list[JsonValue](award.assessors),
        "assessmentMethod": [award.assessment_method],
        "partial": award.partial,
        "assessmentDate": award.assessment_date.isoformat(),
        "decisionDate": award.decision_date.isoformat(),
    }


def _training_claims(award: TrainingAward, course: Course, catalogue: Catalogue) -> dict[str, JsonValue]:
    alignments = [] if course.isco08 is None else _alignments(course.isco08, course.isco08_title, None)
    claims: dict[str, JsonValue] = {
        "achievement": _achievement(
            f"https://{catalogue.did_host}/courses/{course.code}",
            course.code,
            course.title_en,
            kind="CertificateOfCompletion",
            narrative="The course was attended and its final assessment passed.",
            alignments=alignments,
        ),
        "localized": {"title": {"km": course.title_km}},
        "startDate": award.start_date.isoformat(),
        "endDate": award.end_date.isoformat(),
        "trainingHours": award.hours,
        "attendancePercent": award.attendance_percent,
        "finalResult": "passed",
    }
    if award.funder:
        claims["funder"] = award.funder
    if award.co_signer:
        claims["employerCoSigner"] = award.co_signer
    return claims


def _achievement(
    identifier: str, code: str, name: str, *, kind: str, narrative: str, alignments: Sequence[JsonValue]
) -> dict[str, JsonValue]:
    achievement: dict[str, JsonValue] = {
        "id": identifier,
        "type": ["Achievement"],
        "achievementType": kind,
        "humanCode": code,
        "name": name,
        "description": f"{name}. {narrative}",
        "criteria": {"narrative": narrative},
        "inLanguage": "en",
    }
    if alignments:
        achievement["alignment"] = list(alignments)
    return achievement


def _alignments(isco08: str, title: str | None, esco_uri: str | None) -> list[JsonValue]:
    alignments: list[JsonValue] = [
        _alignment(f"{_ISCO_URI}{isco08}", title or f"ISCO-08 {isco08}", isco08, "ISCO-08")
    ]
    if esco_uri is not None:
        alignments.append(_alignment(esco_uri, title or f"ISCO-08 {isco08}", None, "ESCO"))
    return alignments


def _alignment(url: str, name: str, code: str | None, framework: str) -> JsonValue:
    alignment: dict[str, JsonValue] = {
        "type": ["Alignment"],
        "targetName": name,
        "targetUrl": url,
        "targetFramework": framework,
    }
    if code is not None:
        alignment["targetCode"] = code
    return alignment
