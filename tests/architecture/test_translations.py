"""Every text a person can see exists in every language the pages offer."""

import re
from collections.abc import Iterator, Mapping
from itertools import chain
from os import PathLike
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from babel.messages.extract import extract_from_dir

from runtime.i18n import (
    LANGUAGE_NAMES,
    LANGUAGE_NAMES_ABROAD,
    LANGUAGES_OF_HOLDERS,
    PACKAGES,
    SOURCE_LANGUAGE,
    catalogue_files,
    package_folder,
    read_catalogue,
)
from trust_registry.catalogue import PROGRAMMES

# In Python the language comes first: translator.gettext(lang, "text"). In templates it is implied.
PYTHON_KEYWORDS: Mapping[str, tuple[int, ...] | None] = {"_": None, "gettext_noop": None, "gettext": (2,)}
TEMPLATE_KEYWORDS: Mapping[str, tuple[int, ...] | None] = {"_": None, "gettext": None, "ngettext": (1, 2)}
TEMPLATE_OPTIONS = {"extensions": "jinja2.ext.i18n", "newstyle_gettext": "true", "silent": "false"}

PLACEHOLDER = re.compile(r"%(?:%|\((\w+)\)[sd])")
NOT_OURS = frozenset({"node_modules", "build", "__pycache__"})
LANGUAGES = sorted(set(LANGUAGE_NAMES) - {SOURCE_LANGUAGE})
WITH_THOSE_ABROAD = [*LANGUAGES, *sorted(LANGUAGE_NAMES_ABROAD)]
# What the pages below runtime.i18n.PATHS_ABROAD are made of: beginnings of "package/file".
MADE_FOR_ABROAD = (
    "issuer/paper_passport/",
    "runtime/",
    "trust_registry/application_pages.py",
    "trust_registry/templates/application_answer.html",
    "trust_registry/templates/application_form.html",
    "trust_registry/templates/applied.html",
    "trust_registry/templates/apply.html",
    "verifier/",
    "vc/programmes/",
)
# What the pages below runtime.i18n.PATHS_OF_HOLDERS are made of, and what of that only officers see.
MADE_FOR_HOLDERS = (
    "runtime/",
    "trust_registry/doors.py",
    "trust_registry/sign_in_pages.py",
    "trust_registry/templates/sign_in.html",
    "vc/programmes/",
    "wallet_api/",
)
NOT_FOR_HOLDERS = (
    "wallet_api/kiosk",
    "wallet_api/protection",
    "wallet_api/recover",
    "wallet_api/templates/kiosk",
    "wallet_api/templates/protection",
    "wallet_api/templates/recover",
)
# Kept by an organisation's own staff, who have accounts here.
NOT_FOR_ABROAD = ("verifier/key_pages.py", "verifier/keys.py", "verifier/templates/keys.html")


def is_ours(folder: str | PathLike[str]) -> bool:
    return Path(folder).name not in NOT_OURS


def extracted(folder: Path) -> Iterator[tuple[str, str]]:
    """(place, msgid) of every translatable text of a package; of a plural, its singular."""
    python = extract_from_dir(folder, [("**.py", "python")], {}, PYTHON_KEYWORDS, directory_filter=is_ours)
    pattern = "**/templates/**.html"
    templates = extract_from_dir(
        folder,
        [(pattern, "jinja2.ext:babel_extract")],
        {pattern: TEMPLATE_OPTIONS},
        TEMPLATE_KEYWORDS,
        directory_filter=is_ours,
    )
    for name, line, msgid, _comments, _context in chain(python, templates):
        yield f"{folder.name}/{name}:{line}", msgid[0] if isinstance(msgid, tuple) else msgid


def all_extracted(beginnings: tuple[str, ...] = ("",), *, but_for: tuple[str, ...] = ()) -> dict[str, str]:
    """msgid → one place where it stands, over every package; or only of places that begin like this."""
    folders = [folder for package in PACKAGES if (folder := package_folder(package)) is not None]
    return {
        msgid: place
        for folder in folders
        for place, msgid in extracted(folder)
        if msgid and place.startswith(beginnings) and not place.startswith(but_for)
    }


def untranslated(language: str, wanted: Mapping[str, str]) -> list[str]:
    """Which of ``wanted`` (msgid → place) have no finished translation."""
    translated = set()
    for _, message in messages(language):
        english, forms = texts(message)
        if all(forms) and not message.fuzzy:
            translated.add(english[0])
    return sorted(f"{place}: {msgid}" for msgid, place in wanted.items() if msgid not in translated)


def messages(language: str) -> Iterator[tuple[Path, Message]]:
    for file in catalogue_files(language):
        for message in read_catalogue(file, language):
            if message.id:
                yield file, message


