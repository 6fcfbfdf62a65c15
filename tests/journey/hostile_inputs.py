"""Hostile things to bring to a verifier: those of the corpus, made in the simulated world, and more.

Each is bytes, as a file would be. Where text is added it holds ``MARKER``, and every host that is named is
none of the world's.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

import orjson

from runtime.qr import qr_png
from tests.invalid import disclosures, envelopes, jose, presentations, qr_codes, uploads
from tests.invalid.case import MARKER, Case, Expected
from tests.invalid.genuine import Accounts, Genuine
from tests.invalid.replies import ReplyingHost
from tests.invalid.tokens import encoded, written
from tests.journey.hostile_files import CODES, FOREIGN, PDFS, PICTURES, ZIPS, Brought
from tests.journey.verifier_house import BASE_URL, TOKEN
from tests.sd_jwt_world import OTHER_HOLDER, claims, issue_sd_jwt, present_sd_jwt
from tests.simulator import ROOT_DID, IssuerWorld, signer_for
from tests.unit.verifier.test_extract import HOSTILE
from tests.unit.verifier.uploaded_files import pdf_with_attachments
from vc.jose.jws import sign_jws
from vc.sd_jwt.credential import JWT_TYPE
from vc.sd_jwt.sd_jwt import join_sd_jwt

_SALT = "2GLC42sKQveCfGfryNRN9w"


@dataclass(frozen=True, kw_only=True, slots=True)
class Input:
    """One hostile thing. ``body`` is the whole request at the door for presentations, where it has one.

    ``only_there`` says that the fault lies in what was asked there, and is none anywhere else.
    """

    make: Callable[[Brought], bytes]
    body: Callable[[Brought], bytes] | None = None
    only_there: bool = False


def brought(world: IssuerWorld) -> Brought:
    """What hostile things are made from."""
    genuine = Genuine(
        suite=world.suite,
        raw=world.issue(1),
        other=world.issue(2),
        base_url=BASE_URL,
        collaborator=FOREIGN,
        token=TOKEN,
        centre=world.centre,
        others={
            "other-centre": signer_for("other centre", f"{ROOT_DID[:-6]}:centres:other"),
            "status-registry": world.status_signer,
            "trust-root": world.list_signer,
        },
        host=cast("ReplyingHost", None),
        accounts=Accounts(cookies={}, service_token=lambda _: "", class_id="", credential_file=""),
        pdf=pdf_with_attachments(world.issue(1)),
    )
    return Brought(world=world, genuine=genuine)


# The corpus ----------------------------------------------------------------------------------------


def _corpus() -> Iterator[tuple[str, Input]]:
    for case in (*jose.cases(), *disclosures.cases(), *envelopes.cases(), *presentations.cases()):
        is_sound = case.expected is not Expected.REFUSED or case.id in _SOUND_AS_SD_JWT
        if not is_sound and case.only in (None, "eddsa-jcs-2022"):
            yield case.id, _of_document(case)
            if case.family in ("jose-header", "jose-key", "jose-claim", "jose-payload-text", "disclosure"):
                yield f"token-{case.id}", Input(make=_token_of(case))
    for case in (*uploads.cases(), *qr_codes.cases()):
        # What is wrong with a form is so at one door.
        is_hostile = case.expected is Expected.REFUSED and case.id not in _OPENED
        if is_hostile and case.family in ("upload", "paste", "qr"):
            yield case.id, Input(make=_content_of(case))
    for name, (make, _, _) in HOSTILE.items():
        yield f"file-{name.replace('_', '-')}", Input(make=lambda _, make=make: make())  # type: ignore[misc]


def _of_document(case: Case) -> Input:
    def body(given: Brought) -> bytes:
        return case.build(given.genuine).body or b""

    def make(given: Brought) -> bytes:
        sent = orjson.loads(body(given))
        members = ("verifiablePresentation", "verifiableCredential", "verifiableCredentialJwt")
        return orjson.dumps(next(sent[name] for name in members if name in sent))

    asks = case.name.startswith(_ASKED_THERE) or case.id in _RIGHT_ELSEWHERE
    is_presentation = case.family in ("presentation", "jose-presentation", "envelope")
    return Input(make=make, body=body if is_presentation else None, only_there=asks)


# Good presentations, of which it is only there asked whose they are, for whom and for what.
_ASKED_THERE = (
    *("proof-challenge", "proof-domain", "option-", "for-another", "at-another", "replayed-"),
    *("nonce-", "audience-", "of-somebody-elses", "of-a-credential-for-somebody", "challenge-changed"),
)
# Good by themselves; what the case does with them is wrong at its own door.
_RIGHT_ELSEWHERE = frozenset(
    {
        *(f"envelope-misplaced-{name}" for name in ("presentation", "credential", "bare-token")),
        "envelope-misplaced-in-jwt-member",
        "presentation-a-credential-instead",
    }
)
# As ``vc+sd-jwt`` these are as its specification has them.
_SOUND_AS_SD_JWT = frozenset(
    f"disclosure-{name}"
    for name in (
        *("without-fault", "of-a-hundred-thousand-letters", "within-themselves"),
        *("in-a-jwt-envelope", "as-bare-text"),
    )
)
# A batch opens it and finds the genuine credential.
_OPENED = frozenset({"upload-zip"})


def _token_of(case: Case) -> Callable[[Brought], bytes]:
    """The token of an envelope by itself."""

    def make(given: Brought) -> bytes:
        attempt = case.build(given.genuine)
        document = orjson.loads(attempt.body or b"{}")["verifiableCredential"]
        address = document if isinstance(document, str) else str(document["id"])
        return address.partition(",")[2].encode() if address.startswith("data:") else address.encode()

    return make


def _content_of(case: Case) -> Callable[[Brought], bytes]:
    """The file or text in a form with one part."""

    def make(given: Brought) -> bytes:
        body = case.build(given.genuine).body or b""
        content = body.partition(b"\r\n\r\n")[2]
        return content[: content.rindex(b"\r\n--")]

    return make


# JSON ------------------------------------------------------------------------------------------------


def _with(member: bytes) -> Callable[[Brought], bytes]:
    """The genuine credential with another member in front."""
    return lambda given: b"{" + member + b"," + given.genuine.raw[1:]


_JSONS: Mapping[str, Callable[[Brought], bytes]] = {
    "deep-objects": lambda _: b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
    "deep-arrays": _with(b'"a":' + b"[" * 5_000 + b"]" * 5_000),
    "issuer-twice": _with(b'"issuer":"' + FOREIGN.encode() + b'"'),
    "member-twice-by-escape": _with(b'"\\u0069ssuer":"did:example:1"'),
    "number-beyond-all": _with(b'"n":1e400'),
    "number-of-ten-thousand-digits": _with(b'"n":' + b"9" * 10_000),
    "number-beyond-53-bits": _with(b'"n":9007199254740993'),
    "lone-surrogate": _with(b'"n":"\\ud800' + MARKER.encode() + b'"'),
    "lone-surrogate-in-a-name": _with(b'"\\udfff":1'),
    "nul-in-text": _with(b'"n":"\\u0000' + MARKER.encode() + b'"'),
    "invalid-utf-8": _with(b'"n":"\xc3\x28"'),
    "text-of-900-kilobytes": _with(b'"n":"' + b"a" * 900_000 + b'"'),
    "text-of-two-megabytes": _with(b'"n":"' + b"a" * 2_000_000 + b'"'),
    "forty-thousand-members": lambda _: orjson.dumps({f"m{n}": MARKER for n in range(40_000)}),
    "prototype": lambda given: orjson.dumps(given.genuine.document() | {"__proto__": {"verified": True}}),
    "remote-context": lambda given: orjson.dumps(
        given.genuine.document() | {"@context": [f"{FOREIGN}/context"]}
    ),
    "remote-schema": lambda given: orjson.dumps(
        given.genuine.document() | {"credentialSchema": {"id": f"{FOREIGN}/s", "type": "JsonSchema"}}
    ),
    "status-of-another-site": lambda given: orjson.dumps(
        given.genuine.document()
        | {"credentialStatus": {**given.world.status_entry(1), "statusListCredential": f"{FOREIGN}/l"}}
    ),
    "verified-already": lambda given: orjson.dumps(
        {"verified": True, "decision": {"outcome": "accepted"}, "name": MARKER, **_strange(given)}
    ),
    "trailing-comma": lambda given: given.genuine.raw[:-1] + b",}",
    "not-a-number": _with(b'"n":NaN'),
}


def _strange(given: Brought) -> dict[str, Any]:
    document = given.genuine.document()
    return {"type": document["type"], "issuer": FOREIGN}


# SD-JWT VC -------------------------------------------------------------------------------------------


def _headed(**header: Any) -> Callable[[Brought], bytes]:
    return lambda given: issue_sd_jwt(given.world, header=header).encode()


def _mangled(change: Callable[[str], str]) -> Callable[[Brought], bytes]:
    return lambda given: change(issue_sd_jwt(given.world)).encode()


def _disclosure(*parts: Any) -> str:
    return encoded(written(list(parts)))


def _signed(given: Brought, **overrides: Any) -> bytes:
    """Claims as no issuer of ours writes them, signed by the centre."""
    header = {"typ": JWT_TYPE, "kid": given.world.centre.verification_method}
    payload = orjson.dumps({**claims(given.world), "_sd_alg": "sha-256", **overrides})
    return join_sd_jwt(sign_jws(header, payload, given.world.centre), ()).encode()


def _unsigned(algorithm: str) -> Callable[[Brought], bytes]:
    def change(text: str) -> str:
        token, disclosed = text.split("~", maxsplit=1)
        header = encoded(written({"alg": algorithm, "typ": JWT_TYPE}))
        return f"{header}.{token.split('.')[1]}.~{disclosed}"

    return _mangled(change)


_SD_JWTS: Mapping[str, Callable[[Brought], bytes]] = {
    "alg-none": _unsigned("none"),
    "alg-hs256": _unsigned("HS256"),
    **{
        f"typ-{typ.partition('+')[0]}": _headed(typ=typ)
        for typ in ("statuslist+jwt", "kb+jwt", "at+jwt", "vp+jwt", "oauth-authz-req+jwt")
    },
    "crit": _headed(crit=["marqueur"], marqueur=MARKER),
    "jwk": lambda given: issue_sd_jwt(
        given.world, signer=OTHER_HOLDER, header={"jwk": dict(OTHER_HOLDER.public_key.jwk), "kid": None}
    ).encode(),
    "jku": lambda given: issue_sd_jwt(
        given.world, signer=OTHER_HOLDER, header={"jku": f"{FOREIGN}/jwks"}
    ).encode(),
    "x5c": lambda given: issue_sd_jwt(
        given.world, signer=OTHER_HOLDER, header={"x5c": [MARKER], "kid": None}
    ).encode(),
    "kid-of-another-did": _headed(kid=f"did:web:{MARKER}.example#key-1"),
    "iss-of-another": lambda given: issue_sd_jwt(given.world, iss=FOREIGN).encode(),
    "vct-of-another": lambda given: issue_sd_jwt(given.world, vct=f"{FOREIGN}/vct").encode(),
    # Its signature is none: a list that an accredited issuer signed for would be asked for.
    "status-of-another-site": lambda given: issue_sd_jwt(
        given.world,
        signer=OTHER_HOLDER,
        header={"kid": given.world.centre.verification_method},
        status={"status_list": {"idx": 0, "uri": f"{FOREIGN}/l"}},
    ).encode(),
    "payload-padded": _mangled(lambda text: text.replace(".", "=.", 2).replace("=.", ".", 1)),
    "disclosure-padded": _mangled(lambda text: text.replace("~", "=~", 2).replace("=~", "~", 1)),
    "disclosure-twice": _mangled(
        lambda text: text.replace(f"~{text.split('~')[1]}~", f"~{text.split('~')[1]}~" * 2).replace("~~", "~")
    ),
    "disclosure-that-belongs-to-nothing": _mangled(
        lambda text: text + _disclosure(_SALT, "nameLatin", MARKER) + "~"
    ),
    "ten-thousand-disclosures": _mangled(
        lambda text: text + "".join(f"{_disclosure(_SALT, f'm{n}', MARKER)}~" for n in range(10_000))
    ),
    "digest-twice": lambda given: _signed(given, _sd=[encoded(bytes(32))] * 2),
    "digest-in-two-places": lambda given: _signed(
        given, _sd=[encoded(bytes(32))], other={"_sd": [encoded(bytes(32))]}
    ),
    "hash-unknown": lambda given: _signed(given, _sd_alg="md5"),
    "deep-claims": lambda given: _signed(given, deep=_deep(80)),
    "bound-by-another": lambda given: present_sd_jwt(
        given.world, issue_sd_jwt(given.world), holder=OTHER_HOLDER
    ).encode(),
    "binding-that-is-rubbish": _mangled(lambda text: text + MARKER),
    "separators-alone": lambda _: b"eyJ" + b"~" * 100_000,
    "dots-alone": lambda _: b"eyJ" + b"." * 100_000,
}


def _deep(levels: int) -> dict[str, Any]:
    value: dict[str, Any] = {}
    for _ in range(levels):
        value = {"x": value}
    return value


def _all() -> Iterator[tuple[str, Input]]:
    yield from _corpus()
    tables = {"pdf": PDFS, "picture": PICTURES, "zip": ZIPS, "json": _JSONS, "sd-jwt": _SD_JWTS}
    for family, table in tables.items():
        for name, make in table.items():
            yield f"{family}-{name}", Input(make=make)
    yield "text-of-four-kilobytes", Input(make=lambda _: MARKER.encode() * 400)
    for name, text in CODES.items():
        yield f"code-{name}", Input(make=lambda _, text=text: qr_png(text))  # type: ignore[misc]
        yield f"text-{name}", Input(make=lambda _, text=text: text.encode())  # type: ignore[misc]


INPUTS: Mapping[str, Input] = dict(_all())
"""By a name that says what the fault is."""
