"""What stands on a passport of paper, as plain text."""

from dataclasses import dataclass
from datetime import date
from urllib.parse import urlsplit

from issuer.passport_card import CardView, PrintedPhoto


@dataclass(frozen=True, kw_only=True, slots=True)
class CertificateLine:
    """One certificate in plain words.

    ``attests`` says what was found, in Khmer and in the second language; so does ``kind`` with its type. The
    title stands as it was signed, in English, and in Khmer where there is one. ``verify_url`` goes into the
    code as it is, ``typed_code`` stands below.
    """

    attests: tuple[str, str]
    kind: tuple[str, str]
    title_en: str
    title_km: str | None
    level: int | None
    is_part: bool
    day: date
    certificate_number: str
    centre_name_en: str
    centre_name_km: str
    verify_url: str
    typed_code: str


@dataclass(frozen=True, kw_only=True, slots=True)
class PassportView:
    """One person's passport. ``cards`` are cut out of it; ``language`` is the second one, beside Khmer."""

    name_km: str
    name_latin: str
    birth_year: int
    photo: PrintedPhoto
    certificates: tuple[CertificateLine, ...]
    cards: tuple[CardView, ...]
    printed_on: date
    language: str
    verify_page: str
    hotline: str
    demo: bool

    @property
    def verify_host(self) -> str:
        """The host (with its port, if any) that a person types by hand."""
        return urlsplit(self.verify_page).netloc
