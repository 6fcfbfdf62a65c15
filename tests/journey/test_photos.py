"""A photo on a printed card comes from the labour database alone, and that there is none is said."""

import re

import httpx2
import pypdfium2
import pypdfium2.raw
import pytest

from passport.demo_world.class_lists import RPL, demo_class_list
from passport.demo_world.people import DemoPerson
from tests.journey.conftest import sign_in
from tests.journey.test_cards import make
from tests.journey.test_first_journey import CLERK, issue, upload
from tests.journey.test_labour_database import simulator_of

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(240)]


def read(pdf: bytes) -> tuple[str, int]:
    """The text of all pages, and how many pictures stand on them."""
    with pypdfium2.PdfDocument(pdf) as document:
        texts = [re.sub(r"\s+", " ", page.get_textpage().get_text_bounded()) for page in document]
        pictures = sum(
            1
            for page in document
            for _ in page.get_objects(filter=[pypdfium2.raw.FPDF_PAGEOBJ_IMAGE], max_depth=8)
        )
    return " ".join(texts), pictures


async def test_a_photo_is_printed_where_one_is_held_and_else_it_is_said_why_there_is_none(
    client: httpx2.AsyncClient, people: tuple[DemoPerson, ...]
) -> None:
    simulator = simulator_of(client)
    numbers = [str(row["rld_number"]) for row in demo_class_list(RPL, people).rows[:2]]
    by_number = {person.rld_number: person for person in people}
    for number, state in zip(numbers, ("held", "withheld"), strict=True):
        simulator.register.put(by_number[number], photo=state)
    await sign_in(client, CLERK)
    class_id = (await upload(client, people))["id"]
    await issue(client, class_id)
    await make(client, class_id)
    text, pictures = read((await client.get(f"/issuer/classes/{class_id}/cards.pdf")).content)
    assert (text.count("no photo"), text.count("not shown"), pictures) == (27, 1, 1)
    simulator.misbehaviour = "Server.ServerProxy.NetworkError"
    text, pictures = read((await client.get(f"/issuer/classes/{class_id}/cards.pdf")).content)
    assert (text.count("photo not"), text.count("no photo"), pictures) == (29, 0, 0)


async def test_one_photo_for_several_people_is_unusual(
    client: httpx2.AsyncClient, people: tuple[DemoPerson, ...]
) -> None:
    client.headers["Accept-Language"] = "en"
    simulator = simulator_of(client)
    numbers = [str(row["rld_number"]) for row in demo_class_list(RPL, people).rows[:3]]
    by_number = {person.rld_number: person for person in people}
    for number in numbers:
        simulator.register.put(by_number[number], photo="held")
    await sign_in(client, CLERK)
    class_id = (await upload(client, people))["id"]
    await issue(client, class_id)
    await make(client, class_id)
    hint = "One photo was printed for several people."
    for has_one in (False, True):
        simulator.register.has_one_photo = has_one
        await sign_in(client, CLERK)
        assert (await client.get(f"/issuer/classes/{class_id}/cards.pdf")).status_code == 200
        await sign_in(client, "fraud-officer-1")
        assert (
            hint in (await client.get("/revocation/cases", headers={"Accept": "text/html"})).text
        ) == has_one
