"""The other services as the issuer asks them, each call idempotent and keyed by an intent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from urllib.parse import quote, urlencode

import httpx2

from runtime.i18n import gettext_noop
from vc.encoding.strict_json import JsonValue, parse_json_object
from vc.encoding.timestamps import format_timestamp
from vc.errors import ConflictError, EvidenceUnavailable
from vc.trust.trust_list import TrustList, parse_trust_list

_ALLOCATIONS_PER_CALL = 500


async def allocate_status(
    client: httpx2.AsyncClient, intents: Sequence[Mapping[str, str]]
) -> dict[str, JsonValue]:
    """The ``credentialStatus`` of every intent (``intent_id``, ``credential_id``, ``issuer``,
    ``cryptosuite``, ``pool``), by intent id. Asking again gives the same.

    Raises ``EvidenceUnavailable`` when the registry does not answer as agreed.
    """
    entries: dict[str, JsonValue] = {}
    for start in range(0, len(intents), _ALLOCATIONS_PER_CALL):
        chunk = [dict(intent) for intent in intents[start : start + _ALLOCATIONS_PER_CALL]]
        response = await _send(client, "POST", "/revocation/api/entries", {"intents": chunk})
        for item in _json(response, 200)["entries"]:
            entries[item["intent_id"]] = item["credentialStatus"]
    return entries


async def allocate_copies(
    client: httpx2.AsyncClient, intents: Sequence[Mapping[str, str]]
) -> dict[str, JsonValue]:
    """As ``allocate_status`` for copies, each with ``copy_of``: an index for every one, or for none.

    Raises ``ConflictError`` where their certificate is not in force, ``EvidenceUnavailable``.
    """
    body = {"intents": [dict(intent) for intent in intents]}
    response = await _send(client, "POST", "/revocation/api/entries", body)
    if response.status_code == 409:
        raise ConflictError(gettext_noop("This certificate is not in force."))
    return {item["intent_id"]: item["credentialStatus"] for item in _json(response, 200)["entries"]}


async def revoke_own(
    client: httpx2.AsyncClient, credential_id: str, *, reason: str, successor: str | None = None
) -> None:
    """Have a credential of ours ended, for a reason the registry knows; asking again changes nothing.

    ``successor`` is the id of what replaces it. Raises ``EvidenceUnavailable`` when the registry does not
    acknowledge it.
    """
    body = {"credential_id": credential_id, "reason": reason}
    if successor is not None:
        body["successor"] = successor
    _json(await _send(client, "POST", "/revocation/api/revocations", body), 200)


async def revoke_abandoned(client: httpx2.AsyncClient, credential_id: str) -> None:
    """Have the status index of an abandoned intent revoked; as ``revoke_own``."""
    await revoke_own(client, credential_id, reason="ABANDONED")


async def status_of(client: httpx2.AsyncClient, credential_id: str) -> Mapping[str, JsonValue]:
    """What the registry says of a certificate of ours. Raises ``EvidenceUnavailable``.

    ``state``, ``since`` when, and ``appeal_granted``: whether a new one may take its place though it is
    revoked.
    """
    path = f"/revocation/api/credentials/{quote(credential_id, safe='')}"
    answer = _json(await _send(client, "GET", path, None), 200)
    return {name: answer[name] for name in ("state", "since", "appeal_granted")}


async def granted_appeals(client: httpx2.AsyncClient) -> frozenset[str]:
    """Ids of revoked certificates that are to be given anew. Raises ``EvidenceUnavailable``."""
    answer = _json(await _send(client, "GET", "/revocation/api/appeals/granted", None), 200)
    return frozenset(answer["credential_ids"])


async def ended_credentials(client: httpx2.AsyncClient, issuer: str) -> tuple[str, ...]:
    """Ids of the credentials of a DID that are revoked or superseded, each once.

    Raises ``EvidenceUnavailable`` when the registry does not answer as agreed.
    """
    found: list[str] = []
    after: str | None = ""
    while after is not None:
        path = f"/revocation/api/ended?{urlencode({'issuer': issuer, 'after': after})}"
        page = _json(await _send(client, "GET", path, None), 200)
        try:
            found += page["credential_ids"]
            after = page["next_after"]
        except (KeyError, TypeError) as error:
            raise EvidenceUnavailable("The registry's answer could not be read.") from error
    return tuple(found)


async def end_replaced_card(client: httpx2.AsyncClient, card_id: str) -> None:
    """Have the status index of a replaced card ended; asking again changes nothing.

    The successor is not named: who has the one card is not to learn the other's id from a public list.
    As ``revoke_own``.
    """
    await revoke_own(client, card_id, reason="SUPERSEDED")


@dataclass(frozen=True, kw_only=True, slots=True)
class ChangesPage:
    """What the registry changed: ``credential_id``, ``status`` and ``at``.

    ``status`` is one of *revoked*, *superseded*, *suspended* and *reinstated*.

    ``last`` is the number of the last of them, ``newest`` of the newest there is.
    """

    changes: tuple[Mapping[str, str], ...]
    last: int
    newest: int


async def registry_changes(client: httpx2.AsyncClient, after: int) -> ChangesPage:
    """What was revoked of ours behind the change ``after``. Raises ``EvidenceUnavailable``."""
    response = await _send(client, "GET", f"/revocation/api/changes?after={after}", None)
    answer = _json(response, 200)
    return ChangesPage(changes=tuple(answer["changes"]), last=answer["last"], newest=answer["newest"])


async def announce_key(
    client: httpx2.AsyncClient,
    *,
    did: str,
    public_key_multibase: str,
    valid_from: str,
    replaces: Sequence[str] = (),
) -> None:
    """Tell the trust registry of a centre's key and of the ones it follows. ``EvidenceUnavailable``."""
    body = {
        "did": did,
        "public_key_multibase": public_key_multibase,
        "valid_from": valid_from,
        "replaces": list(replaces),
    }
    _json(await _send(client, "POST", "/trust/api/issuer-keys", body), 200)


