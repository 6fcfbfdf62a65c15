"""Checking many things at one moment, over the same evidence: one answer for each, the worst first.

Files are opened and links followed side by side, a few at a time; then one verification follows the other,
since each takes the processor and all of them share what was fetched.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from hashlib import sha256
from typing import Final

from runtime.i18n import gettext_noop
from runtime.verification import Sitting
from vc.encoding.strict_json import Limits, parse_json_object
from vc.errors import EvidenceUnavailable, NotFound, PassportError, ProtocolError, RateLimited, Severity
from vc.model.credential import as_list
from vc.model.verdict import Outcome
from vc.verify.opened import open_presentation_token
from verifier.accepting import Brought, Credential, LinkOrCode, Presentation, recognise, recognise_json
from verifier.askers import Asker
from verifier.batch_reading import Row, require_at_most
from verifier.clients import SharedCredentials
from verifier.consents import Consents
from verifier.counting import Counting
from verifier.extract import CredentialFound, Extracted, extract_async
from verifier.links import ForeignLink, SharedToken, ShareLink, TypedCode, parse_link_or_code
from verifier.rendering import Audience
from verifier.sentences import ISSUER_UNREACHABLE, NO_ISSUER_HERE, NOT_KNOWN
from verifier.service import Checked, CheckedPresentation, NoIssuerHere, VerifierService
from verifier.shares import ShareDesk

Opener = Callable[[SharedToken | TypedCode], Awaitable[bytes]]

NO_CONSENT: Final = gettext_noop(
    "No consent, so nothing was looked at. A recruitment agency sees a certificate only while the worker "
    "shares it with that agency. Ask the worker to share it."
)
PRESENTATION_WRONG: Final = gettext_noop("The presentation itself is not right")
# As many as the extractor reads at once: more would only make others wait.
_AT_ONCE: Final = 2
_TRIES: Final = 5
_TURN_SECONDS: Final = 0.001
_LIMITS: Final = Limits(max_members=20_000)


class RowOutcome(StrEnum):
    """What came of one row; in this order they are shown."""

    REJECTED = "rejected"
    UNDETERMINED = "undetermined"
    UNREADABLE = "unreadable"
    NO_CONSENT = "noConsent"
    ACCEPTED = "accepted"


class NoLiveShare(NotFound):
    """The link of a share that has ended, never was, or is for others."""


@dataclass(frozen=True, kw_only=True, slots=True)
class BatchRow:
    """The answer to one row; of a presentation, to one credential in it.

    ``number`` counts from 1 in the order of what was brought. ``part`` is (which, of how many) in a
    presentation. ``problem`` is a message id where something is said beside or in place of verdicts.
    ``duplicate_of`` is the number of an earlier row with the same certificate. ``opened`` is the SHA-256
    of the certificate behind a link or code. ``is_share``: it is the link of a share, which stands
    neither in answers nor in reports.
    """

    number: int
    row: Row
    outcome: RowOutcome
    checked: Checked | None = None
    problem: str | None = None
    part: tuple[int, int] | None = None
    duplicate_of: int | None = None
    opened: str | None = None
    is_share: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Batch:
    """The rows in the order of what was brought, and the sitting whose evidence they rest on."""

    rows: tuple[BatchRow, ...]
    sitting: Sitting

    @property
    def worst_first(self) -> tuple[BatchRow, ...]:
        """The rows for showing."""
        order = list(RowOutcome)
        return tuple(sorted(self.rows, key=lambda row: (order.index(row.outcome), row.number)))

    @property
    def counts(self) -> Mapping[RowOutcome, int]:
        """How many rows have each outcome, zeros included."""
        return {outcome: sum(row.outcome is outcome for row in self.rows) for outcome in RowOutcome}


@dataclass(frozen=True, kw_only=True, slots=True)
class _Opened:
    """What a row turned out to hold, or why nothing of it is checked."""

    brought: Brought | None = None
    share: ShareLink | None = None
    audience: Audience = Audience.BEARER
    digest: str | None = None
    outcome: RowOutcome = RowOutcome.UNREADABLE
    problem: str | None = None

    @property
    def size(self) -> int:
        """How many certificates it holds, at least one."""
        return _credentials_in(self.brought.raw) if isinstance(self.brought, Presentation) else 1


class BatchDesk:
    """Checks batches for one application.

    ``open_shared`` is None where no issuer is beside it, ``shares`` where no wallet is.
    """

    def __init__(
        self,
        *,
        service: VerifierService,
        open_shared: Opener | None,
        consents: Consents,
        shares: ShareDesk | None,
        base_url: str,
    ) -> None:
        self._service = service
        self._open_shared = open_shared
        self._consents = consents
        self._shares = shares
        self._base_url = base_url
        self._turn_ends = 0.0

    async def check(self, rows: Sequence[Row], asker: Asker, sitting: Sitting | None = None) -> Batch:
        """Check all ``rows`` at one moment; equal rows are checked once.

        Raises ``RangeError`` where presentations hold more certificates than ``asker`` may send.
        """
        sitting = sitting or self._service.shell.sitting()
        slots = asyncio.Semaphore(_AT_ONCE)

        async def opened(row: Row) -> _Opened:
            async with slots:
                return await self._open(row, asker)

        distinct = {_key(row): row for row in reversed(rows)}
        found = dict(zip(distinct, await asyncio.gather(*map(opened, distinct.values())), strict=True))
        require_at_most(asker.most_rows, sum(found[_key(row)].size for row in rows))
        answers = {key: await self._answers(distinct[key], found[key], asker, sitting) for key in found}
        given = [(row, answer) for row in rows for answer in answers[_key(row)]]
        numbered = (replace(answer, row=row, number=number) for number, (row, answer) in enumerate(given, 1))
        return Batch(rows=_duplicates_marked(numbered), sitting=sitting)

    async def _open(self, row: Row, asker: Asker) -> _Opened:
        if row.problem is not None:
            return _Opened(problem=row.problem)
        try:
            brought = await _recognised(row)
            if not isinstance(brought, LinkOrCode):
                return _NO_CONSENT if asker.needs_consent else _Opened(brought=brought)
            name = parse_link_or_code(brought.text, base_url=self._base_url)
            if isinstance(name, ShareLink):
                return _Opened(share=name)
            if asker.needs_consent and not await self._has_consent(name, asker):
                return _NO_CONSENT
            raw = await self._follow(name)
        except ForeignLink as error:
            # Somebody may have put a false code over a true one: that is no mere failure to read.
            return _Opened(outcome=RowOutcome.REJECTED, problem=error.findings[0].detail)
        except PassportError as error:
            return _Opened(outcome=_outcome_of(error), problem=_problem_of(error))
        opened = Credential(raw=raw)
        return _Opened(brought=opened, audience=Audience.STRANGER, digest=sha256(raw).hexdigest())

    async def _has_consent(self, name: SharedToken | TypedCode, asker: Asker) -> bool:
        """Whether the worker shares with this agency; the issuer is not asked before."""
        number = asker.licence_number
        return number is not None and await self._consents.is_live(name, number)

    async def _follow(self, name: SharedToken | TypedCode) -> bytes:
        if self._open_shared is None:
            raise NoIssuerHere("Links and codes cannot be opened here.")
        return await self._open_shared(name)

    async def _answers(
        self, row: Row, opened: _Opened, asker: Asker, sitting: Sitting
    ) -> tuple[BatchRow, ...]:
        answer = BatchRow(
            number=0,
            row=row,
            outcome=opened.outcome,
            problem=opened.problem,
            opened=opened.digest,
            is_share=opened.share is not None,
        )
        if opened.brought is None and opened.share is None:
            return (answer,)
        # Verifications take the processor: others are let in every few of them.
        if time.perf_counter() > self._turn_ends:
            await asyncio.sleep(0)
            self._turn_ends = time.perf_counter() + _TURN_SECONDS
        try:
            checked = await self._checked(opened, asker, sitting)
        except NoLiveShare:
            return (replace(answer, outcome=RowOutcome.NO_CONSENT, problem=NO_CONSENT),)
        except PassportError as error:
            return (replace(answer, outcome=_outcome_of(error), problem=_problem_of(error)),)
        if isinstance(checked, CheckedPresentation):
            return _parts(answer, checked)
        if checked.audience is not opened.audience:
            checked = replace(checked, audience=opened.audience)
        return (replace(answer, outcome=RowOutcome(checked.decision.outcome.value), checked=checked),)

    async def _checked(
        self, opened: _Opened, asker: Asker, sitting: Sitting
    ) -> Checked | CheckedPresentation:
        if opened.brought is not None:
            return await self._service.check_brought(opened.brought, sitting)
        if opened.share is None or self._shares is None:
            raise NoIssuerHere("Links and codes cannot be opened here.")
        try:
            return await self._shares.open(opened.share, asker.licence_number, sitting)
        except NotFound:
            raise NoLiveShare("This share has ended, or is for others.") from None


_NO_CONSENT: Final = _Opened(outcome=RowOutcome.NO_CONSENT, problem=NO_CONSENT)


def opener_of(shared: SharedCredentials, counting: Counting) -> Opener:
    """The issuer's shared certificates; wrong codes are counted as at the page for one."""

    async def open_shared(name: SharedToken | TypedCode) -> bytes:
        try:
            return await shared.get(name)
        except NotFound:
            counting.guessed()
            raise

    return open_shared


