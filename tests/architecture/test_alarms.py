"""The alarms and the dashboard are what the metrics and the documentation say, and alarm when they should."""

import re
import shutil
import subprocess

import promql_parser
import pytest
import yaml

from docs import dashboard
from revocation.publication import VALIDITY
from runtime.metric_definitions import LABELS
from runtime.readiness import Part
from runtime.settings import SERVICES, Settings
from tests.alarms import ALERTS, DASHBOARD, ROOT, alert_rules, dashboard_expressions, selectors_in
from tests.architecture.access_table import TABLE
from trust_registry.publication import RESIGN_AFTER
from vc.trust.root import RENEW_BEFORE_END

HOW_TO = ROOT / "docs" / "how-to" / "watch-it-run.md"
SCRAPING = ROOT / "deploy" / "prometheus" / "prometheus.yml"
RULES_TEST = ROOT / "deploy" / "prometheus" / "alerts_test.yml"
# What Prometheus adds, and the bucket of a histogram.
NOT_OURS = {"job", "instance", "le"}


def threshold(alert: str) -> float:
    rule = next(rule for rule in alert_rules() if rule["alert"] == alert)
    return float(re.search(r"[<>] ([0-9.]+)$", rule["expr"])[1])  # type: ignore[index]


def test_the_dashboard_is_what_the_code_gives() -> None:
    assert DASHBOARD == dashboard.FILE
    assert DASHBOARD.read_text(encoding="utf-8") == dashboard.dashboard_text(), "run python -m docs.generate"


def test_every_alarm_says_what_to_do_and_has_a_heading_in_the_how_to() -> None:
    headings = re.findall(r"^### (\w+)$", HOW_TO.read_text(encoding="utf-8"), re.MULTILINE)
    assert headings == [rule["alert"] for rule in alert_rules()]
    for rule in alert_rules():
        assert set(rule["annotations"]) == {"summary", "next_step", "runbook"}, rule["alert"]
        assert rule["labels"]["severity"] in ("page", "ticket")
        file, _, anchor = rule["annotations"]["runbook"].partition("#")
        assert (ROOT / file) == HOW_TO
        assert anchor == rule["alert"].lower()


def test_every_expression_names_labels_and_values_that_there_are() -> None:
    expressions = [rule["expr"] for rule in alert_rules()] + list(dashboard_expressions())
    assert len(expressions) > 40
    for expression in expressions:
        for selector in selectors_in(expression):
            for matcher in selector.matchers.matchers:
                if matcher.name not in NOT_OURS:
                    _require_values(matcher, expression)


def _require_values(matcher: promql_parser.Matcher, expression: str) -> None:
    is_pattern = matcher.op in (promql_parser.MatchOp.Re, promql_parser.MatchOp.NotRe)
    wanted = matcher.value.split("|") if is_pattern else [re.escape(matcher.value)]
    values = LABELS[matcher.name] or tuple(row.partition(" ")[2] for row in TABLE)
    for pattern in wanted:
        assert any(re.fullmatch(pattern, value) for value in values), (pattern, expression)


def test_the_thresholds_follow_the_times_of_the_code() -> None:
    resign = Settings.model_fields["status_resign_seconds"].default
    assert threshold("StatusListOld") == 3 * resign
    assert threshold("TrustListOld") == RESIGN_AFTER.total_seconds() + 2 * 3600
    assert threshold("ListNearItsEnd") == VALIDITY.total_seconds() / 2
    assert threshold("RootNearItsEnd") == RENEW_BEFORE_END.total_seconds()


def test_every_part_that_can_be_missing_alarms() -> None:
    expressions = [rule["expr"] for rule in alert_rules()]
    assert 'passport_ready{part="database"} == 0' in expressions
    assert 'passport_ready{part!="database"} == 0' in expressions
    assert "database" in tuple(Part)


def test_prometheus_scrapes_every_service_of_the_layout() -> None:
    (job,) = yaml.safe_load(SCRAPING.read_text(encoding="utf-8"))["scrape_configs"]
    (found,) = job["dns_sd_configs"]
    assert set(found["names"]) == {service.replace("_", "-") for service in SERVICES}
    assert found["port"] == Settings.model_fields["port"].default
    assert job["metrics_path"] == "/metrics"
    assert job["authorization"]["type"] == "Bearer"


@pytest.fixture(scope="session")
def promtool() -> str:
    found = shutil.which("promtool")
    if found is None:
        pytest.skip("promtool is not installed (Debian package prometheus)")
    return found


def test_promtool_accepts_the_files(promtool: str) -> None:
    for command in (["check", "rules", str(ALERTS)], ["check", "config", "--syntax-only", str(SCRAPING)]):
        done = subprocess.run([promtool, *command], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def test_alarms_go_off_when_they_should_and_not_before(promtool: str) -> None:
    done = subprocess.run(
        [promtool, "test", "rules", str(RULES_TEST)],
        capture_output=True,
        text=True,
        check=False,
        cwd=ALERTS.parent,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    tried = {
        case["alertname"]
        for group in yaml.safe_load(RULES_TEST.read_text(encoding="utf-8"))["tests"]
        for case in group["alert_rule_test"]
        if case["exp_alerts"]
    }
    assert tried == {rule["alert"] for rule in alert_rules()}
