import os
import stat
from pathlib import Path

import pytest

from runtime.origins import parse_origin
from runtime.settings import (
    SECRETS,
    Settings,
    SettingsError,
    load_settings,
    unknown_variables,
)
from runtime.settings_table import describe_settings

GOOD_PRODUCTION = {
    "PASSPORT_MODE": "production",
    "PASSPORT_BASE_URL": "https://passport.mlvt-partner.org",
    "PASSPORT_DID_HOST": "passport.mlvt-partner.org",
    "PASSPORT_HOTLINE": "023 880 474",
    "PASSPORT_RLD_URL": "https://xroad.mlvt-partner.org",
    "PASSPORT_KEYRING_PASSPHRASE": "kR7-vwq2Lx90bTzEo4mYcHfUj8sPdNaG",
    "PASSPORT_SERVICE_SECRET": "Zx3uQm7WcV5tB1nR9yKeL4pJ6hGfD2sA",
}


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("PASSPORT_"):
            monkeypatch.delenv(name)


def _load(monkeypatch: pytest.MonkeyPatch, **environ: str) -> Settings:
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    return load_settings()


def _problems(monkeypatch: pytest.MonkeyPatch, **environ: str) -> str:
    with pytest.raises(SettingsError) as caught:
        _load(monkeypatch, **environ)
    return "\n".join(caught.value.problems)


def test_a_complete_production_environment_is_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = _load(monkeypatch, **GOOD_PRODUCTION)
    assert not settings.is_demo
    assert settings.is_https
    assert settings.list_refresh_seconds == 300
    assert settings.secret("service_secret") == GOOD_PRODUCTION["PASSPORT_SERVICE_SECRET"]
    assert settings.trust_list_location == "https://passport.mlvt-partner.org/trust/list"


def test_the_demo_needs_nothing(tmp_path: Path) -> None:
    settings = load_settings(data_dir=tmp_path)
    assert settings.is_demo
    assert settings.list_refresh_seconds == 5


@pytest.mark.parametrize(
    ("variable", "value", "named"),
    [
        ("PASSPORT_BASE_URL", "http://passport.mlvt-partner.org", "https"),
        ("PASSPORT_DID_HOST", "skills-passport.example", "reserved"),
        ("PASSPORT_DID_HOST", "passport.localhost%3A8443", "reserved"),
        ("PASSPORT_HOTLINE", "000 000 000", "real number"),
        ("PASSPORT_SERVICE_SECRET", "too-short-Zx3uQm7W", "shorter"),
        ("PASSPORT_SERVICE_SECRET", "changeme-Zx3uQm7WcV5tB1nR9yKeL4pJ6hGfD2sA", "default or test"),
        ("PASSPORT_TRUST_ANCHOR", "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2", "test key"),
        ("PASSPORT_SERVICE_SECRET", "a" * 40, "different characters"),
        ("PASSPORT_SERVICE_SECRET", GOOD_PRODUCTION["PASSPORT_KEYRING_PASSPHRASE"], "differ"),
    ],
)
def test_production_refuses_what_only_a_demo_may_have(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, named: str
) -> None:
    problems = _problems(monkeypatch, **GOOD_PRODUCTION | {variable: value})
    assert variable in problems
    assert named in problems


