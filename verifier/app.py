"""The verifier's application."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from fastapi import FastAPI

from runtime.http import build_app
from runtime.retention import keep_to_limits
from runtime.service import ServiceContext
from runtime.tasks import end_tasks
from runtime.verification import shell_from_settings
from verifier import bundle_routes, check_routes, count_routes, key_pages, pages, routes
from verifier.clients import SharedCredentials
from verifier.counting import Counting
from verifier.licence_watch import watch_licences
from verifier.retention import sweep
from verifier.service import VerifierService


def create_app(context: ServiceContext, *, has_issuer: bool = True) -> FastAPI:
    """The verifier in these surroundings; it lives on what is published, and keeps its API keys and counts.

    ``has_issuer`` is False for a verifier that runs alone, such as a recruiter's abroad: it then
    opens no share links and typed codes, and says so. Raises ``SettingsError`` without a trust
    anchor, and ``TrustMemoryDamaged``.
    """
    settings = context.settings
    shell = shell_from_settings(settings, fetcher=context.fetcher, clock=context.clock)

    counting = Counting(context)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        tasks = (
            asyncio.create_task(watch_licences(context, shell)),
            asyncio.create_task(keep_to_limits(partial(sweep, context))),
            asyncio.create_task(counting.run()),
        )
        try:
            yield
        finally:
            await end_tasks(*tasks)

    app = build_app(
        context,
        title="Skills Passport verifier",
        routers=(
            routes.router,
            check_routes.router,
            bundle_routes.router,
            count_routes.router,
            pages.router,
            key_pages.router,
        ),
        lifespan=lifespan,
    )
    app.state.licences = shell
    app.state.counting = counting
    app.state.bundle_desk = bundle_routes.BundleDesk(context, shell)
    app.state.verifier = VerifierService(
        shell=shell,
        shared=SharedCredentials(context.peers) if has_issuer else None,
        base_url=settings.base_url,
        counting=counting,
    )
    return app
