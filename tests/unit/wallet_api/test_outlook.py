"""What a holder still needs: one word for each requirement, none over all, and never that they may go."""

from collections.abc import Sequence
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runtime.i18n import Translator
from tests.unit.vc.programmes import shown
from tests.unit.vc.programmes.shown import TODAY, Changes, everything, with_verdicts
from tests.unit.vc.programmes.test_texts import JUDGING
from vc.programmes.reading import open_programmes, read_programme
from vc.programmes.standing import Held
from wallet_api.outlook import RENEW_WITHIN, STILL_NEEDED, WORDS, Have, Outlook, outlook
from wallet_api.sound import LANGUAGES

ALL: list[tuple[str, str | None]] = [
    choice
    for programme in open_programmes(TODAY)
    for choice in [(programme.id, code) for code in (*programme.variants,) or (None,)]
]
OUTCOMES: tuple[Changes, ...] = (
    *({}, shown.REVOKED, shown.REPLACED, shown.SUSPENDED, shown.EXPIRED, shown.STALE),
    *(shown.NOT_ENTITLED, shown.NO_TRUST_LIST),
)
ANY_CREDENTIAL = st.builds(with_verdicts, st.sampled_from(everything()), st.sampled_from(OUTCOMES))


def seen(
    programme: str, variant: str | None, held: Sequence[Held], *, on: date = TODAY, language: str = "en"
) -> Outlook:
    named = {str(position): one for position, one in enumerate(held)}
    return outlook(read_programme(programme), named, variant=variant, on=on, language=language)


def have(outlook: Outlook) -> dict[str, Have]:
    return {step.id: step.have for step in outlook.steps}


def test_an_empty_passport_lacks_what_a_certificate_could_show_and_says_where_else_to_ask() -> None:
    found = seen("jp-ssw", "construction", [])
    assert have(found) == {
        "age": Have.NEED,
        "skill-test": Have.NEED,
        "language": Have.NEED,
        "health-check": Have.NEED,
        "registration-certificate": Have.NEED,
    }
    assert [step.id for step in found.needed] == list(have(found))
    assert have(seen("my-work", "formal-sectors", []))["conditions"] is Have.NO_RULE
    assert have(seen("my-work", "formal-sectors", []))["medical-check"] is Have.ASK_OTHERS
    assert have(seen("ae-work", None, []))["wafid"] is Have.NO_RULE


def test_what_is_there_is_named_with_its_certificate_and_its_last_day() -> None:
    found = seen("kh-work", "construction", [shown.course(), shown.health("2026-10-01")])
    steps = {step.id: step for step in found.steps}
    assert (steps["skill-construction"].have, steps["skill-construction"].card_id) == (Have.HAVE, "0")
    assert (steps["health-check"].have, steps["health-check"].card_id) == (Have.HAVE, "1")
    assert steps["health-check"].good_until == date(2027, 4, 1)
    assert steps["social-security"].have is Have.NEED
    assert [step.id for step in found.needed] == ["social-security"]


@pytest.mark.parametrize(("days", "expected"), [(0, Have.HAVE), (1, Have.RENEW)])
def test_what_ends_within_sixty_days_is_to_be_renewed(days: int, expected: Have) -> None:
    health = shown.health("2026-06-15")
    last = next(
        step.good_until for step in seen("kh-work", "trade", [health]).steps if step.id == "health-check"
    )
    assert last is not None
    on = last - RENEW_WITHIN + timedelta(days=days)
    assert have(seen("kh-work", "trade", [health], on=on))["health-check"] is expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (shown.REVOKED, Have.REVOKED),
        (shown.REPLACED, Have.REVOKED),
        (shown.SUSPENDED, Have.REVIEW),
        (shown.EXPIRED, Have.ENDED),
        (shown.NOT_ENTITLED, Have.NOT_COUNTED),
        (shown.STALE, Have.COULD_NOT_CHECK),
    ],
    ids=["revoked", "replaced", "suspended", "expired", "not entitled", "not checked"],
)
def test_every_way_not_to_count_has_a_word_of_its_own(changes: Changes, expected: Have) -> None:
    found = seen("kh-work", "construction", [with_verdicts(shown.rpl(), changes)])
    assert have(found)["skill-construction"] is expected
    needs = "skill-construction" in {step.id for step in found.needed}
    assert needs is (expected in STILL_NEEDED)
    # "Under review" and "could not check" are no reason to send anybody to a course.
    assert needs is (expected not in {Have.REVIEW, Have.COULD_NOT_CHECK})


def test_a_test_of_another_body_stays_a_record() -> None:
    found = seen("jp-ssw", "construction", [shown.recorded("JLPT-N4", "2026-07-05")])
    assert have(found)["language"] is Have.RECORDED


def test_nobody_is_told_that_nothing_is_missing_for_it_and_so_may_go() -> None:
    """There is no field over all requirements that a page could show."""
    found = seen("jp-ssw", "construction", everything())
    assert set(Outlook.__dataclass_fields__) == {"id", "title", "steps", "not_checked", "notices"}
    assert found.needed == ()
    assert found.not_checked


@settings(deadline=None, max_examples=150)
@given(st.sampled_from(ALL), st.lists(ANY_CREDENTIAL, max_size=5), st.lists(ANY_CREDENTIAL, max_size=3))
def test_another_certificate_never_makes_more_needed(
    choice: tuple[str, str | None], held: list[Held], more: list[Held]
) -> None:
    before = {step.id for step in seen(*choice, held).needed}
    after = {step.id for step in seen(*choice, [*held, *more]).needed}
    assert after <= before


@pytest.mark.parametrize("choice", ALL, ids=str)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_programme_is_there_in_the_holders_languages(
    choice: tuple[str, str | None], language: str
) -> None:
    found = seen(*choice, [], language=language)
    translator = Translator()
    texts = [found.title, *found.not_checked, *(step.title for step in found.steps)]
    texts += [translator.gettext(language, notice) for notice in found.notices]
    script = {"km": range(0x1780, 0x1800), "th": range(0x0E00, 0x0E80), "en": range(0x41, 0x7B)}[language]
    for text in texts:
        assert any(ord(letter) in script for letter in text), text
        assert not any(word in text.lower() for word in JUDGING[language]), text


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_word_for_the_holder_says_that_they_may_go(language: str) -> None:
    translator = Translator()
    for have_it in Have:
        _, word, sentence = WORDS[have_it]
        for msgid in (word, sentence):
            text = translator.gettext(language, msgid)
            assert language == "en" or text != msgid, msgid
            assert not any(judging in text.lower() for judging in JUDGING[language]), text
