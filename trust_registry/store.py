"""What the trust registry keeps. Every function takes the connection of one open transaction."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Connection as Connection  # noqa: PLC0414 - services name it, without SQL
from sqlalchemy import RowMapping, delete, insert, select, update

from trust_registry.life import StandingAccreditation
from trust_registry.model import (
    Account,
    ApiClient,
    GrantedAccreditation,
    Organisation,
    OrganisationKind,
    Register,
    RegisteredKey,
    SignedVersion,
)
from trust_registry.register_store import accreditation_events, licences
from trust_registry.tables import (
    account,
    accreditation,
    api_client,
    client_assertion,
    issuer_key,
    organisation,
    sign_in_attempt,
    trust_list_version,
)
from vc.encoding.timestamps import format_timestamp, parse_timestamp


def insert_organisation(connection: Connection, entry: Organisation) -> None:
    """Add an organisation; its id and DID must be new."""
    connection.execute(
        insert(organisation).values(
            id=entry.id,
            did=entry.did,
            name_en=entry.name_en,
            name_km=entry.name_km,
            kind=entry.kind.value,
            place=entry.place,
            licence_number=entry.licence_number,
        )
    )


def organisation_or_none(connection: Connection, organisation_id: str) -> Organisation | None:
    """The organisation with this id."""
    row = (
        connection.execute(select(organisation).where(organisation.c.id == organisation_id))
        .mappings()
        .first()
    )
    return None if row is None else _organisation(row)


def organisation_by_did_or_none(connection: Connection, did: str) -> Organisation | None:
    """The organisation that this DID belongs to."""
    row = connection.execute(select(organisation).where(organisation.c.did == did)).mappings().first()
    return None if row is None else _organisation(row)


def organisation_of_licence_or_none(connection: Connection, number: str) -> Organisation | None:
    """The verifier's organisation that holds this licence."""
    query = select(organisation).where(organisation.c.licence_number == number)
    row = connection.execute(query).mappings().first()
    return None if row is None else _organisation(row)


def licence_number_or_none(connection: Connection, organisation_id: str | None) -> str | None:
    """The licence that an organisation holds; None without either."""
    query = select(organisation.c.licence_number).where(organisation.c.id == organisation_id)
    found: str | None = connection.execute(query).scalar_one_or_none()
    return found


def set_licence(connection: Connection, organisation_id: str, number: str) -> None:
    """Write down which licence an organisation holds, in place of the one before."""
    connection.execute(
        update(organisation).where(organisation.c.id == organisation_id).values(licence_number=number)
    )


def organisations(connection: Connection) -> tuple[Organisation, ...]:
    """All organisations in order of id."""
    rows = connection.execute(select(organisation).order_by(organisation.c.id)).mappings()
    return tuple(_organisation(row) for row in rows)


def key_or_none(connection: Connection, public_key_multibase: str) -> RegisteredKey | None:
    """The registration of this public key, whoever's it is."""
    query = select(issuer_key).where(issuer_key.c.public_key_multibase == public_key_multibase)
    row = connection.execute(query).mappings().first()
    return None if row is None else _key(row)


def keys_of(connection: Connection, organisation_id: str) -> tuple[RegisteredKey, ...]:
    """All keys an organisation ever registered, oldest registration first."""
    query = (
        select(issuer_key).where(issuer_key.c.organisation_id == organisation_id).order_by(issuer_key.c.id)
    )
    return tuple(_key(row) for row in connection.execute(query).mappings())


def insert_key(connection: Connection, key: RegisteredKey) -> None:
    """Add a key; it must be new to every organisation."""
    connection.execute(
        insert(issuer_key).values(
            organisation_id=key.organisation_id,
            public_key_multibase=key.public_key_multibase,
            valid_from=format_timestamp(key.valid_from),
            valid_until=_instant_or_none(key.valid_until),
            compromised_since=_instant_or_none(key.compromised_since),
        )
    )


def close_key(connection: Connection, public_key_multibase: str, valid_until: datetime) -> None:
    """End the window of a key that is still open; a window once closed never moves."""
    connection.execute(
        update(issuer_key)
        .where(issuer_key.c.public_key_multibase == public_key_multibase, issuer_key.c.valid_until.is_(None))
        .values(valid_until=format_timestamp(valid_until))
    )


def accreditations_of(
    connection: Connection, organisation_id: str
) -> tuple[tuple[int, GrantedAccreditation], ...]:
    """The accreditations of one organisation with their ids, oldest first."""
    query = (
        select(accreditation)
        .where(accreditation.c.organisation_id == organisation_id)
        .order_by(accreditation.c.id)
    )
    return tuple((row["id"], _accreditation(row)) for row in connection.execute(query).mappings())


