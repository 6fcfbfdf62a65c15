"""Nonsense that an accredited centre signed rightly: dates, status entries, awards, shapes."""

from typing import Any

from tests.invalid.case import MARKER, Case, Edit, altered, both, change, drop, each, put, put_made, signed

_BAD_TIMES: dict[str, Any] = {
    "naive": "2026-11-01T00:00:00",
    "date-only": "2026-11-01",
    "hour-24": "2026-11-01T24:00:00Z",
    "leap-second": "2026-06-30T23:59:60Z",
    "year-99999": "99999-01-01T00:00:00Z",
    "year-0": "0000-01-01T00:00:00Z",
    "negative-year": "-2026-01-01T00:00:00Z",
    "offset-of-99-hours": "2026-11-01T00:00:00+99:99",
    "offset-beyond-the-calendar": "0001-01-01T00:00:00+14:00",
    "february-30": "2026-02-30T00:00:00Z",
    "month-13": "2026-13-01T00:00:00Z",
    "week-date": "2026-W45-1T00:00:00Z",
    "basic-format": "20261101T000000Z",
    "space-for-t": "2026-11-01 00:00:00Z",
    "small-letters": "2026-11-01t00:00:00z",
    "comma-fraction": "2026-11-01T00:00:00,5Z",
    "khmer-digits": "២០២៦-១១-០១T០០:០០:០០Z",
    "fullwidth-digits": "\uff12\uff10\uff12\uff16-11-01T00:00:00Z",
    "newline-behind": "2026-11-01T00:00:00Z\n",
    "unix-time": 1_793_491_200,
    "empty": "",
    "array": ["2026-11-01T00:00:00Z"],
    "object": {"@value": "2026-11-01T00:00:00Z"},
    "true": True,
    "words": MARKER,
}

_DATES: dict[str, Edit] = {
    **{f"valid-from-{name}": put("/validFrom", value) for name, value in _BAD_TIMES.items()},
    **{f"valid-until-{name}": put("/validUntil", value) for name, value in _BAD_TIMES.items()},
    "valid-from-in-the-future": put("/validFrom", "2099-01-01T00:00:00Z"),
    "valid-until-past": both(
        put("/validFrom", "2020-01-01T00:00:00Z"), put("/validUntil", "2021-01-01T00:00:00Z")
    ),
    "valid-until-before-valid-from": put("/validUntil", "2026-01-01T00:00:00Z"),
}

_INDEX = "/credentialStatus/0/statusListIndex"
_LIST = "/credentialStatus/0/statusListCredential"

