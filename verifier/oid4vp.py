"""Asking a wallet: from the request to what came of it (OpenID4VP 1.0).

A request lives ten minutes and takes one response. What was presented is verified when it comes and thrown
away; what stays, sealed and for ten minutes more, are the verdicts and the claims that were asked for, and
only who asked gets them.
"""

import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Final

from runtime.entropy import random_secret, random_token
from runtime.service import ServiceContext
from runtime.verification import VerificationShell
from vc.crypto.keys import InMemorySigner, KeyType
from vc.errors import ConflictError, Finding, MalformedValue, NotFound, PassportError, ProblemType
from vc.model.verdict import Verification
from vc.oid4vc.authorization_request import (
    AuthorizationRequest,
    ResponseMode,
    by_reference,
    by_value,
    sign_request,
)
from vc.oid4vc.dcql import CredentialFormat, parse_dcql
from vc.oid4vc.response_encryption import decrypt_response
from vc.oid4vc.transaction_data import encode_watch
from vc.oid4vc.vp_token import EncryptedResponse, ErrorResponse, VpResponse, parse_form, parse_response
from verifier import oid4vp_store as store
from verifier.oid4vp_identity import VerifierIdentity
from verifier.oid4vp_judging import judge
from verifier.oid4vp_results import Outcome, outcome_bytes, outcome_of
from verifier.oid4vp_sealing import SealedRequests
from verifier.oid4vp_store import Flow, Status, StoredRequest
from verifier.oid4vp_wanted import Wanted, dcql_for
from verifier.watching import Watching, WatchWish

LIFETIME: Final = timedelta(minutes=10)
_ID_BITS: Final = 160
_NOT_OPEN: Final = "There is no open request of this name."


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """A request as whoever made it sees it. ``link`` opens a wallet; ``outcome`` is what may be shown."""

    id: str
    flow: Flow
    status: Status
    purpose: str
    link: str
    outcome: Outcome | None
    programme: Mapping[str, str] | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Asker:
    """Who made a request (an API key, a signed-in member under a licence, or neither), and for what."""

    key_id: str | None
    licence_number: str | None
    purpose: str
    programme: Mapping[str, str] | None


