"""The heavy part of issuing, which needs neither database nor private key, and where it is computed.

Linting, trying out and checking a credential take a hundred times longer than signing it. They are plain
functions of what can be sent to another process: a worker spreads them over its cores, and no private key
ever leaves the process that opened the keyring.
"""

import asyncio
import os
import signal
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from functools import partial
from itertools import chain
from multiprocessing import get_context, parent_process
from multiprocessing.connection import wait
from typing import Final, Protocol, Self, TypeVar

import anyio.to_thread

from runtime.entropy import throwaway_signer
from vc.crypto.keys import KeyType
from vc.errors import PassportError
from vc.issue import CredentialDataset, IssuanceParameters, PreparedCredential, prepare, resume

Item = TypeVar("Item")
Result = TypeVar("Result")

# What one process is given at a time: enough to make the way there cheap, and few enough to share evenly.
_SHARE: Final = 25


@dataclass(frozen=True, kw_only=True, slots=True)
class Draft:
    """What a credential is to say, and the kind of key that will sign it."""

    dataset: CredentialDataset
    parameters: IssuanceParameters
    key_type: KeyType


@dataclass(frozen=True, kw_only=True, slots=True)
class RecordedDraft:
    """What an earlier life recorded of an intent."""

    document: bytes
    proof_config: bytes
    key_type: KeyType


def prepare_draft(draft: Draft) -> PreparedCredential:
    """``vc.issue.prepare`` with a key that nobody keeps."""
    return prepare(draft.dataset, draft.parameters, throwaway=throwaway_signer(draft.key_type))


def resume_draft(draft: RecordedDraft) -> PreparedCredential:
    """``vc.issue.resume`` with a key that nobody keeps."""
    return resume(draft.document, draft.proof_config, throwaway=throwaway_signer(draft.key_type))


class Crunch(Protocol):
    """Where the functions above are computed."""

    async def __call__(self, function: Callable[[Item], Result], items: Sequence[Item]) -> list[Result]:
        """``function`` of each item, in their order; the first exception is raised."""


class InThread:
    """Beside the event loop of this process."""

    async def __call__(self, function: Callable[[Item], Result], items: Sequence[Item]) -> list[Result]:
        """See ``Crunch``."""
        return await anyio.to_thread.run_sync(partial(_each, function, items))


class CrunchInterrupted(PassportError):
    """A process that was computing ended before it had answered."""


class InProcesses:
    """Over processes of its own, one for each core; close it at the end."""

    def __init__(self) -> None:
        self._pool = _start_pool()

    async def __call__(self, function: Callable[[Item], Result], items: Sequence[Item]) -> list[Result]:
        """See ``Crunch``. Raises ``CrunchInterrupted`` where one of them was killed; others replace them."""
        loop, pool = asyncio.get_running_loop(), self._pool
        shares = [items[start : start + _SHARE] for start in range(0, len(items), _SHARE)]
        try:
            tasks = [loop.run_in_executor(pool, _each, function, share) for share in shares]
            return list(chain.from_iterable(await asyncio.gather(*tasks)))
        except BrokenProcessPool:
            # Several lists may find the same pool broken.
            if self._pool is pool:
                self._pool = _start_pool()
            raise CrunchInterrupted("A process ended while it was computing.") from None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(cancel_futures=True)


def _start_pool() -> ProcessPoolExecutor:
    # Never forked: this process has threads and open databases.
    return ProcessPoolExecutor(
        os.cpu_count() or 1, mp_context=get_context("spawn"), initializer=end_with_parent
    )


def end_with_parent() -> None:
    """Let this process end when the one that started it does, however that ends."""
    # Keys pressed at the terminal are for the parent, which ends its children in order.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = parent_process()
    if parent is not None:
        threading.Thread(target=_outlive, args=(parent.sentinel,), daemon=True).start()


def _outlive(sentinel: int) -> None:
    wait([sentinel])
    os._exit(1)


def _each(function: Callable[[Item], Result], items: Sequence[Item]) -> list[Result]:
    return [function(item) for item in items]
