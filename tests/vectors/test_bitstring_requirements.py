"""Bitstring Status List 1.0, sections 1 and 2.1 (status entries): each MUST, by section.

What a verifier cannot evaluate is *could not check*, never *in force*. The lists themselves are in
``test_bitstring_list_requirements``.
"""

from collections.abc import Callable
from typing import Any

import pytest

from tests.simulator import NOTES_URL, IssuerWorld
from tests.vectors.requirements import Requirements
from tests.vectors.status_requirements import (
    CLEAR,
    INDEX,
    INVALID,
    REVOKED,
    UNKNOWN,
    entry_malformed,
    entry_with,
    in_force,
    judge,
)
from vc.errors import ProblemType
from vc.model.credential import check_credential_shape
from vc.model.verdict import Answer, Question, Reason, Verification
from vc.status.bitstring_status_list import MIN_LENGTH
from vc.status.entries import StatusEntry, parse_status_entries
from vc.verify import step

REQUIREMENTS = Requirements()
must = REQUIREMENTS.must
MESSAGES = [{"status": f"0x{value:x}", "message": "x"} for value in range(4)]


@must("bsl-1.3-errors-for-documents-that-do-not-conform")
def _() -> None:
    assert in_force(judge()) == CLEAR
    assert in_force(judge(document={"credentialSubject": []}))[0] is Answer.COULD_NOT_CHECK
    entry_malformed("statusListIndex", 7, True)


@must("bsl-1.3-deviation-entries-of-more-than-one-bit-are-not-checked")
def _() -> None:
    # The specification leaves it to a processor; such an entry is said to be unknown, not read over.
    for revoked in (0, INDEX):
        assert in_force(judge(entry={"statusSize": 2, "statusMessage": MESSAGES}, revoked=revoked)) == UNKNOWN


@must("bsl-2.1-an-entry-stands-in-a-conforming-credential")
def _() -> None:
    world = IssuerWorld()
    assert check_credential_shape(world.unsigned(INDEX)) == ()
    for wrong in ([], "x", [{"id": "urn:x:1"}]):
        found = step(world.issue(INDEX, credentialStatus=wrong), world.evidence(), world.policy, world.now)
        assert isinstance(found, Verification)
        assert found.verdicts[Question.AUTHENTIC].reason is Reason.MALFORMED


@must("bsl-2.1-id-is-not-the-url-of-the-list")
def _() -> None:
    entry_malformed("id", IssuerWorld().list_url, "no url", 7, "")
    assert in_force(judge(entry={"id": None})) == CLEAR


@must("bsl-2.1-type-is-bitstring-status-list-entry")
def _() -> None:
    entry_malformed("type", None, 7, [], [7])
    for other in ("RevocationList2020Status", "bitstringStatusListEntry", ["Other"]):
        assert in_force(judge(entry={"type": other}, revoked=INDEX)) == UNKNOWN
    # Known, but for lists of that kind alone.
    assert in_force(judge(entry={"type": "StatusList2021Entry"}, revoked=INDEX)) == INVALID


@must("bsl-2.1-status-purpose-is-a-string")
def _() -> None:
    entry_malformed("statusPurpose", ["revocation"], 7, None, "", {})


@must("bsl-2.1-purposes-are-used-as-intended")
def _() -> None:
    assert in_force(judge(revoked=INDEX)) == REVOKED
    suspension = {"statusPurpose": "suspension"}
    suspended = judge(entry=suspension, subject=suspension, revoked=INDEX)
    assert in_force(suspended) == (Answer.NO, Reason.SUSPENDED)
    assert in_force(judge(entry=suspension, subject=suspension)) == CLEAR


@must("bsl-2.1-deviation-purposes-that-invalidate-nothing-are-not-checked")
def _() -> None:
    # ``refresh`` and ``message`` say nothing about validity; what they say is not shown as if they did.
    for purpose in ("refresh", "message", "somethingElse"):
        change = {"statusPurpose": purpose}
        assert in_force(judge(entry=change, subject=change, revoked=INDEX)) == UNKNOWN


