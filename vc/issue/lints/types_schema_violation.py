"""``schemas/types/README.md``: the JSON Schemas of all credentials and of a type's subject."""

from collections.abc import Iterator
from functools import cache
from typing import NoReturn

import jsonschema_rs

from schemas import read_part_schemas, read_schema
from vc.encoding import json_pointer
from vc.errors import Finding
from vc.issue.lints.document import Document, finding
from vc.model.credential import types_of
from vc.model.credential_types import credential_types

_ENVELOPE = "https://skills-passport.example/schemas/credential.json"


def schema_violation(document: Document) -> Iterator[Finding]:
    """What does not fit the schema around the subject, or the schema of the subject."""
    yield from _violations(_validator(_ENVELOPE), document, "")
    subject = document.get("credentialSubject")
    for name in sorted(types_of(document) & credential_types().keys()):
        yield from _violations(_validator(name), subject, "/credentialSubject")


def _violations(
    validator: jsonschema_rs.Draft202012Validator, instance: object, pointer: str
) -> Iterator[Finding]:
    for error in validator.iter_errors(instance):
        place = json_pointer.join(pointer, *error.instance_path)
        yield finding("This does not fit the schema of its type.", place)


@cache
def _validator(name: str) -> jsonschema_rs.Draft202012Validator:
    parts = read_part_schemas()
    schema = parts[name] if name in parts else read_schema(name)
    registry = jsonschema_rs.Registry(list(parts.items()))
    return jsonschema_rs.Draft202012Validator(
        schema, validate_formats=True, retriever=_refuse_remote, registry=registry
    )


def _refuse_remote(uri: str) -> NoReturn:
    raise ValueError("remote schemas are never fetched")
