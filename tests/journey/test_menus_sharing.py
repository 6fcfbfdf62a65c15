"""A phone without a browser, by USSD: a certificate, who looked, to stop sharing; and the second PIN."""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from runtime import audit_log
from runtime.menu_settings import MenuDoor, door_token
from tests.journey.share_house import (
    BASE_URL,
    DURESS,
    HOLDER,
    MEMBER,
    PIN,
    ShareHouse,
    form,
    give_certificate,
    link_in,
    open_share_house,
)
from wallet_api.phones import keep_phone

PHONE = "012 345 678"
NUMBER = "+85512345678"
OTHER_HOLDER, OTHER_PIN = "RLD-0000002", "418653"
ENGLISH = "6*2*"
NOTHING = "END Nothing opens here now. Try again in 15 minutes, or call 000 000 000."
CLAIMS = ("nameLatin", "achievement")


@pytest.fixture
def house(tmp_path: Path) -> Iterator[ShareHouse]:
    with open_share_house(tmp_path) as opened:
        give_phone(opened, HOLDER, PIN)
        yield opened


def give_phone(house: ShareHouse, holder: str, pin: str) -> None:
    context = house.contexts["wallet_api"]
    keep = partial(
        keep_phone,
        personal=context.personal,
        rld_number=holder,
        number=NUMBER,
        good_from=context.clock.now(),
    )
    context.database.write_now(keep)
    house.run(house.wallet.state.pins.set_first, holder, pin)


