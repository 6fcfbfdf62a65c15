"""Sending a response where a verifier wants it (OpenID4VP 1.0 sections 8.2 and 8.3)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

import orjson

from runtime.fetch import Answered, Fetcher
from vc.encoding.strict_json import JsonValue, parse_json
from vc.errors import EvidenceUnavailable, ProtocolError
from vc.oid4vc.issuance_answers import ANSWER_LIMITS
from vc.oid4vc.oauth_errors import ErrorCode
from vc.oid4vc.received_request import ReceivedRequest
from vc.oid4vc.response_encryption import ALGORITHM, Recipient
from vc.oid4vc.vp_token import Presentation
from vc.oid4vc.wallet_reading import require_url
from wallet_api.open_wallet.doors import is_success, send_form

_OBJECT_TYPE: Final = "JWT"


@dataclass(frozen=True, kw_only=True, slots=True)
class Delivered:
    """What came of sending: *accepted*, *refused* or *unknown*; and where its holder goes on, if anywhere."""

    outcome: str
    redirect_uri: str | None = None


ACCEPTED: Final = "accepted"
REFUSED: Final = "refused"
UNKNOWN: Final = "unknown"


async def send_answer(
    fetcher: Fetcher, request: ReceivedRequest, vp_token: Mapping[str, Sequence[Presentation]]
) -> Delivered:
    """Send presentations by query, once."""
    token: JsonValue = {name: [*given] for name, given in vp_token.items()}
    members: dict[str, JsonValue] = {"vp_token": token}
    if request.state is not None:
        members["state"] = request.state
    if request.recipient is None:
        fields = {"vp_token": orjson.dumps(token).decode()}
        fields |= {} if request.state is None else {"state": request.state}
    else:
        fields = {"response": encrypted(members, request.recipient)}
    try:
        answer = await send_form(fetcher, request.response_uri, fields)
    except EvidenceUnavailable:
        return Delivered(outcome=UNKNOWN)
    if not is_success(answer):
        return Delivered(outcome=REFUSED)
    return Delivered(outcome=ACCEPTED, redirect_uri=_redirect_in(answer))


async def send_refusal(fetcher: Fetcher, request: ReceivedRequest) -> None:
    """Tell a verifier that its request is declined (section 8.5); it may not hear it."""
    fields = {"error": ErrorCode.ACCESS_DENIED.value}
    fields |= {} if request.state is None else {"state": request.state}
    try:
        await send_form(fetcher, request.response_uri, fields)
    except EvidenceUnavailable:
        return


def encrypted(members: Mapping[str, JsonValue], recipient: Recipient) -> str:
    """The response as a JWE for its recipient."""
    from joserfc import jwe  # local: it takes long to import, for every command
    from joserfc.jwk import ECKey

    header = {"typ": _OBJECT_TYPE, "alg": ALGORITHM, "enc": recipient.encryption}
    if recipient.key_id is not None:
        header["kid"] = recipient.key_id
    key = ECKey.import_key({**recipient.key.jwk})
    return jwe.encrypt_compact(
        header, orjson.dumps(members), key, algorithms=[ALGORITHM, recipient.encryption]
    )


def _redirect_in(answer: Answered) -> str | None:
    """Where the verifier wants the browser to go on: by https, or to the host that took the response."""
    try:
        said = parse_json(answer.body, ANSWER_LIMITS)
        given = said.get("redirect_uri") if isinstance(said, dict) else None
        url = None if given is None else require_url(given, "/redirect_uri")
    except ProtocolError:
        return None
    if url is None or url.startswith("https://"):
        return url
    return url if urlsplit(url).netloc == urlsplit(answer.url).netloc else None
