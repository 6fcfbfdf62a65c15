"""Stolen keys and what they had signed before. Every function takes an open transaction's connection."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from trust_registry.tables import digest_part, digest_set, issuer_key
from vc.encoding.timestamps import format_timestamp, parse_timestamp


@dataclass(frozen=True, kw_only=True, slots=True)
class DigestSet:
    """A published set; ``digests`` are those of its parts, as ``digestMultibase`` states them."""

    set_id: str
    signed_before: datetime
    prefix_bits: int
    digests: tuple[str, ...]


def set_compromised(connection: Connection, public_key_multibase: str, since: datetime) -> None:
    """Say since when a key is stolen; a set for another instant is in force no more."""
    stamp = format_timestamp(since)
    connection.execute(
        update(issuer_key)
        .where(issuer_key.c.public_key_multibase == public_key_multibase)
        .values(compromised_since=stamp)
    )
    connection.execute(
        delete(digest_set).where(
            digest_set.c.public_key_multibase == public_key_multibase, digest_set.c.signed_before != stamp
        )
    )


def put_digest_set(
    connection: Connection, public_key_multibase: str, new: DigestSet, bodies: Sequence[bytes]
) -> None:
    """Put a set in force with all its parts; one that is there already stays as it is."""
    known = select(digest_part.c.number).where(digest_part.c.set_id == new.set_id).limit(1)
    if connection.execute(known).first() is None:
        rows = [
            {"set_id": new.set_id, "number": number, "digest": digest, "body": body}
            for number, (digest, body) in enumerate(zip(new.digests, bodies, strict=True))
        ]
        connection.execute(insert(digest_part), rows)
    connection.execute(delete(digest_set).where(digest_set.c.public_key_multibase == public_key_multibase))
    connection.execute(
        insert(digest_set).values(
            public_key_multibase=public_key_multibase,
            set_id=new.set_id,
            signed_before=format_timestamp(new.signed_before),
            prefix_bits=new.prefix_bits,
        )
    )


def digest_sets(connection: Connection) -> Mapping[str, DigestSet]:
    """The sets in force by the key they are for."""
    parts: dict[str, list[str]] = {}
    query = select(digest_part.c.set_id, digest_part.c.digest)
    for row in connection.execute(query.order_by(digest_part.c.set_id, digest_part.c.number)):
        parts.setdefault(row.set_id, []).append(row.digest)
    return {
        row.public_key_multibase: DigestSet(
            set_id=row.set_id,
            signed_before=parse_timestamp(row.signed_before),
            prefix_bits=row.prefix_bits,
            digests=tuple(parts[row.set_id]),
        )
        for row in connection.execute(select(digest_set))
    }


def part_or_none(connection: Connection, set_id: str, number: int) -> bytes | None:
    """The exact bytes of one part."""
    query = select(digest_part.c.body).where(digest_part.c.set_id == set_id, digest_part.c.number == number)
    return connection.scalar(query)
