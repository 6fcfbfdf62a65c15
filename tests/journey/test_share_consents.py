"""An agency's lists, and its watch-list, go by what workers share with it."""

import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx2
import pytest

from runtime.entropy import format_code
from tests.journey.share_house import (
    AGENCY,
    BASE_URL,
    HOLDER,
    LICENCES,
    MEMBER,
    PIN,
    ShareHouse,
    give_certificate,
    open_share_house,
    share,
)
from tests.sd_jwt_world import publish_tokens


@pytest.fixture
def house(tmp_path: Path) -> Iterator[ShareHouse]:
    with open_share_house(tmp_path) as opened:
        opened.run(opened.wallet.state.pins.set_first, HOLDER, PIN)
        yield opened


def batch(house: ShareHouse, text: str, licence_number: str = AGENCY, **fields: str) -> httpx2.Response:
    headers = house.cookie(house.verifier, replace(MEMBER, licence_number=licence_number))
    parts = [(name, (None, value)) for name, value in {"text": text, **fields}.items()]
    answer: httpx2.Response = house.client.post(
        "/verify/batch", files=parts, headers=headers | {"Accept": "application/json"}
    )
    assert answer.status_code == 200, answer.text
    return answer


def outcomes(answer: httpx2.Response) -> list[str]:
    return [row["outcome"] for row in answer.json()["rows"]]


def paper(index: int) -> tuple[str, str]:
    """The link and the typed code on a certificate."""
    return f"{BASE_URL}/v/{index:026}", format_code(f"{index:012}")


def test_of_a_mixed_list_what_is_shared_with_the_agency_is_checked(house: ShareHouse) -> None:
    shared, other, by_code, by_share = (give_certificate(house, index) for index in (1, 2, 3, 4))
    share(house, shared, views="2")
    share(house, other, to="L-2")
    share(house, by_code)
    link = share(house, by_share)
    lines = [paper(1)[0], paper(2)[0], paper(3)[1], paper(5)[0], link]
    answer = batch(house, "\n".join(lines))
    assert outcomes(answer) == ["accepted", "noConsent", "accepted", "noConsent", "accepted"]
    assert link not in answer.text
    looks = [by for kind, by in house.log() if kind == "opened"]
    assert looks == ["ភ្នាក់ងារឈូក · Lotus Agency"] * 3
    assert (
        house.client.post("/verify/batch", files=[("text", (None, link))]).json()["rows"][0]["outcome"]
        == "noConsent"
    )
    assert outcomes(batch(house, "\n".join(lines))) == ["accepted", *["noConsent"] * 4], (
        "each look was counted"
    )
    assert outcomes(batch(house, lines[0])) == ["noConsent"]


def test_without_a_share_nobody_is_asked_about_it(house: ShareHouse) -> None:
    give_certificate(house)
    before = len(house.issuer_asked)
    assert outcomes(batch(house, paper(1)[0])) == ["noConsent"]
    assert len(house.issuer_asked) == before


def test_where_the_wallet_is_away_it_could_not_be_told(house: ShareHouse) -> None:
    share(house, give_certificate(house))
    house.wallet_is_down = True
    assert outcomes(batch(house, paper(1)[0])) == ["undetermined"]


def test_a_report_has_no_link_of_a_share_in_it(house: ShareHouse) -> None:
    link = share(house, give_certificate(house), to="anyone", purpose="kh-work/construction")
    headers = house.cookie(house.verifier, None)
    parts = [("text", (None, link)), ("answer", (None, "report"))]
    report = house.client.post("/verify/batch", files=parts, headers=headers)
    assert report.status_code == 200, report.text
    token = link.rpartition("/")[2].encode()
    with zipfile.ZipFile(BytesIO(report.content)) as archive:
        assert not any(token in archive.read(name) for name in archive.namelist())
    from verifier.replay import replay

    anchor = house.world.trust_anchor.text
    result = replay(report.content, anchor=anchor)
    assert (result.faults, result.holds) == ((), True)


def watches(house: ShareHouse) -> list[str]:
    async def of() -> list[str]:
        return [watch.state.value for watch in await house.verifier.state.watching.of(AGENCY)]

    found: list[str] = house.run(of)
    return found


def test_a_watch_stands_as_long_as_the_share_and_no_longer(house: ShareHouse) -> None:
    credential_id = give_certificate(house)
    link = share(house, credential_id, watch="yes")
    assert watches(house) == [], "nothing is watched before it was opened"
    answer = house.open(link, MEMBER)
    assert len(answer.json()["share"]["watches"]) == 1
    house.run(house.verifier.state.watching.look)
    assert watches(house) == ["inForce"]
    house.world.clock.advance(timedelta(minutes=10))
    house.world.publish_trust_list(verifiers=LICENCES)
    publish_tokens(house.world, {1: 1}, made_before=timedelta(0))
    house.run(house.verifier.state.watching.look)
    assert watches(house) == ["revoked"]
    house.holder_posts("/wallet/shares/stop", {})
    assert watches(house) == []
    house.run(house.verifier.state.watching.look)
    assert _rows(house) == 0


def test_a_watch_ends_when_the_share_does(house: ShareHouse) -> None:
    link = share(house, give_certificate(house), watch="yes", hours="1")
    house.open(link, MEMBER)
    house.world.clock.advance(timedelta(hours=1))
    assert watches(house) == []


def test_where_the_wallet_is_away_nothing_is_watched_and_nothing_forgotten(house: ShareHouse) -> None:
    link = share(house, give_certificate(house), watch="yes")
    house.open(link, MEMBER)
    house.wallet_is_down = True
    assert watches(house) == []
    house.run(house.verifier.state.watching.look)
    house.wallet_is_down = False
    assert watches(house) == ["inForce"]


@pytest.mark.parametrize("fields", [{}, {"to": "anyone", "purpose": "kh-work/construction", "watch": "yes"}])
def test_without_the_tick_or_an_organisation_nothing_is_watched(
    house: ShareHouse, fields: dict[str, Any]
) -> None:
    link = share(house, give_certificate(house), **fields)
    assert house.open(link, MEMBER).json()["share"]["watches"] == []
    assert watches(house) == []


def test_what_is_opened_twice_is_watched_once(house: ShareHouse) -> None:
    link = share(house, give_certificate(house), watch="yes", views="3")
    first, second = (house.open(link, MEMBER).json()["share"]["watches"] for _ in range(2))
    assert first == second
    assert _rows(house) == 1


def _rows(house: ShareHouse) -> int:
    from sqlalchemy import func, select

    from verifier.tables import watched

    def count(connection: Any) -> int:
        return int(connection.scalar(select(func.count()).select_from(watched)) or 0)

    return int(house.contexts["verifier"].database.read_now(count))
