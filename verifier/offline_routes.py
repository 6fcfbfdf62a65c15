"""``/verify/offline``: the page that checks passport cards without a network, and what it is made of.

The page is the same for everybody and can be installed. Its service worker keeps it; the page itself keeps
the newest snapshot of keys and lists that verifies, and judges by it.
"""

import hashlib
from typing import Final

import anyio
import orjson
from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from runtime.http import CONTENT_SECURITY_POLICY_OF_READER
from runtime.i18n import direction, gettext_noop, languages_at
from runtime.pages.assets import STATIC_PREFIX, Assets
from runtime.rate_limit import rate_limit
from runtime.service import context_of
from vc.encoding.strict_json import JsonObject
from vc.encoding.timestamps import format_exact_timestamp
from vc.errors import NotFound
from verifier.bundle_routes import bundle_desk_of
from verifier.dependencies import translate_to
from verifier.offline import Snapshot, make_snapshot, plural_samples, texts_for

router = APIRouter(
    prefix="/verify/offline", dependencies=[Depends(rate_limit("verify-offline", "120/minute"))]
)

PATH: Final = "/verify/offline"
TITLE: Final = gettext_noop("Check cards without a network")
SHORT_TITLE: Final = gettext_noop("Check cards")
# Our own clock, also on an answer without a body: the page compares the phone's with it.
SERVER_TIME: Final = "Passport-Server-Time"

_SERVICE_WORKER: Final = "offline-sw.js"
_READER: Final = "zxing_reader.wasm"
_ASSETS: Final = ("app.css", "app.js", "htmx.min.js", "icon.svg", "offline.js", _READER)
_THEME: Final = "#37408f"
_GROUND: Final = "#f5f4f0"


@router.get("")
async def show_page(request: Request) -> Response:
    """The page; it needs JavaScript and says so where there is none."""
    context = context_of(request)
    language = context.pages.language(request)
    return context.pages.render(
        request,
        "verifier/offline.html",
        headers={"Content-Security-Policy": CONTENT_SECURITY_POLICY_OF_READER},
        texts=orjson.dumps(texts_for(language, translate_to(request, language))).decode(),
        plurals=plural_samples(language),
        reader=context.pages.assets.url(_READER),
        version=_version(context.pages.assets),
        theme=_THEME,
    )


@router.get("/snapshot")
async def get_snapshot(request: Request) -> Response:
    """Every key and list that a card may need, signed by those who published them."""
    snapshot = await _snapshot(request)
    now = context_of(request).clock.now()
    headers = {
        "ETag": snapshot.etag,
        "Cache-Control": "no-cache",
        SERVER_TIME: format_exact_timestamp(now),
    }
    known = {tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")}
    if snapshot.etag in known:
        return Response(status_code=304, headers=headers)
    return Response(snapshot.body(now=now), media_type="application/json", headers=headers)


@router.get("/manifest.webmanifest")
async def get_manifest(request: Request) -> Response:
    """What a phone needs to install the page."""
    pages = context_of(request).pages
    language = pages.language(request)
    translate = translate_to(request, language)
    mark = " (DEMO)" if context_of(request).settings.is_demo else ""
    manifest: JsonObject = {
        "name": translate(TITLE) + mark,
        "short_name": translate(SHORT_TITLE) + mark,
        "lang": language,
        "dir": direction(language),
        "id": PATH,
        "start_url": PATH,
        "scope": PATH,
        "display": "standalone",
        "theme_color": _THEME,
        "background_color": _GROUND,
        "icons": [{"src": pages.assets.url("icon.svg"), "sizes": "any", "type": "image/svg+xml"}],
    }
    headers = {"Cache-Control": "no-cache", "Vary": "Cookie, Accept-Language"}
    return Response(orjson.dumps(manifest), media_type="application/manifest+json", headers=headers)


@router.get("/sw.js")
async def get_service_worker(request: Request) -> Response:
    """The service worker, told what to keep."""
    assets = context_of(request).pages.assets
    try:
        script = await anyio.to_thread.run_sync(assets.read, _SERVICE_WORKER)
    except FileNotFoundError:
        raise NotFound("The front end was not built.") from None
    told = {
        "version": _version(assets),
        "page": PATH,
        "languages": languages_at(PATH),
        "assets": _kept(assets),
    }
    body = b"self.PASSPORT_OFFLINE = " + orjson.dumps(told) + b";\n" + script
    headers = {"Cache-Control": "no-cache", "Service-Worker-Allowed": PATH}
    return Response(body, media_type="text/javascript", headers=headers)


def _kept(assets: Assets) -> list[str]:
    """The addresses of everything the page is made of; its scripts name their own parts without a version."""
    parts = [name for name in assets.names if name.startswith("offline-") and name != _SERVICE_WORKER]
    return [assets.url(name) for name in _ASSETS] + [f"{STATIC_PREFIX}/{name}" for name in parts]


def _version(assets: Assets) -> str:
    """Another whenever a kept file is."""
    kept = [*_kept(assets), assets.url(_SERVICE_WORKER)]
    return hashlib.sha256(" ".join(kept).encode()).hexdigest()[:16]


async def _snapshot(request: Request) -> Snapshot:
    """The snapshot of the bundle of now; made anew only with that. Raises ``EvidenceUnavailable``."""
    made = await bundle_desk_of(request).current()
    held = getattr(request.app.state, "offline_snapshot", None)
    if isinstance(held, Snapshot) and held.bundle is made.bundle:
        return held
    snapshot = await anyio.to_thread.run_sync(make_snapshot, made.bundle)
    request.app.state.offline_snapshot = snapshot
    return snapshot