class WalletRequests:
    """The requests of one verifier; ``presented`` hears of every credential that was verified."""

    def __init__(
        self,
        *,
        context: ServiceContext,
        shell: VerificationShell,
        identity: VerifierIdentity,
        presented: Callable[[Verification], None],
        watching: Watching,
    ) -> None:
        self._base_url = context.settings.base_url
        self._clock = context.clock
        self._database = context.database
        self._sealed = SealedRequests(context.personal)
        self._shell = shell
        self._presented = presented
        self._watching = watching
        self.identity = identity

    async def begin(
        self,
        wanted: Wanted,
        *,
        flow: Flow,
        session: str | None = None,
        owner: str | None = None,
        licence_number: str | None = None,
        watch: WatchWish | None = None,
    ) -> str:
        """Make a request for whoever has the secret ``session`` or the API key ``owner``; returns its id.

        ``licence_number`` is that of the organisation whose signed-in member has the session. With ``watch``
        the holder is asked to agree to that too, and no other format can say so.
        """
        now = self._clock.now()
        request_id = random_token(_ID_BITS)
        encrypts = self.identity.response_mode is ResponseMode.DIRECT_POST_JWT
        request = StoredRequest(
            id=request_id,
            session=None if session is None else _digest(session),
            owner=owner,
            licence_number=licence_number,
            flow=flow,
            status=Status.WAITING,
            client_id=self.identity.client_id(self._response_uri(request_id)),
            response_mode=self.identity.response_mode.value,
            nonce=random_token(_ID_BITS),
            state=random_token(_ID_BITS),
            query=dcql_for(wanted, self._formats(flow, watch)).to_json(),
            purpose=wanted.purpose.encode(),
            response_key=random_secret(KeyType.P256) if encrypts else None,
            created=now,
            expires=now + LIFETIME,
            watch=None if watch is None else watch.as_kept(),
            programme=None if wanted.programme is None else dict(wanted.programme),
        )
        await self._database.write(self._sealed.insert, request)
        return request_id

    async def request_object(self, request_id: str, *, wallet_nonce: str | None = None) -> str:
        """The signed Request Object. Raises ``NotFound`` where there is none, or no more."""
        request = await self._open(request_id)
        if self.identity.signer is None or request.status is not Status.WAITING:
            raise NotFound(_NOT_OPEN)
        return sign_request(
            self._authorization_request(request),
            self.identity.signer,
            issued_at=self._clock.now(),
            expires=request.expires,
            wallet_nonce=wallet_nonce,
            certificates=self.identity.certificates,
        )

    async def receive(self, request_id: str, fields: Mapping[str, str]) -> str | None:
        """Take the wallet's one response; the address to send its browser to, None where it stays.

        Raises ``NotFound`` for a request that is over, ``ConflictError`` for a second response, and
        ``ProtocolError`` for a response that cannot be read or is not good. One that does not know the
        request's ``state``, or cannot be decrypted, uses nothing up: anybody could send it.
        """
        request = await self._open(request_id)
        if request.status is not Status.WAITING:
            raise ConflictError("The request has had its response.")
        response = _response(request, fields)
        if not _same(response.state, request.state):
            raise MalformedValue("The state is not that of the request.", pointer="/state")
        # Only one of two responses at the same moment gets past here.
        if not await self._database.write(store.take, request_id, self._clock.now()):
            raise ConflictError("The request has had its response.")
        if isinstance(response, ErrorResponse):
            await self._finish(request_id, Status.DECLINED)
            return None
        outcome = await self._judged(request, response)
        if not outcome.is_good:
            await self._finish(request_id, Status.REFUSED, outcome)
            raise MalformedValue("The presentation is not accepted.", findings=_complaints(outcome))
        code = random_token(_ID_BITS) if request.flow is Flow.SAME_DEVICE else None
        await self._finish(request_id, Status.ANSWERED, outcome, code)
        return None if code is None else f"{self._base_url}/verify/ask/{request_id}?response_code={code}"

    async def for_session(self, request_id: str, session: str | None, response_code: str | None) -> Asked:
        """A request for the browser that made it. Raises ``NotFound`` for any other.

        On one device the outcome is shown only with the response code, which came by way of the wallet. A
        code that comes back to another browser says that the wallet was led astray: then nobody gets it.
        """
        request = await self._open(request_id)
        has_code = response_code is not None and _same(_digest(response_code), request.response_code)
        if session is None or not _same(_digest(session), request.session):
            if has_code:
                await self._database.write(store.discard, request_id)
            raise NotFound(_NOT_OPEN)
        needs_code = request.flow is Flow.SAME_DEVICE and request.status is Status.ANSWERED
        return self._asked(request, is_hidden=needs_code and not has_code)

    async def asker(self, request_id: str) -> Asker:
        """Who asked, and why, for the wallet of this deployment. Raises ``NotFound``."""
        request = await self._open(request_id)
        return Asker(
            key_id=request.owner,
            licence_number=request.licence_number,
            purpose=request.purpose.decode(),
            programme=request.programme,
        )

    async def for_owner(self, request_id: str, owner: str) -> Asked:
        """A request for the API key that made it. Raises ``NotFound`` for any other."""
        request = await self._open(request_id)
        if not _same(owner, request.owner):
            raise NotFound(_NOT_OPEN)
        return self._asked(request, is_hidden=False)

    async def sweep(self) -> None:
        """Delete every request whose time is over, and the data key of each."""
        await self._database.write(self._sealed.forget_over, self._clock.now())

    async def _open(self, request_id: str) -> StoredRequest:
        request = await self._database.read(self._sealed.get, request_id, self._clock.now())
        if request is None:
            raise NotFound(_NOT_OPEN)
        return request

    async def _judged(self, request: StoredRequest, response: VpResponse) -> Outcome:
        """The outcome; where there is none, the request has had its response all the same."""
        try:
            judged = await judge(
                self._shell.sitting(),
                parse_dcql(request.query),
                response.vp_token,
                nonce=request.nonce,
                client_id=request.client_id,
                transaction_data=_transaction_data(request),
            )
            outcome = judged.outcome
            if request.watch is not None and outcome.is_good:
                await self._watching.add(WatchWish.kept(request.watch), judged.places)
        except PassportError:
            await self._finish(request.id, Status.REFUSED)
            raise
        for verification in outcome.verifications:
            self._presented(verification)
        return outcome

    async def _finish(
        self, request_id: str, status: Status, outcome: Outcome | None = None, code: str | None = None
    ) -> None:
        finish = partial(
            self._sealed.finish,
            result=None if outcome is None else outcome_bytes(outcome),
            response_code=None if code is None else _digest(code),
            expires=self._clock.now() + LIFETIME,
        )
        await self._database.write(finish, request_id, status)

    def _asked(self, request: StoredRequest, *, is_hidden: bool) -> Asked:
        shown = None if is_hidden or request.result is None else outcome_of(request.result)
        return Asked(
            id=request.id,
            flow=request.flow,
            status=Status.WAITING if is_hidden else request.status,
            purpose=request.purpose.decode(),
            link=self._link(request),
            outcome=shown,
            programme=request.programme,
        )

    def _link(self, request: StoredRequest) -> str:
        if self.identity.prefix.is_signed:
            request_uri = f"{self._base_url}/verify/request/{request.id}"
            return by_reference(request.client_id, request_uri, endpoint=self.identity.endpoint)
        return by_value(self._authorization_request(request), endpoint=self.identity.endpoint)

    def _authorization_request(self, request: StoredRequest) -> AuthorizationRequest:
        key = request.response_key
        return AuthorizationRequest(
            client_id=request.client_id,
            response_uri=self._response_uri(request.id),
            response_mode=ResponseMode(request.response_mode),
            nonce=request.nonce,
            state=request.state,
            query=parse_dcql(request.query),
            encryption_key=None if key is None else InMemorySigner(key, "", key_type=KeyType.P256).public_key,
            transaction_data=_transaction_data(request),
        )

    def _formats(self, flow: Flow, watch: WatchWish | None) -> tuple[CredentialFormat, ...]:
        """Every format, but for a QR code that holds the whole request: it must stay readable."""
        if watch is None and (self.identity.prefix.is_signed or flow is Flow.SAME_DEVICE):
            return self.identity.formats
        return (CredentialFormat.SD_JWT_VC,)

    def _response_uri(self, request_id: str) -> str:
        return f"{self._base_url}/verify/response/{request_id}"


