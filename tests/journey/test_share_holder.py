"""What a holder has of sharing: keys used once, receipts, being told, and an end to all of it."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from runtime.person_requests import ErasureRequest
from runtime.share_links import new_share_token
from tests.journey.share_house import (
    AGENCY,
    BASE_URL,
    CLAIMS,
    DURESS,
    HOLDER,
    MEMBER,
    PIN,
    RETURNEE,
    ShareHouse,
    everything_kept,
    form,
    give_certificate,
    open_share_house,
    share,
    share_ids,
)
from tests.sd_jwt_world import HOLDER as SD_JWT_HOLDER
from tests.sd_jwt_world import TOKEN_LIST_URL, publish_tokens
from vc.encoding.strict_json import JsonObject
from vc.errors import NotFound
from vc.sd_jwt.credential import vct_of
from wallet_api import share_store
from wallet_api.contacts import Contact
from wallet_api.messages import NEWS, Channel
from wallet_api.share_sealing import open_by_link
from wallet_api.share_tables import bound_copy
from wallet_api.sharing import _place

HOLDER_KEY: JsonObject = {**SD_JWT_HOLDER.public_key.jwk}
OTHER_MEMBER = replace(MEMBER, licence_number="L-2")
HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[ShareHouse]:
    with open_share_house(tmp_path) as opened:
        opened.run(opened.wallet.state.pins.set_first, HOLDER, PIN)
        yield opened


@pytest.mark.parametrize(
    ("fields", "status"), [({"hours": "72"}, 400), ({"views": "21"}, 400), ({"views": "0"}, 400)]
)
def test_no_longer_and_no_oftener_than_that(house: ShareHouse, fields: dict[str, str], status: int) -> None:
    refused = house.holder_posts("/wallet/share", form(give_certificate(house), CLAIMS, **fields))
    assert refused.status_code == status
    assert share_ids(house) == []


def test_the_same_form_sent_twice_makes_one_share(house: ShareHouse) -> None:
    credential_id = give_certificate(house)
    page = house.holder_posts("/wallet/share/preview", form(credential_id, CLAIMS)).text
    found = re.search(r'name="share_id" value="(\w+)"', page)
    assert found is not None
    fields = form(credential_id, CLAIMS, share_id=found[1])
    assert house.holder_posts("/wallet/share", fields).status_code == 200
    assert house.holder_posts("/wallet/share", fields).status_code == 400
    assert len(share_ids(house)) == 1


def test_each_share_has_keys_and_copies_of_its_own(house: ShareHouse) -> None:
    credential_id = give_certificate(house)
    opened = [house.run(_open_in_wallet, house, share(house, credential_id)) for _ in range(6)]
    issued = [presentations[0].split("~")[0] for presentations in opened]
    assert len(set(issued)) == 6
    assert [len(asked["keys"]) for asked in house.copied] == [5, 5], "asked again when the stock was empty"


async def _open_in_wallet(house: ShareHouse, link: str) -> tuple[str, ...]:
    opened = await house.wallet.state.shares.open(link.rpartition("/")[2], AGENCY)
    presentations: tuple[str, ...] = opened.presentations
    return presentations


@pytest.mark.parametrize(
    "altered",
    [
        {"nameLatin": "SOMEBODY ELSE"},
        {"cnf": {"jwk": HOLDER_KEY}},
        {"vct": vct_of("TrainingCertificate")},
        {"status": {"status_list": {"idx": 77, "uri": TOKEN_LIST_URL}}},
        {"achievement": {"name": "Another trade"}},
    ],
    ids=["another person's", "another key's", "another type's", "revoked", "says something else"],
)
def test_what_the_issuer_sends_is_verified_before_it_is_used(house: ShareHouse, altered: JsonObject) -> None:
    credential_id = give_certificate(house)
    publish_tokens(house.world, {77: 1})
    house.altered = altered
    refused = house.holder_posts("/wallet/share", form(credential_id, CLAIMS))
    assert refused.status_code == 503
    assert share_ids(house) == []


def test_database_and_keyring_without_the_link_open_nothing(house: ShareHouse) -> None:
    share(house, give_certificate(house))
    context = house.contexts["wallet_api"]
    person = context.personal.person(HOLDER)

    def look(connection: Any) -> bytes:
        (sealed,) = share_store.shares_of(connection, person)
        keys = context.personal.keys(connection, [person])
        assert sealed.presentations is not None
        return keys.unseal(person, sealed.presentations, _place(sealed.share_id, "presentations"))

    inner = context.database.read_now(look)
    assert b"eyJ" not in inner
    with pytest.raises(NotFound):
        open_by_link(new_share_token(), "any", inner)


def test_the_receipt_names_claims_and_no_value_and_outlives_the_share(house: ShareHouse) -> None:
    credential_id = give_certificate(house)
    link = share(house, credential_id)
    presentations = house.run(_open_in_wallet, house, link)
    (share_id,) = share_ids(house)
    house.world.clock.advance(30 * timedelta(days=1))
    house.world.publish_trust_list()
    house.run(house.wallet.state.shares.sweep)
    receipt = house.holder_gets(f"/wallet/shares/{share_id}/receipt.json")
    assert receipt.json()["certificates"] == [
        {"id": credential_id, "type": "RPLCertificate", "claims": ["nameLatin", "achievement"]}
    ]
    assert receipt.json()["presentationsSha256"] == [hashlib.sha256(presentations[0].encode()).hexdigest()]
    assert "SOK" not in receipt.text
    assert "Lotus Agency" in house.holder_gets(f"/wallet/shares/{share_id}").text
    other = replace(RETURNEE, rld_number="RLD-0000002")
    assert house.holder_gets(f"/wallet/shares/{share_id}", other).status_code == 404
    house.world.clock.advance(400 * timedelta(days=1))
    house.run(house.wallet.state.shares.sweep)
    assert share_ids(house) == []


def test_an_erasure_takes_shares_and_copies_along(house: ShareHouse) -> None:
    link = share(house, give_certificate(house), views="9")
    request = ErasureRequest(rld_number=HOLDER, actor="officer", reason="asked", approver="other")
    assert house.run(house.wallet.state.wallet.erase, request)
    assert house.open(link, MEMBER).status_code == 404
    text = house.contexts["wallet_api"].database.read_now(everything_kept)
    assert text.count("[]") >= 4
    assert share_ids(house) == []


def test_the_holder_is_told_once_an_hour(house: ShareHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[str] = []

    class Phone:
        async def send(self, address: str, text: str) -> None:
            sent.append(text)

    looks, contacts = house.wallet.state.looks, house.wallet.state.contacts

    async def confirmed(_holder: str) -> Contact:
        return Contact(channel=Channel.SMS, address="+85512345678", is_confirmed=True)

    monkeypatch.setattr(contacts, "confirmed", confirmed)
    monkeypatch.setattr(looks, "_messengers", {Channel.SMS: Phone()})
    link = share(house, give_certificate(house), views="20")
    house.run(looks.tell_due)
    assert sent == [], "what the holder did is no news"
    for _ in range(3):
        house.open(link, MEMBER)
    house.run(looks.tell_due)
    assert sent == [NEWS]
    house.open(link, OTHER_MEMBER)
    house.run(looks.tell_due)
    house.world.clock.advance(HOUR - SECOND)
    house.run(looks.tell_due)
    assert sent == [NEWS]
    house.world.clock.advance(SECOND)
    house.run(looks.tell_due)
    house.run(looks.tell_due)
    assert sent == [NEWS, NEWS]


def test_under_force_less_is_shared_and_it_looks_the_same(house: ShareHouse) -> None:
    kept, given = give_certificate(house, 1), give_certificate(house, 2)

    async def set_second() -> None:
        await house.wallet.state.pins.set_second(HOLDER, PIN, DURESS, chosen=[given])

    house.run(set_second)
    refused = house.holder_posts("/wallet/share", form(kept, CLAIMS, pin=DURESS))
    assert refused.status_code == 400
    link = share(house, given, pin=DURESS)
    assert house.open(link, MEMBER).status_code == 200
    limited = replace(RETURNEE, scopes=("wallet.limited",))
    page = house.holder_gets(f"/wallet/share/claims?to={AGENCY}&purpose=ae-work", limited).text
    assert (kept in page, given in page) == (False, True)
    share(house, kept)
    assert len(share_ids(house)) == 2
    seen = house.holder_gets("/wallet/shares", limited).text
    assert seen.count("data-share=") == 1
    (hidden,) = [one for one in share_ids(house) if one not in seen]
    assert house.holder_gets(f"/wallet/shares/{hidden}", limited).status_code == 404
    house.holder_posts("/wallet/shares/stop", {}, limited)
    assert house.holder_gets("/wallet/shares").text.count('data-stands="yes"') == 1


def test_a_recovery_stopseverything_kept(house: ShareHouse) -> None:
    link = share(house, give_certificate(house), views="5")
    house.run(house.wallet.state.shares.stop_all, HOLDER)
    assert house.open(link, MEMBER).status_code == 404
    rows = house.contexts["wallet_api"].database.read_now(_copies)
    assert rows == 0


def _copies(connection: Any) -> int:
    return int(connection.scalar(select(func.count()).select_from(bound_copy)) or 0)


def test_only_the_verifier_opens_and_only_the_holder_stops(house: ShareHouse) -> None:
    share(house, give_certificate(house))
    for path in ("open", "consents", "standing"):
        assert house.client.post(f"/wallet/api/shares/{path}", json={}).status_code == 401
    (share_id,) = share_ids(house)
    other = replace(RETURNEE, rld_number="RLD-0000002")
    house.holder_posts("/wallet/shares/stop", {"share_id": share_id}, other)
    assert 'data-stands="yes"' in house.holder_gets("/wallet/shares").text


def test_an_agency_is_looked_up_by_its_number_or_its_link(house: ShareHouse) -> None:
    for typed in (AGENCY, " l 1 ", f"{BASE_URL}/trust/agencies/{AGENCY}"):
        found = house.client.get(
            "/wallet/agency",
            params={"number": typed},
            headers=house.cookie(house.wallet, RETURNEE),
            follow_redirects=False,
        )
        assert (found.status_code, found.headers["location"]) == (303, f"/trust/agencies/{AGENCY}")
    foreign = house.client.get(
        "/wallet/agency",
        params={"number": f"https://evil.example/trust/agencies/{AGENCY}"},
        headers=house.cookie(house.wallet, RETURNEE),
    )
    assert foreign.status_code == 400
