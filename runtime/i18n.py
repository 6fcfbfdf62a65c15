"""Languages: gettext catalogues, choice of the reader's language, dates as people write them.

* A string's identity is its English text. Translations are ``<package>/locale/<lang>.po``, one file per
  package; they are read at start and merged, so a string shared by two packages is translated once.
* There is no compile step: ``.po`` is what translators edit and what runs.
* A fuzzy or missing translation falls back to English; ``tests/architecture/test_translations.py``
  keeps that from being released.
* Dates leave the machine as ISO 8601; only their display is localized.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta, timezone
from functools import cache
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path

from babel import Locale
from babel.dates import format_date, format_time
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

SOURCE_LANGUAGE = "en"
DEFAULT_LANGUAGE = "km"
PACKAGES = (
    "runtime", "vc", "schemas",
    "trust_registry", "issuer", "revocation", "verifier", "wallet_api", "passport",
)  # fmt: skip
#: Each language by its own name, as the language switch shows it.
LANGUAGE_NAMES: Mapping[str, str] = {"km": "ខ្មែរ", "en": "English"}
#: The further languages of the pages that people abroad read, and of no others.
LANGUAGE_NAMES_ABROAD: Mapping[str, str] = {
    "ja": "日本語", "ko": "한국어", "ms": "Bahasa Melayu", "th": "ไทย", "ar": "العربية",
}  # fmt: skip
#: Those pages: each of these paths and all below it. A path added here must be translated whole:
#: ``tests/architecture/test_translations.py`` lists what its pages are made of.
PATHS_ABROAD = ("/trust/apply", "/verify", "/v", "/s")
#: The further languages of what holders read, and where that is: many came back from Thailand.
LANGUAGES_OF_HOLDERS = ("th",)
PATHS_OF_HOLDERS = ("/wallet", "/sign-in")
#: Below those, what only staff with an account here sees.
PATHS_OF_STAFF = ("/verify/keys", "/wallet/kiosk", "/wallet/protection", "/sign-in/second-step")
RIGHT_TO_LEFT = frozenset({"ar"})

# Cambodia keeps UTC+7 all year, so no time zone database is needed.
PHNOM_PENH = timezone(timedelta(hours=7))

_LONGEST_ACCEPT_LANGUAGE = 1000
# Day, month, year is not the order everywhere.
_DATE_PATTERNS: Mapping[str, str] = {"ja": "y年M月d日", "ko": "y년 M월 d일"}


def gettext_noop(msgid: str) -> str:
    """Mark ``msgid`` for translation where it is defined; it is translated where it is shown."""
    return msgid


def package_folder(package: str) -> Path | None:
    """The folder of a top-level package of this product, or None where it is not installed."""
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(spec.submodule_search_locations[0])


def catalogue_files(language: str, packages: Iterable[str] = PACKAGES) -> list[Path]:
    """Every ``<package>/locale/<language>.po``, and ``<part>.<language>.po`` beside it."""
    folders = [folder for package in packages if (folder := package_folder(package)) is not None]
    patterns = (f"{language}.po", f"*.{language}.po")
    return [file for folder in folders for p in patterns for file in sorted((folder / "locale").glob(p))]


def read_catalogue(file: Path, language: str) -> Catalog:
    """Read one ``.po`` file.

    Raises:
        babel.messages.pofile.PoFileError: the file is not a message catalogue.
    """
    with file.open("rb") as stream:
        return read_po(stream, locale=language, abort_invalid=True)


def _merged(catalogues: Iterable[Catalog]) -> Translations:
    merged: Translations | None = None
    for catalogue in catalogues:
        compiled = BytesIO()
        write_mo(compiled, catalogue)
        compiled.seek(0)
        translations = Translations(compiled)
        # The first stays the base: an empty one would bring the plural rule of English.
        merged = translations if merged is None else merged.merge(translations)
    return merged or Translations()


@cache
def _installed(language: str) -> Translations:
    """What is installed in ``language``, compiled once in a process: it takes a second, for every service."""
    return _merged(read_catalogue(file, language) for file in catalogue_files(language))


class Translator:
    """The translations of every package, by language. English needs no catalogue."""

    def __init__(self, catalogues: Mapping[str, Iterable[Catalog]] | None = None) -> None:
        """Read the catalogues of every package, or take those given (language → catalogues)."""
        self._translations: dict[str, NullTranslations] = (
            {language: _installed(language) for language in (*LANGUAGE_NAMES, *LANGUAGE_NAMES_ABROAD)}
            if catalogues is None
            else {language: _merged(several) for language, several in catalogues.items()}
        )
        self._translations[SOURCE_LANGUAGE] = NullTranslations()

    def translations(self, language: str) -> NullTranslations:
        """The merged translations of ``language``.

        Raises:
            KeyError: no catalogue of that language exists.
        """
        return self._translations[language]

    def gettext(self, language: str, msgid: str, /, **placeholders: object) -> str:
        """``msgid`` in ``language``; ``%(name)s`` placeholders are filled when any are given."""
        text = self.translations(language).ugettext(msgid)
        return text % placeholders if placeholders else text


def _primary_subtag(tag: str) -> str:
    return tag.strip().replace("_", "-").split("-", 1)[0].lower()


def _quality(parameter: str) -> float:
    name, _, value = parameter.partition("=")
    if name.strip().lower() != "q":
        return 1.0
    try:
        quality = float(value)
    except ValueError:
        return 0.0
    return quality if 0.0 <= quality <= 1.0 else 0.0


def _accepted(header: str) -> list[str]:
    """Primary subtags of an Accept-Language header (RFC 9110 section 12.5.4), most wanted first."""
    wanted: list[tuple[float, str]] = []
    for part in header[:_LONGEST_ACCEPT_LANGUAGE].split(","):
        tag, _, parameter = part.partition(";")
        quality = _quality(parameter) if parameter else 1.0
        if tag.strip() and quality > 0.0:
            wanted.append((quality, _primary_subtag(tag)))
    wanted.sort(key=lambda item: -item[0])
    return [subtag for _, subtag in wanted]


def negotiate_language(
    query: str | None,
    cookie: str | None,
    accept_language: str | None,
    available: Sequence[str] = ("km", "en"),
) -> str:
    """The language to answer in: what was asked for, else chosen before, else preferred, else Khmer.

    Unknown or malformed wishes are passed over, never an error.
    """
    candidates = [query, cookie, *_accepted(accept_language or "")]
    for candidate in candidates:
        if candidate and (subtag := _primary_subtag(candidate[:35])) in available:
            return subtag
    return DEFAULT_LANGUAGE


def wanted_languages(accept_language: str | None, available: Sequence[str]) -> tuple[str, ...]:
    """Those of ``available`` that a program says its reader understands, and English; else all of them."""
    wanted = _accepted(accept_language or "")
    found = tuple(language for language in available if language in wanted)
    if not found or "*" in wanted:
        return tuple(available)
    return tuple(dict.fromkeys((*found, SOURCE_LANGUAGE)))


def languages_at(path: str) -> tuple[str, ...]:
    """The languages that the page at ``path`` is offered in; whatever goes wrong there speaks them too."""
    further: Iterable[str] = ()
    if _is_below(path, PATHS_ABROAD):
        further = LANGUAGE_NAMES_ABROAD
    elif _is_below(path, PATHS_OF_HOLDERS):
        further = LANGUAGES_OF_HOLDERS
    return (*LANGUAGE_NAMES, *(() if _is_below(path, PATHS_OF_STAFF) else further))


def _is_below(path: str, sections: Iterable[str]) -> bool:
    return any(path == section or path.startswith(f"{section}/") for section in sections)


def language_name(language: str) -> str:
    """``language`` by its own name; its code where it has none here."""
    return LANGUAGE_NAMES.get(language) or LANGUAGE_NAMES_ABROAD.get(language) or language


def name_in(names: Mapping[str, str], language: str) -> str | None:
    """A name in ``language`` where there is one, else in English, else in any; None without names."""
    return names.get(language) or names.get(SOURCE_LANGUAGE) or next(iter(names.values()), None)


def direction(language: str) -> str:
    """``rtl`` or ``ltr``, for the HTML ``dir`` attribute."""
    return "rtl" if language in RIGHT_TO_LEFT else "ltr"


def display_date(day: date, language: str) -> str:
    """``day`` with the month's name: ``22 November 2026``, ``22 វិច្ឆិកា 2026``, ``2026年11月22日``."""
    return format_date(day, _DATE_PATTERNS.get(language, "d MMMM y"), locale=Locale(language))


def display_moment(moment: datetime, language: str) -> str:
    """An aware ``moment`` in Cambodian time: ``22 November 2026, 19:31:05 (UTC+7)``.

    Raises:
        ValueError: ``moment`` has no time zone.
    """
    if moment.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    local = moment.astimezone(PHNOM_PENH)
    time_of_day = format_time(local, "HH:mm:ss", locale=Locale(language))
    return f"{display_date(local.date(), language)}, {time_of_day} (UTC+7)"
