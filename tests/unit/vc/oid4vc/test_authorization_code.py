"""The pure parts of the Authorization Code Flow: PKCE, and where a browser may be sent back to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vc.errors import MalformedValue
from vc.oid4vc.pkce import answers_challenge, parse_code_challenge
from vc.oid4vc.redirect_uri import parse_redirect_uri

# RFC 7636 appendix B.
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def test_the_example_of_the_specification() -> None:
    assert parse_code_challenge(CHALLENGE) == CHALLENGE
    assert answers_challenge(VERIFIER, CHALLENGE)


@pytest.mark.parametrize("verifier", ["", VERIFIER[:-1], VERIFIER + "x", CHALLENGE, "é" * 43, "a" * 129])
def test_another_verifier_does_not_answer(verifier: str) -> None:
    assert not answers_challenge(verifier, CHALLENGE)


@pytest.mark.parametrize("text", ["", VERIFIER[:-1], VERIFIER + "=", "é" * 43, CHALLENGE + CHALLENGE])
def test_what_is_no_challenge_is_refused(text: str) -> None:
    with pytest.raises(MalformedValue):
        parse_code_challenge(text)


@pytest.mark.parametrize(
    ("text", "place", "source"),
    [
        ("https://wallet.example/cb", "wallet.example", "https://wallet.example"),
        ("https://wallet.example:8443/cb?x=1", "wallet.example:8443", "https://wallet.example:8443"),
        ("http://127.0.0.1:4711/cb", "127.0.0.1:4711", "http://127.0.0.1:4711"),
        ("http://localhost/cb", "localhost", "http://localhost"),
        ("com.example.wallet:/cb", "com.example.wallet", "com.example.wallet:"),
    ],
)
def test_what_a_wallet_may_have(text: str, place: str, source: str) -> None:
    uri = parse_redirect_uri(text)
    assert (uri.text, uri.place, uri.source) == (text, place, source)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "/cb",
        "http://wallet.example/cb",
        "http://127.0.0.1.evil.example/cb",
        "https://user@wallet.example/cb",
        "https://wallet.example/cb#fragment",
        "https://wallet.example/a b",
        "https://wallet.example;x/cb",
        "https://wallet.example:99999999/cb",
        "https:///cb",
        "https://[::1]/cb",
        "javascript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "intent://x",
        "wallet://cb",
        "mailto:x@wallet.example",
        "com..wallet:/cb",
        "https://wallet.example/" + "a" * 1_000,
        "https://wallet.example/\r\nSet-Cookie: a",
        "https://ឧទាហរណ៍.example/cb",
    ],
)
def test_what_a_wallet_may_not_have(text: str) -> None:
    with pytest.raises(MalformedValue):
        parse_redirect_uri(text)


def test_an_answer_goes_behind_what_is_there() -> None:
    plain = parse_redirect_uri("https://wallet.example/cb").answered([("code", "A B"), ("iss", "https://i")])
    assert plain.text == "https://wallet.example/cb?code=A+B&iss=https%3A%2F%2Fi"
    assert (
        parse_redirect_uri("https://w.example/cb?a=1").answered([("code", "x")]).text.endswith("?a=1&code=x")
    )


@given(text=st.text(max_size=80))
def test_a_policy_source_holds_one_source_only(text: str) -> None:
    """What goes into the header of the consent page cannot end the directive or add another."""
    try:
        source = parse_redirect_uri(f"https://{text}").source
    except MalformedValue:
        return
    assert not set(source) & set(" ;,'\"\r\n")
