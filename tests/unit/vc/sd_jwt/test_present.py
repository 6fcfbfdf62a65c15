"""What is presented is exactly what was chosen, bound to one audience and nonce."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sd_jwt_world import AUDIENCE, HOLDER, NONCE, Salts
from tests.simulator import START, IssuerWorld
from vc.encoding import jcs
from vc.encoding.strict_json import parse_json_object
from vc.errors import MalformedValue
from vc.jose.jws import sign_jws
from vc.oid4vc.claims_path import select
from vc.sd_jwt.disclosures import conceal
from vc.sd_jwt.key_binding import check_key_binding, parse_key_binding
from vc.sd_jwt.present import present_sd_jwt, select_disclosures
from vc.sd_jwt.sd_jwt import join_sd_jwt, parse_sd_jwt, split_sd_jwt

WORLD = IssuerWorld()
CLAIMS: dict[str, Any] = {
    "iss": "did:web:x",
    "name": "SOK DARA",
    "achievement": {"name": "Bricklayer", "level": 1, "criteria": {"narrative": "assessed"}},
    "units": [{"code": "A", "result": "pass"}, {"code": "B", "result": "pass"}, "plain"],
    "open": {"hidden": 1, "seen": 2},
}
PATHS: tuple[Any, ...] = (
    ("name",),
    ("achievement",),
    ("achievement", "name"),
    ("achievement", "criteria"),
    ("achievement", "criteria", "narrative"),
    ("units",),
    ("units", 0),
    ("units", 1, "code"),
    ("open", "hidden"),
)
POINTERS: tuple[Any, ...] = (
    *(("name",), ("achievement",), ("achievement", "name"), ("achievement", "criteria"), ("open", "hidden")),
    *(("units",), ("units", 0), ("units", 1), ("units", None, "code"), ("units", 2), ("open", "seen")),
)


def issued(paths: Any = PATHS) -> str:
    payload, disclosures = conceal(CLAIMS, list(paths), Salts())
    return join_sd_jwt(sign_jws({"typ": "x"}, jcs.canonicalize(payload), WORLD.centre), disclosures)


def seen(text: str) -> Any:
    return parse_sd_jwt(text).payload


@given(st.lists(st.sampled_from(POINTERS), unique=True), st.lists(st.sampled_from(PATHS), unique=True))
@settings(deadline=None, max_examples=200)
def test_what_was_chosen_is_there_whole_and_nothing_that_nothing_leads_to(
    chosen: list[Any], concealed: list[Any]
) -> None:
    whole = issued(concealed)
    shown = select_disclosures(whole, chosen)
    payload = seen(shown)
    for path in chosen:
        if all(isinstance(step, str) for step in path):
            assert select(payload, path) == select(CLAIMS, path)
        elif isinstance(path[-1], int):
            # Elements that stay hidden are left out, so that positions move.
            assert all(one in payload["units"] for one in select(CLAIMS, path))
    # Each disclosure is needed: without it, something that was chosen is not whole any more.
    parts = split_sd_jwt(shown)
    for one in parts.disclosures:
        fewer = tuple(other for other in parts.disclosures if other != one)
        assert _is_less(parts.token, fewer, payload)


def _is_less(token: str, disclosures: tuple[str, ...], payload: Any) -> bool:
    try:
        return bool(seen(join_sd_jwt(token, disclosures)) != payload)
    except MalformedValue:
        return True


def test_nothing_chosen_shows_what_is_always_seen() -> None:
    assert seen(select_disclosures(issued(), ())) == {"iss": "did:web:x", "open": {"seen": 2}}


def test_a_part_is_shown_without_the_rest() -> None:
    shown = seen(select_disclosures(issued(), [("achievement", "name"), ("units", 0)]))
    assert shown["achievement"] == {"name": "Bricklayer", "level": 1}, "what is not concealed goes along"
    assert shown["units"][0] == {"code": "A", "result": "pass"}
    assert "name" not in shown


@pytest.mark.parametrize(
    "path", [("no such",), (), ("achievement", "x"), ("units", 9), ("name", "x"), ("units", "x")]
)
def test_a_path_that_leads_nowhere_is_refused_and_named_by_its_place(path: Any) -> None:
    with pytest.raises(MalformedValue) as caught:
        select_disclosures(issued(), [("name",), path])
    assert caught.value.findings[0].pointer == "/1"


def test_what_was_presented_before_is_not_presented_again() -> None:
    once = present_sd_jwt(issued(), [("name",)], HOLDER, audience=AUDIENCE, nonce=NONCE, issued_at=START)
    with pytest.raises(MalformedValue):
        select_disclosures(once, [("name",)])


def test_it_is_bound_to_audience_nonce_and_disclosures() -> None:
    text = present_sd_jwt(
        issued(), [("name",)], HOLDER, audience=AUDIENCE, nonce=NONCE, issued_at=START, beside={"more": 1}
    )
    parts = split_sd_jwt(text)
    assert parts.key_binding is not None
    binding = parse_key_binding(parts.key_binding)
    assert binding.claims["more"] == 1

    def faults(**changes: Any) -> int:
        given: dict[str, Any] = {
            "bound": parts.bound,
            "audience": AUDIENCE,
            "nonce": NONCE,
            "now": START,
            "skew": timedelta(seconds=0),
        }
        return len(check_key_binding(binding, HOLDER.public_key, **(given | changes)))

    assert faults() == 0
    assert faults(audience="another") == faults(nonce="another") == faults(bound=issued()) == 1
    week = timedelta(days=7)
    assert (faults(now=START + week), faults(now=START + week, oldest=week)) == (1, 0)
    assert faults(now=START + week + timedelta(seconds=1), oldest=week) == 1


def test_the_token_is_the_issuers_own() -> None:
    whole = issued()
    assert select_disclosures(whole, [("name",)]).split("~")[0] == whole.split("~")[0]
    assert parse_json_object(parse_sd_jwt(whole).jws.payload)["iss"] == "did:web:x"
