"""What the wallet does: take a credential in after checking it, and show it to its holder only."""

import re
from asyncio import gather
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Final

import orjson

from runtime.audit_log import Entry, record
from runtime.auth import safe_next_path
from runtime.service import ServiceContext
from vc.encoding.strict_json import JsonValue, parse_json_object
from vc.errors import (
    ConflictError,
    EvidenceUnavailable,
    Finding,
    MalformedValue,
    NotFound,
    ProblemType,
    ProtocolError,
)
from vc.model.verdict import Answer, Question, Reason, Verification
from wallet_api import store
from wallet_api.card import Card, read_card
from wallet_api.sealing import Sealing
from wallet_api.store import Connection, SealedCredential

# ``runtime.verification.VerificationShell.verify``, or the like of it.
VerifyCredential = Callable[[bytes], Awaitable[Verification]]

_TABLE: Final = "held_credential"
_CREDENTIAL_ID: Final = re.compile(r"urn:uuid:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_RLD_NUMBER: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{2,39}")
_TYPED_CODE: Final = re.compile(r"[0-9A-Z]{2,8}(?:-[0-9A-Z]{2,8}){0,7}")
_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{22,100}")
_REQUIRED: Final = {
    Question.AUTHENTIC: ProblemType.CRYPTOGRAPHIC_SECURITY_ERROR,
    Question.ENTITLED: ProblemType.ISSUER_NOT_ENTITLED,
}


class NotAccepted(ProtocolError):
    """The credential delivered is not genuine, or its issuer was not entitled."""

    default_type = ProblemType.CRYPTOGRAPHIC_SECURITY_ERROR


@dataclass(frozen=True, kw_only=True, slots=True)
class Delivery:
    """How others find the credential: the verify page, its typed code, the certificate to print."""

    verify_url: str
    typed_code: str
    certificate_path: str


@dataclass(frozen=True, kw_only=True, slots=True)
class HeldCredential:
    """A credential out of its seal: the exact bytes as delivered, and how others find it."""

    id: str
    raw: bytes
    delivery: Delivery

    @property
    def document(self) -> Mapping[str, JsonValue]:
        """The bytes read as JSON; they were verified when they arrived."""
        return parse_json_object(self.raw)


