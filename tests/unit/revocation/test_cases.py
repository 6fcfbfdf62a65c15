"""Cases: one officer suspends, two revoke, a suspension lapses, what is large waits and can be stopped."""

from datetime import timedelta

import pytest

from revocation import acts, case_store, cases, change_store, store
from revocation.case_store import Case, Member
from revocation.cases import Delay
from revocation.values import Reason
from runtime import audit_log
from runtime.approvals import AlreadyClosed, Approver, NotVerified, SamePerson
from tests.unit.revocation.registry_world import World
from vc.errors import ConflictError, NotFound

FIRST = Approver(subject="officer-1", name="Officer One", identity="index-1")
SECOND = Approver(subject="officer-2", name="Officer Two", identity="index-2")
FIRST_AGAIN = Approver(subject="officer-1b", name="Officer One", identity="index-1")
UNVERIFIED = Approver(subject="officer-3", name="Officer Three")
LASTS = timedelta(days=30)
NO_DELAY = Delay(above=20, wait=timedelta(hours=1))


def open_case(world: World, *names: str, reason: Reason = Reason.FRAUD) -> str:
    case = Case(
        case_id=f"case-{'-'.join(names)[:40]}",
        reason=reason,
        note="two of one face",
        evidence="0" * 64,
        criteria=None,
        opened_by=FIRST.subject,
        opened_at=world.clock.now(),
    )
    members = [
        Member(credential_id=f"urn:uuid:{name}", centre="poipet", kind="rpl", issued_on="2026-11-01")
        for name in names
    ]
    world.database.write_now(cases.open_case, case, members)
    return case.case_id


def suspend(world: World, case_id: str, officer: Approver = FIRST) -> int:
    return world.database.write_now(
        cases.suspend, world.journal, case_id, officer=officer, lasts=LASTS, now=world.clock.now()
    )


def renew(world: World, case_id: str, officer: Approver) -> int:
    return world.database.write_now(
        cases.renew, world.journal, case_id, officer=officer, lasts=LASTS, now=world.clock.now()
    )


def ask(world: World, case_id: str, officer: Approver = FIRST, delay: Delay = NO_DELAY) -> None:
    world.database.write_now(
        cases.ask_to_revoke, case_id, officer=officer, delay=delay, now=world.clock.now()
    )


def agree(world: World, case_id: str, officer: Approver = SECOND) -> bool:
    return world.database.write_now(
        cases.agree, world.journal, case_id, officer=officer, now=world.clock.now()
    )


def reinstate(world: World, case_id: str, officer: Approver) -> bool:
    return world.database.write_now(
        cases.ask_to_reinstate,
        world.journal,
        case_id,
        officer=officer,
        reason="nothing found",
        now=world.clock.now(),
    )


def states(world: World, *names: str) -> list[str]:
    ids = [f"urn:uuid:{name}" for name in names]
    found = world.database.read_now(change_store.standing_changes, ids)
    return [found[name].logged.kind.value if name in found else "inForce" for name in ids]


def lapse(world: World) -> int:
    return world.database.write_now(acts.lapse, world.journal, request_id="lapse", now=world.clock.now())


@pytest.fixture
def case(world: World) -> str:
    world.allocate(*"abc")
    return open_case(world, "a", "b")


def test_opening_a_case_touches_no_certificate(world: World, case: str) -> None:
    assert states(world, "a", "b", "c") == ["inForce"] * 3


def test_a_certificate_the_registry_does_not_know_opens_no_case(world: World, case: str) -> None:
    with pytest.raises(NotFound):
        open_case(world, "a", "unknown")


def test_one_officer_suspends_at_once_and_it_lapses_by_itself(world: World, case: str) -> None:
    assert suspend(world, case) == 2
    assert states(world, "a", "b", "c") == ["suspended", "suspended", "inForce"]
    world.clock.advance(LASTS - timedelta(seconds=1))
    assert lapse(world) == 0
    world.clock.advance(timedelta(seconds=1))
    assert lapse(world) == 2
    assert states(world, "a", "b") == ["inForce"] * 2
    assert lapse(world) == 0
    history = world.database.read_now(change_store.history_of, "urn:uuid:a")
    assert [(change.logged.kind.value, change.reason) for change in history] == [
        ("suspended", "UNDER_REVIEW"),
        ("reinstated", "LAPSED"),
    ]


