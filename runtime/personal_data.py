"""Personal data at rest: a data key for each person, and look-ups without the plain value.

Each owner (a person, or a file about several) has a random 256-bit data key. It is kept beside the data,
wrapped (RFC 3394) by a key-encryption key of the service, which lies in the keyring. Values are sealed
with AES-256-GCM; the additional data is ``table|row|column|version of the data key``, so a value moved
to another place no longer opens. Destroying the data key destroys every value under it, wherever a
copy of the value lies.

A class of data has key-encryption keys of its own: who holds those of ``general`` opens nothing of
``health``.
"""

import hmac
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap
from sqlalchemy import Connection, MetaData, func, insert, select, update

from runtime.database import Database
from runtime.entropy import random_bytes
from runtime.erasures import Erasure, ErasureJournal
from runtime.keyring import Keyring
from runtime.personal_data_table import DATA_CLASSES, GENERAL, person_key_table
from runtime.settings import Settings
from vc.errors import NotFound, PassportError

_KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12
_VERSION_BYTES: Final = 4
_LOOK_UP: Final = 500
_REWRAP: Final = 200
_table = person_key_table(MetaData())

Forget = Callable[[Connection, str], None]
"""What a service does besides, in the same transaction, when an owner's data keys are destroyed."""


class SealBroken(PassportError):
    """What is stored was altered, moved to another place, or sealed with another key."""


