"""Offers to wallets: of a clerk, for a certificate of the centre; of the wallet service, for its holder."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response

from issuer.openid4vci import offers
from issuer.openid4vci.offers import MadeOffer
from issuer.pages import Clerk, render, translate_of
from issuer.routes import desk_of
from runtime.auth import Principal, require_service
from runtime.i18n import gettext_noop
from runtime.qr import qr_svg
from vc.encoding.timestamps import format_timestamp
from vc.errors import ConflictError
from vc.oid4vc.dcql import CredentialFormat

api = APIRouter()
router = APIRouter(include_in_schema=False)
WalletService = Annotated[Principal, Depends(require_service("wallet_api"))]

FORMATS: Final = {
    CredentialFormat.SD_JWT_VC: gettext_noop("SD-JWT VC: the person shows single facts of it (most wallets)"),
    CredentialFormat.JWT_VC_JSON: gettext_noop("JWT: shown whole"),
    CredentialFormat.LDP_VC: gettext_noop("JSON-LD with a Data Integrity proof: shown whole"),
}
"""What can be chosen, and what it means to the person."""


class OwnOffer(BaseModel):
    """Certificates of one holder, by RLD number, for a wallet of theirs."""

    model_config = ConfigDict(extra="forbid", strict=True)
    credential_ids: list[Annotated[str, Field(max_length=60)]] = Field(
        min_length=1, max_length=offers.MAX_CERTIFICATES
    )
    holder: str = Field(min_length=1, max_length=40)


class ClerksOffer(BaseModel):
    """How one certificate is to be offered."""

    model_config = ConfigDict(extra="forbid")
    format: CredentialFormat = CredentialFormat.SD_JWT_VC
    with_tx_code: bool = True


@api.post("/issuer/api/offers", status_code=201)
async def offer_own(request: Request, principal: WalletService, body: OwnOffer) -> dict[str, Any]:
    """Offer certificates to a wallet of their holder."""
    made = await offers.make_offer(
        desk_of(request),
        body.credential_ids,
        rld_number=body.holder,
        formats=(CredentialFormat.SD_JWT_VC,),
        with_tx_code=True,
        actor=principal.subject,
    )
    return _json(made)


@api.post("/issuer/api/credentials/{intent_id}/offers", status_code=201)
async def offer_one(request: Request, principal: Clerk, intent_id: str, body: ClerksOffer) -> dict[str, Any]:
    """Offer one certificate of the centre to a wallet of its holder."""
    made = await offers.offer_one(
        desk_of(request), principal, intent_id, form=body.format, with_tx_code=body.with_tx_code
    )
    return _json(made)


@router.get("/issuer/credentials/{intent_id}/offer")
async def ask_offer(request: Request, principal: Clerk, intent_id: str) -> Response:
    """The form: in what format, and with a code or without."""
    await offers.require_offerable(desk_of(request), principal, intent_id)
    return _page(request, intent_id, made=None)


@router.post("/issuer/credentials/{intent_id}/offer")
async def show_offer(request: Request, principal: Clerk, intent_id: str) -> Response:
    """The picture for the person's phone and, apart from it, the code."""
    fields = await request.form(max_files=0, max_fields=5)
    known = {form.value: form for form in FORMATS}
    chosen = known.get(str(fields.get("format", "")), CredentialFormat.SD_JWT_VC)
    try:
        made = await offers.offer_one(
            desk_of(request),
            principal,
            intent_id,
            form=chosen,
            with_tx_code=fields.get("without_tx_code") != "yes",
        )
    except ConflictError as error:
        return _page(request, intent_id, made=None, error=translate_of(request)(str(error)))
    return _page(request, intent_id, made=made)


def _page(request: Request, intent_id: str, *, made: MadeOffer | None, error: str | None = None) -> Response:
    translate = translate_of(request)
    return render(
        request,
        "issuer/offer.html",
        status_code=200 if error is None else 409,
        intent_id=intent_id,
        made=made,
        qr=None if made is None else qr_svg(made.link),
        minutes=int(offers.LIFETIME.total_seconds() // 60),
        minutes_without=int(offers.LIFETIME_WITHOUT_TX_CODE.total_seconds() // 60),
        formats=[(form.value, translate(text)) for form, text in FORMATS.items()],
        form_errors=[] if error is None else [{"field": None, "message": error}],
    )


def _json(made: MadeOffer) -> dict[str, Any]:
    return {
        "credential_offer": made.document,
        "credential_offer_uri": made.uri,
        "link": made.link,
        "tx_code": made.tx_code,
        "expires": format_timestamp(made.expires),
    }
