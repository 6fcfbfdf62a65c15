"""What operators do at the command line: the same transactions as the pages, on the same database."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime

from runtime.auth import Role
from runtime.clock import SystemClock
from runtime.database import Database
from runtime.entropy import random_token
from runtime.keyring import Keyring
from runtime.settings import load_settings
from trust_registry import store
from trust_registry.accounts import create_api_client, remove_api_client
from trust_registry.beginning import FirstOfficer, begin_deployment
from trust_registry.model import Register
from trust_registry.waiting import waiting
from vc.crypto.keys import PublicKey
from vc.encoding.strict_json import parse_json_object
from vc.errors import NotFound

_SERVICE = "trust_registry"
_SECRET_BITS = 256


@contextmanager
def _database() -> Iterator[Database]:
    database = Database.open(load_settings(), _SERVICE)
    try:
        database.upgrade()
        yield database
    finally:
        database.close()


def register_lines() -> Sequence[str]:
    """Every accreditation and licence with its state now, a line each."""
    with _database() as database:
        return tuple(_lines(database.read_now(store.read_register), SystemClock().now()))


def _lines(register: Register, now: datetime) -> Iterator[str]:
    for entry in register.accreditations:
        granted = entry.granted
        what = (
            "any" if granted.qualification_codes is None else ", ".join(sorted(granted.qualification_codes))
        )
        yield (
            f"accreditation {entry.id}  {granted.organisation_id}  {entry.state_at(now).value}  "
            f"{', '.join(sorted(granted.credential_types))}: {what}"
        )
    for licence in register.licences:
        yield (
            f"licence {licence.number}  {licence.facts.licence_class.value}  "
            f"{licence.state_at(now).value}  {licence.facts.names['en']}"
        )


def waiting_lines() -> Sequence[str]:
    """Everything that waits for a second officer, a line each."""
    with _database() as database:
        proposals = database.read_now(waiting)
    return tuple(
        f"{item.id}  {item.act}  {item.object_id}  by {item.maker.subject}: {item.reason}"
        for item in proposals
    )


def add_client(
    client_id: str, *, role: Role, organisation: str | None, scopes: Sequence[str], jwks: Sequence[bytes]
) -> str | None:
    """Write an API client with the public keys in ``jwks``; without any, a secret, which is returned.

    Raises ``ProtocolError`` for an id or a key that cannot be, ``NotFound`` for the organisation.
    """
    keys = [PublicKey.from_jwk(parse_json_object(raw)) for raw in jwks]
    secret = None if keys else random_token(_SECRET_BITS)
    with _database() as database:
        if organisation is not None and database.read_now(store.organisation_or_none, organisation) is None:
            raise NotFound("There is no such organisation.")
        create_api_client(
            database,
            client_id=client_id,
            secret=secret,
            keys=keys,
            role=role,
            organisation_id=organisation,
            scopes=frozenset(scopes),
        )
    return secret


def client_lines() -> Sequence[str]:
    """Every API client, a line each."""
    with _database() as database:
        clients = database.read_now(store.api_clients)
    return tuple(
        f"{client.client_id}  {client.role}  {client.organisation_id or '-'}  "
        f"{', '.join([*(['secret'] if client.secret_hash else []), *client.keys])}  "
        f"{' '.join(sorted(client.scopes))}"
        for client in clients
    )


def remove_client(client_id: str) -> None:
    """Take an API client away. Raises ``NotFound``."""
    with _database() as database:
        remove_api_client(database, client_id)


def set_up(
    *, authority: tuple[str, str], registrar: FirstOfficer, second_officer: FirstOfficer
) -> Mapping[Role, str]:
    """Begin this deployment (``trust_registry.beginning``); returns the link of each officer invited."""
    settings = load_settings()
    with _database() as database:
        tokens = begin_deployment(
            database,
            settings,
            Keyring.open(settings, _SERVICE),
            authority=authority,
            registrar=registrar,
            second_officer=second_officer,
            now=SystemClock().now(),
        )
    return {role: f"{settings.base_url}/account/invitation/{token}" for role, token in tokens.items()}
