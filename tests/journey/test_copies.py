"""Bound copies over HTTP: made for the wallet alone, verified by us, ended with their certificate."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import anyio
import httpx2
import pytest

from issuer import copy_store, store
from issuer.class_list import example_row
from issuer.clients import allocate_copies, registry_changes, revoke_own
from issuer.key_use import KeyUse
from issuer.service import copies, copying
from issuer.service.copies import CopyFormat, copyable, issue_copies
from issuer.service.desk import Desk, announce_keys
from issuer.service.keys import rotate_key
from passport.demo_world.class_lists import demo_class_list
from passport.demo_world.people import DemoPerson
from runtime.auth import service_token
from runtime.entropy import random_secret
from tests.journey.conftest import OFFICERS, issue_one, revoke, sign_in
from tests.journey.test_first_journey import APPROVER, CLERK, desk_of
from vc.crypto.keys import InMemorySigner, KeyType
from vc.did import did_jwk, did_key
from vc.encoding import base64url
from vc.errors import ConflictError, EvidenceUnavailable, MalformedValue, NotFound
from vc.jose.envelope import envelop_credential, envelop_presentation
from vc.jose.jws import parse_jws
from vc.jose.secured import sign_presentation_jwt
from vc.model.credential import CREDENTIALS_V2
from vc.proof.data_integrity import add_proof
from vc.sd_jwt.credential import parse_sd_jwt_vc
from vc.sd_jwt.key_binding import sign_key_binding
from vc.trust.digests import signed_digest

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(240)]

SLUG = "phka-trakuon"
CHALLENGE, DOMAIN = "n-0S6_WzA2MjKz", "https://verifier.example"
COPIES = "/issuer/api/copies"
Json = dict[str, Any]


def holder_keys(count: int) -> list[InMemorySigner]:
    """Keys that sign in the name of their did:jwk."""
    made = []
    for _ in range(count):
        secret = random_secret(KeyType.P256)
        public_key = InMemorySigner(secret, "", key_type=KeyType.P256).public_key
        method = did_jwk.verification_method_for(public_key)
        made.append(InMemorySigner(secret, method, key_type=KeyType.P256))
    return made


async def certificate(
    client: httpx2.AsyncClient, people: Sequence[DemoPerson], number: int = 0
) -> tuple[str, str]:
    """Id and RLD number of a certificate that was just issued; nobody is signed in afterwards."""
    row = demo_class_list("rpl", tuple(people)).rows[number]
    await sign_in(client, CLERK)
    issued = await issue_one(
        client, "rpl", {name: str(value) for name, value in row.items() if value}, APPROVER
    )
    client.cookies.clear()
    return str(issued["credential_id"]), str(row["rld_number"])


def as_service(desk: Desk, caller: str) -> dict[str, str]:
    context = desk.context
    token = service_token(
        caller=caller, audience="issuer", settings=context.settings, now=context.clock.now()
    )
    return {"Authorization": f"Bearer {token}"}


async def ask(
    client: httpx2.AsyncClient,
    credential_id: str,
    holder: str,
    *,
    copy_format: str = "dc+sd-jwt",
    keys: Sequence[InMemorySigner] | Sequence[Json],
    caller: str = "wallet_api",
) -> httpx2.Response:
    jwks = [key.public_key.jwk if isinstance(key, InMemorySigner) else key for key in keys]
    body = {"credential_id": credential_id, "holder": holder, "format": copy_format, "keys": jwks}
    return await client.post(COPIES, json=body, headers=as_service(desk_of(client), caller))


def answers(result: Json) -> dict[str, str]:
    return {question: verdict["answer"] for question, verdict in result["verdicts"].items()}


async def verify(client: httpx2.AsyncClient, text: str) -> Json:
    """The verdicts over one copy, by the endpoint that takes anything."""
    response = await client.post("/verify/check", json={"text": text})
    assert response.status_code == 200, response.text
    return dict(response.json())


async def outcome(client: httpx2.AsyncClient, text: str, wanted: str) -> Json:
    """The verdicts, once they come to ``wanted``; lists are held for a while."""
    with anyio.fail_after(20):
        while (result := await verify(client, text))["decision"]["outcome"] != wanted:
            await anyio.sleep(0.2)
    return result


def presented(text: str, key: InMemorySigner, copy_format: CopyFormat, now: datetime) -> Json:
    """What the holder shows: their own signature over the copy, in answer to a challenge."""
    did = did_jwk.did_for(key.public_key)
    document: Json = {"@context": [CREDENTIALS_V2], "type": ["VerifiablePresentation"], "holder": did}
    if copy_format is CopyFormat.JWT:
        document["verifiableCredential"] = [envelop_credential(text)]
        token = sign_presentation_jwt(document, key, issued_at=now, audience=DOMAIN, nonce=CHALLENGE)
        return envelop_presentation(token)
    document["verifiableCredential"] = [json.loads(text)]
    return add_proof(
        document,
        cryptosuite="ecdsa-jcs-2019",
        signer=key,
        created=now,
        proof_purpose="authentication",
        challenge=CHALLENGE,
        domain=DOMAIN,
    )


async def verify_presented(
    client: httpx2.AsyncClient, text: str, key: InMemorySigner, copy_format: CopyFormat
) -> dict[str, str]:
    now = desk_of(client).context.clock.now()
    if copy_format is CopyFormat.SD_JWT:
        bound = text + sign_key_binding(text, key, audience=DOMAIN, nonce=CHALLENGE, issued_at=now)
        shell = app_of(client, "/verify").state.licences
        verification = await shell.sitting().verify_sd_jwt_vc(bound, challenge=CHALLENGE, domain=DOMAIN)
        return {question.value: verdict.answer.value for question, verdict in verification.verdicts.items()}
    body = {
        "verifiablePresentation": presented(text, key, copy_format, now),
        "options": {"challenge": CHALLENGE, "domain": DOMAIN},
    }
    response = await client.post("/presentations/verify", json=body)
    assert response.status_code == 200, response.text
    (found,) = response.json()["credentialResults"]
    return answers(found)


def app_of(client: httpx2.AsyncClient, path: str) -> Any:
    transport: Any = client._transport
    return transport.app.app_for(path)


@pytest.mark.parametrize("copy_format", list(CopyFormat))
async def test_a_copy_is_accepted_and_its_holders(
    client: httpx2.AsyncClient, people: tuple[DemoPerson, ...], copy_format: CopyFormat
) -> None:
    credential_id, holder = await certificate(client, people)
    keys = holder_keys(3)
    made = await ask(client, credential_id, holder, copy_format=copy_format.value, keys=keys)
    assert made.status_code == 200, made.text
    assert made.headers["cache-control"] == "no-store"
    texts = made.json()["copies"]
    assert len(set(texts)) == 3
    for text in texts:
        found = answers(await verify(client, text))
        assert (found["authentic"], found["entitled"], found["inForce"]) == ("yes", "yes", "yes")
    shown = await verify_presented(client, texts[1], keys[1], copy_format)
    assert set(shown.values()) == {"yes"}
    other = await verify_presented(client, texts[1], keys[2], copy_format)
    assert other["thisPersons"] == "no", "another of the holder's own keys is not this copy's"


async def open_case(client: httpx2.AsyncClient, credential_id: str) -> str:
    await sign_in(client, OFFICERS[0])
    body = {"reason": "FRAUD", "credentials": [credential_id]}
    opened = await client.post("/revocation/api/cases", json=body)
    assert opened.status_code == 201, opened.text
    return f"/revocation/api/cases/{opened.json()['case_id']}"


async def test_all_copies_are_suspended_reinstated_and_revoked_with_their_certificate(
    client: httpx2.AsyncClient, people: tuple[DemoPerson, ...]
) -> None:
    credential_id, holder = await certificate(client, people)
    texts = []
    for copy_format in CopyFormat:
        made = await ask(client, credential_id, holder, copy_format=copy_format.value, keys=holder_keys(2))
        texts += made.json()["copies"]
    ldp_id = json.loads(texts[-1])["id"]
    # Whoever reports a copy, or opens a case about one, means the certificate.
    case = await open_case(client, ldp_id)
    assert (await client.get(case)).json()["certificates"] == 1
    assert (await client.post(f"{case}/suspend")).status_code == 200
    for text in texts:
        found = await outcome(client, text, "rejected")
        assert found["verdicts"]["inForce"]["reason"] == "suspended"
    refused = await ask(client, credential_id, holder, keys=holder_keys(1))
    assert refused.status_code == 409
    assert (await client.post(f"{case}/reinstate")).status_code == 200
    for text in texts:
        await outcome(client, text, "accepted")
    await revoke(client, credential_id)
    for text in texts:
        found = await outcome(client, text, "rejected")
        assert found["verdicts"]["inForce"]["reason"] == "revoked"
    client.cookies.clear()
    assert (await ask(client, credential_id, holder, keys=holder_keys(1))).status_code == 409
    told = await registry_changes(desk_of(client).context.peers.client("revocation"), 0)
    assert {change["credential_id"] for change in told.changes} == {credential_id}
    assert len(told.changes) == 3, "of six copies nobody is told"


async def test_a_corrected_certificate_takes_its_copies_with_it(
    client: httpx2.AsyncClient, people: tuple[DemoPerson, ...]
) -> None:
    credential_id, holder = await certificate(client, people)
    (text,) = (await ask(client, credential_id, holder, copy_format="ldp_vc", keys=holder_keys(1))).json()[
        "copies"
    ]
    registry = desk_of(client).context.peers.client("revocation")
    await revoke_own(registry, credential_id, reason="SUPERSEDED", successor="urn:uuid:" + "0" * 8)
    found = await outcome(client, text, "rejected")
    assert found["verdicts"]["inForce"]["reason"] in ("replaced", "revoked")
    lists = (await client.get("/status/lists")).json()["lists"]
    notes = {url.replace("/lists/", "/notes/").rsplit("/", 1)[0] for url in lists if "/status/lists/" in url}
    published = [(await client.get(url)).text for url in notes]
    assert sum(document.count("urn:uuid:00000000") for document in published) <= 1


async def test_what_may_not_be_copied_is_refused(
    client: httpx2.AsyncClient, people: tuple[DemoPerson, ...]
) -> None:
    credential_id, holder = await certificate(client, people)
    other = next(person.rld_number for person in people if person.rld_number != holder)
    keys = holder_keys(2)
    jwk = dict(keys[0].public_key.jwk)
    p384 = dict(InMemorySigner(random_secret(KeyType.P384), "", key_type=KeyType.P384).public_key.jwk)
    not_theirs = [
        await ask(client, credential_id, other, keys=keys),
        await ask(client, "urn:uuid:5f0c2c7e-4f5d-4f60-9c36-1f5e8a7a8a01", holder, keys=keys),
    ]
    assert [answer.status_code for answer in not_theirs] == [404, 404]
    faults: dict[str, list[Json]] = {
        "no key": [],
        "21 keys": [dict(key.public_key.jwk) for key in holder_keys(21)],
        "one key twice": [jwk, jwk],
        "a private key": [jwk | {"d": jwk["x"]}],
        "a key for encryption": [jwk | {"use": "enc"}],
        "a kind that wallets do not have": [p384],
        "a point off the curve": [jwk | {"x": jwk["y"]}],
        "no key at all": [{"kty": "EC"}],
    }
    for fault, sent in faults.items():
        answer = await ask(client, credential_id, holder, keys=sent)
        assert 400 <= answer.status_code < 500, fault
        assert jwk["x"] not in answer.text, fault
    assert (await ask(client, credential_id, holder, copy_format="mso_mdoc", keys=keys)).status_code == 400
    for caller in ("verifier", "revocation", "trust_registry"):
        assert (await ask(client, credential_id, holder, keys=keys, caller=caller)).status_code == 403
    body = {"credential_id": credential_id, "holder": holder, "format": "dc+sd-jwt", "keys": [jwk]}
    await sign_in(client, CLERK)
    assert (await client.post(COPIES, json=body)).status_code in (401, 403)
    desk = desk_of(client)
    assert not await desk.context.database.read(
        copy_store.copies_of_person, desk.sealed.personal.person(holder)
    )


async def test_two_copies_of_a_person_share_nothing_that_is_theirs(
    client: httpx2.AsyncClient, people: tuple[DemoPerson, ...]
) -> None:
    credential_id, holder = await certificate(client, people)
    made = (await ask(client, credential_id, holder, keys=holder_keys(5))).json()["copies"]
    made += (await ask(client, credential_id, holder, keys=holder_keys(5))).json()["copies"]
    signed = [json.loads(parse_jws(text.split("~")[0]).payload) for text in made]
    for members in signed:
        assert members.keys() == {"iss", "iat", "exp", "vct", "cnf", "status", "_sd", "_sd_alg"}
        assert members["_sd"] == sorted(members["_sd"])
        assert (members["exp"] + 1) % 86_400 == 0
    assert len({(members["iss"], members["iat"], members["exp"], members["vct"]) for members in signed}) == 1
    places = [tuple(members["status"]["status_list"].values()) for members in signed]
    digests = [digest for members in signed for digest in members["_sd"]]
    keys = [json.dumps(members["cnf"]) for members in signed]
    assert [len(set(values)) for values in (places, digests, keys)] == [10, len(digests), 10]
    indexes = sorted(int(index) for index, _ in places)
    assert len({b - a for a, b in pairwise(indexes)}) > 1, "in no order"
    salts = [
        json.loads(base64url.decode(part, max_bytes=10_000))[0]
        for text in made
        for part in text.split("~")[1:-1]
    ]
    assert len(set(salts)) == len(salts)
    assert min(map(len, salts)) >= 22
    claims = [parse_sd_jwt_vc(text).claims for text in made]
    assert all({"nameKhmer", "nameLatin", "achievement", "birthDate"} <= members.keys() for members in claims)
    for text in made:
        disclosed = "".join(
            base64url.decode(part, max_bytes=10_000).decode() for part in text.split("~")[1:-1]
        )
        assert credential_id not in disclosed
        assert holder not in disclosed


async def test_what_is_signed_and_lost_is_given_up_and_its_index_ended(
    client: httpx2.AsyncClient, people: tuple[DemoPerson, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    credential_id, holder = await certificate(client, people)
    desk, signed = desk_of(client), []
    real = copying._sign_all

    def dies_after(*arguments: Any) -> Any:
        signed.extend(real(*arguments))
        raise EvidenceUnavailable("the power went")

    monkeypatch.setattr(copying, "_sign_all", dies_after)
    wanted = [key.public_key for key in holder_keys(2)]
    order: Json = {"rld_number": holder, "copy_format": CopyFormat.SD_JWT, "holder_keys": wanted}
    with pytest.raises(EvidenceUnavailable):
        await issue_copies(desk, credential_id, **order)
    person = desk.sealed.personal.person(holder)
    kept = await desk.context.database.read(copy_store.copies_of_person, person)
    assert {(copy.state, copy.payload) for copy in kept} == {(store.ABANDONED, None)}
    await copies.retire_left(desk)
    kept = await desk.context.database.read(copy_store.copies_of_person, person)
    assert {copy.state for copy in kept} == {store.RETIRED}
    for text, _ in signed:
        found = await outcome(client, text, "rejected")
        assert found["verdicts"]["inForce"]["reason"] == "revoked"
    monkeypatch.setattr(copying, "_sign_all", real)
    again = await issue_copies(desk, credential_id, **order)
    assert [answers(await verify(client, text))["inForce"] for text in again] == ["yes", "yes"]


@pytest.mark.parametrize("has_index", [True, False], ids=["with an index", "before it"])
async def test_what_a_dead_process_left_is_found(
    client: httpx2.AsyncClient,
    people: tuple[DemoPerson, ...],
    monkeypatch: pytest.MonkeyPatch,
    has_index: bool,
) -> None:
    """Nothing was cleared up, as after kill -9; and its certificate has ended since."""
    credential_id, holder = await certificate(client, people)
    desk = desk_of(client)
    given: list[str] = []

    async def dies(registry: httpx2.AsyncClient, intents: Sequence[Any]) -> Any:
        if has_index:
            given.extend(await allocate_copies(registry, intents))
        raise EvidenceUnavailable("the power went")

    with monkeypatch.context() as patch:
        patch.setattr(copying, "allocate_copies", dies)
        patch.setattr(copy_store, "give_up", lambda _connection, _ids: None)
        with pytest.raises(EvidenceUnavailable):
            await issue_copies(
                desk,
                credential_id,
                rld_number=holder,
                copy_format=CopyFormat.JWT,
                holder_keys=[key.public_key for key in holder_keys(1)],
            )
    await revoke(client, credential_id)
    await copies.retire_left(desk)
    person = desk.sealed.personal.person(holder)
    (left,) = await desk.context.database.read(copy_store.copies_of_person, person)
    assert left.state == store.RESERVED, "its maker may be at work still"
    with monkeypatch.context() as patch:
        patch.setattr(copies, "SIGNING_LEASE", timedelta(seconds=-2))
        await copies.retire_left(desk)
    (left,) = await desk.context.database.read(copy_store.copies_of_person, person)
    assert left.state == store.RETIRED
    assert given == ([left.copy_id] if has_index else [])


async def test_nothing_is_handed_out_under_a_key_that_was_stolen_meanwhile(
    client: httpx2.AsyncClient, people: tuple[DemoPerson, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    credential_id, holder = await certificate(client, people)
    desk, keys = desk_of(client), holder_keys(3)
    (earlier,) = (await ask(client, credential_id, holder, keys=keys[:1])).json()["copies"]
    real = copying._sign_all

    def stolen_then(*arguments: Any) -> Any:
        rotate_key(desk.context, SLUG, actor="operator", is_stolen=True, use=KeyUse.TOKENS)
        return real(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(copying, "_sign_all", stolen_then)
        assert (await ask(client, credential_id, holder, keys=keys[1:2])).status_code == 503
    await announce_keys(desk.context)
    await anyio.sleep(1.1)  # keys begin with a whole second
    after = await ask(client, credential_id, holder, keys=keys[2:])
    assert after.status_code == 200, after.text
    (later,) = after.json()["copies"]
    named = [parse_jws(text.split("~")[0]).key_id for text in (earlier, later)]
    assert [str(name).rsplit("#", 1)[1] for name in named] == [f"{SLUG}.es256-1", f"{SLUG}.es256-2"]
    for text in (earlier, later):
        await outcome(client, text, "accepted")
    # What the log held before the theft is told apart by it (the trust registry asks).
    old = desk.context.keyring.public_key(f"{SLUG}.es256-1").multikey
    held = await desk.context.database.read(store.issued_with_key, old, after="", limit=10)
    assert [row.digest for row in held] == [signed_digest(parse_jws(earlier.split("~")[0]).signing_input)]
    # The certificate's own key was not touched.
    assert (await desk.context.database.read(store.current_key, SLUG)).key_id == f"{SLUG}-1"


async def test_health_copies_stand_in_the_lists_of_health(
    client: httpx2.AsyncClient, people: tuple[DemoPerson, ...]
) -> None:
    await sign_in(client, "clerk-medical-desk")
    row: Json = dict(example_row("health", today=desk_of(client).context.clock.now().date()))
    person = people[3]
    row |= {key: getattr(person, key) for key in ("rld_number", "name_km", "name_latin", "birth_date", "sex")}
    issued = await issue_one(
        client, "health", {key: str(value) for key, value in row.items()}, "health-clerk"
    )
    client.cookies.clear()
    general_id, holder = await certificate(client, people)
    lists = []
    for credential_id, whose in ((issued["credential_id"], person.rld_number), (general_id, holder)):
        made = await ask(client, credential_id, whose, keys=holder_keys(1))
        assert made.status_code == 200, made.text
        (text,) = made.json()["copies"]
        status: Any = parse_sd_jwt_vc(text).claims["status"]
        lists.append(status["status_list"]["uri"])
        assert answers(await verify(client, text))["inForce"] == "yes"
    assert lists[0] != lists[1]


async def test_a_person_is_told_what_can_be_copied_and_what_was(
    client: httpx2.AsyncClient, people: tuple[DemoPerson, ...]
) -> None:
    credential_id, holder = await certificate(client, people)
    desk = desk_of(client)
    (found,) = await copyable(desk, holder)
    assert (found.credential_id, found.type_name, found.centre_slug) == (
        credential_id,
        "RPLCertificate",
        SLUG,
    )
    key = holder_keys(1)[0].public_key
    wanted: Json = {"rld_number": holder, "copy_format": CopyFormat.LDP, "holder_keys": [key]}
    (text,) = await issue_copies(desk, credential_id, **wanted, holder_ids=[did_key.did_for(key)])
    assert json.loads(text)["credentialSubject"]["id"] == did_key.did_for(key)
    for wrong in ("did:web:skills-passport.example", did_key.did_for(holder_keys(1)[0].public_key)):
        with pytest.raises(MalformedValue):
            await issue_copies(desk, credential_id, **wanted, holder_ids=[wrong])
    kept = await desk.context.database.read(copy_store.copies_of_person, desk.sealed.personal.person(holder))
    assert [(copy.state, copy.payload, copy.format) for copy in kept] == [("issued", None, "ldp_vc")]
    await revoke(client, credential_id)
    with pytest.raises(ConflictError):
        await issue_copies(desk, credential_id, **wanted)
    with pytest.raises(NotFound):
        await issue_copies(desk, "urn:uuid:nobody", **wanted)


async def test_types_say_what_they_are(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/types/RPLCertificate")
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == "*"
    described = answer.json()
    assert described["vct"] == "https://skills-passport.example/types/RPLCertificate"
    assert {entry["locale"] for entry in described["display"]} == {"en", "km", "ja", "ko", "th", "ms", "ar"}
    assert (await client.get("/types/Nothing")).status_code == 404
