"""Answering a verifier: what of a holder's would answer, what they agree to, the one answer that is sent."""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import orjson

from runtime.audit_log import Entry, record
from runtime.auth import Principal
from runtime.i18n import gettext_noop
from runtime.personal_data import Place
from runtime.retention import SHARE, before
from runtime.service import ServiceContext
from vc.encoding.strict_json import JsonObject, JsonValue
from vc.errors import ConflictError, EvidenceUnavailable, MalformedValue
from vc.oid4vc.claims_path import ClaimsPath
from vc.oid4vc.dcql import CredentialFormat, CredentialQuery, type_of
from vc.oid4vc.dcql_matching import Candidate, Choice, choices, disclosed, matching, taken
from vc.oid4vc.received_request import ReceivedRequest
from vc.oid4vc.transaction_data import AskedWatch
from vc.oid4vc.vp_token import Presentation
from wallet_api import access_log
from wallet_api.access_log import AccessEntry, AccessKind
from wallet_api.card import State
from wallet_api.open_wallet import asked_store as store
from wallet_api.open_wallet.answer_receipts import AnswerReceipt, kept_answer_receipt
from wallet_api.open_wallet.arriving import read_credential
from wallet_api.open_wallet.asked_store import AskedState, Connection
from wallet_api.open_wallet.askers import Asker, Askers
from wallet_api.open_wallet.asking import ANSWERED_BEFORE, Asking, watches_in
from wallet_api.open_wallet.presenting import Binding, Presenting, Taken, presentation_of
from wallet_api.open_wallet.received import Received, ReceivedDocument
from wallet_api.open_wallet.sending import Delivered, send_answer, send_refusal
from wallet_api.open_wallet.terms import (
    HealthNotAgreed,
    is_about_health,
    may_see,
    needs_permit,
    require_may_ask,
)
from wallet_api.receipts import SharedCertificate
from wallet_api.service import CheckedCredential, Wallet
from wallet_api.share_terms import subject_of
from wallet_api.share_terms import type_of as type_of_held
from wallet_api.unlocking import HOLDER, Unlocked
from wallet_api.visible import number_of

_NOT_THERE: Final = gettext_noop("You have nothing that answers this request now.")
_NO_AGREEMENT: Final = gettext_noop("What they want you to agree to cannot be agreed to with these.")

Who = Principal | Unlocked


