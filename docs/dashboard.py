"""The Grafana dashboard as code: ``python -m docs.generate`` writes it.

``tests/architecture/test_alarms.py`` demands that the committed file equals what this gives.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

FILE: Final = Path(__file__).parents[1] / "deploy" / "grafana" / "dashboards" / "passport.json"
_SOURCE: Final = {"type": "prometheus", "uid": "prometheus"}
_COLUMNS: Final = 3
_WIDTH: Final = 24 // _COLUMNS
_HEIGHT: Final = 8
_REQUESTS: Final = "passport_request_seconds"


@dataclass(frozen=True, slots=True)
class Panel:
    """One picture: its title, unit, and each line as legend and expression."""

    title: str
    unit: str
    lines: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Row:
    """Panels about one thing."""

    title: str
    panels: tuple[Panel, ...]


def _quantile(quantile: float, where: str) -> str:
    return (
        f"histogram_quantile({quantile}, sum by (le) (rate({_REQUESTS}_bucket{{{where}}}[$__rate_interval])))"
    )


_CHECKS: Final = 'service="verifier",route=~"/verify|/credentials/verify|/v/.token."'

ROWS: Final[Sequence[Row]] = (
    Row(
        "Is it well?",
        (
            Panel("Parts that are there", "short", (("{{service}} {{part}}", "passport_ready"),)),
            Panel(
                "Requests that fail",
                "percentunit",
                (
                    (
                        "{{service}}",
                        f'sum by (service) (rate({_REQUESTS}_count{{status="5xx"}}[$__rate_interval])) '
                        f"/ sum by (service) (rate({_REQUESTS}_count[$__rate_interval]))",
                    ),
                ),
            ),
            Panel(
                "Requests",
                "reqps",
                (("{{service}}", f"sum by (service) (rate({_REQUESTS}_count[$__rate_interval]))"),),
            ),
        ),
    ),
    Row(
        "Checking",
        (
            Panel(
                "Decisions",
                "reqps",
                (("{{outcome}}", "sum by (outcome) (rate(passport_decisions_total[$__rate_interval]))"),),
            ),
            Panel(
                "Why not accepted",
                "reqps",
                (
                    (
                        "{{question}}: {{reason}}",
                        "sum by (question, reason) (rate(passport_verdicts_total"
                        '{answer!="yes",reason!="identityNotChecked"}[$__rate_interval]))',
                    ),
                ),
            ),
            Panel(
                "Time of a check",
                "s",
                tuple(
                    (f"p{quantile * 100:g}", _quantile(quantile, _CHECKS)) for quantile in (0.5, 0.95, 0.99)
                ),
            ),
        ),
    ),
    Row(
        "Lists",
        (
            Panel("Age as published", "s", (("{{kind}}", "passport_published_age_seconds"),)),
            Panel(
                "Age as verifiers hold it", "s", (("{{service}} {{kind}}", "passport_held_signed_seconds"),)
            ),
            Panel(
                "Changes not published",
                "s",
                (
                    ("the oldest waits", "passport_publish_lag_seconds"),
                    ("how many", "passport_changes_unpublished"),
                ),
            ),
            Panel("Time left", "s", (("{{kind}}", "passport_published_remaining_seconds"),)),
            Panel(
                "Documents asked for",
                "reqps",
                (
                    (
                        "{{kind}} {{result}}",
                        "sum by (kind, result) (rate(passport_evidence_fetches_total[$__rate_interval]))",
                    ),
                ),
            ),
            Panel(
                "Documents held",
                "short",
                (("{{kind}} {{held}}", "sum by (kind, held) (passport_held_documents)"),),
            ),
        ),
    ),
    Row(
        "Issuing",
        (
            Panel("Class lists not done", "short", (("{{work}}", "sum by (work) (passport_class_lists)"),)),
            Panel("Rows not done", "short", (("{{row}}", "sum by (row) (passport_class_rows)"),)),
            Panel("Workers", "short", (("workers", "max(passport_workers)"),)),
        ),
    ),
    Row(
        "Machine",
        (
            Panel(
                "CPU by process",
                "short",
                (("{{instance}}", "rate(process_cpu_seconds_total[$__rate_interval])"),),
            ),
            Panel("Memory by process", "bytes", (("{{instance}}", "process_resident_memory_bytes"),)),
            Panel("Open files", "short", (("{{instance}}", "process_open_fds"),)),
            Panel(
                "Database connections in use",
                "percentunit",
                (
                    (
                        "{{service}}",
                        "passport_database_connections_in_use / passport_database_connections_allowed",
                    ),
                ),
            ),
            Panel(
                "Free disk",
                "percentunit",
                (("{{service}}", "passport_disk_free_bytes / passport_disk_size_bytes"),),
            ),
            Panel(
                "Refused: too many tries",
                "reqps",
                (
                    (
                        "{{service}} {{route}}",
                        "sum by (service, route) (rate(passport_rate_limited_total[$__rate_interval]))",
                    ),
                ),
            ),
        ),
    ),
)


def dashboard() -> dict[str, Any]:
    """The dashboard as Grafana reads it from a file."""
    panels: list[dict[str, Any]] = []
    height = 0
    for row in ROWS:
        place = {"x": 0, "y": height, "w": 24, "h": 1}
        panels.append(
            {"id": len(panels) + 1, "type": "row", "title": row.title, "gridPos": place, "panels": []}
        )
        height += 1
        for number, panel in enumerate(row.panels):
            line, column = divmod(number, _COLUMNS)
            place = {"x": column * _WIDTH, "y": height + line * _HEIGHT, "w": _WIDTH, "h": _HEIGHT}
            panels.append(_panel(len(panels) + 1, panel, place))
        height += -(-len(row.panels) // _COLUMNS) * _HEIGHT
    return {
        "uid": "skills-passport",
        "title": "Skills Passport",
        "timezone": "browser",
        "refresh": "30s",
        "schemaVersion": 39,
        "time": {"from": "now-6h", "to": "now"},
        "panels": panels,
    }


def dashboard_text() -> str:
    """The dashboard as the text of its file."""
    return json.dumps(dashboard(), indent=1) + "\n"


def _panel(number: int, panel: Panel, place: dict[str, int]) -> dict[str, Any]:
    return {
        "id": number,
        "type": "timeseries",
        "title": panel.title,
        "datasource": _SOURCE,
        "gridPos": place,
        "fieldConfig": {"defaults": {"unit": panel.unit, "min": 0}, "overrides": []},
        "options": {"legend": {"displayMode": "list", "placement": "bottom"}},
        "targets": [
            {
                "refId": chr(ord("A") + index),
                "datasource": _SOURCE,
                "expr": expression,
                "legendFormat": legend,
            }
            for index, (legend, expression) in enumerate(panel.lines)
        ],
    }
