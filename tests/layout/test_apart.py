"""What services that run apart are given, what they refuse to start without, what lies in whose folder."""

from pathlib import Path
from typing import Any

import pytest
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from passport.apart import create_apart, make_demo_world, stands_alone
from passport.serving import server_config
from passport.workers import ChildWorkers
from runtime.settings import SERVICES, Settings, SettingsError, load_settings
from tests.cheap_costs import cheap_key_stretching

SECRET = "what only the services of this test know"
GIVEN: dict[str, Any] = {"base_url": "http://127.0.0.1:9000", "service_secret": SECRET, "workers": 0}
STORING = set(SERVICES) - {"passport"}


def settings_of(folder: Path, **more: Any) -> Settings:
    return load_settings(**{"data_dir": folder, **GIVEN, **more})


def test_the_demo_world_of_services_apart_gives_each_its_own_folder_and_all_start(tmp_path: Path) -> None:
    with cheap_key_stretching():
        sign_ins, holders, anchor = make_demo_world(settings_of(tmp_path), password="demo-passport")
        assert {one.password for one in sign_ins} == {"demo-passport"}
        assert len(holders) == 3
        for service in SERVICES:
            own = tmp_path / service
            assert [file.name for file in (own / "keys").glob("*.json")] == [f"{service}.json"]
            assert [file.stem for file in own.glob("*.sqlite3")] == [service]
            settings = settings_of(own, trust_anchor=anchor, issuer_url="http://127.0.0.1:9001")
            app = create_apart(settings, service, ChildWorkers(settings))
            assert app.state.context.service == service
            app.state.context.database.close()
        assert list(tmp_path.glob("*/demo-root-keys")) == [tmp_path / "trust_registry" / "demo-root-keys"]


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("missing", ["base_url", "service_secret"])
def test_a_service_apart_does_not_start_without(service: str, missing: str, tmp_path: Path) -> None:
    given = {name: value for name, value in GIVEN.items() if name != missing}
    settings = load_settings(data_dir=tmp_path, issuer_url="http://127.0.0.1:9001", **given)
    with pytest.raises(SettingsError, match=f"PASSPORT_{missing.upper()}"):
        create_apart(settings, service, ChildWorkers(settings))
    assert list(tmp_path.iterdir()) == [], "nothing was opened"


def test_a_verifier_that_knows_no_issuer_stands_alone(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    assert [service for service in SERVICES if stands_alone(settings, service)] == ["verifier"]
    assert not stands_alone(settings_of(tmp_path, issuer_url="http://127.0.0.1:9001"), "verifier")


def test_production_has_no_demo_world(tmp_path: Path) -> None:
    settings = settings_of(tmp_path).model_copy(update={"mode": "production"})
    with pytest.raises(SettingsError, match="PASSPORT_MODE"):
        make_demo_world(settings, password=None)


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("proxies", "peer", "seen"),
    [
        ("172.30.0.2", "172.30.0.2", "203.0.113.9"),
        ("172.30.0.0/24", "172.30.0.7", "203.0.113.9"),
        ("172.30.0.2", "172.30.0.3", "172.30.0.3"),
        ("", "172.30.0.2", "172.30.0.2"),
        ("", "127.0.0.1", "127.0.0.1"),
    ],
)
async def test_only_a_trusted_proxy_says_who_asks(proxies: str, peer: str, seen: str, tmp_path: Path) -> None:
    clients = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        clients.append(scope["client"][0])

    config = server_config(app, settings_of(tmp_path, trusted_proxies=proxies), None)
    config.load()
    scope = {
        "type": "http",
        "client": (peer, 50000),
        "scheme": "http",
        # The client itself wrote the first; the proxy added the last.
        "headers": [(b"x-forwarded-for", b"198.51.100.1, 203.0.113.9")],
    }
    loaded: Any = config.loaded_app
    assert isinstance(loaded, ProxyHeadersMiddleware) is bool(proxies)
    await loaded(scope, None, None)
    assert clients == [seen]


@pytest.mark.parametrize("proxies", ["proxy.internal", "172.30.0.1/24", "172.30.0.2,everybody", "*"])
def test_a_proxy_is_named_by_its_address(proxies: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="PASSPORT_TRUSTED_PROXIES"):
        settings_of(tmp_path, trusted_proxies=proxies)
