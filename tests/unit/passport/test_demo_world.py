"""The demo world has the report's proportions, and its class lists end as they promise."""

import asyncio
import json
import math
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path

import httpx2
import pytest

from issuer.class_list import (
    ClassList,
    code_list,
    parse_class_list,
)
from issuer.class_list.texts import check_khmer_name, check_latin_name
from issuer.class_list.workbooks import Format, Language
from issuer.identity_link.matching import check_identities
from issuer.rld.remote import XRoadRld
from issuer.rld.xroad import XRoadClient, XRoadRoute
from passport.demo_world import figures
from passport.demo_world.centres import AGENCY, AUTHORITY, CENTRES, OFFICERS, PUBLIC_BODIES, RECRUITERS
from passport.demo_world.class_lists import demo_class_list, sample_file
from passport.demo_world.names import FAMILY, GIVEN_FEMALE, GIVEN_MALE
from passport.demo_world.people import DEMO_COUNT, DemoPerson, draw_people
from passport.demo_world.world import demo_accounts
from passport.simulators.rld import CLIENT, SERVICE, RldSimulator, SimulatorWarning
from runtime.auth import Role
from vc.model.credential_types import credential_types

DATA = Path(__file__).parents[3] / "schemas" / "data"
QUALIFICATIONS, COURSES = code_list("qualifications"), code_list("courses")
PROVINCES = {p["code"]: p for p in json.loads((DATA / "provinces.json").read_text("utf-8"))["provinces"]}
TODAY = date(2026, 11, 22)
PEOPLE = draw_people()


def within_tolerance(found: int, share: float, count: int) -> bool:
    """Within three standard deviations of a sample of ``count``, or one person."""
    return abs(found - share * count) <= max(1.0, 3 * math.sqrt(count * share * (1 - share)))


@pytest.mark.parametrize("count", [DEMO_COUNT, 1000])
@pytest.mark.parametrize("seed", [1, 2, 910_000])
def test_the_drawn_people_have_the_proportions_of_the_report(count: int, seed: int) -> None:
    people = draw_people(count, seed)
    of: Mapping[Callable[[DemoPerson], str], Mapping[str, float]] = {
        lambda p: p.sex: figures.SEX,
        lambda p: p.education: figures.EDUCATION,
        lambda p: p.sector: figures.SECTOR,
    }
    for trait, shares in of.items():
        counted = Counter(trait(person) for person in people)
        assert counted.keys() <= shares.keys()
        assert all(within_tolerance(counted[key], share, count) for key, share in shares.items())
    ages = [person.age_on(figures.REPORT_DAY) for person in people]
    assert within_tolerance(sum(18 <= age <= 40 for age in ages), figures.AGE_18_TO_40, count)
    border = sum(person.province_code in figures.BORDER_PROVINCES for person in people)
    assert border > 0.7 * count


def test_the_report_says_less_than_one_percent_and_so_do_we() -> None:
    counted = Counter(person.education for person in PEOPLE)
    assert counted["higher-or-vocational"] / DEMO_COUNT < 0.01
    assert sum(figures.SECTOR.values()) == pytest.approx(1)
    assert sum(figures.EDUCATION.values()) == pytest.approx(1)


def test_nobody_was_a_minor() -> None:
    assert min(person.age_on(figures.REPORT_DAY) for person in draw_people(1000)) >= 18


def test_the_seed_reproduces_the_people() -> None:
    assert draw_people() == PEOPLE
    assert draw_people(seed=1) != PEOPLE
    assert PEOPLE[0].rld_number == "RLD-DEMO-000001"


def test_no_two_people_share_a_name_or_number() -> None:
    people = draw_people(1000)
    for trait in ("rld_number", "name_km", "name_latin"):
        assert len({getattr(person, trait) for person in people}) == 1000


@pytest.mark.timeout(30)
def test_more_people_than_names_share_names_and_no_number() -> None:
    people = draw_people(10_000)
    assert len({person.rld_number for person in people}) == 10_000
    assert len({person.name_latin for person in people}) > 3_000


