"""What the CDRI-ERIA report says of the people who returned from Thailand in July and August 2025.

Shares are fractions of all returnees; the line is that of the report's text as it was read
(``L151``). Where its shares do not add up to one, the rest is named for what it is: not stated.
"""

from collections.abc import Mapping
from datetime import date

REPORT_DAY = date(2025, 8, 15)
"""The middle of August 2025, the day of the report's count; ages are counted on it."""

AGE_18_TO_40 = 0.96
"""L151: of working age 18 to 40. The demo world gives the others ages from 41 to 60."""

SEX: Mapping[str, float] = {"M": 0.508, "F": 0.492}
"""L151."""

EDUCATION: Mapping[str, float] = {
    "primary": 0.57,
    "some-secondary": 0.36,
    "higher-or-vocational": 0.009,
    "not-stated": 0.061,
}
"""L151: 57 and 36 percent, and "less than 1 percent"."""

SECTOR: Mapping[str, float] = {
    "construction": 0.42,
    "agriculture": 0.15,
    "services": 0.12,
    "manufacturing": 0.08,
    "not-stated": 0.23,
}
"""L151: the sector people worked in in Thailand."""

BORDER_PROVINCES = ("01", "02", "13", "22", "24")
"""L151: Banteay Meanchey, Battambang, Preah Vihear, Oddar Meanchey, Pailin (gazetteer codes)."""

FROM_BORDER_PROVINCES = 0.72
"""L151: "more than 70 percent"."""

OTHER_PROVINCES = ("03", "05", "06", "07", "08", "10", "14", "15", "17", "20", "21", "25")
"""Provinces the demo world draws the others from; the report does not name them."""
