"""What may be shared with whom: the rules of a share, before any of it is made.

Which claims a programme's verifiers may see is the same data, read by the same function, by which the
verifier refuses to ask for more.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from runtime.i18n import gettext_noop
from vc.encoding.strict_json import JsonObject
from vc.errors import MalformedValue, NotAuthorized, RangeError
from vc.model.claim_descriptions import claims_of
from vc.model.credential import types_of
from vc.model.credential_types import DataClass, credential_types
from vc.programmes.asking import requester_of, require_allowed
from vc.programmes.model import Programme, RequesterKind
from vc.programmes.reading import read_programme, require_open
from vc.trust.licences import Licence, VerifierClass
from wallet_api.card import State
from wallet_api.receipts import SharedCertificate
from wallet_api.service import CheckedCredential

MAX_VIEWS: Final = 20
MAX_CERTIFICATES: Final = 12
LONGEST_WITH_AGENCY: Final = timedelta(hours=24)
LONGEST: Final = timedelta(days=7)
HOURS: Final = (1, 6, 24, 72, 168)
"""What may be chosen; nothing longer than the longest for whom it is."""

NOT_LICENSED: Final = gettext_noop(
    "Warning: this organisation has no licence in force today. Nothing was shared. "
    "Show nothing, pay nothing, sign nothing, and call the hotline."
)
_NOT_ON_LIST: Final = gettext_noop("This organisation may not be shown anything.")
_NOTHING_CHOSEN: Final = gettext_noop(
    "Choose at least one certificate, and of it at least one thing to show."
)
_NO_TICK: Final = gettext_noop(
    "You chose something about your health. Say that you agree to that, or leave it out."
)
_NOT_THERE: Final = gettext_noop("One of these is not in force now, or does not have what you chose.")
_TOO_LONG: Final = gettext_noop("A share lasts no longer than that with them.")
_TOO_OFTEN: Final = gettext_noop("A share can be opened from 1 to 20 times.")
_NAME: Final = "nameLatin"


class NotLicensed(NotAuthorized):
    """Whoever it would be for has no licence in force. ``warning`` is for the holder, a message id."""

    def __init__(self) -> None:
        super().__init__(_NOT_ON_LIST)
        self.warning = NOT_LICENSED


@dataclass(frozen=True, kw_only=True, slots=True)
class Recipient:
    """For whom a share is: whoever holds a licence of the register, or without one whoever has the link."""

    licence: Licence | None

    @property
    def licence_number(self) -> str | None:
        """The licence's number."""
        return None if self.licence is None else self.licence.licence_number

    @property
    def names(self) -> Mapping[str, str]:
        """The name of the register, by language; empty for whoever has the link."""
        return {} if self.licence is None else self.licence.name

    @property
    def longest(self) -> timedelta:
        """How long a share with them may last."""
        is_agency = self.licence is not None and self.licence.verifier_class is VerifierClass.AGENCY
        return LONGEST_WITH_AGENCY if is_agency else LONGEST

    def requester(self, *, says_permit: bool) -> RequesterKind:
        """What a programme calls them. A link goes through many hands: that is an employer at most."""
        if self.licence is None:
            return RequesterKind.EMPLOYER
        said = RequesterKind.PERMIT_EMPLOYER.value if says_permit else None
        return requester_of(self.licence.verifier_class.value, said)


@dataclass(frozen=True, kw_only=True, slots=True)
class Wish:
    """What a holder wants to share: with whom, for what, which claims of which certificates, how long.

    ``share_id`` is drawn before, so that the same form sent twice makes one share. ``says_permit``: an
    employment permit names the employer. ``agrees_to_health`` is said for this share alone. ``shows_photo``:
    an organisation of the register of licences may see the labour database's photo when it opens the share.
    """

    share_id: str
    licence_number: str | None
    programme: str
    variant: str | None
    certificates: Mapping[str, tuple[str, ...]]
    hours: int
    views: int
    says_permit: bool = False
    is_watched: bool = False
    agrees_to_health: bool = False
    shows_photo: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Offered:
    """A certificate that may be shared for a programme, the claims that may be, and those chosen at first."""

    checked: CheckedCredential
    type_name: str
    claims: tuple[str, ...]
    at_first: frozenset[str]
    is_health: bool

    @property
    def subject(self) -> JsonObject:
        """What the certificate says."""
        return subject_of(self.checked)


