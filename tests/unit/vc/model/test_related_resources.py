"""Digests of related resources: how they are written, and whether they are right."""

import hashlib
from base64 import b64encode
from collections.abc import Callable
from typing import Any

import pytest

from tests.unit.vc.model.documents import credential
from vc.encoding import multibase
from vc.model.credential import KNOWN_RESOURCE_DIGESTS, check_credential_shape, check_related_resources

URL = "https://resources.example/1"
CONTENT = b"the resource"
KNOWN = {URL: {name: hashlib.new(name, CONTENT).digest() for name in ("sha256", "sha384", "sha512")}}
OTHER = b"another resource"
MULTIHASHES = {"sha256": b"\x12\x20", "sha384": b"\x20\x30", "sha512": b"\x13\x40", "sha3_256": b"\x16\x20"}


def sri(name: str, content: bytes = CONTENT) -> str:
    return f"{name}-{b64encode(hashlib.new(name, content).digest()).decode('ascii')}"


def multihash(name: str, content: bytes = CONTENT) -> bytes:
    return MULTIHASHES[name] + hashlib.new(name, content).digest()


def resource(**members: Any) -> dict[str, Any]:
    return credential(relatedResource=[{"id": URL, **members}])


def is_well_formed(**members: Any) -> bool:
    return check_credential_shape(resource(**members)) == ()


RIGHT: dict[str, dict[str, Any]] = {
    "sha256": {"digestSRI": sri("sha256")},
    "sha384": {"digestSRI": sri("sha384")},
    "sha512": {"digestSRI": sri("sha512")},
    "without_padding": {"digestSRI": sri("sha256").rstrip("=")},
    "in_the_other_alphabet": {"digestSRI": sri("sha512").replace("+", "-").replace("/", "_")},
    "in_capitals": {"digestSRI": "SHA256-" + sri("sha256")[7:]},
    "two_in_a_text": {"digestSRI": f"{sri('sha256')} {sri('sha384')}"},
    "two_in_an_array": {"digestSRI": [sri("sha256"), sri("sha512")]},
    "multihash_sha256_base58": {"digestMultibase": multibase.encode_base58btc(multihash("sha256"))},
    "multihash_sha256": {"digestMultibase": multibase.encode_base64url(multihash("sha256"))},
    "multihash_sha384": {"digestMultibase": multibase.encode_base64url(multihash("sha384"))},
    "multihash_sha512": {"digestMultibase": multibase.encode_base64url(multihash("sha512"))},
    "bare_sha256": {"digestMultibase": multibase.encode_base64url(hashlib.sha256(CONTENT).digest())},
    "array_of_multihashes": {"digestMultibase": [multibase.encode_base64url(multihash("sha256"))]},
    "with_media_type": {"digestSRI": sri("sha256"), "mediaType": 'text/html; charset="utf-8"'},
}

WRONG: dict[str, dict[str, Any]] = {
    "sha256": {"digestSRI": sri("sha256", OTHER)},
    "sha384": {"digestSRI": sri("sha384", OTHER)},
    "sha512": {"digestSRI": sri("sha512", OTHER)},
    "one_of_two_in_a_text": {"digestSRI": f"{sri('sha256')} {sri('sha384', OTHER)}"},
    "multihash": {"digestMultibase": multibase.encode_base64url(multihash("sha256", OTHER))},
    "multihash_base58": {"digestMultibase": multibase.encode_base58btc(multihash("sha384", OTHER))},
    "bare_sha256": {"digestMultibase": multibase.encode_base64url(hashlib.sha256(OTHER).digest())},
}

MISSHAPEN: dict[str, tuple[str, Any]] = {
    "sri_null": ("digestSRI", None),
    "sri_number": ("digestSRI", 7),
    "sri_none": ("digestSRI", []),
    "sri_empty": ("digestSRI", ""),
    "sri_without_algorithm": ("digestSRI", sri("sha256")[7:]),
    "sri_md5": ("digestSRI", "md5-1B2M2Y8AsgTpgAmY7PhCfg=="),
    "sri_sha1": ("digestSRI", "sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk="),
    "sri_short": ("digestSRI", "sha256-" + "A" * 42),
    "sri_long": ("digestSRI", "sha256-" + "A" * 44),
    "sri_of_another_length": ("digestSRI", sri("sha384").replace("sha384", "sha512")),
    "sri_no_base64": ("digestSRI", "sha256-" + "A" * 42 + "!"),
    "sri_three_paddings": ("digestSRI", "sha256-" + "A" * 43 + "==="),
    "sri_with_option": ("digestSRI", sri("sha256") + "?ct=text/html"),
    "multibase_null": ("digestMultibase", None),
    "multibase_object": ("digestMultibase", {}),
    "multibase_none": ("digestMultibase", []),
    "multibase_empty": ("digestMultibase", ""),
    "multibase_hexadecimal": ("digestMultibase", "f" + "00" * 32),
    "multibase_header_alone": ("digestMultibase", "u"),
    "multibase_with_padding": ("digestMultibase", "u" + "A" * 43 + "="),
    "multihash_cut": ("digestMultibase", multibase.encode_base64url(multihash("sha256")[:-1])),
    "multihash_longer": ("digestMultibase", multibase.encode_base64url(multihash("sha256") + b"\x00")),
    "multihash_of_another_length": ("digestMultibase", multibase.encode_base64url(b"\x12\x10" + bytes(16))),
    "multihash_of_nothing": ("digestMultibase", multibase.encode_base64url(b"\x11\x00")),
    "multihash_header_alone": ("digestMultibase", multibase.encode_base64url(b"\x12")),
    "multihash_endless_header": ("digestMultibase", multibase.encode_base64url(b"\x80" * 20)),
    "multibase_enormous": ("digestMultibase", "z" + "1" * 5_000),
}


