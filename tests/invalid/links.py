"""Addresses and forms: share links, status lists, tokens and the sign-in, each with something wrong."""

import base64
from collections.abc import Callable
from urllib.parse import quote, urlencode

from tests.invalid.case import MARKER, Attempt, Case, Expected
from tests.invalid.genuine import Genuine

_PAGE = {"Accept": "text/html"}
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}

# What is tried in every place that takes a name: after encoding, one path segment.
_NAMES: dict[str, str] = {
    "empty": "%20",
    "dot": "%2e",
    "dot-dot": "%2e%2e",
    "traversal": "..%2f..%2f..%2f..%2fetc%2fpasswd",
    "traversal-twice-encoded": "%252e%252e%252f%252e%252e%252fetc%252fpasswd",
    "traversal-backslash": "..%5c..%5cetc%5cpasswd",
    "traversal-overlong": "%c0%ae%c0%ae%c0%af",
    "absolute": "%2fetc%2fpasswd",
    "nul": "a%00b",
    "line-break": f"a%0d%0aSet-Cookie:%20x={MARKER}",
    "sql": quote(f"' OR 1=1 --{MARKER}", safe=""),
    "sql-union": quote(f"1' UNION SELECT secured FROM issuance --{MARKER}", safe=""),
    "sql-wildcard": "%25",
    "template": quote("{{7*7}}" + MARKER, safe=""),
    "format-string": quote("%s%n" + MARKER, safe=""),
    "html": quote(f"<script>{MARKER}</script>", safe=""),
    "expression": quote("${jndi:ldap://127.0.0.1/x}", safe=""),
    "not-utf-8": "%ff%fe",
    "khmer": quote("ខ្មែរ", safe=""),
    "right-to-left": quote("\u202eabc", safe=""),
    "fullwidth": quote("\uff11\uff12", safe=""),
    "very-long": "a" * 5_000,
    "url": quote("http://127.0.0.1/", safe=""),
    "star": "*",
    "semicolon": "a;b=c",
}

_TOKENS: dict[str, Callable[[str], str]] = {
    "one-shorter": lambda token: token[:-1],
    "one-longer": lambda token: token + "0",
    "last-changed": lambda token: token[:-1] + ("0" if token[-1] != "0" else "1"),
    "first-changed": lambda token: ("0" if token[0] != "0" else "1") + token[1:],
    "reversed": lambda token: token[::-1],
    "half": lambda token: token[:13],
    "twice": lambda token: token * 2,
    "with-slash": lambda token: token + "/",
    "with-slash-and-more": lambda token: token + "/x",
    "with-letter-u": lambda token: "U" + token[1:],
    "fullwidth-letter": lambda token: quote(chr(ord(token[0]) + 0xFEE0)) + token[1:],
    "khmer-digit": lambda token: quote("១") + token[1:],
    "wildcard": lambda token: token[:-1] + "%25",
    "nul-behind": lambda token: token + "%00",
}

_PLACES: dict[str, tuple[str, dict[str, str]]] = {
    "share-link": ("/v/{name}", _PAGE),
    "list": ("/status/lists/{name}/eddsa-jcs-2022", {}),
    "list-suite": ("/status/lists/1/{name}", {}),
    "notes": ("/status/notes/{name}", {}),
    "centre": ("/centres/{name}/did.json", {}),
    "sample": ("/demo/samples/{name}.csv", {}),
    "static": ("/static/{name}", {}),
}


def _get(path: str, headers: dict[str, str]) -> Callable[[Genuine], Attempt]:
    return lambda _: Attempt(method="GET", path=path, headers=headers)


def _token(respell: Callable[[str], str]) -> Callable[[Genuine], Attempt]:
    return lambda genuine: Attempt(method="GET", path=f"/v/{respell(genuine.token)}", headers=_PAGE)


def _posted(path: str, fields: dict[str, str] | str, **headers: str) -> Callable[[Genuine], Attempt]:
    body = fields if isinstance(fields, str) else urlencode(fields)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _: Attempt(path=path, body=body.encode("latin-1"), headers=_FORM | named)


def _basic(text: str) -> str:
    return "Basic " + base64.b64encode(text.encode("latin-1")).decode()


_GRANT = {"grant_type": "client_credentials"}
_CLIENT = _GRANT | {"client_id": "nobody", "client_secret": "x" * 22}

