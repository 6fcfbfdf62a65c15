"""From facts to policy: what the four verdicts come to.

A "no" always decides; after it, "could not check" on what must be known; only then "accepted".
*This person's* never blocks acceptance by being unchecked (a bearer paper cannot prove its
bearer), but the headline then says so in the same line.
"""

from vc.model.verdict import Answer, Decision, Outcome, Question, Reason, Verdict, Verification

# msgids: the renderers translate them.
GENUINE_AND_IN_FORCE = "Genuine and in force"
IDENTITY_NOT_CHECKED = "identity not checked"
_HEADLINES = {
    Reason.REVOKED: "Revoked: no longer in force",
    Reason.REPLACED: "Replaced: ask for the corrected one",
    Reason.CARD_REPLACED: "Card replaced: ask for the new one",
    Reason.SUSPENDED: "Suspended: not in force at present",
    Reason.EXPIRED: "Genuine but expired",
    Reason.NOT_YET_VALID: "Genuine but not yet in force",
    Reason.HOLDER_MISMATCH: "Genuine, but not this person's",
    Reason.PRESENTATION_PROOF_INVALID: "Not shown to be this person's",
    Reason.REGISTRY_PHOTO_OF_ANOTHER: "Genuine, but not this person's",
}
_NOT_GENUINE = "Not genuine"
_NOT_ENTITLED = "Not from a recognised issuer"
_UNDETERMINED = "Could not be checked"

_ALL = tuple(Question)
_MUST_BE_YES = (Question.AUTHENTIC, Question.ENTITLED, Question.IN_FORCE)


def decide(verification: Verification) -> Decision:
    """Draw the decision. Shape: outcome, headline msgid, reasons of the deciding verdicts."""
    verdicts = verification.verdicts
    identity = verdicts[Question.THIS_PERSONS].answer is Answer.YES
    refused = tuple([verdicts[q] for q in _ALL if verdicts[q].answer is Answer.NO])
    if refused:
        return _decision(Outcome.REJECTED, _headline_of(refused[0]), refused, identity)
    unsure = tuple([verdicts[q] for q in _MUST_BE_YES if verdicts[q].answer is Answer.COULD_NOT_CHECK])
    if unsure:
        return _decision(Outcome.UNDETERMINED, _UNDETERMINED, unsure, identity)
    return _decision(Outcome.ACCEPTED, GENUINE_AND_IN_FORCE, (), identity)


def _headline_of(verdict: Verdict) -> str:
    if verdict.question is Question.AUTHENTIC:
        return _NOT_GENUINE
    if verdict.question is Question.ENTITLED:
        return _NOT_ENTITLED
    return _HEADLINES.get(verdict.reason, _NOT_GENUINE)


def _decision(outcome: Outcome, headline: str, verdicts: tuple[Verdict, ...], identity: bool) -> Decision:
    return Decision(
        outcome=outcome,
        headline=headline,
        reasons=tuple(verdict.reason for verdict in verdicts),
        identity_checked=identity,
    )
