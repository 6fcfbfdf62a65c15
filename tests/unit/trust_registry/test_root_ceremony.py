"""The ceremony of the root keys by its commands, and what it refuses."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from passport.cli import app, run
from runtime import keyring
from runtime.keyring import KeyringError
from runtime.service import ServiceContext
from runtime.settings import Settings, SettingsError, load_settings
from tests.unit.trust_registry.deployment import NOW, service_context
from trust_registry import root_store
from trust_registry.model import OrganisationKind
from trust_registry.publication import Publication
from trust_registry.root import DEMO_FOLDER, anchor_of, create_root_key, ensure_demo_root, open_root_key
from trust_registry.service import AUTHORITY_ID, register_organisation, root_did
from vc.errors import ConflictError, EvidenceUnavailable
from vc.trust.anchor import parse_anchor
from vc.trust.root import parse_chain, require_chain

Command = Callable[..., Result]


@pytest.fixture(autouse=True)
def cheap_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(keyring._SCRYPT, "n", keyring._SCRYPT_LIMITS["n"][0])


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ServiceContext]:
    """A registry with its authority and no root; the commands see its data folder."""
    monkeypatch.setenv("PASSPORT_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("PASSPORT_ROOT_KEY_PASSPHRASE", "a passphrase for the test")
    context = service_context(tmp_path / "data", "trust_registry")
    register_organisation(
        context.database,
        context.settings,
        organisation_id=AUTHORITY_ID,
        kind=OrganisationKind.AUTHORITY,
        name_en="Ministry (demo)",
        name_km="ក្រសួង (គំរូ)",
    )
    yield context
    context.database.close()


def command(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["trust", "root", *map(str, arguments)])


def began(folder: Path) -> tuple[Path, list[Path], str]:
    """The first proposal, its three key files and the anchor that was printed."""
    proposal, keys = folder / "root-1.json", folder / "keys"
    result = command("init", "--keys-out", keys, "--out", proposal)
    assert result.exit_code == 0, result.output
    return proposal, sorted(keys.glob("*.json")), result.output.strip().splitlines()[-1]


def chain(context: ServiceContext, anchor: str) -> list[int]:
    """The versions a verifier with this anchor is led to."""
    body = json.dumps({"roots": list(map(json.loads, context.database.read_now(root_store.roots)))})
    did = root_did(context.settings)
    roots = require_chain(parse_chain(body.encode()), parse_anchor(anchor, did=did))
    return [root.version for root in roots]


def test_a_root_is_published_once_two_of_three_keys_have_signed(
    registry: ServiceContext, tmp_path: Path
) -> None:
    proposal, keys, anchor = began(tmp_path)
    assert len(keys) == 3
    assert all("DEMO" in path.name and path.stat().st_mode & 0o077 == 0 for path in keys)
    for key in keys[:1]:
        assert command("sign", proposal, "--key", key).exit_code == 0
    assert run(["trust", "root", "publish", str(proposal)]) == 69
    assert registry.database.read_now(root_store.roots) == ()
    assert command("sign", proposal, "--key", keys[2]).exit_code == 0
    assert command("publish", proposal).exit_code == 0
    assert chain(registry, anchor) == [1]
    assert anchor_of(registry.database, registry.settings).text == anchor


def test_one_key_twice_is_one_signature(registry: ServiceContext, tmp_path: Path) -> None:
    proposal, keys, _ = began(tmp_path)
    assert command("sign", proposal, "--key", keys[0]).exit_code == 0
    assert isinstance(command("sign", proposal, "--key", keys[0]).exception, ConflictError)
    document = json.loads(proposal.read_text())
    document["proof"] = [document["proof"], document["proof"]]
    proposal.write_text(json.dumps(document))
    assert run(["trust", "root", "publish", str(proposal)]) == 69


def published(folder: Path) -> tuple[list[Path], str]:
    proposal, keys, anchor = began(folder)
    for key in keys[:2]:
        assert command("sign", proposal, "--key", key).exit_code == 0
    assert command("publish", proposal).exit_code == 0
    return keys, anchor


def test_keys_are_changed_by_the_next_root(registry: ServiceContext, tmp_path: Path) -> None:
    keys, anchor = published(tmp_path)
    proposal, fourth = tmp_path / "root-2.json", tmp_path / "fourth.json"
    multikey = command("key", "--out", fourth).output.strip()
    first = parse_anchor(anchor, did="").keys[0]
    changes = ("--add-root-key", multikey, "--retire-root-key", first, "--new-list-key")
    time.sleep(1)  # windows of keys are whole seconds: two do not begin in one
    assert command("propose", "--out", proposal, *changes).exit_code == 0
    subject = json.loads(proposal.read_text())["credentialSubject"]
    assert first not in subject["rootKeys"]
    assert multikey in subject["rootKeys"]
    assert len(subject["listKeys"]) == 2
    for key in (keys[0], fourth):  # one of the old keys and one of the new: enough of neither
        assert command("sign", proposal, "--key", key).exit_code == 0
    assert run(["trust", "root", "publish", str(proposal)]) == 69
    assert command("sign", proposal, "--key", keys[1]).exit_code == 0
    assert command("publish", proposal).exit_code == 0
    assert chain(registry, anchor) == [1, 2]


def test_a_proposal_is_published_once(registry: ServiceContext, tmp_path: Path) -> None:
    _, anchor = published(tmp_path)
    assert run(["trust", "root", "publish", str(tmp_path / "root-1.json")]) == 69
    assert chain(registry, anchor) == [1]


def test_the_pinned_anchor_must_lead_to_what_is_published(
    registry: ServiceContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    proposal, keys, anchor = began(tmp_path)
    for key in keys[:2]:
        command("sign", proposal, "--key", key)
    stranger = create_root_key(tmp_path / "stranger.json", "another passphrase", is_demo=True)
    monkeypatch.setenv("PASSPORT_TRUST_ANCHOR", stranger)
    assert run(["trust", "root", "publish", str(proposal)]) == 69
    monkeypatch.setenv("PASSPORT_TRUST_ANCHOR", anchor)
    assert command("publish", proposal).exit_code == 0


@pytest.mark.parametrize(
    "changes",
    [
        ("--threshold", 4),
        ("--retire-root-key", "z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"),
        ("--retire-list-key", "z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"),
        ("--add-root-key", "zNotAKey"),
    ],
)
def test_a_proposal_that_cannot_be_is_not_written(
    registry: ServiceContext, tmp_path: Path, changes: tuple[Any, ...]
) -> None:
    published(tmp_path)
    arguments = ["trust", "root", "propose", "--out", str(tmp_path / "next.json"), *map(str, changes)]
    assert run(arguments) == 69
    assert not (tmp_path / "next.json").exists()


def test_the_last_list_key_cannot_be_retired_alone(registry: ServiceContext, tmp_path: Path) -> None:
    published(tmp_path)
    (root,) = registry.database.read_now(root_store.roots)
    list_key = json.loads(root)["credentialSubject"]["listKeys"][0]["publicKeyMultibase"]
    next_root = str(tmp_path / "next.json")
    assert run(["trust", "root", "propose", "--out", next_root, "--retire-list-key", list_key]) == 69


def test_a_wrong_passphrase_opens_no_key(
    registry: ServiceContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    proposal, keys, _ = began(tmp_path)
    monkeypatch.setenv("PASSPORT_ROOT_KEY_PASSPHRASE", "a wrong passphrase")
    assert isinstance(command("sign", proposal, "--key", keys[0]).exception, KeyringError)


def test_a_demo_key_opens_in_no_production(tmp_path: Path) -> None:
    create_root_key(tmp_path / "key.json", "passphrase", is_demo=True)
    with pytest.raises(KeyringError):
        open_root_key(tmp_path / "key.json", "passphrase", is_demo=False)
    production = Settings.model_construct(mode="production", data_dir=tmp_path)
    with pytest.raises(ConflictError):
        ensure_demo_root(None, production, None, NOW)  # type: ignore[arg-type]


@pytest.mark.anyio
async def test_without_a_root_no_list_is_signed(registry: ServiceContext) -> None:
    with pytest.raises(EvidenceUnavailable):
        await Publication(registry).refresh()
    with pytest.raises(EvidenceUnavailable):
        await Publication(registry).publish()


def anchor_problems(folder: Path, anchor: str) -> list[str]:
    with pytest.raises(SettingsError) as refused:
        load_settings(mode="production", data_dir=folder, trust_anchor=anchor)
    return [problem for problem in refused.value.problems if "TRUST_ANCHOR" in problem]


def test_production_refuses_one_root_key_and_the_demos_keys(tmp_path: Path) -> None:
    paths = [tmp_path / DEMO_FOLDER / f"{number}.json" for number in (1, 2)]
    paths[0].parent.mkdir()
    demo = [create_root_key(path, "passphrase", is_demo=True) for path in paths]
    other = [create_root_key(tmp_path / f"{n}.json", "passphrase", is_demo=False) for n in (1, 2)]
    assert "two root keys" in anchor_problems(tmp_path, other[0])[0]
    assert "two root keys" in anchor_problems(tmp_path, f"1:{','.join(other)}")[0]
    assert "demo's" in anchor_problems(tmp_path, f"2:{','.join(demo)}")[0]
    assert anchor_problems(tmp_path, f"2:{','.join(other)}") == []
