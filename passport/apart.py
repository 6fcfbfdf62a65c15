"""Services that run apart: each in a process of its own, with a data folder and a database of its own.

They find one another by the settings (``PASSPORT_ISSUER_URL`` and so on), and people find all of them
behind one origin, whose reverse proxy knows ``passport.dispatch.PREFIXES``.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Final

from fastapi import FastAPI

import issuer.app
import revocation.app
import trust_registry.app
import verifier.app
import wallet_api.app
from issuer.background import Workers
from passport.assembly import open_contexts, open_one
from passport.demo_world.holders import create_holders
from passport.demo_world.people import draw_people
from passport.demo_world.world import SignIn, create_demo_world
from passport.front import add_basics, create_front
from runtime.clock import SystemClock
from runtime.service import ServiceContext
from runtime.settings import PREFIX, Settings, SettingsError

# Where a browser that opens such a process itself, without the front door, begins.
_STARTS: Final[Mapping[str, str]] = {
    "trust_registry": "/trust",
    "issuer": "/issuer",
    "revocation": "/revocation",
    "verifier": "/verify",
    "wallet_api": "/wallet",
}
_MAKERS: Final[Mapping[str, Callable[[ServiceContext], FastAPI]]] = {
    "trust_registry": trust_registry.app.create_app,
    "revocation": revocation.app.create_app,
    "wallet_api": wallet_api.app.create_app,
}


def stands_alone(settings: Settings, service: str) -> bool:
    """Whether this is a verifier without a deployment around it, such as a recruiter's abroad."""
    return service == "verifier" and settings.issuer_url is None


def require_apart(settings: Settings) -> None:
    """Raise ``SettingsError`` where services that run apart would not find or believe one another."""
    problems = tuple(_problems(settings))
    if problems:
        raise SettingsError(problems)


def _problems(settings: Settings) -> Iterator[str]:
    if "base_url" not in settings.model_fields_set:
        yield f"{PREFIX}BASE_URL: services that run apart need the origin of the proxy before them"
    if settings.service_secret is None:
        yield f"{PREFIX}SERVICE_SECRET: services that run apart need it set, the same for all"
    if settings.oidc_simulator:
        yield f"{PREFIX}OIDC_SIMULATOR: is there only where one process runs all services"


def create_apart(settings: Settings, service: str, workers: Workers) -> FastAPI:
    """The application of one service that runs apart. ``workers`` issue class lists for the issuer.

    Raises ``SettingsError``, and as the service's own ``create_app``.
    """
    is_alone = stands_alone(settings, service)
    if not is_alone:
        require_apart(settings)
    context = open_one(settings, SystemClock(), service)
    if service == "passport":
        return create_front(context, draw_people() if settings.is_demo else ())
    makers: dict[str, Callable[[ServiceContext], FastAPI]] = {
        **_MAKERS,
        "issuer": partial(issuer.app.create_app, workers=workers),
        "verifier": partial(verifier.app.create_app, has_issuer=not is_alone),
    }
    app = makers[service](context)
    add_basics(app, _STARTS[service])
    return app


def make_demo_world(
    settings: Settings, *, password: str | None
) -> tuple[tuple[SignIn, ...], tuple[SignIn, ...], str]:
    """Fill the databases and data folders of services that run apart with the demo world.

    The folders are those below the data folder, one for each service. Returns the sign-ins of staff, those
    of holders, and the trust anchor that every service is then to be given. ``password`` is one word for all
    (loopback only), or None for fresh random ones. Raises ``SettingsError``.
    """
    require_apart(settings)
    if not settings.is_demo:
        raise SettingsError((f"{PREFIX}MODE: production has no demo world",))
    people = draw_people()
    contexts = open_contexts(settings, SystemClock(), is_apart=True)
    try:
        sign_ins, anchor = create_demo_world(contexts, people, passwords=password)
        holders = create_holders(contexts, people, fixed_pins=password is not None)
    finally:
        contexts.close()
    return sign_ins, holders, anchor
