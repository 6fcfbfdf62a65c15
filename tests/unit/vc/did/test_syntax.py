"""DIDs and DID URLs, letter by letter (DID Core 1.0 sections 3.1 and 3.2)."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vc.did.syntax import DidUrl, absolute, is_did, is_uri, parse_did_url
from vc.errors import MalformedValue


@pytest.mark.parametrize(
    "did",
    ["did:a:b", "did:0:B-._", "did:web:a.example%3A8443:x", "did:a::b", "did:a:b:c:d", "did:a:" + "b" * 994],
)
def test_dids(did: str) -> None:
    assert is_did(did)
    assert parse_did_url(did) == DidUrl(did=did, path="", query=None, fragment=None)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("DID:a:b", id="scheme-in-capitals"),
        pytest.param("notDid:a:b", id="another-scheme"),
        pytest.param("did:A:b", id="method-in-capitals"),
        pytest.param("did::b", id="no-method"),
        pytest.param("did:a:", id="no-identifier"),
        pytest.param("did:a", id="no-second-colon"),
        pytest.param("did:a:b:", id="colon-at-the-end"),
        pytest.param("did:a:@", id="character-outside"),
        pytest.param("did:a:b%", id="lone-percent-sign"),
        pytest.param("did:a:b%2", id="half-an-escape"),
        pytest.param("did:a:b%2g", id="escape-that-is-not-hexadecimal"),
        pytest.param("did:a:b~", id="tilde"),
        pytest.param("did:a:b\n", id="line-feed"),
        pytest.param("did:a:\u0431", id="letter-beyond-ascii"),
        pytest.param("did:a:" + "b" * 995, id="too-long"),
    ],
)
def test_not_dids(text: str) -> None:
    assert not is_did(text)
    with pytest.raises(MalformedValue):
        parse_did_url(text)


def test_the_parts_of_a_did_url() -> None:
    parts = parse_did_url("did:a:b/p/%20;q?service=x&relativeRef=/y?z#k/1?2")
    assert parts == DidUrl(
        did="did:a:b", path="/p/%20;q", query="service=x&relativeRef=/y?z", fragment="k/1?2"
    )
    assert parse_did_url("did:a:b/?#") == DidUrl(did="did:a:b", path="/", query="", fragment="")


@pytest.mark.parametrize(
    "text",
    ["did:a:b/^", "did:a:b?`", "did:a:b#1#2", "did:a:b# ", "did:a:b#%4", "did:a:@#1", "#1", "did:a:b#\u0431"],
)
def test_not_did_urls(text: str) -> None:
    with pytest.raises(MalformedValue):
        parse_did_url(text)


def test_relative_references() -> None:
    assert absolute("did:a:b", "#1") == "did:a:b#1"
    assert absolute("did:a:b", "/x?y#1") == "did:a:b/x?y#1"
    assert absolute("did:a:b", "?y") == "did:a:b?y"
    assert absolute("did:a:b", "did:c:d#1") == "did:c:d#1"


@pytest.mark.parametrize(
    ("text", "is_one"), [("urn:x:y", True), ("x", False), ("a:\u0431", False), (":x", False)]
)
def test_uris(text: str, is_one: bool) -> None:
    assert is_uri(text) is is_one


@settings(deadline=None)
@given(st.text(alphabet="did:webaZ09._-%2F/?#~@ \n", max_size=40).map("did:".__add__))
def test_the_parts_make_up_the_whole(text: str) -> None:
    try:
        parts = parse_did_url(text)
    except MalformedValue:
        assert not is_did(text)
        return
    query = "" if parts.query is None else f"?{parts.query}"
    fragment = "" if parts.fragment is None else f"#{parts.fragment}"
    assert parts.did + parts.path + query + fragment == text
    assert is_did(parts.did)
