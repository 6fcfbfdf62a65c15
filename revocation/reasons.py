"""The reasons in words, for the desk's pages."""

from typing import Final

from revocation.cases import CLEARED
from revocation.values import LAPSED, RECOVERED, UNDER_REVIEW, UPHELD, Reason
from runtime.i18n import gettext_noop

REASON_TEXTS: Final = {
    Reason.FRAUD.value: gettext_noop("Fraud: it should never have been issued"),
    Reason.ISSUED_IN_ERROR.value: gettext_noop("Issued by mistake"),
    Reason.SUPERSEDED.value: gettext_noop("Replaced by a corrected certificate"),
    Reason.HOLDER_REQUEST.value: gettext_noop("The holder asked for it"),
    Reason.CENTRE_VOIDED.value: gettext_noop("The training centre declared it void"),
    Reason.KEY_COMPROMISE.value: gettext_noop("The signing key was stolen or misused"),
    Reason.IDENTITY_MERGED.value: gettext_noop("Two records of one person were joined"),
    Reason.DECEASED.value: gettext_noop("The holder has died"),
    Reason.ABANDONED.value: gettext_noop("Signing was interrupted; it was never handed out"),
    RECOVERED: gettext_noop("Taken back from a published list"),
    UNDER_REVIEW: gettext_noop("Under review; nothing is found yet"),
    LAPSED: gettext_noop("The suspension was not renewed in time"),
    CLEARED: gettext_noop("The suspicion was not confirmed"),
    UPHELD: gettext_noop("The holder appealed, and was right"),
}

OFFICER_REASONS: Final = tuple(
    reason for reason in Reason if reason not in (Reason.ABANDONED, Reason.SUPERSEDED)
)
CASE_REASONS: Final = tuple(reason for reason in OFFICER_REASONS if reason is not Reason.HOLDER_REQUEST)
"""For all of these a second officer must agree."""
