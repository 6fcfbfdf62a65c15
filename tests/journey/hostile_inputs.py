"""Hostile things to bring to a verifier: those of the corpus, made by a centre of the simulated world, and more.

Each is bytes, as a file would be. Where text is added it holds ``MARKER``, and every host that is named is none
of the world's.
"""

import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, cast

import orjson
from PIL import Image

from runtime.qr import qr_png
from tests.invalid import disclosures, envelopes, jose, presentations, qr_codes, uploads
from tests.invalid.case import MARKER, Case, Expected
from tests.invalid.genuine import Accounts, Genuine
from tests.invalid.replies import ReplyingHost
from tests.invalid.tokens import encoded, written
from tests.journey.verifier_house import BASE_URL, TOKEN
from tests.sd_jwt_world import OTHER_HOLDER, claims, issue_sd_jwt, present_sd_jwt
from tests.simulator import ROOT_DID, IssuerWorld, signer_for
from tests.unit.verifier.batch_samples import zipped
from tests.unit.verifier.test_extract import HOSTILE
from tests.unit.verifier.uploaded_files import EMPTY_PAGES, many_pages, pdf, pdf_with_attachments, png, stream
from vc.jose.jws import sign_jws
from vc.sd_jwt.credential import JWT_TYPE
from vc.sd_jwt.sd_jwt import join_sd_jwt

FOREIGN = f"https://{MARKER}.example"
_MEGABYTE = 1_000_000
_SALT = "2GLC42sKQveCfGfryNRN9w"


@dataclass(frozen=True, kw_only=True, slots=True)
class Brought:
    """The world, and what the corpus calls genuine in it."""

    world: IssuerWorld
    genuine: Genuine


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
        accounts=Accounts(
            cookies={}, service_token=lambda _: "", class_id="", credential_file=""
        ),
        pdf=pdf_with_attachments(world.issue(1)),
    )
    return Brought(world=world, genuine=genuine)


# The corpus ----------------------------------------------------------------------------------------


def _corpus() -> Iterator[tuple[str, Input]]:
    for case in (*jose.cases(), *disclosures.cases(), *envelopes.cases(), *presentations.cases()):
        if case.expected is Expected.REFUSED and case.only in (None, "eddsa-jcs-2022"):
            yield case.id, _of_document(case)
            if case.family in ("jose-header", "jose-key", "jose-claim", "jose-payload-text", "disclosure"):
                yield f"token-{case.id}", Input(make=_token_of(case))
    for case in (*uploads.cases(), *qr_codes.cases()):
        # What is wrong with a form is so at one door.
        if case.expected is Expected.REFUSED and case.family in ("upload", "paste", "qr"):
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

    asks = case.name.startswith(("proof-challenge", "proof-domain", "option-", "for-another", "at-another"))
    asks = asks or case.name in _ASKED_THERE
    is_presentation = case.family in ("presentation", "jose-presentation", "envelope")
    return Input(make=make, body=body if is_presentation else None, only_there=asks)


# Good presentations, of which it is only there asked whose they are, or for whom.
_ASKED_THERE = frozenset({"of-somebody-elses-credential", "challenge-changed"})


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


# PDF and pictures ------------------------------------------------------------------------------------


