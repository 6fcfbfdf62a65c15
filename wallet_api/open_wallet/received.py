"""Credentials from elsewhere: kept as their exact texts, each with its key under the holder's secret.

A text is used once as long as there are others; then the least used comes again, which those who got it
could notice.
"""

import base64
from asyncio import gather
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import orjson

from runtime.audit_log import Entry, record
from runtime.auth import Principal
from runtime.entropy import random_token
from runtime.personal_data import Place, SealBroken
from runtime.service import ServiceContext
from runtime.verification import VerificationShell
from vc.encoding.strict_json import JsonObject
from vc.errors import EvidenceUnavailable, NotFound, ProtocolError
from vc.model.verdict import Answer, Question, Verification
from vc.oid4vc.dcql import CredentialFormat
from wallet_api.card import State, state_of
from wallet_api.holder_keys import HolderKey, open_holder_key
from wallet_api.open_wallet import received_store as store
from wallet_api.open_wallet.arriving import verify_text
from wallet_api.open_wallet.received_store import Connection, SealedDocument, SealedReceivedCopy
from wallet_api.unlocking import HOLDER, Unlocked
from wallet_api.visible import is_limited, number_of

ID_BITS: Final = 80
_TABLE: Final = "received_copy"
_NOT_HERE: Final = "There is no such credential in this wallet."
_GONE: Final = "The keys of this credential went with an earlier PIN. Ask its issuer for it again."


@dataclass(frozen=True, kw_only=True, slots=True)
class Description:
    """What is known of a credential from elsewhere without its text; names are by language."""

    issuer: str
    issuer_names: Mapping[str, str]
    names: Mapping[str, str]
    format: CredentialFormat
    type_name: str
    root: JsonObject
    subject: JsonObject
    is_limited: bool
    """It came while only what the holder chose for that was to be seen, and is part of it."""

    def as_kept(self) -> bytes:
        """The description as JSON, to be sealed."""
        return orjson.dumps(
            {
                "issuer": self.issuer,
                "issuerNames": dict(self.issuer_names),
                "names": dict(self.names),
                "format": self.format.value,
                "type": self.type_name,
                "root": self.root,
                "subject": self.subject,
                "limited": self.is_limited,
            }
        )


