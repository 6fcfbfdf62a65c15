"""A registry without its web service, as the tests of this folder drive it."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from revocation import acts, ledger, publication, store
from revocation.publication import Publishing
from revocation.published_files import PublishedFiles
from revocation.records import AllocatedEntry
from revocation.service import files_of, journal_of, registry_did
from revocation.values import UNDER_REVIEW, Act, Change, Intent, Pool, Reason, Revocation
from runtime.clock import FixedClock
from runtime.database import Database
from runtime.journal import Journal
from runtime.settings import Settings
from schemas import PASSPORT_CONTEXT_URL
from vc.crypto.keys import InMemorySigner

START = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
BASE_URL = "https://passport.example"


@dataclass
class World:
    """A registry without its web service: what the service does, called by hand."""

    settings: Settings
    database: Database
    journal: Journal
    files: PublishedFiles
    clock: FixedClock
    signer: InMemorySigner
    requests: int = 0

    @property
    def publishing(self) -> Publishing:
        return Publishing(
            base_url=self.settings.base_url,
            did=registry_did(self.settings),
            notes_context=PASSPORT_CONTEXT_URL,
            ttl=timedelta(minutes=5),
        )

    def start(self) -> None:
        self.database.write_now(
            ledger.reconcile, self.journal, tuple(self.files.bits()), now=self.clock.now()
        )

    def allocate(self, *names: str, actor: str = "issuer") -> tuple[AllocatedEntry, ...]:
        intents = [intent(name) for name in names]
        return self.database.write_now(
            ledger.allocate, self.journal, intents, actor=actor, now=self.clock.now()
        )

    def copy(self, name: str, of: str, *, actor: str = "issuer", pool: Pool = Pool.GENERAL) -> AllocatedEntry:
        """An entry for a bound copy of a certificate."""
        wanted = replace(intent(name), copy_of=f"urn:uuid:{of}", pool=pool)
        (entry,) = self.database.write_now(
            ledger.allocate, self.journal, [wanted], actor=actor, now=self.clock.now()
        )
        return entry

    def revoke(
        self, name: str, *, only: str | None = None, reason: Reason = Reason.FRAUD
    ) -> tuple[Change, bool]:
        self.requests += 1
        act = Act(
            reason=reason.value,
            actor="officer",
            request_id=f"request-{self.requests}",
            only_allocated_by=only,
        )
        wish = Revocation(credential_id=f"urn:uuid:{name}", act=act)
        (done,) = self.database.write_now(acts.revoke, self.journal, [wish], now=self.clock.now())
        return done.change, done.is_new

    def suspend(self, *names: str, until: datetime | None = None) -> tuple[Change, ...]:
        self.requests += 1
        act = Act(reason=UNDER_REVIEW, actor="officer", request_id=f"request-{self.requests}")
        done = self.database.write_now(
            acts.suspend,
            self.journal,
            [f"urn:uuid:{name}" for name in names],
            act,
            until=until,
            now=self.clock.now(),
        )
        return tuple(item.change for item in done)

    def reinstate(self, *names: str) -> tuple[Change, ...]:
        self.requests += 1
        act = Act(reason="CLEARED", actor="officer", request_id=f"request-{self.requests}")
        return self.database.write_now(
            acts.reinstate, self.journal, [f"urn:uuid:{name}" for name in names], act, now=self.clock.now()
        )

    def plan(self, list_id: str) -> publication.Plan:
        return self.database.write_now(publication.reserve, list_id, now=self.clock.now())

    def finish(self, plan: publication.Plan) -> bool:
        signed = publication.sign(plan, self.publishing, self.signer)
        self.files.install(signed)
        return self.database.write_now(publication.record, signed)

    def publish(self, list_id: str) -> bool:
        return self.finish(self.plan(list_id))

    def publish_all(self) -> None:
        for stored in self.database.read_now(store.lists):
            assert self.publish(stored.list_id)

    def reopen(self) -> None:
        """What a new process does after the old one died."""
        self.database.close()
        self.database = Database.open(self.settings, "revocation")
        self.files = files_of(self.settings)
        self.journal = journal_of(self.settings)

    @property
    def database_file(self) -> Path:
        return self.settings.data_dir / "revocation.sqlite3"


def intent(name: str) -> Intent:
    return Intent(
        intent_id=f"intent-{name}",
        credential_id=f"urn:uuid:{name}",
        issuer="did:web:passport.example:centres:poipet",
        cryptosuite="eddsa-rdfc-2022",
    )


def open_world(folder: Path, *, database_url: str | None = None) -> World:
    """The registry in ``folder``, whose database is migrated already."""
    settings = Settings(data_dir=folder, base_url=BASE_URL, database_url=database_url)
    return World(
        settings=settings,
        database=Database.open(settings, "revocation"),
        journal=journal_of(settings),
        files=files_of(settings),
        clock=FixedClock(START),
        signer=InMemorySigner(bytes(32), f"{registry_did(settings)}#status-1"),
    )
