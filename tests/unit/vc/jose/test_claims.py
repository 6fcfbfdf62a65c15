"""Times, audience and key name of a signature: judged by themselves, a wrong shape never passed over."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.unit.vc.jose.samples import NOW
from vc.errors import MalformedValue, ProblemType
from vc.jose.claims import ClaimTimes, check_audience, check_times, parse_times, require_verification_method

SKEW = timedelta(minutes=5)
SECOND = timedelta(seconds=1)
NONE = ClaimTimes(issued_at=None, expires=None, not_before=None)


def test_times_are_read_as_seconds_since_1970() -> None:
    times = parse_times({"iat": 0, "nbf": 1.5, "exp": 253_402_300_799, "other": "x"})
    assert times.issued_at == datetime(1970, 1, 1, tzinfo=UTC)
    assert times.not_before == datetime(1970, 1, 1, 0, 0, 1, 500_000, tzinfo=UTC)
    assert times.expires == datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)


def test_absent_times_are_none() -> None:
    assert parse_times({}) == NONE


@pytest.mark.parametrize("name", ["iat", "exp", "nbf"])
@pytest.mark.parametrize(
    "value",
    ["2010-01-01T19:23:24Z", "1", None, True, False, [1], {}, -1, 253_402_300_800, 1e300, float("nan")],
    ids=str,
)
def test_a_time_of_another_shape_is_refused(name: str, value: Any) -> None:
    with pytest.raises(MalformedValue) as caught:
        parse_times({name: value})
    assert caught.value.findings[0].pointer == f"/{name}"


@pytest.mark.parametrize(
    ("member", "moment", "pointer"),
    [
        ("issued_at", NOW + SKEW + SECOND, "/iat"),
        ("issued_at", NOW + SKEW, None),
        ("not_before", NOW + SKEW + SECOND, "/nbf"),
        ("not_before", NOW + SKEW, None),
        ("expires", NOW - SKEW, "/exp"),
        ("expires", NOW - SKEW + SECOND, None),
    ],
)
def test_each_time_is_judged_to_the_second(member: str, moment: datetime, pointer: str | None) -> None:
    times = ClaimTimes(**{"issued_at": None, "expires": None, "not_before": None, member: moment})
    found = check_times(times, now=NOW, skew=SKEW)
    assert [finding.pointer for finding in found] == ([] if pointer is None else [pointer])


def test_nothing_is_said_of_times_that_are_absent() -> None:
    assert check_times(NONE, now=NOW, skew=SKEW) == ()


@pytest.mark.parametrize("aud", ["a", ["a"], ["b", "a"]], ids=str)
def test_the_audience_may_be_one_of_many(aud: Any) -> None:
    assert check_audience({"aud": aud}, audience="a") == ()


@pytest.mark.parametrize(
    "claims", [{}, {"aud": "b"}, {"aud": ["b"]}, {"aud": None}, {"aud": [["a"]]}], ids=str
)
def test_another_audience_is_found(claims: Any) -> None:
    (found,) = check_audience(claims, audience="a")
    assert (found.type, found.pointer) == (ProblemType.INVALID_DOMAIN_ERROR, "/aud")


@pytest.mark.parametrize("claims", [{}, {"nonce": "b"}, {"nonce": ["a"]}, {"nonce": None}], ids=str)
def test_another_nonce_is_found(claims: Any) -> None:
    (found,) = check_audience(claims, nonce="a")
    assert (found.type, found.pointer) == (ProblemType.INVALID_CHALLENGE_ERROR, "/nonce")


def test_what_is_not_expected_is_not_compared() -> None:
    assert check_audience({"aud": "b", "nonce": "c"}) == ()


@pytest.mark.parametrize("key_id", ["did:key:z6Mk#z6Mk", "https://issuer.example/keys/1"])
def test_a_url_names_a_verification_method(key_id: str) -> None:
    assert require_verification_method(key_id) == key_id


@pytest.mark.parametrize(
    "key_id",
    [None, "", "#key-1", "key-1", "73voMXFNmNlOEpuYCSJlh8eN0dscykoO6gBukgRS1uU", "../../etc/passwd", "a b:c"],
)
def test_anything_else_names_none(key_id: str | None) -> None:
    with pytest.raises(MalformedValue, match="absolute URL"):
        require_verification_method(key_id)
