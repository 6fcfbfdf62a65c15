"""The wallet as an application."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from fastapi import FastAPI

from runtime.audit_routes import audit_router
from runtime.evidence_measures import CountedSource, measure_held
from runtime.http import build_app
from runtime.retention import keep_to_limits
from runtime.service import ServiceContext
from runtime.tasks import end_tasks
from runtime.verification import VerificationShell, shell_from_settings
from wallet_api import (
    agency_pages,
    agreeing_routes,
    audio_pages,
    contact_pages,
    kiosk_pages,
    kiosk_routes,
    letter_routes,
    log_pages,
    me_pages,
    own_app_pages,
    pages,
    phone_pages,
    pin_pages,
    printed_routes,
    programme_pages,
    protection_pages,
    routes,
    share_pages,
    share_routes,
    show_pages,
)
from wallet_api.bound_copies import BoundCopies
from wallet_api.contacts import Contacts
from wallet_api.menus.answering import Menus
from wallet_api.menus.routes import router as menus_router
from wallet_api.messages import open_messengers
from wallet_api.notices import Notices
from wallet_api.open_wallet.assembly import ROUTERS, assemble, sweeps_of
from wallet_api.phone_sign_in import PhoneSignIn
from wallet_api.protection import Protection
from wallet_api.recoveries import Recoveries
from wallet_api.recovery_ends import Hook, RecoveryEnds
from wallet_api.retention import sweep
from wallet_api.service import VerifyCredential, Wallet, forget_holder
from wallet_api.share_photos import SharePhotos
from wallet_api.sharing import Shares
from wallet_api.telling import Telling
from wallet_api.unlocking import Pins


def create_app(context: ServiceContext, *, verify: VerifyCredential | None = None) -> FastAPI:
    """The application. The database must be upgraded.

    ``verify`` stands in for the wallet's own verification shell, which needs the trust anchor set.
    """
    messengers = open_messengers(context)
    contacts = Contacts(context, messengers)
    notices = Notices(context, contacts, messengers)
    protection = Protection(context)
    pins = Pins(context, protection, contacts.tell)

    shell: VerificationShell | None = None
    if verify is None:
        shell = shell_from_settings(context.settings, fetcher=CountedSource(context), clock=context.clock)
        measure_held(context, shell)
        verify = shell.verify
    wallet = Wallet(context, verify)
    copies = BoundCopies(context, wallet, shell)
    shares = Shares(context, wallet, copies, shell)
    looks = Telling(context, contacts, messengers)
    towards_others = assemble(context, wallet=wallet, copies=copies, pins=pins, shell=shell)
    on_recovery: list[Hook] = [shares.stop_all, towards_others.received.forget_copies]
    ends = RecoveryEnds(context, on_recovery)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        telling = asyncio.create_task(notices.run())
        forgetting = asyncio.create_task(keep_to_limits(notices.sweep))
        sharing = (asyncio.create_task(looks.run()), asyncio.create_task(keep_to_limits(shares.sweep)))
        helping = (
            asyncio.create_task(ends.run()),
            asyncio.create_task(keep_to_limits(partial(sweep, context))),
        )
        others = (
            asyncio.create_task(towards_others.receiving.awaiting.run()),
            asyncio.create_task(keep_to_limits(sweeps_of(towards_others))),
        )
        try:
            yield
        finally:
            await end_tasks(telling, forgetting, *sharing, *helping, *others)

    app = build_app(
        context,
        title="Wallet",
        routers=[
            routes.router,
            letter_routes.router,
            printed_routes.router,
            pages.router,
            show_pages.router,
            programme_pages.router,
            me_pages.router,
            audio_pages.router,
            contact_pages.router,
            phone_pages.router,
            pin_pages.router,
            log_pages.router,
            protection_pages.router,
            kiosk_pages.router,
            kiosk_routes.router,
            share_pages.router,
            agency_pages.router,
            share_routes.router,
            own_app_pages.router,
            agreeing_routes.router,
            *ROUTERS,
            menus_router,
            audit_router("/wallet"),
        ],
        lifespan=lifespan,
    )
    # Before anybody is answered: the database may be a backup from before an erasure.
    context.personal.reapply(context.database, forget_holder)
    app.state.contacts = contacts
    app.state.notices = notices
    app.state.protection = protection
    app.state.pins = pins
    app.state.phone_sign_in = PhoneSignIn(context, pins, contacts, messengers)
    app.state.on_recovery = on_recovery
    app.state.recovery_ends = ends
    app.state.recoveries = Recoveries(context, pins, contacts, messengers, ends)
    app.state.wallet = wallet
    app.state.copies = copies
    app.state.open_wallet = towards_others
    app.state.received = towards_others.received
    app.state.answering = towards_others.answering
    app.state.shares = shares
    app.state.share_photos = SharePhotos(context)
    app.state.looks = looks
    app.state.messengers = messengers
    app.state.menus = Menus(context, wallet, pins, shares, shell)
    return app
