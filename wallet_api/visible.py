"""What a limited view shows: somebody came in with the PIN for when they are forced.

Everything looks as always, and there is less of it: the certificates that the holder chose for that, and
without a choice the newest one. What lies beyond answers as what is not there.
"""

from typing import Final

from runtime.auth import Principal
from runtime.personal_data import PersonalData
from vc.errors import NotAuthorized
from wallet_api import store
from wallet_api.choices import NOTHING, read_chosen
from wallet_api.store import Connection
from wallet_api.unlocking import Unlocked

LIMITED: Final = "wallet.limited"
KIOSK: Final = "wallet.kiosk"
"""What the trust registry says of a session begun at the wallet, in ``Principal.scopes``."""


def is_limited(who: Principal | Unlocked) -> bool:
    """Whether only what the holder chose for that is to be seen."""
    return who.is_limited if isinstance(who, Unlocked) else LIMITED in who.scopes


def number_of(who: Principal | Unlocked) -> str:
    """The number in the labour database of whoever asks. Raises ``NotAuthorized``."""
    if who.rld_number is None:
        raise NotAuthorized("This account belongs to nobody in the register.")
    return who.rld_number


def limited_ids(connection: Connection, personal: PersonalData, holder: str) -> frozenset[str]:
    """The ids of the credentials that a limited view of this holder shows."""
    held = [sealed.id for sealed in store.credentials_of_holder(connection, holder)]
    chosen = read_chosen(connection, personal, holder)
    if NOTHING in chosen:
        return frozenset()
    return frozenset(held) & chosen or frozenset(held[:1])
