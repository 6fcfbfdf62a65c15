"""The unsigned documents the status registry publishes: a list, and the notes beside it.

Only terms of the VCDM 2.0 context stand in a list, so that any Bitstring Status List reader can
check its proof. The notes say since when, which the list cannot; they name no reason.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from vc.encoding.strict_json import JsonValue
from vc.status.bitstring_status_list import encode_list
from vc.status.check import LIST_CREDENTIAL_TYPE, LIST_TYPE
from vc.status.entries import StatusPurpose
from vc.status.fold import IndexState
from vc.status.notes import NOTES_CREDENTIAL_TYPE, NOTES_TYPE

VCDM_CONTEXT = "https://www.w3.org/ns/credentials/v2"


def build_status_list_credential(
    *,
    url: str,
    issuer: str,
    purpose: StatusPurpose,
    length: int,
    states: Mapping[int, IndexState],
    valid_from: datetime,
    valid_until: datetime,
    ttl: timedelta,
) -> dict[str, JsonValue]:
    """The unsigned ``BitstringStatusListCredential`` (section 3.2); every folded index is set."""
    return {
        "@context": [VCDM_CONTEXT],
        "id": url,
        "type": ["VerifiableCredential", LIST_CREDENTIAL_TYPE],
        "issuer": issuer,
        "validFrom": _format_milliseconds(valid_from),
        "validUntil": _format_milliseconds(valid_until),
        "credentialSubject": {
            "id": f"{url}#list",
            "type": LIST_TYPE,
            "statusPurpose": purpose.value,
            "encodedList": encode_list(length, states),
            "ttl": ttl // timedelta(milliseconds=1),
        },
    }


def build_status_notes(
    *,
    url: str,
    context: str,
    issuer: str,
    list_urls: Sequence[str],
    states: Mapping[int, IndexState],
    valid_from: datetime,
    valid_until: datetime,
) -> dict[str, JsonValue]:
    """The unsigned notes: every set index with its state, day (UTC) and successor, by index.

    The *day* alone is said: an hour would help to tell who acted on what.
    """
    notes: list[JsonValue] = [_note(index, states[index]) for index in sorted(states)]
    lists: list[JsonValue] = [*sorted(list_urls)]
    return {
        "@context": [VCDM_CONTEXT, context],
        "id": url,
        "type": ["VerifiableCredential", NOTES_CREDENTIAL_TYPE],
        "issuer": issuer,
        "validFrom": _format_milliseconds(valid_from),
        "validUntil": _format_milliseconds(valid_until),
        "credentialSubject": {
            "id": f"{url}#notes",
            "type": NOTES_TYPE,
            "statusListCredential": lists,
            "statusNote": notes,
        },
    }


def _note(index: int, state: IndexState) -> dict[str, JsonValue]:
    note: dict[str, JsonValue] = {
        "statusListIndex": str(index),
        "state": state.kind.value,
        "effectiveDay": state.since.astimezone(UTC).date().isoformat(),
    }
    if state.successor is not None:
        note["successor"] = state.successor
    return note


def _format_milliseconds(moment: datetime) -> str:
    # Lists of one second must still be ordered, and validFrom is their only order.
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
