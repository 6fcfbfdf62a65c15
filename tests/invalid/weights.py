"""Documents that cost a careless verifier its time or memory."""

from typing import Any

import orjson

from tests.invalid.case import (
    JSON_TYPE,
    Attempt,
    Case,
    Edit,
    altered,
    change,
    each,
    put,
    put_made,
    signed,
)
from tests.invalid.genuine import stranger

_MEGABYTE = 1_000_000


def _tree(depth: int, width: int) -> dict[str, Any]:
    below = [] if depth == 0 else [_tree(depth - 1, width)] * width
    return {"type": ["Achievement"], "related": below} if below else {"type": ["Achievement"]}


def _with_other_value(proof: dict[str, Any]) -> dict[str, Any]:
    value = proof["proofValue"]
    return {**proof, "proofValue": value[:-1] + ("1" if value[-1] != "1" else "2")}


_HEAVY: dict[str, Edit] = {
    "sixteen-alike": put("/credentialSubject/unitsOfCompetency", [{"unitResult": "C"}] * 16),
    "thousands-alike": put("/credentialSubject/unitsOfCompetency", [{"unitResult": "C"}] * 5_000),
    "nested-alike": put("/credentialSubject/achievement/related", [_tree(6, 3)] * 3),
    "alike-in-two-graphs": change("/proof", lambda proof: [proof, _with_other_value(proof)]),
    "array-of-10000-texts": put("/credentialSubject/assessors", [f"A-{n}" for n in range(10_000)]),
    "array-of-10000-nulls": put("/credentialSubject/assessors", [None] * 10_000),
    "array-of-40000-zeros": put("/credentialSubject/assessors", [0] * 40_000),
    "10000-members": put("/credentialSubject", {f"m{n}": n for n in range(10_000)}),
    "10000-types": put("/type", ["VerifiableCredential"] + [f"T{n}" for n in range(10_000)]),
    "10000-subjects": change("/credentialSubject", lambda subject: [{"id": "urn:example:1"}] * 10_000),
    "10000-status-entries": put(
        "/credentialStatus", [{"type": "BitstringStatusListEntry", "id": "urn:example:1"}] * 10_000
    ),
    "2000-status-lists": change(
        "/credentialStatus",
        lambda entries: [
            {**entries[0], "statusListCredential": f"https://x{n}.example/l"} for n in range(2_000)
        ],
    ),
    "base58-of-900-kilobytes": put("/proof/proofValue", "z" + "2" * 900_000),
    "base58-ones-of-900-kilobytes": put("/proof/proofValue", "z" + "1" * 900_000),
    "did-key-of-900-kilobytes": put("/issuer/id", "did:key:z6Mk" + "2" * 900_000),
    "issuer-url-of-900-kilobytes": put("/issuer/id", "https://skills-passport.example/" + "a" * 900_000),
    "method-of-900-kilobytes": put(
        "/proof/verificationMethod", "did:web:skills-passport.example:" + "a:" * 450_000 + "#1"
    ),
    "timestamp-of-900-kilobytes": put("/validFrom", "2026-11-01T00:00:00." + "1" * 900_000 + "Z"),
    "index-of-900-kilobytes": put("/credentialStatus/0/statusListIndex", "1" * 900_000),
    "type-of-900-kilobytes": put("/type/-", "T" * 900_000),
    "language-of-900-kilobytes": put("/name", {"@value": "x", "@language": "a-" * 450_000}),
    "near-url-of-900-kilobytes": put("/id", "a" * 900_000),
    "inline-contexts-nested": put(
        "/@context/-", {"t": {"@id": "https://x.example/t", "@context": {"u": {"@context": {"t": None}}}}}
    ),
    "context-in-each-of-3000": put(
        "/credentialSubject/unitsOfCompetency",
        [{"@context": "https://www.w3.org/ns/credentials/v2", "unitCode": str(n)} for n in range(3_000)],
    ),
}


