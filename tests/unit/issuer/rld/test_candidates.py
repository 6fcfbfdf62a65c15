"""Who may be meant: by birth date first, then by how alike the names are; nobody is chosen."""

from dataclasses import replace
from datetime import timedelta

from issuer.rld.candidates import ALIKE, candidates_for
from issuer.rld.port import RldPerson
from tests.unit.issuer.class_list_samples import good_row, read_rows

ROW = read_rows([good_row()]).rows[0]
PERSON = RldPerson(
    rld_number="RLD-2",
    name_km=ROW.name_km,
    name_latin=ROW.name_latin,
    birth_date=ROW.birth_date,
    sex=ROW.sex or read_rows([good_row() | {"sex": "M"}]).rows[0].sex,  # type: ignore[arg-type]
    province_code="01",
)


def test_the_more_alike_stand_first_and_the_unlike_are_left_out() -> None:
    same = replace(PERSON, rld_number="RLD-9")
    near = replace(PERSON, rld_number="RLD-1", name_latin=PERSON.name_latin + "A")
    far = replace(PERSON, rld_number="RLD-0", name_km="ឈ្មោះ ផ្សេង", name_latin="QUITE UNLIKE")
    found = candidates_for(ROW, (far, near, same))
    assert [candidate.rld_number for candidate in found] == ["RLD-9", "RLD-1"]
    assert found[0].score == 100
    assert ALIKE <= found[1].score < 100


def test_another_birth_date_is_nobody_however_alike_the_name() -> None:
    assert candidates_for(ROW, (replace(PERSON, birth_date=PERSON.birth_date + timedelta(days=1)),)) == ()


def test_what_looks_the_same_is_the_same() -> None:
    spaced = replace(
        PERSON, name_km=PERSON.name_km.replace(" ", "\u200b"), name_latin=PERSON.name_latin.lower()
    )
    assert candidates_for(ROW, (spaced,))[0].score == 100
