"""Generated values: text, numbers, identifiers, I-JSON, bits of status lists."""

from typing import Any

from hypothesis import strategies as st

SAFE_INTEGER = 2**53 - 1

_WORDS = st.sampled_from(
    [
        "ភ្នំពេញ",
        "សុខ ស្រីនិច្ឆ័យ",
        "ក\u200bខ",
        "ŁÓDŹ",
        "e\u0301",
        "é",
        "\u202eRLO",
        "日本",
        "𠮷野",
        "Ａ",
        "a b",
        "\\n",
        '"',
        "\\",
        "<b>",
        "\r\n\t",
    ]
)
# Where writers of JSON and N-Quads differ: what is escaped, what is no character, what sorts elsewhere.
_EDGES = st.sampled_from(
    "\b\v\f\x01\x1f\x7f\x80\x85\u2028\ud7ff\ue000\ufdd0\ufeff\ufffd\ufffe\uffff😀\U00010000\U0010ffff"
)
_ANY = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=4)
_PLAIN = st.lists(_WORDS | _ANY, max_size=3).map("".join)
TEXT = st.one_of(_PLAIN, _PLAIN, _PLAIN, st.lists(_EDGES | _WORDS, max_size=4).map("".join))
"""Text of I-JSON; one in four has characters that are escaped or sorted in several ways."""

LANGUAGES = st.sampled_from(["en", "km", "km-KH", "EN-us", "ar", "zh-Hant-TW", "de-1996"])
DAYS = st.dates().map(str)
IRIS = st.one_of(
    st.uuids().map(lambda value: value.urn),
    st.sampled_from(
        [
            "https://issuer.example/a?b=c#d",
            "https://ខ្មែរ.example/ផ្លូវ",
            "did:web:centre.example",
            "mailto:a@b.example",
            "urn:x:%F0%9F%98%80",
            "urn:x:😀",
            "HTTP://UPPER.example/../x/./y",
        ]
    ),
)
INTEGERS = st.integers(-SAFE_INTEGER, SAFE_INTEGER) | st.integers(-9, 9)
_FEW_DIGITS = st.integers(-(10**6), 10**6).map(lambda number: number / 4)
_EDGE_FLOATS = st.sampled_from([0.1, -0.0, 1.0, 1e-7, 1.5e-10, 1e-6, 123456.789, 100.0, -2.5])
NUMBERS = st.one_of(INTEGERS, _FEW_DIGITS, _FEW_DIGITS, _EDGE_FLOATS)
"""Mostly numbers with few digits: RDF keeps 16, and what has more is refused."""

SCALARS = TEXT | NUMBERS | st.booleans()
JSON_LITERALS: st.SearchStrategy[Any] = st.recursive(
    TEXT | INTEGERS | st.booleans(),
    lambda inner: st.lists(inner | st.none(), max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
_ANY_FLOATS = st.floats(allow_nan=False, allow_infinity=False) | st.sampled_from(
    [1e21, 1e-7, 5e-324, 1.7976931348623157e308, 333333333.33333329, 4.5, 2e-3]
)
# Without the whole numbers that canonical JSON writes as integers beyond 2**53 - 1.
_FLOATS = _ANY_FLOATS.filter(lambda number: not SAFE_INTEGER < abs(number) < 1e21)
I_JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | INTEGERS | _FLOATS | TEXT,
    # Names of one character, so that two of them often differ in order alone.
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_EDGES | TEXT, inner, max_size=4),
    max_leaves=16,
)


@st.composite
def status_bits(draw: st.DrawFn) -> tuple[int, frozenset[int]]:
    """A length of a status list in entries, and the indexes that are set."""
    length = 131_072 + 8 * draw(st.integers(0, 4_096))
    edges = st.sampled_from([0, 1, 7, 8, 9, length - 8, length - 1])
    return length, draw(st.frozensets(st.integers(0, length - 1) | edges, max_size=40))
