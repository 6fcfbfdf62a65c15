"""Shares for the verifier: to open one, whether a worker shares with an agency, whether a share stands."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import JSONResponse

from runtime.auth import Principal, require_service
from runtime.share_links import parse_share_token
from wallet_api.share_photos import SharePhotos, ShownPhoto
from wallet_api.sharing import OpenedShare, Shares

router = APIRouter(prefix="/wallet/api/shares")

MOST_ASKED: Final = 500
_Verifier = Annotated[Principal, Depends(require_service("verifier"))]
_Licence = Annotated[str, Field(min_length=1, max_length=60)]
_ShareId = Annotated[str, Field(min_length=1, max_length=64)]


class OpenBody(BaseModel):
    """What stands in the link, and under which licence it is asked for; none for whoever has the link.

    ``with_photo``: a person sits at a page, and the photo is asked for where its holder lets them see it.
    """

    model_config = ConfigDict(extra="forbid", strict=True)

    token: str = Field(min_length=1, max_length=100)
    licence_number: _Licence | None
    with_photo: bool = False


class ConsentBody(BaseModel):
    """The token of a certificate's link or its typed code, and the licence of who wants to look at it."""

    model_config = ConfigDict(extra="forbid", strict=True)

    name: str = Field(min_length=1, max_length=100)
    licence_number: _Licence


class StandingBody(BaseModel):
    """The ids of shares."""

    model_config = ConfigDict(extra="forbid", strict=True)

    shares: list[_ShareId] = Field(max_length=MOST_ASKED)


def shares_of(request: Request) -> Shares:
    """The shares of the application that answers ``request``."""
    shares = request.app.state.shares
    if not isinstance(shares, Shares):
        raise TypeError("the application was not made by wallet_api.app.create_app")
    return shares


def share_photos_of(request: Request) -> SharePhotos:
    """The photos of the application that answers ``request``."""
    photos = request.app.state.share_photos
    if not isinstance(photos, SharePhotos):
        raise TypeError("the application was not made by wallet_api.app.create_app")
    return photos


@router.post("/open")
async def open_share(request: Request, body: OpenBody, _: _Verifier) -> JSONResponse:
    """Open a share and count that. 404 for whatever cannot be opened, and no word why.

    ``photo`` is null unless it was asked for and the holder allowed it.
    """
    opened = await shares_of(request).open(parse_share_token(body.token), body.licence_number)
    photo = await share_photos_of(request).show(opened.receipt) if body.with_photo else None
    return JSONResponse(_opened_json(opened, photo), headers={"Cache-Control": "no-store"})


def _opened_json(opened: OpenedShare, photo: ShownPhoto | None) -> dict[str, Any]:
    receipt = opened.receipt
    return {
        "share": receipt.share_id,
        "licence_number": receipt.licence_number,
        "programme": receipt.programme,
        "variant": receipt.variant,
        "requester": receipt.requester,
        "made_at": receipt.as_json()["madeAt"],
        "expires_at": receipt.as_json()["expiresAt"],
        "is_watched": receipt.is_watched,
        "views_left": opened.views_left,
        "presentations": list(opened.presentations),
        "shows_photo": receipt.shows_photo,
        "photo": None if photo is None else photo.as_json(),
    }


@router.post("/consents")
async def look(request: Request, body: ConsentBody, _: _Verifier) -> dict[str, bool]:
    """Whether its holder shares a certificate with this licence now; asking is a look, and is counted."""
    share_id = await shares_of(request).look(body.name, body.licence_number)
    return {"is_shared": share_id is not None}


@router.post("/standing")
async def standing(request: Request, body: StandingBody, _: _Verifier) -> dict[str, list[str]]:
    """Which of these shares were neither stopped nor are over."""
    return {"standing": sorted(await shares_of(request).standing(body.shares))}
