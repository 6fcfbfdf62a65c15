"""The tables of holders' PINs, phones and recoveries, and of who looked. See ``wallet_api.tables``."""

from sqlalchemy import Boolean, Column, Index, Integer, LargeBinary, String, Table

from runtime.approval_tables import add_approval_tables
from wallet_api.tables import metadata

add_approval_tables(metadata)
_INSTANT = String(20)

# Both slots look alike, used or not, and every change writes both: see ``wallet_api.pin_slots``.
holder_pin = Table(
    "holder_pin",
    metadata,
    Column("holder_index", String(64), primary_key=True),
    Column("salt", LargeBinary, nullable=False),
    Column("slot_a", LargeBinary, nullable=False),
    Column("slot_b", LargeBinary, nullable=False),
    # What the second PIN shows, sealed at one length.
    Column("chosen", LargeBinary, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("locks", Integer, nullable=False),
    Column("locked_until", _INSTANT),
    Column("changes", Integer, nullable=False),
    Column("changes_since", _INSTANT, nullable=False),
    Column("set_at", _INSTANT, nullable=False),
)

# ``phone_index`` is a keyed hash of the number; several people of one family may have the same.
holder_phone = Table(
    "holder_phone",
    metadata,
    Column("holder_index", String(64), primary_key=True),
    Column("phone_index", String(64), nullable=False, index=True),
    # The number and whose it is, for the code that goes there and the session that follows.
    Column("sealed", LargeBinary, nullable=False),
    Column("good_from", _INSTANT, nullable=False),
)

# A code on its way to a phone, whether or not anybody here has that phone; ``code_hash`` is keyed.
# ``pass_hash`` is of what the browser holds once the code came back, and until the PIN was right.
phone_code = Table(
    "phone_code",
    metadata,
    Column("phone_index", String(64), primary_key=True),
    Column("code_hash", String(64)),
    Column("tries", Integer, nullable=False),
    Column("sent_at", _INSTANT, nullable=False),
    Column("pass_hash", String(64)),
)

# Whose event it is lies inside the seal; ``day`` and no more precise time stands outside.
protection_event = Table(
    "protection_event",
    metadata,
    Column("event_id", String(64), primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
    Column("day", String(10), nullable=False),
    Column("seen_at", _INSTANT),
    Column("seen_by", String(200)),
)

access_entry = Table(
    "access_entry",
    metadata,
    Column("entry_id", String(64), primary_key=True),
    Column("holder_index", String(64), nullable=False),
    Column("at", _INSTANT, nullable=False, index=True),
    Column("sealed", LargeBinary, nullable=False),
    Index("access_entries_of_holder", "holder_index", "at"),
)

# An officer's help for one person. The second confirmation is a code (``code_right_at``) or another
# officer's approval of ``proposal_id``. What is due after it was done has its own moment each.
recovery = Table(
    "recovery",
    metadata,
    Column("recovery_id", String(64), primary_key=True),
    Column("holder_index", String(64), nullable=False, index=True),
    Column("person", LargeBinary, nullable=False),
    Column("officer", String(200), nullable=False),
    Column("reason", String(20), nullable=False),
    Column("compared", String(16)),
    Column("code_hash", String(64)),
    Column("code_tries", Integer, nullable=False),
    Column("code_right_at", _INSTANT),
    Column("proposal_id", Integer, unique=True),
    Column("begun_at", _INSTANT, nullable=False),
    Column("expires", _INSTANT, nullable=False),
    Column("done_at", _INSTANT),
    Column("sessions_ended", Boolean, nullable=False),
    Column("shares_ended", Boolean, nullable=False),
    Column("cards_ended", Boolean, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due_at", _INSTANT, index=True),
)
