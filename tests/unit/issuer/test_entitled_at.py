"""What a copy says of when it was made: a moment that all share, and at which its issuer was entitled."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import anyio
import pytest

from issuer.service import entitlement
from issuer.service.entitlement import entitled_at
from issuer.unsealed import Details
from vc.errors import ConflictError, EvidenceUnavailable
from vc.trust.trust_list import Accreditation, IssuerKey, TrustedIssuer, TrustList, Withdrawal
from vc.trust.windows import Suspension

DID, KEY = "did:web:skills-passport.example:centres:poipet", "zDnaKey"
MIDNIGHT = datetime(2026, 11, 22, tzinfo=UTC)
NOW = MIDNIGHT + timedelta(hours=15, minutes=7)
LONG_AGO = MIDNIGHT - timedelta(days=300)


def at(hour: int) -> datetime:
    return MIDNIGHT + timedelta(hours=hour)


def moment(
    monkeypatch: pytest.MonkeyPatch, *, key: IssuerKey | None = None, **accreditation: Any
) -> datetime:
    """What ``entitled_at`` finds for a centre with this key and accreditation."""
    granted: dict[str, Any] = {"credential_types": frozenset({"RPLCertificate"}), "valid_from": LONG_AGO}
    issuer = TrustedIssuer(
        did=DID,
        name={"en": "Poipet"},
        roles=frozenset({"issuer"}),
        keys=(key or IssuerKey(public_key_multibase=KEY, valid_from=LONG_AGO),),
        accreditations=(Accreditation(**(granted | accreditation)),),
        recognized_by="did:web:skills-passport.example:trust",
    )
    listed = TrustList(
        url="https://passport.example/trust/list",
        version=1,
        root_version=1,
        valid_from=LONG_AGO,
        valid_until=NOW + timedelta(days=1),
        issuers={DID: issuer},
        verifiers={},
    )

    async def published(_client: object) -> TrustList:
        return listed

    monkeypatch.setattr(entitlement, "published_trust_list", published)
    desk: Any = SimpleNamespace(
        context=SimpleNamespace(
            peers=SimpleNamespace(client=lambda _name: None), clock=SimpleNamespace(now=lambda: NOW)
        ),
        did_of=lambda _slug: DID,
    )
    details = Details(
        rld_number="RLD", credential_type="RPLCertificate", name="Bricklayer", subject={}, valid_until=None
    )

    async def find() -> datetime:
        return await entitled_at(desk, "poipet", details, multikey=KEY, since=MIDNIGHT)

    return anyio.run(find)


def test_it_is_the_beginning_of_the_day(monkeypatch: pytest.MonkeyPatch) -> None:
    assert moment(monkeypatch) == MIDNIGHT


def test_on_the_first_day_of_an_accreditation_it_is_its_beginning(monkeypatch: pytest.MonkeyPatch) -> None:
    assert moment(monkeypatch, valid_from=at(9)) == at(9)


def test_on_the_first_day_of_a_key_it_is_its_beginning(monkeypatch: pytest.MonkeyPatch) -> None:
    assert moment(monkeypatch, key=IssuerKey(public_key_multibase=KEY, valid_from=at(11))) == at(11)


def test_on_the_day_a_suspension_ends_it_is_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    ended = Suspension(start=LONG_AGO + timedelta(days=1), until=at(10))
    assert moment(monkeypatch, suspensions=(ended,)) == at(10)


@pytest.mark.parametrize(
    "accreditation",
    [
        {"suspensions": (Suspension(start=at(14)),)},
        {"valid_until": at(14)},
        {"withdrawn": Withdrawal(start=at(14), earlier_stand=True)},
        {"credential_types": frozenset({"TrainingCertificate"})},
        {"qualification_codes": frozenset({"OTHER"})},
    ],
    ids=["suspended since", "ended since", "withdrawn since", "another type", "another qualification"],
)
def test_who_is_not_entitled_now_makes_no_copies(
    monkeypatch: pytest.MonkeyPatch, accreditation: dict[str, Any]
) -> None:
    with pytest.raises(ConflictError):
        moment(monkeypatch, **accreditation)


@pytest.mark.parametrize(
    ("key", "refusal"),
    [
        (IssuerKey(public_key_multibase="zOther", valid_from=LONG_AGO), EvidenceUnavailable),
        (IssuerKey(public_key_multibase=KEY, valid_from=NOW + timedelta(seconds=1)), EvidenceUnavailable),
        (
            IssuerKey(public_key_multibase=KEY, valid_from=LONG_AGO, compromised_since=at(1)),
            ConflictError,
        ),
        (IssuerKey(public_key_multibase=KEY, valid_from=LONG_AGO, valid_until=at(1)), ConflictError),
    ],
    ids=["not told yet", "not begun yet", "stolen", "ended"],
)
def test_a_key_that_a_verifier_would_not_accept_makes_no_copies(
    monkeypatch: pytest.MonkeyPatch, key: IssuerKey, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        moment(monkeypatch, key=key)
