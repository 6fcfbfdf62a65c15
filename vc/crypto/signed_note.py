"""Signed notes (C2SP signed-note), with Ed25519 signatures only.

A note is a text that ends in a newline, an empty line, and signature lines. The text means nothing
before a signature by a known key was verified.
"""

import base64
import binascii
import hashlib
from dataclasses import dataclass

from vc.crypto.keys import KeyType, PublicKey, Signer
from vc.errors import MalformedValue

MAX_BYTES = 200_000
MAX_SIGNATURES = 16
_ED25519 = b"\x01"
_KEY_ID_BYTES = 4
_DASH = "\u2014"


@dataclass(frozen=True, kw_only=True, slots=True)
class NoteKey:
    """A key under the name it signs notes with; the name has no space and no plus."""

    name: str
    public_key: PublicKey

    def __post_init__(self) -> None:
        if not self.name or "+" in self.name or any(sign.isspace() for sign in self.name):
            raise MalformedValue("The name of a note's key has no space and no plus.")
        if self.public_key.key_type is not KeyType.ED25519:
            raise MalformedValue("A note is signed with an Ed25519 key.")

    @property
    def key_id(self) -> bytes:
        """SHA-256 over name, newline, type and key, its first 4 bytes."""
        named = self.name.encode() + b"\n" + _ED25519 + self.public_key.raw
        return hashlib.sha256(named).digest()[:_KEY_ID_BYTES]


def sign_note(text: str, name: str, signer: Signer) -> bytes:
    """The note over ``text``. Raises ``MalformedValue`` for a text or key that cannot be one."""
    if not text.endswith("\n") or not _is_plain(text):
        raise MalformedValue("A note's text ends in a newline and has no control characters.")
    key = NoteKey(name=name, public_key=signer.public_key)
    signature = base64.b64encode(key.key_id + signer.sign(text.encode())).decode("ascii")
    return f"{text}\n{_DASH} {name} {signature}\n".encode()


def open_note(note: bytes, key: NoteKey) -> str | None:
    """The text if ``key`` signed it, None if not. Raises ``MalformedValue`` for what is no note.

    Signatures by other keys are passed over; one by this key that does not hold refuses the note.
    """
    text, lines = _split(note)
    held = False
    for line in lines:
        name, raw = _signature(line)
        if name != key.name or raw[:_KEY_ID_BYTES] != key.key_id:
            continue
        if not key.public_key.verify(raw[_KEY_ID_BYTES:], text.encode()):
            return None
        held = True
    return text if held else None


def _split(note: bytes) -> tuple[str, list[str]]:
    if len(note) > MAX_BYTES:
        raise MalformedValue("The note is too long.")
    try:
        whole = note.decode("utf-8")
    except UnicodeDecodeError:
        raise MalformedValue("A note is UTF-8.") from None
    body, separator, signatures = whole.rpartition("\n\n")
    if not separator or not signatures.endswith("\n") or not _is_plain(whole):
        raise MalformedValue("A note has a text, an empty line and signatures.")
    lines = signatures[:-1].split("\n")
    if len(lines) > MAX_SIGNATURES:
        raise MalformedValue("The note has too many signatures.")
    return body + "\n", lines


def _signature(line: str) -> tuple[str, bytes]:
    dash, _, rest = line.partition(" ")
    name, _, encoded = rest.partition(" ")
    try:
        raw = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        raise MalformedValue("A signature line of the note cannot be read.") from None
    if dash != _DASH or not name or len(raw) <= _KEY_ID_BYTES:
        raise MalformedValue("A signature line of the note cannot be read.")
    return name, raw


def _is_plain(text: str) -> bool:
    return all(sign >= " " or sign == "\n" for sign in text)
