"""What is to be told: once, to whoever holds it, and forgotten at its limit."""

from datetime import UTC, datetime, timedelta

import pytest

from runtime.service import ServiceContext
from vc.errors import MalformedValue
from wallet_api import notice_store, store
from wallet_api.contacts import normal_address
from wallet_api.messages import Channel
from wallet_api.notice_store import NoticeState
from wallet_api.store import SealedCredential

NOW = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
HELD = "urn:uuid:held"
LONG_AGO = "2026-01-01T00:00:00.000000+00:00"


def change(credential_id: str = HELD, status: str = "revoked", at: datetime = NOW) -> dict[str, str]:
    return {"credential_id": credential_id, "status": status, "at": at.isoformat(timespec="microseconds")}


def take(context: ServiceContext, *changes: dict[str, str], seen: int = 1, since: str = LONG_AGO) -> int:
    return context.database.write_now(notice_store.take_changes, changes, seen, since=since, now=NOW)


@pytest.fixture
def context(context: ServiceContext) -> ServiceContext:
    held = SealedCredential(
        id=HELD, holder_index="h" * 64, credential=b"sealed", delivery=b"sealed", received_at=NOW
    )
    context.database.write_now(store.insert_credential, held)
    return context


def test_a_change_is_news_once_and_only_for_who_holds_it(context: ServiceContext) -> None:
    assert take(context, change(), change("urn:uuid:nobody's")) == 1
    assert take(context, change(), seen=2) == 0
    assert take(context, change(status="superseded")) == 1
    assert context.database.read_now(notice_store.position) == 1
    (first, second) = context.database.read_now(notice_store.due, now=NOW)
    assert {first.status, second.status} == {"revoked", "superseded"}


def test_what_happened_before_the_limit_is_no_news(context: ServiceContext) -> None:
    assert take(context, change(at=NOW - timedelta(days=2)), since=NOW.isoformat()) == 0


def test_what_was_read_is_neither_sent_nor_printed_nor_handed_over(context: ServiceContext) -> None:
    take(context, change())
    (notice,) = context.database.read_now(notice_store.due, now=NOW)
    context.database.write_now(notice_store.read, HELD, "h" * 64, now=NOW)
    assert context.database.read_now(notice_store.due, now=NOW) == ()
    for state in (NoticeState.SENT, NoticeState.PRINT, NoticeState.HANDED):
        assert context.database.write_now(notice_store.settle, [notice.notice_id], state, now=NOW) == 0
    assert context.database.read_now(notice_store.to_print, after="", limit=9) == ()


def test_another_holder_reads_nothing_away(context: ServiceContext) -> None:
    take(context, change())
    context.database.write_now(notice_store.read, HELD, "x" * 64, now=NOW)
    assert len(context.database.read_now(notice_store.due, now=NOW)) == 1


@pytest.mark.parametrize("state", list(NoticeState))
def test_what_is_settled_is_forgotten_and_what_waits_is_not(
    context: ServiceContext, state: NoticeState
) -> None:
    take(context, change())
    (notice,) = context.database.read_now(notice_store.due, now=NOW)
    context.database.write_now(notice_store.settle, [notice.notice_id], state, now=NOW)
    context.database.write_now(notice_store.forget_settled, before=NOW)
    assert take(context, change()) == 0, "not before its limit"
    context.database.write_now(notice_store.forget_settled, before=NOW + timedelta(seconds=1))
    waits = state in (NoticeState.DUE, NoticeState.PRINT)
    assert take(context, change()) == (0 if waits else 1)


@pytest.mark.parametrize(
    ("channel", "typed", "kept"),
    [
        (Channel.SMS, "012 345 678", "+85512345678"),
        (Channel.SMS, "០១២ ៣៤៥ ៦៧៨", "+85512345678"),
        (Channel.SMS, "+66 81-234-5678", "+66812345678"),
        (Channel.TELEGRAM, " 47114711 ", "47114711"),
        (Channel.EMAIL, "a.b@post.example", "a.b@post.example"),
    ],
)
def test_an_address_is_kept_as_the_gateway_takes_it(channel: Channel, typed: str, kept: str) -> None:
    assert normal_address(channel, typed) == kept


@pytest.mark.parametrize("typed", ["012", "+0123456789", "12345678", "+855abc12345", "+855" + "1" * 20])
def test_what_is_no_phone_is_refused(typed: str) -> None:
    with pytest.raises(MalformedValue):
        normal_address(Channel.SMS, typed)
