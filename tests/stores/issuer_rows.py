"""Rows of the issuer's tables, as its services write them."""

from datetime import UTC, datetime, timedelta
from typing import Any

from issuer import store

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
CREATED = NOW.isoformat()
KHMER = "សុខ ស្រីម៉ៅ\u200b ជាងឥដ្ឋ 🧱"
EVERY_BYTE = bytes(range(256))


def centre(slug: str = "poipet", prefix: str = "PP") -> dict[str, Any]:
    return {
        "slug": slug,
        "did": f"did:web:skills-passport.example:centres:{slug}",
        "name_en": slug,
        "name_km": KHMER,
        "place": "Poipet",
        "number_prefix": prefix,
    }


def key(key_id: str, valid_from: str = "2026-01-01T00:00:00Z", slug: str = "poipet") -> dict[str, Any]:
    return {
        "key_id": key_id,
        "centre_slug": slug,
        "public_key_multibase": f"z6Mk{key_id}",
        "valid_from": valid_from,
        "valid_until": None,
    }


def class_list(class_id: str, slug: str = "poipet", *, hours: int = 0, rows: int = 0) -> store.NewClass:
    values = {
        "id": class_id,
        "centre_slug": slug,
        "kind": "rpl",
        "data_class": "general",
        "filename": b"sealed name",
        "original": EVERY_BYTE,
        "uploaded_by": "clerk",
        "uploaded_at": (NOW + timedelta(hours=hours)).isoformat(),
        "state": store.PREVIEW,
        "row_count": rows,
        "problems": b"sealed problems",
        "not_passed": 0,
    }
    return store.NewClass(values=values, rows=[row(class_id, number) for number in range(rows)])


def row(class_id: str, number: int) -> dict[str, Any]:
    return {
        "class_id": class_id,
        "row": number,
        "person": f"person-{number}",
        "data_class": "general",
        "title": "Bricklayer",
        "award_key": f"{class_id}-{number}",
        "certificate_number": None,
        "dataset": b"sealed",
    }


def intent(name: str, **changes: Any) -> dict[str, Any]:
    """A reservation whose every name that must be its own is its own."""
    values = {
        "intent_id": f"intent-{name}",
        "class_id": "class",
        "row": 0,
        "centre_slug": "poipet",
        "credential_id": f"urn:uuid:{name}",
        "award_key": f"award-{name}",
        "certificate_number": f"NUMBER-{name}",
        "token": f"token-{name}",
        "code": f"code-{name}",
        "person": "person-1",
        "data_class": "general",
        "dataset": b"sealed",
        "cryptosuite": "eddsa-rdfc-2022",
        "key_id": "key",
        "created": CREATED,
        "state": store.RESERVED,
    }
    return values | changes


def intended(name: str) -> dict[str, Any]:
    return {"intent_id": f"intent-{name}", "document": b"document", "proof_config": b"configuration"}


def done(name: str, secured: bytes = b"secured", *, hours: int = 0) -> dict[str, Any]:
    issued_at = (NOW + timedelta(hours=hours)).isoformat()
    return {
        "intent_id": f"intent-{name}",
        "secured": secured,
        "digest": b"digest",
        "sha256": "00",
        "issued_at": issued_at,
    }
