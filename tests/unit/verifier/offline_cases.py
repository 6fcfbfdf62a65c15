"""Every situation in which the server and the offline page must judge a card alike."""

from tests.unit.verifier import (
    offline_age_cases,
    offline_card_cases,
    offline_key_cases,
    offline_status_cases,
    offline_trust_cases,
)
from tests.unit.verifier.offline_case import EXPECTED, MAKERS, Case, in_short, judged

__all__ = ["EXPECTED", "MAKERS", "Case", "in_short", "judged"]

# Importing a module registers what is in it.
_REGISTERED = (
    offline_age_cases,
    offline_card_cases,
    offline_key_cases,
    offline_status_cases,
    offline_trust_cases,
)
