"""Whether the compiled canonicalization ever differs from its reference.

    python -m loadtest.rdfc_differential [--documents 1000000] [--seed 1] [--processes 2]

Mutants of genuine documents (credentials of every type, status lists, the trust list, an Open Badge with
more in it, a presentation) and of proof options are drawn from a seed. What the compiled path serves must
be what the reference says, byte for byte; what it does not serve is handed on, and the reference is asked
about one in ten of those. A difference is named by seed and number, and ends the run with status 1.
"""

import argparse
import multiprocessing
import sys
import time
from collections import Counter
from collections.abc import Sequence

from tests.rdfc_genuine import (
    credentials_of_every_type,
    other_documents,
    published_documents,
    small_documents,
)
from tests.rdfc_mutants import Json, Mutator
from vc.encoding.contexts import PINNED_CONTEXTS
from vc.encoding.rdfc import HashName, canonicalize_rdfc_reference
from vc.encoding.rdfc_compiled import canonicalize_compiled
from vc.errors import TransformationError
from vc.proof.rdfc_transformation import transform_config, transform_config_reference

_BLOCK = 500
_ASKED_ONE_IN = 10
_LONGER_HASH_ONE_IN = 8


def main(arguments: Sequence[str] | None = None) -> int:
    """Compare, print the counts, and return 1 where there is a difference."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--documents", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=1)
    options = parser.parse_args(arguments)
    began = time.perf_counter()
    count, differences = Counter[str](), []
    blocks = [
        (options.seed, start, min(_BLOCK, options.documents - start))
        for start in range(0, options.documents, _BLOCK)
    ]
    with multiprocessing.get_context("spawn").Pool(options.processes) as pool:
        for counted, different in pool.imap_unordered(_compare_block, blocks):
            count += counted
            differences += different
    for name, number in sorted(count.items()):
        sys.stdout.write(f"{name:<44} {number:>9}\n")
    sys.stdout.write(f"{'a second':<44} {options.documents / (time.perf_counter() - began):>9.0f}\n")
    for difference in sorted(differences):
        sys.stdout.write(f"DIFFERENT: seed {options.seed}, {difference}\n")
    return 1 if differences else 0


def make_mutator(seed: int) -> Mutator:
    """Return the mutator of all genuine documents, in half of the cases of small ones."""
    genuine: list[Json] = [
        *credentials_of_every_type().values(),
        *published_documents().values(),
        *other_documents().values(),
        *[document for document in small_documents().values() for _ in range(3)],
    ]
    return Mutator(genuine, seed)


def compare(document: Json, number: int) -> str:
    """Return what came of comparing a document: one of the counted names, or ``different``."""
    hash_name: HashName = "SHA-256" if number % _LONGER_HASH_ONE_IN else "SHA-384"
    compiled = canonicalize_compiled(document, hash_name=hash_name, contexts=PINNED_CONTEXTS)
    if compiled is None and number % _ASKED_ONE_IN:
        return "handed on, the reference not asked"
    try:
        reference = canonicalize_rdfc_reference(document, hash_name=hash_name)
    except TransformationError:
        return "handed on, refused by the reference" if compiled is None else "different"
    if compiled is None:
        return "handed on, answered by the reference"
    return "served alike" if compiled == reference else "different"


def compare_config(config: Json, document: Json) -> str:
    """As ``compare``, for proof options under the contexts of ``document``."""
    results: list[bytes | None] = []
    for transform in (transform_config, transform_config_reference):
        try:
            results.append(transform(config, document, "SHA-256"))
        except TransformationError:
            results.append(None)
    if results[0] != results[1]:
        return "different"
    return "proof options: alike" if results[0] is not None else "proof options: refused alike"


_mutators: dict[int, Mutator] = {}


def _compare_block(block: tuple[int, int, int]) -> tuple[Counter[str], list[str]]:
    seed, start, size = block
    mutator = _mutators.get(seed) or _mutators.setdefault(seed, make_mutator(seed))
    count, differences = Counter[str](), []
    for number in range(start, start + size):
        outcomes = {"document": compare(mutator.mutant(number), number)}
        if number % _ASKED_ONE_IN == 0:
            config, genuine = mutator.config(number)
            outcomes["proof options"] = compare_config(config, genuine)
        for subject, outcome in outcomes.items():
            count[outcome] += 1
            if outcome == "different":
                differences.append(f"{subject} {number}")
    return count, differences


if __name__ == "__main__":
    sys.exit(main())
