"""Sharing: a holder decides who sees what, until when, and how often; and sees who looked.

What is shared is made at that moment, with the PIN: presentations for one audience, bound to a nonce that
follows from the link. They are sealed under a key that follows from the link too, and that under the
holder's data key: whoever has database and keyring opens nothing without the link.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

import orjson

from runtime.audit_log import Entry, record
from runtime.auth import Principal
from runtime.entropy import decode_code, random_token
from runtime.i18n import PHNOM_PENH, gettext_noop
from runtime.personal_data import Place
from runtime.retention import SHARE, before
from runtime.service import ServiceContext
from runtime.share_links import (
    new_share_token,
    share_audience,
    share_index,
    share_link,
    share_nonce,
)
from runtime.verification import VerificationShell
from vc.errors import ConflictError, EvidenceUnavailable, NotFound
from vc.oid4vc.claims_path import select
from vc.trust.licences import licence_stands
from wallet_api import access_log, share_store
from wallet_api.access_log import AccessEntry, AccessKind
from wallet_api.bound_copies import BoundCopies, BoundCopy, present
from wallet_api.receipts import Receipt, SharedCertificate, kept_receipt, logged_name
from wallet_api.service import CheckedCredential, Wallet
from wallet_api.share_sealing import NO_SUCH_LINK, open_by_link, seal_for_link
from wallet_api.share_store import SealedShare
from wallet_api.share_terms import (
    NotLicensed,
    Offered,
    Recipient,
    Wish,
    chosen_of,
    offered_for,
    open_programme,
    require_bounds,
)
from wallet_api.store import Connection
from wallet_api.telling import BETWEEN
from wallet_api.unlocking import HOLDER, Unlocked
from wallet_api.visible import number_of

SHARE_ID_BITS: Final = 80
SOMEBODY: Final = gettext_noop("Somebody with the link")
"""Who opened a share that is for whoever has the link, and did not sign in."""
_MADE_BEFORE: Final = gettext_noop("This was shared already. You find it among what you share.")

Who = Principal | Unlocked
"""A holder at a page, or with their PIN; with the second PIN they have less."""


@dataclass(frozen=True, kw_only=True, slots=True)
class MadeShare:
    """A share that was just made: its link is in nobody's hands yet and is kept nowhere."""

    link: str
    receipt: Receipt


@dataclass(frozen=True, kw_only=True, slots=True)
class HeldShare:
    """A share as its holder sees it. ``is_open``: somebody can still open it; ``stands``: not over yet."""

    receipt: Receipt
    views_left: int
    stopped_at: datetime | None
    is_open: bool
    stands: bool

    @property
    def goes_on(self) -> bool:
        """Whether they can still look, or are still told: there is something to stop."""
        return self.is_open or (self.stands and self.receipt.is_watched)


@dataclass(frozen=True, kw_only=True, slots=True)
class _New:
    """A share to be kept; ``names`` are by what others can name its certificates."""

    receipt: Receipt
    token: str
    presentations: Sequence[str]
    names: Sequence[str]


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenedShare:
    """What a verifier gets: what was agreed, and the presentations."""

    receipt: Receipt
    presentations: tuple[str, ...]
    views_left: int


