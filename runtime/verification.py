"""The shell around the pure verifier: it fetches what the core asks for, and keeps it fresh.

Nothing is decided here. The core names what it needs (``vc.model.evidence.Need``), this module
gets it (``runtime.documents``) and calls again; documents older than ``list_refresh_seconds`` are asked for
again. With an evidence bundle in place of the network, nobody is contacted.

Bounds, since the URLs come from documents that strangers wrote: rounds and URLs per verification,
documents and bytes held.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Final, TypeVar

from runtime.aside import LONG_BYTES, aside
from runtime.clock import Clock
from runtime.documents import DocumentStore, Holding, Source
from runtime.evidence_bundle import BundleFile
from runtime.exhibits import Exhibits
from runtime.least_recently_used import LeastRecentlyUsed
from runtime.logging import get_logger
from runtime.settings import Settings, SettingsError
from runtime.trust_memory import TrustMemory, TrustMemoryDamaged
from vc.did.resolve import DocumentUrl, resolve_locally_or_url
from vc.errors import EvidenceUnavailable, ProtocolError
from vc.model.evidence import Evidence, EvidenceItem, Fetched, Need, Remembered, Seen
from vc.model.verdict import CheckedAgainst, Reason, Verification
from vc.sd_jwt.key_binding import MAX_AGE
from vc.status.token_entries import TokenStatusEntry
from vc.trust.anchor import parse_anchor
from vc.trust.licences import Licence
from vc.verify import (
    Expectation,
    Policy,
    PresentationVerification,
    Trust,
    step,
    step_card,
    step_presentation,
    step_sd_jwt_vc,
    step_token_status,
    step_trust,
)
from vc.verify.force import Force

MAX_ROUNDS: Final = 7
# Four for each check: the keys of two thousand issuers must outlast a check of each of the others.
MAX_MEMO_ENTRIES: Final = 32_768
# Eighty lists of which one entry in a hundred ended, with their notes, count as 190 MB and hold 80 MB.
MAX_MEMO_BYTES: Final = 256 * 1024 * 1024

_MAY_BE_NEW: Final = frozenset(
    {
        Reason.KEY_NOT_ISSUERS,
        Reason.ISSUER_UNKNOWN,
        Reason.KEY_NEWER_THAN_LIST,
        Reason.ISSUER_NEWER_THAN_LIST,
        Reason.ACCREDITATION_NEWER_THAN_LIST,
    }
)
# A card names no issuer: whose key document to have anew is known only once its key is on the trust list.
_RENEWALS: Final = 2

_log = get_logger("verification")
_Answer = TypeVar("_Answer", Verification, PresentationVerification, Trust, Force)


def new_memo() -> LeastRecentlyUsed[str, Remembered]:
    """An empty memo with the bounds of a server's."""
    return LeastRecentlyUsed(
        MAX_MEMO_ENTRIES, max_bytes=MAX_MEMO_BYTES, size=lambda remembered: remembered.size
    )


