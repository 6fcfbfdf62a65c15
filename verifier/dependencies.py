"""What routes and pages both need of the application around them."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Depends
from starlette.requests import Request

from runtime.auth import Sessions, bearer_or_none
from runtime.service import context_of
from vc.model.verdict import Verification
from verifier.harvesting import require_not_harvesting
from verifier.keys import PREFIX, LicenceSource, require_key, require_licence
from verifier.rendering import Translate
from verifier.service import VerifierService


def service_of(request: Request) -> VerifierService:
    """The service behind this application."""
    service = request.app.state.verifier
    if not isinstance(service, VerifierService):
        raise TypeError("the application was not made by verifier.app.create_app")
    return service


def licences_of(request: Request) -> LicenceSource:
    """Where this application learns how licences stand."""
    source: LicenceSource = request.app.state.licences
    return source


async def _service(request: Request) -> VerifierService:
    # Async though it waits for nothing: the framework would call a plain function in a thread.
    return service_of(request)


Service = Annotated[VerifierService, Depends(_service)]


def translate_to(request: Request, language: str) -> Translate:
    """The catalogue of ``language`` as a function."""
    pages = context_of(request).pages
    return lambda msgid: pages.translator.gettext(language, msgid)


def open_or_key(scope: str) -> Callable[[Request], Awaitable[None]]:
    """A FastAPI dependency: nobody in particular, or a program with a good key that has ``scope``.

    An access token of the trust registry serves as well, a verifier's while its licence is in force.
    Whatever else stands in ``Authorization`` is refused: a program whose key ended must hear of it.
    """

    async def check(request: Request) -> None:
        token = bearer_or_none(request)
        if token is None:
            return
        if token.startswith(PREFIX):
            address = request.client.host if request.client else ""
            source = licences_of(request)
            key = await require_key(context_of(request), token, source=source, scope=scope, address=address)
            request.state.licence_number = key.licence_number
        else:
            sessions: Sessions = request.app.state.sessions
            principal = await sessions.by_access_token(token)
            await require_licence(context_of(request), principal, source=licences_of(request))
            request.state.licence_number = principal.licence_number

    return check


async def refuse_harvesting(request: Request, *verifications: Verification) -> None:
    """After a check behind ``open_or_key``: stop an asker who collects people. Raises ``RateLimited``."""
    licence_number: str | None = getattr(request.state, "licence_number", None)
    await require_not_harvesting(context_of(request), licence_number, verifications)
