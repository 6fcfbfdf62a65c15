"""Doors behind a sign-in, tried without one, with another's, and with forged or replayed tokens."""

import base64
import json
from collections.abc import Callable, Mapping
from typing import Any

import jwt
import orjson

from runtime.auth import SESSION_COOKIE
from tests.invalid.case import JSON_TYPE, MARKER, Attempt, Case
from tests.invalid.genuine import Genuine
from tests.invalid.uploads import form, part

CLERK, OTHER_CLERK, OFFICER, RETURNEE = (
    "clerk-phka-trakuon",
    "clerk-trei-chhlonh",
    "fraud-officer-1",
    "returnee-1",
)
_ROW = {"RLD number": "RLD-DEMO-000003"}
_MULTIPART = "multipart/form-data; boundary=x7f3a9"


def _json(method: str, path: str, body: object) -> Attempt:
    return Attempt(method=method, path=path, body=orjson.dumps(body), headers=JSON_TYPE)


def _class_list() -> Attempt:
    body = form(part("kind", b"rpl"), part("file", b"RLD number\nx\n", filename="a.csv"))
    return Attempt(path="/issuer/api/classes", body=body, headers={"Content-Type": _MULTIPART})


_DOORS: dict[str, Callable[[Genuine], Attempt]] = {
    "upload-class": lambda _: _class_list(),
    "read-class": lambda g: Attempt(method="GET", path=f"/issuer/api/classes/{g.accounts.class_id}"),
    "submit-class": lambda g: _json("POST", f"/issuer/api/classes/{g.accounts.class_id}/submit", {}),
    "approve-class": lambda g: _json(
        "POST", f"/issuer/api/classes/{g.accounts.class_id}/approve", {"proposal": 1}
    ),
    "issue-one": lambda _: _json("POST", "/issuer/api/credentials", {"kind": "rpl", "row": _ROW}),
    "credential-file": lambda g: Attempt(method="GET", path=g.accounts.credential_file),
    "lookup": lambda g: Attempt(method="GET", path="/issuer/api/credentials/lookup?query=PTK-2026-000001"),
    "shared": lambda g: Attempt(method="GET", path=f"/issuer/api/shared/{g.token}"),
    "shared-by-code": lambda _: Attempt(method="GET", path="/issuer/api/shared-by-code/ABCDEFGHJKMN"),
    "revoke": lambda g: _json(
        "POST", "/revocation/api/revocations", {"credential_id": g.document()["id"], "reason": "FRAUD"}
    ),
    "entries": lambda _: _json("POST", "/revocation/api/entries", {"intents": []}),
    "state": lambda g: Attempt(method="GET", path=f"/revocation/api/credentials/{g.document()['id']}"),
    "announce-key": lambda _: _json(
        "POST",
        "/trust/api/issuer-keys",
        {
            "did": "did:web:skills-passport.example:centres:phka-trakuon",
            "public_key_multibase": "z6Mk" + "a" * 44,
            "valid_from": "2026-01-01T00:00:00Z",
        },
    ),
    "deliver": lambda _: _json("PUT", "/wallet/api/credentials/urn:uuid:1", {"holder": "RLD-DEMO-000001"}),
    "accredit": lambda _: Attempt(
        path="/trust/registrar/accreditations",
        body=b"organisation_id=phka-trakuon",
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    ),
}
_FOR_SERVICES = ("lookup", "shared", "shared-by-code", "entries", "announce-key", "deliver")


def _with_headers(attempt: Attempt, headers: Mapping[str, str]) -> Attempt:
    return Attempt(
        method=attempt.method,
        path=attempt.path,
        body=attempt.body,
        headers={**attempt.headers, **headers},
    )


def _as_person(genuine: Genuine, door: str, username: str) -> Attempt:
    headers = {"Cookie": genuine.accounts.cookies[username], "Origin": genuine.base_url}
    return _with_headers(_DOORS[door](genuine), headers)


def _bearer(genuine: Genuine, door: str, token: str) -> Attempt:
    return _with_headers(_DOORS[door](genuine), {"Authorization": f"Bearer {token}"})


def _nobody(door: str) -> Case:
    return Case(family="no-session", name=door, build=_DOORS[door], statuses=frozenset({401}))


def _person(door: str, username: str, *statuses: int) -> Case:
    return Case(
        family="other-role",
        name=f"{door}-as-{username}",
        build=lambda genuine: _as_person(genuine, door, username),
        statuses=frozenset(statuses),
    )


