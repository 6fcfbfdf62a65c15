"""What the wallet does: take a credential in after checking it, and show it to its holder only."""

import re
from asyncio import gather
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from functools import partial
from typing import Final

import orjson
from anyio import to_thread

from runtime.audit_log import Entry, record
from runtime.auth import Principal, safe_next_path
from runtime.person_requests import PersonRequest, account_for_person
from runtime.personal_data import DataKeys, Place
from runtime.service import ServiceContext
from vc.encoding.strict_json import JsonValue, parse_json_object
from vc.encoding.timestamps import format_timestamp
from vc.errors import (
    ConflictError,
    EvidenceUnavailable,
    Finding,
    MalformedValue,
    NotFound,
    ProblemType,
    ProtocolError,
)
from vc.model.verdict import Answer, Question, Reason, Verification
from wallet_api import (
    access_store,
    notice_store,
    phone_store,
    pin_store,
    recovery_store,
    share_store,
    store,
)
from wallet_api.card import Card, read_card
from wallet_api.menus import chat_store
from wallet_api.notice_store import Notice
from wallet_api.open_wallet import asked_store, received_store
from wallet_api.store import Connection, SealedCredential
from wallet_api.unlocking import Unlocked
from wallet_api.visible import is_limited, limited_ids, number_of

# ``runtime.verification.VerificationShell.verify``, or the like of it.
VerifyCredential = Callable[[bytes], Awaitable[Verification]]

_TABLE: Final = "held_credential"
_NOT_HERE: Final = "There is no such credential in this wallet."
_CREDENTIAL_ID: Final = re.compile(r"urn:uuid:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_RLD_NUMBER: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{2,39}")
_TYPED_CODE: Final = re.compile(r"[0-9A-Z]{2,8}(?:-[0-9A-Z]{2,8}){0,7}")
_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{22,100}")
_REQUIRED: Final = {
    Question.AUTHENTIC: ProblemType.CRYPTOGRAPHIC_SECURITY_ERROR,
    Question.ENTITLED: ProblemType.ISSUER_NOT_ENTITLED,
}


class NotAccepted(ProtocolError):
    """The credential delivered is not genuine, or its issuer was not entitled."""

    default_type = ProblemType.CRYPTOGRAPHIC_SECURITY_ERROR


@dataclass(frozen=True, kw_only=True, slots=True)
class Delivery:
    """How others find the credential: the verify page, its typed code, the certificate to print."""

    verify_url: str
    typed_code: str
    certificate_path: str


@dataclass(frozen=True, kw_only=True, slots=True)
class HeldCredential:
    """A credential out of its seal: the exact bytes as delivered, and how others find it.

    ``taken_back_at`` is when its centre told us that it was issued in error.
    """

    id: str
    raw: bytes
    delivery: Delivery
    taken_back_at: datetime | None = None

    @property
    def document(self) -> Mapping[str, JsonValue]:
        """The bytes read as JSON; they were verified when they arrived."""
        return parse_json_object(self.raw)


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckedCredential:
    """A credential as its holder sees it, as it was delivered, and what the check of now said of it."""

    card: Card
    held: HeldCredential
    verification: Verification


