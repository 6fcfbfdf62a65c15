"""SD-JWT: disclosures that belong to nothing, and what stands in place of a credential's members.

Those named in ``_SOUND`` have no fault and must be accepted. One that may have withheld its status is
authentic, and must be accepted by nobody.
"""

import hashlib
from collections.abc import Callable
from typing import Any

from tests.invalid.case import MARKER, Attempt, Case, Expected, post_credential
from tests.invalid.genuine import Genuine
from tests.invalid.tokens import credential_token, encoded, enveloped, written

_SALT = "2GLC42sKQveCfGfryNRN9w"
_NAME = "nameLatin"

Make = Callable[[Genuine], tuple[str, list[str], str]]


def _disclosure(*parts: Any) -> str:
    return encoded(written(list(parts)))


def _digest(disclosure: str) -> str:
    return encoded(hashlib.sha256(disclosure.encode("ascii")).digest())


def _made(disclosed: list[str], digests: list[Any] | None = None, *, last: str = "", **payload: Any) -> Make:
    """The genuine credential with the digests of ``disclosed`` in its subject, or other ``digests``."""

    def make(genuine: Genuine) -> tuple[str, list[str], str]:
        token = credential_token(genuine).with_header(typ="vc+sd-jwt")
        subject = {name: value for name, value in token.payload["credentialSubject"].items() if name != _NAME}
        subject["_sd"] = [_digest(text) for text in disclosed] if digests is None else digests
        signed = token.with_payload(**{"credentialSubject": subject, "_sd_alg": "sha-256", **payload})
        return signed.compact(), disclosed, last

    return make


def _deep(levels: int) -> dict[str, Any]:
    value: dict[str, Any] = {}
    for _ in range(levels):
        value = {"x": value}
    return value


_NAMED = _disclosure(_SALT, _NAME, MARKER)
_OTHER = _disclosure(_SALT, "familyName", MARKER)

_DISCLOSED: dict[str, Make] = {
    "without-fault": _made([_NAMED]),
    "that-belongs-to-nothing": _made([_NAMED], []),
    "twice": _made([_NAMED, _NAMED], [_digest(_NAMED)]),
    "digest-twice": _made([_NAMED], [_digest(_NAMED)] * 2),
    "digest-number": _made([], [7]),
    "digest-of-another-hash": _made([_NAMED], [hashlib.sha512(_NAMED.encode()).hexdigest()]),
    "digests-text": _made([], None, credentialSubject={"_sd": "x"}),
    "of-a-member-that-is-there": _made([_disclosure(_SALT, "nameKhmer", MARKER)]),
    "of-the-digests-themselves": _made([_disclosure(_SALT, "_sd", [_digest(_OTHER)]), _OTHER]),
    "named-with-three-dots": _made([_disclosure(_SALT, "...", MARKER)]),
    "named-by-a-number": _made([_disclosure(_SALT, 7, MARKER)]),
    "of-an-element-as-a-member": _made([_disclosure(_SALT, MARKER)]),
    "of-four-parts": _made([_disclosure(_SALT, _NAME, MARKER, 1)]),
    "of-one-part": _made([_disclosure(_SALT)]),
    "empty": _made([_disclosure()]),
    "object": _made([encoded(written({"name": MARKER}))]),
    "salt-number": _made([_disclosure(7, _NAME, MARKER)]),
    "with-a-member-twice": _made([encoded(b'["x","nameLatin",{"a":1,"a":2}]')]),
    "not-json": _made([encoded(b"not json")]),
    "padded": _made([_NAMED + "="]),
    "not-base64": _made(["%%%"], []),
    "of-a-hundred-thousand-letters": _made([_disclosure(_SALT, _NAME, "a" * 100_000)]),
    "by-the-thousand": _made([_disclosure(_SALT, f"m{n}", n) for n in range(1_500)]),
    "within-themselves": _made([_disclosure(_SALT, _NAME, {"_sd": [_digest(_OTHER)]})]),
    "nested-deep": _made([_disclosure(_SALT, _NAME, _deep(60))]),
    "of-the-issuer": _made([_disclosure(_SALT, "issuer", "did:example:1")], None, issuer=None),
    "of-the-status": _made([], None, credentialStatus=None, _sd=[_digest(_NAMED)]),
    "hash-unknown": _made([_NAMED], None, _sd_alg="sha-1"),
    "hash-md5": _made([_NAMED], None, _sd_alg="md5"),
    "hash-number": _made([_NAMED], None, _sd_alg=7),
    "with-key-binding-of-nobody": _made([_NAMED], None, last="eyJhbGciOiJub25lIn0.e30."),
    "with-rubbish-as-key-binding": _made([_NAMED], None, last=MARKER),
}


_SOUND = frozenset({"without-fault", "of-a-hundred-thousand-letters", "within-themselves"})
_AUTHENTIC = _SOUND | {"of-the-status"}


def _case(name: str, make: Make, kind: Callable[[str], object]) -> Case:
    def build(genuine: Genuine) -> Attempt:
        token, disclosed, last = make(genuine)
        return post_credential(kind("~".join([token, *disclosed, last])))

    return Case(
        family="disclosure",
        name=name,
        build=build,
        expected=Expected.ACCEPTED if name in _SOUND else Expected.REFUSED,
        authentic=name in _AUTHENTIC,
    )


def cases() -> list[Case]:
    """Every case of this family."""
    sd_jwt, jwt = "application/vc+sd-jwt", "application/vc+jwt"
    return [
        *(_case(name, make, lambda text: enveloped(text, sd_jwt)) for name, make in _DISCLOSED.items()),
        _case("in-a-jwt-envelope", _made([_NAMED]), lambda text: enveloped(text, jwt)),
        _case("as-bare-text", _made([_NAMED]), lambda text: text),
    ]
