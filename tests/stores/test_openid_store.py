"""Offers, codes, tokens, nonces and proofs on each database: what is good once is good once."""

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Connection, Table, func, select

from issuer.openid4vci import fetched_store, grant_store, once_store, outcome_store, request_store
from issuer.openid4vci.grant_store import (
    GRANT_LIFETIME,
    MAX_COPIES,
    MAX_TRIES,
    Grant,
    NewOffer,
    NewToken,
    Refusal,
)
from issuer.openid4vci.granted import Granted, digest_of
from issuer.openid4vci.once_store import Spent
from issuer.openid4vci.outcome_store import CLAIM_LEASE, Claim, Deferred, Given
from issuer.openid4vci.request_store import PushedRequest, StoredCode
from issuer.openid4vci.tables import openid_token
from issuer.tables import metadata
from runtime.audit_tables import audit_entry
from runtime.database import Database
from runtime.settings import Settings
from tests.stores.race import race
from vc.errors import ConflictError
from vc.oid4vc.credential_request import Event
from vc.oid4vc.dcql import CredentialFormat

SERVICE = "issuer"
NOW = datetime(2026, 11, 27, 3, 0, tzinfo=UTC)
LATER = NOW + timedelta(minutes=10)
GRANT = Grant(
    grant_id="G1",
    person="blind index",
    certificates=(
        Granted(
            credential_id="urn:uuid:1", type_name="RPLCertificate", formats=(CredentialFormat.SD_JWT_VC,)
        ),
    ),
    client_id=None,
    created=NOW,
)
REQUEST = PushedRequest(
    digest="request",
    client_id="wallet-1",
    redirect_uri="https://wallet.example/cb",
    state=None,
    code_challenge="E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
    wanted=("RPLCertificate_sd_jwt",),
    by_details=False,
    thumbprint=None,
    expires=LATER,
)


def offer(tx_code: str | None = "right") -> NewOffer:
    return NewOffer(
        grant=GRANT, offer_digest="offer", code_digest="code", tx_code_digest=tx_code, expires=LATER
    )


def token(name: str) -> NewToken:
    return NewToken(
        digest=digest_of(name), thumbprint=None, configurations=None, expires=NOW + timedelta(minutes=5)
    )


def redeem(name: str, tx_code: str | None = "right", now: datetime = NOW) -> Any:
    return partial(
        grant_store.redeem_offer, code_digest="code", tx_code_digest=tx_code, token=token(name), now=now
    )


def tokens(database: Database) -> int:
    return database.read_now(_rows, openid_token)


def acts(database: Database) -> list[str]:
    query = select(audit_entry.c.act).order_by(audit_entry.c.seq)
    return database.read_now(lambda c: list(c.scalars(query)))


@pytest.fixture
def offered(database: Database) -> Database:
    database.write_now(grant_store.add_offer, offer(), actor="clerk", now=NOW)
    return database


def test_the_tables_are_those_of_the_migration(database: Database) -> None:
    from runtime.migrations import schema_differences

    mine = [text for text in database.read_now(schema_differences, metadata) if "openid_" in text]
    assert mine == []


def test_row_37_of_two_redemptions_at_once_exactly_one_gets_a_token(offered: Database) -> None:
    outcomes, refusals = race(offered, [redeem("a"), redeem("b")])
    assert refusals == []
    assert sorted(type(one).__name__ for one in outcomes) == ["Grant", "Refusal"]
    assert tokens(offered) == 1
    assert offered.write_now(redeem("c")) is Refusal.NOT_OPEN
    assert acts(offered) == ["offer.make", "offer.redeem"]


def test_row_38_fifty_wrong_codes_at_once_count_as_fifty_and_the_right_one_comes_too_late(
    offered: Database, settings: Settings
) -> None:
    many = Database.open(settings.model_copy(update={"database_threads": 50}), SERVICE)
    outcomes, refusals = race(many, [redeem(str(number), "wrong") for number in range(50)])
    many.close()
    assert refusals == []
    assert outcomes.count(Refusal.TX_CODE_WRONG) == MAX_TRIES
    assert outcomes.count(Refusal.NOT_OPEN) == 50 - MAX_TRIES
    # Another process finds the same.
    again = Database.open(settings, SERVICE)
    assert again.write_now(redeem("right")) is Refusal.NOT_OPEN
    again.close()
    assert tokens(offered) == 0
    assert acts(offered) == ["offer.make", "offer.lock"]


