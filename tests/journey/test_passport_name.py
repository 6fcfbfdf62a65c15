"""The name in the passport is signed where one was seen; where none was, the answer says so."""

import httpx2
import pytest

from passport.demo_world.people import draw_people
from tests.journey.test_corrections import HTML, issued, of_person

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(240)]


async def test_a_recruiter_reads_whether_the_name_was_compared_with_a_passport(
    client: httpx2.AsyncClient,
) -> None:
    client.headers["Accept-Language"] = "en"
    seen, unseen = draw_people()[0], draw_people()[1]
    for person, expected in ((seen, person_name(seen.name_latin)), (unseen, NOT_COMPARED)):
        certificate = await issued(client, **of_person(person))
        subject = (await client.get(certificate["credential"])).json()["credentialSubject"]
        assert subject.get("passportNameLatin") == (seen.name_latin if person is seen else None)
        page = (await client.get(certificate["verify_url"], headers=HTML)).text
        assert expected in page


NOT_COMPARED = "<dt>Name in the passport</dt><dd>The name was not compared with a passport.</dd>"


def person_name(name: str) -> str:
    return f"<dt>Name in the passport</dt><dd>{name}</dd>"
