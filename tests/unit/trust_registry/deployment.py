"""A deployment of one service in a temporary folder: everything real but the clock."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
from fastapi import FastAPI

from runtime.auth import Principal, Role, service_token
from runtime.clients import Peers
from runtime.clock import FixedClock
from runtime.database import Database
from runtime.fetch import Fetcher
from runtime.keyring import Keyring
from runtime.pages import Pages
from runtime.service import ServiceContext
from runtime.settings import Settings
from tests.signed_in import session_cookie
from trust_registry.accounts import NewAccount, create_accounts
from trust_registry.licence_holders import give_licence
from trust_registry.licences import grant_licence
from trust_registry.life import Act, LicenceFacts, VerifierClass
from trust_registry.model import GrantedAccreditation, OrganisationKind
from trust_registry.root import ensure_demo_root
from trust_registry.service import AUTHORITY_ID, accredit, register_organisation

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
BASE_URL = "http://127.0.0.1:8000"
CENTRE_DID = "did:web:skills-passport.example:centres:poipet"
STATUS_DID = "did:web:skills-passport.example:status"
PASSWORD = "rice field bridge 42"
LICENCE = "DEMO-P-1"


def service_context(folder: Path, service: str, *, migrate: bool = True, **settings: Any) -> ServiceContext:
    """The surroundings of ``service`` with its tables; the clock stands at ``NOW``."""
    deployment = Settings(data_dir=folder, **settings)
    clock = FixedClock(NOW)
    database = Database.open(deployment, service)
    if migrate:
        database.upgrade()
    return ServiceContext(
        service=service,
        settings=deployment,
        clock=clock,
        database=database,
        keyring=Keyring.open(deployment, service),
        peers=Peers(deployment, clock, service),
        fetcher=Fetcher(deployment, clock),
        pages=Pages(deployment),
    )


def clock_of(context: ServiceContext) -> FixedClock:
    """The clock of a context made here, to be moved."""
    assert isinstance(context.clock, FixedClock)
    return context.clock


def populate(context: ServiceContext) -> str:
    """MLVT, a centre accredited for all of 2026, the status registry, people; returns the trust anchor."""
    database, settings = context.database, context.settings
    for organisation_id, kind, name_en, name_km in (
        (AUTHORITY_ID, OrganisationKind.AUTHORITY, "Ministry (demo)", "ក្រសួង (គំរូ)"),
        ("poipet", OrganisationKind.CENTRE, "Poipet Training Centre", "មជ្ឈមណ្ឌលប៉ោយប៉ែត"),
        ("battambang", OrganisationKind.CENTRE, "Battambang Training Centre", "មជ្ឈមណ្ឌលបាត់ដំបង"),
        ("status-registry", OrganisationKind.STATUS_REGISTRY, "Status registry", "បញ្ជីស្ថានភាព"),
        ("eps", OrganisationKind.VERIFIER, "EPS office", "ការិយាល័យ EPS"),
    ):
        register_organisation(
            database, settings, organisation_id=organisation_id, kind=kind, name_en=name_en, name_km=name_km
        )
    accredit(database, accreditation())
    create_people(context)
    return ensure_demo_root(database, settings, context.keyring, NOW - timedelta(days=200))


def create_people(context: ServiceContext) -> None:
    """One person of each role that the tests sign in with."""
    people = ((Role.REGISTRAR, None), (Role.CLERK, None), (Role.RETURNEE, "RLD-0000001"))
    create_accounts(
        context.database,
        context.personal,
        [
            NewAccount(
                username=f"demo-{role.value.replace('_', '-')}",
                password=PASSWORD,
                role=role,
                name=f"Demo {role.value}",
                rld_number=rld_number,
            )
            for role, rld_number in people
        ],
    )


def license_eps(context: ServiceContext) -> None:
    """The EPS office asks under the licence ``LICENCE`` from then on."""
    facts = LicenceFacts(
        licence_class=VerifierClass.PUBLIC_BODY,
        names={"en": "EPS office", "km": "ការិយាល័យ EPS"},
        office="Demo-ro 1, Ulsan",
        phone="+82 00 000 0005",
        countries=("KR",),
        programmes=("kr-eps",),
        valid_from=NOW - timedelta(days=1),
    )
    act = Act(actor="registrar", reason="Inspected.", at=NOW)
    context.database.write_now(grant_licence, LICENCE, facts, act)
    context.database.write_now(give_licence, LICENCE, "eps", act)


def accreditation(**changes: Any) -> GrantedAccreditation:
    """Poipet's accreditation for bricklaying in 2026; ``changes`` replace fields."""
    fields: dict[str, Any] = {
        "organisation_id": "poipet",
        "credential_types": frozenset({"RPLCertificate"}),
        "qualification_codes": frozenset({"DEMO-RPL-BRL"}),
        "cqf_levels": frozenset({1, 2}),
        "valid_from": datetime(2026, 1, 1, tzinfo=UTC),
        "valid_until": datetime(2027, 1, 1, tzinfo=UTC),
    }
    return GrantedAccreditation(**(fields | changes))


@asynccontextmanager
async def browsing(app: FastAPI, principal: Principal | None = None) -> AsyncIterator[httpx2.AsyncClient]:
    """A browser at the pages of ``app``, signed in as ``principal``, which runs the lifespan."""
    cookies = {} if principal is None else session_cookie(app, principal)
    transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
    headers = {"Accept": "text/html", "Origin": BASE_URL, "Accept-Language": "en"}
    async with (
        app.router.lifespan_context(app),
        httpx2.AsyncClient(
            transport=transport, base_url=BASE_URL, headers=headers, cookies=cookies
        ) as client,
    ):
        yield client


def bearer(context: ServiceContext, caller: str) -> dict[str, str]:
    """The header by which service ``caller`` shows itself to the service of ``context``."""
    token = service_token(
        caller=caller, audience=context.service, settings=context.settings, now=context.clock.now()
    )
    return {"Authorization": f"Bearer {token}", "Accept": "application/json"}
