"""What was signed with a key before an instant, named by digests: asked for when a key was stolen.

A digest says nothing about the person or the award; it is recognised only by who has the credential.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from issuer import store
from issuer.service.desk import Desk
from vc.crypto.keys import KeyType, PublicKey
from vc.encoding import base64url
from vc.encoding.strict_json import parse_json_object
from vc.proof.data_integrity import hash_data
from vc.trust.digests import signed_digest

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
    held = [row.secured for row in rows if datetime.fromisoformat(row.issued_at) < before]
    digests = await asyncio.to_thread(_digests, held, key.key_type)
    return DigestPage(digests=digests, next_after=rows[-1].intent_id if len(rows) == PAGE else None)


def _digests(secured: Sequence[bytes], key_type: KeyType) -> tuple[str, ...]:
    return tuple(base64url.encode(digest_of(raw, key_type)) for raw in secured)


def digest_of(secured: bytes, key_type: KeyType) -> bytes:
    """The digest of the bytes that were signed for a credential with one Data Integrity proof."""
    document = parse_json_object(secured)
    proof = document.pop("proof")
    members = proof if isinstance(proof, Mapping) else {}
    config = {name: value for name, value in members.items() if name != "proofValue"}
    return signed_digest(hash_data(document, config, key_type))
