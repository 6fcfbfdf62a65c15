"""What comes with the forms of sharing, read as a wish; nothing is decided here."""

from dataclasses import dataclass
from typing import Final

from starlette.datastructures import FormData, QueryParams

from runtime.i18n import gettext_noop
from vc.errors import MalformedValue, NotFound
from vc.trust.licences import parse_licence_number
from wallet_api.share_terms import MAX_CERTIFICATES, MAX_VIEWS, Wish
from wallet_api.sharing import new_share_id

MAX_FIELDS: Final = 30 * MAX_CERTIFICATES
MAX_TYPED: Final = 300
ANYONE: Final = "anyone"
"""What stands in place of a licence number for a link that anybody may open."""
_YES: Final = "yes"
_AGENCY_PATH: Final = "/trust/agencies/"
_NO_NUMBER: Final = gettext_noop("Write the licence number, or the link that the QR code on the wall opens.")
_NO_PURPOSE: Final = gettext_noop("Choose what it is for.")
_NO_HOURS: Final = gettext_noop("Choose how long, and how often it can be opened.")


@dataclass(frozen=True, kw_only=True, slots=True)
class ForWhom:
    """Whom it is for, and for what, as addresses and forms carry it on."""

    to: str
    purpose: str = ""
    says_permit: bool = False

    @property
    def licence_number(self) -> str | None:
        """None for whoever has the link."""
        return None if self.to == ANYONE else self.to

    @property
    def programme(self) -> str:
        """The programme's identifier."""
        return self.purpose.partition("/")[0]

    @property
    def variant(self) -> str | None:
        """The variant, where the programme has any."""
        return self.purpose.partition("/")[2] or None

    def wish(self) -> Wish:
        """A wish for nothing yet."""
        return Wish(
            share_id=new_share_id(),
            licence_number=self.licence_number,
            programme=self.programme,
            variant=self.variant,
            certificates={},
            hours=1,
            views=1,
            says_permit=self.says_permit,
        )


def licence_in(typed: str, *, base_url: str) -> str:
    """The licence number in what was typed or scanned: a number, or the link of an agency's page.

    Raises ``MalformedValue``.
    """
    text = typed.strip()
    start = f"{base_url}{_AGENCY_PATH}"
    if "://" in text:
        if not text.startswith(start):
            raise MalformedValue(_NO_NUMBER, pointer="/to")
        text = text.removeprefix(start).partition("?")[0].partition("/")[0]
    try:
        return parse_licence_number(text)
    except MalformedValue:
        raise MalformedValue(_NO_NUMBER, pointer="/to") from None


def whom_of(given: QueryParams | FormData, *, base_url: str, needs_purpose: bool) -> ForWhom:
    """Whom it is for, of an address or a form. Raises ``MalformedValue``."""
    to, purpose, permit = (text_in(given, name) for name in ("to", "purpose", "permit"))
    if needs_purpose and not purpose:
        raise MalformedValue(_NO_PURPOSE, pointer="/purpose")
    to = to if to == ANYONE else licence_in(to, base_url=base_url)
    return ForWhom(to=to, purpose=purpose, says_permit=permit == _YES)


def wish_of(form: FormData, *, base_url: str) -> Wish:
    """What a holder wants to share. Raises ``MalformedValue``, ``NotFound``."""
    whom = whom_of(form, base_url=base_url, needs_purpose=True)
    try:
        hours, views = int(text_in(form, "hours")), int(text_in(form, "views"))
    except ValueError:
        raise MalformedValue(_NO_HOURS, pointer="/hours") from None
    return Wish(
        share_id=_share_id(form),
        licence_number=whom.licence_number,
        programme=whom.programme,
        variant=whom.variant,
        certificates=_certificates(form),
        hours=hours,
        views=min(views, MAX_VIEWS + 1),
        says_permit=whom.says_permit,
        is_watched=text_in(form, "watch") == _YES,
        agrees_to_health=text_in(form, "health") == _YES,
        shows_photo=text_in(form, "photo") == _YES,
    )


def text_in(given: QueryParams | FormData, name: str) -> str:
    """A field as text; the empty text where it is not there, a file, or far too long."""
    value = given.get(name)
    return value.strip() if isinstance(value, str) and len(value) <= MAX_TYPED else ""


def _share_id(form: FormData) -> str:
    given = text_in(form, "share_id")
    if not given:
        return new_share_id()
    if not given.isalnum() or len(given) != len(new_share_id()):
        raise NotFound("There is no such form.")
    return given


def _certificates(form: FormData) -> dict[str, tuple[str, ...]]:
    """Claims by certificate; a field ``claim`` has the id of its certificate, a space, and its own name."""
    chosen = [value for value in form.getlist("certificate") if isinstance(value, str)]
    claims = [value.partition(" ") for value in form.getlist("claim") if isinstance(value, str)]
    return {
        credential_id: tuple(name for one, _, name in claims if one == credential_id)
        for credential_id in dict.fromkeys(chosen)
    }