class Wallet:
    """The hosted wallet of one deployment."""

    def __init__(self, context: ServiceContext, verify: VerifyCredential) -> None:
        """``verify`` gives the four verdicts on exact bytes, now."""
        self._context = context
        self._verify = verify
        self._personal = context.personal

    async def receive(self, credential_id: str, *, rld_number: str, raw: bytes, delivery: Delivery) -> bool:
        """Take in a credential for the holder with this RLD number; True when it is new.

        The same bytes for the same holder again change nothing. Raises ``MalformedValue``,
        ``NotAccepted`` (not genuine or not entitled), ``EvidenceUnavailable`` (could not check:
        deliver again later) and ``ConflictError`` (this id stands with other bytes or holder).
        """
        self._require_well_formed(credential_id, rld_number, delivery)
        if parse_json_object(raw).get("id") != credential_id:
            raise MalformedValue("The credential has another id than the address.", pointer="/credential")
        require_accepted(await self._verify(raw))
        held = HeldCredential(id=credential_id, raw=raw, delivery=delivery)
        return await self._context.database.write(self._keep, held, self._personal.person(rld_number))

    async def take_back(self, credential_id: str) -> bool:
        """Let its holder know that the centre took it back; False where nobody has it, or knows already."""
        now = self._context.clock.now()
        return await self._context.database.write(_take_back, credential_id, now)

    async def cards(self, rld_number: str) -> tuple[Card, ...]:
        """Everything this holder has, each checked now."""
        return tuple(one.card for one in await self.checked(rld_number))

    async def checked(self, rld_number: str) -> tuple[CheckedCredential, ...]:
        """As ``cards``, each with what the check rests on; newest first."""
        holder = self._personal.person(rld_number)
        opened = await self._context.database.read(self._open_all, holder)
        return tuple(await gather(*(self._checked(held) for held in opened)))

    async def card(self, rld_number: str, credential_id: str) -> tuple[Card, HeldCredential]:
        """One credential of this holder, checked now. Raises ``NotFound`` for anybody else's."""
        held = await self.held(rld_number, credential_id)
        return (await self._checked(held)).card, held

    async def held(self, rld_number: str, credential_id: str) -> HeldCredential:
        """One credential of this holder, as delivered. Raises ``NotFound`` for anybody else's."""
        holder = self._personal.person(rld_number)
        return await self._context.database.read(self._open_one, credential_id, holder)

    async def all_held(self, rld_number: str) -> tuple[HeldCredential, ...]:
        """Everything this holder has, as delivered; newest first."""
        holder = self._personal.person(rld_number)
        return await self._context.database.read(self._open_all, holder)

    async def visible_ids(self, who: Principal | Unlocked) -> frozenset[str] | None:
        """The ids of what may be seen; None: everything this holder has."""
        if not is_limited(who):
            return None
        holder = self._personal.person(number_of(who))
        return await self._context.database.read(limited_ids, self._personal, holder)

    async def visible_credentials(self, who: Principal | Unlocked, cards: Sequence[Card]) -> tuple[Card, ...]:
        """Those of ``cards`` that may be seen, in their order."""
        ids = await self.visible_ids(who)
        return tuple(card for card in cards if ids is None or card.id in ids)

    async def visible(self, who: Principal | Unlocked, credential_id: str) -> HeldCredential:
        """As ``held``; ``NotFound`` also for what a limited view does not show."""
        held = await self.held(number_of(who), credential_id)
        ids = await self.visible_ids(who)
        if ids is not None and credential_id not in ids:
            raise NotFound(_NOT_HERE)
        return held

    async def news(self, rld_number: str) -> tuple[Notice, ...]:
        """What happened to their certificates that this holder has not looked at yet, newest first."""
        holder = self._personal.person(rld_number)
        return await self._context.database.read(notice_store.of_holder, holder)

    async def read_news(self, rld_number: str, credential_id: str) -> None:
        """Note that the holder looks at a certificate of theirs."""
        holder = self._personal.person(rld_number)
        now = self._context.clock.now()
        await self._context.database.write(notice_store.read, credential_id, holder, now=now)

    def _open_all(self, connection: Connection, holder: str) -> tuple[HeldCredential, ...]:
        rows = store.credentials_of_holder(connection, holder)
        keys = self._personal.keys(connection, [holder])
        return tuple(_unseal(keys, row) for row in rows if holder in keys)

    def _open_one(self, connection: Connection, credential_id: str, holder: str) -> HeldCredential:
        row = store.credential_of_holder_or_none(connection, credential_id, holder)
        if row is None:
            raise NotFound(_NOT_HERE)
        return _unseal(self._personal.keys(connection, [holder]), row)

    async def export(self, request: PersonRequest) -> tuple[HeldCredential, ...]:
        """Everything this person has here, for themselves; a protection officer hands it out."""
        return await self._context.database.write(self._export, request)

    def _export(self, connection: Connection, request: PersonRequest) -> tuple[HeldCredential, ...]:
        holder = self._personal.person(request.rld_number)
        opened = self._open_all(connection, holder)
        account_for_person(connection, "person.export", holder, request, now=self._context.clock.now())
        return opened

    async def erase(self, request: PersonRequest) -> bool:
        """Destroy this holder's data key, and so all they have here; False where there is nothing.

        A backup restored later is shredded again when the wallet starts.
        """
        now = self._context.clock.now()

        def forget(connection: Connection, holder: str) -> None:
            forget_holder(connection, holder)
            account_for_person(connection, "person.erase", holder, request, now=now)

        holder = self._personal.person(request.rld_number)
        at = format_timestamp(now)
        return await to_thread.run_sync(
            partial(self._personal.erase, self._context.database, holder, forget, at=at)
        )

    async def _checked(self, held: HeldCredential) -> CheckedCredential:
        verification = await self._verify(held.raw)
        card = replace(read_card(held.id, held.document, verification), taken_back_at=held.taken_back_at)
        return CheckedCredential(card=card, held=held, verification=verification)

    def _require_well_formed(self, credential_id: str, rld_number: str, delivery: Delivery) -> None:
        if not _CREDENTIAL_ID.fullmatch(credential_id):
            raise MalformedValue("A credential's id is a urn:uuid in small letters.")
        if not _RLD_NUMBER.fullmatch(rld_number):
            raise MalformedValue("The holder is an RLD number.", pointer="/holder")
        # Only our own verify page may ever be shown as this credential's code.
        prefix = f"{self._context.settings.base_url}/v/"
        if not delivery.verify_url.startswith(prefix) or not _TOKEN.fullmatch(
            delivery.verify_url.removeprefix(prefix)
        ):
            raise MalformedValue("The verify URL is one of this deployment's.", pointer="/verify_url")
        if not _TYPED_CODE.fullmatch(delivery.typed_code):
            raise MalformedValue("The typed code is letters and digits in groups.", pointer="/typed_code")
        path = delivery.certificate_path
        if not path or safe_next_path(path, default="") != path:
            raise MalformedValue("The certificate is at a path of this site.", pointer="/certificate_path")

    def _keep(self, connection: Connection, held: HeldCredential, holder: str) -> bool:
        standing = store.credential_or_none(connection, held.id)
        keys = self._personal.ensure_keys(connection, [holder])
        if standing is None:
            store.insert_credential(connection, self._seal(keys, held, holder))
            entry = Entry(actor="issuer", act="credential.receive", object=held.id)
            record(connection, entry, now=self._context.clock.now())
            return True
        if standing.holder_index != holder or replace(_unseal(keys, standing), taken_back_at=None) != held:
            raise ConflictError("This credential was delivered before with other content.")
        return False

    def _seal(self, keys: DataKeys, held: HeldCredential, holder: str) -> SealedCredential:
        delivery = orjson.dumps(asdict(held.delivery))
        return SealedCredential(
            id=held.id,
            holder_index=holder,
            credential=keys.seal(holder, held.raw, _place(held.id, "credential")),
            delivery=keys.seal(holder, delivery, _place(held.id, "delivery")),
            received_at=self._context.clock.now(),
        )


