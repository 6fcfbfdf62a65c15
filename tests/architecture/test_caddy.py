"""The proxy's file says the same as the dispatcher of the all-in-one process, and Caddy can read it."""

import json
import re
import subprocess
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest

from loadtest.house import CaddyMissing, find_caddy
from passport.dispatch import FRONT_DOOR, PREFIXES, service_of
from revocation.representations import REPRESENTATIONS
from runtime.settings import SERVICES

ROOT = Path(__file__).parents[2]
CADDYFILE = ROOT / "deploy" / "caddy" / "Caddyfile"
_LIST = "list-1"
_PORT = "8000"


def matchers() -> dict[str, tuple[str, ...]]:
    """Name of a matcher → the paths it matches, as the file has them."""
    found = re.findall(r"^\t@(\w+) path (.+)$", CADDYFILE.read_text(encoding="utf-8"), re.MULTILINE)
    return {name: tuple(paths.split()) for name, paths in found}


def blocks() -> dict[str, str]:
    """Name of a matcher → what is done with a request that it matches."""
    found = re.findall(r"^\thandle @(\w+) \{\n\t\t(.+)\n\t\}", CADDYFILE.read_text("utf-8"), re.MULTILINE)
    return dict(found)


def host_of(service: str) -> str:
    """The name of a service in the network of its containers, where underscores are no part of names."""
    return service.replace("_", "-")


@pytest.mark.parametrize("service", [name for name in SERVICES if name != FRONT_DOOR])
def test_a_service_gets_what_the_dispatcher_gives_it(service: str) -> None:
    prefixes = [prefix for prefix, answering in PREFIXES.items() if answering == service]
    assert sorted(matchers()[service]) == sorted(path for one in prefixes for path in (one, f"{one}/*"))
    assert blocks()[service] == f"import service {{${service.upper()}:{host_of(service)}:{_PORT}}}"


def test_all_else_is_the_front_doors() -> None:
    text = CADDYFILE.read_text(encoding="utf-8")
    assert f"\thandle {{\n\t\timport service {{$PASSPORT:{FRONT_DOOR}:{_PORT}}}\n\t}}\n}}\n" in text
    assert set(blocks()) == {*SERVICES, "inside", *published_matchers()} - {FRONT_DOOR}


def published_matchers() -> tuple[str, ...]:
    return tuple(name for name in matchers() if name.startswith(("list_", "token_")))


@pytest.mark.parametrize("name", REPRESENTATIONS)
def test_each_published_document_is_found_in_its_folder_under_its_media_type(name: str) -> None:
    item = REPRESENTATIONS[name]
    path = f"/status/{item.path(_LIST)}"
    (matcher,) = [
        found
        for found in published_matchers()
        if any(fnmatchcase(path, pattern) for pattern in matchers()[found])
    ]
    media_type = "{credential_type}" if item.media_type == "application/vc" else item.media_type
    assert blocks()[matcher] == f"import published {item.suffix} {media_type}"
    assert service_of(path) == "revocation", "what the folder lacks, the service answers"


@pytest.fixture(scope="module")
def adapted() -> dict[str, Any]:
    """The file as Caddy understands it."""
    try:
        caddy = find_caddy()
    except CaddyMissing as missing:
        pytest.skip(str(missing))
    command = (caddy, "adapt", "--validate", "--config", str(CADDYFILE))
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def test_caddy_reads_it_and_tries_the_matchers_in_this_order(adapted: dict[str, Any]) -> None:
    servers = adapted["apps"]["http"]["servers"].values()
    public, inside = sorted((routes_of(server) for server in servers), key=len, reverse=True)
    assert public[0] == ("/metrics", "/ready")
    for routes in (public[1:], inside):
        assert routes[-1] == (), "the front door is last"
        assert sorted(routes[:-1]) == sorted(paths for name, paths in matchers().items() if name != "inside")
        published = [index for index, paths in enumerate(routes) if paths and "/*/" in paths[0]]
        (revocation,) = [index for index, paths in enumerate(routes) if "/status/*" in paths]
        assert max(published) < revocation


def test_caddy_logs_no_access_and_has_no_door_for_commands(adapted: dict[str, Any]) -> None:
    assert adapted["admin"] == {"disabled": True, "config": {"persist": False}}
    for server in adapted["apps"]["http"]["servers"].values():
        assert "logs" not in server


def routes_of(server: dict[str, Any]) -> list[tuple[str, ...]]:
    """The paths of each ``handle`` of a site, in the order in which they are tried."""
    routes = server["routes"]
    while len(routes) == 1 and routes[0]["handle"][0]["handler"] == "subroute":
        routes = routes[0]["handle"][0]["routes"]
    grouped = [route for route in routes if "group" in route]
    return [tuple(route["match"][0]["path"]) if "match" in route else () for route in grouped]
