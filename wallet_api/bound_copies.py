"""The stock of copies that a holder presents: each bound to a one-time key, each taken out for one use.

Two presentations with the same key or the same issuer's signature could be joined by those who got
them, so nothing is presented twice. The key opens with the holder's PIN alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from runtime.entropy import random_token
from runtime.personal_data import Place, SealBroken
from runtime.service import ServiceContext
from runtime.verification import VerificationShell
from vc.crypto.keys import PublicKey
from vc.encoding.strict_json import JsonObject, JsonValue
from vc.errors import EvidenceUnavailable, ProtocolError
from vc.model.credential import types_of
from vc.model.credential_types import credential_types
from vc.model.verdict import Answer, Question
from vc.oid4vc.claims_path import ClaimsPath
from vc.oid4vc.transaction_data import transaction_data_hash
from vc.sd_jwt.credential import parse_sd_jwt_vc, vct_of
from vc.sd_jwt.present import present_sd_jwt
from wallet_api import share_store
from wallet_api.copy_client import CopyMaker
from wallet_api.holder_keys import HolderKey, new_holder_key, open_holder_key, seal_holder_key
from wallet_api.service import Wallet
from wallet_api.share_store import SealedCopy
from wallet_api.store import Connection
from wallet_api.unlocking import Unlocked

AT_ONCE: Final = 5
_ID_BITS: Final = 80
_MUST_BE_YES: Final = (Question.AUTHENTIC, Question.ENTITLED, Question.IN_FORCE)
_NOT_USABLE: Final = "What the issuer made for this certificate cannot be used now. Try again later."


@dataclass(frozen=True, kw_only=True, slots=True)
class BoundCopy:
    """An SD-JWT VC with every disclosure, and its key. Nobody else has it any more."""

    credential_id: str
    text: str
    key: HolderKey

    @property
    def subject(self) -> JsonObject:
        """Everything that could be disclosed of it."""
        return parse_sd_jwt_vc(self.text).claims


class BoundCopies:
    """The stocks of all holders of one wallet."""

    def __init__(self, context: ServiceContext, wallet: Wallet, shell: VerificationShell | None) -> None:
        """Without ``shell`` nothing that the issuer sends can be verified, and nothing is taken from it."""
        self._context = context
        self._personal = context.personal
        self._wallet = wallet
        self._shell = shell
        self._maker = CopyMaker(context.peers)

    async def take(self, unlocked: Unlocked, credential_id: str) -> BoundCopy:
        """A copy for one use; where there is none in stock, the issuer is asked for some.

        Raises ``NotFound`` for a certificate that this holder has not, or that a limited view has not;
        ``ConflictError`` for one that is not in force, ``EvidenceUnavailable``.
        """
        held = await self._wallet.visible(unlocked, credential_id)
        database = self._context.database
        for sealed in await database.read(share_store.copies_of, unlocked.holder, credential_id):
            copy = await database.read(self._open, unlocked, sealed)
            if copy is not None and await database.write(share_store.take_copy, sealed.copy_id):
                return copy
        first, *others = await self._fetch(unlocked, credential_id, held.document)
        await database.write(self._keep, unlocked, others)
        return first

    async def forget(self, rld_number: str) -> None:
        """Drop a holder's stock: after a recovery its keys do not open any more."""
        await self._context.database.write(share_store.forget_copies, self._personal.person(rld_number))

    async def _fetch(
        self, unlocked: Unlocked, credential_id: str, document: Mapping[str, JsonValue]
    ) -> tuple[BoundCopy, ...]:
        if self._shell is None:
            raise EvidenceUnavailable("Nothing can be verified here.")
        keys = [new_holder_key() for _ in range(AT_ONCE)]
        texts = await self._maker.copies(credential_id, unlocked.rld_number, [key.public for key in keys])
        sitting = self._shell.sitting()
        for text, key in zip(texts, keys, strict=True):
            verification = await sitting.verify_sd_jwt_vc(text)
            answers = {verification.verdicts[question].answer for question in _MUST_BE_YES}
            if answers != {Answer.YES} or not _is_copy_of(text, document, key.public):
                raise EvidenceUnavailable(_NOT_USABLE)
        return tuple(
            BoundCopy(credential_id=credential_id, text=text, key=key)
            for text, key in zip(texts, keys, strict=True)
        )

    def _keep(self, connection: Connection, unlocked: Unlocked, copies: Sequence[BoundCopy]) -> None:
        holder, now = unlocked.holder, self._context.clock.now()
        keys = self._personal.ensure_keys(connection, [holder])
        sealed = []
        for copy in copies:
            copy_id = random_token(_ID_BITS)
            sealed.append(
                SealedCopy(
                    copy_id=copy_id,
                    holder_index=holder,
                    credential_id=copy.credential_id,
                    text=keys.seal(holder, copy.text.encode(), _place(copy_id, "text")),
                    holder_key=seal_holder_key(unlocked, copy.key, _place(copy_id, "holder_key")),
                    received_at=now,
                )
            )
        share_store.insert_copies(connection, sealed)

    def _open(self, connection: Connection, unlocked: Unlocked, sealed: SealedCopy) -> BoundCopy | None:
        """None where the key is not of what this PIN opens."""
        keys = self._personal.keys(connection, [unlocked.holder])
        try:
            key = open_holder_key(unlocked, sealed.holder_key, _place(sealed.copy_id, "holder_key"))
        except SealBroken:
            return None
        text = keys.unseal(unlocked.holder, sealed.text, _place(sealed.copy_id, "text")).decode()
        return BoundCopy(credential_id=sealed.credential_id, text=text, key=key)


def present(
    copy: BoundCopy,
    *,
    paths: Sequence[ClaimsPath],
    audience: str,
    nonce: str,
    now: datetime,
    transaction_data: Sequence[str] = (),
) -> str:
    """The SD-JWT with exactly these disclosures and a key binding (RFC 9901 section 4.3).

    ``transaction_data`` is what the holder agrees to, each as it was sent (OpenID4VP 1.0 section 8.4).
    Raises ``MalformedValue`` for a path that leads to nothing in the copy.
    """
    beside: dict[str, JsonValue] = {}
    if transaction_data:
        beside["transaction_data_hashes"] = [transaction_data_hash(text) for text in transaction_data]
        beside["transaction_data_hashes_alg"] = "sha-256"
    return present_sd_jwt(
        copy.text,
        paths,
        copy.key.signer(),
        audience=audience,
        nonce=nonce,
        issued_at=now,
        beside=beside,
    )


def _is_copy_of(text: str, document: Mapping[str, JsonValue], key: PublicKey) -> bool:
    """Whether the copy is bound to our key, and is of the kind and person of the certificate."""
    try:
        received = parse_sd_jwt_vc(text)
    except ProtocolError:
        return False
    kinds = [name for name in types_of(document) if name in credential_types()]
    subject = document.get("credentialSubject")
    is_same = isinstance(subject, dict) and all(
        subject.get(name) == received.claims.get(name) for name in ("nameLatin", "certificateNumber")
    )
    return (
        received.holder_key == key
        and len(kinds) == 1
        and received.claims.get("vct") == vct_of(kinds[0])
        and is_same
    )


def _place(copy_id: str, column: str) -> Place:
    return Place(table="bound_copy", row=copy_id, column=column)