@cache
def _bomb(size: int = 400 * _MEGABYTE) -> bytes:
    return zlib.compress(b"q " * (size // 2), 1)


def _page(*more: bytes, entries: bytes) -> bytes:
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]" + entries + b">>"
    return pdf(EMPTY_PAGES[0], page, *more)


def _huge_image() -> bytes:
    image = b"/Type/XObject/Subtype/Image/Width 60000/Height 60000/ColorSpace/DeviceGray"
    drawn = stream(b"q 595 0 0 842 0 0 cm /I Do Q")
    entries = b"/Contents 4 0 R/Resources<</XObject<</I 5 0 R>>>>"
    return _page(
        drawn, stream(_bomb(), image + b"/BitsPerComponent 8/Filter/FlateDecode"), entries=entries
    )


def _form_in_itself() -> bytes:
    form = b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</F 5 0 R>>>>"
    entries = b"/Contents 4 0 R/Resources<</XObject<</F 5 0 R>>>>"
    return _page(stream(b"/F Do /F Do"), stream(b"/F Do /F Do", form), entries=entries)


def _pdf_of_code(text: str) -> bytes:
    out = io.BytesIO()
    Image.open(io.BytesIO(qr_png(text))).convert("L").save(out, "PDF")
    return out.getvalue()


_PDFS: Mapping[str, Callable[[Brought], bytes]] = {
    "content-bomb": lambda _: _page(stream(_bomb(), b"/Filter/FlateDecode"), entries=b"/Contents 4 0 R"),
    "content-packed-twice": lambda _: _page(
        stream(zlib.compress(_bomb()), b"/Filter[/FlateDecode/FlateDecode]"), entries=b"/Contents 4 0 R"
    ),
    "image-bomb": lambda _: _huge_image(),
    "form-in-itself": lambda _: _form_in_itself(),
    "attachment-bombs": lambda _: pdf_with_attachments(*[_bomb()] * 3, entries=b"/Filter/FlateDecode"),
    "thousand-attachments": lambda _: pdf_with_attachments(*[MARKER.encode()] * 1_000),
    "five-thousand-pages": lambda _: many_pages(5_000),
    "altered-credential-attached": lambda given: pdf_with_attachments(
        orjson.dumps(given.genuine.document() | {"name": MARKER})
    ),
    "deep-credential-attached": lambda _: pdf_with_attachments(b'{"a":' * 500 + b"1" + b"}" * 500),
    "code-of-another-site": lambda _: _pdf_of_code(f"{FOREIGN}/v/{TOKEN}"),
    "link-and-launch": lambda _: pdf(
        *EMPTY_PAGES, root=b"/OpenAction<</S/Launch/F(" + MARKER.encode() + b")>>"
    ),
}


def _grey(width: int, height: int) -> bytes:
    return png(width, height, (b"IDAT", zlib.compress(bytes((width + 1) * height), 1)))


def _commented(picture: bytes) -> bytes:
    comment = b"\xff\xfe" + struct.pack(">H", len(MARKER) + 2) + MARKER.encode()
    return picture[:2] + comment + picture[2:]


def _jpeg() -> bytes:
    out = io.BytesIO()
    Image.new("L", (64, 64), 200).save(out, "JPEG")
    return out.getvalue()


_PICTURES: Mapping[str, Callable[[Brought], bytes]] = {
    "png-of-nineteen-megapixels": lambda _: _grey(19_000, 1_000),
    "png-of-one-line": lambda _: _grey(19_999_999, 1),
    "png-of-many-small-parts": lambda _: png(9, 9, *[(b"tEXt", b"k\0" + MARKER.encode())] * 50_000),
    "png-then-altered-json": lambda given: _grey(9, 9)
    + orjson.dumps(given.genuine.document() | {"name": MARKER}),
    "png-then-zip": lambda given: _grey(9, 9) + zipped({f"{MARKER}.json": given.genuine.raw}),
    "jpeg-with-comment": lambda _: _commented(_jpeg()),
    "jpeg-cut-short": lambda _: _jpeg()[:200],
    "jpeg-then-pdf": lambda given: _jpeg() + given.genuine.pdf,
    "animated-png": lambda _: png(9, 9, (b"acTL", struct.pack(">II", 2**31 - 1, 0))),
}

_CODES: Mapping[str, str] = {
    "control-characters": f"{BASE_URL}/v/{TOKEN}\x00\x1b[2J{MARKER}",
    "turned-around": f"{BASE_URL}/v/\u202e{TOKEN}{MARKER}",
    "script": f"<script>{MARKER}</script>",
    "template": "{{7*7}}" + MARKER,
    "two-and-a-half-kilobytes": MARKER * 220,
    "card-of-nothing": f"PC1:{MARKER.upper()}",
    "card-of-another-version": f"PC999:{MARKER.upper()}",
    "address-of-the-inside": f"http://169.254.169.254/v/{TOKEN}",
    "address-of-a-socket": f"unix:///run/{MARKER}",
}


# ZIP -------------------------------------------------------------------------------------------------


def _overlapping() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.json", b"{" + b" " * 190_000 + b"}")
        archive.filelist.extend([archive.infolist()[0]] * 900)
    return out.getvalue()


def _flagged(data: bytes) -> bytes:
    """Marked as encrypted."""
    made = bytearray(data)
    made[made.index(b"PK\x01\x02") + 8] |= 1
    return bytes(made)


def _nested(levels: int) -> bytes:
    data = zipped({"0.json": b"0" * 200_000})
    for level in range(levels):
        data = zipped({f"{level}-{copy}.zip": data for copy in range(4)})
    return data


def _declaring(size: int) -> bytes:
    data = bytearray(zipped({"a.json": b"0" * _MEGABYTE}))
    place = data.index(b"PK\x01\x02") + 24
    data[place : place + 4] = size.to_bytes(4, "little")
    return bytes(data)


def _repeated_name(name: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(zipfile.ZipInfo(name), b"{}")
        archive.filelist.append(archive.infolist()[0])
    return out.getvalue()


ZIPS: Mapping[str, Callable[[Brought], bytes]] = {
    "high-ratio": lambda _: zipped({"a.json": bytes(9 * _MEGABYTE)}),
    "eleven-megabytes-inside": lambda _: zipped({"a.json": bytes(11 * _MEGABYTE)}),
    "thirty-bombs": lambda _: zipped({f"{n}.json": bytes(9 * _MEGABYTE) for n in range(30)}),
    "declares-too-little": lambda _: _declaring(100),
    "declares-too-much": lambda _: _declaring(2**32 - 2),
    "nested": lambda _: _nested(4),
    "overlapping": lambda _: _overlapping(),
    "same-name-twice": lambda _: _repeated_name("a.json"),
    "traversal": lambda _: zipped({f"../../../../tmp/{MARKER}": MARKER.encode()}),
    "absolute-path": lambda _: zipped({f"/etc/{MARKER}": MARKER.encode()}),
    "windows-path": lambda _: zipped({f"..\\..\\{MARKER}.json": b"{}"}),
    "name-of-markup": lambda _: zipped({f"<script>{MARKER}</script>.json": b"{}"}),
    "name-turned-around": lambda _: zipped({"fdp.\u202enosj": b"{}"}),
    "name-of-sixty-kilobytes": lambda _: zipped({"a" * 60_000: b"{}"}),
    "ten-thousand-entries": lambda _: zipped({f"{n}.json": b"" for n in range(10_000)}),
    "encrypted": lambda _: _flagged(zipped({"a.json": b"{}"})),
    "office": lambda _: zipped({"[Content_Types].xml": MARKER.encode()}),
    "cut-short": lambda given: zipped({"a.json": given.genuine.raw})[:-30],
    "directory-alone": lambda _: zipped({"a/": b"", "b/": b""}),
    "pictures-that-are-bombs": lambda _: zipped({f"{n}.png": png(60_000, 60_000) for n in range(20)}),
    "list-of-foreign-links": lambda _: zipped({"list.csv": f"a,{FOREIGN}/v/{TOKEN}\n".encode() * 25}),
    "list-of-one-cell": lambda _: zipped({"list.csv": b'"' + b"a" * 150_000}),
}


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
        given.genuine.document()
        | {"credentialSchema": {"id": f"{FOREIGN}/s", "type": "JsonSchema"}}
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


def _signed(given: Brought, disclosed: list[str], **overrides: Any) -> bytes:
    """Claims of the centre's own with ``disclosed`` behind them."""
    header = {"typ": JWT_TYPE, "kid": given.world.centre.verification_method}
    payload = orjson.dumps({**claims(given.world), "_sd_alg": "sha-256", **overrides})
    return join_sd_jwt(sign_jws(header, payload, given.world.centre), disclosed).encode()


def _unsigned(algorithm: str) -> Callable[[Brought], bytes]:
    def change(text: str) -> str:
        _, payload, _ = text.split("~")[0].split(".")
        header = encoded(written({"alg": algorithm, "typ": JWT_TYPE}))
        return "~".join([f"{header}.{payload}.", *text.split("~")[1:]])

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
    "status-of-another-site": lambda given: issue_sd_jwt(
        given.world, status={"status_list": {"idx": 0, "uri": f"{FOREIGN}/l"}}
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
    "digest-twice": lambda given: _signed(given, [], _sd=[encoded(bytes(32))] * 2),
    "digest-in-two-places": lambda given: _signed(
        given, [], _sd=[encoded(bytes(32))], other={"_sd": [encoded(bytes(32))]}
    ),
    "hash-unknown": lambda given: _signed(given, [], _sd_alg="md5"),
    "deep-claims": lambda given: _signed(given, [], deep=_deep(80)),
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
    tables = {"pdf": _PDFS, "picture": _PICTURES, "zip": ZIPS, "json": _JSONS, "sd-jwt": _SD_JWTS}
    for family, table in tables.items():
        for name, make in table.items():
            yield f"{family}-{name}", Input(make=make)
    for name, text in _CODES.items():
        yield f"code-{name}", Input(make=lambda _, text=text: qr_png(text))  # type: ignore[misc]
        yield f"text-{name}", Input(make=lambda _, text=text: text.encode())  # type: ignore[misc]


INPUTS: Mapping[str, Input] = dict(_all())
"""By a name that says what the fault is."""
