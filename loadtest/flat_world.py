"""A published world of any width: many status lists, many accredited issuers, real keys and signatures.

It is ``tests.simulator.IssuerWorld`` made wider. Entry ``n`` of the world stands in list ``n % lists`` and
was issued by centre ``n % issuers``, so that a walk over consecutive numbers touches every list and issuer.
"""

from datetime import timedelta
from functools import cache
from random import Random  # noqa: TID251 - the same world in every run; nothing secret is drawn
from typing import Final

import orjson

from runtime.clock import SystemClock
from runtime.evidence_bundle import EvidenceBundle
from runtime.trust_memory import TrustMemory
from runtime.verification import VerificationShell
from tests.simulator import (
    ACCREDITED_SINCE,
    HOST,
    JSON,
    LIST_LENGTH,
    ORIGIN,
    ROOT_DID,
    STATUS_DID,
    TRUST_LIST_URL,
    TRUST_ROOT_URL,
    IssuerWorld,
    signer_for,
)
from vc.crypto.keys import InMemorySigner
from vc.did.did_web import build_document
from vc.did.documents import VerificationMethod
from vc.encoding.strict_json import JsonValue
from vc.model.evidence import Fetched
from vc.status.documents import build_status_list_credential, build_status_notes
from vc.status.entries import StatusPurpose
from vc.status.fold import ChangeKind, IndexState

_VALIDITY: Final = timedelta(hours=24)
_SEED: Final = 20_261_127
_REFRESH_SECONDS: Final = 300


@cache
def _centre_signer(number: int) -> InMemorySigner:
    return signer_for(f"wide centre {number}", _centre_did(number))


def _centre_did(number: int) -> str:
    return f"did:web:{HOST}:centres:wide-{number}"


class WideWorld(IssuerWorld):
    """``lists`` status lists of 131,072 entries, ``ended`` of them set in each, and ``issuers`` centres.

    It is published now by the machine's clock, so that a real process finds it in force for a day.
    """

    def __init__(
        self, suite: str = "eddsa-jcs-2022", *, lists: int = 1, issuers: int = 1, ended: int = 1_311
    ):
        super().__init__(suite)
        self.lists, self.issuers = lists, issuers
        # Anywhere in the list, as they are in truth: any order in them would pack too well.
        self.ended_indexes = tuple(Random(_SEED).sample(range(LIST_LENGTH), ended))
        self._ended = frozenset(self.ended_indexes)
        self.clock.advance(SystemClock().now() - self.now)
        self.roots.clear()
        self.publish_root()
        for number in range(issuers):
            self._publish_centre(number)
        self.publish_trust_list(issuers=self._entries())
        for number in range(lists):
            self._publish_list(number)

    def wide_list_url(self, number: int) -> str:
        """Where list ``number`` of revocations is published."""
        return f"{ORIGIN}/status/lists/wide-{number}/{self.list_suite}"

    def issue_wide(self, number: int, *, ended: bool = False) -> bytes:
        """Credential ``number``, whose entry is clear, or set where ``ended``."""
        centre, list_url = number % self.issuers, self.wide_list_url(number % self.lists)
        signer = _centre_signer(centre)
        status: JSON = {
            **self.status_entry(0),
            "id": f"{list_url}#{number}",
            "statusListIndex": str(self._index(number // self.lists, ended=ended)),
            "statusListCredential": list_url,
        }
        issuer: JSON = {"id": _centre_did(centre), "type": ["Profile"], "name": "What it calls itself"}
        return self.sign(self.unsigned(number, issuer=issuer, credentialStatus=status), signer=signer)

    def _index(self, turn: int, *, ended: bool) -> int:
        if ended:
            return self.ended_indexes[turn % len(self.ended_indexes)]
        index = turn * 31 % LIST_LENGTH
        while index in self._ended:
            index = (index + 1) % LIST_LENGTH
        return index

    def shell(self) -> VerificationShell:
        """A verifier of this world that asks for its documents in memory."""
        return VerificationShell(
            fetcher=self.fetcher,
            clock=self.clock,
            policy=self.policy,
            list_refresh_seconds=_REFRESH_SECONDS,
            memory=TrustMemory.of_this_process(),
        )

    def bundle(self) -> EvidenceBundle:
        """Everything published, for a verifier process that rests on a file."""
        items = {
            url: Fetched(url=url, body=body, fetched_at=self.now) for url, body in self.documents.items()
        }
        return EvidenceBundle(
            made_at=self.now,
            is_demo=True,
            base_url=ORIGIN,
            did_host=HOST,
            anchor=self.trust_anchor.text,
            trust_list_url=TRUST_LIST_URL,
            trust_root_url=TRUST_ROOT_URL,
            items=items,
        )

    def _publish_centre(self, number: int) -> None:
        signer, did = _centre_signer(number), _centre_did(number)
        method = VerificationMethod(
            id=signer.verification_method,
            controller=did,
            public_key=signer.public_key,
            expires=None,
            revoked=None,
        )
        document = build_document(did, [method], relationships={"assertionMethod": [method.id]})
        self.documents[f"{ORIGIN}/centres/wide-{number}/did.json"] = orjson.dumps(document)

    def _entries(self) -> list[JsonValue]:
        since = ACCREDITED_SINCE.isoformat().replace("+00:00", "Z")
        registry: list[JsonValue] = [entry for entry in self.trust_entries() if _is_registry(entry)]
        centres: list[JsonValue] = [
            {
                "id": _centre_did(number),
                "name": {"en": f"Training Centre {number}", "km": f"មជ្ឈមណ្ឌលបណ្តុះបណ្តាល {number}"},
                "roles": ["issuer"],
                "recognizedBy": ROOT_DID,
                "keys": [
                    {"publicKeyMultibase": _centre_signer(number).public_key.multikey, "validFrom": since}
                ],
                "accreditations": [
                    {
                        "credentialTypes": ["RPLCertificate", "TrainingCertificate"],
                        "validFrom": since,
                        "qualificationCodes": [f"CON-BRL-{level}" for level in range(1, 9)],
                    }
                ],
            }
            for number in range(self.issuers)
        ]
        return registry + centres

    def _publish_list(self, number: int) -> None:
        url, notes_url = self.wide_list_url(number), f"{ORIGIN}/status/notes/wide-{number}"
        states = {i: IndexState(kind=ChangeKind.REVOKED, since=self.now) for i in self.ended_indexes}
        times = {"valid_from": self.now, "valid_until": self.now + _VALIDITY}
        bits = build_status_list_credential(
            url=url,
            issuer=STATUS_DID,
            purpose=StatusPurpose.REVOCATION,
            length=LIST_LENGTH,
            states=states,
            ttl=timedelta(minutes=5),
            **times,
        )
        notes = build_status_notes(
            url=notes_url,
            context=f"{ORIGIN}/contexts/status-notes/v1",
            issuer=STATUS_DID,
            list_urls=[url],
            states=states,
            **times,
        )
        registry = self.status_signer
        self.documents[url] = self.sign(bits, signer=registry, created=self.now, suite=self.list_suite)
        self.documents[notes_url] = self.sign(
            notes, signer=registry, created=self.now, suite="eddsa-jcs-2022"
        )


def _is_registry(entry: JsonValue) -> bool:
    return isinstance(entry, dict) and entry["id"] == STATUS_DID
