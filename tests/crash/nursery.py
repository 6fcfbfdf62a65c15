"""A process that has everything imported and brings forth others, each new and alone in its memory.

Lives are many and short here, and importing the product takes longer than any of them.
"""

import asyncio
import json
import os
import subprocess
import sys
import traceback
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import IO, Any

import pytest
from argon2 import PasswordHasher
from babel.support import Translations

ROOT = Path(__file__).resolve().parents[2]
_MODULES = ("issuing_life", "card_life", "registry_life")
# Imported when they are first needed, which here would be in every life.
_LATE = (
    "runtime.migrations",
    "anyio._backends._asyncio",
    "cryptography.hazmat.backends.openssl.backend",
    "jinja2.ext",
)

Life = Callable[..., Coroutine[Any, Any, dict[str, Any]]]


@dataclass(frozen=True, kw_only=True, slots=True)
class End:
    """How a life ended: the signal that killed it, if one did, and what it had to tell."""

    killed_by: int | None
    told: dict[str, Any]


class Nursery:
    """The other end of ``python -m tests.crash.nursery``."""

    def __init__(self, orders: IO[str], answers: IO[str], complaints: Path) -> None:
        self._orders = orders
        self._answers = answers
        self._complaints = complaints

    def live(self, name: str, **arguments: Any) -> End:
        """One life from birth to death; ``name`` is ``module.function`` of this folder."""
        self._orders.write(json.dumps({"name": name, "arguments": arguments}) + "\n")
        self._orders.flush()
        answer = json.loads(self._answers.readline())
        assert answer["code"] in (0, None), self._complaints.read_text()[-4000:]
        return End(killed_by=answer["killed_by"], told=answer["told"])


@contextmanager
def open_nursery(complaints: Path) -> Iterator[Nursery]:
    """A nursery whose lives write what they complain of to ``complaints``."""
    with complaints.open("w") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.crash.nursery"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=file,
            text=True,
            cwd=ROOT,
        )
    with process:
        assert process.stdin is not None
        assert process.stdout is not None
        yield Nursery(process.stdin, process.stdout, complaints)
        process.stdin.close()


def _serve() -> None:
    _make_lives_cheap(pytest.MonkeyPatch())
    for late in _LATE:
        import_module(late)
    modules = {module: import_module(f"tests.crash.{module}") for module in _MODULES}
    # What the product prints must not be taken for an answer.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    for line in sys.stdin:
        order = json.loads(line)
        module, _, function = order["name"].partition(".")
        life: Life = getattr(modules[module], function)
        answers.write(json.dumps(_bring_forth(life, order["arguments"])) + "\n")
        answers.flush()


def _make_lives_cheap(patch: pytest.MonkeyPatch) -> None:
    """Leave out what costs time and is tested elsewhere: stretching of passwords, texts of pages."""
    patch.setattr("runtime.keyring._SCRYPT", {"n": 2, "r": 8, "p": 1})
    patch.setattr("runtime.keyring._SCRYPT_LIMITS", {"n": (2, 2), "r": (8, 8), "p": (1, 1)})
    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    patch.setattr("trust_registry.accounts._HASHER", cheap)
    patch.setattr("runtime.i18n._installed", lambda _language: Translations())


def _bring_forth(life: Life, arguments: dict[str, Any]) -> dict[str, Any]:
    mouth_end, mouth = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(mouth_end)
        code = 1
        try:
            told = asyncio.run(life(**arguments))
            with os.fdopen(mouth, "w") as file:
                json.dump(told, file)
            code = 0
        except BaseException:  # noqa: BLE001 - the edge of this process
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(code)
    os.close(mouth)
    with os.fdopen(mouth_end) as file:
        words = file.read()
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return {"killed_by": os.WTERMSIG(status), "code": None, "told": {}}
    return {"killed_by": None, "code": os.WEXITSTATUS(status), "told": json.loads(words or "{}")}


if __name__ == "__main__":
    _serve()
