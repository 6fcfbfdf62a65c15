"""Where the time of one verification goes, stage by stage, as ratios to one check of the bare signature.

    python -m loadtest.stages [--seconds 0.3] [--rounds 7] [--only NAME]

A credential never seen before is verified as far as each stage in turn, lists and keys being known; the cost
of a stage is what it adds. Every round takes each length of the way in turn, and the figure is the least of
the rounds. Three parts of the first and third stage are measured by themselves besides: code that runs in a
loop of its own finds caches warm, so that they add up to less than the stage.
"""

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from itertools import cycle, pairwise
from typing import Final

from loadtest.micro import SIGNATURES, SUBJECTS, microseconds
from loadtest.world import CARD, REVOKED_ONE_IN, SD_JWT_VC, Format, LoadWorld
from runtime.collecting import settle
from tests.simulator import START
from vc.encoding.jcs import canonicalize
from vc.encoding.strict_json import JsonObject, parse_json_object
from vc.model.credential import check_credential_shape
from vc.model.evidence import Evidence
from vc.trust.decide import decide
from vc.verify.credential import authenticity_of, entitled_of, force_of, verification_of
from vc.verify.reading import facts_of, read_credential
from vc.verify.round import Round, digest
from vc.verify.trusted import trust_in_force

_CREDENTIALS: Final = 200
STAGES: Final = ("read", "trust list", "signature and key", "entitled", "in force", "verdicts", "decision")


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print one line per stage."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seconds", type=float, default=0.3, help="processor time per stage and round")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--only", choices=_NAMES, help="one format alone")
    options = parser.parse_args(arguments)
    for name in [options.only] if options.only else _NAMES:
        made = SUBJECTS[name]
        acts = {"signature": SIGNATURES[made.key_type.value](), **_ways(made), **_parts(made)}
        settle()
        costs = _least(acts, seconds=options.seconds, rounds=options.rounds)
        _write(name, costs)


_NAMES: Final = [name for name, made in SUBJECTS.items() if made.name not in {SD_JWT_VC, CARD}]


def _least(acts: Mapping[str, Callable[[], object]], *, seconds: float, rounds: int) -> dict[str, float]:
    costs: dict[str, list[float]] = {}
    for _ in range(rounds):
        for name, act in acts.items():
            costs.setdefault(name, []).append(microseconds(act, seconds))
    return {name: min(values) for name, values in costs.items()}


def _write(name: str, costs: Mapping[str, float]) -> None:
    unit = costs["signature"]
    added = dict(zip(STAGES, [costs["read"], *(b - a for a, b in _ways_in(costs))], strict=True))
    lines = added | {"in all": costs["decision"]}
    lines |= {f"  by itself: {part}": costs[part] for part in costs if part not in {*STAGES, "signature"}}
    sys.stdout.write(f"{name}: one check of the signature {unit:.1f} µs\n")
    for stage, cost in lines.items():
        sys.stdout.write(f"  {stage:<38} {cost:>8.1f} µs {cost / unit:>6.2f}\n")


def _ways_in(costs: Mapping[str, float]) -> list[tuple[float, float]]:
    return list(pairwise(costs[stage] for stage in STAGES))


def _ways(made: Format) -> Mapping[str, Callable[[], object]]:
    """The way as far as each stage, by its name."""
    world = LoadWorld(START)
    turn = cycle(_issued(world, made))
    items, policy, now = world.world.evidence().items, world.world.policy, world.world.now
    lists = Evidence(items=items)
    world.check(made, _issued(world, made)[0], lists)
    known = {key: held for key, held in lists.memo.items() if not key.startswith(_OF_ONE_CREDENTIAL)}

    def as_far_as(last: str) -> Callable[[], object]:
        def way() -> object:
            current = Round(evidence=Evidence(items=items, memo=dict(known)), policy=policy, now=now)
            return _go(current, next(turn), last)

        return way

    return {stage: as_far_as(stage) for stage in STAGES}


_OF_ONE_CREDENTIAL: Final = ("reading:", "authentic:", "proof:", "token:", "facts:")


def _go(current: Round, raw: bytes, last: str) -> object:
    """As ``vc.verify.credential.verify_credential``, no further than ``last``."""
    reading = read_credential(current, raw)
    if last == "read" or reading.issuer is None:
        return reading
    trust = trust_in_force(current)
    if last == "trust list":
        return trust
    authentic = authenticity_of(current, reading, reading.issuer, trust.trust_list)
    if last == "signature and key":
        return authentic
    entitled = entitled_of(current, authentic, reading.issuer, reading.document, trust)
    if last == "entitled":
        return entitled
    force = force_of(current, authentic, entitled, trust)
    if last == "in force":
        return force
    verification = verification_of(
        current, reading.issuer, trust=trust, authentic=authentic, entitled=entitled, force=force
    )
    return verification if last == "verdicts" else decide(verification)


def _parts(made: Format) -> Mapping[str, Callable[[], object]]:
    """Parts of the stages that are the same for every format, by their names."""
    world = LoadWorld(START)
    issued = cycle(_issued(world, made))
    documents = cycle(_documents(world))
    return {
        "SHA-256 of the bytes": lambda: digest(next(issued)),
        "strict JSON": lambda: parse_json_object(next(issued)),
        "shape": lambda: check_credential_shape(next(documents)),
        "canonical JSON": lambda: canonicalize(next(documents)),
        "what it says of itself": lambda: facts_of(next(documents)),
    }


def _issued(world: LoadWorld, made: Format) -> list[bytes]:
    found = [world.issue(made, index) for index in range(_CREDENTIALS) if index % REVOKED_ONE_IN]
    return [issued for issued in found if isinstance(issued, bytes)]


def _documents(world: LoadWorld) -> list[JsonObject]:
    return [parse_json_object(issued) for issued in _issued(world, SUBJECTS["eddsa-jcs-2022"])]


if __name__ == "__main__":
    main()
