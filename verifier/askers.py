"""Who asks for a batch: nobody in particular, or an organisation under a licence of the trust list."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Annotated, Final

from fastapi import Depends
from starlette.requests import Request

from runtime.auth import (
    NotAuthenticated,
    Role,
    Sessions,
    bearer_or_none,
    require_person,
    session_token_or_none,
)
from runtime.service import context_of
from vc.errors import NotAuthorized
from vc.trust.licences import VerifierClass, licence_stands
from verifier.batch_reading import MOST_WITH_ACCOUNT, MOST_WITHOUT_ACCOUNT
from verifier.dependencies import licences_of
from verifier.keys import LICENCE_NOT_IN_FORCE, PREFIX, require_key, require_licence
from verifier.store import ApiKey

SCOPE: Final = "verify:credentials"
_MEMBERS: Final = frozenset({Role.VERIFIER_ADMIN, Role.VERIFIER_MEMBER})


@dataclass(frozen=True, kw_only=True, slots=True)
class Asker:
    """Who asks. Without a licence: anyone, as at the page for one certificate.

    ``organisation`` is its name by language, as the trust list has it; ``key`` the API key in use.
    """

    licence_number: str | None = None
    verifier_class: VerifierClass | None = None
    organisation: Mapping[str, str] = field(default_factory=dict)
    key: ApiKey | None = None

    @property
    def most_rows(self) -> int:
        """How many certificates may be sent at once."""
        return MOST_WITHOUT_ACCOUNT if self.licence_number is None else MOST_WITH_ACCOUNT

    @property
    def needs_consent(self) -> bool:
        """Whether each worker must have agreed: a private agency places people, and pays by them."""
        return self.verifier_class is VerifierClass.AGENCY


ANYONE: Final = Asker()


async def asker_of(request: Request) -> Asker:
    """FastAPI dependency: who asks, by API key, access token or session.

    Raises as ``require_key`` and ``require_licence``; ``NotAuthorized`` for a member of an organisation
    whose licence is not in force, ``EvidenceUnavailable`` where it cannot be told who asks.
    """
    token = bearer_or_none(request)
    if token is None:
        return await member_of(request)
    context, source = context_of(request), licences_of(request)
    if token.startswith(PREFIX):
        address = request.client.host if request.client else ""
        key = await require_key(context, token, source=source, scope=SCOPE, address=address)
        return await _under(request, key.licence_number, key)
    sessions: Sessions = request.app.state.sessions
    principal = await sessions.by_access_token(token)
    await require_licence(context, principal, source=source)
    return await _under(request, principal.licence_number)


async def member_of(request: Request) -> Asker:
    """FastAPI dependency: the organisation of whoever is signed in with a browser; else anyone.

    Raises as ``asker_of``.
    """
    if session_token_or_none(request) is None:
        return ANYONE
    # An old session is nobody; one that cannot be looked up may be an agency's, and is no answer.
    with suppress(NotAuthenticated):
        principal = await require_person(request)
        return await _under(request, principal.licence_number if principal.role in _MEMBERS else None)
    return ANYONE


async def _under(request: Request, number: str | None, key: ApiKey | None = None) -> Asker:
    if number is None:
        return ANYONE
    licences = await licences_of(request).licences()
    if not licence_stands(licences, number, context_of(request).clock.now()):
        raise NotAuthorized(LICENCE_NOT_IN_FORCE)
    licence = licences[number]
    return Asker(
        licence_number=number,
        verifier_class=licence.verifier_class,
        organisation=licence.name,
        key=key,
    )


WhoAsks = Annotated[Asker, Depends(asker_of)]
Member = Annotated[Asker, Depends(member_of)]
