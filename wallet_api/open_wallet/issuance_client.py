"""The wallet's side of OpenID4VCI 1.0: what is sent to an issuer and its Authorization Server.

Nothing here decides whether an issuer may be asked; see ``issuers``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from runtime.entropy import random_secret, random_token
from runtime.fetch import Answered
from runtime.service import ServiceContext
from vc.crypto.keys import InMemorySigner, KeyType, Signer
from vc.encoding.strict_json import JsonObject, JsonValue
from vc.oid4vc.credential_request import Event
from vc.oid4vc.issuance_answers import (
    AccessToken,
    Deferred,
    IssuedCredentials,
    parse_credential_answer,
    parse_nonce_answer,
    parse_pushed_answer,
    parse_token_answer,
)
from vc.oid4vc.received_metadata import (
    ISSUER_PATH,
    METADATA_LIMITS,
    SERVER_PATH,
    IssuerMetadata,
    ServerMetadata,
    well_known_url,
)
from vc.oid4vc.received_offer import OFFER_LIMITS, OfferReference, parse_offer_link
from vc.oid4vc.wallet_proofs import sign_dpop_proof
from vc.oid4vc.wallet_reading import require_object
from wallet_api.open_wallet.doors import get_json, json_of, send_form, send_json

_JTI_BITS: Final = 128
_NONCE_HEADER: Final = "dpop-nonce"
_REFUSALS: Final = (400, 401)
_MAX_NONCE: Final = 500


@dataclass(frozen=True, kw_only=True, slots=True)
class Access:
    """An access token, and the key it is bound to (32 bytes); None for a bearer token."""

    token: AccessToken
    dpop_secret: bytes | None


class IssuanceClient:
    """Asks issuers. Every method raises ``EvidenceUnavailable`` and ``Refused``, as ``doors`` does."""

    def __init__(self, context: ServiceContext) -> None:
        """``context`` says who this wallet is and how it gets out."""
        self._fetcher = context.fetcher
        self._clock = context.clock
        base_url = context.settings.base_url
        self.client_id: Final = f"{base_url}/wallet"
        self.redirect_uri: Final = f"{base_url}/wallet/receive/back"

    async def offer(self, link: str) -> JsonObject:
        """The offer of a link, fetched where the link says where it is. Raises as ``parse_offer_link``."""
        found = parse_offer_link(link)
        if isinstance(found, OfferReference):
            found = require_object(
                await get_json(self._fetcher, found.uri, limits=OFFER_LIMITS), "/credential_offer"
            )
        return found

    async def issuer_metadata(self, issuer: str) -> JsonValue:
        """What an issuer says of itself; for ``parse_issuer_metadata``."""
        return await get_json(self._fetcher, well_known_url(issuer, ISSUER_PATH), limits=METADATA_LIMITS)

    async def server_metadata(self, server: str) -> JsonValue:
        """What an Authorization Server says of itself; for ``parse_server_metadata``."""
        url = well_known_url(server, SERVER_PATH)
        return await get_json(self._fetcher, url, limits=METADATA_LIMITS)

    async def push(self, endpoint: str, fields: Mapping[str, str]) -> str:
        """The ``request_uri`` of a pushed authorization request (RFC 9126)."""
        return parse_pushed_answer(json_of(await send_form(self._fetcher, endpoint, fields)))

    async def token(self, server: ServerMetadata, fields: Mapping[str, str]) -> Access:
        """An access token for a grant; bound to a new key where the server can do that."""
        secret = random_secret(KeyType.P256) if server.has_dpop else None
        answer = await self._token_answer(server, fields, secret, nonce=None)
        nonce = answer.headers.get(_NONCE_HEADER, "")
        if secret is not None and answer.status in _REFUSALS and 0 < len(nonce) <= _MAX_NONCE:
            answer = await self._token_answer(server, fields, secret, nonce=nonce)
        token = parse_token_answer(json_of(answer))
        return Access(token=token, dpop_secret=secret if token.is_dpop else None)

    async def nonce(self, metadata: IssuerMetadata) -> str | None:
        """A ``c_nonce``; None where the issuer wants none."""
        if metadata.nonce_endpoint is None:
            return None
        answer = await send_form(self._fetcher, metadata.nonce_endpoint, {})
        return parse_nonce_answer(json_of(answer))

    async def credentials(
        self,
        endpoint: str,
        access: Access,
        *,
        configuration_id: str,
        identifier: str | None,
        proofs: Sequence[str],
    ) -> IssuedCredentials | Deferred:
        """Credentials for the keys of ``proofs`` (section 8.2)."""
        wanted: JsonObject = {"proofs": {"jwt": list[JsonValue](proofs)}}
        if identifier is None:
            wanted["credential_configuration_id"] = configuration_id
        else:
            wanted["credential_identifier"] = identifier
        return parse_credential_answer(json_of(await self._protected(endpoint, access, wanted)))

    async def deferred(
        self, endpoint: str, access: Access, transaction_id: str
    ) -> IssuedCredentials | Deferred:
        """What has become of credentials that are made later (section 9.1)."""
        answer = await self._protected(endpoint, access, {"transaction_id": transaction_id})
        return parse_credential_answer(json_of(answer))

    async def notify(self, endpoint: str, access: Access, notification_id: str, event: Event) -> None:
        """Tell an issuer what became of credentials (section 11.1); its answer does not matter."""
        body: JsonObject = {"notification_id": notification_id, "event": event.value}
        await self._protected(endpoint, access, body)

    async def _token_answer(
        self, server: ServerMetadata, fields: Mapping[str, str], secret: bytes | None, *, nonce: str | None
    ) -> Answered:
        headers = {}
        if secret is not None:
            headers["DPoP"] = self._proof(_signer(secret), server.token_endpoint, nonce=nonce)
        return await send_form(self._fetcher, server.token_endpoint, fields, headers=headers)

    async def _protected(self, endpoint: str, access: Access, body: JsonObject) -> Answered:
        answer = await self._with_token(endpoint, access, body, nonce=None)
        nonce = answer.headers.get(_NONCE_HEADER, "")
        if access.dpop_secret is not None and answer.status in _REFUSALS and 0 < len(nonce) <= _MAX_NONCE:
            answer = await self._with_token(endpoint, access, body, nonce=nonce)
        return answer

    async def _with_token(
        self, endpoint: str, access: Access, body: JsonObject, *, nonce: str | None
    ) -> Answered:
        token = access.token.token
        headers = {"Authorization": f"{'Bearer' if access.dpop_secret is None else 'DPoP'} {token}"}
        if access.dpop_secret is not None:
            signer = _signer(access.dpop_secret)
            headers["DPoP"] = self._proof(signer, endpoint, token=token, nonce=nonce)
        return await send_json(self._fetcher, endpoint, body, headers=headers)

    def _proof(self, signer: Signer, url: str, *, token: str | None = None, nonce: str | None = None) -> str:
        return sign_dpop_proof(
            signer,
            method="POST",
            url=url,
            issued_at=self._clock.now(),
            jti=random_token(_JTI_BITS),
            access_token=token,
            nonce=nonce,
        )


def _signer(secret: bytes) -> InMemorySigner:
    return InMemorySigner(secret, "", key_type=KeyType.P256)
