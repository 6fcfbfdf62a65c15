"""Bound copies: what a certificate says, for one key, once; nothing else may be signed."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.sd_jwt_world import HOLDER, TOKEN_LIST_URL, Salts
from tests.simulator import CENTRE_DID
from tests.unit.vc.issue.test_prepare_complete import THROWAWAY, WORLD, subject
from vc.crypto.keys import InMemorySigner, KeyType
from vc.did import did_jwk
from vc.errors import ConflictError, MalformedValue
from vc.issue import complete
from vc.issue import token as token_module
from vc.issue.copies import (
    VALIDITY,
    CopyParameters,
    day_of,
    ends_of,
    prepare_jwt,
    prepare_ldp,
    prepare_sd_jwt_vc,
)
from vc.issue.token import PreparedToken, complete_token
from vc.jose.jws import parse_jws, verify_jws
from vc.jose.secured import parse_credential_jwt
from vc.proof.data_integrity import parse_proofs, verify_proof
from vc.sd_jwt.credential import parse_sd_jwt_vc, vct_of

DAY = datetime(2026, 11, 20, tzinfo=UTC)
METHOD = f"{CENTRE_DID}#poipet.es256-1"
SECRET = bytes(31) + b"\x07"
CENTRE = InMemorySigner(SECRET, METHOD, key_type=KeyType.P256)
OTHER_P256 = InMemorySigner(bytes(31) + b"\x09", METHOD + "0", key_type=KeyType.P256)
STATUS = {"status_list": {"idx": 77, "uri": TOKEN_LIST_URL}}
COPY_ID = "urn:uuid:6f2f4b2c-8f3e-4f9b-9a32-77de3a0f3f11"
Json = dict[str, Any]


def certificate(**changes: Any) -> Json:
    made: Json = WORLD.unsigned(3, credentialSubject=subject())
    return made | changes


def parameters(**changes: Any) -> CopyParameters:
    values: Json = {
        "copy_id": COPY_ID,
        "holder": did_jwk.did_for(HOLDER.public_key),
        "holder_key": HOLDER.public_key,
        "verification_method": METHOD,
        "created": DAY,
        "status": STATUS,
    }
    return CopyParameters(**(values | changes))


def throwaway() -> InMemorySigner:
    return InMemorySigner(bytes(31) + b"\x05", "did:key:nobody#nobody", key_type=KeyType.P256)


def sd_jwt(document: Json | None = None, **changes: Any) -> PreparedToken:
    return prepare_sd_jwt_vc(
        document or certificate(), parameters(**changes), new_salt=Salts(), throwaway=throwaway()
    )


def jwt(document: Json | None = None, **changes: Any) -> PreparedToken:
    status = [WORLD.status_entry(77)]
    return prepare_jwt(document or certificate(), parameters(status=status, **changes), throwaway=throwaway())


def test_an_sd_jwt_vc_says_what_the_certificate_says_and_binds_it() -> None:
    text = complete_token(sd_jwt(), CENTRE).text
    received = parse_sd_jwt_vc(text)
    assert verify_jws(received.jws, CENTRE.public_key)
    assert received.jws.header == {"alg": "ES256", "kid": METHOD, "typ": "dc+sd-jwt"}
    assert received.holder_key == HOLDER.public_key
    wanted = {name: value for name, value in subject().items() if name not in ("id", "type")}
    claims = {name: value for name, value in received.claims.items() if name in wanted}
    assert claims == wanted
    seen = {name: value for name, value in received.claims.items() if name not in wanted}
    assert seen == {
        "iss": CENTRE_DID,
        "iat": int(DAY.timestamp()),
        "exp": int((DAY + VALIDITY).timestamp()) - 1,
        "vct": vct_of("RPLCertificate"),
        "cnf": {"jwk": dict(HOLDER.public_key.jwk)},
        "status": STATUS,
    }


def test_without_disclosures_nothing_of_the_person_is_seen() -> None:
    token = complete_token(sd_jwt(), CENTRE).text.split("~")[0]
    signed = json.loads(parse_jws(token).payload)
    assert signed.keys() == {"iss", "iat", "exp", "vct", "cnf", "status", "_sd", "_sd_alg"}
    assert len(signed["_sd"]) == len(subject()) - 2
    assert signed["_sd"] == sorted(signed["_sd"])
    assert parse_sd_jwt_vc(f"{token}~").withholds


def test_a_jwt_names_its_holder_and_has_an_id_of_its_own() -> None:
    signed = complete_token(jwt(), CENTRE)
    received = parse_credential_jwt(signed.text)
    assert verify_jws(received.jws, CENTRE.public_key)
    assert signed.signed == received.jws.signing_input
    assert received.document["id"] == COPY_ID
    assert received.document["credentialSubject"] == subject() | {"id": did_jwk.did_for(HOLDER.public_key)}
    assert received.document["validFrom"] == "2026-11-20T00:00:00Z"
    assert received.document["credentialStatus"] == [WORLD.status_entry(77)]


@pytest.mark.parametrize("suite", ["eddsa-jcs-2022", "eddsa-rdfc-2022"])
def test_a_data_integrity_copy_verifies(suite: str) -> None:
    status = [WORLD.status_entry(77)]
    prepared = prepare_ldp(
        certificate(),
        parameters(status=status, verification_method=WORLD.centre.verification_method),
        cryptosuite=suite,
        throwaway=THROWAWAY,
    )
    secured = json.loads(complete(prepared, WORLD.centre).raw)
    (proof,) = parse_proofs(secured)
    assert verify_proof(secured, proof, WORLD.centre.public_key).verified
    assert secured["credentialSubject"]["id"] == did_jwk.did_for(HOLDER.public_key)


@pytest.mark.parametrize("make", [sd_jwt, jwt])
def test_a_permission_works_once(make: Any) -> None:
    prepared = make()
    complete_token(prepared, CENTRE)
    with pytest.raises(ConflictError):
        complete_token(prepared, CENTRE)


@pytest.mark.parametrize("make", [sd_jwt, jwt])
def test_another_key_than_the_intent_names_signs_nothing(make: Any) -> None:
    with pytest.raises(ConflictError):
        complete_token(make(), OTHER_P256)


@pytest.mark.parametrize("make", [sd_jwt, jwt])
def test_a_key_of_another_kind_signs_nothing(make: Any) -> None:
    ed25519 = InMemorySigner(bytes(31) + b"\x07", METHOD)
    with pytest.raises(ConflictError):
        complete_token(make(), ed25519)


@pytest.mark.parametrize("make", [sd_jwt, jwt])
def test_what_does_not_verify_goes_nowhere(make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    prepared = make()
    monkeypatch.setattr(token_module, "verify_jws", lambda _jws, _key: False)
    with pytest.raises(MalformedValue):
        complete_token(prepared, CENTRE)


@pytest.mark.parametrize("make", [sd_jwt, jwt])
@pytest.mark.parametrize(
    "change",
    [
        {"nssfNumber": "123"},
        {"nameLatin": "SOK DARA 012345678"},
        {"povertyCard": True},
        {"nameKhmer": ""},
    ],
    ids=["no member of the type", "an identity number", "never said", "no name"],
)
def test_what_no_certificate_may_say_no_copy_says(make: Any, change: Json) -> None:
    with pytest.raises(MalformedValue):
        make(certificate(credentialSubject=subject() | change))


def test_a_claim_named_as_the_token_s_own_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vc.issue.copies._require_clean", lambda _document: None)
    for name in ("status", "exp", "iat", "cnf", "vct", "nbf"):
        with pytest.raises(MalformedValue):
            sd_jwt(certificate(credentialSubject=subject() | {name: 1}))


def test_a_certificate_of_two_types_is_not_copied(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vc.issue.copies._require_clean", lambda _document: None)
    with pytest.raises(MalformedValue):
        sd_jwt(certificate(type=["VerifiableCredential", "RPLCertificate", "TrainingCertificate"]))


MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@given(created=MOMENTS, until=st.none() | MOMENTS)
def test_a_copy_never_outlives_its_certificate_and_tells_days_only(
    created: datetime, until: datetime | None
) -> None:
    document = {} if until is None else {"validUntil": until.isoformat().replace("+00:00", "Z")}
    ends = ends_of(document, day_of(created))
    assert (ends + timedelta(seconds=1)) == day_of(ends + timedelta(seconds=1)), "the end of a day"
    assert ends <= (created + VALIDITY if until is None else until)
    assert day_of(created) <= created < day_of(created) + timedelta(days=1)


def test_the_last_day_of_a_certificate_is_a_copy_s_last_day() -> None:
    assert ends_of({"validUntil": "2027-03-31T23:59:59Z"}, DAY) == datetime(
        2027, 3, 31, 23, 59, 59, tzinfo=UTC
    )
