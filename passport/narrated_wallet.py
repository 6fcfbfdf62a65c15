"""The part of the narrated journey in which a certificate goes into a wallet app, by OpenID4VCI.

The wallet is the hosted one, which takes an offer as it takes one of any other issuer on the trust list.
"""

import json
import re
import zipfile
from dataclasses import dataclass
from html import unescape
from io import BytesIO
from typing import Final

import anyio
import httpx2

from passport.narrated_sharing import PIN
from passport.narrated_steps import Walk
from runtime.qr import qr_png

OFFER: Final = "wallet/offer"
COPY: Final = "wallet/certificate.sd-jwt"
_HTML: Final = {"Accept": "text/html"}
_LINK: Final = re.compile(r'href="(openid-credential-offer:[^"]+)"')
_DIGITS: Final = re.compile(r'<bdi class="code[^"]*">([0-9]{6})</bdi>')
_TAKING: Final = re.compile(r'action="(/wallet/receive/[0-9A-Z]+)"')


@dataclass(frozen=True, kw_only=True, slots=True)
class Offer:
    """What an app scans, and the digits that are typed into it. ``repr`` does not show the digits."""

    link: str
    digits: str

    def __repr__(self) -> str:
        return f"Offer(link={self.link!r})"


async def take_along(walk: Walk, credential_id: str) -> str:
    """Offer the certificate of whoever is signed in to a wallet app, and take it there; the copy's file."""
    (walk.out / "wallet").mkdir()
    offer = await _offer(walk, credential_id)
    await anyio.Path(walk.out / f"{OFFER}.txt").write_text(f"{offer.link}\n", encoding="utf-8")
    await anyio.Path(walk.out / f"{OFFER}.png").write_bytes(qr_png(offer.link))
    walk.say(f"   {walk.out / OFFER}.png: the offer, good once; the app asks for the digits and the PIN.")
    await _redeem(walk, offer)
    await anyio.Path(walk.out / COPY).write_text(await _received_text(walk), encoding="ascii")
    walk.manifest[COPY] = {"kind": "copy", "expected": "accepted"}
    walk.client.cookies.clear()
    await walk.keep_bundle()
    (found,) = await walk.check_offline(str(walk.out / COPY))
    if found.answer is None or found.outcome != "accepted":
        raise RuntimeError("the copy in the wallet app was not accepted")
    walk.say(f"   passport verify {walk.out / COPY}: {found.answer.headline}")
    return COPY


async def _offer(walk: Walk, credential_id: str) -> Offer:
    address = f"/wallet/credentials/{credential_id}/own-app"
    made = await walk.client.post(address, data={"pin": PIN}, headers=_HTML)
    link, digits = _found(_LINK, made), _found(_DIGITS, made)
    return Offer(link=unescape(link), digits=digits)


async def _redeem(walk: Walk, offer: Offer) -> None:
    form = {"link": offer.link}
    looked = await walk.client.post("/wallet/receive", data=form, headers=_HTML, follow_redirects=True)
    address = _found(_TAKING, looked)
    taken = await walk.client.post(address, data={"tx_code": offer.digits, "pin": PIN}, headers=_HTML)
    if 'data-kept="1"' not in taken.text:
        raise RuntimeError("the wallet app did not get the certificate")


async def _received_text(walk: Walk) -> str:
    """The SD-JWT VC as it came, out of everything that a holder can take away."""
    everything = await walk.client.post("/wallet/me/export", data={"pin": PIN})
    everything.raise_for_status()
    with zipfile.ZipFile(BytesIO(everything.content)) as archive:
        kept = json.loads(archive.read("passport.json"))
    return str(kept["received"][0]["credentials"][0])


def _found(pattern: re.Pattern[str], response: httpx2.Response) -> str:
    found = pattern.search(response.text)
    if response.status_code != 200 or found is None:
        raise RuntimeError("the holder's page did not show what it should")
    return found[1]
