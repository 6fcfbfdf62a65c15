"""Submitting and approving a class list, on both databases: what happens at the same moment."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from issuer import store
from issuer.sealed import Sealed
from issuer.service import approving
from issuer.service.approving import Decision, OverQuota
from issuer.service.desk import Desk
from issuer.unsealed import ClassRow
from runtime import approvals
from runtime import keyring as keyring_module
from runtime.approvals import AlreadyClosed, NotVerified, SamePerson
from runtime.auth import Principal, Role
from runtime.database import Database
from runtime.keyring import Keyring
from runtime.personal_data import PersonalData
from runtime.settings import Settings
from tests.stores.issuer_rows import NOW, centre
from tests.stores.race import race
from tests.stores.test_issuer_sealed import new_class
from vc.errors import ConflictError

SERVICE = "issuer"
CLERK = Principal(
    subject="clerk", name="Clerk", role=Role.CLERK, organisation_id="poipet", identity="identity-1"
)
APPROVER = Principal(
    subject="approver",
    name="Approver",
    role=Role.CENTRE_APPROVER,
    organisation_id="poipet",
    identity="identity-2",
)


@pytest.fixture
def desk(settings: Settings, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A desk over the database, with two lists of two rows that a clerk may submit."""
    monkeypatch.setitem(keyring_module._SCRYPT, "n", keyring_module._SCRYPT_LIMITS["n"][0])
    kept = settings.model_copy(update={"data_dir": tmp_path / "data", "issue_quota_per_day": 3})
    database.write_now(store.register_centre, centre())
    sealed = Sealed(PersonalData.open(kept, Keyring.open(kept, SERVICE)))
    for name in ("one", "two"):
        new = new_class(2)
        values = new.values | {"id": name, "state": store.PREVIEW}
        rows = [row | {"class_id": name, "award_key": f"{name}-{row['row']}"} for row in new.rows]
        database.write_now(sealed.add_class, store.NewClass(values=values, rows=rows))
    clock = SimpleNamespace(now=lambda: NOW)
    context: Any = SimpleNamespace(settings=kept, clock=clock, database=database)
    return Desk(context=context, rld=cast("Any", None), sealed=sealed)


def submitted(desk: Desk, database: Database, name: str, who: Principal = CLERK) -> Decision:
    sheet = database.read_now(desk.sealed.get_class, name, "poipet")
    database.write_now(approving._submit, desk, who, sheet, "Checked.")
    number = database.read_now(store.get_class, name, "poipet").proposal
    return Decision(proposal=number)


def approval(desk: Desk, database: Database, name: str, decision: Decision, who: Principal = APPROVER) -> Any:
    sheet = database.read_now(desk.sealed.get_class, name, "poipet")
    return partial(approving._approve, desk=desk, principal=who, sheet=sheet, decision=decision)


def state(database: Database, name: str) -> str:
    return str(database.read_now(store.get_class, name, "poipet").state)


def test_of_two_approvals_at_once_one_is_the_decision(desk: Desk, database: Database) -> None:
    decision = submitted(desk, database, "one")
    other = replace(APPROVER, subject="approver-2", identity="identity-3")
    acts = [approval(desk, database, "one", decision, who) for who in (APPROVER, other)]
    done, refused = race(database, acts)
    assert (len(done), len(refused)) == (1, 1)
    assert isinstance(refused[0], ConflictError)
    assert state(database, "one") == store.ISSUING


def test_of_two_approvals_at_once_the_quota_lets_one_through(desk: Desk, database: Database) -> None:
    decisions = {name: submitted(desk, database, name) for name in ("one", "two")}
    done, refused = race(
        database, [approval(desk, database, name, decision) for name, decision in decisions.items()]
    )
    assert (len(done), len(refused)) == (1, 1)
    assert isinstance(refused[0], OverQuota)
    assert sorted(state(database, name) for name in decisions) == [store.ISSUING, store.WAITING]


def test_two_submissions_at_once_are_one(desk: Desk, database: Database) -> None:
    sheet = database.read_now(desk.sealed.get_class, "one", "poipet")
    submit = partial(approving._submit, desk=desk, principal=CLERK, sheet=sheet, reason="Checked.")
    done, refused = race(database, [submit, submit])
    assert (len(done), len(refused)) == (1, 1)
    assert len(database.read_now(approvals.open_proposals)) == 1


@pytest.mark.parametrize(
    "maker",
    [replace(APPROVER, subject="clerk"), replace(APPROVER, identity="identity-1")],
    ids=["account", "identity"],
)
def test_the_maker_is_refused_by_account_and_by_identity(
    desk: Desk, database: Database, maker: Principal
) -> None:
    decision = submitted(desk, database, "one")
    with pytest.raises(SamePerson):
        database.write_now(approval(desk, database, "one", decision, maker))
    assert state(database, "one") == store.WAITING


def test_nobody_unverified_approves_and_in_production_none_submits(desk: Desk, database: Database) -> None:
    unknown = replace(APPROVER, identity=None)
    program = replace(CLERK, identity=None)
    decision = submitted(desk, database, "one", program)
    with pytest.raises(NotVerified):
        database.write_now(approval(desk, database, "one", decision, unknown))
    context: Any = desk.context
    context.settings = context.settings.model_copy(update={"mode": "production"})
    with pytest.raises(NotVerified):
        database.write_now(approval(desk, database, "one", decision))
    with pytest.raises(NotVerified):
        submitted(desk, database, "two", program)


def test_who_was_erased_since_is_neither_approved_nor_issued(desk: Desk, database: Database) -> None:
    decision = submitted(desk, database, "one")
    owner = desk.sealed.personal.person("RLD-1")
    database.write_now(approval(desk, database, "one", decision))
    assert [row.row for row in approved(desk, database)] == [0, 1]
    database.write_now(desk.sealed.forget, owner)
    assert [row.row for row in approved(desk, database)] == [0]


def approved(desk: Desk, database: Database) -> Sequence[ClassRow]:
    """The rows of the list "one" that may be issued."""
    page = partial(approving.approved_page, desk=desk, class_id="one", slug="poipet", after=-1, limit=9)
    return database.read_now(page)[0]


def test_a_list_from_which_somebody_was_erased_is_not_approved(desk: Desk, database: Database) -> None:
    decision = submitted(desk, database, "one")
    database.write_now(desk.sealed.forget, desk.sealed.personal.person("RLD-1"))
    with pytest.raises(ConflictError, match="changed"):
        database.write_now(approval(desk, database, "one", decision))


def test_what_was_sent_back_is_sealed_and_decided_once(desk: Desk, database: Database) -> None:
    decision = replace(submitted(desk, database, "one"), reason="Row 1: SOK DARA.")
    sheet = database.read_now(desk.sealed.get_class, "one", "poipet")
    database.write_now(approving._send_back, desk, APPROVER, sheet, decision)
    kept = database.read_now(store.get_class, "one", "poipet")
    assert b"SOK DARA" not in kept.sent_back
    assert database.read_now(desk.sealed.get_class, "one", "poipet").sent_back == "Row 1: SOK DARA."
    with pytest.raises((ConflictError, AlreadyClosed)):
        database.write_now(approving._send_back, desk, APPROVER, sheet, decision)
