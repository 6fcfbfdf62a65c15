"""Responses of wallets, read (OpenID4VP 1.0 section 8)."""

from typing import Any

import pytest

from vc.errors import MalformedValue, ParseError
from vc.oid4vc.vp_token import (
    EncryptedResponse,
    ErrorResponse,
    VpResponse,
    parse_form,
    parse_response,
    parse_vp_token,
)


def test_a_form_with_presentations() -> None:
    read = parse_form({"vp_token": '{"a": ["x~y"], "b": [{"type": "VP"}]}', "state": "s", "iss": "ignored"})
    assert read == VpResponse(state="s", vp_token={"a": ("x~y",), "b": ({"type": "VP"},)})


def test_a_form_with_an_error() -> None:
    read = parse_form({"error": "access_denied", "error_description": "no", "state": "s"})
    assert read == ErrorResponse(state="s", error="access_denied")


def test_a_form_with_an_encrypted_response() -> None:
    assert parse_form({"response": "a.b.c.d.e"}) == EncryptedResponse(token="a.b.c.d.e")


FORMS: dict[str, dict[str, str]] = {
    "nothing": {},
    "no_state": {"vp_token": '{"a": ["x"]}'},
    "an_empty_state": {"vp_token": '{"a": ["x"]}', "state": ""},
    "an_endless_state": {"vp_token": '{"a": ["x"]}', "state": "s" * 513},
    "neither_presentation_nor_error": {"state": "s"},
    "both": {"vp_token": '{"a": ["x"]}', "error": "e", "state": "s"},
    "an_empty_error": {"error": "", "state": "s"},
    "encrypted_and_not": {"response": "a.b.c.d.e", "vp_token": '{"a": ["x"]}'},
    "encrypted_and_an_error": {"response": "a.b.c.d.e", "error": "e"},
}


@pytest.mark.parametrize("fault", FORMS)
def test_a_malformed_form_is_refused(fault: str) -> None:
    with pytest.raises(MalformedValue):
        parse_form(FORMS[fault])


def test_a_token_with_a_member_twice_is_refused() -> None:
    with pytest.raises(ParseError):
        parse_form({"vp_token": '{"a": ["x"], "a": ["y"]}', "state": "s"})


TOKENS: dict[str, Any] = {
    "a_text": "x",
    "null": None,
    "empty": {},
    "an_array": [["x"]],
    "a_presentation_without_array": {"a": "x"},
    "an_empty_array": {"a": []},
    "two_presentations": {"a": ["x", "y"]},
    "a_number": {"a": [1]},
    "an_empty_text": {"a": [""]},
    "an_array_in_an_array": {"a": [["x"]]},
    "too_many": {str(number): ["x"] for number in range(21)},
}


@pytest.mark.parametrize("fault", TOKENS)
def test_a_malformed_token_is_refused(fault: str) -> None:
    with pytest.raises(MalformedValue):
        parse_vp_token(TOKENS[fault])


def test_a_token_that_is_text_inside_an_encrypted_response_is_refused() -> None:
    with pytest.raises(MalformedValue):
        parse_response({"vp_token": '{"a": ["x"]}', "state": "s"})
