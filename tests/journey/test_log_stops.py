"""A holder stops a share where they see who looked, and is told that it is so."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.journey.share_house import (
    AGENCY,
    HOLDER,
    MEMBER,
    PIN,
    ShareHouse,
    form,
    give_certificate,
    open_share_house,
    share,
    share_ids,
)
from wallet_api.access_log import AccessKind
from wallet_api.log_pages import KIND_PICTURES, KIND_WORDS

SECOND = timedelta(seconds=1)
STOP = re.compile(r'<li data-kind="([a-z-]+)">(?:(?!<li).)*name="share_id" value="([0-9A-Z]+)"', re.DOTALL)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[ShareHouse]:
    with open_share_house(tmp_path) as opened:
        opened.run(opened.wallet.state.pins.set_first, HOLDER, PIN)
        yield opened


def stopped_from_the_log(house: ShareHouse, share_id: str) -> str:
    """The page that comes after the button of the log."""
    done = house.holder_posts("/wallet/shares/stop", {"share_id": share_id, "back": "log"})
    assert done.status_code == 303
    return house.holder_gets(done.headers["location"]).text


def test_every_kind_of_entry_has_words_and_a_picture() -> None:
    assert set(KIND_WORDS) == set(KIND_PICTURES) == set(AccessKind)


def test_the_newest_entry_of_a_share_has_its_one_button(house: ShareHouse) -> None:
    credential_id = give_certificate(house)
    first = share(house, credential_id, views="3")
    (first_id,) = share_ids(house)
    assert STOP.findall(house.holder_gets("/wallet/log").text) == [("shared", first_id)]
    house.world.clock.advance(SECOND)
    assert house.open(first, MEMBER).status_code == 200
    assert STOP.findall(house.holder_gets("/wallet/log").text) == [("opened", first_id)]

    page = stopped_from_the_log(house, first_id)
    assert 'data-ended="stopped"' in page
    assert "You stopped it: Lotus Agency" in page
    assert "Stopped a share (Lotus Agency)" in page
    assert STOP.findall(page) == []
    assert house.open(first, MEMBER).status_code == 404


def test_of_what_nobody_can_open_any_more_there_is_nothing_to_stop(house: ShareHouse) -> None:
    credential_id = give_certificate(house)
    link = share(house, credential_id)
    assert 'data-open-shares="1"' in house.holder_gets("/wallet").text
    assert house.open(link, MEMBER).status_code == 200
    assert STOP.findall(house.holder_gets("/wallet/log").text) == []
    assert "data-open-shares" not in house.holder_gets("/wallet").text
    # Whoever is told until the end can still be stopped from that.
    share(house, credential_id, watch="yes")
    assert 'data-open-shares="1"' in house.holder_gets("/wallet").text
    assert len(STOP.findall(house.holder_gets("/wallet/log").text)) == 1


def test_no_address_alone_says_that_a_share_was_stopped(house: ShareHouse) -> None:
    share(house, give_certificate(house))
    (share_id,) = share_ids(house)
    for name in (share_id, "0" * 16, "../", ""):
        assert "data-ended" not in house.holder_gets(f"/wallet/log?stopped={name}").text
    assert STOP.findall(house.holder_gets("/wallet/log").text) == [("shared", share_id)]


def test_nothing_elsewhere_is_where_a_stop_leads(house: ShareHouse) -> None:
    for back in ("//evil.example", "https://evil.example", "/verify", ""):
        done = house.holder_posts("/wallet/shares/stop", {"share_id": "X", "back": back})
        assert done.headers["location"] == "/wallet/shares"
    done = house.holder_posts("/wallet/shares/stop", {"share_id": "a&b=//c", "back": "log"})
    assert done.headers["location"] == "/wallet/log?stopped=a%26b%3D%2F%2Fc"


def test_what_it_is_for_is_chosen_in_two_steps(house: ShareHouse) -> None:
    """First the country that the licence names; a field only where there are fields."""
    page = house.holder_gets(f"/wallet/share/purpose?to={AGENCY}").text
    programmes, _, others = page.partition("<details")
    assert re.findall(r'name="purpose" value="([^"]+)"', programmes)[0] == "jp-ssw"
    assert 'value="kr-eps"' in others
    assert 'value="kr-eps"' not in programmes
    assert "jp-ssw/" not in page
    fields = house.holder_gets(f"/wallet/share/purpose?to={AGENCY}&purpose=jp-ssw").text
    assert 'name="purpose" value="jp-ssw/construction"' in fields
    unknown = house.holder_gets(f"/wallet/share/purpose?to={AGENCY}&purpose=%3Cscript%3E")
    assert unknown.status_code == 200
    assert "<script>" not in unknown.text.partition("<main")[2]


def test_a_wrong_pin_keeps_everything_that_was_chosen(house: ShareHouse) -> None:
    credential_id = give_certificate(house)
    chosen = form(
        credential_id, ("nameLatin", "achievement"), hours="6", views="10", watch="yes", pin="000111"
    )
    refused = house.holder_posts("/wallet/share", chosen)
    assert refused.status_code == 403
    assert "This is not the right PIN." in refused.text
    kept = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', refused.text)
    for name in ("to", "purpose", "hours", "views", "watch"):
        assert (name, chosen[name]) in kept
    assert [value for name, value in kept if name == "claim"] == chosen["claim"]
    again = dict(kept) | {"claim": chosen["claim"], "certificate": [credential_id], "pin": PIN}
    assert house.holder_posts("/wallet/share", again).status_code == 200


def test_where_nothing_was_chosen_the_rest_stays_chosen(house: ShareHouse) -> None:
    chosen = form(give_certificate(house), (), hours="6", views="10", watch="yes")
    page = house.holder_posts("/wallet/share/preview", chosen).text
    assert '<option value="6" selected>' in page
    assert '<option value="10" selected>' in page
    assert re.search(r'name="watch" value="yes" checked', page)
