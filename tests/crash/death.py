"""Death at an exact point: a process that kills itself with SIGKILL just before its n-th effect.

An effect is what another process, or the next life of this one, could notice: a commit, a use of a
private key, a request to another service and its answer, a file put in place, a line of the journal.
Between two effects nothing happens that survives, so dying before each of them is dying everywhere.
"""

import hashlib
import json
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from sqlalchemy import Connection, Engine, event

from vc.crypto.keys import InMemorySigner

_write = os.write
_READING = ("passport_reading", "postgresql_readonly")


class Witness:
    """An append-only file that outlives the process: what was signed, and what left."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def note(self, **seen: str) -> None:
        """Add a line, on the disk before this returns."""
        descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            _write(descriptor, json.dumps(seen).encode() + b"\n")
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def seen(self, what: str) -> list[dict[str, str]]:
        """Every line about ``what``, oldest first."""
        if not self.path.exists():
            return []
        lines = [json.loads(line) for line in self.path.read_text().splitlines()]
        return [line for line in lines if line["what"] == what]


class Death:
    """Counts effects and ends the process before number ``at``; never where ``at`` is None."""

    def __init__(self, at: int | None, witness: Witness) -> None:
        self.effects: list[str] = []
        self._at = at
        self.witness = witness

    def before(self, effect: str) -> None:
        """Die here, or go on to ``effect``."""
        if self._comes_now():
            os.kill(os.getpid(), signal.SIGKILL)
        self.effects.append(effect)

    def _comes_now(self) -> bool:
        return len(self.effects) + 1 == self._at

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Watch for effects while this lasts."""
        with pytest.MonkeyPatch.context() as patch:
            event.listen(Engine, "commit", self._commit)
            patch.setattr(InMemorySigner, "sign", self._signing(InMemorySigner.sign))
            patch.setattr(os, "write", self._appending)
            patch.setattr(os, "replace", self._named("replace a file", os.replace))
            transport = httpx2.ASGITransport
            patch.setattr(transport, "handle_async_request", self._asking(transport.handle_async_request))
            try:
                yield
            finally:
                event.remove(Engine, "commit", self._commit)

    def _commit(self, connection: Connection) -> None:
        options = connection.get_execution_options()
        if not any(options.get(name) for name in _READING):
            self.before("commit")

    def _named(self, effect: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(*arguments: Any) -> Any:
            self.before(effect)
            return function(*arguments)

        return wrapped

    def _signing(self, sign: Callable[[InMemorySigner, bytes], bytes]) -> Callable[..., bytes]:
        def wrapped(signer: InMemorySigner, data: bytes) -> bytes:
            if signer.verification_method.startswith("did:key:"):
                return sign(signer, data)
            self.before("sign")
            signature = sign(signer, data)
            self.witness.note(what="signature", data=data.hex(), signature=signature.hex())
            return signature

        return wrapped

    def _appending(self, descriptor: int, data: bytes) -> int:
        self.before("append")
        if self._comes_now():
            _write(descriptor, bytes(data)[: len(data) // 2])
        self.before("append the second half")
        return _write(descriptor, data)

    def _asking(self, handle: Callable[..., Any]) -> Callable[..., Any]:
        async def wrapped(transport: httpx2.ASGITransport, request: httpx2.Request) -> httpx2.Response:
            if request.method == "GET":
                response: httpx2.Response = await handle(transport, request)
                return response
            self.before("ask")
            if request.method == "PUT":
                credential = json.loads(request.content)["credential"].encode()
                digest = hashlib.sha256(credential).hexdigest()
                self.witness.note(what="left", credential_id=json.loads(credential)["id"], digest=digest)
            response = await handle(transport, request)
            self.before("be answered")
            return response

        return wrapped
