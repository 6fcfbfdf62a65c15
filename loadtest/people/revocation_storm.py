"""Two officers revoke case after case while verifiers ask about the same certificates again and again.

From the moment the second officer's agreement was acknowledged, and the promised seconds later, no answer may
call such a certificate good; and none may be called revoked before an officer asked for it.
"""

import time
from collections.abc import Sequence
from typing import Any, Final

import orjson
from locust import FastHttpUser, task

from loadtest.bodies import JSON_TYPE
from loadtest.people.shared import ACCEPTED, PLAN, RECORD, REJECTED, Person

_PILE: Final = "eddsa-rdfc-2022"
_PROMISED_SECONDS: Final = float(PLAN.told["promised_seconds"])
_IDS: Final[Sequence[str]] = PLAN.told["credential_ids"]
_CASE: Final = 3
_asked_for: set[int] = set()
_acknowledged: dict[int, float] = {}


class Officers(FastHttpUser):
    """One opens a case and asks for its revocation, the other agrees; then the next case."""

    fixed_count = 1
    abstract = False

    def wait_time(self) -> float:
        """Officers read before they agree."""
        return 0.5

    @task
    def revoke(self) -> None:
        """One case from its beginning to its end; the last certificates stay good."""
        first = len(_asked_for)
        wave = range(first, min(first + _CASE, len(_IDS) - _CASE))
        if not wave:
            return
        _asked_for.update(wave)
        opened = self._post("open a case", "", 0, {"credentials": [_IDS[i] for i in wave], "reason": "FRAUD"})
        case = f"/{opened['case_id']}"
        self._post("ask to revoke", f"{case}/revoke", 0)
        self._post("agree", f"{case}/agree", 1)
        acknowledged = time.monotonic()
        _acknowledged.update(dict.fromkeys(wave, acknowledged))
        RECORD.facts["revoked"] = len(_acknowledged)

    def _post(self, act: str, path: str, officer: int, body: object = None) -> dict[str, Any]:
        headers = {"Cookie": PLAN.told["cookies"][officer], "Origin": self.host, "Content-Type": JSON_TYPE}
        text = orjson.dumps(body or {}).decode()
        response = self.client.post(f"/revocation/api/cases{path}", data=text, headers=headers, name=act)
        answer: dict[str, Any] = orjson.loads(response.content or b"{}")
        return answer


class Verifier(Person):
    """Asks about any of them."""

    def check(self) -> None:
        """Check one, and judge by when it was asked."""
        pile = PLAN.piles[_PILE]
        which, asked_at = self.draw.below(len(pile.good)), time.monotonic()
        was_asked_for = which in _asked_for
        acknowledged = _acknowledged.get(which)
        age = None if acknowledged is None else asked_at - acknowledged
        wanted: tuple[str, ...]
        if age is not None and age > _PROMISED_SECONDS:
            act, wanted = "revoked, after the promised time", (REJECTED,)
        elif was_asked_for:
            act, wanted = "revoked just now", (ACCEPTED, REJECTED)
        else:
            # It may be revoked while the answer is under way.
            act, wanted = "not revoked", (ACCEPTED, REJECTED)
        outcome = self.post(act, pile.path, pile.good[which], wanted)
        if outcome == REJECTED and which not in _asked_for:
            RECORD.note_wrong("called revoked though nobody asked for it")
        if outcome == ACCEPTED and age is not None:
            RECORD.facts["longest_still_good_seconds"] = max(
                age, RECORD.facts.get("longest_still_good_seconds", 0.0)
            )
