"""What the requirements of Bitstring Status List are checked with: a world with one changed part."""

from typing import Any

import orjson
import pytest

from tests.simulator import NOTES_URL, IssuerWorld
from vc.errors import MalformedValue, ProblemType
from vc.model.verdict import Answer, Question, Reason, Verification
from vc.status.check import parse_status_list
from vc.status.entries import parse_status_entries
from vc.verify import step

Json = dict[str, Any]
INDEX = 7


def entry_with(world: IssuerWorld, changes: Json) -> Json:
    """The status entry of this world with members changed."""
    return changed(world.status_entry(INDEX), changes)


def list_with(world: IssuerWorld, changes: Json, subject: Json) -> Json:
    """The published list of this world, unsigned, with members of its own and of its subject changed."""
    document = changed(orjson.loads(world.documents[world.list_url]), {"proof": None, **changes})
    if isinstance(document["credentialSubject"], dict):
        document["credentialSubject"] = changed(document["credentialSubject"], subject)
    return document


def changed(members: Json, changes: Json) -> Json:
    """``members`` with these replaced, and those left out that are None."""
    return {name: value for name, value in {**members, **changes}.items() if value is not None}


def judge(
    *, entry: Json | None = None, document: Json | None = None, subject: Json | None = None, revoked: int = 0
) -> Verification:
    """The verifier's word on a credential with this entry, under a list with these members.

    What is changed was signed rightly. None as a value takes the member away.
    """
    world = IssuerWorld()
    world.publish_status({revoked}, with_notes=False)
    altered = list_with(world, document or {}, subject or {})
    world.documents[world.list_url] = world.sign(altered, signer=world.status_signer, created=world.now)
    raw = world.issue(INDEX, credentialStatus=entry_with(world, entry or {}))
    found = step(raw, world.evidence(without=[NOTES_URL]), world.policy, world.now)
    assert isinstance(found, Verification)
    return found


def in_force(found: Verification) -> tuple[Answer, Reason]:
    """The verdict on whether it is in force, with its reason."""
    verdict = found.verdicts[Question.IN_FORCE]
    return verdict.answer, verdict.reason


CLEAR, REVOKED = (Answer.YES, Reason.NOT_REVOKED), (Answer.NO, Reason.REVOKED)
INVALID = (Answer.COULD_NOT_CHECK, Reason.STATUS_INVALID)
UNKNOWN = (Answer.COULD_NOT_CHECK, Reason.STATUS_TYPE_UNKNOWN)


def entry_malformed(member: str, *values: Any, **others: Any) -> None:
    """Each of ``values`` is a malformed value, and such an entry never clears."""
    for value in values:
        entry = entry_with(IssuerWorld(), others) | {member: value}
        if value is None:
            del entry[member]
        with pytest.raises(MalformedValue) as caught:
            parse_status_entries({"credentialStatus": entry})
        (finding,) = caught.value.findings
        assert finding.type is ProblemType.MALFORMED_VALUE_ERROR
        assert str(finding.pointer).startswith(f"/credentialStatus/{member}")
    found = judge(entry={**others, member: values[0]})
    assert in_force(found)[0] is Answer.COULD_NOT_CHECK


def list_malformed(member: str, *values: Any) -> None:
    """Each of ``values`` in the list's subject is a malformed value, and such a list never clears."""
    world = IssuerWorld()
    for value in values:
        document = list_with(world, {}, {member: value})
        with pytest.raises(MalformedValue) as caught:
            parse_status_list(document, url=world.list_url, digest="d")
        assert caught.value.findings[0].type is ProblemType.MALFORMED_VALUE_ERROR
    assert in_force(judge(subject={member: values[0]})) == INVALID
