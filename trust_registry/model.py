"""Values of the trust registry: organisations, their keys, what each may certify, and people."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from trust_registry.life import GrantedAccreditation as GrantedAccreditation  # noqa: PLC0414 - part of these
from trust_registry.life import StandingAccreditation, StandingLicence


class OrganisationKind(StrEnum):
    """What an organisation is to the passport."""

    AUTHORITY = "authority"
    CENTRE = "centre"
    STATUS_REGISTRY = "status_registry"
    VERIFIER = "verifier"


@dataclass(frozen=True, kw_only=True, slots=True)
class Organisation:
    """A registered organisation. ``did`` is None for those that sign nothing.

    ``licence_number`` is the licence its people ask under: of verifiers only, and of one each.
    """

    id: str
    kind: OrganisationKind
    name_en: str
    name_km: str
    place: str
    did: str | None
    licence_number: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class RegisteredKey:
    """One key an organisation signs, or signed, with. The window is half open: [from, until)."""

    organisation_id: str
    public_key_multibase: str
    valid_from: datetime
    valid_until: datetime | None = None
    compromised_since: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Register:
    """Everything the trust list is drawn from, as of one transaction.

    ``organisations`` in order of id, ``keys`` and ``accreditations`` in order of registration,
    ``licences`` in order of number.
    """

    organisations: tuple[Organisation, ...]
    keys: tuple[RegisteredKey, ...]
    accreditations: tuple[StandingAccreditation, ...]
    licences: tuple[StandingLicence, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Account:
    """A person who may sign in; who that is lies sealed in ``details``, under a key of ``owner``."""

    username: str
    password_hash: str
    role: str
    organisation_id: str | None
    owner: str
    details: bytes
    active: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class ApiClient:
    """A program that may ask for access tokens.

    ``secret_hash`` is SHA-256 in hex, None where it shows itself by signatures alone; ``keys`` are the
    multikeys it may sign with.
    """

    client_id: str
    secret_hash: str | None
    role: str
    organisation_id: str | None
    scopes: frozenset[str]
    keys: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class SignedVersion:
    """One published trust list: its exact bytes and the window it is good for."""

    version: int
    body: bytes
    valid_from: datetime
    valid_until: datetime