class Wallet:
    """The hosted wallet of one deployment."""

    def __init__(self, context: ServiceContext, verify: VerifyCredential, sealing: Sealing) -> None:
        """``verify`` gives the four verdicts on exact bytes, now."""
        self._context = context
        self._verify = verify
        self._sealing = sealing

    async def receive(self, credential_id: str, *, rld_number: str, raw: bytes, delivery: Delivery) -> bool:
        """Take in a credential for the holder with this RLD number; True when it is new.

        The same bytes for the same holder again change nothing. Raises ``MalformedValue``,
        ``NotAccepted`` (not genuine or not entitled), ``EvidenceUnavailable`` (could not check:
        deliver again later) and ``ConflictError`` (this id stands with other bytes or holder).
        """
        self._require_well_formed(credential_id, rld_number, delivery)
        if parse_json_object(raw).get("id") != credential_id:
            raise MalformedValue("The credential has another id than the address.", pointer="/credential")
        require_accepted(await self._verify(raw))
        held = HeldCredential(id=credential_id, raw=raw, delivery=delivery)
        return await self._context.database.write(self._keep, held, self._sealing.holder_index(rld_number))

    async def cards(self, rld_number: str) -> tuple[Card, ...]:
        """Everything this holder has, each checked now."""
        holder = self._sealing.holder_index(rld_number)
        rows = await self._context.database.read(store.credentials_of_holder, holder)
        return tuple(await gather(*(self._card(self._unseal(row)) for row in rows)))

    async def card(self, rld_number: str, credential_id: str) -> tuple[Card, HeldCredential]:
        """One credential of this holder, checked now. Raises ``NotFound`` for anybody else's."""
        held = await self.held(rld_number, credential_id)
        return await self._card(held), held

    async def held(self, rld_number: str, credential_id: str) -> HeldCredential:
        """One credential of this holder, as delivered. Raises ``NotFound`` for anybody else's."""
        holder = self._sealing.holder_index(rld_number)
        row = await self._context.database.read(store.credential_of_holder_or_none, credential_id, holder)
        if row is None:
            raise NotFound("There is no such credential in this wallet.")
        return self._unseal(row)

    async def _card(self, held: HeldCredential) -> Card:
        return read_card(held.id, held.document, await self._verify(held.raw))

    def _require_well_formed(self, credential_id: str, rld_number: str, delivery: Delivery) -> None:
        if not _CREDENTIAL_ID.fullmatch(credential_id):
            raise MalformedValue("A credential's id is a urn:uuid in small letters.")
        if not _RLD_NUMBER.fullmatch(rld_number):
            raise MalformedValue("The holder is an RLD number.", pointer="/holder")
        # Only our own verify page may ever be shown as this credential's code.
        prefix = f"{self._context.settings.base_url}/v/"
        if not delivery.verify_url.startswith(prefix) or not _TOKEN.fullmatch(
            delivery.verify_url.removeprefix(prefix)
        ):
            raise MalformedValue("The verify URL is one of this deployment's.", pointer="/verify_url")
        if not _TYPED_CODE.fullmatch(delivery.typed_code):
            raise MalformedValue("The typed code is letters and digits in groups.", pointer="/typed_code")
        path = delivery.certificate_path
        if not path or safe_next_path(path, default="") != path:
            raise MalformedValue("The certificate is at a path of this site.", pointer="/certificate_path")

    def _keep(self, connection: Connection, held: HeldCredential, holder: str) -> bool:
        standing = store.credential_or_none(connection, held.id)
        if standing is None:
            store.insert_credential(connection, self._seal(held, holder))
            entry = Entry(actor="issuer", act="credential.receive", object=held.id)
            record(connection, entry, now=self._context.clock.now())
            return True
        if standing.holder_index != holder or self._unseal(standing) != held:
            raise ConflictError("This credential was delivered before with other content.")
        return False

    def _seal(self, held: HeldCredential, holder: str) -> SealedCredential:
        row = _row_name(held.id, holder)
        return SealedCredential(
            id=held.id,
            holder_index=holder,
            key_version=self._sealing.key_version,
            credential=self._sealing.seal(held.raw, table=_TABLE, row=row, column="credential"),
            delivery=self._sealing.seal(
                orjson.dumps(asdict(held.delivery)), table=_TABLE, row=row, column="delivery"
            ),
            received_at=self._context.clock.now(),
        )

    def _unseal(self, sealed: SealedCredential) -> HeldCredential:
        row, version = _row_name(sealed.id, sealed.holder_index), sealed.key_version
        opened = {
            column: self._sealing.unseal(value, table=_TABLE, row=row, column=column, key_version=version)
            for column, value in (("credential", sealed.credential), ("delivery", sealed.delivery))
        }
        delivery = Delivery(**orjson.loads(opened["delivery"]))
        return HeldCredential(id=sealed.id, raw=opened["credential"], delivery=delivery)


def require_accepted(verification: Verification) -> None:
    """Raises unless the credential is authentic and its issuer was entitled.

    *In force* is not asked: a revoked credential is its holder's all the same, and is shown so.
    """
    for question, problem_type in _REQUIRED.items():
        verdict = verification.verdicts[question]
        if verdict.answer is Answer.NO:
            raise NotAccepted(
                "The credential is not accepted.",
                findings=(
                    Finding(type=problem_type, detail=_refusal(question, verdict.reason)),
                    *verification.findings,
                ),
            )
    for question in _REQUIRED:
        verdict = verification.verdicts[question]
        if verdict.answer is Answer.COULD_NOT_CHECK:
            raise EvidenceUnavailable(f"{_refusal(question, verdict.reason)} Deliver it again later.")


def _refusal(question: Question, reason: Reason) -> str:
    return f"The credential is not accepted: {question.value}, {reason.value}."


def _row_name(credential_id: str, holder: str) -> str:
    # The holder is part of the place: a row given to somebody else no longer opens.
    return f"{holder}/{credential_id}"
