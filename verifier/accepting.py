"""What somebody brought, told apart by what it is: nothing is trusted and nothing is verified here."""

from dataclasses import dataclass
from typing import Final

import orjson

from vc.card.text import is_card_text
from vc.encoding.strict_json import Limits, parse_json_object
from vc.errors import ProtocolError
from vc.jose.envelope import envelop
from vc.jose.jws import parse_jws
from vc.jose.media_types import MediaType, short
from vc.model.credential import types_of
from vc.model.presentation import ENVELOPED_PRESENTATION
from vc.sd_jwt.credential import JWT_TYPE

_LIMITS: Final = Limits(max_members=20_000)
_HEADER_LIMITS: Final = Limits(max_bytes=1_000_000)
_JWS_START: Final = "eyJ"
_SD_JWT_SEPARATOR: Final = "~"
_PRESENTATIONS: Final = frozenset({"VerifiablePresentation", ENVELOPED_PRESENTATION})
_ENVELOPED: Final = {short(kind): kind for kind in MediaType if not kind.is_cose}


@dataclass(frozen=True, kw_only=True, slots=True)
class Credential:
    """The bytes of what claims to be a credential, as JSON; a token stands in its envelope."""

    raw: bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class Presentation:
    """The bytes of what claims to be a presentation, as JSON."""

    raw: bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class SdJwtVc:
    """The text of what claims to be an SD-JWT VC, with a key binding or without."""

    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Card:
    """The text of what claims to be a passport card."""

    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class LinkOrCode:
    """Anything else: it leads to a certificate, or to nothing."""

    text: str


Brought = Credential | Presentation | SdJwtVc | Card | LinkOrCode


def recognise(text: str) -> Brought:
    """What a pasted text, or the text in a file, claims to be."""
    # The last letter of a card may be a space.
    card = text.lstrip("\ufeff \t\r\n").rstrip("\r\n\t")
    if is_card_text(card):
        return Card(text=card)
    text = card.strip()
    if text.startswith("{"):
        return recognise_json(text.encode())
    if text.startswith(_JWS_START):
        return _recognise_token("".join(text.split()))
    return LinkOrCode(text=text)


def recognise_json(raw: bytes) -> Credential | Presentation:
    """A JSON text is a presentation where its type says so, and otherwise a credential, or none."""
    try:
        is_presentation = not types_of(parse_json_object(raw, _LIMITS)).isdisjoint(_PRESENTATIONS)
    except ProtocolError:
        is_presentation = False
    return Presentation(raw=raw) if is_presentation else Credential(raw=raw)


def _recognise_token(text: str) -> Brought:
    """A token goes by its ``typ``; one of any other type is checked as a credential, and found to be none."""
    token, separator, _ = text.partition(_SD_JWT_SEPARATOR)
    try:
        typ = parse_jws(token, _HEADER_LIMITS).header.get("typ")
    except ProtocolError:
        typ = None
    if typ == JWT_TYPE:
        return SdJwtVc(text=text)
    kind = _ENVELOPED.get(typ.lower() if isinstance(typ, str) else "", MediaType.VC_JWT)
    if kind.is_presentation:
        return Presentation(raw=_enveloped(kind, text))
    return Credential(raw=_enveloped(MediaType.VC_SD_JWT if separator else kind, text))


def _enveloped(kind: MediaType, text: str) -> bytes:
    return orjson.dumps(envelop(kind, text))
