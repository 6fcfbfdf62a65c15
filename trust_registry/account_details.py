"""Names and RLD numbers of those who sign in: sealed under a data key of each."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass

import orjson

from runtime.personal_data import DataErased, DataKeys, PersonalData, Place
from trust_registry import store
from trust_registry.model import Account
from trust_registry.store import Connection


@dataclass(frozen=True, kw_only=True, slots=True)
class AccountDetails:
    """Who an account is for. ``rld_number`` is a returnee's own, None for everybody else."""

    name: str
    rld_number: str | None = None


def owner_of(personal: PersonalData, username: str, details: AccountDetails) -> str:
    """The owner of an account's data key: the person where they have an RLD number."""
    if details.rld_number is not None:
        return personal.person(details.rld_number)
    return personal.blind_index("account", username)


def seal_details(
    connection: Connection, personal: PersonalData, owner: str, username: str, details: AccountDetails
) -> bytes:
    """``Account.details`` of this account."""
    keys = personal.ensure_keys(connection, [owner])
    return keys.seal(owner, orjson.dumps(asdict(details)), _place(username))


def details_of(connection: Connection, personal: PersonalData, account: Account) -> AccountDetails:
    """Who one account is for. Raises ``DataErased``."""
    found = with_details(connection, personal, [account])
    if not found:
        raise DataErased("This account was erased.")
    return found[0][1]


def active_accounts(
    connection: Connection, personal: PersonalData
) -> tuple[tuple[Account, AccountDetails], ...]:
    """Every account that is let in, and who it is for, by role and username."""
    return with_details(connection, personal, store.accounts(connection))


def with_details(
    connection: Connection, personal: PersonalData, accounts: Iterable[Account]
) -> tuple[tuple[Account, AccountDetails], ...]:
    """Accounts with who they are for, without those that were erased."""
    accounts = tuple(accounts)
    keys = personal.keys(connection, [account.owner for account in accounts])
    return tuple((account, _open(keys, account)) for account in accounts if account.owner in keys)


def _open(keys: DataKeys, account: Account) -> AccountDetails:
    data = keys.unseal(account.owner, account.details, _place(account.username))
    return AccountDetails(**orjson.loads(data))


def _place(username: str) -> Place:
    return Place(table="account", row=username, column="details")
