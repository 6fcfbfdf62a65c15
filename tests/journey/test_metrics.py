"""One scrape of a house in which something happened: every metric is there, and nothing of anybody."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import pytest
from prometheus_client.parser import text_string_to_metric_families

from passport.demo_world.people import DemoPerson, draw_people
from runtime.metric_definitions import DEFINITIONS, LABELS, OTHER
from tests.alarms import alert_rules, dashboard_expressions, metrics_in
from tests.architecture.access_table import TABLE
from tests.cheap_costs import cheap_key_stretching
from tests.demo_copies import demo_client
from tests.journey.conftest import revoke
from tests.journey.openid4vci_house import issued

# A class list is issued whole too soon to be seen, and nobody asks too often here.
SELDOM = {"passport_rate_limited_total"}
# Of the process and the language itself.
LIBRARY = re.compile(r"(process|python)_")


class Scrape:
    """The text of a scrape, its samples, and what must not be in it."""

    def __init__(self, text: str, secrets: set[str]) -> None:
        self.text = text
        self.secrets = secrets
        self.samples: dict[str, list[tuple[dict[str, str], float]]] = {}
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                self.samples.setdefault(sample.name, []).append((dict(sample.labels), sample.value))

    def value(self, name: str, **labels: str) -> float:
        return next(value for found, value in self.samples[name] if labels.items() <= found.items())


async def _happened(folder: Path, people: tuple[DemoPerson, ...]) -> Scrape:
    async with demo_client(folder, people, default_cryptosuite="eddsa-jcs-2022") as client:
        made = await issued(client, people)
        link = made["verify_url"].removeprefix(str(client.base_url).rstrip("/"))
        for _ in range(2):
            assert (await client.get(link)).status_code == 200
        await client.get("/v/AAAAAAAAAAAAAAAAAAAAAA?name=marker-71")
        await client.request("SOKHA", "/marker-71/verify")
        await revoke(client, made["credential_id"])
        client.cookies.clear()
        answer = await client.get("/metrics")
        assert answer.status_code == 200, answer.text
        return Scrape(answer.text, _secrets(made, people))


def _secrets(made: dict[str, Any], people: tuple[DemoPerson, ...]) -> set[str]:
    found = {str(value) for value in made.values() if len(str(value)) > 6}
    for person in people:
        found |= {person.name_latin, person.name_km, person.rld_number}
    return found | {"marker-71", "SOKHA", made["verify_url"].rpartition("/")[2]}


@pytest.fixture(scope="module")
def scrape(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scrape]:
    with cheap_key_stretching():
        yield anyio.run(_happened, tmp_path_factory.mktemp("world"), draw_people())


def exported(definition_name: str, kind: str) -> str:
    return definition_name + {"counter": "_total", "histogram": "_count", "gauge": ""}[kind]


def test_every_metric_is_exported(scrape: Scrape) -> None:
    for definition in DEFINITIONS:
        name = exported(definition.name, definition.kind)
        if name not in SELDOM:
            assert name in scrape.samples, name
            assert all(set(labels) == set(definition.labels) for labels, _ in scrape.samples[name])


def test_nothing_is_exported_that_is_not_described(scrape: Scrape) -> None:
    described = {definition.name for definition in DEFINITIONS}
    for name in scrape.samples:
        if not LIBRARY.match(name):
            assert re.sub(r"_(total|count|sum|bucket)$", "", name) in described, name


def test_labels_have_values_of_their_sets_and_nothing_of_anybody(scrape: Scrape) -> None:
    templates = {row.partition(" ")[2] for row in TABLE} | {OTHER, "/static"}
    for name, found in scrape.samples.items():
        if LIBRARY.match(name):
            continue
        for labels, _ in found:
            for label, value in labels.items():
                if label != "le":
                    assert value in (LABELS[label] or templates), (name, label, value)
    for secret in scrape.secrets:
        assert secret not in scrape.text


def test_the_figures_are_those_of_what_happened(scrape: Scrape) -> None:
    assert scrape.value("passport_decisions_total", outcome="accepted") == 2
    assert scrape.value("passport_verdicts_total", question="inForce", reason="notRevoked") == 2
    asked = {"service": "verifier", "route": "/v/{token}", "status": "2xx"}
    assert scrape.value("passport_request_seconds_count", **asked) == 2
    assert scrape.value("passport_request_seconds_count", service="passport", method="other") == 1
    assert scrape.value("passport_evidence_fetches_total", service="verifier", kind="trust_list") >= 1
    assert scrape.value("passport_published_documents", kind="status_list") >= 1
    assert 0 <= scrape.value("passport_published_age_seconds", kind="status_list") < 60
    assert 0 <= scrape.value("passport_held_age_seconds", service="verifier", kind="status_list") < 60
    assert scrape.value("passport_published_remaining_seconds", kind="trust_root") > 86_400
    for service, part in (("issuer", "database"), ("verifier", "trust_list"), ("revocation", "registry")):
        assert scrape.value("passport_ready", service=service, part=part) == 1
    assert all(value == 1 for _, value in scrape.samples["passport_measured"])


def test_every_metric_of_alarms_and_dashboard_is_exported(scrape: Scrape) -> None:
    expressions = [rule["expr"] for rule in alert_rules()] + list(dashboard_expressions())
    for name in {name for expression in expressions for name in metrics_in(expression)}:
        # "up" is made by whoever scrapes.
        assert name in scrape.samples or name in SELDOM | {"up"}, name
