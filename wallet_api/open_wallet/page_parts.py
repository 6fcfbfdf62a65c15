"""What the pages towards others have in common: the parts of the application, the PIN, warnings."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from fastapi import FastAPI
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from runtime.auth import Principal, session_token_or_none
from runtime.i18n import name_in
from runtime.service import context_of
from vc.errors import ConflictError, MalformedValue, PassportError, RateLimited
from wallet_api.holding import render
from wallet_api.open_wallet.answering import Answering
from wallet_api.open_wallet.asking import Asking
from wallet_api.open_wallet.received import Received
from wallet_api.open_wallet.receiving import Receiving
from wallet_api.pages import rld_number_of
from wallet_api.scanned import (
    MAX_SCANNED,
    NEXT_STEPS,
    PICTURES,
    READER,
    READER_HEADERS,
    Kind,
    kind_of,
    scanned_text,
)
from wallet_api.unlocking import NoPin, PinLocked, Pins, Unlocked, WrongPin

# Addresses and answers here have codes in them that must not travel on.
PRIVATE: Final = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
_LONGEST: Final = 300


class OpenWallet:
    """The parts of one application; ``of`` finds them."""

    def __init__(
        self, *, receiving: Receiving, received: Received, asking: Asking, answering: Answering, pins: Pins
    ) -> None:
        """Join the parts."""
        self.receiving = receiving
        self.received = received
        self.asking = asking
        self.answering = answering
        self.pins = pins


def open_wallet_of(app: FastAPI) -> OpenWallet:
    """The parts of an application."""
    found = app.state.open_wallet
    if not isinstance(found, OpenWallet):
        raise TypeError("the application was not made by wallet_api.app.create_app")
    return found


async def unlock(request: Request, principal: Principal, pin: str) -> Unlocked:
    """What the PIN of whoever is signed in opens. Raises as ``Pins.unlock``."""
    return await open_wallet_of(request.app).pins.unlock(rld_number_of(principal), pin)


def field(form: FormData, name: str, *, most: int = _LONGEST) -> str:
    """A field as text; the empty text where it is not there, a file, or too long."""
    value = form.get(name)
    return value.strip() if isinstance(value, str) and len(value) <= most else ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Entrance:
    """Where a link is brought, pasted or scanned: its template, and what a link must be for there.

    ``no_use`` is said of a link that is of that kind and cannot be read, and of what is no code at all.
    """

    template: str
    kind: Kind
    no_use: str

    async def link_in(self, request: Request, **values: Any) -> str | Response:
        """The link that was brought, or the page that says why there is none and what to do next."""
        async with request.form(max_files=len(PICTURES), max_fields=4) as form:
            try:
                scanned = await scanned_text(form)
            except (MalformedValue, RateLimited) as error:
                status = status_of(error)
                return self.page(request, picture_problem=str(error), status_code=status, **values)
            return field(form, "link", most=MAX_SCANNED) if scanned is None else scanned

    def of_no_use(self, request: Request, brought: str, /, **values: Any) -> Response:
        """The page that says what was brought, which cannot be used here; nothing was opened."""
        kind = kind_of(brought, base_url=context_of(request).settings.base_url)
        if kind in (self.kind, Kind.OTHER):
            return self.page(request, problem=self.no_use, status_code=400, **values)
        return self.page(request, step=NEXT_STEPS[kind], status_code=400, **values)

    def page(self, request: Request, *, status_code: int = 200, **values: Any) -> Response:
        """The page to bring a link to; ``values`` are of its template beside those of every entrance."""
        known: dict[str, Any] = {"problem": None, "picture_problem": None, "step": None}
        reader = context_of(request).pages.assets.url(READER)
        response = render(
            request, self.template, status_code=status_code, **{**known, "reader": reader, **values}
        )
        response.headers.update(READER_HEADERS)
        return response


def session_digest(request: Request) -> str:
    """What stands for the session of this request, and is good for nothing else."""
    return hashlib.sha256(f"session\x1f{session_token_or_none(request)}".encode()).hexdigest()


def status_of(error: PassportError) -> int:
    """How a page answers a form that could not be done."""
    if isinstance(error, RateLimited):
        return 429
    if isinstance(error, WrongPin):
        return 403
    return 409 if isinstance(error, ConflictError) else 400


def is_about_pin(error: PassportError) -> bool:
    """Whether it was the PIN that was not right."""
    return isinstance(error, WrongPin | PinLocked | NoPin)


def refused_page(request: Request, warning: str) -> Response:
    """A warning, in Khmer whatever language the page is in, and where to go on."""
    khmer = context_of(request).pages.translator.gettext("km", warning)
    return render(
        request, "wallet_api/open_refused.html", status_code=403, warning=warning, warning_khmer=khmer
    )


def named(request: Request, names: Mapping[str, str], other: str) -> str:
    """A name in the language of the page, where there is one; ``other`` without any."""
    return name_in(names, context_of(request).pages.language(request)) or other
