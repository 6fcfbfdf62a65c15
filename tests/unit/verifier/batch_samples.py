"""ZIP files and reports made for tests of the batch."""

import io
import zipfile
from collections.abc import Mapping
from typing import Any

import orjson

from verifier.batch_archive import Budget, open_archive
from verifier.batch_reading import Row, Upload, read_rows
from verifier.report import FORMAT

LINK = "https://passport.example/v/7K3M9QXA2B4C5D6E7F8G9H0J1K"
CODE = "7K3M-9QXA-2B4C"
LIST = f"ឈ្មោះ,តំណភ្ជាប់\nសុខ ដារ៉ា,{LINK}\n\nSOK DARA,{CODE}\n".encode("utf-8-sig")


def zipped(members: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A ZIP file of these members."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content, compress_type=method)
    return written.getvalue()


ARCHIVE = zipped({"a.json": b"{}", "list.csv": LIST})

REPORT: dict[str, Any] = {
    "format": FORMAT,
    "madeAt": "2026-11-22T03:00:00.000000Z",
    "language": "en",
    "demo": True,
    "baseUrl": "https://passport.example",
    "verifier": {"id": "did:web:passport.example:verify", "publicKeyMultibase": "z6Mk"},
    "files": {"evidence.zip": "00"},
    "rows": [
        {"number": 1, "name": "a.json", "line": None, "brought": "file", "part": [1, 2], "sha256": "00"}
        | {"openedSha256": None, "outcome": "accepted", "answer": {}}
    ],
}


def report_zip(document: Mapping[str, Any] = REPORT) -> bytes:
    """A report as a file, with ``document`` in it and nothing signed."""
    return zipped({"report.json": orjson.dumps(document), "evidence.zip": b"PK"})


def rows_of(*files: tuple[str, bytes], pasted: str = "", most: int = 200) -> tuple[Row, ...]:
    """The rows of these files and this text."""
    return read_rows([Upload(name=name, data=data) for name, data in files], pasted, most=most)


def members_of(data: bytes) -> list[tuple[str, bytes]]:
    """Everything in a ZIP."""
    return [(member.name, member.read()) for member in open_archive(data, Budget())]
