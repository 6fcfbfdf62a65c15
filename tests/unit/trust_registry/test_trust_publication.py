"""The signed list: what a verifier gets, and that it only ever goes forward."""

import hashlib
import json
from datetime import timedelta

import pytest

from runtime.auth import Principal, Role
from runtime.service import ServiceContext
from tests.unit.trust_registry.deployment import (
    BASE_URL,
    CENTRE_DID,
    NOW,
    STATUS_DID,
    accreditation,
    bearer,
    browsing,
    clock_of,
)
from trust_registry import store
from trust_registry.app import create_app
from trust_registry.publication import RESIGN_AFTER, VALIDITY, Publication, _standing
from trust_registry.root import (
    DEMO_FOLDER,
    add_list_key,
    ensure_list_key,
    open_root_key,
    propose_next,
    publish_root,
    sign_proposal,
)
from trust_registry.service import accredit, register_issuer_key, root_did
from trust_registry.trust_document import TrustListUnsound, build_trust_list, require_sound
from vc.crypto.keys import InMemorySigner, PublicKey
from vc.did.documents import parse_document
from vc.encoding.strict_json import parse_json_object
from vc.errors import ConflictError, EvidenceUnavailable
from vc.model.verdict import Answer, Reason
from vc.proof.data_integrity import parse_proofs, verify_proof
from vc.trust.entitled import Award, judge_entitled, judge_key
from vc.trust.trust_list import TrustList, parse_trust_list

pytestmark = pytest.mark.anyio

CENTRE_KEY = InMemorySigner(b"\x01" * 32, "").public_key.multikey
NEXT_KEY = InMemorySigner(b"\x02" * 32, "").public_key.multikey
REGISTRAR = Principal(subject="demo-registrar", name="Demo registrar", role=Role.REGISTRAR)


def read_as_verifier(context: ServiceContext, body: bytes) -> TrustList:
    """Proof first, against the pinned key; then the shape."""
    anchor = ensure_list_key(context.database, context.settings, context.keyring, NOW)
    received = parse_json_object(body)
    (proof,) = parse_proofs(received)
    assert proof.cryptosuite == "eddsa-jcs-2022"
    assert proof.verification_method == f"{root_did(context.settings)}#list-1"
    result = verify_proof(received, proof, PublicKey.from_multikey(anchor))
    assert result.verified
    assert result.verified_document is not None
    return parse_trust_list(result.verified_document)


def announce(context: ServiceContext, key: str, days: int = 0) -> None:
    register_issuer_key(
        context.database,
        did=CENTRE_DID,
        public_key_multibase=key,
        valid_from=NOW + timedelta(days=days),
        now=context.clock.now(),
    )


async def published(context: ServiceContext) -> tuple[Publication, TrustList]:
    publication = Publication(context)
    await publication.refresh()
    return publication, read_as_verifier(context, publication.require_published().trust_list)


async def test_what_is_published_verifies_and_reads_as_it_was_registered(context: ServiceContext) -> None:
    announce(context, CENTRE_KEY)
    _, trust_list = await published(context)
    assert trust_list.url == f"{BASE_URL}/trust/list"
    assert (trust_list.version, trust_list.valid_from, trust_list.valid_until) == (1, NOW, NOW + VALIDITY)
    assert set(trust_list.issuers) == {
        root_did(context.settings),
        STATUS_DID,
        CENTRE_DID,
        CENTRE_DID.replace("poipet", "battambang"),
    }
    centre = trust_list.issuers[CENTRE_DID]
    assert centre.roles == {"issuer"}
    assert centre.name == {"en": "Poipet Training Centre", "km": "មជ្ឈមណ្ឌលប៉ោយប៉ែត"}
    assert trust_list.issuers[STATUS_DID].roles == {"status-registry"}
    (granted,) = centre.accreditations
    expected = accreditation()
    assert granted.credential_types == expected.credential_types
    assert granted.qualification_codes == expected.qualification_codes
    assert granted.cqf_levels == expected.cqf_levels
    assert (granted.valid_from, granted.valid_until) == (expected.valid_from, expected.valid_until)


