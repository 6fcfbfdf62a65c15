"""A small world that issues, publishes, revokes, goes offline and goes backwards, without mocks.

``IssuerWorld`` holds real Ed25519 keys (from fixed seeds) and real signed documents: a trust list,
the DID documents of a training centre and of the status registry, a status list with its notes, and
credentials of the centre. ``RecordingFetcher`` serves them as a web server would, ETags included,
and remembers every request. Time stands still unless ``clock`` is moved.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from runtime import fetch
from runtime.clock import FixedClock
from schemas import PASSPORT_CONTEXT_URL
from vc.crypto.keys import InMemorySigner, KeyType
from vc.did import did_key
from vc.did.did_web import build_document
from vc.did.documents import VerificationMethod
from vc.encoding.strict_json import JsonValue
from vc.model.credential import CREDENTIALS_V2
from vc.model.evidence import Evidence, EvidenceItem, Fetched, Unavailable
from vc.proof.data_integrity import add_proof
from vc.status.documents import build_status_list_credential, build_status_notes
from vc.status.entries import StatusPurpose
from vc.status.fold import ChangeKind, IndexState
from vc.trust.anchor import TrustAnchor
from vc.trust.digests import multihash_text, pack, signed_digest, split
from vc.verify import Policy

HOST = "skills-passport.example"
ORIGIN = f"https://{HOST}"
ROOT_DID = f"did:web:{HOST}:trust"
CENTRE_DID = f"did:web:{HOST}:centres:poipet"
STATUS_DID = f"did:web:{HOST}:status"
TRUST_LIST_URL = f"{ORIGIN}/trust/list"
TRUST_ROOT_URL = f"{ORIGIN}/trust/root"
CENTRE_URL = f"{ORIGIN}/centres/poipet/did.json"
STATUS_DID_URL = f"{ORIGIN}/status/did.json"
LIST_ID = "2026-1"
NOTES_URL = f"{ORIGIN}/status/notes/{LIST_ID}"
OPEN_BADGES = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"
LIST_LENGTH = 131_072
START = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
ACCREDITED_SINCE = datetime(2026, 1, 1, tzinfo=UTC)

JSON = dict[str, JsonValue]


@dataclass(frozen=True, kw_only=True, slots=True)
class WorldKey:
    """One key of a party with the window in which it signs."""

    signer: InMemorySigner
    valid_from: datetime = ACCREDITED_SINCE
    valid_until: datetime | None = None
    compromised_since: datetime | None = None
    signed_before: Mapping[str, JsonValue] | None = None


def signer_for(
    name: str, did: str, fragment: str = "key-1", key_type: KeyType = KeyType.ED25519
) -> InMemorySigner:
    """A signer whose key is the same in every run: its secret is the SHA-256 of ``name``."""
    return InMemorySigner(hashlib.sha256(name.encode()).digest(), f"{did}#{fragment}", key_type=key_type)


def did_key_signer(name: str) -> tuple[str, InMemorySigner]:
    """A did:key and its signer, for holders and for strangers."""
    seed = hashlib.sha256(name.encode()).digest()
    public = InMemorySigner(seed, "unnamed").public_key
    return did_key.did_for(public), InMemorySigner(seed, did_key.verification_method_for(public))


class RecordingFetcher:
    """Serves ``documents`` as an honest web server would and keeps a record of every request."""

    def __init__(self, documents: Mapping[str, bytes], clock: FixedClock) -> None:
        self._documents = documents
        self._clock = clock
        self.requests: list[tuple[str, str | None]] = []
        self.unreachable: set[str] = set()
        self.is_offline = False

    @property
    def urls(self) -> list[str]:
        """Every URL asked for, in order."""
        return [url for url, _ in self.requests]

    async def get(self, url: str, *, etag: str | None = None) -> fetch.FetchResult:
        """The document at ``url``, "not modified" for its present ETag, or that it is unreachable."""
        self.requests.append((url, etag))
        body = self._documents.get(url)
        if self.is_offline or url in self.unreachable or body is None:
            return fetch.Unavailable(url=url, reason=fetch.UnavailableReason.UNREACHABLE)
        current = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
        if etag == current:
            return fetch.NotModified(url=url, etag=current, fetched_at=self._clock.now())
        return fetch.Fetched(url=url, body=body, etag=current, fetched_at=self._clock.now())


class IssuerWorld:
    """One centre, one status registry, one root, and whatever they have published."""

    def __init__(
        self,
        suite: str = "eddsa-jcs-2022",
        key_type: KeyType = KeyType.ED25519,
        *,
        start: datetime = START,
    ) -> None:
        self.suite = suite
        # The registry's own keys are Ed25519 whatever a centre signs with.
        self.list_suite = suite.replace("ecdsa", "eddsa").replace("2019", "2022")
        self.clock = FixedClock(start)
        self.root_keys = [did_key_signer(f"root {number}")[1] for number in (1, 2, 3)]
        self.list_signer = signer_for("list 1", ROOT_DID, "list-1")
        self.centre_keys = [WorldKey(signer=signer_for("centre 1", CENTRE_DID, key_type=key_type))]
        self.status_keys = [WorldKey(signer=signer_for("status 1", STATUS_DID, "status-1"))]
        self.trust_anchor = TrustAnchor(
            did=ROOT_DID, threshold=2, keys=tuple(key.public_key.multikey for key in self.root_keys)
        )
        self.policy = Policy(
            trust_list_url=TRUST_LIST_URL,
            trust_root_url=TRUST_ROOT_URL,
            trust_anchor=self.trust_anchor,
            refuse_demo_issuers=False,
        )
        self.documents: dict[str, bytes] = {}
        self.fetcher = RecordingFetcher(self.documents, self.clock)
        self.trust_list_version = 0
        self.roots: list[JSON] = []
        self.publish_keys()
        self.publish_root()
        self.publish_trust_list()
        self.publish_status(set())

    # What this world knows ---------------------------------------------------------------------

    @property
    def now(self) -> datetime:
        """The present of this world."""
        return self.clock.now()

    @property
    def list_url(self) -> str:
        """The status list this world's credentials name."""
        return f"{ORIGIN}/status/lists/{LIST_ID}/{self.list_suite}"

    @property
    def suspension_url(self) -> str:
        """The list of suspensions beside it, which cards name too."""
        return f"{ORIGIN}/status/suspensions/{LIST_ID}/{self.list_suite}"

    @property
    def centre(self) -> InMemorySigner:
        """The centre's present signer."""
        return self.centre_keys[-1].signer

    @property
    def status_signer(self) -> InMemorySigner:
        """The status registry's present signer."""
        return self.status_keys[-1].signer

    def production_policy(self) -> Policy:
        """The policy of a verifier whose answers are relied on."""
        return replace(self.policy, refuse_demo_issuers=True)

    def evidence(self, *, without: Iterable[str] = ()) -> Evidence:
        """Everything published, as fetched now; URLs in ``without`` count as unreachable."""
        items: dict[str, EvidenceItem] = {
            url: Fetched(url=url, body=body, fetched_at=self.now) for url, body in self.documents.items()
        }
        for url in without:
            items[url] = Unavailable(url=url, reason="unreachable", tried_at=self.now)
        return Evidence(items=items)

    # Issuing -----------------------------------------------------------------------------------

    def unsigned(self, index: int = 0, **overrides: Any) -> JSON:
        """An RPL certificate before signing; ``overrides`` replace members, None removes one."""
        document: JSON = {
            "@context": [CREDENTIALS_V2, OPEN_BADGES, PASSPORT_CONTEXT_URL],
            "id": f"urn:uuid:00000000-0000-4000-8000-{index:012d}",
            "type": ["VerifiableCredential", "OpenBadgeCredential", "RPLCertificate"],
            "name": "Bricklayer",
            "issuer": {"id": CENTRE_DID, "type": ["Profile"], "name": "What the credential calls itself"},
            "validFrom": _stamp(self.now - timedelta(days=1)),
            "credentialSubject": self.subject(index),
            "credentialStatus": self.status_entry(index),
        }
        for member, value in overrides.items():
            if value is None:
                document.pop(member, None)
            else:
                document[member] = value
        return document

    def subject(self, index: int = 0) -> JSON:
        """What is certified about person ``index``."""
        return {
            "id": f"urn:uuid:11111111-0000-4000-8000-{index:012d}",
            "type": ["AchievementSubject"],
            "nameKhmer": "សុខ ដារ៉ា",
            "nameLatin": "SOK DARA",
            "birthDate": "1994-03-07",
            "certificateNumber": f"PPT-2026-{index:05d}",
            "localized": {"title": {"km": "ជាងរៀបឥដ្ឋ"}},
            "achievement": {
                "id": f"{ORIGIN}/qualifications/CON-BRL-1",
                "type": ["Achievement"],
                "achievementType": "Certificate",
                "humanCode": "CON-BRL-1",
                "cqfLevel": 1,
                "name": "Bricklayer",
                "description": "Lays bricks and blocks.",
                "criteria": {"narrative": "Assessed against the units of competency listed."},
            },
            "unitsOfCompetency": [
                {"unitCode": "CON-BRL-101", "unitTitle": "Lay bricks to line", "unitResult": "C"},
                {"unitCode": "CON-BRL-102", "unitTitle": "Mix mortar", "unitResult": "C"},
            ],
            "assessors": ["ASR-0042", "ASR-0077"],
            "assessmentMethod": ["practical"],
            "assessmentDate": "2026-05-18",
            "decisionDate": "2026-05-20",
        }

    def status_entry(self, index: int, purpose: StatusPurpose = StatusPurpose.REVOCATION) -> JSON:
        """The entry naming bit ``index`` of this world's list."""
        return {
            "id": f"{self.list_url}#{index}",
            "type": "BitstringStatusListEntry",
            "statusPurpose": purpose.value,
            "statusListIndex": str(index),
            "statusListCredential": self.list_url,
        }

    def sign(
        self,
        document: JSON,
        *,
        signer: InMemorySigner | None = None,
        created: datetime | None = None,
        suite: str | None = None,
        proof_purpose: str = "assertionMethod",
        **options: Any,
    ) -> bytes:
        """``document`` with a proof of the centre (or of ``signer``), as bytes."""
        secured = add_proof(
            document,
            cryptosuite=suite or self.suite,
            signer=signer or self.centre,
            created=created or self.now - timedelta(days=1),
            proof_purpose=proof_purpose,
            **options,
        )
        return orjson.dumps(secured)

    def issue(self, index: int = 0, **overrides: Any) -> bytes:
        """The secured credential of person ``index``; as ``unsigned``, then signed by the centre."""
        return self.sign(self.unsigned(index, **overrides))

    def present(
        self,
        *credentials: bytes,
        holder: str = "holder",
        challenge: str | None = None,
        domain: str | None = None,
        suite: str | None = None,
    ) -> bytes:
        """A presentation of ``credentials``, signed by the did:key of ``holder``."""
        did, signer = did_key_signer(holder)
        document: JSON = {
            "@context": [CREDENTIALS_V2],
            "type": ["VerifiablePresentation"],
            "holder": did,
            "verifiableCredential": [orjson.loads(credential) for credential in credentials],
        }
        return self.sign(
            document,
            signer=signer,
            proof_purpose="authentication",
            challenge=challenge,
            domain=domain,
            suite=suite,
        )

    # Publishing --------------------------------------------------------------------------------

    def publish_keys(self) -> None:
        """Publish the DID documents of the centre and of the registry, all keys ever used included."""
        for url, did, keys in (
            (CENTRE_URL, CENTRE_DID, self.centre_keys),
            (STATUS_DID_URL, STATUS_DID, self.status_keys),
        ):
            methods = [
                VerificationMethod(
                    id=key.signer.verification_method,
                    controller=did,
                    public_key=key.signer.public_key,
                    expires=key.valid_until,
                    revoked=None,
                )
                for key in keys
            ]
            names = [method.id for method in methods]
            self.documents[url] = orjson.dumps(
                build_document(did, methods, relationships={"assertionMethod": names})
            )

    def rotate_issuer_key(self) -> InMemorySigner:
        """Retire the centre's key now, publish a new one, and return its signer."""
        name = f"centre {len(self.centre_keys) + 1}"
        self.centre_keys[-1] = replace(self.centre_keys[-1], valid_until=self.now)
        signer = signer_for(name, CENTRE_DID, f"key-{len(self.centre_keys) + 1}")
        self.centre_keys.append(WorldKey(signer=signer, valid_from=self.now))
        self.publish_keys()
        self.publish_trust_list()
        return signer

    def root_document(
        self,
        *,
        version: int | None = None,
        threshold: int = 2,
        keys: Iterable[InMemorySigner] | None = None,
        list_keys: list[JsonValue] | None = None,
        valid_until: datetime | None = None,
    ) -> JSON:
        """The next root document, not signed; it names the present list key unless told otherwise."""
        number = version or len(self.roots) + 1
        named: JSON = {
            "publicKeyMultibase": self.list_signer.public_key.multikey,
            "validFrom": _stamp(ACCREDITED_SINCE),
        }
        return {
            "@context": [CREDENTIALS_V2, PASSPORT_CONTEXT_URL],
            "id": f"{TRUST_ROOT_URL}#{number}",
            "type": ["VerifiableCredential", "TrustRootCredential"],
            "issuer": ROOT_DID,
            "validFrom": _stamp(self.now),
            "validUntil": _stamp(valid_until or self.now + timedelta(days=365)),
            "credentialSubject": {
                "id": f"{TRUST_ROOT_URL}#{number}-root",
                "type": "TrustRoot",
                "version": number,
                "threshold": threshold,
                "rootKeys": [key.public_key.multikey for key in keys or self.root_keys],
                "listKeys": list_keys or [named],
            },
        }

    def sign_root(self, document: JSON, *signers: InMemorySigner) -> JSON:
        """``document`` with a proof by each of ``signers``."""
        for signer in signers:
            document = add_proof(document, cryptosuite="eddsa-jcs-2022", signer=signer, created=self.now)
        return document

    def publish_root(self, document: JSON | None = None) -> bytes:
        """Append a signed root to the chain and publish it; without one, as 2 of 3 keys sign it."""
        signed = document or self.sign_root(self.root_document(), *self.root_keys[:2])
        self.roots.append(signed)
        raw = orjson.dumps({"roots": self.roots})
        self.documents[TRUST_ROOT_URL] = raw
        return raw

    def lose_key(self, since: datetime, held: Iterable[bytes], *, prefix_bits: int = 1) -> list[str]:
        """The centre's key is stolen at ``since``; its log held signatures over ``held`` before that.

        Publishes the set in parts and the list that names them; returns the URLs of the parts.
        """
        key = self.centre_keys[-1]
        parts: list[JsonValue] = []
        urls = []
        for number, digests in enumerate(split(map(signed_digest, held), prefix_bits)):
            url = f"{ORIGIN}/trust/digests/1/{number}"
            document: JSON = {
                "@context": [CREDENTIALS_V2, PASSPORT_CONTEXT_URL],
                "id": url,
                "type": ["VerifiableCredential", "IssuanceDigestsCredential"],
                "issuer": ROOT_DID,
                "validFrom": _stamp(self.now),
                "credentialSubject": {
                    "id": f"{url}#digests",
                    "publicKeyMultibase": key.signer.public_key.multikey,
                    "signedBefore": _stamp(since),
                    "prefixBits": prefix_bits,
                    "prefix": number,
                    "digests": pack(digests),
                },
            }
            body = self.sign(document, signer=self.list_signer, created=self.now, suite="eddsa-jcs-2022")
            self.documents[url] = body
            parts.append({"id": url, "digestMultibase": multihash_text(body)})
            urls.append(url)
        self.centre_keys[-1] = replace(
            key, compromised_since=since, signed_before={"prefixBits": prefix_bits, "parts": parts}
        )
        self.publish_trust_list()
        return urls

    def publish_trust_list(
        self,
        *,
        issuers: list[JsonValue] | None = None,
        verifiers: list[JsonValue] | None = None,
        version: int | None = None,
        valid_from: datetime | None = None,
        valid_until: datetime | None = None,
        signer: InMemorySigner | None = None,
        root_version: int | None = None,
    ) -> bytes:
        """Sign and publish a trust list; its version rises by itself unless one is given."""
        self.trust_list_version = version or self.trust_list_version + 1
        document: JSON = {
            "@context": [CREDENTIALS_V2, PASSPORT_CONTEXT_URL],
            "id": TRUST_LIST_URL,
            "type": ["VerifiableCredential", "TrustListCredential"],
            "issuer": ROOT_DID,
            "validFrom": _stamp(valid_from or self.now),
            "validUntil": _stamp(valid_until or self.now + timedelta(days=1)),
            "credentialSubject": {
                "id": f"{TRUST_LIST_URL}#list",
                "type": "TrustList",
                "version": self.trust_list_version,
                "rootVersion": root_version or len(self.roots),
                "issuers": self.trust_entries() if issuers is None else issuers,
                "verifiers": verifiers or [],
            },
        }
        raw = self.sign(document, signer=signer or self.list_signer, created=self.now, suite="eddsa-jcs-2022")
        self.documents[TRUST_LIST_URL] = raw
        return raw

    def trust_entries(self, **accreditation: Any) -> list[JsonValue]:
        """The entries of centre and registry; ``accreditation`` replaces members of the centre's."""
        granted: JSON = {
            "credentialTypes": ["RPLCertificate", "TrainingCertificate"],
            "validFrom": _stamp(ACCREDITED_SINCE),
        } | accreditation
        return [
            {
                "id": CENTRE_DID,
                "name": {"en": "Poipet Training Centre", "km": "មជ្ឈមណ្ឌលបណ្តុះបណ្តាលប៉ោយប៉ែត"},
                "roles": ["issuer"],
                "recognizedBy": ROOT_DID,
                "keys": [_key_entry(key) for key in self.centre_keys],
                "accreditations": [granted],
            },
            {
                "id": STATUS_DID,
                "name": {"en": "Status registry", "km": "បញ្ជីស្ថានភាព"},
                "roles": ["status-registry"],
                "recognizedBy": ROOT_DID,
                "keys": [_key_entry(key) for key in self.status_keys],
            },
        ]

    def publish_status(
        self,
        revoked: set[int],
        *,
        purpose: StatusPurpose = StatusPurpose.REVOCATION,
        valid_from: datetime | None = None,
        valid_until: datetime | None = None,
        with_notes: bool = True,
        signer: InMemorySigner | None = None,
        kind: ChangeKind = ChangeKind.REVOKED,
    ) -> bytes:
        """Sign and publish the status list with ``revoked`` set, and the notes beside it."""
        states = {i: IndexState(kind=kind, since=self.now, successor=None) for i in revoked}
        start, end = valid_from or self.now, valid_until or self.now + timedelta(hours=24)
        document = build_status_list_credential(
            url=self.list_url,
            issuer=STATUS_DID,
            purpose=purpose,
            length=LIST_LENGTH,
            states=states,
            valid_from=start,
            valid_until=end,
            ttl=timedelta(seconds=5),
        )
        raw = self.sign(document, signer=signer or self.status_signer, created=start, suite=self.list_suite)
        self.documents[self.list_url] = raw
        self.publish_suspensions(set(), valid_from=start, valid_until=end)
        self.documents.pop(NOTES_URL, None)
        if with_notes:
            notes = build_status_notes(
                url=NOTES_URL,
                context=f"{ORIGIN}/contexts/status-notes/v1",
                issuer=STATUS_DID,
                list_urls=[self.list_url],
                states=states,
                valid_from=start,
                valid_until=end,
            )
            self.documents[NOTES_URL] = self.sign(
                notes, signer=signer or self.status_signer, created=start, suite="eddsa-jcs-2022"
            )
        return raw

    def publish_suspensions(
        self, suspended: set[int], *, valid_from: datetime | None = None, valid_until: datetime | None = None
    ) -> None:
        """Sign and publish the list of suspensions, with nothing about it in the notes."""
        start, end = valid_from or self.now, valid_until or self.now + timedelta(hours=24)
        document = build_status_list_credential(
            url=self.suspension_url,
            issuer=STATUS_DID,
            purpose=StatusPurpose.SUSPENSION,
            length=LIST_LENGTH,
            states={i: IndexState(kind=ChangeKind.SUSPENDED, since=self.now) for i in suspended},
            valid_from=start,
            valid_until=end,
            ttl=timedelta(seconds=5),
        )
        self.documents[self.suspension_url] = self.sign(
            document, signer=self.status_signer, created=start, suite=self.list_suite
        )

    # Trouble -----------------------------------------------------------------------------------

    def go_offline(self, *urls: str) -> None:
        """Nothing answers any more, or only ``urls`` do not."""
        self.fetcher.unreachable |= set(urls)
        self.fetcher.is_offline = not urls

    def come_back(self) -> None:
        """Everything answers again."""
        self.fetcher.unreachable.clear()
        self.fetcher.is_offline = False


def _key_entry(key: WorldKey) -> JSON:
    entry: JSON = {
        "publicKeyMultibase": key.signer.public_key.multikey,
        "validFrom": _stamp(key.valid_from),
    }
    if key.valid_until is not None:
        entry["validUntil"] = _stamp(key.valid_until)
    if key.compromised_since is not None:
        entry["compromisedSince"] = _stamp(key.compromised_since)
    if key.signed_before is not None:
        entry["signedBefore"] = dict(key.signed_before)
    return entry


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
