"""Checking files one after another, and how each answer is said."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

from anyio.from_thread import start_blocking_portal

from passport.judging import NoJudge, Where, open_judge, world_of
from vc.card.text import is_card_text
from vc.encoding.strict_json import JsonObject
from vc.errors import PassportError
from verifier.client import CheckAnswer, VerifierClient, VerifierProblem, read_answer
from verifier.programme_checks import Wanted, require_may_ask

_LABELS: Final = {
    "authentic": "authentic",
    "entitled": "entitled",
    "inForce": "in force",
    "thisPersons": "this person's",
}
_ANSWERS: Final = {"yes": "yes", "no": "NO", "couldNotCheck": "could not check"}
_UNDETERMINED: Final = "undetermined"
_NO_FILE: Final = "There is no such file, or it cannot be read."

Check = Callable[[bytes, str], CheckAnswer]


@dataclass(frozen=True, kw_only=True, slots=True)
class FileAnswer:
    """What came of one file; ``problem`` says why it could not be read, and then there is no answer."""

    file: str
    answer: CheckAnswer | None
    problem: str = ""

    @property
    def outcome(self) -> str:
        """``accepted``, ``rejected`` or ``undetermined``."""
        return _UNDETERMINED if self.answer is None else self.answer.outcome.value

    def as_json(self) -> dict[str, Any]:
        """The answer for programs, with the file's name."""
        if self.answer is None:
            decision = {"outcome": _UNDETERMINED, "headline": self.problem, "reasons": [], "nextSteps": []}
            nothing = {"answer": "couldNotCheck", "reason": "notReached"}
            return {
                "file": self.file,
                "decision": decision,
                "verdicts": {name: dict(nothing) for name in _LABELS},
                "problem": self.problem,
            }
        answer = self.answer
        raw: Mapping[str, Any] = answer.raw
        if answer.kind not in ("presentation", "share"):
            return {"file": self.file, **raw}
        verdicts = {
            name: {"answer": verdict.answer, "reason": verdict.reason, "sentence": verdict.sentence}
            for name, verdict in answer.verdicts.items()
        }
        decision = {
            "outcome": self.outcome,
            "headline": answer.headline,
            "nextSteps": list(answer.next_steps),
        }
        return {"file": self.file, **raw, "decision": decision, "verdicts": verdicts}


def describe(found: FileAnswer) -> str:
    """One line for a person."""
    if found.answer is None:
        return f"{found.outcome.upper():<12} {found.file}: {found.problem}"
    said = ", ".join(
        f"{_LABELS[name]}: {_ANSWERS[verdict.answer]}" for name, verdict in found.answer.verdicts.items()
    )
    demo = "DEMO, " if found.answer.is_demo else ""
    return f"{found.outcome.upper():<12} {found.file}: {demo}{found.answer.headline} [{said}]"


def verify_files(
    files: Sequence[str],
    where: Where,
    *,
    server: str | None,
    say: Callable[[FileAnswer], None],
    note: Callable[[str], None],
    wanted: Wanted | None = None,
    say_programme: Callable[[JsonObject], None] | None = None,
) -> list[FileAnswer]:
    """Check every one of ``files``, saying each answer as it comes; ``note`` tells what it rests on.

    With ``wanted`` the readable ones are then checked together against that programme. Raises ``NoJudge``
    where nothing can be checked at all, and as ``verifier.programme_checks.check_programme``.
    """
    if wanted is not None:
        require_may_ask(wanted)
    answers = []
    with _open(files, where, server, note) as opened:
        for name in files:
            answer = _check_one(opened.check, name)
            say(answer)
            answers.append(answer)
        if wanted is not None and say_programme is not None:
            readable = [answer.file for answer in answers if answer.answer is not None]
            say_programme(opened.programme(wanted, [(name, _data(name)) for name in readable]))
    return answers


def describe_programme(answer: Mapping[str, Any]) -> Iterator[str]:
    """Lines for a person: one a requirement, and none over all of them."""
    variant = f": {answer['variantTitle']}" if answer["variantTitle"] else ""
    yield f"{answer['title']}{variant}, for {answer['on']}"
    for one in answer["requirements"]:
        until = f" (until {one['goodUntil']})" if one["goodUntil"] else ""
        yield f"  {one['label']:<26} {one['title']}{until}"
    for item in answer["notCheckedHere"]:
        yield f"  {'Not checked here':<26} {item}"
    yield from (f"  {notice}" for notice in answer["notices"])
    yield f"  {answer['statement']}"


@dataclass(frozen=True, kw_only=True, slots=True)
class _Opened:
    """Whoever answers: about one file, and about several together."""

    check: Check
    programme: Callable[[Wanted, Sequence[tuple[str, bytes]]], JsonObject]


@contextmanager
def _open(
    files: Sequence[str], where: Where, server: str | None, note: Callable[[str], None]
) -> Iterator[_Opened]:
    if server is not None:
        with VerifierClient(server) as client:
            yield _Opened(
                check=lambda data, name: client.check_bytes(data, filename=name),
                programme=lambda wanted, sent: dict(
                    client.check_programme(
                        wanted.programme,
                        sent,
                        on=wanted.on.isoformat(),
                        requester=wanted.requester.value,
                        variant=wanted.variant,
                    )
                ),
            )
        return
    if where.bundle is None and where.world is None:
        first = next((Path(name) for name in files if not _is_typed(name)), None)
        where = Where(world=None if first is None else world_of(first), anchor=where.anchor)
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(open_judge(where)) as judge:
        if judge.note:
            note(judge.note)
        yield _Opened(
            check=lambda data, name: read_answer(portal.call(partial(judge.check, data, filename=name))),
            programme=lambda wanted, sent: portal.call(judge.check_programme, wanted, sent),
        )


def _is_typed(name: str) -> bool:
    """Whether what stands in place of a file is the thing itself: a card's text, or a link."""
    return is_card_text(name) or name.startswith(("https://", "http://"))


def _data(name: str) -> bytes:
    return name.encode() if _is_typed(name) else Path(name).read_bytes()


def _check_one(check: Check, name: str) -> FileAnswer:
    try:
        return FileAnswer(file=name, answer=check(_data(name), Path(name).name))
    except OSError:
        return FileAnswer(file=name, answer=None, problem=_NO_FILE)
    except NoJudge:
        raise
    except (PassportError, VerifierProblem) as error:
        return FileAnswer(file=name, answer=None, problem=str(error))
