"""Judging what a wallet presented: each presentation by itself, then against what was asked.

OpenID4VP 1.0 section 8.6. One bad presentation makes the whole response bad, and then nothing of what
anybody presented is kept or shown, only what is wrong with it.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace

import msgspec
import orjson

from runtime.verification import Sitting
from vc.encoding.strict_json import JsonValue, parse_json_object
from vc.errors import Finding, MalformedValue, ProblemType, ProtocolError, Severity
from vc.jose.envelope import envelop_presentation, is_envelope
from vc.model.verdict import Answer, Question, Verification
from vc.oid4vc.dcql import CredentialFormat, CredentialQuery, DcqlQuery, check_answer, require_answered
from vc.oid4vc.disclosure import asked_of
from vc.oid4vc.transaction_data import check_agreed
from vc.oid4vc.vp_token import Presentation, VpToken
from vc.sd_jwt.credential import document_of, parse_sd_jwt_vc
from vc.status.token_entries import TokenStatusEntry, parse_status_claim
from vc.verify.one_person import OnePerson, one_person
from verifier.oid4vp_results import Outcome

_NOT_BOUND = "The presentation itself does not hold."


@dataclass(frozen=True, kw_only=True, slots=True)
class _Presented:
    """One credential, what speaks against it as an answer, and whose key presented it.

    ``place`` is where a Token Status List speaks of it, None where none does.
    """

    verification: Verification
    faults: tuple[Finding, ...]
    holder: str | None
    place: TokenStatusEntry | None = None

    @property
    def is_bad(self) -> bool:
        """Whether it is no good answer: forged, another's, or not what was asked for.

        A revoked credential is a good answer to the question asked; the verdicts say what it is worth.
        """
        return bool(self.faults) or any(
            self.verification.verdicts[question].answer is Answer.NO
            for question in (Question.AUTHENTIC, Question.THIS_PERSONS)
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Judged:
    """The outcome, and where lists speak of what was presented."""

    outcome: Outcome
    places: tuple[TokenStatusEntry, ...]


async def judge(
    sitting: Sitting,
    query: DcqlQuery,
    vp_token: VpToken,
    *,
    nonce: str,
    client_id: str,
    transaction_data: tuple[str, ...] = (),
) -> Judged:
    """What came of a response to ``query``, each presentation bound to ``nonce`` and ``client_id``.

    With ``transaction_data`` each key binding must agree to it.

    Raises ``ProtocolError`` where the response is none to this query, or a presentation has no form that
    can be read.
    """
    require_answered(query, vp_token.keys())
    judged = []
    for query_id, presentations in sorted(vp_token.items()):
        asked = query.credential(query_id)
        for presentation in presentations:
            if asked.format is CredentialFormat.SD_JWT_VC:
                one = await _sd_jwt_vc(sitting, asked, presentation, nonce=nonce, client_id=client_id)
                one = _agreeing(one, presentation, transaction_data)
            else:
                one = await _w3c(sitting, asked, presentation, nonce=nonce, client_id=client_id)
            judged.append(one)
    if any(one.is_bad for one in judged):
        return Judged(outcome=_bad(judged), places=())
    verifications = tuple(one.verification for one in judged)
    outcome = Outcome(
        verifications=verifications,
        findings=(),
        one_person=_one_person(verifications, {one.holder for one in judged}),
        is_good=True,
    )
    return Judged(outcome=outcome, places=tuple(one.place for one in judged if one.place is not None))


def _agreeing(one: _Presented, presentation: Presentation, transaction_data: tuple[str, ...]) -> _Presented:
    """``one``, with what speaks against its agreement to what was asked beside it."""
    if one.verification.document is None or not isinstance(presentation, str):
        return one
    binding = parse_sd_jwt_vc(presentation).key_binding
    claims: Mapping[str, JsonValue] = {} if binding is None else binding.claims
    return replace(one, faults=(*one.faults, *check_agreed(claims, transaction_data)))


def _bad(judged: list[_Presented]) -> Outcome:
    """What is wrong, and of credentials that are right nothing: they came with a bad answer."""
    wrong = [
        msgspec.structs.replace(one.verification, document=None)
        for one in judged
        if any(verdict.answer is Answer.NO for verdict in one.verification.verdicts.values())
    ]
    findings = tuple(fault for one in judged for fault in one.faults)
    return Outcome(verifications=tuple(wrong), findings=findings, one_person=None, is_good=False)


def _one_person(verifications: tuple[Verification, ...], holders: set[str | None]) -> OnePerson | None:
    """As ``one_person``, which presumes one presentation: here each may have another key."""
    answer = one_person(verifications)
    if answer is OnePerson.PROVEN and (None in holders or len(holders) != 1):
        return OnePerson.NOT_SHOWN
    return answer


async def _sd_jwt_vc(
    sitting: Sitting, asked: CredentialQuery, presentation: Presentation, *, nonce: str, client_id: str
) -> _Presented:
    if not isinstance(presentation, str):
        raise MalformedValue("An SD-JWT VC must be a text.", pointer="/vp_token")
    verification = await sitting.verify_sd_jwt_vc(presentation, challenge=nonce, domain=client_id)
    if verification.document is None:
        return _Presented(verification=verification, faults=(), holder=None)
    received = parse_sd_jwt_vc(presentation)
    asked_for = asked_of(asked, received.claims, parse_json_object(received.jws.payload))
    return _Presented(
        verification=msgspec.structs.replace(verification, document=document_of(asked_for)),
        faults=check_answer(asked, received.claims),
        holder=None if received.holder_key is None else received.holder_key.multikey,
        place=_place_or_none(received.claims),
    )


def _place_or_none(claims: Mapping[str, JsonValue]) -> TokenStatusEntry | None:
    with suppress(ProtocolError):
        entry = parse_status_claim(claims)
        return entry if isinstance(entry, TokenStatusEntry) else None
    return None


async def _w3c(
    sitting: Sitting, asked: CredentialQuery, presentation: Presentation, *, nonce: str, client_id: str
) -> _Presented:
    document = _presentation(asked.format, presentation)
    answer = await sitting.verify_presentation(orjson.dumps(document), challenge=nonce, domain=client_id)
    if len(answer.verifications) != 1:
        raise MalformedValue("A presentation of one credential is expected.", pointer="/vp_token")
    (verification,) = answer.verifications
    faults = tuple(found for found in answer.findings if found.severity is Severity.ERROR)
    if verification.document is not None:
        faults += check_answer(asked, verification.document)
    if answer.holder is None and not faults:
        faults = (Finding(type=ProblemType.PROOF_VERIFICATION_ERROR, detail=_NOT_BOUND),)
    return _Presented(verification=verification, faults=faults, holder=answer.holder)


def _presentation(credential_format: CredentialFormat, presentation: Presentation) -> Mapping[str, JsonValue]:
    """The presentation as the core reads it: a token in its envelope, and no envelope where none is asked."""
    if credential_format is CredentialFormat.JWT_VC_JSON:
        if isinstance(presentation, str):
            return envelop_presentation(presentation)
    elif isinstance(presentation, dict) and not is_envelope(presentation):
        return presentation
    raise MalformedValue("The presentation is not in the format that was asked for.", pointer="/vp_token")