_ROLES = (
    *(("upload-class", who, 403) for who in (OFFICER, RETURNEE)),
    *(("submit-class", who, 403) for who in (OFFICER, RETURNEE)),
    *(("approve-class", who, 403) for who in (CLERK, OFFICER, RETURNEE)),
    *(("issue-one", who, 403) for who in (OFFICER, RETURNEE)),
    *(("read-class", who, 403) for who in (OFFICER, RETURNEE)),
    *(("revoke", who, 403) for who in (CLERK, RETURNEE)),
    *(("state", who, 403) for who in (CLERK, RETURNEE)),
    *(("accredit", who, 403) for who in (CLERK, OFFICER, RETURNEE)),
    *((door, CLERK, 401) for door in _FOR_SERVICES),
    *((door, OTHER_CLERK, 404) for door in ("read-class", "submit-class", "credential-file")),
)


def _claims(genuine: Genuine, **changes: Any) -> dict[str, Any]:
    claims: dict[str, Any] = {
        "sub": CLERK,
        "name": CLERK,
        "role": "clerk",
        "organisation_id": "phka-trakuon",
        "scopes": [],
        "rld_number": None,
        "iss": genuine.base_url,
        "aud": "api",
        "jti": "1",
    }
    issued = int(genuine.created().timestamp())
    return {
        name: v for name, v in (claims | {"iat": issued, "exp": issued + 3600} | changes).items() if v != ""
    }


