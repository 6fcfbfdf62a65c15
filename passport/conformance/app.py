"""The application of the conformance profile, for outside test suites and never for production."""

from fastapi import APIRouter, FastAPI, Request

from passport.conformance import identifiers, issuers, statuses, verifiers
from passport.conformance.keys import ConformanceKeys
from passport.conformance.profile import ConformanceProfile, profile_of
from passport.conformance.statuses import Statuses
from runtime.http import build_app
from runtime.service import ServiceContext
from runtime.settings import Settings, SettingsError
from vc.crypto.keys import KeyType

router = APIRouter()


@router.get("/conformance/ids.json")
async def issuer_identifiers(request: Request) -> dict[str, str]:
    """The did:key of each kind of key; suites put them into ``issuer``."""
    keys = profile_of(request).keys
    return {
        "ed": keys.did(KeyType.ED25519),
        "P-256": keys.did(KeyType.P256),
        "P-384": keys.did(KeyType.P384),
    }


def require_demo(settings: Settings) -> None:
    """Raise ``SettingsError`` in production."""
    if not settings.is_demo:
        raise SettingsError(("mode: the conformance profile signs for anybody and never runs in production",))


def create_app(context: ServiceContext) -> FastAPI:
    """The profile's doors with new keys. Raises ``SettingsError`` in production."""
    require_demo(context.settings)
    keys = ConformanceKeys.make()
    routers = (router, issuers.router, verifiers.router, statuses.router, identifiers.router)
    app = build_app(context, title="Skills Passport conformance profile", routers=routers)
    app.state.profile = ConformanceProfile(
        keys=keys,
        clock=context.clock,
        statuses=Statuses(
            origin=context.settings.base_url, signer=keys.signers[KeyType.ED25519], clock=context.clock
        ),
    )
    return app