class DataErased(NotFound):
    """The data key was destroyed, and with it everything it sealed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """The one place in the database where a sealed value opens."""

    table: str
    row: str
    column: str

    def associated(self, version: int) -> bytes:
        """The additional data of a value sealed here with this version of a data key."""
        return f"{self.table}|{self.row}|{self.column}|{version}".encode()


class DataKeys:
    """Data keys of some owners, unwrapped; to be kept no longer than a transaction."""

    def __init__(self, keys: Mapping[str, tuple[int, bytes]]) -> None:
        """``keys`` are version and key by owner."""
        self._ciphers = {owner: (version, AESGCM(key)) for owner, (version, key) in keys.items()}

    def __contains__(self, owner: object) -> bool:
        return owner in self._ciphers

    def seal(self, owner: str, value: bytes, place: Place) -> bytes:
        """``value`` for this owner and place: version (4 bytes), nonce (12), AES-GCM. ``DataErased``."""
        version, cipher = self._cipher(owner)
        nonce = random_bytes(_NONCE_BYTES)
        sealed = cipher.encrypt(nonce, value, place.associated(version))
        return version.to_bytes(_VERSION_BYTES, "big") + nonce + sealed

    def unseal(self, owner: str, sealed: bytes, place: Place) -> bytes:
        """The value sealed for this owner and place. Raises ``DataErased``, ``SealBroken``."""
        version, cipher = self._cipher(owner)
        head, body = sealed[:_VERSION_BYTES], sealed[_VERSION_BYTES:]
        if len(head) == _VERSION_BYTES and 0 < int.from_bytes(head, "big") < version:
            raise DataErased("This was erased.")
        try:
            return cipher.decrypt(body[:_NONCE_BYTES], body[_NONCE_BYTES:], place.associated(version))
        except (InvalidTag, ValueError):
            raise SealBroken("A stored value was altered or moved.") from None

    def _cipher(self, owner: str) -> tuple[int, AESGCM]:
        try:
            return self._ciphers[owner]
        except KeyError:
            raise DataErased("This was erased.") from None


class PersonalData:
    """The keys of one service's personal data."""

    def __init__(self, keyring: Keyring, journal: ErasureJournal) -> None:
        """Use ``PersonalData.open``."""
        self._keyring = keyring
        self._journal = journal
        self._index_key: bytes | None = None
        self._wrapping_keys: dict[str, bytes] = {}

    @classmethod
    def open(cls, settings: Settings, keyring: Keyring) -> Self:
        """The personal data of the service whose keyring this is."""
        return cls(keyring, ErasureJournal(settings, keyring.service))

    def blind_index(self, kind: str, value: str) -> str:
        """HMAC-SHA-256 in hex: equal for equal values of one kind, and useless without the key."""
        if self._index_key is None:
            self._index_key = self._keyring.ensure_secret("personal-index")
        text = f"{kind}\x1f{value}".encode()
        return hmac.digest(self._index_key, text, "sha256").hex()

    def person(self, rld_number: str) -> str:
        """The owner that stands for the person with this RLD number."""
        return self.blind_index("person", rld_number)

    def keys(self, connection: Connection, owners: Iterable[str], data_class: str = GENERAL) -> DataKeys:
        """The data keys of these owners; those who have none, or none any more, are not in it."""
        return DataKeys(self._stored(connection, sorted(set(owners)), data_class))

    def _stored(
        self, connection: Connection, wanted: Sequence[str], data_class: str
    ) -> dict[str, tuple[int, bytes]]:
        found = {}
        for start in range(0, len(wanted), _LOOK_UP):
            query = select(_table).where(
                _table.c.owner.in_(wanted[start : start + _LOOK_UP]),
                _table.c.data_class == data_class,
                _table.c.wrapped.is_not(None),
            )
            for row in connection.execute(query):
                found[row.owner] = (row.version, self._unwrap(data_class, row.kek_version, row.wrapped))
        return found

    def ensure_keys(
        self, connection: Connection, owners: Iterable[str], data_class: str = GENERAL
    ) -> DataKeys:
        """``keys``, made now for those who have none. An owner who was erased begins anew."""
        wanted = sorted(set(owners))
        found = self._stored(connection, wanted, data_class)
        missing = {owner: random_bytes(_KEY_BYTES) for owner in wanted if owner not in found}
        if missing:
            kek_version = self.newest_version(data_class)
            kek = self._kek(data_class, kek_version)
            wrapped = {owner: aes_key_wrap(kek, key) for owner, key in missing.items()}
            versions = _put_keys(connection, data_class, kek_version, wrapped)
            found |= {owner: (versions[owner], key) for owner, key in missing.items()}
        return DataKeys(found)

    def erase(self, database: Database, owner: str, forget: Forget, *, at: str) -> bool:
        """Destroy an owner's data keys for ever; False where there are none.

        On the disk, in a journal outside the database, before anything else happens: a backup that is
        restored later is shredded again by ``reapply``. Runs in the calling thread.
        """
        versions = database.read_now(_versions, owner)
        if not versions:
            return False
        erasures = [
            Erasure(owner=owner, data_class=data_class, version=version, at=at)
            for data_class, version in versions
        ]
        self._journal.append(erasures)
        database.write_now(_shred, erasures, forget)
        return True

    def reapply(self, database: Database, forget: Forget) -> int:
        """Destroy again what a restored database brought back; returns how many keys that were."""
        erasures = tuple(self._journal.read())
        due = database.read_now(_undone, erasures)
        if due:
            database.write_now(_shred, due, forget)
        return len(due)

    def newest_version(self, data_class: str) -> int:
        """The version of the key-encryption key that wraps new data keys; made now if there is none."""
        if data_class not in DATA_CLASSES:
            raise ValueError("not a class of personal data")
        versions = self._versions(data_class)
        if not versions:
            self._keyring.ensure_secret(_kek_name(data_class, 1))
        return max(versions, default=1)

    def rotate(self, database: Database, data_class: str = GENERAL) -> tuple[int, int]:
        """Make a new key-encryption key and wrap every data key in it; (version, keys wrapped).

        Other processes go on reading and writing meanwhile: the older key stays in the keyring until
        ``forget_unused``. Interrupted, it is finished by being run again.
        """
        version = self.newest_version(data_class) + 1
        self._keyring.ensure_secret(_kek_name(data_class, version))
        count = 0
        while moved := database.write_now(self._rewrap, data_class, version):
            count += moved
        return version, count

    def forget_unused(self, database: Database, data_class: str = GENERAL) -> tuple[int, ...]:
        """Destroy older key-encryption keys that wrap nothing; the versions that are gone.

        A backup made before the last rotation cannot be opened afterwards.
        """
        newest = self.newest_version(data_class)
        used = database.read_now(_used_versions, data_class)
        gone = tuple(v for v in self._versions(data_class) if v != newest and v not in used)
        for version in gone:
            self._keyring.destroy_secret(_kek_name(data_class, version))
        return gone

    def _rewrap(self, connection: Connection, data_class: str, version: int) -> int:
        older = select(_table).where(
            _table.c.data_class == data_class, _table.c.kek_version < version, _table.c.wrapped.is_not(None)
        )
        rows = connection.execute(older.order_by(_table.c.owner).limit(_REWRAP)).all()
        kek = self._kek(data_class, version)
        for row in rows:
            key = self._unwrap(data_class, row.kek_version, row.wrapped)
            connection.execute(
                update(_table)
                .where(_table.c.owner == row.owner, _table.c.data_class == data_class)
                .values(wrapped=aes_key_wrap(kek, key), kek_version=version)
            )
        return len(rows)

    def _unwrap(self, data_class: str, kek_version: int, wrapped: bytes) -> bytes:
        try:
            return aes_key_unwrap(self._kek(data_class, kek_version), wrapped)
        except (InvalidUnwrap, ValueError, NotFound):
            raise SealBroken("A data key was altered, or wrapped with another key.") from None

    def _kek(self, data_class: str, version: int) -> bytes:
        name = _kek_name(data_class, version)
        if name not in self._wrapping_keys:
            self._wrapping_keys[name] = self._keyring.secret(name)
        return self._wrapping_keys[name]

    def _versions(self, data_class: str) -> list[int]:
        start = _kek_name(data_class, "")
        names = self._keyring.secret_names()
        return [int(name.removeprefix(start)) for name in names if name.startswith(start)]


