"""The consent receipt of an answer to a verifier: what its holder agreed to, without a value of a claim."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import orjson

from runtime.i18n import name_in
from vc.encoding.strict_json import JsonObject, JsonValue
from vc.encoding.timestamps import format_timestamp, parse_timestamp
from wallet_api.receipts import SharedCertificate, kept_certificates


@dataclass(frozen=True, kw_only=True, slots=True)
class AnswerReceipt:
    """What a holder agreed to. ``names`` are the register's, empty for whoever is unknown.

    ``watched_until`` is how long they are told when something ceases to be in force, None for not at all;
    ``digests`` are the SHA-256 (hex) of what was presented.
    """

    request_id: str
    client_id: str
    host: str
    licence_number: str | None
    names: Mapping[str, str]
    programme: str | None
    certificates: tuple[SharedCertificate, ...]
    made_at: datetime
    watched_until: date | None
    digests: tuple[str, ...]

    def name(self, language: str) -> str | None:
        """Who asked, in a language where the register has it; None for whoever is unknown."""
        return name_in(self.names, language)

    def as_kept(self) -> bytes:
        """The receipt as JSON, to be sealed."""
        return orjson.dumps(self.as_json())

    def as_json(self) -> JsonObject:
        """The receipt for its holder, as a file."""
        return {
            "request": self.request_id,
            "clientId": self.client_id,
            "host": self.host,
            "licenceNumber": self.licence_number,
            "recipient": dict[str, JsonValue](self.names),
            "programme": self.programme,
            "certificates": [one.as_json() for one in self.certificates],
            "madeAt": format_timestamp(self.made_at),
            "watchedUntil": None if self.watched_until is None else self.watched_until.isoformat(),
            "presentationsSha256": list[JsonValue](self.digests),
        }


def kept_answer_receipt(data: bytes) -> AnswerReceipt:
    """The receipt that ``as_kept`` wrote."""
    kept: dict[str, Any] = orjson.loads(data)
    until = kept["watchedUntil"]
    return AnswerReceipt(
        request_id=kept["request"],
        client_id=kept["clientId"],
        host=kept["host"],
        licence_number=kept["licenceNumber"],
        names=kept["recipient"],
        programme=kept["programme"],
        certificates=kept_certificates(kept["certificates"]),
        made_at=parse_timestamp(kept["madeAt"]),
        watched_until=None if until is None else date.fromisoformat(until),
        digests=tuple(kept["presentationsSha256"]),
    )
