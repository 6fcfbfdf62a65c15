"""The facts on a certificate of any type: the labels of its columns, and what was signed under them."""

from collections.abc import Iterator, Mapping
from typing import Any

from issuer.certificate.view import FactLine
from issuer.class_list import Column, code_list, columns_of
from issuer.class_list.columns import CellKind
from vc.model.credential_types import CredentialType

_YES, _NO = ("yes", "បាទ/ចាស"), ("no", "ទេ")


def facts_of(document: Mapping[str, Any], credential_type: CredentialType) -> tuple[FactLine, ...]:
    """One line for each fact in the signed ``document``, in the order of the type's columns."""
    subject = document["credentialSubject"]
    return (
        *_of_columns(subject, credential_type),
        *_of_ages(subject, credential_type),
        *_of_validity(document),
    )


def _of_columns(subject: Mapping[str, Any], credential_type: CredentialType) -> Iterator[FactLine]:
    for column in columns_of(credential_type.slug):
        if column.claim is not None and column.claim in subject:
            english, khmer = _value(column, subject[column.claim])
            yield FactLine(
                label_en=column.titles["en"],
                label_km=column.titles["km"],
                value_en=english,
                value_km=None if khmer == english else khmer,
            )


def _value(column: Column, value: Any) -> tuple[str, str]:
    if column.kind is CellKind.CODE:
        entry = code_list(column.list_name)[value]
        # An ISCO-08 number is asked for by itself; other codes mean nothing to a reader.
        number = f"{entry.code} " if entry.code.isdigit() else ""
        return number + entry.title_en, number + entry.title_km
    if column.kind is CellKind.CHOICE:
        titles = next(choice.printed_titles for choice in column.choices if choice.value == value)
        return titles["en"], titles["km"]
    return str(value), str(value)


def _of_ages(subject: Mapping[str, Any], credential_type: CredentialType) -> Iterator[FactLine]:
    for claim, years in credential_type.age_over.items():
        english, khmer = _YES if subject[claim] else _NO
        yield FactLine(
            label_en=f"Aged {years} or over",
            label_km=f"អាយុ {years} ឆ្នាំឡើងទៅ",
            value_en=english,
            value_km=khmer,
        )


def _of_validity(document: Mapping[str, Any]) -> Iterator[FactLine]:
    if "validUntil" in document:
        last = str(document["validUntil"])[:10]
        yield FactLine(label_en="Valid until", label_km="មានសុពលភាពដល់", value_en=last, value_km=None)
