"""The two bodies over X-Road. Their interfaces are not published: these forms are this product's proposal.

What an answer holds beyond them is not read, so that a finding or a number that comes along goes no further.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from itertools import islice
from typing import Annotated, Final, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from issuer.rld.port import RldUnavailable, Trouble
from issuer.rld.xroad import XRoadClient
from issuer.status.port import HEALTH, NSSF, Cells

BATCH_SIZE: Final = 100
_Number = Annotated[str, Field(min_length=3, max_length=40)]


class _Form(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class _Member(_Form):
    rld_number: _Number
    active: bool
    active_on: date


class _Members(_Form):
    members: list[_Member] = Field(max_length=BATCH_SIZE)


class _Check(_Form):
    rld_number: _Number
    fit: bool
    examined_on: date
    consent_on: date
    consent_by: Literal["signature", "thumbprint"]


class _Checks(_Form):
    checks: list[_Check] = Field(max_length=BATCH_SIZE)


_Answer = TypeVar("_Answer", bound=BaseModel)


class XRoadStatus:
    """``StatusPort`` over X-Road; ``service_code`` is called and ``read`` understands its answer."""

    def __init__(
        self, client: XRoadClient, service_code: str, read: Callable[[bytes], Mapping[str, Cells]]
    ) -> None:
        self._client = client
        self._service_code = service_code
        self._read = read

    async def aclose(self) -> None:
        """See ``StatusPort``."""
        await self._client.aclose()

    async def ask(self, numbers: Sequence[str]) -> Mapping[str, Cells | None]:
        """See ``StatusPort``; asked in batches."""
        found: dict[str, Cells | None] = dict.fromkeys(numbers)
        remaining = iter(tuple(found))
        while batch := list(islice(remaining, BATCH_SIZE)):
            answered = self._read(await self._client.call(self._service_code, {"rld_numbers": batch}))
            if not answered.keys() <= set(batch):
                raise RldUnavailable(Trouble.UNUSABLE, "The answer is about somebody nobody asked for.")
            found |= answered
        return found


def over_x_road(kind: str, client: XRoadClient) -> XRoadStatus:
    """The port of one of ``port.BODIES``."""
    service_code, read = {NSSF: ("membership", _read_members), HEALTH: ("health-checks", _read_checks)}[kind]
    return XRoadStatus(client, service_code, read)


def _read_members(data: bytes) -> dict[str, Cells]:
    return {
        one.rld_number: {"active_on": one.active_on.isoformat(), "active": "yes" if one.active else "no"}
        for one in _parsed(_Members, data).members
    }


def _read_checks(data: bytes) -> dict[str, Cells]:
    return {
        one.rld_number: {
            "examined_on": one.examined_on.isoformat(),
            "fit": "fit" if one.fit else "not fit",
            "consent_on": one.consent_on.isoformat(),
            "consent_by": one.consent_by,
        }
        for one in _parsed(_Checks, data).checks
    }


def _parsed(form: type[_Answer], data: bytes) -> _Answer:
    try:
        return form.model_validate_json(data)
    except ValidationError as error:
        raise RldUnavailable(Trouble.UNUSABLE, "The answer cannot be read.") from error
