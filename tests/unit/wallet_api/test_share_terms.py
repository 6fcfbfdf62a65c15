"""What may be shared with whom, before anything is made: health by its own tick, nothing beyond the file."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import orjson
import pytest

from vc.errors import MalformedValue, NotAuthorized, RangeError
from vc.model.verdict import Verification
from vc.programmes.asking import OverAsked, RequesterRefused
from vc.programmes.model import RequesterKind
from vc.programmes.reading import read_programme
from wallet_api.card import Card, State
from wallet_api.service import CheckedCredential, Delivery, HeldCredential
from wallet_api.share_terms import Recipient, Wish, chosen_of, offered_for, require_bounds

NOW = datetime(2026, 11, 27, tzinfo=UTC)
HEALTH = "urn:uuid:00000000-0000-4000-8000-000000000001"
SKILL = "urn:uuid:00000000-0000-4000-8000-000000000002"
SUBJECT: dict[str, Any] = {"nameLatin": "SOK DARA", "birthDate": "1990-01-01", "certificateNumber": "N-1"}
PROGRAMME = read_programme("kh-work")
EMPLOYER = RequesterKind.EMPLOYER


def held(credential_id: str, name: str, state: State = State.IN_FORCE, **claims: Any) -> CheckedCredential:
    document: dict[str, Any] = {"type": ["VerifiableCredential", name], "credentialSubject": SUBJECT | claims}
    card = Card(
        id=credential_id,
        kind="",
        is_printed=True,
        sector="other",
        title_en=name,
        title_km=None,
        centre={"en": "Centre"},
        awarded_on=date(2026, 1, 1),
        certificate_number=None,
        name_khmer=None,
        name_latin=None,
        state=state,
        since=None,
        checked_at=NOW,
    )
    delivery = Delivery(verify_url="", typed_code="", certificate_path="")
    return CheckedCredential(
        card=card,
        held=HeldCredential(id=credential_id, raw=orjson.dumps(document), delivery=delivery),
        verification=Verification(verdicts={}, findings=(), checked_at=NOW, document=document, issuer=None),
    )


HELD = (
    held(HEALTH, "HealthCheckStatus", fitForWork=True, examinedOn="2026-11-01"),
    held(SKILL, "RPLCertificate", achievement={"name": "Bricklayer"}, decisionDate="2026-06-05"),
)


def wish(**changes: Any) -> Wish:
    fields: dict[str, Any] = {
        "share_id": "S",
        "licence_number": None,
        "programme": "kh-work",
        "variant": "construction",
        "certificates": {HEALTH: ("fitForWork",)},
        "hours": 24,
        "views": 1,
    }
    return Wish(**(fields | changes))


def test_health_is_shared_with_a_tick_of_its_own_alone() -> None:
    with pytest.raises(NotAuthorized):
        chosen_of(PROGRAMME, EMPLOYER, HELD, wish())
    with pytest.raises(NotAuthorized):
        chosen_of(
            PROGRAMME, EMPLOYER, HELD, wish(certificates={SKILL: ("nameLatin",), HEALTH: ("fitForWork",)})
        )
    ((_, shared),) = chosen_of(PROGRAMME, EMPLOYER, HELD, wish(agrees_to_health=True))
    assert shared.claims == ("fitForWork",)


def test_a_programme_that_does_not_ask_for_health_gets_none_whatever_was_ticked() -> None:
    recruiter = read_programme("ae-work")
    with pytest.raises(OverAsked):
        chosen_of(recruiter, RequesterKind.LICENSED_AGENCY, HELD, wish(agrees_to_health=True))
    offered = offered_for(recruiter, RequesterKind.LICENSED_AGENCY, HELD)
    assert [one.type_name for one in offered] == ["RPLCertificate"]


def test_only_what_is_allowed_and_there_is_offered_and_the_least_chosen_at_first() -> None:
    offered = {one.type_name: one for one in offered_for(PROGRAMME, EMPLOYER, HELD)}
    assert offered["RPLCertificate"].claims == ("nameLatin", "achievement", "decisionDate")
    assert offered["HealthCheckStatus"].is_health
    assert "birthDate" not in offered["RPLCertificate"].claims


@pytest.mark.parametrize("state", [state for state in State if state is not State.IN_FORCE])
def test_what_is_not_in_force_is_neither_offered_nor_shared(state: State) -> None:
    ended = (held(SKILL, "RPLCertificate", state, achievement={"name": "Bricklayer"}),)
    assert offered_for(PROGRAMME, EMPLOYER, ended) == ()
    with pytest.raises(MalformedValue):
        chosen_of(PROGRAMME, EMPLOYER, ended, wish(certificates={SKILL: ("achievement",)}))


def test_a_certificate_that_was_taken_back_is_not_offered() -> None:
    back = replace(HELD[1], card=replace(HELD[1].card, taken_back_at=NOW))
    assert offered_for(PROGRAMME, EMPLOYER, (back,)) == ()


@pytest.mark.parametrize(
    "certificates",
    [
        {},
        {SKILL: ()},
        {SKILL: ("unitsOfCompetency",)},
        {"urn:uuid:00000000-0000-4000-8000-000000000009": ("nameLatin",)},
    ],
    ids=["nothing", "no claim", "not there", "somebody else's"],
)
def test_nothing_is_shared_but_what_is_there(certificates: Any) -> None:
    with pytest.raises(MalformedValue):
        chosen_of(PROGRAMME, EMPLOYER, HELD, wish(certificates=certificates))


def test_who_may_not_ask_is_refused_before_anything_is_looked_at() -> None:
    with pytest.raises(RequesterRefused):
        chosen_of(PROGRAMME, RequesterKind.LICENSED_AGENCY, (), wish())


def test_a_link_is_for_an_employer_at_most_whatever_is_said() -> None:
    anyone = Recipient(licence=None)
    assert anyone.requester(says_permit=True) is EMPLOYER
    assert anyone.longest == timedelta(days=7)
    for hours, views in ((169, 1), (0, 1), (2, 1), (24, 0), (24, 21)):
        with pytest.raises(RangeError):
            require_bounds(wish(hours=hours, views=views), anyone)
    require_bounds(wish(hours=168, views=20), anyone)
