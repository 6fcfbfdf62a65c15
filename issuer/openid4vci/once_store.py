"""What is good once: nonces, and DPoP proofs. Each function is part of one transaction."""

from collections.abc import Collection
from datetime import datetime
from enum import StrEnum

from sqlalchemy import delete, insert, select

from issuer.openid4vci.grant_store import Connection, count_copies
from issuer.openid4vci.tables import openid_nonce, openid_proof
from vc.encoding.timestamps import format_timestamp


class Spent(StrEnum):
    """What came of spending nonces for copies."""

    YES = "yes"
    STALE_NONCE = "stale_nonce"
    TOO_MANY = "too_many"


def add_nonce(connection: Connection, digest: str, expires: datetime) -> None:
    """Keep a nonce until it is spent."""
    connection.execute(insert(openid_nonce).values(nonce_digest=digest, expires=format_timestamp(expires)))


def spend_nonces(
    connection: Connection, grant_id: str, digests: Collection[str], copies: int, *, now: datetime
) -> Spent:
    """Use up nonces, each of which must be there still, and count the copies they are for."""
    fresh = delete(openid_nonce).where(
        openid_nonce.c.nonce_digest.in_(sorted(digests)), openid_nonce.c.expires > format_timestamp(now)
    )
    if connection.execute(fresh).rowcount != len(digests):
        return Spent.STALE_NONCE
    return Spent.YES if count_copies(connection, grant_id, copies) else Spent.TOO_MANY


def use_proof(connection: Connection, digest: str, expires: datetime) -> bool:
    """Use a DPoP proof; False where it was used before. The primary key decides between two at once."""
    # Looked for first, so that PostgreSQL sees two at once as a collision and runs one again.
    known = select(openid_proof.c.proof_digest).where(openid_proof.c.proof_digest == digest)
    if connection.execute(known).first() is not None:
        return False
    connection.execute(insert(openid_proof).values(proof_digest=digest, expires=format_timestamp(expires)))
    return True


def sweep_once(connection: Connection, now: datetime) -> None:
    """Delete what would be refused for its age by now."""
    connection.execute(delete(openid_nonce).where(openid_nonce.c.expires <= format_timestamp(now)))
    connection.execute(delete(openid_proof).where(openid_proof.c.expires <= format_timestamp(now)))
