"""The front door: the page with every door on it, static files, probes, and demo helpers."""

import warnings

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse
from pydantic import SecretStr

from passport.demo_world.class_lists import SAMPLES, sample_file
from passport.demo_world.people import DemoPerson
from passport.simulators.messages import MessageSimulator
from passport.simulators.oidc import MOUNT_PATH, OidcSimulator
from passport.simulators.phone import PhoneSimulator
from passport.simulators.rld import RldSimulator, SimulatorWarning
from runtime.entropy import random_token
from runtime.http import OPEN_TO_ALL_ORIGINS, build_app
from runtime.i18n import gettext_noop
from runtime.pages.assets import Assets
from runtime.probes import add_probes
from runtime.service import ServiceContext, context_of
from runtime.settings import PREFIX, Settings, SettingsError
from schemas import PASSPORT_CONTEXT_URL, read_context, type_context_url, type_names
from trust_registry.oidc_client import redirect_uri
from vc.errors import NotFound

router = APIRouter(include_in_schema=False)
_SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

PROBLEM_MEANINGS = (
    ("KEY_UNAVAILABLE", gettext_noop("The issuer's key could not be had.")),
    ("TRUST_LIST_UNAVAILABLE", gettext_noop("The list of recognised issuers could not be had.")),
    ("ISSUER_NOT_ENTITLED", gettext_noop("The issuer was not entitled to issue this.")),
    ("REVOKED", gettext_noop("It has been revoked.")),
    ("NOT_YET_VALID", gettext_noop("It is not in force yet.")),
    ("EXPIRED", gettext_noop("Its validity has ended.")),
    ("SCHEMA_ERROR", gettext_noop("It does not fit the form of its type.")),
    ("ROW_ERROR", gettext_noop("A row of a class list has to be corrected.")),
    ("CONFLICT", gettext_noop("This contradicts what is recorded already.")),
    ("NOT_FOUND", gettext_noop("There is no such thing, or not for you.")),
    ("NOT_AUTHORIZED", gettext_noop("You may not do this.")),
    ("RATE_LIMITED", gettext_noop("Too many tries in a short time.")),
    ("UNAVAILABLE", gettext_noop("Something needed is out of reach at the moment.")),
    ("INTERNAL", gettext_noop("A fault of ours; it has been recorded.")),
)


@router.get("/")
async def doors(request: Request) -> Response:
    """Every door, by who it is for."""
    return context_of(request).pages.render(request, "passport/doors.html")


@router.get("/problems")
async def problem_names(request: Request) -> Response:
    """What our own problem types mean, for whoever follows such a link."""
    return context_of(request).pages.render(request, "passport/problems.html", problems=PROBLEM_MEANINGS)


@router.get("/contexts/passport/v1")
async def own_context() -> Response:
    """Our JSON-LD context, as signed documents name it."""
    return _context(PASSPORT_CONTEXT_URL)


@router.get("/contexts/types/{name}/v1")
async def type_context(name: str) -> Response:
    """The JSON-LD context with the terms of one credential type."""
    url = type_context_url(name) if name in type_names() else None
    return _context(url or "")


def _context(url: str) -> Response:
    context = read_context(url)
    if context is None:
        raise NotFound("There is no such context.")
    headers = {"Cache-Control": "public, max-age=86400", **OPEN_TO_ALL_ORIGINS}
    return JSONResponse(dict(context), media_type="application/ld+json", headers=headers)


def add_basics(app: FastAPI, start: str) -> None:
    """Probes and static files for a service that runs without the front door, and where to start."""
    add_probes(app)
    app.mount("/static", Assets().app())
    app.add_route("/", lambda _: RedirectResponse(start))


