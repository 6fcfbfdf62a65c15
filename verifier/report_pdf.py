"""The report as a PDF for people; everything variable is data, never markup."""

import json
import unicodedata
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any, Final

from runtime.i18n import display_date, display_moment, gettext_noop
from runtime.pages import DEMO_WARNING
from runtime.typesetting import typeset
from vc.encoding.strict_json import JsonObject
from verifier.batch import Batch
from verifier.batch_rendering import OUTCOME_WORDS, ShownRow, show_row
from verifier.rendering import RenderedResult, Translate

_TEMPLATE: Final = Path(__file__).with_name("report.typ")
_TITLE: Final = gettext_noop("Report on checked certificates")
_FILE_OR_LINE: Final = gettext_noop("File or line")
_RESULT: Final = gettext_noop("Result")
_PERSON: Final = gettext_noop("Name as printed")
_AWARD: Final = gettext_noop("Title")
_ISSUER: Final = gettext_noop("Issuer (from the trust list)")
_WHEN: Final = gettext_noop("Checked")
_VERIFIER: Final = gettext_noop("Checked by")
_ASKED_BY: Final = gettext_noop("Asked by")
_WITHOUT_ACCOUNT: Final = gettext_noop("without an account")
_PURPOSE: Final = gettext_noop("Purpose of the check")
_AGAINST: Final = gettext_noop("What it was checked against")
_SIGNED: Final = gettext_noop(
    "This page is made of report.json beside it, which is signed and names the digest of this page. "
    "With the evidence and the files in the same ZIP, every answer can be worked out again."
)
_NOT_LISTED: Final = gettext_noop("not on the trust list")
_SINCE: Final = gettext_noop("Since: %(when)s")
_SINCE_UNKNOWN: Final = gettext_noop("Since: not known")
_SHOWN_DIGEST: Final = 16
# What Noto Sans and Noto Sans Khmer can set: up to Cyrillic, Khmer, and Latin and Greek with marks.
_SETTABLE: Final = ((0x20, 0x530), (0x1780, 0x1800), (0x19E0, 0x1A00), (0x1E00, 0x2070))


def report_pdf(content: JsonObject, batch: Batch, language: str, translate: Translate) -> bytes:
    """The PDF of a report whose JSON is ``content``, in ``language``: Khmer, or one in Latin letters.

    Raises ``FontsMissingError``.
    """
    view = {
        "language": language,
        "title": translate(_TITLE),
        "warning": translate(DEMO_WARNING) if content["demo"] else None,
        "date": f"{batch.sitting.now:%Y-%m-%d}",
        "facts": list(_facts(content, batch, language, translate)),
        "counts": [[translate(OUTCOME_WORDS[outcome]), count] for outcome, count in batch.counts.items()],
        "headings": [translate(text) for text in (_FILE_OR_LINE, _RESULT, _PERSON, _AWARD, _ISSUER)],
        "rows": [
            _row(show_row(row, language, translate), row.row.digest, language, translate)
            for row in batch.worst_first
        ],
        "against_title": translate(_AGAINST),
        "against": list(_against(content)),
        "notice": content["notice"],
        "signed": translate(_SIGNED),
    }
    return typeset(_TEMPLATE, {"report": json.dumps(_settable(view), ensure_ascii=False)})


def _facts(content: Any, batch: Batch, language: str, translate: Translate) -> Iterator[list[str]]:
    asked_by = content["askedBy"]
    yield [translate(_WHEN), display_moment(batch.sitting.now, language)]
    yield [translate(_VERIFIER), content["verifier"]["id"]]
    yield [
        translate(_ASKED_BY),
        translate(_WITHOUT_ACCOUNT)
        if asked_by is None
        else f"{asked_by['organisation'] or ''} ({asked_by['licenceNumber']})",
    ]
    if content["purpose"] is not None:
        yield [translate(_PURPOSE), content["purpose"]]


def _row(shown: ShownRow, digest: str, language: str, translate: Translate) -> dict[str, Any]:
    result = shown.result
    said = [shown.headline]
    if result is not None and shown.problem is None:
        said = [
            result.headline if result.beside is None else f"{result.headline} ({result.beside})",
            *result.reason_sentences,
            *_since(result, language, translate),
        ]
    return {
        "number": shown.number,
        "name": shown.name,
        "where": shown.where,
        "duplicate": shown.duplicate,
        "digest": digest[:_SHOWN_DIGEST],
        "outcome": shown.outcome.value,
        "word": shown.word,
        "said": said,
        "names": list(shown.names),
        "title": shown.title,
        "issuer": (shown.issuer or translate(_NOT_LISTED)) if shown.is_authentic else None,
    }


def _since(result: RenderedResult, language: str, translate: Translate) -> Iterator[str]:
    for verdict in result.verdicts:
        if verdict.has_since:
            day = verdict.since and display_date(date.fromisoformat(verdict.since), language)
            yield translate(_SINCE) % {"when": day} if day else translate(_SINCE_UNKNOWN)


def _against(content: Any) -> Iterator[list[str]]:
    for basis in content["checkedAgainst"]:
        of = [basis["name"], basis["version"], basis["asOf"]]
        yield [basis["label"], " · ".join(text for text in of if text)]


def _settable(value: Any) -> Any:
    """``value`` with a question mark for each letter that the fonts do not have: names of files have any."""
    if isinstance(value, str):
        return "".join(character if _is_settable(character) else "?" for character in value)
    if isinstance(value, list):
        return [_settable(item) for item in value]
    return {name: _settable(item) for name, item in value.items()} if isinstance(value, dict) else value


def _is_settable(character: str) -> bool:
    is_known = any(start <= ord(character) < end for start, end in _SETTABLE)
    return is_known and unicodedata.category(character) not in ("Cc", "Cn", "Co")
