"""What was added after signing: members, elements, contexts and JSON-LD's own words."""

from dataclasses import replace

from tests.invalid.case import (
    MARKER,
    Case,
    Edit,
    Expected,
    altered,
    both,
    change,
    each,
    only,
    put,
    put_made,
)
from tests.invalid.genuine import Genuine, Json

_PERSON = {"type": ["AchievementSubject"], "nameLatin": MARKER}
_ACHIEVEMENT = "/credentialSubject/achievement"

_MEMBERS: dict[str, Edit] = {
    "top-level-undefined-term": put("/marqueur", MARKER),
    "top-level-defined-term": put("/description", MARKER),
    "valid-until": put("/validUntil", "2099-01-01T00:00:00Z"),
    "null-at-top": put("/marqueur", None),
    "null-of-a-defined-term": put("/description", None),
    "empty-array-at-top": put("/evidence", []),
    "empty-object-in-subject": put("/credentialSubject/marqueur", {}),
    "undefined-term-in-subject": put("/credentialSubject/marqueur", MARKER),
    "defined-term-in-subject": put("/credentialSubject/familyName", MARKER),
    "null-in-subject": put("/credentialSubject/marqueur", None),
    "undefined-term-in-achievement": put(f"{_ACHIEVEMENT}/marqueur", MARKER),
    "image-in-achievement": put(
        f"{_ACHIEVEMENT}/image", {"id": f"https://{MARKER}.example/x.png", "type": "Image"}
    ),
    "undefined-term-in-issuer": put("/issuer/marqueur", MARKER),
    "defined-term-in-issuer": put("/issuer/description", MARKER),
    "undefined-term-in-status": put("/credentialStatus/0/marqueur", MARKER),
    "status-message": put("/credentialStatus/0/statusMessage", [{"status": "0x0", "message": MARKER}]),
    "undefined-term-in-proof": put("/proof/marqueur", MARKER),
    "null-in-proof": put("/proof/marqueur", None),
    "nonce-in-proof": put("/proof/nonce", MARKER),
    "domain-in-proof": put("/proof/domain", f"https://{MARKER}.example"),
    "challenge-in-proof": put("/proof/challenge", MARKER),
    "expires-in-proof": put("/proof/expires", "2099-01-01T00:00:00Z"),
    "id-in-proof": put("/proof/id", f"urn:example:{MARKER}"),
    "empty-name": put("/", MARKER),
    "name-of-spaces": put("/ ", MARKER),
    "name-with-a-colon": put("/ex:marqueur", MARKER),
    "name-that-is-a-url": put(f"/https:~1~1{MARKER}.example~1x", MARKER),
    "name-proto": put("/__proto__", {"verified": True}),
    "name-constructor": put("/constructor", {"prototype": MARKER}),
    "name-proof-in-capitals": put("/Proof", {"type": "DataIntegrityProof"}),
    "name-with-a-zero-width-space": put("/validUntil\u200b", MARKER),
    "second-name-in-cyrillic": put("/n\u0430me", MARKER),
}

_ELEMENTS: dict[str, Edit] = {
    "type": put("/type/-", "TrainingCertificate"),
    "type-that-is-undefined": put("/type/-", MARKER),
    "type-that-is-a-url": put("/type/-", f"https://{MARKER}.example/Type"),
    "issuer-type": put("/issuer/type/-", "Address"),
    "second-subject": change("/credentialSubject", lambda subject: [subject, _PERSON]),
    "subject-twice": change(
        "/credentialSubject", lambda subject: [subject, {**subject, "nameLatin": MARKER}]
    ),
    "second-status": put_made(
        "/credentialStatus/-",
        lambda genuine: {**genuine.document()["credentialStatus"][0], "statusListIndex": "7"},
    ),
    "second-achievement": change(_ACHIEVEMENT, lambda one: [one, {**one, "cqfLevel": 8}]),
    "unit": put("/credentialSubject/unitsOfCompetency/-", {"unitCode": MARKER, "unitResult": "C"}),
    "assessor": put("/credentialSubject/assessors/-", MARKER),
    "title-in-another-language": put("/credentialSubject/localized/title/en", MARKER),
    "issuer-as-two": change("/issuer", lambda issuer: [issuer, issuer]),
}

