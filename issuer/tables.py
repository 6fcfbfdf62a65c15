"""The issuer's tables; what the states of an intent mean is said in ``issuer.store``.

Every ``LargeBinary`` is sealed (``issuer.sealed``) but ``proof_config``, which names nobody, and ``digest``.
``person`` and ``award_key`` are blind indexes. ``data_class`` names the owner's key that seals a row.
"""

from sqlalchemy import (
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    false,
    text,
)

from runtime.approval_tables import add_approval_tables
from runtime.audit_tables import add_audit_tables
from runtime.personal_data_table import GENERAL, person_key_table

metadata = MetaData()
add_audit_tables(metadata)
add_approval_tables(metadata)
person_key = person_key_table(metadata)

centre = Table(
    "centre",
    metadata,
    Column("slug", String(64), primary_key=True),
    Column("did", String(255), nullable=False, unique=True),
    Column("name_en", Text, nullable=False),
    Column("name_km", Text, nullable=False),
    Column("place", Text, nullable=False),
    Column("number_prefix", String(8), nullable=False, unique=True),
    Column("next_number", Integer, nullable=False),
)

centre_key = Table(
    "centre_key",
    metadata,
    Column("key_id", String(80), primary_key=True),
    Column("centre_slug", String(64), nullable=False, index=True),
    Column("public_key_multibase", String(80), nullable=False),
    Column("valid_from", String(32), nullable=False),
    Column("valid_until", String(32)),
    # What it signs (``issuer.key_use``).
    Column("use", String(16), nullable=False, server_default="documents"),
)

class_list = Table(
    "class_list",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("centre_slug", String(64), nullable=False, index=True),
    Column("kind", String(16), nullable=False),
    Column("data_class", String(16), nullable=False, server_default=GENERAL),
    Column("filename", LargeBinary, nullable=False),
    Column("original", LargeBinary, nullable=False),
    Column("uploaded_by", String(64), nullable=False),
    Column("uploaded_at", String(32), nullable=False),
    Column("state", String(16), nullable=False),
    Column("row_count", Integer, nullable=False),
    Column("problems", LargeBinary, nullable=False),
    Column("not_passed", Integer, nullable=False),
    # Which attempt at issuing this is, and whether it met what does not pass by itself.
    Column("run", Integer, nullable=False, server_default="1"),
    Column("has_failed", Boolean, nullable=False, server_default=false()),
    # The proposal before a second person, or the last one that was; why that person sent the list back.
    Column("proposal", Integer),
    Column("sent_back", LargeBinary),
    Column("approved_on", String(10)),
    # A timestamp before which nothing of an approved list is signed; null where it was not put off.
    Column("issue_at", String(32)),
    # The intent of what a list of one row corrects; the last proposal to take back some of the list.
    Column("corrects", String(60)),
    Column("take_back", Integer),
    # Why the RLD gave no answer (``issuer.rld.port.Trouble``), while the list waits for it.
    Column("trouble", String(16)),
    Index("ix_class_list_approved_on", "centre_slug", "approved_on"),
)

# Processes that issue, by the name the job engine knows them under.
worker = Table(
    "worker",
    metadata,
    Column("executor_id", String(120), primary_key=True),
    Column("seen_at", String(32), nullable=False),
)

class_row = Table(
    "class_row",
    metadata,
    Column("class_id", String(40), primary_key=True),
    Column("row", Integer, primary_key=True),
    Column("person", String(64), nullable=False, index=True),
    Column("data_class", String(16), nullable=False, server_default=GENERAL),
    Column("title", Text, nullable=False),
    Column("award_key", String(64), nullable=False),
    Column("certificate_number", String(60)),
    Column("dataset", LargeBinary, nullable=False),
)

