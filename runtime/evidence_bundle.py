"""An evidence bundle: everything that verdicts rest on, in one ZIP file, for where there is no network.

    bundle.json                   what verifier it is for, when it was made, which documents are in it
    documents/<sha256>            each document, exactly as it was received

The documents are signed by those who published them; the bundle adds no trust of its own. A verifier
reads it in place of the network and judges as always: by its trust anchor, and by the dates that stand in
the documents. The same format keeps the evidence of a report.
"""

import hashlib
import io
import lzma
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import orjson

from runtime import fetch
from runtime.logging import get_logger
from vc.encoding.strict_json import JsonObject, JsonValue, Limits, parse_json_object
from vc.encoding.timestamps import format_exact_timestamp, parse_timestamp
from vc.errors import MalformedValue, ParseError, ProtocolError, RangeError
from vc.model.evidence import EvidenceItem, Fetched, Seen, Unavailable
from vc.trust.anchor import parse_anchor
from vc.trust.trust_list import LIST_LIMITS
from vc.verify import Policy

FORMAT: Final = "skills-passport-evidence-1"
MAX_BYTES: Final = 64 * 1024 * 1024
MAX_DOCUMENTS: Final = 4_096
MAX_DOCUMENT_BYTES: Final = 20_000_000

_INDEX: Final = "bundle.json"
_INDEX_LIMITS: Final = Limits(max_bytes=4_000_000, max_depth=6, max_members=100_000)
# ZIP knows no time zone and no year before 1980; equal evidence must give equal bytes.
_NO_TIME: Final = (1980, 1, 1, 0, 0, 0)
_NOT_A_BUNDLE: Final = "This is not an evidence bundle, or it is damaged. Get a new one."
# All that the ZIP reader, or a member of another kind than expected, was seen to raise.
_UNREADABLE: Final = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, KeyError, TypeError, ValueError,
    NotImplementedError, RuntimeError, OverflowError, AttributeError, ParseError,
)  # fmt: skip
_log = get_logger("evidence")


@dataclass(frozen=True, kw_only=True, slots=True)
class EvidenceBundle:
    """Evidence by URL, and the verifier that it is for. ``made_at`` is aware.

    ``anchor`` is what its maker trusted; a reader with an anchor of its own uses that one. ``seen`` is
    what the maker's memory held, None where a bundle is for others.
    """

    made_at: datetime
    is_demo: bool
    base_url: str
    did_host: str
    anchor: str
    trust_list_url: str
    trust_root_url: str
    items: Mapping[str, EvidenceItem] = field(default_factory=dict)
    seen: Seen | None = None

    def policy(self, *, anchor: str, refuse_demo_issuers: bool) -> Policy:
        """What to judge by, trusting ``anchor``. Raises ``MalformedValue`` for one that cannot be read."""
        return Policy(
            trust_list_url=self.trust_list_url,
            trust_root_url=self.trust_root_url,
            trust_anchor=parse_anchor(anchor, did=f"did:web:{self.did_host}:trust"),
            refuse_demo_issuers=refuse_demo_issuers,
        )

    @property
    def valid_until(self) -> datetime | None:
        """When the first of its signed documents runs out, by what they say of themselves."""
        ends = [end for item in self.items.values() if (end := _end_of(item)) is not None]
        return min(ends, default=None)


def _end_of(item: EvidenceItem) -> datetime | None:
    if not isinstance(item, Fetched):
        return None
    try:
        document: JsonValue = parse_json_object(item.body, LIST_LIMITS)
        roots = document.get("roots") if isinstance(document, dict) else None
        if isinstance(roots, list) and roots:
            document = roots[-1]
        end = document.get("validUntil") if isinstance(document, dict) else None
        return parse_timestamp(end) if isinstance(end, str) else None
    except ProtocolError:
        return None


def write_bundle(bundle: EvidenceBundle) -> bytes:
    """The bundle as ZIP; equal bundles give equal bytes."""
    documents: list[JsonValue] = []
    unavailable: list[JsonValue] = []
    bodies: dict[str, bytes] = {}
    for url, item in sorted(bundle.items.items()):
        if isinstance(item, Fetched):
            name = hashlib.sha256(item.body).hexdigest()
            bodies[name] = item.body
            documents.append(
                {"url": url, "sha256": name, "fetchedAt": format_exact_timestamp(item.fetched_at)}
            )
        else:
            tried_at = format_exact_timestamp(item.tried_at)
            unavailable.append({"url": url, "reason": item.reason, "triedAt": tried_at})
    index: JsonObject = {
        "format": FORMAT,
        "madeAt": format_exact_timestamp(bundle.made_at),
        "demo": bundle.is_demo,
        "baseUrl": bundle.base_url,
        "didHost": bundle.did_host,
        "trustAnchor": bundle.anchor,
        "trustListUrl": bundle.trust_list_url,
        "trustRootUrl": bundle.trust_root_url,
        "seen": None if bundle.seen is None else asdict(bundle.seen),
        "documents": documents,
        "unavailable": unavailable,
    }
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        archive.writestr(_entry(_INDEX), orjson.dumps(index, option=orjson.OPT_INDENT_2))
        for name, body in sorted(bodies.items()):
            archive.writestr(_entry(f"documents/{name}"), body)
    return written.getvalue()