_CONTEXTS: dict[str, Edit] = {
    "unknown-appended": put("/@context/-", f"https://{MARKER}.example/context"),
    "remote-appended": put_made("/@context/-", lambda genuine: f"{genuine.collaborator}/context"),
    "remote-alone": put_made("/@context", lambda genuine: [f"{genuine.collaborator}/context"]),
    "remote-second": put_made("/@context/1", lambda genuine: f"{genuine.collaborator}/context"),
    "remote-prepended": lambda document, genuine: document["@context"].insert(
        0, f"{genuine.collaborator}/context"
    ),
    "file-url": put("/@context/-", "file:///etc/passwd"),
    "ftp-url": put("/@context/-", "ftp://127.0.0.1/context"),
    "data-url": put("/@context/-", 'data:application/ld+json,{"@context":{}}'),
    "relative-url": put("/@context/-", "context.jsonld"),
    "first-two-swapped": change("/@context", lambda all_: [all_[1], all_[0], *all_[2:]]),
    "version-1-instead": put("/@context/0", "https://www.w3.org/2018/credentials/v1"),
    "version-1-prepended": lambda document, _: document["@context"].insert(
        0, "https://www.w3.org/2018/credentials/v1"
    ),
    "as-text": put("/@context", "https://www.w3.org/ns/credentials/v2"),
    "as-object": put("/@context", {"@vocab": f"https://{MARKER}.example/"}),
    "empty": put("/@context", []),
    "number-appended": put("/@context/-", 7),
    "null-appended": put("/@context/-", None),
    "array-appended": put("/@context/-", ["https://www.w3.org/ns/credentials/v2"]),
    "null-in-subject": put("/credentialSubject/@context", None),
    "scoped-to-status": put_made(
        "/credentialStatus/0/@context", lambda genuine: f"{genuine.collaborator}/context"
    ),
    "scoped-to-proof": put_made("/proof/@context", lambda genuine: f"{genuine.collaborator}/context"),
    "null-in-proof": put("/proof/@context", None),
    "hundreds": change("/@context", lambda all_: all_ + [f"https://x{n}.example/c" for n in range(300)]),
}

_INLINE: dict[str, Edit] = {
    name: put("/@context/-", context)
    for name, context in {
        "redefines-name": {"name": f"https://{MARKER}.example/name"},
        "redefines-issuer": {"issuer": {"@id": f"https://{MARKER}.example/issuer", "@type": "@id"}},
        "redefines-type": {"type": f"https://{MARKER}.example/type"},
        "redefines-id": {"id": f"https://{MARKER}.example/id"},
        "unmaps-name": {"name": None},
        "unmaps-status": {"credentialStatus": None},
        "renames-birth-date": {"born": "https://skills-passport.example/vocab#birthDate"},
        "base": {"@base": f"https://{MARKER}.example/"},
        "import-remote": {"@import": "http://127.0.0.1:9/context"},
        "propagate": {"@propagate": False, "name": None},
        "language": {"@language": "km"},
        "protected-not": {"@protected": False, "name": None},
        "version-1.0": {"@version": 1.0},
        "version-2": {"@version": 2},
        "unknown-keyword": {"@marqueur": MARKER},
        "wrapped-in-context": {"@context": {"name": None}},
        "loop-of-terms": {"a": "b:c", "b": "a:c"},
    }.items()
}


def _graph_around(document: Json, _: Genuine) -> None:
    inner = dict(document)
    document.clear()
    document.update({"@context": inner.pop("@context"), "@graph": [inner]})


