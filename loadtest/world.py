"""A synthetic world for load: one centre, its status lists on two hosts, and credentials of every format.

Everything is really signed, by keys from fixed seeds, and published as of the present; nothing in it is
about anybody. A body is what a client sends for one credential. ``lists.example`` is a second host of the
registry, so that one can be taken away while the other answers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

import orjson

from tests.sd_jwt_world import TOKEN_LIST_URL, issue_sd_jwt, publish_tokens
from tests.simulator import CENTRE_DID, LIST_LENGTH, ORIGIN, STATUS_DID, IssuerWorld, WorldKey, signer_for
from tests.unit.vc.card import cards
from vc.crypto.keys import InMemorySigner, KeyType
from vc.encoding.strict_json import JsonObject
from vc.jose.envelope import envelop_credential
from vc.jose.secured import sign_credential_jwt
from vc.model.evidence import Evidence, Need
from vc.model.verdict import Verification
from vc.sd_jwt.disclosures import Path
from vc.status.documents import build_status_list_credential, build_status_notes
from vc.status.entries import StatusPurpose
from vc.status.fold import ChangeKind, IndexState
from vc.trust.licences import Licence, parse_licences
from vc.verify import Expectation, step, step_card, step_sd_jwt_vc

SECOND_ORIGIN: Final = "https://lists.example"
SECOND_LIST_URL: Final = f"{SECOND_ORIGIN}/status/lists/2026-2/eddsa-jcs-2022"
_SECOND_NOTES_URL: Final = f"{SECOND_ORIGIN}/status/notes/2026-2"
_NOTES_CONTEXT: Final = f"{ORIGIN}/contexts/status-notes/v1"
LICENCE_NUMBER: Final = "LOAD-1"
REVOKED_ONE_IN: Final = 100
"""Every index that this number divides is revoked in both lists: one credential in a hundred."""
TOKEN_ENTRIES: Final = 1_024

_DAY: Final = timedelta(days=1)
_LICENCE: Final[JsonObject] = {
    "licenceNumber": LICENCE_NUMBER,
    "class": "public-body",
    "name": {"en": "Employment office", "km": "ការិយាល័យការងារ"},
    "office": "Street 1",
    "phone": "023 000 001",
    "countries": ["KR"],
    "programmes": [],
    "validFrom": "2026-01-01T00:00:00Z",
}
_DISCLOSURES: Final[tuple[Path, ...]] = (
    ("nameLatin",),
    ("nameKhmer",),
    ("birthDate",),
    ("unitsOfCompetency", 0),
    ("unitsOfCompetency", 1),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Format:
    """One format as a client sends it: ``member`` of a JSON body at ``path``."""

    name: str
    path: str
    member: str
    suite: str | None = None
    key_type: KeyType = KeyType.ED25519


_CREDENTIALS, _ANYTHING, _CARDS = "/credentials/verify", "/verify/check", "/cards/verify"
SD_JWT_VC: Final = "SD-JWT VC"
VC_JWT: Final = "vc+jwt"
CARD: Final = "card"
FORMATS: Final[Mapping[str, Format]] = {
    made.name: made
    for made in (
        *(
            Format(name=suite, path=_CREDENTIALS, member="verifiableCredential", suite=suite)
            for suite in ("eddsa-jcs-2022", "eddsa-rdfc-2022")
        ),
        *(
            Format(
                name=suite,
                path=_CREDENTIALS,
                member="verifiableCredential",
                suite=suite,
                key_type=KeyType.P256,
            )
            for suite in ("ecdsa-jcs-2019", "ecdsa-rdfc-2019")
        ),
        Format(name=VC_JWT, path=_CREDENTIALS, member="verifiableCredential"),
        Format(name=SD_JWT_VC, path=_ANYTHING, member="text"),
        Format(name=CARD, path=_CARDS, member="card"),
    )
}


class LoadWorld:
    """What the authority publishes at ``now`` (aware), and what its one centre issues."""

    def __init__(self, now: datetime) -> None:
        self.world = IssuerWorld(start=now)
        key = signer_for("centre P-256", CENTRE_DID, "key-p256", KeyType.P256)
        self.world.centre_keys.append(WorldKey(signer=key))
        self._signers: Mapping[KeyType, InMemorySigner] = {
            KeyType.ED25519: self.world.centre_keys[0].signer,
            KeyType.P256: key,
        }
        self.world.publish_keys()
        self.world.publish_trust_list(verifiers=[_LICENCE])
        self.publish_lists(set())
        publish_tokens(self.world, dict.fromkeys(range(0, TOKEN_ENTRIES, REVOKED_ONE_IN), 1))

    @property
    def documents(self) -> Mapping[str, bytes]:
        """What is published now, by URL; filled further by every publication."""
        return self.world.documents

    def advance_to(self, now: datetime) -> None:
        """Let time pass, for what is published from now on."""
        self.world.clock.advance(now - self.world.now)

    async def licences(self) -> Mapping[str, Licence]:
        """The licences that this world's trust list states, by number."""
        return parse_licences([_LICENCE], "")

    def publish_lists(self, more_revoked: set[int]) -> None:
        """Publish both lists: revoked is what ``REVOKED_ONE_IN`` divides, in the first ``more_revoked``."""
        self.world.publish_status(set(range(0, LIST_LENGTH, REVOKED_ONE_IN)) | more_revoked)
        self.publish_second_list(lasts=_DAY)

    def publish_second_list(self, *, lasts: timedelta) -> datetime:
        """Publish the second host's list, good for ``lasts`` from now; returns its end."""
        now, end = self.world.now, self.world.now + lasts
        revoked = range(0, LIST_LENGTH, REVOKED_ONE_IN)
        states = {index: IndexState(kind=ChangeKind.REVOKED, since=now) for index in revoked}
        status_list = build_status_list_credential(
            url=SECOND_LIST_URL,
            issuer=STATUS_DID,
            purpose=StatusPurpose.REVOCATION,
            length=LIST_LENGTH,
            states=states,
            valid_from=now,
            valid_until=end,
            ttl=timedelta(seconds=5),
        )
        notes = build_status_notes(
            url=_SECOND_NOTES_URL,
            context=_NOTES_CONTEXT,
            issuer=STATUS_DID,
            list_urls=[SECOND_LIST_URL],
            states=states,
            valid_from=now,
            valid_until=end,
        )
        for url, document in ((SECOND_LIST_URL, status_list), (_SECOND_NOTES_URL, notes)):
            self.world.documents[url] = self.world.sign(
                document, signer=self.world.status_signer, created=now, suite="eddsa-jcs-2022"
            )
        return end

    def issue(self, made: Format, index: int, *, on_second_host: bool = False) -> bytes | str:
        """What the centre issues to person ``index``: JSON as bytes, a token or card as text."""
        signer = self._signers[made.key_type]
        if made.name == SD_JWT_VC:
            entry = {"status_list": {"idx": index % TOKEN_ENTRIES, "uri": TOKEN_LIST_URL}}
            return issue_sd_jwt(self.world, index, signer=signer, paths=_DISCLOSURES, status=entry)
        if made.name == CARD:
            return self._card(index, signer)
        document = self.world.unsigned(index)
        if on_second_host:
            document["credentialStatus"] = self.world.status_entry(index) | {
                "id": f"{SECOND_LIST_URL}#{index}",
                "statusListCredential": SECOND_LIST_URL,
            }
        if made.name == VC_JWT:
            issued_at = self.world.now - _DAY
            return orjson.dumps(
                envelop_credential(sign_credential_jwt(document, signer, issued_at=issued_at))
            )
        return self.world.sign(document, signer=signer, suite=made.suite)

    def _card(self, index: int, signer: InMemorySigner) -> str:
        blank = cards.card(self.world, card_id=index.to_bytes(16, "big"))
        # Its own place and those of its facts: one in a hundred cards is revoked as a whole.
        placed = replace(blank, status=cards.place(index), facts=(cards.fact(status=cards.place(index)),))
        return cards.issue(self.world, placed, signer=signer)

    def body(self, made: Format, index: int, *, on_second_host: bool = False) -> bytes:
        """The body of a request that has credential ``index`` checked."""
        issued = self.issue(made, index, on_second_host=on_second_host)
        return orjson.dumps({made.member: orjson.Fragment(issued) if isinstance(issued, bytes) else issued})

    def check(self, made: Format, issued: bytes | str, evidence: Evidence) -> Verification:
        """The verdicts on what was ``issued``, in this process.

        Raises ``RuntimeError`` where ``evidence`` lacks something.
        """
        answer: Verification | Need
        policy, now = self.world.policy, self.world.now
        if isinstance(issued, bytes):
            answer = step(issued, evidence, policy, now)
        elif made.name == CARD:
            answer = step_card(issued, evidence, policy, now)
        else:
            answer = step_sd_jwt_vc(issued, evidence, policy, now, _ASKED_FOR_NOTHING)
        if isinstance(answer, Need):
            raise RuntimeError("the evidence of this world is not complete")
        return answer


_ASKED_FOR_NOTHING: Final = Expectation(challenge=None, domain=None)


def make_bodies(now: datetime, made: Format, indexes: Sequence[int]) -> list[bytes]:
    """The bodies of these credentials, in order, as a world of that moment issues them."""
    world = LoadWorld(now)
    return [world.body(made, index) for index in indexes]
