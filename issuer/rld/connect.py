"""Which RLD this deployment asks: the simulator, a security server, or the register of its own."""

import ssl

import httpx2

from issuer.rld.local import LocalRld
from issuer.rld.port import RldPort
from issuer.rld.remote import XRoadRld
from issuer.rld.xroad import XRoadClient, XRoadRoute
from runtime.service import ServiceContext
from runtime.settings import Settings, SettingsError


def open_rld(context: ServiceContext) -> RldPort:
    """The RLD that the settings name."""
    settings = context.settings
    if settings.rld_source == "register":
        return LocalRld(context.database, context.personal)
    return XRoadRld(
        XRoadClient(
            security_server(context),
            XRoadRoute(client=settings.rld_client, service=settings.rld_service),
            recompute_hash=settings.rld_request_hash == "recomputed",
            timeout_seconds=settings.rld_timeout_seconds,
        )
    )


def security_server(context: ServiceContext) -> httpx2.AsyncClient:
    """The security server the settings name, else (demo only) the simulator at our own front door."""
    settings = context.settings
    if settings.rld_url is None:
        return context.peers.client("passport", "/simulators/rld")
    return httpx2.AsyncClient(
        base_url=settings.rld_url, verify=_tls(settings), follow_redirects=False, trust_env=False
    )


def _tls(settings: Settings) -> ssl.SSLContext:
    """PR-REST section 4.7: https, with certificates on both sides where the settings name ours.

    Raises ``SettingsError`` where a file named cannot be used.
    """
    try:
        context = ssl.create_default_context(cafile=settings.rld_tls_authority)
        if settings.rld_tls_certificate is not None:
            context.load_cert_chain(settings.rld_tls_certificate, settings.rld_tls_key)
    except OSError:  # what ssl raises is one, too
        raise SettingsError(("PASSPORT_RLD_TLS_…: a certificate or key cannot be used",)) from None
    return context
