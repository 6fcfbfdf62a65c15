"""docker-compose.yml against the Compose specification's own schema, and against our settings."""

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema.protocols import Validator
from jsonschema.validators import validator_for

from runtime.settings import Settings, unknown_variables

ROOT = Path(__file__).parents[2]


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


def test_every_variable_for_the_passport_is_a_setting(compose: dict[str, Any]) -> None:
    environment = compose["services"]["passport"]["environment"]
    assert unknown_variables(environment) == ()
    assert {name.removeprefix("PASSPORT_").lower() for name in environment} <= Settings.model_fields.keys()


def test_every_named_volume_and_dependency_is_declared(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        mounted = {volume.split(":")[0] for volume in service.get("volumes", [])}
        assert mounted <= compose["volumes"].keys()
        assert set(service.get("depends_on", {})) <= compose["services"].keys()


def test_no_secret_stands_in_the_file_and_none_may_be_left_out(compose: dict[str, Any]) -> None:
    environment = compose["services"]["passport"]["environment"]
    secrets = {name: text for name, text in environment.items() if name.endswith(("_SECRET", "_PASSPHRASE"))}
    assert len(secrets) == 2
    for name, text in secrets.items():
        assert text == f"${{{name}:?set {name}}}"
