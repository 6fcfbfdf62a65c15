"""Credentials that come as a token in an envelope (VC-JOSE-COSE 1.0): the same questions, another seal."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from vc.encoding.strict_json import JsonValue
from vc.errors import Finding, MalformedValue, ProblemType, ProtocolError
from vc.jose.claims import check_times, parse_times, require_verification_method
from vc.jose.envelope import is_envelope, open_envelope
from vc.jose.jws import verify_jws
from vc.jose.media_types import MediaType
from vc.jose.secured import UnverifiedJwt, parse_credential_jwt, parse_presentation_jwt
from vc.model.verdict import Answer, CheckedAgainst, Reason
from vc.sd_jwt.secured import UnverifiedSecuredSdJwt, parse_credential_sd_jwt, parse_presentation_sd_jwt
from vc.trust.trust_list import TrustList
from vc.verify.authentic import ASSERTION, Authenticity, NamedKey, judge_history, resolve_key
from vc.verify.round import Round

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


def check_token(
    current: Round, token: UnverifiedJwt, controller: str, trusted: TrustList | None
) -> Authenticity:
    """Check the signature of ``token``, whose issuer is ``controller``.

    As ``check_authentic`` does for proofs. Raises ``Waiting`` while a key document is missing.
    """
    try:
        method = require_verification_method(token.key_id)
        times = parse_times(token.claims)
    except ProtocolError as error:
        return Authenticity(answer=Answer.NO, reason=Reason.PROOF_INVALID, findings=error.findings)
    faults = check_times(times, now=current.now, skew=current.policy.max_skew)
    if faults:
        return Authenticity(answer=Answer.NO, reason=Reason.PROOF_INVALID, findings=faults)
    named = NamedKey(verification_method=method, pointer=_POINTER, created=times.issued_at)
    key = resolve_key(current, named, controller, ASSERTION, trusted)
    if isinstance(key, Authenticity):
        return replace(key, created=times.issued_at)
    if not verify_jws(token.jws, key):
        detail = "The signature does not match the token and the key."
        finding = Finding(type=ProblemType.PROOF_VERIFICATION_ERROR, detail=detail, pointer=_POINTER)
        return Authenticity(answer=Answer.NO, reason=Reason.PROOF_INVALID, findings=(finding,))
    judged = judge_history(current, trusted, controller, key, named, signed=token.jws.signing_input)
    if judged is not None:
        return judged
    return Authenticity(
        answer=Answer.YES,
        reason=Reason.PROOF_VALID,
        document=token.document,
        created=times.issued_at,
        against=(CheckedAgainst(kind="key", name=method, as_of=times.issued_at),),
    )
