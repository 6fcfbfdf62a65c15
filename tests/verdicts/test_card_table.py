"""The situations of a passport card on API and page, which the offline page judges too."""

from pathlib import Path

import orjson
import pytest

from tests.journey.verifier_house import open_house
from tests.unit.verifier.offline_cases import EXPECTED, MAKERS
from tests.unit.verifier.test_offline_cases import made
from tests.verdicts.test_verdict_table import LANGUAGES, TRANSLATOR, words
from vc.model.verdict import Question, Reason
from verifier.sentences import SENTENCES

_MARKS = {"+": "yes", "-": "no", "?": "couldNotCheck"}


def _is_usual(name: str) -> bool:
    """Whether the demo's own verifier, that has seen nothing before and asks now, is the one of the case."""
    case = made(name)
    return case.seen is None and case.got_at is None and case.policy == case.world.policy


@pytest.mark.parametrize("name", sorted(MAKERS))
def test_what_is_said_of_a_card(name: str, tmp_path: Path) -> None:
    if not _is_usual(name):
        pytest.skip("judged by another policy, memory or age of lists than a served verifier has")
    outcome, *verdicts = EXPECTED[name].split()
    expected = {
        question.value: (_MARKS[word[0]], word[1:]) for question, word in zip(Question, verdicts, strict=True)
    }
    case = made(name)
    with open_house(tmp_path) as house:
        house.world.documents.clear()
        house.world.documents.update(case.documents)
        house.world.clock.advance(case.world.now - house.world.now)
        for language in LANGUAGES:
            body = orjson.dumps({"card": case.text})
            answer = house.post(f"/cards/verify?lang={language}", body)
            if answer.status_code == 400:
                # No text of a card at all: the endpoint says so, and the offline page calls it malformed.
                assert expected["authentic"] == ("no", "malformed")
                return
            said = answer.json()
            assert said["decision"]["outcome"] == outcome
            assert {
                question: (verdict["answer"], verdict["reason"])
                for question, verdict in said["verdicts"].items()
            } == expected
            page = house.submit(text=case.text, language=language)
            assert f'data-outcome="{outcome}"' in page.text
            for _, reason in expected.values():
                sentence = TRANSLATOR.gettext(language, SENTENCES[Reason(reason)])
                assert words(sentence) in words(page.text)
