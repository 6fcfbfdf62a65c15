"""The trust registry as an application."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from fastapi import FastAPI

from runtime.http import build_app
from runtime.service import ServiceContext
from trust_registry import (
    agency_pages,
    application_pages,
    licence_pages,
    pages,
    registrar_pages,
    review_pages,
    routes,
    sign_in_pages,
    withdrawal_pages,
)
from trust_registry.publication import Publication
from trust_registry.registry_keys import SessionKeys
from trust_registry.service import AUTHORITY_ID, ensure_root_key
from trust_registry.sessions import OwnSessions
from trust_registry.store import organisation_or_none

ROUTERS = (
    routes.router,
    pages.router,
    sign_in_pages.router,
    agency_pages.router,
    application_pages.router,
    registrar_pages.router,
    licence_pages.router,
    review_pages.router,
    withdrawal_pages.router,
)


def create_app(context: ServiceContext) -> FastAPI:
    """The application; its lifespan publishes the first list and keeps it fresh.

    The database must be upgraded and the authority registered (``trust_registry.service``); until
    then the list answers 503.
    """
    keys = SessionKeys(context.keyring)
    app = build_app(
        context,
        title="Trust registry",
        routers=ROUTERS,
        lifespan=_keep_published,
        sessions=OwnSessions(context, keys),
    )
    app.state.session_keys = keys
    app.state.publication = Publication(context)
    return app


@asynccontextmanager
async def _keep_published(app: FastAPI) -> AsyncIterator[None]:
    publication: Publication = app.state.publication
    context: ServiceContext = app.state.context
    if await context.database.read(organisation_or_none, AUTHORITY_ID) is not None:
        await asyncio.to_thread(
            ensure_root_key, context.database, context.settings, context.keyring, context.clock.now()
        )
        await publication.refresh()
    task = asyncio.create_task(publication.keep_fresh())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
