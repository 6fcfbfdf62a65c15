"""What a holder agrees to beside presenting: transaction data (OpenID4VP 1.0 section 8.4 and appendix B.3.3).

The verifier sends each object in base64url; the holder's key binding names the hash of that text, so that
the agreement is signed with the presentation and with nothing else.
"""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from vc.encoding import base64url, jcs
from vc.encoding.strict_json import JsonObject, JsonValue, Limits, parse_json_object
from vc.errors import Finding, MalformedValue, ProblemType

WATCH = "https://skills-passport.example/transactions/watch"
"""To be told until a day when what was presented ends or is suspended."""

_HASHES = "transaction_data_hashes"
_ALGORITHM = "transaction_data_hashes_alg"
_SHA_256 = "sha-256"
_LIMITS = Limits(max_bytes=4_000, max_depth=6, max_members=200)
_MEMBERS = frozenset({"type", "credential_ids", "transaction_data_hashes_alg", "until", "verifier"})


@dataclass(frozen=True, kw_only=True, slots=True)
class AskedWatch:
    """A holder is asked to let credentials be watched until a day, included."""

    query_ids: tuple[str, ...]
    until: date


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


def parse_asked(text: str, *, query_ids: Collection[str], client_id: str) -> AskedWatch:
    """Read what a holder is asked to agree to by ``client_id``, in a query with these ids.

    Raises MalformedValue for whatever is not known here (section 8.4 lets nothing pass that is not
    understood), and ParseError for what is not strict JSON.
    """
    asked = parse_json_object(base64url.decode(text, max_bytes=_LIMITS.max_bytes), _LIMITS)
    ids, until = asked.get("credential_ids"), asked.get("until")
    algorithms = asked.get("transaction_data_hashes_alg", [_SHA_256])
    is_known = asked.get("type") == WATCH and asked.keys() <= _MEMBERS
    is_ours = asked.get("verifier") == client_id and isinstance(algorithms, list) and _SHA_256 in algorithms
    names = [one for one in ids if isinstance(one, str) and one in query_ids] if isinstance(ids, list) else []
    if not is_known or not is_ours or not names or names != ids:
        raise _unknown()
    try:
        return AskedWatch(query_ids=tuple(names), until=date.fromisoformat(str(until)))
    except ValueError:
        raise _unknown() from None


def _unknown() -> MalformedValue:
    detail = "Something is to be agreed to that is not understood here."
    return MalformedValue(detail, pointer="/transaction_data")


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