class VerificationShell:
    """Verifies credentials and presentations with the network's help; one per process and policy."""

    def __init__(
        self,
        *,
        fetcher: Source,
        clock: Clock,
        policy: Policy,
        list_refresh_seconds: int,
        memory: TrustMemory,
    ) -> None:
        self._clock = clock
        self._policy = policy
        self._memory = memory
        self._store = DocumentStore(
            fetcher=fetcher, clock=clock, refresh=timedelta(seconds=list_refresh_seconds)
        )
        self._memo = new_memo()

    @property
    def policy(self) -> Policy:
        """What is judged by."""
        return self._policy

    def sitting(self) -> "Sitting":
        """Verifications at this moment over the same evidence, whose documents can be kept."""
        return Sitting(self, now=self._clock.now(), seen=self._memory.seen)

    async def verify(self, raw: bytes) -> Verification:
        """The four verdicts on ``raw``, as ``Sitting.verify``."""
        return await self.sitting().verify(raw)

    async def verify_card(self, text: str) -> Verification:
        """The four verdicts on the text of a passport card; whatever is in it is an answer."""
        return await self.sitting().verify_card(text)

    async def verify_presentation(
        self, raw: bytes, *, challenge: str | None = None, domain: str | None = None
    ) -> PresentationVerification:
        """The verdicts on a presentation and on every credential in it. Raises as ``verify``."""
        return await self.sitting().verify_presentation(raw, challenge=challenge, domain=domain)

    async def trust(self) -> Trust:
        """The trust list in force, or why there is none."""
        return await self.sitting().trust()

    def in_use(self) -> Iterator[Holding]:
        """The documents held that were asked for lately."""
        return self._store.in_use()

    async def document(self, url: str) -> EvidenceItem:
        """One published document, as verifications would get it."""
        return await self._store.get(url)

    async def licences(self) -> Mapping[str, Licence]:
        """The licences of verifiers, by number, as the trust list in force states them.

        Raises ``EvidenceUnavailable`` where there is no such list.
        """
        trust = await self.trust()
        if trust.trust_list is None:
            raise EvidenceUnavailable("The trust list cannot be checked now.")
        return trust.trust_list.verifiers

    def exhibits(self, now: datetime) -> Exhibits:
        """An empty map of evidence that is filled from the documents held here and fresh at ``now``."""
        return Exhibits(self._store, self._clock, now)

    async def rounds(
        self,
        exhibits: Exhibits,
        advance: Callable[[Evidence, datetime], Need | _Answer],
        *,
        now: datetime,
        seen: Seen | None,
        is_long: bool,
    ) -> _Answer:
        """Advance until there is an answer, obtaining what is asked for between the rounds.

        What ``is_long``, or needs what was fetched just now, is done aside: reading a list takes long.
        """
        exhibits.begin()
        evidence = Evidence(items=exhibits, memo=self._memo, seen=seen)
        for number in range(2 * MAX_ROUNDS):
            if is_long or number:
                answer = await aside(partial(advance, evidence, now))
            else:
                answer = advance(evidence, now)
            if not isinstance(answer, Need):
                return answer
            if number < MAX_ROUNDS - 1:
                await exhibits.obtain(answer.urls)
            else:  # what is still asked for counts as unavailable, which is an answer
                exhibits.refuse(answer.urls)
        raise EvidenceUnavailable("The verification asked for documents without end.")

    async def remember_checked(self, exhibits: Exhibits, verification: Verification) -> None:
        """Keep what the verdicts proved: the newest edition of each list, the root and trust list seen."""
        against = [
            basis
            for verdict in verification.verdicts.values()
            for basis in verdict.against
            if basis.fetched_at is not None
        ]
        await self.remember(exhibits, against, verification.seen)

    async def remember(
        self, exhibits: Exhibits, against: Iterable[CheckedAgainst], seen: Seen | None
    ) -> None:
        """As ``remember_checked``. What was checked against a list names it only where its proof held."""
        for basis in against:
            item = exhibits.get(basis.name) if basis.as_of is not None else None
            if isinstance(item, Fetched):
                self._store.remember_proven(item.url, item.body)
        if seen is None or not self._memory.must_learn(seen):
            return
        try:
            await asyncio.to_thread(self._memory.remember, seen)
        except (OSError, TrustMemoryDamaged) as error:
            # This process remembers, and the next one refuses to start on a damaged file.
            _log.error("what was seen of the trust list could not be kept", error=type(error).__name__)


