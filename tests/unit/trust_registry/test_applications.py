"""Asking to be registered, and the registrar's answer."""

import re
from typing import Any

import httpx2
import pytest

from runtime.auth import Principal, Role
from runtime.service import ServiceContext
from tests.unit.trust_registry.deployment import browsing
from trust_registry import application_store, register_store, store
from trust_registry.app import create_app
from trust_registry.applications import ApplicationKind
from trust_registry.life import VerifierClass
from trust_registry.service import root_did

pytestmark = pytest.mark.anyio

REGISTRAR = Principal(subject="demo-registrar", name="Demo registrar", role=Role.REGISTRAR)
FORM: dict[str, Any] = {
    "name_en": "Phnom Demo Works",
    "name_km": "ក្រុមហ៊ុនភ្នំគំរូ",
    "name_local": "見本",
    "local_language": "ja",
    "office": "1 Demo Road",
    "phone": "023 111 222",
    "registration_number": "DEMO-1",
    "country": ["JP", "XX"],
    "programme": ["jp-ssw", "nonsense"],
    "wanted": "We build <b>houses</b>.",
}
GRANT: dict[str, Any] = {
    "answer": "granted",
    "reason": "Papers are in order.",
    "number": "new 7",
    "name_km": "ក្រុមហ៊ុនភ្នំគំរូ",
    "valid_from": "2026-11-22",
    "valid_until": "2027-11-21",
    "slug": "phnom-demo",
}


async def apply(client: httpx2.AsyncClient, kind: str = "agency", **changes: Any) -> str:
    """Send an application; returns its receipt code."""
    response = await client.post(f"/trust/apply/{kind}", data=FORM | changes)
    assert response.status_code == 201, response.text
    match = re.search(r'id="receipt">([0-9A-Z-]+)<', response.text)
    assert match is not None
    return match[1]


async def answer(client: httpx2.AsyncClient, which: int = 1, **changes: Any) -> httpx2.Response:
    return await client.post(f"/trust/registrar/applications/{which}/answer", data=GRANT | changes)


@pytest.mark.parametrize("kind", list(ApplicationKind))
@pytest.mark.parametrize("language", ["km", "en"])
async def test_every_kind_has_a_form_in_each_language_that_can_be_sent(
    context: ServiceContext, kind: ApplicationKind, language: str
) -> None:
    async with browsing(create_app(context)) as client:
        page = (await client.get(f"/trust/apply/{kind.value}?lang={language}")).text
        assert f'<html lang="{language}"' in page
        names = set(re.findall(r'<(?:input|select|textarea)[^>]* name="(\w+)"', page))
        assert names <= {*FORM, "vouched_by"}
        await apply(client, kind.value)
    (found,) = context.database.read_now(application_store.applications)
    assert (found.kind, found.language) == (kind.value, language)


async def test_applicants_and_classes_are_the_same_kinds() -> None:
    assert {kind.value for kind in VerifierClass} | {"centre"} == {kind.value for kind in ApplicationKind}


async def test_an_agency_is_granted_a_licence_in_one_step_and_published(context: ServiceContext) -> None:
    app = create_app(context)
    async with browsing(app, REGISTRAR) as client:
        before = app.state.publication.require_published().version
        code = await apply(client)
        assert "Phnom Demo Works" in (await client.get("/trust/registrar/applications")).text
        assert (await answer(client)).status_code == 303
        assert app.state.publication.require_published().version == before + 1
        read = (await client.post("/trust/apply/answer", data={"code": code.lower()})).text
        assert "Papers are in order." in read
        assert "Granted" in read
        assert 'data-state="licensed"' in (await client.get("/trust/agencies/NEW-7")).text
    licence = context.database.read_now(register_store.licence_or_none, "NEW-7")
    assert licence is not None
    assert licence.facts.names == {"en": "Phnom Demo Works", "km": "ក្រុមហ៊ុនភ្នំគំរូ"}
    assert licence.facts.countries == ("JP",)
    assert licence.facts.programmes == ("jp-ssw",)
    assert licence.events[0].act.actor == "demo-registrar"


async def test_an_organisation_abroad_is_vouched_for_by_the_ministry_unless_it_names_an_agency(
    context: ServiceContext,
) -> None:
    async with browsing(create_app(context), REGISTRAR) as client:
        await apply(client, "foreign-organisation")
        await apply(client, "foreign-organisation", vouched_by="nobody")
        assert (await answer(client)).status_code == 303
        refused = await answer(client, 2, number="new 8")
    assert refused.status_code == 400
    assert "It cannot be granted like this" in refused.text
    (licence,) = context.database.read_now(register_store.licences)
    assert licence.facts.vouched_by == root_did(context.settings)
    assert licence.facts.names["ja"] == "見本"


