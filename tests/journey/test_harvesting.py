"""Row 45 of the threats: whoever checks very many different people in an hour is stopped, and it is seen."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from runtime.service import ServiceContext
from tests.journey.verifier_house import VerifierHouse, open_house
from tests.unit.verifier.test_keys import LICENCE
from verifier import keys
from verifier.harvesting import busiest_days
from verifier.keys import WantedKey
from verifier.retention import sweep

LIMIT = 5


@pytest.fixture
def house(tmp_path: Path) -> Iterator[VerifierHouse]:
    with open_house(tmp_path, harvest_per_hour=LIMIT) as opened:
        opened.world.publish_trust_list(verifiers=[{**LICENCE, "class": "employer"}])
        yield opened


def context_of(house: VerifierHouse) -> ServiceContext:
    context: ServiceContext = house.client.app.state.context  # type: ignore[attr-defined]
    return context


def run(house: VerifierHouse, function: Any, *arguments: Any) -> Any:
    portal = house.client.portal
    assert portal is not None
    return portal.call(function, *arguments)


def key_for(house: VerifierHouse) -> dict[str, str]:
    wanted = WantedKey(
        name="Desk",
        scopes=frozenset({"verify:credentials", "verify:presentations"}),
        networks=(),
        daily_quota=None,
        days=30,
    )

    async def make() -> str:
        return await keys.create_key(
            context_of(house),
            wanted,
            source=house.client.app.state.licences,  # type: ignore[attr-defined]
            organisation_id="works",
            licence_number="L-1",
            created_by="admin",
        )

    return {"Authorization": f"Bearer {run(house, make)}"}


def check(house: VerifierHouse, index: int, headers: dict[str, str], path: str = "/verify/check") -> int:
    raw = house.world.issue(index)
    body = {"text": raw.decode()} if path == "/verify/check" else {"verifiableCredential": orjson.loads(raw)}
    return int(house.post(path, orjson.dumps(body), headers).status_code)


@pytest.mark.parametrize("path", ["/verify/check", "/credentials/verify"])
def test_so_many_different_people_in_an_hour_and_no_more(house: VerifierHouse, path: str) -> None:
    headers = key_for(house)
    assert [check(house, index, headers, path) for index in range(LIMIT)] == [200] * LIMIT
    # The same people again are nobody new.
    assert check(house, 0, headers, path) == 200
    refused = house.post("/verify/check", orjson.dumps({"text": house.world.issue(99).decode()}), headers)
    assert refused.status_code == 429
    assert 0 < int(refused.headers["retry-after"]) <= 3601
    assert "SOK DARA" not in refused.text
    assert run(house, busiest_days, context_of(house)) == {"2026-11-22": LIMIT + 1}


def test_presentations_count_each_person_in_them(house: VerifierHouse) -> None:
    headers = key_for(house)
    raw = house.world.present(*(house.world.issue(index) for index in range(LIMIT + 1)))
    body = orjson.dumps({"verifiablePresentation": orjson.loads(raw)})
    assert house.post("/presentations/verify", body, headers).status_code == 429


def test_a_batch_counts_each_person_in_it(house: VerifierHouse) -> None:
    headers = {**key_for(house), "Accept": "application/json"}
    files = [("files", (f"{index}.json", house.world.issue(index))) for index in range(LIMIT + 1)]
    assert house.client.post("/verify/batch", files=files[:LIMIT], headers=headers).status_code == 200
    assert house.client.post("/verify/batch", files=files, headers=headers).status_code == 429


def test_the_next_hour_begins_anew_and_forgeries_do_not_count(house: VerifierHouse) -> None:
    headers = key_for(house)
    for _ in range(LIMIT + 2):
        forged = orjson.dumps(orjson.loads(house.world.issue(1)) | {"name": "x"}).decode()
        assert house.post("/verify/check", orjson.dumps({"text": forged}), headers).status_code == 200
    assert [check(house, index, headers) for index in range(LIMIT + 1)][-1] == 429
    house.world.clock.advance(timedelta(hours=1))
    house.world.publish_status(set())
    assert check(house, 50, headers) == 200


def test_it_is_forgotten_after_two_days(house: VerifierHouse) -> None:
    headers = key_for(house)
    for index in range(LIMIT + 1):
        check(house, index, headers)
    house.world.clock.advance(timedelta(days=3))
    state = house.client.app.state  # type: ignore[attr-defined]
    run(house, sweep, context_of(house), state.wallet_requests, state.photos)
    assert run(house, busiest_days, context_of(house)) == {}


def test_without_a_licence_nothing_is_kept(house: VerifierHouse) -> None:
    assert [check(house, index, {}) for index in range(LIMIT + 3)] == [200] * (LIMIT + 3)
    assert run(house, busiest_days, context_of(house)) == {}