def test_whoever_let_a_suspension_lapse_does_not_suspend_again_alone(world: World, case: str) -> None:
    suspend(world, case)
    world.clock.advance(LASTS)
    lapse(world)
    for same in (FIRST, FIRST_AGAIN):
        with pytest.raises(SamePerson):
            suspend(world, case, same)
    assert suspend(world, case, SECOND) == 2
    with pytest.raises(SamePerson):
        renew(world, case, SECOND)


def test_nor_in_another_case_whoever_closed_the_first(world: World, case: str) -> None:
    suspend(world, case)
    world.clock.advance(LASTS)
    lapse(world)
    world.database.write_now(cases.close, case, officer=FIRST, now=world.clock.now())
    again = open_case(world, "a")
    with pytest.raises(ConflictError):
        suspend(world, again)
    assert suspend(world, again, SECOND) == 1


def test_only_another_officer_renews_and_then_again_another(world: World, case: str) -> None:
    suspend(world, case)
    for same in (FIRST, FIRST_AGAIN):
        with pytest.raises(SamePerson):
            renew(world, case, same)
    world.clock.advance(timedelta(days=29))
    assert renew(world, case, SECOND) == 2
    world.clock.advance(timedelta(days=29))
    assert lapse(world) == 0
    with pytest.raises(SamePerson):
        renew(world, case, SECOND)
    assert renew(world, case, FIRST) == 2
    world.clock.advance(LASTS)
    assert lapse(world) == 2


def test_one_officer_lifts_what_one_officer_set(world: World, case: str) -> None:
    suspend(world, case)
    assert reinstate(world, case, FIRST) is True
    assert states(world, "a", "b") == ["inForce"] * 2
    with pytest.raises(ConflictError):
        reinstate(world, case, FIRST)


def test_two_officers_lift_what_two_officers_set(world: World, case: str) -> None:
    suspend(world, case)
    renew(world, case, SECOND)
    assert reinstate(world, case, FIRST) is False
    assert states(world, "a", "b") == ["suspended"] * 2
    with pytest.raises(SamePerson):
        agree(world, case, FIRST_AGAIN)
    assert agree(world, case, SECOND) is True
    assert states(world, "a", "b") == ["inForce"] * 2


@pytest.mark.parametrize("size", [1, 30])
def test_to_revoke_takes_a_second_officer_at_any_count(world: World, size: int) -> None:
    names = [f"n{number}" for number in range(size)]
    world.allocate(*names)
    case = open_case(world, *names)
    ask(world, case, delay=Delay(above=20, wait=timedelta(0)))
    assert states(world, *names) == ["inForce"] * size
    for same in (FIRST, FIRST_AGAIN):
        with pytest.raises(SamePerson):
            agree(world, case, same)
    with pytest.raises(NotVerified):
        agree(world, case, UNVERIFIED)
    assert agree(world, case) is True
    assert states(world, *names) == ["revoked"] * size
    (change,) = world.database.read_now(change_store.history_of, "urn:uuid:n0")
    assert (change.actor, change.approver, change.case_id, change.reason) == (
        "officer-1",
        "officer-2",
        case,
        "FRAUD",
    )


def test_an_officer_nobody_verified_asks_for_nothing(world: World, case: str) -> None:
    with pytest.raises(NotVerified):
        ask(world, case, UNVERIFIED)


def test_a_large_case_waits_and_is_done_by_itself(world: World, case: str) -> None:
    ask(world, case, delay=Delay(above=1, wait=timedelta(hours=1)))
    assert agree(world, case) is False
    assert states(world, "a", "b") == ["inForce"] * 2
    world.clock.advance(timedelta(minutes=59))
    assert world.database.read_now(cases.due, now=world.clock.now()) == ()
    world.clock.advance(timedelta(minutes=1))
    assert world.database.read_now(cases.due, now=world.clock.now()) == (case,)
    assert world.database.write_now(cases.execute_due, world.journal, case, now=world.clock.now()) is True
    assert states(world, "a", "b") == ["revoked"] * 2
    assert world.database.write_now(cases.execute_due, world.journal, case, now=world.clock.now()) is False


