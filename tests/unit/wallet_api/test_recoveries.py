"""Who counts as the second who confirms: only an officer who agreed."""

from datetime import UTC, datetime, timedelta

import pytest

from runtime.approvals import Approver, Proposal, State
from wallet_api.recoveries import RECOVER, Standing
from wallet_api.recovery_store import Recovery

NOW = datetime(2026, 11, 27, 9, 0, tzinfo=UTC)

RECOVERY = Recovery(
    recovery_id="R1",
    holder_index="holder",
    person=b"",
    officer="officer-1",
    reason="forgotten",
    compared="paper",
    code_hash=None,
    code_tries=0,
    code_right_at=None,
    proposal_id=1,
    begun_at="2026-11-27T09:00:00Z",
    expires="2026-11-27T11:00:00Z",
    done_at=None,
    sessions_ended=False,
    shares_ended=False,
    cards_ended=False,
    attempts=0,
    due_at=None,
)


def proposal(state: State) -> Proposal:
    return Proposal(
        id=1,
        act=RECOVER,
        object_id="R1",
        payload={},
        reason="forgotten",
        maker=Approver(subject="officer-1", name="Officer"),
        threshold=1,
        delay=timedelta(0),
        state=state,
        proposed_at=NOW,
        due_at=None,
        closed_at=None,
        closed_by=None,
        votes=(),
    )


@pytest.mark.parametrize("state", State)
def test_only_an_officer_who_agreed_is_the_second(state: State) -> None:
    standing = Standing(recovery=RECOVERY, proposal=proposal(state), has_phone=False, awaits_phone=False)
    assert standing.is_confirmed == (state in (State.APPROVED, State.EXECUTED))
