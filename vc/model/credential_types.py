"""The credential types the passport issues, as ``schemas/types`` describes them."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from types import MappingProxyType
from typing import Any

from schemas import PASSPORT_CONTEXT_URL, read_type, type_context_url, type_names
from vc.model.credential import CREDENTIALS_V2

OPEN_BADGES_CONTEXT = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"


class DataClass(StrEnum):
    """What kind of facts a type holds; who may read them follows from it."""

    SKILL = "skill"
    WORK = "work"
    PROGRAMME = "programme"
    IDENTITY = "identity"
    HEALTH = "health"
    SOCIAL_SECURITY = "social_security"


@dataclass(frozen=True, kw_only=True, slots=True)
class Validity:
    """How long a credential of a type is good, counted from the day in the column ``starts``.

    ``rule`` is a code of ``schemas/data/validity_rules.json``; None where the entry of the code list
    under the column ``rule_of`` names it.
    """

    starts: str
    rule: str | None
    rule_of: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class CredentialType:
    """One type: ``slug`` is its short name in addresses and files, ``titles`` by language.

    ``issuers`` are the kinds of organisation that may be accredited for it, ``default_disclosure`` the
    claims a holder shares unless they choose others. ``age_over`` names claims that say whether the person
    had this age in years, computed from the record and never read from a list. What is not ``is_printed``
    never stands on paper, since it is soon out of date.
    """

    name: str
    slug: str
    version: str
    data_class: DataClass
    titles: Mapping[str, str]
    issuers: frozenset[str]
    is_achievement: bool
    validity: Validity | None
    default_disclosure: tuple[str, ...]
    age_over: Mapping[str, int]
    is_printed: bool

    @property
    def types(self) -> list[str]:
        """The ``type`` of a credential (VCDM 2.0 section 4.5)."""
        badge = ["OpenBadgeCredential"] if self.is_achievement else []
        return ["VerifiableCredential", *badge, self.name]

    @property
    def contexts(self) -> list[str]:
        """The ``@context`` of a credential (VCDM 2.0 section 4.3)."""
        badge = [OPEN_BADGES_CONTEXT] if self.is_achievement else []
        own = type_context_url(self.name)
        return [CREDENTIALS_V2, *badge, PASSPORT_CONTEXT_URL, *([] if own is None else [own])]


@cache
def credential_types() -> Mapping[str, CredentialType]:
    """Every type by its name."""
    return MappingProxyType({name: _read(read_type(name)) for name in type_names()})


@cache
def types_by_slug() -> Mapping[str, CredentialType]:
    """Every type by its slug."""
    return MappingProxyType({entry.slug: entry for entry in credential_types().values()})


def type_called(name: str) -> CredentialType | None:
    """The type with this name or slug."""
    return credential_types().get(name) or types_by_slug().get(name)


def _read(entry: Mapping[str, Any]) -> CredentialType:
    validity = entry["validity"]
    return CredentialType(
        name=entry["name"],
        slug=entry["slug"],
        version=entry["version"],
        data_class=DataClass(entry["data_class"]),
        titles=MappingProxyType(entry["titles"]),
        issuers=frozenset(entry["issuers"]),
        is_achievement="achievement" in entry,
        validity=None
        if validity is None
        else Validity(starts=validity["starts"], rule=validity.get("rule"), rule_of=validity.get("rule_of")),
        default_disclosure=tuple(entry["default_disclosure"]),
        age_over=MappingProxyType(entry.get("age_over", {})),
        is_printed=entry.get("printed", True),
    )
