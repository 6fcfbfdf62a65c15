"""The trust registry as an application."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from fastapi import FastAPI

from runtime.audit_routes import audit_router
from runtime.http import build_app
from runtime.logging import get_logger
from runtime.retention import keep_to_limits
from runtime.service import ServiceContext
from runtime.tasks import end_tasks
from trust_registry import (
    agency_pages,
    application_pages,
    audit_pages,
    checkpoints,
    holder_sessions,
    key_pages,
    licence_pages,
    pages,
    provider_pages,
    registrar_pages,
    review_pages,
    routes,
    second_factor_pages,
    sign_in_pages,
    staff_pages,
    waiting_pages,
    withdrawal_pages,
    withdrawal_routes,
)
from trust_registry.checkpoints import Checkpoints
from trust_registry.compromise import keep_collecting
from trust_registry.measures import measure_publication
from trust_registry.oidc_client import require_client_key
from trust_registry.people_store import forget_owner
from trust_registry.publication import Publication
from trust_registry.registry_keys import SessionKeys
from trust_registry.retention import sweep
from trust_registry.root import ensure_list_key
from trust_registry.service import AUTHORITY_ID
from trust_registry.sessions import OwnSessions
from trust_registry.store import organisation_or_none
from vc.errors import EvidenceUnavailable

_log = get_logger("trust_registry")

ROUTERS = (
    routes.router,
    pages.router,
    sign_in_pages.router,
    holder_sessions.router,
    second_factor_pages.router,
    provider_pages.router,
    staff_pages.router,
    checkpoints.router,
    agency_pages.router,
    application_pages.router,
    registrar_pages.router,
    licence_pages.router,
    review_pages.router,
    withdrawal_pages.router,
    withdrawal_routes.router,
    waiting_pages.router,
    key_pages.router,
    audit_pages.router,
)


def create_app(context: ServiceContext) -> FastAPI:
    """The application; its lifespan publishes the first list and keeps it fresh.

    The database must be upgraded, the authority registered (``trust_registry.service``) and a root
    published that names this registry's key (``trust_registry.root``); until then the list answers 503.
    """
    require_client_key(context.settings)
    # Before anybody is answered: the database may be a backup from before an erasure.
    context.personal.reapply(context.database, forget_owner)
    keys = SessionKeys(context.keyring)
    app = build_app(
        context,
        title="Trust registry",
        routers=(*ROUTERS, audit_router("/trust")),
        lifespan=_keep_published,
        sessions=OwnSessions(context, keys),
    )
    app.state.session_keys = keys
    app.state.publication = Publication(context)
    measure_publication(context, app.state.publication)
    app.state.checkpoints = Checkpoints(context)
    return app


@asynccontextmanager
async def _keep_published(app: FastAPI) -> AsyncIterator[None]:
    publication: Publication = app.state.publication
    context: ServiceContext = app.state.context
    if await context.database.read(organisation_or_none, AUTHORITY_ID) is not None:
        await asyncio.to_thread(
            ensure_list_key, context.database, context.settings, context.keyring, context.clock.now()
        )
        try:
            await publication.refresh()
        except EvidenceUnavailable as error:
            # Everything else works, and the list answers 503 until a root is published.
            _log.error("the trust list is not published", reason=str(error))
    tasks = (
        asyncio.create_task(publication.keep_fresh()),
        asyncio.create_task(keep_collecting(context, publication)),
        asyncio.create_task(app.state.checkpoints.keep_making()),
        asyncio.create_task(keep_to_limits(partial(sweep, context))),
    )
    try:
        yield
    finally:
        await end_tasks(*tasks)
