"""Gathering an evidence bundle: what a verifier needs to judge anything of ours, before it has no network."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from urllib.parse import urljoin

from runtime.evidence_bundle import EvidenceBundle
from runtime.settings import Settings
from runtime.verification import Sitting, VerificationShell
from vc.did.resolve import DocumentUrl, resolve_locally_or_url
from vc.encoding.strict_json import Limits, parse_json_object
from vc.errors import EvidenceUnavailable, ProtocolError
from vc.model.evidence import EvidenceItem, Fetched
from vc.status.notes import notes_url
from vc.trust.trust_list import TrustList

_INDEX = "/status/lists"
_INDEX_LIMITS = Limits(max_bytes=2_000_000, max_members=20_000)


async def gather_bundle(shell: VerificationShell, settings: Settings) -> EvidenceBundle:
    """Everything published that a verification of ours may ask for, as it stands now.

    Raises ``EvidenceUnavailable`` without a trust list in force or without the registry's index of lists:
    such a bundle would clear nobody. A single document that cannot be had is left out.
    """
    sitting = shell.sitting()
    trust = await sitting.trust()
    if trust.trust_list is None:
        raise EvidenceUnavailable("The trust list cannot be checked now, so no bundle can be made.")
    index = urljoin(shell.policy.trust_list_url, _INDEX)
    await sitting.obtain(frozenset({index}))
    lists = _lists_in(sitting.items[index])
    await sitting.obtain(
        frozenset((*_key_documents(trust.trust_list), *_digest_parts(trust.trust_list), *lists))
    )
    kept = evidence_of(sitting, shell, settings)
    return replace(kept, seen=None, items={u: i for u, i in kept.items.items() if isinstance(i, Fetched)})


def evidence_of(sitting: Sitting, shell: VerificationShell, settings: Settings) -> EvidenceBundle:
    """What the verifications of one sitting rested on, so that they can be replayed."""
    policy = shell.policy
    return EvidenceBundle(
        made_at=sitting.now,
        is_demo=settings.is_demo,
        base_url=settings.base_url,
        did_host=policy.trust_anchor.did.removeprefix("did:web:").removesuffix(":trust"),
        anchor=policy.trust_anchor.text,
        trust_list_url=policy.trust_list_url,
        trust_root_url=policy.trust_root_url,
        items=dict(sitting.items),
        seen=sitting.seen,
    )


def _lists_in(index: EvidenceItem) -> frozenset[str]:
    """Every list that the registry's index names, and the notes beside it. Raises ``EvidenceUnavailable``."""
    try:
        lists = (
            parse_json_object(index.body, _INDEX_LIMITS).get("lists") if isinstance(index, Fetched) else None
        )
    except ProtocolError:
        lists = None
    if not isinstance(lists, list):
        raise EvidenceUnavailable("The registry's index of lists cannot be read, so no bundle can be made.")
    return frozenset(_with_notes(url for url in lists if isinstance(url, str)))


def _with_notes(urls: Iterable[str]) -> Iterator[str]:
    for url in urls:
        yield url
        notes = notes_url(url)
        if notes is not None:
            yield notes


def _key_documents(trusted: TrustList) -> Iterator[str]:
    for did in trusted.issuers:
        with suppress(ProtocolError):
            where = resolve_locally_or_url(did)
            if isinstance(where, DocumentUrl):
                yield where.url


def _digest_parts(trusted: TrustList) -> Iterator[str]:
    for issuer in trusted.issuers.values():
        for key in issuer.keys:
            if key.signed_before is not None:
                yield from (part.url for part in key.signed_before.parts)
