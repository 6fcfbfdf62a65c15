"""The status registry as its doors see it: start, allocate, revoke, answer, serve."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import anyio.to_thread

from revocation import acts, appeal_store, change_store, ledger, publication, store
from revocation.acts import Done
from revocation.clients import announce_key
from revocation.publication import Publishing
from revocation.published_files import PublishedFile, PublishedFiles
from revocation.publisher import KEY_ID, NOT_PUBLISHED, TICK_SECONDS, Publisher
from revocation.records import AllocatedEntry
from revocation.representations import (
    BITSTRING_LISTS,
    NOTES,
    TOKEN_LIST_JWT,
    TOKEN_LISTS,
    list_named_by,
)
from revocation.store import Connection
from revocation.values import URGENT, Change, Intent, Revocation
from runtime.database import StorageUnavailable
from runtime.journal import Journal
from runtime.logging import get_logger
from runtime.service import ServiceContext
from runtime.settings import Settings
from runtime.tasks import outlive
from schemas import PASSPORT_CONTEXT_URL
from vc.did import did_web
from vc.did.documents import VerificationMethod
from vc.encoding.strict_json import JsonValue
from vc.encoding.timestamps import format_timestamp
from vc.errors import EvidenceUnavailable, NotFound
from vc.sd_jwt.credential import JWT_TYPE
from vc.status.entries import ENTRY_TYPE, StatusPurpose

ENDED_PAGE = 1_000
RECENT = 50
CHANGES = 200

_SIGNING_SECONDS = 1
_RETRY_SECONDS = 5
_log = get_logger(__name__)


class RegistryStopped(EvidenceUnavailable):
    """Nothing is recorded until a person has looked at the registry."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CredentialState:
    """What the registry says about one credential; ``change`` is None while it is in force.

    ``suspends`` says whether the credential names a list of suspensions, ``appeal_granted`` whether an
    appeal against that change was.
    """

    entry: AllocatedEntry
    change: Change | None
    suspends: bool
    appeal_granted: bool

    @property
    def has_ended(self) -> bool:
        """Whether it is revoked or replaced, for ever."""
        return self.change is not None and self.change.logged.kind.purpose is StatusPurpose.REVOCATION


def journal_of(settings: Settings) -> Journal:
    """The journal of this deployment's registry: a folder of its own, to be put on its own volume."""
    return Journal(settings.data_dir / "journal" / "revocation.journal")


def files_of(settings: Settings) -> PublishedFiles:
    """The published documents of this deployment's registry."""
    return PublishedFiles(settings.data_dir / "status")


def registry_did(settings: Settings) -> str:
    """The DID that signs status lists, apart from every issuer's."""
    return f"did:web:{settings.did_host}:status"


def visible_within_seconds(settings: Settings, *, urgent: bool = False) -> int:
    """The longest time from an acknowledged change to the last answer of our verifier without it.

    The rest of the period the change happened in, unless it is urgent; then the publisher's pause, the
    signing, and the age a verifier lets its copy of the list reach.
    """
    period = settings.status_publish_interval_seconds
    return (
        (0 if urgent else period)
        + min(TICK_SECONDS, period)
        + _SIGNING_SECONDS
        + settings.list_refresh_seconds
    )