class NotAnswerable(MalformedValue):
    """What was chosen does not answer the request; the sentence is for the holder, a message id."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Possible:
    """A credential that would answer a query, and what of it would be shown.

    ``held`` or ``received`` is what it is. ``claims`` is shown, and everything where ``is_whole``.
    """

    id: str
    type_name: str
    claims: JsonObject
    is_whole: bool
    held: CheckedCredential | None
    received: ReceivedDocument | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Offer:
    """What would be shown to whom. ``possible`` is by query; ``choices`` is None where nothing answers."""

    request_id: str
    request: ReceivedRequest
    asker: Asker
    watches: tuple[AskedWatch, ...]
    needs_permit: bool
    possible: Mapping[str, tuple[Possible, ...]]
    choices: tuple[Choice, ...] | None

    def is_about_health(self) -> bool:
        """Whether something about health could be shown."""
        return any(is_about_health(one.type_name) for found in self.possible.values() for one in found)


@dataclass(frozen=True, kw_only=True, slots=True)
class Agreed:
    """What a holder agrees to: which credential for which query, and which of what may be passed over."""

    picked: Mapping[str, str]
    also: Collection[str]
    says_permit: bool = False
    agrees_to_health: bool = False


class Answering:
    """The answers of one wallet's holders."""

    def __init__(
        self,
        context: ServiceContext,
        *,
        asking: Asking,
        askers: Askers,
        wallet: Wallet,
        received: Received,
        presenting: Presenting,
    ) -> None:
        """Join the parts."""
        self._context = context
        self._personal = context.personal
        self._asking = asking
        self._askers = askers
        self._wallet = wallet
        self._received = received
        self._presenting = presenting

    async def offer(self, who: Who, request_id: str) -> Offer:
        """What of this holder's would answer a request.

        Raises ``NotLicensed``, ``RequesterRefused`` and ``AskedTooMuch`` before anything is looked at, each
        with a warning; ``NotFound``, ``ConflictError`` where it is over, ``EvidenceUnavailable``.
        """
        request = await self._asking.asked(self._personal.person(number_of(who)), request_id)
        asker = await self._askers.of(request)
        permit = needs_permit(asker, request.query)
        require_may_ask(asker, request.query, says_permit=permit)
        every = [*await self._held(who, request), *await self._from_elsewhere(who)]
        possible: dict[str, tuple[Possible, ...]] = {}
        for query in request.query.credentials:
            ids = set(matching(query, [one for one, _, _ in every]))
            found = [
                _possible(query, candidate, held, received)
                for candidate, held, received in every
                if candidate.format is query.format and candidate.id in ids
            ]
            fit = tuple(
                one
                for one in found
                if not one.is_whole or may_see(asker, one.type_name, list(one.claims), says_permit=permit)
            )
            if fit:
                possible[query.id] = fit
        return Offer(
            request_id=request_id,
            request=request,
            asker=asker,
            watches=watches_in(request),
            needs_permit=permit,
            possible=possible,
            choices=choices(request.query, possible),
        )

    async def answer(self, unlocked: Unlocked, request_id: str, agreed: Agreed) -> Delivered:
        """Send what a holder agreed to, once.

        It is written down before it is sent: what was sent cannot be taken back, whatever comes of it.
        Raises as ``offer``; ``RequesterRefused`` and ``HealthNotAgreed`` without a tick that is needed,
        ``NotAnswerable`` for a choice that is none, and as ``Presenting``.
        """
        offer = await self.offer(unlocked, request_id)
        if offer.needs_permit and not agreed.says_permit:
            require_may_ask(offer.asker, offer.request.query, says_permit=False)
        chosen = _chosen(offer, agreed)
        if any(is_about_health(one.type_name) for one in chosen.values()) and not agreed.agrees_to_health:
            raise HealthNotAgreed
        _require_agreeable(offer, chosen)
        now = self._context.clock.now().replace(microsecond=0)
        request = offer.request
        vp_token: dict[str, list[Presentation]] = {}
        for query_id, one in sorted(chosen.items()):
            query = request.query.credential(query_id)
            binding = Binding(
                audience=request.client_id,
                nonce=request.nonce,
                now=now,
                transaction_data=_transactions_for(offer, query_id),
            )
            text = await self._take(unlocked, one, query)
            vp_token[query_id] = [presentation_of(text, _paths(query), binding)]
        receipt = _receipt(offer, tuple(chosen.values()), vp_token, now)
        await self._context.database.write(self._settle, unlocked.holder, offer, receipt)
        return await send_answer(self._context.fetcher, request, vp_token)

    async def decline(self, who: Principal, request_id: str) -> None:
        """Say no, once; whether the verifier hears it does not matter to the holder.

        Raises ``NotFound``, ``ConflictError`` where it had its answer.
        """
        holder = self._personal.person(number_of(who))
        request = await self._asking.asked(holder, request_id)
        await self._context.database.write(self._decline, request_id)
        await send_refusal(self._context.fetcher, request)

    async def answered(self, who: Who) -> tuple[AnswerReceipt, ...]:
        """The receipts of what this holder answered, newest first; a limited view has less of them."""
        found = await self.everything(number_of(who))
        ids = await self._wallet.visible_ids(who)
        if ids is None:
            return found
        seen = ids | {one.document_id for one in await self._received.of(who)}
        return tuple(one for one in found if {each.credential_id for each in one.certificates} <= seen)

    async def everything(self, rld_number: str) -> tuple[AnswerReceipt, ...]:
        """The receipts of everything that this holder answered, for their export."""
        holder = self._personal.person(rld_number)
        return await self._context.database.read(self._receipts, holder)

    async def sweep(self) -> None:
        """Forget requests whose time is over, and receipts beyond their limit."""
        now = self._context.clock.now()
        limit = before(self._context.settings, SHARE, now)

        def forget(connection: Connection) -> None:
            store.forget_over(connection, now, answered_before=limit)

        await self._context.database.write(forget)

    async def _held(
        self, who: Who, request: ReceivedRequest
    ) -> list[tuple[Candidate, CheckedCredential | None, ReceivedDocument | None]]:
        formats = {one.format for one in request.query.credentials}
        checked, ids = await self._wallet.checked(number_of(who)), await self._wallet.visible_ids(who)
        found: list[tuple[Candidate, CheckedCredential | None, ReceivedDocument | None]] = []
        for one in checked:
            stands = one.card.state is State.IN_FORCE and one.card.taken_back_at is None
            if stands and (ids is None or one.held.id in ids) and type_of_held(one):
                found += [(_candidate(one, form), one, None) for form in CredentialFormat if form in formats]
        return found

    async def _from_elsewhere(
        self, who: Who
    ) -> list[tuple[Candidate, CheckedCredential | None, ReceivedDocument | None]]:
        return [
            (
                Candidate(id=one.document_id, format=one.description.format, claims=one.description.root),
                None,
                one,
            )
            for one in await self._received.of(who)
            if one.copies and one.state in (None, State.IN_FORCE)
        ]

    async def _take(self, unlocked: Unlocked, one: Possible, query: CredentialQuery) -> Taken:
        """A text of it. Raises ``EvidenceUnavailable`` where it says something else than was shown."""
        if one.held is None:
            found = await self._presenting.take_received(unlocked, one.id)
        else:
            found = await self._presenting.take_held(unlocked, one.id, query.format)
        subject = read_credential(found.format, found.text).subject
        if _shown(subject, query, is_whole=one.is_whole) != one.claims:
            raise EvidenceUnavailable("The copy of a certificate does not say what the certificate says.")
        return found

    def _settle(self, connection: Connection, holder: str, offer: Offer, receipt: AnswerReceipt) -> None:
        now = self._context.clock.now()
        keys = self._personal.ensure_keys(connection, [holder])
        sealed = keys.seal(holder, receipt.as_kept(), _receipt_place(offer.request_id))
        if not store.settle(connection, offer.request_id, AskedState.ANSWERED, sealed, now):
            raise ConflictError(ANSWERED_BEFORE)
        entry = AccessEntry(kind=AccessKind.SHARED, by=HOLDER, detail=offer.asker.name_in_log, at=now)
        access_log.add(self._personal, connection, holder, entry)
        record(connection, Entry(actor=HOLDER, act="request.answer", object=offer.request_id), now=now)

    def _decline(self, connection: Connection, request_id: str) -> None:
        now = self._context.clock.now()
        if not store.settle(connection, request_id, AskedState.DECLINED, None, now):
            raise ConflictError(ANSWERED_BEFORE)
        record(connection, Entry(actor=HOLDER, act="request.decline", object=request_id), now=now)

    def _receipts(self, connection: Connection, holder: str) -> tuple[AnswerReceipt, ...]:
        keys = self._personal.keys(connection, [holder])
        if holder not in keys:
            return ()
        return tuple(
            kept_answer_receipt(keys.unseal(holder, one.receipt, _receipt_place(one.request_id)))
            for one in store.answered_of(connection, holder)
            if one.receipt is not None
        )