def dial(house: ShareHouse, *entries: str, number: str = PHONE) -> str:
    """What the screen says after these entries, in English."""
    token = door_token(house.contexts["wallet_api"].settings, MenuDoor.USSD)
    body = {"session": "s-1", "from": number, "text": ENGLISH + "*".join(entries)}
    answer = house.client.post("/wallet/menus/ussd", json=body, headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200, answer.text
    text: str = answer.text
    return text


def code_of(index: int) -> str:
    return f"0000-0000-000{index}"


def test_a_certificate_is_shown_by_its_code_and_the_holder_reads_that(house: ShareHouse) -> None:
    give_certificate(house, 1)
    house.world.clock.advance(timedelta(seconds=1))
    give_certificate(house, 2)
    assert dial(house, "1") == "CON Type your PIN (6 digits). 0: back"
    shown = dial(house, "1", PIN)
    assert shown == f"END Show this to the employer:\n{code_of(2)}\n{code_of(1)}"
    assert house.log()[0] == ("menu", "holder")


def test_who_looked_is_told_without_a_name_and_stopping_ends_what_is_shared(house: ShareHouse) -> None:
    credential_id = give_certificate(house)
    assert dial(house, "2", PIN) == "END Nobody looked."
    link = link_in(house.holder_posts("/wallet/share", form(credential_id, CLAIMS, views="3")))
    open_link = link_in(
        house.holder_posts(
            "/wallet/share",
            form(credential_id, CLAIMS, to="anyone", purpose="kh-work/construction", views="3"),
        )
    )
    assert house.open(link, MEMBER).status_code == 200
    house.world.clock.advance(timedelta(seconds=1))
    assert house.open(open_link).status_code == 200
    looked = dial(house, "2", PIN)
    assert looked == "END Who looked:\nLooked by a link 22.11\nA company looked 22.11"
    assert dial(house, "3") == "CON Stop everything you share?\n1 Yes\n0 No"
    assert dial(house, "3", "0").startswith("CON 1 My card")
    assert house.open(link, MEMBER).status_code == 200, "asked and not agreed to"
    assert dial(house, "3", "1") == "CON Type your PIN (6 digits). 0: back"
    assert dial(house, "3", "1", PIN).startswith("END Stopped.")
    assert house.open(link, MEMBER).status_code == 404
    assert house.open(open_link).status_code == 404
    assert dial(house, "3", "1", PIN).startswith("END Stopped."), "the same where nothing is shared"


def test_with_the_second_pin_everything_looks_the_same_and_shows_less(house: ShareHouse) -> None:
    first = give_certificate(house, 1)
    house.world.clock.advance(timedelta(seconds=1))
    give_certificate(house, 2)
    assert house.open(link_in(house.holder_posts("/wallet/share", form(first, CLAIMS))), MEMBER).is_success

    async def set_second() -> None:
        await house.wallet.state.pins.set_second(HOLDER, PIN, DURESS, chosen=[first])

    house.run(set_second)
    assert dial(house, "1", DURESS) == f"END Show this to the employer:\n{code_of(1)}"
    assert dial(house, "2", DURESS) == "END Nobody looked."
    assert dial(house, "2", PIN) != "END Nobody looked."
    context = house.contexts["wallet_api"]
    written = context.database.read_now(lambda connection: list(audit_log.entries(connection)))
    by_menu = [
        (entry["actor"], entry["act"], entry["object"])
        for entry in written
        if entry["act"].startswith("menu.")
    ]
    # Card and looks with the second PIN, looks with the first: one could not be told from the other.
    assert [act for _, act, _ in by_menu] == ["menu.card", "menu.looks", "menu.looks"]
    assert len({(actor, person) for actor, _, person in by_menu}) == 1


def test_a_familys_phone_answers_whose_pin_it_is(house: ShareHouse) -> None:
    give_certificate(house, 1)
    give_phone(house, OTHER_HOLDER, OTHER_PIN)
    give_certificate(house, 2, holder=OTHER_HOLDER)
    assert dial(house, "1", PIN) == f"END Show this to the employer:\n{code_of(1)}"
    assert dial(house, "1", OTHER_PIN) == f"END Show this to the employer:\n{code_of(2)}"


def test_every_reason_to_give_nothing_reads_the_same(house: ShareHouse) -> None:
    """Unknown number, no passport, wrong PIN, locked PIN: nobody learns which it is."""
    for item in ("1", "2"):
        assert dial(house, item, PIN, number="099 887 766") == NOTHING, "a number nobody knows"
    assert dial(house, "1", PIN) == NOTHING, "a right PIN and no certificate"
    give_certificate(house, 1)
    for number in range(6):
        assert dial(house, "1", f"90817{number}") == NOTHING
    assert dial(house, "1", PIN) == NOTHING, "five wrong ones lock it"
    house.world.clock.advance(timedelta(minutes=16))
    assert code_of(1) in dial(house, "1", PIN)


def test_one_request_is_one_try_whatever_is_joined_in_it(house: ShareHouse) -> None:
    give_certificate(house, 1)
    guesses = [entry for number in range(8) for entry in ("1", f"90817{number}")]
    assert dial(house, *guesses) == NOTHING
    assert code_of(1) in dial(house, "1", PIN), "one wrong try and not five"


def test_what_was_taken_back_or_revoked_is_not_offered_to_an_employer(house: ShareHouse) -> None:
    credential_id = give_certificate(house, 1)

    async def take_back() -> None:
        await house.wallet.state.wallet.take_back(credential_id)

    house.run(take_back)
    assert dial(house, "1", PIN) == NOTHING


def test_a_number_is_answered_so_often_and_then_told_to_wait(house: ShareHouse) -> None:
    for _ in range(40):
        assert dial(house, "5").startswith("END Help")
    assert dial(house, "5") == "END Too many tries. Wait an hour, or call 000 000 000."
    assert dial(house, "5", number="099 887 766").startswith("END Help"), "others are not held up"


def test_the_language_chosen_once_is_spoken_in_the_next_session(house: ShareHouse) -> None:
    token = door_token(house.contexts["wallet_api"].settings, MenuDoor.USSD)
    headers = {"Authorization": f"Bearer {token}"}

    def screen(text: str) -> str:
        body = {"session": "s", "from": PHONE, "text": text}
        said: str = house.client.post(f"{BASE_URL}/wallet/menus/ussd", json=body, headers=headers).text
        return said

    assert screen("").startswith("CON 1 កាត"), "Khmer where nobody chose"
    assert screen("6*3").startswith("CON 1 บัตร")
    assert screen("").startswith("CON 1 บัตร")
