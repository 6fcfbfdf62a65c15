"""Fetching and checking the trust list itself, against the pinned anchor."""

from dataclasses import dataclass

from vc.crypto.keys import PublicKey
from vc.errors import Finding, ProblemType, ProtocolError
from vc.model.credential import check_credential_shape, issuer_id, parse_credential, types_of
from vc.model.evidence import Fetched, Unavailable
from vc.model.verdict import CheckedAgainst, Reason
from vc.proof.data_integrity import check_proof_options, parse_proofs, verify_proof
from vc.trust.trust_list import TrustList, parse_trust_list
from vc.verify.round import Round, digest, parsed_size

TRUST_LIST_TYPE = "TrustListCredential"


@dataclass(frozen=True, kw_only=True, slots=True)
class Trust:
    """The trust list in force, or why there is none. ``reason`` is set when there is none."""

    trust_list: TrustList | None
    reason: Reason | None = None
    findings: tuple[Finding, ...] = ()
    against: tuple[CheckedAgainst, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class _Checked:
    trust_list: TrustList | None
    detail: str = ""


def trust_in_force(current: Round) -> Trust:
    """The verified, unexpired trust list. Raises ``Waiting`` while it is missing."""
    item = current.fetched(current.policy.trust_list_url)
    if isinstance(item, Unavailable):
        return _none(Reason.TRUST_LIST_UNAVAILABLE, "The trust list could not be fetched.")
    anchor = current.policy.trust_anchor
    memo_key = f"trust:{digest(item.body)}:{anchor.did}:{anchor.public_key_multibase}:{item.url}"
    checked = current.memoised(memo_key, _Checked, lambda: _check(current, item), size=parsed_size(item.body))
    if checked.trust_list is None:
        return _none(Reason.TRUST_LIST_INVALID, checked.detail)
    skew = current.policy.max_skew
    if not checked.trust_list.valid_from - skew <= current.now < checked.trust_list.valid_until:
        return _none(Reason.TRUST_LIST_UNAVAILABLE, "The trust list at hand is not in force now.")
    against = CheckedAgainst(
        kind="trustList",
        name=checked.trust_list.url,
        version=str(checked.trust_list.version),
        as_of=checked.trust_list.valid_from,
        fetched_at=item.fetched_at,
    )
    return Trust(trust_list=checked.trust_list, against=(against,))


def _check(current: Round, item: Fetched) -> _Checked:
    """Signature and shape; a pure function of the bytes, the URL and the anchor."""
    anchor = current.policy.trust_anchor
    try:
        credential = parse_credential(item.body)
        document = credential.document
        if check_credential_shape(document) or TRUST_LIST_TYPE not in types_of(document):
            return _Checked(trust_list=None, detail="What was fetched is not a trust list.")
        if issuer_id(document) != anchor.did or document.get("id") != item.url:
            return _Checked(trust_list=None, detail="The trust list is not the root's, or not this one.")
        proofs = parse_proofs(document)
        key = PublicKey.from_multikey(anchor.public_key_multibase)
        if len(proofs) != 1 or check_proof_options(
            proofs[0], purpose="assertionMethod", domain=None, challenge=None
        ):
            return _Checked(trust_list=None, detail="The trust list must carry one proof of the root.")
        result = verify_proof(document, proofs[0], key)
        if not result.verified or result.verified_document is None:
            return _Checked(trust_list=None, detail="The trust list's proof does not hold.")
        return _Checked(trust_list=parse_trust_list(result.verified_document))
    except ProtocolError:
        return _Checked(trust_list=None, detail="The trust list could not be read.")


def _none(reason: Reason, detail: str) -> Trust:
    finding = Finding(type=ProblemType.TRUST_LIST_UNAVAILABLE, detail=detail)
    return Trust(trust_list=None, reason=reason, findings=(finding,))