def _candidate(one: CheckedCredential, form: CredentialFormat) -> Candidate:
    """A certificate as a copy of it in this format would be."""
    if form is not CredentialFormat.SD_JWT_VC:
        return Candidate(id=one.held.id, format=form, claims=dict(one.held.document))
    claims: dict[str, JsonValue] = {**subject_of(one), "vct": type_of(type_of_held(one), form)}
    return Candidate(id=one.held.id, format=form, claims=claims)


def _possible(
    query: CredentialQuery,
    candidate: Candidate,
    held: CheckedCredential | None,
    received: ReceivedDocument | None,
) -> Possible:
    if held is not None:
        type_name, subject = type_of_held(held), subject_of(held)
    elif received is not None:
        type_name, subject = received.description.type_name, received.description.subject
    is_whole = query.format is not CredentialFormat.SD_JWT_VC
    return Possible(
        id=candidate.id,
        type_name=type_name,
        claims=_shown(subject, query, is_whole=is_whole),
        is_whole=is_whole,
        held=held,
        received=received,
    )


def _shown(subject: JsonObject, query: CredentialQuery, *, is_whole: bool) -> JsonObject:
    whole = {name: value for name, value in subject.items() if name not in ("id", "type")}
    return whole if is_whole else disclosed(whole, _paths(query))


def _receipt(
    offer: Offer,
    chosen: Sequence[Possible],
    vp_token: Mapping[str, Sequence[Presentation]],
    now: datetime,
) -> AnswerReceipt:
    asker = offer.asker
    sent = [one for presentations in vp_token.values() for one in presentations]
    return AnswerReceipt(
        request_id=offer.request_id,
        client_id=offer.request.client_id,
        host=asker.host,
        licence_number=asker.recipient.licence_number,
        names=asker.recipient.names,
        programme=None if asker.programme is None else asker.programme.id,
        certificates=tuple(
            SharedCertificate(credential_id=one.id, type_name=one.type_name, claims=tuple(one.claims))
            for one in chosen
        ),
        made_at=now,
        watched_until=max((watch.until for watch in offer.watches), default=None),
        digests=tuple(
            hashlib.sha256(one.encode() if isinstance(one, str) else orjson.dumps(one)).hexdigest()
            for one in sent
        ),
    )


def _paths(query: CredentialQuery) -> list[ClaimsPath]:
    return [claim.path for claim in query.claims]


def _chosen(offer: Offer, agreed: Agreed) -> dict[str, Possible]:
    """What is shown, by query. Raises ``NotAnswerable``."""
    ids = taken(offer.request.query, offer.possible, agreed.also)
    if not ids:
        raise NotAnswerable(_NOT_THERE)
    chosen = {}
    for query_id in ids:
        found = offer.possible[query_id]
        wished = agreed.picked.get(query_id, found[0].id)
        one = next((one for one in found if one.id == wished), None)
        if one is None:
            raise NotAnswerable(_NOT_THERE)
        chosen[query_id] = one
    return chosen


def _require_agreeable(offer: Offer, chosen: Mapping[str, Possible]) -> None:
    """Whatever is to be agreed to is agreed to by an SD-JWT VC that is shown. Raises ``NotAnswerable``."""
    for watch in offer.watches:
        shown = [query_id for query_id in watch.query_ids if query_id in chosen]
        if not shown or any(chosen[query_id].is_whole for query_id in shown):
            raise NotAnswerable(_NO_AGREEMENT)


def _transactions_for(offer: Offer, query_id: str) -> tuple[str, ...]:
    texts = offer.request.transaction_data
    return tuple(
        text for text, watch in zip(texts, offer.watches, strict=True) if query_id in watch.query_ids
    )


def _receipt_place(request_id: str) -> Place:
    return Place(table="asked_request", row=request_id, column="receipt")
