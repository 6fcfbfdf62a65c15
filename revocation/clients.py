"""What the registry asks others: which credential a code, number or link means, and to list its key."""

from dataclasses import dataclass
from typing import Any

import httpx2

from vc.errors import EvidenceUnavailable

_NOT_FOUND = (400, 404)


@dataclass(frozen=True, kw_only=True, slots=True)
class FoundCredential:
    """A credential as its issuer describes it to an officer."""

    credential_id: str
    title: str
    holder_name: str
    issuer_name: str
    centre: str
    issued_on: str
    certificate_number: str
    kind: str


_MEMBERS = tuple(FoundCredential.__dataclass_fields__)


async def find_credential(issuer: httpx2.AsyncClient, query: str) -> FoundCredential | None:
    """The credential that ``query`` (code, number, link or id) means, or None where none does.

    Raises ``EvidenceUnavailable`` where the issuer cannot be asked.
    """
    try:
        response = await issuer.get("/issuer/api/credentials/lookup", params={"query": query})
    except httpx2.HTTPError as error:
        raise EvidenceUnavailable("The issuer cannot be asked now.") from error
    if response.status_code in _NOT_FOUND:
        return None
    if response.status_code != 200:
        raise EvidenceUnavailable("The issuer cannot answer now.")
    try:
        answer: dict[str, Any] = response.json()
        return FoundCredential(**{name: str(answer[name]) for name in _MEMBERS})
    except (ValueError, KeyError, TypeError) as error:
        raise EvidenceUnavailable("The issuer's answer could not be read.") from error


async def announce_key(
    trust_registry: httpx2.AsyncClient, *, did: str, public_key_multibase: str, valid_from: str
) -> None:
    """Tell the trust registry of the key that signs status lists; telling it again changes nothing.

    Raises ``EvidenceUnavailable`` where it does not take the key now.
    """
    body = {"did": did, "public_key_multibase": public_key_multibase, "valid_from": valid_from}
    try:
        response = await trust_registry.post("/trust/api/issuer-keys", json=body)
    except httpx2.HTTPError as error:
        raise EvidenceUnavailable("The trust registry cannot be asked now.") from error
    if response.status_code != 200:
        raise EvidenceUnavailable("The trust registry does not take the key now.")
