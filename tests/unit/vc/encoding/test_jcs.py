"""Canonical JSON: the fast path stands aside wherever it could differ."""

import math
from typing import Any

import pytest

from vc.encoding.jcs import canonicalize, canonicalize_reference
from vc.errors import TransformationError


@pytest.mark.parametrize(
    ("value", "canonical"),
    [
        ({"b": 1, "a": [True, False, "x"]}, b'{"a":[true,false,"x"],"b":1}'),
        ({"a": None}, b'{"a":null}'),
        ([1.0, -0.0, 1e21, 1e-7, 0.1], b"[1,0,1e+21,1e-7,0.1]"),
        ({"\ue000": 1, "\U0001f600": 2}, '{"\U0001f600":2,"\ue000":1}'.encode()),
        ('\x00\x1f\x7f\u2028"\\/\b', b'"\\u0000\\u001f\x7f\xe2\x80\xa8\\"\\\\/\\b"'),
        (2**53 - 1, b"9007199254740991"),
    ],
    ids=["sorting", "null", "floats", "utf16_order_of_names", "escapes", "largest_integer"],
)
def test_canonical_form(value: Any, canonical: bytes) -> None:
    assert canonicalize(value) == canonical
    assert canonicalize_reference(value) == canonical


def _endless() -> list[Any]:
    endless: list[Any] = []
    endless.append(endless)
    return endless


@pytest.mark.parametrize(
    "value",
    [
        math.nan,
        [math.inf],
        {"a": -math.inf},
        2**53,
        -(2**53),
        "\ud800",
        {"\udfff": 1},
        {1: 2},
        b"x",
        _endless(),
    ],
    ids=[
        "nan",
        "infinity",
        "minus_infinity",
        "integer_too_large",
        "integer_too_small",
        "lone_surrogate",
        "lone_surrogate_in_a_name",
        "name_that_is_no_string",
        "bytes",
        "endless_nesting",
    ],
)
def test_what_cannot_be_spelled_is_refused(value: Any) -> None:
    for function in (canonicalize, canonicalize_reference):
        with pytest.raises(TransformationError):
            function(value)
