"""Who may issue and read which class of data: one table for types (``schemas``), one for roles.

Health data has an issuer, keys and a role of its own. What is not in a table is refused.
"""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Final

from runtime.auth import Principal, Role
from runtime.personal_data_table import DATA_CLASSES, GENERAL, HEALTH
from schemas import read_json
from vc.errors import NotAuthorized

OF_ROLES: Final[Mapping[Role, frozenset[str]]] = {
    Role.CLERK: frozenset({GENERAL}),
    Role.HEALTH_CLERK: frozenset({HEALTH}),
    # Their own papers only, of whatever class (``issuer.service.delivery``).
    Role.RETURNEE: frozenset(DATA_CLASSES),
}
"""The classes of data that each role may issue or read at this issuer; no other role reads any."""


@cache
def _of_types() -> Mapping[str, str]:
    return dict(read_json("data/data_classes.json"))


def data_class_of(credential_type: str) -> str:
    """The class of data that a credential of this type holds. Raises ``NotAuthorized`` for one unknown."""
    found = _of_types().get(credential_type)
    if found not in DATA_CLASSES:
        raise NotAuthorized("No class of data is set for this type of certificate.")
    return found


def may_read(principal: Principal, data_class: str) -> bool:
    """Whether this role reads data of this class at all."""
    return data_class in OF_ROLES.get(principal.role, frozenset())


def require_one_class(principal: Principal, credential_types: Iterable[str]) -> str:
    """The one class of what is to be issued. Raises ``NotAuthorized`` for one that is not this role's.

    Without anything to issue it is the class of the role, so that what is kept lies under its keys.
    """
    own = OF_ROLES.get(principal.role, frozenset())
    found = {data_class_of(name) for name in credential_types} or own
    if len(found) != 1 or not found <= own:
        raise NotAuthorized("Your role may not certify this.")
    return next(iter(found))
