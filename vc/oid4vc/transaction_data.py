"""What a holder agrees to beside presenting: transaction data (OpenID4VP 1.0 section 8.4 and appendix B.3.3).

The verifier sends each object in base64url; the holder's key binding names the hash of that text, so that
the agreement is signed with the presentation and with nothing else.
"""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date

from vc.encoding import base64url, jcs
from vc.encoding.strict_json import JsonObject, JsonValue
from vc.errors import Finding, ProblemType

WATCH = "https://skills-passport.example/transactions/watch"
"""To be told until a day when what was presented ends or is suspended."""

_HASHES = "transaction_data_hashes"
_ALGORITHM = "transaction_data_hashes_alg"
_SHA_256 = "sha-256"


def encode_watch(credential_ids: Sequence[str], *, until: date, verifier: str) -> str:
    """The transaction data that asks to watch the credentials of these queries until a day, included."""
    asked: JsonObject = {
        "type": WATCH,
        "credential_ids": list[JsonValue](credential_ids),
        "transaction_data_hashes_alg": [_SHA_256],
        "until": until.isoformat(),
        "verifier": verifier,
    }
    return base64url.encode(jcs.canonicalize(asked))


def check_agreed(binding: Mapping[str, JsonValue], asked: Sequence[str]) -> tuple[Finding, ...]:
    """Whether the claims of a key binding agree to exactly what was ``asked``; empty when they do."""
    if not asked and _HASHES not in binding:
        return ()
    hashes = binding.get(_HASHES)
    expected = {transaction_data_hash(text) for text in asked}
    is_known = binding.get(_ALGORITHM, _SHA_256) == _SHA_256
    if (
        is_known
        and isinstance(hashes, list)
        and len(hashes) == len(expected)
        and set(map(str, hashes)) == expected
    ):
        return ()
    detail = "The presentation does not agree to what was asked beside it."
    return (Finding(type=ProblemType.PROOF_VERIFICATION_ERROR, detail=detail, pointer=f"/{_HASHES}"),)


def transaction_data_hash(text: str) -> str:
    """The hash of one object as it was sent: over its base64url text."""
    return base64url.encode(hashlib.sha256(text.encode("ascii")).digest())
