"""Reading what a verifier asks: fetched, found to be signed by whom it names, kept for its holder.

Nothing is sent to a verifier here but the question for its own request.
"""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import orjson
from cryptography import x509

from runtime.auth import Principal
from runtime.entropy import random_token
from runtime.fetch import Fetched
from runtime.i18n import gettext_noop
from runtime.personal_data import Place
from runtime.service import ServiceContext
from vc.crypto.keys import PublicKey
from vc.did import did_web
from vc.did.documents import find_verification_method
from vc.did.resolve import DocumentUrl, did_of, resolve_locally_or_url
from vc.encoding.strict_json import JsonObject
from vc.errors import ConflictError, EvidenceUnavailable, MalformedValue, NotFound
from vc.jose.claims import parse_times
from vc.oid4vc.authorization_request import MEDIA_TYPE, ClientIdPrefix
from vc.oid4vc.received_request import (
    REQUEST_LIMITS,
    ReceivedRequest,
    RequestLink,
    UnverifiedRequestObject,
    parse_client_id,
    parse_request,
    parse_request_link,
    parse_request_object,
    require_signed,
)
from vc.oid4vc.request_certificates import is_host_of, key_of_chain
from vc.oid4vc.transaction_data import AskedWatch, parse_asked
from wallet_api.open_wallet import asked_store as store
from wallet_api.open_wallet.asked_store import AskedState, Connection, SealedRequest
from wallet_api.open_wallet.doors import get_document, post_for_document
from wallet_api.visible import number_of

LIFETIME: Final = timedelta(minutes=30)
_ID_BITS: Final = 80
_NONCE_BITS: Final = 160
_RELATIONSHIPS: Final = ("authentication", "assertionMethod")
_UNSIGNED: Final = "Who asks must sign their request, and did not."
_ELSEWHERE: Final = "The answer is to go to another than who asks."
_NOT_HERE: Final = "There is no such request."
ANSWERED_BEFORE: Final = gettext_noop("You answered this request before. Let them ask again.")
_OVER: Final = gettext_noop("The time of this request is over. Let them ask again.")


