import json
import re
import stat
import sys
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from runtime.keyring import Keyring, KeyringError
from runtime.production import PUBLISHED_KEYS
from runtime.settings import Settings
from tests.unit.runtime.processes import run_at_once
from tests.vectors.shared_vectors import VECTORS, require_vectors
from vc.crypto.keys import InMemorySigner, KeyType
from vc.errors import ConflictError, NotFound

METHOD = "did:web:skills-passport.example:centres:a#key-1"


def _file(settings: Settings, service: str = "issuer") -> Path:
    return settings.data_dir / "keys" / f"{service}.json"


def _edit(path: Path, **changes: Any) -> None:
    content = json.loads(path.read_text())
    content.update(changes)
    path.write_text(json.dumps(content))


def test_a_key_made_once_signs_after_every_restart(settings: Settings) -> None:
    made = Keyring.open(settings, "issuer").create("centre-a")
    again = Keyring.open(settings, "issuer")
    signer = again.signer("centre-a", METHOD)
    assert again.public_key("centre-a") == made == signer.public_key
    assert signer.verification_method == METHOD
    assert made.verify(signer.sign(b"data"), b"data")
    assert again.key_ids() == ("centre-a",)


def test_a_taken_name_is_a_conflict_and_keeps_its_key(settings: Settings) -> None:
    keyring = Keyring.open(settings, "issuer")
    first = keyring.create("centre-a")
    with pytest.raises(ConflictError):
        Keyring.open(settings, "issuer").create("centre-a")
    assert Keyring.open(settings, "issuer").ensure("centre-a") == first


def test_an_unknown_key_is_not_found(settings: Settings) -> None:
    keyring = Keyring.open(settings, "issuer")
    assert not keyring.has("centre-a")
    with pytest.raises(NotFound):
        keyring.public_key("centre-a")
    with pytest.raises(NotFound):
        keyring.signer("centre-a", METHOD)


@pytest.mark.parametrize("key_id", ["", "../../x", "a b", "a|b", "'--", "a\nb", "(check)", "x" * 101])
def test_a_key_id_that_is_no_plain_name_is_refused(settings: Settings, key_id: str) -> None:
    with pytest.raises(ValueError, match="key id"):
        Keyring.open(settings, "issuer").create(key_id)


def test_a_key_made_by_another_process_is_seen(settings: Settings) -> None:
    early = Keyring.open(settings, "issuer")
    made = Keyring.open(settings, "issuer").create("centre-a")
    assert early.has("centre-a")
    assert early.public_key("centre-a") == made


def test_nothing_in_the_folder_holds_a_seed_and_others_may_read_nothing(settings: Settings) -> None:
    seeds: list[bytes] = []

    def entropy(count: int) -> bytes:
        seeds.append(bytes([len(seeds) + 65]) * count)
        return seeds[-1]

    Keyring.open(settings, "issuer", entropy).create("centre-a")
    content = _file(settings).read_bytes()
    assert [seed for seed in seeds if len(seed) == 32]
    assert not any(seed in content or seed.hex().encode() in content for seed in seeds if len(seed) == 32)
    assert stat.S_IMODE(_file(settings).stat().st_mode) == 0o600
    assert stat.S_IMODE(_file(settings).parent.stat().st_mode) == 0o700


def test_a_wrong_passphrase_does_not_open(settings: Settings) -> None:
    Keyring.open(settings, "issuer")
    other = Settings(data_dir=settings.data_dir, keyring_passphrase=SecretStr("another"))
    with pytest.raises(KeyringError, match="passphrase"):
        Keyring.open(other, "issuer")


def test_sealed_seeds_cannot_change_places(settings: Settings) -> None:
    keyring = Keyring.open(settings, "issuer")
    keyring.create("a")
    keyring.create("b")
    keys = json.loads(_file(settings).read_text())["keys"]
    _edit(_file(settings), keys={"a": keys["b"], "b": keys["a"]})
    with pytest.raises(KeyringError, match="damaged"):
        Keyring.open(settings, "issuer").signer("a", METHOD)


def test_a_public_key_that_is_not_the_sealed_ones_is_refused(settings: Settings) -> None:
    keyring = Keyring.open(settings, "issuer")
    keyring.create("a")
    keyring.create("b")
    keys = json.loads(_file(settings).read_text())["keys"]
    keys["a"]["public"] = keys["b"]["public"]
    _edit(_file(settings), keys=keys)
    with pytest.raises(KeyringError, match="does not belong"):
        Keyring.open(settings, "issuer").signer("a", METHOD)


