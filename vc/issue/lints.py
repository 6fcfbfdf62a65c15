"""Lints over a document about to be signed, one function per rule, named after what it forbids.

Each yields findings; any finding stops the issuance. Rules come from DESIGN's list of what is
never in a credential, from VCDM 2.0 and from the JSON Schema of the credential's type.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import NoReturn

import jsonschema_rs

from schemas import read_schema
from vc.encoding import json_pointer
from vc.encoding.strict_json import JsonValue
from vc.errors import Finding, ProblemType
from vc.model.credential import check_credential_shape, types_of

MAX_DOCUMENT_BYTES = 16_384
_SCHEMAS = {"RPLCertificate": "rpl_certificate", "TrainingCertificate": "training_certificate"}
_FORBIDDEN_MEMBER = re.compile(
    r"debt|loan|remittance|saving|idpoor|equitycard|poverty|diagnos|pregnan|maternity|benefit"
    r"|disab|religio|ethnic|nssf(number|no|id)|nationalid|nidnumber|passportnumber|rldnumber|rldid",
    re.IGNORECASE,
)
# Nine digits in a row is the national identity card, ten an RLD or NSSF number; certificate
# numbers and timestamps never look so.
IDENTITY_NUMBER = re.compile(r"(?<![\w.-])[0-9]{9,10}(?![\w-])")

Document = Mapping[str, JsonValue]


def lint(document: Document) -> tuple[Finding, ...]:
    """Everything that forbids signing ``document``."""
    return tuple(finding for rule in _RULES for finding in rule(document))


def malformed_shape(document: Document) -> Iterator[Finding]:
    """VCDM 2.0 section 4."""
    yield from check_credential_shape(document)


def schema_violation(document: Document) -> Iterator[Finding]:
    """The JSON Schema of the credential's type (``schemas/json``)."""
    for name in sorted(types_of(document) & _SCHEMAS.keys()):
        for error in _validator(_SCHEMAS[name]).iter_errors(document):
            pointer = json_pointer.join("", *error.instance_path)
            detail = "This does not fit the schema of its type."
            yield Finding(type=ProblemType.SCHEMA_ERROR, detail=detail, pointer=pointer)


def unknown_award_type(document: Document) -> Iterator[Finding]:
    """Only types with a schema of ours are issued."""
    if not types_of(document) & _SCHEMAS.keys():
        detail = "There is no schema for this credential type."
        yield Finding(type=ProblemType.SCHEMA_ERROR, detail=detail, pointer="/type")


def forbidden_member(document: Document) -> Iterator[Finding]:
    """Members that must never appear in a credential, wherever they stand."""
    for pointer, name, _ in _members(document, ""):
        if _FORBIDDEN_MEMBER.search(name):
            detail = "A member of this name is never part of a credential."
            yield Finding(type=ProblemType.SCHEMA_ERROR, detail=detail, pointer=pointer)


def identity_number(document: Document) -> Iterator[Finding]:
    """Anything shaped like a national identity or NSSF number."""
    for pointer, _, value in _members(document, ""):
        if isinstance(value, str) and IDENTITY_NUMBER.search(value):
            detail = "A text looks like an identity number; those are never part of a credential."
            yield Finding(type=ProblemType.SCHEMA_ERROR, detail=detail, pointer=pointer)


_RULES: tuple[Callable[[Document], Iterator[Finding]], ...] = (
    malformed_shape,
    unknown_award_type,
    schema_violation,
    forbidden_member,
    identity_number,
)


@cache
def _validator(name: str) -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(
        read_schema(name), validate_formats=True, retriever=_refuse_remote
    )


def _refuse_remote(uri: str) -> NoReturn:
    raise ValueError("remote schemas are never fetched")


def _members(value: "Document | JsonValue", pointer: str) -> Iterator[tuple[str, str, JsonValue]]:
    if isinstance(value, Mapping):
        for name, item in value.items():
            place = json_pointer.join(pointer, name)
            yield place, name, item
            yield from _members(item, place)
    elif isinstance(value, list):
        for position, item in enumerate(value):
            place = json_pointer.join(pointer, position)
            yield place, "", item
            yield from _members(item, place)
