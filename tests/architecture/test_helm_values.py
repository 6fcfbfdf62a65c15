"""The chart's values: each makes a difference, and what is wrong is refused before anything runs."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from jsonschema import Draft7Validator

from tests.architecture.helm_chart import CHART, EXAMPLE, merged, read_yaml, render

VALUES = read_yaml(CHART / "values.yaml")
GIVEN = merged(read_yaml(EXAMPLE), {"monitoring": {"enabled": True}})
OTHER: Mapping[str, Any] = {
    "pullPolicy": "Always",
    "pullSecrets": ["pull"],
    "settings": {"PASSPORT_LIST_REFRESH_SECONDS": "60"},
    "secretSettings": {"PASSPORT_TELEGRAM_TOKEN": "telegram"},
    "annotations": {"a": "b"},
    "labels": {"a": "b"},
    "addresses": ["192.0.2.1"],
    "notPublic": ["192.0.2.0/24"],
    "egress": [{"to": [{"ipBlock": {"cidr": "192.0.2.7/32"}}], "ports": [{"port": 4318}]}],
    "dns": [{"ipBlock": {"cidr": "192.0.2.8/32"}}],
    "database": [{"ipBlock": {"cidr": "192.0.2.9/32"}}],
    "peers": [{"podSelector": {}}],
    "accessMode": "ReadWriteOnce",
    "baseUrl": "https://other.gov.kh",
    "didHost": "other.gov.kh",
    "requests": {"cpu": "2", "memory": "3Gi"},
    "limits": {"memory": "5Gi"},
}
# The schema lets them have one value only.
FIXED = {("issuer", "storage", "accessMode"), ("verifier", "storage", "accessMode")}


def leaves(values: Mapping[str, Any], path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    found = []
    for name, value in values.items():
        here = (*path, name)
        is_leaf = name in OTHER or not isinstance(value, Mapping) or not value
        found += [here] if is_leaf else leaves(value, here)
    return found


def changed(path: tuple[str, ...]) -> dict[str, Any]:
    """The values given, with another at ``path``."""
    value: Any = merged(VALUES, GIVEN)
    for name in path:
        value = value[name]
    other: Any = OTHER.get(path[-1])
    if other is None:
        other = not value if isinstance(value, bool) else value + 1 if isinstance(value, int) else f"{value}9"
    for name in reversed(path):
        other = {name: other}
    return merged(GIVEN, other)


def test_every_value_makes_a_difference() -> None:
    paths = [path for path in leaves(VALUES) if path not in FIXED]
    assert len(paths) > 70
    (given, *others), _ = render([GIVEN, *map(changed, paths)])
    assert [
        (path, answer.refused) for path, answer in zip(paths, others, strict=True) if answer.refused
    ] == []
    unused = [path for path, answer in zip(paths, others, strict=True) if answer.texts == given.texts]
    assert unused == []


def nothing(_: dict[str, Any]) -> None:
    """Leaves the values as they are."""


def forgets_the_origin(values: dict[str, Any]) -> None:
    values["baseUrl"] = ""


def misspells(values: dict[str, Any]) -> None:
    values["verifier"]["autoscalling"] = {}


def names_no_database(values: dict[str, Any]) -> None:
    values["network"]["database"] = []


def writes_a_secret(values: dict[str, Any]) -> None:
    values["settings"]["PASSPORT_SERVICE_SECRET"] = "in the open, for everybody to read"


def writes_a_database(values: dict[str, Any]) -> None:
    values["issuer"]["settings"]["PASSPORT_ISSUER_DATABASE_URL"] = "postgresql://a:b@c/d"


def opens_everything(values: dict[str, Any]) -> None:
    values["verifier"]["egress"] = [{"ports": [{"port": 443}]}]


def trusts_one_key(values: dict[str, Any]) -> None:
    values["trustAnchor"] = "1:z6MkpTHR8VNsBxYAAWHut2Geadd9jSwuBV8xRoAnwWsdvktH"


def shares_what_cannot_be_shared(values: dict[str, Any]) -> None:
    values["issuer"]["storage"]["accessMode"] = "ReadWriteOnce"


def publishes_twice(values: dict[str, Any]) -> None:
    values["revocation"]["replicas"] = 2


FAULTS: tuple[Callable[[dict[str, Any]], None], ...] = (
    forgets_the_origin,
    misspells,
    names_no_database,
    writes_a_secret,
    writes_a_database,
    opens_everything,
    trusts_one_key,
    shares_what_cannot_be_shared,
    publishes_twice,
)


def values_that(fault: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    values: dict[str, Any] = json.loads(json.dumps(merged(VALUES, GIVEN)))
    fault(values)
    return values


def test_the_schema_lets_pass_what_is_right_and_nothing_else() -> None:
    document = json.loads((CHART / "values.schema.json").read_text(encoding="utf-8"))
    Draft7Validator.check_schema(document)
    schema = Draft7Validator(document)
    assert [error.message for error in schema.iter_errors(values_that(nothing))] == []
    passed = [fault.__name__ for fault in FAULTS if schema.is_valid(values_that(fault))]
    assert passed == []


def test_helm_refuses_the_same_and_says_where() -> None:
    (bare, *others), _ = render(
        [{}, *map(values_that, FAULTS), {**GIVEN, "settings": {"PASSPORT_MODE": "demo"}}]
    )
    assert bare.refused is not None
    for missing in ("baseUrl", "didHost", "hotline", "trustAnchor", "addresses", "database", "tlsSecret"):
        assert missing in bare.refused
    assert [answer.refused is None for answer in others] == [False] * len(others)
    assert "PASSPORT_MODE is set by the chart" in (others[-1].refused or "")
