"""The wallet as an application."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from runtime.audit_routes import audit_router
from runtime.http import build_app
from runtime.retention import keep_to_limits
from runtime.service import ServiceContext
from runtime.tasks import end_tasks
from runtime.verification import shell_from_settings
from wallet_api import contact_pages, letter_routes, pages, routes
from wallet_api.contacts import Contacts
from wallet_api.messages import open_messengers
from wallet_api.notices import Notices
from wallet_api.service import VerifyCredential, Wallet, forget_holder


def create_app(context: ServiceContext, *, verify: VerifyCredential | None = None) -> FastAPI:
    """The application. The database must be upgraded.

    ``verify`` stands in for the wallet's own verification shell, which needs the trust anchor set.
    """
    messengers = open_messengers(context)
    contacts = Contacts(context, messengers)
    notices = Notices(context, contacts, messengers)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        telling = asyncio.create_task(notices.run())
        forgetting = asyncio.create_task(keep_to_limits(notices.sweep))
        try:
            yield
        finally:
            await end_tasks(telling, forgetting)

    app = build_app(
        context,
        title="Wallet",
        routers=[
            routes.router,
            letter_routes.router,
            pages.router,
            contact_pages.router,
            audit_router("/wallet"),
        ],
        lifespan=lifespan,
    )
    if verify is None:
        shell = shell_from_settings(context.settings, fetcher=context.fetcher, clock=context.clock)
        verify = shell.verify
    # Before anybody is answered: the database may be a backup from before an erasure.
    context.personal.reapply(context.database, forget_holder)
    app.state.contacts = contacts
    app.state.notices = notices
    app.state.wallet = Wallet(context, verify)
    return app
