"""Bytes on which two readers of JSON disagree, and text that only looks the same."""

import unicodedata
from collections.abc import Callable

import orjson

from tests.invalid.case import (
    MARKER,
    Attempt,
    Case,
    Expected,
    altered,
    change,
    each,
    only,
    post_credential_text,
    put,
    spelt,
)
from tests.invalid.genuine import Genuine

Respell = Callable[[bytes], bytes]
_MARK = MARKER.encode()


def _replaced(old: bytes, new: bytes) -> Respell:
    def respell(raw: bytes) -> bytes:
        assert old in raw, "the genuine credential has no longer what this case replaces"
        return raw.replace(old, new, 1)

    return respell


def _added(member: bytes) -> Respell:
    return lambda raw: raw[:-1] + b"," + member + b"}"


def _first(member: bytes) -> Respell:
    return lambda raw: b"{" + member + b"," + raw[1:]


def _deep(opening: bytes, closing: bytes, depth: int) -> Respell:
    return _added(b'"x":' + opening * depth + b"1" + closing * depth)


_LEVEL = b'"cqfLevel":1'

_NUMBERS: dict[str, Respell] = {
    name: _replaced(_LEVEL, b'"cqfLevel":' + number)
    for name, number in {
        "1e400": b"1e400",
        "minus-1e400": b"-1e400",
        "nan": b"NaN",
        "infinity": b"Infinity",
        "minus-infinity": b"-Infinity",
        "minus-zero": b"-0",
        "leading-zero": b"01",
        "plus": b"+1",
        "no-digit-behind-point": b"1.",
        "no-digit-before-point": b".1",
        "hexadecimal": b"0x1",
        "2-to-the-53-plus-1": b"9007199254740993",
        "hundred-thousand-digits": b"1" * 100_000,
        "huge-exponent": b"1e" + b"9" * 1000,
        "smallest": b"5e-324",
        "1.5": b"1.5",
        "text": b'"1"',
        "true": b"true",
    }.items()
}

_DUPLICATES: dict[str, Respell] = {
    "issuer-first": _first(b'"issuer":"did:example:' + _MARK + b'"'),
    "issuer-last": _added(b'"issuer":"did:example:' + _MARK + b'"'),
    "the-same-value": lambda raw: _added(b'"id":' + orjson.dumps(orjson.loads(raw)["id"]))(raw),
    "proof": _added(b'"proof":{}'),
    "subject": _first(b'"credentialSubject":{"id":"urn:example:1"}'),
    "in-subject": _replaced(b'"nameLatin":', b'"nameLatin":"' + _MARK + b'","nameLatin":'),
    "in-issuer": _replaced(b'"issuer":{', b'"issuer":{"id":"did:example:1",'),
    "in-status": _replaced(b'"statusListIndex":', b'"statusListIndex":"0","statusListIndex":'),
    "in-proof": _replaced(b'"proofPurpose":', b'"proofPurpose":"authentication","proofPurpose":'),
    "spelt-with-an-escape": _added(b'"\\u0069ssuer":"did:example:1"'),
    "context": _first(b'"@context":[]'),
}

_ENCODINGS: dict[str, Respell] = {
    "byte-order-mark-inside": lambda raw: b"\xef\xbb\xbf" + raw,
    "invalid-utf-8": _replaced(b'"name":"', b'"name":"\xff'),
    "overlong-utf-8": _replaced(b'"name":"', b'"name":"\xc0\xaf'),
    "surrogate-in-utf-8": _replaced(b'"name":"', b'"name":"\xed\xa0\x80'),
    "half-a-letter": _replaced(b'"name":"', b'"name":"\xe1\x9e'),
    "latin-1": _replaced(b'"name":"', b'"name":"caf\xe9 '),
    "beyond-unicode": _replaced(b'"name":"', b'"name":"\xf4\x90\x80\x80'),
    "nul-byte": _replaced(b'"name":"', b'"name":"\x00'),
    "nul-escape": _replaced(b'"name":"', b'"name":"\\u0000'),
    "nul-escape-in-name": _added(b'"a\\u0000b":1'),
    "raw-newline-in-text": _replaced(b'"name":"', b'"name":"\n'),
    "raw-tab-in-text": _replaced(b'"name":"', b'"name":"\t'),
    "lone-high-surrogate": _replaced(b'"name":"', b'"name":"\\ud800'),
    "lone-low-surrogate": _replaced(b'"name":"', b'"name":"\\udc00'),
    "surrogates-swapped": _replaced(b'"name":"', b'"name":"\\udc00\\ud800'),
    "lone-surrogate-in-name": _added(b'"\\ud800":1'),
    "lone-surrogate-in-issuer": _replaced(b'"issuer":{"id":"', b'"issuer":{"id":"\\ud800'),
    "lone-surrogate-in-proof": _replaced(b'"cryptosuite":"', b'"cryptosuite":"\\ud800'),
    "escape-unknown": _replaced(b'"name":"', b'"name":"\\x41'),
    "escape-cut-short": _replaced(b'"name":"', b'"name":"\\u12'),
    "single-quotes": lambda raw: raw.replace(b'"', b"'"),
    "comment": _replaced(b'"name":', b'/* x */"name":'),
    "trailing-comma": lambda raw: raw[:-1] + b",}",
    "unquoted-name": _replaced(b'"name":', b"name:"),
    "vertical-tab-between": _replaced(b'"name":', b'\x0b"name":'),
    "no-break-space-between": _replaced(b'"name":', b'\xc2\xa0"name":'),
    "byte-order-mark-between": _replaced(b'"name":', b'\xef\xbb\xbf"name":'),
    "python-none": _added(b'"x":None'),
    "python-true": _added(b'"x":True'),
}