def _unsigned(claims: Mapping[str, Any], header: Mapping[str, Any]) -> str:
    def encode(value: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    return f"{encode(header)}.{encode(claims)}."


def _hmac(claims: Mapping[str, Any], key: bytes, **header: Any) -> str:
    return jwt.encode(dict(claims), key, algorithm="HS256", headers={"typ": "at+jwt", **header})


def _session_of(genuine: Genuine) -> str:
    return genuine.accounts.cookies[CLERK].split("=", 1)[1]


def _token_of(genuine: Genuine) -> str:
    """A genuine signed token, of a kind that no person has."""
    return genuine.accounts.service_token("issuer>issuer")


def _cut(token: str) -> str:
    return token.rsplit(".", 1)[0] + "."


def _reheaded(token: str, header: Mapping[str, Any]) -> str:
    return _unsigned({}, header).split(".")[0] + "." + token.split(".", 1)[1]


_WEAK = b"secret-secret-secret-secret-secret"
_TYP = {"typ": "at+jwt"}

_FORGED: dict[str, Callable[[Genuine], str]] = {
    "alg-none": lambda g: _unsigned(_claims(g), {"alg": "none", **_TYP}),
    "alg-none-in-capitals": lambda g: _unsigned(_claims(g), {"alg": "NONE", **_TYP}),
    "alg-empty": lambda g: _unsigned(_claims(g), {"alg": "", **_TYP}),
    "alg-missing": lambda g: _unsigned(_claims(g), _TYP),
    "alg-rs256": lambda g: _reheaded(_token_of(g), {"alg": "RS256", **_TYP}),
    "alg-hs512": lambda g: _reheaded(_token_of(g), {"alg": "HS512", **_TYP}),
    "weak-secret": lambda g: _hmac(_claims(g), _WEAK),
    "empty-secret": lambda g: _hmac(_claims(g), bytes(32)),
    "public-key-as-secret": lambda g: _hmac(_claims(g), g.centre.public_key.raw),
    "key-in-header": lambda g: _hmac(_claims(g), _WEAK, jwk={"kty": "oct", "k": "c2VjcmV0"}),
    "key-by-url": lambda g: _hmac(_claims(g), _WEAK, jku=f"{g.collaborator}/jwks"),
    "certificate-by-url": lambda g: _hmac(_claims(g), _WEAK, x5u=f"{g.collaborator}/x5u"),
    "key-id-traversal": lambda g: _hmac(_claims(g), _WEAK, kid="../../../../dev/null"),
    "key-id-injection": lambda g: _hmac(_claims(g), _WEAK, kid=f"' UNION SELECT '{MARKER}"),
    "critical-header": lambda g: _hmac(_claims(g), _WEAK, crit=["b64"], b64=False),
    "signature-missing": lambda g: _cut(_token_of(g)),
    "signature-cut": lambda g: _token_of(g)[:-4],
    "payload-changed": lambda g: ".".join(
        (
            _token_of(g).split(".")[0],
            _unsigned(_claims(g, organisation_id="trei-chhlonh"), {}).split(".")[1],
            _token_of(g).split(".")[2],
        )
    ),
    "a-session-as-access-token": _session_of,
    "a-service-token-for-another-door": lambda g: g.accounts.service_token("issuer>wallet_api"),
    "four-parts": lambda g: _token_of(g) + ".x",
    "one-part": lambda _: MARKER,
    "dots-alone": lambda _: "..",
    "not-base64": lambda _: "%%%.%%%.%%%",
    "header-not-json": lambda _: "bm9uZQ.bm9uZQ.bm9uZQ",
    "header-deep-json": lambda _: base64.urlsafe_b64encode(b"[" * 1_500).decode().rstrip("=") + ".e30.e30",
    "very-long": lambda _: "a" * 30_000,
}


def _forged_bearer(name: str, make: Callable[[Genuine], str], door: str) -> Case:
    return Case(
        family=f"bearer-{door}",
        name=name,
        build=lambda genuine: _bearer(genuine, door, make(genuine)),
        statuses=frozenset({401}),
    )


def _forged_session(name: str, make: Callable[[Genuine], str]) -> Case:
    def build(genuine: Genuine) -> Attempt:
        headers = {"Cookie": f"{SESSION_COOKIE}={make(genuine)}", "Origin": genuine.base_url}
        return _with_headers(_DOORS["read-class"](genuine), headers)

    return Case(family="forged-session", name=name, build=build, statuses=frozenset({401}))


# A true token of one service, where it is not meant for: caller>audience, and the door.
_REPLAYED = {
    "for-the-wallet-at-the-registry": ("issuer>wallet_api", "entries", 401),
    "for-the-issuer-at-the-registry": ("verifier>issuer", "entries", 401),
    "for-the-registry-at-the-issuer": ("issuer>revocation", "shared", 401),
    "for-the-registry-at-the-trust-registry": ("issuer>revocation", "announce-key", 401),
    "of-the-issuer-at-its-own-shared-door": ("issuer>issuer", "shared", 403),
    "of-the-wallet-at-the-shared-door": ("wallet_api>issuer", "shared", 403),
    "of-the-verifier-at-the-lookup": ("verifier>issuer", "lookup", 403),
    "of-the-verifier-announcing-a-key": ("verifier>trust_registry", "announce-key", 403),
    "of-the-registry-announcing-a-centres-key": ("revocation>trust_registry", "announce-key", 403),
    "of-the-verifier-delivering": ("verifier>wallet_api", "deliver", 403),
    "as-a-clerk": ("issuer>issuer", "issue-one", 401),
}


def _replayed(name: str, token: str, door: str, status: int) -> Case:
    return Case(
        family="service-token",
        name=name,
        build=lambda genuine: _bearer(genuine, door, genuine.accounts.service_token(token)),
        statuses=frozenset({status}),
    )


_ORIGINS: dict[str, dict[str, str]] = {
    "no-origin": {},
    "origin-null": {"Origin": "null"},
    "origin-elsewhere": {"Origin": "https://attacker.example"},
    "origin-with-our-host-in-front": {"Origin": "http://127.0.0.1.attacker.example"},
    "origin-as-userinfo": {"Origin": "http://127.0.0.1@attacker.example"},
    "origin-of-another-port": {"Origin": "http://127.0.0.1:1"},
    "fetch-site-cross": {"Sec-Fetch-Site": "cross-site"},
    "fetch-site-same-site": {"Sec-Fetch-Site": "same-site"},
    "fetch-site-made-up": {"Sec-Fetch-Site": MARKER},
}


def _cross_site(name: str, headers: Mapping[str, str], door: str) -> Case:
    def build(genuine: Genuine) -> Attempt:
        cookie = {"Cookie": genuine.accounts.cookies[OFFICER if door == "revoke" else CLERK]}
        return _with_headers(_DOORS[door](genuine), {**cookie, **headers})

    return Case(family=f"cross-site-{door}", name=name, build=build, statuses=frozenset({403}))


_EXTRA_FOR_ISSUING: dict[str, Any] = {
    "issuer": "did:web:skills-passport.example:centres:trei-chhlonh",
    "centre_slug": "trei-chhlonh",
    "organisation_id": "trei-chhlonh",
    "proof": {"type": "DataIntegrityProof"},
    "credentialStatus": None,
    "validFrom": "2020-01-01T00:00:00Z",
    "validUntil": "2099-01-01T00:00:00Z",
    "id": "urn:uuid:1",
    "type": ["VerifiableCredential"],
    "cryptosuite": "none",
    "state": "issued",
    "token": MARKER,
    MARKER: True,
}
_BODIES_FOR_ISSUING: dict[str, Any] = {
    "kind-unknown": {"kind": MARKER, "row": _ROW},
    "kind-array": {"kind": ["rpl"], "row": _ROW},
    "row-missing": {"kind": "rpl"},
    "row-null": {"kind": "rpl", "row": None},
    "row-empty": {"kind": "rpl", "row": {}},
    "row-of-numbers": {"kind": "rpl", "row": {"RLD number": 7}},
    "row-nested": {"kind": "rpl", "row": {"RLD number": {"$gt": ""}}},
    "row-of-unknown-columns": {"kind": "rpl", "row": {MARKER: MARKER}},
    "row-of-thousands": {"kind": "rpl", "row": {f"c{n}": "x" for n in range(5_000)}},
    "row-with-line-breaks": {"kind": "rpl", "row": {"RLD number": f"x\nRLD-DEMO-000001,{MARKER}"}},
    "row-with-formula": {"kind": "rpl", "row": {"RLD number": "=1+1", "Name in Khmer": MARKER}},
    "row-with-bidi-override": {
        "kind": "rpl",
        "row": {"RLD number": "RLD-DEMO-000001", "Name in Khmer": "\u202e"},
    },
}
_REVOCATION: dict[str, Any] = {
    "credential_id": "urn:uuid:00000000-0000-4000-8000-000000000000",
    "reason": "HOLDER_REQUEST",
}
_BODIES_FOR_REVOKING: dict[str, tuple[Any, int]] = {
    **{
        f"extra-{name}": (_REVOCATION | {name: value}, 400)
        for name, value in {
            "actor": "registrar",
            "revoked_at": "2020-01-01T00:00:00Z",
            "state": "inForce",
            "index": 7,
            "list_id": "1",
            "only_allocated_by": None,
            "request_id": MARKER,
            MARKER: True,
        }.items()
    },
    "reason-unknown": (_REVOCATION | {"reason": MARKER}, 400),
    "reason-missing": ({"credential_id": _REVOCATION["credential_id"]}, 400),
    "reason-array": (_REVOCATION | {"reason": ["FRAUD"]}, 400),
    "id-missing": ({"reason": "FRAUD"}, 400),
    "id-array": (_REVOCATION | {"credential_id": [_REVOCATION["credential_id"]]}, 400),
    "id-number": (_REVOCATION | {"credential_id": 7}, 400),
    "id-injection": (_REVOCATION | {"credential_id": f"urn:x:'; DROP TABLE entry; --{MARKER}"}, 400),
    "id-with-line-break": (_REVOCATION | {"credential_id": "urn:uuid:1\r\nX: 1"}, 400),
    "id-huge": (_REVOCATION | {"credential_id": "urn:x:" + "a" * 100_000}, 400),
    "id-unknown": (_REVOCATION, 404),
    "one-officer-alone": (_REVOCATION | {"reason": "FRAUD"}, 403),
    "note-huge": (_REVOCATION | {"note": "a" * 100_000}, 400),
    "note-number": (_REVOCATION | {"note": 7}, 400),
    "successor-without-superseding": (_REVOCATION | {"successor": "urn:uuid:1"}, 400),
    "array-of-two": ([_REVOCATION, _REVOCATION], 400),
}


def _posted(family: str, name: str, who: str, path: str, body: object, *statuses: int) -> Case:
    def build(genuine: Genuine) -> Attempt:
        headers = {"Cookie": genuine.accounts.cookies[who], "Origin": genuine.base_url}
        return _with_headers(_json("POST", path, body), headers)

    return Case(family=family, name=name, build=build, statuses=frozenset(statuses))


def cases() -> list[Case]:
    """Every case of these families."""
    one, revoke = "/issuer/api/credentials", "/revocation/api/revocations"
    return [
        *(_nobody(door) for door in _DOORS),
        *(_person(door, who, status) for door, who, status in _ROLES),
        *(_forged_bearer(name, make, "read-class") for name, make in _FORGED.items()),
        *(_forged_bearer(name, make, "entries") for name, make in _FORGED.items()),
        *(_forged_session(name, make) for name, make in _FORGED.items() if not name.startswith("a-session")),
        *(_replayed(name, *rest) for name, rest in _REPLAYED.items()),
        *(_cross_site(name, headers, "issue-one") for name, headers in _ORIGINS.items()),
        *(_cross_site(name, headers, "revoke") for name, headers in _ORIGINS.items()),
        *(
            _posted(
                "mass-assignment", f"issue-{name}", CLERK, one, {"kind": "rpl", "row": _ROW, name: value}, 400
            )
            for name, value in _EXTRA_FOR_ISSUING.items()
        ),
        *(_posted("issuing", name, CLERK, one, body, 400) for name, body in _BODIES_FOR_ISSUING.items()),
        *(
            _posted("revoking", name, OFFICER, revoke, body, status)
            for name, (body, status) in _BODIES_FOR_REVOKING.items()
        ),
    ]
