"""Status lists on a host of their own: a server that misbehaves, and lists that must clear nobody.

The centre rightly signs a credential whose list is on that host, so that the list decides. Each list
is signed by the true status registry unless the fault is in who signs.
"""

import gzip
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import orjson

from tests.invalid.case import MARKER, Attempt, Case, Expected, drop, post_credential, put, put_made
from tests.invalid.genuine import Claiming, Genuine, Json, as_method, stranger
from tests.invalid.replies import Reply, answering, faulty_replies
from vc.crypto.keys import Signer
from vc.encoding.multibase import encode_base58btc, encode_base64url
from vc.status.bitstring_status_list import MAX_BYTES, MIN_LENGTH
from vc.status.documents import build_status_list_credential
from vc.status.entries import StatusPurpose

_REGISTRY = "did:web:skills-passport.example:status"
_CENTRE = "did:web:skills-passport.example:centres:phka-trakuon"
_SUBJECT = "/credentialSubject"
_ENCODED = f"{_SUBJECT}/encodedList"
_MEBIBYTE = 1 << 20

ListEdit = Callable[[Json, Genuine], object]


def _gzipped(data: bytes) -> str:
    return encode_base64url(gzip.compress(data, mtime=0))


def _bomb(mebibytes: int) -> str:
    """GZIP of so many mebibytes of nothing, made of one block many times over."""
    deflate = zlib.compressobj(level=9, wbits=-15)
    block = deflate.compress(bytes(_MEBIBYTE)) + deflate.flush(zlib.Z_FULL_FLUSH)
    data = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff" + block * mebibytes + deflate.flush() + bytes(8)
    return encode_base64url(data)