@pytest.mark.parametrize(
    ("code", "level", "days", "reason"),
    [
        ("DEMO-RPL-BRL", 1, 0, Reason.ISSUER_ACCREDITED),
        ("DEMO-RPL-XXX", 1, 0, Reason.QUALIFICATION_NOT_ACCREDITED),
        ("DEMO-RPL-BRL", 4, 0, Reason.LEVEL_NOT_ACCREDITED),
        ("DEMO-RPL-BRL", 1, 60, Reason.DATE_NOT_ACCREDITED),
        ("DEMO-RPL-BRL", 1, -400, Reason.DATE_NOT_ACCREDITED),
    ],
)
async def test_the_published_list_judges_awards(
    context: ServiceContext, code: str, level: int, days: int, reason: Reason
) -> None:
    _, trust_list = await published(context)
    award = Award(
        credential_types=frozenset({"VerifiableCredential", "RPLCertificate"}),
        qualification_code=code,
        cqf_level=level,
    )
    judgement = judge_entitled(trust_list, CENTRE_DID, award, NOW + timedelta(days=days), refuse_demo=False)
    assert judgement.reason is reason


async def test_rotation_keeps_the_history_of_keys(context: ServiceContext) -> None:
    announce(context, CENTRE_KEY, days=-30)
    publication, _ = await published(context)
    clock_of(context).advance(timedelta(days=1))
    announce(context, NEXT_KEY, days=1)
    await publication.refresh()
    centre = read_as_verifier(context, publication.require_published().trust_list).issuers[CENTRE_DID]
    before, after = NOW, NOW + timedelta(days=2)
    assert judge_key(centre, CENTRE_KEY, before).answer is Answer.YES
    assert judge_key(centre, CENTRE_KEY, after).reason is Reason.KEY_RETIRED
    assert judge_key(centre, NEXT_KEY, before).reason is Reason.KEY_RETIRED
    assert judge_key(centre, NEXT_KEY, after).answer is Answer.YES


def name_another_list_key(context: ServiceContext) -> str:
    """The registry makes a second list key; a new root, signed 2 of 3, ends the first and names it."""
    database, settings, now = context.database, context.settings, context.clock.now()
    first = ensure_list_key(database, settings, context.keyring, now)
    second = add_list_key(database, settings, context.keyring, now)
    document = propose_next(database, settings, now=now, retire_list_keys=[first], add_list_keys=[second])
    for number in (1, 3):
        path = settings.data_dir / DEMO_FOLDER / f"DEMO-root-key-{number}.json"
        signer = open_root_key(path, settings.secret("keyring_passphrase"), is_demo=True)
        document = sign_proposal(document, signer, now)
    assert publish_root(database, settings, document) == 2
    return second


async def test_a_new_list_key_signs_once_the_root_names_it(context: ServiceContext) -> None:
    publication, _ = await published(context)
    first = ensure_list_key(context.database, context.settings, context.keyring, NOW)
    did = root_did(context.settings)
    document = parse_document(did, publication.require_published().did_document)
    (method,) = document.verification_methods
    assert (method.id, method.public_key.multikey) == (f"{did}#list-1", first)
    chain = publication.require_published().root_chain
    second = name_another_list_key(context)
    await publication.refresh()
    document = parse_document(did, publication.require_published().did_document)
    old, new = document.verification_methods
    assert (old.id, old.expires) == (f"{did}#list-1", NOW)
    assert (new.id, new.public_key.multikey, new.expires) == (f"{did}#list-2", second, None)
    received = parse_json_object(publication.require_published().trust_list)
    (proof,) = parse_proofs(received)
    assert proof.verification_method == f"{did}#list-2"
    assert parse_trust_list(received).root_version == 2
    assert publication.require_published().root_chain != chain


