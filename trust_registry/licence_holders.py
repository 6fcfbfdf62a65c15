"""Which organisation asks under which licence: the registrar writes it down, never the organisation.

Accounts, programs and API keys of an organisation live and die with the licence on file for it.
"""

from dataclasses import replace
from datetime import datetime

from runtime.auth import VERIFIERS, Principal
from trust_registry import register_store, store
from trust_registry.accounting import account_for
from trust_registry.licences import check_agency
from trust_registry.life import Act, LicenceState
from trust_registry.model import Organisation, OrganisationKind
from trust_registry.store import Connection
from vc.errors import ConflictError, NotFound


def register_holder(connection: Connection, number: str, entry: Organisation, act: Act) -> None:
    """Register a verifier's organisation as the one that holds licence ``number``.

    Raises ``NotFound`` for a number nobody has, ``ConflictError`` for an id that is taken, and for a
    licence that has ended or that another organisation holds.
    """
    _require_free(connection, number, act.at)
    if store.organisation_or_none(connection, entry.id) is not None:
        raise ConflictError("Another organisation has this id.")
    store.insert_organisation(connection, replace(entry, licence_number=number))
    account_for(connection, "organisation.register", entry.id, replace(act, reason=f"licence {number}"))


def give_licence(connection: Connection, number: str, organisation_id: str, act: Act) -> None:
    """Write down that a verifier's organisation, registered before, holds licence ``number``.

    One whose licence has ended may get the next. Raises as ``register_holder``, ``NotFound`` for what
    is no verifier's organisation, ``ConflictError`` for one whose licence has not ended.
    """
    _require_free(connection, number, act.at)
    entry = store.organisation_or_none(connection, organisation_id)
    if entry is None or entry.kind is not OrganisationKind.VERIFIER:
        raise NotFound("There is no such organisation.")
    if not _may_get_one(connection, entry, act.at):
        raise ConflictError("This organisation holds another licence.")
    store.set_licence(connection, entry.id, number)
    account_for(connection, "organisation.license", entry.id, replace(act, reason=f"licence {number}"))


def holder_and_free(
    connection: Connection, number: str, now: datetime
) -> tuple[Organisation | None, tuple[Organisation, ...]]:
    """Who holds licence ``number``; and the verifiers' organisations that may still be given one."""
    verifiers = (
        entry for entry in store.organisations(connection) if entry.kind is OrganisationKind.VERIFIER
    )
    free = tuple(entry for entry in verifiers if _may_get_one(connection, entry, now))
    return store.organisation_of_licence_or_none(connection, number), free


def may_call(connection: Connection, principal: Principal, now: datetime) -> bool:
    """Whether a program is let in: a verifier's only while its organisation's licence is in force."""
    number = principal.licence_number
    if number is None:
        return principal.role not in VERIFIERS
    return check_agency(connection, number, now=now).state is LicenceState.LICENSED


def _require_free(connection: Connection, number: str, now: datetime) -> None:
    licence = register_store.licence_or_none(connection, number)
    if licence is None:
        raise NotFound("There is no such licence.")
    if licence.state_at(now) is LicenceState.EXPIRED:
        raise ConflictError("This licence has ended.")
    if store.organisation_of_licence_or_none(connection, number) is not None:
        raise ConflictError("Another organisation holds this licence.")


def _may_get_one(connection: Connection, entry: Organisation, now: datetime) -> bool:
    if entry.licence_number is None:
        return True
    licence = register_store.licence_or_none(connection, entry.licence_number)
    return licence is not None and licence.state_at(now) is LicenceState.EXPIRED
