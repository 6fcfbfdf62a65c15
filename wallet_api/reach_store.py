"""Who has a phone, or another way to be told; part of one transaction."""

from collections.abc import Sequence

from sqlalchemy import select, union

from wallet_api.pin_tables import holder_phone
from wallet_api.store import Connection
from wallet_api.tables import contact


def reachable(connection: Connection, holders: Sequence[str]) -> frozenset[str]:
    """Those of these holders who confirmed where to tell them, or whose phone opens their passport."""
    told = select(contact.c.holder_index).where(
        contact.c.holder_index.in_(holders), contact.c.confirmed_at.is_not(None)
    )
    phones = select(holder_phone.c.holder_index).where(holder_phone.c.holder_index.in_(holders))
    return frozenset(connection.scalars(union(told, phones)))