async def test_a_list_key_that_no_root_names_signs_nothing(context: ServiceContext) -> None:
    publication, _ = await published(context)
    add_list_key(context.database, context.settings, context.keyring, NOW)
    await publication.publish()
    (proof,) = parse_proofs(parse_json_object(publication.require_published().trust_list))
    assert proof.verification_method == f"{root_did(context.settings)}#list-1"


async def test_versions_only_rise_over_changes_restarts_and_processes(context: ServiceContext) -> None:
    first, second = Publication(context), Publication(context)
    versions = []
    for publication in (first, second, first, Publication(context)):
        clock_of(context).advance(timedelta(seconds=1))
        versions.append(await publication.publish())
    assert versions == [1, 2, 3, 4]
    await second.refresh()
    assert second.require_published().version == 4


async def test_the_version_served_never_falls(context: ServiceContext) -> None:
    publication, _ = await published(context)
    first = context.database.read_now(store.signed_version_or_none)
    await publication.publish()
    assert first is not None
    publication._serve(first, context.database.read_now(_standing))
    assert publication.require_published().version == 2


async def test_an_unchanged_register_is_not_signed_again_until_it_is_time(context: ServiceContext) -> None:
    publication, _ = await published(context)
    body = publication.require_published().trust_list
    clock_of(context).advance(RESIGN_AFTER - timedelta(seconds=1))
    await publication.refresh()
    assert publication.require_published().trust_list == body
    clock_of(context).advance(timedelta(seconds=1))
    await publication.refresh()
    assert publication.require_published().version == 2
    assert publication.require_published().valid_until == NOW + RESIGN_AFTER + VALIDITY


async def test_a_change_made_beside_the_service_is_published_at_the_next_look(
    context: ServiceContext,
) -> None:
    publication, _ = await published(context)
    accredit(context.database, accreditation(organisation_id="battambang"))
    await publication.refresh()
    trust_list = read_as_verifier(context, publication.require_published().trust_list)
    assert trust_list.version == 2
    assert trust_list.issuers[CENTRE_DID.replace("poipet", "battambang")].accreditations


async def test_a_clock_set_back_publishes_nothing(context: ServiceContext) -> None:
    publication, _ = await published(context)
    clock_of(context).advance(timedelta(seconds=-1))
    with pytest.raises(ConflictError):
        await publication.publish()
    assert publication.require_published().version == 1
    assert context.database.read_now(store.latest_version) == (1, NOW)


async def test_an_intent_that_was_never_signed_is_not_served_and_its_number_not_reused(
    context: ServiceContext,
) -> None:
    context.database.write_now(store.record_version, 1, b"{}", valid_from=NOW, valid_until=NOW + VALIDITY)
    _, trust_list = await published(context)
    assert trust_list.version == 2


async def test_what_does_not_say_what_was_meant_is_not_published(context: ServiceContext) -> None:
    publication, _ = await published(context)
    register = context.database.read_now(store.read_register)
    other = build_trust_list(
        register,
        signed_before={},
        url=f"{BASE_URL}/trust/list",
        root_did=root_did(context.settings),
        version=2,
        root_version=1,
        valid_from=NOW,
        valid_until=NOW + VALIDITY,
    )
    body = publication.require_published().trust_list
    anchor = ensure_list_key(context.database, context.settings, context.keyring, NOW)
    with pytest.raises(TrustListUnsound):
        require_sound(body, PublicKey.from_multikey(anchor), other)
    with pytest.raises(TrustListUnsound):
        require_sound(body, PublicKey.from_multikey(CENTRE_KEY), other)


async def test_before_the_authority_is_registered_the_list_is_unavailable(
    empty_context: ServiceContext,
) -> None:
    app = create_app(empty_context)
    async with browsing(app) as client:
        response = await client.get("/trust/list", headers={"Accept": "application/json"})
    assert response.status_code == 503
    with pytest.raises(EvidenceUnavailable):
        Publication(empty_context).require_published()


