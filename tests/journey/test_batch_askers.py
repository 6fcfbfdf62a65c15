"""Who asks for a batch: by session, by API key, by nothing; what each may send, and see."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import anyio
import pytest
from fastapi import FastAPI

from runtime.auth import SESSION_COOKIE, Principal, Role
from runtime.entropy import random_token
from tests.journey.batch_folder import rows_of, send
from tests.journey.verifier_house import BASE_URL, VerifierHouse, open_house
from tests.signed_in import KnownSessions, access_token, session_cookie
from vc.encoding.strict_json import JsonObject
from vc.errors import EvidenceUnavailable
from verifier.keys import WantedKey, create_key

LICENCE: JsonObject = {
    "licenceNumber": "L-1",
    "class": "agency",
    "name": {"en": "Agency", "km": "ភ្នាក់ងារ"},
    "office": "Street 1",
    "phone": "023 000 001",
    "countries": ["KR"],
    "programmes": [],
    "validFrom": "2026-01-01T00:00:00Z",
}
OFFICE = LICENCE | {"licenceNumber": "L-2", "class": "public-body", "name": {"en": "Office in Seoul"}}
MEMBER = Principal(
    subject="member", name="Member", role=Role.VERIFIER_MEMBER, organisation_id="o-1", licence_number="L-1"
)
AT_OFFICE = replace(MEMBER, organisation_id="o-2", licence_number="L-2")
CODES = "\n".join(f"{number:012}" for number in range(40))


@pytest.fixture
def house(tmp_path: Path) -> Iterator[VerifierHouse]:
    with open_house(tmp_path, rate_limits={"verify-batch": "1000/minute"}) as opened:
        opened.world.publish_trust_list(verifiers=[LICENCE, OFFICE])
        yield opened


def app_of(house: VerifierHouse) -> FastAPI:
    app = house.client.app
    assert isinstance(app, FastAPI)
    return app


def signed_in(house: VerifierHouse, principal: Principal) -> Mapping[str, str]:
    cookie = session_cookie(app_of(house), principal)[SESSION_COOKIE]
    return {"Cookie": f"{SESSION_COOKIE}={cookie}", "Origin": BASE_URL}


def with_key(house: VerifierHouse, licence_number: str, daily_quota: int | None = None) -> Mapping[str, str]:
    state = app_of(house).state
    wanted = WantedKey(
        name="Desk", scopes=frozenset({"verify:credentials"}), networks=(), daily_quota=daily_quota, days=9
    )

    async def make() -> str:
        return await create_key(
            state.context,
            wanted,
            source=state.licences,
            organisation_id="o-1",
            licence_number=licence_number,
            created_by="admin",
        )

    return {"Authorization": f"Bearer {anyio.run(make)}"}


def outcomes(house: VerifierHouse, headers: Mapping[str, str]) -> set[str]:
    return {row["outcome"] for row in rows_of(send(house, {"a.json": house.world.issue(1)}, headers=headers))}


def test_the_class_of_the_licence_decides_however_it_is_shown(house: VerifierHouse) -> None:
    token = access_token(app_of(house), MEMBER)
    assert outcomes(house, {}) == {"accepted"}
    for agency in (signed_in(house, MEMBER), with_key(house, "L-1"), {"Authorization": f"Bearer {token}"}):
        assert outcomes(house, agency) == {"noConsent"}
    for office in (signed_in(house, AT_OFFICE), with_key(house, "L-2")):
        assert outcomes(house, office) == {"accepted"}


def test_only_an_organisation_under_a_licence_may_send_more_than_thirty(house: VerifierHouse) -> None:
    clerk = Principal(
        subject="clerk", name="Clerk", role=Role.CLERK, organisation_id="c", licence_number="L-2"
    )
    for headers, status in (
        ({}, 400),
        (signed_in(house, clerk), 400),
        (signed_in(house, replace(AT_OFFICE, licence_number=None)), 400),
        (signed_in(house, AT_OFFICE), 200),
        (with_key(house, "L-2"), 200),
    ):
        assert send(house, text=CODES, headers=headers).status_code == status


def test_a_licence_that_is_not_in_force_lets_nobody_in(house: VerifierHouse) -> None:
    headers = [(signed_in(house, MEMBER), 403), (with_key(house, "L-1"), 401)]
    house.world.publish_trust_list(verifiers=[OFFICE])
    house.world.clock.advance(timedelta(minutes=10))
    for shown, status in headers:
        assert send(house, text=CODES, headers=shown).status_code == status


def test_where_it_cannot_be_told_who_asks_nothing_is_checked(
    house: VerifierHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = signed_in(house, MEMBER)

    async def fail(_self: KnownSessions, _token: str) -> Principal | None:
        raise EvidenceUnavailable("The trust registry cannot be reached.")

    monkeypatch.setattr(KnownSessions, "by_session", fail)
    assert send(house, text=CODES, headers=shown).status_code == 503


def test_an_old_session_is_nobody_and_a_bad_key_is_not(house: VerifierHouse) -> None:
    signed_in(house, MEMBER)
    old = {"Cookie": f"{SESSION_COOKIE}={random_token(256)}", "Origin": BASE_URL}
    assert outcomes(house, old) == {"accepted"}
    bad = {"Authorization": "Bearer spk_0000000000_" + "0" * 52}
    assert send(house, text=CODES, headers=bad).status_code == 401


def test_each_row_is_a_use_of_the_keys_quota_and_a_batch_beyond_it_uses_nothing(house: VerifierHouse) -> None:
    key = with_key(house, "L-2", daily_quota=10)
    lines = CODES.split("\n")
    assert send(house, text="\n".join(lines[:6]), headers=key).status_code == 200
    refused = send(house, text="\n".join(lines[:6]), headers=key)
    assert refused.status_code == 429
    assert int(refused.headers["retry-after"]) > 0
    assert send(house, text="\n".join(lines[:3]), headers=key).status_code == 200, (
        "the refused call was one use"
    )
    assert send(house, text=lines[0], headers=key).status_code == 429


def test_a_program_gets_json_whatever_it_accepts(house: VerifierHouse) -> None:
    key = with_key(house, "L-2")
    answer = send(house, {"a.json": house.world.issue(1)}, accept="text/html", headers=key)
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-store"
