"""Credentials that come as a token in an envelope (VC-JOSE-COSE 1.0): the same questions, another seal."""

import msgspec

from vc.crypto.keys import PublicKey
from vc.errors import Finding, ProblemType, ProtocolError
from vc.jose.claims import check_times, parse_times, require_verification_method
from vc.jose.jws import verify_jws
from vc.jose.secured import UnverifiedJwt
from vc.model.verdict import Answer, CheckedAgainst, Reason
from vc.trust.trust_list import TrustList
from vc.verify.authentic import ASSERTION, Authenticity, NamedKey, judge_history, resolve_key
from vc.verify.round import Round

_POINTER = "/id"


def check_token(
    current: Round, token: UnverifiedJwt, controller: str, trusted: TrustList | None, *, digest: str
) -> Authenticity:
    """Check the signature of ``token``, whose issuer is ``controller``.

    ``digest`` is the SHA-256 (hex) of what the token was read from. As ``check_authentic`` does for
    proofs. Raises ``Waiting`` while a key document is missing.
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
        return msgspec.structs.replace(key, created=times.issued_at)
    if not _holds(current, token, key, digest):
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
        since=max((time for time in (times.issued_at, times.not_before) if time is not None), default=None),
        until=times.expires,
        name=digest,
    )


def _holds(current: Round, token: UnverifiedJwt, key: PublicKey, digest: str) -> bool:
    return current.memoised(
        f"token:{digest}:{key.multikey}", bool, lambda: verify_jws(token.jws, key), size=lambda _held: 0
    )
