"""What a stranger's URL can make the fetcher do, and what happens inside the process."""

import asyncio
import ssl
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from starlette.requests import Request
from starlette.responses import Response

from runtime.addresses import resolve
from runtime.clock import FixedClock, SystemClock
from runtime.fetch import Fetched, Fetcher, UnavailableReason
from runtime.settings import Settings
from tests.unit.runtime.collaborator import answering, listening, reason_of

pytestmark = [pytest.mark.anyio, pytest.mark.allow_hosts(["127.0.0.1"])]


SSRF_FORMS = [
    "http://127.0.0.1:{port}/",
    "https://127.0.0.1:{port}/",
    "https://localhost:{port}/",
    "https://localhost/",
    "https://2130706433:{port}/",
    "https://2130706433/",
    "https://0x7f000001/",
    "https://0x7f.0.0.1/",
    "https://0177.0.0.1/",
    "https://017700000001/",
    "https://127.1/",
    "https://127.0.0.1./",
    "https://0.0.0.0:{port}/",
    "https://[::1]:{port}/",
    "https://[::ffff:127.0.0.1]:{port}/",
    "https://[::ffff:7f00:1]/",
    "https://[64:ff9b::7f00:1]/",
    "https://[fe80::1%25eth0]/",
    "https://169.254.169.254/latest/meta-data/",
    "https://user@127.0.0.1:{port}/",
    "https://named.example@127.0.0.1:{port}/",
    "https://named.example:x@127.0.0.1:{port}/",
    "https://127.0.0.1:{port}\\@named.example/",
    "https://127.0.0.1:{port}#@named.example/",
    "https://named.example:22/",
    "https://named.example:{port}/",
    "https://named.example:0443/../",
    "https://named.example:/",
    "https://named.example:-1/",
    "https://named.example:443:80/",
    "https://named.example.:443/",
    "https://named/",
    "https://NAMED.example:8443/",
    "https://ⓛocalhost/",
    "https://ⅼⅼ.example/",
    "https://127。0。0。1/",
    "https://%6cocalhost/",
    "https://127.0.0.1%2f.named.example/",
    "//127.0.0.1:{port}/",
    "/etc/passwd",
    "",
    "https://",
    "https:///etc/passwd",
    "https:127.0.0.1:{port}/",
    "file:///etc/passwd",
    "ftp://127.0.0.1:{port}/",
    "gopher://127.0.0.1:{port}/_GET",
    "data:application/json,{{}}",
    "javascript:alert(1)",
    "unix:///var/run/x.sock",
    " https://127.0.0.1:{port}/",
    "https://127.0.0.1:{port}/\r\nX: y",
    "https://named.example/\x00",
    "https://named.example/" + "a" * 3_000,
]


@pytest.mark.parametrize("form", SSRF_FORMS)
async def test_a_strangers_url_reaches_nothing_inside(tmp_path: Path, clock: FixedClock, form: str) -> None:
    looked_up: list[str] = []

    async def resolver(host: str, _port: int) -> tuple[str, ...]:
        looked_up.append(host)
        return ("127.0.0.1",)

    async with listening(answering("200 OK", b"secret")) as inside:
        settings = Settings(data_dir=tmp_path, base_url="https://own.example")
        fetcher, url = Fetcher(settings, clock, resolver=resolver), form.format(port=inside.port)
        results = (
            await fetcher.get(url),
            await fetcher.post_form(url, {"code": "1"}, authorization="Basic x"),
        )
    for result in results:
        assert reason_of(result) in (UnavailableReason.URL_REFUSED, UnavailableReason.ADDRESS_REFUSED)
    assert inside.contacts == 0
    assert set(looked_up) <= {"named.example"}


@pytest.mark.parametrize(
    "addresses",
    [
        ("127.0.0.1",),
        ("::ffff:127.0.0.1",),
        ("8.8.8.8", "127.0.0.1"),
        ("10.0.0.1", "8.8.8.8"),
        ("fe80::1%lo",),
    ],
)
async def test_a_name_that_leads_inside_is_refused(
    tmp_path: Path, clock: FixedClock, addresses: tuple[str, ...]
) -> None:
    async def resolver(_host: str, _port: int) -> tuple[str, ...]:
        return addresses

    result = await Fetcher(Settings(data_dir=tmp_path), clock, resolver=resolver).get("https://evil.example/")
    assert reason_of(result) == UnavailableReason.ADDRESS_REFUSED


