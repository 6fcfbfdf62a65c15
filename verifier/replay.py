"""Checking a report again: its signature, its digests, and every answer in it from the archived evidence.

Nobody is contacted and no clock is asked: the time is that of the report. What is trusted is the anchor
the caller gives, never the one that lies in the evidence.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import partial
from hashlib import sha256
from typing import Any, Final

import anyio

from runtime.clock import FixedClock
from runtime.evidence_bundle import BundleSource, EvidenceBundle, read_bundle
from runtime.i18n import Translator
from runtime.trust_memory import TrustMemory
from runtime.verification import Sitting, VerificationShell
from vc.crypto.keys import PublicKey
from vc.encoding.strict_json import JsonValue
from vc.errors import NotFound, ProtocolError
from vc.proof.data_integrity import check_proof_options, parse_proofs, verify_proof
from vc.trust.licences import VerifierClass
from verifier.askers import Asker
from verifier.batch import BatchDesk, BatchRow
from verifier.batch_reading import Row
from verifier.batch_rendering import row_json
from verifier.consents import NoShares
from verifier.links import SharedToken, TypedCode
from verifier.report import CRYPTOSUITE, EVIDENCE, REPORT_PDF
from verifier.report_reading import ReceivedReport, read_report
from verifier.service import VerifierService

_SECONDS: Final = 3_600
_WORDS: Final = frozenset(
    {"sentence", "headline", "label", "nextSteps", "notice", "problem", "problemDetails"}
    | {"number", "duplicateOf"}
)
# A report never holds more rows than a licensed organisation may send; no consent is asked for again.
_ANYBODY: Final = Asker(licence_number="replay", verifier_class=VerifierClass.PUBLIC_BODY)


class RowReplay(StrEnum):
    """What came of one row of a report."""

    SAME = "same"
    DIFFERENT = "different"
    NEEDS_CERTIFICATE = "needsCertificate"
    """Of a link or code: the certificate behind it is not in the report; it can be given beside it."""
    NOTHING_CHECKED = "nothingChecked"
    """Nothing was checked then, for want of consent or of anything to read, so nothing is now."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ReplayedRow:
    """One row: what the report says came of it, and what comes of it now (None where nothing was checked)."""

    number: int
    name: str
    replay: RowReplay
    recorded: str
    found: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class ReplayResult:
    """What came of checking a report again.

    ``faults`` names what was altered, is missing, or is not signed as it says: ``signature``, or files of
    the ZIP; with any there are no ``rows``. ``key`` (a multikey) is the one that ``verifier`` (a DID)
    signed with as the report itself says: compare it with what that DID publishes.
    """

    verifier: str
    key: str
    made_at: datetime
    is_demo: bool
    faults: tuple[str, ...]
    rows: tuple[ReplayedRow, ...]

    @property
    def holds(self) -> bool:
        """Whether nothing was altered and no row has another answer."""
        return not self.faults and all(row.replay is not RowReplay.DIFFERENT for row in self.rows)


def replay(report_zip: bytes, *, anchor: str, certificates: Sequence[bytes] = ()) -> ReplayResult:
    """``replay_async`` for callers without an event loop, such as commands."""
    return anyio.run(partial(replay_async, report_zip, anchor=anchor, certificates=certificates))


async def replay_async(report_zip: bytes, *, anchor: str, certificates: Sequence[bytes] = ()) -> ReplayResult:
    """Check a report again, trusting ``anchor`` (as in ``PASSPORT_TRUST_ANCHOR``).

    ``certificates`` are those behind links and codes, where their holders have shown them since. Raises
    ``MalformedValue`` or ``RangeError`` for what is no report, or no anchor.
    """
    report = read_report(report_zip)
    faults = tuple(dict.fromkeys(_faults(report)))
    rows: tuple[ReplayedRow, ...] = ()
    if not faults:
        rows = await _replayed(report, anchor, {sha256(raw).hexdigest(): raw for raw in certificates})
    return ReplayResult(
        verifier=report.verifier,
        key=report.key,
        made_at=report.made_at,
        is_demo=report.is_demo,
        faults=faults,
        rows=rows,
    )


def _faults(report: ReceivedReport) -> Iterable[str]:
    if not _is_signed(report):
        yield "signature"
    for name in (EVIDENCE, REPORT_PDF):
        if sha256(report.files.get(name, b"")).hexdigest() != report.digests.get(name):
            yield name
    for name, data in report.files.items():
        digest = name.removeprefix("inputs/")
        if digest != name and sha256(data).hexdigest() != digest:
            yield name
    # The link of a share opens what its holder may have ended since, and is in no report.
    missing = {
        row["sha256"] for row in report.rows if row["answer"] is not None and row["brought"] != "share"
    }
    yield from sorted(f"inputs/{digest}" for digest in missing if f"inputs/{digest}" not in report.files)
    if EVIDENCE in report.files and not _is_its_evidence(report):
        yield EVIDENCE


