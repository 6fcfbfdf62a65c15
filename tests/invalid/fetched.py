"""DID documents and trust lists that the verifier fetches, each wrong in one way.

DID documents are unsigned, so that a case changes the bytes; a trust list is signed, so that a case
signs other members, signs otherwise, or changes the bytes afterwards.
"""

from collections.abc import Callable, Mapping
from typing import Any

import orjson

from tests.invalid.genuine import Json, stranger, stranger_of_kind
from vc.crypto.keys import KeyType

Change = Callable[[Json], object]
Respell = Callable[[bytes], bytes]

_STRANGER = stranger()[1].public_key


def _method(**changes: Any) -> Change:
    """Members of every verification method, set or removed where None."""

    def change(document: Json) -> None:
        for method in document["verificationMethod"]:
            for name, value in changes.items():
                method.pop(name, None)
                if value is not None:
                    method[name] = value

    return change


def _set(**changes: Any) -> Change:
    def change(document: Json) -> None:
        for name, value in changes.items():
            document.pop(name, None)
            if value is not None:
                document[name] = value

    return change


def _strangers_jwk(**changes: Any) -> Change:
    return _method(type="JsonWebKey", publicKeyMultibase=None, publicKeyJwk={**_STRANGER.jwk, **changes})


def _embedded(document: Json) -> None:
    method = {**document["verificationMethod"][0], "publicKeyMultibase": _STRANGER.multikey}
    document["assertionMethod"] = [method]


def _second_of_one_id(document: Json) -> None:
    method = {**document["verificationMethod"][0], "publicKeyMultibase": _STRANGER.multikey}
    document["verificationMethod"].append(method)


def _other_relation(document: Json) -> None:
    document["authentication"] = document.pop("assertionMethod")


def _thousands(document: Json) -> None:
    first = document["verificationMethod"][0]
    document["verificationMethod"] = [{**first, "id": f"{first['id']}-{n}"} for n in range(2_000)]


DID_DOCUMENTS: Mapping[str, Change] = {
    "id-of-another": lambda document: document.update({"id": document["id"] + ":x"}),
    "id-missing": _set(id=None),
    "id-array": lambda document: document.update({"id": [document["id"]]}),
    "id-with-fragment": lambda document: document.update({"id": document["id"] + "#1"}),
    "id-in-capitals": lambda document: document.update({"id": document["id"].upper()}),
    "key-of-a-stranger": _method(publicKeyMultibase=_STRANGER.multikey),
    "key-of-another-kind": _method(publicKeyMultibase=stranger_of_kind(KeyType.P256)[1].public_key.multikey),
    "key-of-an-unknown-kind": _method(publicKeyMultibase="z" + "6LSb" + "a" * 43),
    "key-missing": _method(publicKeyMultibase=None),
    "key-empty": _method(publicKeyMultibase=""),
    "key-null": _method(publicKeyMultibase=None, publicKeyJwk=None),
    "key-number": _method(publicKeyMultibase=7),
    "key-not-base58": _method(publicKeyMultibase="z0OIl"),
    "key-of-100-kilobytes": _method(publicKeyMultibase="z" + "2" * 100_000),
    "key-as-jwk-of-a-stranger": _strangers_jwk(),
    "key-as-jwk-with-its-private-part": _strangers_jwk(d="AA"),
    "key-as-jwk-without-coordinate": _strangers_jwk(x=None),
    "key-as-jwk-of-another-curve": _strangers_jwk(crv="Ed448"),
    "key-as-text": _method(publicKeyMultibase=None, publicKeyJwk="z6Mk"),
    "key-with-its-private-part": _method(secretKeyMultibase="z3u2"),
    "key-retired-before": _method(expires="2020-01-01T00:00:00Z"),
    "key-revoked-before": _method(revoked="2020-01-01T00:00:00Z"),
    "key-retired-at-no-time": _method(expires="soon"),
    "key-retired-by-number": _method(expires=1_577_836_800),
    "method-of-another-controller": _method(controller="did:web:attacker.example"),
    "method-without-controller": _method(controller=None),
    "method-of-two-controllers": _method(controller=["did:web:a.example", "did:web:b.example"]),
    "method-of-an-unknown-type": _method(type="PgpVerificationKey2021"),
    "method-without-type": _method(type=None),
    "method-without-id": _method(id=None),
    "method-of-another-id": _method(id="did:web:attacker.example#1"),
    "method-of-a-relative-id-not-asked-for": _method(id="#other"),
    "methods-of-one-id": _second_of_one_id,
    "methods-missing": _set(verificationMethod=None),
    "methods-empty": _set(verificationMethod=[]),
    "methods-text": _set(verificationMethod="x"),
    "methods-object": lambda document: document.update(
        {"verificationMethod": document["verificationMethod"][0]}
    ),
    "methods-of-null": lambda document: document.update({"verificationMethod": [None]}),
    "methods-by-the-thousand": _thousands,
    "relation-missing": _set(assertionMethod=None),
    "relation-empty": _set(assertionMethod=[]),
    "relation-other": _other_relation,
    "relation-text": lambda document: document.update({"assertionMethod": document["assertionMethod"][0]}),
    "relation-embeds-a-strangers-key": _embedded,
    "relation-to-a-method-not-there": _set(assertionMethod=["did:web:attacker.example#1"]),
    "relation-of-numbers": _set(assertionMethod=[7]),
}