def insert_accreditation(connection: Connection, granted: GrantedAccreditation) -> int:
    """Add an accreditation; returns its id."""
    codes, levels = granted.qualification_codes, granted.cqf_levels
    result = connection.execute(
        insert(accreditation)
        .values(
            organisation_id=granted.organisation_id,
            credential_types=sorted(granted.credential_types),
            qualification_codes=None if codes is None else sorted(codes),
            cqf_levels=None if levels is None else sorted(levels),
            valid_from=format_timestamp(granted.valid_from),
            valid_until=_instant_or_none(granted.valid_until),
        )
        .returning(accreditation.c.id)
    )
    return int(result.scalar_one())


def read_register(connection: Connection) -> Register:
    """Everything a trust list is drawn from, in one consistent reading."""
    keys = connection.execute(select(issuer_key).order_by(issuer_key.c.id)).mappings()
    return Register(
        organisations=organisations(connection),
        keys=tuple(_key(row) for row in keys),
        accreditations=standing_accreditations(connection),
        licences=licences(connection),
    )


def standing_accreditations(connection: Connection) -> tuple[StandingAccreditation, ...]:
    """Every accreditation as it stands, oldest first."""
    events = accreditation_events(connection)
    rows = connection.execute(select(accreditation).order_by(accreditation.c.id)).mappings()
    return tuple(
        StandingAccreditation(id=row["id"], granted=_accreditation(row), events=events.get(row["id"], ()))
        for row in rows
    )


def standing_accreditation_or_none(connection: Connection, number: int) -> StandingAccreditation | None:
    """The accreditation with this id, as it stands."""
    found = (item for item in standing_accreditations(connection) if item.id == number)
    return next(found, None)


def latest_version(connection: Connection) -> tuple[int, datetime] | None:
    """Number and ``validFrom`` of the newest version ever begun, signed or not."""
    query = select(trust_list_version.c.version, trust_list_version.c.valid_from)
    row = connection.execute(query.order_by(trust_list_version.c.version.desc()).limit(1)).first()
    return None if row is None else (row.version, parse_timestamp(row.valid_from))


def record_version(
    connection: Connection, version: int, document: bytes, *, valid_from: datetime, valid_until: datetime
) -> None:
    """Commit the intent to sign ``document`` as ``version``."""
    connection.execute(
        insert(trust_list_version).values(
            version=version,
            document=document,
            valid_from=format_timestamp(valid_from),
            valid_until=format_timestamp(valid_until),
        )
    )


def complete_version(connection: Connection, version: int, body: bytes, digest: str) -> None:
    """Keep the signed bytes of a version whose intent was committed."""
    connection.execute(
        update(trust_list_version)
        .where(trust_list_version.c.version == version)
        .values(body=body, digest=digest)
    )


def signed_version_or_none(connection: Connection) -> SignedVersion | None:
    """The newest version that was signed."""
    query = (
        select(trust_list_version)
        .where(trust_list_version.c.body.is_not(None))
        .order_by(trust_list_version.c.version.desc())
        .limit(1)
    )
    row = connection.execute(query).mappings().first()
    if row is None:
        return None
    return SignedVersion(
        version=row["version"],
        body=row["body"],
        valid_from=parse_timestamp(row["valid_from"]),
        valid_until=parse_timestamp(row["valid_until"]),
    )


def account_or_none(connection: Connection, username: str) -> Account | None:
    """The account with this username, active or not."""
    row = connection.execute(select(account).where(account.c.username == username)).mappings().first()
    return None if row is None else Account(**dict(row))


def accounts(connection: Connection) -> tuple[Account, ...]:
    """All active accounts in order of role and username."""
    query = select(account).where(account.c.active).order_by(account.c.role, account.c.username)
    return tuple(Account(**dict(row)) for row in connection.execute(query).mappings())


def put_account(connection: Connection, entry: Account) -> None:
    """Write an account, replacing one of the same username."""
    connection.execute(delete(account).where(account.c.username == entry.username))
    connection.execute(
        insert(account).values(
            username=entry.username,
            password_hash=entry.password_hash,
            role=entry.role,
            organisation_id=entry.organisation_id,
            owner=entry.owner,
            details=entry.details,
            active=entry.active,
        )
    )


def api_client_or_none(connection: Connection, client_id: str) -> ApiClient | None:
    """The API client with this id."""
    row = connection.execute(select(api_client).where(api_client.c.client_id == client_id)).mappings().first()
    return None if row is None else _api_client(row)


