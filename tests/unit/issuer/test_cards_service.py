"""From a signed credential to the fact on a card."""

from datetime import date
from typing import Any

import pytest

from issuer.service.cards import _fact
from tests.simulator import LIST_ID, IssuerWorld
from vc.card.claims import FACT_NUMBERS, Fact, StatusPlace
from vc.errors import MalformedValue


def document(**members: Any) -> dict[str, Any]:
    return {**IssuerWorld().unsigned(7), **members}


def test_a_fact_is_the_credential_in_short() -> None:
    assert _fact(document()) == Fact(
        type_number=FACT_NUMBERS["RPLCertificate"],
        code="CON-BRL-1",
        day=date(2026, 5, 20),
        status=StatusPlace(list_id=LIST_ID, index=7),
        level=1,
    )


def test_a_part_of_a_qualification_says_so() -> None:
    subject: dict[str, Any] = {**IssuerWorld().subject(), "partial": True}
    del subject["achievement"]["cqfLevel"]
    found = _fact(document(credentialSubject=subject))
    assert (found.is_part, found.level) == (True, None)


def test_without_a_day_of_its_own_it_has_the_day_it_is_valid_from() -> None:
    subject = {name: value for name, value in IssuerWorld().subject().items() if "Date" not in name}
    assert _fact(document(credentialSubject=subject)).day == date(2026, 11, 21)


@pytest.mark.parametrize(
    "members",
    [
        {"type": ["VerifiableCredential", "LanguageTraining"]},
        {"type": ["RPLCertificate", "TrainingCertificate"]},
        {"credentialSubject": {"nameKhmer": "សុខ"}},
    ],
)
def test_a_type_that_no_card_has_a_place_for_is_refused(members: dict[str, Any]) -> None:
    with pytest.raises(MalformedValue):
        _fact(document(**members))
