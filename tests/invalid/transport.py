"""Requests that are wrong as HTTP, at the doors that take JSON."""

import gzip
import zlib
from collections.abc import Callable
from urllib.parse import quote

import orjson

from tests.invalid.case import (
    CREDENTIALS,
    JSON_TYPE,
    MARKER,
    PRESENTATIONS,
    Attempt,
    Case,
    Expected,
    post_json,
)
from tests.invalid.genuine import Genuine


def _body(genuine: Genuine) -> bytes:
    return b'{"verifiableCredential":' + genuine.raw + b"}"


def _typed(content_type: str) -> Callable[[Genuine], Attempt]:
    return lambda genuine: Attempt(body=_body(genuine), headers={"Content-Type": content_type})


def _with(**headers: str) -> Callable[[Genuine], Attempt]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda genuine: Attempt(body=_body(genuine), headers=JSON_TYPE | named)


def _recoded(codec: str) -> Callable[[Genuine], Attempt]:
    return lambda genuine: Attempt(
        body=_body(genuine).decode().encode(codec), headers={"Content-Type": "application/json"}
    )


def _method(method: str, path: str = CREDENTIALS) -> Callable[[Genuine], Attempt]:
    return lambda genuine: Attempt(method=method, path=path, body=_body(genuine), headers=JSON_TYPE)


def _at(path: str) -> Callable[[Genuine], Attempt]:
    return lambda genuine: Attempt(path=path, body=_body(genuine), headers=JSON_TYPE)


def _value(value: object) -> Callable[[Genuine], Attempt]:
    return lambda _: post_json(value)


def _bomb() -> bytes:
    return gzip.compress(b'{"verifiableCredential":' + b" " * 20_000_000 + b"{}}")


_CONTENT: dict[str, tuple[Callable[[Genuine], Attempt], int]] = {
    "type-missing": (lambda genuine: Attempt(body=_body(genuine)), 415),
    "type-empty": (_typed(""), 415),
    "type-text": (_typed("text/plain"), 415),
    "type-html": (_typed("text/html"), 415),
    "type-xml": (_typed("application/xml"), 415),
    "type-form": (_typed("application/x-www-form-urlencoded"), 415),
    "type-multipart": (_typed("multipart/form-data; boundary=x"), 415),
    "type-octets": (_typed("application/octet-stream"), 415),
    "type-jsonp": (_typed("application/json-seq"), 415),
    "type-two": (_typed("application/json, text/plain"), 415),
    "type-with-newline-escape": (_typed("application/json%0d%0aX: 1"), 415),
    "charset-utf-16": (_typed("application/json; charset=utf-16"), 415),
    "charset-latin-1": (_typed("application/json; charset=iso-8859-1"), 415),
    "charset-utf-7": (_typed('application/json; charset="utf-7"'), 415),
    "charset-unknown": (_typed(f"application/json; charset={MARKER}"), 415),
    "encoding-gzip": (
        lambda genuine: Attempt(
            body=gzip.compress(_body(genuine)), headers=JSON_TYPE | {"Content-Encoding": "gzip"}
        ),
        415,
    ),
    "encoding-deflate": (
        lambda genuine: Attempt(
            body=zlib.compress(_body(genuine)), headers=JSON_TYPE | {"Content-Encoding": "deflate"}
        ),
        415,
    ),
    "encoding-gzip-bomb": (
        lambda _: Attempt(body=_bomb(), headers=JSON_TYPE | {"Content-Encoding": "gzip"}),
        415,
    ),
    "encoding-unknown": (_with(Content_Encoding=MARKER), 415),
    "gzip-without-saying-so": (
        lambda genuine: Attempt(body=gzip.compress(_body(genuine)), headers=JSON_TYPE),
        400,
    ),
    "utf-16": (_recoded("utf-16"), 400),
    "utf-16-le": (_recoded("utf-16-le"), 400),
    "utf-16-be": (_recoded("utf-16-be"), 400),
    "utf-32": (_recoded("utf-32"), 400),
    # Every byte of UTF-7 is ASCII: it can be read, but says something else.
    "utf-7": (_recoded("utf-7"), 200),
    "byte-order-mark": (_recoded("utf-8-sig"), 400),
    "body-missing": (lambda _: Attempt(headers=JSON_TYPE), 400),
    "body-empty": (lambda _: Attempt(body=b"", headers=JSON_TYPE), 400),
    "body-of-spaces": (lambda _: Attempt(body=b"   ", headers=JSON_TYPE), 400),
    "form-in-jsons-place": (lambda _: Attempt(body=b"verifiableCredential=x", headers=JSON_TYPE), 400),
    "array": (_value([]), 400),
    "null": (_value(None), 400),
    "text": (_value(MARKER), 400),
    "number": (_value(7), 400),
    "empty-object": (_value({}), 400),
    "credential-null": (_value({"verifiableCredential": None}), 400),
    "credential-text": (_value({"verifiableCredential": MARKER}), 400),
    "credential-array": (_value({"verifiableCredential": []}), 400),
    "credential-jwt": (_value({"verifiableCredential": "eyJhbGciOiJub25lIn0.e30."}), 400),
    "credential-bare": (lambda genuine: Attempt(body=genuine.raw, headers=JSON_TYPE), 400),
    "member-unknown": (
        lambda genuine: post_json({"verifiableCredential": genuine.document(), MARKER: 1}),
        400,
    ),
    "options-null": (
        lambda genuine: post_json({"verifiableCredential": genuine.document(), "options": None}),
        400,
    ),
    "options-array": (
        lambda genuine: post_json({"verifiableCredential": genuine.document(), "options": []}),
        400,
    ),
    "options-unknown": (
        lambda genuine: post_json({"verifiableCredential": genuine.document(), "options": {MARKER: 1}}),
        400,
    ),
    "options-no-checks-wanted": (
        lambda genuine: post_json(
            {"verifiableCredential": genuine.document() | {"name": MARKER}, "options": {"checks": ["status"]}}
        ),
        200,
    ),
    "presentation-at-the-credential-door": (
        lambda genuine: post_json({"verifiablePresentation": genuine.document()}),
        400,
    ),
    "credential-at-the-presentation-door": (
        lambda genuine: post_json({"verifiableCredential": genuine.document()}, PRESENTATIONS),
        400,
    ),
    "chunks-of-rubbish": (
        lambda _: Attempt(chunks=(b'{"verifiable', b"\xff\xfe", b"}"), headers=JSON_TYPE),
        400,
    ),
}

