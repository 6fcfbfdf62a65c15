"""What the wallet asks the issuer of one person: who they are, for an officer; their photo, for a share."""

import base64
from typing import Annotated, Any, Self

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field, model_validator
from starlette.requests import Request
from starlette.responses import JSONResponse

from issuer.routes import desk_of
from issuer.service.found import find_by_certificate, find_by_number
from issuer.service.shown_photos import photo_for_share
from runtime.auth import Principal, require_service
from runtime.person_requests import RldNumber, Username

router = APIRouter()
_Wallet = Annotated[Principal, Depends(require_service("wallet_api"))]


class WantedPerson(BaseModel):
    """One person: by number and year of birth, or by what is printed on a certificate of theirs."""

    model_config = ConfigDict(extra="forbid", strict=True)

    actor: Username
    rld_number: RldNumber | None = None
    birth_year: Annotated[int, Field(ge=1900, le=2200)] | None = None
    printed: Annotated[str, Field(min_length=4, max_length=500)] | None = None

    @model_validator(mode="after")
    def _require_one_way(self) -> Self:
        given = (self.rld_number is not None, self.birth_year is not None, self.printed is not None)
        if given not in ((True, True, False), (False, False, True)):
            raise ValueError("a number with a year of birth, or what is printed; not both")
        return self


class WantedPhoto(BaseModel):
    """The photo of whom these certificates were issued to, all of them to one person."""

    model_config = ConfigDict(extra="forbid", strict=True)

    credentials: list[Annotated[str, Field(min_length=1, max_length=60)]] = Field(min_length=1, max_length=12)


@router.post("/issuer/api/people/found")
async def find_person(request: Request, body: WantedPerson, _: _Wallet) -> dict[str, Any]:
    """Names, birth date and photo; 404 for nobody, the same where the year of birth is another."""
    desk = desk_of(request)
    if body.printed is not None:
        found = await find_by_certificate(desk, body.printed, actor=body.actor)
    else:
        number, year = str(body.rld_number), int(body.birth_year or 0)
        found = await find_by_number(desk, number, year, actor=body.actor)
    person, photo = found.person, found.photo
    return {
        "rld_number": person.rld_number,
        "name_km": person.name_km,
        "name_latin": person.name_latin,
        "birth_date": person.birth_date.isoformat(),
        "photo_state": photo.state,
        "photo": base64.b64encode(photo.jpeg).decode() if photo.jpeg else None,
    }


@router.post("/issuer/api/people/photo")
async def show_photo(request: Request, body: WantedPhoto, _: _Wallet) -> JSONResponse:
    """The photo, or how it stands with it; *none* also where these are not one person's."""
    photo = await photo_for_share(desk_of(request), body.credentials)
    jpeg = base64.b64encode(photo.jpeg).decode() if photo.jpeg else None
    return JSONResponse({"state": photo.state, "jpeg": jpeg}, headers={"Cache-Control": "no-store"})