def test_names_are_written_right_in_both_scripts() -> None:
    assert len(FAMILY) == 40
    assert len(GIVEN_MALE) == len(GIVEN_FEMALE) == 40
    for table in (FAMILY, GIVEN_MALE, GIVEN_FEMALE):
        assert len({km for km, _ in table}) == len({latin for _, latin in table}) == len(table)
        assert [check_khmer_name(km) for km, _ in table] == [None] * len(table)
        assert [check_latin_name(latin) for _, latin in table] == [None] * len(table)


def test_organisations_say_that_they_are_invented() -> None:
    for organisation in (AGENCY, AUTHORITY, *RECRUITERS):
        assert "demo" in organisation.name_en.lower()
    for centre in CENTRES:
        assert "Demo" in centre.name_en
        assert "គំរូ" in centre.name_km
        assert PROVINCES[centre.province_code]["report_border_province"]
        assert set(centre.qualifications) <= QUALIFICATIONS.keys()
        assert set(centre.courses) <= COURSES.keys()
    for body in PUBLIC_BODIES:
        assert "Demo" in body.name_en
        assert "គំរូ" in body.name_km
        assert set(body.types) <= credential_types().keys()
    known = {
        AGENCY.slug,
        AUTHORITY.slug,
        *(c.slug for c in (*CENTRES, *PUBLIC_BODIES)),
        *(r.slug for r in RECRUITERS),
    }
    assert {officer.organisation for officer in OFFICERS} == known
    assert Counter(officer.role for officer in OFFICERS)["fraud_officer"] == 3


def test_there_is_somebody_of_every_role() -> None:
    roles = {account.role for account in demo_accounts(PEOPLE, "demo-passport")}
    assert roles == set(Role) - {Role.SERVICE}


def checked(kind: str, fmt: Format, lang: Language) -> ClassList:
    data = sample_file(kind, fmt, lang, PEOPLE)
    read = parse_class_list(data, kind, today=TODAY)
    with pytest.warns(SimulatorWarning):
        simulator = RldSimulator(PEOPLE)

    async def settle() -> ClassList:
        transport = httpx2.ASGITransport(app=simulator.app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://rld") as client:
            rld = XRoadRld(XRoadClient(client, XRoadRoute(client=CLIENT, service=SERVICE)))
            return check_identities(read, await rld.get_persons([row.rld_number for row in read.rows]))

    return asyncio.run(settle())


@pytest.mark.parametrize("kind", ["rpl", "training"])
@pytest.mark.parametrize("fmt", ["xlsx", "csv"])
@pytest.mark.parametrize("lang", ["km", "en"])
def test_of_each_demo_list_29_rows_are_issued_and_one_is_named(
    kind: str, fmt: Format, lang: Language
) -> None:
    expected = demo_class_list(kind, PEOPLE).expected
    class_list = checked(kind, fmt, lang)
    assert class_list.row_count == 30
    assert len(class_list.rows) == expected.issued == 29
    (problem,) = class_list.problems
    assert (problem.row, problem.key, problem.rule) == (expected.wrong_row, expected.key, expected.rule)


def test_the_demo_lists_certify_what_their_centre_may() -> None:
    centres = {centre.slug: centre for centre in CENTRES}
    for kind in ("rpl", "training"):
        centre = centres[demo_class_list(kind, PEOPLE).centre_slug]
        allowed = {*centre.qualifications, *centre.courses}
        key = "qualification_code" if kind == "rpl" else "course_code"
        assert {row[key] for row in demo_class_list(kind, PEOPLE).rows} <= allowed


def test_the_demo_has_full_and_partial_awards() -> None:
    rows = checked("rpl", "xlsx", "en").rows
    whole = Counter(row.values["units"] == row.code("qualification_code").unit_codes for row in rows)
    assert whole == {True: 27, False: 2}


def test_too_few_people_make_no_class() -> None:
    with pytest.raises(ValueError, match="too few"):
        demo_class_list("rpl", PEOPLE[:20])


def test_there_are_25_provinces_five_of_them_named_by_the_report() -> None:
    assert sorted(PROVINCES) == [f"{number:02d}" for number in range(1, 26)]
    assert {code for code, p in PROVINCES.items() if p["report_border_province"]} == set(
        figures.BORDER_PROVINCES
    )
    assert all(p["iso3166_2"] == f"KH-{int(code)}" for code, p in PROVINCES.items())