DID_DOCUMENT_TWINS: Mapping[str, Change] = {
    "as-published": lambda _: None,
    "with-a-stranger-beside": lambda document: document["verificationMethod"].append(
        {"id": f"{document['id']}#other", "controller": document["id"], "type": "SomethingNewer"}
    ),
    "with-relative-names": lambda document: (
        document["verificationMethod"][0].update(
            {"id": "#" + document["verificationMethod"][0]["id"].split("#")[1]}
        ),
        document.update({"assertionMethod": ["#" + document["assertionMethod"][0].split("#")[1]]}),
    ),
    "with-unknown-members": _set(alsoKnownAs=["https://x.example"], marqueur=[{}]),
    "with-a-remote-context": _set(**{"@context": ["http://127.0.0.1:9/context"]}),
    "with-services": _set(
        service=[{"id": "#s", "type": "LinkedDomains", "serviceEndpoint": "http://127.0.0.1:9/"}]
    ),
}

BODIES: Mapping[str, Respell] = {
    "empty": lambda _: b"",
    "null": lambda _: b"null",
    "array": lambda raw: b"[" + raw + b"]",
    "text": lambda _: b'"did"',
    "html": lambda _: b"<!doctype html><html><body>404</body></html>",
    "cut-short": lambda raw: raw[:-1],
    "twice": lambda raw: raw + raw,
    "byte-order-mark": lambda raw: b"\xef\xbb\xbf" + raw,
    "utf-16": lambda raw: raw.decode().encode("utf-16"),
    "not-utf-8": lambda raw: b'{"\xff":1,' + raw[1:],
    "member-twice": lambda raw: b'{"id":"did:example:1",' + raw[1:],
    "member-twice-by-escape": lambda raw: b'{"\\u0069d":"did:example:1",' + raw[1:],
    "not-a-number": lambda raw: b'{"x":NaN,' + raw[1:],
    "lone-surrogate": lambda raw: b'{"x":"\\ud800",' + raw[1:],
    "deep": lambda raw: b'{"x":' + b"[" * 10_000 + b"]" * 10_000 + b"," + raw[1:],
    "of-a-megabyte-and-more": lambda raw: b'{"x":"' + b"a" * 1_100_000 + b'",' + raw[1:],
    "of-100000-members": lambda raw: orjson.dumps({f"m{n}": n for n in range(100_000)})[:-1] + b"," + raw[1:],
}


