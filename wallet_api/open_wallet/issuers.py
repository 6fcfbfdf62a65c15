"""From whom the wallet takes credentials at all: issuers of the trust list, and those that a setting names.

This is asked before an issuer is, and long before a code is typed: an offer may come from anybody.
"""

from enum import StrEnum
from typing import Final
from urllib.parse import urlsplit

from runtime.i18n import gettext_noop
from runtime.origins import parse_origin
from runtime.service import ServiceContext
from runtime.verification import VerificationShell
from vc.did.did_web import PREFIX
from vc.errors import EvidenceUnavailable, NotAuthorized
from vc.trust.trust_list import ISSUER_ROLE

NOT_KNOWN: Final = gettext_noop(
    "Warning: we do not know who offers this. Nothing was sent to them. "
    "Type no code and no PIN for them, pay nothing, and call the hotline."
)


class IssuerNotKnown(NotAuthorized):
    """Nothing is taken from this issuer. ``warning`` is for the holder, a message id."""

    def __init__(self) -> None:
        super().__init__("This issuer is not one that credentials are taken from.")
        self.warning = NOT_KNOWN


class IssuerStanding(StrEnum):
    """Why credentials are taken from an issuer."""

    REGISTER = "register"
    OUTSIDE = "outside"
    """A setting names it: what it gives need not be of an issuer of the trust list."""


class KnownIssuers:
    """The issuers of one deployment's wallet."""

    def __init__(self, context: ServiceContext, shell: VerificationShell | None) -> None:
        """Without ``shell`` there is no trust list, and only the setting counts."""
        settings = context.settings
        self._named = frozenset(settings.wallet_issuers)
        self._shell = shell
        self._aliases = dict(settings.origin_aliases)
        if settings.is_demo:
            did_origin = parse_origin("https://" + settings.did_host.replace("%3A", ":"))
            self._aliases.setdefault(did_origin, settings.base_url)

    async def require(self, issuer: str) -> IssuerStanding:
        """Why credentials are taken from ``issuer``, a Credential Issuer Identifier.

        Raises ``IssuerNotKnown``, and ``EvidenceUnavailable`` where there is no trust list to look into.
        """
        if issuer in self._named:
            return IssuerStanding.OUTSIDE
        if self._shell is None:
            raise EvidenceUnavailable("Issuers cannot be looked up here.")
        trust = await self._shell.trust()
        if trust.trust_list is None:
            raise EvidenceUnavailable("The trust list cannot be checked now.")
        hosts = {
            self._really(f"https://{entry.did.removeprefix(PREFIX).partition(':')[0]}")
            for entry in trust.trust_list.issuers.values()
            if entry.did.startswith(PREFIX) and ISSUER_ROLE in entry.roles
        }
        parts = urlsplit(issuer)
        if self._really(f"{parts.scheme}://{parts.netloc}") not in hosts:
            raise IssuerNotKnown
        return IssuerStanding.REGISTER

    def _really(self, origin: str) -> str | None:
        """The origin that is asked for ``origin``, None for what is none."""
        try:
            asked = parse_origin(origin)
        except ValueError:
            return None
        return self._aliases.get(asked, asked)
