"""Genuine JSON-LD documents of every kind this product signs or reads, none with a proof."""

from datetime import UTC, date, datetime
from typing import Any

import orjson

from issuer.award import build_dataset
from issuer.class_list import Sex, example_row, parse_class_list, sample_class_list
from issuer.identity_link.matching import RldRecord
from passport.demo_world.people import draw_people
from tests.simulator import CENTRE_DID, NOTES_URL, TRUST_LIST_URL, IssuerWorld, did_key_signer
from vc.issue import IssuanceParameters, prepare
from vc.model.credential_types import types_by_slug

Json = dict[str, Any]

_TODAY = date(2026, 11, 25)


def credentials_of_every_type() -> dict[str, Json]:
    """The example of every credential type as it is signed, by slug."""
    world = IssuerWorld("eddsa-rdfc-2022")
    _, throwaway = did_key_signer("throwaway")
    person = draw_people()[0]
    record = RldRecord(
        rld_number=person.rld_number,
        name_km=person.name_km,
        name_latin=person.name_latin,
        birth_date=person.birth_date,
        sex=Sex(person.sex),
        province_code=person.province_code,
    )
    parameters = IssuanceParameters(
        credential_id="urn:uuid:0d3e3a30-4a0c-4a52-9a63-43a2cbd0cfd1",
        issuer=CENTRE_DID,
        issuer_name="Poipet Training Centre",
        verification_method=world.centre.verification_method,
        cryptosuite="eddsa-rdfc-2022",
        created=datetime(2026, 11, 25, 8, 30, tzinfo=UTC),
        credential_status=world.status_entry(5),
    )
    documents = {}
    for slug in sorted(types_by_slug()):
        sheet = sample_class_list(slug, "xlsx", "en", [example_row(slug, today=_TODAY)])
        (row,) = parse_class_list(sheet, slug, today=_TODAY).rows
        dataset = build_dataset(
            row,
            record,
            slug,
            did_host="skills-passport.example",
            subject_id="urn:uuid:0d3e3a30-4a0c-4a52-9a63-43a2cbd0cfd2",
            certificate_number="DEMO-2026-00001",
            today=_TODAY,
        )
        prepared = prepare(dataset, parameters, throwaway=throwaway)
        documents[slug] = _copied(prepared.document)
    return documents


def published_documents() -> dict[str, Json]:
    """What is published beside credentials: the lists of what has ended, the trust list, the notes."""
    world = IssuerWorld("eddsa-rdfc-2022")
    world.publish_status({3, 7})
    urls = {
        "revocations": world.list_url,
        "suspensions": world.suspension_url,
        "trust list": TRUST_LIST_URL,
        "notes": NOTES_URL,
    }
    return {name: _without_proof(world.documents[url]) for name, url in urls.items()}


def other_documents() -> dict[str, Json]:
    """Documents like those of others: Open Badges with more in it, and a presentation."""
    world = IssuerWorld("eddsa-rdfc-2022")
    badge = _copied(world.unsigned(9))
    badge["credentialSubject"] |= {
        "identifier": [{"type": ["IdentityObject"], "identityHash": "A", "hashed": True}],
        "result": [{"type": ["Result"], "status": "Completed", "value": "A"}],
        "creditsEarned": 3,
        "cqfLevel": 2,
    }
    badge["credentialSubject"]["achievement"] |= {
        "alignment": [{"type": ["Alignment"], "targetName": "T", "targetUrl": "https://t.example/1"}],
        "tag": ["a", "b"],
    }
    badge["evidence"] = [{"type": ["Evidence"], "name": "Photograph", "narrative": "Of the wall"}]
    badge["name"] = {"@value": "Bricklayer", "@language": "en"}
    return {"badge": badge, "presentation": _without_proof(world.present(world.issue(1)))}


def small_documents() -> dict[str, Json]:
    """Documents of one claim, in which whatever is altered matters."""
    contexts = credentials_of_every_type()["overseas"]["@context"]
    claims: Json = {
        "nameLatin": "SOK DARA",
        "birthDate": "1994-03-07",
        "monthsWorked": 12,
        "trainingHours": 40,
        "partial": True,
        "localized": {"title": {"km": "ជាង", "en": "Builder"}},
        "awardingCentre": "did:web:centre.example",
        "unitsOfCompetency": [{"unitCode": "A"}, {"unitCode": "B", "unitDate": "2026-01-01"}],
    }
    return {
        name: {"@context": contexts, "type": ["VerifiableCredential"], "credentialSubject": {name: value}}
        for name, value in claims.items()
    }


def _without_proof(raw: bytes) -> Json:
    return {name: value for name, value in orjson.loads(raw).items() if name != "proof"}


def _copied(document: Any) -> Json:
    copied: Json = orjson.loads(orjson.dumps(document))
    return copied
