"""Checking what a person or a program brought, whichever way it came in."""

from dataclasses import dataclass

from runtime.verification import VerificationShell
from vc.card.text import is_card_text
from vc.errors import EvidenceUnavailable, NotFound, ParseError
from vc.model.verdict import Decision, Verification
from vc.trust.decide import decide
from vc.verify import PresentationVerification
from verifier.clients import SharedCredentials
from verifier.counting import Counting
from verifier.extract import CardFound, CredentialFound, extract_async
from verifier.links import SharedToken, TypedCode, parse_link_or_code
from verifier.rendering import Audience
from verifier.sentences import NOT_A_CREDENTIAL


class NoIssuerHere(EvidenceUnavailable):
    """This verifier runs alone; links and codes are opened at the issuer's own site."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Checked:
    """A verification, the decision drawn from it, and who is told."""

    verification: Verification
    decision: Decision
    audience: Audience


class VerifierService:
    """The verifier. ``shared`` is None where it runs without an issuer beside it."""

    def __init__(
        self,
        *,
        shell: VerificationShell,
        shared: SharedCredentials | None,
        base_url: str,
        counting: Counting,
    ) -> None:
        self._counting = counting
        self._shell = shell
        self._shared = shared
        self._base_url = base_url

    async def check_credential(self, raw: bytes) -> Checked:
        """Check the exact bytes of a credential. Raises ``ProtocolError`` when they are none."""
        return self._checked(await self._shell.verify(raw), Audience.BEARER)

    async def check_card(self, text: str) -> Checked:
        """Check the text of a passport card; whatever is in it is an answer."""
        return self._checked(await self._shell.verify_card(text), Audience.BEARER)

    async def check_presentation(
        self, raw: bytes, *, challenge: str | None, domain: str | None
    ) -> PresentationVerification:
        """Check a presentation and every credential in it. Raises as ``check_credential``."""
        return await self._shell.verify_presentation(raw, challenge=challenge, domain=domain)

    async def check_upload(self, data: bytes, *, content_type: str | None, filename: str | None) -> Checked:
        """Check what is in an uploaded file: a credential, a card, or the link or code that leads to one.

        Raises ``ProtocolError`` (``ForeignLink`` among them), ``NotFound``, ``RateLimited`` or
        ``EvidenceUnavailable``.
        """
        found = await extract_async(data, content_type=content_type, filename=filename)
        if isinstance(found, CredentialFound):
            return await self._check_brought(found.raw)
        if isinstance(found, CardFound):
            return await self.check_card(found.text)
        return await self.check_link_or_code(found.text)

    async def check_pasted(self, text: str) -> Checked:
        """Check a pasted credential, card, link or code. Raises as ``check_upload``."""
        # The last letter of a card may be a space.
        card = text.lstrip().rstrip("\r\n\t")
        if is_card_text(card):
            return await self.check_card(card)
        text = text.strip()
        if text.startswith("{"):
            return await self._check_brought(text.encode())
        return await self.check_link_or_code(text)

    async def _check_brought(self, raw: bytes) -> Checked:
        """As ``check_credential``, with a complaint for people instead of one for programs."""
        try:
            return await self.check_credential(raw)
        except ParseError:
            raise ParseError(NOT_A_CREDENTIAL) from None

    async def check_link_or_code(self, text: str) -> Checked:
        """Check the credential behind one of our links or typed codes. Raises as ``check_upload``."""
        return await self.check_shared(parse_link_or_code(text, base_url=self._base_url))

    async def check_shared(self, name: SharedToken | TypedCode) -> Checked:
        """Check a shared credential for a stranger. Raises ``NotFound`` or ``EvidenceUnavailable``."""
        if self._shared is None:
            raise NoIssuerHere("Links and codes cannot be opened here.")
        try:
            raw = await self._shared.get(name)
        except NotFound:
            self._counting.guessed()
            raise
        return self._checked(await self._shell.verify(raw), Audience.STRANGER)

    def _checked(self, verification: Verification, audience: Audience) -> Checked:
        self._counting.presented(verification)
        return Checked(verification=verification, decision=decide(verification), audience=audience)
