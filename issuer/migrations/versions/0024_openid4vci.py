"""Offers, codes, tokens and nonces of OpenID4VCI."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    _rights()
    _requests()
    _good_once()
    _outcomes()


def _rights() -> None:
    op.create_table(
        "openid_grant",
        sa.Column("grant_id", sa.String(40), primary_key=True),
        sa.Column("person", sa.String(64), nullable=False),
        sa.Column("certificates", sa.JSON, nullable=False),
        sa.Column("client_id", sa.Text),
        sa.Column("copies", sa.Integer, nullable=False),
        sa.Column("created", sa.String(32), nullable=False),
        sa.Column("ended", sa.String(32)),
    )
    for column in ("person", "created"):
        op.create_index(f"ix_openid_grant_{column}", "openid_grant", [column])
    op.create_table(
        "openid_offer",
        sa.Column("offer_digest", sa.String(64), primary_key=True),
        sa.Column("code_digest", sa.String(64), nullable=False, unique=True),
        sa.Column("tx_code_digest", sa.String(64)),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("grant_id", sa.String(40), nullable=False),
        sa.Column("expires", sa.String(32), nullable=False),
    )
    op.create_index("ix_openid_offer_grant_id", "openid_offer", ["grant_id"])
    op.create_table(
        "openid_token",
        sa.Column("token_digest", sa.String(64), primary_key=True),
        sa.Column("grant_id", sa.String(40), nullable=False),
        sa.Column("thumbprint", sa.String(43)),
        sa.Column("configurations", sa.JSON),
        sa.Column("expires", sa.String(32), nullable=False),
    )
    op.create_index("ix_openid_token_grant_id", "openid_token", ["grant_id"])


def _requests() -> None:
    op.create_table(
        "openid_request",
        sa.Column("request_digest", sa.String(64), primary_key=True),
        sa.Column("client_id", sa.Text, nullable=False),
        sa.Column("redirect_uri", sa.Text, nullable=False),
        sa.Column("state", sa.Text),
        sa.Column("code_challenge", sa.String(43), nullable=False),
        sa.Column("wanted", sa.JSON, nullable=False),
        sa.Column("by_details", sa.Boolean, nullable=False),
        sa.Column("thumbprint", sa.String(43)),
        sa.Column("answered", sa.Boolean, nullable=False),
        sa.Column("expires", sa.String(32), nullable=False),
    )
    op.create_index("ix_openid_request_expires", "openid_request", ["expires"])
    op.create_table(
        "openid_code",
        sa.Column("code_digest", sa.String(64), primary_key=True),
        sa.Column("grant_id", sa.String(40), nullable=False),
        sa.Column("redirect_uri", sa.Text, nullable=False),
        sa.Column("code_challenge", sa.String(43), nullable=False),
        sa.Column("by_details", sa.Boolean, nullable=False),
        sa.Column("thumbprint", sa.String(43)),
        sa.Column("used", sa.Boolean, nullable=False),
        sa.Column("expires", sa.String(32), nullable=False),
    )
    op.create_index("ix_openid_code_grant_id", "openid_code", ["grant_id"])


def _good_once() -> None:
    for table, column in (("openid_nonce", "nonce_digest"), ("openid_proof", "proof_digest")):
        op.create_table(
            table,
            sa.Column(column, sa.String(64), primary_key=True),
            sa.Column("expires", sa.String(32), nullable=False),
        )
        op.create_index(f"ix_{table}_expires", table, ["expires"])


def _outcomes() -> None:
    op.create_table(
        "openid_deferred",
        sa.Column("transaction_digest", sa.String(64), primary_key=True),
        sa.Column("grant_id", sa.String(40), nullable=False),
        sa.Column("credential_id", sa.String(60), nullable=False),
        sa.Column("format", sa.String(16), nullable=False),
        sa.Column("keys", sa.JSON, nullable=False),
        sa.Column("claimed_at", sa.String(32)),
    )
    op.create_index("ix_openid_deferred_grant_id", "openid_deferred", ["grant_id"])
    op.create_table(
        "openid_notification",
        sa.Column("notification_digest", sa.String(64), primary_key=True),
        sa.Column("grant_id", sa.String(40), nullable=False),
        sa.Column("credential_id", sa.String(60), nullable=False),
        sa.Column("event", sa.String(32)),
    )
    op.create_index("ix_openid_notification_grant_id", "openid_notification", ["grant_id"])