_EMPTY = bytes(MIN_LENGTH // 8)


def _compressed(function: Callable[[bytes], bytes]) -> ListEdit:
    """The list as GZIP whose bytes ``function`` changed."""
    return put(_ENCODED, encode_base64url(function(gzip.compress(_EMPTY, mtime=0))))


def _bit_of(genuine: Genuine) -> int:
    return int(genuine.document()["credentialStatus"][0]["statusListIndex"])


def _withdrawn(document: Json, genuine: Genuine) -> None:
    bits = bytearray(_EMPTY)
    index = _bit_of(genuine)
    bits[index // 8] |= 0x80 >> (index % 8)
    document["credentialSubject"]["encodedList"] = _gzipped(bytes(bits))


def _short_of_the_index(document: Json, genuine: Genuine) -> None:
    document["credentialSubject"]["encodedList"] = _gzipped(bytes(_bit_of(genuine) // 8))


_LISTS: dict[str, ListEdit] = {
    "bomb-of-a-gibibyte": put_made(_ENCODED, lambda _: _bomb(1024)),
    "bomb-of-650-mebibytes": put_made(_ENCODED, lambda _: _bomb(650)),
    "one-byte-over-the-limit": put_made(_ENCODED, lambda _: _gzipped(bytes(MAX_BYTES + 1))),
    "gzip-cut-short": _compressed(lambda data: data[:-9]),
    "gzip-of-a-wrong-checksum": _compressed(lambda data: data[:-8] + bytes(4) + data[-4:]),
    "gzip-of-a-wrong-length": _compressed(lambda data: data[:-1] + b"\x07"),
    "gzip-twice-over": _compressed(lambda data: data + data),
    "gzip-with-bytes-behind": _compressed(lambda data: data + b"x"),
    "gzip-in-gzip": _compressed(gzip.compress),
    "zlib-instead": put(_ENCODED, encode_base64url(zlib.compress(_EMPTY))),
    "deflate-instead": put(_ENCODED, encode_base64url(zlib.compress(_EMPTY)[2:-4])),
    "not-compressed": put(_ENCODED, encode_base64url(_EMPTY)),
    "base58-instead": put(_ENCODED, encode_base58btc(gzip.compress(_EMPTY, mtime=0))),
    "without-multibase-header": put(_ENCODED, _gzipped(_EMPTY)[1:]),
    "base64-padded": put(_ENCODED, _gzipped(_EMPTY) + "="),
    "base64-in-the-other-alphabet": put(_ENCODED, "u" + "+/" * 40),
    "base64-with-a-line-break": put(_ENCODED, _gzipped(_EMPTY) + "\n"),
    "base64-of-impossible-length": put(_ENCODED, "uAAAAA"),
    "encoded-missing": drop(_ENCODED),
    "encoded-empty": put(_ENCODED, ""),
    "encoded-null": put(_ENCODED, None),
    "encoded-number": put(_ENCODED, 0),
    "encoded-array": put(_ENCODED, [_gzipped(_EMPTY)]),
    "list-empty": put(_ENCODED, _gzipped(b"")),
    "list-of-eight": put(_ENCODED, _gzipped(b"\x00")),
    "list-one-byte-too-short": put(_ENCODED, _gzipped(_EMPTY[:-1])),
    "list-that-ends-before-the-index": _short_of_the_index,
    "bit-set": _withdrawn,
    "id-of-another-list": lambda document, _: document.update({"id": document["id"] + "0"}),
    "id-missing": drop("/id"),
    "type-missing": put("/type", ["VerifiableCredential"]),
    "type-2021": put("/type", ["VerifiableCredential", "StatusList2021Credential"]),
    "subject-type-missing": drop(f"{_SUBJECT}/type"),
    "subject-type-other": put(f"{_SUBJECT}/type", "StatusList2021"),
    "subject-missing": drop(_SUBJECT),
    "subject-twice": lambda document, _: document.update(
        {"credentialSubject": [document["credentialSubject"]] * 2}
    ),
    "purpose-suspension": put(f"{_SUBJECT}/statusPurpose", "suspension"),
    "purpose-missing": drop(f"{_SUBJECT}/statusPurpose"),
    "purpose-empty": put(f"{_SUBJECT}/statusPurpose", []),
    "purpose-number": put(f"{_SUBJECT}/statusPurpose", 7),
    "ttl-negative": put(f"{_SUBJECT}/ttl", -1),
    "ttl-text": put(f"{_SUBJECT}/ttl", "300000"),
    "expired": put("/validUntil", "2026-01-01T00:00:00Z"),
    "valid-until-without-offset": put("/validUntil", "2099-01-01T00:00:00"),
    "valid-until-number": put("/validUntil", 4_070_908_800),
    "valid-from-in-the-future": put("/validFrom", "2099-01-01T00:00:00Z"),
    "valid-from-missing": drop("/validFrom"),
    "issuer-of-the-credential-named": put("/issuer", _CENTRE),
    "issuer-of-another-centre-named": put("/issuer", _CENTRE.replace("phka-trakuon", "trei-chhlonh")),
    "issuer-unknown": put("/issuer", "did:web:attacker.example"),
    "issuer-own-did-key": put("/issuer", stranger()[0]),
    "context-unknown": put("/@context/-", f"https://{MARKER}.example/context"),
    "context-of-the-collaborator": lambda document, genuine: document["@context"].append(
        f"{genuine.collaborator}/context"
    ),
}
# What these make of the contexts means nothing to eddsa-jcs-2022.
_ONLY_STATEMENTS = ("context-unknown", "context-of-the-collaborator")

_SIGNERS: dict[str, Callable[[Genuine], Signer]] = {
    "by-a-stranger": lambda _: as_method(f"{_REGISTRY}#status-1"),
    "by-a-strangers-own-key": lambda _: stranger()[1],
    "by-the-issuer": lambda genuine: genuine.centre,
    "by-the-issuer-as-the-registry": lambda genuine: Claiming(
        signer=genuine.centre, verification_method=f"{_REGISTRY}#status-1"
    ),
    "by-another-centre": lambda genuine: genuine.others["other-centre"],
    "by-the-trust-root": lambda genuine: genuine.others["trust-root"],
}

_PROOFS: dict[str, Mapping[str, Any]] = {
    "of-another-purpose": {"proofPurpose": "authentication"},
    "from-the-future": {"created": "2099-01-01T00:00:00Z"},
    "expired": {"expires": "2026-01-01T00:00:00Z"},
    "from-before-the-key": {"created": "2020-01-01T00:00:00Z"},
    "of-a-method-not-there": {"verificationMethod": f"{_REGISTRY}#status-9"},
}

_AFTER: dict[str, Callable[[bytes], bytes]] = {
    "proof-removed": lambda raw: orjson.dumps({**orjson.loads(raw), "proof": []}),
    "proof-without-value": lambda raw: raw.replace(b'"proofValue"', b'"proofvalue"', 1),
    "changed-after-signing": lambda raw: raw.replace(b'"revocation"', b'"suspension"', 1),
    "member-twice": lambda raw: b'{"issuer":"did:example:1",' + raw[1:],
    "not-an-object": lambda raw: b"[" + raw + b"]",
    "not-utf-8": lambda raw: raw.replace(b"revocation", b"revocatio\xff", 1),
}

_TWINS: dict[str, ListEdit] = {
    "as-published": lambda _document, _genuine: None,
    "as-large-as-permitted": put_made(_ENCODED, lambda _: _gzipped(bytes(MAX_BYTES))),
    "of-two-purposes": put(f"{_SUBJECT}/statusPurpose", ["suspension", "revocation"]),
    "without-end": drop("/validUntil"),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class _Listing:
    """One list: edited, signed with changed options by somebody, and then changed in its bytes."""

    edit: ListEdit = lambda _document, _genuine: None
    signer: Callable[[Genuine], Signer] = lambda genuine: genuine.others["status-registry"]
    proof: Mapping[str, Any] = field(default_factory=dict)
    after: Callable[[bytes], bytes] = lambda raw: raw

    def body(self, genuine: Genuine, url: str) -> bytes:
        """The list as served at ``url``."""
        document: Json = _unsigned(genuine, url)
        self.edit(document, genuine)
        return self.after(orjson.dumps(genuine.secure(document, self.signer(genuine), self.proof)))


def _unsigned(genuine: Genuine, url: str) -> Json:
    since = genuine.created()
    return build_status_list_credential(
        url=url,
        issuer=_REGISTRY,
        purpose=StatusPurpose.REVOCATION,
        length=MIN_LENGTH,
        states={},
        valid_from=since,
        valid_until=since + timedelta(days=1),
        ttl=timedelta(minutes=5),
    )


def _case(
    family: str,
    name: str,
    reply: Callable[[Genuine, str], Reply],
    *,
    expected: Expected = Expected.REFUSED,
    only: str | None = None,
) -> Case:
    def build(genuine: Genuine) -> Attempt:
        url = genuine.host.reserve()
        genuine.host.put(url, reply(genuine, url))
        document = genuine.unsecured()
        document["credentialStatus"] = [{**document["credentialStatus"][0], "statusListCredential": url}]
        return post_credential(genuine.signed_by(genuine.centre, document))

    return Case(
        family=family, name=name, build=build, expected=expected, only=only, authentic=True, asks_host=True
    )


def _listed(
    name: str, listing: _Listing, *, expected: Expected = Expected.REFUSED, only: str | None = None
) -> Case:
    family = "status-list-twin" if expected is Expected.ACCEPTED else "status-list"
    return _case(
        family,
        name,
        lambda genuine, url: answering(listing.body(genuine, url)),
        expected=expected,
        only=only,
    )


def cases() -> list[Case]:
    """Lists, tried with credentials and lists of every cryptosuite."""
    rdfc = "eddsa-rdfc-2022"
    return [
        *(
            _listed(name, _Listing(edit=edit), only=rdfc if name in _ONLY_STATEMENTS else None)
            for name, edit in _LISTS.items()
        ),
        *(_listed(f"signed-{name}", _Listing(signer=signer)) for name, signer in _SIGNERS.items()),
        *(_listed(f"proof-{name}", _Listing(proof=options)) for name, options in _PROOFS.items()),
        *(_listed(name, _Listing(after=after)) for name, after in _AFTER.items()),
        *(_listed(name, _Listing(edit=edit), expected=Expected.ACCEPTED) for name, edit in _TWINS.items()),
    ]


def cases_of_servers() -> list[Case]:
    """Servers that answer wrongly where the list itself is right."""
    names = faulty_replies(b"{}", elsewhere="")

    def reply(name: str) -> Callable[[Genuine, str], Reply]:
        return lambda genuine, url: faulty_replies(
            _Listing().body(genuine, url), elsewhere=genuine.collaborator
        )[name]

    return [_case("status-server", name, reply(name)) for name in names]
