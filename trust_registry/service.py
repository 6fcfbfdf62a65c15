"""What the trust registry does: register, accredit, take keys.

These functions are synchronous and take an open ``Database``, for the command line and the demo
world; the routes run the same transactions through ``await database.write``. A running service
publishes what changed here with its next look (``trust_registry.publication``).
"""

import re
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from runtime.audit_log import Entry, record
from runtime.clock import SystemClock
from runtime.database import Database
from runtime.settings import Settings
from trust_registry import store
from trust_registry.life import AccreditationDecision, AccreditationEvent, Act, require_reason
from trust_registry.model import GrantedAccreditation, Organisation, OrganisationKind, RegisteredKey
from trust_registry.register_store import append_accreditation_event
from trust_registry.store import Connection
from vc.crypto.keys import PublicKey
from vc.errors import ConflictError, MalformedValue, NotAuthorized, NotFound, RangeError

AUTHORITY_ID = "mlvt"
STATUS_REGISTRY_ID = "status"
# Who acts where nobody is signed in: the command line and the demo world.
OPERATOR = "operator"
CQF_LEVELS = range(1, 9)
_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")
_TYPE = re.compile(r"[A-Z][A-Za-z0-9]{2,79}")
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,59}")
_MAX_NAME = 200


def root_did(settings: Settings) -> str:
    """The DID the trust list is signed under."""
    return f"did:web:{settings.did_host}:trust"


def did_of(settings: Settings, kind: OrganisationKind, organisation_id: str) -> str | None:
    """The DID an organisation of this kind gets; None for those that sign nothing."""
    if kind is OrganisationKind.AUTHORITY:
        return root_did(settings)
    if kind is OrganisationKind.CENTRE:
        return f"did:web:{settings.did_host}:centres:{organisation_id}"
    if kind is OrganisationKind.STATUS_REGISTRY:
        return f"did:web:{settings.did_host}:status"
    return None


def register_organisation(
    database: Database,
    settings: Settings,
    *,
    organisation_id: str,
    kind: OrganisationKind,
    name_en: str,
    name_km: str,
    place: str = "",
) -> Organisation:
    """Register an organisation under its slug; again with the same facts does nothing.

    Raises ``MalformedValue`` for an unusable slug or name and ``ConflictError`` when the slug or
    the DID that follows from it is taken.
    """
    entry = make_organisation(
        settings,
        organisation_id=organisation_id,
        kind=kind,
        name_en=name_en,
        name_km=name_km,
        place=place,
    )
    database.write_now(add_organisation, entry, actor=OPERATOR, now=SystemClock().now())
    return entry


def make_organisation(
    settings: Settings,
    *,
    organisation_id: str,
    kind: OrganisationKind,
    name_en: str,
    name_km: str,
    place: str = "",
) -> Organisation:
    """The organisation with the DID that follows from its slug. Raises ``MalformedValue``."""
    if not _SLUG.fullmatch(organisation_id):
        raise MalformedValue("An organisation's id is small letters, digits and dashes, at most 40.")
    for name in (name_en, name_km):
        if not name.strip() or len(name) > _MAX_NAME:
            raise MalformedValue("An organisation needs a name in both languages, at most 200 characters.")
    return Organisation(
        id=organisation_id,
        kind=kind,
        name_en=name_en,
        name_km=name_km,
        place=place,
        did=did_of(settings, kind, organisation_id),
    )


def add_organisation(connection: Connection, entry: Organisation, *, actor: str, now: datetime) -> None:
    """Record an organisation; the identical one again does nothing. Raises ``ConflictError``."""
    standing = store.organisation_or_none(connection, entry.id)
    if standing is not None and replace(standing, licence_number=entry.licence_number) == entry:
        return
    if standing is not None:
        raise ConflictError("Another organisation has this id.")
    if entry.did is not None and store.organisation_by_did_or_none(connection, entry.did) is not None:
        raise ConflictError("Another organisation has this DID.")
    store.insert_organisation(connection, entry)
    record(connection, Entry(actor=actor, act="organisation.register", object=entry.id), now=now)


def accredit(database: Database, accreditation: GrantedAccreditation, act: Act | None = None) -> int:
    """Let a centre certify; returns the accreditation's id. See ``add_accreditation``.

    Without ``act`` it counts as set up by the operator on the day it begins.
    """
    by_operator = Act(actor=OPERATOR, reason="Set up with the deployment.", at=accreditation.valid_from)
    return database.write_now(add_accreditation, accreditation, act or by_operator)


