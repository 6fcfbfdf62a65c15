"""Signing keys in a token: made there, used from every process, never in the file; what is wrong is said."""

import json
import threading
from pathlib import Path

import pytest

from runtime import keyring as keyring_module
from runtime.key_token import _SESSIONS, TokenPlace, _forget, parse_token_uri
from runtime.keyring import Keyring, KeyringError
from runtime.settings import Settings, SettingsError, load_settings
from tests.tokens import PIN, TokenMaker
from vc.crypto.keys import KeyType
from vc.errors import MalformedValue

METHOD = "did:web:skills-passport.example:centres:poipet#poipet-1"
GOOD = "pkcs11:token=The%20token?module-path=/usr/lib/p11.so&pin-source=file:/etc/passport/pin"
TOKEN_KINDS = (KeyType.ED25519, KeyType.P256)


@pytest.fixture(autouse=True)
def _cheap_key_stretching(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(keyring_module._SCRYPT, "n", keyring_module._SCRYPT_LIMITS["n"][0])


@pytest.fixture
def settings(tmp_path: Path, tokens: TokenMaker) -> Settings:
    uri, _ = tokens.make()
    return Settings(data_dir=tmp_path / "data", issuer_keyring=uri)


def in_file(settings: Settings) -> dict[str, dict[str, str]]:
    content = json.loads((settings.data_dir / "keys" / "issuer.json").read_text())
    return dict(content["keys"])


def test_a_uri_names_library_token_and_the_file_with_the_pin() -> None:
    place = TokenPlace(module=Path("/usr/lib/p11.so"), label="The token", pin_file=Path("/etc/passport/pin"))
    assert parse_token_uri(GOOD) == place


@pytest.mark.parametrize(
    "text",
    [
        "",
        "file:/usr/lib/p11.so",
        GOOD.replace("pkcs11:token", "pkcs11:object"),
        GOOD + "&pin-value=1234",
        GOOD.replace("pin-source=file:/etc/passport/pin", "pin-value=1234"),
        GOOD.replace("file:/etc", "/etc"),
        GOOD.replace("/usr/lib/p11.so", "p11.so"),
        GOOD.replace("The%20token", ""),
        GOOD.replace("The%20token", "a%00b"),
        GOOD.replace("?", ";token=other?"),
        GOOD + "x" * 1000,
    ],
)
def test_any_other_uri_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(MalformedValue) as refused:
        parse_token_uri(text)
    assert "1234" not in str(refused.value)


def test_a_setting_that_spells_the_pin_out_is_refused() -> None:
    with pytest.raises(SettingsError) as refused:
        load_settings(issuer_keyring=GOOD + "&pin-value=98761234")
    assert "PASSPORT_ISSUER_KEYRING" in str(refused.value)
    assert "98761234" not in str(refused.value)


@pytest.mark.parametrize("key_type", TOKEN_KINDS)
def test_a_key_in_the_token_signs_after_a_restart(settings: Settings, key_type: KeyType) -> None:
    made = Keyring.open(settings, "issuer").create("poipet-1", key_type)
    assert settings.issuer_keyring is not None
    _forget(parse_token_uri(settings.issuer_keyring))
    signer = Keyring.open(settings, "issuer").signer("poipet-1", METHOD)
    assert made.key_type is key_type
    assert (signer.public_key, signer.verification_method) == (made, METHOD)
    assert made.verify(signer.sign(b"data"), b"data")


def test_the_file_has_the_public_half_only(settings: Settings) -> None:
    made = Keyring.open(settings, "issuer").create("poipet-1")
    (entry,) = in_file(settings).values()
    assert entry == {"token": entry["token"], "public": made.multikey}


@pytest.mark.parametrize("key_type", TOKEN_KINDS)
def test_the_private_half_cannot_leave_the_token(settings: Settings, key_type: KeyType) -> None:
    from pkcs11 import Attribute, ObjectClass

    Keyring.open(settings, "issuer").create("poipet-1", key_type)
    assert settings.issuer_keyring is not None
    session = _SESSIONS[parse_token_uri(settings.issuer_keyring)]
    (private,) = session.get_objects({Attribute.CLASS: ObjectClass.PRIVATE_KEY})
    assert (private[Attribute.SENSITIVE], private[Attribute.EXTRACTABLE]) == (True, False)


@pytest.mark.parametrize("key_type", TOKEN_KINDS)
def test_of_no_key_in_a_token_it_is_promised_that_signatures_repeat(
    settings: Settings, key_type: KeyType
) -> None:
    keyring = Keyring.open(settings, "issuer")
    keyring.create("poipet-1", key_type)
    assert not keyring.repeats_signatures("poipet-1")


def test_a_kind_that_the_token_does_not_make_is_refused(settings: Settings) -> None:
    keyring = Keyring.open(settings, "issuer")
    with pytest.raises(KeyringError, match="makes no P-384 keys"):
        keyring.create("poipet-1", KeyType.P384)
    assert keyring.key_ids() == ()


def test_keys_from_before_stay_in_the_file_and_sign(settings: Settings) -> None:
    before = Settings(data_dir=settings.data_dir)
    made = Keyring.open(before, "issuer").create("poipet-1")
    keyring = Keyring.open(settings, "issuer")
    keyring.create("poipet-2")
    assert keyring.signer("poipet-1", METHOD).public_key == made
    assert keyring.repeats_signatures("poipet-1")
    with pytest.raises(KeyringError, match="in a token"):
        Keyring.open(before, "issuer").signer("poipet-2", METHOD)


def test_only_the_issuers_keys_are_in_the_token(settings: Settings) -> None:
    keyring = Keyring.open(settings, "revocation")
    keyring.create("status-1")
    assert keyring.repeats_signatures("status-1")


def test_threads_share_the_token(settings: Settings) -> None:
    made = Keyring.open(settings, "issuer").create("poipet-1")
    signer = Keyring.open(settings, "issuer").signer("poipet-1", METHOD)
    signatures: list[bytes] = []
    threads = [
        threading.Thread(target=lambda: signatures.extend(signer.sign(b"data") for _ in range(20)))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [made.verify(signature, b"data") for signature in signatures] == [True] * 80


def test_a_wrong_pin_is_said_and_makes_nothing(tmp_path: Path, tokens: TokenMaker) -> None:
    uri, pin_file = tokens.make(pin="0000")
    keyring = Keyring.open(Settings(data_dir=tmp_path, issuer_keyring=uri), "issuer")
    with pytest.raises(KeyringError, match="PinIncorrect"):
        keyring.create("poipet-1")
    assert keyring.key_ids() == ()
    pin_file.write_text(PIN)
    keyring.create("poipet-1")


@pytest.mark.parametrize("fault", ["token", "module", "pin"])
def test_what_is_not_there_is_said(tmp_path: Path, tokens: TokenMaker, fault: str) -> None:
    uri, pin_file = tokens.make()
    if fault == "pin":
        pin_file.unlink()
    uri = uri.replace("token=", "token=no-") if fault == "token" else uri
    uri = uri.replace(str(tokens.module), "/nowhere/p11.so") if fault == "module" else uri
    keyring = Keyring.open(Settings(data_dir=tmp_path, issuer_keyring=uri), "issuer")
    said = {"token": "NoSuchToken", "module": "cannot be loaded", "pin": "cannot be read"}[fault]
    with pytest.raises(KeyringError, match=said):
        keyring.create("poipet-1")


def test_production_refuses_a_pin_that_others_may_read(tmp_path: Path, tokens: TokenMaker) -> None:
    uri, pin_file = tokens.make()
    pin_file.chmod(0o644)
    production = Settings.model_construct(
        mode="production",
        data_dir=tmp_path,
        issuer_keyring=uri,
        keyring_passphrase=load_settings(keyring_passphrase="p" * 40).keyring_passphrase,
    )
    keyring = Keyring.open(production, "issuer")
    with pytest.raises(KeyringError, match="chmod 600"):
        keyring.create("poipet-1")


def test_a_key_taken_out_of_the_token_signs_nothing(settings: Settings, tokens: TokenMaker) -> None:
    keyring = Keyring.open(settings, "issuer")
    keyring.create("poipet-1")
    signer = keyring.signer("poipet-1", METHOD)
    for folder in (tokens.folder / "tokens").iterdir():
        for file in folder.glob("*.object"):
            if file.name != "token.object":
                file.unlink()
    with pytest.raises(KeyringError):
        signer.sign(b"data")
    with pytest.raises(KeyringError):
        keyring.signer("poipet-1", METHOD)