class Asking:
    """What verifiers ask the holders of one wallet."""

    def __init__(self, context: ServiceContext) -> None:
        """Raises ``ValueError`` where the setting names roots that cannot be read."""
        self._context = context
        self._personal = context.personal
        self._fetcher = context.fetcher
        self._roots = _roots(context.settings.wallet_verifier_roots)

    async def look(self, who: Principal, link: str) -> str:
        """Look at a request; the id under which its holder finds it.

        Raises ``ProtocolError`` for one that is not as it should be, ``EvidenceUnavailable``, and
        ``ConflictError`` for one that this holder answered before.
        """
        found = parse_request_link(link)
        now = self._context.clock.now()
        expires = now + LIFETIME
        if found.request_uri is None:
            parameters: JsonObject = dict(found.parameters)
            if parse_client_id(found.client_id)[0].is_signed:
                raise MalformedValue(_UNSIGNED, pointer="/request_uri")
        else:
            received = await self._signed(found, found.request_uri, now)
            parameters = received.claims
            ends = parse_times(received.claims).expires
            expires = expires if ends is None else min(expires, ends)
        request = parse_request(parameters)
        if request.prefix is ClientIdPrefix.X509_SAN_DNS and not is_host_of(
            request.name, request.response_uri
        ):
            raise MalformedValue(_ELSEWHERE, pointer="/response_uri")
        watches_in(request)
        return await self._keep(self._personal.person(number_of(who)), request, parameters, expires)

    async def asked(self, holder: str, request_id: str) -> ReceivedRequest:
        """A request that this holder looked at. Raises ``NotFound``, ``ConflictError`` where it is over."""
        return await self._context.database.read(self._open, holder, request_id)

    async def _signed(self, link: RequestLink, request_uri: str, now: datetime) -> UnverifiedRequestObject:
        prefix, name = parse_client_id(link.client_id)
        if not prefix.is_signed:
            raise MalformedValue("Who asks is named in a way that cannot sign.", pointer="/client_id")
        wallet_nonce = random_token(_NONCE_BITS) if link.uses_post else None
        if wallet_nonce is None:
            body = await get_document(self._fetcher, request_uri, limits=REQUEST_LIMITS, accept=MEDIA_TYPE)
        else:
            body = await post_for_document(
                self._fetcher,
                request_uri,
                {"wallet_nonce": wallet_nonce},
                limits=REQUEST_LIMITS,
                accept=MEDIA_TYPE,
            )
        received = parse_request_object(body.decode("ascii", "replace").strip())
        key = await self._key(prefix, name, received, now)
        require_signed(received, key, client_id=link.client_id, wallet_nonce=wallet_nonce, now=now)
        return received

    async def _key(
        self, prefix: ClientIdPrefix, name: str, received: UnverifiedRequestObject, now: datetime
    ) -> PublicKey:
        """The key that a Client Identifier stands for (section 5.9.3)."""
        if prefix is not ClientIdPrefix.DECENTRALIZED_IDENTIFIER:
            return key_of_chain(received.certificates, self._roots, prefix=prefix, name=name, now=now)
        key_id = received.jws.key_id or ""
        if received.certificates or did_of(key_id) != name:
            raise MalformedValue("The request is signed with another's key.", pointer="/kid")
        document = resolve_locally_or_url(name)
        if isinstance(document, DocumentUrl):
            fetched = await self._fetcher.get(document.url)
            if not isinstance(fetched, Fetched):
                raise EvidenceUnavailable("The keys of who asks could not be fetched.")
            document = did_web.parse_document(name, fetched.body)
        for relationship in _RELATIONSHIPS:
            method = find_verification_method(document, key_id, relationship)
            if method is not None and method.usable_at(now):
                return method.public_key
        raise MalformedValue(
            "The request is signed with a key that its signer does not name.", pointer="/kid"
        )

    async def _keep(
        self, holder: str, request: ReceivedRequest, parameters: JsonObject, expires: datetime
    ) -> str:
        index = self._personal.blind_index("openid4vp request", f"{request.client_id}\x1f{request.nonce}")
        kept = None
        while kept is None:
            kept = await self._context.database.write(self._insert, holder, index, parameters, expires)
        return kept

    def _insert(
        self, connection: Connection, holder: str, index: str, parameters: dict[str, Any], expires: datetime
    ) -> str | None:
        request_id = random_token(_ID_BITS)
        keys = self._personal.ensure_keys(connection, [holder])
        new = SealedRequest(
            request_id=request_id,
            holder_index=holder,
            request_index=index,
            state=AskedState.OPEN,
            sealed=keys.seal(holder, orjson.dumps(parameters), _place(request_id)),
            receipt=None,
            expires_at=expires,
        )
        kept = store.insert_request(connection, new)
        if kept is None:
            return None
        if kept.state is not AskedState.OPEN:
            raise ConflictError(ANSWERED_BEFORE)
        return kept.request_id

    def _open(self, connection: Connection, holder: str, request_id: str) -> ReceivedRequest:
        found = store.request_or_none(connection, request_id, holder)
        if found is None:
            raise NotFound(_NOT_HERE)
        if found.state is not AskedState.OPEN or found.sealed is None:
            raise ConflictError(ANSWERED_BEFORE)
        if found.expires_at <= self._context.clock.now():
            raise ConflictError(_OVER)
        keys = self._personal.keys(connection, [holder])
        return parse_request(orjson.loads(keys.unseal(holder, found.sealed, _place(request_id))))


def watches_in(request: ReceivedRequest) -> tuple[AskedWatch, ...]:
    """What is to be agreed to beside presenting. Raises ``ProtocolError`` for what is not understood."""
    ids = [one.id for one in request.query.credentials]
    return tuple(
        parse_asked(text, query_ids=ids, client_id=request.client_id) for text in request.transaction_data
    )


def _roots(path: Path | None) -> tuple[x509.Certificate, ...]:
    return () if path is None else tuple(x509.load_pem_x509_certificates(path.read_bytes()))


def _place(request_id: str) -> Place:
    return Place(table="asked_request", row=request_id, column="sealed")