def api_clients(connection: Connection) -> tuple[ApiClient, ...]:
    """Every API client, by id."""
    rows = connection.execute(select(api_client).order_by(api_client.c.client_id)).mappings()
    return tuple(_api_client(row) for row in rows)


def _api_client(row: RowMapping) -> ApiClient:
    values: dict[str, Any] = dict(row)
    changes = {"scopes": frozenset(values["scopes"]), "keys": tuple(values["keys"])}
    return ApiClient(**{**values, **changes})


def delete_api_client(connection: Connection, client_id: str) -> bool:
    """Take an API client away; False where there is none of this id."""
    result = connection.execute(delete(api_client).where(api_client.c.client_id == client_id))
    return result.rowcount == 1


def use_assertion(connection: Connection, digest: str, *, expires: datetime, now: datetime) -> bool:
    """Use up a client's signed statement; False where it was used. Those that have expired are dropped."""
    connection.execute(delete(client_assertion).where(client_assertion.c.expires < format_timestamp(now)))
    known = select(client_assertion.c.digest).where(client_assertion.c.digest == digest)
    if connection.execute(known).first() is not None:
        return False
    connection.execute(insert(client_assertion).values(digest=digest, expires=format_timestamp(expires)))
    return True


def put_api_client(connection: Connection, entry: ApiClient) -> None:
    """Write an API client, replacing one of the same id."""
    connection.execute(delete(api_client).where(api_client.c.client_id == entry.client_id))
    connection.execute(
        insert(api_client).values(
            client_id=entry.client_id,
            secret_hash=entry.secret_hash,
            role=entry.role,
            organisation_id=entry.organisation_id,
            scopes=sorted(entry.scopes),
            keys=list(entry.keys),
        )
    )


def count_attempt(
    connection: Connection, bucket: str, *, now: datetime, window_ends: datetime
) -> tuple[int, datetime]:
    """Count one try in ``bucket``; returns the tries in the running window and when it ends.

    A window that has ended is begun anew. Call it inside a writing transaction: tries made at the
    same time then count one by one.
    """
    row = connection.execute(select(sign_in_attempt).where(sign_in_attempt.c.bucket == bucket)).first()
    if row is not None and parse_timestamp(row.window_ends) > now:
        ends, attempts = parse_timestamp(row.window_ends), row.attempts + 1
        connection.execute(
            update(sign_in_attempt).where(sign_in_attempt.c.bucket == bucket).values(attempts=attempts)
        )
        return attempts, ends
    connection.execute(delete(sign_in_attempt).where(sign_in_attempt.c.bucket == bucket))
    connection.execute(
        insert(sign_in_attempt).values(bucket=bucket, attempts=1, window_ends=format_timestamp(window_ends))
    )
    return 1, window_ends


def forget_attempts(connection: Connection, buckets: Collection[str], *, now: datetime) -> None:
    """Drop the counts of ``buckets`` and of every window that has ended."""
    connection.execute(
        delete(sign_in_attempt).where(
            sign_in_attempt.c.bucket.in_(buckets) | (sign_in_attempt.c.window_ends <= format_timestamp(now))
        )
    )


def _organisation(row: RowMapping) -> Organisation:
    return Organisation(
        id=row["id"],
        kind=OrganisationKind(row["kind"]),
        name_en=row["name_en"],
        name_km=row["name_km"],
        place=row["place"],
        did=row["did"],
        licence_number=row["licence_number"],
    )


def _key(row: RowMapping) -> RegisteredKey:
    return RegisteredKey(
        organisation_id=row["organisation_id"],
        public_key_multibase=row["public_key_multibase"],
        valid_from=parse_timestamp(row["valid_from"]),
        valid_until=_parsed_or_none(row["valid_until"]),
        compromised_since=_parsed_or_none(row["compromised_since"]),
    )


def _accreditation(row: RowMapping) -> GrantedAccreditation:
    codes, levels = row["qualification_codes"], row["cqf_levels"]
    return GrantedAccreditation(
        organisation_id=row["organisation_id"],
        credential_types=frozenset(row["credential_types"]),
        qualification_codes=None if codes is None else frozenset(codes),
        cqf_levels=None if levels is None else frozenset(levels),
        valid_from=parse_timestamp(row["valid_from"]),
        valid_until=_parsed_or_none(row["valid_until"]),
    )


def _instant_or_none(moment: datetime | None) -> str | None:
    return None if moment is None else format_timestamp(moment)


def _parsed_or_none(text: str | None) -> datetime | None:
    return None if text is None else parse_timestamp(text)
