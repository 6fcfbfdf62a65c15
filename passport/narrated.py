"""The narrated journey: class list → certificates → verdicts → sharing → a phone → a fraud ends it.

It runs the whole all-in-one application in this process, over HTTP (in memory), in the folder
that was named; nothing outside that folder is touched.
"""

import json
from pathlib import Path
from typing import Any, Final

import anyio

from passport.demo_world.in_process import demo_client
from passport.demo_world.people import DemoPerson, draw_people
from passport.demo_world.world import returnees_who_sign_in
from passport.front import demo_sample_file
from passport.narrated_ending import Ending, end_it
from passport.narrated_phone import ask_by_phone
from passport.narrated_sharing import share_twice
from passport.narrated_steps import BUNDLE, VISIBLE_WITHIN_SECONDS, Say, Walk, answered
from passport.narrated_wallet import take_along

KIND = "rpl"
CLERK, APPROVER = "clerk-phka-trakuon", "approver-phka-trakuon"
ASSISTED_OFFICER = "assisted-officer"
WORKER = "returnee-2"
_TRIES = 300
FILES: Final = {
    "class-list.xlsx": "the class list, as the clerk uploads it",
    "credentials/": "each certificate as credential file, signed",
    "certificates/": "each certificate as PDF, to print",
    "cards/": "each passport card as picture, and the sheet to print",
    BUNDLE: "what a verifier without a network takes along",
    "passport.pdf": "the passport of one worker, on paper",
    "to-hand-over.pdf": "who has no phone, with room to sign",
    "shares.json": "two links by which a worker shares",
    "wallet/": "an offer to a wallet app as link and QR code, and what came of it (SD-JWT VC)",
    "phone.txt": "what a phone without internet was asked and what it answered",
    "data/": "the world itself: `passport serve` serves it",
    "manifest.json": "what a verifier must say to each of them",
}


async def run_journey(out: Path, say: Say) -> None:
    """Walk the journey, leaving everything in ``out`` (which exists and is empty)."""
    people = draw_people()
    async with demo_client(out / "data", people, has_phones=True) as client:
        walk = Walk(client=client, out=out, say=say)
        class_id, issued, cards = await _certify(walk, people)
        say("4. Two officers revoke one; the next check says so, and the others stay good.")
        await _revoke(walk, issued[0])
        say("5. A worker gets a new card; whoever has the old one is told to ask for it.")
        await _replace_card(walk, cards[1])
        say("6. An inspector without a network takes along what a verifier needs.")
        await walk.keep_bundle()
        say(f"   passport verify --offline {out / BUNDLE} {out / 'credentials'}/*.json")
        say("7. An officer prints the passport of a worker, and a list of those who have no phone.")
        await _keep_passport(walk, returnees_who_sign_in(people)[1])
        await _keep_handovers(walk, class_id)
        await _go_on_as_worker(walk, issued, cards)
    await anyio.Path(out / "manifest.json").write_text(json.dumps(walk.manifest, indent=2), encoding="utf-8")
    say(f"Done. What each file is and what a verifier must say to it: {out / 'manifest.json'}")
    for name, meaning in FILES.items():
        say(f"   {out}/{name}: {meaning}")


async def _certify(
    walk: Walk, people: tuple[DemoPerson, ...]
) -> tuple[str, list[dict[str, Any]], list[tuple[str, dict[str, Any]]]]:
    """From the class list to the cards: its id, its certificates, and its cards with their pictures."""
    walk.say("1. A clerk uploads a class list of 30 rows.")
    sample = demo_sample_file(people, KIND, "km", "xlsx")
    await anyio.Path(walk.out / "class-list.xlsx").write_bytes(sample)
    class_id = await _upload(walk, sample)
    walk.say("2. A second person approves; every row without errors becomes a signed certificate.")
    issued = await _issue(walk, class_id)
    await _keep_files(walk, issued)
    walk.say(f"   {len(issued)} certificates, each as PDF and as credential file, are in {walk.out}.")
    walk.say("3. A recruiter checks them, without an account.")
    await _check_all(walk)
    walk.say("   Each certificate is on a passport card, too, which is checked without a network.")
    cards = await _keep_cards(walk, class_id, issued)
    walk.say(f"   {len(cards)} cards, and a sheet to print, are in {walk.out / 'cards'}.")
    return class_id, issued, cards


async def _go_on_as_worker(
    walk: Walk, issued: list[dict[str, Any]], cards: list[tuple[str, dict[str, Any]]]
) -> None:
    walk.say("8. A worker shares a certificate with an agency for a day, and with an employer by a link.")
    await walk.sign_in(WORKER)
    shared = await share_twice(walk)
    number = next(
        str(item["certificate_number"]) for item in issued if item["credential_id"] == shared.credential_id
    )
    walk.say("9. The worker takes the certificate along, into a wallet app.")
    await walk.sign_in(WORKER)
    copy = await take_along(walk, shared.credential_id)
    walk.say("10. A phone without internet: my card, who looked, is this agency licensed?")
    await ask_by_phone(walk)
    walk.say("11. It was a fraud: two officers end it, and everything that came of it ends with it.")
    card = next(str(card["text"]) for name, card in cards if name == f"cards/{number}.png")
    ending = Ending(
        credential_id=shared.credential_id,
        certificate_number=number,
        card=card,
        link=shared.links["anyone"],
        copy=copy,
    )
    await end_it(walk, ending)


