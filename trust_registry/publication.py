"""Publishing the trust list: intent first, then the signature, then the bytes everyone gets.

What is served lives in memory: after the start no request for the list touches the database.
"""

import asyncio
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from runtime.audit_log import Entry, record
from runtime.entropy import throwaway_signer
from runtime.logging import get_logger, places_of
from runtime.service import ServiceContext
from trust_registry import compromise_store, root_store, store
from trust_registry.compromise_store import DigestSet
from trust_registry.digest_document import signed_before_entry
from trust_registry.model import Register, RegisteredKey, SignedVersion
from trust_registry.root import list_key_id, require_list_signer
from trust_registry.root_document import chain_body
from trust_registry.service import AUTHORITY_ID, root_did
from trust_registry.store import Connection
from trust_registry.trust_document import build_did_document, build_trust_list, secure_trust_list
from vc.crypto.keys import Signer
from vc.encoding import jcs
from vc.encoding.strict_json import JsonObject, parse_json_object
from vc.errors import ConflictError, EvidenceUnavailable
from vc.trust.root import Root

VALIDITY = timedelta(hours=24)
# Long before the end: a registry that cannot sign for a night must not stop every verifier.
RESIGN_AFTER = timedelta(hours=6)

_log = get_logger("trust_registry")


@dataclass(frozen=True, kw_only=True, slots=True)
class Published:
    """The bytes served now. Each etag is a quoted strong entity tag (RFC 9110 section 8.8.3)."""

    version: int
    valid_from: datetime
    valid_until: datetime
    trust_list: bytes
    trust_list_etag: str
    did_document: bytes
    did_document_etag: str
    root_chain: bytes
    root_chain_etag: str


@dataclass(frozen=True, kw_only=True, slots=True)
class _Intent:
    version: int
    document: JsonObject
    created: datetime
    signer: Signer
    standing: "_Standing"


@dataclass(frozen=True, kw_only=True, slots=True)
class _Standing:
    """What stands in the database: the register, the chain of roots, what stolen keys had signed."""

    register: Register
    roots: tuple[bytes, ...]
    digest_sets: Mapping[str, DigestSet]

    @property
    def list_keys(self) -> tuple[RegisteredKey, ...]:
        return tuple(key for key in self.register.keys if key.organisation_id == AUTHORITY_ID)


