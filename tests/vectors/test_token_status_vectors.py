"""The examples of the Token Status List draft, read and written again."""

import json
import re
from typing import Any

import cbor2
import pytest

from tests.vectors.shared_vectors import require_vectors
from vc.encoding import base64url
from vc.errors import MalformedValue
from vc.jose.jws import parse_jws
from vc.status.token_documents import read_list_cwt, read_list_jwt
from vc.status.token_status_list import compress_values, inflate_values, values_set

FOLDER = require_vectors("token-status-list")
JSON = ("encoding", "encoding2", "encoding1_long", "encoding2_long", "encoding4", "encoding8")
LONG = 1 << 20


def text(name: str) -> str:
    return (FOLDER / f"status_list_{name}.md").read_text(encoding="utf-8")


def of_json(name: str) -> dict[str, Any]:
    found = re.search(r"\{.*\}", text(f"{name}_json"), re.DOTALL)
    assert found is not None
    example: dict[str, Any] = json.loads(re.sub(r"\s+", "", found[0]))
    return example


def of_cbor(name: str) -> dict[str, Any]:
    lines = text(f"{name}_cbor").split("encoded:")[-1]
    example: dict[str, Any] = cbor2.loads(bytes.fromhex(re.sub(r"\s+", "", lines)))
    return example


@pytest.mark.parametrize("name", JSON)
def test_an_example_is_read_and_written_again(name: str) -> None:
    example = of_json(name)
    bits = example["bits"]
    packed = inflate_values(base64url.decode(example["lst"], max_bytes=1 << 20))
    values = values_set(packed, bits=bits)
    assert values
    length = len(packed) * 8 // bits
    assert length == (LONG if len(packed) > 100 else {1: 16, 2: 12}[bits])
    # Compressors may differ; what they hold may not.
    assert inflate_values(compress_values(length, values, bits=bits)) == packed


@pytest.mark.parametrize("name", JSON)
def test_both_formats_of_an_example_hold_the_same(name: str) -> None:
    of_text, of_bytes = of_json(name), of_cbor(name)
    assert of_bytes["bits"] == of_text["bits"]
    assert of_bytes["lst"] == base64url.decode(of_text["lst"], max_bytes=1 << 20)


def test_the_short_examples_are_written_byte_for_byte() -> None:
    for name, length in (("encoding", 16), ("encoding2", 12)):
        example = of_json(name)
        packed = inflate_values(base64url.decode(example["lst"], max_bytes=100))
        values = values_set(packed, bits=example["bits"])
        assert base64url.encode(compress_values(length, values, bits=example["bits"])) == example["lst"]


def test_the_token_of_the_draft_is_read() -> None:
    token = re.sub(r"\s+", "", text("jwt_raw"))
    jws, read = read_list_jwt(token)
    assert (read.url, read.bits, jws.key_id) == ("https://example.com/statuslists/1", 1, "12")
    assert set(read.values_set()) == {0, 3, 4, 5, 7, 8, 9, 13, 15}
    assert read.ttl is not None
    assert (read.ttl.total_seconds(), read.expires is not None, read.version) == (43_200, True, None)
    assert parse_jws(token).header["typ"] == "statuslist+jwt"


def test_the_message_of_the_draft_has_an_unprotected_key_name_and_is_refused() -> None:
    """We read no header that nothing secures; the draft's example has its ``kid`` there."""
    message = bytes.fromhex(re.sub(r"\s+", "", text("cwt")))
    with pytest.raises(MalformedValue, match="not protected"):
        read_list_cwt(message)
