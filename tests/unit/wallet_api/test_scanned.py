"""What a code is for, told by how it begins."""

from hypothesis import given
from hypothesis import strategies as st

from vc.errors import MalformedValue
from vc.oid4vc.received_offer import parse_offer_link
from vc.oid4vc.received_request import parse_request_link
from wallet_api.scanned import NEXT_STEPS, Kind, kind_of

BASE_URL = "https://passport.example"
SCHEMES = ("openid-credential-offer", "haip-vci", "OPENID4VP", "haip-vp", "https", "http", "ftp")
QUERIES = (
    "credential_offer=%7B%22a%22%3A1%7D",
    "credential_offer_uri=https%3A%2F%2Fa.example",
    "client_id=redirect_uri%3Aa&nonce=n",
    "client_id=a&request_uri=https%3A%2F%2Fa.example",
    "",
    "a=1",
    "%",
)
LINKS = st.builds(
    "{}://{}?{}".format,
    st.sampled_from(SCHEMES),
    st.sampled_from(("", "a.example/b", "[")),
    st.sampled_from(QUERIES),
)


@given(st.text() | LINKS | st.text().map(lambda text: f"https://{text}"))
def test_every_text_is_for_something(text: str) -> None:
    assert kind_of(text, base_url=BASE_URL) in {*NEXT_STEPS, Kind.OTHER}


@given(LINKS)
def test_whatever_is_read_as_an_offer_or_a_request_is_called_one(text: str) -> None:
    for parse, kind, other in (
        (parse_offer_link, Kind.OFFER, Kind.OFFER),
        (parse_request_link, Kind.REQUEST, Kind.OFFER),
    ):
        try:
            parse(text)
        except MalformedValue:
            continue
        assert kind_of(text, base_url=BASE_URL) in (kind, other)


def test_no_code_of_a_stranger_leads_anywhere() -> None:
    for address in (
        f"{BASE_URL}.evil.example/v/1",
        f"https://evil.example/{BASE_URL}/v/1",
        f"{BASE_URL}@evil.example/v/1",
    ):
        kind = kind_of(address, base_url=BASE_URL)
        assert (kind, NEXT_STEPS[kind].address) == (Kind.FOREIGN, None)
