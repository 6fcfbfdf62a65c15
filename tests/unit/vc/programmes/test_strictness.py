"""A programme's file with one fault is refused, and the fault is named by its place."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

import schemas
from vc.errors import MalformedValue
from vc.programmes.parsing import parse_programme


def data(name: str) -> Any:
    return deepcopy(schemas.read_programme(name))


Fault = Callable[[Any], object]


def setting(*path: str | int, to: object) -> Fault:
    def change(entry: Any) -> None:
        for step in path[:-1]:
            entry = entry[step]
        entry[path[-1]] = to

    return change


def without(*path: str | int) -> Fault:
    def change(entry: Any) -> None:
        for step in path[:-1]:
            entry = entry[step]
        del entry[path[-1]]

    return change


AGE, HEALTH, REGISTRATION = 0, 4, 5
FAULTS: dict[str, tuple[Fault, str]] = {
    "a member that is not known": (setting("points", to=5), "/points"),
    "a member is missing": (without("claims"), "/claims"),
    "a title without Khmer": (without("title", "km"), "/title/km"),
    "a title in an eighth language": (setting("title", "vi", to="x"), "/title/vi"),
    "an empty title": (setting("title", "ja", to=""), "/title/ja"),
    "a version that is a number": (setting("version", to=1.0), "/version"),
    "a day that does not exist": (setting("effective_from", to="2026-02-30"), "/effective_from"),
    "a day in another spelling": (setting("recorded_on", to="20261127"), "/recorded_on"),
    "an end before the beginning": (setting("effective_until", to="2019-03-31"), "/effective_until"),
    "confidence of another kind": (setting("confidence", to="D"), "/confidence"),
    "nobody may ask": (setting("requesters", "kinds", to=[]), "/requesters/kinds"),
    "a requester that is not known": (
        setting("requesters", "kinds", 0, to="anyone"),
        "/requesters/kinds/0",
    ),
    "a warning without sentence": (
        setting("requesters", "unlisted_warning", to="x"),
        "/requesters/unlisted_warning",
    ),
    "no basis for who may ask": (without("requesters", "source"), "/requesters/source"),
    "a notice without sentence": (setting("notices", 0, to="x"), "/notices/0"),
    "no requirement": (setting("requirements", to=[]), "/requirements"),
    "variants of nothing": (without("variants_are"), "/variants_are"),
    "a variant twice": (setting("variants", 1, "code", to="nursing-care"), "/variants/1"),
    "a variant before its programme": (
        setting("variants", 0, "effective_from", to="2019-03-31"),
        "/variants/0/effective_from",
    ),
    "a rule before its programme": (
        setting("requirements", 0, "effective_from", to="2019-03-31"),
        "/requirements/0/effective_from",
    ),
    "a rule without source": (without("requirements", 1, "source"), "/requirements/1/source"),
    "a rule without confidence": (without("requirements", 1, "confidence"), "/requirements/1/confidence"),
    "a rule without beginning": (
        without("requirements", 1, "effective_from"),
        "/requirements/1/effective_from",
    ),
    "a rule for no variant of this programme": (
        setting("requirements", 3, "variants", to=["nursing"]),
        "/requirements/3/variants",
    ),
    "a rule twice": (setting("requirements", 1, "id", to="age"), "/requirements/1"),
    "a rule of another kind": (setting("requirements", 1, "kind", to="points"), "/requirements/1/kind"),
    "a rule that no credential fulfils": (
        without("requirements", AGE, "evidence"),
        "/requirements/0/evidence",
    ),
    "no rule and yet evidence": (
        setting("requirements", AGE, "kind", to="no_rule"),
        "/requirements/0/evidence",
    ),
    "a test that nobody holds": (without("requirements", 1, "held_by"), "/requirements/1/held_by"),
    "a credential that another body holds": (
        setting("requirements", AGE, "held_by", to="X"),
        "/requirements/0/held_by",
    ),
    "a type that does not exist": (
        setting("requirements", AGE, "evidence", 0, "type", to="DebtStatus"),
        "/requirements/0/evidence/0",
    ),
    "a condition on a claim that nobody may ask for": (
        setting("requirements", AGE, "evidence", 0, "conditions", 1, "claim", to="ageOver21"),
        "/requirements/0/evidence/0",
    ),
    "a window from a claim that nobody may ask for": (
        setting("claims", "HealthCheckStatus", to=["fitForWork"]),
        "/requirements/4/evidence/0",
    ),
    "a condition without a test": (
        without("requirements", AGE, "evidence", 0, "conditions", 0, "one_of"),
        "/requirements/0/evidence/0/conditions/0",
    ),
    "a condition with two tests": (
        setting("requirements", AGE, "evidence", 0, "conditions", 0, "variant", to=True),
        "/requirements/0/evidence/0/conditions/0",
    ),
    "a list of nothing": (
        setting("requirements", AGE, "evidence", 0, "conditions", 0, "one_of", to=[]),
        "/requirements/0/evidence/0/conditions/0/one_of",
    ),
    "a list with a fraction": (
        setting("requirements", AGE, "evidence", 0, "conditions", 0, "one_of", to=[1.5]),
        "/requirements/0/evidence/0/conditions/0/one_of",
    ),
    "not the variant": (
        setting("requirements", REGISTRATION, "evidence", 0, "conditions", 0, "variant", to=False),
        "/requirements/5/evidence/0/conditions/0/variant",
    ),
    "a duration in weeks": (
        setting("requirements", HEALTH, "evidence", 0, "validity", "duration", to="P12W"),
        "/requirements/4/evidence/0/validity/duration",
    ),
    "a duration of nothing": (
        setting("requirements", HEALTH, "evidence", 0, "validity", "duration", to="P"),
        "/requirements/4/evidence/0/validity/duration",
    ),
    "an item twice": (setting("not_checked_here", 1, "id", to="placement-contract"), "/not_checked_here/1"),
    "claims of a type that does not exist": (
        setting("claims", "DebtStatus", to=[]),
        "/claims/DebtStatus",
    ),
    "a claim that the type does not have": (
        setting("claims", "RLDIdentity", 0, to="idPoor"),
        "/claims/RLDIdentity/0",
    ),
    "the subject's identifier": (setting("claims", "RLDIdentity", 0, to="id"), "/claims/RLDIdentity/0"),
    "a claim below one that has none": (
        setting("claims", "RLDIdentity", 0, to="nameLatin/first"),
        "/claims/RLDIdentity/0",
    ),
    "a claim that is no text": (setting("claims", "RLDIdentity", 0, to=1), "/claims/RLDIdentity/0"),
}


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.replace(" ", "-"))
def test_one_fault_is_refused_where_it_stands(fault: str) -> None:
    change, pointer = FAULTS[fault]
    entry = data("jp-ssw")
    change(entry)
    with pytest.raises(MalformedValue) as caught:
        parse_programme(entry)
    assert [finding.pointer for finding in caught.value.findings] == [pointer]


@pytest.mark.parametrize(
    ("low", "below", "pointer"),
    [(18, 18, "below"), (-1, 40, "from"), (18, 151, "below"), (True, 40, "from"), ("18", 40, "from")],
)
def test_an_age_that_nobody_has_is_refused(low: object, below: object, pointer: str) -> None:
    entry = data("kr-eps")
    entry["requirements"][0]["evidence"][0]["conditions"][1]["age"] = {"from": low, "below": below}
    with pytest.raises(MalformedValue) as caught:
        parse_programme(entry)
    expected = f"/requirements/0/evidence/0/conditions/1/age/{pointer}"
    assert [finding.pointer for finding in caught.value.findings] == [expected]


def test_a_condition_on_the_variant_needs_variants() -> None:
    entry = data("jp-ssw")
    del entry["variants"], entry["variants_are"], entry["requirements"][3]
    with pytest.raises(MalformedValue) as caught:
        parse_programme(entry)
    assert caught.value.findings[0].pointer == "/requirements/4/evidence/0/conditions/0"


@pytest.mark.parametrize("value", [None, [], "jp-ssw", 1])
def test_something_that_is_no_object_is_no_programme(value: Any) -> None:
    with pytest.raises(MalformedValue):
        parse_programme(value)