def destroy_key(connection: Connection, owner: str) -> None:
    """Destroy an owner's data keys without a journal: for what a timed job destroys again anyway."""
    connection.execute(update(_table).where(_table.c.owner == owner).values(wrapped=None))


def _kek_name(data_class: str, version: int | str) -> str:
    return f"personal-{data_class}-{version}"


def _put_keys(
    connection: Connection, data_class: str, kek_version: int, wrapped: Mapping[str, bytes]
) -> dict[str, int]:
    """New data keys by owner, behind those that were destroyed; the version that each has now."""
    before: dict[str, int] = {}
    owners = sorted(wrapped)
    for start in range(0, len(owners), _LOOK_UP):
        query = select(_table.c.owner, _table.c.version).where(
            _table.c.owner.in_(owners[start : start + _LOOK_UP]), _table.c.data_class == data_class
        )
        before |= {row.owner: row.version for row in connection.execute(query)}
    for owner, version in before.items():
        connection.execute(
            update(_table)
            .where(_table.c.owner == owner, _table.c.data_class == data_class)
            .values(version=version + 1, kek_version=kek_version, wrapped=wrapped[owner])
        )
    first = {"data_class": data_class, "version": 1, "kek_version": kek_version}
    new = [{"owner": owner, "wrapped": wrapped[owner], **first} for owner in owners if owner not in before]
    if new:
        connection.execute(insert(_table), new)
    return {owner: before.get(owner, 0) + 1 for owner in owners}


def _versions(connection: Connection, owner: str) -> list[tuple[str, int]]:
    query = select(_table.c.data_class, _table.c.version)
    rows = connection.execute(query.where(_table.c.owner == owner, _table.c.wrapped.is_not(None)))
    return [(row.data_class, row.version) for row in rows]


def _used_versions(connection: Connection, data_class: str) -> set[int]:
    query = select(func.distinct(_table.c.kek_version))
    return set(
        connection.scalars(query.where(_table.c.data_class == data_class, _table.c.wrapped.is_not(None)))
    )


def _undone(connection: Connection, erasures: Iterable[Erasure]) -> list[Erasure]:
    """The erasures that this database does not show."""
    standing = {
        (row.owner, row.data_class): (row.version, row.wrapped is not None)
        for row in connection.execute(select(_table))
    }
    due = []
    for erasure in erasures:
        version, alive = standing.get((erasure.owner, erasure.data_class), (0, False))
        if version < erasure.version or (version == erasure.version and alive):
            due.append(erasure)
    return due


def _shred(connection: Connection, erasures: Sequence[Erasure], forget: Forget) -> None:
    for erasure in erasures:
        here = (_table.c.owner == erasure.owner, _table.c.data_class == erasure.data_class)
        if connection.scalar(select(_table.c.version).where(*here)) is None:
            values = {"version": erasure.version, "kek_version": 0, "wrapped": None}
            connection.execute(
                insert(_table).values(owner=erasure.owner, data_class=erasure.data_class, **values)
            )
        else:
            older = (*here, _table.c.version <= erasure.version)
            connection.execute(update(_table).where(*older).values(version=erasure.version, wrapped=None))
    for owner in sorted({erasure.owner for erasure in erasures}):
        forget(connection, owner)