async def test_a_rebinding_name_is_looked_up_once_and_that_address_used(
    tmp_path: Path, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = [("8.8.8.8",), ("127.0.0.1",), ("127.0.0.1",)]
    connected: list[str] = []

    async def rebinding(_host: str, _port: int) -> tuple[str, ...]:
        return answers.pop(0)

    async def record(*, remote_host: str, **_options: object) -> None:
        connected.append(remote_host)
        raise OSError("no network in this test")

    monkeypatch.setattr("anyio.connect_tcp", record)
    fetcher = Fetcher(Settings(data_dir=tmp_path), clock, resolver=rebinding)
    assert reason_of(await fetcher.get("https://evil.example/")) == UnavailableReason.UNREACHABLE
    assert connected == ["8.8.8.8"]
    assert len(answers) == 2


def _tls_for(name: str, folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's and a client's side of TLS, with a certificate of its own for ``name``."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = SystemClock().now()
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = certificate.public_bytes(Encoding.PEM)
    (folder / "both.pem").write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + pem
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(folder / "both.pem")
    return server, ssl.create_default_context(cadata=pem.decode())


@pytest.mark.parametrize(("certified", "trusted"), [("a.example", True), ("b.example", False)])
async def test_the_certificate_must_be_the_hosts_although_an_address_is_connected(
    tmp_path: Path, clock: FixedClock, certified: str, trusted: bool
) -> None:
    async def resolver(_host: str, _port: int) -> tuple[str, ...]:
        return ("127.0.0.1",)

    server_side, client_side = _tls_for(certified, tmp_path)
    async with listening(answering("200 OK", b"x"), server_side) as other:
        origin = f"https://a.example:{other.port}"
        settings = Settings(data_dir=tmp_path, trusted_origins=(origin,))
        fetcher = Fetcher(settings, clock, resolver=resolver, ssl_context=client_side)
        result = await fetcher.get(f"{origin}/did.json")
    assert isinstance(result, Fetched) is trusted
    if trusted:
        assert f"\r\nhost: a.example:{other.port}\r\n".encode() in other.requests[0].lower()
    else:
        assert not other.requests


@pytest.mark.parametrize("outcome", [(), OSError("planted")])
async def test_a_name_that_nobody_knows(
    tmp_path: Path, clock: FixedClock, outcome: tuple[str, ...] | OSError
) -> None:
    async def resolver(_host: str, _port: int) -> tuple[str, ...]:
        if isinstance(outcome, OSError):
            raise outcome
        return outcome

    fetcher = Fetcher(Settings(data_dir=tmp_path), clock, resolver=resolver)
    assert reason_of(await fetcher.get("https://none.example/")) == UnavailableReason.NAME_UNKNOWN


async def test_a_hanging_resolver_ends_at_the_total_time(tmp_path: Path, clock: FixedClock) -> None:
    async def hang(_host: str, _port: int) -> tuple[str, ...]:
        await asyncio.sleep(60)
        return ()

    settings = Settings(data_dir=tmp_path, fetch_timeout_seconds=0.2)
    result = await Fetcher(settings, clock, resolver=hang).get("https://slow.example/")
    assert reason_of(result) == UnavailableReason.TIMEOUT


async def test_slow_strangers_do_not_hold_up_what_the_settings_name(
    tmp_path: Path, clock: FixedClock
) -> None:
    async def hang_for_strangers(host: str, port: int) -> tuple[str, ...]:
        if host.endswith(".example"):
            await asyncio.sleep(60)
        return await resolve(host, port)

    async with listening(answering("200 OK", b"x")) as other:
        settings = Settings(data_dir=tmp_path, trusted_origins=(other.origin,), fetch_timeout_seconds=1)
        fetcher = Fetcher(settings, clock, resolver=hang_for_strangers)
        strangers = [asyncio.create_task(fetcher.get(f"https://s{n}.example/")) for n in range(40)]
        await asyncio.sleep(0.05)
        async with asyncio.timeout(0.5):
            assert isinstance(await fetcher.get(f"{other.origin}/x"), Fetched)
        results = await asyncio.gather(*strangers)
    assert {reason_of(result) for result in results} == {UnavailableReason.TIMEOUT}


async def _echo_app(scope: object, receive: object, send: object) -> None:
    request = Request(scope, receive)  # type: ignore[arg-type]
    body = f"{request.url} {request.headers['host']} {sorted(request.cookies)}".encode()
    await Response(body)(scope, receive, send)  # type: ignore[arg-type]


async def test_our_own_did_host_is_answered_inside_the_process(tmp_path: Path, clock: FixedClock) -> None:
    settings = Settings(
        data_dir=tmp_path, base_url="http://127.0.0.1:8000", did_host="skills-passport.example"
    )
    fetcher = Fetcher(settings, clock, apps={settings.base_url: _echo_app})
    result = await fetcher.get("https://skills-passport.example/centres/a/did.json")
    assert isinstance(result, Fetched)
    assert result.body == b"http://127.0.0.1:8000/centres/a/did.json 127.0.0.1:8000 []"
    assert result.url == "https://skills-passport.example/centres/a/did.json"


async def test_an_alias_leads_only_its_own_origin_inside(tmp_path: Path, clock: FixedClock) -> None:
    settings = Settings(data_dir=tmp_path)
    fetcher = Fetcher(settings, clock, apps={settings.base_url: _echo_app})
    for url in (
        "https://skills-passport.example:8443/x",
        "https://skills-passport.example@evil.example/x",
        "http://skills-passport.example/x",
        "https://skills-passport.example.evil.example:1/x",
    ):
        assert reason_of(await fetcher.get(url)) == UnavailableReason.URL_REFUSED


async def test_an_answer_from_inside_is_bounded_too(tmp_path: Path, clock: FixedClock) -> None:
    async def large(scope: object, receive: object, send: object) -> None:
        await Response(b"x" * 20_001)(scope, receive, send)  # type: ignore[arg-type]

    async def failing(_scope: object, _receive: object, _send: object) -> None:
        raise RuntimeError("planted")

    settings = Settings(data_dir=tmp_path, fetch_max_bytes=20_000)
    for app, reason in ((large, UnavailableReason.TOO_LARGE), (failing, UnavailableReason.STATUS)):
        fetcher = Fetcher(settings, clock, apps={settings.base_url: app})
        assert reason_of(await fetcher.get(f"{settings.base_url}/x")) == reason
