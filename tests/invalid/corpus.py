"""The whole corpus: named cases, each with one fault, and benign twins that must pass."""

from tests.invalid import (
    access,
    additions,
    links,
    members,
    nonsense,
    presentations,
    proofs,
    spelling,
    strangers,
    transport,
    uploads,
    urls,
    weights,
)
from tests.invalid.case import Case

_ABOUT_CREDENTIALS = (
    members,
    additions,
    proofs,
    strangers,
    nonsense,
    spelling,
    weights,
    urls,
    presentations,
)
_ABOUT_REQUESTS = (transport, uploads, links, access)


def cases_of_a_suite() -> list[Case]:
    """Cases to be tried with credentials of every cryptosuite."""
    return [case for family in _ABOUT_CREDENTIALS for case in family.cases()]


def cases_of_requests() -> list[Case]:
    """Cases to be tried once: they do not depend on how a credential is secured."""
    return [case for family in _ABOUT_REQUESTS for case in family.cases()]
