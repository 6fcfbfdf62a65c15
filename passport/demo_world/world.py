"""Creating the demo world in real databases, with real keys: organisations, rights, accounts.

Everything goes through the services' own functions, so the demo can hold nothing the product
could not. Doing it again on the same data folder changes nothing but the passwords.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from issuer.service.desk import NewCentre, did_of, set_up_centre
from issuer.store import keys_of
from passport.assembly import Contexts
from passport.demo_world.centres import (
    AGENCY,
    AUTHORITY,
    CENTRES,
    OFFICERS,
    PUBLIC_BODIES,
    RECRUITERS,
    DemoCentre,
)
from passport.demo_world.class_lists import RPL, TRAINING, demo_class_list
from passport.demo_world.licences import accredit_once, create_licences
from passport.demo_world.people import DemoPerson
from revocation.publisher import KEY_ID as STATUS_KEY_ID
from runtime.auth import Role
from runtime.entropy import random_token
from runtime.service import ServiceContext
from schemas import read_data
from trust_registry.accounts import NewAccount, create_accounts
from trust_registry.doors import DOORS
from trust_registry.life import Act
from trust_registry.model import GrantedAccreditation, OrganisationKind
from trust_registry.people_store import put_identity
from trust_registry.root import ensure_demo_root
from trust_registry.service import (
    AUTHORITY_ID,
    STATUS_REGISTRY_ID,
    register_issuer_key,
    register_organisation,
)
from trust_registry.staff import identity_index
from vc.encoding.timestamps import parse_timestamp

ACCREDITED_FROM = datetime(2026, 1, 1, tzinfo=UTC)
PASSWORD_BITS = 60
_PREFIXES = ("PTK", "TCH", "TSS", "DLD", "DMD", "DSF", "DWO")
_ISSUERS = (*CENTRES, *PUBLIC_BODIES)


@dataclass(frozen=True, kw_only=True, slots=True)
class SignIn:
    """One way to sign in, as printed at the start."""

    username: str
    password: str
    role: Role
    name: str
    door: str


def create_demo_world(
    contexts: Contexts, people: tuple[DemoPerson, ...], *, passwords: str | None
) -> tuple[tuple[SignIn, ...], str]:
    """Fill the databases; returns the sign-ins and the trust anchor.

    ``passwords`` is one word for everybody (loopback only), or None for fresh random ones.
    """
    trust = contexts.by_service["trust_registry"]
    now = contexts.clock.now().replace(microsecond=0)
    _register_organisations(trust)
    anchor = ensure_demo_root(trust.database, trust.settings, trust.keyring, now)
    _register_status_key(contexts, now)
    for prefix, centre in zip(_PREFIXES, _ISSUERS, strict=True):
        _set_up_centre(contexts, centre, prefix, now)
    create_licences(trust, now)
    accounts = list(demo_accounts(people, passwords))
    create_accounts(trust.database, trust.personal, accounts)
    _verify_staff(trust)
    sign_ins = tuple(
        SignIn(
            username=account.username,
            password=account.password,
            role=account.role,
            name=account.name,
            door=DOORS[account.role],
        )
        for account in accounts
    )
    return sign_ins, anchor


def _register_organisations(trust: ServiceContext) -> None:
    def register(organisation_id: str, kind: OrganisationKind, name_en: str, name_km: str) -> None:
        register_organisation(
            trust.database,
            trust.settings,
            organisation_id=organisation_id,
            kind=kind,
            name_en=name_en,
            name_km=name_km,
        )

    register(AUTHORITY_ID, OrganisationKind.AUTHORITY, AUTHORITY.name_en, AUTHORITY.name_local)
    register(
        STATUS_REGISTRY_ID,
        OrganisationKind.STATUS_REGISTRY,
        "Demo status registry",
        "បញ្ជីស្ថានភាព គំរូ",
    )
    for recruiter in (*RECRUITERS, AGENCY):
        register(recruiter.slug, OrganisationKind.VERIFIER, recruiter.name_en, recruiter.name_local)
    for centre in _ISSUERS:
        register(centre.slug, OrganisationKind.CENTRE, centre.name_en, centre.name_km)


def _register_status_key(contexts: Contexts, now: datetime) -> None:
    trust, registry = contexts.by_service["trust_registry"], contexts.by_service["revocation"]
    _register_key(
        trust,
        f"did:web:{contexts.settings.did_host}:status",
        registry.keyring.ensure(STATUS_KEY_ID).multikey,
        now,
    )


def _register_key(trust: ServiceContext, did: str, multikey: str, now: datetime) -> None:
    register_issuer_key(trust.database, did=did, public_key_multibase=multikey, valid_from=now, now=now)


def _set_up_centre(contexts: Contexts, centre: DemoCentre, prefix: str, now: datetime) -> None:
    trust = contexts.by_service["trust_registry"]
    new = NewCentre(
        slug=centre.slug,
        name_en=centre.name_en,
        name_km=centre.name_km,
        place=_province(centre.province_code),
        number_prefix=prefix,
    )
    issuer = contexts.by_service["issuer"]
    set_up_centre(issuer, new)
    # What is issued in the first second is signed with keys that whoever looks at the trust list finds there.
    for key in issuer.database.read_now(keys_of, centre.slug):
        register_issuer_key(
            trust.database,
            did=did_of(issuer.settings, centre.slug),
            public_key_multibase=key.public_key_multibase,
            valid_from=parse_timestamp(key.valid_from),
            now=now,
            replaces=(),
        )
    for granted in _accreditations(centre):
        accredit_once(trust, granted, Act(actor="demo", reason="Part of the demo world.", at=now))


def _verify_staff(trust: ServiceContext) -> None:
    """Every officer has a staff number of their own, as two officers would have verified it."""
    # The registrar's is that of the first person whom the simulated identity provider knows.
    for number, officer in enumerate(sorted(OFFICERS, key=lambda one: one.login != "registrar"), start=1):
        index = identity_index(trust.keyring, f"DEMO-STAFF-{number:04}")
        trust.database.write_now(put_identity, officer.login, index)


def _accreditations(centre: DemoCentre) -> Iterator[GrantedAccreditation]:
    coded = {"RPLCertificate": centre.qualifications, "TrainingCertificate": centre.courses}
    for credential_type, codes in coded.items():
        if codes:
            granted = GrantedAccreditation(
                organisation_id=centre.slug,
                credential_types=frozenset({credential_type}),
                valid_from=ACCREDITED_FROM,
                qualification_codes=frozenset(codes),
            )
            levels = frozenset({1, 2}) if credential_type == "RPLCertificate" else None
            yield replace(granted, cqf_levels=levels)
    if centre.types:
        yield GrantedAccreditation(
            organisation_id=centre.slug,
            credential_types=frozenset(centre.types),
            valid_from=ACCREDITED_FROM,
        )


def returnees_who_sign_in(people: tuple[DemoPerson, ...]) -> tuple[DemoPerson, ...]:
    """Three people of the sample class lists, so that their passports fill when these are issued."""
    by_number = {person.rld_number: person for person in people}
    rpl = demo_class_list(RPL, people).rows
    training = demo_class_list(TRAINING, people).rows
    return tuple(by_number[str(row["rld_number"])] for row in (rpl[0], rpl[2], training[0]))


def _province(code: str) -> str:
    provinces = json.loads(read_data("data/provinces.json"))["provinces"]
    found = next(province for province in provinces if province["code"] == code)
    return f"{found['name_km']} · {found['name_en']}"


def demo_accounts(people: tuple[DemoPerson, ...], passwords: str | None) -> Iterable[NewAccount]:
    """The demo's officers and three returnees; each with a fresh password unless one is given."""

    def password() -> str:
        return passwords or random_token(PASSWORD_BITS).lower()

    authority_ids = {AUTHORITY.slug: AUTHORITY_ID}
    for officer in OFFICERS:
        yield NewAccount(
            username=officer.login,
            password=password(),
            role=Role(officer.role),
            name=officer.name_en,
            organisation_id=authority_ids.get(officer.organisation, officer.organisation),
        )
    for number, person in enumerate(returnees_who_sign_in(people), start=1):
        yield NewAccount(
            username=f"returnee-{number}",
            password=password(),
            role=Role.RETURNEE,
            name=person.name_latin,
            rld_number=person.rld_number,
        )
