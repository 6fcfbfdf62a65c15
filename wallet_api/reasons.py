"""Why a certificate is not in force, in words for its holder; and what a holder can say to that."""

from collections.abc import Mapping
from typing import Final

from runtime.i18n import gettext_noop

REASONS: Final[Mapping[str, str]] = {
    "FRAUD": gettext_noop("The ministry found that this certificate should never have been issued."),
    "ISSUED_IN_ERROR": gettext_noop("It was issued by mistake."),
    "SUPERSEDED": gettext_noop("A corrected one took its place."),
    "HOLDER_REQUEST": gettext_noop("You asked for it."),
    "CENTRE_VOIDED": gettext_noop("Your centre declared it void."),
    "KEY_COMPROMISE": gettext_noop("The key of your centre was stolen. You did nothing wrong."),
    "IDENTITY_MERGED": gettext_noop("Two records of you were joined into one."),
    "DECEASED": gettext_noop("The labour database says that its holder has died."),
    "RECOVERED": gettext_noop("Its state was restored from what had been published."),
    "UNDER_REVIEW": gettext_noop("It is being looked into. Nothing is found; nothing is said against you."),
}

GROUNDS: Final[Mapping[str, str]] = {
    "earned": gettext_noop("I did the course or the test myself"),
    "not-my-fault": gettext_noop("If something was wrong, it was not my doing"),
    "wrong-person": gettext_noop("It is about another person"),
    "not-told": gettext_noop("Nobody told me why"),
    "other": gettext_noop("Another reason: please call me"),
}
"""What a holder can choose; the registry knows the same words."""

REFUSALS: Final[Mapping[str, str]] = {
    "evidence-stands": gettext_noop("The evidence was looked at again, and stands"),
    "not-entitled": gettext_noop("The centre or the assessor had no right to give it"),
    "not-checkable": gettext_noop("What was said cannot be checked"),
}
