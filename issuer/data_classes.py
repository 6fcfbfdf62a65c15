"""Who may issue and read which class of data: that of types (``schemas``), and one of roles.

Health data has an issuer, keys and a role of its own. What is not in a table is refused.
"""

from collections.abc import Mapping
from functools import cache
from typing import Final

from runtime.auth import Principal, Role
from runtime.personal_data_table import DATA_CLASSES, GENERAL, HEALTH
from vc.errors import NotAuthorized
from vc.model.credential_types import DataClass, credential_types

OF_ROLES: Final[Mapping[Role, frozenset[str]]] = {
    Role.CLERK: frozenset({GENERAL}),
    Role.HEALTH_CLERK: frozenset({HEALTH}),
    Role.CENTRE_APPROVER: frozenset({GENERAL}),
    # One person at a time, at a kiosk (``issuer.service.assisted``), and letters to hand over.
    Role.ASSISTED_OFFICER: frozenset({GENERAL}),
    # Their own papers only, of whatever class (``issuer.service.delivery``).
    Role.RETURNEE: frozenset(DATA_CLASSES),
}
"""The classes of data that each role may issue or read at this issuer; no other role reads any."""

APPROVED_BY: Final[Mapping[Role, frozenset[str]]] = {
    Role.CENTRE_APPROVER: frozenset({GENERAL}),
    # Nobody else reads health data: one of the department's clerks approves what another submitted.
    Role.HEALTH_CLERK: frozenset({HEALTH}),
}
"""The classes of data whose lists each role may let be issued; the maker of a list never may."""


@cache
def _of_types() -> Mapping[str, str]:
    """Health data lies apart; everything else is general."""
    return {
        name: HEALTH if entry.data_class is DataClass.HEALTH else GENERAL
        for name, entry in credential_types().items()
    }


def data_class_of(credential_type: str) -> str:
    """The class of data that a credential of this type holds. Raises ``NotAuthorized`` for one unknown."""
    found = _of_types().get(credential_type)
    if found is None:
        raise NotAuthorized("No class of data is set for this type of certificate.")
    return found


def may_read(principal: Principal, data_class: str) -> bool:
    """Whether this role reads data of this class at all."""
    return data_class in OF_ROLES.get(principal.role, frozenset())


def may_approve(principal: Principal, data_class: str) -> bool:
    """Whether this role may let a list of this class of data be issued, somebody else's list."""
    return data_class in APPROVED_BY.get(principal.role, frozenset())


def require_class(principal: Principal, credential_type: str) -> str:
    """The class of what is to be issued. Raises ``NotAuthorized`` where it is not this role's."""
    found = data_class_of(credential_type)
    if not may_read(principal, found):
        raise NotAuthorized("Your role may not certify this.")
    return found