async def _recognised(row: Row) -> Brought:
    """What a row claims to be. Raises as ``extract_async``."""
    if row.is_text:
        return recognise(row.brought.decode())
    found = await _extracted(row)
    if isinstance(found, CredentialFound):
        return recognise_json(found.raw)
    return recognise(found.text)


async def _extracted(row: Row) -> Extracted:
    for _ in range(_TRIES - 1):
        try:
            return await extract_async(row.brought, filename=row.name)
        except RateLimited:
            # Another batch is at it; the extractor made us wait already.
            continue
    return await extract_async(row.brought, filename=row.name)


def _parts(answer: BatchRow, checked: CheckedPresentation) -> tuple[BatchRow, ...]:
    """A row for each credential; none of a presentation that is not right is accepted."""
    findings = [found for found in checked.presentation.findings if found.severity is Severity.ERROR]
    several = len(checked.credentials)
    if not several:
        problem = findings[0].detail if findings else PRESENTATION_WRONG
        return (replace(answer, outcome=RowOutcome.REJECTED, problem=problem),)
    return tuple(
        replace(
            answer,
            checked=one,
            part=(which, several),
            outcome=_outcome_in_presentation(one, is_sound=not findings),
            problem=PRESENTATION_WRONG if findings else None,
        )
        for which, one in enumerate(checked.credentials, 1)
    )


