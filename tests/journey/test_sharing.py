"""A holder shares, an organisation looks, the holder sees that, and it ends (security rows 33, 34, 47)."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from runtime.i18n import Translator
from runtime.share_links import new_share_token, share_link
from tests.journey.share_house import (
    AGENCY,
    BASE_URL,
    CLAIMS,
    EMPLOYER,
    EXPIRED,
    HOLDER,
    MEMBER,
    PIN,
    ShareHouse,
    everything_kept,
    form,
    give_certificate,
    link_in,
    open_share_house,
    share,
    share_ids,
)
from vc.programmes.sentences import WARNINGS
from wallet_api.share_terms import NOT_LICENSED, _offered

OTHER_MEMBER = replace(MEMBER, licence_number="L-2")
KH_WORK = "kh-work/construction"
HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)
TRANSLATOR = Translator()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[ShareHouse]:
    with open_share_house(tmp_path) as opened:
        opened.run(opened.wallet.state.pins.set_first, HOLDER, PIN)
        yield opened


def values(claims: Any) -> list[str]:
    """Every value in what was disclosed, as texts; what tells how to read it left out."""
    if isinstance(claims, dict):
        return [
            text for name, value in claims.items() if name not in ("id", "type") for text in values(value)
        ]
    if isinstance(claims, list):
        return [text for value in claims for text in values(value)]
    return [str(claims)]


def shown_on(page: str) -> list[str]:
    return sorted(unescape(text) for text in re.findall(r"<span data-text>(.*?)</span>", page))


def test_from_the_choice_to_the_end(house: ShareHouse) -> None:
    credential_id = give_certificate(house)
    assert "Lotus Agency" in house.holder_gets(f"/wallet/share/purpose?to={AGENCY}").text
    offered = house.holder_gets(f"/wallet/share/claims?to={AGENCY}&purpose=ae-work").text
    ticked = re.findall(r'name="claim" value="\S+ (\w+)" checked', offered)
    assert sorted(ticked) == ["achievement", "decisionDate", "nameLatin", "unitsOfCompetency"]
    house.world.clock.advance(SECOND)
    link = share(house, credential_id, views="3")
    house.world.clock.advance(SECOND)
    answer = house.open(link, MEMBER)
    assert answer.status_code == 200, answer.text
    (result,) = answer.json()["credentialResults"]
    assert {name: verdict["answer"] for name, verdict in result["verdicts"].items()} == dict.fromkeys(
        ("authentic", "entitled", "inForce", "thisPersons"), "yes"
    )
    assert answer.json()["share"]["pinEnteredAt"] == "2026-11-22T03:00:01Z"
    assert [kind for kind, _ in house.log()[:2]] == ["opened", "shared"]
    assert house.log()[0][1] == "ភ្នាក់ងារឈូក · Lotus Agency"
    (share_id,) = share_ids(house)
    stopped = house.holder_posts("/wallet/shares/stop", {"share_id": share_id})
    assert stopped.status_code == 303
    assert house.open(link, MEMBER).status_code == 404
    assert 'data-stands="no"' in house.holder_gets("/wallet/shares").text


def test_what_is_shown_before_is_what_is_sent(house: ShareHouse) -> None:
    credential_id = give_certificate(house)
    for claims in (("nameLatin",), CLAIMS, ("unitsOfCompetency",), ("achievement", "decisionDate")):
        fields = form(credential_id, claims)
        before = shown_on(house.holder_posts("/wallet/share/preview", fields).text)
        sent = house.open(share(house, credential_id, claims), MEMBER).json()["disclosed"]
        assert set(sent[0]["claims"]) == set(claims)
        assert before == sorted(values(sent[0]["claims"]))
        link = share(house, credential_id, claims)
        assert shown_on(house.open(link, MEMBER, accept="text/html").text) == before


def test_nothing_is_released_without_the_pin(house: ShareHouse) -> None:
    """Security row 33: release without a step of the holder."""
    credential_id = give_certificate(house)
    for pin in ("", "000111"):
        refused = house.holder_posts("/wallet/share", form(credential_id, CLAIMS, pin=pin))
        assert refused.status_code == 403
        assert "/s/" not in refused.text
    assert share_ids(house) == []
    assert house.copied == [], "the issuer was asked for nothing"


def test_a_recruiters_programme_does_not_give_more_than_it_lists(house: ShareHouse) -> None:
    """Security row 34: over-collection."""
    credential_id = give_certificate(house)
    for claim in ("birthDate", "certificateNumber", "bloodGroup"):
        for path in ("/wallet/share/preview", "/wallet/share"):
            assert house.holder_posts(path, form(credential_id, (*CLAIMS, claim))).status_code == 403
    assert share_ids(house) == []


def test_the_verifier_shows_nothing_beyond_the_programme_whatever_it_was_handed(
    house: ShareHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    credential_id = give_certificate(house)
    monkeypatch.setattr("wallet_api.share_terms.require_allowed", lambda *_: None)
    monkeypatch.setattr(
        "wallet_api.share_terms._offered",
        lambda programme, one, name: replace(
            _offered(programme, one, name), claims=("nameLatin", "birthDate")
        ),
    )
    link = share(house, credential_id, ("nameLatin", "birthDate"))
    answer = house.open(link, MEMBER)
    assert answer.status_code == 403
    assert "SOK" not in answer.text


@pytest.mark.parametrize("number", [EXPIRED, "L-404"])
def test_without_a_licence_in_force_nothing_is_shared_and_the_holder_is_warned(
    house: ShareHouse, number: str
) -> None:
    credential_id = give_certificate(house)
    khmer = TRANSLATOR.gettext("km", NOT_LICENSED)
    assert khmer != NOT_LICENSED
    refused = [
        house.holder_gets(f"/wallet/share/purpose?to={number}"),
        house.holder_gets(f"/wallet/share/claims?to={number}&purpose=ae-work"),
        house.holder_posts("/wallet/share/preview", form(credential_id, CLAIMS, to=number)),
        house.holder_posts("/wallet/share", form(credential_id, CLAIMS, to=number)),
    ]
    for answer in refused:
        assert answer.status_code == 403
        assert khmer in unescape(answer.text)
    assert share_ids(house) == []


def test_a_licence_that_ends_between_preview_and_pin_gets_nothing(house: ShareHouse) -> None:
    credential_id = give_certificate(house)
    assert house.holder_posts("/wallet/share/preview", form(credential_id, CLAIMS)).status_code == 200
    house.world.publish_trust_list(verifiers=[])
    house.world.clock.advance(timedelta(minutes=10))
    assert house.holder_posts("/wallet/share", form(credential_id, CLAIMS)).status_code == 403
    assert share_ids(house) == []


@pytest.mark.parametrize("to", [AGENCY, "anyone"])
def test_under_eps_nobody_in_between_gets_anything(house: ShareHouse, to: str) -> None:
    credential_id = give_certificate(house)
    fields = form(credential_id, CLAIMS, to=to, purpose="kr-eps/construction")
    refused = house.holder_posts("/wallet/share", fields)
    assert refused.status_code == 403
    assert TRANSLATOR.gettext("km", WARNINGS["eps-no-intermediary"]) in unescape(refused.text)
    employer = form(credential_id, CLAIMS, to=EMPLOYER, purpose="kr-eps/construction", permit="yes")
    link_in(house.holder_posts("/wallet/share", employer))


def test_an_addressed_share_says_to_nobody_whom_it_is_for(house: ShareHouse) -> None:
    link = share(house, give_certificate(house), views="2")
    nobody = share_link(BASE_URL, new_share_token())
    for principal in (None, OTHER_MEMBER):
        answers = [house.open(one, principal, accept="text/html") for one in (link, nobody)]
        assert [answer.status_code for answer in answers] == [404, 404]
        assert answers[0].text.replace(link, nobody) == answers[1].text
        assert "Lotus" not in answers[0].text
    assert "sign in to see whether that is yours" in house.open(link, accept="text/html").text
    tries = {by for kind, by in house.log() if kind == "refused"}
    assert tries == {"Somebody with the link", "ភ្នាក់ងារផ្សេង · Other Agency"}, "the holder sees the tries"
    assert house.open(link, MEMBER).status_code == 200


def test_every_end_looks_the_same(house: ShareHouse) -> None:
    credential_id = give_certificate(house)
    used_up = share(house, credential_id, to="anyone", purpose=KH_WORK, hours="168")
    assert house.open(used_up).status_code == 200
    stopped = share(house, credential_id, to="anyone", purpose=KH_WORK)
    house.holder_posts("/wallet/shares/stop", {})
    over = share(house, credential_id, to="anyone", purpose=KH_WORK, hours="1")
    house.world.clock.advance(HOUR)
    pages = [
        (answer.status_code, answer.text, sorted(answer.headers.keys()))
        for one in (used_up, stopped, over, share_link(BASE_URL, new_share_token()), f"{BASE_URL}/s/nonsense")
        for answer in [house.open(one, accept="text/html")]
    ]
    assert {status for status, _, _ in pages} == {404}
    bodies = {re.sub(r"/s/\w+", "/s/", body) for _, body, _ in pages}
    assert len(bodies) == 1


def test_looking_the_link_up_uses_no_view(house: ShareHouse) -> None:
    link = share(house, give_certificate(house), to="anyone", purpose=KH_WORK)
    path = link.removeprefix(BASE_URL)
    for accept in ("text/html", "application/json", "*/*"):
        looked = house.client.get(path, headers={"Accept": accept})
        assert looked.status_code == 200
        assert "SOK" not in looked.text
        assert looked.headers["referrer-policy"] == "no-referrer"
    assert sorted(kind for kind, _ in house.log()) == ["pin-set", "shared"]
    house.world.clock.advance(SECOND)
    assert house.open(link).status_code == 200
    assert house.log()[0] == ("opened", "Somebody with the link")


def test_it_opens_as_often_as_allowed_and_until_it_ends(house: ShareHouse) -> None:
    credential_id = give_certificate(house)
    link = share(house, credential_id, views="3", hours="24")
    assert [house.open(link, MEMBER).status_code for _ in range(4)] == [200, 200, 200, 404]
    link = share(house, credential_id, views="20", hours="6")
    house.world.clock.advance(6 * HOUR - SECOND)
    assert house.open(link, MEMBER).status_code == 200
    house.world.clock.advance(SECOND)
    assert house.open(link, MEMBER).status_code == 404


def test_a_share_of_yesterday_is_still_this_persons(house: ShareHouse) -> None:
    link = share(house, give_certificate(house), to=EMPLOYER, purpose=KH_WORK, hours="168")
    house.world.clock.advance(timedelta(hours=20))
    member = replace(MEMBER, licence_number=EMPLOYER)
    (result,) = house.open(link, member).json()["credentialResults"]
    assert result["verdicts"]["thisPersons"]["answer"] == "yes"


def test_the_link_stands_in_no_log(house: ShareHouse, capsys: pytest.CaptureFixture[str]) -> None:
    link = share(house, give_certificate(house), views="2")
    house.open(link, MEMBER)
    house.open(link, OTHER_MEMBER)
    house.client.get(link.removeprefix(BASE_URL))
    token = link.rpartition("/")[2]
    out = capsys.readouterr()
    assert token not in out.out + out.err
    assert "SOK DARA" not in out.out + out.err
    rows = house.contexts["wallet_api"].database.read_now(everything_kept)
    assert token not in rows
    assert AGENCY not in rows.replace("pin", "")


def test_a_look_alike_link_is_refused_and_nobody_contacted(house: ShareHouse) -> None:
    """Security row 47: our scanner never opens another site's link, of a share neither."""
    token = new_share_token()
    for origin in ("https://vc-rnlvt.example", "http://127.0.0.1:8000.evil.example", "http://127.0.0.1:800"):
        refused = house.client.post(
            "/verify", data={"text": f"{origin}/s/{token}"}, headers=house.cookie(house.verifier, None)
        )
        assert refused.status_code == 400
        assert "another website" in refused.text


