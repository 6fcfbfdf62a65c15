"""The verdict table: every situation on API and page, in every language, and replayed from its evidence."""

import html
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson
import pytest

from runtime.evidence_bundle import BundleSource, read_bundle, write_bundle
from runtime.i18n import Translator, languages_at
from runtime.trust_memory import TrustMemory
from runtime.verification import Sitting, VerificationShell
from tests.journey.verifier_house import VerifierHouse, open_house
from tests.verdicts.situations import SITUATIONS, Form, Situation, rows
from vc.model.verdict import Answer, Outcome, Question, Reason, Verification
from vc.trust.decide import decide
from verifier.accepting import Credential, SdJwtVc, recognise
from verifier.bundling import evidence_of
from verifier.sentences import IDENTITY_NOT_CHECKED, NEXT_STEPS, SENTENCES

LANGUAGES = languages_at("/verify")
YES = frozenset({Reason.PROOF_VALID, Reason.ISSUER_ACCREDITED, Reason.NOT_REVOKED, Reason.NO_STATUS_NAMED})
UNSURE = frozenset(
    {
        Reason.KEY_UNAVAILABLE, Reason.NOT_REACHED, Reason.STATUS_UNAVAILABLE, Reason.STATUS_INVALID,
        Reason.STATUS_STALE, Reason.STATUS_TYPE_UNKNOWN, Reason.TRUST_LIST_UNAVAILABLE,
        Reason.TRUST_LIST_INVALID, Reason.IDENTITY_NOT_CHECKED,
    }
)  # fmt: skip
TRANSLATOR = Translator()


def answer_of(reason: Reason) -> Answer:
    return Answer.YES if reason in YES else Answer.COULD_NOT_CHECK if reason in UNSURE else Answer.NO


def reasons_of(row: Situation) -> dict[Question, Reason]:
    this_persons = Reason.IDENTITY_NOT_CHECKED
    return {
        Question.AUTHENTIC: row.authentic,
        Question.ENTITLED: row.entitled,
        Question.IN_FORCE: row.in_force,
        Question.THIS_PERSONS: this_persons,
    }


def outcome_of(row: Situation) -> Outcome:
    answers = [answer_of(reason) for reason in (row.authentic, row.entitled, row.in_force)]
    if Answer.NO in answers:
        return Outcome.REJECTED
    return Outcome.UNDETERMINED if Answer.COULD_NOT_CHECK in answers else Outcome.ACCEPTED


def words(page: str) -> str:
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", page)))


def test_the_table_has_at_least_sixty_rows_and_every_outcome() -> None:
    assert len(list(rows())) >= 60
    assert {outcome_of(row) for row in SITUATIONS.values()} == set(Outcome)


@pytest.mark.parametrize(("form", "name"), list(rows()), ids=[f"{form.name}-{name}" for form, name in rows()])
def test_what_is_said(form: Form, name: str, tmp_path: Path) -> None:
    row = SITUATIONS[name]
    with open_house(tmp_path, form.suite) as house:
        row.prepare(house.world)
        text = form.make(house.world, row.made(house.world))
        row.afterwards(house.world)
        for language in LANGUAGES:
            _assert_api(house, text, row, language)
            _assert_page(house, text, row, language)
        _assert_replay(house, text, row)


def _assert_api(house: VerifierHouse, text: str, row: Situation, language: str) -> None:
    response = house.post(f"/verify/check?lang={language}", orjson.dumps({"text": text}))
    assert response.status_code == 200, response.text
    answer: Mapping[str, Any] = response.json()
    said = {name: (v["answer"], v["reason"], v["sentence"]) for name, v in answer["verdicts"].items()}
    assert said == {
        question.value: (
            answer_of(reason).value,
            reason.value,
            TRANSLATOR.gettext(language, SENTENCES[reason]),
        )
        for question, reason in reasons_of(row).items()
    }
    headline = TRANSLATOR.gettext(language, row.headline)
    if outcome_of(row) is Outcome.ACCEPTED:
        headline = f"{headline} ({TRANSLATOR.gettext(language, IDENTITY_NOT_CHECKED)})"
    assert (answer["decision"]["outcome"], answer["decision"]["headline"]) == (
        outcome_of(row).value,
        headline,
    )
    assert answer["verified"] is (outcome_of(row) is Outcome.ACCEPTED)


def _assert_page(house: VerifierHouse, text: str, row: Situation, language: str) -> None:
    page = house.submit(text=text, language=language)
    assert page.status_code == 200
    assert f'data-outcome="{outcome_of(row).value}"' in page.text
    shown = words(page.text)
    assert TRANSLATOR.gettext(language, row.headline) in shown
    for reason in reasons_of(row).values():
        assert words(TRANSLATOR.gettext(language, SENTENCES[reason])) in shown
        if answer_of(reason) is Answer.NO:
            for step in NEXT_STEPS[reason]:
                assert words(TRANSLATOR.gettext(language, step)) in shown


def _assert_replay(house: VerifierHouse, text: str, row: Situation) -> None:
    """The evidence of the check, written down and read again years later, gives the identical result."""
    service = house.client.app.state.verifier  # type: ignore[attr-defined]
    shell: VerificationShell = service.shell
    sitting = shell.sitting()
    first = _run(house, sitting, text)
    assert decide(first).outcome is outcome_of(row)
    settings = house.client.app.state.context.settings  # type: ignore[attr-defined]
    kept = read_bundle(write_bundle(evidence_of(sitting, shell, settings)))
    house.world.clock.advance(house.world.now - house.world.now.replace(year=2020))
    again = VerificationShell(
        fetcher=BundleSource(kept),
        clock=type(house.world.clock)(kept.made_at),
        policy=kept.policy(anchor=kept.anchor, refuse_demo_issuers=False),
        list_refresh_seconds=300,
        memory=TrustMemory.of_this_process(),
    )
    replayed = Sitting(again, now=kept.made_at, seen=kept.seen)
    assert _run(house, replayed, text) == first


def _run(house: VerifierHouse, sitting: Sitting, text: str) -> Verification:
    async def check() -> Verification:
        brought = recognise(text)
        if isinstance(brought, SdJwtVc):
            return await sitting.verify_sd_jwt_vc(brought.text)
        assert isinstance(brought, Credential)
        return await sitting.verify(brought.raw)

    portal = house.client.portal
    assert portal is not None
    return portal.call(check)
