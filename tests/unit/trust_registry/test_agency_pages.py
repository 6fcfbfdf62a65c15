"""Checking an agency as a worker does: by number or QR code, in Khmer."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from runtime.agency_fees import AgencyFee
from runtime.service import ServiceContext
from tests.unit.trust_registry.deployment import BASE_URL, NOW, browsing, clock_of
from tests.unit.trust_registry.test_life import ENDS, act, facts
from trust_registry.app import create_app
from trust_registry.licences import grant_licence, suspend_licence

pytestmark = pytest.mark.anyio

FREE_KM = "លិខិតឆ្លងដែននេះ ការបោះពុម្ពឡើងវិញ និងការផ្ទៀងផ្ទាត់វា គឺឥតគិតថ្លៃ។"


@pytest.fixture(autouse=True)
def agencies(context: ServiceContext) -> None:
    later = NOW + timedelta(days=30)
    for number, changes in {
        "OK-1": {},
        "STOPPED-1": {},
        "OVER-1": {"valid_until": NOW},
        "SOON-1": {"valid_from": later},
    }.items():
        context.database.write_now(grant_licence, number, facts(**changes), act())
    context.database.write_now(suspend_licence, "STOPPED-1", effective_from=NOW, act=act())


ANSWERS = [
    ("OK-1", "licensed", "Licensed", "icon-check", "outcome-accepted"),
    ("STOPPED-1", "suspended", "Suspended", "icon-pause", "outcome-undetermined"),
    ("OVER-1", "expired", "Expired", "icon-cross", "outcome-rejected"),
    ("SOON-1", "not-yet", "Not begun", "icon-clock", "outcome-undetermined"),
    ("NOBODY-1", "unknown", "Not known", "icon-question", "outcome-unknown"),
]


@pytest.mark.parametrize(("number", "state", "word", "picture", "colour"), ANSWERS)
async def test_each_answer_has_its_own_picture_colour_and_word(
    context: ServiceContext, number: str, state: str, word: str, picture: str, colour: str
) -> None:
    async with browsing(create_app(context)) as client:
        by_number = await client.get("/trust/agencies", params={"number": number.lower()})
        by_qr = await client.get(f"/trust/agencies/{number}")
    for response in (by_number, by_qr):
        assert response.status_code == 200
        start = response.text.index("verdict-banner")
        banner = response.text[start - 20 : response.text.index("</section>", start)]
        assert f'data-state="{state}"' in banner
        assert f'<p class="verdict-word">{word}</p>' in banner
        assert picture in banner
        assert colour in banner


@pytest.mark.parametrize("number", ["", "   "])
async def test_without_a_number_there_is_only_the_form(context: ServiceContext, number: str) -> None:
    async with browsing(create_app(context)) as client:
        page = (await client.get("/trust/agencies", params={"number": number})).text
    assert "verdict-banner" not in page
    assert 'name="number"' in page


@pytest.mark.parametrize("number", ["<script>", "a" * 500, "លេខ", "%00", "\u202e1"])
async def test_what_is_no_number_is_not_known_and_never_an_error(
    context: ServiceContext, number: str
) -> None:
    async with browsing(create_app(context)) as client:
        response = await client.get("/trust/agencies", params={"number": number})
    assert response.status_code == 200
    assert 'data-state="unknown"' in response.text
    assert "<script>&" not in response.text
    assert 'value="<script>' not in response.text


async def test_a_worker_reads_names_office_phone_countries_and_the_warning(context: ServiceContext) -> None:
    async with browsing(create_app(context)) as client:
        page = (await client.get("/trust/agencies/OK-1?lang=km")).text
    assert page.index("ភ្នាក់ងារគំរូ") < page.index("Kumrou Agency (demo)")
    for text in ("12 Demo Street, Phnom Penh", "023 000 000", "ជប៉ុន", "ស្លាកអាចចម្លងបាន", FREE_KM):
        assert text in page


async def test_nothing_is_said_about_fees_unless_it_is_set(context: ServiceContext) -> None:
    async with browsing(create_app(context)) as client:
        assert "Agency fees" not in (await client.get("/trust/agencies/OK-1")).text


@pytest.mark.parametrize(
    ("country", "begins", "is_shown"),
    [("JP", "2026-11-22", True), ("JP", "2026-11-23", False), ("KR", "2026-01-01", False)],
    ids=["of-its-country", "not-in-force-yet", "of-another-country"],
)
async def test_a_fee_is_shown_with_its_source_from_its_day_on(
    context: ServiceContext, country: str, begins: str, is_shown: bool
) -> None:
    fee = AgencyFee.model_validate({"text": "No fee.", "source": "Prakas 0/00", "effective_from": begins})
    settings = context.settings.model_copy(update={"agency_fees": {country: fee}})
    async with browsing(create_app(replace(context, settings=settings))) as client:
        page = (await client.get("/trust/agencies/OK-1")).text
    assert ("No fee." in page, "Prakas 0/00" in page) == (is_shown, is_shown)


async def test_the_sign_leads_to_the_page_and_only_a_good_licence_has_one(context: ServiceContext) -> None:
    async with browsing(create_app(context)) as client:
        poster = await client.get("/trust/agencies/OK-1/poster")
        assert f"{BASE_URL}/trust/agencies/OK-1" in poster.text
        for number in ("STOPPED-1", "OVER-1", "NOBODY-1"):
            response = await client.get(f"/trust/agencies/{number}/poster")
            assert (response.status_code, response.headers["location"]) == (303, f"/trust/agencies/{number}")
        clock_of(context).advance(ENDS - NOW)
        assert (await client.get("/trust/agencies/OK-1/poster")).status_code == 303


async def test_numbers_cannot_be_tried_without_end(context: ServiceContext) -> None:
    async with browsing(create_app(context)) as client:
        answers: list[Any] = [
            (await client.get("/trust/agencies", params={"number": f"N-{number}"})).status_code
            for number in range(62)
        ]
    assert answers == [200] * 60 + [429] * 2


async def test_the_pages_list_nobody(context: ServiceContext) -> None:
    async with browsing(create_app(context)) as client:
        page = (await client.get("/trust/agencies")).text
    assert "023 000 000" not in page
