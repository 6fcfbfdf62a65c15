"""What a verifier may be shown: by the programme it asks under, else what anybody may ask for.

The same data and functions by which our own verifier refuses to ask for more, and shares are made.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from runtime.i18n import gettext_noop
from vc.errors import NotAuthorized
from vc.model.credential_types import DataClass, credential_types
from vc.oid4vc.claims_path import ClaimsPath
from vc.oid4vc.dcql import CredentialFormat, CredentialQuery, DcqlQuery, type_of
from vc.oid4vc.open_asking import is_open_to_all, usual_claims
from vc.programmes.asking import OverAsked, RequesterRefused, require_allowed
from vc.trust.licences import VerifierClass
from wallet_api.open_wallet.askers import Asker

OVER_ASKED: Final = gettext_noop(
    "Warning: they ask for more than they may see. Nothing was shown to them. "
    "Show nothing, pay nothing, and call the hotline."
)
_MAY_HAVE_A_PERMIT: Final = frozenset({VerifierClass.EMPLOYER, VerifierClass.FOREIGN_ORGANISATION})
_NO_TICK: Final = gettext_noop(
    "You chose something about your health. Say that you agree to that, or leave it out."
)


class AskedTooMuch(NotAuthorized):
    """They ask for what they may not see. ``warning`` is for the holder, a message id."""

    def __init__(self) -> None:
        super().__init__("More was asked for than may be shown.")
        self.warning = OVER_ASKED


class HealthNotAgreed(NotAuthorized):
    """Something about health would be shown, and the holder did not say that it may be."""

    def __init__(self) -> None:
        super().__init__(_NO_TICK)


def needs_permit(asker: Asker, query: DcqlQuery) -> bool:
    """Whether the asker may ask only as the employer whom a permit names, which the holder must say."""
    licence = asker.recipient.licence
    if asker.programme is None or licence is None or licence.verifier_class not in _MAY_HAVE_A_PERMIT:
        return False
    try:
        require_may_ask(asker, query, says_permit=False)
    except RequesterRefused:
        return True
    except AskedTooMuch:
        return False
    return False


def require_may_ask(asker: Asker, query: DcqlQuery, *, says_permit: bool) -> None:
    """Refuse a request that asks for more than may be shown, whether or not the holder has it.

    Raises ``RequesterRefused`` and ``AskedTooMuch``, both with a warning. Credentials of types that are
    none of ours have no rule but the holder's own word.
    """
    if asker.programme is not None:
        require_allowed(asker.programme, asker.recipient.requester(says_permit=says_permit), {})
    for one in query.credentials:
        for name in types_in(one):
            _require(asker, name, _paths_of(one), says_permit=says_permit)


def may_see(asker: Asker, type_name: str, claims: Sequence[str], *, says_permit: bool) -> bool:
    """Whether all of these claims of a certificate may be shown: what cannot leave any of them out."""
    if type_name not in credential_types():
        return True
    try:
        _require(asker, type_name, claims, says_permit=says_permit)
    except (RequesterRefused, AskedTooMuch):
        return False
    return True


def is_about_health(type_name: str) -> bool:
    """Whether a certificate of this type is about health."""
    entry = credential_types().get(type_name)
    return entry is not None and entry.data_class is DataClass.HEALTH


def types_in(query: CredentialQuery) -> tuple[str, ...]:
    """Which of our types a query asks for."""
    return tuple(name for name in credential_types() if type_of(name, query.format) in query.types)


def path_text(path: ClaimsPath) -> str:
    """A path as programmes write it: names, joined by ``/``, as far as they go."""
    names = []
    for component in path:
        if not isinstance(component, str):
            break
        names.append(component)
    return "/".join(names)


def _paths_of(query: CredentialQuery) -> tuple[str, ...]:
    start = 0 if query.format is CredentialFormat.SD_JWT_VC else 1
    return tuple(text for claim in query.claims if (text := path_text(claim.path[start:])))


def _require(asker: Asker, type_name: str, claims: Sequence[str], *, says_permit: bool) -> None:
    if asker.programme is not None:
        requester = asker.recipient.requester(says_permit=says_permit)
        asked: Mapping[str, Sequence[str]] = {type_name: claims}
        try:
            require_allowed(asker.programme, requester, asked)
        except OverAsked:
            raise AskedTooMuch from None
        return
    entry = credential_types()[type_name]
    usual = usual_claims(entry)
    if not is_open_to_all(entry) or any(one.partition("/")[0] not in usual for one in claims):
        raise AskedTooMuch
