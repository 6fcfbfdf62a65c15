"""Checking files one after another, and how each answer is said."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from anyio.from_thread import BlockingPortal, start_blocking_portal

from passport.judging import Judge, NoJudge, Where, open_judge, world_of
from vc.card.text import is_card_text
from vc.errors import PassportError
from verifier.client import CheckAnswer, VerifierClient, VerifierProblem, read_answer

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
        if answer.kind != "presentation":
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
) -> list[FileAnswer]:
    """Check every one of ``files``, saying each answer as it comes; ``note`` tells what it rests on.

    Raises ``NoJudge`` where nothing can be checked at all.
    """
    answers = []
    with _open(files, where, server, note) as check:
        for name in files:
            answer = _check_one(check, name)
            say(answer)
            answers.append(answer)
    return answers


@contextmanager
def _open(
    files: Sequence[str], where: Where, server: str | None, note: Callable[[str], None]
) -> Iterator[Check]:
    if server is not None:
        with VerifierClient(server) as client:
            yield lambda data, name: client.check_bytes(data, filename=name)
        return
    if where.bundle is None and where.world is None:
        first = next((Path(name) for name in files if not is_card_text(name)), None)
        where = Where(world=None if first is None else world_of(first), anchor=where.anchor)
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(open_judge(where)) as judge:
        if judge.note:
            note(judge.note)
        yield lambda data, name: _ask(portal, judge, data, name)


def _ask(portal: BlockingPortal, judge: Judge, data: bytes, name: str) -> CheckAnswer:
    async def ask() -> Mapping[str, Any]:
        return await judge.check(data, filename=name)

    return read_answer(portal.call(ask))


def _check_one(check: Check, name: str) -> FileAnswer:
    try:
        data = name.encode() if is_card_text(name) else Path(name).read_bytes()
        return FileAnswer(file=name, answer=check(data, Path(name).name))
    except OSError:
        return FileAnswer(file=name, answer=None, problem=_NO_FILE)
    except NoJudge:
        raise
    except (PassportError, VerifierProblem) as error:
        return FileAnswer(file=name, answer=None, problem=str(error))