def test_row_38_the_counter_survives_a_restart(offered: Database, settings: Settings) -> None:
    for number in range(MAX_TRIES - 1):
        assert offered.write_now(redeem(str(number), "wrong")) is Refusal.TX_CODE_WRONG
    again = Database.open(settings, SERVICE)
    assert again.write_now(redeem("x", "wrong")) is Refusal.TX_CODE_WRONG
    assert again.write_now(redeem("x")) is Refusal.NOT_OPEN
    again.close()


def test_the_fifth_try_may_be_the_right_one(offered: Database) -> None:
    for number in range(MAX_TRIES - 1):
        offered.write_now(redeem(str(number), "wrong"))
    assert offered.write_now(redeem("x")) == GRANT


def test_a_code_that_is_missing_or_was_not_expected_uses_nothing_up(database: Database) -> None:
    database.write_now(grant_store.add_offer, offer(None), actor="clerk", now=NOW)
    assert database.write_now(redeem("a", "digits")) is Refusal.TX_CODE_UNEXPECTED
    assert database.write_now(redeem("a", None)) == GRANT


def test_digits_that_are_missing_are_asked_for(offered: Database) -> None:
    assert offered.write_now(redeem("a", None)) is Refusal.TX_CODE_MISSING
    assert offered.write_now(redeem("a")) == GRANT


def test_an_offer_ends_with_its_time(offered: Database) -> None:
    assert offered.read_now(grant_store.open_offer, "offer", NOW) == (GRANT, True)
    assert offered.read_now(grant_store.open_offer, "offer", LATER) is None
    assert offered.write_now(redeem("a", now=LATER)) is Refusal.NOT_OPEN


def test_a_token_asks_for_five_minutes_and_finishes_for_a_day(offered: Database) -> None:
    offered.write_now(redeem("a"))

    def access(after: timedelta) -> Any:
        return offered.read_now(grant_store.access_of, digest_of("a"), NOW + after)

    assert access(timedelta(minutes=4)).is_current
    assert not access(timedelta(minutes=5)).is_current
    assert access(GRANT_LIFETIME) is None
    assert offered.read_now(grant_store.access_of, digest_of("b"), NOW) is None


def agree(database: Database) -> None:
    database.write_now(request_store.push, REQUEST)
    grant = Grant(
        grant_id="G1",
        person="blind index",
        certificates=GRANT.certificates,
        client_id="wallet-1",
        created=NOW,
    )
    database.write_now(
        request_store.agree,
        REQUEST,
        grant,
        "code",
        actor="returnee",
        expires=NOW + timedelta(seconds=60),
        now=NOW,
    )


def redeem_code(name: str, client_id: str = "wallet-1", *, holds: bool = True, now: datetime = NOW) -> Any:
    def check(_: StoredCode) -> bool:
        return holds

    return partial(
        request_store.redeem_code,
        code_digest="code",
        client_id=client_id,
        holds=check,
        token=token(name),
        now=now,
    )


def test_a_request_is_answered_once(database: Database) -> None:
    agree(database)
    assert database.read_now(request_store.pushed, "request", "wallet-1", NOW) is None
    with pytest.raises(ConflictError):
        database.write_now(request_store.decline, REQUEST, actor="returnee", now=NOW)


def test_a_request_is_found_by_its_own_client_while_its_time_lasts(database: Database) -> None:
    database.write_now(request_store.push, REQUEST)
    assert database.read_now(request_store.pushed, "request", "wallet-1", NOW) == REQUEST
    assert database.read_now(request_store.pushed, "request", "wallet-2", NOW) is None
    assert database.read_now(request_store.pushed, "request", "wallet-1", LATER) is None


