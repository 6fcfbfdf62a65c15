"""What the QR code in a picture is for, where a holder brings one; nothing that it names is opened here."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from urllib.parse import parse_qs

from starlette.datastructures import FormData, UploadFile

from runtime.file_reading import is_picture, read_file
from runtime.http import CONTENT_SECURITY_POLICY_OF_READER
from runtime.i18n import gettext_noop
from vc.card.text import is_card_text
from vc.errors import MalformedValue, RateLimited
from vc.oid4vc.received_offer import SCHEMES as OFFER_SCHEMES
from vc.oid4vc.received_request import SCHEMES as REQUEST_SCHEMES

PICTURES: Final = ("photo", "picture")
"""The fields of a form for a picture: of the camera, and one that is there already."""
SCANNED: Final = "scanned"
"""The field for the text of a code that the page itself read, with its camera."""
MAX_SCANNED: Final = 40_000
READER: Final = "zxing_reader.wasm"
READER_HEADERS: Final = {"Content-Security-Policy": CONTENT_SECURITY_POLICY_OF_READER}
"""For the pages on which a camera reads codes."""

_NO_PICTURE: Final = gettext_noop("Take a picture of the QR code first, or choose one.")
_NO_CODE: Final = gettext_noop(
    "There is no QR code in this picture that can be read. Take it again: near, straight and in good light, "
    "with the whole code in it."
)
_SEVERAL: Final = gettext_noop("There is more than one QR code in this picture. Take it again with only one.")
_UNREADABLE: Final = gettext_noop("This picture cannot be read. Take a new one, and send it as PNG or JPEG.")
_BUSY: Final = gettext_noop("Many pictures are being read now. Try again in a few seconds.")
# By the verdict of the reader; any other is a picture that cannot be read.
_COMPLAINTS: Final = {"no code": _NO_CODE, "several codes": _SEVERAL}


class Kind(StrEnum):
    """What a code is for."""

    OFFER = "offer"
    REQUEST = "request"
    CARD = "card"
    CERTIFICATE = "certificate"
    """Of a certificate on paper, or of what somebody shares."""
    AGENCY = "agency"
    FOREIGN = "foreign"
    """Another website."""
    OTHER = "other"
    """Nothing that is known here: each page says by itself what it needs."""


@dataclass(frozen=True, kw_only=True, slots=True)
class NextStep:
    """What a holder is told of a code that is not for the page it was brought to; both are message ids.

    ``address`` is a page of ours, with the text of its link; None where there is none to go to.
    """

    said: str
    address: str | None = None
    link: str | None = None


_CHECK: Final = gettext_noop("Check a certificate")
NEXT_STEPS: Final[Mapping[Kind, NextStep]] = {
    Kind.OFFER: NextStep(
        said=gettext_noop("This code offers you a certificate. Bring it to another page."),
        address="/wallet/receive",
        link=gettext_noop("Bring a certificate in"),
    ),
    Kind.REQUEST: NextStep(
        said=gettext_noop("With this code somebody asks to see your certificate. Bring it to another page."),
        address="/wallet/present",
        link=gettext_noop("Somebody asks for your certificate"),
    ),
    Kind.CARD: NextStep(
        said=gettext_noop("This is the code of a passport card. You can check the card on another page."),
        address="/verify",
        link=_CHECK,
    ),
    Kind.CERTIFICATE: NextStep(
        said=gettext_noop("This is the code of a certificate. You can check it on another page."),
        address="/verify",
        link=_CHECK,
    ),
    Kind.AGENCY: NextStep(
        said=gettext_noop("This is the code of an agency. Check it before you give anything."),
        address="/wallet/agency",
        link=gettext_noop("Check an agency"),
    ),
    Kind.FOREIGN: NextStep(
        said=gettext_noop("This code leads to another website. We did not open it. Do not trust it.")
    ),
}


def kind_of(text: str, *, base_url: str) -> Kind:
    """What the text of a code is for, by how it begins. Nothing is said of whether it is good."""
    text = text.strip()
    if is_card_text(text):
        return Kind.CARD
    scheme = text.partition("://")[0].lower()
    if scheme in OFFER_SCHEMES:
        return Kind.OFFER
    if scheme in REQUEST_SCHEMES:
        return Kind.REQUEST
    if scheme not in ("https", "http"):
        return Kind.OTHER
    return _kind_of_web(text, base_url)


def _kind_of_web(text: str, base_url: str) -> Kind:
    try:
        names = parse_qs(text.partition("#")[0].partition("?")[2], max_num_fields=40).keys()
    except ValueError:
        return Kind.FOREIGN
    if names & {"credential_offer", "credential_offer_uri"}:
        return Kind.OFFER
    if "client_id" in names:
        return Kind.REQUEST
    if text.startswith((f"{base_url}/v/", f"{base_url}/s/")):
        return Kind.CERTIFICATE
    return Kind.AGENCY if text.startswith(f"{base_url}/trust/agencies/") else Kind.FOREIGN


async def scanned_text(form: FormData) -> str | None:
    """The text of the one QR code that came with ``form``, read already or in a picture; None without either.

    Raises ``MalformedValue`` for no picture and for no, or more than one, code, and ``RateLimited`` where too
    many pictures are being read; both say what to do next and repeat nothing of the picture.
    """
    scanned = form.get(SCANNED)
    if isinstance(scanned, str) and 0 < len(scanned) <= MAX_SCANNED:
        return scanned
    sent = [part for name in PICTURES if isinstance(part := form.get(name), UploadFile)]
    if not sent:
        return None
    # Of the two fields the one that was left empty comes as a file without content.
    data = next(filter(None, [await part.read() for part in sent]), b"")
    if not data:
        raise MalformedValue(_NO_PICTURE, pointer="/picture")
    if not is_picture(data):
        raise MalformedValue(_UNREADABLE, pointer="/picture")
    try:
        verdict = await read_file(data)
    except RateLimited as busy:
        raise RateLimited(_BUSY, retry_after=busy.retry_after) from None
    if verdict.text is None:
        raise MalformedValue(_COMPLAINTS.get(verdict.kind, _UNREADABLE), pointer="/picture")
    return verdict.text
