"""Every member of the credential altered, removed, or made null; and single bytes of it."""

import re
from collections.abc import Callable
from typing import Any

from tests.invalid.case import Case, altered, change, drop, put, spelt

_UNITS = tuple(
    f"/credentialSubject/unitsOfCompetency/{unit}/{name}"
    for unit in range(4)
    for name in ("unitCode", "unitTitle", "unitResult")
)
_ALIGNMENT = "/credentialSubject/achievement/alignment"

# Every leaf of the certificate that the sessions issue; a test compares this with the real one.
LEAVES = (
    "/@context/0",
    "/@context/1",
    "/@context/2",
    "/id",
    "/type/0",
    "/type/1",
    "/type/2",
    "/name",
    "/issuer/id",
    "/issuer/type/0",
    "/issuer/name",
    "/validFrom",
    "/credentialSubject/id",
    "/credentialSubject/type/0",
    "/credentialSubject/nameKhmer",
    "/credentialSubject/nameLatin",
    "/credentialSubject/birthDate",
    "/credentialSubject/certificateNumber",
    "/credentialSubject/achievement/id",
    "/credentialSubject/achievement/type/0",
    "/credentialSubject/achievement/achievementType",
    "/credentialSubject/achievement/humanCode",
    "/credentialSubject/achievement/name",
    "/credentialSubject/achievement/description",
    "/credentialSubject/achievement/criteria/narrative",
    "/credentialSubject/achievement/inLanguage",
    *(f"{_ALIGNMENT}/0/{name}" for name in ("type/0", "targetName", "targetUrl", "targetFramework")),
    f"{_ALIGNMENT}/0/targetCode",
    *(f"{_ALIGNMENT}/1/{name}" for name in ("type/0", "targetName", "targetUrl", "targetFramework")),
    "/credentialSubject/achievement/cqfLevel",
    "/credentialSubject/localized/title/km",
    *_UNITS,
    "/credentialSubject/assessors/0",
    "/credentialSubject/assessors/1",
    "/credentialSubject/assessmentMethod/0",
    "/credentialSubject/partial",
    "/credentialSubject/assessmentDate",
    "/credentialSubject/decisionDate",
    "/credentialStatus/0/id",
    "/credentialStatus/1/id",
    "/credentialStatus/0/type",
    "/credentialStatus/1/type",
    "/credentialStatus/0/statusPurpose",
    "/credentialStatus/1/statusPurpose",
    "/credentialStatus/0/statusListIndex",
    "/credentialStatus/1/statusListIndex",
    "/credentialStatus/0/statusListCredential",
    "/credentialStatus/1/statusListCredential",
    "/proof/type",
    "/proof/cryptosuite",
    "/proof/created",
    "/proof/verificationMethod",
    "/proof/proofPurpose",
    "/proof/proofValue",
)

_WHOLE = (
    "/@context",
    "/type",
    "/issuer",
    "/issuer/type",
    "/credentialSubject",
    "/credentialSubject/type",
    "/credentialSubject/achievement",
    "/credentialSubject/achievement/type",
    "/credentialSubject/achievement/criteria",
    _ALIGNMENT,
    f"{_ALIGNMENT}/0",
    "/credentialSubject/localized",
    "/credentialSubject/localized/title",
    "/credentialSubject/unitsOfCompetency",
    "/credentialSubject/unitsOfCompetency/0",
    "/credentialSubject/assessors",
    "/credentialSubject/assessmentMethod",
    "/credentialStatus",
    "/credentialStatus/0",
    "/credentialStatus/1",
    "/proof",
)
_NULLED = (
    "/@context",
    "/id",
    "/type",
    "/name",
    "/issuer",
    "/issuer/id",
    "/issuer/name",
    "/validFrom",
    "/credentialSubject",
    "/credentialSubject/id",
    "/credentialSubject/nameKhmer",
    "/credentialSubject/birthDate",
    "/credentialSubject/achievement",
    "/credentialSubject/achievement/humanCode",
    "/credentialSubject/achievement/cqfLevel",
    "/credentialSubject/localized/title/km",
    "/credentialSubject/unitsOfCompetency/3",
    "/credentialSubject/partial",
    "/credentialStatus",
    "/credentialStatus/0/statusListIndex",
    "/proof",
    "/proof/created",
    "/proof/proofValue",
)
# Places in the bytes, in thousandths of their length; never the same byte twice.
_PLACES = tuple(range(5, 1000, 35))

_LAST_DIGIT = re.compile(r"[0-9](?=[^0-9]*\Z)")


def cases() -> list[Case]:
    """Every case of these families."""
    return [
        *(altered("altered", _name(pointer), change(pointer, _another)) for pointer in LEAVES),
        *(altered("removed", _name(pointer), drop(pointer)) for pointer in (*LEAVES, *_WHOLE)),
        *(altered("null", _name(pointer), put(pointer, None)) for pointer in _NULLED),
        *(spelt("byte", f"flipped-at-{place}-thousandths", _flipped(place)) for place in _PLACES),
        *_cut(),
    ]


def _cut() -> list[Case]:
    respelt: dict[str, Callable[[bytes], bytes]] = {
        "last-missing": lambda raw: raw[:-1],
        "first-missing": lambda raw: raw[1:],
        "half-missing": lambda raw: raw[: len(raw) // 2],
        "twice": lambda raw: raw + raw,
        "one-more-brace": lambda raw: raw + b"}",
        "none": lambda _: b"",
    }
    return [spelt("byte", name, respell) for name, respell in respelt.items()]


def _name(pointer: str) -> str:
    return pointer.strip("/").replace("/", ".")


def _another(value: Any) -> Any:
    """A value of the same kind that looks as good: another last digit, or another letter."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    if _LAST_DIGIT.search(value) and not value.startswith("z"):
        return _LAST_DIGIT.sub(lambda digit: str((int(digit[0]) + 1) % 10), value)
    middle = len(value) // 2
    return value[:middle] + ("b" if value[middle] == "a" else "a") + value[middle + 1 :]


def _flipped(thousandths: int) -> Callable[[bytes], bytes]:
    def respell(raw: bytes) -> bytes:
        place = len(raw) * thousandths // 1000
        return raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :]

    return respell
