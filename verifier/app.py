"""The verifier's application."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from fastapi import FastAPI

from runtime.evidence_measures import CountedSource, measure_held
from runtime.http import build_app
from runtime.retention import keep_to_limits
from runtime.service import ServiceContext
from runtime.tasks import end_tasks
from runtime.verification import shell_from_settings
from vc.encoding.strict_json import Limits
from vc.trust.decide import decide
from verifier import (
    batch_pages,
    bundle_routes,
    check_routes,
    count_routes,
    identity,
    key_pages,
    offline_routes,
    oid4vp_api,
    oid4vp_asker,
    oid4vp_pages,
    oid4vp_routes,
    openapi_routes,
    pages,
    photo_pages,
    programme_pages,
    routes,
    share_pages,
    watch_routes,
)
from verifier.answers import AnswerWriter
from verifier.batch import BatchDesk, opener_of
from verifier.clients import SharedCredentials
from verifier.consents import NoShares, WorkersConsents
from verifier.counting import Counting
from verifier.held_shares import HeldShares
from verifier.lane import CredentialLane
from verifier.licence_watch import watch_licences
from verifier.oid4vp import WalletRequests
from verifier.oid4vp_identity import identity_of
from verifier.photo_comparing import PhotoComparisons
from verifier.retention import sweep
from verifier.service import VerifierService
from verifier.shares import ShareDesk
from verifier.watching import Watching


def create_app(context: ServiceContext, *, has_issuer: bool = True) -> FastAPI:
    """The verifier in these surroundings; it lives on what is published, and keeps its API keys and counts.

    ``has_issuer`` is False for a verifier that runs alone, such as a recruiter's abroad: it then
    opens no share links and typed codes, and says so. Raises ``SettingsError`` without a trust
    anchor or for a certificate that cannot be used, and ``TrustMemoryDamaged``.
    """
    settings = context.settings
    shell = shell_from_settings(settings, fetcher=CountedSource(context), clock=context.clock)
    measure_held(context, shell)

    counting = Counting(context)
    held_shares = HeldShares(context.peers) if has_issuer else None
    watching = Watching(context, shell, held_shares)
    photos = PhotoComparisons(context)
    wallet_requests = WalletRequests(
        context=context,
        shell=shell,
        identity=identity_of(context),
        presented=lambda one: counting.presented(one, decide(one)),
        watching=watching,
    )

    shared = SharedCredentials(context.peers) if has_issuer else None
    service = VerifierService(shell=shell, shared=shared, base_url=settings.base_url, counting=counting)

    answers = AnswerWriter(context.pages.translator.gettext, origin=settings.base_url)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        tasks = (
            asyncio.create_task(watch_licences(context, shell)),
            asyncio.create_task(keep_to_limits(partial(sweep, context, wallet_requests, photos))),
            asyncio.create_task(counting.run()),
            asyncio.create_task(watching.run()),
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
            batch_pages.router,
            identity.router,
            count_routes.router,
            programme_pages.router,
            pages.router,
            share_pages.router,
            photo_pages.router,
            key_pages.router,
            offline_routes.router,
            oid4vp_routes.router,
            oid4vp_api.router,
            oid4vp_asker.router,
            oid4vp_pages.router,
            openapi_routes.router,
            watch_routes.router,
        ),
        lifespan=lifespan,
        quick_answers={
            "/credentials/verify": CredentialLane(
                service,
                answers,
                limits=Limits(max_bytes=settings.max_body_bytes),
            )
        },
    )
    app.state.licences = shell
    app.state.counting = counting
    app.state.wallet_requests = wallet_requests
    app.state.watching = watching
    app.state.bundle_desk = bundle_routes.BundleDesk(context, shell)
    app.state.verifier = service
    app.state.answers = answers
    app.state.photos = photos
    app.state.share_desk = ShareDesk(context, app.state.verifier, held_shares, watching, photos)
    app.state.batch_desk = BatchDesk(
        service=app.state.verifier,
        open_shared=None if shared is None else opener_of(shared, counting),
        consents=NoShares() if held_shares is None else WorkersConsents(held_shares),
        shares=app.state.share_desk,
        base_url=settings.base_url,
    )
    return app
