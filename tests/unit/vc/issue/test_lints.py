"""Each lint stops its own fault, and every file in the folder of lints is asked."""

import copy
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

import vc.issue.lints
from tests.simulator import CENTRE_DID, IssuerWorld
from vc.issue.lints import RULES, lint
from vc.model.credential_types import credential_types

FOLDER = Path(vc.issue.lints.__file__).parent
DOCUMENTS = ("privacy_", "types_", "vcdm_")
WORLD = IssuerWorld()


def credential(name: str, **claims: Any) -> dict[str, Any]:
    """An unsigned credential of a type that is no achievement."""
    credential_type = credential_types()[name]
    return {
        "@context": credential_type.contexts,
        "id": "urn:uuid:0d3e3a30-4a0c-4a52-9a63-43a2cbd0cfd1",
        "type": credential_type.types,
        "name": credential_type.titles["en"],
        "issuer": {"id": CENTRE_DID, "name": "Poipet Training Centre"},
        "validFrom": "2026-11-20T08:30:00Z",
        "credentialSubject": {
            "id": "urn:uuid:0d3e3a30-4a0c-4a52-9a63-43a2cbd0cfd2",
            "nameKhmer": "សុខ ដារ៉ា",
            "nameLatin": "SOK DARA",
            "birthDate": "1995-03-02",
            "certificateNumber": "PTK-2026-000001",
            "localized": {"title": {"km": credential_type.titles["km"]}},
            **claims,
        },
        "credentialStatus": dict(WORLD.status_entry(5)),
    }


HEALTH = credential("HealthCheckStatus", fitForWork=True, examinedOn="2026-10-05")
SOCIAL = credential("NSSFStatus", socialSecurityActive=True, activeOn="2026-11-10")
WORK = credential(
    "PriorEmployment", sector="construction", isco08="7112", monthsWorked=26, evidenceStrength="strong"
)


def changed(base: Mapping[str, Any], change: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    document = copy.deepcopy(dict(base))
    change(document)
    return document


def subject(**claims: Any) -> Callable[[dict[str, Any]], None]:
    return lambda document: document["credentialSubject"].update(claims)


# Every fault is one that the schemas would stop too or not at all; the rule named must stop it by itself.
FAULTS: Mapping[str, tuple[str, Mapping[str, Any], Callable[[dict[str, Any]], None]]] = {
    "no-context": ("malformed_shape", WORK, lambda d: d.pop("@context")),
    "two-of-our-types": ("unknown_type", WORK, lambda d: d["type"].append("NSSFStatus")),
    "no-months": ("schema_violation", WORK, lambda d: d["credentialSubject"].pop("monthsWorked")),
    "not-fit": ("schema_violation", HEALTH, subject(fitForWork=False)),
    "a-khmer-sector-alone": ("khmer_alone", WORK, subject(localized={"sectorName": {"km": "សំណង់"}})),
    "a-khmer-title-alone": ("khmer_alone", WORK, lambda d: d.update(name=" ")),
    "a-debt": ("forbidden_member", WORK, subject(debtAmount=900)),
    "a-number-of-a-register": ("identity_number", WORK, lambda d: d.update(name="Worker 012345678")),
    "a-finding-of-health": ("more_than_the_fact", HEALTH, subject(bloodPressure="120/80")),
    "a-clinic": ("more_than_the_fact", HEALTH, subject(clinic="Demo clinic")),
    "a-remark-around-health": ("more_than_the_fact", HEALTH, lambda d: d.update(evidence={"type": "Lab"})),
    "a-text-of-health": ("more_than_the_fact", HEALTH, subject(localized={"descriptionText": {"en": "x"}})),
    "a-scheme-of-social-security": ("more_than_the_fact", SOCIAL, subject(scheme="returnee-subsidised")),
}


@pytest.mark.parametrize("document", [HEALTH, SOCIAL, WORK])
def test_a_good_credential_breaks_no_rule(document: dict[str, Any]) -> None:
    assert lint(document) == ()


@pytest.mark.parametrize("fault", FAULTS)
def test_each_rule_stops_its_own_fault(fault: str) -> None:
    name, base, change = FAULTS[fault]
    document = changed(base, change)
    (rule,) = (rule for rule in RULES if rule.__name__ == name)
    assert list(rule(base)) == []
    assert list(rule(document))
    assert lint(document)


def test_every_rule_has_a_file_of_its_own_and_a_fault_that_it_stops() -> None:
    files = {file.stem for file in FOLDER.glob("*.py")} - {"__init__", "document"}
    assert all(file.startswith(DOCUMENTS) for file in files)
    named = {f"{rule.__module__.rsplit('.', 1)[1]}" for rule in RULES}
    assert named == files
    assert all(
        module.endswith(rule.__name__) for module, rule in zip(sorted(named), _by_module(), strict=True)
    )
    assert {name for name, _, _ in FAULTS.values()} == {rule.__name__ for rule in RULES}


def _by_module() -> list[Callable[..., Any]]:
    return sorted(RULES, key=lambda rule: rule.__module__)
