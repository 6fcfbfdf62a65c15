"""The steps by which bound copies come to be; ``issuer.service.copies`` takes them in their order."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Final

import anyio.to_thread

from issuer import copy_store, store
from issuer.clients import allocate_copies
from issuer.copy_format import CopyFormat
from issuer.open_key import KeyEnded
from issuer.sealed_copies import RecordedCopy, SealedCopies
from issuer.service.desk import Desk
from issuer.service.entitlement import entitled_at
from issuer.service.issuing import whole_seconds
from issuer.unsealed import Intent
from runtime.entropy import random_bytes, throwaway_signer
from runtime.i18n import gettext_noop
from vc.crypto.keys import PublicKey, Signer
from vc.encoding import base64url
from vc.encoding.strict_json import JsonValue
from vc.errors import ConflictError, EvidenceUnavailable, ProtocolError
from vc.issue import PreparedCredential, complete
from vc.issue.copies import CopyParameters, day_of, ends_of, prepare_jwt, prepare_ldp, prepare_sd_jwt_vc
from vc.issue.token import PreparedToken, complete_token
from vc.jose.media_types import MediaType, short
from vc.proof.suites import require_cryptosuite
from vc.sd_jwt.credential import JWT_TYPE
from vc.trust.digests import signed_digest

NOT_IN_FORCE: Final = gettext_noop("This certificate is not in force.")
_NOT_COPIED: Final = gettext_noop("This certificate cannot be copied.")
_TRY_AGAIN: Final = "The copies could not be made now; please try again."
_SALT_BYTES: Final = 16


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """One copy that is being made: its id, and who it is bound to."""

    copy_id: str
    holder: str
    holder_key: PublicKey


@dataclass(frozen=True, kw_only=True, slots=True)
class Order:
    """What the copies of one call have in common; ``securing`` as the registry chooses its lists by it."""

    certificate: Intent
    copy_format: CopyFormat
    securing: str
    key: store.Record
    created: datetime
    wanted: tuple[Wanted, ...]


Prepared = PreparedToken | PreparedCredential


async def reserve(
    desk: Desk, certificate: Intent, copy_format: CopyFormat, wanted: tuple[Wanted, ...]
) -> Order:
    """Fix every id and the time before anything is asked of the registry.

    Raises ``ConflictError`` where a verifier would not accept copies now, ``EvidenceUnavailable``.
    """
    database, now, slug = desk.context.database, desk.context.clock.now(), certificate.centre_slug
    key = await database.read(store.current_key, slug, copy_format.key_use)
    multikey = key.public_key_multibase
    created = await entitled_at(desk, slug, certificate.details, multikey=multikey, since=day_of(now))
    if copy_format is CopyFormat.SD_JWT and ends_of(json.loads(certificate.document), created) <= now:
        raise ConflictError(NOT_IN_FORCE)
    order = Order(
        certificate=certificate,
        copy_format=copy_format,
        securing=_securing(desk, certificate, copy_format, key),
        key=key,
        created=created,
        wanted=wanted,
    )
    try:
        await database.write(copy_store.reserve, [_reservation(desk, order, one) for one in wanted])
    except KeyEnded as error:
        raise EvidenceUnavailable(_TRY_AGAIN) from error
    return order


def _securing(desk: Desk, certificate: Intent, copy_format: CopyFormat, key: store.Record) -> str:
    """How copies are secured. The centre's key may be of another kind by now than the certificate's was."""
    if copy_format is CopyFormat.SD_JWT:
        return JWT_TYPE
    if copy_format is CopyFormat.JWT:
        return short(MediaType.VC_JWT)
    key_type = desk.context.keyring.public_key(key.key_id).key_type
    fits = key_type in require_cryptosuite(certificate.cryptosuite).hashes
    return certificate.cryptosuite if fits else desk.context.settings.default_cryptosuite


def _reservation(desk: Desk, order: Order, one: Wanted) -> dict[str, Any]:
    certificate = order.certificate
    return {
        "copy_id": one.copy_id,
        "intent_id": certificate.intent_id,
        "centre_slug": certificate.centre_slug,
        "person": certificate.person,
        "data_class": certificate.data_class,
        "format": order.copy_format.value,
        "securing": order.securing,
        "holder_key": SealedCopies(desk.sealed.personal).holder_key(one.holder_key),
        "key_id": order.key.key_id,
        "created": whole_seconds(order.created),
        "begun_at": whole_seconds(desk.context.clock.now()),
    }


async def allocate(desk: Desk, order: Order) -> dict[str, JsonValue]:
    """The status of each copy, by its id.

    The registry looks at the certificate in the same transaction. Raises ``ConflictError`` where that is not
    in force, ``EvidenceUnavailable``.
    """
    certificate = order.certificate
    entries = [
        entry_of(desk, certificate, order.securing, copy_id=one.copy_id, copy_of=certificate.credential_id)
        for one in order.wanted
    ]
    return await allocate_copies(desk.context.peers.client("revocation"), entries)


def entry_of(
    desk: Desk, of: Intent | store.Record, securing: str, *, copy_id: str, copy_of: str
) -> dict[str, str]:
    """What the registry is asked for: an index for one copy of the certificate ``copy_of``."""
    return {
        "intent_id": copy_id,
        "credential_id": copy_id,
        "issuer": desk.did_of(of.centre_slug),
        "cryptosuite": securing,
        "copy_of": copy_of,
        "pool": of.data_class,
    }


def prepare(desk: Desk, order: Order, statuses: Mapping[str, JsonValue]) -> list[Prepared]:
    """Lint and try out every copy. Raises ``ConflictError`` for what may not be signed."""
    certificate = json.loads(order.certificate.document)
    throwaway = throwaway_signer(desk.context.keyring.public_key(order.key.key_id).key_type)
    method = f"{desk.did_of(order.certificate.centre_slug)}#{order.key.key_id}"
    prepare_one = _preparing(order)
    try:
        return [
            prepare_one(
                certificate,
                CopyParameters(
                    copy_id=one.copy_id,
                    holder=one.holder,
                    holder_key=one.holder_key,
                    verification_method=method,
                    created=order.created,
                    status=statuses[one.copy_id],
                ),
                throwaway=throwaway,
            )
            for one in order.wanted
        ]
    except ProtocolError as error:
        raise ConflictError(_NOT_COPIED) from error


def _preparing(order: Order) -> Callable[..., Prepared]:
    if order.copy_format is CopyFormat.SD_JWT:
        return partial(prepare_sd_jwt_vc, new_salt=_new_salt)
    if order.copy_format is CopyFormat.JWT:
        return prepare_jwt
    return partial(prepare_ldp, cryptosuite=order.securing)


def _new_salt() -> str:
    return base64url.encode(random_bytes(_SALT_BYTES))


async def sign(desk: Desk, order: Order, prepared: Sequence[Prepared]) -> tuple[str, ...]:
    """Record what is signed, then sign it; the texts, once they are noted as issued.

    Raises ``EvidenceUnavailable`` where they were given up meanwhile, because the key was stolen say.
    """
    database, certificate = desk.context.database, order.certificate
    # Before the intent: whatever may fail for another reason than signing.
    signer = await anyio.to_thread.run_sync(desk.signer, order.key.key_id, certificate.centre_slug)
    recorded = [
        RecordedCopy(copy_id=one.copy_id, payload=_recorded(permission))
        for one, permission in zip(order.wanted, prepared, strict=True)
    ]
    sealed = SealedCopies(desk.sealed.personal)
    mine = await database.write(sealed.record_intents, certificate.person, certificate.data_class, recorded)
    if len(mine) < len(recorded):
        raise EvidenceUnavailable(_TRY_AGAIN)
    signed = await anyio.to_thread.run_sync(_sign_all, prepared, signer)
    issued_at = desk.context.clock.now().isoformat()
    done = [
        {
            "copy_id": one.copy_id,
            "digest": signed_digest(covered),
            "sha256": hashlib.sha256(text.encode()).hexdigest(),
            "issued_at": issued_at,
        }
        for one, (text, covered) in zip(order.wanted, signed, strict=True)
    ]
    try:
        await database.write(copy_store.record_issued, certificate.intent_id, done)
    except ConflictError as error:
        raise EvidenceUnavailable(_TRY_AGAIN) from error
    return tuple(text for text, _ in signed)


def _recorded(permission: Prepared) -> bytes:
    if isinstance(permission, PreparedToken):
        return permission.recorded
    return b"\n".join((permission.document_bytes, permission.proof_config_bytes))


def _sign_all(prepared: Sequence[Prepared], signer: Signer) -> list[tuple[str, bytes]]:
    """Each text, and what its signature covers."""
    signed = []
    for permission in prepared:
        if isinstance(permission, PreparedToken):
            token = complete_token(permission, signer)
            signed.append((token.text, token.signed))
        else:
            secured = complete(permission, signer)
            signed.append((secured.raw.decode(), secured.signed))
    return signed
