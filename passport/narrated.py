"""The first journey, told while it is walked: class list → certificates → verdicts → revocation.

It runs the whole all-in-one application in this process, over HTTP (in memory), in the folder
that was named; nothing outside that folder is touched.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anyio
import httpx2

from passport.demo_world.in_process import PASSWORD, demo_client
from passport.demo_world.people import DemoPerson, draw_people
from passport.demo_world.world import returnees_who_sign_in
from passport.front import demo_sample_file
from passport.narrated_sharing import share_twice

Say = Callable[[str], None]
KIND = "rpl"
CLERK, APPROVER = "clerk-phka-trakuon", "approver-phka-trakuon"
OFFICER, SECOND_OFFICER = "fraud-officer-1", "fraud-officer-2"
ASSISTED_OFFICER = "assisted-officer"
WORKER = "returnee-2"
VISIBLE_WITHIN_SECONDS = 10
_TRIES = 300


async def run_journey(out: Path, say: Say) -> None:
    """Walk the journey, leaving everything in ``out`` (which exists and is empty)."""
    people = draw_people()
    async with demo_client(out / "data", people) as client:
        say("1. A clerk uploads a class list of 30 rows.")
        sample = demo_sample_file(people, KIND, "km", "xlsx")
        (out / "class-list.xlsx").write_bytes(sample)
        class_id = await _upload(client, sample, say)
        say("2. A second person approves; every row without errors becomes a signed certificate.")
        issued = await _issue(client, class_id)
        manifest = await _keep_files(client, out, issued)
        say(f"   {len(issued)} certificates, each as PDF and as credential file, are in {out}.")
        say("3. A recruiter checks them, without an account.")
        await _check_all(client, out, manifest, say)
        say("   Each certificate is on a passport card, too, which is checked without a network.")
        cards = await _keep_cards(client, out, class_id, issued, manifest)
        say(f"   {len(cards)} cards, and a sheet to print, are in {out / 'cards'}.")
        say("4. Two officers revoke one; the next check says so, and the others stay good.")
        await _revoke(client, out, issued[0], manifest, say)
        say("5. A worker gets a new card; whoever has the old one is told to ask for it.")
        await _replace_card(client, out, cards[1], manifest, say)
        say("6. An inspector without a network takes along what a verifier needs.")
        await _keep_bundle(client, out, say)
        say("7. An officer prints the passport of a worker, and a list of those who have no phone.")
        await _keep_passport(client, out, returnees_who_sign_in(people)[1], say)
        await _keep_handovers(client, out, class_id, say)
        say("8. A worker shares a certificate with an agency for a day, and with an employer by a link.")
        await _sign_in(client, WORKER)
        await share_twice(client, out, say)
    await anyio.Path(out / "manifest.json").write_text(json.dumps(manifest, indent=2), encoding="utf-8")
    say(f"Done. What each file is and what a verifier must say to it: {out / 'manifest.json'}")


async def _keep_bundle(client: httpx2.AsyncClient, out: Path, say: Say) -> None:
    response = await client.get("/verify/bundle")
    response.raise_for_status()
    await anyio.Path(out / "bundle.zip").write_bytes(response.content)
    say(f"   passport verify --offline {out / 'bundle.zip'} {out / 'credentials'}/*.json")


async def _keep_passport(client: httpx2.AsyncClient, out: Path, person: DemoPerson, say: Say) -> None:
    await _sign_in(client, ASSISTED_OFFICER)
    asked = {
        "rld_number": person.rld_number,
        "birth_year": str(person.birth_date.year),
        "reason": "first",
    }
    visit = _ok(await client.post("/issuer/api/assisted/visits", json=asked), 201)["visit"]
    printed = await client.post(f"/issuer/api/assisted/visits/{visit}/passport", json={"language": "th"})
    printed.raise_for_status()
    await anyio.Path(out / "passport.pdf").write_bytes(printed.content)
    say(f"   In Khmer and Thai, with the cards to cut out: {out / 'passport.pdf'}")


async def _keep_handovers(client: httpx2.AsyncClient, out: Path, class_id: str, say: Say) -> None:
    made = _ok(await client.post("/issuer/api/handovers", json={"scope": "class", "place": class_id}), 201)
    listed = await client.get(made["list"])
    listed.raise_for_status()
    await anyio.Path(out / "to-hand-over.pdf").write_bytes(listed.content)
    client.cookies.clear()
    say(f"   {len(made['people'])} people, with room to sign: {out / 'to-hand-over.pdf'}")


async def _sign_in(client: httpx2.AsyncClient, username: str) -> None:
    client.cookies.clear()
    form = {"username": username, "password": PASSWORD, "next": "/"}
    response = await client.post("/sign-in", data=form)
    if response.status_code != 303:
        raise RuntimeError("the demo sign-in did not work")


async def _upload(client: httpx2.AsyncClient, sample: bytes, say: Say) -> str:
    await _sign_in(client, CLERK)
    files = {"file": ("class-list.xlsx", sample)}
    preview = _ok(await client.post("/issuer/api/classes", data={"kind": KIND}, files=files), 201)
    say(f"   {preview['ready_count']} of {preview['row_count']} rows are ready.")
    for problem in preview["problems"]:
        say(f"   row {problem['row']}, {problem['column']}: {problem['message']} {problem['fix']}")
    return str(preview["id"])


async def _issue(client: httpx2.AsyncClient, class_id: str) -> list[dict[str, Any]]:
    waiting = _ok(await client.post(f"/issuer/api/classes/{class_id}/submit"), 202)
    await _sign_in(client, APPROVER)
    decision = {"proposal": waiting["approval"]["proposal"]}
    _ok(await client.post(f"/issuer/api/classes/{class_id}/approve", json=decision), 202)
    await _sign_in(client, CLERK)
    for _ in range(_TRIES):
        state = _ok(await client.get(f"/issuer/api/classes/{class_id}"), 200)
        if state["state"] == "issued":
            return list(state["credentials"])
        await anyio.sleep(0.2)
    raise RuntimeError("the certificates were not issued in time")


async def _keep_files(
    client: httpx2.AsyncClient, out: Path, issued: list[dict[str, Any]]
) -> dict[str, dict[str, str]]:
    manifest: dict[str, dict[str, str]] = {}
    for folder in ("credentials", "certificates"):
        (out / folder).mkdir()
    for item in issued:
        for folder, member, extension in (
            ("credentials", "credential", "json"),
            ("certificates", "certificate", "pdf"),
        ):
            response = await client.get(item[member])
            response.raise_for_status()
            name = f"{folder}/{item['certificate_number']}.{extension}"
            (out / name).write_bytes(response.content)
            manifest[name] = {"kind": member, "expected": "accepted"}
    client.cookies.clear()
    return manifest


async def _keep_cards(
    client: httpx2.AsyncClient,
    out: Path,
    class_id: str,
    issued: list[dict[str, Any]],
    manifest: dict[str, dict[str, str]],
) -> list[tuple[str, dict[str, Any]]]:
    """Every card of the class as a picture, and the sheet; name of the picture, and card."""
    await _sign_in(client, CLERK)
    (out / "cards").mkdir()
    made = _ok(await client.post(f"/issuer/api/classes/{class_id}/cards"), 201)
    numbers = {item["row"]: item["certificate_number"] for item in issued}
    cards = []
    for card in made["cards"]:
        picture = await client.get(card["picture"])
        picture.raise_for_status()
        name = f"cards/{numbers[card['row']]}.png"
        (out / name).write_bytes(picture.content)
        manifest[name] = {"kind": "card", "expected": "accepted"}
        cards.append((name, card))
    sheet = await client.get(made["sheet"])
    sheet.raise_for_status()
    (out / "cards" / "sheet.pdf").write_bytes(sheet.content)
    client.cookies.clear()
    return cards


async def _replace_card(
    client: httpx2.AsyncClient,
    out: Path,
    kept: tuple[str, dict[str, Any]],
    manifest: dict[str, dict[str, str]],
    say: Say,
) -> None:
    """Have one card made anew; the old picture stays beside the new one."""
    name, card = kept
    await _sign_in(client, CLERK)
    made = _ok(await client.post(f"/issuer/api/cards/{card['card_id']}/reprint"), 201)
    picture = await client.get(made["picture"])
    picture.raise_for_status()
    client.cookies.clear()
    old = f"{name.removesuffix('.png')}-replaced.png"
    (out / name).rename(out / old)
    (out / name).write_bytes(picture.content)
    manifest[old] = {"kind": "card", "expected": "rejected"}
    body = {"card": card["text"]}
    with anyio.fail_after(VISIBLE_WITHIN_SECONDS * 2):
        # As with a revocation; the list may be seen before the notes that say *replaced*.
        while True:
            result = _ok(await client.post("/cards/verify", json=body), 200)
            if result["verdicts"]["inForce"]["reason"] == "cardReplaced":
                break
            await anyio.sleep(0.5)
    say(f"   {old}: {result['decision']['headline']}")


async def _check_all(
    client: httpx2.AsyncClient, out: Path, manifest: dict[str, dict[str, str]], say: Say
) -> None:
    names = [name for name in manifest if name.endswith(".json")]
    results = [await _check(client, out / name) for name in names]
    say(f"   {sum(r['verified'] for r in results)} of {len(results)}: {results[0]['decision']['headline']}")


async def _check(client: httpx2.AsyncClient, file: Path) -> dict[str, Any]:
    body = {"verifiableCredential": json.loads(await anyio.Path(file).read_bytes())}
    return dict(_ok(await client.post("/credentials/verify", json=body), 200))


async def _revoke(
    client: httpx2.AsyncClient,
    out: Path,
    item: dict[str, Any],
    manifest: dict[str, dict[str, str]],
    say: Say,
) -> None:
    await _sign_in(client, OFFICER)
    body = {"credentials": [item["credential_id"]], "reason": "FRAUD"}
    case = (
        f"/revocation/api/cases/{_ok(await client.post('/revocation/api/cases', json=body), 201)['case_id']}"
    )
    _ok(await client.post(f"{case}/revoke"), 200)
    await _sign_in(client, SECOND_OFFICER)
    _ok(await client.post(f"{case}/agree"), 200)
    client.cookies.clear()
    name = f"credentials/{item['certificate_number']}.json"
    with anyio.fail_after(VISIBLE_WITHIN_SECONDS * 2):
        # Nothing to be woken by: a verifier learns of a revocation from the published list alone.
        while (result := await _check(client, out / name))["verified"]:  # noqa: ASYNC110
            await anyio.sleep(0.5)
    say(f"   {item['certificate_number']}: {result['decision']['headline']}")
    for file, entry in manifest.items():
        if item["certificate_number"] in file:
            entry["expected"] = "rejected"
    others = [n for n in manifest if n.endswith(".json") and n != name]
    good = [await _check(client, out / other) for other in others]
    say(f"   The other {sum(r['verified'] for r in good)} are still genuine and in force.")


def _ok(response: httpx2.Response, expected: int) -> Any:
    if response.status_code != expected:
        raise RuntimeError(f"a step answered {response.status_code}: {response.text[:300]}")
    return response.json()
