"""Whether an agency is licensed, from the trust list that the register publishes: the answer of its pages."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from vc.errors import MalformedValue
from vc.trust.licences import Licence, licence_stands, parse_licence_number


class Standing(StrEnum):
    """How a licence stands, as far as a message has room to say it."""

    LICENSED = "licensed"
    SUSPENDED = "suspended"
    NOT_LICENSED = "not-licensed"
    """Its time has not begun, or is over."""
    UNKNOWN = "unknown"


def licence_typed(licences: Mapping[str, Licence], typed: str) -> Licence | None:
    """The licence whose number was typed; None also for what is no number."""
    try:
        return licences.get(parse_licence_number(typed))
    except MalformedValue:
        return None


def standing_of(licences: Mapping[str, Licence], licence: Licence | None, now: datetime) -> Standing:
    """How ``licence`` stands now; suspended, too, where nobody in good standing vouches any more."""
    if licence is None:
        return Standing.UNKNOWN
    if licence_stands(licences, licence.licence_number, now):
        return Standing.LICENSED
    if licence.valid_until is not None and now >= licence.valid_until:
        return Standing.NOT_LICENSED
    if licence.stands_at(now) or any(one.covers(now) for one in licence.suspensions):
        return Standing.SUSPENDED
    return Standing.NOT_LICENSED
