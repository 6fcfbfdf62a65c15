"""Checking one passport card from the command line: with the network, or with a demo world in a folder.

A deployment is asked as any verifier asks it. Where nobody serves the demo world that a card is from, that
world is opened in this process. A demo alone does so: otherwise the trust anchor is the setting's.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import anyio

from passport.judging import NoJudge, Where, open_judge, world_of
from vc.card.document import document_of
from vc.card.text import is_card_text, parse_card
from vc.encoding.strict_json import JsonObject
from vc.errors import PassportError, ProtocolError
from verifier.cards import card_json, card_or_none
from verifier.extract import CardFound, extract

_LABELS: Final = {
    "authentic": "authentic",
    "entitled": "entitled",
    "inForce": "in force",
    "thisPersons": "this person's",
}
_ANSWERS: Final = {"yes": "yes", "no": "NO", "couldNotCheck": "could not check"}


class Unreadable(PassportError):
    """There is no passport card in what was given."""


def check_card(given: str, world: Path | None) -> JsonObject:
    """The answer of ``POST /cards/verify`` for a card, given as text or as the path of a file with its code.

    It has ``claimed`` beside it where the card could be read and not proven. Raises ``Unreadable``.
    """
    path = None if is_card_text(given) else Path(given)
    text = given if path is None else _text_in(path)
    folder = world or (None if path is None else world_of(path))
    answer = anyio.run(_check, text, folder)
    claimed = _claimed(text)
    return answer if "card" in answer or claimed is None else answer | {"claimed": claimed}


def _text_in(path: Path) -> str:
    try:
        found = extract(path.read_bytes(), filename=path.name)
    except OSError:
        raise Unreadable("There is no such file, and this is not the text of a card.") from None
    except PassportError as error:
        raise Unreadable(str(error)) from error
    if not isinstance(found, CardFound):
        raise Unreadable("There is no passport card in this file.")
    return found.text


async def _check(text: str, world: Path | None) -> JsonObject:
    try:
        async with open_judge(Where(world=world)) as judge:
            return await judge.check_text(text)
    except NoJudge as error:
        raise Unreadable(str(error)) from error


def _claimed(text: str) -> JsonObject | None:
    """What the card says of itself, proven or not; None where it cannot be read."""
    try:
        document = document_of(parse_card(text).card, trust_list_url="")
    except ProtocolError:
        return None
    shown = card_or_none(document)
    return None if shown is None else card_json(shown)


def describe(answer: JsonObject) -> str:
    """The answer as lines for a person."""
    return "\n".join(_lines(answer))


def _lines(answer: Any) -> Iterator[str]:
    if answer["demo"]:
        yield "DEMO: invented names, not a service of the Royal Government of Cambodia."
    if "card" in answer:
        yield f"Passport card ({answer['card']['kind']})"
        yield from _said(answer["card"])
        yield f"  Issuer: {answer['issuer']['name'] or 'not on the trust list'}"
    elif "claimed" in answer:
        yield f"NOT PROVEN. What the card claims ({answer['claimed']['kind']}):"
        yield from _said(answer["claimed"])
    else:
        yield "What stands in this code cannot be read as a passport card."
    for name, verdict in answer["verdicts"].items():
        yield f"{_LABELS[name]:<14} {_ANSWERS[verdict['answer']]:<16} {verdict['sentence']}"
    decision = answer["decision"]
    yield f"{decision['outcome'].upper()}: {decision['headline']}"
    yield from (f"  {step}" for step in decision["nextSteps"])


def _said(card: Any) -> Iterator[str]:
    yield f"  Name: {card['nameKhmer']} / {card['nameLatin']}"
    yield f"  Year of birth: {card['birthYear']}"
    for fact in card["facts"]:
        title = " / ".join(fact["title"][name] for name in ("km", "en") if name in fact["title"])
        parts = [title or fact["code"], fact["type"], fact["day"]]
        if "cqfLevel" in fact:
            parts.append(f"CQF level {fact['cqfLevel']}")
        if fact["partial"]:
            parts.append("in part")
        yield f"  {', '.join(parts)}"
    yield f"  Valid until: {card['validUntil']}"
