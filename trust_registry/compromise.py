"""A signing key was stolen: say since when, and find out what it had signed before.

Two officers stand before this (their page calls ``mark_compromised`` once both have agreed). The
theft is published first: until the set of what was signed before is there, earlier certificates
answer *could not check*, never *yes*.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import httpx2

from runtime.audit_log import Entry, record
from runtime.clients import Peers
from runtime.service import ServiceContext
from trust_registry import compromise_store, root_store, store
from trust_registry.compromise_store import DigestSet
from trust_registry.digest_document import build_digest_part, parts_url, secure_digest_part
from trust_registry.life import Act, require_reason, require_second_officer
from trust_registry.model import OrganisationKind, RegisteredKey
from trust_registry.publication import Publication
from trust_registry.root import require_list_signer
from trust_registry.service import AUTHORITY_ID, root_did
from trust_registry.store import Connection
from vc.crypto.keys import Signer
from vc.encoding import base64url
from vc.encoding.timestamps import format_timestamp
from vc.errors import ConflictError, EvidenceUnavailable, NotFound, ProtocolError, RangeError
from vc.trust.digests import DIGEST_BYTES, MAX_PREFIX_BITS, multihash_text, split

# About 90 KB a part: quick on a bad line, and hundreds of certificates to hide among.
DIGESTS_IN_A_PART: Final = 2_048
_MAX_DIGESTS: Final = 10_000_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Stolen:
    """A key that is marked, and the kind of organisation it belongs to."""

    key: RegisteredKey
    since: datetime
    kind: OrganisationKind


async def mark_compromised(
    context: ServiceContext, publication: Publication, *, public_key_multibase: str, since: datetime, act: Act
) -> int | None:
    """Publish that a key is stolen ``since``, then what it had signed before; doing it again is safe.

    Returns how many signatures are vouched for; None for a key that signs no credentials. Raises
    ``NotAuthorized`` without a second officer, ``NotFound`` for an unknown key, ``RangeError`` for an
    instant to come, ``ConflictError`` for the root's own keys (a root document ends those) and for a
    later instant than was said, and ``EvidenceUnavailable`` when the issuer does not answer: the
    theft is then published already, and the set is collected by the next call.
    """
    moment, now = since.replace(microsecond=0), context.clock.now()
    if moment > now:
        raise RangeError("A key cannot have been stolen in time to come.")
    stolen = await context.database.write(_mark, public_key_multibase, moment, act)
    await publication.publish()
    if stolen.kind is not OrganisationKind.CENTRE:
        return None
    digests = await collect_digests(context.peers, public_key_multibase, before=stolen.since)
    signer = await context.database.read(_list_signer, context, now)
    new, bodies = _sign_parts(context, stolen, digests, signer=signer, now=now)
    await context.database.write(compromise_store.put_digest_set, public_key_multibase, new, bodies)
    await publication.publish()
    return len(set(digests))


def _mark(connection: Connection, public_key_multibase: str, since: datetime, act: Act) -> Stolen:
    require_reason(act)
    require_second_officer(act)
    key = store.key_or_none(connection, public_key_multibase)
    if key is None:
        raise NotFound("No organisation has registered this key.")
    owner = store.organisation_or_none(connection, key.organisation_id)
    if owner is None or owner.id == AUTHORITY_ID:
        raise ConflictError("A key of the root is ended by the next root document.")
    if key.compromised_since is not None and since > key.compromised_since:
        raise ConflictError("It was said before that this key was stolen earlier.")
    compromise_store.set_compromised(connection, public_key_multibase, since)
    # Collecting again what a silent issuer did not tell is the same act, not another one.
    if key.compromised_since != since:
        entry = Entry(
            actor=act.actor,
            act="key.compromise",
            object=public_key_multibase,
            reason=act.reason,
            approver=act.approver,
        )
        record(connection, entry, now=act.at)
    return Stolen(key=key, since=since, kind=owner.kind)


def _list_signer(connection: Connection, context: ServiceContext, now: datetime) -> Signer:
    register, roots = store.read_register(connection), root_store.roots(connection)
    keys = tuple(key for key in register.keys if key.organisation_id == AUTHORITY_ID)
    _, signer = require_list_signer(context.settings, context.keyring, keys, roots, now)
    return signer


async def collect_digests(peers: Peers, public_key_multibase: str, *, before: datetime) -> Sequence[bytes]:
    """Every digest the issuer holds under the key. Raises ``EvidenceUnavailable``."""
    digests: list[bytes] = []
    after: str | None = ""
    while after is not None:
        page, after = await _page(peers, public_key_multibase, before=before, after=after)
        digests += page
        if len(digests) > _MAX_DIGESTS:
            raise EvidenceUnavailable("The issuer's answers have no end.")
    return digests


async def _page(
    peers: Peers, public_key_multibase: str, *, before: datetime, after: str
) -> tuple[list[bytes], str | None]:
    query = {"key": public_key_multibase, "before": format_timestamp(before), "after": after}
    try:
        response = await peers.client("issuer").get("/issuer/api/issuance-digests", params=query)
        if response.status_code != 200:
            raise EvidenceUnavailable("The issuer did not answer as it should.")
        answer = response.json()
        page = [base64url.decode(text, max_bytes=DIGEST_BYTES) for text in answer["digests"]]
        next_after = answer["next_after"]
    except (httpx2.HTTPError, ProtocolError, ValueError, KeyError, TypeError):
        raise EvidenceUnavailable("The issuer did not answer as it should.") from None
    forward = next_after is None or (isinstance(next_after, str) and bool(page or next_after != after))
    if any(len(digest) != DIGEST_BYTES for digest in page) or not forward:
        raise EvidenceUnavailable("The issuer did not answer as it should.")
    return page, next_after


def _sign_parts(
    context: ServiceContext, stolen: Stolen, digests: Sequence[bytes], *, signer: Signer, now: datetime
) -> tuple[DigestSet, list[bytes]]:
    """The set in signed parts. Its id names what is in it, so that the same set is the same set."""
    bits = prefix_bits_for(len(set(digests)))
    parts = split(digests, bits)
    multikey, moment = stolen.key.public_key_multibase, now.replace(microsecond=0)
    content = b"".join((multikey.encode(), format_timestamp(stolen.since).encode(), *sorted(set(digests))))
    set_id = hashlib.sha256(content).hexdigest()[:32]
    bodies = [
        secure_digest_part(
            build_digest_part(
                url=parts_url(context.settings, set_id, number),
                did=root_did(context.settings),
                public_key_multibase=multikey,
                before=stolen.since,
                prefix_bits=bits,
                prefix=number,
                digests=part,
                valid_from=moment,
            ),
            signer,
            moment,
        )
        for number, part in enumerate(parts)
    ]
    new = DigestSet(
        set_id=set_id,
        signed_before=stolen.since,
        prefix_bits=bits,
        digests=tuple(multihash_text(body) for body in bodies),
    )
    return new, bodies


def prefix_bits_for(count: int) -> int:
    """As many leading bits as leave about ``DIGESTS_IN_A_PART`` digests in each part."""
    bits = 0
    while count > DIGESTS_IN_A_PART << bits and bits < MAX_PREFIX_BITS:
        bits += 1
    return bits