def _entries(change: Change) -> Change:
    """A change of every entry of the list."""

    def changed(document: Json) -> None:
        for entry in document["credentialSubject"]["issuers"]:
            change(entry)

    return changed


def _subject(**changes: Any) -> Change:
    return lambda document: _set(**changes)(document["credentialSubject"])


def _keys(**changes: Any) -> Change:
    def changed(entry: Json) -> None:
        for key in entry["keys"]:
            _set(**changes)(key)

    return _entries(changed)


def _doubled(document: Json) -> None:
    document["credentialSubject"]["issuers"] *= 2


# Signed by the trust root itself.
TRUST_LISTS: Mapping[str, Change] = {
    "id-of-another": _set(id="https://skills-passport.example/trust/other"),
    "id-missing": _set(id=None),
    "issuer-other": _set(issuer="did:web:attacker.example"),
    "issuer-missing": _set(issuer=None),
    "type-missing": _set(type=["VerifiableCredential"]),
    "type-of-a-status-list": _set(type=["VerifiableCredential", "BitstringStatusListCredential"]),
    "expired": _set(validUntil="2026-01-01T00:00:00Z", validFrom="2025-01-01T00:00:00Z"),
    "not-yet-valid": _set(validFrom="2099-01-01T00:00:00Z", validUntil="2099-01-02T00:00:00Z"),
    "without-end": _set(validUntil=None),
    "without-begin": _set(validFrom=None),
    "end-without-offset": _set(validUntil="2099-01-01T00:00:00"),
    "version-missing": _subject(version=None),
    "version-zero": _subject(version=0),
    "version-negative": _subject(version=-1),
    "version-text": _subject(version="1"),
    "version-true": _subject(version=True),
    "version-with-fraction": _subject(version=1.5),
    "issuers-missing": _subject(issuers=None),
    "issuers-text": _subject(issuers="all"),
    "issuers-object": _subject(issuers={}),
    "issuers-of-null": _subject(issuers=[None]),
    "issuers-twice": _doubled,
    "entry-without-id": _entries(_set(id=None)),
    "entry-without-name": _entries(_set(name=None)),
    "entry-with-a-bare-name": _entries(_set(name="Ministry")),
    "entry-without-keys": _entries(_set(keys=None)),
    "entry-of-keys-as-text": _entries(_set(keys="z6Mk")),
    "entry-without-roles": _entries(_set(roles=None)),
    "entry-of-one-role-as-text": _entries(_set(roles="issuer")),
    "entry-of-accreditations-as-text": _entries(_set(accreditations="all")),
    "entry-of-an-accreditation-of-all": _entries(_set(accreditations=[{}])),
    "key-missing": _keys(publicKeyMultibase=None),
    "key-number": _keys(publicKeyMultibase=7),
    "key-valid-from-missing": _keys(validFrom=None),
    "key-valid-from-number": _keys(validFrom=0),
    "key-valid-until-words": _keys(validUntil="for ever"),
    "subject-missing": _set(credentialSubject=None),
    "subject-array": lambda document: document.update({"credentialSubject": [document["credentialSubject"]]}),
}

# Sound lists by which the credential's issuer may not have issued it.
TRUST_LISTS_THAT_REFUSE: Mapping[str, Change] = {
    "issuers-empty": _subject(issuers=[]),
    "entry-of-another-id": _entries(lambda entry: entry.update({"id": entry["id"] + ":x"})),
    "entry-of-no-role": _entries(_set(roles=[])),
    "entry-of-no-key": _entries(_set(keys=[])),
    "entry-of-no-accreditation": _entries(_set(accreditations=[])),
    "key-of-a-stranger": _keys(publicKeyMultibase=_STRANGER.multikey),
    "key-ended-before": _keys(validUntil="2026-01-02T00:00:00Z"),
    "key-begins-later": _keys(validFrom="2099-01-01T00:00:00Z"),
    "key-compromised": _keys(compromisedSince="2026-01-01T00:00:00Z"),
}
