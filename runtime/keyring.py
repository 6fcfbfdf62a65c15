"""Signing keys and other secrets in an encrypted file, one file per service.

The file is JSON: how the passphrase is stretched, for each key its public half (a multikey, which says
the kind of key) and its sealed secret, and sealed secrets that have no public half. A secret is sealed
with AES-256-GCM under the stretched passphrase; the additional data is ``service|key id|version``, so
that a sealed secret cannot be passed off as another key's. Where a token (PKCS#11) keeps the signing keys,
the file has of each its public half and the identifier it has there.
"""

import base64
import binascii
import fcntl
import hashlib
import json
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from runtime.entropy import random_bytes, random_secret
from runtime.key_errors import KeyringError as KeyringError  # noqa: PLC0414 - others know it from here
from runtime.key_token import KeyToken, parse_token_uri
from runtime.production import PUBLISHED_KEYS
from runtime.secret_files import private_folder, write_atomically
from runtime.settings import Settings, require_service_name
from vc.crypto.keys import InMemorySigner, KeyType, PublicKey, Signer
from vc.errors import ConflictError, NotFound, ProtocolError

_FORMAT: Final = 1
_KEY_VERSION: Final = 1
_NONCE_BYTES: Final = 12
_SALT_BYTES: Final = 16
# 32 MiB, about 0.1 s. Production's passphrase has 32 characters at least, so this is the second wall.
_SCRYPT: Final = {"n": 1 << 15, "r": 8, "p": 1}
_SCRYPT_MAX_BYTES: Final = 256 * 1024 * 1024
_SCRYPT_LIMITS: Final = {"n": (1 << 14, 1 << 20), "r": (8, 16), "p": (1, 4)}
# What is sealed under this name tells a wrong passphrase from a damaged key.
_CHECK: Final = "(check)"
# Before a secret's name where it is sealed; no key id can begin so.
_NO_KEY: Final = "(secret)"
_SECRET_BYTES: Final = 32
_IDENTIFIER_BYTES: Final = 16
_KEY_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,99}")


