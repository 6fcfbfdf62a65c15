"""What a session that a holder began at the wallet shows: sealed, and of one length whatever it is.

Whoever reads the table of sessions does not see which of them show less, and so who signs in under threat.
"""

from typing import Final

from runtime.personal_data import PersonalData, Place
from trust_registry.model import Account
from trust_registry.people_store import Session
from trust_registry.store import Connection

LIMITED: Final = "wallet.limited"
KIOSK: Final = "wallet.kiosk"
"""The wallet knows the same words."""
_SCOPES: Final = (LIMITED, KIOSK)


def seal_view(
    connection: Connection,
    personal: PersonalData,
    owner: str,
    token_hash: str,
    *,
    is_limited: bool,
    is_kiosk: bool,
) -> bytes:
    """``Session.view`` of a session of the person behind ``owner``."""
    keys = personal.ensure_keys(connection, [owner])
    return keys.seal(owner, bytes([is_limited, is_kiosk]), _place(token_hash))


def scopes_of(
    connection: Connection, personal: PersonalData, account: Account, entry: Session
) -> tuple[str, ...]:
    """What ``Principal.scopes`` says of a session: nothing where the password began it. ``DataErased``."""
    if entry.view is None:
        return ()
    view = personal.keys(connection, [account.owner]).unseal(
        account.owner, entry.view, _place(entry.token_hash)
    )
    return tuple(scope for scope, holds in zip(_SCOPES, view, strict=True) if holds)


def _place(token_hash: str) -> Place:
    return Place(table="session", row=token_hash, column="view")