def _transaction_data(request: StoredRequest) -> tuple[str, ...]:
    if request.watch is None:
        return ()
    wish = WatchWish.kept(request.watch)
    identifiers = [query.id for query in parse_dcql(request.query).credentials]
    return (encode_watch(identifiers, until=wish.until, verifier=request.client_id),)


def _response(request: StoredRequest, fields: Mapping[str, str]) -> VpResponse | ErrorResponse:
    """The response in the mode that was asked for. Only a refusal may come unencrypted (section 8.3.1)."""
    response = parse_form(fields)
    if isinstance(response, EncryptedResponse):
        if request.response_key is None:
            raise MalformedValue("An encrypted response was not asked for.", pointer="/response")
        return parse_response(decrypt_response(response.token, request.response_key))
    if isinstance(response, VpResponse) and request.response_key is not None:
        raise MalformedValue("The response must be encrypted.", pointer="/response")
    return response


def _complaints(outcome: Outcome) -> tuple[Finding, ...]:
    """What is wrong with a response, for the wallet: nothing of what is true of the credential."""
    about = [finding for one in outcome.verifications for finding in one.findings]
    return (*outcome.findings, *about) or (
        Finding(type=ProblemType.PROOF_VERIFICATION_ERROR, detail="The presentation is not accepted."),
    )


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _same(given: str, kept: str | None) -> bool:
    return kept is not None and hmac.compare_digest(given.encode(), kept.encode())
