"""Accreditations and licences as the signed list says them."""

from datetime import timedelta
from typing import Any

import pytest

from runtime.service import ServiceContext
from tests.unit.trust_registry.deployment import NOW, browsing
from tests.unit.trust_registry.test_life import ABROAD, act, facts
from trust_registry.accreditations import (
    lift_accreditation,
    suspend_accreditation,
    withdraw_accreditation,
)
from trust_registry.app import create_app
from trust_registry.licences import end_licence, grant_licence, suspend_licence

pytestmark = pytest.mark.anyio


async def subject(context: ServiceContext) -> dict[str, Any]:
    async with browsing(create_app(context)) as client:
        return dict((await client.get("/trust/list")).json()["credentialSubject"])


async def test_the_list_says_suspensions_and_withdrawal(context: ServiceContext) -> None:
    database = context.database
    database.write_now(suspend_accreditation, 1, effective_from=NOW, act=act())
    database.write_now(lift_accreditation, 1, act=act(NOW + timedelta(days=1)))
    database.write_now(suspend_accreditation, 1, effective_from=NOW + timedelta(days=2), act=act())
    database.write_now(
        withdraw_accreditation,
        1,
        effective_from=NOW + timedelta(days=3),
        earlier_stand=False,
        act=act(approver="second"),
    )
    (entry,) = [item for item in (await subject(context))["issuers"] if "accreditations" in item]
    assert entry["accreditations"] == [
        {
            "credentialTypes": ["RPLCertificate"],
            "qualificationCodes": ["DEMO-RPL-BRL"],
            "cqfLevels": [1, 2],
            "validFrom": "2026-01-01T00:00:00Z",
            "validUntil": "2027-01-01T00:00:00Z",
            "suspensions": [
                {"from": "2026-11-22T03:00:00Z", "until": "2026-11-23T03:00:00Z"},
                {"from": "2026-11-24T03:00:00Z"},
            ],
            "withdrawn": {"from": "2026-11-25T03:00:00Z", "earlierStand": False},
        }
    ]


async def test_the_list_says_every_licence_with_its_end(context: ServiceContext) -> None:
    database = context.database
    database.write_now(grant_licence, "OK-1", facts(inspection_grade="A"), act())
    database.write_now(grant_licence, "JP-1", facts(**ABROAD, valid_until=None), act())
    database.write_now(suspend_licence, "JP-1", effective_from=NOW, act=act())
    database.write_now(end_licence, "OK-1", effective_from=NOW, act=act())
    shared = {
        "name": {"en": "Kumrou Agency (demo)", "km": "ភ្នាក់ងារគំរូ"},
        "office": "12 Demo Street, Phnom Penh",
        "phone": "023 000 000",
        "countries": ["JP"],
        "programmes": ["jp-ssw"],
        "validFrom": "2026-01-01T00:00:00Z",
    }
    assert (await subject(context))["verifiers"] == [
        {
            "licenceNumber": "JP-1",
            "class": "foreign-organisation",
            **shared,
            "vouchedBy": "OK-1",
            "suspensions": [{"from": "2026-11-22T03:00:00Z"}],
        },
        {
            "licenceNumber": "OK-1",
            "class": "agency",
            **shared,
            "validUntil": "2026-11-22T03:00:00Z",
            "inspectionGrade": "A",
        },
    ]


async def test_reasons_and_officers_are_not_published(context: ServiceContext) -> None:
    hidden: dict[str, Any] = {"actor": "pseudonym-7", "reason": "An anonymous letter said so."}
    context.database.write_now(suspend_accreditation, 1, effective_from=NOW, act=act(**hidden))
    context.database.write_now(grant_licence, "OK-1", facts(), act(**hidden))
    async with browsing(create_app(context)) as client:
        for path in ("/trust/list", "/trust"):
            published = (await client.get(path)).text
            assert all(text not in published for text in hidden.values())
