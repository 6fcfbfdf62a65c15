"""Letters to holders without a confirmed phone: the issuer has its centres print and hand them over."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request

from runtime.auth import Principal, require_service
from wallet_api.notices import LETTERS, Notices

router = APIRouter(prefix="/wallet/api/letters")
_Issuer = Annotated[Principal, Depends(require_service("issuer"))]


class HandedOverBody(BaseModel):
    """Who handed a letter over."""

    model_config = ConfigDict(extra="forbid")
    by: str = Field(min_length=1, max_length=200)


def notices_of(request: Request) -> Notices:
    """The notices of the application that answers ``request``."""
    notices = request.app.state.notices
    if not isinstance(notices, Notices):
        raise TypeError("the application was not made by wallet_api.app.create_app")
    return notices


@router.get("")
async def list_letters(
    request: Request, _: _Issuer, after: Annotated[str, Query(max_length=64)] = ""
) -> dict[str, Any]:
    """A page of letters, by certificate; whose it is the issuer knows. Then where the next page begins."""
    found = await notices_of(request).letters(after)
    return {
        "letters": [
            {
                "letter_id": letter.notice_id,
                "credential_id": letter.credential_id,
                "status": letter.status,
                "happened_at": letter.happened_at,
            }
            for letter in found
        ],
        "next_after": found[-1].notice_id if len(found) == LETTERS else None,
    }


@router.post("/{letter_id}/handed-over")
async def hand_over(request: Request, letter_id: str, body: HandedOverBody, _: _Issuer) -> dict[str, bool]:
    """Note that it was handed over."""
    await notices_of(request).hand_over(letter_id, by=body.by)
    return {"handed_over": True}