def _outcome_in_presentation(one: Checked, *, is_sound: bool) -> RowOutcome:
    if not is_sound and one.decision.outcome is Outcome.ACCEPTED:
        return RowOutcome.REJECTED
    return RowOutcome(one.decision.outcome.value)


def _credentials_in(raw: bytes) -> int:
    try:
        document = parse_json_object(raw, _LIMITS)
        token = open_presentation_token(document)
        return max(
            1, len(as_list((document if token is None else token.document).get("verifiableCredential")))
        )
    except ProtocolError:
        return 1


def _outcome_of(error: PassportError) -> RowOutcome:
    is_open = isinstance(error, (EvidenceUnavailable, RateLimited))
    return RowOutcome.UNDETERMINED if is_open else RowOutcome.UNREADABLE


def _problem_of(error: PassportError) -> str:
    if isinstance(error, ProtocolError):
        return error.findings[0].detail
    if isinstance(error, NotFound):
        return NOT_KNOWN
    if isinstance(error, NoIssuerHere):
        return NO_ISSUER_HERE
    return ISSUER_UNREACHABLE if isinstance(error, EvidenceUnavailable) else str(error)


def _key(row: Row) -> tuple[bool, str, str | None, str]:
    """Rows with equal keys have equal answers. The name tells apart what could not even be unpacked."""
    return row.is_text, row.digest, row.problem, "" if row.problem is None else row.name


def _duplicates_marked(rows: Iterable[BatchRow]) -> tuple[BatchRow, ...]:
    """Each row that has the certificate of an earlier one says so; the document's own id tells."""
    first: dict[object, int] = {}
    marked = []
    for row in rows:
        earlier = first.setdefault(_identity(row), row.number)
        marked.append(row if earlier == row.number else replace(row, duplicate_of=earlier))
    return tuple(marked)


def _identity(row: BatchRow) -> object:
    document = None if row.checked is None else row.checked.verification.document
    if document is not None and isinstance(document.get("id"), str):
        return document["id"]
    return (*_key(row.row), row.part)