def test_a_pasted_link_leads_to_its_page_and_a_program_opens_it(house: ShareHouse) -> None:
    link = share(house, give_certificate(house), to="anyone", purpose=KH_WORK)
    headers = house.cookie(house.verifier, None)
    pasted = house.client.post("/verify", data={"text": link}, headers=headers, follow_redirects=False)
    assert (pasted.status_code, pasted.headers["location"]) == (303, link.removeprefix(BASE_URL))
    answer = house.client.post("/verify/check", json={"text": link})
    assert (answer.status_code, answer.json()["kind"]) == (200, "share")
    assert house.client.post("/verify/check", json={"text": link}).status_code == 404


@pytest.mark.parametrize("language", ["en", "km", "ja", "ko", "th", "ms", "ar"])
def test_the_page_says_it_in_every_language(house: ShareHouse, language: str) -> None:
    link = share(house, give_certificate(house), to="anyone", purpose=KH_WORK, views="1")
    path = link.removeprefix(BASE_URL)
    headers = {"Accept": "text/html", "Accept-Language": language, "Origin": BASE_URL}
    for answer in (house.client.get(path, headers=headers), house.client.post(path, headers=headers)):
        assert answer.status_code == 200, answer.text
        assert f'lang="{language}"' in answer.text
    assert "Bricklayer" in answer.text


def test_where_the_wallet_is_away_it_could_not_be_looked_up(house: ShareHouse) -> None:
    link = share(house, give_certificate(house))
    house.wallet_is_down = True
    assert house.open(link, MEMBER).status_code == 503
    house.wallet_is_down = False
    assert house.open(link, MEMBER).status_code == 200