class Sitting:
    """Several verifications at one moment over the same evidence: what was looked at is looked at by all.

    One after another, never two at a time: each counts by itself what it may still fetch.

    ``items`` and ``seen``, kept beside ``now``, give the identical answers whenever they are replayed.
    """

    def __init__(self, shell: VerificationShell, *, now: datetime, seen: Seen | None) -> None:
        self._shell = shell
        self._exhibits = shell.exhibits(now)
        self._is_first = True
        self.now = now
        self.seen = seen

    @property
    def items(self) -> Mapping[str, EvidenceItem]:
        """The evidence so far, by URL."""
        return self._exhibits

    async def verify(self, raw: bytes) -> Verification:
        """The four verdicts on ``raw``, the exact bytes of a credential.

        Raises ``vc.errors.ProtocolError`` when the bytes cannot be read as a credential at all;
        everything else, an unreachable list included, is an answer.
        """
        return await self._checked(
            lambda evidence, now: step(raw, evidence, self._shell.policy, now), length=len(raw)
        )

    async def verify_card(self, text: str) -> Verification:
        """The four verdicts on the text of a passport card; whatever is in it is an answer."""
        return await self._checked(
            lambda evidence, now: step_card(text, evidence, self._shell.policy, now), length=len(text)
        )

    async def verify_sd_jwt_vc(
        self,
        text: str,
        *,
        challenge: str | None = None,
        domain: str | None = None,
        oldest: timedelta = MAX_AGE,
    ) -> Verification:
        """The four verdicts on an SD-JWT VC; with a ``challenge``, a key binding to it is demanded.

        It may have been made ``oldest`` ago.
        """
        expected = Expectation(challenge=challenge, domain=domain, oldest=oldest)
        return await self._checked(
            lambda evidence, now: step_sd_jwt_vc(text, evidence, self._shell.policy, now, expected),
            length=len(text),
        )

    async def verify_presentation(
        self, raw: bytes, *, challenge: str | None = None, domain: str | None = None
    ) -> PresentationVerification:
        """The verdicts on a presentation and on every credential in it. Raises as ``verify``."""
        answer = await self._rounds(
            lambda evidence, now: step_presentation(
                raw, evidence, self._shell.policy, now, challenge=challenge, domain=domain
            ),
            length=len(raw),
        )
        for verification in answer.verifications:
            await self._shell.remember_checked(self._exhibits, verification)
        return answer

    async def trust(self) -> Trust:
        """The trust list in force, or why there is none."""
        trust = await self._rounds(lambda evidence, now: step_trust(evidence, self._shell.policy, now))
        await self._shell.remember(self._exhibits, trust.against, trust.seen)
        return trust

    async def token_status(self, entry: TokenStatusEntry) -> Force:
        """What a Token Status List says about one place in it."""
        return await self._rounds(
            lambda evidence, now: step_token_status(entry, evidence, self._shell.policy, now)
        )

    async def obtain(self, urls: frozenset[str]) -> None:
        """Have ``urls`` among the evidence though nothing asked for them; others count as unavailable."""
        for url in sorted(urls):
            self._exhibits.begin()
            await self._exhibits.obtain(frozenset({url}))

    async def _checked(
        self, advance: Callable[[Evidence, datetime], Need | Verification], *, length: int
    ) -> Verification:
        verification = await self._rounds(advance, length=length)
        for _ in range(_RENEWALS if self._is_first else 0):
            behind = self._behind(verification)
            if not behind or not await self._exhibits.renew(behind):
                break
            verification = await self._rounds(advance, length=length)
        self._is_first = False
        await self._shell.remember_checked(self._exhibits, verification)
        return verification

    def _behind(self, verification: Verification) -> frozenset[str]:
        """The documents to have anew before an issuer or its key is called unknown.

        A key may have been announced since they were got. Later verifications of a sitting are judged by
        what the first one was: their evidence is kept together.
        """
        if _MAY_BE_NEW.isdisjoint([verdict.reason for verdict in verification.verdicts.values()]):
            return frozenset()
        urls = {self._shell.policy.trust_list_url}
        try:
            where = resolve_locally_or_url(verification.issuer or "")
        except ProtocolError:
            return frozenset(urls)
        return frozenset(urls | {where.url}) if isinstance(where, DocumentUrl) else frozenset(urls)

    async def _rounds(
        self, advance: Callable[[Evidence, datetime], Need | _Answer], *, length: int = 0
    ) -> _Answer:
        is_long = length > LONG_BYTES
        return await self._shell.rounds(
            self._exhibits, advance, now=self.now, seen=self.seen, is_long=is_long
        )


def shell_from_settings(settings: Settings, *, fetcher: Source, clock: Clock) -> VerificationShell:
    """The shell of this deployment, with what earlier processes saw.

    Raises ``SettingsError`` without a trust anchor, ``TrustMemoryDamaged`` where that is lost.
    """
    source: Source = fetcher
    policy = policy_from_settings(settings)
    if settings.evidence_bundle is not None:
        source, policy = _from_bundle(settings.evidence_bundle, settings)
    return VerificationShell(
        fetcher=source,
        clock=clock,
        policy=policy,
        list_refresh_seconds=settings.list_refresh_seconds,
        memory=TrustMemory.open(settings.data_dir, policy.trust_anchor, policy.trust_list_url),
    )


def _from_bundle(path: Path, settings: Settings) -> tuple[Source, Policy]:
    """The network and the addresses that a bundle stands for; the anchor is always the setting's."""
    try:
        file = BundleFile(path)
        policy = file.bundle.policy(
            anchor=settings.trust_anchor or "", refuse_demo_issuers=not settings.is_demo
        )
    except (OSError, ProtocolError) as error:
        raise SettingsError(
            ("PASSPORT_EVIDENCE_BUNDLE: this is no evidence bundle that can be read",)
        ) from error
    return file, policy


def policy_from_settings(settings: Settings) -> Policy:
    """The policy of this deployment; a production verifier refuses demo issuers.

    Raises ``SettingsError`` when no trust anchor is set: trusting whatever key comes with a list
    would be no trust at all.
    """
    if settings.trust_anchor is None:
        raise SettingsError(("PASSPORT_TRUST_ANCHOR: the verifier needs the public keys of the root",))
    return Policy(
        trust_list_url=settings.trust_list_location,
        trust_root_url=settings.trust_root_location,
        trust_anchor=parse_anchor(settings.trust_anchor, did=f"did:web:{settings.did_host}:trust"),
        refuse_demo_issuers=not settings.is_demo,
    )
