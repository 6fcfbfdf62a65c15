"""What the registry asks others: which credential a code, number or link means, and to list its key."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import httpx2

from revocation.case_store import Member
from runtime.approvals import Approver
from runtime.i18n import gettext_noop
from vc.encoding.strict_json import JsonObject
from vc.errors import ConflictError, EvidenceUnavailable

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


@dataclass(frozen=True, kw_only=True, slots=True)
class Anomaly:
    """Something unusual; it accuses nobody. ``rule`` names it, ``count`` says how much of it there is."""

    rule: str
    centre: str
    day: str
    count: int
    who: str


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


async def suspected_page(
    issuer: httpx2.AsyncClient, search: JsonObject
) -> tuple[tuple[Member, ...], str | None]:
    """A page of the certificates that ``search`` means, and where the next one begins.

    Raises ``EvidenceUnavailable`` where the issuer does not answer as agreed.
    """
    answer = await _answer(issuer, "POST", "/issuer/api/credentials/suspected", search)
    try:
        members = tuple(Member(**member) for member in answer["members"])
        return members, answer["next_after"]
    except (KeyError, TypeError) as error:
        raise EvidenceUnavailable("The issuer's answer could not be read.") from error


async def anomalies(issuer: httpx2.AsyncClient) -> tuple[Anomaly, ...]:
    """What the issuer finds unusual. Raises ``EvidenceUnavailable``."""
    answer = await _answer(issuer, "GET", "/issuer/api/anomalies", None)
    try:
        return tuple(Anomaly(**item) for item in answer["anomalies"])
    except (KeyError, TypeError) as error:
        raise EvidenceUnavailable("The issuer's answer could not be read.") from error


@dataclass(frozen=True, kw_only=True, slots=True)
class PresentedLately:
    """How many certificates of an issuer's kind were presented in the last ``days``; None for few."""

    issuer: str
    kind: str
    count: int | None


async def presented_lately(verifier: httpx2.AsyncClient) -> tuple[PresentedLately, ...] | None:
    """What was presented lately; None where the operator has it not counted.

    Raises ``EvidenceUnavailable``.
    """
    answer = await _answer(verifier, "GET", "/verify/api/presented", None)
    try:
        if answer["presented"] is None:
            return None
        return tuple(PresentedLately(**item) for item in answer["presented"])
    except (KeyError, TypeError) as error:
        raise EvidenceUnavailable("The verifier's answer could not be read.") from error


async def unusual_checks(verifier: httpx2.AsyncClient) -> tuple[Anomaly, ...]:
    """Days with very many checks or wrong codes. Raises ``EvidenceUnavailable``."""
    answer = await _answer(verifier, "GET", "/verify/api/anomalies", None)
    try:
        return tuple(
            # The last part of a centre's identifier is its short name.
            Anomaly(
                rule=item["rule"],
                centre=item["issuer"].rpartition(":")[2],
                day=item["day"],
                count=item["count"],
                who="",
            )
            for item in answer["anomalies"]
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise EvidenceUnavailable("The verifier's answer could not be read.") from error


async def _answer(
    client: httpx2.AsyncClient, method: str, path: str, body: JsonObject | None
) -> dict[str, Any]:
    try:
        response = await client.request(method, path, json=body)
        answer = response.json() if response.status_code == 200 else None
    except (httpx2.HTTPError, ValueError) as error:
        raise EvidenceUnavailable("The issuer cannot be asked now.") from error
    if not isinstance(answer, dict):
        raise EvidenceUnavailable("The issuer cannot answer now.")
    return answer


@dataclass(frozen=True, kw_only=True, slots=True)
class WantedWithdrawal:
    """Which centre's accreditations end on which day, and whether certificates from before hold."""

    did: str
    effective_from: date
    earlier_stand: bool
    reason: str


async def ask_to_withdraw(
    trust_registry: httpx2.AsyncClient, wanted: WantedWithdrawal, officer: Approver
) -> int:
    """Have the withdrawal of a centre's accreditations laid before a second officer; how many.

    Raises ``ConflictError`` where nothing is left to withdraw, ``EvidenceUnavailable``.
    """
    body = {
        "did": wanted.did,
        "effective_from": wanted.effective_from.isoformat(),
        "earlier_stand": wanted.earlier_stand,
        "reason": wanted.reason,
        "officer": {"subject": officer.subject, "name": officer.name, "identity": officer.identity},
    }
    try:
        response = await trust_registry.post("/trust/api/withdrawals", json=body)
    except httpx2.HTTPError as error:
        raise EvidenceUnavailable("The trust registry cannot be asked now.") from error
    if response.status_code in (404, 409):
        raise ConflictError(
            gettext_noop("Every accreditation of this centre is withdrawn, or waits for that.")
        )
    if response.status_code != 201:
        raise EvidenceUnavailable("The trust registry does not take it now.")
    return int(response.json()["proposed"])


async def announce_key(
    trust_registry: httpx2.AsyncClient, *, did: str, public_key_multibase: str, valid_from: str
) -> bool:
    """Tell the trust registry of the key that signs status lists; False where it knew it already.

    Raises ``EvidenceUnavailable`` where it does not take the key now.
    """
    body = {"did": did, "public_key_multibase": public_key_multibase, "valid_from": valid_from}
    try:
        response = await trust_registry.post("/trust/api/issuer-keys", json=body)
    except httpx2.HTTPError as error:
        raise EvidenceUnavailable("The trust registry cannot be asked now.") from error
    if response.status_code != 200:
        raise EvidenceUnavailable("The trust registry does not take the key now.")
    return bool(response.json()["created"])