def _is_signed(report: ReceivedReport) -> bool:
    """One proof, by the key that the report says its verifier signs with."""
    try:
        (proof,) = parse_proofs(report.document)
        key = PublicKey.from_multikey(report.key)
    except (ProtocolError, ValueError):
        return False
    is_for_this = proof.cryptosuite == CRYPTOSUITE and not check_proof_options(
        proof, purpose="assertionMethod"
    )
    is_by_verifier = proof.verification_method.partition("#")[0] == report.verifier
    return is_for_this and is_by_verifier and verify_proof(report.document, proof, key).verified


def _is_its_evidence(report: ReceivedReport) -> bool:
    try:
        return read_bundle(report.files[EVIDENCE]).made_at == report.made_at
    except ProtocolError:
        return False


async def _replayed(
    report: ReceivedReport, anchor: str, certificates: Mapping[str, bytes]
) -> tuple[ReplayedRow, ...]:
    bundle = read_bundle(report.files[EVIDENCE])
    shell = _offline_shell(bundle, anchor)
    sitting = Sitting(shell, now=bundle.made_at, seen=bundle.seen)
    service = VerifierService(shell=shell, shared=None, base_url=report.base_url, counting=None)
    rows: list[ReplayedRow] = []
    for parts in _by_thing(report.rows):
        rows += await _replay_thing(report, parts, service, sitting, certificates)
    return tuple(rows)


def _offline_shell(bundle: EvidenceBundle, anchor: str) -> VerificationShell:
    return VerificationShell(
        fetcher=BundleSource(bundle),
        clock=FixedClock(bundle.made_at),
        policy=bundle.policy(anchor=anchor, refuse_demo_issuers=not bundle.is_demo),
        list_refresh_seconds=_SECONDS,
        memory=TrustMemory.of_this_process(),
    )


def _by_thing(rows: Iterable[Mapping[str, Any]]) -> Iterator[list[Mapping[str, Any]]]:
    """The rows of each thing that was brought: of a presentation several, which stand together."""
    things: list[list[Mapping[str, Any]]] = []
    for row in rows:
        if row["part"] is not None and row["part"][0] > 1 and things:
            things[-1].append(row)
        else:
            things.append([row])
    yield from things


async def _replay_thing(
    report: ReceivedReport,
    parts: Sequence[Mapping[str, Any]],
    service: VerifierService,
    sitting: Sitting,
    certificates: Mapping[str, bytes],
) -> list[ReplayedRow]:
    first = parts[0]
    brought = report.files.get(f"inputs/{first['sha256']}")
    if brought is None:
        return [_replayed_row(part, RowReplay.NOTHING_CHECKED) for part in parts]
    opened = _Opened(certificates.get(first["openedSha256"] or ""))
    desk = BatchDesk(
        service=service,
        open_shared=opened.open,
        consents=NoShares(),
        shares=None,
        base_url=report.base_url,
    )
    row = Row(name=first["name"], line=first["line"], brought=brought, is_text=first["brought"] == "text")
    found = (await desk.check([row], _ANYBODY, sitting)).rows
    if opened.is_missing:
        wanted = first["openedSha256"] is not None
        missing = RowReplay.NEEDS_CERTIFICATE if wanted else RowReplay.NOTHING_CHECKED
        return [_replayed_row(part, missing) for part in parts]
    given: list[BatchRow | None] = [*found, *[None] * len(parts)]
    return [_compared(report, part, answer) for part, answer in zip(parts, given, strict=False)]


class _Opened:
    """In place of the issuer: the one certificate that a link led to, where it was given."""

    def __init__(self, certificate: bytes | None) -> None:
        self._certificate = certificate
        self.is_missing = False

    async def open(self, _name: SharedToken | TypedCode) -> bytes:
        """The certificate. Raises ``NotFound`` where it was not given."""
        if self._certificate is None:
            self.is_missing = True
            raise NotFound("The certificate was not given.")
        return self._certificate


def _compared(report: ReceivedReport, recorded: Mapping[str, Any], found: BatchRow | None) -> ReplayedRow:
    if found is None:
        return _replayed_row(recorded, RowReplay.DIFFERENT)
    translator = Translator()
    answer = row_json(
        found,
        report.language,
        lambda msgid: translator.gettext(report.language, msgid),
        origin=report.base_url,
    )
    is_same = _without_words(answer) == _without_words(dict(recorded))
    replayed = RowReplay.SAME if is_same else RowReplay.DIFFERENT
    return _replayed_row(recorded, replayed, found.outcome.value)


def _replayed_row(recorded: Mapping[str, Any], replay: RowReplay, found: str | None = None) -> ReplayedRow:
    return ReplayedRow(
        number=recorded["number"],
        name=recorded["name"],
        replay=replay,
        recorded=recorded["outcome"],
        found=found,
    )


def _without_words(value: JsonValue) -> JsonValue:
    """``value`` without its sentences, which later versions may put better, and its place among others."""
    if isinstance(value, dict):
        return {name: _without_words(member) for name, member in value.items() if name not in _WORDS}
    return [_without_words(item) for item in value] if isinstance(value, list) else value
