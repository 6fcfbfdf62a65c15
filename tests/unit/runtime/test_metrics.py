"""What is counted, and that nothing a stranger wrote can become a label."""

from datetime import UTC, datetime

import pytest
from prometheus_client.parser import text_string_to_metric_families

from runtime.metric_definitions import LABELS
from runtime.metrics import Metrics
from vc.model.verdict import Answer, Question, Reason, Verdict, Verification
from vc.trust.decide import decide

NOW = datetime(2026, 5, 4, tzinfo=UTC)


def samples(metrics: Metrics) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(metrics.text().decode())
        for sample in family.samples
    }


def value(metrics: Metrics, name: str, **labels: str) -> float:
    return samples(metrics)[name, tuple(sorted(labels.items()))]


def verification(in_force: Answer, reason: Reason) -> Verification:
    answers = {
        Question.AUTHENTIC: (Answer.YES, Reason.PROOF_VALID),
        Question.ENTITLED: (Answer.YES, Reason.ISSUER_ACCREDITED),
        Question.IN_FORCE: (in_force, reason),
        Question.THIS_PERSONS: (Answer.COULD_NOT_CHECK, Reason.IDENTITY_NOT_CHECKED),
    }
    verdicts = {
        question: Verdict(question=question, answer=answer, reason=why, checked_at=NOW)
        for question, (answer, why) in answers.items()
    }
    return Verification(verdicts=verdicts, findings=(), checked_at=NOW)


def test_a_request_is_counted_by_template_method_and_status_class() -> None:
    metrics = Metrics()
    metrics.declare_routes("issuer", ["/issuer/classes/{class_id}"])
    for status in (200, 204, 404):
        metrics.request("issuer", "/issuer/classes/{class_id}", "GET", status, 0.02)
    labels = {"service": "issuer", "route": "/issuer/classes/{class_id}", "method": "GET"}
    assert value(metrics, "passport_request_seconds_count", status="2xx", **labels) == 2
    assert value(metrics, "passport_request_seconds_count", status="4xx", **labels) == 1
    assert value(metrics, "passport_request_seconds_bucket", status="2xx", le="0.01", **labels) == 0
    assert value(metrics, "passport_request_seconds_bucket", status="2xx", le="0.025", **labels) == 2


def test_what_a_stranger_made_up_is_counted_as_other() -> None:
    metrics = Metrics()
    metrics.declare_routes("verifier", ["/verify"])
    for number in range(50):
        metrics.request("verifier", f"/v/សុខា-{number}", f"SOKHA{number}", 404, 0.01)
        metrics.request("verifier", "/verify", f"SOKHA{number}", 600 + number * 100, 0.01)
        metrics.request("verifier", None, "GET", 0, 0.01)
    seen = [dict(labels) for name, labels in samples(metrics) if name == "passport_request_seconds_count"]
    assert {(one["route"], one["method"], one["status"]) for one in seen} == {
        ("other", "other", "4xx"),
        ("/verify", "other", "none"),
        ("other", "GET", "none"),
    }
    assert "SOKHA" not in metrics.text().decode()


def test_a_service_that_does_not_exist_is_a_fault_of_the_program() -> None:
    with pytest.raises(ValueError, match="label service"):
        Metrics().request("elsewhere", None, "GET", 200, 0.01)


def test_too_many_tries_are_counted_by_route() -> None:
    metrics = Metrics()
    metrics.declare_routes("verifier", ["/verify"])
    metrics.request("verifier", "/verify", "POST", 429, 0.001)
    assert value(metrics, "passport_rate_limited_total", service="verifier", route="/verify") == 1


def test_a_verification_counts_its_four_verdicts_and_the_decision() -> None:
    metrics = Metrics()
    for answer, reason in (
        (Answer.YES, Reason.NOT_REVOKED),
        (Answer.NO, Reason.REVOKED),
        (Answer.COULD_NOT_CHECK, Reason.STATUS_UNAVAILABLE),
    ):
        found = verification(answer, reason)
        metrics.verification(found, decide(found))
    name = "passport_verdicts_total"
    assert value(metrics, name, question="inForce", answer="no", reason="revoked") == 1
    assert value(metrics, name, question="authentic", answer="yes", reason="proofValid") == 3
    assert {
        outcome: value(metrics, "passport_decisions_total", outcome=outcome)
        for outcome in ("accepted", "rejected", "undetermined")
    } == {"accepted": 1, "rejected": 1, "undetermined": 1}


def test_every_label_but_the_route_has_its_values_listed() -> None:
    assert [label for label, values in LABELS.items() if values is None] == ["route"]
