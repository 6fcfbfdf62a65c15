"""``vc.crypto.signed_note`` and ``vc.crypto.checkpoint``."""

import base64
from datetime import UTC, datetime

import pytest

from vc.crypto.checkpoint import Checkpoint, ServiceHead, next_checkpoint, parse_checkpoint
from vc.crypto.keys import InMemorySigner, KeyType, PublicKey
from vc.crypto.merkle import Frontier, merkle_root
from vc.crypto.signed_note import NoteKey, open_note, sign_note
from vc.errors import MalformedValue

NAME = "skills-passport.example/audit"
SIGNER = InMemorySigner(bytes(range(32)), "")
KEY = NoteKey(name=NAME, public_key=SIGNER.public_key)
TEXT = "first\n\nthird\n"
NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
# From golang.org/x/mod/sumdb/note: a note by another implementation, with its verifier key.
GO_KEY_NAME = "PeterNeumann"
GO_KEY_ID = "c74f20a3"
GO_KEY = "ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_NOTE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6"
    "RyyBwJnAM=\n"
)


def test_a_note_of_another_implementation_opens() -> None:
    raw = base64.b64decode(GO_KEY)
    key = NoteKey(name=GO_KEY_NAME, public_key=PublicKey(key_type=KeyType.ED25519, raw=raw[1:]))
    assert raw[:1] == b"\x01"
    assert key.key_id.hex() == GO_KEY_ID
    text = open_note(GO_NOTE.encode(), key)
    assert text is not None
    assert text.startswith("If you think")


def test_what_was_signed_comes_back() -> None:
    assert open_note(sign_note(TEXT, NAME, SIGNER), KEY) == TEXT


def test_a_signature_by_another_key_is_passed_over() -> None:
    other = InMemorySigner(bytes(32), "")
    note = sign_note(TEXT, NAME, other)
    assert open_note(note, KEY) is None
    both = note + sign_note(TEXT, NAME, SIGNER).rpartition(b"\n\n")[2]
    assert open_note(both, KEY) == TEXT


def test_a_changed_text_does_not_open() -> None:
    assert open_note(sign_note(TEXT, NAME, SIGNER).replace(b"third", b"thirD"), KEY) is None


@pytest.mark.parametrize(
    "note",
    [
        b"no signature\n",
        b"text\n\n- name AAAAAAAAAA==\n",
        "text\n\n\u2014 name AAAA\n".encode(),
        "text\n\n\u2014 name !!\n".encode(),
        b"\xff\n\n",
        sign_note(TEXT, NAME, SIGNER) * 20_000,
        sign_note(TEXT, NAME, SIGNER).replace(b"first", b"fi\rst"),
    ],
    ids=["unsigned", "wrong-dash", "short", "not-base64", "not-utf8", "too-long", "control"],
)
def test_what_is_no_note_is_refused(note: bytes) -> None:
    with pytest.raises(MalformedValue):
        open_note(note, KEY)


def checkpoints() -> tuple[Checkpoint, Checkpoint]:
    """Two that follow one another."""
    heads = {"issuer": ServiceHead(size=3, hash="a" * 64)}
    first, tree = next_checkpoint(Frontier(), origin=NAME, at=NOW, heads=heads)
    old = {"issuer": ServiceHead(size=3, hash="a" * 64, since=NOW)}
    second, _ = next_checkpoint(tree, origin=NAME, at=NOW, heads=old)
    return first, second


def test_a_checkpoint_reads_as_it_was_written_and_its_root_covers_every_one_before() -> None:
    first, second = checkpoints()
    for checkpoint in (first, second):
        assert parse_checkpoint(checkpoint.text) == checkpoint
    assert (second.size, second.root) == (2, merkle_root([first.leaf, second.leaf]))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("\n2\n", "\n02\n"),
        ("head ", "tail "),
        ("time", "then"),
        ("issuer 3", "issuer 03"),
        ("Z\n", "+00:00\n"),
    ],
)
def test_another_spelling_of_a_checkpoint_is_refused(old: str, new: str) -> None:
    text = checkpoints()[1].text
    assert old in text
    with pytest.raises(MalformedValue):
        parse_checkpoint(text.replace(old, new, 1))