_DEPTHS: dict[str, Respell] = {
    "arrays-10000": _deep(b"[", b"]", 10_000),
    "objects-10000": _deep(b'{"x":', b"}", 10_000),
    "arrays-unclosed": _added(b'"x":' + b"[" * 100_000),
    "arrays-100": _deep(b"[", b"]", 100),
    "objects-41": _deep(b'{"x":', b"}", 41),
    "arrays-41": _deep(b"[", b"]", 41),
    "both-by-turns-5000": _deep(b'[{"x":', b"}]", 5_000),
    "both-by-turns-21": _deep(b'[{"x":', b"}]", 21),
    "arrays-closed-without-opening": _added(b'"x":' + b"]" * 10_000),
    "objects-unclosed": _added(b'"x":' + b'{"x":' * 50_000),
    "contexts-1000": _added(b'"x":' + b'{"@context":' * 1_000 + b"{}" + b"}" * 1_000),
}

# Signed by the centre as the first number and spelt as the second, which other readers take for the
# first: they hold numbers as IEEE doubles. Only eddsa-jcs-2022 signs a member that no context defines.
_COLLISIONS: dict[str, tuple[float, bytes]] = {
    "2-to-the-53-and-one-more": (2.0**53, b"9007199254740993"),
    "minus-2-to-the-53-and-one-less": (-(2.0**53), b"-9007199254740993"),
    "2-to-the-53-itself": (2.0**53, b"9007199254740992"),
    "2-to-the-64": (2.0**64, b"18446744073709551617"),
    "10-to-the-16-and-one-more": (1e16, b"10000000000000001"),
    "10-to-the-20-with-another-digit": (1e20, b"100000000000000000001"),
    "10-to-the-15-more-than-all-readers-hold": (1e15 * 10, b"10000000000000000"),
    "2-to-the-53-with-a-point": (2.0**53, b"9007199254740993.0"),
    "2-to-the-53-with-an-exponent": (2.0**53, b"9007199254740993e0"),
    "largest-double-and-more": (1.7976931348623157e308, b"1.7976931348623159e308"),
}
# The same double in another spelling, which is what is signed.
_SAME_DOUBLES: dict[str, tuple[float, bytes]] = {
    "one-with-more-digits": (1.0, b"1.00000000000000000001"),
    "a-tenth-with-more-digits": (0.1, b"0.1000000000000000055511151231257827"),
    "a-hundred-with-an-exponent": (100.0, b"1e2"),
    "nothing-with-an-exponent": (0.0, b"1e-400"),
    "the-largest-integer-of-all-readers": (2.0**53 - 1, b"9007199254740991"),
}


def _collision(name: str, number: float, spelt_as: bytes, expected: Expected) -> Case:
    def build(genuine: Genuine) -> Attempt:
        document = genuine.unsecured() | {"marqueur": number}
        secured = orjson.dumps(genuine.signed_by(genuine.centre, document))
        member = b'"marqueur":'
        before, after = secured.split(member, 1)
        return post_credential_text(before + member + spelt_as + after[after.index(b",") :])

    family = "number-twin" if expected is Expected.ACCEPTED else "number-signed"
    return only("eddsa-jcs-2022", Case(family=family, name=name, build=build, expected=expected))


_LATIN = "/credentialSubject/nameLatin"
_KHMER = "/credentialSubject/nameKhmer"

