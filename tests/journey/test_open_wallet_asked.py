"""Who asks a holder, and what they may see: by the register, by the programme, and less under force."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest

from runtime.person_requests import ErasureRequest
from tests.journey.share_house import (
    AGENCY,
    DURESS,
    EMPLOYER,
    HOLDER,
    PIN,
    RETURNEE,
    ShareHouse,
    everything_kept,
    give_certificate,
    open_share_house,
)
from verifier.keys import WantedKey, create_key
from wallet_api.everything import everything_of

Json = dict[str, Any]
NAME = "SOK DARA"
WANTED: Json = {
    "credentials": [{"type": "RPLCertificate", "claims": ["nameLatin", "achievement"]}],
    "purpose": "application for work",
}


@pytest.fixture
def house(tmp_path: Path) -> Iterator[ShareHouse]:
    with open_share_house(tmp_path) as opened:
        opened.run(opened.wallet.state.pins.set_first, HOLDER, PIN)
        yield opened


def key_of(house: ShareHouse, licence: str) -> dict[str, str]:
    """The headers of a new API key of whoever has this licence."""
    scopes = frozenset({"verify:presentations"})
    wanted = WantedKey(name="Desk", scopes=scopes, networks=(), daily_quota=None, days=9)

    async def make() -> str:
        return await create_key(
            house.contexts["verifier"],
            wanted,
            source=house.verifier.state.licences,
            organisation_id=f"office of {licence}",
            licence_number=licence,
            created_by="admin",
        )

    return {"Authorization": f"Bearer {house.run(make)}"}


def asked(house: ShareHouse, headers: dict[str, str], **body: Any) -> tuple[str, str]:
    """A request by API: where its answer is, and its link."""
    answer = house.client.post("/verify/requests", json={**WANTED, **body}, headers=headers)
    assert answer.status_code == 201, answer.text
    return f"/verify/requests/{answer.json()['id']}", answer.json()["link"]


def looked(house: ShareHouse, link: str, principal: Any = RETURNEE) -> httpx2.Response:
    """The page behind a link that the holder pasted."""
    answer = house.holder_posts("/wallet/present", {"link": link}, principal)
    if answer.status_code != 303:
        return answer
    return house.holder_gets(answer.headers["location"], principal)


def path_in(response: httpx2.Response) -> str:
    found = re.search(r'action="(/wallet/present/[0-9A-Z]+)"', response.text)
    assert found is not None, response.text
    return found[1]


def test_a_licensed_agency_is_shown_by_the_registers_name_and_gets_its_answer(house: ShareHouse) -> None:
    give_certificate(house)
    headers = key_of(house, AGENCY)
    page, link = asked(house, headers, programme="ae-work")
    consent = looked(house, link)
    assert 'data-asker="licensed"' in consent.text, consent.text
    assert "Lotus Agency" in consent.text
    assert "application for work" in consent.text
    done = house.holder_posts(path_in(consent), {"pin": PIN})
    assert 'data-outcome="accepted"' in done.text, done.text
    answer = house.client.get(page, headers=headers).json()
    assert answer["verified"] is True
    shown = re.findall(r"<span data-text>([^<]*)</span>", consent.text)
    assert answer["credentialResults"][0]["credentialSubject"]["nameLatin"] in shown
    assert "shared" in [kind for kind, _ in house.log()]
    (receipt,) = house.run(house.wallet.state.answering.everything, HOLDER)
    assert (receipt.licence_number, receipt.programme) == (AGENCY, "ae-work")
    assert set(receipt.certificates[0].claims) == {"nameLatin", "achievement"}


def test_a_licence_that_was_suspended_since_is_refused_with_the_warning(house: ShareHouse) -> None:
    give_certificate(house)
    _, link = asked(house, key_of(house, AGENCY))
    house.world.publish_trust_list(verifiers=[])
    house.world.clock.advance(timedelta(minutes=5))
    refused = looked(house, link)
    assert refused.status_code == 403
    assert "data-warning" in refused.text
    assert "no licence in force" in refused.text


def test_who_may_not_ask_under_eps_is_refused_and_an_employer_needs_the_holders_word(
    house: ShareHouse,
) -> None:
    give_certificate(house)
    wanted = {"credentials": [{"type": "RPLCertificate", "claims": ["nameLatin"]}]}
    _, link = asked(
        house, key_of(house, EMPLOYER), programme="kr-eps/construction", requester="permit_employer", **wanted
    )
    consent = looked(house, link)
    assert 'name="permit"' in consent.text, consent.text
    path = path_in(consent)
    refused = house.holder_posts(path, {"pin": PIN})
    assert (refused.status_code, "data-warning" in refused.text) == (403, True)
    assert 'data-outcome="accepted"' in house.holder_posts(path, {"pin": PIN, "permit": "yes"}).text


def test_to_be_told_later_is_shown_and_agreed_to_with_the_answer(house: ShareHouse) -> None:
    give_certificate(house)
    headers = key_of(house, AGENCY)
    until = (house.world.clock.now() + timedelta(days=30)).date().isoformat()
    page, link = asked(house, headers, watch={"until": until, "reference": "R-1"})
    consent = looked(house, link)
    assert "They want to be told later" in consent.text
    done = house.holder_posts(path_in(consent), {"pin": PIN})
    assert 'data-outcome="accepted"' in done.text, done.text
    assert house.client.get(page, headers=headers).json()["verified"] is True
    (receipt,) = house.run(house.wallet.state.answering.everything, HOLDER)
    assert receipt.watched_until is not None


def test_of_several_certificates_the_holder_chooses(house: ShareHouse) -> None:
    first, second = give_certificate(house, 1), give_certificate(house, 2)
    headers = key_of(house, AGENCY)
    _, link = asked(house, headers)
    consent = looked(house, link)
    picks = dict(re.findall(r'name="(pick-[^"]+)" value="([^"]+)"', consent.text))
    (name,) = picks
    assert (first in consent.text, second in consent.text) == (True, True)
    stranger = house.holder_posts(path_in(consent), {"pin": PIN, name: "urn:uuid:nobodys"})
    assert (stranger.status_code, "nothing that answers" in stranger.text) == (400, True)
    assert 'data-outcome="accepted"' in house.holder_posts(path_in(consent), {"pin": PIN, name: second}).text
    (receipt,) = house.run(house.wallet.state.answering.everything, HOLDER)
    assert receipt.certificates[0].credential_id == second


def test_under_force_less_is_shown_and_it_looks_the_same(house: ShareHouse) -> None:
    kept, given = give_certificate(house, 1), give_certificate(house, 2)

    async def set_second() -> None:
        await house.wallet.state.pins.set_second(HOLDER, PIN, DURESS, chosen=[given])

    house.run(set_second)
    headers, limited = key_of(house, AGENCY), replace(RETURNEE, scopes=("wallet.limited",))
    consent = looked(house, asked(house, headers)[1], limited)
    assert (kept in consent.text, given in consent.text) == (False, True)
    done = house.holder_posts(path_in(consent), {"pin": DURESS}, limited)
    assert 'data-outcome="accepted"' in done.text
    whole = looked(house, asked(house, headers)[1])
    names = re.findall(r'name="(pick-[^"]+)"', whole.text)
    refused = house.holder_posts(path_in(whole), {"pin": DURESS, names[0]: kept})
    assert refused.status_code == 400
    assert 'data-outcome="accepted"' in house.holder_posts(path_in(whole), {"pin": PIN, names[0]: kept}).text
    assert house.holder_gets("/wallet/answers").text.count("data-answer=") == 2
    assert house.holder_gets("/wallet/answers", limited).text.count("data-answer=") == 1


def test_nothing_of_a_request_or_an_answer_is_kept_in_the_clear_and_it_goes_with_the_person(
    house: ShareHouse,
) -> None:
    credential_id = give_certificate(house)
    _, link = asked(house, key_of(house, AGENCY))
    consent = looked(house, link)
    database = house.contexts["wallet_api"].database
    for _ in range(2):
        kept = database.read_now(everything_kept)
        for marker in (NAME, "Lotus Agency", "application for work", "verify/response"):
            assert marker not in kept
        house.holder_posts(path_in(consent), {"pin": PIN})
    found = house.run(everything_of, house.wallet, HOLDER, ())
    assert found["answers"][0]["certificates"][0]["id"] == credential_id
    request = ErasureRequest(rld_number=HOLDER, actor="officer", reason="asked", approver="other")
    assert house.run(house.wallet.state.wallet.erase, request)
    assert house.run(house.wallet.state.answering.everything, HOLDER) == ()


def test_only_the_wallet_learns_who_is_behind_a_request(house: ShareHouse) -> None:
    page, _ = asked(house, key_of(house, AGENCY))
    path = f"/verify/api/requests/{page.rsplit('/', 1)[1]}/asker"
    assert house.client.get(path).status_code == 401


def test_an_address_with_a_request_in_it_is_ready_to_be_looked_at(house: ShareHouse) -> None:
    page = house.holder_gets("/wallet/present?client_id=redirect_uri%3Ahttps%3A%2F%2Fv.example&nonce=n")
    assert "openid4vp://?client_id=redirect_uri" in page.text
    assert page.headers["referrer-policy"] == "no-referrer"