def texts(message: Message) -> tuple[list[str], list[str]]:
    """English and translated forms of a message."""
    english = [message.id] if isinstance(message.id, str) else list(message.id)
    string = message.string or ""
    return english, [string] if isinstance(string, str) else list(string)


def placeholders(text: str) -> set[str]:
    return {name for name in PLACEHOLDER.findall(text) if name}


def placeholder_faults(message: Message) -> list[str]:
    """What is wrong with the placeholders of one message, in words; empty when nothing is."""
    english, translated = texts(message)
    faults: list[str] = []
    if any("%" in PLACEHOLDER.sub("", form) for form in english + translated):
        faults.append("a percent sign that is neither a placeholder nor doubled")
    for form in translated:
        if form and placeholders(form) not in [placeholders(source) for source in english]:
            faults.append(f"placeholders {sorted(placeholders(form))}")
    return faults


def test_extraction_finds_texts_of_templates_and_of_python() -> None:
    found = all_extracted()
    assert found["Skip to the content"].startswith("runtime/pages/templates/base.html:")
    assert found["Demonstration only. Not a service of the Royal Government of Cambodia."].startswith(
        "runtime/pages/__init__.py:"
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_translated(language: str) -> None:
    missing = untranslated(language, all_extracted())
    report = "\n".join(missing)
    assert not missing, f"{len(missing)} texts have no finished {language} translation:\n{report}"


@pytest.mark.parametrize("language", sorted(LANGUAGE_NAMES_ABROAD))
def test_every_text_of_the_pages_for_people_abroad_is_translated(language: str) -> None:
    made = all_extracted(MADE_FOR_ABROAD)
    staff = all_extracted(NOT_FOR_ABROAD)
    shown = {msgid: place for msgid, place in made.items() if msgid not in staff} | dict.fromkeys(
        PROGRAMMES.values(), "trust_registry/catalogue.py"
    )
    assert len(shown) > 100
    missing = untranslated(language, shown)
    report = "\n".join(missing)
    assert not missing, f"{len(missing)} texts have no finished {language} translation:\n{report}"


@pytest.mark.parametrize("language", LANGUAGES_OF_HOLDERS)
def test_every_text_of_the_holders_pages_is_translated(language: str) -> None:
    shown = all_extracted(MADE_FOR_HOLDERS, but_for=NOT_FOR_HOLDERS)
    assert len(shown) > 200
    missing = untranslated(language, shown)
    report = "\n".join(missing)
    assert not missing, f"{len(missing)} texts have no finished {language} translation:\n{report}"


@pytest.mark.parametrize("language", sorted(LANGUAGE_NAMES_ABROAD))
def test_a_catalogue_for_abroad_says_that_it_is_unreviewed(language: str) -> None:
    for file in catalogue_files(language):
        assert "Unreviewed" in file.read_text(encoding="utf-8").partition("\n")[0]


@pytest.mark.parametrize("language", WITH_THOSE_ABROAD)
def test_no_catalogue_holds_a_fuzzy_or_empty_message(language: str) -> None:
    faults = [
        f"{file.parent.parent.name}: {texts(message)[0][0]}"
        for file, message in messages(language)
        if message.fuzzy or not all(texts(message)[1])
    ]
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("language", WITH_THOSE_ABROAD)
def test_placeholders_survive_translation(language: str) -> None:
    faults = [
        f"{file.parent.parent.name}: {texts(message)[0][0]}: {fault}"
        for file, message in messages(language)
        for fault in placeholder_faults(message)
    ]
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("language", WITH_THOSE_ABROAD)
def test_packages_agree_on_a_shared_text(language: str) -> None:
    known: dict[str, tuple[Path, list[str]]] = {}
    disagreements = []
    for file, message in messages(language):
        english, forms = texts(message)
        first, agreed = known.setdefault(english[0], (file, forms))
        if agreed != forms:
            disagreements.append(f"{first.parent.parent.name} and {file.parent.parent.name}: {english[0]}")
    assert not disagreements, "\n".join(disagreements)


@pytest.mark.parametrize(
    ("english", "translated"),
    [
        ("Page %(page)s", "ទំព័រ"),
        ("Page %(page)s", "ទំព័រ %(pages)s"),
        ("Page", "ទំព័រ %(page)s"),
        ("Page %(page)s", "ទំព័រ %(page)s 5%"),
    ],
    ids=["placeholder_lost", "placeholder_renamed", "placeholder_invented", "bare_percent_sign"],
)
def test_a_placeholder_fault_is_seen(english: str, translated: str) -> None:
    assert placeholder_faults(Message(english, translated))
