"""The menu without doors: what typed texts mean, and that nothing typed is an error or a second try."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wallet_api.menus.talk import (
    MAX_ENTRIES,
    Act,
    Ask,
    CheckAgency,
    Item,
    Open,
    Proof,
    Say,
    Speak,
    Step,
    is_pin,
    move,
    tidy,
    walk,
)
from wallet_api.menus.words import Text

MENU = Say(text=Text.MENU)
PIN = "250817"


@pytest.mark.parametrize(
    ("step", "typed", "after", "act"),
    [
        (Step.TOP, "", Step.TOP, MENU),
        (Step.TOP, "/start", Step.TOP, MENU),
        (Step.TOP, "1", Step.CARD, Ask(item=Item.CARD)),
        (Step.TOP, " ១ ", Step.CARD, Ask(item=Item.CARD)),
        (Step.TOP, "1 កាតខ្ញុំ", Step.CARD, Ask(item=Item.CARD)),
        (Step.TOP, "\u200b2\u200b", Step.LOOKS, Ask(item=Item.LOOKS)),
        (Step.TOP, "3", Step.SURE, Say(text=Text.SURE)),
        (Step.TOP, "4", Step.AGENCY, Say(text=Text.ASK_AGENCY)),
        (Step.TOP, "5", Step.TOP, Say(text=Text.HELP)),
        (Step.TOP, "6", Step.LANGUAGE, Say(text=Text.ASK_LANGUAGE)),
        (Step.TOP, "7", Step.TOP, MENU),
        (Step.TOP, PIN, Step.TOP, MENU),
        (Step.CARD, PIN, Step.TOP, Open(item=Item.CARD, proof=PIN)),
        (Step.CARD, "២៥០៨១៧", Step.TOP, Open(item=Item.CARD, proof=PIN)),
        (Step.CARD, "25081", Step.TOP, MENU),
        (Step.CARD, "4821", Step.TOP, MENU),
        (Step.CARD, "0", Step.TOP, MENU),
        (Step.CARD, "2 Who looked", Step.LOOKS, Ask(item=Item.LOOKS)),
        (Step.LOOKS, PIN, Step.TOP, Open(item=Item.LOOKS, proof=PIN)),
        (Step.SURE, "1", Step.STOP, Ask(item=Item.STOP)),
        (Step.SURE, "0", Step.TOP, MENU),
        (Step.SURE, "1 My card", Step.CARD, Ask(item=Item.CARD)),
        (Step.SURE, PIN, Step.TOP, MENU),
        (Step.STOP, PIN, Step.TOP, Open(item=Item.STOP, proof=PIN)),
        (Step.AGENCY, "demo a 001", Step.TOP, CheckAgency(typed="demo a 001")),
        (Step.AGENCY, "1", Step.TOP, CheckAgency(typed="1")),
        (Step.AGENCY, "1 កាតខ្ញុំ", Step.CARD, Ask(item=Item.CARD)),
        (Step.AGENCY, "0", Step.TOP, MENU),
        (Step.AGENCY, "\u200b", Step.TOP, MENU),
        (Step.LANGUAGE, "2", Step.TOP, Speak(language="en")),
        (Step.LANGUAGE, "៣", Step.TOP, Speak(language="th")),
        (Step.LANGUAGE, "9", Step.TOP, MENU),
    ],
)
def test_what_is_typed_means(step: Step, typed: str, after: Step, act: Act) -> None:
    assert move(step, typed, Proof.PIN) == (after, act)


@pytest.mark.parametrize(
    ("step", "typed", "after", "act"),
    [
        (Step.TOP, "1", Step.CARD, Ask(item=Item.CARD)),
        (Step.TOP, "2", Step.TOP, Say(text=Text.LOOKS_BY_PIN)),
        (Step.TOP, "3", Step.STOP, Ask(item=Item.STOP)),
        (Step.CARD, "4821", Step.TOP, Open(item=Item.CARD, proof="4821")),
        (Step.CARD, PIN, Step.TOP, MENU),
        (Step.STOP, "៤៨២១", Step.TOP, Open(item=Item.STOP, proof="4821")),
    ],
)
def test_where_a_pin_would_stay_a_number_is_sent_back(step: Step, typed: str, after: Step, act: Act) -> None:
    assert move(step, typed, Proof.NUMBER) == (after, act)


@given(st.sampled_from(Step), st.text(max_size=200), st.sampled_from(Proof))
def test_nothing_typed_is_an_error(step: Step, typed: str, proof: Proof) -> None:
    after, act = move(step, typed, proof)
    assert after in Step
    if isinstance(act, Open):
        assert act.proof == tidy(typed)
        assert step in (Step.CARD, Step.LOOKS, Step.STOP)


ENTRIES = st.lists(st.sampled_from(["0", "1", "2", "3", "4", "6", PIN, "000001", "x", ""]), max_size=12)


@given(ENTRIES)
def test_one_request_tries_one_pin_at_most_and_only_the_last_entry(entries: list[str]) -> None:
    _, _, act = walk("*".join(entries))
    if isinstance(act, Open):
        assert act.proof == entries[-1]
        assert is_pin(act.proof)


@given(ENTRIES, ENTRIES)
def test_a_session_is_where_its_entries_lead_one_by_one(first: list[str], then: list[str]) -> None:
    step = Step.TOP
    for entry in [*first, *then]:
        step, _ = move(step, entry, Proof.PIN)
    joined = "*".join([*first, *then])
    if joined and len([*first, *then]) <= MAX_ENTRIES:
        assert walk(joined)[1] == step


@pytest.mark.parametrize(
    ("entries", "language", "act"),
    [
        ("", None, MENU),
        ("6*2", "en", Speak(language="en")),
        ("6*2*1", "en", Ask(item=Item.CARD)),
        ("6*2*6*3*5", "th", Say(text=Text.HELP)),
        (f"1*{PIN}", None, Open(item=Item.CARD, proof=PIN)),
        (f"1*000001*1*{PIN}", None, Open(item=Item.CARD, proof=PIN)),
        (f"3*1*{PIN}", None, Open(item=Item.STOP, proof=PIN)),
        (f"1*0*{PIN}", None, MENU),
        ("*".join("1" * (MAX_ENTRIES + 1)), None, MENU),
    ],
)
def test_a_session_is_walked_from_what_was_typed_alone(entries: str, language: str | None, act: Act) -> None:
    assert walk(entries)[0] == language
    assert walk(entries)[2] == act


def test_a_pin_is_not_in_what_is_shown_of_an_act() -> None:
    assert PIN not in repr(Open(item=Item.CARD, proof=PIN))