@pytest.mark.parametrize("members", RIGHT.values(), ids=RIGHT)
def test_a_right_digest(members: dict[str, Any]) -> None:
    assert is_well_formed(**members)
    assert check_related_resources(resource(**members), KNOWN) == ()


@pytest.mark.parametrize("members", WRONG.values(), ids=WRONG)
def test_a_wrong_digest_of_a_known_resource_is_found(members: dict[str, Any]) -> None:
    assert is_well_formed(**members)
    (member,) = members
    findings = check_related_resources(resource(**members), KNOWN)
    assert [finding.pointer for finding in findings] == [f"/relatedResource/0/{member}"]


@pytest.mark.parametrize("members", WRONG.values(), ids=WRONG)
def test_nothing_is_said_of_a_resource_that_is_not_at_hand(members: dict[str, Any]) -> None:
    assert check_related_resources(resource(**members), {URL + "0": KNOWN[URL]}) == ()


def test_nothing_is_said_of_a_digest_by_an_algorithm_that_is_not_known() -> None:
    members = {"digestMultibase": multibase.encode_base64url(multihash("sha3_256", OTHER))}
    assert is_well_formed(**members)
    assert check_related_resources(resource(**members), KNOWN) == ()


def test_of_several_digests_each_is_compared() -> None:
    document = credential(
        relatedResource=[
            {"id": URL, "digestSRI": [sri("sha256"), sri("sha256", OTHER)]},
            {"id": "urn:x:1", "digestSRI": sri("sha256", OTHER)},
        ]
    )
    findings = check_related_resources(document, KNOWN)
    assert [finding.pointer for finding in findings] == ["/relatedResource/0/digestSRI/1"]


@pytest.mark.parametrize(("member", "value"), MISSHAPEN.values(), ids=MISSHAPEN)
def test_a_misshapen_digest_is_a_fault_of_shape_and_none_of_content(member: str, value: Any) -> None:
    findings = check_credential_shape(resource(**{member: value}))
    assert {finding.pointer for finding in findings} == {f"/relatedResource/0/{member}"}
    assert check_related_resources(resource(**{member: value}), KNOWN) == ()


@pytest.mark.parametrize(
    "media_type", [None, 7, "", "html", "text/", "text/html\n", "text/a b", "text/html;"]
)
def test_a_misshapen_media_type(media_type: Any) -> None:
    findings = check_credential_shape(resource(digestSRI=sri("sha256"), mediaType=media_type))
    assert [finding.pointer for finding in findings] == ["/relatedResource/0/mediaType"]


@pytest.mark.parametrize(
    "change",
    [
        lambda _: None,
        lambda _: [],
        lambda _: "urn:x:1",
        lambda _: [7],
        lambda items: [{**items[0], "id": [URL]}],
    ],
    ids=["null", "none", "text", "number", "id_array"],
)
def test_misshapen_resources_are_left_to_the_shape(change: Callable[[Any], Any]) -> None:
    document = resource(digestSRI=sri("sha256", OTHER))
    changed = document | {"relatedResource": change(document["relatedResource"])}
    assert check_related_resources(changed, KNOWN) == ()
    assert check_credential_shape(changed) != ()


def test_the_base_context_has_the_digest_that_the_recommendation_prints() -> None:
    printed = "59955ced6697d61e03f2b2556febe5308ab16842846f5b586d7f1f7adec92734"
    digests = KNOWN_RESOURCE_DIGESTS["https://www.w3.org/ns/credentials/v2"]
    assert digests["sha256"].hex() == printed
    assert {name: len(value) for name, value in digests.items()} == {"sha256": 32, "sha384": 48, "sha512": 64}
