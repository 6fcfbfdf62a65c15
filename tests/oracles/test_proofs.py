"""Proofs over generated credentials: ours hold for @digitalbazaar/vc and openvc, and theirs for us.

Where an answer differs, the document has a known fault of that oracle (``known_faults``) or the reason
is one of the named differences of ``test_proof_differences.py``.
"""

from collections import Counter

import pytest
from hypothesis import strategies as st
from openvc.errors import OpenvcError

from tests.oracles.documents import Json, credentials
from tests.oracles.faults import ALWAYS_FAULTS, FAULTS, mutant
from tests.oracles.known_faults import has_direction, javascript_fault, pyld_fault
from tests.oracles.laws import hold_for_all, sizes
from tests.oracles.node_oracle import NodeOracle, OracleRefusedError
from tests.oracles.securing import (
    KINDS,
    Kind,
    sign,
    sign_with_digitalbazaar,
    sign_with_openvc,
    verdict_of_digitalbazaar,
    verdict_of_openvc,
    verifies,
)
from vc.crypto.keys import KeyType
from vc.encoding.rdfc import canonicalize_rdfc
from vc.errors import TransformationError

pytestmark = [
    pytest.mark.node,
    pytest.mark.timeout(900),
    pytest.mark.parametrize("kind", KINDS, ids=str),
]


def ordinary_credentials(kind: Kind) -> st.SearchStrategy[Json]:
    """Without what jsonld and rdf-canonize are known to write wrongly: ``test_rdfc.py`` has that."""
    return credentials(issuer=kind.did).filter(lambda credential: javascript_fault(credential) is None)


def digitalbazaar_fault(document: Json, kind: Kind) -> str | None:
    """Why @digitalbazaar/vc may judge this document otherwise than the specification; None: it may not."""
    embeds = any(not isinstance(context, str) for context in document["@context"])
    return "contexts compared by identity" if embeds and not kind.is_rdfc else None


def openvc_fault(document: Json, kind: Kind) -> str | None:
    """Why openvc may find a signature bad that is good, or make a bad one; None: it may not."""
    if not kind.is_rdfc:
        return None
    if kind.key_type is KeyType.P384:
        return "labels by SHA-256 under P-384"
    return "base direction" if has_direction(document) else pyld_fault(document)


def explained(tally: Counter[str], oracle: str, reason: str | None, fault: str | None) -> None:
    """Count a verdict; a refusal needs a known fault."""
    if reason is None:
        tally[f"{oracle}: verified"] += 1
    elif "Maximum deep iterations" in reason:
        tally[f"{oracle}: gave up on parts that look alike"] += 1
    elif oracle.startswith("openvc") and reason.startswith("ProofMalformed"):
        # Said only after the signature was found good: a rule of its own about spelling.
        tally[f"{oracle}: signature good, spelling refused"] += 1
    else:
        assert fault is not None, f"{oracle}: {reason}"
        tally[f"{oracle}: refused: {fault}"] += 1


@sizes(7, 120)
def test_what_we_sign_verifies_elsewhere(
    node: NodeOracle, tally: Counter[str], kind: Kind, examples: int
) -> None:
    def law(credential: Json) -> None:
        try:
            secured = sign(credential, kind)
        except TransformationError as error:
            tally[f"not signed by us: {error}"] += 1
            return
        assert verifies(secured)
        fault = digitalbazaar_fault(credential, kind)
        explained(tally, "digitalbazaar", verdict_of_digitalbazaar(node, secured), fault)
        explained(tally, "openvc", verdict_of_openvc(secured), openvc_fault(credential, kind))

    hold_for_all(ordinary_credentials(kind), examples, law, shrink=False, series=KINDS.index(kind))
    assert tally["digitalbazaar: verified"] > examples / 3


@sizes(6, 100)
def test_what_others_sign_verifies_here(
    node: NodeOracle, tally: Counter[str], kind: Kind, examples: int
) -> None:
    def judge(oracle: str, secured: Json, fault: str | None) -> None:
        if verifies(secured):
            tally[f"{oracle}: verified by us"] += 1
            return
        assert fault is not None, f"signed by {oracle}"
        tally[f"{oracle}: refused by us: {fault}"] += 1

    def law(credential: Json) -> None:
        if kind.is_rdfc:
            try:
                canonicalize_rdfc(credential)
            except TransformationError as error:
                tally[f"not accepted by us at all: {error}"] += 1
                return
        try:
            secured = sign_with_digitalbazaar(node, credential, kind)
        except OracleRefusedError as error:
            explained(tally, "digitalbazaar", str(error), None)
        else:
            judge("digitalbazaar", secured, None)
        try:
            secured = sign_with_openvc(credential, kind)
        except OpenvcError:
            tally["openvc: not signed"] += 1
            return
        if not kind.is_rdfc:
            # openvc signs this member and leaves it out: see test_proof_differences.py.
            secured["proof"]["@context"] = credential["@context"]
        judge("openvc", secured, openvc_fault(credential, kind))

    hold_for_all(ordinary_credentials(kind), examples, law, shrink=False, series=KINDS.index(kind))
    assert tally["digitalbazaar: verified by us"] > examples / 3


@sizes(12, 200)
def test_one_fault_is_judged_alike(node: NodeOracle, tally: Counter[str], kind: Kind, examples: int) -> None:
    """Refused by all where what is signed changed; where only its spelling did, each has rules of its own."""

    def law(given: tuple[Json, str, int]) -> None:
        credential, fault, number = given
        try:
            secured = sign(credential, kind)
        except TransformationError:
            return
        changed = mutant(secured, fault, number)
        if changed == secured:
            return
        ours, theirs = verifies(changed), verdict_of_digitalbazaar(node, changed)
        if fault not in ALWAYS_FAULTS and says_the_same(secured, changed, kind):
            # Refusals are for a rule about spelling then, never for the signature.
            assert theirs != "Invalid signature."
            tally["what is signed is the same"] += 1
            tally["what is signed is the same: accepted by us"] += ours
            tally["what is signed is the same: accepted by digitalbazaar"] += theirs is None
            return
        assert not ours, fault
        assert theirs is not None, fault
        assert verdict_of_openvc(changed) is not None, fault
        tally["refused by all"] += 1
        tally[f"refused by all: {fault}"] += 1

    given = st.tuples(ordinary_credentials(kind), st.sampled_from(sorted(FAULTS)), st.integers(0, 999))
    hold_for_all(given, examples, law, shrink=False, series=KINDS.index(kind))
    assert tally["refused by all"] > examples / 8


def says_the_same(secured: Json, changed: Json, kind: Kind) -> bool:
    """Whether what is signed is unchanged: the statements, or the JSON but for appended contexts."""
    before, after = (
        {name: value for name, value in document.items() if name != "proof"}
        for document in (secured, changed)
    )
    if not kind.is_rdfc:
        return {**after, "@context": before["@context"]} == before
    try:
        return canonicalize_rdfc(before) == canonicalize_rdfc(after)
    except TransformationError:
        return False
