"""The wallet as an application."""

from fastapi import FastAPI

from runtime.audit_routes import audit_router
from runtime.http import build_app
from runtime.service import ServiceContext
from runtime.verification import shell_from_settings
from wallet_api import pages, routes, store
from wallet_api.service import VerifyCredential, Wallet


def create_app(context: ServiceContext, *, verify: VerifyCredential | None = None) -> FastAPI:
    """The application. The database must be upgraded.

    ``verify`` stands in for the wallet's own verification shell, which needs the trust anchor set.
    """
    app = build_app(context, title="Wallet", routers=[routes.router, pages.router, audit_router("/wallet")])
    if verify is None:
        shell = shell_from_settings(context.settings, fetcher=context.fetcher, clock=context.clock)
        verify = shell.verify
    # Before anybody is answered: the database may be a backup from before an erasure.
    context.personal.reapply(context.database, store.forget_holder)
    app.state.wallet = Wallet(context, verify)
    return app
