"""What counting a request and its verdicts costs, as ratios to one Ed25519 check, in one run.

    python -m loadtest.recording [--rounds 9]

Each figure is the median of its rounds, in CPU time of this process; the rounds of all take turns. What
was counted must stand in the text that Prometheus gets, or nothing is printed.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from nacl.signing import SigningKey

from runtime.metrics import Metrics
from runtime.tracing import Attribute, span
from vc.model.verdict import Answer, Question, Reason, Verdict, Verification
from vc.trust.decide import decide

TIMES: Final = 5_000
CHECK: Final = "one Ed25519 check (PyNaCl)"
_ROUTE: Final = "/credentials/verify"
_REASONS: Final = {
    Question.AUTHENTIC: Reason.PROOF_VALID,
    Question.ENTITLED: Reason.ISSUER_ACCREDITED,
    Question.IN_FORCE: Reason.NOT_REVOKED,
    Question.THIS_PERSONS: Reason.KEY_BOUND,
}


def accepted() -> Verification:
    """A verification with four times yes."""
    now = datetime(2026, 5, 4, tzinfo=UTC)
    verdicts = {
        question: Verdict(question=question, answer=Answer.YES, reason=reason, checked_at=now)
        for question, reason in _REASONS.items()
    }
    return Verification(verdicts=verdicts, findings=(), checked_at=now)


def works(metrics: Metrics) -> dict[str, Callable[[], object]]:
    """What is timed, by its name."""
    key, message = SigningKey.generate(), b"m" * 64
    signature, check = key.sign(message).signature, key.verify_key
    verification = accepted()
    decision = decide(verification)

    def no_span() -> None:
        with span("read", {Attribute.SERVICE: "verifier"}):
            pass

    return {
        CHECK: lambda: check.verify(message, signature),
        "counting a request": lambda: metrics.request("verifier", _ROUTE, "POST", 200, 0.001),
        "counting four verdicts and the decision": lambda: metrics.verification(verification, decision),
        "a span where nothing is traced": no_span,
    }


def microseconds(work: Callable[[], object]) -> float:
    """CPU time of one ``work``, over ``TIMES`` of them."""
    began = time.process_time()
    for _ in range(TIMES):
        work()
    return (time.process_time() - began) / TIMES * 1e6


def main(arguments: list[str] | None = None) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description="The cost of counting, in one run")
    parser.add_argument("--rounds", type=int, default=9)
    rounds: int = parser.parse_args(arguments).rounds
    metrics = Metrics()
    metrics.declare_routes("verifier", [_ROUTE])
    timed = works(metrics)
    taken: dict[str, list[float]] = {name: [] for name in timed}
    for _ in range(rounds):
        for name, work in timed.items():
            taken[name].append(microseconds(work))
    counted = f'passport_decisions_total{{outcome="accepted"}} {float(rounds * TIMES)}'
    if counted not in metrics.text().decode():
        print("What was counted is not in the text.", file=sys.stderr)
        return 1
    check = statistics.median(taken[CHECK])
    for name, found in taken.items():
        print(f"{name:<42} {statistics.median(found):8.2f} µs {statistics.median(found) / check:8.3f} ×")
    return 0


if __name__ == "__main__":
    sys.exit(main())
