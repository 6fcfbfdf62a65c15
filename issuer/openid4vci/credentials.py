"""The Credential Endpoint, the Deferred Credential Endpoint and the Notification Endpoint.

OpenID4VCI 1.0 sections 8, 9 and 11. Whose certificate is given follows from the access token, and which keys
it is bound to from the key proofs; nothing else of a request counts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from issuer import store
from issuer.openid4vci import once_store, outcome_store
from issuer.openid4vci.grant_store import Access
from issuer.openid4vci.granted import Dataset, datasets, digest_of
from issuer.openid4vci.once_store import Spent
from issuer.openid4vci.outcome_store import Claim, Deferred, Given
from issuer.service.copies import CopyFormat, issue_copies
from issuer.service.desk import Desk
from runtime.entropy import random_token
from vc.crypto.keys import PublicKey
from vc.encoding.strict_json import JsonObject, JsonValue, parse_json_object
from vc.errors import ConflictError, EvidenceUnavailable, MalformedValue, NotFound
from vc.oid4vc.configurations import credential_configurations
from vc.oid4vc.credential_request import CredentialRequest, Notification
from vc.oid4vc.dcql import CredentialFormat
from vc.oid4vc.key_proof import KeyProof, verify_key_proof
from vc.oid4vc.oauth_errors import AccessTokenRefused, ErrorCode, OAuthError

NONCE_LIFETIME: Final = timedelta(minutes=5)
INTERVAL_SECONDS: Final = 5
"""How long a wallet should wait before it asks again for what was deferred."""

_TOKEN_BITS: Final = 160
_DENIED: Final = "No copies of this certificate are given any more."


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """A Credential Response. ``is_deferred`` is whether the wallet has to ask again."""

    body: JsonObject
    is_deferred: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class _Holder:
    """A key that a copy is bound to, and the DID it goes by."""

    key: PublicKey
    did: str

    def to_json(self) -> JsonObject:
        return {"jwk": dict(self.key.jwk), "did": self.did}

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "_Holder":
        return cls(key=PublicKey.from_jwk(kept["jwk"]), did=kept["did"])


async def new_nonce(desk: Desk) -> str:
    """A ``c_nonce``, good once (section 7)."""
    nonce = random_token(_TOKEN_BITS)
    expires = desk.context.clock.now() + NONCE_LIFETIME
    await desk.context.database.write(once_store.add_nonce, digest_of(nonce), expires)
    return nonce


async def give(desk: Desk, access: Access, request: CredentialRequest) -> Answer:
    """Give one copy for each key that was shown. Raises OAuthError."""
    dataset = _wanted(access, request)
    proofs = [_verified(desk, access, proof) for proof in request.proofs]
    if len({proof.key for proof in proofs}) < len(proofs):
        raise OAuthError(ErrorCode.INVALID_PROOF, "A key is shown twice.")
    await _spend(desk, access, proofs)
    holders = [_Holder(key=proof.key, did=proof.holder) for proof in proofs]
    try:
        copies = await _copies(desk, access, dataset.credential_id, dataset.format, holders)
    except EvidenceUnavailable:
        return await _deferred(desk, access, dataset, holders)
    return await _handed_over(desk, access, dataset.credential_id, copies)


async def give_deferred(desk: Desk, access: Access, transaction_id: str) -> Answer:
    """Give what could not be given before, or say to wait on. Raises OAuthError."""
    context, name = desk.context, digest_of(transaction_id)
    claim = await context.database.write(
        outcome_store.claim_deferred, name, access.grant.grant_id, now=context.clock.now()
    )
    if claim is Claim.UNKNOWN:
        raise OAuthError(ErrorCode.INVALID_TRANSACTION_ID, "There is no such transaction, or not any more.")
    if not isinstance(claim, Deferred):
        return _wait(transaction_id)
    holders = [_Holder.from_json(kept) for kept in claim.keys]
    try:
        copies = await _copies(desk, access, claim.credential_id, claim.format, holders)
    except EvidenceUnavailable:
        await context.database.write(outcome_store.release_deferred, name)
        return _wait(transaction_id)
    except OAuthError:
        await context.database.write(outcome_store.deny_deferred, name)
        raise
    await context.database.write(outcome_store.finish_deferred, claim, now=context.clock.now())
    # Without a notification_id, which section 9.2 leaves open: wallets that use @openid4vc refuse it here.
    return Answer(body=_credentials(copies), is_deferred=False)


async def note(desk: Desk, access: Access, notification: Notification) -> None:
    """Keep what a wallet says became of what it was given. Raises OAuthError."""
    is_known = await desk.context.database.write(
        outcome_store.note_event,
        digest_of(notification.notification_id),
        access.grant.grant_id,
        notification.event,
        now=desk.context.clock.now(),
    )
    if not is_known:
        raise OAuthError(ErrorCode.INVALID_NOTIFICATION_ID, "Nothing was given under this notification_id.")


def _wanted(access: Access, request: CredentialRequest) -> Dataset:
    """The one certificate and format that is asked for, among what the token is good for."""
    allowed = datasets(access.grant.certificates, access.configurations)
    if request.identifier is not None:
        named = [one for one in allowed if one.identifier == request.identifier]
        if not named:
            raise OAuthError(ErrorCode.UNKNOWN_CREDENTIAL_IDENTIFIER, "There is no such identifier.")
        return named[0]
    if request.configuration_id not in credential_configurations():
        raise OAuthError(ErrorCode.UNKNOWN_CREDENTIAL_CONFIGURATION, "There is no such configuration.")
    found = [one for one in allowed if one.configuration_id == request.configuration_id]
    if not found:
        raise AccessTokenRefused(ErrorCode.INSUFFICIENT_SCOPE, "The access token is not for this.")
    if len(found) > 1:
        raise OAuthError(
            ErrorCode.INVALID_CREDENTIAL_REQUEST,
            "There are several of this type: name one by its identifier.",
        )
    return found[0]


def _verified(desk: Desk, access: Access, proof: str) -> KeyProof:
    return verify_key_proof(
        proof,
        audience=desk.context.settings.base_url,
        client_id=access.grant.client_id,
        now=desk.context.clock.now(),
    )


async def _spend(desk: Desk, access: Access, proofs: Sequence[KeyProof]) -> None:
    """Use up the nonces of one request, which its proofs may share."""
    spent = await desk.context.database.write(
        once_store.spend_nonces,
        access.grant.grant_id,
        frozenset(digest_of(proof.nonce) for proof in proofs),
        len(proofs),
        now=desk.context.clock.now(),
    )
    if spent is Spent.STALE_NONCE:
        raise OAuthError(ErrorCode.INVALID_NONCE, "A nonce is not good, or was used. Get another.")
    if spent is Spent.TOO_MANY:
        raise OAuthError(ErrorCode.CREDENTIAL_REQUEST_DENIED, "More copies were fetched than are given.")


async def _copies(
    desk: Desk, access: Access, credential_id: str, form: CredentialFormat, holders: Sequence[_Holder]
) -> tuple[str, ...]:
    """The copies. Raises OAuthError (``credential_request_denied``), ``EvidenceUnavailable``."""
    try:
        record = await desk.context.database.read(desk.sealed.issued, store.issued_by_id, credential_id)
        if record.person != access.grant.person:
            raise NotFound("This certificate is somebody else's.")
        return await issue_copies(
            desk,
            credential_id,
            rld_number=record.details.rld_number,
            copy_format=CopyFormat(form.value),
            holder_keys=[one.key for one in holders],
            holder_ids=[one.did for one in holders],
        )
    except (NotFound, ConflictError, MalformedValue):
        raise OAuthError(ErrorCode.CREDENTIAL_REQUEST_DENIED, _DENIED) from None


async def _deferred(desk: Desk, access: Access, dataset: Dataset, holders: Sequence[_Holder]) -> Answer:
    transaction_id = random_token(_TOKEN_BITS)
    deferred = Deferred(
        digest=digest_of(transaction_id),
        grant_id=access.grant.grant_id,
        credential_id=dataset.credential_id,
        format=dataset.format,
        keys=[one.to_json() for one in holders],
    )
    await desk.context.database.write(outcome_store.defer, deferred, now=desk.context.clock.now())
    return _wait(transaction_id)


async def _handed_over(desk: Desk, access: Access, credential_id: str, copies: Sequence[str]) -> Answer:
    notification_id = random_token(_TOKEN_BITS)
    given = Given(
        digest=digest_of(notification_id), grant_id=access.grant.grant_id, credential_id=credential_id
    )
    await desk.context.database.write(
        outcome_store.hand_over, given, len(copies), now=desk.context.clock.now()
    )
    body: JsonObject = {**_credentials(copies), "notification_id": notification_id}
    return Answer(body=body, is_deferred=False)


def _credentials(copies: Sequence[str]) -> JsonObject:
    return {"credentials": [{"credential": _as_given(copy)} for copy in copies]}


def _as_given(copy: str) -> JsonValue:
    """A token as it is, a document as JSON (appendices A.1 and A.3)."""
    return parse_json_object(copy.encode()) if copy.startswith("{") else copy


def _wait(transaction_id: str) -> Answer:
    return Answer(body={"transaction_id": transaction_id, "interval": INTERVAL_SECONDS}, is_deferred=True)
