"""The certificates that letters are about; part of one transaction."""

from collections.abc import Collection, Sequence

from sqlalchemy import select

from issuer.store import ISSUED, Connection, Record
from issuer.tables import issuance


def issued_by_ids(
    connection: Connection, credential_ids: Sequence[str], slug: str | None, data_classes: Collection[str]
) -> Sequence[Record]:
    """Those of the issued credentials that are a centre's (for None: any), and of these classes of data."""
    query = select(issuance).where(
        issuance.c.credential_id.in_(credential_ids),
        issuance.c.data_class.in_(list(data_classes)),
        issuance.c.state == ISSUED,
    )
    if slug is not None:
        query = query.where(issuance.c.centre_slug == slug)
    return connection.execute(query).all()
