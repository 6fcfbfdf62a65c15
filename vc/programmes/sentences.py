"""What people are told about programmes: one plain sentence for every answer, warning and notice.

The texts are English message identifiers; ``vc/locale/programmes.km.po`` has the Khmer. The data
files name warnings and notices by the codes here. No sentence says that somebody may go or be chosen.
"""

from collections.abc import Mapping
from typing import Final

from vc.programmes.model import RequirementAnswer


def gettext_noop(msgid: str) -> str:
    """Mark ``msgid`` for translation, as ``runtime.i18n.gettext_noop``, which lies above the core."""
    return msgid


LABELS: Final[Mapping[RequirementAnswer, str]] = {
    RequirementAnswer.SATISFIED: gettext_noop("Satisfied"),
    RequirementAnswer.MISSING: gettext_noop("Missing"),
    RequirementAnswer.EXPIRED: gettext_noop("Expired"),
    RequirementAnswer.REVOKED: gettext_noop("Revoked or replaced"),
    RequirementAnswer.SUSPENDED: gettext_noop("Suspended"),
    RequirementAnswer.NOT_ENTITLED: gettext_noop("Issuer not entitled"),
    RequirementAnswer.THIRD_PARTY_EVIDENCE_ONLY: gettext_noop("Third-party evidence only"),
    RequirementAnswer.RULE_NOT_CONFIRMED: gettext_noop("Rule not confirmed"),
    RequirementAnswer.NO_RULE_ON_FILE: gettext_noop("No rule on file"),
    RequirementAnswer.COULD_NOT_CHECK: gettext_noop("Could not be checked"),
    RequirementAnswer.NOT_SHOWN_ONE_PERSONS: gettext_noop("Not shown to be one person's"),
}
"""The answer in a few words, for a table."""

SENTENCES: Final[Mapping[RequirementAnswer, str]] = {
    RequirementAnswer.SATISFIED: gettext_noop(
        "A genuine certificate that fulfils this was shown, and it counts on the day asked about."
    ),
    RequirementAnswer.MISSING: gettext_noop("Nothing that was shown fulfils this on the day asked about."),
    RequirementAnswer.EXPIRED: gettext_noop(
        "A certificate for this was shown, but it no longer counts on the day asked about."
    ),
    RequirementAnswer.REVOKED: gettext_noop(
        "The certificate shown for this was revoked, or replaced by a corrected one. Ask for the newer one."
    ),
    RequirementAnswer.SUSPENDED: gettext_noop(
        "The certificate shown for this is under review by its issuer. "
        "That is not a finding against this person."
    ),
    RequirementAnswer.NOT_ENTITLED: gettext_noop(
        "Whoever issued the certificate shown for this was not accredited for it."
    ),
    RequirementAnswer.THIRD_PARTY_EVIDENCE_ONLY: gettext_noop(
        "This test or check belongs to another body. Only that body can confirm it; "
        "what is recorded here does not."
    ),
    RequirementAnswer.RULE_NOT_CONFIRMED: gettext_noop(
        "Sources disagree about this rule, so nothing is said about it. Ask the authority of the country."
    ),
    RequirementAnswer.NO_RULE_ON_FILE: gettext_noop(
        "No rule about this is on file for that day, so nothing is said about it."
    ),
    RequirementAnswer.COULD_NOT_CHECK: gettext_noop(
        "This could not be checked with what was shown, or not just now. It says nothing against the person."
    ),
    RequirementAnswer.NOT_SHOWN_ONE_PERSONS: gettext_noop(
        "Nothing shows that the certificates are one person's. "
        "Ask the person to show them together, in one presentation or one share."
    ),
}

CHECK_STATEMENT: Final = gettext_noop(
    "This lists what is on record for the day asked about. "
    "It is no decision about this person, no selection and no visa."
)
EPS_STATEMENT: Final = gettext_noop(
    "HRD Korea decides what counts and for how much. This sheet counts no points."
)
NOT_CHECKED_HERE: Final = gettext_noop("Not checked here")

WARNINGS: Final[Mapping[str, str]] = {
    "eps-no-intermediary": gettext_noop(
        "Warning: whoever asks here has no part in work in Korea under EPS. Only public bodies, and the "
        "employer named in your employment permit, may ask. Show nothing, pay nothing, and call the hotline."
    ),
    "not-listed": gettext_noop(
        "Warning: whoever asks here is not among those who may ask for this work. "
        "You need not show anything. If you are pressed to, call the hotline."
    ),
}
"""What a worker is told about whoever asks and may not, by the code in the data files."""

NOTICES: Final[Mapping[str, str]] = {
    "hrd-korea-decides": EPS_STATEMENT,
    "no-seasonal-work": gettext_noop(
        "No seasonal work in Korea is offered here: the labour ministry denied that it sends anybody to it. "
        "Whoever offers it may be deceiving you."
    ),
    "no-special-topik": gettext_noop(
        "The special EPS-TOPIK is for people who left Korea in time. "
        "Having worked in Thailand does not open it."
    ),
    "technical-training-exempts": gettext_noop(
        "Whoever completed technical intern training in a related job may need no test. "
        "That is not checked here."
    ),
    "health-form-not-checked": gettext_noop(
        "The health check on record says that it was done and when. "
        "Whether the form that Japan asks for was filled in is not checked here."
    ),
    "no-substitute-for-the-examination": gettext_noop(
        "A certificate from Cambodia may help an employer to choose. "
        "It does not take the place of the examination that Saudi Arabia holds."
    ),
    "on-record-only": gettext_noop(
        "These are the items on record. Other papers are needed to leave, and they are not checked here."
    ),
}
"""What is said beside every check of a programme, by the code in the data files."""

REQUESTER_REFUSED: Final = gettext_noop("You are not among those who may ask under this programme.")
OVER_ASKED: Final = gettext_noop("Nobody may ask for that under this programme.")