async def published_trust_list(client: httpx2.AsyncClient) -> TrustList:
    """The trust list as published, to tell a clerk early what a verifier would refuse later.

    Its signature is not checked here: nothing is decided by it, verifiers check for themselves.
    Raises ``EvidenceUnavailable``.
    """
    response = await _send(client, "GET", "/trust/list", None)
    if response.status_code != 200:
        raise EvidenceUnavailable("The trust list is not to be had at the moment.")
    return parse_trust_list(parse_json_object(response.content))


async def deliver(client: httpx2.AsyncClient, credential_id: str, envelope: Mapping[str, str]) -> bool:
    """Hand a credential to the wallet; whether it was taken. Raises ``EvidenceUnavailable``."""
    path = f"/wallet/api/credentials/{quote(credential_id, safe='')}"
    response = await _send(client, "PUT", path, dict(envelope))
    return response.status_code in (200, 201)


async def tell_taken_back(client: httpx2.AsyncClient, credential_id: str) -> None:
    """Tell the wallet that a centre took a credential back. Raises ``EvidenceUnavailable``."""
    path = f"/wallet/api/credentials/{quote(credential_id, safe='')}/taken-back"
    _json(await _send(client, "PUT", path, {}), 200)


@dataclass(frozen=True, kw_only=True, slots=True)
class PendingLetter:
    """That a holder without a confirmed phone is to be told of a certificate on paper."""

    letter_id: str
    credential_id: str
    status: str
    happened_at: str


async def pending_letters(
    client: httpx2.AsyncClient, after: str
) -> tuple[Sequence[PendingLetter], str | None]:
    """A page of letters the wallet wants handed over, and where the next begins. ``EvidenceUnavailable``."""
    path = f"/wallet/api/letters?{urlencode({'after': after})}"
    answer = _json(await _send(client, "GET", path, None), 200)
    try:
        return [PendingLetter(**item) for item in answer["letters"]], answer["next_after"]
    except (KeyError, TypeError) as error:
        raise EvidenceUnavailable("The wallet's answer could not be read.") from error


async def letter_handed_over(client: httpx2.AsyncClient, letter_id: str, *, by: str) -> bool:
    """Tell the wallet; False where it knows no such letter any more. Raises ``EvidenceUnavailable``."""
    path = f"/wallet/api/letters/{quote(letter_id, safe='')}/handed-over"
    response = await _send(client, "POST", path, {"by": by})
    if response.status_code not in (200, 404):
        raise EvidenceUnavailable("The wallet did not answer as it should.")
    return response.status_code == 200


