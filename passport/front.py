"""The front door: the page with every door on it, static files, health, and demo helpers."""

import warnings

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse

from issuer.class_list import ListKind
from issuer.service.desk import load_catalogue
from passport.demo_world.class_lists import sample_file
from passport.demo_world.people import DemoPerson
from passport.simulators.rld import RldSimulator, SimulatorWarning
from runtime.http import OPEN_TO_ALL_ORIGINS, build_app
from runtime.i18n import gettext_noop
from runtime.pages.assets import Assets
from runtime.service import ServiceContext, context_of
from schemas import PASSPORT_CONTEXT_URL, read_context
from vc.errors import NotFound

router = APIRouter(include_in_schema=False)
basics = APIRouter(include_in_schema=False)
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


@basics.get("/health")
async def health() -> dict[str, str]:
    """Whether the process answers; says nothing about anyone."""
    return {"status": "ok"}


@router.get("/problems")
async def problem_names(request: Request) -> Response:
    """What our own problem types mean, for whoever follows such a link."""
    return context_of(request).pages.render(request, "passport/problems.html", problems=PROBLEM_MEANINGS)


@router.get("/contexts/passport/v1")
async def own_context() -> Response:
    """Our JSON-LD context, as signed documents name it."""
    context = read_context(PASSPORT_CONTEXT_URL)
    if context is None:
        raise NotFound("There is no such context.")
    headers = {"Cache-Control": "public, max-age=86400", **OPEN_TO_ALL_ORIGINS}
    return JSONResponse(dict(context), media_type="application/ld+json", headers=headers)


def add_basics(app: FastAPI, start: str) -> None:
    """Health and static files for a service that runs without the front door, and where to start."""
    app.include_router(basics)
    app.mount("/static", Assets().app())
    app.add_route("/", lambda _: RedirectResponse(start))


def create_front(context: ServiceContext, people: tuple[DemoPerson, ...]) -> FastAPI:
    """The front door's application; in a demo with the RLD simulator and samples."""
    routers = [basics, router]
    if people:
        routers.append(_demo_router(people))
    app = build_app(context, title="Skills Passport", routers=routers)
    app.mount("/static", Assets().app())
    if people:
        with warnings.catch_warnings():
            # The start command and every page say DEMO; the warning is for whoever embeds it elsewhere.
            warnings.simplefilter("ignore", SimulatorWarning)
            app.state.rld_simulator = RldSimulator(people)
        app.mount("/simulators/rld", app.state.rld_simulator.app)
    return app


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
    if kind not in set(ListKind) or lang not in ("km", "en") or extension not in ("xlsx", "csv"):
        raise NotFound("There is no such sample.")
    catalogue = load_catalogue("skills-passport.example")
    return sample_file(
        ListKind(kind),
        "xlsx" if extension == "xlsx" else "csv",
        "km" if lang == "km" else "en",
        people,
        qualifications=catalogue.qualifications,
        courses=catalogue.courses,
    )
