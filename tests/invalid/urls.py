"""Every member that may hold a URL, pointing at a listener that nobody may contact."""

from tests.invalid.case import Case, Edit, Expected, altered, put_made, signed
from tests.invalid.genuine import Genuine

_PLACES: dict[str, str] = {
    "id": "/id",
    "issuer": "/issuer",
    "issuer-id": "/issuer/id",
    "issuer-image": "/issuer/image",
    "issuer-url": "/issuer/url",
    "subject-id": "/credentialSubject/id",
    "subject-image": "/credentialSubject/image",
    "achievement-id": "/credentialSubject/achievement/id",
    "achievement-image": "/credentialSubject/achievement/image",
    "criteria-id": "/credentialSubject/achievement/criteria/id",
    "target-url": "/credentialSubject/achievement/alignment/0/targetUrl",
    "status-id": "/credentialStatus/0/id",
    "status-list": "/credentialStatus/0/statusListCredential",
    "status-reference": "/credentialStatus/0/statusReference",
    "type": "/type/-",
    "context": "/@context/-",
    "method": "/proof/verificationMethod",
    "proof-id": "/proof/id",
    "proof-domain": "/proof/domain",
    "previous-proof": "/proof/previousProof",
}

_TYPED: dict[str, tuple[str, str]] = {
    "schema": ("/credentialSchema", "JsonSchema"),
    "refresh-service": ("/refreshService", "VerifiableCredentialRefreshService2021"),
    "terms-of-use": ("/termsOfUse", "IssuerPolicy"),
    "evidence": ("/evidence", "Evidence"),
    "render-method": ("/renderMethod", "TemplateRenderMethod"),
}

# Spellings of "this machine" that a filter may not know.
_HOSTS = {
    "loopback": "http://127.0.0.1:{port}/list",
    "loopback-https": "https://127.0.0.1:{port}/list",
    "localhost": "http://localhost:{port}/list",
    "localhost-in-capitals": "HTTP://LOCALHOST:{port}/list",
    "short-address": "http://127.1:{port}/list",
    "decimal-address": "http://2130706433:{port}/list",
    "hexadecimal-address": "http://0x7f000001:{port}/list",
    "octal-address": "http://0177.0.0.1:{port}/list",
    "zero-address": "http://0.0.0.0:{port}/list",
    "version-6": "http://[::1]:{port}/list",
    "version-6-mapped": "http://[::ffff:127.0.0.1]:{port}/list",
    "version-6-compatible": "http://[::127.0.0.1]:{port}/list",
    "version-6-zone": "http://[::1%25lo]:{port}/list",
    "fullwidth-dots": "http://127\uff0e0\uff0e0\uff0e1:{port}/list",
    "circled-digits": "http://\u2460\u2461\u2466.0.0.1:{port}/list",
    "trailing-dot": "http://127.0.0.1.:{port}/list",
    "userinfo": "http://skills-passport.example@127.0.0.1:{port}/list",
    "userinfo-and-fragment": "http://127.0.0.1:{port}#@skills-passport.example/list",
    "backslash": "http://127.0.0.1:{port}\\@skills-passport.example/list",
    "no-slashes": "http:127.0.0.1:{port}/list",
    "three-slashes": "http:///127.0.0.1:{port}/list",
    "scheme-relative": "//127.0.0.1:{port}/list",
    "tab-inside": "http://127.0.0.1\t:{port}/list",
    "newline-inside": "http://127.0.0.1:{port}/list\r\nX: 1",
    "file": "file://127.0.0.1:{port}/list",
    "ftp": "ftp://127.0.0.1:{port}/list",
    "gopher": "gopher://127.0.0.1:{port}/1list",
    "websocket": "ws://127.0.0.1:{port}/list",
    "jar": "jar:http://127.0.0.1:{port}!/list",
    "unix-socket": "http+unix://127.0.0.1:{port}/list",
    "metadata-service": "http://169.254.169.254/latest/meta-data/",
    "metadata-service-https": "https://169.254.169.254/latest/meta-data/",
    "port-zero": "https://127.0.0.1:0/list",
    "port-out-of-range": "https://127.0.0.1:99999/list",
}


def _located(template: str, genuine: Genuine) -> str:
    return template.replace("{port}", genuine.collaborator.rsplit(":", 1)[1])


def _pointing(template: str, pointer: str) -> Edit:
    return put_made(pointer, lambda genuine: _located(template, genuine))


def _typed(pointer: str, kind: str) -> Edit:
    return put_made(pointer, lambda genuine: {"id": f"{genuine.collaborator}/x", "type": kind})


def _image() -> Edit:
    return put_made(
        "/credentialSubject/achievement/image",
        lambda genuine: {"id": f"{genuine.collaborator}/x.png", "type": "Image"},
    )


def _resource() -> Edit:
    return put_made(
        "/relatedResource", lambda genuine: [{"id": f"{genuine.collaborator}/x", "digestSRI": "sha384-AAAA"}]
    )


def cases() -> list[Case]:
    """Every case of these families."""
    loopback = _HOSTS["loopback"]
    inside = [
        name for name in _PLACES if not name.startswith(("method", "proof", "previous", "context", "issuer"))
    ]
    return [
        *(altered("url", name, _pointing(loopback, pointer)) for name, pointer in _PLACES.items()),
        *(altered("url", name, _typed(*where)) for name, where in _TYPED.items()),
        altered("url", "related-resource", _resource()),
        # What a trusted centre signed may well be accepted; it still is no reason to go there.
        *(
            signed("signed-url", name, _pointing(loopback, _PLACES[name]), expected=Expected.ANSWERED)
            for name in inside
        ),
        *(
            signed("signed-url", name, _typed(*where), expected=Expected.ANSWERED)
            for name, where in _TYPED.items()
        ),
        signed("signed-url", "image", _image(), expected=Expected.ANSWERED),
        signed("signed-url", "related-resource", _resource(), expected=Expected.ANSWERED),
        *(
            signed("status-list-host", name, _pointing(template, "/credentialStatus/0/statusListCredential"))
            for name, template in _HOSTS.items()
        ),
    ]
