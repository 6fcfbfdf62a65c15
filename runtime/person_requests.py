"""What a protection officer asks each service about one person, through the trust registry."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection

from runtime.audit_log import Entry, record

RldNumber = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9-]{2,39}$")]
Username = Annotated[str, Field(min_length=1, max_length=64)]


class PersonRequest(BaseModel):
    """Whose data, on whose decision and why. Always a body: a number never stands in an address.

    ``approver`` is the second officer, where the act needs one.
    """

    model_config = ConfigDict(extra="forbid", strict=True)

    rld_number: RldNumber
    actor: Username
    reason: Annotated[str, Field(min_length=1, max_length=2000)]
    approver: Username | None = None

    def to_json(self) -> dict[str, Any]:
        """As it is sent."""
        return self.model_dump()


class ErasureRequest(PersonRequest):
    """An erasure: two officers decided it."""

    approver: Username


def account_for_person(
    connection: Connection, act: str, owner: str, request: PersonRequest, *, now: datetime
) -> None:
    """Write that ``act`` was done to the person behind ``owner``, a blind index. Last in its transaction."""
    entry = Entry(
        actor=request.actor, act=act, object=owner, reason=request.reason, approver=request.approver
    )
    record(connection, entry, now=now)
