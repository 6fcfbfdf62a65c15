"""A link is ours character by character, or it is refused; a code survives being typed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.entropy import format_code, random_token
from vc.errors import MalformedValue, NotFound
from verifier.links import (
    CODE_LENGTH,
    TOKEN_LENGTH,
    ForeignLink,
    SharedToken,
    TypedCode,
    parse_code,
    parse_link_or_code,
    parse_token,
)

BASE = "https://passport.gov.kh"
SYMBOLS = st.text("0123456789ABCDEFGHJKMNPQRSTVWXYZ", min_size=TOKEN_LENGTH, max_size=TOKEN_LENGTH)
MISREADINGS = {"0": "oO0", "1": "iIlL1"}


@given(SYMBOLS)
def test_our_own_link_is_read(token: str) -> None:
    wanted = SharedToken(value=token)
    assert parse_link_or_code(f" {BASE}/v/{token}\n", base_url=BASE) == wanted
    assert parse_link_or_code(f"{BASE}/v/{token}?lang=en", base_url=BASE) == wanted
    assert parse_token(token.lower()) == wanted


def test_tokens_and_codes_are_as_long_as_they_are_made() -> None:
    assert len(random_token(128)) == TOKEN_LENGTH
    assert len(random_token(60)) == CODE_LENGTH


@given(SYMBOLS.map(lambda text: text[:CODE_LENGTH]), st.data())
def test_a_code_survives_dashes_case_and_lookalikes(code: str, data: st.DataObject) -> None:
    typed = "".join(data.draw(st.sampled_from(MISREADINGS.get(c, c + c.lower()))) for c in format_code(code))
    assert parse_code(typed) == TypedCode(value=code)
    assert parse_link_or_code(typed.replace("-", " "), base_url=BASE) == TypedCode(value=code)


@given(st.text(max_size=80))
def test_whatever_is_not_below_our_origin_is_foreign(rest: str) -> None:
    for origin in (
        "https://passport.gov.kh.evil.example",
        "http://passport.gov.kh",
        "https://PASSPORT.gov.kh",
    ):
        with pytest.raises(ForeignLink):
            parse_link_or_code(f"{origin}/{rest}x", base_url=BASE)


@given(st.text(max_size=80))
def test_nothing_but_documented_errors_comes_out(text: str) -> None:
    for candidate in (text, f"{BASE}{text}", f"{BASE}/{text}", f"{BASE}/v/{text}"):
        try:
            found = parse_link_or_code(candidate, base_url=BASE)
        except (MalformedValue, NotFound):
            continue
        assert found.value.isalnum()
        assert found.value.isascii()


@pytest.mark.parametrize(
    "path",
    [
        "/v/",
        "/v",
        "/verify",
        "/v/../sign-out",
        "/V/" + "0" * 26,
        "/v/" + "0" * 25,
        "/v/" + "0" * 26 + "/",
        "/",
    ],
)
def test_our_other_pages_are_no_certificates(path: str) -> None:
    with pytest.raises(NotFound):
        parse_link_or_code(BASE + path, base_url=BASE)


@pytest.mark.parametrize("text", ["", " ", "7K3M", "7K3M-9QXA-2B4U", "7K3M-9QXA-2B4C-1", "hello", "ភាសា"])
def test_what_is_no_code_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(MalformedValue) as caught:
        parse_code(text)
    assert not text.strip() or text not in str(caught.value)
