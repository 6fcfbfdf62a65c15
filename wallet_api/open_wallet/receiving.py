"""Taking an offer: looked at, shown to the holder, redeemed with their code and PIN, verified, kept."""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from urllib.parse import urlencode

import orjson

from runtime.auth import Principal
from runtime.entropy import random_token
from runtime.i18n import gettext_noop
from runtime.service import ServiceContext
from runtime.verification import VerificationShell
from vc.encoding.strict_json import JsonObject, JsonValue
from vc.errors import ConflictError, EvidenceUnavailable, MalformedValue, ProtocolError
from vc.oid4vc.issuance_answers import Deferred
from vc.oid4vc.issuer_metadata import (
    AUTHORIZATION_CODE_GRANT,
    AUTHORIZATION_DETAILS_TYPE,
    PRE_AUTHORIZED_CODE_GRANT,
)
from vc.oid4vc.oauth_errors import ErrorCode
from vc.oid4vc.pkce import METHOD, challenge_of
from vc.oid4vc.received_metadata import (
    OfferedConfiguration,
    parse_issuer_metadata,
    parse_server_metadata,
    server_of,
)
from vc.oid4vc.received_offer import Authorization, PreAuthorized, parse_offer
from vc.oid4vc.wallet_proofs import sign_key_proof
from wallet_api.holder_keys import HolderKey, new_holder_key, seal_holder_key
from wallet_api.open_wallet.awaiting import Awaiting, Expected, ExpectedKey
from wallet_api.open_wallet.doors import Refused
from wallet_api.open_wallet.intakes import Intake, Intakes, SignIn, intake_of, raw_intake
from wallet_api.open_wallet.issuance_client import Access, IssuanceClient
from wallet_api.open_wallet.issuers import KnownIssuers
from wallet_api.open_wallet.received import Received, key_place, new_copy_id
from wallet_api.open_wallet.received_store import forget_over
from wallet_api.service import NotAccepted
from wallet_api.unlocking import Unlocked
from wallet_api.visible import is_limited, number_of

AT_ONCE: Final = 5
_ID_BITS: Final = 80
_SECRET_BITS: Final = 256
_DAY: Final = timedelta(hours=24)
_NOT_ELSEWHERE: Final = gettext_noop("You began this somewhere else, or another answered. Begin again.")
_NOTHING_FOR_US: Final = gettext_noop("What is offered cannot be kept here.")
_NO_SIGN_IN: Final = gettext_noop("This issuer lets nobody sign in as is needed here.")


