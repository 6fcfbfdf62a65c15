"""``runtime.approvals``, on both databases: no person alone, however many accounts."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError

from runtime import approvals
from runtime.approvals import (
    AlreadyClosed,
    Approver,
    NotApproved,
    Proposal,
    SamePerson,
    State,
    approve,
    cancel,
    open_proposals,
    propose,
    reject,
    take,
)
from runtime.database import Database
from tests.stores.race import race
from vc.errors import ConflictError, MalformedValue, NotFound, RangeError

SERVICE = "trust_registry"
NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
MAKER = Approver(subject="sokha", name="Sokha", identity="aa")
OTHER = Approver(subject="dara", name="Dara", identity="bb")
THIRD = Approver(subject="chan", name="Chan", identity="cc")
Act = Callable[[Connection], Proposal]


def proposed(database: Database, **changes: object) -> Proposal:
    """A proposal of ``MAKER``."""
    facts: dict[str, object] = {
        "act": "accreditation.withdraw",
        "object_id": "7",
        "payload": {"earlierStand": True},
        "reason": "The workshop was closed.",
        "maker": MAKER,
        "now": NOW,
    }
    return database.write_now(partial(propose, **(facts | changes)))  # type: ignore[arg-type]


def voting(proposal: Proposal, approver: Approver, now: datetime = NOW) -> Act:
    """``approve`` as a store function."""
    return partial(approve, proposal_id=proposal.id, approver=approver, now=now)


def taking(proposal: Proposal, now: datetime = NOW) -> Act:
    """``take`` as a store function."""
    return partial(take, proposal_id=proposal.id, now=now)


def test_a_proposal_comes_back_as_it_was_made(database: Database) -> None:
    made = proposed(database, threshold=2, delay=timedelta(hours=1))
    assert (made.act, made.object_id, made.payload) == (
        "accreditation.withdraw",
        "7",
        {"earlierStand": True},
    )
    assert (made.maker, made.threshold, made.delay) == (MAKER, 2, timedelta(hours=1))
    assert (made.state, made.proposed_at, made.missing, made.approvers) == (State.OPEN, NOW, 2, ())
    assert database.read_now(open_proposals) == (made,)
    assert database.read_now(approvals.proposal_or_none, made.id) == made
    assert database.read_now(approvals.proposal_or_none, made.id + 1) is None


@pytest.mark.parametrize(
    "approver",
    [
        MAKER,
        replace(MAKER, identity=None),
        replace(MAKER, identity="zz"),
        replace(MAKER, subject="sokha-second-account"),
    ],
    ids=["same-account", "same-account-identity-gone", "same-account-new-identity", "second-account"],
)
def test_the_maker_never_approves_the_own_draft(database: Database, approver: Approver) -> None:
    made = proposed(database)
    for act in (approve, reject):
        with pytest.raises(SamePerson):
            database.write_now(partial(act, proposal_id=made.id, approver=approver, now=NOW))
    with pytest.raises(NotApproved):
        database.write_now(taking(made))
    assert database.read_now(open_proposals) == (made,)


@pytest.mark.parametrize(
    "again", [OTHER, replace(OTHER, subject="dara-second-account")], ids=["same-account", "second-account"]
)
def test_nobody_votes_twice(database: Database, again: Approver) -> None:
    made = proposed(database, threshold=2)
    database.write_now(voting(made, OTHER))
    with pytest.raises(SamePerson):
        database.write_now(voting(made, again))
    assert database.read_now(open_proposals)[0].approvers == (OTHER,)


@pytest.mark.parametrize(
    "second", [MAKER, replace(MAKER, subject="sokha-second-account")], ids=["account", "identity"]
)
def test_the_database_refuses_one_person_twice_whatever_the_program_asks(
    database: Database, second: Approver
) -> None:
    made = proposed(database)
    statement = text(
        "INSERT INTO approval_vote (request_id, subject, name, identity, kind, at) "
        "VALUES (:number, :subject, :name, :identity, 'approve', '2026-11-25T09:00:00Z')"
    )
    values = {
        "number": made.id,
        "subject": second.subject,
        "name": second.name,
        "identity": second.identity,
    }
    with pytest.raises(IntegrityError):
        database.write_now(lambda connection: connection.execute(statement, values))


def test_people_without_a_verified_identity_are_told_apart_by_account(database: Database) -> None:
    made = proposed(database, maker=replace(MAKER, identity=None))
    assert database.write_now(voting(made, replace(OTHER, identity=None))).state is State.APPROVED


def test_maker_and_checker_at_the_same_moment_are_one_approval(database: Database) -> None:
    made = proposed(database, threshold=2)
    results, refusals = race(database, [voting(made, MAKER), voting(made, OTHER)])
    assert [type(refusal) for refusal in refusals] == [SamePerson]
    assert [result.missing for result in results] == [1]


def test_two_accounts_of_one_person_at_the_same_moment_are_one_approval(database: Database) -> None:
    made = proposed(database, threshold=2)
    second = replace(OTHER, subject="dara-second-account")
    results, refusals = race(database, [voting(made, OTHER), voting(made, second)])
    assert (len(results), [type(refusal) for refusal in refusals]) == (1, [SamePerson])
    assert database.read_now(open_proposals)[0].missing == 1


def test_the_threshold_counts_people_who_approve_at_the_same_moment(database: Database) -> None:
    made = proposed(database, threshold=2)
    results, refusals = race(database, [voting(made, OTHER), voting(made, THIRD)])
    assert refusals == []
    assert sorted(result.state for result in results) == [State.APPROVED, State.OPEN]
    (standing,) = database.read_now(open_proposals)
    assert (standing.state, standing.missing) == (State.APPROVED, 0)
    with pytest.raises(ConflictError):
        database.write_now(voting(made, replace(OTHER, subject="late", identity="dd")))


def test_an_approved_act_waits_for_its_delay_and_is_taken_once(database: Database) -> None:
    made = proposed(database, delay=timedelta(hours=24))
    approved = database.write_now(voting(made, OTHER, NOW + timedelta(hours=1)))
    due = NOW + timedelta(hours=25)
    assert (approved.state, approved.due_at) == (State.APPROVED, due)
    with pytest.raises(NotApproved):
        database.write_now(taking(made, due - timedelta(seconds=1)))
    taken = database.write_now(taking(made, due))
    assert (taken.state, taken.closed_at, taken.approvers) == (State.EXECUTED, due, (OTHER,))
    with pytest.raises(AlreadyClosed):
        database.write_now(taking(made, due))
    assert database.read_now(open_proposals) == ()


def test_of_parallel_takes_one_wins(database: Database) -> None:
    made = proposed(database)
    database.write_now(voting(made, OTHER))
    results, refusals = race(database, [taking(made)] * 4)
    assert len(results) == 1
    assert [type(refusal) for refusal in refusals] == [AlreadyClosed] * 3


def test_a_take_that_is_rolled_back_took_nothing(database: Database) -> None:
    made = proposed(database)
    database.write_now(voting(made, OTHER))

    def take_and_fail(connection: Connection) -> None:
        take(connection, made.id, now=NOW)
        raise ConflictError("The act could not be done.")

    with pytest.raises(ConflictError):
        database.write_now(take_and_fail)
    assert database.write_now(taking(made)).state is State.EXECUTED


def test_the_maker_cancels_while_the_delay_runs(database: Database) -> None:
    made = proposed(database, delay=timedelta(hours=24))
    database.write_now(voting(made, OTHER))
    cancelled = database.write_now(partial(cancel, proposal_id=made.id, approver=MAKER, now=NOW))
    assert (cancelled.state, cancelled.closed_by) == (State.CANCELLED, "sokha")
    with pytest.raises(AlreadyClosed):
        database.write_now(taking(made, NOW + timedelta(days=2)))


def test_of_a_cancel_and_a_take_at_the_same_moment_one_happens(database: Database) -> None:
    made = proposed(database)
    database.write_now(voting(made, OTHER))
    stopping: Act = partial(cancel, proposal_id=made.id, approver=MAKER, now=NOW)
    results, refusals = race(database, [stopping, taking(made)])
    assert (len(results), [type(refusal) for refusal in refusals]) == (1, [AlreadyClosed])


@pytest.mark.parametrize("final", [State.REJECTED, State.CANCELLED, State.EXECUTED])
def test_a_decided_proposal_never_moves_again(database: Database, final: State) -> None:
    made = proposed(database)
    if final is State.REJECTED:
        database.write_now(partial(reject, proposal_id=made.id, approver=OTHER, now=NOW))
    elif final is State.CANCELLED:
        database.write_now(partial(cancel, proposal_id=made.id, approver=OTHER, now=NOW))
    else:
        database.write_now(voting(made, OTHER))
        database.write_now(taking(made))
    standing = database.read_now(approvals.proposal_or_none, made.id)
    assert standing is not None
    assert standing.state is final
    for act in (approve, reject, cancel):
        with pytest.raises(AlreadyClosed):
            database.write_now(partial(act, proposal_id=made.id, approver=THIRD, now=NOW))
    with pytest.raises(AlreadyClosed):
        database.write_now(taking(made))
    assert database.read_now(approvals.proposal_or_none, made.id) == standing


def test_what_cannot_be_a_proposal_is_refused(database: Database) -> None:
    for changes in ({"threshold": 0}, {"threshold": 11}, {"delay": timedelta(seconds=-1)}):
        with pytest.raises(RangeError):
            proposed(database, **changes)
    with pytest.raises(MalformedValue):
        proposed(database, reason="  ")
    with pytest.raises(NotFound):
        database.write_now(partial(approve, proposal_id=1_000_000, approver=OTHER, now=NOW))