def kept_description(data: bytes) -> Description:
    """The description that ``as_kept`` wrote."""
    kept: dict[str, Any] = orjson.loads(data)
    return Description(
        issuer=kept["issuer"],
        issuer_names=kept["issuerNames"],
        names=kept["names"],
        format=CredentialFormat(kept["format"]),
        type_name=kept["type"],
        root=kept["root"],
        subject=kept["subject"],
        is_limited=kept["limited"],
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class NewCopy:
    """A text that came, and its key as it was sealed for the place with this id."""

    copy_id: str
    text: str
    holder_key: bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class ReceivedDocument:
    """A credential from elsewhere. ``state`` is None where this product cannot check it at all.

    ``copies`` is how many texts there are; without any it must be received again.
    """

    document_id: str
    description: Description
    received_at: datetime
    copies: int
    state: State | None


@dataclass(frozen=True, kw_only=True, slots=True)
class ReceivedCopy:
    """One text of a credential from elsewhere, with its key, for one use."""

    description: Description
    text: str
    key: HolderKey


class Received:
    """What the holders of one wallet have from elsewhere."""

    def __init__(self, context: ServiceContext, shell: VerificationShell | None) -> None:
        """Without ``shell`` nothing can be checked."""
        self._context = context
        self._personal = context.personal
        self._shell = shell

    def keep(
        self, connection: Connection, holder: str, description: Description, copies: Sequence[NewCopy]
    ) -> str:
        """Keep a credential; its id. Last in its transaction, since it writes into the audit log."""
        document_id, now = random_token(ID_BITS), self._context.clock.now()
        keys = self._personal.ensure_keys(connection, [holder])
        sealed = SealedDocument(
            document_id=document_id,
            holder_index=holder,
            description=keys.seal(holder, description.as_kept(), _described_at(document_id)),
            received_at=now,
        )
        store.insert_document(
            connection,
            sealed,
            [
                SealedReceivedCopy(
                    copy_id=one.copy_id,
                    document_id=document_id,
                    holder_index=holder,
                    text=keys.seal(holder, one.text.encode(), text_place(one.copy_id)),
                    holder_key=one.holder_key,
                )
                for one in copies
            ],
        )
        record(connection, Entry(actor=HOLDER, act="received.keep", object=document_id), now=now)
        return document_id

    async def of(self, who: Principal | Unlocked) -> tuple[ReceivedDocument, ...]:
        """What this holder has from elsewhere, each checked now, newest first."""
        holder = self._personal.person(number_of(who))
        found = await self._context.database.read(self._documents, holder)
        seen = [one for one in found if one[1].is_limited or not is_limited(who)]
        return tuple(await gather(*(self._checked(*one) for one in seen)))

    async def one(self, who: Principal | Unlocked, document_id: str) -> ReceivedDocument:
        """One of them. Raises ``NotFound``."""
        found = next((one for one in await self.of(who) if one.document_id == document_id), None)
        if found is None:
            raise NotFound(_NOT_HERE)
        return found

    async def take(self, unlocked: Unlocked, document_id: str) -> ReceivedCopy:
        """A text of a credential for one use. Raises ``NotFound``, ``EvidenceUnavailable``."""
        document = await self.one(unlocked, document_id)
        while True:
            copies = await self._context.database.read(store.copies_of, unlocked.holder, document_id)
            if not copies:
                raise EvidenceUnavailable(_GONE)
            if await self._context.database.write(store.use_copy, copies[0]):
                return await self._context.database.read(
                    self._open, unlocked, copies[0], document.description
                )

    async def remove(self, rld_number: str, document_id: str) -> None:
        """Delete a credential from elsewhere. Raises ``NotFound``."""
        holder = self._personal.person(rld_number)
        await self._context.database.write(self._remove, holder, document_id)

    async def forget_copies(self, rld_number: str) -> None:
        """Delete the texts: after a recovery their keys do not open any more."""
        holder = self._personal.person(rld_number)
        await self._context.database.write(store.forget_copies, holder)

    async def everything(self, rld_number: str) -> list[dict[str, Any]]:
        """All of it as JSON values, texts included, for the holder's export."""
        holder = self._personal.person(rld_number)
        return await self._context.database.read(self._export, holder)

    def _documents(
        self, connection: Connection, holder: str
    ) -> tuple[tuple[SealedDocument, Description, tuple[str, ...]], ...]:
        keys = self._personal.keys(connection, [holder])
        if holder not in keys:
            return ()
        found = []
        for one in store.documents_of(connection, holder):
            opened = keys.unseal(holder, one.description, _described_at(one.document_id))
            texts = tuple(
                keys.unseal(holder, copy.text, text_place(copy.copy_id)).decode()
                for copy in store.copies_of(connection, holder, one.document_id)
            )
            found.append((one, kept_description(opened), texts))
        return tuple(found)

    async def _checked(
        self, sealed: SealedDocument, description: Description, texts: tuple[str, ...]
    ) -> ReceivedDocument:
        return ReceivedDocument(
            document_id=sealed.document_id,
            description=description,
            received_at=sealed.received_at,
            copies=len(texts),
            state=await self._state(description, texts),
        )

    async def _state(self, description: Description, texts: tuple[str, ...]) -> State | None:
        if self._shell is None or not texts:
            return State.COULD_NOT_CHECK if description.type_name else None
        try:
            verification = await verify_text(self._shell.sitting(), description.format, texts[0])
        except ProtocolError:
            return None
        return _state_of(verification)

    def _open(
        self, connection: Connection, unlocked: Unlocked, sealed: SealedReceivedCopy, description: Description
    ) -> ReceivedCopy:
        keys = self._personal.keys(connection, [unlocked.holder])
        try:
            key = open_holder_key(unlocked, sealed.holder_key, key_place(sealed.copy_id))
        except SealBroken:
            raise EvidenceUnavailable(_GONE) from None
        text = keys.unseal(unlocked.holder, sealed.text, text_place(sealed.copy_id)).decode()
        return ReceivedCopy(description=description, text=text, key=key)

    def _remove(self, connection: Connection, holder: str, document_id: str) -> None:
        if not store.forget_document(connection, holder, document_id):
            raise NotFound(_NOT_HERE)
        entry = Entry(actor=HOLDER, act="received.remove", object=document_id)
        record(connection, entry, now=self._context.clock.now())

    def _export(self, connection: Connection, holder: str) -> list[dict[str, Any]]:
        return [
            {
                "id": sealed.document_id,
                "issuer": description.issuer,
                "format": description.format.value,
                "credentials": list(texts),
            }
            for sealed, description, texts in self._documents(connection, holder)
        ]


def new_copy_id() -> str:
    """An id for a text that is yet to come, so that its key can be sealed for its place."""
    return random_token(ID_BITS)


def key_place(copy_id: str) -> Place:
    """Where the key of a text lies."""
    return Place(table=_TABLE, row=copy_id, column="holder_key")


def text_place(copy_id: str) -> Place:
    """Where a text lies."""
    return Place(table=_TABLE, row=copy_id, column="text")


def bytes_as_kept(value: bytes) -> str:
    """Bytes as JSON can hold them."""
    return base64.b64encode(value).decode("ascii")


def bytes_of_kept(text: str) -> bytes:
    """The bytes that ``bytes_as_kept`` wrote."""
    return base64.b64decode(text)


def _described_at(document_id: str) -> Place:
    return Place(table="received_document", row=document_id, column="description")


def _state_of(verification: Verification) -> State | None:
    """None for an issuer that the trust list does not know: this product has no word on it."""
    is_open = verification.verdicts[Question.ENTITLED].answer is Answer.COULD_NOT_CHECK
    if verification.issuer_name or is_open:
        return state_of(verification)[0]
    return None
