"""Which tests stay together on one worker: those that share something dear, made once for them.

By the address of a test and not by its mark: pytest 9.2 no longer lets pytest-xdist 3.8 carry marks over.
"""

from typing import Final

from xdist.scheduler.loadscope import LoadScopeScheduling

_BY_FOLDER: Final = frozenset({"durability", "interop", "served"})
_BY_FILE: Final = frozenset({"browser", "commands"})
_LONG_TESTS: Final = frozenset({"browser", "crash", "faults", "workers"})
_FILES: Final = frozenset({"tests/journey/test_audit_verify.py", "tests/journey/test_monitor.py"})


def together_with(node_id: str) -> str:
    """The name that all tests have in common which stay on one worker; of most it is their own."""
    file = node_id.split("::", 1)[0]
    folder = file.split("/")[1] if file.count("/") > 1 else ""
    if folder in _BY_FOLDER:
        return f"tests/{folder}"
    return file if folder in _BY_FILE or file in _FILES else node_id


def comes_late(node_id: str) -> bool:
    """Whether a test is one of the many that are short; given out last, they end on all workers at once."""
    return node_id.split("/")[1] not in _LONG_TESTS


class TogetherScheduling(LoadScopeScheduling):  # type: ignore[misc]
    """Gives out tests one by one, but those that stay together as one piece, and large pieces first."""

    def _split_scope(self, nodeid: str) -> str:
        return together_with(nodeid)
