"""The folder of a Korean EPS officer: thirty files, five of them not good, and ways to send them."""

import io
import re
import zipfile
from collections.abc import Mapping
from typing import Any

import httpx2

from tests.journey.verifier_house import VerifierHouse
from tests.simulator import did_key_signer
from verifier.askers import Asker, asker_of

REVOKED = ("03 SOK.json", "17 SOK.json")
ALTERED, STRANGER, UNREADABLE = "08 SOK.json", "21 CHAN.json", "29 scan.json"
LICENSED = Asker(licence_number="L-9", organisation={"en": "Office in Seoul", "km": "ការិយាល័យសេអ៊ូល"})

Files = Mapping[str, bytes]


def folder(house: VerifierHouse) -> dict[str, bytes]:
    """Thirty files by name: 2 revoked, 1 altered, 1 of a centre nobody knows, 1 that is no certificate."""
    world = house.world
    files = {f"{number:02} SOK.json": world.issue(number) for number in range(28)}
    files[ALTERED] = files[ALTERED].replace(b"SOK DARA", b"EVIL TWIN")
    del files["21 SOK.json"]
    did, signer = did_key_signer("stranger")
    stranger = world.unsigned(21, issuer={"id": did, "name": "Ministry of Everything"})
    files[STRANGER] = world.sign(stranger, signer=signer)
    files[UNREADABLE] = b"this was scanned upside down"
    files["28 ស្រីមុំ.json"] = world.issue(28)
    world.publish_status({3, 17})
    assert len(files) == 30
    return files


def send(
    house: VerifierHouse,
    files: Files | None = None,
    *,
    accept: str = "application/json",
    language: str = "en",
    headers: Mapping[str, str] | None = None,
    **fields: str,
) -> httpx2.Response:
    """The answer to a batch of these files and fields."""
    parts = [("files", (name, data)) for name, data in (files or {}).items()]
    response: httpx2.Response = house.client.post(
        "/verify/batch",
        files=parts or {"files": ("", b"")},
        data=fields,
        headers={"Accept": accept, "Accept-Language": language, **(headers or {})},
    )
    return response


def rows_of(response: httpx2.Response) -> list[dict[str, Any]]:
    """The rows of an answer as JSON, which must be 200."""
    assert response.status_code == 200, response.text
    rows: list[dict[str, Any]] = response.json()["rows"]
    return rows


def outcomes(rows: list[dict[str, Any]]) -> dict[str, str]:
    """Outcome by name, of those that were not accepted."""
    return {row["name"]: row["outcome"] for row in rows if row["outcome"] != "accepted"}


def rows_on(page: str) -> list[tuple[int, str]]:
    """Number and outcome of each row on a page, in order."""
    return [
        (int(number), word) for number, word in re.findall(r'data-row="(\d+)" data-outcome="(\w+)"', page)
    ]


def asks(house: VerifierHouse, asker: Asker) -> None:
    """Let everyone at this house be ``asker``."""
    house.client.app.dependency_overrides[asker_of] = lambda: asker  # type: ignore[attr-defined]


def opened(archive: bytes) -> dict[str, bytes]:
    """What is in a ZIP, by name."""
    with zipfile.ZipFile(io.BytesIO(archive)) as report:
        return {name: report.read(name) for name in report.namelist()}


def closed(files: Files) -> bytes:
    """A ZIP of these files."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return written.getvalue()
