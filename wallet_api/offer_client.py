"""The wallet asks the issuer for an offer, by which a holder takes a certificate into an app of their own."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import httpx2

from runtime.clients import Peers
from runtime.i18n import gettext_noop
from vc.encoding.strict_json import parse_json_object
from vc.encoding.timestamps import parse_timestamp
from vc.errors import ConflictError, EvidenceUnavailable, ProtocolError

_NO_OFFER: Final = "The issuer did not answer as it should."


@dataclass(frozen=True, kw_only=True, slots=True)
class AppOffer:
    """What an app scans or opens, and the digits that its holder types there."""

    link: str
    tx_code: str
    expires: datetime


async def ask_offer(peers: Peers, credential_id: str, rld_number: str) -> AppOffer:
    """An offer of one certificate of this person.

    Raises ``ConflictError`` for one that is not in force or is never given to apps, ``EvidenceUnavailable``.
    """
    body = {"credential_ids": [credential_id], "holder": rld_number}
    try:
        answer = await peers.client("issuer").post("/issuer/api/offers", json=body)
    except httpx2.HTTPError:
        raise EvidenceUnavailable("The issuer could not be reached.") from None
    if answer.status_code == 409:
        raise ConflictError(gettext_noop("This certificate is not in force, or is never given to apps."))
    if answer.status_code != 201:
        raise EvidenceUnavailable(_NO_OFFER)
    try:
        said: Any = parse_json_object(answer.content)
        return AppOffer(
            link=str(said["link"]), tx_code=str(said["tx_code"]), expires=parse_timestamp(said["expires"])
        )
    except (ProtocolError, KeyError, TypeError):
        raise EvidenceUnavailable(_NO_OFFER) from None