def open_programme(name: str, *, variant: str | None, on: date) -> Programme:
    """The programme that is open on a day. Raises ``NotFound``, ``UnknownOption``."""
    programme = read_programme(name)
    require_open(programme, on=on, variant=variant)
    return programme


def offered_for(
    programme: Programme, requester: RequesterKind, held: Sequence[CheckedCredential]
) -> tuple[Offered, ...]:
    """What of ``held`` this asker may be shown. Raises ``RequesterRefused``."""
    require_allowed(programme, requester, {})
    return tuple(
        _offered(programme, one, name)
        for one in held
        if one.card.state is State.IN_FORCE
        and one.card.taken_back_at is None
        and (name := type_of(one)) in programme.claims
    )


def chosen_of(
    programme: Programme, requester: RequesterKind, held: Sequence[CheckedCredential], wish: Wish
) -> tuple[tuple[Offered, SharedCertificate], ...]:
    """What is shared under ``wish``, each with what was offered.

    Raises ``RequesterRefused`` and ``OverAsked`` before anything is looked at, ``NotAuthorized`` for
    health without its tick, ``MalformedValue`` for nothing, too much, or what is not there.
    """
    wanted = {one: tuple(dict.fromkeys(claims)) for one, claims in wish.certificates.items()}
    types = {one.held.id: type_of(one) for one in held}
    asked: dict[str, list[str]] = {}
    for credential_id, claims in wanted.items():
        asked.setdefault(types.get(credential_id, ""), []).extend(claims)
    # A certificate of nobody's here is told below, and not by the programme.
    asked.pop("", None)
    require_allowed(programme, requester, asked)
    if not wanted or len(wanted) > MAX_CERTIFICATES or not all(wanted.values()):
        raise MalformedValue(_NOTHING_CHOSEN, pointer="/certificates")
    offered = {one.checked.held.id: one for one in offered_for(programme, requester, held)}
    if not wanted.keys() <= offered.keys():
        raise MalformedValue(_NOT_THERE, pointer="/certificates")
    if any(offered[one].is_health for one in wanted) and not wish.agrees_to_health:
        raise NotAuthorized(_NO_TICK)
    if any(not set(claims) <= set(offered[one].claims) for one, claims in wanted.items()):
        raise MalformedValue(_NOT_THERE, pointer="/certificates")
    return tuple((offered[one], _shared(offered[one], claims)) for one, claims in wanted.items())


def require_bounds(wish: Wish, recipient: Recipient) -> None:
    """Raises ``RangeError`` for a share that lasts too long or can be opened too often."""
    if wish.hours not in HOURS or timedelta(hours=wish.hours) > recipient.longest:
        raise RangeError(_TOO_LONG, pointer="/hours")
    if not 0 < wish.views <= MAX_VIEWS:
        raise RangeError(_TOO_OFTEN, pointer="/views")


def type_of(one: CheckedCredential) -> str:
    """The name of the type of a certificate here; empty where it is none of ours."""
    types = types_of(one.held.document)
    return next((name for name in credential_types() if name in types), "")


def subject_of(one: CheckedCredential) -> JsonObject:
    """The subject of a certificate that was verified."""
    subject = one.held.document.get("credentialSubject")
    return subject if isinstance(subject, dict) else {}


def _offered(programme: Programme, one: CheckedCredential, name: str) -> Offered:
    entry, subject = credential_types()[name], subject_of(one)
    allowed = programme.claims[name]
    claims = tuple(
        known.claim for known in claims_of(name) if known.claim in allowed and known.claim in subject
    )
    return Offered(
        checked=one,
        type_name=name,
        claims=claims,
        at_first=frozenset(claims) & {_NAME, *entry.default_disclosure},
        is_health=entry.data_class is DataClass.HEALTH,
    )


def _shared(offered: Offered, claims: Sequence[str]) -> SharedCertificate:
    return SharedCertificate(
        credential_id=offered.checked.held.id,
        type_name=offered.type_name,
        claims=tuple(one for one in offered.claims if one in claims),
    )
