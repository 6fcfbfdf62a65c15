"""The whole corpus: named cases, each with one fault, and benign twins that must pass."""

from tests.invalid import (
    access,
    additions,
    class_lists,
    disclosures,
    ecdsa,
    envelopes,
    identifiers,
    jose,
    links,
    members,
    nonsense,
    poison,
    presentations,
    proofs,
    qr_codes,
    spelling,
    status_lists,
    strangers,
    transport,
    uploads,
    urls,
    weights,
    wrong_keys,
)
from tests.invalid.case import Case

_ABOUT_CREDENTIALS = (
    members,
    additions,
    proofs,
    wrong_keys,
    strangers,
    identifiers,
    nonsense,
    spelling,
    weights,
    poison,
    urls,
    ecdsa,
    presentations,
    status_lists,
)
_ABOUT_REQUESTS = (transport, uploads, qr_codes, class_lists, links, access, jose, envelopes, disclosures)


def cases_of_a_suite() -> list[Case]:
    """Cases to be tried with credentials of every cryptosuite."""
    return [case for family in _ABOUT_CREDENTIALS for case in family.cases()]


def cases_of_requests() -> list[Case]:
    """Cases to be tried once: they do not depend on the cryptosuite of a credential."""
    return [
        *(case for family in _ABOUT_REQUESTS for case in family.cases()),
        *status_lists.cases_of_servers(),
        *ecdsa.cases_of_tokens(),
    ]
