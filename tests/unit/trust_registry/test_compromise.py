"""Marking a key as stolen: what is published when, and what is refused."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import anyio
import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from runtime.audit_log import entries
from runtime.clients import Peers
from runtime.service import ServiceContext
from tests.unit.trust_registry.deployment import CENTRE_DID, NOW, STATUS_DID, browsing
from trust_registry import compromise, store
from trust_registry.app import create_app
from trust_registry.compromise import collect_missing, keep_collecting, mark_compromised, prefix_bits_for
from trust_registry.life import Act
from trust_registry.publication import Publication
from trust_registry.root import ensure_list_key
from trust_registry.service import register_issuer_key
from vc.crypto.keys import InMemorySigner, PublicKey
from vc.encoding import base64url
from vc.encoding.strict_json import parse_json_object
from vc.errors import ConflictError, NotAuthorized, NotFound, RangeError
from vc.model.verdict import Answer
from vc.proof.data_integrity import parse_proofs, verify_proof
from vc.trust.digests import SignedBefore, parse_digests
from vc.trust.entitled import judge_key
from vc.trust.trust_list import IssuerKey, parse_trust_list

pytestmark = pytest.mark.anyio

KEY = InMemorySigner(b"\x01" * 32, "").public_key.multikey
THEFT = NOW - timedelta(days=1)
ACT = Act(actor="registrar", reason="The card was stolen.", at=NOW, approver="second")


class Issuer:
    """The issuer's route, in pages of two; ``answer`` replaces what it says."""

    def __init__(self, count: int) -> None:
        self.digests = [hashlib.sha256(b"%d" % number).digest() for number in range(count)]
        self.answer: Response | None = None
        self.before: list[str] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope)
        assert request.query_params["key"] == KEY
        self.before.append(request.query_params["before"])
        start = int(request.query_params["after"] or 0)
        page = [base64url.encode(digest) for digest in self.digests[start : start + 2]]
        more = str(start + 2) if start + 2 < len(self.digests) else None
        response = self.answer or JSONResponse({"digests": page, "next_after": more})
        await response(scope, receive, send)


def beside(context: ServiceContext, issuer: Issuer) -> ServiceContext:
    peers = Peers(context.settings, context.clock, "trust_registry", {"issuer": issuer})
    register_issuer_key(
        context.database, did=CENTRE_DID, public_key_multibase=KEY, valid_from=THEFT - timedelta(9), now=THEFT
    )
    return replace(context, peers=peers)


def listed(publication: Publication) -> IssuerKey:
    trust_list = parse_trust_list(parse_json_object(publication.require_published().trust_list))
    return trust_list.issuers[CENTRE_DID].keys[0]


async def mark(
    context: ServiceContext,
    publication: Publication,
    *,
    key: str = KEY,
    since: datetime = THEFT,
    act: Act = ACT,
) -> int:
    """Mark, publish and collect, as once two officers have agreed; how many keys stay uncollected."""
    await context.database.write(mark_compromised, key, since, act)
    await publication.publish()
    return len(await collect_missing(context, publication))


