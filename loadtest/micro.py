"""What one verification costs, as ratios to one Ed25519 check by PyNaCl in the same run.

    python -m loadtest.micro [--seconds 2] [--rounds 5]

Every round measures each subject in turn for the same time; the figure of a subject is the
median of its rounds, so a busy machine disturbs all alike; what is measured is processor time. *cold*: lists and keys are known, the
credential is new. *again*: the same bytes once more (the proof is memoised; status, trust and
dates are judged anew). Correctness comes first: each subject must accept a good credential and
refuse a tampered one before it is timed.
"""

import argparse
import hashlib
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from itertools import cycle

import orjson
from nacl.signing import SigningKey

from tests.simulator import IssuerWorld
from vc.model.evidence import Evidence
from vc.model.verdict import Outcome, Verification
from vc.trust.decide import decide
from vc.verify import step

CREDENTIALS = 200
SUITES = ("eddsa-jcs-2022", "eddsa-rdfc-2022")


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print one line per subject."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seconds", type=float, default=1.0, help="time per subject and round")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args(arguments)
    subjects = _subjects()
    times: dict[str, list[float]] = {name: [] for name in subjects}
    for _ in range(options.rounds):
        for name, act in subjects.items():
            times[name].append(_microseconds(act, options.seconds))
    unit = statistics.median(times["one PyNaCl Ed25519 check"])
    sys.stdout.write(f"{'subject':<44} {'µs':>9} {'ratio':>8} {'spread':>14}\n")
    for name, values in times.items():
        middle = statistics.median(values)
        spread = f"{min(values) / unit:.1f}–{max(values) / unit:.1f}"
        sys.stdout.write(f"{name:<44} {middle:>9.1f} {middle / unit:>8.2f} {spread:>14}\n")


def _subjects() -> dict[str, Callable[[], None]]:
    subjects: dict[str, Callable[[], None]] = {"one PyNaCl Ed25519 check": _signature_check()}
    for suite in SUITES:
        subjects[f"{suite}, cold"] = _verification(suite, repeat=False)
        subjects[f"{suite}, again"] = _verification(suite, repeat=True)
    return subjects


def _signature_check() -> Callable[[], None]:
    key = SigningKey(bytes(32))
    message = bytes(64)  # what Data Integrity signs: two SHA-256 digests
    signature = key.sign(message).signature
    public = key.verify_key
    return lambda: void(public.verify(message, signature))


def void(_: object) -> None:
    """Make an expression a statement."""


def _verification(suite: str, *, repeat: bool) -> Callable[[], None]:
    world = IssuerWorld(suite)
    evidence = world.evidence()
    raws = [world.issue(index) for index in range(CREDENTIALS)]
    _require_right(world, evidence, raws[0])
    lists = {key: value for key, value in evidence.memo.items() if not _is_credential_proof(key, raws)}
    turn = cycle(raws)
    warm = Evidence(items=evidence.items, memo=dict(evidence.memo))

    def cold() -> None:
        void(step(next(turn), Evidence(items=evidence.items, memo=dict(lists)), world.policy, world.now))

    def again() -> None:
        void(step(raws[0], warm, world.policy, world.now))

    return again if repeat else cold


def _is_credential_proof(key: str, raws: Sequence[bytes]) -> bool:
    return any(hashlib.sha256(raw).hexdigest() in key for raw in raws[:1])


def _require_right(world: IssuerWorld, evidence: Evidence, raw: bytes) -> None:
    tampered = orjson.dumps(orjson.loads(raw) | {"name": "Another title"})
    for subject, wanted in ((raw, Outcome.ACCEPTED), (tampered, Outcome.REJECTED)):
        answer = step(subject, evidence, world.policy, world.now)
        if not isinstance(answer, Verification) or decide(answer).outcome is not wanted:
            raise SystemExit("a wrong answer is not worth timing")


def _microseconds(act: Callable[[], None], seconds: float) -> float:
    """Mean processor time of ``act`` over about ``seconds`` of it, in microseconds."""
    act()
    count, start = 0, time.thread_time()
    while (elapsed := time.thread_time() - start) < seconds:
        act()
        count += 1
    return elapsed / max(count, 1) * 1e6


if __name__ == "__main__":
    main()
