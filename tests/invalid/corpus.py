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

# What is signed, and how, is what the fault is about.
_ABOUT_PROOFS = (members, additions, proofs, spelling, poison, ecdsa, presentations)
# The fault is found before or after the proof is looked at.
_ABOUT_CREDENTIALS = (wrong_keys, strangers, identifiers, nonsense, weights, urls, status_lists)
_ABOUT_REQUESTS = (transport, uploads, qr_codes, class_lists, links, access, jose, envelopes, disclosures)


def cases_of_a_suite() -> list[Case]:
    """Cases that depend on the cryptosuite of a credential."""
    return [case for family in _ABOUT_PROOFS for case in family.cases()]


def cases_of_credentials() -> list[Case]:
    """Cases in which credentials of every cryptosuite ought to fare alike."""
    return [case for family in _ABOUT_CREDENTIALS for case in family.cases()]


def cases_of_requests() -> list[Case]:
    """Cases that have nothing to do with the cryptosuite of a credential."""
    return [
        *(case for family in _ABOUT_REQUESTS for case in family.cases()),
        *status_lists.cases_of_servers(),
        *ecdsa.cases_of_tokens(),
    ]


def all_cases() -> list[Case]:
    """Every case, once."""
    return [*cases_of_a_suite(), *cases_of_credentials(), *cases_of_requests()]
