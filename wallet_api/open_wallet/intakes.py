"""An offer while its holder looks at it: what was offered, what its issuer says of itself, how far it is."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final

import orjson

from runtime.personal_data import Place
from runtime.service import ServiceContext
from vc.encoding.strict_json import JsonObject, JsonValue
from vc.errors import ConflictError, NotFound
from vc.oid4vc.received_metadata import (
    IssuerMetadata,
    OfferedConfiguration,
    ServerMetadata,
    parse_issuer_metadata,
    parse_server_metadata,
)
from vc.oid4vc.received_offer import PreAuthorized, ReceivedOffer, TxCode, parse_offer
from wallet_api.open_wallet import received_store as store
from wallet_api.open_wallet.issuers import IssuerStanding
from wallet_api.open_wallet.received_store import Connection, IntakeState, SealedIntake

LIFETIME: Final = timedelta(hours=1)
_NO_OFFER: Final = "There is no such offer, or its time is over."
_BEING_TAKEN: Final = "This offer is being taken already."
_SUPPORTED: Final = "credential_configurations_supported"


@dataclass(frozen=True, kw_only=True, slots=True)
class SignIn:
    """A sign-in at the issuer that is going on. ``session`` is a digest of the holder's session here."""

    state: str
    verifier: str
    session: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Intake:
    """An offer. ``is_limited``: only what the holder chose for that was to be seen when it came."""

    intake_id: str
    offer: ReceivedOffer
    metadata: IssuerMetadata
    server: ServerMetadata
    standing: IssuerStanding
    is_limited: bool
    raw: Mapping[str, Any]
    sign_in: SignIn | None = None

    @property
    def configurations(self) -> tuple[OfferedConfiguration, ...]:
        """What is offered and can be taken."""
        ids, found = self.offer.configuration_ids, self.metadata.configurations
        return tuple(found[one] for one in ids if one in found)

    @property
    def tx_code(self) -> TxCode | None:
        """The Transaction Code that is asked for."""
        grant = self.offer.grant
        return grant.tx_code if isinstance(grant, PreAuthorized) else None

    @property
    def needs_sign_in(self) -> bool:
        """Whether the holder signs in at the issuer first."""
        return not isinstance(self.offer.grant, PreAuthorized)

    def signing_in(self, sign_in: SignIn) -> "Intake":
        """The same, with a sign-in going on."""
        return replace(self, sign_in=sign_in)


def raw_intake(
    offer: JsonObject, metadata: JsonValue, server: JsonValue, standing: IssuerStanding, *, is_limited: bool
) -> dict[str, Any]:
    """What is kept of an offer; of the metadata only the configurations that are offered."""
    kept = dict(metadata) if isinstance(metadata, dict) else {}
    supported, ids = kept.get(_SUPPORTED), offer.get("credential_configuration_ids")
    if isinstance(supported, dict) and isinstance(ids, list):
        kept[_SUPPORTED] = {name: one for name, one in supported.items() if name in ids}
    return {
        "offer": offer,
        "metadata": kept,
        "server": server,
        "standing": standing.value,
        "limited": is_limited,
    }


def intake_of(intake_id: str, raw: Mapping[str, Any]) -> Intake:
    """Read what ``raw_intake`` kept, as strictly as when it came."""
    offer = parse_offer(raw["offer"])
    metadata = parse_issuer_metadata(raw["metadata"], issuer=offer.issuer)
    going_on = raw.get("sign_in")
    return Intake(
        intake_id=intake_id,
        offer=offer,
        metadata=metadata,
        server=parse_server_metadata(raw["server"], issuer=str(raw["server"].get("issuer"))),
        standing=IssuerStanding(raw["standing"]),
        is_limited=raw["limited"],
        raw=raw,
        sign_in=None if going_on is None else SignIn(**going_on),
    )


class Intakes:
    """The offers that the holders of one wallet look at."""

    def __init__(self, context: ServiceContext) -> None:
        self._context = context
        self._personal = context.personal

    async def add(self, holder: str, intake: Intake) -> None:
        """Keep an offer for its holder alone."""
        await self._context.database.write(self._insert, holder, intake)

    async def get(self, holder: str, intake_id: str) -> Intake:
        """An offer of this holder. Raises ``NotFound``."""
        return await self._context.database.read(self._open, holder, intake_id)

    async def send_away(self, holder: str, intake: Intake) -> None:
        """Note that its holder goes to sign in at the issuer. Raises ``ConflictError``."""
        await self._context.database.write(self._away, holder, intake)

    async def claim(self, intake: Intake) -> None:
        """Take an offer for redeeming it, once. Raises ``ConflictError`` where somebody else does."""
        before = IntakeState.OPEN if intake.sign_in is None else IntakeState.AWAY
        moved = await self._context.database.write(
            store.move_intake, intake.intake_id, before, IntakeState.TAKING
        )
        if not moved:
            raise ConflictError(_BEING_TAKEN)

    async def release(self, intake: Intake) -> None:
        """Let an offer be tried again: what was typed with it was not right."""
        await self._context.database.write(
            store.move_intake, intake.intake_id, IntakeState.TAKING, IntakeState.OPEN
        )

    async def forget(self, intake: Intake) -> None:
        """Delete an offer that was redeemed or cannot be."""
        await self._context.database.write(store.forget_intake, intake.intake_id)

    def _insert(self, connection: Connection, holder: str, intake: Intake) -> None:
        keys = self._personal.ensure_keys(connection, [holder])
        sealed = SealedIntake(
            intake_id=intake.intake_id,
            holder_index=holder,
            state=IntakeState.OPEN,
            sealed=keys.seal(holder, _bytes(intake), _place(intake.intake_id)),
            expires_at=self._context.clock.now() + LIFETIME,
        )
        store.insert_intake(connection, sealed)

    def _open(self, connection: Connection, holder: str, intake_id: str) -> Intake:
        found = store.intake_or_none(connection, intake_id, holder, self._context.clock.now())
        if found is None:
            raise NotFound(_NO_OFFER)
        keys = self._personal.keys(connection, [holder])
        return intake_of(intake_id, orjson.loads(keys.unseal(holder, found.sealed, _place(intake_id))))

    def _away(self, connection: Connection, holder: str, intake: Intake) -> None:
        keys = self._personal.ensure_keys(connection, [holder])
        sealed = keys.seal(holder, _bytes(intake), _place(intake.intake_id))
        found = store.intake_or_none(connection, intake.intake_id, holder, self._context.clock.now())
        # Whoever begins again, from the page of the offer, makes the sign-in before good for nothing.
        before = IntakeState.OPEN if found is None else found.state
        if before is IntakeState.TAKING or not store.move_intake(
            connection, intake.intake_id, before, IntakeState.AWAY, sealed=sealed
        ):
            raise ConflictError(_BEING_TAKEN)


def _bytes(intake: Intake) -> bytes:
    kept = dict(intake.raw)
    if intake.sign_in is not None:
        one = intake.sign_in
        kept["sign_in"] = {"state": one.state, "verifier": one.verifier, "session": one.session}
    return orjson.dumps(kept)


def _place(intake_id: str) -> Place:
    return Place(table="intake", row=intake_id, column="sealed")
