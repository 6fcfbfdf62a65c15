"""What goes wrong with a database, told apart: it cannot be used now, or somebody made a mistake."""

import sqlite3
from typing import Final

from sqlalchemy.exc import DataError, DBAPIError, InterfaceError, OperationalError

from vc.errors import MalformedValue, PassportError

# SQLSTATE of a serialization failure and of a deadlock: the transaction did nothing and may run again.
_COLLISIONS: Final = frozenset({"40001", "40P01"})
# SQLSTATE of a missing right and of a server that only reads: the deployment's fault, not the program's.
_REFUSALS: Final = frozenset({"42501", "25006"})
# Everything that a disk, a lock or a damaged file can do; what is left are the program's own faults.
_SQLITE_TROUBLE: Final = frozenset(
    {
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_INTERRUPT,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_PROTOCOL,
        sqlite3.SQLITE_NOTADB,
    }
)
UNSTORABLE: Final = "A value cannot be stored."


class StorageUnavailable(PassportError):
    """The database cannot be reached or used, is full, or busy for too long; nothing was acknowledged.

    Where the connection broke at the very end, the transaction may have been recorded all the same.
    """


class DatabaseUnsafe(StorageUnavailable):
    """The database would forget what it acknowledged, so this product refuses to use it."""


def collided(error: DBAPIError) -> bool:
    """Whether the transaction did nothing and may run again."""
    return getattr(error.orig, "sqlstate", None) in _COLLISIONS


def translate(error: DBAPIError) -> Exception:
    """Our own exception for what is nobody's programming error; the error itself otherwise."""
    if getattr(error.orig, "sqlstate", None) in _REFUSALS:
        return StorageUnavailable("The database does not let this role do what it must.")
    if is_trouble(error):
        return StorageUnavailable("The database cannot record or answer now.")
    if isinstance(error, DataError):
        return MalformedValue(UNSTORABLE)
    return error


def is_trouble(error: DBAPIError) -> bool:
    """Whether the connection, the server or the disk is to blame, and not the statement."""
    code = getattr(error.orig, "sqlite_errorcode", None)
    if code is not None:
        # The lowest byte is the kind; the rest tells more about it.
        return (code & 0xFF) in _SQLITE_TROUBLE
    return error.connection_invalidated or isinstance(error, OperationalError | InterfaceError)
