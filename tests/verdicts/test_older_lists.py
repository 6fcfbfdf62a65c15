"""Lists older than a certificate, in every form and language: not checked, until they are had anew."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from tests.journey.verifier_house import VerifierHouse, open_house
from tests.simulator import CENTRE_DID, CENTRE_URL, TRUST_LIST_URL, IssuerWorld, did_key_signer, signer_for
from tests.verdicts.situations import FORMS, Form, Made, publish_status
from tests.verdicts.test_verdict_table import LANGUAGES, TRANSLATOR, words
from vc.model.verdict import Reason
from verifier.sentences import NEXT_STEPS, SENTENCES

NOW = timedelta()


def _rotated(world: IssuerWorld) -> Made:
    if len(world.centre_keys) == 1:
        world.rotate_issuer_key()
    return Made(members={}, created=NOW)


def _forged(_: IssuerWorld) -> Made:
    return Made(members={}, signer=signer_for("forger", CENTRE_DID, "key-9"), created=NOW)


def _stranger(_: IssuerWorld) -> Made:
    did, signer = did_key_signer("stranger")
    return Made(members={}, signer=signer, issuer=did, created=NOW)


def _centre_of_no_list(_: IssuerWorld) -> Made:
    did = "did:web:elsewhere.example.com"
    return Made(members={}, signer=signer_for("elsewhere", did), issuer=did, created=NOW)


# What is said with the older lists (authentic, entitled, in force), and the outcome with those of now.
Row = tuple[Callable[[IssuerWorld], Made], tuple[Reason, Reason, Reason], str]
_NO_KEY = (Reason.KEY_NEWER_THAN_LIST, Reason.NOT_REACHED, Reason.NOT_REACHED)
ROWS: dict[str, Row] = {
    "key_rotated_in_since": (_rotated, _NO_KEY, "accepted"),
    "key_that_never_was": (_forged, _NO_KEY, "rejected"),
    "stranger": (
        _stranger,
        (Reason.PROOF_VALID, Reason.ISSUER_NEWER_THAN_LIST, Reason.NOT_REACHED),
        "rejected",
    ),
    "centre_of_no_list": (
        _centre_of_no_list,
        (Reason.KEY_UNAVAILABLE, Reason.ISSUER_NEWER_THAN_LIST, Reason.NOT_REACHED),
        "rejected",
    ),
}


def _said(house: VerifierHouse, text: str, language: str = "en") -> dict[str, Any]:
    response = house.post(f"/verify/check?lang={language}", orjson.dumps({"text": text}))
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


@pytest.mark.parametrize("form", FORMS, ids=[form.name for form in FORMS])
@pytest.mark.parametrize("name", ROWS)
def test_what_is_said(form: Form, name: str, tmp_path: Path) -> None:
    make, reasons, outcome = ROWS[name]
    with open_house(tmp_path, form.suite) as house:
        world = house.world
        publish_status(world)
        assert _said(house, form.make(world, Made(members={})))["verified"] is True
        world.fetcher.unreachable |= {TRUST_LIST_URL, CENTRE_URL}
        world.clock.advance(timedelta(hours=1))
        text = form.make(world, make(world))
        for language in LANGUAGES:
            _assert_left_open(house, text, reasons, language)

        world.fetcher.unreachable.clear()
        world.clock.advance(timedelta(minutes=1))
        assert _said(house, form.make(world, make(world)))["decision"]["outcome"] == outcome
        assert _said(house, text)["decision"]["outcome"] == outcome


def _assert_left_open(
    house: VerifierHouse, text: str, reasons: tuple[Reason, Reason, Reason], language: str
) -> None:
    answer = _said(house, text, language)
    verdicts = [answer["verdicts"][question] for question in ("authentic", "entitled", "inForce")]
    assert tuple(verdict["reason"] for verdict in verdicts) == reasons
    assert (answer["decision"]["outcome"], answer["verified"]) == ("undetermined", False)
    page = words(house.submit(text=text, language=language).text)
    for sentence in (SENTENCES[Reason.KEY_NEWER_THAN_LIST], *NEXT_STEPS[Reason.KEY_NEWER_THAN_LIST]):
        assert words(TRANSLATOR.gettext(language, sentence)) in page
