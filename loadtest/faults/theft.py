"""A drill for a stolen key: the key is ended, that is published, and what it signed since is issued again.

One class was issued before the theft and stays good. A large one was issued after it, before anybody knew,
and the thief has forged a certificate dated back. From the moment of the alarm: the centre begins another
key, two officers say since when the old one was stolen, the centre takes the large class back by two people
and issues it again.
"""

import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import anyio
import anyio.to_thread
import orjson

from issuer.service.desk import announce_keys
from issuer.service.keys import rotate_key
from loadtest.faults.own_world import APPROVER, CLERK, OwnWorld, own_world
from loadtest.faults.results import FaultRun
from passport.demo_world.people import DemoPerson, draw_people
from runtime.audit_check import check_deployment
from runtime.clock import SystemClock
from runtime.i18n import PHNOM_PENH
from tests.cheap_costs import cheap_key_stretching
from tests.crash.issuing_life import SLUG
from tests.journey.test_first_journey import desk_of
from vc.encoding.timestamps import parse_timestamp
from vc.proof.data_integrity import add_proof

_BEFORE: Final = 20
_ROWS_OF_A_CLASS: Final = 2_500
_SECONDS_A_ROW: Final = 0.5
_WAIT_SECONDS: Final = 120
_FEWEST_PEOPLE: Final = 200
_COMPROMISED: Final = "keyCompromised"
_GOOD, _NO = "accepted", "rejected"


def theft(folder: Path, *, rows: int) -> FaultRun:
    """Make the drill with ``rows`` certificates to issue again, in a folder as for ``own_world``."""
    with cheap_key_stretching():
        return anyio.run(_drill, folder, rows)


async def _drill(folder: Path, rows: int) -> FaultRun:
    # The demo world wants a class of each kind among its people.
    everyone = draw_people(max(_BEFORE + rows, _FEWEST_PEOPLE))
    people = everyone[: _BEFORE + rows]
    async with own_world(folder, everyone) as world:
        _, early = await world.issue(people[:_BEFORE], seconds=_WAIT_SECONDS)
        await anyio.sleep(1.1)
        since = SystemClock().now().replace(microsecond=0)
        classes, first_seconds = await _issue_all(world, people[_BEFORE:])
        late = [raw for _, raws in classes for raw in raws]
        fake = _forged(world, early[0])
        facts: dict[str, float] = {"rows": rows, "issued_first_seconds": first_seconds}
        alarm = time.monotonic()
        await _end_the_key(world, early[0], since)
        facts["key_ended_and_published_seconds"] = time.monotonic() - alarm
        for raw in (fake, late[0]):
            await _until(world, raw, _NO)
        facts["refused_after_seconds"] = time.monotonic() - alarm
        await _take_back(world, [class_id for class_id, _ in classes])
        facts["taken_back_after_seconds"] = time.monotonic() - alarm
        again, facts["issued_again_seconds"] = await _issue_all(world, people[_BEFORE:])
        facts["issued_again_after_seconds"] = time.monotonic() - alarm
        new = [raw for _, raws in again for raw in raws]
        await _until(world, new[-1], _GOOD)
        lost = [*await _lost(world, early, late, new), *_given_twice(early, late, new)]
        report = await anyio.to_thread.run_sync(check_deployment, desk_of(world.client).context.settings)
        lost += [f"the audit log of {item.service}: {item.detail}" for item in report.tampering]
    facts["rows_a_second_again"] = rows / facts["issued_again_seconds"]
    return FaultRun(
        fault="a stolen key", issued=_BEFORE + 2 * rows, revoked=rows, facts=facts, lost=tuple(lost)
    )


async def _issue_all(
    world: OwnWorld, people: Sequence[DemoPerson]
) -> tuple[list[tuple[str, list[bytes]]], float]:
    """Classes of at most so many rows, and the seconds until all were issued."""
    began, classes = time.monotonic(), []
    for start in range(0, len(people), _ROWS_OF_A_CLASS):
        some = people[start : start + _ROWS_OF_A_CLASS]
        seconds = _WAIT_SECONDS + _SECONDS_A_ROW * len(some)
        classes.append(await world.issue(some, seconds=seconds))
    return classes, time.monotonic() - began