async def test_every_signature_the_issuer_held_stands_in_the_published_parts(
    context: ServiceContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compromise, "DIGESTS_IN_A_PART", 4)
    issuer = Issuer(9)
    context = beside(context, issuer)
    publication = Publication(context)
    assert await mark(context, publication) == 0
    assert issuer.before == ["2026-11-21T03:00:00Z"] * 5
    key = listed(publication)
    assert key.compromised_since == THEFT
    signed_before = key.signed_before
    assert isinstance(signed_before, SignedBefore)
    assert (signed_before.prefix_bits, len(signed_before.parts)) == (2, 4)
    root_key = ensure_list_key(context.database, context.settings, context.keyring, NOW)
    async with browsing(create_app(context)) as client:
        for digest in issuer.digests:
            number, part = signed_before.part_of(digest)
            response = await client.get(part.url)
            assert hashlib.sha256(response.content).digest() == part.sha256
            assert response.headers["cache-control"] == "public, max-age=31536000"
            seen = {"If-None-Match": response.headers["etag"]}
            assert (await client.get(part.url, headers=seen)).status_code == 304
            document = parse_json_object(response.content)
            (proof,) = parse_proofs(document)
            assert verify_proof(document, proof, PublicKey.from_multikey(root_key)).verified
            found = parse_digests(
                document, public_key_multibase=KEY, before=THEFT, prefix_bits=2, prefix=number
            )
            assert digest in found
        for missing in ("/trust/digests/none/0", signed_before.parts[0].url[:-1] + "9"):
            answer = await client.get(missing, headers={"Accept": "application/json"})
            assert answer.status_code == 404
        answer = await client.get("/trust/digests/none/x", headers={"Accept": "application/json"})
        assert answer.status_code in (400, 404, 422)


@pytest.mark.parametrize(
    "answer",
    [
        JSONResponse({}, status_code=503),
        JSONResponse({"digests": []}),
        JSONResponse({"digests": ["AAAA"], "next_after": None}),
        JSONResponse({"digests": ["not base64!"], "next_after": None}),
        JSONResponse({"digests": [], "next_after": ""}),
        Response(b"<html>"),
    ],
    ids=["refused", "no end named", "short", "no base64", "in a circle", "no JSON"],
)
async def test_while_the_issuer_does_not_answer_well_the_theft_is_published_and_nothing_vouched_for(
    context: ServiceContext, answer: Response
) -> None:
    issuer = Issuer(3)
    issuer.answer = answer
    context = beside(context, issuer)
    publication = Publication(context)
    assert await mark(context, publication) == 1
    key = listed(publication)
    assert (key.compromised_since, key.signed_before) == (THEFT, None)
    trust_list = parse_trust_list(parse_json_object(publication.require_published().trust_list))
    judged = judge_key(trust_list.issuers[CENTRE_DID], KEY, THEFT - timedelta(1))
    assert judged.answer is Answer.COULD_NOT_CHECK
    issuer.answer = None
    assert await collect_missing(context, publication) == ()
    assert listed(publication).signed_before is not None


async def test_collecting_again_changes_nothing_and_an_earlier_theft_asks_anew(
    context: ServiceContext,
) -> None:
    issuer = Issuer(3)
    context = beside(context, issuer)
    publication = Publication(context)
    await mark(context, publication)
    first = listed(publication)
    await collect_missing(context, publication)
    assert listed(publication) == first
    for not_earlier in (THEFT, THEFT + timedelta(hours=1)):
        with pytest.raises(ConflictError):
            await mark(context, publication, since=not_earlier)
    issuer.digests.pop()
    issuer.answer = JSONResponse({}, status_code=503)
    assert await mark(context, publication, since=THEFT - timedelta(hours=1)) == 1
    assert listed(publication).signed_before is None  # the older set says nothing about this instant
    issuer.answer = None
    assert await collect_missing(context, publication) == ()
    second = listed(publication)
    assert second.compromised_since == THEFT - timedelta(hours=1)
    assert second.signed_before != first.signed_before
    assert first.signed_before is not None
    async with browsing(create_app(context)) as client:  # for lists that still name it
        assert (await client.get(first.signed_before.parts[0].url)).status_code == 200


async def test_what_cannot_be_marked(context: ServiceContext) -> None:
    context = beside(context, Issuer(0))
    publication = Publication(context)
    with pytest.raises(RangeError):
        await mark(context, publication, since=NOW + timedelta(seconds=1))
    with pytest.raises(NotFound):
        await mark(context, publication, key="z6MkUnknown")
    root_key = ensure_list_key(context.database, context.settings, context.keyring, NOW)
    with pytest.raises(ConflictError):
        await mark(context, publication, key=root_key)


