"""The part of the narrated journey in which a phone without internet asks, through the simulated gateways."""

import re
from dataclasses import dataclass
from html import unescape
from typing import Final

import anyio

from passport.demo_world.holders import PHONES
from passport.demo_world.licences import LICENSED
from passport.narrated_sharing import PIN
from passport.narrated_steps import Walk
from runtime.menu_settings import MenuDoor
from wallet_api.menus.words import MAX_UCS2, fits

TEXTS: Final = "phone.txt"
_SIMULATOR: Final = "/simulators/phone/"
_PHONE: Final = PHONES[1]
_CARD, _LOOKS, _AGENCY = "1", "2", "4"
_SCREEN: Final = re.compile(r"<strong>(?:CON|END) (.*?)</strong>", re.DOTALL)
_MESSAGE: Final = re.compile(r"<li>(.*?)</li>", re.DOTALL)


@dataclass(frozen=True, kw_only=True, slots=True)
class Said:
    """One text of the phone's owner, and what came back."""

    door: MenuDoor
    typed: str
    answer: str


async def ask_by_phone(walk: Walk) -> None:
    """Ask for a card and for who looked by USSD, and about an agency by SMS; the texts go into a file."""
    said = [
        *await _dial(walk, _CARD),
        *await _dial(walk, _LOOKS),
        await _send(walk, _AGENCY),
        await _send(walk, LICENSED),
    ]
    if not all(fits(one.answer) for one in said):
        raise RuntimeError("a text is longer than one message of a phone")
    text = "\n".join(_as_lines(one) for one in said)
    await anyio.Path(walk.out / TEXTS).write_text(text, encoding="utf-8")
    walk.say(
        f"   {walk.out / TEXTS}: {len(said)} texts in Khmer, each within one message ({MAX_UCS2} letters)."
    )


async def _dial(walk: Walk, choice: str) -> tuple[Said, Said]:
    """A session of USSD: the choice, then the PIN, which stands in no file."""
    form = {"door": MenuDoor.USSD.value, "number": _PHONE, "text": choice, "entries": ""}
    asked = await _pressed(walk, form, _SCREEN)
    given = await _pressed(walk, form | {"entries": choice, "text": PIN}, _SCREEN)
    return (
        Said(door=MenuDoor.USSD, typed=choice, answer=asked),
        Said(door=MenuDoor.USSD, typed="******", answer=given),
    )


async def _send(walk: Walk, text: str) -> Said:
    form = {"door": MenuDoor.SMS.value, "number": _PHONE, "text": text, "entries": ""}
    return Said(door=MenuDoor.SMS, typed=text, answer=await _pressed(walk, form, _MESSAGE))


async def _pressed(walk: Walk, form: dict[str, str], shown: re.Pattern[str]) -> str:
    """The last text that the simulator's page shows."""
    page = await walk.client.post(_SIMULATOR, data=form)
    found = shown.findall(page.text)
    if not found:
        raise RuntimeError("the phone got no answer")
    return unescape(found[-1].replace("<br>", "\n"))


def _as_lines(said: Said) -> str:
    return f"{said.door.value.upper()} > {said.typed}\n{said.answer}\n({len(said.answer)} letters)\n"