def add_accreditation(connection: Connection, accreditation: GrantedAccreditation, act: Act) -> int:
    """Record an accreditation; the identical one again returns the id it already has.

    Raises ``NotFound`` for an unknown organisation, ``ConflictError`` for one that is no centre or
    where the identical one was withdrawn, ``MalformedValue`` or ``RangeError`` for types, codes,
    levels, dates or a reason that cannot be.
    """
    require_accreditation(accreditation)
    require_reason(act)
    wanted = replace(
        accreditation,
        valid_from=_whole_second(accreditation.valid_from),
        valid_until=None if accreditation.valid_until is None else _whole_second(accreditation.valid_until),
    )
    entry = store.organisation_or_none(connection, wanted.organisation_id)
    if entry is None:
        raise NotFound("There is no such organisation.")
    if entry.kind is not OrganisationKind.CENTRE:
        raise ConflictError("Only a centre can be accredited to certify.")
    for number, standing in store.accreditations_of(connection, wanted.organisation_id):
        if standing == wanted:
            _require_not_withdrawn(connection, number)
            return number
    number = store.insert_accreditation(connection, wanted)
    append_accreditation_event(
        connection,
        AccreditationEvent(
            accreditation_id=number,
            decision=AccreditationDecision.GRANTED,
            effective_from=wanted.valid_from,
            act=act,
        ),
    )
    record(
        connection,
        Entry(actor=act.actor, act="accreditation.grant", object=str(number), reason=act.reason),
        now=act.at,
    )
    return number


def _require_not_withdrawn(connection: Connection, number: int) -> None:
    standing = store.standing_accreditation_or_none(connection, number)
    if standing is not None and standing.withdrawal is not None:
        raise ConflictError("This accreditation was withdrawn. A new one begins on another day.")


def require_accreditation(accreditation: GrantedAccreditation) -> None:
    """Raises unless types, codes, levels and dates are such as can stand in the trust list."""
    types, codes = accreditation.credential_types, accreditation.qualification_codes
    levels, until = accreditation.cqf_levels, accreditation.valid_until
    if not types or not all(_TYPE.fullmatch(name) for name in types):
        raise MalformedValue("An accreditation names at least one credential type.")
    if codes is not None and (not codes or not all(_CODE.fullmatch(code) for code in codes)):
        raise MalformedValue("A qualification code is letters, digits, dots, dashes and slashes.")
    if levels is not None and (not levels or not all(level in CQF_LEVELS for level in levels)):
        raise RangeError("CQF levels run from 1 to 8.")
    if until is not None and until <= accreditation.valid_from:
        raise RangeError("An accreditation must end after it begins.")


def register_issuer_key(
    database: Database,
    *,
    did: str,
    public_key_multibase: str,
    valid_from: datetime,
    now: datetime,
    replaces: Collection[str] | None = None,
) -> bool:
    """Take an organisation's signing key; see ``add_issuer_key``."""
    return database.write_now(
        add_issuer_key,
        did=did,
        public_key_multibase=public_key_multibase,
        valid_from=valid_from,
        now=now,
        replaces=replaces,
    )


def add_issuer_key(
    connection: Connection,
    *,
    did: str,
    public_key_multibase: str,
    valid_from: datetime,
    now: datetime,
    replaces: Collection[str] | None = None,
) -> bool:
    """Record a key and close the window of the one before it. True when the key is new.

    ``replaces`` are the public keys it follows, for who signs with several at a time; None: every open one.
    The older window ends when the new one begins, but never in the past: what was signed until
    now was rightly signed. Nothing is ever deleted, and a key told again changes nothing. Raises
    ``NotFound`` for a DID nobody has, ``ProtocolError`` for what is no key, ``ConflictError`` for
    a key that is registered otherwise.
    """
    canonical = PublicKey.from_multikey(public_key_multibase).multikey
    begins = _whole_second(valid_from)
    entry = store.organisation_by_did_or_none(connection, did)
    if entry is None:
        raise NotFound("No organisation has this DID.")
    standing = store.key_or_none(connection, canonical)
    if standing is not None:
        _require_same_registration(standing, entry.id, begins)
        return False
    for key in store.keys_of(connection, entry.id):
        if key.valid_until is None and (replaces is None or key.public_key_multibase in replaces):
            ends = max(begins, _whole_second(now))
            if ends <= key.valid_from:
                raise ConflictError("The present key begins later than this one.")
            store.close_key(connection, key.public_key_multibase, ends)
    store.insert_key(
        connection,
        RegisteredKey(organisation_id=entry.id, public_key_multibase=canonical, valid_from=begins),
    )
    record(connection, Entry(actor=entry.id, act="key.register", object=canonical), now=now)
    return True


def _require_same_registration(standing: RegisteredKey, organisation_id: str, begins: datetime) -> None:
    """A key told again, at whatever later time, is the key that stands; anything more is refused."""
    if standing.organisation_id != organisation_id:
        raise ConflictError("This key is registered already, for another organisation.")
    if begins < standing.valid_from:
        raise ConflictError("This key is registered already, and begins later.")
    if standing.valid_until is not None and begins >= standing.valid_until:
        raise ConflictError("This key was retired; a retired key does not come back.")


def announce_issuer_key(
    connection: Connection,
    *,
    did: str,
    public_key_multibase: str,
    valid_from: datetime,
    now: datetime,
    replaces: Collection[str] | None = None,
) -> bool:
    """``add_issuer_key`` as a peer service may call it: the root's own key is not among its rights."""
    entry = store.organisation_by_did_or_none(connection, did)
    if entry is not None and entry.kind is OrganisationKind.AUTHORITY:
        raise NotAuthorized("The authority's keys are not changed over HTTP.")
    return add_issuer_key(
        connection,
        did=did,
        public_key_multibase=public_key_multibase,
        valid_from=valid_from,
        now=now,
        replaces=replaces,
    )


def _whole_second(moment: datetime) -> datetime:
    return moment.replace(microsecond=0)
