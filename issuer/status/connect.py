"""Which bodies this deployment asks: those the settings name, or (demo) the simulators."""

from collections.abc import Mapping
from typing import Final

from issuer.rld.connect import security_server
from issuer.rld.xroad import XRoadClient, XRoadRoute
from issuer.status.port import HEALTH, NSSF, StatusPort
from issuer.status.remote import over_x_road
from runtime.service import ServiceContext

# Who answers where a demo asks its own simulators.
SIMULATED: Final = {NSSF: "CAMBODIA/GOV/NSSF-DEMO/MEMBERS", HEALTH: "CAMBODIA/GOV/LMD-DEMO/CHECKS"}


def open_statuses(context: ServiceContext) -> Mapping[str, StatusPort]:
    """A port for each body that can be asked, by the slug of the credential type."""
    settings = context.settings
    services: Mapping[str, str | None] = {NSSF: settings.nssf_service, HEALTH: settings.health_service}
    if settings.is_demo and settings.rld_url is None:
        services = {kind: service or SIMULATED[kind] for kind, service in services.items()}
    return {
        kind: over_x_road(
            kind,
            XRoadClient(
                security_server(context),
                XRoadRoute(client=settings.rld_client, service=service),
                recompute_hash=settings.rld_request_hash == "recomputed",
                timeout_seconds=settings.rld_timeout_seconds,
            ),
        )
        for kind, service in services.items()
        if service is not None
    }
