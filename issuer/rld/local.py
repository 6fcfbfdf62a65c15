"""The RLD as a register in the issuer's own database."""

from collections.abc import Mapping, Sequence
from datetime import date

from issuer.rld import register
from issuer.rld.port import EventPage, Notice, Photo, PhotoState, RldPerson, RldUnavailable, Trouble
from runtime.database import Database, StorageUnavailable
from runtime.personal_data import PersonalData


class LocalRld:
    """``RldPort`` over the own register. It holds no photos; what it is told lies beside it anyway."""

    def __init__(self, database: Database, personal: PersonalData) -> None:
        """``database`` and ``personal`` are the issuer's."""
        self._database = database
        self._personal = personal

    async def aclose(self) -> None:
        """See ``RldPort``; the database is closed by who opened it."""

    async def get_persons(self, numbers: Sequence[str]) -> Mapping[str, RldPerson | None]:
        """See ``RldPort``."""
        found: dict[str, RldPerson | None] = dict.fromkeys(numbers)
        try:
            people = await self._database.read(register.persons, self._personal, list(found))
        except StorageUnavailable as error:
            raise _unavailable() from error
        return found | {person.rld_number: person for person in people}

    async def find_persons(self, *, name_km: str, name_latin: str, birth_date: date) -> tuple[RldPerson, ...]:
        """See ``RldPort``; everybody born that day, whatever the name."""
        try:
            return tuple(await self._database.read(register.born_on, self._personal, birth_date))
        except StorageUnavailable as error:
            raise _unavailable() from error

    async def get_photo(self, reference: str) -> Photo:
        """See ``RldPort``."""
        return Photo(state=PhotoState.NONE)

    async def notify(self, notice: Notice) -> None:
        """See ``RldPort``."""

    async def get_events(self, cursor: str) -> EventPage:
        """See ``RldPort``."""
        try:
            return await self._database.read(register.events_after, self._personal, cursor)
        except StorageUnavailable as error:
            raise _unavailable() from error


def _unavailable() -> RldUnavailable:
    return RldUnavailable(Trouble.UNAVAILABLE, "The register cannot be read now.")
