"""Bodies of requests in a file: each is its length in decimal, a line end, and its bytes."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from loadtest.world import Format, LoadWorld

JSON_TYPE: Final = "application/json"
BATCH_ROWS: Final = 200
_BOUNDARY: Final = "load-e7c1b0f4"
MULTIPART_TYPE: Final = f"multipart/form-data; boundary={_BOUNDARY}"


def write_bodies(path: Path, bodies: Iterable[bytes]) -> Path:
    """Write ``bodies`` into ``path``, and return it."""
    with path.open("wb") as file:
        for body in bodies:
            file.write(b"%d\n" % len(body))
            file.write(body)
    return path


def read_bodies(path: Path) -> list[bytes]:
    """The bodies in a file of ``write_bodies``. Raises ``ValueError`` for any other."""
    data, at, found = path.read_bytes(), 0, []
    while at < len(data):
        end = data.index(b"\n", at)
        start = end + 1
        at = start + int(data[at:end])
        found.append(data[start:at])
    return found


def batch_body(files: Sequence[bytes | str]) -> bytes:
    """The form that sends these files to ``/verify/batch``."""
    parts = []
    for number, content in enumerate(files):
        head = (
            f"--{_BOUNDARY}\r\n"
            f'Content-Disposition: form-data; name="files"; filename="{number:03}.json"\r\n'
            f"Content-Type: {JSON_TYPE}\r\n\r\n"
        )
        parts.append(head.encode() + (content.encode() if isinstance(content, str) else content) + b"\r\n")
    return b"".join(parts) + f"--{_BOUNDARY}--\r\n".encode()


def batches(world: LoadWorld, made: Format, count: int, *, rows: int = BATCH_ROWS) -> list[bytes]:
    """``count`` batches of ``rows`` different credentials each, one in a hundred revoked."""
    return [
        batch_body([world.issue(made, batch * rows + row) for row in range(rows)]) for batch in range(count)
    ]
