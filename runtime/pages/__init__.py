"""Server-rendered pages: one design system, in the reader's language, for every service.

* Templates are named ``"<package>/<file>.html"`` and live in ``<package>/templates``; the shared ones
  (``base.html``, ``macros.html``, ``problem.html``) have no prefix.
* A value a template uses and nobody gave is an error, never an empty space on a certificate page.
* Outside production every page carries the DEMO marks; no template can leave them out.
* Pages work without JavaScript and contain no inline script or style, so that the content security
  policy can forbid both.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlencode

from jinja2 import BaseLoader, ChoiceLoader, Environment, FileSystemLoader, PrefixLoader, StrictUndefined
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from runtime.i18n import (
    LANGUAGE_NAMES,
    LANGUAGE_NAMES_ABROAD,
    PACKAGES,
    SOURCE_LANGUAGE,
    Translator,
    direction,
    display_date,
    display_moment,
    gettext_noop,
    language_name,
    languages_at,
    negotiate_language,
    package_folder,
)
from runtime.pages.assets import Assets

LANGUAGE_COOKIE = "lang"
DEMO_WARNING = gettext_noop("Demonstration only. Not a service of the Royal Government of Cambodia.")

_ONE_YEAR_SECONDS = 365 * 24 * 3600


class PageSettings(Protocol):
    """What the pages need to know of the deployment."""

    @property
    def is_demo(self) -> bool: ...
    @property
    def hotline(self) -> str: ...
    @property
    def base_url(self) -> str: ...


def _loader() -> BaseLoader:
    folders = {package: package_folder(package) for package in PACKAGES if package != "runtime"}
    own = {
        package: FileSystemLoader(folder / "templates")
        for package, folder in folders.items()
        if folder is not None and (folder / "templates").is_dir()
    }
    return ChoiceLoader([FileSystemLoader(Path(__file__).parent / "templates"), PrefixLoader(own)])


def _date_element(value: date | str, *, language: str) -> Markup:
    """A calendar date (or its ISO 8601 text) as a localized ``<time>``."""
    day = date.fromisoformat(value) if isinstance(value, str) else value
    iso = day.isoformat()[:10]
    return Markup('<time datetime="{}">{}</time>').format(iso, display_date(day, language))


def _moment_element(value: datetime | str, *, language: str) -> Markup:
    """An aware moment (or its ISO 8601 text) as a localized ``<time>`` in Cambodian time."""
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    iso = moment.isoformat(timespec="seconds")
    return Markup('<time datetime="{}">{}</time>').format(iso, display_moment(moment, language))


class Pages:
    """Renders templates of every installed package."""

    def __init__(
        self,
        settings: PageSettings,
        *,
        translator: Translator | None = None,
        loader: BaseLoader | None = None,
        assets: Assets | None = None,
    ) -> None:
        self._settings = settings
        self.translator = translator or Translator()
        self.assets = assets or Assets()
        found = loader or _loader()
        self._environments = {
            language: self._environment(language, found)
            for language in (*LANGUAGE_NAMES, *LANGUAGE_NAMES_ABROAD)
        }

    def _environment(self, language: str, loader: BaseLoader) -> Environment:
        """One environment per language, so that macros need no context to speak it."""
        environment = Environment(
            loader=loader,
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            extensions=["jinja2.ext.i18n"],
        )
        translations: Any = self.translator.translations(language)
        install: Callable[..., None] = environment.install_gettext_translations  # type: ignore[attr-defined]
        install(translations, newstyle=True)
        environment.globals |= {
            "lang": language,
            "dir": direction(language),
            "is_demo": self._settings.is_demo,
            "hotline": self._settings.hotline,
            "demo_warnings": [
                (code, direction(code), self.translator.gettext(code, DEMO_WARNING))
                for code in (LANGUAGE_NAMES if language in LANGUAGE_NAMES else (language, SOURCE_LANGUAGE))
            ],
            "static": self.assets.url,
            "date": partial(_date_element, language=language),
            "moment": partial(_moment_element, language=language),
        }
        return environment

    def language(self, request: Request, *, known: str | None = None) -> str:
        """The language this request is answered in.

        ``known`` is the reader's language where the page has reason to know it: it counts after what
        the reader chose, before what the browser prefers.
        """
        offered = languages_at(request.url.path)
        chosen = request.cookies.get(LANGUAGE_COOKIE)
        if chosen in LANGUAGE_NAMES_ABROAD and chosen not in offered:
            # Whoever chose one of these is more at home in English than in Khmer.
            chosen = SOURCE_LANGUAGE
        if chosen not in offered:
            chosen = known
        return negotiate_language(
            request.query_params.get("lang"), chosen, request.headers.get("accept-language"), offered
        )

    def render(
        self,
        request: Request,
        template: str,
        /,
        *,
        status_code: int = 200,
        headers: Mapping[str, str] | None = None,
        known_language: str | None = None,
        **values: object,
    ) -> Response:
        """The page as an answer that no cache keeps, unless ``headers`` say otherwise.

        ``known_language`` is the reader's, as ``language`` takes it.

        Raises:
            jinja2.TemplateNotFound: no package has this template.
            jinja2.UndefinedError: the template uses a value that was not given.
        """
        language = self.language(request, known=known_language)
        context = {
            "languages": [(code, language_name(code)) for code in languages_at(request.url.path)],
            "principal": getattr(request.state, "principal", None),
            "path": request.url.path,
            "url_for_lang": partial(_url_for_language, request),
        }
        body = self._environments[language].get_template(template).render(context | values)
        response = HTMLResponse(body, status_code=status_code)
        response.headers.update(
            {
                "cache-control": "no-store",
                "content-language": language,
                "vary": "Cookie, Accept-Language",
            }
        )
        self._remember_choice(request, response, language)
        response.headers.update(headers or {})
        return response

    def _remember_choice(self, request: Request, response: Response, language: str) -> None:
        chosen = request.query_params.get("lang")
        if chosen != language or request.cookies.get(LANGUAGE_COOKIE) == language:
            return
        response.set_cookie(
            LANGUAGE_COOKIE,
            language,
            max_age=_ONE_YEAR_SECONDS,
            path="/",
            secure=self._settings.base_url.startswith("https:"),
            httponly=True,
            samesite="lax",
        )


def _url_for_language(request: Request, language: str) -> str:
    """This page in another language: a query-only reference, so the path is never repeated."""
    kept = [(name, value) for name, value in request.query_params.multi_items() if name != "lang"]
    return "?" + urlencode([*kept, ("lang", language)])
