"""What stands on a certificate, and the rules that text must keep to be printed at all."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from urllib.parse import urlsplit

from vc.errors import MalformedValue, RangeError

_MAX_TEXT = 200
_MAX_UNITS = 24
_MAX_ASSESSORS = 6
_MAX_FACTS = 12
_TYPED_CODE = re.compile(r"[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){2}")
# Joiners and the zero-width space are part of written Khmer; every other format character can
# make a printed name differ from the signed one (bidi overrides above all).
_KEPT_FORMAT_CHARACTERS = frozenset("\u200b\u200c\u200d\u2060")


class CertificateKind(StrEnum):
    """What the certificate attests: prior learning that was assessed, training attended, or facts."""

    RPL = "rpl"
    TRAINING = "training"
    FACTS = "facts"


@dataclass(frozen=True, kw_only=True, slots=True)
class UnitLine:
    """One unit of competency. ``result`` is printed as awarded, e.g. ``C``, ``NYC``, ``Pass``."""

    code: str
    title_en: str
    title_km: str | None = None
    result: str


@dataclass(frozen=True, kw_only=True, slots=True)
class FactLine:
    """One labelled fact. ``value_km`` is None where the value is the same in both languages."""

    label_en: str
    label_km: str
    value_en: str
    value_km: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class CertificateView:
    """Everything printed on one certificate, as plain text.

    ``title_km`` is None where no Khmer title exists; a Khmer title never stands without the
    English one. ``heading_en`` and ``heading_km`` name the type, and ``facts`` are its facts, where ``kind``
    is FACTS. ``isco08`` is None where the award names no occupation. ``hours`` are hours of
    instruction. ``verify_url`` goes into the QR code as it is; its host is printed. ``typed_code``
    is three groups of four Crockford base32 symbols.
    With ``demo`` the page is marked DEMO and as no service of the government.
    """

    holder_name_km: str
    holder_name_latin: str
    title_en: str
    title_km: str | None
    kind: CertificateKind
    heading_en: str
    heading_km: str
    facts: tuple[FactLine, ...]
    isco08: str | None
    isco08_title: str | None
    cqf_level: int | None
    units: tuple[UnitLine, ...]
    assessed_on: date | None
    decided_on: date | None
    started_on: date | None
    ended_on: date | None
    hours: int | None
    assessor_ids: tuple[str, ...]
    certificate_number: str
    centre_name_en: str
    centre_name_km: str
    centre_place: str
    issued_on: date
    verify_url: str
    typed_code: str
    hotline: str
    demo: bool

    @property
    def verify_host(self) -> str:
        """The host (with its port, if any) a person types by hand."""
        return urlsplit(self.verify_url).netloc

    @property
    def only_here(self) -> bool:
        """Whether the address opens on the machine that made it and nowhere else."""
        return urlsplit(self.verify_url).hostname in ("127.0.0.1", "localhost", "::1")


def require_printable(view: CertificateView) -> None:
    """Raise unless every text of ``view`` can be printed as it was signed.

    Raises MalformedValue for an empty or unprintable text, RangeError for one that is too long
    or for more units or assessors than a page holds.
    """
    for pointer, text in _texts(view):
        _require_text(text, pointer)
    if not _TYPED_CODE.fullmatch(view.typed_code):
        raise MalformedValue("The typed code must be three groups of four.", pointer="/typed_code")
    if urlsplit(view.verify_url).scheme not in ("http", "https") or not view.verify_host:
        raise MalformedValue("The verify address must be an http(s) URL.", pointer="/verify_url")
    if len(view.units) > _MAX_UNITS:
        raise RangeError(f"A certificate prints at most {_MAX_UNITS} units.", pointer="/units")
    if len(view.facts) > _MAX_FACTS:
        raise RangeError(f"A certificate prints at most {_MAX_FACTS} facts.", pointer="/facts")
    if len(view.assessor_ids) > _MAX_ASSESSORS:
        raise RangeError(f"A certificate prints at most {_MAX_ASSESSORS} assessors.", pointer="/assessor_ids")


def _texts(view: CertificateView) -> Iterator[tuple[str, str]]:
    for name in (
        "holder_name_km",
        "holder_name_latin",
        "title_en",
        "heading_en",
        "heading_km",
        "certificate_number",
        "centre_name_en",
        "centre_name_km",
        "centre_place",
        "verify_url",
        "hotline",
    ):
        yield f"/{name}", getattr(view, name)
    for name in ("title_km", "isco08", "isco08_title"):
        text = getattr(view, name)
        if text is not None:
            yield f"/{name}", text
    for index, assessor_id in enumerate(view.assessor_ids):
        yield f"/assessor_ids/{index}", assessor_id
    for index, fact in enumerate(view.facts):
        yield f"/facts/{index}/value_en", fact.value_en
        if fact.value_km is not None:
            yield f"/facts/{index}/value_km", fact.value_km
    for index, unit in enumerate(view.units):
        yield f"/units/{index}/code", unit.code
        yield f"/units/{index}/title_en", unit.title_en
        yield f"/units/{index}/result", unit.result
        if unit.title_km is not None:
            yield f"/units/{index}/title_km", unit.title_km


def _require_text(text: str, pointer: str) -> None:
    if not text.strip():
        raise MalformedValue("This text is empty.", pointer=pointer)
    if len(text) > _MAX_TEXT:
        raise RangeError(f"This text is longer than {_MAX_TEXT} characters.", pointer=pointer)
    if not all(_is_printable(character) for character in text):
        raise MalformedValue("This text holds a character that cannot be printed.", pointer=pointer)


def _is_printable(character: str) -> bool:
    if character in _KEPT_FORMAT_CHARACTERS:
        return True
    return unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
