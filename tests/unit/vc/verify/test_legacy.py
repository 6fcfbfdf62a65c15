"""Credentials from before VC Data Model 2.0: read with their own words, judged by the same rules."""

from datetime import timedelta
from typing import Any

import orjson
import pytest

from tests.simulator import CENTRE_DID, LIST_LENGTH, ORIGIN, STATUS_DID, IssuerWorld, did_key_signer
from vc.crypto.keys import InMemorySigner, KeyType
from vc.encoding.timestamps import format_timestamp
from vc.model.legacy import CREDENTIALS_V1
from vc.model.verdict import Answer, Outcome, Question, Reason, Verification
from vc.proof.data_integrity import attach
from vc.proof.proofs import LEGACY_PROOF_TYPE
from vc.proof.suites import require_cryptosuite
from vc.status.bitstring_status_list import encode_list
from vc.trust.decide import decide
from vc.verify import step

ED25519_2020 = "https://w3id.org/security/suites/ed25519-2020/v1"
STATUS_2021 = "https://w3id.org/vc/status-list/2021/v1"
LIST_URL = f"{ORIGIN}/status/old/7"
INDEX = 94
DAY = timedelta(days=1)
PASSPORT_TERMS = {"RPLCertificate": "https://skills-passport.example/vocab#RPLCertificate"}


def sign_2020(document: dict[str, Any], signer: InMemorySigner, world: IssuerWorld) -> bytes:
    config = {
        "type": LEGACY_PROOF_TYPE,
        "created": format_timestamp(world.now - DAY),
        "verificationMethod": signer.verification_method,
        "proofPurpose": "assertionMethod",
    }
    data = require_cryptosuite(LEGACY_PROOF_TYPE).hash_data(document, config, KeyType.ED25519)
    return orjson.dumps(attach(document, config, signer.sign(data)))


def unsigned(world: IssuerWorld, **overrides: Any) -> dict[str, Any]:
    document: dict[str, Any] = {
        "@context": [CREDENTIALS_V1, STATUS_2021, ED25519_2020, PASSPORT_TERMS],
        "id": "urn:uuid:00000000-0000-4000-8000-0000000007e1",
        "type": ["VerifiableCredential", "RPLCertificate"],
        "issuer": CENTRE_DID,
        "issuanceDate": format_timestamp(world.now - DAY),
        "credentialSubject": {"id": "urn:uuid:11111111-0000-4000-8000-0000000007e1"},
        "credentialStatus": {
            "id": f"{LIST_URL}#{INDEX}",
            "type": "StatusList2021Entry",
            "statusPurpose": "revocation",
            "statusListIndex": str(INDEX),
            "statusListCredential": LIST_URL,
        },
    }
    return document | overrides


def publish_list(
    world: IssuerWorld, *indexes: int, signer: InMemorySigner | None = None, **subject: Any
) -> None:
    document = {
        "@context": [CREDENTIALS_V1, STATUS_2021, ED25519_2020],
        "id": LIST_URL,
        "type": ["VerifiableCredential", "StatusList2021Credential"],
        "issuer": STATUS_DID,
        "issuanceDate": format_timestamp(world.now - DAY),
        "expirationDate": format_timestamp(world.now + DAY),
        "credentialSubject": {
            "id": f"{LIST_URL}#list",
            "type": "StatusList2021",
            "statusPurpose": "revocation",
            "encodedList": encode_list(LIST_LENGTH, indexes)[1:],
            **subject,
        },
    }
    world.documents[LIST_URL] = sign_2020(document, signer or world.status_signer, world)


@pytest.fixture
def world() -> IssuerWorld:
    opened = IssuerWorld()
    publish_list(opened)
    return opened


def verify(
    world: IssuerWorld, document: dict[str, Any], signer: InMemorySigner | None = None
) -> Verification:
    raw = sign_2020(document, signer or world.centre, world)
    result = step(raw, world.evidence(), world.policy, world.now)
    assert isinstance(result, Verification), result
    return result


def in_force(result: Verification) -> tuple[Answer, Reason]:
    verdict = result.verdicts[Question.IN_FORCE]
    return verdict.answer, verdict.reason


def test_a_legacy_credential_with_its_own_kind_of_list_is_accepted(world: IssuerWorld) -> None:
    result = verify(world, unsigned(world))
    assert decide(result).outcome is Outcome.ACCEPTED, (result.verdicts, result.findings)


def test_a_revoked_legacy_credential_is_revoked(world: IssuerWorld) -> None:
    publish_list(world, INDEX)
    result = verify(world, unsigned(world))
    assert in_force(result) == (Answer.NO, Reason.REVOKED)
    assert decide(result).headline == "Revoked: no longer in force"


def test_its_end_is_its_expiration_date(world: IssuerWorld) -> None:
    result = verify(world, unsigned(world, expirationDate=format_timestamp(world.now)))
    assert in_force(result) == (Answer.NO, Reason.EXPIRED)
    coming = verify(world, unsigned(world, issuanceDate=format_timestamp(world.now + DAY)))
    assert in_force(coming) == (Answer.NO, Reason.NOT_YET_VALID)


def test_an_entry_of_one_kind_is_not_read_from_a_list_of_the_other(world: IssuerWorld) -> None:
    entry = {**unsigned(world)["credentialStatus"], "statusListCredential": world.list_url}
    result = verify(world, unsigned(world, credentialStatus=entry))
    assert in_force(result) == (Answer.COULD_NOT_CHECK, Reason.STATUS_INVALID)


def test_a_legacy_list_signed_by_somebody_else_clears_nobody(world: IssuerWorld) -> None:
    publish_list(world, signer=did_key_signer("stranger")[1])
    result = verify(world, unsigned(world))
    assert in_force(result) == (Answer.COULD_NOT_CHECK, Reason.STATUS_INVALID)


def test_an_altered_legacy_credential_is_not_genuine(world: IssuerWorld) -> None:
    raw = orjson.loads(sign_2020(unsigned(world), world.centre, world))
    raw["credentialSubject"]["id"] = "urn:uuid:11111111-0000-4000-8000-000000000666"
    result = step(orjson.dumps(raw), world.evidence(), world.policy, world.now)
    assert isinstance(result, Verification)
    assert result.verdicts[Question.AUTHENTIC].reason is Reason.PROOF_INVALID


def test_a_key_that_is_not_the_issuer_s_is_refused_here_too(world: IssuerWorld) -> None:
    result = verify(world, unsigned(world), signer=did_key_signer("stranger")[1])
    assert result.verdicts[Question.AUTHENTIC].reason is Reason.KEY_NOT_ISSUERS
