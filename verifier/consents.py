"""Whether a worker agreed that an agency looks at a certificate, by a share that is live now."""

from typing import Protocol

from verifier.links import SharedToken, TypedCode


class Consents(Protocol):
    """Where live shares of workers are known."""

    async def is_live(self, name: SharedToken | TypedCode, licence_number: str) -> bool:
        """Whether ``name`` is a share that its worker gave to this licence and has not ended.

        Raises ``EvidenceUnavailable`` where that cannot be found out.
        """


class NoShares:
    """Workers cannot share with one licence yet.

    A link or code on the paper opens for whoever holds it. That is no consent to be looked up by an
    agency.
    """

    async def is_live(self, name: SharedToken | TypedCode, licence_number: str) -> bool:
        """Never."""
        return False