async def _keep_passport(walk: Walk, person: DemoPerson) -> None:
    await walk.sign_in(ASSISTED_OFFICER)
    asked = {
        "rld_number": person.rld_number,
        "birth_year": str(person.birth_date.year),
        "reason": "first",
    }
    visit = (await walk.post("/issuer/api/assisted/visits", asked, status=201))["visit"]
    address = f"/issuer/api/assisted/visits/{visit}/passport"
    printed = await walk.client.post(address, json={"language": "th"})
    printed.raise_for_status()
    await anyio.Path(walk.out / "passport.pdf").write_bytes(printed.content)
    walk.say(f"   In Khmer and Thai, with the cards to cut out: {walk.out / 'passport.pdf'}")


async def _keep_handovers(walk: Walk, class_id: str) -> None:
    made = await walk.post("/issuer/api/handovers", {"scope": "class", "place": class_id}, status=201)
    await walk.keep("to-hand-over.pdf", made["list"])
    walk.client.cookies.clear()
    walk.say(f"   {len(made['people'])} people, with room to sign: {walk.out / 'to-hand-over.pdf'}")


async def _upload(walk: Walk, sample: bytes) -> str:
    await walk.sign_in(CLERK)
    files = {"file": ("class-list.xlsx", sample)}
    sent = await walk.client.post("/issuer/api/classes", data={"kind": KIND}, files=files)
    preview = answered(sent, 201)
    walk.say(f"   {preview['ready_count']} of {preview['row_count']} rows are ready.")
    for problem in preview["problems"]:
        walk.say(f"   row {problem['row']}, {problem['column']}: {problem['message']} {problem['fix']}")
    return str(preview["id"])


async def _issue(walk: Walk, class_id: str) -> list[dict[str, Any]]:
    waiting = await walk.post(f"/issuer/api/classes/{class_id}/submit", status=202)
    await walk.sign_in(APPROVER)
    decision = {"proposal": waiting["approval"]["proposal"]}
    await walk.post(f"/issuer/api/classes/{class_id}/approve", decision, status=202)
    await walk.sign_in(CLERK)
    for _ in range(_TRIES):
        state = answered(await walk.client.get(f"/issuer/api/classes/{class_id}"), 200)
        if state["state"] == "issued":
            return list(state["credentials"])
        await anyio.sleep(0.2)
    raise RuntimeError("the certificates were not issued in time")


async def _keep_files(walk: Walk, issued: list[dict[str, Any]]) -> None:
    for folder in ("credentials", "certificates"):
        (walk.out / folder).mkdir()
    for item in issued:
        for folder, member, extension in (
            ("credentials", "credential", "json"),
            ("certificates", "certificate", "pdf"),
        ):
            name = f"{folder}/{item['certificate_number']}.{extension}"
            await walk.keep(name, item[member])
            walk.manifest[name] = {"kind": member, "expected": "accepted"}
    walk.client.cookies.clear()


async def _keep_cards(
    walk: Walk, class_id: str, issued: list[dict[str, Any]]
) -> list[tuple[str, dict[str, Any]]]:
    """Every card of the class as a picture, and the sheet; name of the picture, and card."""
    await walk.sign_in(CLERK)
    (walk.out / "cards").mkdir()
    made = await walk.post(f"/issuer/api/classes/{class_id}/cards", status=201)
    numbers = {item["row"]: item["certificate_number"] for item in issued}
    cards = []
    for card in made["cards"]:
        name = f"cards/{numbers[card['row']]}.png"
        await walk.keep(name, card["picture"])
        walk.manifest[name] = {"kind": "card", "expected": "accepted"}
        cards.append((name, card))
    await walk.keep("cards/sheet.pdf", made["sheet"])
    walk.client.cookies.clear()
    return cards


async def _replace_card(walk: Walk, kept: tuple[str, dict[str, Any]]) -> None:
    """Have one card made anew; the old picture stays beside the new one."""
    name, card = kept
    await walk.sign_in(CLERK)
    made = await walk.post(f"/issuer/api/cards/{card['card_id']}/reprint", status=201)
    old = f"{name.removesuffix('.png')}-replaced.png"
    (walk.out / name).rename(walk.out / old)
    await walk.keep(name, made["picture"])
    walk.client.cookies.clear()
    walk.manifest[old] = {"kind": "card", "expected": "rejected"}
    with anyio.fail_after(VISIBLE_WITHIN_SECONDS * 2):
        # As with a revocation; the list may be seen before the notes that say *replaced*.
        while True:
            result = await walk.post("/cards/verify", {"card": card["text"]})
            if result["verdicts"]["inForce"]["reason"] == "cardReplaced":
                break
            await anyio.sleep(0.5)
    walk.say(f"   {old}: {result['decision']['headline']}")


async def _check_all(walk: Walk) -> None:
    names = [name for name in walk.manifest if name.endswith(".json")]
    results = [await walk.check(name) for name in names]
    headline = results[0]["decision"]["headline"]
    walk.say(f"   {sum(r['verified'] for r in results)} of {len(results)}: {headline}")


async def _revoke(walk: Walk, item: dict[str, Any]) -> None:
    number = str(item["certificate_number"])
    await walk.revoke(item["credential_id"])
    name = f"credentials/{number}.json"
    walk.say(f"   {number}: {await walk.until_revoked(name)}")
    walk.expect_rejected(number)
    others = [n for n in walk.manifest if n.endswith(".json") and n != name]
    good = [await walk.check(other) for other in others]
    walk.say(f"   The other {sum(r['verified'] for r in good)} are still genuine and in force.")