issuance = Table(
    "issuance",
    metadata,
    Column("intent_id", String(60), primary_key=True),
    Column("class_id", String(40), nullable=False),
    Column("row", Integer, nullable=False),
    Column("centre_slug", String(64), nullable=False),
    Column("credential_id", String(60), nullable=False, unique=True),
    Column("award_key", String(64), nullable=False),
    Column("certificate_number", String(60), nullable=False),
    Column("token", String(40), nullable=False, unique=True),
    Column("code", String(20), nullable=False, unique=True),
    Column("person", String(64), nullable=False, index=True),
    Column("data_class", String(16), nullable=False, server_default=GENERAL),
    Column("dataset", LargeBinary, nullable=False),
    Column("cryptosuite", String(40), nullable=False),
    Column("key_id", String(80), nullable=False),
    Column("created", String(32), nullable=False),
    Column("state", String(16), nullable=False, index=True),
    Column("document", LargeBinary),
    Column("proof_config", LargeBinary),
    Column("signing_since", String(32)),
    Column("secured", LargeBinary),
    # What a stolen key's signatures are told apart by (``vc.trust.digests``).
    Column("digest", LargeBinary),
    Column("issued_at", String(32)),
    Column("delivered_at", String(32)),
    # How its centre ended it (``issuer.ending_store``), with what list of one row, since when; when the
    # registry has acknowledged that, and the wallet.
    Column("ended", String(16)),
    Column("replaced_by", String(40), index=True),
    Column("ended_at", String(32)),
    Column("settled_at", String(32)),
    Column("told_at", String(32)),
    # When the registry ended it for somebody else than its centre.
    Column("revoked_at", String(32)),
    # Which of the national counts it is in: null (none yet), issued, or gone.
    Column("tallied", String(8)),
)

# By what a person is found without a number (``issuer.identity_link.terms``); both are blind indexes.
person_term = Table(
    "person_term",
    metadata,
    Column("term", String(64), primary_key=True),
    Column("person", String(64), primary_key=True, index=True),
)

# The next chunk of a long list is found without reading what is done.
Index("ix_issuance_class_state", issuance.c.class_id, issuance.c.state, issuance.c.row)
# What a centre issued is looked through, the newest first.
_UNTALLIED = (issuance.c.state == "issued") & issuance.c.tallied.is_(None)
_GONE = (issuance.c.tallied == "issued") & (
    issuance.c.ended.is_not(None) | issuance.c.revoked_at.is_not(None)
)
Index("ix_issuance_untallied", issuance.c.intent_id, sqlite_where=_UNTALLIED, postgresql_where=_UNTALLIED)
Index("ix_issuance_gone", issuance.c.intent_id, sqlite_where=_GONE, postgresql_where=_GONE)

# Blind indexes both: no photo is kept, only that two are the same.
photo_seen = Table(
    "photo_seen",
    metadata,
    Column("person", String(64), primary_key=True),
    Column("photo", String(64), primary_key=True, index=True),
    Column("seen_at", String(32), nullable=False),
)

# How many certificates there are of each sort; nobody is named, and it outlives an erasure.
tally = Table(
    "tally",
    metadata,
    Column("kind", String(16), primary_key=True),
    Column("province_code", String(8), primary_key=True),
    Column("sex", String(1), primary_key=True),
    Column("programme", String(16), primary_key=True),
    Column("until_month", String(7), primary_key=True),
    Column("issued", Integer, nullable=False),
    Column("revoked", Integer, nullable=False),
    Column("ended", Integer, nullable=False),
)

