"""``docs/explanation/privacy.md``: of health and social security the fact and the date, and no more."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from vc.encoding import json_pointer
from vc.encoding.strict_json import JsonValue
from vc.errors import Finding
from vc.issue.lints.document import Document, finding
from vc.model.credential import types_of
from vc.model.credential_types import DataClass, credential_types

_GUARDED: Final = frozenset({DataClass.HEALTH, DataClass.SOCIAL_SECURITY})
_ENVELOPE: Final = frozenset(
    {
        "@context",
        "credentialStatus",
        "credentialSubject",
        "id",
        "issuer",
        "name",
        "type",
        "validFrom",
        "validUntil",
    }
)
_HOLDER: Final = frozenset(
    {"id", "nameKhmer", "nameLatin", "passportNameLatin", "birthDate", "certificateNumber"}
)
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)


def more_than_the_fact(document: Document) -> Iterator[Finding]:
    """In a credential of these classes: any member that is not the holder, a yes, or a day.

    Independent of the type's own schema, so that a schema that grows cannot let a finding through.
    """
    guarded = [
        name
        for name in types_of(document) & credential_types().keys()
        if credential_types()[name].data_class in _GUARDED
    ]
    if not guarded:
        return
    for name in document.keys() - _ENVELOPE:
        yield _excess(json_pointer.join("", name))
    subject = document.get("credentialSubject")
    for name, value in subject.items() if isinstance(subject, Mapping) else ():
        if name not in _HOLDER and not _is_fact_or_day(name, value):
            yield _excess(json_pointer.join("/credentialSubject", name))


def _is_fact_or_day(name: str, value: JsonValue) -> bool:
    if name == "localized":
        return isinstance(value, Mapping) and value.keys() <= {"title"}
    return value is True or (isinstance(value, str) and _DAY.fullmatch(value) is not None)


def _excess(pointer: str) -> Finding:
    return finding("Of health and social security nothing but the fact and the date is signed.", pointer)
