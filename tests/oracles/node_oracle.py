"""The JavaScript oracles in one process that lives as long as the tests: see ``oracle.mjs``."""

import json
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from schemas import context_index, read_context
from tests.interop.node_reader import FOLDER, require_node

Answer = dict[str, Any]


class OracleRefusedError(Exception):
    """The oracle could not or would not answer; its own words."""


@dataclass(frozen=True, slots=True)
class NodeOracle:
    """Asks the libraries of ``tests/interop`` one question after another."""

    process: "subprocess.Popen[str]"

    def ask(self, operation: str, **given: Any) -> Answer:
        """Return the answer to one question; raises OracleRefusedError where there is none."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps({"operation": operation, **given}) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, "the oracle's process ended"
        answer: Answer = json.loads(line)
        if "error" in answer:
            raise OracleRefusedError(answer["error"])
        return answer

    def canonicalize_rdfc(
        self, document: Mapping[str, Any], *, hash_name: str = "SHA-256", work_factor: int = 3
    ) -> bytes:
        """RDFC-1.0 by jsonld (in safe mode) and rdf-canonize, whose own work factor is 1."""
        answer = self.ask("rdfc", document=document, hash=hash_name, maxWorkFactor=work_factor)
        return str(answer["canonical"]).encode()

    def canonicalize_dataset(self, nquads: bytes, *, hash_name: str = "SHA-256") -> bytes:
        """RDFC-1.0 of N-Quads by rdf-canonize."""
        answer = self.ask("rdfcDataset", nquads=nquads.decode(), hash=hash_name)
        return str(answer["canonical"]).encode()

    def canonicalize_jcs(self, value: Any) -> bytes:
        """RFC 8785 by the npm package canonicalize."""
        return str(self.ask("jcs", value=value)["canonical"]).encode()


@contextmanager
def node_oracle() -> Iterator[NodeOracle]:
    """Start the process and tell it the pinned contexts; skips where Node.js or packages are missing."""
    command = [require_node(), "oracle.mjs"]
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, cwd=FOLDER, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, encoding="utf-8"
    ) as process:
        oracle = NodeOracle(process)
        oracle.ask("contexts", contexts={url: dict(read_context(url) or {}) for url in context_index()})
        try:
            yield oracle
        finally:
            assert process.stdin is not None
            process.stdin.close()