def create_front(context: ServiceContext, people: tuple[DemoPerson, ...]) -> FastAPI:
    """The front door's application; in a demo with the RLD simulator and samples."""
    routers = [router]
    if people:
        routers.append(_demo_router(people))
    app = build_app(context, title="Skills Passport", routers=routers)
    add_probes(app)
    app.mount("/static", Assets().app())
    if people:
        with warnings.catch_warnings():
            # The start command and every page say DEMO; the warning is for whoever embeds it elsewhere.
            warnings.simplefilter("ignore", SimulatorWarning)
            app.state.rld_simulator = RldSimulator(people)
            app.state.message_simulator = MessageSimulator()
            app.state.phone_simulator = PhoneSimulator(context, app.state.message_simulator)
            if context.settings.oidc_simulator:
                app.mount(MOUNT_PATH, _oidc_simulator(context).app)
        app.mount("/simulators/rld", app.state.rld_simulator.app)
        app.mount("/simulators/messages", app.state.message_simulator.app)
        app.mount("/simulators/phone", app.state.phone_simulator.app)
    return app


def with_simulated_provider(settings: Settings) -> Settings:
    """``settings`` with the simulated identity provider as the provider, where it is asked for.

    Raises ``SettingsError`` where a real one is set, too.
    """
    if not settings.oidc_simulator:
        return settings
    if settings.oidc_issuer is not None:
        raise SettingsError((f"{PREFIX}OIDC_SIMULATOR: a provider is set already",))
    origin = _other_name_of(settings.base_url)
    simulated = {
        "origin_aliases": {**settings.origin_aliases, origin: settings.base_url},
        "oidc_issuer": origin + MOUNT_PATH,
        "oidc_client_id": "skills-passport-demo",
        "oidc_client_secret": SecretStr(random_token(128)),
        "oidc_button": settings.oidc_button or "SIMULATOR / ក្លែងធ្វើ",
        "oidc_staff_number_claim": settings.oidc_staff_number_claim or "staff_number",
    }
    return settings.model_copy(update=simulated)


def _other_name_of(origin: str) -> str:
    """This machine by its other name, which browsers hold to be another site, as a ministry's is."""
    if "//127.0.0.1" in origin:
        return origin.replace("//127.0.0.1", "//localhost")
    return origin.replace("//localhost", "//127.0.0.1")


def _oidc_simulator(context: ServiceContext) -> OidcSimulator:
    settings = context.settings
    if settings.oidc_issuer is None or settings.oidc_client_id is None or settings.oidc_client_secret is None:
        raise SettingsError((f"{PREFIX}OIDC_SIMULATOR: the simulated provider has no client",))
    return OidcSimulator(
        issuer=settings.oidc_issuer,
        client_id=settings.oidc_client_id,
        client_secret=settings.oidc_client_secret.get_secret_value(),
        redirect_uri=redirect_uri(settings),
        clock=context.clock,
    )


def _demo_router(people: tuple[DemoPerson, ...]) -> APIRouter:
    demo = APIRouter(include_in_schema=False)

    @demo.get("/demo/samples/{kind}-{lang}.{extension}")
    async def demo_sample(kind: str, lang: str, extension: str) -> Response:
        """A class list of demo people, one row wrong on purpose."""
        data = demo_sample_file(people, kind, lang, extension)
        media_type = _SHEET if extension == "xlsx" else "text/csv; charset=utf-8"
        headers = {"Content-Disposition": f'attachment; filename="demo-{kind}-{lang}.{extension}"'}
        return Response(data, media_type=media_type, headers=headers)

    return demo


def demo_sample_file(people: tuple[DemoPerson, ...], kind: str, lang: str, extension: str) -> bytes:
    """A demo class list as a file. Raises ``NotFound`` for kinds and forms there are none of."""
    if kind not in SAMPLES or lang not in ("km", "en") or extension not in ("xlsx", "csv"):
        raise NotFound("There is no such sample.")
    return sample_file(
        kind,
        "xlsx" if extension == "xlsx" else "csv",
        "km" if lang == "km" else "en",
        people,
    )
