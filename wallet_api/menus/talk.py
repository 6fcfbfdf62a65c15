"""The menu itself, without any door: what somebody means by what they typed, and how far they are then.

Pure. What needs a holder is only *asked for* here; each request opens at most once, and only by what was
typed last, so that one request is never more than one try at a PIN.
"""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from wallet_api.contacts import ascii_digits
from wallet_api.menus.words import Text

LANGUAGES: Final = {"1": "km", "2": "en", "3": "th"}
"""What each digit stands for where somebody chooses a language."""
MAX_TYPED: Final = 80
MAX_ENTRIES: Final = 20
NUMBER_DIGITS: Final = 4
_BACK: Final = "0"
_PIN: Final = re.compile(r"[0-9]{6}")
_NUMBER: Final = re.compile(rf"[0-9]{{{NUMBER_DIGITS}}}")
# A button of the keyboard sends its whole label.
_CHOICE: Final = re.compile(r"([0-6])(?: .*)?")
_HIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})


class Proof(StrEnum):
    """By what a holder shows that it is they: their PIN, or a number that was sent to the phone."""

    PIN = "pin"
    NUMBER = "number"


class Item(StrEnum):
    """What only a holder may have."""

    CARD = "card"
    LOOKS = "looks"
    STOP = "stop"


class Step(StrEnum):
    """How far a talk is: at the top, or waiting for what is named."""

    TOP = "top"
    CARD = "card"
    LOOKS = "looks"
    SURE = "sure"
    STOP = "stop"
    AGENCY = "agency"
    LANGUAGE = "language"


@dataclass(frozen=True, kw_only=True, slots=True)
class Say:
    """Say a text that is the same for everybody."""

    text: Text


@dataclass(frozen=True, kw_only=True, slots=True)
class Ask:
    """Ask for the proof that an item needs."""

    item: Item


@dataclass(frozen=True, kw_only=True, slots=True)
class Open:
    """Look whether ``proof`` is one, and if so give the item. ``repr`` does not show it."""

    item: Item
    proof: str

    def __repr__(self) -> str:
        return f"Open(item={self.item})"


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckAgency:
    """Say how the licence stands whose number was typed."""

    typed: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Speak:
    """Speak this language from now on, and show the menu."""

    language: str


Act = Say | Ask | Open | CheckAgency | Speak

_ITEMS: Final = {Step.CARD: Item.CARD, Step.LOOKS: Item.LOOKS, Step.STOP: Item.STOP}
_TOP: Final[tuple[Step, Act]] = (Step.TOP, Say(text=Text.MENU))


def tidy(typed: str) -> str:
    """What was typed, with digits of any script as those of ASCII and without what nobody sees."""
    text = " ".join(typed[: 4 * MAX_TYPED].split())
    shown = "".join(letter for letter in text if unicodedata.category(letter) not in _HIDDEN)
    return ascii_digits(shown).strip()[:MAX_TYPED]


def is_pin(typed: str) -> bool:
    """Whether what was typed may be somebody's PIN."""
    return _PIN.fullmatch(tidy(typed)) is not None


def move(step: Step, typed: str, proof: Proof) -> tuple[Step, Act]:
    """What ``typed`` means at ``step``, and where the talk is then.

    Whatever fits nowhere leads to the menu: nobody gets stuck, and nothing is an error.
    """
    text = tidy(typed)
    shape = _PIN if proof is Proof.PIN else _NUMBER
    if step in _ITEMS and shape.fullmatch(text):
        return Step.TOP, Open(item=_ITEMS[step], proof=text)
    if step is Step.SURE and text == "1":
        return Step.STOP, Ask(item=Item.STOP)
    if step is Step.LANGUAGE and text in LANGUAGES:
        return Step.TOP, Speak(language=LANGUAGES[text])
    if step is Step.AGENCY and text and text != _BACK and not (" " in text and _CHOICE.fullmatch(text)):
        return Step.TOP, CheckAgency(typed=text)
    return _chosen(text, proof)


def walk(entries: str, proof: Proof = Proof.PIN) -> tuple[str | None, Step, Act]:
    """Where somebody is who typed ``entries``, as USSD gateways join them by ``*``.

    The language chosen on the way or None, the step, and what the last entry means. Nothing is kept
    between two requests of a session: the entries are all there is to it.
    """
    typed = entries.split("*") if entries else []
    language: str | None = None
    step, act = _TOP
    for entry in typed if len(typed) <= MAX_ENTRIES else []:
        step, act = move(step, entry, proof)
        if isinstance(act, Speak):
            language = act.language
    return language, step, act


def _chosen(text: str, proof: Proof) -> tuple[Step, Act]:
    match = _CHOICE.fullmatch(text)
    choice = match[1] if match else _BACK
    by_pin = proof is Proof.PIN
    chosen: dict[str, tuple[Step, Act]] = {
        "1": (Step.CARD, Ask(item=Item.CARD)),
        "2": (Step.LOOKS, Ask(item=Item.LOOKS)) if by_pin else (Step.TOP, Say(text=Text.LOOKS_BY_PIN)),
        "3": (Step.SURE, Say(text=Text.SURE)) if by_pin else (Step.STOP, Ask(item=Item.STOP)),
        "4": (Step.AGENCY, Say(text=Text.ASK_AGENCY)),
        "5": (Step.TOP, Say(text=Text.HELP)),
        "6": (Step.LANGUAGE, Say(text=Text.ASK_LANGUAGE)),
    }
    return chosen.get(choice, _TOP)
