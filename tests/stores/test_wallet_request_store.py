"""Requests to wallets on each database: one response each, sealed, and gone when their time is over."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import select, update

from runtime.database import Database
from runtime.keyring import Keyring
from runtime.personal_data import PersonalData, SealBroken
from runtime.settings import Settings
from tests.stores.race import race
from verifier import oid4vp_store as store
from verifier.oid4vp_sealing import SealedRequests
from verifier.oid4vp_store import Connection, Flow, Status, StoredRequest
from verifier.tables import person_key, wallet_request

SERVICE = "verifier"
NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
REQUEST = StoredRequest(
    id="R1",
    session="digest of a session",
    owner=None,
    licence_number=None,
    flow=Flow.SAME_DEVICE,
    status=Status.WAITING,
    client_id="redirect_uri:https://verifier.example/verify/response/R1",
    response_mode="direct_post.jwt",
    nonce="nonce",
    state="state",
    query={"credentials": []},
    purpose=b"for Sok Dara",
    response_key=b"\x07" * 32,
    created=NOW,
    expires=NOW + timedelta(minutes=10),
)


@pytest.fixture
def sealed(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> SealedRequests:
    monkeypatch.setattr("runtime.keyring._SCRYPT", {"n": 1 << 14, "r": 8, "p": 1})
    return SealedRequests(PersonalData.open(settings, Keyring.open(settings, SERVICE)))


def finish(database: Database, sealed: SealedRequests, result: bytes | None = b"verdicts") -> None:
    database.write_now(
        sealed.finish,
        "R1",
        Status.ANSWERED,
        result=result,
        response_code="digest of a code",
        expires=NOW + timedelta(minutes=15),
    )


def test_a_request_is_read_back_while_its_time_lasts(database: Database, sealed: SealedRequests) -> None:
    database.write_now(sealed.insert, REQUEST)
    assert database.read_now(sealed.get, "R1", NOW) == REQUEST
    assert database.read_now(sealed.get, "R1", REQUEST.expires - timedelta(seconds=1)) == REQUEST
    assert database.read_now(sealed.get, "R1", REQUEST.expires) is None
    assert database.read_now(sealed.get, "R2", NOW) is None


def test_of_responses_at_the_same_moment_one_is_taken(database: Database, sealed: SealedRequests) -> None:
    database.write_now(sealed.insert, REQUEST)
    taken, refused = race(database, [partial(_take, request_id="R1") for _ in range(4)])
    assert (sorted(taken), refused) == ([False, False, False, True], [])
    after = database.read_now(sealed.get, "R1", NOW)
    assert after == replace(REQUEST, status=Status.JUDGING, response_key=None)


def _take(connection: Connection, *, request_id: str) -> bool:
    return store.take(connection, request_id, NOW)


def test_no_response_is_taken_too_late(database: Database, sealed: SealedRequests) -> None:
    database.write_now(sealed.insert, REQUEST)
    assert not database.write_now(store.take, "R1", REQUEST.expires)
    assert database.write_now(store.take, "R1", NOW)


def test_only_what_was_taken_is_finished(database: Database, sealed: SealedRequests) -> None:
    database.write_now(sealed.insert, REQUEST)
    finish(database, sealed)
    assert database.read_now(sealed.get, "R1", NOW) == REQUEST
    database.write_now(store.take, "R1", NOW)
    finish(database, sealed)
    after = database.read_now(sealed.get, "R1", NOW + timedelta(minutes=14))
    assert after is not None
    assert (after.status, after.result) == (Status.ANSWERED, b"verdicts")
    finish(database, sealed, b"other verdicts")
    assert database.read_now(sealed.get, "R1", NOW) == after


def test_what_is_discarded_cannot_be_read_any_more(database: Database, sealed: SealedRequests) -> None:
    database.write_now(sealed.insert, REQUEST)
    database.write_now(store.take, "R1", NOW)
    finish(database, sealed)
    database.write_now(store.discard, "R1")
    after = database.read_now(sealed.get, "R1", NOW)
    assert after is not None
    assert (after.status, after.result, after.response_code) == (Status.REFUSED, None, None)


def test_what_is_said_of_people_is_sealed_in_its_place(database: Database, sealed: SealedRequests) -> None:
    database.write_now(sealed.insert, REQUEST)
    database.write_now(store.take, "R1", NOW)
    finish(database, sealed)
    row = database.read_now(lambda connection: connection.execute(select(wallet_request)).one())
    for value in (b"Sok Dara", b"verdicts", b"\x07" * 32):
        assert value not in row.purpose + row.result
    moved = update(wallet_request).values(purpose=row.result)
    database.write_now(lambda connection: connection.execute(moved).rowcount)
    with pytest.raises(SealBroken):
        database.read_now(sealed.get, "R1", NOW)


def test_what_is_over_goes_with_its_data_key(database: Database, sealed: SealedRequests) -> None:
    database.write_now(sealed.insert, REQUEST)
    database.write_now(sealed.insert, replace(REQUEST, id="R2", expires=NOW + timedelta(minutes=20)))
    assert database.read_now(everything) == (2, 2)
    database.write_now(sealed.forget_over, REQUEST.expires - timedelta(seconds=1))
    assert database.read_now(everything) == (2, 2)
    database.write_now(sealed.forget_over, REQUEST.expires)
    assert database.read_now(everything) == (1, 1)
    assert database.read_now(sealed.get, "R2", NOW) is not None


def everything(connection: Connection) -> tuple[int, int]:
    return (
        len(connection.execute(select(wallet_request)).all()),
        len(connection.execute(select(person_key)).all()),
    )
