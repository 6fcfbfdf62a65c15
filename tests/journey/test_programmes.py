"""A check against a programme, over HTTP: one answer a requirement, none over all, and not for everybody."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.journey.verifier_house import VerifierHouse, open_house
from tests.sd_jwt_world import publish_tokens
from tests.verdicts.test_verdict_table import TRANSLATOR, words
from vc.programmes.sentences import WARNINGS

FIELD = {"on": "2026-12-01", "variant": "construction"}


@pytest.fixture
def house(tmp_path: Path) -> Iterator[VerifierHouse]:
    with open_house(tmp_path) as opened:
        publish_tokens(opened.world, {})
        yield opened


def ask(house: VerifierHouse, programme: str, *texts: bytes, **fields: str) -> Any:
    given = {"requester": "public_body", **FIELD, **fields}
    parts = [("text", (None, text.decode())) for text in texts]
    parts += [(name, (None, value)) for name, value in given.items()]
    return house.client.post(f"/verify/programmes/{programme}", files=parts)


def answers(response: Any) -> dict[str, str]:
    assert response.status_code == 200, response.text
    return {one["id"]: one["answer"] for one in response.json()["requirements"]}


def test_what_is_open_today_is_listed_and_what_is_not_open_yet_is_hidden(house: VerifierHouse) -> None:
    listed = {one["id"]: one for one in house.client.get("/verify/programmes").json()["programmes"]}
    assert {
        "jp-ssw",
        "kr-eps",
        "sa-work",
        "ae-work",
        "qa-work",
        "kw-work",
        "my-work",
        "pre-departure",
    } <= set(listed)
    assert "jp-esd" not in listed
    assert "construction" in listed["jp-ssw"]["variants"]
    assert not {"linen-supply", "logistics-warehouse", "resource-circulation"} & set(
        listed["jp-ssw"]["variants"]
    )
    assert listed["kr-eps"]["requesters"] == ["permit_employer", "public_body"]


def test_eps_lists_what_is_on_record_with_a_sheet_and_no_points(house: VerifierHouse) -> None:
    response = ask(house, "kr-eps", house.world.issue(1))
    found = answers(response)
    assert "eligible" not in response.text.lower()
    assert "points" in response.json()["evidenceSheet"]["statement"]
    assert [row["answer"] for row in response.json()["evidenceSheet"]["nationalCertificates"]] == [
        "satisfied"
    ]
    assert set(found.values()) <= {
        "satisfied",
        "missing",
        "thirdPartyEvidenceOnly",
        "noRuleOnFile",
        "ruleNotConfirmed",
    }


def test_a_revoked_certificate_satisfies_nothing_and_the_sheet_says_so(house: VerifierHouse) -> None:
    house.world.publish_status({1})
    sheet = ask(house, "kr-eps", house.world.issue(1)).json()["evidenceSheet"]
    assert [row["answer"] for row in sheet["nationalCertificates"]] == ["revoked"]


@pytest.mark.parametrize("requester", ["licensed_agency", "private_intermediary", "employer"])
def test_eps_is_refused_to_whoever_is_in_between(house: VerifierHouse, requester: str) -> None:
    refused = ask(house, "kr-eps", house.world.issue(1), requester=requester)
    assert refused.status_code == 403
    assert "SOK DARA" not in refused.text
    form = {"programme": "kr-eps/construction", "requester": requester, "text": house.world.issue(1).decode()}
    page = house.client.post("/verify/programme", data=form, headers={"Accept-Language": "ko"})
    assert page.status_code == 403
    assert words(TRANSLATOR.gettext("km", WARNINGS["eps-no-intermediary"])) in words(page.text)
    assert "SOK DARA" not in page.text


def test_several_certificates_count_together_only_in_one_presentation(house: VerifierHouse) -> None:
    one_by_one = ask(house, "kr-eps", house.world.issue(1), house.world.issue(2))
    rows = one_by_one.json()["evidenceSheet"]["nationalCertificates"]
    assert {row["answer"] for row in rows} == {"notShownOnePersons"}


def test_no_rule_is_never_green(house: VerifierHouse) -> None:
    found = answers(ask(house, "ae-work", house.world.issue(1), variant=""))
    assert "noRuleOnFile" in found.values()
    found = answers(ask(house, "qa-work", house.world.issue(1), variant=""))
    assert {"ruleNotConfirmed", "noRuleOnFile"} & set(found.values())


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"variant": "linen-supply"}, 400),
        ({"variant": ""}, 400),
        ({"on": "tomorrow"}, 400),
        ({"requester": "a friend"}, 400),
        ({"on": "2026-13-01"}, 400),
    ],
)
def test_what_cannot_be_asked_is_a_clear_error(
    house: VerifierHouse, fields: dict[str, str], status: int
) -> None:
    requester = {"requester": "foreign_organisation"} | fields
    assert ask(house, "jp-ssw", house.world.issue(1), **requester).status_code == status


def test_an_unknown_programme_or_nothing_shown_is_a_clear_error(house: VerifierHouse) -> None:
    assert ask(house, "no-such", house.world.issue(1)).status_code == 404
    assert ask(house, "kr-eps").status_code == 400


@pytest.mark.parametrize("language", ["en", "km", "ja", "ko", "th", "ms", "ar"])
def test_the_page_says_it_in_every_language(house: VerifierHouse, language: str) -> None:
    form = {
        "programme": "kr-eps/construction",
        "requester": "public_body",
        "on": "2026-12-01",
        "text": house.world.issue(1).decode(),
    }
    assert house.page("/verify/programme", language=language).status_code == 200
    page = house.client.post("/verify/programme", data=form, headers={"Accept-Language": language})
    assert page.status_code == 200
    assert f'lang="{language}"' in page.text
    assert page.text.count("data-requirement=") >= 4
    assert "HRD" in words(page.text)