def test_a_keyring_of_another_service_is_refused(settings: Settings) -> None:
    Keyring.open(settings, "issuer").create("a")
    _file(settings, "revocation").write_bytes(_file(settings).read_bytes())
    with pytest.raises(KeyringError, match="another service"):
        Keyring.open(settings, "revocation")
    _edit(_file(settings, "revocation"), service="revocation")
    with pytest.raises(KeyringError, match="passphrase"):
        Keyring.open(settings, "revocation")


@pytest.mark.parametrize(
    "kdf",
    [
        {"n": 1 << 26},
        {"n": 2},
        {"n": "many"},
        {"name": "none"},
        {"salt": "AAAA"},
        {"salt": "*"},
    ],
)
def test_a_tampered_key_derivation_is_refused(settings: Settings, kdf: dict[str, Any]) -> None:
    Keyring.open(settings, "issuer")
    _edit(_file(settings), kdf=json.loads(_file(settings).read_text())["kdf"] | kdf)
    with pytest.raises(KeyringError):
        Keyring.open(settings, "issuer")


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "{}", '{"format": 1, "service": "issuer", "keys": [], "kdf": {}}']
)
def test_a_damaged_file_is_refused_and_not_replaced(settings: Settings, content: str) -> None:
    Keyring.open(settings, "issuer")
    _file(settings).write_text(content)
    with pytest.raises(KeyringError):
        Keyring.open(settings, "issuer")
    assert _file(settings).read_text() == content


@pytest.mark.parametrize("key_type", list(KeyType))
def test_a_key_of_every_kind_signs_after_a_restart(settings: Settings, key_type: KeyType) -> None:
    made = Keyring.open(settings, "issuer").create("centre-a", key_type)
    again = Keyring.open(settings, "issuer")
    assert made.key_type is key_type
    assert again.public_key("centre-a") == made == again.signer("centre-a", METHOD).public_key
    assert made.verify(again.signer("centre-a", METHOD).sign(b"data"), b"data")


def test_a_key_is_of_ed25519_unless_another_kind_is_asked_for(settings: Settings) -> None:
    keyring = Keyring.open(settings, "issuer")
    assert keyring.create("a").key_type is KeyType.ED25519
    assert keyring.ensure("b").key_type is KeyType.ED25519
    assert keyring.ensure("c", KeyType.P256).key_type is KeyType.P256


def test_a_key_that_is_there_keeps_its_kind(settings: Settings) -> None:
    made = Keyring.open(settings, "issuer").create("centre-a")
    assert Keyring.open(settings, "issuer").ensure("centre-a", KeyType.P256) == made


def test_a_keyring_from_before_there_were_kinds_opens(settings: Settings) -> None:
    """What was written then has the members that an Ed25519 key still has."""
    made = Keyring.open(settings, "issuer").create("centre-a")
    (entry,) = json.loads(_file(settings).read_text())["keys"].values()
    assert entry.keys() == {"version", "nonce", "sealed", "public"}
    assert entry["public"].startswith("z6Mk")
    assert Keyring.open(settings, "issuer").signer("centre-a", METHOD).public_key == made


def test_a_scalar_out_of_range_is_drawn_again(settings: Settings) -> None:
    drawn = [b"\xff" * 32, bytes(32), b"\x01" * 32]

    def entropy(count: int) -> bytes:
        return drawn.pop(0) if count == 32 else b"n" * count

    made = Keyring.open(settings, "issuer", entropy).create("centre-a", KeyType.P256)
    assert drawn == []
    assert made == InMemorySigner(b"\x01" * 32, "", key_type=KeyType.P256).public_key


@pytest.mark.parametrize("key_type", list(KeyType))
def test_only_of_ed25519_it_is_promised_that_signatures_repeat(settings: Settings, key_type: KeyType) -> None:
    keyring = Keyring.open(settings, "issuer")
    keyring.create("centre-a", key_type)
    assert keyring.repeats_signatures("centre-a") is (key_type is KeyType.ED25519)


def test_an_ed25519_key_repeats_its_signatures_after_a_restart(settings: Settings) -> None:
    Keyring.open(settings, "issuer").create("centre-a")
    signers = [Keyring.open(settings, "issuer").signer("centre-a", METHOD) for _ in range(2)]
    assert signers[0].sign(b"data") == signers[1].sign(b"data")


def test_whether_an_unknown_key_repeats_its_signatures_is_not_found(settings: Settings) -> None:
    with pytest.raises(NotFound):
        Keyring.open(settings, "issuer").repeats_signatures("centre-a")