class Shares:
    """The shares of one deployment's holders."""

    def __init__(
        self,
        context: ServiceContext,
        wallet: Wallet,
        copies: BoundCopies,
        shell: VerificationShell | None,
    ) -> None:
        """Without ``shell`` nobody's licence can be looked up, and nothing is shared with organisations."""
        self._context = context
        self._personal = context.personal
        self._wallet = wallet
        self._copies = copies
        self._shell = shell

    async def recipient(self, licence_number: str | None) -> Recipient:
        """For whom a share would be. Raises ``NotLicensed``, ``EvidenceUnavailable`` without a trust list."""
        if licence_number is None:
            return Recipient(licence=None)
        if self._shell is None:
            raise EvidenceUnavailable("Licences cannot be looked up here.")
        licences = await self._shell.licences()
        if not licence_stands(licences, licence_number, self._context.clock.now()):
            raise NotLicensed
        return Recipient(licence=licences[licence_number])

    async def offered(self, who: Who, wish: Wish) -> tuple[Offered, ...]:
        """What may be shared with whom ``wish`` names, for what it names.

        Raises as ``recipient``, ``open_programme`` and ``offered_for``.
        """
        recipient = await self.recipient(wish.licence_number)
        programme = open_programme(wish.programme, variant=wish.variant, on=self._today())
        requester = recipient.requester(says_permit=wish.says_permit)
        return offered_for(programme, requester, await self._seen_by(who))

    async def chosen(self, who: Who, wish: Wish) -> tuple[tuple[Offered, SharedCertificate], ...]:
        """What would be shared, claim by claim. Raises as ``offered``, ``chosen_of``, ``require_bounds``."""
        recipient = await self.recipient(wish.licence_number)
        programme = open_programme(wish.programme, variant=wish.variant, on=self._today())
        requester = recipient.requester(says_permit=wish.says_permit)
        require_bounds(wish, recipient)
        return chosen_of(programme, requester, await self._seen_by(who), wish)

    async def make(self, unlocked: Unlocked, wish: Wish) -> MadeShare:
        """Share what ``wish`` says, under the PIN.

        Raises as ``chosen`` and ``BoundCopies.take``; ``ConflictError`` where this form was sent before.
        """
        chosen = await self.chosen(unlocked, wish)
        recipient = await self.recipient(wish.licence_number)
        token, now = new_share_token(), self._context.clock.now().replace(microsecond=0)
        audience = share_audience(self._context.settings.base_url, wish.licence_number)
        presentations = [
            _presented(
                await self._copies.take(unlocked, one.credential_id),
                offered,
                one,
                audience=audience,
                nonce=share_nonce(token),
                now=now,
            )
            for offered, one in chosen
        ]
        receipt = Receipt(
            share_id=wish.share_id,
            licence_number=wish.licence_number,
            names=recipient.names,
            programme=wish.programme,
            variant=wish.variant,
            requester=recipient.requester(says_permit=wish.says_permit).value,
            certificates=tuple(one for _, one in chosen),
            made_at=now,
            expires_at=now + timedelta(hours=wish.hours),
            views=wish.views,
            is_watched=wish.is_watched and wish.licence_number is not None,
            shows_photo=wish.shows_photo and wish.licence_number is not None,
            digests=tuple(hashlib.sha256(text.encode()).hexdigest() for text in presentations),
        )
        names = [name for offered, _ in chosen for name in _names_of(offered)]
        new = _New(receipt=receipt, token=token, presentations=presentations, names=names)
        await self._context.database.write(self._keep, unlocked.holder, new)
        return MadeShare(link=share_link(self._context.settings.base_url, token), receipt=receipt)

    async def of(self, rld_number: str) -> tuple[HeldShare, ...]:
        """Everything that this holder shared and that is kept, newest first."""
        return await self._context.database.read(self._held, self._personal.person(rld_number))

    async def visible(self, who: Who) -> tuple[HeldShare, ...]:
        """As ``of``; a limited view shows shares of nothing but what it shows."""
        found, ids = await self.of(number_of(who)), await self._wallet.visible_ids(who)
        return tuple(one for one in found if ids is None or ids.issuperset(one.receipt.ids))

    async def receipt(self, who: Who, share_id: str) -> HeldShare:
        """One share of this holder. Raises ``NotFound`` for anybody else's, and beyond a limited view."""
        found = next((one for one in await self.visible(who) if one.receipt.share_id == share_id), None)
        if found is None:
            raise NotFound("There is no such share.")
        return found

    async def stop(self, who: Who, share_id: str | None = None) -> int:
        """End one share that ``who`` sees and that stands, or all of these; how many those were."""
        seen = [one.receipt.share_id for one in await self.visible(who) if one.stands]
        chosen = [one for one in seen if share_id in (None, one)]
        holder = self._personal.person(number_of(who))
        return await self._context.database.write(self._stop, holder, chosen)

    async def stop_all(self, rld_number: str) -> None:
        """End every share and drop the stock of copies: what a recovery does."""
        holder = self._personal.person(rld_number)
        standing = [one.receipt.share_id for one in await self.of(rld_number) if one.stands]
        await self._context.database.write(self._stop, holder, standing)
        await self._copies.forget(rld_number)

    async def open(self, token: str, licence_number: str | None) -> OpenedShare:
        """Open a share and count that, for whoever asks under this licence, or under none.

        Raises ``NotFound``, the same for a link that never was, that has ended, or that is for others;
        ``EvidenceUnavailable`` where it cannot be said who asks.
        """
        by = await self._named(licence_number)
        opened = await self._context.database.write(self._open, token, licence_number, by)
        if opened is None:
            raise NotFound(NO_SUCH_LINK)
        return opened

    async def look(self, name: str, licence_number: str) -> str | None:
        """Count a look at a certificate that its holder shares with this licence; the share's id.

        ``name`` is what its link or paper has: the token or the typed code, in its one spelling. None where
        no such share can be opened.
        """
        by = await self._named(licence_number)
        return await self._context.database.write(self._look, name, licence_number, by)

    async def standing(self, share_ids: Sequence[str]) -> frozenset[str]:
        """Which of these shares are neither stopped nor over."""
        now = self._context.clock.now()
        return await self._context.database.read(share_store.standing, share_ids, now)

    async def sweep(self) -> None:
        """Destroy what was shared and is over, and forget receipts beyond their limit."""
        now = self._context.clock.now()
        limit = before(self._context.settings, SHARE, now)
        await self._context.database.write(share_store.destroy_expired, now)
        await self._context.database.write(share_store.forget_ended, limit)

    def _keep(self, connection: Connection, holder: str, new: _New) -> None:
        receipt = new.receipt
        if share_store.share_or_none(connection, receipt.share_id) is not None:
            raise ConflictError(_MADE_BEFORE)
        keys = self._personal.ensure_keys(connection, [holder])
        inner = seal_for_link(new.token, receipt.share_id, orjson.dumps(new.presentations))
        sealed = SealedShare(
            share_id=receipt.share_id,
            holder_index=holder,
            token_index=share_index(new.token),
            recipient_index=self._recipient_index(receipt.licence_number),
            presentations=keys.seal(holder, inner, _place(receipt.share_id, "presentations")),
            receipt=keys.seal(holder, receipt.as_kept(), _place(receipt.share_id, "receipt")),
            made_at=receipt.made_at,
            expires_at=receipt.expires_at,
            views_left=receipt.views,
        )
        share_store.insert_share(connection, sealed, map(self._name_index, new.names))
        self._note(connection, sealed, AccessKind.SHARED, by=HOLDER, detail=receipt.name_in_log)
        self._account(connection, HOLDER, "share.make", receipt.share_id)

    def _held(self, connection: Connection, holder: str) -> tuple[HeldShare, ...]:
        keys, now = self._personal.keys(connection, [holder]), self._context.clock.now()
        if holder not in keys:
            return ()
        return tuple(
            HeldShare(
                receipt=kept_receipt(keys.unseal(holder, one.receipt, _place(one.share_id, "receipt"))),
                views_left=one.views_left,
                stopped_at=one.stopped_at,
                is_open=one.is_open(now),
                stands=one.stands(now),
            )
            for one in share_store.shares_of(connection, holder)
        )

    def _stop(self, connection: Connection, holder: str, share_ids: Sequence[str]) -> int:
        now = self._context.clock.now()
        stopped = share_store.stop_shares(connection, holder, share_ids, now)
        for one in stopped:
            entry = AccessEntry(kind=AccessKind.STOPPED, by=HOLDER, share_id=one, at=now)
            access_log.add(self._personal, connection, holder, entry)
            self._account(connection, HOLDER, "share.stop", one)
        return len(stopped)

    def _open(
        self, connection: Connection, token: str, licence_number: str | None, by: str
    ) -> OpenedShare | None:
        now = self._context.clock.now()
        found = share_store.share_behind(connection, share_index(token))
        if found is None:
            return None
        is_for_them = found.recipient_index in (None, self._recipient_index(licence_number))
        if not is_for_them or not share_store.use_view(connection, found.share_id, now):
            self._note(connection, found, AccessKind.REFUSED, by=by)
            self._account(connection, "verifier", "share.refuse", found.share_id)
            return None
        opened = self._unseal(connection, found, token)
        self._note_look(connection, found, by)
        return opened

    def _unseal(self, connection: Connection, found: SealedShare, token: str) -> OpenedShare:
        holder = found.holder_index
        keys = self._personal.keys(connection, [holder])
        inner = keys.unseal(holder, found.presentations or b"", _place(found.share_id, "presentations"))
        presentations = orjson.loads(open_by_link(token, found.share_id, inner))
        receipt = kept_receipt(keys.unseal(holder, found.receipt, _place(found.share_id, "receipt")))
        return OpenedShare(
            receipt=receipt, presentations=tuple(presentations), views_left=found.views_left - 1
        )

    def _look(self, connection: Connection, name: str, licence_number: str, by: str) -> str | None:
        now = self._context.clock.now()
        index, recipient = self._name_index(name), self._recipient_index(licence_number)
        for found in share_store.shares_for(connection, recipient or "", index, now):
            if share_store.use_view(connection, found.share_id, now):
                self._note_look(connection, found, by)
                return found.share_id
        return None

    def _note_look(self, connection: Connection, found: SealedShare, by: str) -> None:
        share_store.drop_used_up(connection, found.share_id)
        self._note(connection, found, AccessKind.OPENED, by=by)
        self._account(connection, "verifier", "share.open", found.share_id)

    def _note(
        self, connection: Connection, found: SealedShare, kind: AccessKind, *, by: str, detail: str = ""
    ) -> None:
        """Write it where the holder sees it; what others did is news."""
        now = self._context.clock.now()
        entry = AccessEntry(kind=kind, by=by, detail=detail, share_id=found.share_id, at=now)
        access_log.add(self._personal, connection, found.holder_index, entry)
        if kind is not AccessKind.SHARED:
            share_store.tell_soon(connection, found.holder_index, now, between=BETWEEN)

    def _account(self, connection: Connection, actor: str, act: str, share_id: str) -> None:
        record(connection, Entry(actor=actor, act=act, object=share_id), now=self._context.clock.now())

    async def _seen_by(self, who: Who) -> tuple[CheckedCredential, ...]:
        checked, ids = await self._wallet.checked(number_of(who)), await self._wallet.visible_ids(who)
        return tuple(one for one in checked if ids is None or one.held.id in ids)

    async def _named(self, licence_number: str | None) -> str:
        """Who asks, as the register names them."""
        if licence_number is None:
            return SOMEBODY
        return logged_name((await self.recipient(licence_number)).names)

    def _today(self) -> date:
        return self._context.clock.now().astimezone(PHNOM_PENH).date()

    def _recipient_index(self, licence_number: str | None) -> str | None:
        return None if licence_number is None else self._personal.blind_index("licence", licence_number)

    def _name_index(self, name: str) -> str:
        return self._personal.blind_index("shared name", name)


def new_share_id() -> str:
    """An id for a share that is yet to be made."""
    return random_token(SHARE_ID_BITS)


def _names_of(offered: Offered) -> tuple[str, str]:
    """By what others can name a certificate: the token of its link, and its typed code."""
    delivery = offered.checked.held.delivery
    return decode_code(delivery.verify_url.rpartition("/")[2]), decode_code(delivery.typed_code)


def _presented(
    copy: BoundCopy, offered: Offered, chosen: SharedCertificate, *, audience: str, nonce: str, now: datetime
) -> str:
    """The presentation. Raises ``EvidenceUnavailable`` where the copy says something else than was shown."""
    subject, claims = offered.subject, copy.subject
    if any(select(claims, (name,)) != select(subject, (name,)) for name in chosen.claims):
        raise EvidenceUnavailable("The copy of a certificate does not say what the certificate says.")
    paths = [(name,) for name in chosen.claims]
    return present(copy, paths=paths, audience=audience, nonce=nonce, now=now)


def _place(share_id: str, column: str) -> Place:
    return Place(table="share", row=share_id, column=column)
