"""The issuer as an application."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from issuer import labour_pages, pages, routes
from issuer.background import Background
from issuer.rld.connect import open_rld
from issuer.sealed import Sealed
from issuer.service.desk import Desk, load_catalogue
from runtime.audit_routes import audit_router
from runtime.http import build_app
from runtime.service import ServiceContext


def create_desk(context: ServiceContext) -> Desk:
    """The desk over ``context``; the RLD is the one the settings name."""
    return Desk(
        context=context,
        catalogue=load_catalogue(context.settings.did_host),
        rld=open_rld(context),
        sealed=Sealed(context.personal),
    )


def create_app(context: ServiceContext) -> FastAPI:
    """The issuer's application; its lifespan takes up unfinished work."""
    desk = create_desk(context)
    # Before anybody is answered: the database may be a backup from before an erasure.
    desk.sealed.personal.reapply(context.database, desk.sealed.forget)
    background = Background(desk)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        background.start()
        yield
        await background.stop()

    app = build_app(
        context,
        title="Issuer",
        routers=[routes.router, pages.router, labour_pages.router, audit_router("/issuer")],
        lifespan=lifespan,
    )
    app.state.desk = desk
    app.state.background = background
    return app