class WrongCode(ConflictError):
    """The issuer did not take the code that was typed; the offer can be tried again."""

    def __init__(self) -> None:
        super().__init__(
            gettext_noop("The issuer did not accept this. Check the code, or ask for a new offer.")
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Taken:
    """What came of an offer: ids of what was kept, and how much else there is.

    ``awaited`` is made later, ``refused`` was not acceptable, ``missed`` did not come.
    """

    document_ids: tuple[str, ...]
    awaited: int
    refused: int
    missed: int


class Receiving:
    """Offers to the holders of one wallet."""

    def __init__(
        self,
        context: ServiceContext,
        *,
        issuers: KnownIssuers,
        received: Received,
        shell: VerificationShell | None,
    ) -> None:
        """Without ``shell`` nothing can be verified, and nothing is taken."""
        self._context = context
        self._personal = context.personal
        self._issuers = issuers
        self._received = received
        self._client = IssuanceClient(context)
        self._intakes = Intakes(context)
        self.awaiting: Final = Awaiting(context, self._client, received, shell)

    async def look(self, who: Principal, link: str) -> str:
        """Look at an offer; the id under which its holder finds it.

        The issuer is asked nothing before it is known to be one that credentials are taken from. Raises
        ``IssuerNotKnown``, ``EvidenceUnavailable``, ``ProtocolError``.
        """
        raw_offer = await self._client.offer(link)
        offer = parse_offer(raw_offer)
        standing = await self._issuers.require(offer.issuer)
        raw_metadata = await self._client.issuer_metadata(offer.issuer)
        intake_id = random_token(_ID_BITS)
        named = offer.grant.authorization_server
        metadata = parse_issuer_metadata(raw_metadata, issuer=offer.issuer)
        server = server_of(metadata, named)
        raw_server = await self._client.server_metadata(server)
        parse_server_metadata(raw_server, issuer=server)
        raw = raw_intake(raw_offer, raw_metadata, raw_server, standing, is_limited=is_limited(who))
        intake = intake_of(intake_id, raw)
        if not intake.configurations:
            raise MalformedValue(_NOTHING_FOR_US, pointer="/credential_configuration_ids")
        if intake.needs_sign_in and intake.server.authorization_endpoint is None:
            raise MalformedValue(_NO_SIGN_IN, pointer="/grants")
        await self._intakes.add(self._personal.person(number_of(who)), intake)
        return intake_id

    async def offered(self, who: Principal, intake_id: str) -> Intake:
        """An offer that this holder looked at. Raises ``NotFound``."""
        return await self._intakes.get(self._personal.person(number_of(who)), intake_id)

    async def take(self, unlocked: Unlocked, intake_id: str, tx_code: str) -> Taken:
        """Redeem an offer with the code that was typed.

        Raises ``WrongCode``, ``NotFound``, ``ConflictError``, ``EvidenceUnavailable``, ``ProtocolError``.
        """
        intake = await self._intakes.get(unlocked.holder, intake_id)
        grant = intake.offer.grant
        if not isinstance(grant, PreAuthorized):
            raise ConflictError(_NOT_ELSEWHERE)
        fields = {"grant_type": PRE_AUTHORIZED_CODE_GRANT, "pre-authorized_code": grant.code}
        if grant.tx_code is not None:
            fields["tx_code"] = tx_code
        await self._intakes.claim(intake)
        try:
            access = await self._client.token(intake.server, fields)
        except Refused as refused:
            await self._intakes.release(intake)
            if refused.error in (ErrorCode.INVALID_GRANT, ErrorCode.INVALID_REQUEST):
                raise WrongCode from None
            raise
        except (EvidenceUnavailable, ProtocolError):
            await self._intakes.release(intake)
            raise
        return await self._redeemed(unlocked, intake, access, client_id=None)

    async def begin_sign_in(self, who: Principal, intake_id: str, *, session: str) -> str:
        """Where the holder signs in at the issuer; ``session`` stands for their session here.

        Raises ``NotFound``, ``ConflictError``, ``EvidenceUnavailable``, ``ProtocolError``.
        """
        holder = self._personal.person(number_of(who))
        intake = await self._intakes.get(holder, intake_id)
        endpoint = intake.server.authorization_endpoint
        grant = intake.offer.grant
        if endpoint is None or not isinstance(grant, Authorization):
            raise ConflictError(_NO_SIGN_IN)
        sign_in = SignIn(
            state=f"{intake_id}.{random_token(_SECRET_BITS)}",
            verifier=random_token(_SECRET_BITS),
            session=session,
        )
        fields = self._authorization(intake, grant, sign_in)
        await self._intakes.send_away(holder, intake.signing_in(sign_in))
        if intake.server.pushed_endpoint is not None:
            request_uri = await self._client.push(intake.server.pushed_endpoint, fields)
            fields = {"client_id": self._client.client_id, "request_uri": request_uri}
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(fields)}"

    async def finish_sign_in(
        self, unlocked: Unlocked, *, state: str, code: str, issuer: str | None, session: str
    ) -> Taken:
        """Redeem an offer with the code that came back.

        It counts only in the session in which it was begun, and only from the server that was asked
        (RFC 9207): that is looked at before the code is sent anywhere. Raises as ``take``.
        """
        intake = await self._intakes.get(unlocked.holder, state.partition(".")[0])
        going_on = intake.sign_in
        if going_on is None or not _same(going_on.state, state) or not _same(going_on.session, session):
            raise ConflictError(_NOT_ELSEWHERE)
        expected = intake.server.issuer
        if (issuer is None and intake.server.names_itself) or issuer not in (None, expected):
            raise ConflictError(_NOT_ELSEWHERE)
        fields = {
            "grant_type": AUTHORIZATION_CODE_GRANT,
            "code": code,
            "redirect_uri": self._client.redirect_uri,
            "client_id": self._client.client_id,
            "code_verifier": going_on.verifier,
        }
        await self._intakes.claim(intake)
        try:
            access = await self._client.token(intake.server, fields)
        except (Refused, EvidenceUnavailable, ProtocolError):
            # The code is good once, whatever came of it.
            await self._intakes.forget(intake)
            raise
        return await self._redeemed(unlocked, intake, access, client_id=self._client.client_id)

    async def sweep(self) -> None:
        """Forget offers whose time is over."""
        await self._context.database.write(forget_over, self._context.clock.now())

    def _authorization(self, intake: Intake, grant: Authorization, sign_in: SignIn) -> dict[str, str]:
        fields = {
            "response_type": "code",
            "client_id": self._client.client_id,
            "redirect_uri": self._client.redirect_uri,
            "state": sign_in.state,
            "code_challenge": challenge_of(sign_in.verifier),
            "code_challenge_method": METHOD,
        }
        scopes = [one.scope for one in intake.configurations if one.scope is not None]
        if len(scopes) == len(intake.configurations):
            fields["scope"] = " ".join(dict.fromkeys(scopes))
        else:
            fields["authorization_details"] = _details(intake)
        if grant.issuer_state is not None:
            fields["issuer_state"] = grant.issuer_state
        return fields

    async def _redeemed(
        self, unlocked: Unlocked, intake: Intake, access: Access, *, client_id: str | None
    ) -> Taken:
        """Fetch everything that the token is good for; the offer is used up by that."""
        await self._intakes.forget(intake)
        found: list[str] = []
        awaited = refused = missed = 0
        for configuration in intake.configurations:
            for identifier in access.token.identifiers.get(configuration.id, (None,)):
                try:
                    kept = await self._fetch(
                        unlocked, intake, access, configuration, identifier, client_id=client_id
                    )
                except (NotAccepted, Refused, MalformedValue):
                    refused += 1
                except EvidenceUnavailable:
                    missed += 1
                else:
                    found += [] if kept is None else [kept]
                    awaited += kept is None
        return Taken(document_ids=tuple(found), awaited=awaited, refused=refused, missed=missed)

    async def _fetch(
        self,
        unlocked: Unlocked,
        intake: Intake,
        access: Access,
        configuration: OfferedConfiguration,
        identifier: str | None,
        *,
        client_id: str | None,
    ) -> str | None:
        """The id of what was kept; None where it is made later."""
        keys = [new_holder_key() for _ in range(min(AT_ONCE, intake.metadata.batch_size))]
        nonce = await self._client.nonce(intake.metadata)
        proofs = [
            sign_key_proof(
                key.signer(),
                binding=configuration.binding,
                audience=intake.metadata.issuer,
                nonce=nonce,
                issued_at=self._context.clock.now(),
                client_id=client_id,
            )
            for key in keys
        ]
        answer = await self._client.credentials(
            intake.metadata.credential_endpoint,
            access,
            configuration_id=configuration.id,
            identifier=identifier,
            proofs=proofs,
        )
        transaction_id = answer.transaction_id if isinstance(answer, Deferred) else None
        expected = _expected(
            unlocked, intake, access, configuration, keys=keys, transaction_id=transaction_id
        )
        if isinstance(answer, Deferred):
            expires = self._context.clock.now() + _DAY
            await self.awaiting.wait(unlocked.holder, expected, after=answer.interval, until=expires)
            return None
        return await self.awaiting.arrive(unlocked.holder, expected, answer)


