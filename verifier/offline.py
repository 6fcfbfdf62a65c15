"""What the offline page needs: the texts it speaks with, and a snapshot of everything a card rests on.

The snapshot adds no trust of its own. Every document in it is signed by those who published it, or is a
DID document whose keys stand on the signed trust list; the page judges them as ``vc.verify.card`` does.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlsplit

import orjson
from babel import Locale

from runtime.evidence_bundle import EvidenceBundle
from vc.card.claims import FACT_TYPES
from vc.card.document import LIST_CRYPTOSUITE
from vc.encoding.strict_json import JsonObject, JsonValue
from vc.encoding.timestamps import format_exact_timestamp
from vc.model.evidence import Fetched
from vc.model.verdict import Answer, Outcome, Question, Reason, Verdict, Verification
from vc.trust.decide import decide
from verifier.cards import titles_by_code
from verifier.rendering import Translate
from verifier.sentences import IDENTITY_NOT_CHECKED, NEXT_STEPS, NOTICE, SENTENCES

FORMAT: Final = "skills-passport-snapshot-1"

# Cards name their lists in one encoding. The notes beside them have no other.
_LISTS: Final = re.compile(r".*/status/(?:lists|suspensions|tokens)(?:/.*)?")
_MOMENT: Final = datetime(2000, 1, 1, tzinfo=UTC)
# Numbers enough to meet every plural form of every language.
_COUNTS: Final = range(200)


@dataclass(frozen=True, kw_only=True, slots=True)
class Snapshot:
    """The documents of one evidence bundle as JSON, and the entity tag of what they say."""

    bundle: EvidenceBundle
    documents: bytes
    etag: str

    def body(self, *, now: datetime) -> bytes:
        """The whole answer at ``now`` (aware)."""
        bundle = self.bundle
        head: JsonObject = {
            "format": FORMAT,
            "madeAt": format_exact_timestamp(bundle.made_at),
            "serverTime": format_exact_timestamp(now),
            "demo": bundle.is_demo,
            "didHost": bundle.did_host,
            "baseUrl": bundle.base_url,
            "trustAnchor": bundle.anchor,
            "trustListUrl": bundle.trust_list_url,
            "trustRootUrl": bundle.trust_root_url,
        }
        # The documents are written once and not again for everybody who asks.
        return orjson.dumps(head)[:-1] + b',"documents":' + self.documents + b"}"


def make_snapshot(bundle: EvidenceBundle) -> Snapshot:
    """The documents of ``bundle`` that checking a card may need."""
    documents: dict[str, JsonValue] = {}
    digest = hashlib.sha256(bundle.anchor.encode())
    for url, item in sorted(bundle.items.items()):
        text = _text(item.body) if isinstance(item, Fetched) and _is_needed(url) else None
        if text is not None and isinstance(item, Fetched):
            documents[url] = {"fetchedAt": format_exact_timestamp(item.fetched_at), "body": text}
            digest.update(url.encode() + b"\0" + hashlib.sha256(item.body).digest())
    return Snapshot(bundle=bundle, documents=orjson.dumps(documents), etag=f'"{digest.hexdigest()}"')


def _is_needed(url: str) -> bool:
    path = urlsplit(url).path
    return _LISTS.fullmatch(path) is None or path.endswith(f"/{LIST_CRYPTOSUITE}")


def _text(body: bytes) -> str | None:
    """``body`` as text; None for a document in a binary encoding."""
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return None


def texts_for(language: str, translate: Translate) -> JsonObject:
    """Everything the page says about a card, in ``language``; ``translate`` is its catalogue."""
    return {
        "language": language,
        "sentences": {reason.value: translate(sentence) for reason, sentence in SENTENCES.items()},
        "headlines": _headlines(translate),
        "identityNotChecked": translate(IDENTITY_NOT_CHECKED),
        "nextSteps": {
            reason.value: [translate(step) for step in NEXT_STEPS[reason]] for reason in NEXT_STEPS
        },
        "notice": translate(NOTICE),
        "titles": {
            kind.name: {code: list[JsonValue](titles) for code, titles in titles_by_code(kind.name).items()}
            for kind in FACT_TYPES.values()
        },
    }


def _headlines(translate: Translate) -> JsonObject:
    """What ``vc.trust.decide`` says, by outcome; and by the question whose *no* decides and its reason.

    The empty reason stands for all that are not named.
    """
    good = {question: _verdict(question, Answer.YES, Reason.PROOF_VALID) for question in Question}
    unsure = {
        question: _verdict(question, Answer.COULD_NOT_CHECK, Reason.NOT_REACHED) for question in Question
    }
    headlines: JsonObject = {
        Outcome.ACCEPTED.value: translate(_headline(good)),
        Outcome.UNDETERMINED.value: translate(_headline(unsure)),
    }
    for question in Question:
        said = {
            reason: _headline(good | {question: _verdict(question, Answer.NO, reason)}) for reason in Reason
        }
        usual = said[Reason.NOT_REACHED]
        own = {reason.value: translate(text) for reason, text in said.items() if text != usual}
        headlines[question.value] = {"": translate(usual), **own}
    return headlines


def _verdict(question: Question, answer: Answer, reason: Reason) -> Verdict:
    return Verdict(question=question, answer=answer, reason=reason, checked_at=_MOMENT)


def _headline(verdicts: Mapping[Question, Verdict]) -> str:
    return decide(Verification(verdicts=verdicts, findings=(), checked_at=_MOMENT)).headline


def plural_samples(language: str) -> Mapping[str, int]:
    """A number for each plural category of ``language`` (CLDR), to ask the catalogue for that form."""
    category = Locale(language).plural_form
    return {str(category(number)): number for number in reversed(_COUNTS)}
