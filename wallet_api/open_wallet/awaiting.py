"""What issuers give, now or later: verified when it comes, kept, and the issuer told what became of it."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import orjson

from runtime.auth import Principal
from runtime.entropy import random_token
from runtime.personal_data import Place
from runtime.service import ServiceContext
from runtime.tasks import keep_doing
from runtime.verification import VerificationShell
from vc.crypto.keys import PublicKey
from vc.errors import EvidenceUnavailable, ProtocolError
from vc.oid4vc.credential_request import Event
from vc.oid4vc.dcql import CredentialFormat
from vc.oid4vc.issuance_answers import AccessToken, Deferred, IssuedCredentials
from wallet_api import share_store
from wallet_api.open_wallet import received_store as store
from wallet_api.open_wallet.arriving import ReadCredential, require_good, text_of
from wallet_api.open_wallet.doors import Refused
from wallet_api.open_wallet.issuance_client import Access, IssuanceClient
from wallet_api.open_wallet.issuers import IssuerStanding
from wallet_api.open_wallet.not_given import NOTE_LIFETIME, NotGiven, note_in
from wallet_api.open_wallet.received import (
    ID_BITS,
    Description,
    NewCopy,
    Received,
    bytes_as_kept,
    bytes_of_kept,
)
from wallet_api.open_wallet.received_store import Connection, SealedAwaited
from wallet_api.service import NotAccepted
from wallet_api.telling import BETWEEN
from wallet_api.visible import is_limited, number_of

_PAUSE_SECONDS: Final = 5.0
_AT_ONCE: Final = 20
_LEASE: Final = timedelta(minutes=2)
_AGAIN: Final = timedelta(minutes=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class ExpectedKey:
    """A key that a text is to be bound to, sealed for the place with this id."""

    copy_id: str
    public: PublicKey
    sealed: bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class Expected:
    """What an issuer was asked for. ``transaction_id`` is set while it makes that later."""

    issuer: str
    issuer_names: Mapping[str, str]
    standing: IssuerStanding
    names: Mapping[str, str]
    format: CredentialFormat
    deferred_endpoint: str | None
    notification_endpoint: str | None
    access: Access
    transaction_id: str | None
    keys: tuple[ExpectedKey, ...]
    is_limited: bool


class Awaiting:
    """What the holders of one wallet get, and wait for."""

    def __init__(
        self,
        context: ServiceContext,
        client: IssuanceClient,
        received: Received,
        shell: VerificationShell | None,
    ) -> None:
        """Without ``shell`` nothing is taken."""
        self._context = context
        self._personal = context.personal
        self._client = client
        self._received = received
        self._shell = shell

    async def arrive(self, holder: str, expected: Expected, issued: IssuedCredentials) -> str:
        """Verify and keep what came; the id of what is kept.

        The issuer is told either way. Raises ``NotAccepted``, ``MalformedValue``, ``EvidenceUnavailable``.
        """
        try:
            description, copies = await self._good(expected, issued)
        except (NotAccepted, ProtocolError):
            await self._notify(expected, issued, Event.FAILURE)
            raise
        document_id = await self._context.database.write(self._received.keep, holder, description, copies)
        await self._notify(expected, issued, Event.ACCEPTED)
        return document_id

    async def wait(self, holder: str, expected: Expected, *, after: int, until: datetime) -> None:
        """Have it asked for again after so many seconds."""
        if expected.deferred_endpoint is None:
            raise EvidenceUnavailable("The issuer says that it is late, and not where to ask again.")
        await self._context.database.write(self._keep_waiting, holder, expected, after, until)

    async def count(self, rld_number: str) -> int:
        """How much this holder waits for."""
        return sum(isinstance(one, Expected) for one in await self._of(rld_number))

    async def not_given(self, who: Principal) -> tuple[NotGiven, ...]:
        """What this holder waited for in the last days, and does not get."""
        found = [one for one in await self._of(number_of(who)) if isinstance(one, NotGiven)]
        return tuple(one for one in found if one.is_limited or not is_limited(who))

    async def run(self) -> None:
        """Keep asking; ends only by cancellation."""
        await keep_doing(self.ask_due, every_seconds=_PAUSE_SECONDS, failure="issuers could not be asked")

    async def ask_due(self) -> None:
        """Ask for everything that is due, each by one process alone."""
        now = self._context.clock.now()
        due = await self._context.database.write(store.claim_due, now, until=now + _LEASE, limit=_AT_ONCE)
        await asyncio.gather(*(self._ask(one, now) for one in due))

    async def _of(self, rld_number: str) -> tuple[Expected | NotGiven | None, ...]:
        def read(connection: Connection) -> tuple[Expected | NotGiven | None, ...]:
            holder = self._personal.person(rld_number)
            return tuple(self._open(connection, one) for one in store.awaited_of(connection, holder))

        return await self._context.database.read(read)

    async def _ask(self, sealed: SealedAwaited, now: datetime) -> None:
        database = self._context.database
        expected = await database.read(self._open, sealed)
        if not isinstance(expected, Expected):
            # A note whose time is over, or somebody who was erased.
            await database.write(store.forget_awaited, sealed.awaited_id)
            return
        if sealed.expires_at <= now or expected.deferred_endpoint is None:
            await database.write(self._give_up, sealed, expected, now)
            return
        try:
            answer = await self._client.deferred(
                expected.deferred_endpoint, expected.access, str(expected.transaction_id)
            )
        except EvidenceUnavailable:
            await database.write(store.put_off, sealed.awaited_id, now + _AGAIN)
            return
        except (Refused, ProtocolError):
            await database.write(self._give_up, sealed, expected, now)
            return
        if isinstance(answer, Deferred):
            await database.write(store.put_off, sealed.awaited_id, now + timedelta(seconds=answer.interval))
            return
        try:
            await self.arrive(sealed.holder_index, expected, answer)
        except (NotAccepted, ProtocolError):
            await database.write(self._give_up, sealed, expected, now)
            return
        await database.write(self._done, sealed, now)

    async def _good(
        self, expected: Expected, issued: IssuedCredentials
    ) -> tuple[Description, tuple[NewCopy, ...]]:
        if self._shell is None:
            raise EvidenceUnavailable("Nothing can be verified here.")
        if len(issued.credentials) > len(expected.keys):
            raise NotAccepted("The issuer gave more than it was asked for.")
        sitting = self._shell.sitting()
        left = {one.public: one for one in expected.keys}
        copies: list[NewCopy] = []
        found: list[ReadCredential] = []
        for body in issued.credentials:
            text = text_of(expected.format, body)
            # In which order they come is not said (section 8.3), and each key is good for one.
            read, key = await require_good(sitting, expected.format, text, tuple(left), expected.standing)
            kept = left.pop(key)
            found.append(read)
            copies.append(NewCopy(copy_id=kept.copy_id, text=text, holder_key=kept.sealed))
        if any(one.subject != found[0].subject for one in found):
            raise NotAccepted("The issuer gave several credentials as copies of one.")
        description = Description(
            issuer=expected.issuer,
            issuer_names=expected.issuer_names,
            names=expected.names,
            format=expected.format,
            type_name=found[0].type_name,
            root=found[0].root,
            subject=found[0].subject,
            is_limited=expected.is_limited,
        )
        return description, tuple(copies)

    async def _notify(self, expected: Expected, issued: IssuedCredentials, event: Event) -> None:
        if expected.notification_endpoint is None or issued.notification_id is None:
            return
        with suppress(EvidenceUnavailable):
            await self._client.notify(
                expected.notification_endpoint, expected.access, issued.notification_id, event
            )

    def _keep_waiting(
        self, connection: Connection, holder: str, expected: Expected, after: int, until: datetime
    ) -> None:
        awaited_id, now = random_token(ID_BITS), self._context.clock.now()
        keys = self._personal.ensure_keys(connection, [holder])
        sealed = SealedAwaited(
            awaited_id=awaited_id,
            holder_index=holder,
            sealed=keys.seal(holder, _as_kept(expected), _place(awaited_id)),
            due_at=now + timedelta(seconds=after),
            expires_at=until,
        )
        store.insert_awaited(connection, sealed)

    def _open(self, connection: Connection, sealed: SealedAwaited) -> Expected | NotGiven | None:
        """None where the holder was erased meanwhile."""
        holder = sealed.holder_index
        keys = self._personal.keys(connection, [holder])
        if holder not in keys:
            return None
        return _kept(keys.unseal(holder, sealed.sealed, _place(sealed.awaited_id)))

    def _give_up(
        self, connection: Connection, sealed: SealedAwaited, expected: Expected, now: datetime
    ) -> None:
        """Wait no more, and leave a note where it was awaited: it is news, too."""
        holder, note_id = sealed.holder_index, random_token(ID_BITS)
        keys = self._personal.keys(connection, [holder])
        if not store.forget_awaited(connection, sealed.awaited_id) or holder not in keys:
            return
        note = NotGiven(
            issuer=expected.issuer,
            issuer_names=expected.issuer_names,
            names=expected.names,
            is_limited=expected.is_limited,
        )
        until = now + NOTE_LIFETIME
        kept = SealedAwaited(
            awaited_id=note_id,
            holder_index=holder,
            sealed=keys.seal(holder, note.as_kept(), _place(note_id)),
            due_at=until,
            expires_at=until,
        )
        store.insert_awaited(connection, kept)
        share_store.tell_soon(connection, holder, now, between=BETWEEN)

    def _done(self, connection: Connection, sealed: SealedAwaited, now: datetime) -> None:
        store.forget_awaited(connection, sealed.awaited_id)
        share_store.tell_soon(connection, sealed.holder_index, now, between=BETWEEN)


def _as_kept(expected: Expected) -> bytes:
    token, secret = expected.access.token, expected.access.dpop_secret
    return orjson.dumps(
        {
            "issuer": expected.issuer,
            "issuerNames": dict(expected.issuer_names),
            "standing": expected.standing.value,
            "names": dict(expected.names),
            "format": expected.format.value,
            "deferredEndpoint": expected.deferred_endpoint,
            "notificationEndpoint": expected.notification_endpoint,
            "token": token.token,
            "dpop": None if secret is None else bytes_as_kept(secret),
            "transactionId": expected.transaction_id,
            "keys": [
                {"id": one.copy_id, "public": one.public.jwk, "sealed": bytes_as_kept(one.sealed)}
                for one in expected.keys
            ],
            "limited": expected.is_limited,
        }
    )


def _kept(data: bytes) -> Expected | NotGiven:
    kept: dict[str, Any] = orjson.loads(data)
    note = note_in(kept)
    if note is not None:
        return note
    secret = None if kept["dpop"] is None else bytes_of_kept(kept["dpop"])
    return Expected(
        issuer=kept["issuer"],
        issuer_names=kept["issuerNames"],
        standing=IssuerStanding(kept["standing"]),
        names=kept["names"],
        format=CredentialFormat(kept["format"]),
        deferred_endpoint=kept["deferredEndpoint"],
        notification_endpoint=kept["notificationEndpoint"],
        access=Access(
            token=AccessToken(token=kept["token"], is_dpop=secret is not None, identifiers={}),
            dpop_secret=secret,
        ),
        transaction_id=kept["transactionId"],
        keys=tuple(
            ExpectedKey(
                copy_id=one["id"],
                public=PublicKey.from_jwk(one["public"]),
                sealed=bytes_of_kept(one["sealed"]),
            )
            for one in kept["keys"]
        ),
        is_limited=kept["limited"],
    )


def _place(awaited_id: str) -> Place:
    return Place(table="awaited", row=awaited_id, column="sealed")
