"""What a monitor says about status lists: signed, fresh, never losing an end, all encodings alike.

As in ``judge``, each function moves the state on where all is well, and leaves it where not.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from passport.monitor.judge import MAX_SKEW, Observation
from passport.monitor.state import SeenList, State
from vc.cose.sign1 import verify_sign1
from vc.crypto.keys import PublicKey
from vc.encoding.strict_json import JsonValue, Limits, parse_json_object
from vc.encoding.timestamps import parse_timestamp
from vc.errors import ProtocolError
from vc.jose.jws import verify_jws
from vc.jose.secured import parse_credential_jwt
from vc.model.credential import issuer_id
from vc.proof.data_integrity import parse_proofs, verify_proof
from vc.status.bitstring_status_list import decode_list, encode_list, set_indexes
from vc.status.check import parse_status_list
from vc.status.token_documents import TokenStatusList, read_list_cwt, read_list_jwt
from vc.status.token_status_list import StatusType
from vc.trust.trust_list import STATUS_REGISTRY_ROLE, TrustList

PATH: Final = re.compile(
    r"/status/(?P<folder>lists|suspensions|tokens)/(?P<list_id>[A-Za-z0-9_-]{1,64})/[a-z0-9-]{1,64}"
)
_LIMITS: Final = Limits(max_bytes=2_000_000, max_depth=20, max_members=1_000)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True, slots=True)
class Said:
    """What one list says. ``ended`` and ``suspended`` are None where it does not speak of them.

    A token list, which has one word for each index, does not say of an ended one that it is suspended too.
    """

    url: str
    list_id: str
    at: datetime
    until: datetime | None
    length: int
    ended: frozenset[int] | None = None
    suspended: frozenset[int] | None = None


def judge_status_list(
    state: State, trust: TrustList, url: str, body: bytes, now: datetime
) -> Iterator[Observation | Said]:
    """A list must be signed by the registry, fresh, and have every end it ever had; then what it says."""
    said = _read_or_none(trust, url, body)
    if said is None:
        yield Observation(place=url, detail="it is not a status list that the registry signed")
        return
    if said.at > now + MAX_SKEW:
        yield Observation(place=url, detail="it is dated in the future")
    if said.until is None or said.until <= now:
        yield Observation(place=url, detail="it is stale")
    wrong = list(_compare(state.lists.get(url), said))
    yield from wrong
    if not wrong:
        encoded = encode_list(said.length, said.ended or ())
        state.lists[url] = SeenList(valid_from=said.at.isoformat(), encoded=encoded)
    yield said


def judge_agreement(lists: Iterable[Said]) -> Iterator[Observation]:
    """Lists of one publication must say the same, however they are encoded."""
    together: Mapping[tuple[str, datetime], list[Said]] = defaultdict(list)
    for said in lists:
        together[said.list_id, said.at].append(said)
    for same in together.values():
        ended = {said.ended for said in same if said.ended is not None}
        if len(ended) > 1:
            yield Observation(place=same[0].url, detail="another encoding says something else of ends")
            continue
        hidden = next(iter(ended), frozenset())
        suspended = {said.suspended - hidden for said in same if said.suspended is not None}
        if len(suspended) > 1:
            yield Observation(place=same[0].url, detail="another encoding says something else of suspensions")


def _compare(seen: SeenList | None, said: Said) -> Iterator[Observation]:
    if seen is None:
        return
    before, since = set_indexes(decode_list(seen.encoded)), parse_timestamp(seen.valid_from)
    ended = said.ended or frozenset()
    lost = sorted(before - ended)
    if len(decode_list(seen.encoded)) * 8 != said.length:
        yield Observation(place=said.url, detail="its length changed")
    if said.at < since:
        yield Observation(place=said.url, detail="an older list than the one seen before: rolled back")
    elif lost:
        detail = f"a bit that was set is not set any more, index {lost[0]}"
        yield Observation(place=said.url, detail=detail)
    elif said.at == since and before != ended:
        yield Observation(place=said.url, detail="two lists of the same time: a split view")


def _read_or_none(trust: TrustList, url: str, body: bytes) -> Said | None:
    """What the list says, if a key signed it that the trust list gives the registry for that time."""
    path = PATH.search(url)
    if path is None:
        return None
    try:
        if path["folder"] == "tokens":
            return _read_token(trust, url, path["list_id"], body)
        return _read_bitstring(trust, url, path, body)
    except (ProtocolError, ValueError):
        return None


def _read_bitstring(trust: TrustList, url: str, path: re.Match[str], body: bytes) -> Said | None:
    document = _verified(trust, body)
    if document is None:
        return None
    status_list = parse_status_list(document, url=url, digest="")
    bits = set_indexes(status_list.bits)
    is_passing = path["folder"] == "suspensions"
    return Said(
        url=url,
        list_id=path["list_id"],
        at=status_list.valid_from,
        until=status_list.valid_until,
        length=len(status_list.bits) * 8,
        ended=None if is_passing else bits,
        suspended=bits if is_passing else None,
    )


def _verified(trust: TrustList, body: bytes) -> Mapping[str, JsonValue] | None:
    if not body.startswith(b"{"):
        token = parse_credential_jwt(body.decode("ascii"), _LIMITS)
        dated = token.document.get("validFrom")
        keys = _registry_keys(trust, issuer_id(token.document), dated)
        return token.document if any(verify_jws(token.jws, key) for key in keys) else None
    document = parse_json_object(body, _LIMITS)
    (proof,) = parse_proofs(document)
    for key in _registry_keys(trust, issuer_id(document), document.get("validFrom")):
        result = verify_proof(document, proof, key)
        if result.verified_document is not None:
            return result.verified_document
    return None


def _read_token(trust: TrustList, url: str, list_id: str, body: bytes) -> Said | None:
    token: TokenStatusList
    if url.endswith("/cwt"):
        message, token = read_list_cwt(body, _LIMITS)
        is_signed = any(verify_sign1(message, key) for key in _all_registry_keys(trust, token.issued_at))
    else:
        jws, token = read_list_jwt(body.decode("ascii"), _LIMITS)
        is_signed = any(verify_jws(jws, key) for key in _all_registry_keys(trust, token.issued_at))
    if not is_signed or token.url != url or token.version is None:
        return None
    values = token.values_set()
    suspended = frozenset(index for index, value in values.items() if value == StatusType.SUSPENDED)
    return Said(
        url=url,
        list_id=list_id,
        at=_EPOCH + timedelta(milliseconds=token.version),
        until=token.expires,
        length=len(token.packed) * 8 // token.bits,
        ended=frozenset(values) - suspended,
        suspended=suspended,
    )


def _all_registry_keys(trust: TrustList, at: datetime) -> Iterator[PublicKey]:
    """A token names no issuer: the keys of whoever is a status registry."""
    for issuer, party in trust.issuers.items():
        if STATUS_REGISTRY_ROLE in party.roles:
            yield from _keys_at(trust, issuer, at)


def _registry_keys(trust: TrustList, issuer: str | None, dated: JsonValue) -> Iterator[PublicKey]:
    party = None if issuer is None else trust.issuers.get(issuer)
    if party is not None and STATUS_REGISTRY_ROLE in party.roles and isinstance(dated, str):
        yield from _keys_at(trust, party.did, parse_timestamp(dated))


def _keys_at(trust: TrustList, issuer: str, at: datetime) -> Iterator[PublicKey]:
    for key in trust.issuers[issuer].keys:
        ends = [end for end in (key.valid_until, key.compromised_since) if end is not None]
        if key.valid_from <= at + MAX_SKEW and all(at < end for end in ends):
            yield PublicKey.from_multikey(key.public_key_multibase)
