"""Bitstring Status List 1.0, from section 2.2 on (lists, algorithms): each MUST, by section.

Lists as of a point in time (``timestamp``, section 3.2) are not offered, so what is asked of those who
offer them is left out. The entries of a credential are in ``test_bitstring_requirements``.
"""

import gzip
import hashlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import orjson
import pytest

import schemas
from tests.simulator import STATUS_DID, IssuerWorld
from tests.vectors.requirements import Requirements
from tests.vectors.shared_vectors import require_vectors
from tests.vectors.status_requirements import (
    CLEAR,
    INDEX,
    INVALID,
    REVOKED,
    Json,
    changed,
    entry_malformed,
    in_force,
    judge,
    list_malformed,
    list_with,
)
from vc.encoding import multibase
from vc.encoding.rdfc import canonicalize_rdfc
from vc.errors import MalformedValue, ProblemType, RangeError
from vc.model.credential import check_credential_shape
from vc.model.verdict import Answer, Reason, Verification
from vc.status.bitstring_status_list import (
    MAX_BYTES,
    MIN_LENGTH,
    StatusListLengthError,
    bit_at,
    decode_list,
    encode_list,
)
from vc.status.check import parse_status_list
from vc.status.documents import build_status_list_credential
from vc.status.entries import StatusPurpose
from vc.verify import step

REQUIREMENTS = Requirements()
must = REQUIREMENTS.must
VOCABULARY = "https://www.w3.org/ns/credentials/status#"
ENDED = {"validFrom": "2026-11-21T00:00:00Z", "validUntil": "2026-11-22T02:59:59Z"}


def build(length: int = MIN_LENGTH, purpose: StatusPurpose = StatusPurpose.REVOCATION) -> Json:
    """A list as the registry of this product publishes it, unsigned."""
    world = IssuerWorld()
    document: Json = build_status_list_credential(
        url=world.list_url,
        issuer=STATUS_DID,
        purpose=purpose,
        length=length,
        states={},
        valid_from=world.now,
        valid_until=world.now + timedelta(hours=24),
        ttl=timedelta(minutes=5),
    )
    return document


def encoded(bits: bytes) -> str:
    return multibase.encode_base64url(gzip.compress(bits, mtime=0))


@must("bsl-2.2-a-list-is-a-conforming-credential")
def _() -> None:
    assert check_credential_shape(build()) == ()
    for change in (
        {"@context": "https://www.w3.org/ns/credentials/v2"},
        {"type": ["BitstringStatusListCredential"]},
    ):
        assert in_force(judge(document=change)) == INVALID


@must("bsl-2.2-the-type-of-the-list-includes-its-own")
def _() -> None:
    assert build()["type"] == ["VerifiableCredential", "BitstringStatusListCredential"]
    with pytest.raises(MalformedValue):
        parse_status_list({**build(), "type": ["VerifiableCredential"]}, url=build()["id"], digest="d")


@must("bsl-2.2-deviation-the-list-names-the-url-it-was-got-from")
def _() -> None:
    # The specification leaves the id out where the publisher likes. Then one list could be served for
    # another, so a list without it, or with another, is not read.
    assert in_force(judge(document={"id": None})) == INVALID
    assert in_force(judge(document={"id": "https://skills-passport.example/status/lists/other/x"})) == INVALID


@must("bsl-2.2-deviation-the-list-says-since-when-it-holds")
def _() -> None:
    # Without it nobody could tell how old the answer is, nor an older list from a newer one.
    assert in_force(judge(document={"validFrom": None})) == INVALID


@must("bsl-2.2-validity-of-the-list-is-judged")
def _() -> None:
    stale = (Answer.COULD_NOT_CHECK, Reason.STATUS_STALE)
    assert in_force(judge(document=ENDED)) == stale
    assert in_force(judge(document={"validFrom": "2026-11-22T04:00:00Z"})) == stale
    assert in_force(judge(document={"validUntil": None})) == CLEAR


@must("bsl-2.2-the-subject-is-a-bitstring-status-list")
def _() -> None:
    assert build()["credentialSubject"]["type"] == "BitstringStatusList"
    list_malformed("type", "StatusList2021", None, 7)


@must("bsl-2.2-the-purposes-of-a-list-are-strings")
def _() -> None:
    assert build()["credentialSubject"]["statusPurpose"] == "revocation"
    list_malformed("statusPurpose", None, [], 7, ["revocation", 7], "")
    assert in_force(judge(subject={"statusPurpose": ["suspension", "revocation"]})) == CLEAR