def _as_many(objects: int) -> dict[str, Edit]:
    """So many of everything that a document may have several of."""
    edits: dict[str, Edit] = {
        "subjects": put("/credentialSubject", [{"id": "urn:x"}] * objects),
        "status-entries": put("/credentialStatus", [{"type": "B"}] * objects),
        "evidences-without-type": put("/evidence", [{"id": "u:x"}] * objects),
        "related-resources": put("/relatedResource", [{"id": f"u:{n}"} for n in range(objects)]),
        "names": put("/name", [{"@value": "x"}] * objects),
        "inline-contexts": change("/@context", lambda all_: all_ + [{"a": "b:c"}] * objects),
        "empty-objects": put("/credentialSubject/assessors", [{}] * 2 * objects),
        "empty-arrays": put("/credentialSubject/assessors", [[]] * 2 * objects),
        "members": put("/credentialSubject", {f"n{n}": "" for n in range(2 * objects)}),
    }
    return {f"{objects}-{name}": edit for name, edit in edits.items()}


# The strict reader lets 50,000 members and elements through.
_MANY = _as_many(4_900) | _as_many(24_000)

_HEAVY_SIGNED: dict[str, Edit] = {
    name: _HEAVY[name] for name in ("10000-subjects", "2000-status-lists", "10000-types")
}

_HEAVY_BY_STRANGER: dict[str, Edit] = {
    "did-key-credential-with-10000-texts": put(
        "/credentialSubject/assessors", [f"A-{n}" for n in range(10_000)]
    ),
}


def _by_stranger(name: str, edit: Edit) -> Case:
    made = put_made("/proof", lambda genuine: _stranger_proof(genuine.document()))
    return altered(
        "weight", name, lambda document, genuine: (edit(document, genuine), made(document, genuine))
    )


def _stranger_proof(document: dict[str, Any]) -> dict[str, Any]:
    return {**document["proof"], "verificationMethod": stranger()[1].verification_method}


def _body(name: str, body: bytes, *statuses: int) -> Case:
    return Case(
        family="size",
        name=name,
        build=lambda _: Attempt(body=body, headers=JSON_TYPE),
        statuses=frozenset(statuses),
    )


def cases() -> list[Case]:
    """Every case of these families."""
    million = orjson.dumps({"verifiableCredential": {"x": "a" * _MEGABYTE}})
    return [
        *each(altered, "weight", _HEAVY | _MANY),
        *each(signed, "signed-weight", _HEAVY_SIGNED),
        *(_by_stranger(name, edit) for name, edit in _HEAVY_BY_STRANGER.items()),
        _body("one-byte-over-a-megabyte", million[: _MEGABYTE + 1], 413),
        _body("five-megabytes", million * 5, 413),
        _body("five-megabytes-of-zeros", b"[" + b"0," * 2_500_000 + b"0]", 413),
        _body("five-megabytes-of-spaces", b" " * 5 * _MEGABYTE, 413),
        _body("499999-zeros", b"[" + b"0," * 499_990 + b"0]", 400),
        _body("a-megabyte-of-brackets", b"[" * (_MEGABYTE - 10), 400),
        _body("a-megabyte-of-quotes", b'"' * (_MEGABYTE - 10), 400),
        _body("a-megabyte-of-backslashes", b'"' + b"\\" * (_MEGABYTE - 12) + b'"', 400),
        _body("a-megabyte-of-escapes", b'"' + b"\\u0041" * 160_000 + b'"', 400),
        _body("a-megabyte-of-digits", b"[" + b"1" * (_MEGABYTE - 10) + b"]", 400),
        _body("a-name-of-a-megabyte", b'{"' + b"a" * (_MEGABYTE - 10) + b'":1}', 400),
        Case(
            family="size",
            name="five-megabytes-in-chunks",
            build=lambda _: Attempt(chunks=(b"[" + b" " * _MEGABYTE,) * 5, headers=JSON_TYPE),
            statuses=frozenset({413}),
        ),
        _body("40000-members", orjson.dumps({f"m{n}": n for n in range(40_000)}), 400),
    ]
