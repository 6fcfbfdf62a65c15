"""A holder lets an organisation compare them with the labour database's photo: who sees it, who says what."""

import base64
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any

import httpx2
import pytest
from sqlalchemy import select

from tests.journey.share_house import (
    BASE_URL,
    HOLDER,
    MEMBER,
    PIN,
    ShareHouse,
    form,
    give_certificate,
    link_in,
    open_share_house,
    share,
    share_ids,
)
from vc.model.verdict import Reason
from vc.verify.registry_photo import MAX_PHOTO_BYTES
from verifier.sentences import SENTENCES
from verifier.tables import person_key, photo_comparison

JPEG = b"\xff\xd8\xff\xe0 the face of nobody"
HELD = {"state": "held", "jpeg": base64.b64encode(JPEG).decode()}
OTHER_MEMBER = replace(MEMBER, licence_number="L-2")
CLAIMS = ("nameLatin", "achievement")


@pytest.fixture
def house(tmp_path: Path) -> Iterator[ShareHouse]:
    with open_share_house(tmp_path) as opened:
        opened.run(opened.wallet.state.pins.set_first, HOLDER, PIN)
        opened.photo = dict(HELD)
        yield opened


def photo_on(response: httpx2.Response) -> bytes | None:
    found = re.search(r'src="data:image/jpeg;base64,([^"]+)"', response.text)
    return None if found is None else base64.b64decode(unescape(found[1]))


def look(house: ShareHouse, link: str, principal: Any = MEMBER) -> httpx2.Response:
    return house.open(link, principal, accept="text/html")


def say(house: ShareHouse, link: str, answer: str, principal: Any = MEMBER) -> httpx2.Response:
    response: httpx2.Response = house.client.post(
        f"{link.removeprefix(BASE_URL)}/photo",
        data={"answer": answer},
        headers=house.cookie(house.verifier, principal),
        follow_redirects=False,
    )
    return response


def verdict(house: ShareHouse, link: str) -> dict[str, Any]:
    """*This person's*, as a program is told by opening the share."""
    answer = house.open(link, MEMBER)
    assert answer.status_code == 200, answer.text
    (result,) = answer.json()["credentialResults"]
    return dict(result["verdicts"]["thisPersons"])


def kinds(house: ShareHouse) -> list[str]:
    return [kind for kind, _ in house.log()]


def rows(house: ShareHouse) -> list[Any]:
    database = house.contexts["verifier"].database
    return list(database.read_now(lambda connection: connection.execute(select(photo_comparison)).all()))


ANSWERS = {
    "thisPerson": ("yes", Reason.REGISTRY_PHOTO_CONFIRMED, "accepted"),
    "somebodyElse": ("no", Reason.REGISTRY_PHOTO_OF_ANOTHER, "rejected"),
    "cannotTell": ("couldNotCheck", Reason.REGISTRY_PHOTO_UNCLEAR, "accepted"),
}


@pytest.mark.parametrize("said", ANSWERS)
def test_who_compares_decides_and_it_says_who_and_when(house: ShareHouse, said: str) -> None:
    answer, reason, outcome = ANSWERS[said]
    credential_id = give_certificate(house)
    link = share(house, credential_id, photo="yes", views="3")
    shown = look(house, link)
    assert (shown.status_code, photo_on(shown)) == (200, JPEG)
    assert shown.headers["cache-control"] == "no-store"
    assert house.photos_asked == [[credential_id]]
    assert SENTENCES[Reason.REGISTRY_PHOTO_NOT_COMPARED] in unescape(shown.text)
    assert verdict(house, link)["reason"] == Reason.REGISTRY_PHOTO_NOT_COMPARED.value
    house.world.clock.advance(timedelta(minutes=2))
    after = say(house, link, said)
    assert after.status_code == 200, after.text
    assert photo_on(after) is None
    assert after.headers["cache-control"] == "no-store"
    assert f'data-outcome="{outcome}"' in after.text
    text = unescape(after.text)
    assert SENTENCES[reason] in text
    assert "ភ្នាក់ងារឈូក · Lotus Agency" in text
    told = verdict(house, link)
    assert (told["answer"], told["reason"]) == (answer, reason.value)
    assert [(one["kind"], one["name"], one["asOf"]) for one in told["against"]] == [
        ("registryPhoto", "RLD", "2026-11-22T03:00:00Z"),
        ("comparedBy", "ភ្នាក់ងារឈូក · Lotus Agency", "2026-11-22T03:02:00Z"),
    ]
    assert told["checkedAt"] == "2026-11-22T03:02:00Z"
    assert kinds(house).count("photo") == 1, "what they said of it is not in the holder's log"
    assert [row.compared_by for row in rows(house)] == [MEMBER.subject]


