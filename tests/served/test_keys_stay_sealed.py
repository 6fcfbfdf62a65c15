"""What a thief of files, backups or the environment has is not enough to sign (threat 20)."""

import base64
from collections.abc import Iterator
from pathlib import Path

from runtime.keyring import Keyring
from runtime.settings import SERVICES, load_settings
from tests.served.conftest import Range
from tests.served_demo import ServedDemo


def secrets_of(data_dir: Path) -> list[bytes]:
    """The secret half of every signing key of the running demo."""
    settings = load_settings(data_dir=data_dir)
    found = []
    for service in SERVICES:
        keyring = Keyring.open(settings, service)
        found += [keyring._unseal(key_id, keyring._entry(key_id)) for key_id in keyring.key_ids()]
    return found


def spellings(secret: bytes) -> Iterator[bytes]:
    """The forms in which a key might lie about."""
    yield secret
    yield secret.hex().encode()
    yield base64.b64encode(secret).rstrip(b"=")
    yield base64.urlsafe_b64encode(secret).rstrip(b"=")


def places(demo: ServedDemo) -> Iterator[tuple[str, bytes]]:
    """Everything that may be copied: all files of the deployment, its output and its environment."""
    for path in (*demo.data_dir.rglob("*"), *demo.data_dir.parent.glob("*")):
        if path.is_file():
            yield str(path), path.read_bytes()
    yield "environment", Path(f"/proc/{demo.pid}/environ").read_bytes()


def test_no_signing_key_lies_open(firing_range: Range) -> None:
    # The range has issued and revoked by now, so keys were used and files written.
    secrets = secrets_of(firing_range.demo.data_dir)
    found = list(places(firing_range.demo))
    assert len(secrets) > 3
    assert len(found) > 10
    for secret in secrets:
        for spelling in spellings(secret):
            assert [name for name, content in found if spelling in content] == []


def test_a_key_that_lies_open_would_be_seen(firing_range: Range, tmp_path: Path) -> None:
    secret = secrets_of(firing_range.demo.data_dir)[0]
    careless = tmp_path / "careless"
    careless.write_bytes(b"key=" + base64.b64encode(secret))
    assert any(spelling in careless.read_bytes() for spelling in spellings(secret))