async def reachable_people(client: httpx2.AsyncClient, rld_numbers: Sequence[str]) -> frozenset[str]:
    """Which of these people the wallet can tell by phone; at most 500. Raises ``EvidenceUnavailable``."""
    if not rld_numbers:
        return frozenset()
    body = {"rld_numbers": list(rld_numbers)}
    answer = _json(await _send(client, "POST", "/wallet/api/people/reachable", body), 200)
    try:
        return frozenset(answer["reachable"])
    except (KeyError, TypeError) as error:
        raise EvidenceUnavailable("The wallet's answer could not be read.") from error


async def note_printed(client: httpx2.AsyncClient, rld_numbers: Sequence[str], *, what: str, by: str) -> None:
    """Have these people see that an officer (a role) *found* them, or printed a *passport* or *cards*.

    At most 200. Raises ``EvidenceUnavailable`` where the wallet has not written it down.
    """
    body = {"rld_numbers": list(rld_numbers), "what": what, "by": by}
    _json(await _send(client, "POST", "/wallet/api/people/printed", body), 200)


@dataclass(frozen=True, kw_only=True, slots=True)
class PassportView:
    """What a holder sees of their passport in a session: ids of certificates, and whether there is a PIN."""

    credential_ids: frozenset[str]
    has_pin: bool


class PinRefusal(StrEnum):
    """Why a PIN opens nothing."""

    WRONG = "wrong"
    LOCKED = "locked"
    """After too many wrong tries none is looked at for a while."""
    NOT_SET = "not_set"


async def passport_view(client: httpx2.AsyncClient, rld_number: str, *, is_limited: bool) -> PassportView:
    """What this holder sees in a session that is limited, or is not. Raises ``EvidenceUnavailable``."""
    body = {"rld_number": rld_number, "is_limited": is_limited}
    answer = _json(await _send(client, "POST", "/wallet/api/people/view", body), 200)
    try:
        return PassportView(
            credential_ids=frozenset(answer["credential_ids"]), has_pin=bool(answer["has_pin"])
        )
    except (KeyError, TypeError) as error:
        raise EvidenceUnavailable("The wallet's answer could not be read.") from error


async def unlock_passport(
    client: httpx2.AsyncClient, rld_number: str, pin: str
) -> frozenset[str] | PinRefusal:
    """Ids of the certificates that this PIN lets be seen and given; a wrong one is counted there.

    Raises ``EvidenceUnavailable``.
    """
    body = {"rld_number": rld_number, "pin": pin}
    answer = _json(await _send(client, "POST", "/wallet/api/people/unlock", body), 200)
    try:
        if answer["refused"] is not None:
            return PinRefusal(answer["refused"])
        return frozenset(answer["credential_ids"])
    except (KeyError, TypeError, ValueError) as error:
        raise EvidenceUnavailable("The wallet's answer could not be read.") from error


async def note_fetched(
    client: httpx2.AsyncClient,
    fetch_id: str,
    *,
    rld_number: str,
    credential_id: str,
    client_name: str | None,
    at: datetime,
) -> None:
    """Have a holder see that an app fetched copies of a certificate; told again it changes nothing.

    ``client_name`` is what the app calls itself. Raises ``EvidenceUnavailable`` where it is not written down.
    """
    body = {
        "rld_number": rld_number,
        "credential_id": credential_id,
        "client_name": client_name,
        "at": format_timestamp(at),
    }
    _json(await _send(client, "PUT", f"/wallet/api/fetches/{quote(fetch_id, safe='')}", body), 200)


async def _send(
    client: httpx2.AsyncClient, method: str, path: str, body: Mapping[str, Any] | None
) -> httpx2.Response:
    try:
        return await client.request(method, path, json=body)
    except httpx2.TransportError as error:
        raise EvidenceUnavailable("Another service did not answer; please try again.") from error


def _json(response: httpx2.Response, expected: int) -> Any:
    if response.status_code not in (expected, 201):
        raise EvidenceUnavailable("Another service refused; please try again.")
    return response.json()
