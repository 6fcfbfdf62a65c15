"""What is once about offers and requests of others: kept by the database, whoever is at the same moment."""

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from runtime.database import Database
from tests.stores.race import race
from tests.stores.test_share_store import at_once
from wallet_api.open_wallet import asked_store, received_store
from wallet_api.open_wallet.asked_store import AskedState, SealedRequest
from wallet_api.open_wallet.received_store import (
    IntakeState,
    SealedAwaited,
    SealedDocument,
    SealedIntake,
    SealedReceivedCopy,
)

SERVICE = "wallet_api"
NOW = datetime(2026, 11, 27, 3, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def request(request_id: str = "R1", **changes: Any) -> SealedRequest:
    fields: dict[str, Any] = {
        "request_id": request_id,
        "holder_index": "holder",
        "request_index": "who and nonce",
        "state": AskedState.OPEN,
        "sealed": b"sealed",
        "receipt": None,
        "expires_at": NOW + HOUR,
    }
    return SealedRequest(**(fields | changes))


def document(copies: int = 1) -> tuple[SealedDocument, list[SealedReceivedCopy]]:
    found = SealedDocument(document_id="D1", holder_index="holder", description=b"d", received_at=NOW)
    texts = [
        SealedReceivedCopy(
            copy_id=f"C{number}", document_id="D1", holder_index="holder", text=b"t", holder_key=b"k"
        )
        for number in range(copies)
    ]
    return found, texts


def test_the_same_request_opened_at_one_moment_is_there_once(database: Database) -> None:
    kept, refused = race(
        database, [partial(asked_store.insert_request, one=request(f"R{number}")) for number in range(4)]
    )
    assert refused == []
    assert len({one.request_id for one in kept if one is not None}) == 1
    after = database.write_now(asked_store.insert_request, request("R9"))
    assert after is not None
    assert after.request_id in {one.request_id for one in kept if one is not None}


def test_of_parallel_answers_one_is_given(database: Database) -> None:
    database.write_now(asked_store.insert_request, request())
    settle = partial(database.write_now, asked_store.settle, "R1", AskedState.ANSWERED, b"receipt", NOW)
    assert sum(at_once(settle)) == 1
    again = database.write_now(asked_store.insert_request, request("R2"))
    assert again is not None
    assert (again.request_id, again.state, again.sealed) == ("R1", AskedState.ANSWERED, None)


def test_a_request_whose_time_is_over_is_not_answered(database: Database) -> None:
    database.write_now(asked_store.insert_request, request())
    assert not database.write_now(asked_store.settle, "R1", AskedState.ANSWERED, b"r", NOW + HOUR)


def test_answers_stay_until_their_limit_and_what_was_not_answered_until_its_end(database: Database) -> None:
    database.write_now(asked_store.insert_request, request())
    database.write_now(asked_store.insert_request, request("R2", request_index="another"))
    database.write_now(asked_store.settle, "R1", AskedState.ANSWERED, b"r", NOW)
    database.write_now(
        lambda connection: asked_store.forget_over(connection, NOW + HOUR, answered_before=NOW)
    )
    assert database.read_now(asked_store.request_or_none, "R2", "holder") is None
    assert len(database.read_now(asked_store.answered_of, "holder")) == 1
    later = NOW + timedelta(seconds=1)
    database.write_now(lambda connection: asked_store.forget_over(connection, later, answered_before=later))
    assert database.read_now(asked_store.answered_of, "holder") == ()


def test_of_parallel_takings_one_redeems_an_offer(database: Database) -> None:
    one = SealedIntake(
        intake_id="I1", holder_index="holder", state=IntakeState.OPEN, sealed=b"s", expires_at=NOW + HOUR
    )
    database.write_now(received_store.insert_intake, one)
    take = partial(database.write_now, received_store.move_intake, "I1", IntakeState.OPEN, IntakeState.TAKING)
    assert sum(at_once(take)) == 1
    assert database.read_now(received_store.intake_or_none, "I1", "other", NOW) is None
    assert database.read_now(received_store.intake_or_none, "I1", "holder", NOW + HOUR) is None


def test_what_is_due_is_asked_for_by_one(database: Database) -> None:
    one = SealedAwaited(
        awaited_id="A1", holder_index="holder", sealed=b"s", due_at=NOW, expires_at=NOW + HOUR
    )
    database.write_now(received_store.insert_awaited, one)

    def claim() -> bool:
        return bool(
            database.write_now(
                lambda connection: received_store.claim_due(connection, NOW, until=NOW + HOUR, limit=9)
            )
        )

    assert sum(at_once(claim)) == 1


@pytest.mark.parametrize("copies", [1, 3])
def test_each_text_is_used_before_one_comes_again(database: Database, copies: int) -> None:
    found, texts = document(copies)
    database.write_now(received_store.insert_document, found, texts)
    used = []
    for _ in range(copies):
        least = database.read_now(received_store.copies_of, "holder", "D1")[0]
        assert database.write_now(received_store.use_copy, least)
        used.append(least.copy_id)
    assert sorted(used) == sorted(one.copy_id for one in texts)
    stale = database.read_now(received_store.copies_of, "holder", "D1")[0]
    assert sum(at_once(lambda: database.write_now(received_store.use_copy, stale))) == 1


def test_what_a_holder_has_goes_with_them_and_by_nobody_elses_word(database: Database) -> None:
    database.write_now(received_store.insert_document, *document(2))
    assert not database.write_now(received_store.forget_document, "other", "D1")
    database.write_now(received_store.forget_copies, "holder")
    assert database.read_now(received_store.copies_of, "holder", "D1") == ()
    assert len(database.read_now(received_store.documents_of, "holder")) == 1
    database.write_now(received_store.forget_holder, "holder")
    assert database.read_now(received_store.documents_of, "holder") == ()
