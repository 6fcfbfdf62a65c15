"""Requirements of a specification as named checks: the id is the section and what is asked there."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import pytest

Check = TypeVar("Check", bound=Callable[..., None])


@dataclass(frozen=True, slots=True)
class Requirements:
    """The checks of one specification, in its order.

    ``names`` has each requirement as often as it was registered; ``parameters`` are for a test that
    takes ``check`` and ``arguments``.
    """

    names: list[str] = field(default_factory=list)
    parameters: list[Any] = field(default_factory=list)

    def must(self, name: str, *, each: Iterable[Any] = ()) -> Callable[[Check], Check]:
        """Register the function below under ``name``, run once, or once for every one of ``each``.

        The id of a run ends with what it was run for, where there are several.
        """

        def register(check: Check) -> Check:
            items = list(each)
            self.names.append(name)
            self.parameters.extend(pytest.param(check, (item,), id=f"{name}~{item}") for item in items)
            if not items:
                self.parameters.append(pytest.param(check, (), id=name))
            return check

        return register