def test_in_a_list_it_stays_unchecked_until_somebody_confirms(house: ShareHouse) -> None:
    link = share(house, give_certificate(house), photo="yes", views="3")

    def row() -> dict[str, Any]:
        headers = house.cookie(house.verifier, MEMBER) | {"Accept": "application/json"}
        parts = [("text", (None, link))]
        answer = house.client.post("/verify/batch", files=parts, headers=headers).json()
        return dict(answer["rows"][0]["answer"]["verdicts"]["thisPersons"])

    assert row()["answer"] == "couldNotCheck"
    assert house.photos_asked == [], "no list asks for a photo"
    look(house, link)
    assert say(house, link, "thisPerson").status_code == 200
    assert row()["reason"] == Reason.REGISTRY_PHOTO_CONFIRMED.value


def test_the_holder_is_asked_each_time_and_sees_who_looked(house: ShareHouse) -> None:
    credential_id = give_certificate(house)
    offered = house.holder_gets("/wallet/share/claims?to=L-1&purpose=ae-work").text
    (box,) = re.findall(r'<input[^>]+name="photo"[^>]*>', offered)
    assert "checked" not in box
    assert (
        'name="photo"'
        not in house.holder_gets("/wallet/share/claims?to=anyone&purpose=kh-work/construction").text
    )
    before = house.holder_posts("/wallet/share/preview", form(credential_id, CLAIMS, photo="yes")).text
    assert "They also see your photo from the labour database" in before
    assert '<input type="hidden" name="photo" value="yes">' in before
    link = share(house, credential_id, photo="yes")
    house.world.clock.advance(timedelta(seconds=1))
    look(house, link)
    assert house.log()[0][1] == house.log()[1][1] == "ភ្នាក់ងារឈូក · Lotus Agency"
    assert sorted(kinds(house)[:2]) == ["opened", "photo"]
    assert "Saw your photo from the labour database" in house.holder_gets("/wallet/log").text
    (share_id,) = share_ids(house)
    receipt = house.holder_gets(f"/wallet/shares/{share_id}/receipt.json").json()
    assert receipt["photoFromRegister"] is True


def test_without_the_tick_there_is_no_photo(house: ShareHouse) -> None:
    link = share(house, give_certificate(house), views="2")
    shown = look(house, link)
    assert (shown.status_code, photo_on(shown), house.photos_asked) == (200, None, [])
    assert "/photo" not in shown.text
    assert say(house, link, "thisPerson").status_code == 404
    assert verdict(house, link)["reason"] == Reason.KEY_BOUND.value


def test_whoever_has_an_open_link_sees_no_photo(house: ShareHouse) -> None:
    fields = form(
        give_certificate(house), CLAIMS, to="anyone", purpose="kh-work/construction", photo="yes", views="3"
    )
    link = link_in(house.holder_posts("/wallet/share", fields))
    for principal in (None, MEMBER):
        shown = look(house, link, principal)
        assert (shown.status_code, photo_on(shown)) == (200, None)
    assert house.photos_asked == []


def test_programs_and_other_organisations_get_none(house: ShareHouse) -> None:
    link = share(house, give_certificate(house), photo="yes", views="3")
    assert HELD["jpeg"] not in house.open(link, MEMBER).text
    for principal in (OTHER_MEMBER, None):
        assert look(house, link, principal).status_code == 404
    assert house.photos_asked == []
    assert photo_on(look(house, link)) == JPEG
    assert say(house, link, "thisPerson", OTHER_MEMBER).status_code == 404
    assert say(house, link, "thisPerson", None).status_code == 303
    assert verdict(house, link)["answer"] == "couldNotCheck"