_TEXTS = {
    "right-to-left-override": change(_LATIN, lambda text: "\u202e" + text),
    "isolate": change(_LATIN, lambda text: f"\u2067{text}\u2069"),
    "line-separator": change(_LATIN, lambda text: text + "\u2028"),
    "paragraph-separator": change(_LATIN, lambda text: text + "\u2029"),
    "zero-width-space": change(_KHMER, lambda text: text[:2] + "\u200b" + text[2:]),
    "zero-width-joiner": change(_KHMER, lambda text: text[:2] + "\u200d" + text[2:]),
    "soft-hyphen": change(_LATIN, lambda text: text[:2] + "\u00ad" + text[2:]),
    "byte-order-mark": change(_LATIN, lambda text: "\ufeff" + text),
    "cyrillic-letter": change(_LATIN, lambda text: text.replace("E", "\u0415", 1)),
    "fullwidth": change(_LATIN, lambda text: chr(ord(text[0]) + 0xFEE0) + text[1:]),
    "small-letters": change(_LATIN, str.lower),
    "space-behind": change(_LATIN, lambda text: text + " "),
    "no-break-space": change(_LATIN, lambda text: text.replace(" ", "\u00a0", 1)),
    "combining-mark": change(_LATIN, lambda text: text + "\u0301"),
    "decomposed": put(_LATIN, unicodedata.normalize("NFD", "\u00e9t\u00e9")),
    "khmer-vowels-swapped": change(_KHMER, lambda text: text[::-1]),
    "private-use": change(_LATIN, lambda text: text + "\ue000"),
    "noncharacter": change(_LATIN, lambda text: text + "\uffff"),
    "delete-character": change(_LATIN, lambda text: text + "\x7f"),
    "html": put(_LATIN, f"<script>alert('{MARKER}')</script>"),
    "template": put(_LATIN, "{{ 7*7 }}" + MARKER),
    "sql": put(_LATIN, f"'; DROP TABLE issuance; --{MARKER}"),
    "shell": put(_LATIN, f"$(touch /tmp/{MARKER})"),
    "log-line": put(_LATIN, f"x\r\nlevel=error {MARKER}"),
    "format-string": put(_LATIN, "%s%n{0.__class__}" + MARKER),
    "one-hundred-kilobytes": put(_LATIN, MARKER * 9_000),
}


def _twin_escapes(raw: bytes) -> bytes:
    """Every character that is not ASCII as an escape, which is the same JSON value."""
    text = raw.decode()
    return "".join(letter if ord(letter) < 128 else f"\\u{ord(letter):04X}" for letter in text).encode()


_TWINS: dict[str, Respell] = {
    "as-issued": lambda raw: raw,
    "indented": lambda raw: orjson.dumps(orjson.loads(raw), option=orjson.OPT_INDENT_2),
    "sorted": lambda raw: orjson.dumps(orjson.loads(raw), option=orjson.OPT_SORT_KEYS),
    "reversed": lambda raw: orjson.dumps(dict(reversed(orjson.loads(raw).items()))),
    "escaped": _twin_escapes,
    "slashes-escaped": lambda raw: raw.replace(b"/", b"\\/"),
    "white-space-around": lambda raw: b" \t\r\n" + raw + b"\r\n",
    "letter-escaped": _replaced(b'"issuer":', b'"\\u0069ssuer":'),
    "level-1.0": _replaced(_LEVEL, b'"cqfLevel":1.0'),
    # The same IEEE double, which is what canonical JSON signs.
    "level-with-more-digits-than-a-double": _replaced(_LEVEL, b'"cqfLevel":1.' + b"0" * 1_000 + b"1"),
    "level-1e0": _replaced(_LEVEL, b'"cqfLevel":1e0'),
}


def cases() -> list[Case]:
    """Every case of these families."""
    groups = {
        "number": _NUMBERS,
        "duplicate": _DUPLICATES,
        "encoding": _ENCODINGS,
        "depth": _DEPTHS,
    }
    return [
        *(spelt(family, name, one) for family, group in groups.items() for name, one in group.items()),
        *(_collision(name, *numbers, Expected.REFUSED) for name, numbers in _COLLISIONS.items()),
        *(_collision(name, *numbers, Expected.ACCEPTED) for name, numbers in _SAME_DOUBLES.items()),
        *each(altered, "text", _TEXTS),
        *(spelt("twin", name, one, expected=Expected.ACCEPTED) for name, one in _TWINS.items()),
    ]
