"""The committed alarms and the committed dashboard, and which metrics an expression reads."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import promql_parser
import yaml

ROOT = Path(__file__).parents[1]
ALERTS = ROOT / "deploy" / "prometheus" / "alerts.yml"
DASHBOARD = ROOT / "deploy" / "grafana" / "dashboards" / "passport.json"
# Grafana's own word for a range that fits the screen.
_GRAFANA_RANGE = "$__rate_interval"


def alert_rules() -> list[dict[str, Any]]:
    groups = yaml.safe_load(ALERTS.read_text(encoding="utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


def dashboard_expressions() -> Iterator[str]:
    for panel in json.loads(DASHBOARD.read_text(encoding="utf-8"))["panels"]:
        for target in panel.get("targets", ()):
            yield target["expr"].replace(_GRAFANA_RANGE, "5m")


def selectors_in(expression: str) -> list[promql_parser.VectorSelector]:
    """Every selector of an expression. Raises ``ValueError`` where it does not parse."""
    found: list[promql_parser.VectorSelector] = []

    def look(node: Any) -> bool:
        if isinstance(node, promql_parser.VectorSelector):
            found.append(node)
        return True

    promql_parser.walk(promql_parser.parse(expression), look)
    return found


def metrics_in(expression: str) -> set[str]:
    return {str(selector.name) for selector in selectors_in(expression)}