_STATUS: dict[str, Edit] = {
    **{
        f"index-{name}": put(_INDEX, value)
        for name, value in {
            "negative": "-1",
            "beyond-the-list": "131072",
            "huge": "9" * 400,
            "float": "1.0",
            "exponent": "1e3",
            "hexadecimal": "0x10",
            "leading-zero": "007",
            "plus-sign": "+7",
            "khmer-digits": "១២៣",
            "fullwidth-digits": "\uff11\uff12",
            "superscript": "7\u00b2",
            "underscore": "1_000",
            "space": " 7",
            "newline": "7\n",
            "empty": "",
            "number": 7,
            "number-float": 7.5,
            "true": True,
            "array": ["7"],
            "words": MARKER,
        }.items()
    },
    "index-missing": drop(_INDEX),
    "list-missing": drop(_LIST),
    "purpose-missing": drop("/credentialStatus/0/statusPurpose"),
    "purpose-suspension-of-a-revocation-list": put("/credentialStatus/0/statusPurpose", "suspension"),
    "purpose-unknown": put("/credentialStatus/0/statusPurpose", MARKER),
    "purpose-message": put("/credentialStatus/0/statusPurpose", "message"),
    "purpose-array": put("/credentialStatus/0/statusPurpose", ["revocation"]),
    "type-unknown": put("/credentialStatus/0/type", "CredentialStatusList2017"),
    "type-2021": put("/credentialStatus/0/type", "StatusList2021Entry"),
    "type-missing": drop("/credentialStatus/0/type"),
    "size-two": put("/credentialStatus/0/statusSize", 2),
    "size-zero": put("/credentialStatus/0/statusSize", 0),
    "size-negative": put("/credentialStatus/0/statusSize", -1),
    "size-text": put("/credentialStatus/0/statusSize", "1"),
    "array-with-one-unknown-type": change(
        "/credentialStatus", lambda entries: [*entries, {"type": "SomethingNewer", "id": "urn:example:1"}]
    ),
    "array-empty": put("/credentialStatus", []),
    "array-of-hundreds": change("/credentialStatus", lambda entries: entries * 150),
    "text": put("/credentialStatus", "urn:example:1"),
    "null": put("/credentialStatus", None),
    "empty-object": put("/credentialStatus", {}),
    "list-of-another-id": change(_LIST, lambda url: url.replace("/lists/", "/lists/0")),
    "list-of-the-other-suite": change(
        _LIST,
        lambda url: url.replace("rdfc", "j-c-s") if "rdfc" in url else url.replace("jcs", "rdf-c"),
    ),
    "list-is-the-notes": change(_LIST, lambda url: url.rsplit("/", 1)[0].replace("/lists/", "/notes/")),
    "list-is-the-trust-list": put_made(_LIST, lambda genuine: f"{genuine.base_url}/trust/list"),
    "list-is-a-did-document": put_made(_LIST, lambda genuine: f"{genuine.base_url}/status/did.json"),
    "list-is-a-page": put_made(_LIST, lambda genuine: f"{genuine.base_url}/"),
    "list-is-behind-a-sign-in": put_made(_LIST, lambda genuine: f"{genuine.base_url}/issuer/api/classes/1"),
    "list-with-query": change(_LIST, lambda url: url + "?fresh=1"),
    "list-with-fragment": change(_LIST, lambda url: url + "#1"),
    "list-with-dot-segments": change(_LIST, lambda url: url.replace("/status/", "/v/../status/")),
    "list-with-two-slashes": change(_LIST, lambda url: url.replace("/status/", "//status/")),
    "list-percent-encoded": change(_LIST, lambda url: url.replace("/lists/", "/%6cists/")),
    "list-with-userinfo": change(_LIST, lambda url: url.replace("://", "://a:b@")),
    "list-relative": put(_LIST, "/status/lists/1"),
    "list-empty": put(_LIST, ""),
    "list-number": put(_LIST, 7),
    "list-array": change(_LIST, lambda url: [url]),
    "list-data-url": put(_LIST, "data:application/json,{}"),
    "list-too-long": put(_LIST, "https://skills-passport.example/" + "a" * 5000),
    "id-number": put("/credentialStatus/0/id", 7),
    "id-relative": put("/credentialStatus/0/id", "status-7"),
}

_ACHIEVEMENT = "/credentialSubject/achievement"

