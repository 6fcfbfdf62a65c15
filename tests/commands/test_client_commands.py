"""``passport trust client`` as a process of its own: who is let in, by what, and no longer."""

import hashlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from runtime.audit_log import entries
from runtime.database import Database
from runtime.settings import Settings
from trust_registry import store
from trust_registry.model import OrganisationKind
from trust_registry.service import register_organisation
from vc.crypto.keys import InMemorySigner, KeyType

PASSPORT = Path(sys.executable).parent / "passport"
SECRET = re.compile(r"^[0-9A-HJKMNP-TV-Z]{52}$", re.MULTILINE)
AGENCY = "phnom-works"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A registry with one organisation."""
    data = tmp_path_factory.mktemp("clients") / "data"
    database = Database.open(Settings(data_dir=data), "trust_registry")
    database.upgrade()
    register_organisation(
        database,
        Settings(data_dir=data),
        organisation_id=AGENCY,
        kind=OrganisationKind.VERIFIER,
        name_en="Phnom Demo Works",
        name_km="ភ្នំ ការងារគំរូ",
    )
    database.close()
    return data


@pytest.fixture(autouse=True)
def deployment(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("PASSPORT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PASSPORT_DATA_DIR", str(folder))
    monkeypatch.setenv("COLUMNS", "200")


def client(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(PASSPORT), "trust", "client", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert "Traceback" not in done.stderr
    return done


def public_key(folder: Path, signer: InMemorySigner) -> str:
    path = folder.parent / "key.json"
    path.write_text(json.dumps(signer.public_key.jwk), encoding="utf-8")
    return str(path)


def acts(folder: Path) -> list[tuple[str, str]]:
    database = Database.open(Settings(data_dir=folder), "trust_registry")
    found = database.read_now(lambda connection: [(row["act"], row["object"]) for row in entries(connection)])
    database.close()
    return found


def test_a_secret_is_shown_once_and_only_its_hash_is_kept(folder: Path) -> None:
    scopes = ("--scope", "verify", "--scope", "present")
    made = client("add", "by-secret", "--role", "recruiter", "--organisation", AGENCY, *scopes)
    assert made.returncode == 0, made.stderr
    assert "shown only this once" in made.stdout
    (secret,) = SECRET.findall(made.stdout)
    listed = client("list")
    assert f"by-secret  recruiter  {AGENCY}  secret  present verify" in listed.stdout.splitlines()
    assert secret not in listed.stdout
    database = Database.open(Settings(data_dir=folder), "trust_registry")
    kept = database.read_now(store.api_client_or_none, "by-secret")
    database.close()
    assert kept is not None
    assert kept.secret_hash == hashlib.sha256(secret.encode()).hexdigest()
    content = b"".join(path.read_bytes() for path in folder.glob("trust_registry.sqlite3*"))
    assert secret.encode() not in content


@pytest.mark.parametrize("kind", [KeyType.ED25519, KeyType.P256])
def test_a_client_with_a_key_has_no_secret(folder: Path, kind: KeyType) -> None:
    signer = InMemorySigner(b"\x05" * 32, "", key_type=kind)
    made = client("add", "by-key", "--role", "recruiter", "--public-key", public_key(folder, signer))
    assert (made.returncode, made.stdout) == (0, "by-key shows itself by private_key_jwt.\n")
    assert f"by-key  recruiter  -  {signer.public_key.multikey}  " in client("list").stdout


def test_the_same_id_again_replaces_the_secret(folder: Path) -> None:
    secrets = {
        SECRET.findall(client("add", "again", "--role", "clerk", "--organisation", AGENCY).stdout)[0]
        for _ in range(2)
    }
    assert len(secrets) == 2
    assert client("list").stdout.count("again  ") == 1


def test_a_removed_client_is_let_in_no_more(folder: Path) -> None:
    client("add", "leaving", "--role", "recruiter")
    before = len(acts(folder))
    removed = client("remove", "leaving")
    assert (removed.returncode, removed.stdout) == (0, "leaving is let in no more.\n")
    assert "leaving" not in client("list").stdout
    assert acts(folder)[before:] == [("client.remove", "leaving")]
    again = client("remove", "leaving")
    assert again.returncode == 64
    assert "There is no such client." in again.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["Not An Id", "--role", "recruiter"], "A client id is small letters"),
        (["x", "--role", "service"], "its role is a person's"),
        (["x", "--role", "king"], "--role"),
        (["x"], "--role"),
        (["x", "--role", "recruiter", "--organisation", "nobody"], "There is no such organisation."),
        (["x", "--role", "recruiter", "--public-key", "no-such-file.json"], "--public-key"),
    ],
    ids=["id", "service", "unknown-role", "no-role", "organisation", "no-file"],
)
def test_wrong_input_exits_64_says_why_and_lets_nobody_in(
    folder: Path, arguments: list[str], said: str
) -> None:
    before = acts(folder)
    refused = client("add", *arguments)
    assert refused.returncode == 64
    assert said in refused.stderr
    assert refused.stdout == ""
    assert acts(folder) == before


@pytest.mark.parametrize("fault", ["no JSON", "no key", "another kind"])
def test_a_file_without_a_usable_key_exits_64(folder: Path, fault: str) -> None:
    path = folder.parent / "key.json"
    match fault:
        case "no JSON":
            path.write_bytes(b"\xff\x00")
        case "no key":
            path.write_text("{}", encoding="utf-8")
        case "another kind":
            public_key(folder, InMemorySigner(b"\x02" * 48, "", key_type=KeyType.P384))
    before = acts(folder)
    refused = client("add", "x", "--role", "recruiter", "--public-key", str(path))
    assert refused.returncode == 64
    assert "Usage: passport trust client add" in refused.stderr
    assert acts(folder) == before
