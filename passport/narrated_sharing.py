"""The part of the narrated journey in which a worker shares: with an agency, and with whoever has a link."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import anyio

from passport.demo_world.holders import LOOPBACK_PINS
from passport.demo_world.licences import LICENSED
from passport.narrated_steps import Walk, answered

PIN: Final = LOOPBACK_PINS[1]
"""Of the second returnee of a demo on loopback."""
SHARES: Final = "shares.json"
AGENCY_MEMBER: Final = "agency-admin"
_CLAIMS: Final = ("nameLatin", "achievement", "unitsOfCompetency")
_LINK: Final = re.compile(r'href="(https?://[^"]+/s/[0-9A-Z]+)"')


@dataclass(frozen=True, kw_only=True, slots=True)
class Shared:
    """The certificate that was shared, and the links by which."""

    credential_id: str
    links: Mapping[str, str]


async def share_twice(walk: Walk) -> Shared:
    """Share a certificate of whoever is signed in; the links go into a file, and the agency opens its own."""
    page = await walk.client.get("/wallet", headers={"Accept": "text/html"})
    found = re.search(r"/wallet/credentials/(urn:uuid:[0-9a-f-]+)", page.text)
    if found is None:
        raise RuntimeError("the worker has no certificate")
    agency = {"to": LICENSED, "purpose": "jp-ssw/construction", "hours": "24", "views": "3"}
    anyone = {"to": "anyone", "purpose": "kh-work/construction", "hours": "168", "views": "20"}
    links = {
        "agency": await _share(walk, found[1], agency),
        "anyone": await _share(walk, found[1], anyone),
    }
    await anyio.Path(walk.out / SHARES).write_text(json.dumps(links, indent=2), encoding="utf-8")
    agency_link = f"one link for the agency {LICENSED} (sign in as {AGENCY_MEMBER})"
    walk.say(f"   {walk.out / SHARES}: {agency_link}, one for anybody.")
    await walk.sign_in(AGENCY_MEMBER)
    walk.say(f"   The agency opens it: {await open_share(walk, links['agency'])}")
    return Shared(credential_id=found[1], links=links)


async def open_share(walk: Walk, link: str) -> str:
    """Open a share as whoever is signed in: what the verifier says of the certificate in it."""
    opened = answered(await walk.client.post(link, headers={"Accept": "application/json"}), 200)
    return str(opened["credentialResults"][0]["decision"]["headline"])


async def _share(walk: Walk, credential_id: str, fields: dict[str, Any]) -> str:
    form = {
        **fields,
        "certificate": credential_id,
        "claim": [f"{credential_id} {claim}" for claim in _CLAIMS],
        "pin": PIN,
    }
    made = await walk.client.post("/wallet/share", data=form)
    found = _LINK.search(made.text)
    if made.status_code != 200 or found is None:
        raise RuntimeError("the certificate could not be shared")
    return found[1]
