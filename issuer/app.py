"""The issuer as an application."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from issuer import (
    approval_pages,
    approval_routes,
    asking_pages,
    assisted_pages,
    assisted_routes,
    card_pages,
    copy_routes,
    correction_pages,
    correction_routes,
    found_routes,
    handover_pages,
    key_pages,
    labour_pages,
    letter_pages,
    national_pages,
    overview_pages,
    pages,
    people_pages,
    person_routes,
    report_routes,
    routes,
)
from issuer.background import Background, Workers
from issuer.measures import measure_issuing
from issuer.openid4vci import consent_pages, offer_routes
from issuer.openid4vci import routes as openid4vci_routes
from issuer.rld.connect import open_rld
from issuer.sealed import Sealed
from issuer.service.desk import Desk
from issuer.status.connect import open_statuses
from runtime.audit_routes import audit_router
from runtime.http import build_app
from runtime.service import ServiceContext


def create_desk(context: ServiceContext) -> Desk:
    """The desk over ``context``; the RLD is the one the settings name."""
    return Desk(
        context=context,
        rld=open_rld(context),
        statuses=open_statuses(context),
        sealed=Sealed(context.personal),
    )


def create_app(context: ServiceContext, workers: Workers | None = None) -> FastAPI:
    """The issuer's application; its lifespan takes up unfinished work.

    Without ``workers`` class lists are issued in this process.
    """
    desk = create_desk(context)
    # Before anybody is answered: the database may be a backup from before an erasure.
    desk.sealed.personal.reapply(context.database, desk.sealed.forget)
    background = Background(desk, workers)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        background.start()
        yield
        await background.stop()
        await desk.rld.aclose()
        for body in desk.statuses.values():
            await body.aclose()

    app = build_app(
        context,
        title="Issuer",
        routers=[
            routes.router,
            approval_routes.router,
            pages.router,
            approval_pages.router,
            people_pages.router,
            person_routes.router,
            found_routes.router,
            copy_routes.router,
            card_pages.api,
            card_pages.router,
            key_pages.router,
            labour_pages.router,
            correction_routes.router,
            correction_pages.router,
            report_routes.api,
            report_routes.router,
            letter_pages.router,
            overview_pages.api,
            overview_pages.router,
            national_pages.router,
            asking_pages.router,
            assisted_pages.router,
            assisted_routes.router,
            handover_pages.api,
            handover_pages.router,
            openid4vci_routes.router,
            consent_pages.router,
            offer_routes.api,
            offer_routes.router,
            audit_router("/issuer"),
        ],
        lifespan=lifespan,
    )
    measure_issuing(context)
    app.state.desk = desk
    app.state.background = background
    return app