async def test_a_granted_centre_is_registered_and_may_certify_nothing_yet(context: ServiceContext) -> None:
    async with browsing(create_app(context), REGISTRAR) as client:
        await apply(client, "centre")
        assert (await answer(client)).status_code == 303
        assert "May certify nothing at present." in (await client.get("/trust?q=phnom demo")).text
    centre = context.database.read_now(store.organisation_or_none, "phnom-demo")
    assert centre is not None
    assert centre.did == "did:web:skills-passport.example:centres:phnom-demo"


async def test_more_is_wanted_sent_and_then_refused_with_a_reason(context: ServiceContext) -> None:
    async with browsing(create_app(context), REGISTRAR) as client:
        code = await apply(client)
        await answer(client, answer="more-wanted", reason="Which year was it founded?")
        page = (await client.post("/trust/apply/answer", data={"code": code})).text
        assert "Which year was it founded?" in page
        more = {"code": code, "more": "In 2019."}
        assert (await client.post("/trust/apply/answer/more", data=more)).status_code == 200
        assert (await client.post("/trust/apply/answer/more", data=more)).status_code == 409
        assert "In 2019." in (await client.get("/trust/registrar/applications/1")).text
        await answer(client, answer="refused", reason="The register of companies knows nothing.")
        page = (await client.post("/trust/apply/answer", data={"code": code})).text
        assert "Refused" in page
        assert "The register of companies knows nothing." in page
        again = await answer(client)
    assert again.status_code == 400
    assert context.database.read_now(register_store.licences) == ()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"answer": ""}, "Choose an answer."),
        ({"answer": "everything"}, "Choose an answer."),
        ({"reason": " "}, "Say why"),
        ({"number": "?"}, "Give a licence number"),
        ({"valid_from": "soon"}, "Give the first day."),
        ({"valid_until": "later"}, "Give the last day, or leave it empty."),
        ({"valid_until": "2026-11-20"}, "It cannot be granted like this"),
        ({"name_km": ""}, "It cannot be granted like this"),
    ],
)
async def test_an_answer_with_one_fault_names_it_and_decides_nothing(
    context: ServiceContext, changes: dict[str, Any], message: str
) -> None:
    async with browsing(create_app(context), REGISTRAR) as client:
        await apply(client)
        response = await answer(client, **changes)
    assert response.status_code == 400
    assert message in response.text
    assert context.database.read_now(register_store.licences) == ()
    (found,) = context.database.read_now(application_store.applications)
    assert [event.answer.value for event in found.events] == ["submitted"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name_en": ""}, "Fill this in"),
        ({"office": "x" * 201}, "Fill this in"),
        ({"phone": "ring me"}, "Give a phone number"),
        ({"country": []}, "Choose at least one country."),
        ({"wanted": "x" * 1001}, "Write at most 1000 characters."),
    ],
)
async def test_an_application_with_one_fault_names_it_and_is_not_kept(
    context: ServiceContext, changes: dict[str, Any], message: str
) -> None:
    async with browsing(create_app(context)) as client:
        response = await client.post("/trust/apply/agency", data=FORM | changes)
    assert response.status_code == 400
    assert message in response.text
    assert context.database.read_now(application_store.applications) == ()


@pytest.mark.parametrize("code", ["", "0" * 16, "nonsense!", "x" * 500])
async def test_a_wrong_receipt_code_opens_nothing(context: ServiceContext, code: str) -> None:
    async with browsing(create_app(context)) as client:
        await apply(client)
        response = await client.post("/trust/apply/answer", data={"code": code})
    assert response.status_code == 400
    assert "No application has this receipt code." in response.text
    assert "Phnom Demo Works" not in response.text


async def test_nothing_about_applicants_is_public(context: ServiceContext) -> None:
    async with browsing(create_app(context)) as client:
        code = await apply(client)
        public = ("/trust", "/trust/list", "/trust/agencies", "/trust/apply", "/trust/apply/answer")
        for path in public:
            page = (await client.get(path)).text
            assert "Phnom Demo" not in page
            assert code not in page
        for path in ("/trust/registrar/applications", "/trust/registrar/applications/1"):
            assert (await client.get(path)).status_code == 303
    stored = (context.settings.data_dir / "trust_registry.sqlite3").read_bytes()
    assert code.encode() not in stored
    assert code.replace("-", "").encode() not in stored


async def test_codes_cannot_be_tried_without_end(context: ServiceContext) -> None:
    async with browsing(create_app(context)) as client:
        answers = [
            (await client.post("/trust/apply/answer", data={"code": f"{n}"})).status_code for n in range(21)
        ]
    assert answers == [400] * 20 + [429]


async def test_markup_in_an_application_is_shown_as_text(context: ServiceContext) -> None:
    async with browsing(create_app(context), REGISTRAR) as client:
        await apply(client)
        page = (await client.get("/trust/registrar/applications/1")).text
    assert "<b>houses</b>" not in page
    assert "&lt;b&gt;houses" in page