def test_of_two_uses_of_an_authorization_code_at_once_no_token_is_left_good(database: Database) -> None:
    """Both have the code, so one of them stole it (RFC 6749 section 4.1.2)."""
    agree(database)
    outcomes, refusals = race(database, [redeem_code("a"), redeem_code("b")])
    assert refusals == []
    assert len([one for one in outcomes if one is not None]) == 1
    for name in ("a", "b"):
        assert database.read_now(grant_store.access_of, digest_of(name), NOW) is None
    assert acts(database) == ["grant.agree", "grant.redeem", "grant.end"]


@pytest.mark.parametrize(
    "how",
    [
        {"client_id": "wallet-2"},
        {"holds": False},
        {"now": NOW + timedelta(seconds=60)},
    ],
    ids=["another client", "without the verifier", "too late"],
)
def test_a_code_in_other_hands_is_used_up(database: Database, how: dict[str, Any]) -> None:
    agree(database)
    assert database.write_now(redeem_code("a", **how)) is None
    assert database.write_now(redeem_code("b")) is None
    assert tokens(database) == 0


def spend(*names: str, copies: int = 1, now: datetime = NOW) -> Any:
    return partial(once_store.spend_nonces, grant_id="G1", digests=frozenset(names), copies=copies, now=now)


def test_row_40_of_two_uses_of_a_nonce_at_once_one_counts(offered: Database) -> None:
    offered.write_now(once_store.add_nonce, "n", LATER)
    outcomes, refusals = race(offered, [spend("n"), spend("n")])
    assert (sorted(outcomes), refusals) == ([Spent.STALE_NONCE, Spent.YES], [])
    assert offered.write_now(spend("n")) is Spent.STALE_NONCE


def test_every_nonce_of_a_request_must_be_good(offered: Database) -> None:
    offered.write_now(once_store.add_nonce, "n1", LATER)
    offered.write_now(once_store.add_nonce, "n2", NOW)
    assert offered.write_now(spend("n1", "n2")) is Spent.STALE_NONCE


def test_copies_are_counted_and_end(offered: Database) -> None:
    for number in range(3):
        offered.write_now(once_store.add_nonce, str(number), LATER)
    assert offered.write_now(spend("0", copies=MAX_COPIES - 1)) is Spent.YES
    assert offered.write_now(spend("1", copies=2)) is Spent.TOO_MANY
    assert offered.write_now(spend("2", copies=1)) is Spent.YES


def test_row_41_of_two_uses_of_a_proof_at_once_one_counts(database: Database) -> None:
    use = partial(once_store.use_proof, digest="p", expires=LATER)
    outcomes, refusals = race(database, [use, use, use])
    assert (sorted(outcomes), refusals) == ([False, False, True], [])


DEFERRED = Deferred(
    digest="t",
    grant_id="G1",
    credential_id="urn:uuid:1",
    format=CredentialFormat.SD_JWT_VC,
    keys=({"kty": "EC"},),
)


def claim(grant_id: str = "G1", now: datetime = NOW) -> Any:
    return partial(outcome_store.claim_deferred, digest="t", grant_id=grant_id, now=now)


def test_what_waits_is_taken_up_by_one_at_a_time(offered: Database) -> None:
    offered.write_now(outcome_store.defer, DEFERRED, now=NOW)
    outcomes, _ = race(offered, [claim(), claim()])
    assert sorted(map(str, outcomes)) == sorted(map(str, [DEFERRED, Claim.BUSY]))
    assert offered.write_now(claim("G2")) is Claim.UNKNOWN
    # Who took it up died.
    assert offered.write_now(claim(now=NOW + CLAIM_LEASE + timedelta(seconds=1))) == DEFERRED
    offered.write_now(outcome_store.release_deferred, "t")
    assert offered.write_now(claim()) == DEFERRED
    offered.write_now(outcome_store.finish_deferred, DEFERRED, now=NOW)
    assert offered.write_now(claim()) is Claim.UNKNOWN