def test_a_share_that_was_stopped_or_used_up_shows_no_photo(house: ShareHouse) -> None:
    credential_id = give_certificate(house)
    stopped = share(house, credential_id, photo="yes", views="3")
    house.holder_posts("/wallet/shares/stop", {})
    once = share(house, credential_id, photo="yes")
    assert photo_on(look(house, once)) == JPEG
    for link in (stopped, once):
        assert look(house, link).status_code == 404
    assert len(house.photos_asked) == 1
    assert say(house, once, "thisPerson").status_code == 200, "the last view was used, and may be answered"


def test_stopped_while_the_register_is_asked_it_is_not_shown(house: ShareHouse) -> None:
    link = share(house, give_certificate(house), photo="yes", views="3")

    async def stop() -> None:
        await house.wallet.state.shares.stop_all(HOLDER)

    house.while_asked_for_a_photo = stop
    shown = look(house, link)
    assert (shown.status_code, photo_on(shown)) == (200, None)
    assert "photo" not in kinds(house)


@pytest.mark.parametrize(
    ("photo", "reason"),
    [
        ({"state": "none", "jpeg": None}, Reason.REGISTRY_HAS_NO_PHOTO),
        ({"state": "withheld", "jpeg": None}, Reason.REGISTRY_HAS_NO_PHOTO),
        ({"state": "not asked", "jpeg": None}, Reason.REGISTRY_NOT_REACHED),
        (None, Reason.REGISTRY_NOT_REACHED),
        ({"state": "strange", "jpeg": HELD["jpeg"]}, Reason.REGISTRY_NOT_REACHED),
        ({"state": "held", "jpeg": None}, Reason.REGISTRY_NOT_REACHED),
        ({"state": "held", "jpeg": "not base64"}, Reason.REGISTRY_NOT_REACHED),
        ({"state": "held", "jpeg": base64.b64encode(b"<svg/>").decode()}, Reason.REGISTRY_NOT_REACHED),
        (
            {"state": "held", "jpeg": base64.b64encode(JPEG + bytes(MAX_PHOTO_BYTES)).decode()},
            Reason.REGISTRY_NOT_REACHED,
        ),
    ],
)
def test_no_photo_and_no_answer_are_two_things(
    house: ShareHouse, photo: dict[str, Any] | None, reason: Reason
) -> None:
    house.photo = photo
    link = share(house, give_certificate(house), photo="yes")
    shown = look(house, link)
    assert (shown.status_code, photo_on(shown)) == (200, None)
    assert SENTENCES[reason] in unescape(shown.text)
    assert 'data-outcome="accepted"' in shown.text
    assert "identity not checked" in shown.text
    assert say(house, link, "thisPerson").status_code == 404
    assert "photo" not in kinds(house)


def test_nothing_is_said_later_and_nothing_is_kept(house: ShareHouse) -> None:
    link = share(house, give_certificate(house), photo="yes", hours="1")
    look(house, link)
    (row,) = rows(house)
    assert JPEG not in repr(row).encode()
    assert row.sealed is not None
    assert b"eyJ" not in row.sealed
    context = house.contexts["verifier"]

    def keys() -> int:
        return context.database.read_now(lambda connection: len(connection.execute(select(person_key)).all()))

    photos = house.verifier.state.photos
    assert keys() == 1
    house.world.clock.advance(timedelta(minutes=15))
    assert say(house, link, "thisPerson").status_code == 404
    house.run(photos.sweep)
    assert ([one.sealed for one in rows(house)], keys()) == ([None], 0)
    house.world.clock.advance(timedelta(minutes=45))
    house.run(photos.sweep)
    assert rows(house) == []


@pytest.mark.parametrize("answer", ["", "yes", "THISPERSON", "x" * 500])
def test_another_answer_is_none(house: ShareHouse, answer: str) -> None:
    link = share(house, give_certificate(house), photo="yes")
    look(house, link)
    refused = say(house, link, answer)
    assert refused.status_code == 400
    assert [row.answer for row in rows(house)] == [None]


def test_what_is_said_last_holds(house: ShareHouse) -> None:
    link = share(house, give_certificate(house), photo="yes", views="2")
    look(house, link)
    say(house, link, "somebodyElse")
    assert say(house, link, "thisPerson").status_code == 200
    assert verdict(house, link)["answer"] == "yes"