class Publication:
    """The trust list of one process: signs new versions and holds the one being served."""

    def __init__(self, context: ServiceContext) -> None:
        """Nothing is published until ``refresh`` or ``publish`` is awaited."""
        self._context = context
        self._published: Published | None = None
        self._one_at_a_time = asyncio.Lock()

    @property
    def published(self) -> Published | None:
        """What is served now; None before the first version."""
        return self._published

    def require_published(self) -> Published:
        """What is served now; raises ``EvidenceUnavailable`` before the first version."""
        if self._published is None:
            raise EvidenceUnavailable("The trust list is not published yet.")
        return self._published

    async def publish(self) -> int:
        """Sign the register as it is now; returns the new version.

        Raises ``ConflictError`` when the clock stands before the newest list: a list dated earlier
        than one already out would be taken for a rollback.
        """
        async with self._one_at_a_time:
            intent = await self._context.database.write(self._record_intent)
            body = secure_trust_list(
                intent.document, created=intent.created, signer=intent.signer, throwaway=throwaway_signer
            )
            digest = hashlib.sha256(body).hexdigest()
            await self._context.database.write(
                _complete, intent.version, body, digest, now=self._context.clock.now()
            )
            self._serve(
                SignedVersion(
                    version=intent.version,
                    body=body,
                    valid_from=intent.created,
                    valid_until=intent.created + VALIDITY,
                ),
                intent.standing,
            )
        return intent.version

    async def refresh(self) -> None:
        """Serve what another process signed meanwhile; sign anew where it is time or things changed.

        Raises ``EvidenceUnavailable`` while no root names a key that this registry holds.
        """
        standing, signed = await self._context.database.read(_standing_and_version)
        _, signer = self._root_and_signer(standing)
        if signed is None or self._is_old(signed) or not self._says(signed, standing, signer):
            await self.publish()
        else:
            self._serve(signed, standing)

    async def keep_fresh(self) -> None:
        """Refresh for ever, once per ``list_refresh_seconds``. Run it as a task and cancel it."""
        while True:
            await asyncio.sleep(self._context.settings.list_refresh_seconds)
            try:
                await self.refresh()
            except Exception as error:  # noqa: BLE001 - the edge of a task: a full disk must not end it
                _log.error(
                    "the trust list could not be refreshed",
                    error=type(error).__name__,
                    places=places_of(error.__traceback__),
                )

    def _record_intent(self, connection: Connection) -> _Intent:
        standing = _standing(connection)
        now = self._context.clock.now().replace(microsecond=0)
        latest = store.latest_version(connection)
        number, dated = latest if latest is not None else (0, now)
        if now < dated:
            raise ConflictError("The clock stands before the newest trust list.")
        root, signer = self._root_and_signer(standing)
        document = self._document(standing, root, number + 1, now, now + VALIDITY)
        store.record_version(
            connection, number + 1, jcs.canonicalize(document), valid_from=now, valid_until=now + VALIDITY
        )
        return _Intent(version=number + 1, document=document, created=now, signer=signer, standing=standing)

    def _root_and_signer(self, standing: _Standing) -> tuple[Root, Signer]:
        context = self._context
        return require_list_signer(
            context.settings, context.keyring, standing.list_keys, standing.roots, context.clock.now()
        )

    def _document(
        self, standing: _Standing, root: Root, version: int, valid_from: datetime, valid_until: datetime
    ) -> JsonObject:
        settings = self._context.settings
        return build_trust_list(
            standing.register,
            signed_before={
                key: signed_before_entry(settings, found) for key, found in standing.digest_sets.items()
            },
            url=settings.trust_list_location,
            root_did=root_did(settings),
            version=version,
            root_version=root.version,
            valid_from=valid_from,
            valid_until=valid_until,
        )

    def _is_old(self, signed: SignedVersion) -> bool:
        return self._context.clock.now() >= signed.valid_from + RESIGN_AFTER

    def _says(self, signed: SignedVersion, standing: _Standing, signer: Signer) -> bool:
        """Whether the signed list is what the register would give today, by the key that signs today."""
        document = parse_json_object(signed.body)
        proof = document.pop("proof")
        root, _ = self._root_and_signer(standing)
        meant = self._document(standing, root, signed.version, signed.valid_from, signed.valid_until)
        by = proof.get("verificationMethod") if isinstance(proof, dict) else None
        return document == meant and by == signer.verification_method

    def _serve(self, signed: SignedVersion, standing: _Standing) -> None:
        # Two refreshes may end in the other order; the version served never falls.
        if self._published is not None and signed.version < self._published.version:
            return
        did_document = build_did_document(
            root_did(self._context.settings),
            standing.list_keys,
            name_key=lambda position: list_key_id(position + 1),
        )
        root_chain = chain_body(standing.roots)
        self._published = Published(
            version=signed.version,
            valid_from=signed.valid_from,
            valid_until=signed.valid_until,
            trust_list=signed.body,
            trust_list_etag=_etag(signed.body),
            did_document=did_document,
            did_document_etag=_etag(did_document),
            root_chain=root_chain,
            root_chain_etag=_etag(root_chain),
        )


def _complete(connection: Connection, version: int, body: bytes, digest: str, *, now: datetime) -> None:
    store.complete_version(connection, version, body, digest)
    entry = Entry(actor="trust_registry", act="list.publish", object=f"{version} {digest}")
    record(connection, entry, now=now)


def _standing(connection: Connection) -> _Standing:
    return _Standing(
        register=store.read_register(connection),
        roots=root_store.roots(connection),
        digest_sets=compromise_store.digest_sets(connection),
    )


def _standing_and_version(connection: Connection) -> tuple[_Standing, SignedVersion | None]:
    return _standing(connection), store.signed_version_or_none(connection)


def _etag(body: bytes) -> str:
    return f'"{hashlib.sha256(body).hexdigest()}"'
