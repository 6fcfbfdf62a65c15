"""Enveloped credentials and presentations: a secured form inside a ``data:`` URL.

VC Data Model 2.0 sections 4.13.1 and 4.13.2, RFC 2397. Nothing signs the envelope itself, so it may
say nothing but what it is: further members are refused.
"""

import base64
import binascii
import re
from collections.abc import Mapping

import msgspec

from vc.encoding.strict_json import JsonObject, JsonValue
from vc.errors import Finding, MalformedValue
from vc.jose.media_types import MediaType
from vc.model.credential import CREDENTIALS_V2, as_list, types_of
from vc.model.presentation import ENVELOPED_CREDENTIAL, ENVELOPED_PRESENTATION

_MEMBERS = {"@context", "id", "type"}
_DATA_URL = re.compile(r"data:(?P<media_type>[a-z0-9/+.-]{1,60})(?P<base64>;base64)?,")
_VISIBLE = bytes(range(ord("!"), ord("~") + 1))


class Envelope(msgspec.Struct, frozen=True, kw_only=True):
    """What an envelope holds: the secured form, not looked into."""

    media_type: MediaType
    content: bytes

    @property
    def token(self) -> str:
        """The content as text: a JWT or an SD-JWT."""
        return self.content.decode("ascii")


def envelop(media_type: MediaType, content: str | bytes) -> JsonObject:
    """Put a secured form into an envelope: text for JOSE and SD-JWT, bytes for COSE."""
    if isinstance(content, bytes):
        data = f"{media_type};base64,{base64.b64encode(content).decode('ascii')}"
    else:
        data = f"{media_type},{content}"
    kind = ENVELOPED_PRESENTATION if media_type.is_presentation else ENVELOPED_CREDENTIAL
    return {"@context": [CREDENTIALS_V2], "id": f"data:{data}", "type": kind}


def envelop_credential(token: str) -> JsonObject:
    """Put a credential secured as JWT into its envelope."""
    return envelop(MediaType.VC_JWT, token)


def envelop_presentation(token: str) -> JsonObject:
    """Put a presentation secured as JWT into its envelope."""
    return envelop(MediaType.VP_JWT, token)


def is_envelope(document: Mapping[str, JsonValue]) -> bool:
    """Say whether a document calls itself enveloped, rightly or not."""
    return not types_of(document).isdisjoint((ENVELOPED_CREDENTIAL, ENVELOPED_PRESENTATION))


def open_envelope(document: Mapping[str, JsonValue]) -> Envelope:
    """Take the secured form out of its envelope.

    Raises MalformedValue, with a JSON pointer, for a wrong context or type, for further members, for
    an ``id`` that is no ``data:`` URL of a media type known here, and for one that does not go with
    the type.
    """
    media_type, data = _read_form(document)
    if not data or not data.isascii() or data.encode("ascii").translate(None, _VISIBLE):
        raise MalformedValue("The data: URL has a character that no URL has.", pointer="/id")
    content = decode_base64(data) if media_type.is_cose else data.encode("ascii")
    return Envelope(media_type=media_type, content=content)


def check_enveloped_credentials(presentation: Mapping[str, JsonValue]) -> tuple[Finding, ...]:
    """Say which credentials of a presentation are not secured by an envelope.

    VC-JOSE-COSE 1.0 sections 3.1.2, 3.2.2 and 3.3.2. What the envelopes hold is not looked into.
    """
    findings: list[Finding] = []
    credentials = presentation.get("verifiableCredential")
    for position, item in enumerate(as_list(credentials)):
        pointer = "/verifiableCredential" + (f"/{position}" if isinstance(credentials, list) else "")
        try:
            _read_form(item if isinstance(item, dict) else {})
        except MalformedValue as error:
            findings.append(Finding(type=error.default_type, detail=str(error), pointer=pointer))
    return tuple(findings)


def decode_base64(text: str) -> bytes:
    """Read base64 with padding (RFC 4648 section 4), canonical spellings only; or MalformedValue."""
    try:
        data = base64.b64decode(text)
    except (binascii.Error, ValueError):
        raise MalformedValue("A value is not base64.") from None
    if base64.b64encode(data).decode("ascii") != text:
        raise MalformedValue("A base64 value is not in its canonical spelling.")
    return data


def _read_form(document: Mapping[str, JsonValue]) -> tuple[MediaType, str]:
    if CREDENTIALS_V2 not in as_list(document.get("@context")):
        raise MalformedValue("The context of VC Data Model 2.0 is missing.", pointer="/@context")
    types = as_list(document.get("type"))
    if types not in ([ENVELOPED_CREDENTIAL], [ENVELOPED_PRESENTATION]):
        raise MalformedValue("The type is not that of an envelope.", pointer="/type")
    if not document.keys() <= _MEMBERS:
        raise MalformedValue("An envelope has a member that nothing secures.")
    media_type, data = _split_data_url(document.get("id"))
    if media_type.is_presentation != (types == [ENVELOPED_PRESENTATION]):
        raise MalformedValue("The envelope holds another kind than its type says.", pointer="/type")
    return media_type, data


def _split_data_url(url: JsonValue) -> tuple[MediaType, str]:
    match = _DATA_URL.match(url) if isinstance(url, str) else None
    if match is None:
        raise MalformedValue("The identifier is not a data: URL.", pointer="/id")
    try:
        media_type = MediaType(match["media_type"])
    except ValueError:
        raise MalformedValue("The envelope holds a media type not supported.", pointer="/id") from None
    # One spelling each: base64 for what is binary, the bare token for what is text.
    if media_type.is_cose != (match["base64"] is not None):
        raise MalformedValue("The data: URL has the wrong encoding.", pointer="/id")
    return media_type, match.string[match.end() :]
