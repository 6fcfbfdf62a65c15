"""The rows of a batch, said once: page, JSON answer and report are drawn from the same values."""

from dataclasses import dataclass
from typing import Any, Final

import orjson

from runtime.i18n import gettext_noop
from vc.encoding.strict_json import JsonObject, JsonValue
from vc.encoding.timestamps import format_timestamp
from verifier.answers import AnswerWriter
from verifier.award import summary_of
from verifier.batch import Batch, BatchRow, RowOutcome
from verifier.extract import link_or_none
from verifier.rendering import Audience, RenderedResult, Translate, render_verification, to_json
from verifier.sentences import NOTICE

OUTCOME_WORDS: Final = {
    RowOutcome.REJECTED: gettext_noop("Rejected"),
    RowOutcome.UNDETERMINED: gettext_noop("Could not be decided"),
    RowOutcome.UNREADABLE: gettext_noop("Could not be read"),
    RowOutcome.NO_CONSENT: gettext_noop("No consent"),
    RowOutcome.ACCEPTED: gettext_noop("Accepted"),
}
_LINE: Final = gettext_noop("Line %(number)s")
_PART: Final = gettext_noop("Certificate %(number)s of %(all)s")
_DUPLICATE: Final = gettext_noop("The same as row %(number)s")


@dataclass(frozen=True, kw_only=True, slots=True)
class ShownRow:
    """One row in the reader's language.

    ``where`` says which line or part it is, None for a whole file. ``result`` is None where nothing was
    verified; ``headline`` then says why.
    """

    number: int
    name: str
    where: str | None
    outcome: RowOutcome
    word: str
    headline: str
    problem: str | None
    duplicate: str | None
    result: RenderedResult | None
    is_stranger: bool

    @property
    def title(self) -> str | None:
        """What the certificate is about."""
        return None if self.result is None or self.result.summary is None else self.result.summary.title

    @property
    def names(self) -> tuple[str, ...]:
        """Whose it is, in one or two scripts."""
        return () if self.result is None or self.result.summary is None else self.result.summary.names

    @property
    def is_authentic(self) -> bool:
        """Whether it is what its issuer signed. Of anything else nobody is named as the issuer."""
        return self.result is not None and self.result.summary is not None

    @property
    def issuer(self) -> str | None:
        """The issuer's name from the trust list, None where that does not know it."""
        return None if self.result is None else self.result.issuer_name


def show_row(row: BatchRow, language: str, translate: Translate) -> ShownRow:
    """Say ``row`` in ``language``."""
    checked = row.checked
    result = None
    if checked is not None:
        result = render_verification(
            checked.verification, checked.decision, language, translate, audience=checked.audience
        )
    problem = None if row.problem is None else translate(row.problem)
    return ShownRow(
        number=row.number,
        name=row.row.name or _pasted(row),
        where=_where(row, translate),
        outcome=row.outcome,
        word=translate(OUTCOME_WORDS[row.outcome]),
        headline=problem or ("" if result is None else result.headline),
        problem=problem,
        duplicate=None if row.duplicate_of is None else translate(_DUPLICATE) % {"number": row.duplicate_of},
        result=result,
        is_stranger=checked is not None and checked.audience is Audience.STRANGER,
    )


def _pasted(row: BatchRow) -> str:
    """A pasted link or code goes by itself; of anything longer, and of a share, the line says enough."""
    return "" if row.is_share else link_or_none(row.row.brought.decode()) or ""


def _where(row: BatchRow, translate: Translate) -> str | None:
    parts = []
    if row.row.line is not None:
        parts.append(translate(_LINE) % {"number": row.row.line})
    if row.part is not None:
        parts.append(translate(_PART) % {"number": row.part[0], "all": row.part[1]})
    return ", ".join(parts) or None


def batch_json(batch: Batch, language: str, translate: Translate, *, origin: str) -> JsonObject:
    """The answer for programs. ``origin`` makes our own problem types absolute."""
    rows = [row_json(row, language, translate, origin=origin) for row in batch.rows]
    return _batch_members(batch, translate, rows)


def batch_bytes(batch: Batch, language: str, writer: AnswerWriter) -> bytes:
    """``batch_json`` in UTF-8."""
    translate = writer.translate_to(language)
    rows = [_written_row(row, language, translate, writer) for row in batch.rows]
    return orjson.dumps(_batch_members(batch, translate, rows))


def row_json(row: BatchRow, language: str, translate: Translate, *, origin: str) -> JsonObject:
    """One row for programs; ``answer`` is as of ``POST /credentials/verify``, null where there is none."""
    answer: JsonValue = None
    if row.checked is not None:
        checked = row.checked
        result = render_verification(
            checked.verification, checked.decision, language, translate, audience=checked.audience
        )
        answer = to_json(result, origin=origin)
    return {**_row_members(row, language, translate), "answer": answer}


def _written_row(row: BatchRow, language: str, translate: Translate, writer: AnswerWriter) -> dict[str, Any]:
    answer = None
    if row.checked is not None:
        checked = row.checked
        answer = orjson.Fragment(
            writer.write(checked.verification, checked.decision, language, checked.audience)
        )
    return {**_row_members(row, language, translate), "answer": answer}


def _batch_members(batch: Batch, translate: Translate, rows: list[Any]) -> JsonObject:
    return {
        "checkedAt": format_timestamp(batch.sitting.now),
        "counts": {outcome.value: number for outcome, number in batch.counts.items()},
        "rows": rows,
        "notice": translate(NOTICE),
    }


def _row_members(row: BatchRow, language: str, translate: Translate) -> JsonObject:
    """Everything but the answer."""
    checked, problem = row.checked, None if row.problem is None else translate(row.problem)
    document = None if checked is None else checked.verification.document
    summary = None if document is None else summary_of(document, language)
    return {
        "number": row.number,
        "name": row.row.name,
        "line": row.row.line,
        "brought": "share" if row.is_share else "text" if row.row.is_text else "file",
        "part": None if row.part is None else list[JsonValue](row.part),
        "sha256": row.row.digest,
        "openedSha256": row.opened,
        "outcome": row.outcome.value,
        "headline": problem or ("" if checked is None else translate(checked.decision.headline)),
        "problem": problem,
        "duplicateOf": row.duplicate_of,
        "title": None if summary is None else summary.title,
        "names": [] if summary is None else list[JsonValue](summary.names),
        "issuedOn": None if summary is None else summary.issued_on,
    }