class Keyring:
    """The signing keys of one service, or of one purpose in a file apart."""

    def __init__(
        self,
        path: Path,
        service: str,
        passphrase: str,
        entropy: Callable[[int], bytes],
        *,
        is_demo: bool = False,
        token: KeyToken | None = None,
    ) -> None:
        """The keys in ``path``; services use ``Keyring.open``. Raises ``KeyringError`` as it does.

        With a ``token`` new signing keys are made in it; those that are in the file stay there.
        """
        self.service = service
        self._token = token
        self._path = path
        self._entropy = entropy
        self._content = self._load_or_start(passphrase, is_demo=is_demo)
        self._cipher = AESGCM(_stretch(passphrase, self._content["kdf"]))
        self._finish_start()

    @classmethod
    def open(cls, settings: Settings, service: str, entropy: Callable[[int], bytes] = random_bytes) -> Self:
        """The keyring ``<data_dir>/keys/<service>.json``; an empty one where there is none yet.

        Raises ``KeyringError`` for a wrong passphrase, a damaged file and, in production, for a file
        that others may read, that was begun in a demo, or that holds a key everybody has.
        """
        folder = private_folder(settings.data_dir / "keys")
        path = folder / f"{require_service_name(service)}.json"
        if not settings.is_demo and path.exists() and path.stat().st_mode & 0o077:
            raise KeyringError("The keyring file can be read by others; run chmod 600 on it.")
        keyring = cls(
            path,
            service,
            settings.secret("keyring_passphrase"),
            entropy,
            is_demo=settings.is_demo,
            token=_token_of(settings, service),
        )
        if not settings.is_demo:
            keyring._require_own_keys()
        return keyring

    def key_ids(self) -> tuple[str, ...]:
        """The names of all keys, oldest first."""
        self._content = self._read()
        return tuple(self._content["keys"])

    def has(self, key_id: str) -> bool:
        """Whether there is a key of that name, made by this process or another."""
        return self._entry_or_none(key_id) is not None

    def create(self, key_id: str, key_type: KeyType = KeyType.ED25519) -> PublicKey:
        """Make a key, durable on return.

        Raises ``ConflictError`` where the name is taken, ``KeyringError`` where a token makes no such key.
        """
        if not _KEY_ID.fullmatch(key_id):
            raise ValueError("a key id is 1 to 100 letters, digits, dots, colons, dashes or underscores")
        with self._locked():
            self._content = self._read()
            if key_id in self._content["keys"]:
                raise ConflictError("There is a key of that name already.")
            public_key, kept = self._make(key_id, key_type)
            self._content["keys"][key_id] = kept | {"public": public_key.multikey}
            self._write()
        return public_key

    def _make(self, key_id: str, key_type: KeyType) -> tuple[PublicKey, dict[str, Any]]:
        if self._token is not None:
            identifier = self._entropy(_IDENTIFIER_BYTES)
            public_key = self._token.create(f"{self.service} {key_id}", identifier, key_type)
            return public_key, {"token": identifier.hex()}
        secret = random_secret(key_type, self._entropy)
        return InMemorySigner(secret, "", key_type=key_type).public_key, self._seal(key_id, secret)

    def ensure(self, key_id: str, key_type: KeyType = KeyType.ED25519) -> PublicKey:
        """The public half of ``key_id``, made now if need be; safe when several processes ask.

        A key that is there stays what it is, also where it is of another kind than ``key_type``.
        """
        try:
            return self.public_key(key_id) if self.has(key_id) else self.create(key_id, key_type)
        except ConflictError:
            return self.public_key(key_id)

    def public_key(self, key_id: str) -> PublicKey:
        """The public half of ``key_id``. Raises ``NotFound``, ``KeyringError`` where it is damaged."""
        try:
            return PublicKey.from_multikey(self._entry(key_id)["public"])
        except (ProtocolError, KeyError, TypeError):
            raise KeyringError("A public key in the keyring is damaged.") from None

    def repeats_signatures(self, key_id: str) -> bool:
        """Whether ``key_id`` signs the same bytes with the same signature for ever. ``NotFound``.

        Of Ed25519 that is the definition (RFC 8032 section 5.1.6), for as long as the key is in this
        file. Of ECDSA it is a choice of the signing library (RFC 6979), which an update or a move of
        the key may take back. Of a key in a token nothing is known: its signing may draw lots, or fail.
        """
        is_in_file = "token" not in self._entry(key_id)
        return is_in_file and self.public_key(key_id).key_type is KeyType.ED25519

    def signer(self, key_id: str, verification_method: str) -> Signer:
        """What signs with ``key_id`` in the name of ``verification_method`` (a DID URL).

        Raises ``NotFound``, and ``KeyringError`` where the sealed secret is damaged or belongs to
        another public key, or a token cannot be used.
        """
        public_key = self.public_key(key_id)
        if "token" in (entry := self._entry(key_id)):
            if self._token is None:
                raise KeyringError("This key is in a token, and the settings name none.")
            return self._token.signer(_identifier(entry), public_key, verification_method)
        secret = self._unseal(key_id, self._entry(key_id))
        try:
            signer = InMemorySigner(secret, verification_method, key_type=public_key.key_type)
        except (ProtocolError, ValueError):
            raise KeyringError("A sealed key does not belong to its public key.") from None
        if signer.public_key != public_key:
            raise KeyringError("A sealed key does not belong to its public key.")
        return signer

    def secret_names(self) -> tuple[str, ...]:
        """The names of all secrets that are no signing keys, oldest first."""
        self._content = self._read()
        return tuple(self._secrets())

    def ensure_secret(self, name: str) -> bytes:
        """256 bits kept under ``name``, made now if need be; safe when several processes ask."""
        if not _KEY_ID.fullmatch(name):
            raise ValueError("a secret is named like a key")
        try:
            return self.secret(name)
        except NotFound:
            pass
        with self._locked():
            self._content = self._read()
            if name not in self._secrets():
                sealed = self._seal(_NO_KEY + name, self._entropy(_SECRET_BYTES))
                self._content["secrets"] = {**self._secrets(), name: sealed}
                self._write()
        return self.secret(name)

    def secret(self, name: str) -> bytes:
        """The bits kept under ``name``. Raises ``NotFound``, ``KeyringError`` where they are damaged."""
        if name not in self._secrets():
            self._content = self._read()
        entry = self._secrets().get(name)
        if entry is None:
            raise NotFound("There is no secret of that name.")
        return self._unseal(_NO_KEY + name, entry)

    def destroy_secret(self, name: str) -> None:
        """Take a secret out for ever; what it sealed cannot be opened again."""
        with self._locked():
            self._content = self._read()
            self._content["secrets"] = {
                other: kept for other, kept in self._secrets().items() if other != name
            }
            self._write()

    def _secrets(self) -> dict[str, dict[str, Any]]:
        secrets: dict[str, dict[str, Any]] = self._content.get("secrets", {})
        return secrets

    def _entry(self, key_id: str) -> dict[str, Any]:
        entry = self._entry_or_none(key_id)
        if entry is None:
            raise NotFound("There is no signing key of that name.")
        return entry

    def _entry_or_none(self, key_id: str) -> dict[str, Any] | None:
        if key_id not in self._content["keys"]:
            self._content = self._read()
        entry: dict[str, Any] | None = self._content["keys"].get(key_id)
        return entry

    def _load_or_start(self, passphrase: str, *, is_demo: bool) -> dict[str, Any]:
        with self._locked():
            if self._path.exists():
                return self._read()
            self._content = {
                "format": _FORMAT,
                "service": self.service,
                "demo": is_demo,
                "kdf": {"name": "scrypt", "salt": _text(self._entropy(_SALT_BYTES)), **_SCRYPT},
                "keys": {},
            }
            self._cipher = AESGCM(_stretch(passphrase, self._content["kdf"]))
            self._content["check"] = self._seal(_CHECK, self.service.encode("ascii"))
            self._write()
            return self._content

    def _require_own_keys(self) -> None:
        if self._content.get("demo"):
            raise KeyringError("The keyring was begun in a demo. Production needs keys of its own.")
        if any(entry.get("public") in PUBLISHED_KEYS for entry in self._content["keys"].values()):
            raise KeyringError("The keyring holds a key whose secret half is published.")

    def _finish_start(self) -> None:
        try:
            self._unseal(_CHECK, self._content["check"])
        except KeyringError:
            raise KeyringError("The keyring does not open with this passphrase.") from None

    def _seal(self, key_id: str, secret: bytes) -> dict[str, Any]:
        nonce = self._entropy(_NONCE_BYTES)
        sealed = self._cipher.encrypt(nonce, secret, self._associated(key_id, _KEY_VERSION))
        return {"version": _KEY_VERSION, "nonce": _text(nonce), "sealed": _text(sealed)}

    def _unseal(self, key_id: str, entry: dict[str, Any]) -> bytes:
        try:
            associated = self._associated(key_id, entry["version"])
            return self._cipher.decrypt(_bytes(entry["nonce"]), _bytes(entry["sealed"]), associated)
        except (InvalidTag, KeyError, TypeError, ValueError, binascii.Error):
            raise KeyringError("A sealed key in the keyring is damaged.") from None

    def _associated(self, key_id: str, version: int) -> bytes:
        return f"{self.service}|{key_id}|{version}".encode()

    def _read(self) -> dict[str, Any]:
        try:
            content = json.loads(self._path.read_bytes())
            if content["format"] != _FORMAT or content["service"] != self.service:
                raise KeyringError("The keyring file is of another format or another service.")
            if not isinstance(content["keys"], dict) or not isinstance(content["kdf"], dict):
                raise KeyringError("The keyring file is damaged.")
        except (OSError, ValueError, KeyError, TypeError):
            raise KeyringError("The keyring file cannot be read.") from None
        return dict(content)

    def _write(self) -> None:
        write_atomically(self._path, json.dumps(self._content, indent=1).encode("ascii"))

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Hold the keyring against other processes and threads: its file is replaced, not edited."""
        descriptor = os.open(self._path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)


def _token_of(settings: Settings, service: str) -> KeyToken | None:
    if service != "issuer" or settings.issuer_keyring is None:
        return None
    return KeyToken(parse_token_uri(settings.issuer_keyring), is_demo=settings.is_demo)


def _identifier(entry: dict[str, Any]) -> bytes:
    try:
        return bytes.fromhex(entry["token"])
    except (TypeError, ValueError):
        raise KeyringError("A key in the keyring is damaged.") from None


def _stretch(passphrase: str, kdf: dict[str, Any]) -> bytes:
    """The 32-byte file key. Refuses costs out of bounds, which a tampered file could name."""
    try:
        costs = {name: int(kdf[name]) for name in _SCRYPT}
        salt = _bytes(kdf["salt"])
    except (KeyError, TypeError, ValueError, binascii.Error):
        raise KeyringError("The keyring file is damaged.") from None
    within = all(low <= costs[name] <= high for name, (low, high) in _SCRYPT_LIMITS.items())
    if kdf.get("name") != "scrypt" or len(salt) < _SALT_BYTES or not within:
        raise KeyringError("The keyring file names a key derivation that is not accepted.")
    return hashlib.scrypt(
        passphrase.encode(),
        salt=salt,
        n=costs["n"],
        r=costs["r"],
        p=costs["p"],
        maxmem=_SCRYPT_MAX_BYTES,
        dklen=32,
    )


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _bytes(text: str) -> bytes:
    return base64.b64decode(text, validate=True)