_TARGETS: dict[str, tuple[Callable[[Genuine], Attempt], tuple[int, ...]]] = {
    "get": (_method("GET"), (405,)),
    "put": (_method("PUT"), (405,)),
    "delete": (_method("DELETE"), (405,)),
    "trace": (_method("TRACE"), (405,)),
    "patch": (_method("PATCH"), (405,)),
    "options": (_method("OPTIONS"), (405,)),
    "method-override-header": (
        lambda _: Attempt(method="GET", headers={"X-HTTP-Method-Override": "POST"}),
        (405,),
    ),
    "post-to-a-list": (_method("POST", "/status/did.json"), (405,)),
    "post-to-the-trust-list": (_method("POST", "/trust/list"), (405,)),
    "delete-a-page": (_method("DELETE", "/verify"), (405,)),
    "query-with-line-break": (_at(f"{CREDENTIALS}?x=%0d%0aSet-Cookie:{MARKER}=1"), (200, 400)),
    "query-with-nul": (_at(f"{CREDENTIALS}?x=%00"), (400,)),
    "query-not-utf-8": (_at(f"{CREDENTIALS}?x=%ff"), (400,)),
    "path-with-nul": (_at(f"{CREDENTIALS}%00"), (400,)),
    "path-with-line-break": (_at(f"{CREDENTIALS}%0d%0aX:%20{MARKER}"), (400,)),
    "path-not-utf-8": (_at("/credentials/%ff"), (400, 404)),
    "path-with-slash-behind": (_at(f"{CREDENTIALS}/"), (307, 404)),
    "path-dot-segments": (_at("/credentials/%2e%2e/credentials/verify"), (404,)),
    "path-in-capitals": (_at("/CREDENTIALS/VERIFY"), (404, 405)),
    "path-very-long": (_at("/credentials/" + "a" * 20_000), (400, 404, 414)),
    "path-semicolon": (_at(f"{CREDENTIALS};x=1"), (404,)),
    "language-parameter": (_at(f"{CREDENTIALS}?lang={quote(MARKER)}"), (200,)),
}


def _wire(head: str, body: str = "") -> Callable[[Genuine], Attempt]:
    text = head.replace("\n", "\r\n") + "\r\n\r\n" + body
    return lambda _: Attempt(wire=text.encode("latin-1"))


_HEAD = f"POST {CREDENTIALS} HTTP/1.1\nHost: 127.0.0.1\nContent-Type: application/json\nConnection: close"

