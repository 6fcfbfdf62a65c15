"""Presentations and envelopes as VC Data Model 2.0 section 4.13 wants them."""

import re
from collections.abc import Iterator, Mapping

from vc.encoding import json_pointer
from vc.encoding.strict_json import JsonValue
from vc.errors import Finding
from vc.model.credential import CREDENTIALS_V2, NODE_RULES, issuer_id, types_of, undefined_terms_faults
from vc.model.shape import (
    as_list,
    context_faults,
    each,
    fault,
    nodes_of,
    party_faults,
    proof_faults,
    reported,
    required_type_faults,
    typed_faults,
)

ENVELOPED_CREDENTIAL = "EnvelopedVerifiableCredential"
ENVELOPED_PRESENTATION = "EnvelopedVerifiablePresentation"
# More cannot be asked of one call: each credential may need several documents and signatures.
MAX_CREDENTIALS = 20
# RFC 2397, with the media type that it leaves out only for plain text.
_DATA_URL = re.compile(r"data:[^\s,;/]+/[^\s,;]+(?:;[^\s,;]+)*,[!-~]+", re.ASCII | re.IGNORECASE)


def check_presentation_shape(
    document: Mapping[str, JsonValue], *, require_credentials: bool = True
) -> tuple[Finding, ...]:
    """Everything in the presentation ``document`` that VCDM 2.0 forbids, each with its JSON pointer.

    Its credentials are only looked at as far as what they are and who secures them; each is for
    ``check_credential_shape``. The data model permits a presentation of none, which
    ``require_credentials`` refuses; more than ``MAX_CREDENTIALS`` are always refused.
    """
    return reported(_presentation_faults(document, require_credentials))


def check_enveloped_credential_shape(document: Mapping[str, JsonValue]) -> tuple[Finding, ...]:
    """What section 4.13.1 forbids of an ``EnvelopedVerifiableCredential``."""
    return reported(_envelope_faults(document, ENVELOPED_CREDENTIAL, ""))


def check_enveloped_presentation_shape(document: Mapping[str, JsonValue]) -> tuple[Finding, ...]:
    """What section 4.13.2 forbids of an ``EnvelopedVerifiablePresentation``."""
    return reported(_envelope_faults(document, ENVELOPED_PRESENTATION, ""))


def holder_id(document: Mapping[str, JsonValue]) -> str | None:
    """The holder's identifier, or None where none is named."""
    holder = document.get("holder")
    if isinstance(holder, dict):
        holder = holder.get("id")
    return holder if isinstance(holder, str) else None


def _presentation_faults(document: Mapping[str, JsonValue], require_credentials: bool) -> Iterator[Finding]:
    yield from context_faults(document, CREDENTIALS_V2)
    yield from undefined_terms_faults(document)
    yield from required_type_faults(document, "VerifiablePresentation")
    if "holder" in document:
        yield from party_faults(document, "holder")
    if "verifiableCredential" in document or require_credentials:
        yield from _credential_faults(document)
    yield from typed_faults(document, ["termsOfUse", "refreshService"])
    yield from proof_faults(document)
    for node in nodes_of(document, apart=["verifiableCredential"]):
        for rule in NODE_RULES:
            yield from rule(node.members, node.pointer)


def _credential_faults(document: Mapping[str, JsonValue]) -> Iterator[Finding]:
    credentials = list(each(document.get("verifiableCredential"), "/verifiableCredential"))
    if not credentials:
        yield fault("There must be credentials, as objects.", "/verifiableCredential")
    if len(credentials) > MAX_CREDENTIALS:
        yield fault("There are too many credentials in it.", "/verifiableCredential")
        return
    for credential, pointer in credentials:
        if not isinstance(credential, dict):
            yield fault("There must be credentials, as objects.", pointer)
        elif ENVELOPED_CREDENTIAL in types_of(credential):
            yield from _envelope_faults(credential, ENVELOPED_CREDENTIAL, pointer)
        elif "VerifiableCredential" not in types_of(credential):
            yield fault("A credential is expected here.", json_pointer.join(pointer, "type"))
        elif "proof" not in credential and issuer_id(credential) != holder_id(document):
            # What only the presentation secures is said by its holder and by nobody else.
            yield fault("A credential without a proof must be the holder's own.", pointer)


def _envelope_faults(document: Mapping[str, JsonValue], kind: str, pointer: str) -> Iterator[Finding]:
    if CREDENTIALS_V2 not in as_list(document.get("@context")):
        yield fault("The context of the data model is missing.", json_pointer.join(pointer, "@context"))
    identifier = document.get("id")
    if not isinstance(identifier, str) or not _DATA_URL.fullmatch(identifier):
        yield fault("A data: URL with a media type is expected here.", json_pointer.join(pointer, "id"))
    if as_list(document.get("type")) != [kind]:
        yield fault("The type must be that of an envelope alone.", json_pointer.join(pointer, "type"))