_WORDS: dict[str, Edit] = {
    "graph-at-top": put("/@graph", [_PERSON]),
    "graph-around": _graph_around,
    "included": put("/@included", [_PERSON]),
    "reverse": put("/@reverse", {"issuer": {"id": f"https://{MARKER}.example/"}}),
    "nest": put("/@nest", {"description": MARKER}),
    "nest-around-name": lambda document, _: document.update({"@nest": {"name": document.pop("name")}}),
    "index-at-top": put("/@index", MARKER),
    "index-in-subject": put("/credentialSubject/@index", MARKER),
    "index-in-issuer": put("/issuer/@index", MARKER),
    "id-beside-id": put("/@id", f"urn:example:{MARKER}"),
    "type-beside-type": put("/@type", ["TrainingCertificate"]),
    "type-beside-type-in-subject": put("/credentialSubject/@type", MARKER),
    "value-around-name": change("/name", lambda name: {"@value": name, "@index": MARKER}),
    "language-on-name": change("/name", lambda name: {"@value": name, "@language": "km"}),
    "direction-on-name": change("/name", lambda name: {"@value": name, "@direction": "rtl"}),
    "json-value-in-subject": put(
        "/credentialSubject/description", {"@type": "@json", "@value": {"verified": MARKER}}
    ),
    "set-with-more": change("/name", lambda name: {"@set": [name, MARKER]}),
    "list-around-type": change("/type", lambda types: {"@list": types}),
    "direction-at-top": put("/@direction", "rtl"),
    "undefined-keyword": put("/@marqueur", MARKER),
    "undefined-keyword-in-subject": put("/credentialSubject/@marqueur", MARKER),
    "language-map-of-name": change("/name", lambda name: {"en": name, "km": MARKER}),
    "second-place-of-itself": both(
        put_made("/credentialSubject/achievement/creator", lambda genuine: {"id": genuine.document()["id"]}),
        put("/credentialSubject/achievement/creator/description", MARKER),
    ),
}

# These change no statement, so that eddsa-rdfc-2022 rightly holds.
_SAME_STATEMENTS: dict[str, Edit] = {
    "contexts-swapped": change("/@context", lambda all_: [all_[0], all_[2], all_[1]]),
    "vocab-in-subject": put("/credentialSubject/@context", {"@vocab": f"https://{MARKER}.example/"}),
    "vocab-appended": put("/@context/-", {"@vocab": f"https://{MARKER}.example/"}),
    "name-in-an-array": change("/name", lambda name: [name]),
    "subject-in-an-array": change("/credentialSubject", lambda subject: [subject]),
    "statuses-reordered": change("/credentialStatus", lambda status: status[::-1]),
    "types-reordered": change("/type", lambda types: [types[0], types[2], types[1]]),
    "partial-in-an-array": put("/credentialSubject/partial", [False]),
    "unused-terms-appended": put("/@context/-", {f"t{n}": f"https://x.example/{n}" for n in range(5_000)}),
    "assessors-reordered": change("/credentialSubject/assessors", lambda all_: all_[::-1]),
}

# A value of another kind, which a JSON reader understands otherwise.
_RETYPED: dict[str, Edit] = {
    "level-as-text": put("/credentialSubject/achievement/cqfLevel", "1"),
    "partial-as-text": put("/credentialSubject/partial", "false"),
    "partial-as-number": put("/credentialSubject/partial", 0),
    "date-as-value-object": change("/credentialSubject/birthDate", lambda day: {"@value": day}),
    "index-as-number": change("/credentialStatus/0/statusListIndex", int),
    "time-as-value-object": change("/validFrom", lambda time: {"@value": time}),
}


def cases() -> list[Case]:
    """Every case of these families."""
    return [
        *each(altered, "added-member", _MEMBERS),
        *each(altered, "added-element", _ELEMENTS),
        *each(altered, "context", _CONTEXTS),
        *each(altered, "inline-context", _INLINE),
        *each(altered, "jsonld", _WORDS),
        *each(altered, "retyped", _RETYPED),
        # The statement is the same to eddsa-rdfc-2022, which then finds no accreditation for the level.
        replace(
            altered("retyped", "level-as-value-object", put(f"{_ACHIEVEMENT}/cqfLevel", {"@value": 1})),
            authentic=None,
        ),
        *(only("eddsa-jcs-2022", case) for case in each(altered, "respelt", _SAME_STATEMENTS)),
        altered(
            "context-twin",
            "known-appended",
            put("/@context/-", "https://w3id.org/security/data-integrity/v2"),
            expected=Expected.ACCEPTED,
        ),
    ]
