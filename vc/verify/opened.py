"""Opening envelopes: which token an enveloped credential or presentation holds."""

from collections.abc import Callable, Mapping

from vc.encoding.strict_json import JsonValue
from vc.errors import MalformedValue
from vc.jose.envelope import is_envelope, open_envelope
from vc.jose.media_types import MediaType
from vc.jose.secured import UnverifiedJwt, parse_credential_jwt, parse_presentation_jwt
from vc.sd_jwt.secured import UnverifiedSecuredSdJwt, parse_credential_sd_jwt, parse_presentation_sd_jwt

_POINTER = "/id"


def open_token(document: Mapping[str, JsonValue]) -> UnverifiedJwt | None:
    """The token of an enveloped credential; None where the document is no envelope.

    An SD-JWT is opened with what is disclosed in its place. Raises ProtocolError for an envelope that is
    not well formed, or holds something else than a ``vc+jwt`` or ``vc+sd-jwt``.
    """
    return _opened(
        document,
        {
            MediaType.VC_JWT: parse_credential_jwt,
            MediaType.VC_SD_JWT: _with_disclosures(parse_credential_sd_jwt),
        },
    )


def open_presentation_token(document: Mapping[str, JsonValue]) -> UnverifiedJwt | None:
    """The token of an enveloped presentation (``vp+jwt`` or ``vp+sd-jwt``), as ``open_token``."""
    return _opened(
        document,
        {
            MediaType.VP_JWT: parse_presentation_jwt,
            MediaType.VP_SD_JWT: _with_disclosures(parse_presentation_sd_jwt),
        },
    )


def _opened(
    document: Mapping[str, JsonValue], parsers: Mapping[MediaType, Callable[[str], UnverifiedJwt]]
) -> UnverifiedJwt | None:
    if not is_envelope(document):
        return None
    envelope = open_envelope(document)
    parse = parsers.get(envelope.media_type)
    if parse is None:
        raise MalformedValue("The envelope holds something that is not read here.", pointer=_POINTER)
    return parse(envelope.token)


def _with_disclosures(parse: Callable[[str], UnverifiedSecuredSdJwt]) -> Callable[[str], UnverifiedJwt]:
    def parsed(token: str) -> UnverifiedJwt:
        read = parse(token)
        return UnverifiedJwt(
            jws=read.jws, document=read.document, claims=read.claims, withholds=read.withholds
        )

    return parsed