_AWARDS: dict[str, Edit] = {
    "type-not-accredited": put("/type", ["VerifiableCredential", "OpenBadgeCredential", "HealthRecord"]),
    "no-type-of-its-own": put("/type", ["VerifiableCredential", "OpenBadgeCredential"]),
    "only-verifiable-credential": put("/type", "VerifiableCredential"),
    "one-type-too-many": put("/type/-", "HealthRecord"),
    "type-of-a-trust-list": put("/type", ["VerifiableCredential", "TrustListCredential"]),
    "type-of-a-status-list": put("/type", ["VerifiableCredential", "BitstringStatusListCredential"]),
    "type-of-a-presentation": put("/type", ["VerifiableCredential", "VerifiablePresentation"]),
    "qualification-of-another-centre": put(f"{_ACHIEVEMENT}/humanCode", "DEMO-RPL-FDS"),
    "qualification-unknown": put(f"{_ACHIEVEMENT}/humanCode", MARKER),
    "qualification-missing": drop(f"{_ACHIEVEMENT}/humanCode"),
    "qualification-as-array": change(f"{_ACHIEVEMENT}/humanCode", lambda code: [code]),
    "qualification-in-small-letters": change(f"{_ACHIEVEMENT}/humanCode", str.lower),
    "level-too-high": put(f"{_ACHIEVEMENT}/cqfLevel", 8),
    "level-zero": put(f"{_ACHIEVEMENT}/cqfLevel", 0),
    "level-negative": put(f"{_ACHIEVEMENT}/cqfLevel", -1),
    "level-too-high-as-float": put(f"{_ACHIEVEMENT}/cqfLevel", 8.5),
    "level-too-high-as-text": put(f"{_ACHIEVEMENT}/cqfLevel", "8"),
    "level-too-high-as-array": put(f"{_ACHIEVEMENT}/cqfLevel", [8]),
    "level-true": put(f"{_ACHIEVEMENT}/cqfLevel", True),
    "two-achievements": change(_ACHIEVEMENT, lambda one: [one, {**one, "humanCode": "DEMO-RPL-FDS"}]),
    "no-achievement": drop(_ACHIEVEMENT),
    "two-subjects": change(
        "/credentialSubject", lambda subject: [subject, {**subject, "id": "urn:example:2"}]
    ),
    "subject-text": put("/credentialSubject", MARKER),
    "subject-empty": put("/credentialSubject", {}),
    "subject-empty-array": put("/credentialSubject", []),
    "subject-with-an-empty-one": change("/credentialSubject", lambda subject: [subject, {}]),
    "issuer-of-another-centre": put("/issuer/id", "did:web:skills-passport.example:centres:trei-chhlonh"),
}

_SHAPES: dict[str, Edit] = {
    "no-context": drop("/@context"),
    "first-context-other": put("/@context/0", "https://www.w3.org/2018/credentials/v1"),
    "no-type": drop("/type"),
    "type-without-verifiable-credential": put("/type", ["RPLCertificate"]),
    "type-empty": put("/type", []),
    "type-number": put("/type", 7),
    "no-issuer": drop("/issuer"),
    "issuer-null": put("/issuer", None),
    "issuer-id-no-url": put("/issuer/id", "phka trakuon"),
    "no-subject": drop("/credentialSubject"),
    "id-no-url": put("/id", "no url"),
    "id-array": put("/id", ["urn:example:1", "urn:example:2"]),
    "id-null": put("/id", None),
    "subject-id-no-url": put("/credentialSubject/id", "no url"),
    "subject-id-array": put("/credentialSubject/id", ["urn:example:1", "urn:example:2"]),
    "name-number": put("/name", 7),
    "name-with-extra-member": put("/name", {"@value": "Carpentry", "@language": "en", "url": MARKER}),
    "schema-without-type": put("/credentialSchema", {"id": "https://skills-passport.example/schema"}),
    "schema-without-id": put("/credentialSchema", {"type": "JsonSchema"}),
    "evidence-without-type": put("/evidence", [{"id": "urn:example:1"}]),
    "evidence-text": put("/evidence", MARKER),
    "terms-without-type": put("/termsOfUse", {"id": "urn:example:1"}),
    "refresh-without-type": put("/refreshService", {"id": "urn:example:1"}),
    "resource-without-digest": put("/relatedResource", [{"id": "https://skills-passport.example/x"}]),
    "resource-twice": put(
        "/relatedResource", [{"id": "https://skills-passport.example/x", "digestSRI": "sha384-x"}] * 2
    ),
}


def cases() -> list[Case]:
    """Every case of these families."""
    return [
        *each(signed, "date", _DATES),
        *each(signed, "status", _STATUS),
        *each(signed, "award", _AWARDS),
        *each(signed, "shape", _SHAPES),
        *each(altered, "unsigned-shape", _SHAPES),
    ]