Index("ix_issuance_centre_issued", issuance.c.centre_slug, issuance.c.issued_at, issuance.c.intent_id)
# A number alone is asked for too, which the index below cannot answer.
Index("ix_issuance_certificate_number", issuance.c.certificate_number, issuance.c.centre_slug)
# A passport card of one credential, or of two of one person; the states are those of ``issuer.card_store``.
card = Table(
    "card",
    metadata,
    Column("card_id", String(60), primary_key=True),
    Column("intent_id", String(60), nullable=False),
    Column("second_intent_id", String(60)),
    Column("class_id", String(40), nullable=False, index=True),
    Column("row", Integer, nullable=False),
    Column("centre_slug", String(64), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("person", String(64), nullable=False, index=True),
    Column("key_id", String(80), nullable=False),
    Column("created", String(32), nullable=False),
    Column("state", String(16), nullable=False, index=True),
    Column("replaces", String(60)),
    Column("payload", LargeBinary),
    Column("signing_since", String(32)),
    Column("text", LargeBinary),
    Column("digest", LargeBinary),
    Column("issued_at", String(32)),
)

_STANDING_CARD = text("state IN ('reserved', 'intended', 'signing', 'abandoned', 'issued', 'refused')")
Index(
    "one_standing_card",
    card.c.intent_id,
    card.c.kind,
    unique=True,
    sqlite_where=_STANDING_CARD,
    postgresql_where=_STANDING_CARD,
)

# A copy of a certificate that is bound to a key of its holder; the states are those of ``issuer.copy_store``.
# ``holder_key`` is a blind index. The signed text is not kept, and ``payload`` until it is signed only.
bound_copy = Table(
    "bound_copy",
    metadata,
    Column("copy_id", String(60), primary_key=True),
    Column("intent_id", String(60), nullable=False),
    Column("centre_slug", String(64), nullable=False),
    Column("person", String(64), nullable=False, index=True),
    Column("data_class", String(16), nullable=False),
    Column("format", String(16), nullable=False),
    Column("securing", String(40), nullable=False),
    Column("holder_key", String(64), nullable=False),
    Column("key_id", String(80), nullable=False, index=True),
    Column("created", String(32), nullable=False),
    Column("begun_at", String(32), nullable=False),
    Column("state", String(16), nullable=False, index=True),
    Column("payload", LargeBinary),
    Column("digest", LargeBinary),
    Column("issued_at", String(32)),
)

# No personal data: what is said of a certificate is read from the certificate when it is told.
rld_notice = Table(
    "rld_notice",
    metadata,
    Column("notice_id", String(80), primary_key=True),
    Column("intent_id", String(60), nullable=False, index=True),
    Column("centre_slug", String(64), nullable=False, index=True),
    Column("status", String(16), nullable=False),
    Column("happened_at", String(32), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due_at", String(32), nullable=False, index=True),
    Column("trouble", String(16)),
    Column("told_at", String(32)),
)

# Who is meant by a row without number, as far as it is open or a clerk has chosen. ``candidates`` and
# ``chosen`` are sealed with the sheet.
link_choice = Table(
    "link_choice",
    metadata,
    Column("class_id", String(40), primary_key=True),
    Column("row", Integer, primary_key=True),
    Column("candidates", LargeBinary, nullable=False),
    Column("chosen", LargeBinary),
    Column("decided_by", String(64)),
    Column("decided_at", String(32)),
)

# What happened to a record of the RLD, for each centre it touches. ``person`` is a blind index.
rld_case = Table(
    "rld_case",
    metadata,
    Column("case_id", String(160), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("centre_slug", String(64), nullable=False, index=True),
    Column("person", String(64), nullable=False, index=True),
    Column("happened_at", String(32), nullable=False),
    Column("opened_at", String(32), nullable=False),
    Column("decision", String(16)),
    Column("decided_by", String(64)),
    Column("decided_at", String(32)),
)

# Of whom nothing is issued or delivered before a person has decided.
rld_hold = Table(
    "rld_hold",
    metadata,
    Column("person", String(64), primary_key=True),
    Column("since", String(32), nullable=False),
)

# What a holder says is wrong on a certificate; ``note`` and ``answer`` are sealed under the person's key.
report = Table(
    "report",
    metadata,
    Column("report_id", String(40), primary_key=True),
    Column("intent_id", String(60), nullable=False),
    Column("centre_slug", String(64), nullable=False, index=True),
    Column("person", String(64), nullable=False, index=True),
    Column("data_class", String(16), nullable=False),
    Column("wrong", String(20), nullable=False),
    Column("note", LargeBinary, nullable=False),
    Column("reported_at", String(32), nullable=False),
    Column("state", String(16), nullable=False),
    Column("answer", LargeBinary),
    Column("decided_by", String(64)),
    Column("decided_at", String(32)),
)

_OPEN_REPORT = text("state = 'open'")
Index(
    "one_open_report",
    report.c.intent_id,
    unique=True,
    sqlite_where=_OPEN_REPORT,
    postgresql_where=_OPEN_REPORT,
)

# The register of a deployment without an RLD. ``person`` and ``born`` are blind indexes.
register_person = Table(
    "register_person",
    metadata,
    Column("person", String(64), primary_key=True),
    Column("born", String(64), nullable=False, index=True),
    Column("record", LargeBinary, nullable=False),
)

register_event = Table(
    "register_event",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("event_id", String(80), nullable=False, unique=True),
    Column("kind", String(16), nullable=False),
    Column("person", String(64), nullable=False, index=True),
    Column("at", String(32), nullable=False),
    Column("body", LargeBinary, nullable=False),
)

feed_position = Table(
    "feed_position",
    metadata,
    Column("feed", String(16), primary_key=True),
    Column("position", String(80), nullable=False),
)

_STANDING = text("state != 'retired' AND ended IS NULL")
for _columns in (
    (issuance.c.award_key,),
    (issuance.c.centre_slug, issuance.c.certificate_number),
    (issuance.c.class_id, issuance.c.row),
):
    Index(
        f"one_standing_{_columns[-1].name}",
        *_columns,
        unique=True,
        sqlite_where=_STANDING,
        postgresql_where=_STANDING,
    )
