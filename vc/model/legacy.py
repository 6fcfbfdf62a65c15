"""Credentials and presentations of VC Data Model 1.1: read and verified, never issued.

They bind and entitle nobody differently: keys, trust list and status lists are asked as for any other.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime

from vc.encoding.strict_json import JsonValue
from vc.errors import Finding, ProtocolError
from vc.model.credential import require_time, time_or_none
from vc.model.shape import (
    context_faults,
    each,
    fault,
    identifier_faults,
    nodes_of,
    party_faults,
    proof_faults,
    reported,
    required_type_faults,
    subject_faults,
    type_faults,
    typed_faults,
)

CREDENTIALS_V1 = "https://www.w3.org/2018/credentials/v1"
_TYPED_MEMBERS = ("credentialStatus", "credentialSchema", "refreshService", "termsOfUse", "evidence")
_WITH_ID = ("credentialStatus", "credentialSchema", "refreshService")


def is_vcdm_1_1(document: Mapping[str, JsonValue]) -> bool:
    """Whether ``document`` says by its first context that it follows VC Data Model 1.1."""
    context = document.get("@context")
    return context[:1] == [CREDENTIALS_V1] if isinstance(context, list) else context == CREDENTIALS_V1


def validity_of(document: Mapping[str, JsonValue]) -> tuple[datetime | None, datetime | None]:
    """From when and until when a credential of either data model says it is good; None where it does not."""
    if is_vcdm_1_1(document):
        return (
            time_or_none(document, "issuanceDate", require_offset=False),
            time_or_none(document, "expirationDate", require_offset=False),
        )
    return time_or_none(document, "validFrom"), time_or_none(document, "validUntil")


def check_credential_shape_1_1(document: Mapping[str, JsonValue]) -> tuple[Finding, ...]:
    """What VC Data Model 1.1 sections 4 and 5 forbid of a credential, each with its JSON pointer."""
    return reported(_credential_faults(document))


def check_presentation_shape_1_1(document: Mapping[str, JsonValue]) -> tuple[Finding, ...]:
    """What VC Data Model 1.1 section 4.10 forbids of a presentation, which may hold no credential."""
    return reported(_presentation_faults(document))


def _credential_faults(document: Mapping[str, JsonValue]) -> Iterator[Finding]:
    yield from context_faults(document, CREDENTIALS_V1)
    yield from required_type_faults(document, "VerifiableCredential")
    yield from party_faults(document, "issuer")
    yield from subject_faults(document)
    yield from _time_faults(document)
    yield from typed_faults(document, _TYPED_MEMBERS, with_id=_WITH_ID)
    yield from _common_faults(document)


def _presentation_faults(document: Mapping[str, JsonValue]) -> Iterator[Finding]:
    yield from context_faults(document, CREDENTIALS_V1)
    yield from required_type_faults(document, "VerifiablePresentation")
    if "holder" in document:
        yield from party_faults(document, "holder")
    if "verifiableCredential" in document:
        credentials = list(each(document["verifiableCredential"], "/verifiableCredential"))
        if not credentials:
            yield fault("There must be credentials, as objects.", "/verifiableCredential")
        for credential, pointer in credentials:
            if not isinstance(credential, dict):
                yield fault("There must be credentials, as objects.", pointer)
    yield from typed_faults(document, ["termsOfUse"])
    yield from _common_faults(document)


def _time_faults(document: Mapping[str, JsonValue]) -> Iterator[Finding]:
    for member in ("issuanceDate", "expirationDate"):
        if member in document or member == "issuanceDate":
            try:
                # An XML Schema dateTime, unlike the dateTimeStamp of 2.0, may lack an offset.
                require_time(document.get(member), f"/{member}", require_offset=False)
            except ProtocolError as error:
                yield from error.findings


def _common_faults(document: Mapping[str, JsonValue]) -> Iterator[Finding]:
    yield from proof_faults(document)
    for node in nodes_of(document, apart=["verifiableCredential"]):
        yield from identifier_faults(node.members, node.pointer)
        yield from type_faults(node.members, node.pointer)
