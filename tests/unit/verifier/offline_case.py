"""One situation of a passport card: the text, the documents at hand, the policy, the moment.

``expect`` registers how one is made, with what must come of it, written by hand; ``judged`` is what the
server's own core says.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from tests.simulator import HOST, IssuerWorld
from tests.unit.vc.card.cards import issue
from vc.encoding.strict_json import JsonObject
from vc.encoding.timestamps import format_exact_timestamp
from vc.model.evidence import Evidence, EvidenceItem, Fetched, Seen, Unavailable
from vc.model.verdict import Answer, Question, Verification
from vc.trust.decide import decide
from vc.verify import Policy, step_card, step_trust
from vc.verify.trusted import Trust

_MARKS: Final = {Answer.YES: "+", Answer.NO: "-", Answer.COULD_NOT_CHECK: "?"}
_STEPS: Final = 10


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """One situation. ``documents`` is everything at hand, got at ``got_at``, or now where that is None."""

    text: str
    documents: Mapping[str, bytes]
    policy: Policy
    world: IssuerWorld
    seen: Seen | None = None
    got_at: datetime | None = None

    def for_the_page(self, name: str) -> JsonObject:
        """The situation as the page's code takes it."""
        now = format_exact_timestamp(self.world.now)
        got_at = format_exact_timestamp(self.got_at or self.world.now)
        seen = self.seen
        return {
            "name": name,
            "text": self.text,
            "now": now,
            "snapshot": {
                "trustAnchor": self.policy.trust_anchor.text,
                "didHost": HOST,
                "trustListUrl": self.policy.trust_list_url,
                "trustRootUrl": self.policy.trust_root_url,
                "demo": not self.policy.refuse_demo_issuers,
                "documents": {
                    url: {"fetchedAt": got_at, "body": body.decode()} for url, body in self.documents.items()
                },
            },
            "seen": None
            if seen is None
            else {
                "rootVersion": seen.root_version,
                "rootDigest": seen.root_digest,
                "listVersion": seen.list_version,
                "listDigest": seen.list_digest,
                "listKey": seen.list_key,
            },
        }


def judged(case: Case) -> Verification:
    """What the server's core says; what is not at hand is unavailable."""
    items: dict[str, EvidenceItem] = {}
    now = case.world.now
    for _ in range(_STEPS):
        answer = step_card(case.text, Evidence(items=items, seen=case.seen), case.policy, now)
        if isinstance(answer, Verification):
            return answer
        for url in answer.urls:
            body = case.documents.get(url)
            items[url] = (
                Unavailable(url=url, reason="unreachable", tried_at=now)
                if body is None
                else Fetched(url=url, body=body, fetched_at=case.got_at or now)
            )
    raise AssertionError("no end of rounds")


def in_short(verification: Verification) -> str:
    """Outcome and reasons in one line, as ``EXPECTED`` has them: + yes, - no, ? could not check."""
    verdicts = [verification.verdicts[question] for question in Question]
    said = [_MARKS[verdict.answer] + verdict.reason.value for verdict in verdicts]
    return " ".join([decide(verification).outcome.value, *said])


def case_of(
    world: IssuerWorld, text: str, *without: str, policy: Policy | None = None, seen: Seen | None = None
) -> Case:
    """``text`` now, with everything that ``world`` has published but the URLs ``without``."""
    documents = {url: body for url, body in world.documents.items() if url not in without}
    return Case(text=text, documents=documents, policy=policy or world.policy, world=world, seen=seen)


def altered(world: IssuerWorld, url: str, change: Callable[[bytes], bytes]) -> Case:
    """A good card, with the document at ``url`` changed on the way."""
    text = issue(world)
    world.documents[url] = change(world.documents[url])
    return case_of(world, text)


def seen_now(world: IssuerWorld) -> Seen | None:
    """What a verifier remembers after a check now."""
    trust = step_trust(world.evidence(), world.policy, world.now)
    assert isinstance(trust, Trust)
    return trust.seen


MAKERS: dict[str, Callable[[], Case]] = {}
EXPECTED: dict[str, str] = {}


def expect(in_short: str) -> Callable[[Callable[[], Case]], Callable[[], Case]]:
    """Register a case under the name of the function that makes it."""

    def register(make: Callable[[], Case]) -> Callable[[], Case]:
        assert make.__name__ not in EXPECTED
        MAKERS[make.__name__] = make
        EXPECTED[make.__name__] = in_short
        return make

    return register


_PERSON = "?identityNotChecked"
GOOD = f"accepted +proofValid +issuerAccredited +notRevoked {_PERSON}"
MALFORMED = "rejected -malformed ?notReached ?notReached ?notReached"
OTHER_VERSION = "undetermined ?suiteUnknown ?notReached ?notReached ?notReached"


def status(mark: str) -> str:
    """Genuine and entitled; this about its being in force."""
    outcome = "rejected" if mark.startswith("-") else "undetermined"
    return f"{outcome} +proofValid +issuerAccredited {mark} {_PERSON}"


def not_entitled(reason: str) -> str:
    """Genuine and in force, from an issuer that was not entitled."""
    return f"rejected +proofValid -{reason} +notRevoked {_PERSON}"


def no_trust(reason: str) -> str:
    """There is no trust list to judge by."""
    return f"undetermined ?keyUnavailable ?{reason} ?notReached {_PERSON}"


def not_authentic(mark: str, entitled: str = "?notReached") -> str:
    """This about the signature and its key, and so about the issuer."""
    outcome = "rejected" if "-" in (mark[0], entitled[0]) else "undetermined"
    return f"{outcome} {mark} {entitled} ?notReached {_PERSON}"
