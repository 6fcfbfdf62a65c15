"""What must hold of a class list that was issued in several lives, whatever ended the others."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from tests.crash.death import Witness
from tests.crash.issuing_life import ROWS

Intent = dict[str, Any]


REPEATABLE, NOT_REPEATABLE = "eddsa-jcs-2022", "ecdsa-jcs-2019"
"""A cryptosuite whose keys sign the same bytes with the same signature, and one whose keys do not."""


def check_issued(told: dict[str, Any], witness: Witness, suite: str) -> None:
    """Every promise of issuing, over what the last life told and what was witnessed in all of them."""
    intents: list[Intent] = told["intents"]
    assert told["class_state"] == "issued"
    assert told["undelivered"] == []
    assert {intent["cryptosuite"] for intent in intents} == {suite}
    _check_one_certificate_per_row(intents)
    _check_nothing_is_given_twice(intents)
    _check_signatures(intents, witness.seen("signature"), repeatable=suite == REPEATABLE)
    _check_what_left(intents, witness.seen("left"))


def _check_one_certificate_per_row(intents: Sequence[Intent]) -> None:
    issued = [intent for intent in intents if intent["state"] == "issued"]
    assert {intent["state"] for intent in intents} <= {"issued", "retired"}
    assert len({intent["row"] for intent in issued}) == len(issued) == ROWS
    for intent in issued:
        assert intent["kept_found"] == "accepted notRevoked"
        assert not intent["bit"]


def _check_nothing_is_given_twice(intents: Sequence[Intent]) -> None:
    for name in ("credential_id", "index"):
        assert len({intent[name] for intent in intents}) == len(intents), f"{name} was given twice"
    for name in ("award_key", "certificate_number"):
        of_rows = {(intent["row"], intent[name]) for intent in intents}
        assert len(of_rows) == len({value for _, value in of_rows}) == ROWS, f"{name} was given twice"


def _check_signatures(
    intents: Sequence[Intent], signatures: Sequence[dict[str, str]], *, repeatable: bool
) -> None:
    by_data = {intent["data"]: intent for intent in intents}
    assert {line["data"] for line in signatures} <= by_data.keys(), "signed without a recorded intent"
    if repeatable:
        assert len({line["signature"] for line in signatures}) == len({line["data"] for line in signatures})
        assert all(intent["state"] == "issued" for intent in intents)
    else:
        uses = Counter(line["data"] for line in signatures)
        assert set(uses.values()) <= {1}, "a key that may not repeat itself was used twice for one intent"
    for intent in intents:
        if intent["state"] == "retired":
            assert intent["bit"], "the index of a retired intent is not revoked in the published list"
            assert intent["copy_found"] in (None, "rejected revoked"), "a stray copy is believed"


def _check_what_left(intents: Sequence[Intent], left: Sequence[dict[str, str]]) -> None:
    kept = {intent["credential_id"]: intent["digest"] for intent in intents if intent["state"] == "issued"}
    gone = {(line["credential_id"], line["digest"]) for line in left}
    assert gone == set(kept.items()), "what left is not what was recorded"
