"""What one verification costs, as ratios to one check of the bare signature in the same run.

    python -m loadtest.micro [--seconds 1] [--rounds 5] [--only NAME]

A verification is the whole of it: strict reading, data model, signature, key history, entitlement, status,
dates, decision. The signature is one Ed25519 check by PyNaCl, or one P-256 check by ``cryptography``. Every
round measures each subject in turn for the same processor time; the figure of a subject is the median of
its rounds, so a busy machine disturbs all alike. *cold*: lists and keys are known, the credential is new.
*again*: the same bytes once more (the proof is remembered; status, trust and dates are judged anew).
Correctness comes first: each subject must accept a good credential and refuse a tampered and a revoked one
before it is timed.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import cycle
from typing import Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from nacl.signing import SigningKey

from loadtest.world import FORMATS, REVOKED_ONE_IN, SD_JWT_VC, VC_JWT, Format, LoadWorld
from runtime.collecting import settle
from tests.simulator import START
from vc.crypto.keys import KeyType
from vc.model.evidence import Evidence
from vc.model.verdict import Outcome
from vc.trust.decide import decide

CREDENTIALS: Final = 200
_MESSAGE: Final = bytes(64)  # what Data Integrity signs: two SHA-256 digests
SUBJECTS: Final[Mapping[str, Format]] = {
    "eddsa-jcs-2022": FORMATS["eddsa-jcs-2022"],
    "eddsa-rdfc-2022": FORMATS["eddsa-rdfc-2022"],
    "vc+jwt EdDSA": FORMATS[VC_JWT],
    "SD-JWT VC EdDSA": FORMATS[SD_JWT_VC],
    "ecdsa-jcs-2019": FORMATS["ecdsa-jcs-2019"],
    "ecdsa-rdfc-2019": FORMATS["ecdsa-rdfc-2019"],
    "vc+jwt ES256": replace(FORMATS[VC_JWT], key_type=KeyType.P256),
    "SD-JWT VC ES256": replace(FORMATS[SD_JWT_VC], key_type=KeyType.P256),
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print one line per subject."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seconds", type=float, default=1.0, help="processor time per subject and round")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", choices=list(SUBJECTS), help="one format alone")
    options = parser.parse_args(arguments)
    chosen = {options.only: SUBJECTS[options.only]} if options.only else SUBJECTS
    units = {kind: check() for kind, check in SIGNATURES.items()}
    acts = {name: _acts(made) for name, made in chosen.items()}
    # As a server does once it has started.
    settle()
    costs: dict[str, list[float]] = {}
    for _ in range(options.rounds):
        for kind, check in units.items():
            costs.setdefault(kind, []).append(microseconds(check, options.seconds))
        for name, pair in acts.items():
            for way, act in pair.items():
                costs.setdefault(f"{name}, {way}", []).append(microseconds(act, options.seconds))
    sys.stdout.write(f"{'subject':<36} {'µs':>9} {'ratio':>8} {'spread':>14}\n")
    for name, values in costs.items():
        made = chosen.get(name.partition(",")[0])
        unit = statistics.median(costs[name if made is None else made.key_type.value])
        spread = f"{min(values) / unit:.1f}–{max(values) / unit:.1f}"
        middle = statistics.median(values)
        sys.stdout.write(f"{name:<36} {middle:>9.1f} {middle / unit:>8.2f} {spread:>14}\n")


def _ed25519_check() -> Callable[[], object]:
    key = SigningKey(bytes(32))
    return partial(key.verify_key.verify, _MESSAGE, key.sign(_MESSAGE).signature)


def _p256_check() -> Callable[[], object]:
    key, scheme = ec.derive_private_key(1, ec.SECP256R1()), ec.ECDSA(hashes.SHA256())
    return partial(key.public_key().verify, key.sign(_MESSAGE, scheme), _MESSAGE, scheme)


SIGNATURES: Final[Mapping[str, Callable[[], Callable[[], object]]]] = {
    KeyType.ED25519.value: _ed25519_check,
    KeyType.P256.value: _p256_check,
}


def _acts(made: Format) -> Mapping[str, Callable[[], object]]:
    """What is timed of one format, by the name of the way."""
    world = LoadWorld(START)
    items = world.world.evidence().items
    lists = Evidence(items=items)
    # Of the spare ones nothing is timed; what is remembered of them beside the lists is in nobody's way.
    spare = world.issue(made, REVOKED_ONE_IN * CREDENTIALS + 1)
    _require(world, made, spare, lists, Outcome.ACCEPTED)
    _require(world, made, world.issue(made, REVOKED_ONE_IN), lists, Outcome.REJECTED)
    _require(world, made, _tampered(spare), lists, Outcome.REJECTED)
    indexes = [index for index in range(2 * CREDENTIALS) if index % REVOKED_ONE_IN][:CREDENTIALS]
    turn = cycle([world.issue(made, index) for index in indexes])
    warm, again = Evidence(items=items, memo=dict(lists.memo)), world.issue(made, 1)
    known = dict(lists.memo)

    def cold() -> object:
        return decide(world.check(made, next(turn), Evidence(items=items, memo=dict(known))))

    return {"cold": cold, "again": lambda: decide(world.check(made, again, warm))}


def _tampered(issued: bytes | str) -> bytes | str:
    """The same with another character in the middle, where every format has something that is signed."""
    text = issued if isinstance(issued, str) else issued.decode()
    middle = len(text) // 2
    while not text[middle].isalnum():
        middle += 1
    changed = text[:middle] + ("B" if text[middle] == "A" else "A") + text[middle + 1 :]
    return changed if isinstance(issued, str) else changed.encode()


def _require(
    world: LoadWorld, made: Format, issued: bytes | str, evidence: Evidence, wanted: Outcome
) -> None:
    if decide(world.check(made, issued, evidence)).outcome is not wanted:
        raise SystemExit("a wrong answer is not worth timing")


def microseconds(act: Callable[[], object], seconds: float) -> float:
    """Mean processor time of ``act`` over about ``seconds`` of it, in microseconds."""
    act()
    count, start = 0, time.thread_time()
    while (elapsed := time.thread_time() - start) < seconds:
        act()
        count += 1
    return elapsed / max(count, 1) * 1e6


if __name__ == "__main__":
    main()
