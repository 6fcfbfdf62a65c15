"""The steps of the root ceremony over files, as the commands run them."""

import json
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from runtime.clock import SystemClock
from runtime.database import Database
from runtime.keyring import Keyring
from runtime.settings import Settings
from trust_registry.root import (
    add_list_key,
    create_root_key,
    ensure_list_key,
    open_root_key,
    propose_first,
    propose_next,
    publish_root,
    sign_proposal,
)
from trust_registry.service import root_did
from vc.encoding.strict_json import JsonObject, parse_json_object
from vc.errors import RangeError
from vc.trust.anchor import TrustAnchor
from vc.trust.root import parse_root, signers_of

MIN_PASSPHRASE = 12


def begin(settings: Settings, folder: Path, passphrases: Sequence[str], *, threshold: int, out: Path) -> str:
    """Make a key for each passphrase and propose the first root; returns the anchor to pin.

    Raises ``RangeError`` for a short passphrase in production, ``ConflictError`` where there is a
    root already, ``NotFound`` where the authority is not registered.
    """
    for passphrase in passphrases:
        require_passphrase(settings, passphrase)
    now = SystemClock().now()
    with _registry(settings) as (database, keyring):
        list_key = ensure_list_key(database, settings, keyring, now)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        prefix = "DEMO-" if settings.is_demo else ""
        keys = [
            create_root_key(folder / f"{prefix}root-key-{number}.json", passphrase, is_demo=settings.is_demo)
            for number, passphrase in enumerate(passphrases, start=1)
        ]
        document = propose_first(
            database, settings, keys=keys, threshold=threshold, list_key=list_key, now=now
        )
    _write(out, document)
    return TrustAnchor(did=root_did(settings), threshold=threshold, keys=tuple(keys)).text


def propose(
    settings: Settings,
    *,
    out: Path,
    makes_list_key: bool,
    retire_list_keys: Collection[str],
    add_root_keys: Collection[str],
    retire_root_keys: Collection[str],
    threshold: int | None,
) -> int:
    """Propose the next root; returns its version. Raises as ``trust_registry.root.propose_next``."""
    now = SystemClock().now()
    with _registry(settings) as (database, keyring):
        fresh = [add_list_key(database, settings, keyring, now)] if makes_list_key else []
        document = propose_next(
            database,
            settings,
            now=now,
            threshold=threshold,
            add_root_keys=add_root_keys,
            retire_root_keys=retire_root_keys,
            add_list_keys=fresh,
            retire_list_keys=retire_list_keys,
        )
    _write(out, document)
    return parse_root(document, root_did(settings)).version


def sign(settings: Settings, proposal: Path, key: Path, passphrase: str) -> tuple[int, int]:
    """Add one key's signature to the file; returns how many of its own keys signed, and must have.

    Raises ``KeyringError``, ``ConflictError`` where this key has signed already, ``ProtocolError``
    for what is no proposal.
    """
    document = parse_json_object(proposal.read_bytes())
    root = parse_root(document, root_did(settings))
    signer = open_root_key(key, passphrase, is_demo=settings.is_demo)
    signed = sign_proposal(document, signer, SystemClock().now())
    _write(proposal, signed)
    return len(signers_of(signed, root.keys)), root.threshold


def publish(settings: Settings, proposal: Path) -> int:
    """Publish the file; returns its version. Raises as ``trust_registry.root.publish_root``."""
    with _registry(settings) as (database, _):
        return publish_root(database, settings, parse_json_object(proposal.read_bytes()))


def require_passphrase(settings: Settings, passphrase: str) -> None:
    """Raises ``RangeError`` for one that is too short to keep a real root key."""
    if not settings.is_demo and len(passphrase) < MIN_PASSPHRASE:
        raise RangeError(f"A root key's passphrase has {MIN_PASSPHRASE} characters at least.")


@contextmanager
def _registry(settings: Settings) -> Iterator[tuple[Database, Keyring]]:
    database = Database.open(settings, "trust_registry")
    try:
        database.upgrade()
        yield database, Keyring.open(settings, "trust_registry")
    finally:
        database.close()


def _write(path: Path, document: JsonObject) -> None:
    path.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