def _entry(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, date_time=_NO_TIME)
    info.compress_type = zipfile.ZIP_DEFLATED
    return info


def read_bundle(raw: bytes) -> EvidenceBundle:
    """Read a bundle; nothing in it is trusted yet.

    Raises ``MalformedValue`` for what is no bundle, ``RangeError`` for one that is or inflates too large.
    """
    if len(raw) > MAX_BYTES:
        raise RangeError("The evidence bundle is too large.")
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            if len(archive.infolist()) > MAX_DOCUMENTS + 1:
                raise RangeError("The evidence bundle holds too many documents.")
            index = parse_json_object(_read(archive, _INDEX), _INDEX_LIMITS)
            return _bundle(index, dict(_items(archive, index)))
    except _UNREADABLE as error:
        raise MalformedValue(_NOT_A_BUNDLE) from error


def _bundle(index: Mapping[str, Any], items: Mapping[str, EvidenceItem]) -> EvidenceBundle:
    if index["format"] != FORMAT:
        raise MalformedValue(_NOT_A_BUNDLE)
    texts = {
        name: index[name] for name in ("baseUrl", "didHost", "trustAnchor", "trustListUrl", "trustRootUrl")
    }
    if not all(isinstance(text, str) for text in texts.values()) or not isinstance(index["demo"], bool):
        raise MalformedValue(_NOT_A_BUNDLE)
    return EvidenceBundle(
        made_at=parse_timestamp(index["madeAt"]),
        is_demo=index["demo"],
        base_url=texts["baseUrl"],
        did_host=texts["didHost"],
        anchor=texts["trustAnchor"],
        trust_list_url=texts["trustListUrl"],
        trust_root_url=texts["trustRootUrl"],
        items=items,
        seen=None if index["seen"] is None else _seen(index["seen"]),
    )


def _seen(entry: Mapping[str, Any]) -> Seen:
    seen = Seen(**entry)
    for name, value in asdict(seen).items():
        if type(value) is not (int if name.endswith("_version") else str):
            raise MalformedValue(_NOT_A_BUNDLE)
    return seen


def _items(archive: zipfile.ZipFile, index: Mapping[str, Any]) -> Iterator[tuple[str, EvidenceItem]]:
    inflated = 0
    for entry in index["documents"]:
        url, digest = entry["url"], entry["sha256"]
        body = _read(archive, f"documents/{digest}")
        inflated += len(body)
        if inflated > 4 * MAX_BYTES:
            raise RangeError("The evidence bundle inflates too far.")
        if hashlib.sha256(body).hexdigest() != digest or not isinstance(url, str):
            raise MalformedValue(_NOT_A_BUNDLE)
        yield url, Fetched(url=url, body=body, fetched_at=parse_timestamp(entry["fetchedAt"]))
    for entry in index["unavailable"]:
        url, reason = entry["url"], entry["reason"]
        yield url, Unavailable(url=url, reason=reason, tried_at=parse_timestamp(entry["triedAt"]))


def _read(archive: zipfile.ZipFile, name: str) -> bytes:
    with archive.open(name) as stream:
        # One byte more than allowed tells "exactly full" from "too big" without inflating the rest.
        body = stream.read(MAX_DOCUMENT_BYTES + 1)
    if len(body) > MAX_DOCUMENT_BYTES:
        raise RangeError("A document of the evidence bundle is too large.")
    return body


class BundleSource:
    """A bundle in place of the network: what is not in it is unavailable, and nobody is contacted."""

    def __init__(self, bundle: EvidenceBundle) -> None:
        self._bundle = bundle

    async def get(self, url: str, *, etag: str | None = None) -> fetch.FetchResult:
        """The document as it was when the bundle was made; ``etag`` changes nothing."""
        item = self._bundle.items.get(url)
        if not isinstance(item, Fetched):
            return fetch.Unavailable(url=url, reason=fetch.UnavailableReason.NOT_IN_BUNDLE)
        return fetch.Fetched(url=url, body=item.body, etag=None, fetched_at=item.fetched_at)


class BundleFile:
    """As ``BundleSource``, from a file that may be replaced by a newer one while a service runs."""

    def __init__(self, path: Path) -> None:
        """Raises ``MalformedValue``, ``RangeError`` or OSError."""
        self._path = path
        self._stamp = self._stamp_now()
        self.bundle = read_bundle(path.read_bytes())

    async def get(self, url: str, *, etag: str | None = None) -> fetch.FetchResult:
        """As ``BundleSource.get``; a file that cannot be read leaves the bundle before it in use."""
        try:
            stamp = self._stamp_now()
            if stamp != self._stamp:
                self._stamp = stamp
                self.bundle = read_bundle(self._path.read_bytes())
        except (OSError, ProtocolError) as error:
            _log.error("the evidence bundle could not be read", error=type(error).__name__)
        return await BundleSource(self.bundle).get(url, etag=etag)

    def _stamp_now(self) -> tuple[int, int]:
        stat = self._path.stat()
        return stat.st_mtime_ns, stat.st_size
