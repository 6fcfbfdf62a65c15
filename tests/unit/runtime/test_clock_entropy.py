import re
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.clock import FixedClock, SystemClock
from runtime.entropy import decode_code, format_code, random_token, random_uuid_urn, throwaway_signer
from vc.errors import MalformedValue


def test_the_system_clock_is_aware_and_utc() -> None:
    assert SystemClock().now().utcoffset() == timedelta(0)


def test_a_fixed_clock_moves_only_when_told() -> None:
    clock = FixedClock(datetime(2026, 1, 1, 7, tzinfo=timezone(timedelta(hours=7))))
    assert clock.now() == datetime(2026, 1, 1, tzinfo=UTC)
    clock.advance(timedelta(days=-1))
    assert clock.now() == datetime(2025, 12, 31, tzinfo=UTC)


def test_a_fixed_clock_refuses_a_naive_time() -> None:
    with pytest.raises(ValueError, match="aware"):
        FixedClock(datetime(2026, 1, 1))  # noqa: DTZ001 - the fault under test


@given(st.integers(min_value=1, max_value=400))
def test_a_token_has_at_least_the_bits_asked_for(bits: int) -> None:
    token = random_token(bits)
    assert re.fullmatch(r"[0-9A-HJKMNP-TV-Z]+", token)
    assert bits <= len(token) * 5 < bits + 5


def test_every_symbol_and_place_of_a_token_varies() -> None:
    tokens = [random_token(130) for _ in range(2_000)]
    assert len(set(tokens)) == len(tokens)
    assert all(len(set(column)) == 32 for column in zip(*tokens, strict=True))


@given(st.integers(min_value=1, max_value=200), st.integers(min_value=1, max_value=9))
def test_a_printed_code_reads_back(bits: int, group: int) -> None:
    token = random_token(bits)
    assert decode_code(format_code(token, group=group)) == token
    assert decode_code(f"  {token.lower()}\n") == token


def test_lookalikes_are_read_as_what_was_meant() -> None:
    assert decode_code("oO0-iIlL1 x\u2013z") == "00011111XZ"


@pytest.mark.parametrize("text", ["", " - ", "ABCU", "AB*", "១២៣", "A" * 201, "A\x00B", "\uff21"])
def test_what_is_no_code_is_refused(text: str) -> None:
    with pytest.raises(MalformedValue) as caught:
        decode_code(text)
    assert text.strip() not in str(caught.value) or not text.strip(" -")


@given(st.text(max_size=40))
def test_a_typed_code_is_read_or_refused_and_nothing_else(text: str) -> None:
    try:
        code = decode_code(text)
    except MalformedValue:
        return
    assert decode_code(code) == code


def test_a_uuid_urn_is_of_version_4() -> None:
    assert re.fullmatch(
        r"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", random_uuid_urn()
    )


def test_a_throwaway_signer_signs_under_its_own_did_key() -> None:
    signer, other = throwaway_signer(), throwaway_signer()
    assert signer.verification_method != other.verification_method
    multikey = signer.public_key.multikey
    assert signer.verification_method == f"did:key:{multikey}#{multikey}"
    assert signer.public_key.verify(signer.sign(b"data"), b"data")
