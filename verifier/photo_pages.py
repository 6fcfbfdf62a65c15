"""``POST /s/{token}/photo``: what a member of an organisation says of the photo they just saw."""

from typing import Final

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from runtime.rate_limit import rate_limit
from runtime.share_links import parse_share_token
from vc.errors import MalformedValue, NotAuthorized
from vc.verify.registry_photo import PhotoAnswer
from verifier.askers import WhoAsks
from verifier.key_pages import Member
from verifier.links import ShareLink
from verifier.share_pages import result_page
from verifier.shares import share_desk_of

router = APIRouter()

_LANGUAGES_NAMED: Final = ("km", "en")


@router.post("/s/{token}/photo", dependencies=[Depends(rate_limit("share-open", "30/minute"))])
async def say_what_was_seen(request: Request, token: str, member: Member, asker: WhoAsks) -> Response:
    """Take the answer, and show what was shared as it stands with it.

    404 where no photo of this share was shown to this organisation in the last minutes.
    """
    if asker.licence_number is None:
        raise NotAuthorized("Only a member of an organisation with a licence can say that.")
    async with request.form(max_files=0, max_fields=1) as form:
        answer = _answer_in(form.get("answer"))
    names = asker.organisation
    organisation = " · ".join(dict.fromkeys(names[one] for one in _LANGUAGES_NAMED if one in names))
    link = ShareLink(value=parse_share_token(token))
    checked = await share_desk_of(request).compare(
        link,
        asker.licence_number,
        answer,
        organisation=organisation or asker.licence_number,
        by=member.subject,
    )
    return result_page(request, link.value, checked)


def _answer_in(given: object) -> PhotoAnswer:
    if not isinstance(given, str) or given not in list(PhotoAnswer):
        raise MalformedValue("The answer is not one of the three.", pointer="/answer")
    return PhotoAnswer(given)