_TOKEN_DOOR: dict[str, Callable[[Genuine], Attempt]] = {
    "empty": _posted("/token", ""),
    "no-grant": _posted("/token", {"client_id": "nobody"}),
    "other-grant": _posted("/token", _CLIENT | {"grant_type": "password", "username": "registrar"}),
    "grant-with-nul": _posted("/token", "grant_type=client_credentials%00"),
    "grant-twice": _posted("/token", "grant_type=client_credentials&grant_type=client_credentials"),
    "unknown-client": _posted("/token", _CLIENT),
    "client-empty": _posted("/token", _GRANT | {"client_id": "", "client_secret": ""}),
    "client-missing": _posted("/token", _GRANT),
    "client-sql": _posted("/token", _CLIENT | {"client_id": f"' OR '1'='1' --{MARKER}"}),
    "client-very-long": _posted("/token", _CLIENT | {"client_id": "a" * 100_000}),
    "secret-very-long": _posted("/token", _CLIENT | {"client_secret": "a" * 100_000}),
    "scope-very-long": _posted("/token", _CLIENT | {"scope": "a " * 50_000}),
    "hundreds-of-fields": _posted("/token", "&".join(f"f{n}=1" for n in range(500))),
    "not-utf-8": _posted("/token", "grant_type=%ff"),
    "raw-bytes": _posted("/token", "grant_type=\xe9"),
    "basic-not-base64": _posted("/token", _GRANT, Authorization="Basic %%%"),
    "basic-not-utf-8": _posted("/token", _GRANT, Authorization=_basic("\xff\xfe:x")),
    "basic-without-colon": _posted("/token", _GRANT, Authorization=_basic("nobody")),
    "basic-and-form": _posted("/token", _CLIENT, Authorization=_basic("nobody:x")),
    "bearer-instead": _posted("/token", _GRANT, Authorization=f"Bearer {MARKER}"),
    "json": lambda _: Attempt(
        path="/token",
        body=b'{"grant_type":"client_credentials"}',
        headers={"Content-Type": "application/json"},
    ),
    "in-the-query": _posted(f"/token?{urlencode(_CLIENT)}", ""),
}

_SIGN_IN: dict[str, tuple[Callable[[Genuine], Attempt], int]] = {
    "empty": (_posted("/sign-in", ""), 401),
    "sql-name": (_posted("/sign-in", {"username": "' OR 1=1 --", "password": "x"}), 401),
    "sql-password": (_posted("/sign-in", {"username": "nobody-1", "password": "' OR 1=1 --"}), 401),
    "name-with-nul": (_posted("/sign-in", "username=registrar%00&password=demo-passport"), 400),
    "name-not-utf-8": (_posted("/sign-in", "username=%ff&password=x"), 400),
    "name-fullwidth": (_posted("/sign-in", {"username": "\uff52egistrar", "password": "demo-passport"}), 401),
    "name-very-long": (_posted("/sign-in", {"username": "a" * 100_000, "password": "x"}), 401),
    "name-html": (_posted("/sign-in", {"username": "<script>alert(1)</script>", "password": "x"}), 401),
    "password-very-long": (_posted("/sign-in", {"username": "nobody-2", "password": "a" * 500_000}), 401),
    "password-missing": (_posted("/sign-in", {"username": "nobody-3"}), 401),
    "password-of-another": (_posted("/sign-in", {"username": "nobody-4", "password": "demo-passport"}), 401),
    "name-as-array": (_posted("/sign-in", "username[]=registrar&password=demo-passport"), 401),
    "from-another-site": (
        _posted(
            "/sign-in",
            {"username": "registrar", "password": "demo-passport"},
            Origin="https://attacker.example",
        ),
        403,
    ),
    "json": (
        lambda _: Attempt(
            path="/sign-in",
            body=b'{"username":"registrar","password":"demo-passport"}',
            headers={"Content-Type": "application/json"},
        ),
        401,
    ),
    "more-than-a-megabyte": (_posted("/sign-in", "username=" + "a" * 1_100_000), 413),
}


def cases() -> list[Case]:
    """Every case of these families."""
    return [
        *(
            Case(family=place, name=name, build=_get(path.replace("{name}", spelt), headers))
            for place, (path, headers) in _PLACES.items()
            for name, spelt in _NAMES.items()
        ),
        *(Case(family="token", name=name, build=_token(respell)) for name, respell in _TOKENS.items()),
        Case(family="token-twin", name="as-printed", build=_token(str), expected=Expected.ACCEPTED),
        Case(family="token-twin", name="small-letters", build=_token(str.lower), expected=Expected.ACCEPTED),
        *(Case(family="access-token", name=name, build=build) for name, build in _TOKEN_DOOR.items()),
        *(
            # A slow answer is asked for again, and may then meet the lock after several failures.
            Case(family="sign-in", name=name, build=build, statuses=frozenset({status, 429}))
            for name, (build, status) in _SIGN_IN.items()
        ),
    ]