@must("bsl-2.2-the-purposes-of-a-list-are-used-as-intended", each=StatusPurpose)
def _(purpose: StatusPurpose) -> None:
    subject = build(purpose=purpose)["credentialSubject"]
    assert (subject["statusPurpose"], "statusSize" in subject) == (purpose.value, False)


@must("bsl-2.2-deviation-messages-of-a-list-are-not-read")
def _() -> None:
    # No message is evaluated, and the contexts define no ``statusMessages``; the other purposes are.
    both = {"statusPurpose": ["message", "revocation"]}
    assert in_force(judge(subject=both, revoked=INDEX)) == REVOKED


@must("bsl-2.2-deviation-a-list-of-more-than-one-bit-an-entry-is-not-read")
def _() -> None:
    # Read one bit at a time, it would answer for somebody else.
    list_malformed("statusSize", 2, 0, True, "1")


@must("bsl-2.2-encoded-list-is-gzip-in-base64url-with-its-header")
def _() -> None:
    text = build()["credentialSubject"]["encodedList"]
    assert text[0] == "u"
    assert gzip.decompress(multibase.decode(text, max_bytes=1000)) == bytes(MIN_LENGTH // 8)
    raw = multibase.decode(text, max_bytes=1000)
    list_malformed("encodedList", text[1:], multibase.encode_base58btc(raw), text + "=", "", None, 7, [text])
    list_malformed("encodedList", multibase.encode_base64url(bytes(MIN_LENGTH // 8)), text[:-8])


@must("bsl-2.2-the-bitstring-has-at-least-16-kilobytes")
def _() -> None:
    for length in (0, 8, MIN_LENGTH - 8):
        with pytest.raises(StatusListLengthError):
            encode_list(length, [])
    found = judge(subject={"encodedList": encoded(bytes(MIN_LENGTH // 8 - 1))})
    assert in_force(found) == INVALID
    assert found.findings[0].type is ProblemType.STATUS_LIST_LENGTH_ERROR


@must("bsl-2.2-index-zero-is-the-left-most-bit")
def _() -> None:
    for index in (0, 1, 7, 8, 100_000, MIN_LENGTH - 1):
        number = int.from_bytes(decode_list(encode_list(MIN_LENGTH, [index])))
        assert number == 1 << (MIN_LENGTH - 1 - index)


@must("bsl-2.2-ttl-is-in-milliseconds-and-does-not-replace-the-validity")
def _() -> None:
    assert build()["credentialSubject"]["ttl"] == 300_000
    assert in_force(judge(document=ENDED, subject={"ttl": 10**12}))[1] is Reason.STATUS_STALE
    assert in_force(judge(subject={"ttl": 0})) == CLEAR
    list_malformed("ttl", "300000", -1, 1.5, True)


@must("bsl-3-malformed-values-raise-malformed-value-error")
def _() -> None:
    for member in ("type", "statusPurpose", "statusListIndex", "statusListCredential"):
        entry_malformed(member, {})
    for member in ("type", "statusPurpose", "encodedList", "ttl"):
        list_malformed(member, {})


@must("bsl-3.1-the-list-that-is-generated-says-what-was-recorded")
def _() -> None:
    world = IssuerWorld()
    world.publish_status({3, INDEX}, with_notes=False)
    document = list_with(world, {}, {})
    bits = parse_status_list(document, url=world.list_url, digest="d").bits
    assert [index for index in range(MIN_LENGTH) if bit_at(bits, index)] == [3, INDEX]


@must("bsl-3.2-validation-gives-the-value-of-the-bit")
def _() -> None:
    assert in_force(judge(revoked=INDEX)) == REVOKED
    for neighbour in (INDEX - 1, INDEX + 1, 0, MIN_LENGTH - 1):
        assert in_force(judge(revoked=neighbour)) == CLEAR


@must("bsl-3.2-a-list-that-cannot-be-had-is-a-retrieval-error")
def _() -> None:
    world = IssuerWorld()
    found = step(world.issue(INDEX), world.evidence(without=[world.list_url]), world.policy, world.now)
    assert isinstance(found, Verification)
    assert in_force(found) == (Answer.COULD_NOT_CHECK, Reason.STATUS_UNAVAILABLE)
    assert [finding.type for finding in found.findings] == [ProblemType.STATUS_RETRIEVAL_ERROR]


@must("bsl-3.2-every-proof-of-the-list-verifies")
def _() -> None:
    world = IssuerWorld()
    good = orjson.loads(world.documents[world.list_url])
    forged = {**good["proof"], "proofValue": orjson.loads(world.issue(1))["proof"]["proofValue"]}
    for proof in (forged, [good["proof"], forged], [forged, good["proof"]], None):
        world.documents[world.list_url] = orjson.dumps(changed(good, {"proof": proof}))
        found = step(world.issue(INDEX), world.evidence(), world.policy, world.now)
        assert isinstance(found, Verification)
        assert in_force(found) == INVALID
        assert [finding.type for finding in found.findings] == [ProblemType.STATUS_VERIFICATION_ERROR]


@must("bsl-3.2-the-purpose-of-the-entry-is-one-of-the-list")
def _() -> None:
    found = judge(subject={"statusPurpose": "suspension"}, revoked=INDEX)
    assert in_force(found) == INVALID
    assert [finding.type for finding in found.findings] == [ProblemType.STATUS_VERIFICATION_ERROR]


@must("bsl-3.2-an-index-outside-the-list-is-a-range-error")
def _() -> None:
    found = judge(entry={"statusListIndex": str(MIN_LENGTH)})
    assert in_force(found) == INVALID
    assert [finding.type for finding in found.findings] == [ProblemType.RANGE_ERROR]
    for index in (-1, MIN_LENGTH):
        with pytest.raises(RangeError):
            bit_at(bytes(MIN_LENGTH // 8), index)
    assert in_force(judge(entry={"statusListIndex": str(MIN_LENGTH - 1)})) == CLEAR


@must("bsl-3.3-bitstring-generation")
def _() -> None:
    bits = bytearray(MIN_LENGTH // 8)
    bits[0], bits[-1] = 0b1000_0001, 0b0000_0001
    assert decode_list(encode_list(MIN_LENGTH, [0, 7, MIN_LENGTH - 1])) == bytes(bits)
    with pytest.raises(RangeError):
        encode_list(MIN_LENGTH, [MIN_LENGTH])


@must("bsl-3.4-bitstring-expansion")
def _() -> None:
    bits = hashlib.sha512(b"any bits").digest() * 256
    for level in (0, 1, 9):
        assert decode_list(multibase.encode_base64url(gzip.compress(bits, level, mtime=1))) == bits


@must("bsl-3.4-deviation-what-is-expanded-is-bounded-and-one-gzip-member")
def _() -> None:
    # A list of 67 million entries serves a nation; more is somebody's attack. Nobody writes several members.
    for text in (encoded(bytes(MAX_BYTES + 1)), multibase.encode_base64url(gzip.compress(bytes(8192)) * 2)):
        with pytest.raises(MalformedValue):
            decode_list(text)


@must("bsl-3.5-error-types-are-urls-of-the-specification")
def _() -> None:
    for name in ("STATUS_RETRIEVAL_ERROR", "STATUS_VERIFICATION_ERROR", "STATUS_LIST_LENGTH_ERROR"):
        assert ProblemType[name].value == f"https://www.w3.org/ns/credentials/status-list#{name}"


@must("bsl-5.1-terms-are-those-of-the-vocabulary")
def _() -> None:
    canonical = canonicalize_rdfc(build()).decode()
    for term in (
        "encodedList",
        "statusPurpose",
        "ttl",
        "BitstringStatusList",
        "BitstringStatusListCredential",
    ):
        assert f"<{VOCABULARY}{term}>" in canonical
    world = IssuerWorld("eddsa-rdfc-2022")
    canonical = canonicalize_rdfc(world.unsigned(INDEX)).decode()
    for term in ("BitstringStatusListEntry", "statusListCredential", "statusListIndex", "statusPurpose"):
        assert f"<{VOCABULARY}{term}>" in canonical


@must("bsl-5.2-the-context-is-resolved-already")
def _() -> None:
    published = (require_vectors("contexts") / "ns-credentials-status-v1.jsonld").read_bytes()
    expected = "fda5add353231e6a6884a46b12e6c75464281900cb348284d9c360f62381d9f7"
    assert hashlib.sha256(published).hexdigest() == expected
    assert schemas.read_context("https://www.w3.org/ns/credentials/status/v1") == orjson.loads(published)


@pytest.mark.parametrize(("check", "arguments"), REQUIREMENTS.parameters)
def test_requirement(check: Callable[..., None], arguments: tuple[Any, ...]) -> None:
    check(*arguments)


def test_the_table_is_whole() -> None:
    assert len(REQUIREMENTS.names) == len(set(REQUIREMENTS.names))
    # So many sentences with MUST or MUST NOT concern an issuer or a verifier.
    assert len(REQUIREMENTS.names) >= 19