@pytest.mark.parametrize("name", [*SECRETS, "rld_url"])
def test_production_refuses_what_is_missing(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    variable = f"PASSPORT_{name.upper()}"
    environ = {key: value for key, value in GOOD_PRODUCTION.items() if key != variable}
    assert f"{variable}: production needs" in _problems(monkeypatch, **environ)


def test_errors_never_show_the_value(monkeypatch: pytest.MonkeyPatch) -> None:
    problems = _problems(
        monkeypatch,
        PASSPORT_DATABASE_URL="mysql://user:hunter2@host/db",
        PASSPORT_LIST_REFRESH_SECONDS="hunter3",
        PASSPORT_BASE_URL="https://user:hunter4@host",
    )
    assert "hunter" not in problems
    for variable in ("PASSPORT_DATABASE_URL", "PASSPORT_LIST_REFRESH_SECONDS", "PASSPORT_BASE_URL"):
        assert variable in problems


def test_the_text_form_shows_no_secret_and_no_database_password(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = _load(
        monkeypatch,
        **GOOD_PRODUCTION,
        PASSPORT_DATABASE_URL="postgresql://u:hunter2@h/db",
        PASSPORT_ISSUER_DATABASE_URL="postgresql://u:hunter3@h/db",
    )
    shown = repr(settings) + str(settings)
    assert "hunter" not in shown
    assert all(GOOD_PRODUCTION[f"PASSPORT_{name.upper()}"] not in shown for name in SECRETS)


def test_a_demo_secret_is_made_once_private_and_shared_between_processes(tmp_path: Path) -> None:
    first, second = Settings(data_dir=tmp_path), Settings(data_dir=tmp_path)
    secret = first.secret("service_secret")
    assert len(secret) == 52
    assert second.secret("service_secret") == secret
    assert first.secret("keyring_passphrase") != secret
    file = tmp_path / "secrets" / "service_secret"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert sorted(path.name for path in file.parent.iterdir()) == ["keyring_passphrase", "service_secret"]


def test_one_services_database_can_be_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = _load(
        monkeypatch,
        PASSPORT_DATABASE_URL="postgresql://all@h/db",
        PASSPORT_ISSUER_DATABASE_URL="postgresql://issuer@h/db",
    )
    assert settings.database_url_for("issuer") == "postgresql://issuer@h/db"
    assert settings.database_url_for("verifier") == "postgresql://all@h/db"
    with pytest.raises(ValueError, match="name of a service"):
        settings.database_url_for("mode")


def test_one_sqlite_file_for_all_services_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "cannot hold all" in _problems(monkeypatch, PASSPORT_DATABASE_URL="sqlite:///all.db")


def test_trusted_origins_are_a_comma_separated_list(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = _load(monkeypatch, PASSPORT_TRUSTED_ORIGINS="http://127.0.0.1:9000, https://A.example:443/")
    assert settings.trusted_origins == ("http://127.0.0.1:9000", "https://a.example")


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("https://A.Example", "https://a.example"),
        ("https://a.example:443/", "https://a.example"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("http://[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_an_origin_is_normalised(text: str, origin: str) -> None:
    assert parse_origin(text) == origin


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a.example",
        "ftp://a.example",
        "https://",
        "https://a.example/path",
        "https://a.example?query",
        "https://a.example#fragment",
        "https://user@a.example",
        "https://@a.example",
        "https://a.example:99999",
        "https://a.example:x",
        "https://ក.example",
        "https://a.example\\@b.example",
        "https://[::1",
    ],
)
def test_what_is_not_an_origin_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"origin|must begin|plain ASCII"):
        parse_origin(text)


def test_an_empty_variable_counts_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compose files pass variables on that nobody set."""
    for name in ("PASSPORT_DID_HOST", "PASSPORT_TRUST_ANCHOR", "PASSPORT_RLD_URL"):
        monkeypatch.setenv(name, "")
    settings = load_settings()
    assert settings.did_host == "skills-passport.example"
    assert (settings.trust_anchor, settings.rld_url) == (None, None)


@pytest.mark.parametrize(
    "host", ["UPPER.org", "a.org/x", "a.org:8443", "a..org", "-a.org", "a.org%3a1", "x" * 254]
)
def test_a_did_host_that_did_web_could_not_spell_is_refused(
    monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    assert "PASSPORT_DID_HOST" in _problems(monkeypatch, PASSPORT_DID_HOST=host)


def test_a_rate_limit_that_does_not_parse_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "PASSPORT_RATE_LIMITS" in _problems(monkeypatch, PASSPORT_RATE_LIMITS='{"verify-page": "often"}')


def test_misspelt_variables_are_reported() -> None:
    environ = {"PASSPORT_BASEURL": "x", "PASSPORT_BASE_URL": "x", "PASSPORT_CHROMIUM": "x", "PATH": "x"}
    assert unknown_variables(environ) == ("PASSPORT_BASEURL",)


def test_every_setting_is_described() -> None:
    rows = describe_settings()
    assert {row.variable for row in rows} == {f"PASSPORT_{name.upper()}" for name in Settings.model_fields}
    assert all(len(row.description) > 15 for row in rows)


PROVIDER = {
    "PASSPORT_OIDC_ISSUER": "https://login.mlvt-partner.org",
    "PASSPORT_OIDC_CLIENT_ID": "passport",
    "PASSPORT_OIDC_CLIENT_SECRET": "given by the provider",
}


def test_a_provider_is_taken_with_its_whole_client(monkeypatch: pytest.MonkeyPatch) -> None:
    acr = {"PASSPORT_OIDC_SECOND_FACTOR_ACR": "high, very-high"}
    settings = _load(monkeypatch, **GOOD_PRODUCTION, **PROVIDER, **acr)
    assert settings.oidc_second_factor_acr == ("high", "very-high")
    assert "given by" not in repr(settings)


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"PASSPORT_OIDC_CLIENT_ID": ""}, "OIDC_CLIENT_ID"),
        ({"PASSPORT_OIDC_CLIENT_SECRET": ""}, "OIDC_CLIENT_SECRET"),
        ({"PASSPORT_OIDC_CLIENT_KEY_FILE": "key.pem"}, "OIDC_CLIENT_SECRET"),
        ({"PASSPORT_OIDC_ISSUER": "http://login.mlvt-partner.org"}, "OIDC_ISSUER"),
        ({"PASSPORT_OIDC_ISSUER": "https://login.mlvt-partner.org?x=1"}, "OIDC_ISSUER"),
        ({"PASSPORT_OIDC_SCOPE": "profile"}, "OIDC_SCOPE"),
        ({"PASSPORT_OIDC_SIMULATOR": "true"}, "OIDC_SIMULATOR"),
    ],
)
def test_a_provider_with_one_fault_is_refused_in_production(
    monkeypatch: pytest.MonkeyPatch, changes: dict[str, str], named: str
) -> None:
    with pytest.raises(SettingsError, match=f"PASSPORT_{named}"):
        _load(monkeypatch, **{**GOOD_PRODUCTION, **PROVIDER, **changes})
