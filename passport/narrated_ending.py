"""The part of the narrated journey in which a certificate ends, and with it all that came of it."""

from dataclasses import dataclass

import anyio

from passport.narrated_sharing import open_share
from passport.narrated_steps import BUNDLE, VISIBLE_WITHIN_SECONDS, Walk

_REJECTED = "rejected"


@dataclass(frozen=True, kw_only=True, slots=True)
class Ending:
    """A certificate, and what came of it: a card's text, the link of a share, the file of a copy."""

    credential_id: str
    certificate_number: str
    card: str
    link: str
    copy: str


async def end_it(walk: Walk, ending: Ending) -> None:
    """Revoke the certificate, and show that the file, the card, the share and the copy say so."""
    await walk.revoke(ending.credential_id)
    name = f"credentials/{ending.certificate_number}.json"
    walk.say(f"   {ending.certificate_number}: {await walk.until_revoked(name)}")
    walk.say(f"   Its card: {await _until_card_ends(walk, ending.card)}")
    walk.say(f"   Its share: {await _until_share_ends(walk, ending.link)}")
    walk.expect_rejected(ending.certificate_number)
    walk.manifest[ending.copy]["expected"] = _REJECTED
    await walk.keep_bundle()
    found = await walk.check_offline(str(walk.out / name), ending.card, str(walk.out / ending.copy))
    if {one.outcome for one in found} != {_REJECTED}:
        raise RuntimeError("what was revoked is not rejected without a network")
    walk.say(f"   A new {BUNDLE} says the same of all three without a network, the copy in the app included.")


async def _until_card_ends(walk: Walk, text: str) -> str:
    with anyio.fail_after(VISIBLE_WITHIN_SECONDS * 2):
        while (result := await walk.post("/cards/verify", {"card": text}))["verified"]:  # noqa: ASYNC110
            await anyio.sleep(0.5)
    return str(result["decision"]["headline"])


async def _until_share_ends(walk: Walk, link: str) -> str:
    with anyio.fail_after(VISIBLE_WITHIN_SECONDS * 2):
        # Each opening is counted: a few of the twenty.
        while not (headline := await open_share(walk, link)).startswith("Revoked"):  # noqa: ASYNC110
            await anyio.sleep(2)
    return headline
