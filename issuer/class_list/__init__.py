"""The class list a TVET clerk uploads: reading, judging, and giving it back.

Pure: bytes in, values out; no clock, no database, no language. Row 29 of the threat model (one bad
row rides through a bulk import) and row 30 (hidden characters in names) are answered here; row 31
(the wrong returnee) in :mod:`issuer.identity_link`.
"""

from issuer.class_list.catalogue import CodeEntry, Unit, code_list
from issuer.class_list.columns import Column, columns_of
from issuer.class_list.csv_text import neutralise_text
from issuer.class_list.khmer import match_key_khmer
from issuer.class_list.messages import Message, Translate
from issuer.class_list.model import (
    ClassList,
    ClassRow,
    Heading,
    Headings,
    RowProblem,
    Sex,
    UnreadableClassList,
)
from issuer.class_list.parse import MAX_BYTES, parse_class_list
from issuer.class_list.sheet import MAX_ROWS
from issuer.class_list.workbooks import CellValue, error_workbook, example_row, sample_class_list

__all__ = [
    "MAX_BYTES",
    "MAX_ROWS",
    "CellValue",
    "ClassList",
    "ClassRow",
    "CodeEntry",
    "Column",
    "Heading",
    "Headings",
    "Message",
    "RowProblem",
    "Sex",
    "Translate",
    "Unit",
    "UnreadableClassList",
    "code_list",
    "columns_of",
    "error_workbook",
    "example_row",
    "match_key_khmer",
    "neutralise_text",
    "parse_class_list",
    "sample_class_list",
]
