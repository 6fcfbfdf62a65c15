"""What is asked of a wallet, and the query that says it.

``dcql_for`` is the one place where a wish becomes a query: whatever decides what may be asked gives it a
``Wanted``.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from vc.errors import MalformedValue, UnknownOption
from vc.model.credential_types import CredentialType, credential_types, type_called
from vc.oid4vc.dcql import ClaimsQuery, CredentialFormat, CredentialQuery, CredentialSet, DcqlQuery, type_of
from vc.oid4vc.open_asking import is_open_to_all, usual_claims

_SUFFIXES: Final[Mapping[CredentialFormat, str]] = {
    CredentialFormat.SD_JWT_VC: "sd_jwt",
    CredentialFormat.LDP_VC: "ldp",
    CredentialFormat.JWT_VC_JSON: "jwt",
}
MAX_WANTED: Final = 5
MAX_CLAIMS: Final = 30


@dataclass(frozen=True, kw_only=True, slots=True)
class WantedCredential:
    """One credential. ``claims`` are members of the subject, joined by ``/``, each with all below it."""

    type_name: str
    claims: tuple[str, ...]
    is_required: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """The credentials asked for, and the reason as a person reads it."""

    credentials: tuple[WantedCredential, ...]
    purpose: str
    programme: Mapping[str, str] | None = None
    """What the answer is checked against, as ``StoredRequest`` keeps it."""


def askable_types() -> tuple[CredentialType, ...]:
    """The types that anybody may ask for, in the order of their names."""
    return tuple(entry for _, entry in sorted(credential_types().items()) if is_open_to_all(entry))


def wanted_credential(name: str, claims: Collection[str] | None = None) -> WantedCredential:
    """A wish for one credential by its name or slug; without ``claims``, for what is usual.

    Raises ``UnknownOption`` for a type nobody may ask for like this, ``MalformedValue`` for claims that
    are not among what is usual: data that was not needed is not asked for.
    """
    entry = type_called(name)
    if entry is None or entry not in askable_types():
        raise UnknownOption("A credential of this type cannot be asked for here.", pointer="/type")
    usual = usual_claims(entry)
    if claims is None:
        return WantedCredential(type_name=entry.name, claims=usual)
    if not claims or not set(claims) <= set(usual):
        raise MalformedValue("A claim cannot be asked for here.", pointer="/claims")
    return WantedCredential(type_name=entry.name, claims=tuple(dict.fromkeys(claims)))


def dcql_for(wanted: Wanted, formats: Collection[CredentialFormat]) -> DcqlQuery:
    """The query: each credential in any one of ``formats``, with exactly these claims."""
    queries: list[CredentialQuery] = []
    sets: list[CredentialSet] = []
    ordered = [one for one in CredentialFormat if one in formats]
    for number, credential in enumerate(wanted.credentials, 1):
        alternatives = [_credential_query(credential, number, one) for one in ordered]
        queries += alternatives
        sets.append(
            CredentialSet(
                options=tuple(frozenset({query.id}) for query in alternatives),
                is_required=credential.is_required,
            )
        )
    if not any(one.is_required for one in wanted.credentials):
        # Whatever the person has of these, but something.
        anything = tuple(frozenset({query.id}) for query in queries)
        sets.insert(0, CredentialSet(options=anything, is_required=True))
    # Without sets everything is asked for, which says the same in fewer words.
    needs_sets = len(ordered) > 1 or not all(one.is_required for one in wanted.credentials)
    return DcqlQuery(credentials=tuple(queries), sets=tuple(sets) if needs_sets else ())


def _credential_query(
    credential: WantedCredential, number: int, credential_format: CredentialFormat
) -> CredentialQuery:
    root = () if credential_format is CredentialFormat.SD_JWT_VC else ("credentialSubject",)
    entry = credential_types()[credential.type_name]
    return CredentialQuery(
        id=f"{entry.slug}_{number}_{_SUFFIXES[credential_format]}",
        format=credential_format,
        types=(type_of(entry.name, credential_format),),
        claims=tuple(ClaimsQuery(path=(*root, *claim.split("/"))) for claim in credential.claims),
    )
