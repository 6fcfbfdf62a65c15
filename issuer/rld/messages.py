"""The RLD's answers as JSON. Its interface is not published: these forms are this product's proposal.

What they hold beyond this is not read. A form that does not fit is ``RldUnavailable``, never "nobody".
"""

from datetime import date
from typing import Annotated, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from issuer.class_list import Sex
from issuer.rld.port import EventKind, EventPage, PhotoState, RldEvent, RldPerson, RldUnavailable, Trouble

BATCH_SIZE = 100
"""Records asked about, or answered, at once."""

MAX_PHOTO_CHARACTERS = 700_000
"""A photo in base64; about half a megabyte of picture."""

_Number = Annotated[str, Field(min_length=3, max_length=40)]
_Name = Annotated[str, Field(min_length=1, max_length=200)]
_Reference = Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,80}$")]
_Cursor = Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,80}$")]


class _Form(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class _Person(_Form):
    rld_number: _Number
    name_km: _Name
    name_latin: _Name
    birth_date: date
    sex: Sex
    province_code: str = Field(pattern=r"^[0-9]{2}$")
    protected: bool = False
    deceased: bool = False
    passport_name_latin: _Name | None = None
    contact_reference: _Reference | None = None
    photo: PhotoState = PhotoState.NONE
    photo_reference: _Reference | None = None


class _Persons(_Form):
    persons: list[_Person] = Field(max_length=BATCH_SIZE)


class _Event(_Form):
    event_id: str = Field(pattern=r"^[A-Za-z0-9._-]{1,80}$")
    kind: EventKind
    rld_number: _Number
    happened_at: AwareDatetime
    merged_into: _Number | None = None


class _Events(_Form):
    events: list[_Event] = Field(max_length=BATCH_SIZE)
    cursor: _Cursor


class _Photo(_Form):
    state: PhotoState
    image_base64: str | None = Field(default=None, max_length=MAX_PHOTO_CHARACTERS)


class _Taken(_Form):
    notice_id: str = Field(max_length=120)


_F = TypeVar("_F", bound=_Form)


def read_persons(content: bytes) -> tuple[RldPerson, ...]:
    """The records of an answer. Raises ``EvidenceUnavailable`` (as ``RldUnavailable``)."""
    return tuple(RldPerson(**dict(person)) for person in _read(_Persons, content).persons)


def read_events(content: bytes) -> EventPage:
    """The events of an answer. A merger without the number that goes on does not fit.

    Raises ``EvidenceUnavailable`` (as ``RldUnavailable``).
    """
    answer = _read(_Events, content)
    if any((event.kind is EventKind.MERGED) != (event.merged_into is not None) for event in answer.events):
        raise _unreadable()
    return EventPage(
        events=tuple(RldEvent(**dict(event)) for event in answer.events),
        cursor=answer.cursor,
    )


def read_photo(content: bytes) -> tuple[PhotoState, str | None]:
    """How it stands with a photo, and the photo in base64 where it is handed out.

    Raises ``EvidenceUnavailable`` (as ``RldUnavailable``).
    """
    answer = _read(_Photo, content)
    if (answer.state is PhotoState.HELD) != (answer.image_base64 is not None):
        raise _unreadable()
    return answer.state, answer.image_base64


def read_taken(content: bytes) -> str:
    """The id of the notice that the RLD says it has. Raises ``EvidenceUnavailable`` (``RldUnavailable``)."""
    return _read(_Taken, content).notice_id


def _read(form: type[_F], content: bytes) -> _F:
    try:
        return form.model_validate_json(content)
    except ValidationError as error:
        raise _unreadable() from error


def _unreadable() -> RldUnavailable:
    return RldUnavailable(Trouble.UNUSABLE, "The answer of the RLD cannot be read.")