class Registry:
    """The status registry of one process."""

    def __init__(self, context: ServiceContext) -> None:
        """Join the parts; ``start`` must run before anything is written."""
        settings = context.settings
        self._context = context
        self.journal = journal_of(settings)
        self._files = files_of(settings)
        publishing = Publishing(
            base_url=settings.base_url,
            did=registry_did(settings),
            notes_context=PASSPORT_CONTEXT_URL,
            ttl=timedelta(seconds=settings.list_refresh_seconds),
        )
        self.publisher = Publisher(context, self.journal, self._files, publishing)
        self.trouble: str | None = "The registry is starting."

    async def start(self) -> bool:
        """Reconcile, then publish; False (and ``trouble`` set) where a person must look first.

        Lists that are published already are served either way.
        """
        try:
            await anyio.to_thread.run_sync(self._context.keyring.ensure, KEY_ID)
            await self.publisher.reimport()
            rows = await self._context.database.read(publication.published)
            await anyio.to_thread.run_sync(self._files.install, rows)
        except (EvidenceUnavailable, StorageUnavailable) as error:
            self.trouble = str(error)
            _log.error("the status registry does not start", reason=self.trouble)
            return False
        self.trouble = None
        # What cannot be published now is published at one of the publisher's next turns.
        await outlive(self.publisher.publish_due, failure=NOT_PUBLISHED)
        return True

    async def run(self) -> None:
        """Start where ``start`` could not yet, then keep publishing; ends only by cancellation."""
        while self.trouble is not None:
            await asyncio.sleep(_RETRY_SECONDS)
            await outlive(self.start, failure="the status registry does not start")
        await self.publisher.run()

    async def announce(self) -> None:
        """Tell the trust registry the key of this one, so that verifiers find it; ends once it is told.

        What was signed before it is on the trust list is refused, so it is signed anew then.
        """
        public_key = await anyio.to_thread.run_sync(self._context.keyring.ensure, KEY_ID)
        is_known = False
        while not is_known:
            since = self._context.clock.now().replace(microsecond=0)
            try:
                is_new = await announce_key(
                    self._context.peers.client("trust_registry"),
                    did=registry_did(self._context.settings),
                    public_key_multibase=public_key.multikey,
                    valid_from=format_timestamp(since),
                )
                is_known = True
                if is_new:
                    self.publisher.sign_anew(before=since)
            except EvidenceUnavailable as error:
                _log.warning("status_key_not_announced", error=type(error).__name__)
                await asyncio.sleep(_RETRY_SECONDS)

    async def allocate(self, intents: Sequence[Intent], *, actor: str) -> list[JsonValue]:
        """The ``credentialStatus`` of each intent, in order; the lists they name are published."""
        self.require_started()
        now = self._context.clock.now()
        entries = await self._context.database.write(
            ledger.allocate, self.journal, intents, actor=actor, now=now
        )
        for list_id in {entry.list_id for entry in entries}:
            if self._files.read_or_none(list_id, NOTES.name) is None:
                await self.publisher.publish(list_id)
        stored = await self._context.database.read(store.lists)
        suspending = {item.list_id for item in stored if item.suspends}
        return [self.credential_status(entry, suspends=entry.list_id in suspending) for entry in entries]

    async def revoke(self, revocations: Sequence[Revocation]) -> tuple[Done, ...]:
        """Revoke for ever; on return it is on the disk twice, and what is urgent is being published."""
        self.require_started()
        done = await self._context.database.write(
            acts.revoke, self.journal, revocations, now=self._context.clock.now()
        )
        if any(item.is_new and item.change.reason in URGENT for item in done):
            self.publisher.wake()
        return done

    async def state_of(self, credential_id: str, *, only_allocated_by: str | None = None) -> CredentialState:
        """What is known of a credential. Raises ``NotFound``."""
        state = await self._context.database.read(_state_of, credential_id)
        if state is None or only_allocated_by not in (None, state.entry.allocated_by):
            raise NotFound("The registry knows no such credential.")
        return state

    async def ended(self, issuer: str, *, allocated_by: str, after: str) -> tuple[Sequence[str], str | None]:
        """Ids of an issuer's credentials that are no longer in force, a page; then where the next begins."""
        self.require_started()
        ids = await self._context.database.read(
            change_store.ended_after, issuer, allocated_by=allocated_by, after=after, limit=ENDED_PAGE
        )
        return ids, ids[-1] if len(ids) == ENDED_PAGE else None

    async def recent(self) -> tuple[Change, ...]:
        """The latest changes, newest first."""
        return await self._context.database.read_older(change_store.recent_changes, limit=RECENT)

    async def changes_after(self, seq: int, *, allocated_by: str | None) -> tuple[tuple[Change, ...], int]:
        """The next changes of what a service asked entries for, or of all; and the newest one's number."""
        return await self._context.database.read(
            change_store.changes_after, seq, allocated_by=allocated_by, limit=CHANGES
        )

    def document(self, list_id: str, representation: str) -> PublishedFile:
        """A published document, from memory or disk. Raises ``NotFound``."""
        file = self._files.read_or_none(list_id, representation)
        if file is None:
            raise NotFound("There is no such status list.")
        return file

    def list_urls(self) -> list[str]:
        """Where every published list is, in each of its representations."""
        base_url = self._context.settings.base_url
        return [
            item.url(base_url, list_id)
            for list_id in self._files.list_ids()
            for item in (*BITSTRING_LISTS, *TOKEN_LISTS)
            if self._files.read_or_none(list_id, item.name) is not None
        ]

    def signed_at(self) -> tuple[datetime, ...]:
        """When each list that is served was signed."""
        return tuple(self._files.signed_at())

    def did_document(self) -> dict[str, JsonValue]:
        """The controlled identifier document of the registry, to be served at its did:web URL."""
        did = registry_did(self._context.settings)
        method = VerificationMethod(
            id=f"{did}#{KEY_ID}",
            controller=did,
            public_key=self._context.keyring.public_key(KEY_ID),
        )
        return did_web.build_document(did, [method], relationships={"assertionMethod": [method.id]})

    def credential_status(self, entry: AllocatedEntry, *, suspends: bool) -> JsonValue:
        """What names its status in the credential of ``entry``.

        ``credentialStatus``, and for an SD-JWT VC the claim ``status``.
        """
        if entry.cryptosuite == JWT_TYPE:
            url = TOKEN_LIST_JWT.url(self._context.settings.base_url, entry.list_id)
            return {"status_list": {"idx": entry.index, "uri": url}}
        purposes = StatusPurpose if suspends else (StatusPurpose.REVOCATION,)
        members = [self._status_entry(entry, purpose) for purpose in purposes]
        return members if suspends else members[0]

    def _status_entry(self, entry: AllocatedEntry, purpose: StatusPurpose) -> JsonValue:
        url = list_named_by(entry.cryptosuite, purpose).url(self._context.settings.base_url, entry.list_id)
        return {
            "id": f"{url}#{entry.index}",
            "type": ENTRY_TYPE,
            "statusPurpose": purpose.value,
            "statusListIndex": str(entry.index),
            "statusListCredential": url,
        }

    def require_started(self) -> None:
        """Raise ``RegistryStopped`` where a person must look first."""
        if self.trouble is not None:
            raise RegistryStopped(self.trouble)


def _state_of(connection: Connection, credential_id: str) -> CredentialState | None:
    entry = store.entries_by_credential(connection, [credential_id]).get(credential_id)
    if entry is None:
        return None
    stored = store.list_of(connection, entry.list_id)
    change = change_store.change_or_none(connection, credential_id)
    return CredentialState(
        entry=entry,
        change=change,
        suspends=stored is not None and stored.suspends,
        appeal_granted=change is not None and appeal_store.is_granted(connection, change.logged.seq),
    )
