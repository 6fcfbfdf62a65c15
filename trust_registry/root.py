"""The root of trust at the registry: offline keys, proposals, and the chain that is published.

An offline key is a file of its own, sealed under its own passphrase, to be kept apart from the
others and from the server. The keys that sign the trust list day by day are the registry's; a root
document names them.
"""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Final

from runtime.database import Database
from runtime.entropy import random_bytes
from runtime.keyring import Keyring
from runtime.settings import Settings
from trust_registry import root_store, store
from trust_registry.model import RegisteredKey
from trust_registry.root_document import add_signature, build_root_document, require_next
from trust_registry.service import AUTHORITY_ID, register_issuer_key, root_did
from trust_registry.store import Connection
from vc.crypto.keys import Signer
from vc.did import did_key
from vc.encoding import jcs
from vc.encoding.strict_json import JsonObject, parse_json_object
from vc.errors import ConflictError, EvidenceUnavailable, NotFound, RangeError
from vc.trust.anchor import TrustAnchor, parse_anchor
from vc.trust.root import ListKey, Root, parse_root

DEMO_FOLDER: Final = "demo-root-keys"
_DEMO_KEYS: Final = 3
_DEMO_THRESHOLD: Final = 2
_KEY_NAME: Final = "root"
_PURPOSE: Final = "trust-root"
_DEMO_PURPOSE: Final = "trust-root-DEMO"


def list_key_id(number: int) -> str:
    """Name of the registry's ``number``-th list key (from 1), also its fragment in the DID document."""
    return f"list-{number}"


def ensure_list_key(database: Database, settings: Settings, keyring: Keyring, now: datetime) -> str:
    """The newest key that signs the trust list (multikey). Made and registered at the first call.

    The authority must be registered. Raises ``NotFound`` where it is not, and ``ConflictError``
    where the keyring does not hold the key in the register, as after half a restore.
    """
    keys = database.read_now(store.keys_of, AUTHORITY_ID)
    if not keys:
        return add_list_key(database, settings, keyring, now)
    if key_name_or_none(keyring, keys[-1].public_key_multibase) is None:
        raise ConflictError("The keyring does not hold the trust list's key that is in the register.")
    return keys[-1].public_key_multibase


def add_list_key(database: Database, settings: Settings, keyring: Keyring, now: datetime) -> str:
    """A fresh key for the trust list; it signs once a root document names it."""
    number = len(database.read_now(store.keys_of, AUTHORITY_ID)) + 1
    multikey = keyring.ensure(list_key_id(number)).multikey
    register_issuer_key(
        database, did=root_did(settings), public_key_multibase=multikey, valid_from=now, now=now
    )
    return multikey


def key_name_or_none(keyring: Keyring, multikey: str) -> str | None:
    """The name under which the keyring holds this key."""
    names = (name for name in keyring.key_ids() if keyring.public_key(name).multikey == multikey)
    return next(names, None)


def list_signer_or_none(
    settings: Settings, keyring: Keyring, keys: tuple[RegisteredKey, ...], root: Root, now: datetime
) -> Signer | None:
    """What signs the trust list now: the newest key that the root names and this keyring holds."""
    standing = {key.public_key_multibase for key in root.list_keys if key.may_sign_at(now)}
    for position, key in reversed(list(enumerate(keys, start=1))):
        name = key_name_or_none(keyring, key.public_key_multibase)
        if key.public_key_multibase in standing and name is not None:
            return keyring.signer(name, f"{root_did(settings)}#{list_key_id(position)}")
    return None


def ending_root_or_none(connection: Connection, settings: Settings, now: datetime) -> Root | None:
    """The newest root where its end is so near that the next one should be signed."""
    bodies = root_store.roots(connection)
    root = parse_root(parse_json_object(bodies[-1]), root_did(settings)) if bodies else None
    return root if root is not None and root.is_to_be_renewed(now) else None


def require_list_signer(
    settings: Settings,
    keyring: Keyring,
    keys: tuple[RegisteredKey, ...],
    roots: tuple[bytes, ...],
    now: datetime,
) -> tuple[Root, Signer]:
    """The newest root and what signs under it. Raises ``EvidenceUnavailable`` where there is none."""
    if not roots:
        raise EvidenceUnavailable("There is no root of trust yet: see `passport trust root`.")
    root = parse_root(parse_json_object(roots[-1]), root_did(settings))
    signer = list_signer_or_none(settings, keyring, keys, root, now)
    if signer is None:
        raise EvidenceUnavailable("The newest root names no key that this registry holds.")
    return root, signer


# Offline keys ------------------------------------------------------------------------------------


def create_root_key(path: Path, passphrase: str, *, is_demo: bool) -> str:
    """Make an offline key in a file of its own, durable on return; returns its public half (multikey).

    Raises ``ConflictError`` where the file is there already.
    """
    if path.exists():
        raise ConflictError("There is a file of that name already; a root key is never overwritten.")
    return _key_file(path, passphrase, is_demo=is_demo).create(_KEY_NAME).multikey


def open_root_key(path: Path, passphrase: str, *, is_demo: bool) -> Signer:
    """The signer in an offline key's file.

    Raises ``NotFound``, and ``KeyringError`` for a wrong passphrase, a damaged file, and a DEMO key
    in production.
    """
    if not path.exists():
        raise NotFound("There is no such key file.")
    keyring = _key_file(path, passphrase, is_demo=is_demo)
    return keyring.signer(_KEY_NAME, did_key.verification_method_for(keyring.public_key(_KEY_NAME)))


def _key_file(path: Path, passphrase: str, *, is_demo: bool) -> Keyring:
    return Keyring(path, _DEMO_PURPOSE if is_demo else _PURPOSE, passphrase, random_bytes)