_WIRES: dict[str, Callable[[Genuine], Attempt]] = {
    "length-and-chunks": _wire(f"{_HEAD}\nContent-Length: 4\nTransfer-Encoding: chunked", "0\r\n\r\nGET"),
    "two-lengths": _wire(f"{_HEAD}\nContent-Length: 2\nContent-Length: 3", "{}x"),
    "negative-length": _wire(f"{_HEAD}\nContent-Length: -1", "{}"),
    "length-in-words": _wire(f"{_HEAD}\nContent-Length: two", "{}"),
    "length-huge": _wire(f"{_HEAD}\nContent-Length: 99999999999999", "{}"),
    "chunk-size-in-words": _wire(f"{_HEAD}\nTransfer-Encoding: chunked", "xyz\r\n{}\r\n0\r\n\r\n"),
    "chunk-size-huge": _wire(f"{_HEAD}\nTransfer-Encoding: chunked", "ffffffffffffffffff\r\n"),
    "coding-unknown": _wire(f"{_HEAD}\nTransfer-Encoding: {MARKER}", "{}"),
    "header-name-with-space": _wire(f"{_HEAD}\nX Y: 1\nContent-Length: 2", "{}"),
    "header-with-nul": _wire(f"{_HEAD}\nX: a\0b\nContent-Length: 2", "{}"),
    "header-of-100-kilobytes": _wire(f"{_HEAD}\nX: {'a' * 100_000}\nContent-Length: 2", "{}"),
    "thousands-of-headers": _wire(
        _HEAD + "".join(f"\nX-{n}: 1" for n in range(5_000)) + "\nContent-Length: 2", "{}"
    ),
    "two-content-types": _wire(f"{_HEAD}\nContent-Type: text/plain\nContent-Length: 2", "{}"),
    "two-hosts": _wire(f"{_HEAD}\nHost: {MARKER}.example\nContent-Length: 2", "{}"),
    "no-version": _wire(f"POST {CREDENTIALS}"),
    "not-http": _wire("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"),
    "path-traversal": _wire("GET /static/../../../../etc/passwd HTTP/1.1\nHost: x\nConnection: close"),
    "path-traversal-encoded": _wire(
        "GET /static/%2e%2e/%2e%2e/%2e%2e/etc/passwd HTTP/1.1\nHost: x\nConnection: close"
    ),
    "path-traversal-backslash": _wire(
        "GET /static/..\\..\\..\\etc\\passwd HTTP/1.1\nHost: x\nConnection: close"
    ),
    "absolute-target": _wire(f"GET http://{MARKER}.example/issuer HTTP/1.1\nHost: x\nConnection: close"),
    "made-up-method": _wire(f"VERIFY {CREDENTIALS} HTTP/1.1\nHost: x\nConnection: close"),
    "path-with-two-slashes": _wire(f"{_HEAD.replace(' /', ' //', 1)}\nContent-Length: 2", "{}"),
    "connect": _wire("CONNECT 127.0.0.1:22 HTTP/1.1\nHost: 127.0.0.1:22\nConnection: close"),
}

_TWINS: dict[str, Callable[[Genuine], Attempt]] = {
    "charset-utf-8": _typed("application/json; charset=utf-8"),
    "charset-in-capitals": _typed('Application/JSON; Charset="UTF-8"'),
    "type-vc": _typed("application/vc+json"),
    "unknown-header": _with(X_Unknown=MARKER),
    "forwarded-header": _with(X_Forwarded_For="203.0.113.7", X_Forwarded_Host=f"{MARKER}.example"),
    "accept-nothing-known": _with(Accept="application/x-unknown"),
    "accept-html": _with(Accept="text/html"),
    "accept-language-rubbish": _with(Accept_Language="xx-;q=7,,;*"),
    "identity-encoding": _with(Content_Encoding="identity"),
    "in-chunks": lambda genuine: Attempt(chunks=(_body(genuine)[:7], _body(genuine)[7:]), headers=JSON_TYPE),
    "empty-options": lambda genuine: Attempt(
        body=orjson.dumps({"options": {}, "verifiableCredential": genuine.document()}), headers=JSON_TYPE
    ),
}


def cases() -> list[Case]:
    """Every case of these families."""
    return [
        *(
            Case(family="content", name=name, build=build, statuses=frozenset({status}))
            for name, (build, status) in _CONTENT.items()
        ),
        *(
            Case(
                family="target",
                name=name,
                build=build,
                statuses=frozenset(statuses),
                expected=Expected.ANSWERED if 200 in statuses else Expected.REFUSED,
            )
            for name, (build, statuses) in _TARGETS.items()
        ),
        *(Case(family="wire", name=name, build=build) for name, build in _WIRES.items()),
        *(
            Case(family="transport-twin", name=name, build=build, expected=Expected.ACCEPTED)
            for name, build in _TWINS.items()
        ),
    ]
