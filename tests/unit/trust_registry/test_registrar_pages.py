"""The registrar's desk and the public page."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from runtime.auth import Principal, Role
from runtime.service import ServiceContext
from tests.unit.trust_registry.deployment import accreditation, browsing, clock_of
from trust_registry import store
from trust_registry.app import create_app
from trust_registry.doors import DOORS, PICTURES, ROLE_NAMES
from trust_registry.service import accredit

pytestmark = pytest.mark.anyio

REGISTRAR = Principal(subject="demo-registrar", name="Demo registrar", role=Role.REGISTRAR)
FORM: dict[str, Any] = {
    "organisation_id": "battambang",
    "type": ["RPLCertificate"],
    "code": ["DEMO-RPL-BRL"],
    "level": ["1"],
    "valid_from": "2026-12-01",
    "valid_until": "2027-11-30",
    "reason": "Inspected on 12 November.",
}


async def test_anybody_may_read_who_may_certify_what(context: ServiceContext) -> None:
    async with browsing(create_app(context)) as client:
        english = (await client.get("/trust")).text
        khmer = (await client.get("/trust?lang=km")).text
    for page in (english, khmer):
        assert "Poipet Training Centre" in page
        assert "មជ្ឈមណ្ឌលប៉ោយប៉ែត" in page
        assert 'datetime="2026-01-01"' in page
    assert "Bricklaying and masonry" in english
    assert "ការងារជាងសំណង់" in khmer
    # 2027-01-01T00:00Z is seven o'clock of that day in Phnom Penh.
    assert 'datetime="2027-01-01"' in english
    assert "May certify nothing at present." in english


async def test_every_role_of_a_person_has_a_door() -> None:
    assert set(DOORS) == set(PICTURES) == set(ROLE_NAMES) == set(Role) - {Role.SERVICE}


async def test_the_desk_is_the_registrars(context: ServiceContext) -> None:
    app = create_app(context)
    async with browsing(app) as client:
        response = await client.get("/trust/registrar")
        assert response.status_code == 303
        assert response.headers["location"] == "/sign-in?next=%2Ftrust%2Fregistrar"
    for role in set(Role) - {Role.SERVICE, Role.REGISTRAR}:
        async with browsing(app, Principal(subject="x", name="X", role=role)) as client:
            assert (await client.get("/trust/registrar")).status_code == 403
            assert (await client.post("/trust/registrar/accreditations", data=FORM)).status_code == 403
    assert context.database.read_now(store.accreditations_of, "battambang") == ()


async def test_accrediting_records_and_publishes_at_once(context: ServiceContext) -> None:
    app = create_app(context)
    async with browsing(app, REGISTRAR) as client:
        before = app.state.publication.require_published().version
        response = await client.post("/trust/registrar/accreditations", data=FORM)
        assert (response.status_code, response.headers["location"]) == (303, "/trust/registrar?done=1")
        assert app.state.publication.require_published().version == before + 1
        page = (await client.get(response.headers["location"])).text
        assert "the list is published" in page
        assert 'datetime="2027-11-30"' in page
    ((_, granted),) = context.database.read_now(store.accreditations_of, "battambang")
    assert granted == accreditation(
        organisation_id="battambang",
        cqf_levels=frozenset({1}),
        # The days are Cambodian days, the last one included.
        valid_from=datetime(2026, 11, 30, 17, tzinfo=UTC),
        valid_until=datetime(2027, 11, 30, 17, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"type": []}, "Choose what kind of certificate."),
        ({"type": ["Diploma"]}, "Choose what kind of certificate."),
        ({"code": []}, "Choose the qualifications, or all of them."),
        ({"code": ["UNKNOWN"]}, "Choose the qualifications, or all of them."),
        ({"valid_from": ""}, "Give the first day."),
        ({"valid_from": "0001-01-01"}, "Give the first day."),
        ({"valid_until": "9999-12-31"}, "Give the last day, or leave it empty."),
        ({"valid_until": "2026-11-30"}, "The accreditation must end after it begins."),
    ],
)
async def test_a_form_with_one_fault_names_it_and_records_nothing(
    context: ServiceContext, changes: dict[str, Any], message: str
) -> None:
    app = create_app(context)
    async with browsing(app, REGISTRAR) as client:
        response = await client.post("/trust/registrar/accreditations", data=FORM | changes)
        assert response.status_code == 400
        assert message in response.text
        assert app.state.publication.require_published().version == 1
    assert context.database.read_now(store.accreditations_of, "battambang") == ()


async def test_every_qualification_is_said_and_not_left_over(context: ServiceContext) -> None:
    async with browsing(create_app(context), REGISTRAR) as client:
        form = FORM | {"code": [], "level": [], "all_codes": "yes", "valid_until": ""}
        assert (await client.post("/trust/registrar/accreditations", data=form)).status_code == 303
    ((_, granted),) = context.database.read_now(store.accreditations_of, "battambang")
    assert (granted.qualification_codes, granted.cqf_levels, granted.valid_until) == (None, None, None)


async def test_an_unknown_centre_is_not_found(context: ServiceContext) -> None:
    async with browsing(create_app(context), REGISTRAR) as client:
        response = await client.post(
            "/trust/registrar/accreditations", data=FORM | {"organisation_id": "nowhere"}
        )
    assert response.status_code == 404


async def test_the_desk_shows_keys_and_accreditations(context: ServiceContext) -> None:
    accredit(context.database, accreditation(organisation_id="battambang", cqf_levels=None))
    async with browsing(create_app(context), REGISTRAR) as client:
        page = (await client.get("/trust/registrar")).text
    assert "Any level" in page
    assert "z6Mk" in page
    assert "did:web:skills-passport.example:centres:battambang" in page


@pytest.mark.parametrize(("days", "warned"), [(74, False), (75, True), (164, True)])
async def test_ninety_days_before_the_root_ends_the_registrar_is_told_on_the_first_page(
    context: ServiceContext, days: int, warned: bool
) -> None:
    # The root of these tests ends 165 days after the time at which they begin.
    clock_of(context).advance(timedelta(days=days))
    async with browsing(create_app(context), REGISTRAR) as client:
        page = (await client.get("/trust/registrar")).text
    assert ("The root of trust ends on" in page) is warned
