"""Verifying credentials and presentations (VC-API); what is not good is answered with a 4xx here.

The core's own verification decides, told only that keys need not be the issuer's own and that there
is no trust list: nobody is entitled, so the answer is about authenticity and nothing else.
"""

from collections.abc import Mapping
from typing import Annotated

import orjson
from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse

from passport.conformance.profile import ConformanceProfile, profile_of
from runtime.clock import Clock
from vc.encoding.strict_json import JsonValue
from vc.errors import Finding, MalformedValue, ProblemType
from vc.model.evidence import Evidence, Need, Unavailable
from vc.model.verdict import Answer, Question, Verification
from vc.proof.data_integrity import check_proof_options, parse_proofs
from vc.trust.anchor import TrustAnchor
from vc.verify import Policy, step, step_presentation

router = APIRouter()
Profile = Annotated[ConformanceProfile, Depends(profile_of)]
_NO_TRUST_LIST = "urn:skills-passport:no-trust-list"
_POLICY = Policy(
    trust_list_url=_NO_TRUST_LIST,
    trust_root_url=_NO_TRUST_LIST,
    trust_anchor=TrustAnchor(did=_NO_TRUST_LIST, threshold=1, keys=()),
    refuse_demo_issuers=True,
    for_test_documents=True,
)
_MAX_OPTION_LENGTH = 1_000


@router.post("/credentials/verify")
async def verify_credential(request: Request, profile: Profile) -> JSONResponse:
    """200 for an authentic credential, 4xx with the findings for anything else."""
    document, options = _read(request.state.json, "verifiableCredential")
    verification = step(orjson.dumps(document), _evidence(profile.clock), _POLICY, profile.clock.now())
    if isinstance(verification, Need):
        raise _refused(())
    _require_authentic(verification)
    _require_options(document, options)
    return JSONResponse({"verified": True, "checks": ["proof"]})


@router.post("/presentations/verify")
async def verify_presentation(request: Request, profile: Profile) -> JSONResponse:
    """200 for an authentic presentation of authentic credentials, 4xx for anything else."""
    document, options = _read(request.state.json, "verifiablePresentation")
    answer = step_presentation(
        orjson.dumps(document),
        _evidence(profile.clock),
        _POLICY,
        profile.clock.now(),
        challenge=_text(options, "challenge"),
        domain=_text(options, "domain"),
    )
    if isinstance(answer, Need) or answer.findings:
        raise _refused(() if isinstance(answer, Need) else answer.findings)
    for verification in answer.verifications:
        _require_authentic(verification)
    return JSONResponse({"verified": True, "checks": ["proof"]})


def _evidence(clock: Clock) -> Evidence:
    missing = Unavailable(url=_NO_TRUST_LIST, reason="this profile has none", tried_at=clock.now())
    return Evidence(items={_NO_TRUST_LIST: missing})


def _read(body: JsonValue, member: str) -> tuple[Mapping[str, JsonValue], Mapping[str, JsonValue]]:
    if not isinstance(body, dict):
        raise MalformedValue("An object is expected here.", pointer="")
    document, options = body.get(member), body.get("options", {})
    if not isinstance(document, dict):
        raise MalformedValue("The document to check is expected here, as an object.", pointer=f"/{member}")
    if not isinstance(options, dict):
        raise MalformedValue("The options must be an object.", pointer="/options")
    return document, options


def _text(options: Mapping[str, JsonValue], name: str) -> str | None:
    value = options.get(name)
    if value is None:
        return None
    if not isinstance(value, str) or not 0 < len(value) <= _MAX_OPTION_LENGTH:
        raise MalformedValue("A text is expected here.", pointer=f"/options/{name}")
    return value


def _require_options(document: Mapping[str, JsonValue], options: Mapping[str, JsonValue]) -> None:
    domain, challenge = _text(options, "domain"), _text(options, "challenge")
    for proof in parse_proofs(document):
        findings = check_proof_options(proof, purpose=proof.proof_purpose, domain=domain, challenge=challenge)
        if findings:
            raise _refused(findings)


def _require_authentic(verification: Verification) -> None:
    if verification.verdicts[Question.AUTHENTIC].answer is not Answer.YES:
        raise _refused(verification.findings)


def _refused(findings: tuple[Finding, ...]) -> MalformedValue:
    unsaid = Finding(type=ProblemType.PROOF_VERIFICATION_ERROR, detail="The document is not authentic.")
    return MalformedValue("The document is not authentic.", findings=findings or (unsaid,))
