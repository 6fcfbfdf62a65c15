"""``passport issuer``: a centre's issuing side is begun once, and its keys follow one another."""

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import delete
from typer.testing import CliRunner, Result

from issuer import key_store, store
from issuer.key_store import Rotation
from issuer.key_use import KeyUse
from issuer.service.desk import ensure_token_keys
from issuer.service.keys import rotate_key
from issuer.tables import centre_key
from passport.assembly import open_one
from passport.cli import app, run
from runtime import keyring as keyring_module
from runtime.clock import SystemClock
from runtime.service import ServiceContext
from runtime.settings import load_settings
from vc.errors import ConflictError

CENTRE = "kampot-school"
FACTS = {"prefix": "KPS", "place": "Kampot", "name-en": "Kampot School", "name-km": "សាលាកំពត"}
KEY = re.compile(r"z6Mk[1-9A-HJ-NP-Za-km-z]{44}")
UNAVAILABLE = 69


@pytest.fixture(autouse=True)
def _deployment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder of its own, and a trust registry that does not answer."""
    monkeypatch.setitem(keyring_module._SCRYPT, "n", keyring_module._SCRYPT_LIMITS["n"][0])
    monkeypatch.setenv("PASSPORT_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("PASSPORT_TRUST_REGISTRY_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("PASSPORT_DEFAULT_CRYPTOSUITE", "eddsa-jcs-2022")


@pytest.fixture
def context() -> Iterator[ServiceContext]:
    opened = open_one(load_settings(), SystemClock(), "issuer")
    yield opened
    opened.database.close()


def arguments(slug: str = CENTRE, **changes: str) -> list[str]:
    given = FACTS | {name.replace("_", "-"): value for name, value in changes.items()}
    return ["issuer", "add", slug, *(part for name, value in given.items() for part in (f"--{name}", value))]


def command(*parts: str) -> Result:
    return CliRunner().invoke(app, list(parts))


def keys(use: KeyUse = KeyUse.DOCUMENTS) -> list[str]:
    """The lines about the keys for one use."""
    lines = command("issuer", "keys", "list", CENTRE).output.splitlines()
    return [line for line in lines if f"  {use}  " in line]


pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])


def test_a_centre_is_begun_with_a_key_and_one_is_told_what_is_still_to_come() -> None:
    begun = command(*arguments())
    assert begun.exit_code == 0, begun.output
    assert "The trust registry was not told" in begun.output
    (line,) = keys()
    assert KEY.findall(line) == KEY.findall(begun.output)
    assert line.endswith("signs now")


def test_beginning_again_makes_no_other_key() -> None:
    first, again = command(*arguments()), command(*arguments())
    assert again.output == first.output
    assert len(keys()) == 1


def test_the_key_is_of_the_kind_that_the_cryptosuite_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PASSPORT_DEFAULT_CRYPTOSUITE", "ecdsa-jcs-2019")
    assert "zDna" in command(*arguments()).output


@pytest.mark.parametrize(
    ("slug", "changes"),
    [
        (CENTRE, {"name_en": "Another School"}),
        (CENTRE, {"prefix": "OTH"}),
        ("another-school", {}),
        ("Kampot", {"prefix": "OTH"}),
        ("new-school", {"prefix": "lower"}),
        ("new-school", {"prefix": "NEW", "place": " "}),
        ("new-school", {"prefix": "NEW", "name_en": "x" * 201}),
    ],
    ids=["other-name", "other-prefix", "prefix-taken", "bad-slug", "bad-prefix", "no-place", "long-name"],
)
def test_what_cannot_be_is_refused_and_changes_nothing(
    slug: str, changes: dict[str, str], context: ServiceContext
) -> None:
    command(*arguments())
    assert run(arguments(slug, **changes)) == UNAVAILABLE
    assert [centre.name_en for centre in context.database.read_now(store.all_centres)] == ["Kampot School"]
    assert len(keys()) == 1


def test_without_names_and_without_a_trust_list_nothing_is_begun(context: ServiceContext) -> None:
    assert run(["issuer", "add", CENTRE, "--prefix", "KPS", "--place", "Kampot"]) == UNAVAILABLE
    assert list(context.database.read_now(store.all_centres)) == []


def test_one_key_ends_in_the_second_the_next_begins() -> None:
    command(*arguments())
    rotated = command("issuer", "keys", "rotate", CENTRE)
    assert rotated.exit_code == 0, rotated.output
    first, second = keys()
    begins = re.search(r"from (\S+)", second)
    assert begins is not None
    assert first.endswith(f"until {begins[1]}")
    assert second.endswith("signs now")
    assert KEY.findall(first) != KEY.findall(second)


def test_a_key_for_tokens_is_always_p256_and_follows_its_own(context: ServiceContext) -> None:
    command(*arguments())
    documents = keys()
    (first,) = keys(KeyUse.TOKENS)
    assert "zDna" in first
    rotated = command("issuer", "keys", "rotate", CENTRE, "--use", "tokens")
    assert rotated.exit_code == 0, rotated.output
    ended, second = keys(KeyUse.TOKENS)
    assert "  until " in f"  {ended}"
    assert second.endswith("signs now")
    assert f"{CENTRE}.es256-2" in second
    assert keys() == documents, "the key for certificates goes on"


def test_a_centre_of_before_tokens_gets_a_key_for_them_once(context: ServiceContext) -> None:
    command(*arguments())
    context.database.write_now(
        lambda connection: connection.execute(delete(centre_key).where(centre_key.c.use == KeyUse.TOKENS))
    )
    assert keys(KeyUse.TOKENS) == []
    for _ in range(2):
        asyncio.run(ensure_token_keys(context))
    assert len(keys(KeyUse.TOKENS)) == 1
    assert len(keys()) == 1


def test_a_stolen_key_is_told_to_the_officers_too() -> None:
    command(*arguments())
    assert "passport trust compromise" in command("issuer", "keys", "rotate", CENTRE, "--stolen").output


def test_of_two_rotations_at_once_one_is_refused(context: ServiceContext) -> None:
    command(*arguments())
    ended = context.database.read_now(store.current_key, CENTRE)
    key, _ = rotate_key(context, CENTRE, actor="operator")
    late = Rotation(ends=ended.key_id, values=dict(key._mapping) | {"key_id": "late"}, is_stolen=False)
    with pytest.raises(ConflictError):
        context.database.write_now(key_store.rotate, late, actor="operator", now=context.clock.now())
    assert len(keys()) == 2


@pytest.mark.parametrize("act", ["list", "rotate"])
def test_an_unknown_centre_has_no_keys(act: str) -> None:
    assert run(["issuer", "keys", act, "nobody"]) == UNAVAILABLE
