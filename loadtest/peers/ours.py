"""Our own verification, with everything published at hand and no proof remembered."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import orjson

from vc.jose.envelope import envelop_credential
from vc.model.evidence import Evidence, Fetched, Need
from vc.model.verdict import Outcome, Verification
from vc.trust.anchor import parse_anchor
from vc.trust.decide import decide
from vc.verify import Expectation, Policy, step, step_sd_jwt_vc

_NOTHING_ASKED = Expectation(challenge=None, domain=None)


def prepare(given: Mapping[str, Any], _options: Mapping[str, Any]) -> Callable[[str], bool]:
    """What verifies one credential of the set in full, to the decision; cold: its proof is checked anew.

    The lists are verified and decoded once, over two credentials that are not among those timed.
    """
    now = datetime.fromisoformat(given["moment"])
    policy = _policy(given["trust"])
    items = {
        url: Fetched(url=url, body=text.encode(), fetched_at=now) for url, text in given["documents"].items()
    }
    warm = Evidence(items=items)
    run = _run_sd_jwt_vc if given["format"].startswith("SD-JWT") else _run
    for text in (given["spare"], given["revoked"]):
        run(text, warm, policy, now)
    lists = warm.memo

    def verify(text: str) -> bool:
        evidence = Evidence(items=items, memo=dict(lists))
        answer = run(text, evidence, policy, now)
        return isinstance(answer, Verification) and decide(answer).outcome is Outcome.ACCEPTED

    return verify


def _policy(pinned: Mapping[str, str]) -> Policy:
    return Policy(
        trust_list_url=pinned["list"],
        trust_root_url=pinned["root"],
        trust_anchor=parse_anchor(pinned["anchor"], did=pinned["did"]),
        # The centre's host is one of those reserved for examples.
        refuse_demo_issuers=False,
    )


def _run(text: str, evidence: Evidence, policy: Policy, now: datetime) -> Need | Verification:
    # A token comes to the core in its envelope, as every door of the verifier hands it on.
    raw = text.encode() if text.startswith("{") else orjson.dumps(envelop_credential(text))
    return step(raw, evidence, policy, now)


def _run_sd_jwt_vc(text: str, evidence: Evidence, policy: Policy, now: datetime) -> Need | Verification:
    return step_sd_jwt_vc(text, evidence, policy, now, _NOTHING_ASKED)
