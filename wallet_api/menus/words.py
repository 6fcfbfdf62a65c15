"""Every text of the menus, and that each is one message of a phone in every language.

Identities are English, in letters of the GSM alphabet alone. A text with what is different each time is
made by a function of its own, which leaves out what does not fit.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from typing import Final

from babel import Locale

from runtime.i18n import Translator, gettext_noop

MAX_GSM: Final = 160
MAX_UCS2: Final = 70
"""3GPP TS 23.040 section 9.2.3.24.1: what one message holds; a screen of USSD (TS 23.038) holds as much."""
MENU_LANGUAGES: Final = ("km", "en", "th")
MAX_CODES: Final = 3
MAX_LOOKS: Final = 3
# 3GPP TS 23.038 section 6.2.1; those of the extension take two places.
_GSM: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_EXTENSION: Final = frozenset("^{}\\[~]|€")
_TELEPHONE: Final = re.compile(r"\+?[0-9][0-9 ]{1,15}[0-9]|[0-9]{3,4}")
# Khmer's sign that the next consonant is written below: both belong together.
_COENG: Final = "\u17d2"


class Text(StrEnum):
    """A text by its identity, which is its English."""

    MENU = gettext_noop("1 My card\n2 Who looked\n3 Stop sharing\n4 Check agency\n5 Help\n6 Language")
    ASK_PIN = gettext_noop("Type your PIN (6 digits). 0: back")
    ASK_AGENCY = gettext_noop("Type the licence number of the agency. 0: back")
    ASK_LANGUAGE = "1 ខ្មែរ\n2 English\n3 ไทย"
    SURE = gettext_noop("Stop everything you share?\n1 Yes\n0 No")
    SEND_NUMBER = gettext_noop("To go on, send %(number)s. It was not you? Send nothing.")
    SEND_NUMBER_TO_STOP = gettext_noop("Stop everything you share? To say yes, send %(number)s.")
    WRONG_NUMBER = gettext_noop("This is not the number that was sent. Begin again: send 0.")
    NOTHING = gettext_noop("Nothing opens here now. Try again in 15 minutes, or call %(hotline)s.")
    SHOW_CODES = gettext_noop("Show this to the employer:\n%(codes)s")
    LOOKS = gettext_noop("Who looked:\n%(looks)s")
    NO_LOOKS = gettext_noop("Nobody looked.")
    LOOKS_BY_PIN = gettext_noop("Who looked is told with your PIN: by USSD, by Telegram, or at a kiosk.")
    STOPPED = gettext_noop("Stopped. Nobody sees anything of you through a link any more.")
    LICENSED = gettext_noop(
        "Licensed for %(countries)s: %(name)s\nThe skills passport is free: do not pay for it."
    )
    SUSPENDED = gettext_noop("This licence is stopped for now. Do not sign. Do not pay.")
    NOT_LICENSED = gettext_noop("This licence is not good today. Do not sign. Do not pay.")
    UNKNOWN_AGENCY = gettext_noop("Nobody has this licence number. Look again. Do not sign. Do not pay.")
    NOT_CHECKED = gettext_noop("This could not be checked now. Do not pay. Call %(hotline)s.")
    HELP = gettext_noop("Help is free: call %(hotline)s. Do not pay for the skills passport.")
    WAIT = gettext_noop("Too many tries. Wait an hour, or call %(hotline)s.")
    DELETE_PIN = gettext_noop("Delete the message with your PIN from this chat.")
    CHAT = gettext_noop("The number of this chat: %(chat)s")


class Look(StrEnum):
    """A line of who looked, by its identity."""

    COMPANY = gettext_noop("A company looked")
    LINK = gettext_noop("Looked by a link")
    REFUSED = gettext_noop("Somebody was refused")
    STAFF = gettext_noop("Staff were refused")
    OFFICER = gettext_noop("An officer found you")
    NEW_PIN = gettext_noop("A new PIN was set")
    PRINTED = gettext_noop("It was printed")
    LOCKED = gettext_noop("The PIN was locked")


def fits(text: str) -> bool:
    """Whether ``text`` is one message of a phone."""
    if all(letter in _GSM or letter in _GSM_EXTENSION for letter in text):
        return len(text) + sum(letter in _GSM_EXTENSION for letter in text) <= MAX_GSM
    return len(text.encode("utf-16-be")) // 2 <= MAX_UCS2


def telephone_in(hotline: str) -> str:
    """The first number of a hotline's text: a message has no room for more."""
    found = _TELEPHONE.search(hotline)
    return found[0].strip() if found else ""


class Words:
    """The texts in the languages of the menus."""

    def __init__(self, translator: Translator, hotline: str) -> None:
        """``hotline`` is how the deployment writes its number."""
        self._translator = translator
        self._hotline = telephone_in(hotline)

    def say(self, language: str, text: Text, **values: str) -> str:
        """``text``; ``values`` fill its placeholders, the hotline's but for."""
        if text is Text.ASK_LANGUAGE:
            return text.value
        return self._translator.gettext(language, text.value, hotline=self._hotline, **values)

    def keys(self, language: str) -> tuple[str, ...]:
        """The lines of the menu, as the buttons of a keyboard."""
        return tuple(self.say(language, Text.MENU).split("\n"))

    def codes(self, language: str, codes: Sequence[str]) -> str | None:
        """What shows the newest of ``codes``; None where not even one fits."""
        for count in range(min(len(codes), MAX_CODES), 0, -1):
            said = self.say(language, Text.SHOW_CODES, codes="\n".join(codes[:count]))
            if fits(said):
                return said
        return None

    def looks(self, language: str, looks: Sequence[tuple[Look, str]]) -> str:
        """The last looks, each with its day as *dd.mm*."""
        lines = [f"{self._translator.gettext(language, one.value)} {day}" for one, day in looks[:MAX_LOOKS]]
        if not lines:
            return self.say(language, Text.NO_LOOKS)
        return self.say(language, Text.LOOKS, looks="\n".join(lines))

    def licensed(self, language: str, countries: Iterable[str], name: str) -> str:
        """That a licence is good, for which countries, and whose it is as far as that fits."""
        codes = sorted(countries)
        for places, called in _shorter(_names(codes, language), codes, " ".join(name.split())):
            said = self.say(language, Text.LICENSED, countries=", ".join(places), name=called)
            if fits(said):
                return said
        return self.say(language, Text.LICENSED, countries="", name="")


def _names(codes: Sequence[str], language: str) -> list[str]:
    territories = Locale(language).territories
    return [str(territories.get(code, code)).replace("\u200b", "") for code in codes]


def _shorter(names: list[str], codes: list[str], called: str) -> Iterator[tuple[list[str], str]]:
    """Less and less: countries by name, by code, the name cut, and at last fewer codes."""
    yield names, called
    for length in range(len(called), 0, -1):
        yield codes, _cut(called, length)
    for count in range(len(codes), 0, -1):
        yield codes[:count], ""


def _cut(text: str, length: int) -> str:
    """At most ``length`` characters, and no letter without what is written above or below it."""
    while 0 < length < len(text) and (
        unicodedata.category(text[length]).startswith("M") or text[length - 1] == _COENG
    ):
        length -= 1
    return text[:length].strip()