async def test_a_key_of_the_status_registry_has_no_set(context: ServiceContext) -> None:
    context = beside(context, Issuer(0))
    other = InMemorySigner(b"\x02" * 32, "").public_key.multikey
    register_issuer_key(
        context.database, did=STATUS_DID, public_key_multibase=other, valid_from=THEFT, now=NOW
    )
    publication = Publication(context)
    assert await mark(context, publication, key=other) == 0
    subject = json.loads(publication.require_published().trust_list)["credentialSubject"]
    (entry,) = [
        key for party in subject["issuers"] for key in party["keys"] if key["publicKeyMultibase"] == other
    ]
    assert set(entry) == {"publicKeyMultibase", "validFrom", "compromisedSince"}


async def test_an_empty_log_vouches_for_nothing(context: ServiceContext) -> None:
    context = beside(context, Issuer(0))
    publication = Publication(context)
    assert await mark(context, publication) == 0
    signed_before = listed(publication).signed_before
    assert signed_before is not None
    assert len(signed_before.parts) == 1


@pytest.mark.parametrize(("count", "bits"), [(0, 0), (2048, 0), (2049, 1), (1_000_000, 9), (10**9, 16)])
def test_the_size_of_parts(count: int, bits: int) -> None:
    assert prefix_bits_for(count) == bits


async def test_a_stolen_key_is_one_entry_with_both_officers_however_often_it_is_collected(
    context: ServiceContext,
) -> None:
    context = beside(context, Issuer(3))
    publication = Publication(context)
    await mark(context, publication)
    await collect_missing(context, publication)
    rows = context.database.read_now(lambda connection: list(entries(connection)))
    (found,) = [row for row in rows if row["act"] == "key.compromise"]
    assert (found["actor"], found["approver"], found["object"]) == ("registrar", "second", KEY)


async def test_what_a_silent_issuer_did_not_tell_is_collected_by_itself_once_it_answers(
    context: ServiceContext,
) -> None:
    issuer = Issuer(3)
    issuer.answer = JSONResponse({}, status_code=503)
    context = beside(context, issuer)
    context = replace(context, settings=context.settings.model_copy(update={"list_refresh_seconds": 0.01}))
    publication = Publication(context)
    assert await mark(context, publication) == 1
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(keep_collecting, context, publication)
        asked = len(issuer.before)
        with anyio.fail_after(10):
            while len(issuer.before) < asked + 2:
                await anyio.sleep(0.01)
        assert listed(publication).signed_before is None
        issuer.answer = None
        with anyio.fail_after(10):
            while listed(publication).signed_before is None:
                await anyio.sleep(0.01)
        tasks.cancel_scope.cancel()


async def test_a_set_for_an_instant_that_no_longer_holds_is_not_put_in_force(
    context: ServiceContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    issuer = Issuer(3)
    context = beside(context, issuer)
    publication = Publication(context)
    genuine = compromise.collect_digests

    async def meanwhile(*args: Any, **kwargs: Any) -> Sequence[bytes]:
        found = await genuine(*args, **kwargs)
        await context.database.write(mark_compromised, KEY, THEFT - timedelta(hours=1), ACT)
        monkeypatch.setattr(compromise, "collect_digests", genuine)
        return found

    monkeypatch.setattr(compromise, "collect_digests", meanwhile)
    await mark(context, publication)
    assert listed(publication).signed_before is None
    assert await collect_missing(context, publication) == ()
    assert listed(publication).signed_before is not None


@pytest.mark.parametrize("approver", [None, "registrar"])
async def test_one_officer_alone_marks_no_key(context: ServiceContext, approver: str | None) -> None:
    context = beside(context, Issuer(3))
    with pytest.raises(NotAuthorized):
        await mark(context, Publication(context), act=replace(ACT, approver=approver))
    (key,) = [
        key for key in context.database.read_now(store.read_register).keys if key.public_key_multibase == KEY
    ]
    assert key.compromised_since is None
