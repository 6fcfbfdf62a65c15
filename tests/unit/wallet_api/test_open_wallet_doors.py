"""What others answer is read within bounds, and "no" is told apart from "could not be had"."""

from typing import Any

import pytest

from runtime.fetch import Answered, Unavailable, UnavailableReason
from vc.encoding.strict_json import Limits
from vc.errors import EvidenceUnavailable
from vc.oid4vc.oauth_errors import ErrorCode
from vc.oid4vc.received_metadata import METADATA_LIMITS
from wallet_api.open_wallet.doors import Refused, get_json, json_of

pytestmark = pytest.mark.anyio
URL = "https://issuer.example/x"


class Answers:
    """A fetcher that has this one answer."""

    def __init__(self, body: bytes, status: int = 200) -> None:
        self._answer = Answered(url=URL, status=status, body=body, headers={})

    async def exchange(self, url: str, **_: Any) -> Answered | Unavailable:
        return self._answer if url == URL else Unavailable(url=url, reason=UnavailableReason.TIMEOUT)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not json",
        b'{"a":1,"a":2}',
        b"[" * 100 + b"]" * 100,
        b"[" + b"0," * 40_000 + b"0]",
        b'"' + b"x" * 600_000 + b'"',
    ],
    ids=["empty", "no-json", "twice", "deep", "many", "long"],
)
async def test_hostile_metadata_could_not_be_had(body: bytes) -> None:
    fetcher: Any = Answers(body)
    with pytest.raises(EvidenceUnavailable):
        await get_json(fetcher, URL, limits=METADATA_LIMITS)


@pytest.mark.parametrize("status", [201, 204, 301, 404, 500])
async def test_only_200_is_a_document(status: int) -> None:
    fetcher: Any = Answers(b"{}", status)
    with pytest.raises(EvidenceUnavailable):
        await get_json(fetcher, URL, limits=Limits())


def test_no_is_told_apart_from_could_not() -> None:
    def answer(status: int, body: bytes) -> Answered:
        return Answered(url=URL, status=status, body=body, headers={})

    assert json_of(answer(202, b'{"transaction_id":"t"}')) == {"transaction_id": "t"}
    with pytest.raises(Refused) as refused:
        json_of(answer(400, b'{"error":"invalid_grant"}'))
    assert refused.value.error is ErrorCode.INVALID_GRANT
    with pytest.raises(Refused) as unknown:
        json_of(answer(403, b"<html>"))
    assert unknown.value.error is None
    with pytest.raises(EvidenceUnavailable):
        json_of(answer(502, b'{"error":"invalid_grant"}'))
    with pytest.raises(EvidenceUnavailable):
        json_of(answer(200, b"<html>"))