def test_what_a_wallet_says_is_kept_once(offered: Database) -> None:
    given = Given(digest="n", grant_id="G1", credential_id="urn:uuid:1")
    offered.write_now(outcome_store.hand_over, given, 2, now=NOW)

    def say(event: Event, grant_id: str = "G1") -> bool:
        return offered.write_now(outcome_store.note_event, "n", grant_id, event, now=NOW)

    assert say(Event.ACCEPTED)
    assert say(Event.ACCEPTED)
    assert say(Event.DELETED)
    assert not say(Event.FAILURE, "G2")
    assert acts(offered) == ["offer.make", "copies.hand-over", "copies.accepted", "copies.deleted"]


def test_nothing_is_kept_longer_than_a_day(offered: Database) -> None:
    offered.write_now(redeem("a"))
    offered.write_now(outcome_store.defer, DEFERRED, now=NOW)
    offered.write_now(
        outcome_store.hand_over,
        Given(digest="n", grant_id="G1", credential_id="urn:uuid:1"),
        1,
        now=NOW,
    )
    offered.write_now(request_store.push, REQUEST)
    offered.write_now(once_store.add_nonce, "n", LATER)
    offered.write_now(once_store.use_proof, "p", LATER)
    sweep(offered, NOW + timedelta(hours=23))
    assert left(offered) == {"openid_grant": 1, "openid_offer": 1, "openid_token": 1} | {
        "openid_deferred": 1,
        "openid_notification": 1,
        "openid_fetched": 1,
    }
    sweep(offered, NOW + timedelta(hours=24, seconds=1))
    # What the holder's log does not say yet waits until it does.
    assert left(offered) == {"openid_fetched": 1}


def test_what_was_fetched_waits_until_it_is_told_and_goes_with_its_person(offered: Database) -> None:
    given = Given(digest="n", grant_id="G1", credential_id="urn:uuid:1")
    offered.write_now(outcome_store.hand_over, given, 2, now=NOW)
    (one,) = offered.read_now(fetched_store.due, NOW, limit=9)
    assert (one.credential_id, one.client_id, one.fetched_at, one.attempts) == ("urn:uuid:1", None, NOW, 0)
    offered.write_now(fetched_store.put_off, one.fetch_id, LATER)
    assert offered.read_now(fetched_store.due, NOW, limit=9) == ()
    (again,) = offered.read_now(fetched_store.due, LATER, limit=9)
    assert (again.fetch_id, again.attempts) == (one.fetch_id, 1)
    offered.write_now(fetched_store.forget_person, "somebody else")
    assert left(offered)["openid_fetched"] == 1
    offered.write_now(fetched_store.forget_person, GRANT.person)
    assert "openid_fetched" not in left(offered)
    offered.write_now(outcome_store.defer, DEFERRED, now=NOW)
    offered.write_now(outcome_store.finish_deferred, DEFERRED, now=NOW)
    (last,) = offered.read_now(fetched_store.due, NOW, limit=9)
    offered.write_now(fetched_store.drop, last.fetch_id)
    assert "openid_fetched" not in left(offered)


def test_what_was_granted_of_a_person_goes_with_the_person(offered: Database) -> None:
    offered.write_now(redeem("a"))
    offered.write_now(grant_store.forget_person, "somebody else")
    assert left(offered) != {}
    assert offered.read_now(grant_store.grants_of_person, "blind index") == (GRANT,)
    offered.write_now(grant_store.forget_person, "blind index")
    assert left(offered) == {}


def sweep(database: Database, now: datetime) -> None:
    database.write_now(grant_store.sweep_grants, now - timedelta(days=1))
    database.write_now(request_store.sweep_requests, now)
    database.write_now(once_store.sweep_once, now)


def _rows(connection: Connection, table: Table) -> int:
    return int(connection.scalar(select(func.count()).select_from(table)) or 0)


def left(database: Database) -> dict[str, int]:
    """How many rows there are in each of the tables that has any."""
    found = {
        name: database.read_now(_rows, table)
        for name, table in metadata.tables.items()
        if name.startswith("openid_")
    }
    return {name: count for name, count in found.items() if count}
