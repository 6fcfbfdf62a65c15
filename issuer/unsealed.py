"""What lies sealed in the issuer's tables, as it is read: certificates, their rows and their sheets."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import orjson

from issuer.identity_link.name_search import NamedPerson
from vc.encoding.strict_json import JsonValue


@dataclass(frozen=True, kw_only=True, slots=True)
class Details:
    """Whom a certificate is for, and what it says of them; ``name`` is its title.

    ``valid_until`` is a timestamp, None for what never ends. ``sex`` and ``province_code`` are the RLD's, for
    the centre's figures, ``contact`` a blind index of a shared telephone or address, for the approver. None
    of the three is signed, and each is empty in what was kept before it was.
    """

    rld_number: str
    credential_type: str
    name: str
    subject: Mapping[str, JsonValue]
    valid_until: str | None
    sex: str = ""
    province_code: str = ""
    contact: str = ""

    @property
    def named(self) -> NamedPerson:
        """Whom it is for, as the RLD has it."""
        return NamedPerson(
            name_km=str(self.subject["nameKhmer"]),
            name_latin=str(self.subject["nameLatin"]),
            birth_date=date.fromisoformat(str(self.subject["birthDate"])),
        )

    def to_bytes(self) -> bytes:
        """As it is sealed."""
        # Not ``asdict``, which copies the subject to the bottom: that took most of the time of sealing.
        values = {name: getattr(self, name) for name in self.__slots__}
        # What was approved before these were kept has to stay what was approved.
        return orjson.dumps({name: value for name, value in values.items() if value != ""})

    @classmethod
    def from_bytes(cls, data: bytes) -> "Details":
        """What ``to_bytes`` wrote."""
        return cls(**orjson.loads(data))


@dataclass(frozen=True, kw_only=True, slots=True)
class ClassSheet:
    """A class list. ``original`` is None once the sheet was destroyed; no problem is known then.

    ``proposal`` is the last that laid it before a second person; ``sent_back`` what that person wrote.
    ``issue_at`` is the timestamp to which an approved list was put off. ``corrects`` is the intent of the
    certificate that a list of one row corrects, ``take_back`` the last proposal to take back some of it.
    """

    id: str
    kind: str
    data_class: str
    state: str
    uploaded_at: str
    row_count: int
    not_passed: int
    has_failed: bool
    filename: str
    original: bytes | None
    problems: str
    proposal: int | None
    sent_back: str
    issue_at: str | None
    trouble: str | None
    corrects: str | None
    take_back: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class ClassRow:
    """One certificate that is to be issued."""

    class_id: str
    row: int
    data_class: str
    title: str
    award_key: str
    certificate_number: str | None
    details: Details

    @property
    def holder_name_km(self) -> str:
        """The name in Khmer, as the RLD has it."""
        return str(self.details.subject["nameKhmer"])

    @property
    def holder_name_latin(self) -> str:
        """The name in Latin letters, as the RLD has it."""
        return str(self.details.subject["nameLatin"])


@dataclass(frozen=True, kw_only=True, slots=True)
class Intent:
    """A row of ``issuance`` out of its seal; ``person`` is the owner of its data key.

    ``ended`` is None while its centre lets it stand.
    """

    intent_id: str
    class_id: str
    row: int
    centre_slug: str
    credential_id: str
    award_key: str
    certificate_number: str
    token: str
    code: str
    person: str
    data_class: str
    cryptosuite: str
    key_id: str
    created: str
    state: str
    details: Details
    document: bytes
    proof_config: bytes
    secured: bytes
    issued_at: str | None = None
    ended: str | None = None
