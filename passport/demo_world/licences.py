"""Licences of the demo world: one of each class, and one of each answer a worker can get. All invented."""

from dataclasses import replace
from datetime import UTC, datetime

from passport.demo_world.centres import AGENCY, RECRUITERS
from runtime.service import ServiceContext
from trust_registry import store
from trust_registry.accreditations import suspend_accreditation
from trust_registry.licence_holders import give_licence
from trust_registry.licences import grant_licence, suspend_licence
from trust_registry.life import Act, GrantedAccreditation, LicenceFacts, VerifierClass
from trust_registry.service import accredit

_FROM, _UNTIL = datetime(2026, 1, 1, tzinfo=UTC), datetime(2029, 1, 1, tzinfo=UTC)
_SUSPENDED_FROM = datetime(2026, 10, 1, tzinfo=UTC)
LICENSED, SUSPENDED, EXPIRED = "DEMO-A-001", "DEMO-A-002", "DEMO-A-003"
EMPLOYER, PUBLIC_BODY, ABROAD = "DEMO-E-001", "DEMO-P-001", "DEMO-F-001"
_SUSPENDED_CENTRE, _SUSPENDED_QUALIFICATION = "tonsay-sar", "DEMO-RPL-CRP"


def _agency(name_en: str, name_km: str, office: str, phone: str, *countries: str) -> LicenceFacts:
    return LicenceFacts(
        licence_class=VerifierClass.AGENCY,
        names={"en": name_en, "km": name_km},
        office=office,
        phone=phone,
        countries=countries,
        programmes=("jp-ssw",) if "JP" in countries else (),
        inspection_grade="A",
        valid_from=_FROM,
        valid_until=_UNTIL,
    )


def _demo_licences() -> dict[str, LicenceFacts]:
    korea, japan, cambodia = RECRUITERS
    agency = _agency(
        AGENCY.name_en,
        AGENCY.name_local,
        "ផ្ទះគំរូលេខ ១២ ផ្លូវគំរូ ភ្នំពេញ · 12 Demo Street, Phnom Penh",
        "023 000 001",
        "JP",
        "MY",
    )
    return {
        LICENSED: agency,
        SUSPENDED: _agency(
            "Romduol Demo Manpower",
            "ភ្នាក់ងារគំរូ រំដួល",
            "ផ្ទះគំរូលេខ ៧ ផ្លូវគំរូ បាត់ដំបង · 7 Demo Road, Battambang",
            "053 000 002",
            "MY",
        ),
        EXPIRED: replace(
            _agency(
                "Champei Demo Overseas Work",
                "ភ្នាក់ងារគំរូ ចំប៉ី",
                "ផ្ទះគំរូលេខ ៣ ផ្លូវគំរូ សៀមរាប · 3 Demo Road, Siem Reap",
                "063 000 003",
                "JP",
            ),
            valid_from=datetime(2023, 1, 1, tzinfo=UTC),
            valid_until=_FROM,
        ),
        EMPLOYER: replace(
            agency,
            licence_class=VerifierClass.EMPLOYER,
            names={"en": cambodia.name_en, "km": cambodia.name_local},
            registration_number="DEMO-00000000",
            inspection_grade=None,
            countries=("KH",),
            programmes=("kh-work",),
            phone="012 000 004",
        ),
        PUBLIC_BODY: replace(
            agency,
            licence_class=VerifierClass.PUBLIC_BODY,
            names={"en": korea.name_en, "km": "សេវាការងារបរទេសកូរ៉េ គំរូ", "ko": korea.name_local},
            office="Demo-ro 1, Ulsan",
            phone="+82 00 000 0005",
            inspection_grade=None,
            countries=("KR",),
            programmes=("kr-eps",),
            valid_until=None,
        ),
        ABROAD: replace(
            agency,
            licence_class=VerifierClass.FOREIGN_ORGANISATION,
            names={"en": japan.name_en, "km": "ក្រុមហ៊ុនសំណង់ មិហុន គំរូ", "ja": japan.name_local},
            office="見本県見本市 1-2-3",
            phone="+81 00 0000 0006",
            inspection_grade=None,
            countries=("JP",),
            programmes=("jp-ssw",),
            vouched_by=LICENSED,
        ),
    }


def create_licences(trust: ServiceContext, now: datetime) -> None:
    """Grant every demo licence and suspend one, and one accreditation; again changes nothing."""
    database = trust.database
    granting = Act(actor="demo", reason="Part of the demo world.", at=now)
    for number, facts in _demo_licences().items():
        standing = database.write_now(grant_licence, number, facts, granting)
        if number == SUSPENDED and len(standing.events) == 1:
            reason = replace(granting, reason="Complaints are being looked into (demo).")
            database.write_now(suspend_licence, number, effective_from=_SUSPENDED_FROM, act=reason)
    _name_holders(trust, granting)
    _create_suspended_accreditation(trust, granting)


def _name_holders(trust: ServiceContext, act: Act) -> None:
    korea, japan, cambodia = RECRUITERS
    holders = ((AGENCY, LICENSED), (cambodia, EMPLOYER), (korea, PUBLIC_BODY), (japan, ABROAD))
    for organisation, number in holders:
        if trust.database.read_now(store.licence_number_or_none, organisation.slug) is None:
            trust.database.write_now(give_licence, number, organisation.slug, act)


def _create_suspended_accreditation(trust: ServiceContext, act: Act) -> None:
    granted = GrantedAccreditation(
        organisation_id=_SUSPENDED_CENTRE,
        credential_types=frozenset({"RPLCertificate"}),
        valid_from=_FROM,
        qualification_codes=frozenset({_SUSPENDED_QUALIFICATION}),
    )
    if accredit_once(trust, granted, act):
        ((number, _),) = [
            item
            for item in trust.database.read_now(store.accreditations_of, _SUSPENDED_CENTRE)
            if item[1] == granted
        ]
        reason = replace(act, reason="The workshop is being inspected (demo).")
        trust.database.write_now(suspend_accreditation, number, effective_from=_SUSPENDED_FROM, act=reason)


def accredit_once(trust: ServiceContext, granted: GrantedAccreditation, act: Act) -> bool:
    """Accredit unless that was done before, whatever was decided about it since; whether it is new."""
    standing = trust.database.read_now(store.accreditations_of, granted.organisation_id)
    if any(known == granted for _, known in standing):
        return False
    accredit(trust.database, granted, act)
    return True
