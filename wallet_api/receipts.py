"""The consent receipt of a share: what its holder agreed to, without a single value of a claim.

It stays when the share has ended, for as long as the access log, and goes with the person.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from runtime.i18n import name_in
from vc.encoding.strict_json import JsonObject, JsonValue
from vc.encoding.timestamps import format_timestamp, parse_timestamp


@dataclass(frozen=True, kw_only=True, slots=True)
class SharedCertificate:
    """A certificate, its type, and the names of the claims of it that are shown."""

    credential_id: str
    type_name: str
    claims: tuple[str, ...]

    def as_json(self) -> JsonObject:
        """As it stands in a receipt."""
        return {"id": self.credential_id, "type": self.type_name, "claims": list[JsonValue](self.claims)}


@dataclass(frozen=True, kw_only=True, slots=True)
class Receipt:
    """What a holder agreed to when they shared.

    ``licence_number`` is None for whoever has the link, and ``names`` is then empty. ``requester`` is the
    kind of asker that the programme was asked about, ``is_watched`` whether they are told until the end
    when a certificate ceases to be in force, ``shows_photo`` whether they may see the labour database's
    photo. ``digests`` are the SHA-256 (hex) of what was presented.
    """

    share_id: str
    licence_number: str | None
    names: Mapping[str, str]
    programme: str
    variant: str | None
    requester: str
    certificates: tuple[SharedCertificate, ...]
    made_at: datetime
    expires_at: datetime
    views: int
    is_watched: bool
    shows_photo: bool
    digests: tuple[str, ...]

    def name(self, language: str) -> str | None:
        """Whom it is for, in a language where the register has it; None for whoever has the link."""
        return name_in(self.names, language)

    @property
    def ids(self) -> frozenset[str]:
        """The ids of the certificates that are shown."""
        return frozenset(one.credential_id for one in self.certificates)

    @property
    def name_in_log(self) -> str:
        """Whom it is for, as logs name it: in Khmer and English. Empty for whoever has the link."""
        return logged_name(self.names)

    def as_kept(self) -> bytes:
        """The receipt as JSON, to be sealed."""
        return orjson.dumps(self.as_json())

    def as_json(self) -> JsonObject:
        """The receipt for its holder, as a file."""
        return {
            "share": self.share_id,
            "licenceNumber": self.licence_number,
            "recipient": dict[str, JsonValue](self.names),
            "programme": self.programme,
            "variant": self.variant,
            "requester": self.requester,
            "certificates": [one.as_json() for one in self.certificates],
            "madeAt": format_timestamp(self.made_at),
            "expiresAt": format_timestamp(self.expires_at),
            "views": self.views,
            "toldWhenRevoked": self.is_watched,
            "photoFromRegister": self.shows_photo,
            "presentationsSha256": list[JsonValue](self.digests),
        }


def logged_name(names: Mapping[str, str]) -> str:
    """An organisation as logs name it: in Khmer and English, as far as ``names`` have them."""
    return " · ".join(dict.fromkeys(names[one] for one in ("km", "en") if one in names))


def kept_certificates(kept: Iterable[Mapping[str, Any]]) -> tuple[SharedCertificate, ...]:
    """The certificates of a receipt, each as ``SharedCertificate.as_json`` wrote it."""
    return tuple(
        SharedCertificate(credential_id=one["id"], type_name=one["type"], claims=tuple(one["claims"]))
        for one in kept
    )


def kept_receipt(data: bytes) -> Receipt:
    """The receipt that ``as_kept`` wrote."""
    kept: dict[str, Any] = orjson.loads(data)
    return Receipt(
        share_id=kept["share"],
        licence_number=kept["licenceNumber"],
        names=kept["recipient"],
        programme=kept["programme"],
        variant=kept["variant"],
        requester=kept["requester"],
        certificates=kept_certificates(kept["certificates"]),
        made_at=parse_timestamp(kept["madeAt"]),
        expires_at=parse_timestamp(kept["expiresAt"]),
        views=kept["views"],
        is_watched=kept["toldWhenRevoked"],
        # Receipts of before photos could be shown say nothing of them.
        shows_photo=kept.get("photoFromRegister") is True,
        digests=tuple(kept["presentationsSha256"]),
    )
