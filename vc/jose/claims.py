"""What a signature says about itself: JWT claims, and CWT claims under the same names.

They are about the signature, not about the credential: ``exp`` ends the signature as ``validUntil``
ends the credential (VC-JOSE-COSE 1.0 section 3.1.3), and each is judged by itself.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final

import msgspec

from vc.encoding.strict_json import JsonValue
from vc.errors import Finding, MalformedValue, ProblemType
from vc.model.credential import as_list, is_url

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# The end of the year 9999.
_LAST_NUMERIC_DATE = 253_402_300_799
# Read for the shape, for the signature and for the dates of one token.
_REMEMBERED: Final = 1_024


class ClaimTimes(msgspec.Struct, frozen=True, kw_only=True):
    """When a signature was made and when it counts; None where it does not say."""

    issued_at: datetime | None
    expires: datetime | None
    not_before: datetime | None


def parse_times(claims: Mapping[str, JsonValue]) -> ClaimTimes:
    """Read ``iat``, ``exp`` and ``nbf`` (RFC 7519 section 4.1), each a number of seconds since 1970.

    Raises MalformedValue for any other value, naming the claim.
    """
    return ClaimTimes(
        issued_at=_numeric_date(claims, "iat"),
        expires=_numeric_date(claims, "exp"),
        not_before=_numeric_date(claims, "nbf"),
    )


def check_times(times: ClaimTimes, *, now: datetime, skew: timedelta) -> tuple[Finding, ...]:
    """Say whether a signature is from the future, not yet good or expired, as of ``now``."""
    findings: list[Finding] = []
    if times.issued_at is not None and times.issued_at > now + skew:
        findings.append(_unfit("The signature says it was made in the future.", "/iat"))
    if times.not_before is not None and times.not_before > now + skew:
        findings.append(_unfit("The signature is not yet good.", "/nbf"))
    if times.expires is not None and times.expires <= now - skew:
        findings.append(_unfit("The signature has expired.", "/exp"))
    return tuple(findings)


def check_audience(
    claims: Mapping[str, JsonValue], *, audience: str | None = None, nonce: str | None = None
) -> tuple[Finding, ...]:
    """Compare ``aud`` and ``nonce`` with what the verifier expects; each only where it is given."""
    findings: list[Finding] = []
    if audience is not None and audience not in as_list(claims.get("aud")):
        detail = "The signature was made for another audience."
        findings.append(Finding(type=ProblemType.INVALID_DOMAIN_ERROR, detail=detail, pointer="/aud"))
    if nonce is not None and claims.get("nonce") != nonce:
        detail = "The signature does not answer the challenge."
        findings.append(Finding(type=ProblemType.INVALID_CHALLENGE_ERROR, detail=detail, pointer="/nonce"))
    return tuple(findings)


def require_verification_method(key_id: str | None) -> str:
    """Return ``kid`` where it is the URL of a verification method (VC-JOSE-COSE 1.0 section 4.3).

    Raises MalformedValue where it is absent or no absolute URL: no key can be found by it.
    """
    if not isinstance(key_id, str) or not is_url(key_id):
        raise MalformedValue("The signature does not name its key by an absolute URL.")
    return key_id


def numeric_date(moment: datetime) -> int:
    """Whole seconds since 1970; raises ValueError for a naive time, which is the caller's fault."""
    if moment.tzinfo is None:
        raise ValueError("a naive datetime cannot be written")
    return (moment - _EPOCH) // timedelta(seconds=1)


def _numeric_date(claims: Mapping[str, JsonValue], name: str) -> datetime | None:
    if name not in claims:
        return None
    value = claims[name]
    if isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value <= _LAST_NUMERIC_DATE:
        return _moment(value)
    raise MalformedValue("A time is not a number of seconds since 1970.", pointer=f"/{name}")


@lru_cache(maxsize=_REMEMBERED)
def _moment(seconds: float) -> datetime:
    return _EPOCH + timedelta(seconds=seconds)


def _unfit(detail: str, pointer: str) -> Finding:
    return Finding(type=ProblemType.PROOF_VERIFICATION_ERROR, detail=detail, pointer=pointer)
