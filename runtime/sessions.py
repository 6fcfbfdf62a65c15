"""How a service learns who is behind a session: it asks the trust registry, every time.

Nothing is remembered between requests, so a session that ends in the trust registry has ended
everywhere. What comes back is a signed assertion for this service alone, not the word of the line.
"""

import time
from collections.abc import Callable
from typing import Final

import httpx2

from runtime.assertions import key_id_of, parse_access_token, parse_assertion
from runtime.auth import NotAuthenticated, Principal
from runtime.clients import Peers
from runtime.clock import Clock
from runtime.settings import Settings
from vc.crypto.keys import PublicKey
from vc.encoding.strict_json import JsonObject, parse_json_object
from vc.errors import EvidenceUnavailable, ProtocolError

EXCHANGE_PATH: Final = "/trust/api/sessions"
KEYS_PATH: Final = "/trust/api/session-keys"
_UNREACHABLE: Final = "Who is signed in cannot be checked now."
# Strangers' tokens name keys nobody has; they must not make us ask for each of them.
_SECONDS_BETWEEN_KEYS: Final = 1.0
_MAX_KEYS: Final = 50


class RemoteSessions:
    """The sessions of the trust registry, as ``service`` asks for them."""

    def __init__(
        self,
        *,
        service: str,
        peers: Peers,
        settings: Settings,
        clock: Clock,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._service = service
        self._peers = peers
        self._settings = settings
        self._clock = clock
        self._monotonic = monotonic
        self._keys: dict[str, PublicKey] = {}
        self._keys_asked: float | None = None

    async def by_session(self, token: str) -> Principal | None:
        """See ``runtime.auth.Sessions``."""
        answer = await self._ask("POST", EXCHANGE_PATH, {"session": token})
        if "assertion" not in answer:
            raise EvidenceUnavailable(_UNREACHABLE)
        assertion = answer["assertion"]
        if assertion is None:
            return None
        if not isinstance(assertion, str):
            raise EvidenceUnavailable(_UNREACHABLE)
        await self._require_key(assertion)
        try:
            return parse_assertion(
                assertion,
                audience=self._service,
                issuer=self._settings.base_url,
                keys=self._keys,
                now=self._clock.now(),
            )
        except NotAuthenticated:
            # Not the person's fault: whoever answered is not our trust registry, or its clock is off.
            raise EvidenceUnavailable(_UNREACHABLE) from None

    async def by_access_token(self, token: str) -> Principal:
        """See ``runtime.auth.Sessions``."""
        await self._require_key(token)
        return parse_access_token(
            token, issuer=self._settings.base_url, keys=self._keys, now=self._clock.now()
        )

    async def _require_key(self, token: str) -> None:
        key_id = key_id_of(token)
        if key_id is None or key_id in self._keys:
            return
        now = self._monotonic()
        if self._keys_asked is not None and now - self._keys_asked < _SECONDS_BETWEEN_KEYS:
            return
        answer = await self._ask("GET", KEYS_PATH, None)
        self._keys = _keys_in(answer)
        self._keys_asked = now

    async def _ask(self, method: str, path: str, body: dict[str, str] | None) -> JsonObject:
        try:
            response = await self._peers.client("trust_registry").request(method, path, json=body)
            if response.status_code == httpx2.codes.OK:
                return parse_json_object(response.content)
        except (httpx2.HTTPError, ProtocolError):
            pass
        raise EvidenceUnavailable(_UNREACHABLE)


def _keys_in(answer: JsonObject) -> dict[str, PublicKey]:
    listed = answer.get("keys")
    if not isinstance(listed, list) or len(listed) > _MAX_KEYS:
        raise EvidenceUnavailable(_UNREACHABLE)
    try:
        return {str(text): PublicKey.from_multikey(str(text)) for text in listed}
    except ProtocolError:
        raise EvidenceUnavailable(_UNREACHABLE) from None
