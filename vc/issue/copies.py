"""Bound copies: what a certificate says, signed again for one key of its holder.

As SD-JWT VC (draft-ietf-oauth-sd-jwt-vc), as ``vc+jwt`` (VC-JOSE-COSE 1.0), or with a Data Integrity proof.
Nothing in an SD-JWT VC is the same in two copies of one person unless the holder discloses it, but what the
copies of all people of one issuer and day share.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from vc.crypto.keys import PublicKey, Signer
from vc.encoding.strict_json import JsonObject, JsonValue
from vc.encoding.timestamps import format_timestamp, parse_timestamp
from vc.errors import MalformedValue
from vc.issue.lints import lint
from vc.issue.prepare import PreparedCredential, prepare_document
from vc.issue.token import PreparedToken, Unsigned, prepare_token
from vc.jose.claims import numeric_date
from vc.jose.claims_set import build_claims_set, build_header
from vc.jose.media_types import MediaType
from vc.jose.secured import parse_credential_jwt
from vc.model.credential import issuer_id, types_of
from vc.model.credential_types import credential_types
from vc.sd_jwt.credential import JWT_TYPE, NEVER_CONCEALED, parse_sd_jwt_vc, vct_of
from vc.sd_jwt.disclosures import conceal

VALIDITY: Final = timedelta(days=365)
"""How long an SD-JWT VC of a certificate that never ends is good."""

_DAY: Final = timedelta(days=1)
_SECOND: Final = timedelta(seconds=1)
# They tell readers of JSON-LD how to read the rest; an SD-JWT VC has its ``vct``, and no subject identifier.
_NOT_CLAIMED: Final = frozenset({"id", "type"})


@dataclass(frozen=True, kw_only=True, slots=True)
class CopyParameters:
    """What is fixed for one copy before anything is signed.

    ``holder`` is the DID of ``holder_key``, ``created`` what ``day_of`` gives, ``status`` the
    ``credentialStatus`` of the copy, or the claim ``status`` of an SD-JWT VC.
    """

    copy_id: str
    holder: str
    holder_key: PublicKey
    verification_method: str
    created: datetime
    status: JsonValue


def day_of(moment: datetime) -> datetime:
    """The beginning of a day in UTC: what copies say of when they were made."""
    return moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def ends_of(certificate: Mapping[str, JsonValue], created: datetime) -> datetime:
    """When an SD-JWT VC ends: with the last second of a day, and never after its certificate."""
    until = certificate.get("validUntil")
    last = created + VALIDITY if until is None else parse_timestamp(str(until))
    return day_of(last + _SECOND) - _SECOND


def prepare_sd_jwt_vc(
    certificate: Mapping[str, JsonValue],
    parameters: CopyParameters,
    *,
    new_salt: Callable[[], str],
    throwaway: Signer,
) -> PreparedToken:
    """A copy as SD-JWT VC, every claim of the subject to be disclosed by itself; ``new_salt`` as ``conceal``.

    ``certificate`` is the unsecured document that was signed. Raises ``MalformedValue`` carrying every
    lint finding, and as ``conceal`` and ``prepare_token``.
    """
    # The claims are those of the certificate, so that what forbids signing them is found there.
    _require_clean(_for_holder(certificate, parameters.holder))
    subject = _subject(certificate)
    disclosed = {name: value for name, value in subject.items() if name not in _NOT_CLAIMED}
    shown: JsonObject = {
        "iss": issuer_id(certificate),
        "iat": numeric_date(parameters.created),
        "exp": numeric_date(ends_of(certificate, parameters.created)),
        "vct": vct_of(_type_of(certificate)),
        "cnf": {"jwk": dict(parameters.holder_key.jwk)},
        "status": parameters.status,
    }
    if not (NEVER_CONCEALED | shown.keys()).isdisjoint(disclosed):
        raise MalformedValue("A claim has a name that a token keeps for itself.")
    claims = {**disclosed, **shown}
    payload, disclosures = conceal(claims, [(name,) for name in sorted(disclosed)], new_salt)
    unsigned = Unsigned(
        header={"typ": JWT_TYPE, "kid": parameters.verification_method},
        payload=payload,
        disclosures=disclosures,
        says=claims,
        reader=lambda text: parse_sd_jwt_vc(text).claims,
    )
    return prepare_token(unsigned, throwaway=throwaway)


def prepare_jwt(
    certificate: Mapping[str, JsonValue], parameters: CopyParameters, *, throwaway: Signer
) -> PreparedToken:
    """A copy as ``vc+jwt`` (VC-JOSE-COSE 1.0 section 3.1). Raises ``MalformedValue`` as above."""
    document = _document(certificate, parameters)
    _require_clean(document)
    unsigned = Unsigned(
        header={**build_header(MediaType.VC_JWT, throwaway), "kid": parameters.verification_method},
        payload=build_claims_set(document, MediaType.VC_JWT, issued_at=parameters.created),
        disclosures=None,
        says=document,
        reader=lambda text: parse_credential_jwt(text).document,
    )
    return prepare_token(unsigned, throwaway=throwaway)


def prepare_ldp(
    certificate: Mapping[str, JsonValue],
    parameters: CopyParameters,
    *,
    cryptosuite: str,
    throwaway: Signer,
) -> PreparedCredential:
    """A copy with a Data Integrity proof. Raises as ``vc.issue.prepare``."""
    return prepare_document(
        _document(certificate, parameters),
        cryptosuite=cryptosuite,
        verification_method=parameters.verification_method,
        created=parameters.created,
        throwaway=throwaway,
    )


def _document(certificate: Mapping[str, JsonValue], parameters: CopyParameters) -> JsonObject:
    return {
        **_for_holder(certificate, parameters.holder),
        "id": parameters.copy_id,
        "validFrom": format_timestamp(parameters.created),
        "credentialStatus": parameters.status,
    }


def _for_holder(certificate: Mapping[str, JsonValue], holder: str) -> JsonObject:
    return {**certificate, "credentialSubject": {**_subject(certificate), "id": holder}}


def _subject(certificate: Mapping[str, JsonValue]) -> JsonObject:
    subject = certificate.get("credentialSubject")
    if not isinstance(subject, dict):
        raise MalformedValue("A certificate is of one person.", pointer="/credentialSubject")
    return subject


def _type_of(certificate: Mapping[str, JsonValue]) -> str:
    names = sorted(types_of(certificate) & credential_types().keys())
    if len(names) != 1:
        raise MalformedValue("A certificate is of one type.", pointer="/type")
    return names[0]


def _require_clean(document: Mapping[str, JsonValue]) -> None:
    findings = lint(document)
    if findings:
        raise MalformedValue("The copy may not be signed.", findings=findings)
