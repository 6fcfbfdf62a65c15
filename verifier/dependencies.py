"""What routes and pages both need of the application around them."""

from typing import Annotated

from fastapi import Depends
from starlette.requests import Request

from runtime.service import context_of
from verifier.rendering import Translate
from verifier.service import VerifierService


def service_of(request: Request) -> VerifierService:
    """The service behind this application."""
    service = request.app.state.verifier
    if not isinstance(service, VerifierService):
        raise TypeError("the application was not made by verifier.app.create_app")
    return service


Service = Annotated[VerifierService, Depends(service_of)]


def translate_to(request: Request, language: str) -> Translate:
    """The catalogue of ``language`` as a function."""
    pages = context_of(request).pages
    return lambda msgid: pages.translator.gettext(language, msgid)
