"""Whether a worker agreed that an agency looks at a certificate, by a share that is live now."""

from typing import Protocol

from verifier.held_shares import HeldShares
from verifier.links import SharedToken, TypedCode


class Consents(Protocol):
    """Where live shares of workers are known."""

    async def is_live(self, name: SharedToken | TypedCode, licence_number: str) -> bool:
        """Whether the worker shares what is behind ``name`` with this licence now. It is a look, and counted.

        Raises ``EvidenceUnavailable`` where that cannot be found out.
        """


class WorkersConsents:
    """The shares of the workers' wallet."""

    def __init__(self, shares: HeldShares) -> None:
        self._shares = shares

    async def is_live(self, name: SharedToken | TypedCode, licence_number: str) -> bool:
        """Whether there is such a share. Raises ``EvidenceUnavailable``."""
        return await self._shares.is_shared(name.value, licence_number)


class NoShares:
    """A verifier that runs alone has no wallet to ask, and so nobody's consent."""

    async def is_live(self, name: SharedToken | TypedCode, licence_number: str) -> bool:
        """Never."""
        return False