async def test_the_list_is_served_from_memory_with_an_etag(context: ServiceContext) -> None:
    async with browsing(create_app(context), REGISTRAR) as client:
        context.database.close()
        (context.settings.data_dir / "trust_registry.sqlite3").unlink()
        response = await client.get("/trust/list", headers={"Accept": "*/*"})
        assert response.status_code == 200
        assert response.headers["content-type"] == "application/vc"
        assert response.headers["etag"] == f'"{hashlib.sha256(response.content).hexdigest()}"'
        assert response.headers["cache-control"] == "public, max-age=5"
        assert "set-cookie" not in response.headers
        again = await client.get("/trust/list", headers={"If-None-Match": response.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        other = await client.get("/trust/list", headers={"If-None-Match": '"0"'})
        assert other.content == response.content
        root = await client.get("/trust/root")
        assert root.headers["content-type"] == "application/json"
        assert [entry["credentialSubject"]["version"] for entry in root.json()["roots"]] == [1]
        seen = {"If-None-Match": root.headers["etag"]}
        assert (await client.get("/trust/root", headers=seen)).status_code == 304
        did = await client.get("/trust/did.json")
        assert json.loads(did.content)["id"] == root_did(context.settings)


def announcement(did: str = CENTRE_DID, key: str = CENTRE_KEY) -> dict[str, str]:
    return {"did": did, "public_key_multibase": key, "valid_from": "2026-11-22T03:00:00Z"}


async def test_a_centre_service_announces_its_key_idempotently(context: ServiceContext) -> None:
    async with browsing(create_app(context)) as client:
        headers = bearer(context, "issuer")
        answers = [
            (await client.post("/trust/api/issuer-keys", json=announcement(), headers=headers)).json()
            for _ in range(3)
        ]
        assert answers == [
            {"created": True, "version": 2},
            {"created": False, "version": 2},
            {"created": False, "version": 2},
        ]
        body = (await client.get("/trust/list")).content
        (key,) = read_as_verifier(context, body).issuers[CENTRE_DID].keys
        assert key.public_key_multibase == CENTRE_KEY


@pytest.mark.parametrize(
    ("caller", "did", "status"),
    [
        ("issuer", STATUS_DID, 403),
        ("revocation", CENTRE_DID, 403),
        ("issuer", "did:web:skills-passport.example:trust", 403),
        ("verifier", CENTRE_DID, 403),
        ("issuer", "did:web:skills-passport.example:centres:nowhere", 404),
        ("issuer", "did:web:evil.example:centres:poipet", 403),
        (None, CENTRE_DID, 401),
    ],
)
async def test_no_service_speaks_for_another_kind_of_organisation(
    context: ServiceContext, caller: str | None, did: str, status: int
) -> None:
    async with browsing(create_app(context)) as client:
        headers = bearer(context, caller) if caller else {"Accept": "application/json"}
        response = await client.post("/trust/api/issuer-keys", json=announcement(did), headers=headers)
    assert response.status_code == status
    assert context.database.read_now(store.latest_version) == (1, NOW)


@pytest.mark.parametrize(
    "body",
    [
        {**announcement(), "valid_from": "yesterday"},
        {**announcement(), "public_key_multibase": "z" + "1" * 47},
        {**announcement(), "compromised_since": "2026-01-01T00:00:00Z"},
        {**announcement(), "did": 7},
        {},
    ],
    ids=["no instant", "no key", "unknown member", "number", "empty"],
)
async def test_malformed_announcements_are_client_errors(
    context: ServiceContext, body: dict[str, object]
) -> None:
    async with browsing(create_app(context)) as client:
        response = await client.post("/trust/api/issuer-keys", json=body, headers=bearer(context, "issuer"))
    assert response.status_code == 400