# Proposing and publishing ------------------------------------------------------------------------


def propose_first(
    database: Database,
    settings: Settings,
    *,
    keys: Collection[str],
    threshold: int,
    list_key: str,
    now: datetime,
) -> JsonObject:
    """The first root document, not signed. Raises ``ConflictError`` where there is a root already."""
    if database.read_now(root_store.roots):
        raise ConflictError("There is a root already; propose the next one.")
    moment = now.replace(microsecond=0)
    document = build_root_document(
        url=settings.trust_root_location,
        did=root_did(settings),
        version=1,
        threshold=threshold,
        keys=tuple(keys),
        list_keys=(ListKey(public_key_multibase=list_key, valid_from=moment),),
        valid_from=moment,
        is_demo=settings.is_demo,
    )
    parse_root(document, root_did(settings))
    return document


def propose_next(
    database: Database,
    settings: Settings,
    *,
    now: datetime,
    threshold: int | None = None,
    add_root_keys: Collection[str] = (),
    retire_root_keys: Collection[str] = (),
    add_list_keys: Collection[str] = (),
    retire_list_keys: Collection[str] = (),
) -> JsonObject:
    """The root document that follows the newest, not signed; without changes it only runs longer.

    A retired list key ends with ``now``; one that ended earlier is left out. Raises ``NotFound``
    without a root and for a key that is not named, ``ProtocolError`` for what cannot be a root.
    """
    published = database.read_now(root_store.roots)
    if not published:
        raise NotFound("There is no root yet.")
    did, moment = root_did(settings), now.replace(microsecond=0)
    newest = parse_root(parse_json_object(published[-1]), did)
    named = {key.public_key_multibase for key in newest.list_keys}
    if not set(retire_root_keys) <= set(newest.keys) or not set(retire_list_keys) <= named:
        raise NotFound("The newest root names no such key.")
    list_keys = [
        replace(key, valid_until=moment) if key.public_key_multibase in retire_list_keys else key
        for key in newest.list_keys
        if key.valid_until is None or key.valid_until > moment
    ]
    list_keys += [ListKey(public_key_multibase=key, valid_from=moment) for key in add_list_keys]
    if not any(key.may_sign_at(moment) for key in list_keys):
        raise RangeError("No key would be left to sign the trust list.")
    document = build_root_document(
        url=settings.trust_root_location,
        did=did,
        version=newest.version + 1,
        threshold=threshold or newest.threshold,
        keys=[key for key in newest.keys if key not in retire_root_keys] + list(add_root_keys),
        list_keys=list_keys,
        valid_from=moment,
        is_demo=settings.is_demo,
    )
    parse_root(document, did)
    return document


def sign_proposal(document: JsonObject, signer: Signer, now: datetime) -> JsonObject:
    """``document`` with the signature of one offline key more."""
    return add_signature(document, signer, now.replace(microsecond=0))


def publish_root(database: Database, settings: Settings, document: JsonObject) -> int:
    """Append a signed root to the chain; a running registry serves it with its next look.

    Returns its version. Raises ``ProtocolError`` while it is not signed by enough keys, or does not
    follow the newest, or the pinned anchor does not lead to it.
    """
    return database.write_now(_publish, settings, document)


def _publish(connection: Connection, settings: Settings, document: JsonObject) -> int:
    did = root_did(settings)
    anchor = None if settings.trust_anchor is None else parse_anchor(settings.trust_anchor, did=did)
    root = require_next(document, root_store.roots(connection), did=did, anchor=anchor)
    root_store.insert_root(connection, root.version, jcs.canonicalize(document))
    return root.version


def anchor_of(database: Database, settings: Settings) -> TrustAnchor:
    """What a verifier pins: the keys of the first root. Raises ``NotFound`` before there is one."""
    published = database.read_now(root_store.roots)
    if not published:
        raise NotFound("There is no root yet.")
    first = parse_root(parse_json_object(published[0]), root_did(settings))
    return TrustAnchor(did=root_did(settings), threshold=first.threshold, keys=first.keys)


# The demo ----------------------------------------------------------------------------------------


def ensure_demo_root(database: Database, settings: Settings, keyring: Keyring, now: datetime) -> str:
    """The anchor of the demo's own root, 2 of 3 keys in the data folder; made at the first call.

    The three files together are no threshold at all, which is why only a demo does this. Raises
    ``ConflictError`` in production, and as ``ensure_list_key``.
    """
    if not settings.is_demo:
        raise ConflictError("Root keys of a real authority are never made on its server.")
    list_key = ensure_list_key(database, settings, keyring, now)
    if not database.read_now(root_store.roots):
        _make_demo_root(database, settings, list_key, now)
    return anchor_of(database, settings).text


def _make_demo_root(database: Database, settings: Settings, list_key: str, now: datetime) -> None:
    folder = settings.data_dir / DEMO_FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    passphrase = settings.secret("keyring_passphrase")
    paths = [folder / f"DEMO-root-key-{number}.json" for number in range(1, _DEMO_KEYS + 1)]
    for path in paths:
        if not path.exists():
            create_root_key(path, passphrase, is_demo=True)
    signers = [open_root_key(path, passphrase, is_demo=True) for path in paths]
    document = propose_first(
        database,
        settings,
        keys=[signer.public_key.multikey for signer in signers],
        threshold=_DEMO_THRESHOLD,
        list_key=list_key,
        now=now,
    )
    for signer in signers[:_DEMO_THRESHOLD]:
        document = sign_proposal(document, signer, now)
    publish_root(database, settings, document)
