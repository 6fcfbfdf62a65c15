"""The revocation service as an application."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from revocation import (
    appeal_pages,
    appeal_routes,
    case_pages,
    case_routes,
    pages,
    public_pages,
    routes,
    watch_pages,
)
from revocation.appeal_desk import AppealDesk
from revocation.desk import Desk
from revocation.measures import measure_registry
from revocation.service import Registry
from revocation.suspecting import Suspicions
from revocation.watching import Watching
from runtime.audit_routes import audit_router
from runtime.http import build_app
from runtime.retention import keep_to_limits
from runtime.service import ServiceContext
from runtime.tasks import end_tasks


def create_app(context: ServiceContext) -> FastAPI:
    """The application; its lifespan reconciles, publishes and keeps publishing.

    Published lists are served even where the registry could not be started.
    """
    registry = Registry(context)
    desk = Desk(context, registry)
    watching = Watching(context)
    suspicions = Suspicions(context, registry)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        await registry.start()
        publishing = asyncio.create_task(registry.run())
        announcing = asyncio.create_task(registry.announce())
        executing = asyncio.create_task(desk.run())
        telling = asyncio.create_task(watching.run())
        forgetting = asyncio.create_task(keep_to_limits(suspicions.sweep))
        try:
            yield
        finally:
            await end_tasks(publishing, announcing, executing, telling, forgetting)

    app = build_app(
        context,
        title="Revocation registry",
        routers=[
            case_routes.api,
            appeal_routes.api,
            routes.api,
            routes.public,
            case_pages.router,
            appeal_pages.router,
            watch_pages.router,
            public_pages.router,
            pages.router,
            audit_router("/revocation"),
        ],
        lifespan=lifespan,
    )
    measure_registry(context, registry)
    app.state.registry = registry
    app.state.desk = desk
    app.state.suspicions = suspicions
    app.state.watching = watching
    app.state.appeals = AppealDesk(context, registry)
    return app