def _forged(world: OwnWorld, genuine: bytes) -> bytes:
    """What the thief makes: another name, signed with the centre's own key and dated as before the theft."""
    document = orjson.loads(genuine)
    proof = document.pop("proof")
    document["id"] = "urn:uuid:00000000-0000-4000-8000-000000000001"
    document["credentialSubject"]["nameLatin"] = "SOMEBODY ELSE"
    method = str(proof["verificationMethod"])
    signer = desk_of(world.client).context.keyring.signer(method.split("#")[1], method)
    created = parse_timestamp(proof["created"])
    secured = add_proof(document, cryptosuite=proof["cryptosuite"], signer=signer, created=created)
    return orjson.dumps(secured)


async def _end_the_key(world: OwnWorld, genuine: bytes, since: datetime) -> None:
    """The centre begins another key; two officers say since when the old one is not to be believed."""
    context = desk_of(world.client).context
    key_id = str(orjson.loads(genuine)["proof"]["verificationMethod"]).split("#")[1]
    key = context.keyring.public_key(key_id).multikey

    def rotate() -> None:
        rotate_key(context, SLUG, actor="operator", is_stolen=True)

    await anyio.to_thread.run_sync(rotate)
    await announce_keys(context)
    page, waiting = f"/trust/registrar/keys/{key}", "/trust/registrar/waiting"
    local = since.astimezone(PHNOM_PENH).strftime("%Y-%m-%dT%H:%M:%S")
    await world.sign_in("registrar")
    form = {"since": local, "reason": "The card was stolen."}
    if (await world.client.post(page, data=form)).status_code != 303:
        raise RuntimeError("the registrar could not propose that the key was stolen")
    number = (await world.client.get(waiting)).text.split(f"{waiting}/")[1].split("/")[0]
    await world.sign_in("second-officer")
    if (await world.client.post(f"{waiting}/{number}/approve")).status_code != 303:
        raise RuntimeError("the second officer could not agree that the key was stolen")
    world.client.cookies.clear()


async def _take_back(world: OwnWorld, class_ids: Sequence[str]) -> None:
    for class_id in class_ids:
        path = f"/issuer/api/classes/{class_id}/take-back"
        await world.sign_in(CLERK)
        asked: dict[str, Any] = await world.ask("POST", path, json={"reason": "The key was stolen."})
        await world.sign_in(APPROVER)
        await world.ask("POST", f"{path}/approve", json={"proposal": asked["take_back"]["proposal"]})


async def _until(world: OwnWorld, raw: bytes, outcome: str) -> None:
    with anyio.fail_after(_WAIT_SECONDS):
        while (await world.outcome(raw))[0] != outcome:  # noqa: ASYNC110 - a verifier learns from lists alone
            await anyio.sleep(0.2)


async def _lost(
    world: OwnWorld, early: Sequence[bytes], late: Sequence[bytes], new: Sequence[bytes]
) -> list[str]:
    lost = []
    for name, raws, wanted in (("early", early, _GOOD), ("late", late, _NO), ("new", new, _GOOD)):
        found = [await world.outcome(raw) for raw in raws]
        wrong = sum(outcome != wanted for outcome, _ in found)
        if wrong:
            lost.append(f"{wrong} of {len(raws)} {name} certificates are not {wanted}")
        if name == "late" and any(reason != _COMPROMISED for _, reason in found):
            lost.append("a late certificate is refused for another reason than the stolen key")
    return lost


def _given_twice(*groups: Sequence[bytes]) -> list[str]:
    documents = [orjson.loads(raw) for raws in groups for raw in raws]
    places = set()
    for document in documents:
        status = document["credentialStatus"]
        entry = status[0] if isinstance(status, list) else status
        places.add((entry["statusListCredential"], entry["statusListIndex"]))
    keys = {document["proof"]["verificationMethod"] for document in map(orjson.loads, groups[-1])}
    twice = [] if len(places) == len(documents) else ["two certificates have one index"]
    if len({document["id"] for document in documents}) != len(documents):
        twice.append("two certificates have one id")
    if keys & {document["proof"]["verificationMethod"] for document in map(orjson.loads, groups[0])}:
        twice.append("the stolen key signed again")
    return twice
