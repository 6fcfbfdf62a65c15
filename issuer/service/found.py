"""One person looked up for an officer who helps them at a kiosk: never a list, never by name alone."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from issuer import store
from issuer.passport_card import PrintedPhoto
from issuer.rld.port import RldPerson
from issuer.service.desk import Desk
from issuer.service.photos import photos_of
from issuer.store import Connection, Record
from runtime.audit_log import Entry, record
from runtime.entropy import decode_code
from vc.errors import MalformedValue, NotFound

# As runtime.entropy.random_token writes 130 and 60 bits.
_TOKEN_LETTERS: Final = 26
_CODE_LETTERS: Final = 12
_NOBODY: Final = "There is no such person, or the year of birth is another."


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """A person as the labour database has them, and their photo or how it stands with it."""

    person: RldPerson
    photo: PrintedPhoto


async def find_by_number(desk: Desk, rld_number: str, birth_year: int, *, actor: str) -> Found:
    """Whoever has this RLD number and was born that year.

    Raises ``NotFound``, the same for a number that nobody has and for another year; ``EvidenceUnavailable``.
    """
    person = (await desk.rld.get_persons([rld_number]))[rld_number]
    await _note(desk, rld_number, actor)
    if person is None or person.birth_date.year != birth_year:
        raise NotFound(_NOBODY)
    return await _found(desk, person)


async def find_by_certificate(desk: Desk, printed: str, *, actor: str) -> Found:
    """Whoever a certificate is for, by the link in its QR code or by its typed code.

    Raises ``NotFound``, ``EvidenceUnavailable``.
    """
    try:
        intent = await desk.context.database.read(desk.sealed.issued, issued_as_printed(desk), printed)
    except MalformedValue:
        raise NotFound("There is no certificate with this code.") from None
    number = intent.details.rld_number
    person = (await desk.rld.get_persons([number]))[number]
    await _note(desk, number, actor)
    if person is None:
        raise NotFound(_NOBODY)
    return await _found(desk, person)


def issued_as_printed(desk: Desk) -> Callable[[Connection, str], Record]:
    """What finds a certificate by what stands on its paper: the link of its QR code, or its typed code.

    That raises ``NotFound``, and ``MalformedValue`` for what can be neither.
    """
    link = f"{desk.context.settings.base_url}/v/"

    def find(connection: Connection, text: str) -> Record:
        code = decode_code(text.removeprefix(link))
        if len(code) == _TOKEN_LETTERS and text.startswith(link):
            return store.issued_by_token(connection, code)
        if len(code) == _CODE_LETTERS:
            return store.issued_by_code(connection, code)
        raise NotFound("There is no such credential.")

    return find


async def _found(desk: Desk, person: RldPerson) -> Found:
    photos = await photos_of(desk, [person.rld_number])
    return Found(person=person, photo=photos[person.rld_number])


async def _note(desk: Desk, rld_number: str, actor: str) -> None:
    """Who looked for whom stands in the log also where the year of birth was wrong."""

    def write(connection: Connection) -> None:
        owner = desk.sealed.personal.person(rld_number)
        record(connection, Entry(actor=actor, act="person.find", object=owner), now=desk.context.clock.now())

    await desk.context.database.write(write)