def _details(intake: Intake) -> str:
    """Authorization details for what is offered (section 5.1.1)."""
    details: list[JsonValue] = []
    for one in intake.configurations:
        detail: JsonObject = {"type": AUTHORIZATION_DETAILS_TYPE, "credential_configuration_id": one.id}
        if intake.metadata.authorization_servers != (intake.metadata.issuer,):
            detail["locations"] = [intake.metadata.issuer]
        details.append(detail)
    return orjson.dumps(details).decode()


def _same(given: str, kept: str) -> bool:
    return hmac.compare_digest(given.encode(), kept.encode())


def _expected(
    unlocked: Unlocked,
    intake: Intake,
    access: Access,
    configuration: OfferedConfiguration,
    *,
    keys: Sequence[HolderKey],
    transaction_id: str | None,
) -> Expected:
    sealed = []
    for key in keys:
        copy_id = new_copy_id()
        sealed.append(
            ExpectedKey(
                copy_id=copy_id,
                public=key.public,
                sealed=seal_holder_key(unlocked, key, key_place(copy_id)),
            )
        )
    return Expected(
        issuer=intake.metadata.issuer,
        issuer_names=intake.metadata.names,
        standing=intake.standing,
        names=configuration.names,
        format=configuration.format,
        deferred_endpoint=intake.metadata.deferred_endpoint,
        notification_endpoint=intake.metadata.notification_endpoint,
        access=access,
        transaction_id=transaction_id,
        keys=tuple(sealed),
        is_limited=unlocked.is_limited or intake.is_limited,
    )
