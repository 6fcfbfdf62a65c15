"""What was signed with a key before an instant, named by digests: asked for when a key was stolen.

A digest says nothing about the person or the award; it is recognised only by who has the credential.
"""

from dataclasses import dataclass
from datetime import datetime

from issuer import store
from issuer.service.desk import Desk
from vc.crypto.keys import PublicKey
from vc.encoding import base64url

PAGE = 500


@dataclass(frozen=True, kw_only=True, slots=True)
class DigestPage:
    """Some digests in base64url, and the intent after which the next page begins; None at the end."""

    digests: tuple[str, ...]
    next_after: str | None


async def digests_page(desk: Desk, public_key_multibase: str, *, before: datetime, after: str) -> DigestPage:
    """Digests of what this service held before ``before`` under the key. ``ProtocolError`` for no key."""
    key = PublicKey.from_multikey(public_key_multibase)
    rows = await desk.context.database.read(store.issued_with_key, key.multikey, after=after, limit=PAGE)
    # By the time it was recorded: ``created`` inside a document is the word of who held the key.
    held = [row.digest for row in rows if datetime.fromisoformat(row.issued_at) < before]
    return DigestPage(
        digests=tuple(base64url.encode(digest) for digest in held),
        next_after=rows[-1].intent_id if len(rows) == PAGE else None,
    )
