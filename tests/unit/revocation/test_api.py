"""The registry over HTTP: who may do what, what is answered, and that everybody gets the same bytes."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from issuer.clients import ended_credentials
from revocation.published_files import read_list
from runtime.auth import Principal, Role
from tests.unit.revocation.registry_world import START, World
from tests.unit.revocation.service_world import Service, intents, moment, running
from vc.did.did_web import parse_document
from vc.encoding.strict_json import parse_json_object
from vc.proof.data_integrity import parse_proofs, verify_proof
from vc.status.bitstring_status_list import bit_at
from vc.status.entries import StatusEntry, parse_status_entries

pytestmark = pytest.mark.anyio

ENTRIES = "/revocation/api/entries"
REVOCATIONS = "/revocation/api/revocations"
CLERK = Principal(subject="clerk-1", name="Clerk", role=Role.CLERK)


@pytest.fixture
async def service(world: World) -> AsyncIterator[Service]:
    async with running(world.settings, world.database, world.clock) as started:
        yield started


async def allocated(service: Service, *names: str, cryptosuite: str = "eddsa-rdfc-2022") -> list[StatusEntry]:
    async with service.as_service() as issuer:
        response = await issuer.post(ENTRIES, json=intents(*names, cryptosuite=cryptosuite))
    assert response.status_code == 200
    found = [parse_status_entries(item)[0] for item in response.json()["entries"]]
    return [entry for entry in found if isinstance(entry, StatusEntry)]


async def test_an_entry_points_to_the_list_secured_as_the_credential_is(service: Service) -> None:
    for suite in ("eddsa-rdfc-2022", "eddsa-jcs-2022"):
        (entry,) = await allocated(service, f"for-{suite}", cryptosuite=suite)
        assert entry.list_url.startswith(f"{service.settings.base_url}/status/lists/")
        assert entry.list_url.endswith(f"/{suite}")
        assert entry.id == f"{entry.list_url}#{entry.index}"


async def test_the_list_of_a_new_entry_is_published_before_the_entry_is_answered(service: Service) -> None:
    (entry,) = await allocated(service, "a")
    async with service.client() as anybody:
        response = await anybody.get(entry.list_url)
    assert response.status_code == 200
    status_list = read_list(response.content)
    assert status_list.url == entry.list_url
    assert not bit_at(status_list.bits, entry.index)


async def test_asking_again_gives_the_same_entries_in_the_order_asked(service: Service) -> None:
    first, second = await allocated(service, "a", "b")
    assert await allocated(service, "b", "a") == [second, first]


async def test_another_content_under_one_intent_is_a_conflict(service: Service) -> None:
    await allocated(service, "a")
    async with service.as_service() as issuer:
        response = await issuer.post(ENTRIES, json=intents("a", cryptosuite="eddsa-jcs-2022"))
    assert response.status_code == 409


BODIES = {
    "no_intents": {"intents": []},
    "unknown_member": intents("a") | {"purpose": "revocation"},
    "unknown_suite": intents("a", cryptosuite="none"),
    "too_many": {"intents": intents("a")["intents"] * 1001},
    "credential_id_not_a_url": {"intents": [intents("a")["intents"][0] | {"credential_id": "a"}]},
    "intent_with_a_list": {"intents": [intents("a")["intents"][0] | {"list_id": "mine"}]},
    "intent_id_a_number": {"intents": [intents("a")["intents"][0] | {"intent_id": 7}]},
    "not_an_object": [],
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
async def test_a_malformed_request_for_entries_is_refused(service: Service, body: object) -> None:
    async with service.as_service() as issuer:
        response = await issuer.post(ENTRIES, json=body)
    assert 400 <= response.status_code < 500


async def test_only_services_allocate(service: Service) -> None:
    async with service.client() as anybody, service.as_officer() as officer:
        assert (await anybody.post(ENTRIES, json=intents("a"))).status_code == 401
        assert (await officer.post(ENTRIES, json=intents("a"))).status_code in (401, 403)


async def test_revoking_answers_when_and_by_when_it_is_seen_and_is_published(service: Service) -> None:
    (entry,) = await allocated(service, "a")
    body = {"credential_id": "urn:uuid:a", "reason": "FRAUD", "note": "case 12"}
    async with service.as_service() as officer:
        response = await officer.post(REVOCATIONS, json=body)
        assert response.status_code == 201
        answer = response.json()
        assert (answer["state"], moment(answer["revoked_at"])) == ("revoked", START)
        assert answer["visible_within_seconds"] <= 10
        await service.registry.publisher.publish_due()
        status_list = read_list((await officer.get(entry.list_url)).content)
    assert bit_at(status_list.bits, entry.index)


async def test_a_second_revocation_is_fine_and_keeps_the_first_date(service: Service, world: World) -> None:
    await allocated(service, "a")
    async with service.as_officer() as officer:
        body = {"credential_id": "urn:uuid:a", "reason": "HOLDER_REQUEST"}
        first = await officer.post(REVOCATIONS, json=body)
        world.clock.advance(timedelta(minutes=5))
        again = await officer.post(REVOCATIONS, json={**body, "note": "asked twice"})
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()


@pytest.mark.parametrize("method", ["DELETE", "PATCH", "PUT"])
async def test_there_is_no_route_back(service: Service, method: str) -> None:
    await allocated(service, "a")
    async with service.as_service() as officer:
        await officer.post(REVOCATIONS, json={"credential_id": "urn:uuid:a", "reason": "FRAUD"})
        for path in (REVOCATIONS, f"{REVOCATIONS}/urn:uuid:a", "/revocation/api/credentials/urn:uuid:a"):
            assert (await officer.request(method, path, json={"state": "inForce"})).status_code in (404, 405)
        state = await officer.get("/revocation/api/credentials/urn:uuid:a")
    assert state.json()["state"] == "revoked"


async def test_a_service_revokes_and_sees_only_what_it_allocated(service: Service) -> None:
    await allocated(service, "a")
    body = {"credential_id": "urn:uuid:a", "reason": "ISSUED_IN_ERROR"}
    async with service.as_service("wallet_api") as stranger, service.as_service("issuer") as issuer:
        assert (await stranger.post(REVOCATIONS, json=body)).status_code == 404
        assert (await stranger.get("/revocation/api/credentials/urn:uuid:a")).status_code == 404
        assert (await issuer.get("/revocation/api/credentials/urn:uuid:a")).json()["state"] == "inForce"
        assert (await issuer.post(REVOCATIONS, json=body)).status_code == 201


async def test_nobody_else_revokes(service: Service) -> None:
    await allocated(service, "a")
    body = {"credential_id": "urn:uuid:a", "reason": "FRAUD"}
    async with service.client() as anybody, service.as_officer(CLERK) as clerk:
        assert (await anybody.post(REVOCATIONS, json=body)).status_code == 401
        assert (await clerk.post(REVOCATIONS, json=body)).status_code == 403
        assert (await clerk.get("/revocation/api/credentials/urn:uuid:a")).status_code == 403


async def test_a_replaced_credential_names_its_successor(service: Service, world: World) -> None:
    (entry,) = await allocated(service, "a")
    body = {"credential_id": "urn:uuid:a", "reason": "SUPERSEDED", "successor": "urn:uuid:b"}
    async with service.as_service() as officer:
        assert (await officer.post(REVOCATIONS, json=body)).json()["state"] == "superseded"
        world.clock.advance(timedelta(seconds=45))
        await service.registry.publisher.publish_due()
        notes = (await officer.get(f"/status/notes/{entry.list_url.split('/')[-2]}")).json()
    assert notes["credentialSubject"]["statusNote"] == [
        {
            "statusListIndex": str(entry.index),
            "state": "superseded",
            "effectiveDay": "2026-11-22",
            "successor": "urn:uuid:b",
        }
    ]


REVOCATION_FAULTS = {
    "reason_unknown": {"credential_id": "urn:uuid:a", "reason": "BECAUSE"},
    "reason_missing": {"credential_id": "urn:uuid:a"},
    "reason_recovered": {"credential_id": "urn:uuid:a", "reason": "RECOVERED"},
    "successor_without_superseded": {
        "credential_id": "urn:uuid:a",
        "reason": "FRAUD",
        "successor": "urn:uuid:b",
    },
    "date_of_my_own": {"credential_id": "urn:uuid:a", "reason": "FRAUD", "at": "2020-01-01T00:00:00Z"},
    "note_too_long": {"credential_id": "urn:uuid:a", "reason": "FRAUD", "note": "x" * 1001},
    "unknown_credential": {"credential_id": "urn:uuid:never", "reason": "FRAUD"},
}


@pytest.mark.parametrize("body", REVOCATION_FAULTS.values(), ids=REVOCATION_FAULTS.keys())
async def test_a_malformed_revocation_records_nothing(service: Service, body: object) -> None:
    await allocated(service, "a")
    async with service.as_service() as officer:
        assert 400 <= (await officer.post(REVOCATIONS, json=body)).status_code < 500
        state = await officer.get("/revocation/api/credentials/urn:uuid:a")
    assert state.json()["state"] == "inForce"


async def test_a_list_is_the_same_bytes_for_everybody_and_sets_no_cookie(service: Service) -> None:
    (entry,) = await allocated(service, "a")
    async with service.client() as anybody, service.in_browser() as officer:
        plain = await anybody.get(entry.list_url)
        signed_in = await officer.get(entry.list_url)
        as_vc = await anybody.get(entry.list_url, headers={"accept": "application/vc"})
    assert plain.content == signed_in.content == as_vc.content
    assert plain.headers["etag"] == as_vc.headers["etag"]
    assert plain.headers["content-type"] == "application/json"
    assert as_vc.headers["content-type"] == "application/vc"
    for response in (plain, signed_in, as_vc):
        assert "set-cookie" not in response.headers
        assert response.headers["cache-control"] == f"public, max-age={service.settings.list_refresh_seconds}"


@pytest.mark.parametrize("prefix", ["", "W/", '"other", '])
async def test_an_unchanged_list_is_304_without_body(service: Service, prefix: str) -> None:
    (entry,) = await allocated(service, "a")
    async with service.client() as anybody:
        etag = (await anybody.get(entry.list_url)).headers["etag"]
        same = await anybody.get(entry.list_url, headers={"if-none-match": prefix + etag})
        other = await anybody.get(entry.list_url, headers={"if-none-match": '"other"'})
    assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", etag)
    assert "cache-control" in same.headers
    assert other.status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/status/lists/unknown/eddsa-rdfc-2022",
        "/status/lists/{list}/notes",
        "/status/lists/{list}/eddsa-rdfc-2022.json",
        "/status/lists/..%2f{list}/eddsa-rdfc-2022",
        "/status/lists/{list}/..%2f..%2f.lock",
        "/status/notes/unknown",
        "/status/notes/..%2flists",
    ],
)
async def test_a_name_of_no_document_is_not_found(service: Service, path: str) -> None:
    (entry,) = await allocated(service, "a")
    list_id = entry.list_url.split("/")[-2]
    async with service.client() as anybody:
        assert (await anybody.get(path.format(list=list_id))).status_code == 404


async def test_lists_are_served_while_the_database_is_down(service: Service, world: World) -> None:
    (entry,) = await allocated(service, "a")
    world.database.close()
    world.database_file.rename(world.database_file.with_suffix(".away"))
    world.database_file.mkdir()
    async with service.client() as anybody, service.as_service() as officer:
        assert (await anybody.get(entry.list_url)).status_code == 200
        assert (await anybody.get("/status/did.json")).status_code == 200
        answer = await officer.post(REVOCATIONS, json={"credential_id": "urn:uuid:a", "reason": "FRAUD"})
    assert answer.status_code == 503


async def test_every_list_verifies_with_the_published_key_of_the_registry(service: Service) -> None:
    (entry,) = await allocated(service, "a")
    did = f"did:web:{service.settings.did_host}:status"
    async with service.client() as anybody:
        did_document = parse_document(did, (await anybody.get("/status/did.json")).content)
        list_path = entry.list_url.rsplit("/", 1)[0]
        for url in (f"{list_path}/eddsa-rdfc-2022", f"{list_path}/eddsa-jcs-2022"):
            document = parse_json_object((await anybody.get(url)).content)
            (proof,) = parse_proofs(document)
            (method,) = did_document.verification_methods
            assert (document["issuer"], proof.verification_method) == (did, method.id)
            assert method.id in did_document.relationships["assertionMethod"]
            assert verify_proof(document, proof, method.public_key).verified


async def test_a_registry_in_trouble_serves_and_records_nothing(world: World) -> None:
    async with running(world.settings, world.database, world.clock) as before:
        (entry,) = await allocated(before, "a")
    world.journal.path.unlink()
    world.reopen()
    async with running(world.settings, world.database, world.clock) as service:
        assert service.registry.trouble is not None
        async with service.client() as anybody, service.as_officer() as officer:
            assert (await anybody.get(entry.list_url)).status_code == 200
            body = {"credential_id": "urn:uuid:a", "reason": "HOLDER_REQUEST"}
            refused = await officer.post(REVOCATIONS, json=body)
            page = await officer.get("/revocation?lang=en", headers={"accept": "text/html"})
        async with service.as_service() as issuer:
            assert (await issuer.post(ENTRIES, json=intents("b"))).status_code == 503
    assert refused.status_code == 503
    assert page.status_code == 200
    assert "stopped" in page.text


async def test_a_start_that_failed_is_tried_again_by_itself(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("revocation.service._RETRY_SECONDS", 0.01)
    content = world.journal.path.read_bytes()
    world.journal.path.unlink()
    troubles: list[str | None] = []
    async with running(world.settings, world.database, world.clock) as service:
        troubles.append(service.registry.trouble)
        world.journal.path.write_bytes(content)
        for _ in range(500):
            await asyncio.sleep(0.01)
            if service.registry.trouble is None:
                break
        troubles.append(service.registry.trouble)
    assert troubles[0] is not None
    assert troubles[1] is None


async def test_the_issuer_reads_which_of_a_centres_certificates_ended(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("revocation.service.ENDED_PAGE", 2)
    await allocated(service, "a", "b", "c", "d")
    async with service.as_service() as officer:
        for name in ("d", "b", "a"):
            body = {"credential_id": f"urn:uuid:{name}", "reason": "FRAUD"}
            assert (await officer.post(REVOCATIONS, json=body)).status_code == 201
    async with service.as_service() as issuer:
        did = intents("a")["intents"][0]["issuer"]
        assert await ended_credentials(issuer, did) == ("urn:uuid:a", "urn:uuid:b", "urn:uuid:d")
        assert await ended_credentials(issuer, f"{did}:other") == ()


async def test_the_issuer_reads_what_was_revoked_of_its_own_and_never_why(service: Service) -> None:
    ours = intents("a", "b")
    async with (
        service.as_service() as issuer,
        service.as_service("verifier") as stranger,
        service.as_service("wallet_api") as wallet,
    ):
        await issuer.post(ENTRIES, json=ours)
        await stranger.post(ENTRIES, json=intents("c"))
        ids = [intent["credential_id"] for intent in (*ours["intents"], *intents("c")["intents"])]
        for owner, credential_id, reason in zip(
            (issuer, issuer, stranger), ids, ("FRAUD", "SUPERSEDED", "FRAUD"), strict=True
        ):
            body = {"credential_id": credential_id, "reason": reason, "note": "a note"}
            assert (await owner.post(REVOCATIONS, json=body)).status_code == 201
        answer = await issuer.get("/revocation/api/changes")
        assert "FRAUD" not in answer.text
        assert "note" not in answer.text
        changes = answer.json()["changes"]
        assert [(change["credential_id"], change["status"]) for change in changes] == [
            (ids[0], "revoked"),
            (ids[1], "superseded"),
        ]
        assert answer.json()["newest"] > answer.json()["last"]
        later = await issuer.get("/revocation/api/changes", params={"after": answer.json()["last"]})
        assert later.json()["changes"] == []
        assert (await stranger.get("/revocation/api/changes")).status_code in (401, 403)
        everything = await wallet.get("/revocation/api/changes")
        assert [change["credential_id"] for change in everything.json()["changes"]] == ids
        assert "FRAUD" not in everything.text


async def test_one_officer_alone_revokes_only_what_its_holder_asked_for(service: Service) -> None:
    await allocated(service, "a", "b")
    async with service.as_officer() as officer:
        for reason in ("FRAUD", "ISSUED_IN_ERROR", "KEY_COMPROMISE"):
            body = {"credential_id": "urn:uuid:a", "reason": reason}
            assert (await officer.post(REVOCATIONS, json=body)).status_code == 403
        body = {"credential_id": "urn:uuid:b", "reason": "HOLDER_REQUEST"}
        assert (await officer.post(REVOCATIONS, json=body)).status_code == 201
        assert (await officer.get("/revocation/api/credentials/urn:uuid:a")).json()["state"] == "inForce"
