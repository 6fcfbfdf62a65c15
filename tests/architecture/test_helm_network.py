"""The chart's network policies: each service reaches whom its code asks, and nobody else."""

import ast
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest

from passport.dispatch import FRONT_DOOR
from runtime.settings import SERVICES
from tests.architecture.helm_chart import EXAMPLE, RELEASE, ROOT, merged, read_yaml, render, selects
from trust_registry import checkpoints, person_data

GIVEN = merged(read_yaml(EXAMPLE), {"monitoring": {"enabled": True}})
# Those whose code fetches documents of others, or tells others (runtime.fetch).
OUTSIDE = {"trust_registry", "revocation", "verifier", "wallet_api"}


@cache
def manifests() -> tuple[dict[str, Any], ...]:
    (answer,), _ = render([GIVEN])
    return tuple(answer.manifests())


@cache
def policies() -> dict[str, dict[str, Any]]:
    return {one["metadata"]["name"]: one for one in manifests() if one["kind"] == "NetworkPolicy"}


@cache
def pods() -> dict[str, dict[str, str]]:
    found = (one for one in manifests() if one["kind"] in ("Deployment", "Job"))
    return {
        one["metadata"]["name"].removeprefix(f"{RELEASE}-"): one["spec"]["template"]["metadata"]["labels"]
        for one in found
    }


def policy(component: str) -> dict[str, Any]:
    spec: dict[str, Any] = policies()[f"{RELEASE}-{component}"]["spec"]
    return spec


def peers_asked(source: str) -> set[str]:
    """The services that a module names where it asks one: ``peers.client(…)``, ``_post(self._peers, …)``."""
    return {
        argument.value
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call) and _asks(node)
        for argument in node.args
        if isinstance(argument, ast.Constant) and argument.value in SERVICES
    }


def _asks(call: ast.Call) -> bool:
    is_client = isinstance(call.func, ast.Attribute) and call.func.attr == "client"
    passed = (ast.unparse(argument).rpartition(".")[2] for argument in call.args)
    return is_client or any(name in ("peers", "_peers") for name in passed)


def asked_by(service: str) -> set[str]:
    """Whom the code of a service asks; the simulators behind the front door are the demo's alone."""
    found = set[str]()
    for file in (ROOT / service).rglob("*.py"):
        found |= peers_asked(file.read_text(encoding="utf-8"))
    if service == "trust_registry":
        found |= checkpoints.PEERS.keys() | person_data.PEERS.keys()
    else:
        found.add("trust_registry")  # runtime.sessions: who is signed in
    return found - {FRONT_DOOR, service}


def test_a_question_in_the_code_is_noticed() -> None:
    assert peers_asked("x = context.peers.client('revocation')") == {"revocation"}
    assert peers_asked("await _post(self._peers, 'issuer', '/path', body)") == {"issuer"}
    assert peers_asked("print('issuer')") == set()


def reached(component: str) -> set[str]:
    """The pods of this release that both sides' policies let ``component`` reach on the services' port."""
    egress, own = policy(component)["egress"], pods()[component]
    return {
        name
        for name, labels in pods().items()
        if any(8000 in _ports(rule) and _finds(rule["to"], labels) for rule in egress)
        and any(8000 in _ports(rule) and _finds(rule["from"], own) for rule in policy(name)["ingress"])
    }


def _ports(rule: dict[str, Any]) -> set[int]:
    return {port["port"] for port in rule.get("ports", [])}


def _finds(peers: list[dict[str, Any]], labels: dict[str, str]) -> bool:
    return any(
        selects(peer["podSelector"]["matchLabels"], labels)
        for peer in peers
        if "podSelector" in peer and "namespaceSelector" not in peer
    )


def test_everything_is_closed_first() -> None:
    closed = policy("closed")
    assert closed["policyTypes"] == ["Ingress", "Egress"]
    assert not closed.get("ingress")
    assert not closed.get("egress")
    assert all(selects(closed["podSelector"]["matchLabels"], labels) for labels in pods().values())
    for name in pods():
        assert policy(name)["policyTypes"] == ["Ingress", "Egress"]
        covered = [pod for pod in pods() if selects(policy(name)["podSelector"]["matchLabels"], pods()[pod])]
        assert covered == [name]


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_reaches_whom_its_code_asks_and_nobody_else(service: str) -> None:
    expected = {"trust_registry"} if service == FRONT_DOOR else asked_by(service)
    assert reached(service.replace("_", "-")) == {name.replace("_", "-") for name in expected}


def test_workers_reach_what_the_issuer_does_and_nobody_reaches_them() -> None:
    assert reached("worker") == reached("issuer")
    assert policy("worker")["ingress"] == []
    assert (reached("migrate"), policy("migrate")["ingress"]) == (set(), [])


def rules_to(component: str, cidr: str) -> list[dict[str, Any]]:
    return [
        rule
        for rule in policy(component)["egress"]
        if any(peer.get("ipBlock", {}).get("cidr") == cidr for peer in rule["to"])
    ]


def test_only_what_has_tables_reaches_the_database() -> None:
    (database,) = GIVEN["network"]["database"]
    for name in pods():
        rules = rules_to(name, database["ipBlock"]["cidr"])
        assert [_ports(rule) for rule in rules] == ([] if name == FRONT_DOOR else [{5432}]), name


def test_only_what_fetches_reaches_the_internet_and_no_private_network_by_that() -> None:
    for name in pods():
        rules = rules_to(name, "0.0.0.0/0")
        assert bool(rules) == (name.replace("-", "_") in OUTSIDE), name
        for rule in rules:
            (peer,) = rule["to"]
            assert {"10.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16"} <= {
                *peer["ipBlock"]["except"]
            }
            assert _ports(rule) == {443}


def test_the_code_of_the_others_fetches_nothing() -> None:
    for service in SERVICES:
        sources = "".join(file.read_text(encoding="utf-8") for file in _files(service))
        fetches = ".fetcher" in sources or "shell_from_settings(" in sources
        assert fetches == (service in OUTSIDE), service


def _files(service: str) -> Iterator[Any]:
    if service != FRONT_DOOR:  # the folder of the front door also has the commands
        yield from (ROOT / service).rglob("*.py")


def test_a_rule_without_anybody_named_is_none() -> None:
    """In a policy, a rule without peers is a rule for everybody."""
    for one in policies().values():
        for rule in one["spec"].get("egress", []):
            assert rule["to"]
        for rule in one["spec"].get("ingress", []):
            assert rule["from"]
            assert rule["ports"]
