"""Who may ask for what: everything that a programme does not list is refused, and nothing is echoed."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runtime.i18n import Translator
from schemas import read_schema, type_names
from vc.errors import NotAuthorized
from vc.programmes.asking import OverAsked, RequesterRefused, require_allowed
from vc.programmes.model import Programme, RequesterKind
from vc.programmes.reading import programme_names, read_programme
from vc.programmes.sentences import WARNINGS

K = RequesterKind
MAY_ASK = {
    "kr-eps": {K.PUBLIC_BODY, K.PERMIT_EMPLOYER},
    "kh-work": {K.PUBLIC_BODY, K.EMPLOYER},
    **{
        name: {K.PUBLIC_BODY, K.LICENSED_AGENCY, K.FOREIGN_ORGANISATION}
        for name in (
            "jp-ssw",
            "jp-esd",
            "sa-work",
            "ae-work",
            "qa-work",
            "kw-work",
            "my-work",
            "pre-departure",
        )
    },
}
SENSITIVE = ("birthDate", "nameKhmer", "fitForWork", "socialSecurityActive", "ageOver18")


def askers() -> list[tuple[str, K, bool]]:
    return [(name, kind, kind in MAY_ASK[name]) for name in programme_names() for kind in K]


@pytest.mark.parametrize(("name", "kind", "may"), askers())
def test_only_those_on_the_list_may_ask(name: str, kind: K, may: bool) -> None:
    programme = read_programme(name)
    if may:
        require_allowed(programme, kind, {})
        return
    with pytest.raises(RequesterRefused) as caught:
        require_allowed(programme, kind, {"DebtStatus": ["amount"]})
    assert caught.value.warning == programme.unlisted_requester_warning


@pytest.mark.parametrize("kind", [K.PRIVATE_INTERMEDIARY, K.LICENSED_AGENCY, K.EMPLOYER])
def test_a_private_intermediary_under_eps_is_refused_and_the_worker_warned_in_khmer(kind: K) -> None:
    with pytest.raises(RequesterRefused) as caught:
        require_allowed(read_programme("kr-eps"), kind, {})
    warning = caught.value.warning
    assert warning == WARNINGS["eps-no-intermediary"]
    khmer = Translator().gettext("km", warning)
    assert khmer != warning
    assert any("\u1780" <= letter <= "\u17ff" for letter in khmer)


def test_an_intermediary_may_ask_nowhere() -> None:
    for name in programme_names():
        assert K.PRIVATE_INTERMEDIARY not in read_programme(name).requesters


def someone(programme: Programme) -> K:
    return sorted(programme.requesters)[0]


@pytest.mark.parametrize("name", programme_names())
def test_everything_on_the_list_may_be_asked_for(name: str) -> None:
    programme = read_programme(name)
    asked = {kind: sorted(paths) for kind, paths in programme.claims.items()}
    require_allowed(programme, someone(programme), asked)


@pytest.mark.parametrize("name", programme_names())
def test_everything_else_is_refused_by_its_place(name: str) -> None:
    programme = read_programme(name)
    for credential_type in type_names():
        allowed = programme.claims.get(credential_type)
        claims = [claim for claim in read_schema(credential_type)["properties"] if claim != "type"]
        for claim in (*claims, *SENSITIVE, "id", "", "achievement/"):
            is_listed = allowed is not None and claim in allowed
            asked = {credential_type: [*sorted(allowed or ()), claim]}
            if is_listed or (claim == "achievement/" and allowed and "achievement" in allowed):
                require_allowed(programme, someone(programme), asked)
                continue
            with pytest.raises(OverAsked) as caught:
                require_allowed(programme, someone(programme), asked)
            place = f"/{credential_type}"
            expected = place if allowed is None else f"{place}/{len(allowed)}"
            assert caught.value.pointers == (expected,)


@pytest.mark.parametrize(
    ("name", "credential_type", "claim"),
    [
        ("jp-ssw", "RLDIdentity", "birthDate"),
        ("jp-ssw", "NSSFStatus", "socialSecurityActive"),
        ("kr-eps", "HealthCheckStatus", "fitForWork"),
        ("kr-eps", "PriorEmployment", "workCountry"),
        ("kr-eps", "RPLCertificate", "birthDate"),
        ("sa-work", "HealthCheckStatus", "fitForWork"),
        ("kh-work", "RLDIdentity", "birthDate"),
        ("kh-work", "WorkAttendance", "workSite"),
        ("pre-departure", "NSSFStatus", "activeOn"),
    ],
)
def test_what_a_programme_has_no_use_for_may_not_be_asked_for(
    name: str, credential_type: str, claim: str
) -> None:
    programme = read_programme(name)
    with pytest.raises(OverAsked):
        require_allowed(programme, someone(programme), {credential_type: [claim]})


def test_birth_dates_may_be_asked_for_only_where_a_rule_needs_them() -> None:
    needing = {name for name in programme_names() if "birthDate" in str(read_programme(name).claims)}
    assert needing == {"kr-eps", "my-work"}


def test_a_path_covers_what_is_below_it_and_nothing_above_or_beside() -> None:
    programme = read_programme("kh-work")
    require_allowed(programme, K.EMPLOYER, {"RPLCertificate": ["achievement/humanCode", "achievement"]})
    for path in ("achievements", "achievement2/humanCode", "", "/achievement"):
        with pytest.raises(OverAsked):
            require_allowed(programme, K.EMPLOYER, {"RPLCertificate": [path]})


@settings(deadline=None)
@given(st.text(min_size=1), st.text(min_size=1))
def test_nothing_that_was_asked_is_repeated(credential_type: str, path: str) -> None:
    programme = read_programme("kr-eps")
    asked = {credential_type: [path], "HealthCheckStatus": [path], "RLDIdentity": ["birthDate", path]}
    with pytest.raises(OverAsked) as caught:
        require_allowed(programme, K.PUBLIC_BODY, asked)
    assert str(caught.value) == "Nobody may ask for that under this programme."
    assert set(caught.value.pointers) <= {"", "/HealthCheckStatus", "/RLDIdentity/1", f"/{credential_type}"}
    assert credential_type in type_names() or f"/{credential_type}" not in caught.value.pointers


def test_a_refusal_is_one_that_the_services_know() -> None:
    assert issubclass(RequesterRefused, NotAuthorized)
    assert issubclass(OverAsked, NotAuthorized)