@must("bsl-2.1-status-list-index-is-a-whole-number-in-base-10-as-a-string")
def _() -> None:
    entry_malformed(
        "statusListIndex", "-1", "7.0", "0x7", "seven", "", " 7", "7\n", "៧", "1e3", "+7", 7, None
    )
    found = parse_status_entries({"credentialStatus": entry_with(IssuerWorld(), {"statusListIndex": "0"})})
    assert isinstance(found[0], StatusEntry)
    assert found[0].index == 0


@must("bsl-2.1-status-list-index-may-be-of-any-size")
def _() -> None:
    for index in (str(2**63), str(2**64), "9" * 4000):
        found = judge(entry={"statusListIndex": index})
        assert in_force(found) == INVALID
        assert [finding.type for finding in found.findings] == [ProblemType.RANGE_ERROR]


@must("bsl-2.1-deviation-an-index-has-one-spelling")
def _() -> None:
    # Two spellings of one index would look like two indexes to whoever compares texts.
    entry_malformed("statusListIndex", "007", "00")


@must("bsl-2.1-status-list-credential-is-a-url")
def _() -> None:
    entry_malformed("statusListCredential", "somewhere", 7, None, "", ["https://a.example/"], "https://a b/")


@must("bsl-2.1-what-the-url-leads-to-is-a-status-list-credential")
def _() -> None:
    assert in_force(judge(document={"type": ["VerifiableCredential"]})) == INVALID
    assert in_force(judge(document={"type": ["VerifiableCredential", "StatusList2021Credential"]})) == INVALID


@must("bsl-2.1-a-missing-status-size-is-one")
def _() -> None:
    for index in (0, 1, INDEX, MIN_LENGTH - 1):
        world = IssuerWorld()
        world.publish_status({index}, with_notes=False)
        for extra in ({}, {"statusSize": 1}):
            raw = world.issue(index, credentialStatus=world.status_entry(index) | extra)
            found = step(raw, world.evidence(without=[NOTES_URL]), world.policy, world.now)
            assert isinstance(found, Verification)
            assert in_force(found) == REVOKED


@must("bsl-2.1-status-size-is-a-whole-number-above-zero")
def _() -> None:
    entry_malformed("statusSize", 0, -1, 1.5, "1", True, [1])


@must("bsl-2.1-more-than-one-bit-has-messages")
def _() -> None:
    entry_malformed("statusMessage", None, statusSize=2)


@must("bsl-2.1-there-is-a-message-for-each-value")
def _() -> None:
    entry_malformed("statusMessage", MESSAGES[:3], MESSAGES[:2], [*MESSAGES, MESSAGES[0]], statusSize=2)


@must("bsl-2.1-messages-are-an-array-of-the-length-that-the-size-says")
def _() -> None:
    entry_malformed("statusMessage", {}, "set", 7, [], MESSAGES, MESSAGES[:1])
    assert in_force(judge(entry={"statusMessage": MESSAGES[:2]})) == CLEAR


@must("bsl-2.1-each-message-has-a-status-and-a-text")
def _() -> None:
    first = MESSAGES[0]
    for second in ({}, {"status": "0x1"}, {"message": "x"}, {"status": 1, "message": "x"}, "set", None):
        entry_malformed("statusMessage", [first, second])
    for status in ("1", "x1", "0x", "0xg", "0X1"):
        entry_malformed("statusMessage", [first, {"status": status, "message": "x"}])


@must("bsl-2.1-status-reference-is-a-url-or-urls")
def _() -> None:
    entry_malformed("statusReference", "somewhere", 7, ["https://a.example/", "somewhere"], {})
    assert in_force(judge(entry={"statusReference": ["https://a.example/"]})) == CLEAR


@pytest.mark.parametrize(("check", "arguments"), REQUIREMENTS.parameters)
def test_requirement(check: Callable[..., None], arguments: tuple[Any, ...]) -> None:
    check(*arguments)


def test_the_table_is_whole() -> None:
    assert len(REQUIREMENTS.names) == len(set(REQUIREMENTS.names))
    # So many sentences with MUST or MUST NOT concern an issuer or a verifier.
    assert len(REQUIREMENTS.names) >= 17
