"""Checking what a person or a program brought, whichever way it came in."""

from dataclasses import dataclass

from runtime.verification import Sitting, VerificationShell
from vc.errors import EvidenceUnavailable, NotFound, ParseError
from vc.model.verdict import Decision, Verification
from vc.trust.decide import decide
from vc.verify import PresentationVerification
from verifier.accepting import Brought, Card, Credential, Presentation, SdJwtVc, recognise, recognise_json
from verifier.clients import SharedCredentials
from verifier.counting import Counting
from verifier.extract import CardFound, CredentialFound, LinkFound, extract_async
from verifier.links import SharedToken, ShareLink, TypedCode, parse_link_or_code
from verifier.rendering import Audience
from verifier.sentences import NOT_A_CREDENTIAL


class NoIssuerHere(EvidenceUnavailable):
    """This verifier runs alone; links and codes are opened at the issuer's own site."""


class IsShare(NotFound):
    """What was brought is the link of a share, which is opened by itself: that is counted."""

    def __init__(self, link: ShareLink) -> None:
        super().__init__("This link is opened on a page of its own.")
        self.link = link


@dataclass(frozen=True, kw_only=True, slots=True)
class Checked:
    """A verification, the decision drawn from it, and who is told."""

    verification: Verification
    decision: Decision
    audience: Audience


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckedPresentation:
    """A presentation, and each credential in it by itself."""

    presentation: PresentationVerification
    credentials: tuple[Checked, ...]


class VerifierService:
    """The verifier. ``shared`` is None where no issuer is beside it, ``counting`` in a command."""

    def __init__(
        self,
        *,
        shell: VerificationShell,
        shared: SharedCredentials | None,
        base_url: str,
        counting: Counting | None,
    ) -> None:
        self._counting = counting
        self.shell = shell
        self._shared = shared
        self._base_url = base_url

    async def check_credential(self, raw: bytes) -> Checked:
        """Check the exact bytes of a credential. Raises ``ProtocolError`` when they are none."""
        return self._checked(await self.shell.verify(raw), Audience.BEARER)

    async def check_card(self, text: str) -> Checked:
        """Check the text of a passport card; whatever is in it is an answer."""
        return self._checked(await self.shell.verify_card(text), Audience.BEARER)

    async def check_presentation(
        self, raw: bytes, *, challenge: str | None, domain: str | None
    ) -> PresentationVerification:
        """Check a presentation and every credential in it. Raises as ``check_credential``."""
        presentation = await self.shell.verify_presentation(raw, challenge=challenge, domain=domain)
        for one in presentation.verifications:
            self.count(one, decide(one))
        return presentation

    async def check_upload(
        self,
        data: bytes,
        *,
        content_type: str | None,
        filename: str | None,
        sitting: Sitting | None = None,
    ) -> Checked | CheckedPresentation:
        """Check what is in an uploaded file: anything of ``verifier.accepting``, also as picture or PDF.

        Raises ``ProtocolError`` (``ForeignLink`` among them), ``NotFound`` (``IsShare`` among them),
        ``RateLimited`` or ``EvidenceUnavailable``.
        """
        found = await extract_async(data, content_type=content_type, filename=filename)
        if isinstance(found, CredentialFound):
            return await self.check_brought(recognise_json(found.raw), sitting)
        if isinstance(found, CardFound):
            return await self.check_brought(Card(text=found.text), sitting)
        if isinstance(found, LinkFound):
            return await self.check_link_or_code(found.text, sitting)
        return await self.check_brought(recognise(found.text), sitting)

    async def check_pasted(self, text: str, sitting: Sitting | None = None) -> Checked | CheckedPresentation:
        """Check a pasted text of any kind. Raises as ``check_upload``."""
        return await self.check_brought(recognise(text), sitting)

    async def check_brought(
        self, brought: Brought, sitting: Sitting | None = None
    ) -> Checked | CheckedPresentation:
        """Check one thing; one that cannot be read is complained of in words for people.

        Raises as ``check_upload``.
        """
        sitting = sitting or self.shell.sitting()
        try:
            match brought:
                case Credential(raw=raw):
                    return self._checked(await sitting.verify(raw), Audience.BEARER)
                case Presentation(raw=raw):
                    return self._presented(await sitting.verify_presentation(raw))
                case SdJwtVc(text=text):
                    return self._checked(await sitting.verify_sd_jwt_vc(text), Audience.BEARER)
                case Card(text=text):
                    return self._checked(await sitting.verify_card(text), Audience.BEARER)
        except ParseError:
            raise ParseError(NOT_A_CREDENTIAL) from None
        return await self.check_link_or_code(brought.text, sitting)

    async def check_link_or_code(self, text: str, sitting: Sitting | None = None) -> Checked:
        """Check the credential behind one of our links or typed codes. Raises as ``check_upload``.

        Raises ``IsShare`` for the link of a share.
        """
        name = parse_link_or_code(text, base_url=self._base_url)
        if isinstance(name, ShareLink):
            raise IsShare(name)
        return await self.check_shared(name, sitting)

    async def check_shared(self, name: SharedToken | TypedCode, sitting: Sitting | None = None) -> Checked:
        """Check a shared credential for a stranger. Raises ``NotFound`` or ``EvidenceUnavailable``."""
        if self._shared is None:
            raise NoIssuerHere("Links and codes cannot be opened here.")
        try:
            raw = await self._shared.get(name)
        except NotFound:
            if self._counting is not None:
                self._counting.guessed()
            raise
        return self._checked(await (sitting or self.shell.sitting()).verify(raw), Audience.STRANGER)

    def count(self, verification: Verification, decision: Decision) -> None:
        """Count a verification made elsewhere."""
        if self._counting is not None:
            self._counting.presented(verification, decision)

    def _presented(self, presentation: PresentationVerification) -> CheckedPresentation:
        return CheckedPresentation(
            presentation=presentation,
            credentials=tuple(self._checked(one, Audience.BEARER) for one in presentation.verifications),
        )

    def _checked(self, verification: Verification, audience: Audience) -> Checked:
        decision = decide(verification)
        self.count(verification, decision)
        return Checked(verification=verification, decision=decision, audience=audience)


def for_bearer(verification: Verification) -> Checked:
    """A verification made elsewhere, with its decision, for whoever brought it."""
    return Checked(verification=verification, decision=decide(verification), audience=Audience.BEARER)
