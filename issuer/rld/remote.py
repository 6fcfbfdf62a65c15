"""The RLD over X-Road."""

import base64
import binascii
from collections.abc import Mapping, Sequence
from datetime import date
from itertools import islice
from typing import Final

from issuer.rld.messages import BATCH_SIZE, read_events, read_persons, read_photo, read_taken
from issuer.rld.port import EventPage, Notice, Photo, RldPerson, RldUnavailable, Trouble
from issuer.rld.xroad import XRoadClient

_PICTURES: Final = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")


class XRoadRld:
    """``RldPort`` over X-Road."""

    def __init__(self, client: XRoadClient) -> None:
        """``client`` calls the RLD's subsystem."""
        self._client = client

    async def aclose(self) -> None:
        """See ``RldPort``."""
        await self._client.aclose()

    async def get_persons(self, numbers: Sequence[str]) -> Mapping[str, RldPerson | None]:
        """See ``RldPort``; asked in batches."""
        found: dict[str, RldPerson | None] = dict.fromkeys(numbers)
        remaining = iter(tuple(found))
        while batch := tuple(islice(remaining, BATCH_SIZE)):
            for person in read_persons(await self._client.call("persons", {"rld_numbers": list(batch)})):
                if person.rld_number not in batch:
                    raise _not_asked_for()
                found[person.rld_number] = person
        return found

    async def find_persons(self, *, name_km: str, name_latin: str, birth_date: date) -> tuple[RldPerson, ...]:
        """See ``RldPort``."""
        body = {"name_km": name_km, "name_latin": name_latin, "birth_date": birth_date.isoformat()}
        found = read_persons(await self._client.call("find-persons", body))
        if any(person.birth_date != birth_date for person in found):
            raise _not_asked_for()
        return found

    async def get_photo(self, reference: str) -> Photo:
        """See ``RldPort``."""
        state, text = read_photo(await self._client.call("photo", {"photo_reference": reference}))
        if text is None:
            return Photo(state=state)
        try:
            image = base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError) as error:
            raise RldUnavailable(Trouble.UNUSABLE, "The photo from the RLD cannot be read.") from error
        if not image.startswith(_PICTURES):
            raise RldUnavailable(Trouble.UNUSABLE, "The photo from the RLD is no picture that is used here.")
        return Photo(state=state, image=image)

    async def notify(self, notice: Notice) -> None:
        """See ``RldPort``."""
        body = {
            "notice_id": notice.notice_id,
            "rld_number": notice.rld_number,
            "credential_type": notice.credential_type,
            "title": notice.title,
            "level": notice.level,
            "on": notice.on.isoformat(),
            "status": notice.status.value,
        }
        if read_taken(await self._client.call("notices", body)) != notice.notice_id:
            raise _not_asked_for()

    async def get_events(self, cursor: str) -> EventPage:
        """See ``RldPort``."""
        return read_events(await self._client.call("events", {"after": cursor, "limit": BATCH_SIZE}))


def _not_asked_for() -> RldUnavailable:
    return RldUnavailable(Trouble.UNUSABLE, "The RLD answered about something nobody asked for.")