def forget_holder(connection: Connection, holder: str) -> None:
    """Delete everything this holder has here."""
    store.forget_holder(connection, holder)
    notice_store.forget_holder(connection, holder)
    share_store.forget_holder(connection, holder)
    received_store.forget_holder(connection, holder)
    asked_store.forget_holder(connection, holder)
    for kept in (pin_store, phone_store, access_store, recovery_store, chat_store):
        kept.forget_holder(connection, holder)


def _unseal(keys: DataKeys, sealed: SealedCredential) -> HeldCredential:
    holder = sealed.holder_index
    delivery = keys.unseal(holder, sealed.delivery, _place(sealed.id, "delivery"))
    return HeldCredential(
        id=sealed.id,
        raw=keys.unseal(holder, sealed.credential, _place(sealed.id, "credential")),
        delivery=Delivery(**orjson.loads(delivery)),
        taken_back_at=sealed.taken_back_at,
    )


def _take_back(connection: Connection, credential_id: str, now: datetime) -> bool:
    is_news = store.take_back(connection, credential_id, now)
    if is_news:
        record(connection, Entry(actor="issuer", act="credential.taken-back", object=credential_id), now=now)
    return is_news


def _place(credential_id: str, column: str) -> Place:
    return Place(table=_TABLE, row=credential_id, column=column)


def require_accepted(verification: Verification) -> None:
    """Raises unless the credential is authentic and its issuer was entitled.

    *In force* is not asked: a revoked credential is its holder's all the same, and is shown so.
    """
    for question, problem_type in _REQUIRED.items():
        verdict = verification.verdicts[question]
        if verdict.answer is Answer.NO:
            raise NotAccepted(
                "The credential is not accepted.",
                findings=(
                    Finding(type=problem_type, detail=_refusal(question, verdict.reason)),
                    *verification.findings,
                ),
            )
    for question in _REQUIRED:
        verdict = verification.verdicts[question]
        if verdict.answer is Answer.COULD_NOT_CHECK:
            raise EvidenceUnavailable(f"{_refusal(question, verdict.reason)} Deliver it again later.")


def _refusal(question: Question, reason: Reason) -> str:
    return f"The credential is not accepted: {question.value}, {reason.value}."
