"""The answer on one credential, written straight into bytes: what does not change is put into words once.

``verifier.rendering`` defines the answer. What is written here is the same byte for byte
(``tests/unit/verifier/test_answers.py``), in a tenth of the time: verdicts, bases and decisions of a verifier
repeat from one credential to the next, and only moments and ages are new.
"""

from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from typing import Final

import orjson

from runtime.i18n import name_in
from runtime.problems import finding_json
from vc.card.document import CARD_TYPE
from vc.encoding.strict_json import JsonValue
from vc.encoding.timestamps import format_timestamp
from vc.model.verdict import Answer, CheckedAgainst, Decision, Question, Reason, Verdict, Verification
from verifier.rendering import Audience, Translate, decision_json, named_issuer, render_verification, to_json
from verifier.sentences import BASIS_LABELS, NOTICE, SENTENCES

Catalogue = Callable[[str, str], str]
"""Language and message identifier → the text."""

_KEPT: Final = 4_096
_SINCE: Final = frozenset({Reason.REVOKED, Reason.REPLACED, Reason.SUSPENDED})


class AnswerWriter:
    """Writes the answers of one application; what it keeps are texts of its own, and names of lists."""

    def __init__(self, catalogue: Catalogue, *, origin: str) -> None:
        self._catalogue = catalogue
        self._origin = origin
        self._decided = lru_cache(_KEPT)(self._new_decided)
        self._verdict_head = lru_cache(_KEPT)(self._new_verdict_head)
        self._basis = lru_cache(_KEPT)(self._new_basis)
        self._timeless = lru_cache(_KEPT)(self._new_timeless)
        self._notice = lru_cache(_KEPT)(self._new_notice)

    def write(
        self,
        verification: Verification,
        decision: Decision,
        language: str,
        audience: Audience = Audience.BEARER,
    ) -> bytes:
        """``verification`` and ``decision`` as ``to_json(render_verification(…))`` has them, in UTF-8."""
        document = verification.document
        if document is not None and document.get("type") == [CARD_TYPE]:
            translate = self.translate_to(language)
            result = render_verification(verification, decision, language, translate, audience=audience)
            return orjson.dumps(to_json(result, origin=self._origin))
        now = verification.checked_at
        moment = format_timestamp(now).encode()
        parts = [self._decided(language, decision)]
        for question in Question:
            self._write_verdict(parts, verification.verdicts[question], language, now, moment)
        issuer = {
            "id": named_issuer(verification),
            "name": name_in(verification.issuer_name, language),
        }
        findings = [finding_json(finding, origin=self._origin) for finding in verification.findings]
        parts += (
            b'},"issuer":',
            orjson.dumps(issuer),
            b',"problemDetails":',
            orjson.dumps(findings),
            b',"checkedAt":"',
            moment,
            self._notice(language),
            b"true}" if verification.is_demo else b"false}",
        )
        return b"".join(parts)

    def translate_to(self, language: str) -> Translate:
        """The catalogue of ``language`` as a function."""
        return lambda msgid: self._catalogue(language, msgid)

    def _write_verdict(
        self, parts: list[bytes], verdict: Verdict, language: str, now: datetime, moment: bytes
    ) -> None:
        at = verdict.checked_at
        checked = moment if at is now else format_timestamp(at).encode()
        parts += (self._verdict_head(language, verdict.question, verdict.answer, verdict.reason), checked)
        before = b'","against":['
        for basis in verdict.against:
            parts.append(before)
            before = b","
            if basis.as_of is at and basis.fetched_at is None:
                # Our clock, whose moment is another each time.
                timeless = self._timeless(language, basis.kind, basis.name, basis.version)
                parts += (timeless, checked, b'"}')
                continue
            parts.append(self._basis(language, basis))
            if basis.fetched_at is not None:
                parts.append(b"%d}" % max(0, int((at - basis.fetched_at).total_seconds())))
        parts.append(b"]" if verdict.against else b'","against":[]')
        if verdict.reason in _SINCE:
            parts += (b',"since":', orjson.dumps(verdict.since))
        parts.append(b"}")

    def _new_decided(self, language: str, decision: Decision) -> bytes:
        """Everything before the first verdict."""
        members = decision_json(decision, self.translate_to(language))
        return orjson.dumps(members)[:-1] + b',"verdicts":{'

    def _new_verdict_head(self, language: str, question: Question, answer: Answer, reason: Reason) -> bytes:
        """Everything before the moment of a verdict; all but the first stand behind a comma."""
        said = {
            "answer": answer.value,
            "reason": reason.value,
            "sentence": self._catalogue(language, SENTENCES[reason]),
        }
        comma = b"" if question is next(iter(Question)) else b","
        return comma + orjson.dumps(question.value) + b":" + orjson.dumps(said)[:-1] + b',"checkedAt":"'

    def _new_basis(self, language: str, basis: CheckedAgainst) -> bytes:
        """A basis; one that was fetched ends before the number of seconds since then."""
        label = self._catalogue(language, BASIS_LABELS[basis.kind])
        said: dict[str, JsonValue] = {"kind": basis.kind, "label": label, "name": basis.name}
        if basis.version is not None:
            said["version"] = basis.version
        if basis.as_of is not None:
            said["asOf"] = format_timestamp(basis.as_of)
        if basis.fetched_at is None:
            return orjson.dumps(said)
        said["fetchedAt"] = format_timestamp(basis.fetched_at)
        return orjson.dumps(said)[:-1] + b',"ageSeconds":'

    def _new_timeless(self, language: str, kind: str, name: str, version: str | None) -> bytes:
        """A basis that was never fetched, before the moment that it is of."""
        basis = CheckedAgainst(kind=kind, name=name, version=version)
        return self._new_basis(language, basis)[:-1] + b',"asOf":"'

    def _new_notice(self, language: str) -> bytes:
        notice = self._catalogue(language, NOTICE)
        return b'","notice":' + orjson.dumps(notice) + b',"demo":'