def test_a_sealed_seed_cannot_pass_as_a_key_of_another_kind(settings: Settings) -> None:
    keyring = Keyring.open(settings, "issuer")
    keyring.create("a")
    keyring.create("b", KeyType.P256)
    keys = json.loads(_file(settings).read_text())["keys"]
    keys["a"]["public"] = keys["b"]["public"]
    _edit(_file(settings), keys=keys)
    with pytest.raises(KeyringError, match="does not belong"):
        Keyring.open(settings, "issuer").signer("a", METHOD)


@pytest.mark.parametrize("public", ["", "z6Mk", "uAAAA", "zzzz", 7, None])
def test_a_damaged_public_key_is_refused(settings: Settings, public: Any) -> None:
    Keyring.open(settings, "issuer").create("a")
    keys = json.loads(_file(settings).read_text())["keys"]
    keys["a"]["public"] = public
    _edit(_file(settings), keys=keys)
    keyring = Keyring.open(settings, "issuer")
    for use in (keyring.public_key, keyring.repeats_signatures):
        with pytest.raises(KeyringError, match="damaged"):
            use("a")
    with pytest.raises(KeyringError, match="damaged"):
        keyring.signer("a", METHOD)


def test_a_crash_while_writing_leaves_the_old_keyring(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    keyring = Keyring.open(settings, "issuer")
    keyring.create("a")

    def crash(self: Path, target: Path) -> None:
        raise OSError("planted")

    monkeypatch.setattr(Path, "replace", crash)
    with pytest.raises(OSError, match="planted"):
        keyring.create("b")
    monkeypatch.undo()
    assert Keyring.open(settings, "issuer").key_ids() == ("a",)
    assert sorted(path.name for path in _file(settings).parent.iterdir()) == ["issuer.json", "issuer.lock"]


def test_production_refuses_a_keyring_that_others_may_read(settings: Settings) -> None:
    Keyring.open(settings, "issuer")
    _file(settings).chmod(0o640)
    production = settings.model_copy(update={"mode": "production"})
    with pytest.raises(KeyringError, match="600"):
        Keyring.open(production, "issuer")


def test_production_refuses_the_keys_of_a_demo(settings: Settings) -> None:
    """Threat 24: the folder of a demo, and its passphrase, taken along into production."""
    Keyring.open(settings, "issuer").create("a")
    production = settings.model_copy(update={"mode": "production"})
    with pytest.raises(KeyringError, match="demo"):
        Keyring.open(production, "issuer")
    Keyring.open(production, "revocation").create("a")
    assert Keyring.open(production, "revocation").key_ids() == ("a",)


def test_production_refuses_a_key_that_everybody_has(settings: Settings) -> None:
    """Threat 24: a key of a specification's test vectors."""
    production = settings.model_copy(update={"mode": "production"})
    Keyring.open(production, "issuer").create("a")
    content = json.loads(_file(settings).read_bytes())
    content["keys"]["a"]["public"] = "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2"
    _file(settings).write_text(json.dumps(content), encoding="ascii")
    with pytest.raises(KeyringError, match="published"):
        Keyring.open(production, "issuer")


def test_the_keys_of_the_official_vectors_are_known() -> None:
    require_vectors("di-eddsa")
    published: set[str] = set()
    for path in VECTORS.glob("di-*/**/*Key*.json"):
        text = path.read_text(encoding="utf-8")
        published |= set(re.findall(r'"public\w*" *: *"(z[1-9A-Za-z]{40,})"', text))
    assert published
    assert published <= PUBLISHED_KEYS


CREATE_PROGRAM = """
import sys
from pathlib import Path
from runtime.keyring import Keyring
from runtime.production import PUBLISHED_KEYS
from runtime.settings import Settings
from tests.unit.runtime.processes import run_at_once
from tests.vectors.shared_vectors import VECTORS, require_vectors

keyring = Keyring.open(Settings(data_dir=Path(sys.argv[1])), "issuer")
print("ready", flush=True)
sys.stdin.readline()
for number in range(10):
    keyring.create(f"{sys.argv[2]}-{number}")
    keyring.ensure(f"shared-{number}")
"""


def test_processes_that_create_at_once_lose_no_key(settings: Settings) -> None:
    program = [sys.executable, "-c", CREATE_PROGRAM, str(settings.data_dir)]
    run_at_once([[*program, "a"], [*program, "b"]])
    assert len(Keyring.open(settings, "issuer").key_ids()) == 30
