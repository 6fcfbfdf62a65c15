"""What a card in the wallet shows, read from a credential this service verified on arrival."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import cache

from schemas import read_json, read_type
from vc.encoding.strict_json import JsonValue
from vc.encoding.timestamps import parse_timestamp
from vc.model.credential_types import CredentialType, credential_types
from vc.model.verdict import Answer, Question, Reason, Verification

_OTHER_SECTOR = "other"


class State(StrEnum):
    """How a credential stands, in the fewest words."""

    IN_FORCE = "in_force"
    REVOKED = "revoked"
    REPLACED = "replaced"
    SUSPENDED = "suspended"
    NOT_IN_FORCE = "not_in_force"
    COULD_NOT_CHECK = "could_not_check"


_ENDED = {
    Reason.REVOKED: State.REVOKED,
    Reason.REPLACED: State.REPLACED,
    Reason.SUSPENDED: State.SUSPENDED,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Card:
    """One credential as its holder sees it. ``since`` is the day it ended, where known.

    ``taken_back_at`` is when its centre said that it was issued in error.

    ``kind`` is the slug of its type, or the empty text for a type that is none of ours.
    """

    id: str
    kind: str
    is_printed: bool
    sector: str
    title_en: str
    title_km: str | None
    centre: Mapping[str, str]
    awarded_on: date
    certificate_number: str | None
    name_khmer: str | None
    name_latin: str | None
    state: State
    since: str | None
    checked_at: datetime
    taken_back_at: datetime | None = None


def read_card(credential_id: str, document: Mapping[str, JsonValue], verification: Verification) -> Card:
    """The card of ``document``; its state and the centre's name are those of ``verification``."""
    subject = _mapping(document.get("credentialSubject"))
    achievement = _mapping(subject.get("achievement"))
    code = _text(achievement.get("humanCode")) or ""
    issuer = _mapping(document.get("issuer"))
    state, since = state_of(verification)
    credential_type = _type_of(document)
    return Card(
        id=credential_id,
        kind="" if credential_type is None else credential_type.slug,
        is_printed=credential_type is None or credential_type.is_printed,
        sector=_sectors().get(code) or _text(subject.get("sector")) or _OTHER_SECTOR,
        title_en=_text(achievement.get("name")) or _text(document.get("name")) or code,
        title_km=_text(_mapping(_mapping(subject.get("localized")).get("title")).get("km")),
        # Without a trust list at hand the name signed in the credential has to do.
        centre=verification.issuer_name or {"en": _text(issuer.get("name")) or ""},
        awarded_on=_awarded_on(document, subject, credential_type),
        certificate_number=_text(subject.get("certificateNumber")),
        name_khmer=_text(subject.get("nameKhmer")),
        name_latin=_text(subject.get("nameLatin")),
        state=state,
        since=since,
        checked_at=verification.checked_at,
    )


def state_of(verification: Verification) -> tuple[State, str | None]:
    """The state and since when, from the verdict *in force*; genuineness was settled on arrival."""
    others = [verification.verdicts[q] for q in (Question.AUTHENTIC, Question.ENTITLED)]
    verdict = verification.verdicts[Question.IN_FORCE]
    if any(other.answer is Answer.NO for other in others):
        return State.NOT_IN_FORCE, None
    if verdict.answer is Answer.NO:
        return _ENDED.get(verdict.reason, State.NOT_IN_FORCE), verdict.since
    if verdict.answer is Answer.YES and all(other.answer is Answer.YES for other in others):
        return State.IN_FORCE, None
    return State.COULD_NOT_CHECK, None


def _type_of(document: Mapping[str, JsonValue]) -> CredentialType | None:
    names = [name for name in _items(document.get("type")) if isinstance(name, str)]
    return next((credential_types()[name] for name in names if name in credential_types()), None)


def _awarded_on(
    document: Mapping[str, JsonValue],
    subject: Mapping[str, JsonValue],
    credential_type: CredentialType | None,
) -> date:
    """The last day the credential states of what it is about, else the day it was signed."""
    for name in () if credential_type is None else _days_of(credential_type.name):
        text = _text(subject.get(name))
        if text is not None:
            return date.fromisoformat(text)
    return parse_timestamp(_text(document.get("validFrom")) or "").date()


@cache
def _days_of(name: str) -> tuple[str, ...]:
    """The claims of a type that are days, the last column first."""
    days = [column for column in read_type(name)["columns"] if column["kind"] == "date"]
    return tuple(column["claim"] for column in reversed(days) if "claim" in column)


@cache
def _sectors() -> Mapping[str, str]:
    """Sector by code of every qualification and course."""
    found: dict[str, str] = {}
    for name in ("qualifications", "courses"):
        for entry in read_json(f"data/{name}.json")[name]:
            found[entry["code"]] = entry["sector"]
    return found


def _mapping(value: JsonValue) -> Mapping[str, JsonValue]:
    return value if isinstance(value, dict) else {}


def _items(value: JsonValue) -> list[JsonValue]:
    return value if isinstance(value, list) else [value]


def _text(value: JsonValue) -> str | None:
    return value if isinstance(value, str) and value else None
