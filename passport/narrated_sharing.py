"""The part of the narrated journey in which a worker shares: with an agency, and with whoever has a link."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import anyio
import httpx2

from passport.demo_world.licences import LICENSED

PIN: Final = "731904"
"""Of the second returnee of a demo on loopback."""
SHARES: Final = "shares.json"
_CLAIMS: Final = ("nameLatin", "achievement", "unitsOfCompetency")
_LINK: Final = re.compile(r'href="(https?://[^"]+/s/[0-9A-Z]+)"')


async def share_twice(client: httpx2.AsyncClient, out: Path, say: Callable[[str], None]) -> None:
    """Share a certificate of whoever is signed in; the links go into a file."""
    page = await client.get("/wallet", headers={"Accept": "text/html"})
    found = re.search(r"/wallet/credentials/(urn:uuid:[0-9a-f-]+)", page.text)
    if found is None:
        raise RuntimeError("the worker has no certificate")
    set_pin = await client.post("/wallet/pin", data={"new_pin": PIN, "again": PIN})
    if set_pin.status_code != 303:
        raise RuntimeError("the PIN could not be set")
    agency = {"to": LICENSED, "purpose": "jp-ssw/construction", "hours": "24", "views": "3"}
    anyone = {"to": "anyone", "purpose": "kh-work/construction", "hours": "168", "views": "20"}
    links = {
        "agency": await _share(client, found[1], agency),
        "anyone": await _share(client, found[1], anyone),
    }
    await anyio.Path(out / SHARES).write_text(json.dumps(links, indent=2), encoding="utf-8")
    say(f"   {out / SHARES}: one link for the agency {LICENSED} (sign in as agency-admin), one for anybody.")


async def _share(client: httpx2.AsyncClient, credential_id: str, fields: dict[str, Any]) -> str:
    form = {
        **fields,
        "certificate": credential_id,
        "claim": [f"{credential_id} {claim}" for claim in _CLAIMS],
        "pin": PIN,
    }
    made = await client.post("/wallet/share", data=form)
    found = _LINK.search(made.text)
    if made.status_code != 200 or found is None:
        raise RuntimeError("the certificate could not be shared")
    return found[1]
