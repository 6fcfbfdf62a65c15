"""Photos to be printed: from the RLD alone, at the moment of printing, kept nowhere.

That two people have one photo is noticed by blind indexes of its bytes.
A centre uploads none. That there is none is an answer and is printed as such; that it could not be asked for
is another.
"""

import hashlib
import io
from collections.abc import Mapping, Sequence
from typing import Final

import anyio.to_thread
from PIL import Image, ImageOps

from issuer import photo_store
from issuer.passport_card import PrintedPhoto
from issuer.rld.port import PhotoState, RldPerson, RldUnavailable
from issuer.service.desk import Desk
from runtime.logging import get_logger
from vc.encoding.timestamps import format_timestamp

_SIZE: Final = (270, 255)
"""Pixels of a printed photo: nine by eight and a half millimetres at 762 dots an inch."""
_MAX_PIXELS: Final = 25_000_000
_log = get_logger("issuer")


async def photos_of(desk: Desk, numbers: Sequence[str]) -> Mapping[str, PrintedPhoto]:
    """The photo of each RLD number, or how it stands with it; silence of the RLD ends the asking."""
    photos = dict.fromkeys(numbers, PrintedPhoto.could_not_ask())
    seen: dict[str, str] = {}
    try:
        people = await desk.rld.get_persons(list(photos))
        for number, person in people.items():
            photos[number] = await _photo(desk, person, number, seen)
    except RldUnavailable as error:
        _log.warning("photos_not_asked", reason=error.trouble.value)
    if seen:
        at = format_timestamp(desk.context.clock.now())
        await desk.context.database.write(photo_store.note_photos, seen, at=at)
    return photos


async def _photo(desk: Desk, person: RldPerson | None, number: str, seen: dict[str, str]) -> PrintedPhoto:
    """The photo to be printed; which one it is goes into ``seen``, by blind indexes."""
    if person is None or person.photo is PhotoState.NONE or person.photo_reference is None:
        return PrintedPhoto.none()
    # Of whom a person has to decide first, nothing is handed on.
    if person.photo is PhotoState.WITHHELD or person.protected:
        return PrintedPhoto.withheld()
    photo = await desk.rld.get_photo(person.photo_reference)
    if photo.state is PhotoState.WITHHELD:
        return PrintedPhoto.withheld()
    if photo.image is None:
        return PrintedPhoto.none()
    personal = desk.sealed.personal
    digest = hashlib.sha256(photo.image).hexdigest()
    seen[personal.person(number)] = personal.blind_index("photo", digest)
    jpeg = await anyio.to_thread.run_sync(_printable, photo.image)
    return PrintedPhoto.could_not_ask() if jpeg is None else PrintedPhoto.of(jpeg)


def _printable(image: bytes) -> bytes | None:
    """A small JPEG without anything else the file held; None for what is no picture."""
    try:
        with Image.open(io.BytesIO(image), formats=("JPEG", "PNG")) as opened:
            if opened.width * opened.height > _MAX_PIXELS:
                return None
            upright = ImageOps.exif_transpose(opened).convert("RGB")
            fitted = ImageOps.fit(upright, _SIZE)
    except (OSError, ValueError, SyntaxError):
        return None
    out = io.BytesIO()
    fitted.save(out, "JPEG", quality=88)
    return out.getvalue()
