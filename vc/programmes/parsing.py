"""From the JSON of a programme to its value. Nothing is guessed: what is not as it must be is refused.

Every function raises ``MalformedValue`` with the JSON pointer of the fault. What is read is
docs/reference/programmes.md.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import TypeVar

from schemas import type_names
from vc.encoding import json_pointer
from vc.encoding.strict_json import JsonValue
from vc.errors import MalformedValue
from vc.programmes.claims import is_claim_of, is_covered
from vc.programmes.model import (
    LANGUAGES,
    AgeWithin,
    Condition,
    Confidence,
    Evidence,
    EvidenceKind,
    IsVariant,
    Item,
    OneOf,
    Programme,
    RequesterKind,
    Requirement,
    Titles,
    Variant,
    Window,
)
from vc.programmes.sentences import NOTICES, WARNINGS
from vc.programmes.windows import is_duration, parse_day
from vc.trust.reading import (
    require_each,
    require_mapping,
    require_sequence,
    require_text,
    require_texts,
    require_whole,
    text_or_none,
)

_Object = Mapping[str, JsonValue]
_Choice = TypeVar("_Choice", bound=StrEnum)

_BASIS = ("source", "confidence", "effective_from")
_PROGRAMME = (
    *("id", "version", "title", "note", "recorded_on", "requesters", "requirements"),
    *("not_checked_here", "claims", "notices", *_BASIS),
)
_REQUIREMENT = ("id", "title", "kind", "recorded_on", *_BASIS)
_MAX_AGE = 150


def parse_programme(value: JsonValue) -> Programme:
    """Read a whole programme. Raises ``MalformedValue``."""
    entry = _object(value, "", _PROGRAMME, ("effective_until", "variants_are", "variants"))
    require_text(entry["note"], "/note")
    variants = require_each(entry.get("variants"), "/variants", _variant)
    _require_unique((variant.code for variant in variants), "/variants")
    programme = _programme(entry, variants)
    _require_coherent(programme)
    return programme


def _programme(entry: _Object, variants: Sequence[Variant]) -> Programme:
    requesters = _object(
        entry["requesters"], "/requesters", ("kinds", "unlisted_warning", *_BASIS), ("effective_until",)
    )
    first, last = _span(entry, "")
    _span(requesters, "/requesters")
    return Programme(
        id=require_text(entry["id"], "/id"),
        version=require_text(entry["version"], "/version"),
        title=_titles(entry["title"], "/title"),
        source=require_text(entry["source"], "/source"),
        confidence=_choice(Confidence, entry["confidence"], "/confidence"),
        effective_from=first,
        effective_until=last,
        recorded_on=_day(entry["recorded_on"], "/recorded_on"),
        variants_are=text_or_none(entry.get("variants_are"), "/variants_are"),
        variants=MappingProxyType({variant.code: variant for variant in variants}),
        requesters=_requesters(requesters["kinds"], "/requesters/kinds"),
        requesters_source=require_text(requesters["source"], "/requesters/source"),
        requesters_confidence=_choice(Confidence, requesters["confidence"], "/requesters/confidence"),
        unlisted_requester_warning=_sentence(
            WARNINGS, requesters["unlisted_warning"], "/requesters/unlisted_warning"
        ),
        requirements=require_each(entry["requirements"], "/requirements", _requirement),
        not_checked_here=require_each(entry["not_checked_here"], "/not_checked_here", _item),
        claims=_claims(entry["claims"], "/claims"),
        notices=_notices(entry["notices"], "/notices"),
    )


def _require_coherent(programme: Programme) -> None:
    """What no single member shows: variants that exist, versions told apart, claims that may be asked."""
    if (programme.variants_are is None) != (not programme.variants):
        raise MalformedValue("Variants and what they are belong together.", pointer="/variants_are")
    if not programme.requirements:
        raise MalformedValue("At least one requirement is expected here.", pointer="/requirements")
    _require_unique((item.id for item in programme.not_checked_here), "/not_checked_here")
    _require_unique(
        ((rule.id, rule.effective_from, rule.recorded_on) for rule in programme.requirements), "/requirements"
    )
    for position, variant in enumerate(programme.variants.values()):
        _require_begun(programme, variant.effective_from, json_pointer.join("/variants", position))
    for position, rule in enumerate(programme.requirements):
        pointer = json_pointer.join("/requirements", position)
        _require_begun(programme, rule.effective_from, pointer)
        if not rule.variants <= programme.variants.keys():
            raise MalformedValue("A variant is not one of this programme.", pointer=f"{pointer}/variants")
        for number, evidence in enumerate(rule.evidence):
            _require_askable(programme, evidence, json_pointer.join(pointer, "evidence", number))


def _require_begun(programme: Programme, day: date, pointer: str) -> None:
    if day < programme.effective_from:
        raise MalformedValue("This begins before its programme.", pointer=f"{pointer}/effective_from")


def _require_askable(programme: Programme, evidence: Evidence, pointer: str) -> None:
    """A rule that hangs on a claim nobody may ask for could never be met."""
    allowed = programme.claims.get(evidence.credential_type)
    needed = [condition.claim for condition in evidence.conditions]
    needed += [] if evidence.window is None else [evidence.window.from_claim]
    if allowed is None or not all(is_covered(claim, allowed) for claim in needed):
        raise MalformedValue("A claim that is needed here may not be asked for.", pointer=pointer)
    for number, condition in enumerate(evidence.conditions):
        if isinstance(condition, IsVariant) and not programme.variants:
            place = json_pointer.join(pointer, "conditions", number)
            raise MalformedValue("This programme has no variants.", pointer=place)


def _variant(entry: _Object, pointer: str) -> Variant:
    _object(entry, pointer, ("code", "title", *_BASIS), ("effective_until",))
    first, last = _span(entry, pointer)
    return Variant(
        code=require_text(entry["code"], f"{pointer}/code"),
        title=_titles(entry["title"], f"{pointer}/title"),
        source=require_text(entry["source"], f"{pointer}/source"),
        confidence=_choice(Confidence, entry["confidence"], f"{pointer}/confidence"),
        effective_from=first,
        effective_until=last,
    )


def _requirement(entry: _Object, pointer: str) -> Requirement:
    _object(entry, pointer, _REQUIREMENT, ("held_by", "variants", "evidence", "effective_until"))
    first, last = _span(entry, pointer)
    kind = _choice(EvidenceKind, entry["kind"], f"{pointer}/kind")
    evidence = require_each(entry.get("evidence"), f"{pointer}/evidence", _evidence)
    if (kind is EvidenceKind.CREDENTIAL and not evidence) or (kind is EvidenceKind.NO_RULE and evidence):
        raise MalformedValue("Evidence and kind do not fit together.", pointer=f"{pointer}/evidence")
    held_by = text_or_none(entry.get("held_by"), f"{pointer}/held_by")
    if (held_by is not None) != (kind is EvidenceKind.THIRD_PARTY):
        raise MalformedValue("Who holds a test is said of third parties.", pointer=f"{pointer}/held_by")
    variants = entry.get("variants")
    return Requirement(
        id=require_text(entry["id"], f"{pointer}/id"),
        title=_titles(entry["title"], f"{pointer}/title"),
        kind=kind,
        evidence=evidence,
        variants=frozenset() if variants is None else require_texts(variants, f"{pointer}/variants"),
        held_by=held_by,
        source=require_text(entry["source"], f"{pointer}/source"),
        confidence=_choice(Confidence, entry["confidence"], f"{pointer}/confidence"),
        effective_from=first,
        effective_until=last,
        recorded_on=_day(entry["recorded_on"], f"{pointer}/recorded_on"),
    )


def _evidence(entry: _Object, pointer: str) -> Evidence:
    _object(entry, pointer, ("type", "conditions"), ("validity",))
    return Evidence(
        credential_type=require_text(entry["type"], f"{pointer}/type"),
        conditions=require_each(entry["conditions"], f"{pointer}/conditions", _condition),
        window=None if entry.get("validity") is None else _window(entry["validity"], f"{pointer}/validity"),
    )


def _condition(entry: _Object, pointer: str) -> Condition:
    _object(entry, pointer, ("claim",), ("one_of", "variant", "age"))
    claim = require_text(entry["claim"], f"{pointer}/claim")
    if len(entry) != 2:
        raise MalformedValue("One test of the claim is expected here.", pointer=pointer)
    if "one_of" in entry:
        return OneOf(claim=claim, values=_values(entry["one_of"], f"{pointer}/one_of"))
    if "variant" in entry:
        if entry["variant"] is not True:
            raise MalformedValue("Only true is expected here.", pointer=f"{pointer}/variant")
        return IsVariant(claim=claim)
    age = _object(entry["age"], f"{pointer}/age", ("from", "below"))
    first = require_whole(age["from"], f"{pointer}/age/from", at_least=0, at_most=_MAX_AGE)
    below = require_whole(age["below"], f"{pointer}/age/below", at_least=first + 1, at_most=_MAX_AGE)
    return AgeWithin(claim=claim, from_years=first, below_years=below)


def _window(value: JsonValue, pointer: str) -> Window:
    entry = _object(value, pointer, ("duration", "from"))
    duration = require_text(entry["duration"], f"{pointer}/duration")
    if not is_duration(duration):
        raise MalformedValue("This is not a duration.", pointer=f"{pointer}/duration")
    return Window(duration=duration, from_claim=require_text(entry["from"], f"{pointer}/from"))


def _item(entry: _Object, pointer: str) -> Item:
    _object(entry, pointer, ("id", "title"))
    return Item(
        id=require_text(entry["id"], f"{pointer}/id"), title=_titles(entry["title"], f"{pointer}/title")
    )


def _claims(value: JsonValue, pointer: str) -> Mapping[str, frozenset[str]]:
    claims: dict[str, frozenset[str]] = {}
    for credential_type, paths in require_mapping(value, pointer).items():
        place = json_pointer.join(pointer, credential_type)
        if credential_type not in type_names():
            raise MalformedValue("There is no such type.", pointer=place)
        for number, path in enumerate(require_sequence(paths, place)):
            if not is_claim_of(credential_type, require_text(path, f"{place}/{number}")):
                raise MalformedValue("This type has no such claim.", pointer=f"{place}/{number}")
        claims[credential_type] = require_texts(paths, place)
    return MappingProxyType(claims)


def _requesters(value: JsonValue, pointer: str) -> frozenset[RequesterKind]:
    kinds = require_sequence(value, pointer)
    if not kinds:
        raise MalformedValue("At least one is expected here.", pointer=pointer)
    return frozenset(_choice(RequesterKind, kind, f"{pointer}/{n}") for n, kind in enumerate(kinds))


def _notices(value: JsonValue, pointer: str) -> tuple[str, ...]:
    codes = require_sequence(value, pointer)
    return tuple(_sentence(NOTICES, code, f"{pointer}/{n}") for n, code in enumerate(codes))


def _sentence(known: Mapping[str, str], value: JsonValue, pointer: str) -> str:
    sentence = known.get(require_text(value, pointer))
    if sentence is None:
        raise MalformedValue("No sentence has this code.", pointer=pointer)
    return sentence


def _values(value: JsonValue, pointer: str) -> tuple[str | int | bool, ...]:
    values = require_sequence(value, pointer)
    known = tuple(item for item in values if isinstance(item, str | int | bool))
    if not known or len(known) != len(values):
        raise MalformedValue("Texts, whole numbers or flags are expected here.", pointer=pointer)
    return known


def _titles(value: JsonValue, pointer: str) -> Titles:
    entry = _object(value, pointer, LANGUAGES)
    return {language: require_text(entry[language], f"{pointer}/{language}") for language in LANGUAGES}


def _span(entry: _Object, pointer: str) -> tuple[date, date | None]:
    first = _day(entry["effective_from"], f"{pointer}/effective_from")
    if entry.get("effective_until") is None:
        return first, None
    last = _day(entry["effective_until"], f"{pointer}/effective_until")
    if last < first:
        raise MalformedValue("The last day lies before the first.", pointer=f"{pointer}/effective_until")
    return first, last


def _day(value: JsonValue, pointer: str) -> date:
    day = parse_day(value)
    if day is None:
        raise MalformedValue("A day is expected here.", pointer=pointer)
    return day


def _choice(choices: type[_Choice], value: JsonValue, pointer: str) -> _Choice:
    text = require_text(value, pointer)
    if text not in {choice.value for choice in choices}:
        raise MalformedValue("This is not one of the values known here.", pointer=pointer)
    return choices(text)


def _object(value: object, pointer: str, required: Sequence[str], optional: Sequence[str] = ()) -> _Object:
    """An object with exactly these members."""
    if not isinstance(value, dict):
        raise MalformedValue("An object is expected here.", pointer=pointer)
    for name in required:
        if name not in value:
            raise MalformedValue("A member is missing.", pointer=json_pointer.join(pointer, name))
    for name in value:
        if name not in required and name not in optional:
            raise MalformedValue("This member is not known.", pointer=json_pointer.join(pointer, name))
    return value


def _require_unique(keys: Iterator[object], pointer: str) -> None:
    seen: set[object] = set()
    for position, key in enumerate(keys):
        if key in seen:
            place = json_pointer.join(pointer, position)
            raise MalformedValue("This stands here twice.", pointer=place)
        seen.add(key)