def test_what_waits_is_stopped_by_any_officer_and_never_done(world: World, case: str) -> None:
    ask(world, case, delay=Delay(above=1, wait=timedelta(hours=1)))
    agree(world, case)
    world.database.write_now(cases.stop, case, officer=UNVERIFIED, now=world.clock.now())
    world.clock.advance(timedelta(days=1))
    assert world.database.read_now(cases.due, now=world.clock.now()) == ()
    with pytest.raises(ConflictError):
        agree(world, case)
    assert states(world, "a", "b") == ["inForce"] * 2


def test_what_is_suspended_is_revoked_and_no_longer_renewed_or_reinstated(world: World, case: str) -> None:
    suspend(world, case)
    ask(world, case)
    assert agree(world, case) is True
    assert states(world, "a", "b") == ["revoked"] * 2
    with pytest.raises(ConflictError):
        renew(world, case, SECOND)
    with pytest.raises(ConflictError):
        reinstate(world, case, SECOND)
    world.clock.advance(LASTS)
    assert lapse(world) == 0


def test_a_case_is_asked_about_once_and_revoked_once(world: World, case: str) -> None:
    ask(world, case)
    with pytest.raises(ConflictError):
        ask(world, case, SECOND)
    agree(world, case)
    with pytest.raises(ConflictError):
        ask(world, case)


def test_a_closed_case_is_done_with(world: World, case: str) -> None:
    suspend(world, case)
    with pytest.raises(ConflictError):
        world.database.write_now(cases.close, case, officer=FIRST, now=world.clock.now())
    reinstate(world, case, FIRST)
    world.database.write_now(cases.close, case, officer=FIRST, now=world.clock.now())
    for act in (suspend, ask, agree):
        with pytest.raises(ConflictError):
            act(world, case)


def test_what_is_not_what_was_agreed_to_is_not_done(world: World, case: str) -> None:
    ask(world, case)
    smuggled = Member(credential_id="urn:uuid:c", centre="poipet", kind="rpl", issued_on="2026-11-01")
    again = Case(
        case_id="other",
        reason=Reason.FRAUD,
        note="",
        evidence=None,
        criteria=None,
        opened_by=FIRST.subject,
        opened_at=world.clock.now(),
    )
    world.database.write_now(case_store.add_case, again, [smuggled])
    world.database.write_now(
        lambda connection: connection.exec_driver_sql("UPDATE case_member SET case_id = ?", (case,))
    )
    with pytest.raises(ConflictError):
        agree(world, case)
    assert states(world, "a", "b", "c") == ["inForce"] * 3


def test_each_step_is_in_the_audit_log(world: World, case: str) -> None:
    suspend(world, case)
    renew(world, case, SECOND)
    ask(world, case)
    agree(world, case)
    entries = world.database.read_now(lambda connection: tuple(audit_log.entries(connection)))
    done = [(entry["act"], entry["actor"]) for entry in entries if "allocate" not in entry["act"]]
    assert done == [
        ("case.open", "officer-1"),
        ("credential.suspend", "officer-1"),
        ("case.renew.propose", "officer-1"),
        ("case.renew.approve", "officer-2"),
        ("credential.suspend", "officer-1"),
        ("case.renew.propose", "officer-2"),
        ("case.revoke.propose", "officer-1"),
        ("case.revoke.approve", "officer-2"),
        ("credential.revoke", "officer-1"),
    ]


def test_a_certificate_of_before_suspensions_is_not_suspended(world: World) -> None:
    world.allocate("old")
    first_lists = "UPDATE status_list SET suspends = 0"
    world.database.write_now(lambda connection: connection.exec_driver_sql(first_lists))
    case = open_case(world, "old")
    with pytest.raises(ConflictError, match="before there were suspensions"):
        suspend(world, case)
    assert world.database.read_now(store.lists)[0].suspends is False


def test_a_vote_after_the_end_is_refused(world: World, case: str) -> None:
    ask(world, case)
    agree(world, case)
    with pytest.raises((AlreadyClosed, ConflictError)):
        agree(world, case, FIRST)
