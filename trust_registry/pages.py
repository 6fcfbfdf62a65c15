"""The trust registry for people: who may certify what."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from runtime.auth import principal_or_none
from runtime.service import context_of
from trust_registry import store, views
from trust_registry.catalogue import awards, titles, type_titles

router = APIRouter()


@router.get("/trust")
async def who_may_certify(request: Request) -> Response:
    """The public page: which centre may certify what, and when; ``q`` and ``trade`` narrow it."""
    await principal_or_none(request)
    context = context_of(request)
    register = await context.database.read(store.read_register)
    query, trade = request.query_params.get("q", "").strip()[:80], request.query_params.get("trade", "")
    shown = views.centres(register, context.clock.now())
    return context.pages.render(
        request,
        "trust_registry/trust.html",
        centres=views.found_centres(shown, query, trade),
        is_search=bool(query or trade),
        query=query,
        trade=trade,
        awards=awards(),
        titles=titles(),
        types=type_titles(context.pages.language(request)),
    )
