"""Checking one passport card from the command line: with the network, or with a demo world in a folder.

A deployment is asked as any verifier asks it. Where nobody serves the demo world that a card is from, that
world is opened in this process. A demo alone does so: otherwise the trust anchor is the setting's.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import anyio

from passport.demo_world.in_process import running_client
from runtime.clock import SystemClock
from runtime.database import Database
from runtime.fetch import Fetcher
from runtime.settings import Settings, load_settings
from runtime.verification import shell_from_settings
from trust_registry.root import anchor_of
from vc.card.document import document_of
from vc.card.text import is_card_text, parse_card
from vc.encoding.strict_json import JsonObject
from vc.errors import NotFound, PassportError, ProtocolError
from vc.model.verdict import Question, Reason, Verification
from vc.trust.decide import decide
from verifier.cards import card_json, card_or_none
from verifier.extract import CardFound, extract
from verifier.rendering import render_verification, to_json

_NO_TRUST_LIST: Final = frozenset(
    {Reason.TRUST_LIST_UNAVAILABLE, Reason.TRUST_LIST_INVALID, Reason.TRUST_LIST_ROLLED_BACK}
)
_DATABASE: Final = "trust_registry.sqlite3"
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
    folder = world or (None if path is None else _world_of(path))
    answer = anyio.run(_check, text, None if folder is None else folder / "data")
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


def _world_of(path: Path) -> Path | None:
    """The folder of ``passport demo`` that a file lies in."""
    return next((folder for folder in path.resolve().parents if _is_world(folder / "data")), None)


def _is_world(data: Path) -> bool:
    return (data / _DATABASE).is_file()


async def _check(text: str, data: Path | None) -> JsonObject:
    settings = load_settings() if data is None else load_settings(data_dir=data)
    has_world = settings.is_demo and _is_world(settings.data_dir)
    if settings.trust_anchor is None and has_world:
        settings = load_settings(data_dir=settings.data_dir, trust_anchor=_anchor_in(settings))
    elif settings.trust_anchor is None and settings.is_demo:
        raise Unreadable(
            "No trust anchor is set, and no demo world is in the data folder. Name one with --world."
        )
    clock = SystemClock()
    shell = shell_from_settings(settings, fetcher=Fetcher(settings, clock), clock=clock)
    verification = await shell.verify_card(text)
    if has_world and _has_no_list(verification):
        return await _check_inside(text, settings)
    result = render_verification(verification, decide(verification), "en", str)
    return to_json(result, origin=settings.base_url)


def _has_no_list(verification: Verification) -> bool:
    return verification.verdicts[Question.ENTITLED].reason in _NO_TRUST_LIST


def _anchor_in(settings: Settings) -> str:
    database = Database.open(settings, "trust_registry")
    try:
        return anchor_of(database, settings).text
    except NotFound:
        raise Unreadable("The demo world in the data folder has no root of trust.") from None
    finally:
        database.close()


async def _check_inside(text: str, settings: Settings) -> JsonObject:
    async with running_client(settings, (), clock=SystemClock()) as client:
        response = await client.post("/cards/verify", json={"card": text}, headers={"Accept-Language": "en"})
        answer: Any = response.json()
        return dict(answer)


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
