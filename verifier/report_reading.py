"""A report as somebody brought it: opened within bounds and put in order, nothing of it trusted yet."""

import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from runtime.evidence_bundle import MAX_BYTES as MAX_EVIDENCE_BYTES
from runtime.i18n import LANGUAGE_NAMES, LANGUAGE_NAMES_ABROAD
from vc.encoding.strict_json import JsonObject, Limits, parse_json_object
from vc.encoding.timestamps import parse_timestamp
from vc.errors import MalformedValue, ProtocolError, RangeError
from verifier.batch_archive import DAMAGES, MAX_INFLATED
from verifier.batch_reading import MOST_WITH_ACCOUNT
from verifier.report import FORMAT, REPORT_JSON

MAX_REPORT_BYTES: Final = 80_000_000
MAX_FILES: Final = 300
_LIMITS: Final = Limits(max_bytes=8_000_000, max_members=300_000)
_NOT_A_REPORT: Final = "This is not a report of checked certificates, or it is damaged."
_TOO_LARGE: Final = "The report is too large."
_MOST_UNPACKED: Final = MAX_INFLATED + MAX_EVIDENCE_BYTES
_TEXTS: Final = ("name", "sha256", "outcome", "brought")


@dataclass(frozen=True, kw_only=True, slots=True)
class ReceivedReport:
    """A report nobody has verified.

    ``document`` is its JSON with the proof, ``files`` everything else by name, ``digests`` what the
    document says of them. ``verifier`` is a DID and ``key`` a multikey as the document claims; ``rows``
    have at least ``number``, ``line``, ``part``, ``answer`` and ``openedSha256`` beside four texts.
    """

    document: JsonObject
    files: Mapping[str, bytes]
    digests: Mapping[str, str]
    verifier: str
    key: str
    made_at: datetime
    language: str
    is_demo: bool
    base_url: str
    rows: tuple[Mapping[str, Any], ...]


def read_report(raw: bytes) -> ReceivedReport:
    """Open a report. Raises ``MalformedValue`` for what is none, ``RangeError`` for one beyond bounds."""
    if len(raw) > MAX_REPORT_BYTES:
        raise RangeError(_TOO_LARGE)
    files = _files_in(raw)
    try:
        document = parse_json_object(files.pop(REPORT_JSON), _LIMITS)
        return _report(document, files)
    except (KeyError, TypeError, AttributeError, ValueError, ProtocolError) as error:
        raise MalformedValue(_NOT_A_REPORT) from error


def _files_in(raw: bytes) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    left = _MOST_UNPACKED
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            if len(archive.infolist()) > MAX_FILES:
                raise RangeError(_TOO_LARGE)
            for name in archive.namelist():
                with archive.open(name) as stream:
                    files[name] = stream.read(left + 1)
                left -= len(files[name])
                if left < 0:
                    raise RangeError(_TOO_LARGE)
    except DAMAGES as error:
        raise MalformedValue(_NOT_A_REPORT) from error
    return files


def _report(document: Mapping[str, Any], files: Mapping[str, bytes]) -> ReceivedReport:
    verifier = document["verifier"]
    texts = (verifier["id"], verifier["publicKeyMultibase"], document["language"], document["baseUrl"])
    rows = tuple(document["rows"])
    digests = dict(document["files"])
    is_whole = (
        document["format"] == FORMAT
        and all(isinstance(text, str) for text in (*texts, *digests.values()))
        and texts[2] in (*LANGUAGE_NAMES, *LANGUAGE_NAMES_ABROAD)
        and isinstance(document["demo"], bool)
        and len(rows) <= MOST_WITH_ACCOUNT
        and all(map(_is_row, rows))
    )
    if not is_whole:
        raise MalformedValue(_NOT_A_REPORT)
    return ReceivedReport(
        document=dict(document),
        files=files,
        digests=digests,
        verifier=texts[0],
        key=texts[1],
        made_at=parse_timestamp(document["madeAt"]),
        language=texts[2],
        is_demo=document["demo"],
        base_url=texts[3],
        rows=rows,
    )


def _is_row(row: Mapping[str, Any]) -> bool:
    part, opened = row["part"], row["openedSha256"]
    return (
        all(isinstance(row[name], str) for name in _TEXTS)
        and type(row["number"]) is int
        and (row["line"] is None or type(row["line"]) is int)
        and (row["answer"] is None or isinstance(row["answer"], dict))
        and (opened is None or isinstance(opened, str))
        and (
            part is None or (isinstance(part, list) and len(part) == 2 and all(type(n) is int for n in part))
        )
    )
