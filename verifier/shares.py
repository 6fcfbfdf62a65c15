"""Opening what a holder shares: every presentation is verified as if a stranger had brought it.

The key binding must be for this link and this organisation. Beyond what a programme lets its askers see,
nothing is shown, whatever was handed over.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from starlette.requests import Request

from runtime.i18n import PHNOM_PENH
from runtime.service import ServiceContext
from runtime.share_links import share_audience, share_nonce
from runtime.verification import Sitting
from vc.encoding.strict_json import JsonObject
from vc.errors import ProtocolError
from vc.model.credential import types_of
from vc.model.credential_types import credential_types
from vc.model.verdict import Verification
from vc.programmes.asking import require_allowed
from vc.programmes.model import RequesterKind
from vc.programmes.reading import read_programme
from vc.sd_jwt.credential import parse_sd_jwt_vc
from vc.status.token_entries import TokenStatusEntry, parse_status_claim
from vc.trust.decide import decide
from vc.verify import PresentationVerification
from vc.verify.one_person import one_person
from vc.verify.registry_photo import PhotoAnswer, PhotoComparison, PhotoState, with_registry_photo
from verifier.held_shares import HeldShares, OpenedShare
from verifier.links import ShareLink
from verifier.photo_comparing import PhotoComparisons
from verifier.programme_checks import CheckedProgramme, Wanted, check_programme
from verifier.service import CheckedPresentation, NoIssuerHere, VerifierService, for_bearer
from verifier.watching import Watching

OLDEST: Final = timedelta(days=8)
"""How long ago a presentation of a share may have been made: no share lasts longer."""
_NOT_CLAIMS: Final = frozenset({"id", "type"})


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckedShare(CheckedPresentation):
    """A share, each certificate in it by itself, and what they come to under its programme.

    ``watches`` are the names of what is watched until the share ends, where its holder agreed to that.
    ``photo_standing`` is how it stands with the labour database's photo, None where its holder gives none.
    """

    share: OpenedShare
    programme: CheckedProgramme
    watches: tuple[str, ...]
    photo_standing: PhotoComparison | PhotoState | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Disclosed:
    """The type of a certificate and exactly the claims of it that were disclosed."""

    type_name: str
    subject: JsonObject


class ShareDesk:
    """Opens shares for one application. ``held`` is None where no wallet is beside it."""

    def __init__(
        self,
        context: ServiceContext,
        service: VerifierService,
        held: HeldShares | None,
        watching: Watching,
        photos: PhotoComparisons,
    ) -> None:
        self._context = context
        self._service = service
        self._held = held
        self._watching = watching
        self._photos = photos

    async def open(
        self,
        link: ShareLink,
        licence_number: str | None,
        sitting: Sitting | None = None,
        *,
        with_photo: bool = False,
    ) -> CheckedShare:
        """Open a share for whoever asks under this licence, or under none: counted, and its holder is told.

        ``with_photo``: a person looks at the answer, and sees the photo where the holder lets them.

        Raises ``NotFound`` for whatever cannot be opened, ``OverAsked`` and ``RequesterRefused`` for more
        than the programme allows, ``EvidenceUnavailable``.
        """
        if self._held is None:
            raise NoIssuerHere("Links and codes cannot be opened here.")
        share = await self._held.open(link.value, licence_number, with_photo=with_photo)
        sitting = sitting or self._service.shell.sitting()
        found = await self._verified(link, share, sitting)
        self._require_allowed(share, found)
        watches = await self._watch(share, found)
        photo = await self._photos.standing(link.value, share)
        for one in found:
            self._service.count(one, decide(one))
        return self._checked(share, found, sitting, photo=photo, watches=watches)

    async def compare(
        self, link: ShareLink, licence_number: str, answer: PhotoAnswer, *, organisation: str, by: str
    ) -> CheckedShare:
        """Say of a share opened just now whether the person is the one on the photo; the share anew.

        Raises ``NotFound`` where no photo of it was shown to this licence in the last minutes.
        """
        share, said = await self._photos.say(
            link.value, licence_number, answer, organisation=organisation, by=by
        )
        sitting = self._service.shell.sitting()
        found = await self._verified(link, share, sitting)
        return self._checked(share, found, sitting, photo=said, watches=())

    async def _verified(self, link: ShareLink, share: OpenedShare, sitting: Sitting) -> list[Verification]:
        nonce = share_nonce(link.value)
        audience = share_audience(self._context.settings.base_url, share.licence_number)
        return [
            await sitting.verify_sd_jwt_vc(text, challenge=nonce, domain=audience, oldest=OLDEST)
            for text in share.presentations
        ]

    def _checked(
        self,
        share: OpenedShare,
        found: list[Verification],
        sitting: Sitting,
        *,
        photo: PhotoComparison | PhotoState | None,
        watches: tuple[str, ...],
    ) -> CheckedShare:
        answered = found if photo is None else [with_registry_photo(one, photo) for one in found]
        checked = CheckedPresentation(
            presentation=PresentationVerification(
                findings=(),
                verifications=tuple(answered),
                checked_at=sitting.now,
                # One PIN opened all of these keys, and each of them signed the nonce of this one link. A
                # photo shows whose they are, and takes nothing from that.
                one_person=one_person(found),
            ),
            credentials=tuple(map(for_bearer, answered)),
        )
        return CheckedShare(
            presentation=checked.presentation,
            credentials=checked.credentials,
            share=share,
            programme=check_programme(self._wanted(share), [checked]),
            watches=watches,
            photo_standing=photo,
        )

    def _wanted(self, share: OpenedShare) -> Wanted:
        today: date = self._context.clock.now().astimezone(PHNOM_PENH).date()
        return Wanted(
            programme=share.programme,
            variant=share.variant,
            on=today,
            requester=RequesterKind(share.requester),
        )

    def _require_allowed(self, share: OpenedShare, found: list[Verification]) -> None:
        asked: dict[str, list[str]] = {}
        for disclosed in map(disclosed_of, found):
            if disclosed is not None:
                asked.setdefault(disclosed.type_name, []).extend(disclosed.subject)
        require_allowed(read_programme(share.programme), RequesterKind(share.requester), asked)

    async def _watch(self, share: OpenedShare, found: list[Verification]) -> tuple[str, ...]:
        if not share.is_watched or share.licence_number is None:
            return ()
        authentic = [
            text for text, one in zip(share.presentations, found, strict=True) if one.document is not None
        ]
        return await self._watching.add_shared(
            share.licence_number, share.share_id, share.expires_at, list(_places(authentic))
        )


def disclosed_of(verification: Verification) -> Disclosed | None:
    """What of a certificate was disclosed; None where it is not authentic, or of no type of ours."""
    document = verification.document
    if document is None:
        return None
    types = types_of(document)
    name = next((known for known in credential_types() if known in types), None)
    subject = document.get("credentialSubject")
    if name is None or not isinstance(subject, dict):
        return None
    claims = {claim: value for claim, value in subject.items() if claim not in _NOT_CLAIMS}
    return Disclosed(type_name=name, subject=claims)


def share_desk_of(request: Request) -> ShareDesk:
    """The desk of the application that answers ``request``."""
    desk = request.app.state.share_desk
    if not isinstance(desk, ShareDesk):
        raise TypeError("the application was not made by verifier.app.create_app")
    return desk


def _places(presentations: list[str]) -> Iterator[TokenStatusEntry]:
    for text in presentations:
        with suppress(ProtocolError):
            entry = parse_status_claim(parse_sd_jwt_vc(text).claims)
            if isinstance(entry, TokenStatusEntry):
                yield entry
