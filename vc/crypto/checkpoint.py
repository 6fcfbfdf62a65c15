"""The text of a checkpoint (C2SP tlog-checkpoint) over the heads of several audit logs.

Origin, size and root hash are of a log of our own: its n-th leaf is the part of checkpoint n below the
root hash, newlines included, so that the extension lines can be checked like everything else::

    skills-passport.example/audit
    2
    <base64 of the root over the leaves of checkpoints 1 and 2>
    time 2026-11-25T09:00:00Z
    head issuer 42 <64 hexadecimal digits>
    head wallet_api 7 <64 hexadecimal digits> since 2026-11-25T08:00:00Z

A head with ``since`` was last heard of then: the service did not answer, or answered with a log that
does not continue the one before.
"""

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from vc.crypto.merkle import Frontier
from vc.encoding.timestamps import format_timestamp, parse_timestamp
from vc.errors import MalformedValue

_ORIGIN = re.compile(r"[^\s+]{1,300}")
_SIZE = re.compile(r"0|[1-9][0-9]{0,15}")
_TIME = re.compile(r"time (\S{20})")
_HEAD = re.compile(r"head ([a-z_]{1,40}) (0|[1-9][0-9]{0,15}) ([0-9a-f]{64})(?: since (\S{20}))?")
_HASH_BYTES = 32


@dataclass(frozen=True, kw_only=True, slots=True)
class ServiceHead:
    """Where one service's log stood: entries, hash of the last; ``since`` where that is old."""

    size: int
    hash: str
    since: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Checkpoint:
    """One checkpoint: ``size`` counts checkpoints, this one included; ``root`` is over all of them."""

    origin: str
    size: int
    root: bytes
    at: datetime
    heads: Mapping[str, ServiceHead]

    @property
    def leaf(self) -> bytes:
        """What this checkpoint adds to the tree."""
        return _leaf(self.at, self.heads).encode()

    @property
    def text(self) -> str:
        """The text to sign."""
        root = base64.b64encode(self.root).decode("ascii")
        return f"{self.origin}\n{self.size}\n{root}\n{_leaf(self.at, self.heads)}"


def next_checkpoint(
    before: Frontier, *, origin: str, at: datetime, heads: Mapping[str, ServiceHead]
) -> tuple[Checkpoint, Frontier]:
    """The checkpoint that follows those in ``before``, and the tree with it; ``at`` in whole seconds."""
    at = at.replace(microsecond=0)
    tree = before.append(_leaf(at, heads).encode())
    return Checkpoint(origin=origin, size=tree.size, root=tree.root(), at=at, heads=heads), tree


def parse_checkpoint(text: str) -> Checkpoint:
    """Read the text of a verified note. Raises ``MalformedValue``; what was read writes the same text."""
    lines = text.split("\n")
    if len(lines) < 5 or lines[-1] or not _ORIGIN.fullmatch(lines[0]) or not _SIZE.fullmatch(lines[1]):
        raise MalformedValue("This is no checkpoint.")
    time = _TIME.fullmatch(lines[3])
    heads = {}
    for line in lines[4:-1]:
        match = _HEAD.fullmatch(line)
        if match is None:
            raise MalformedValue("A line of the checkpoint cannot be read.")
        since = None if match[4] is None else parse_timestamp(match[4])
        heads[match[1]] = ServiceHead(size=int(match[2]), hash=match[3], since=since)
    try:
        root = base64.b64decode(lines[2], validate=True)
    except (binascii.Error, ValueError):
        raise MalformedValue("The root hash of the checkpoint cannot be read.") from None
    if time is None or len(root) != _HASH_BYTES:
        raise MalformedValue("This is no checkpoint.")
    checkpoint = Checkpoint(
        origin=lines[0], size=int(lines[1]), root=root, at=parse_timestamp(time[1]), heads=heads
    )
    if checkpoint.text != text:
        raise MalformedValue("The checkpoint is not in its one spelling.")
    return checkpoint


def _leaf(at: datetime, heads: Mapping[str, ServiceHead]) -> str:
    lines = [f"time {format_timestamp(at)}"]
    for service, head in sorted(heads.items()):
        since = "" if head.since is None else f" since {format_timestamp(head.since)}"
        lines.append(f"head {service} {head.size} {head.hash}{since}")
    return "".join(f"{line}\n" for line in lines)
