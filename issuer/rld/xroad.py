"""One call over the X-Road Message Protocol for REST (PR-REST 1.0), as an information system makes it.

``/r1/<instance>/<class>/<member>/<subsystem>/<service>`` with ``X-Road-Client`` (section 4.1), every part
percent-encoded (4.2); redirects are not followed (4.4); only faults of X-Road itself carry ``X-Road-Error``
(4.6). An answer counts only if its headers say that it is the answer to this very call (4.3).
"""

import base64
import binascii
import hashlib
import hmac
import json
import re
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote, unquote

import anyio
import httpx2

from issuer.rld.faults import trouble_of
from issuer.rld.port import RldUnavailable, Trouble
from runtime.logging import get_logger

MAX_ANSWER_BYTES: Final = 1_000_000
TIMEOUT_SECONDS: Final = 10.0

_log = get_logger("issuer")
_HASH_BYTES: Final = 64
# What the reference server leaves out of the hash: hop-by-hop headers and those it writes itself.
_NOT_HASHED: Final = frozenset(
    {
        "transfer-encoding",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "te",
        "trailer",
        "upgrade",
        "connection",
        "pragma",
        "user-agent",
        "host",
        "content-length",
        "server",
        "expect",
        "x-road-request-id",
        "x-road-request-hash",
    }
)
# A control character or a line break in a header of theirs must not reach a log or a page.
_PLAIN = re.compile(r"[!-~]{1,300}", re.ASCII)


@dataclass(frozen=True, kw_only=True, slots=True)
class XRoadRoute:
    """Who asks and who is asked, as X-Road identifiers ``instance/class/member/subsystem``.

    ``user_id`` names the officer on whose behalf the call is made, with the country code in
    front (``KH…``), or is None.
    """

    client: str
    service: str
    user_id: str | None = None

    def path(self, service_code: str) -> str:
        """The path of one service of the provider, each part percent-encoded."""
        return "/r1/" + _encoded([*self.service.split("/"), service_code])

    @property
    def client_header(self) -> str:
        """The value of ``X-Road-Client``, each part percent-encoded."""
        return _encoded(self.client.split("/"))


def request_hash(method: str, target: str, headers: Iterable[tuple[str, str]], body: bytes) -> str:
    """``X-Road-Request-Hash`` of a request: base64 of SHA-512 over two SHA-512 (section 4.3).

    What "headers" are, byte for byte, section 4.3 leaves open. The reference server takes method, target
    and each header as ``name:value``, every one ended by CR LF, in the order sent; ``headers`` must hold
    ``x-road-request-id`` last, as that server adds it.
    """
    lines = [method, target, *(f"{name}:{value}" for name, value in headers)]
    digest = hashlib.sha512("".join(f"{line}\r\n" for line in lines).encode()).digest()
    if body:
        digest = hashlib.sha512(digest + hashlib.sha512(body).digest()).digest()
    return base64.b64encode(digest).decode()


def hashed_headers(raw: Iterable[tuple[bytes, bytes]], request_id: str) -> list[tuple[str, str]]:
    """The headers of a request that its hash covers, in the order sent."""
    kept = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in raw]
    kept = [(name, value) for name, value in kept if name.lower() not in _NOT_HASHED]
    return [*kept, ("x-road-request-id", request_id)]


class XRoadClient:
    """Calls of one subsystem to another through a security server."""

    def __init__(
        self,
        client: httpx2.AsyncClient,
        route: XRoadRoute,
        *,
        recompute_hash: bool = True,
        timeout_seconds: float = TIMEOUT_SECONDS,
        new_id: Callable[[], str] = lambda: str(uuid.uuid4()),
    ) -> None:
        """``client`` has the security server (or the simulator) as its base URL.

        Without ``recompute_hash`` the request hash must be there and be one, but is not compared: for a
        proxy before the security server that changes headers. ``new_id`` makes ``X-Road-Id``.
        """
        self._client = client
        self._route = route
        self._recompute_hash = recompute_hash
        self._timeout_seconds = timeout_seconds
        self._new_id = new_id

    async def aclose(self) -> None:
        """Close the connections to the security server."""
        await self._client.aclose()

    async def call(self, service_code: str, body: Any) -> bytes:
        """POST ``body`` as JSON to a service of the provider; the body of its answer.

        Raises ``RldUnavailable``.
        """
        call_id = self._new_id()
        # What the logs of both security servers have, too.
        _log.info("x_road_call", request_id=call_id, step=service_code)
        request = self._client.build_request(
            "POST",
            self._route.path(service_code),
            content=json.dumps(body, ensure_ascii=False).encode(),
            headers=self._headers(call_id),
        )
        try:
            with anyio.fail_after(self._timeout_seconds):
                response, content = await self._send(request)
        except TimeoutError as error:
            raise RldUnavailable(Trouble.UNAVAILABLE, "The RLD did not answer in time.") from error
        except (httpx2.HTTPError, httpx2.StreamError, OSError) as error:
            raise RldUnavailable(Trouble.UNAVAILABLE, "The RLD could not be reached.") from error
        self._require_answer(request, response, call_id, service_code)
        return content

    async def _send(self, request: httpx2.Request) -> tuple[httpx2.Response, bytes]:
        # No token of ours: the exchange knows us by our certificate and identifier.
        response = await self._client.send(request, stream=True, follow_redirects=False, auth=None)
        try:
            content = bytearray()
            async for chunk in response.aiter_raw():
                content += chunk
                if len(content) > MAX_ANSWER_BYTES:
                    raise RldUnavailable(Trouble.UNUSABLE, "The answer of the RLD is too long.")
            return response, bytes(content)
        finally:
            await response.aclose()

    def _headers(self, call_id: str) -> dict[str, str]:
        # Small letters, as HTTP/2 has them: the hash is over the names as they arrive.
        headers = {
            "accept": "application/json",
            "accept-encoding": "identity",
            "content-type": "application/json; charset=utf-8",
            "x-road-client": self._route.client_header,
            "x-road-id": call_id,
        }
        if self._route.user_id is not None:
            headers["x-road-userid"] = self._route.user_id
        return headers

    def _require_answer(
        self, request: httpx2.Request, response: httpx2.Response, call_id: str, service_code: str
    ) -> None:
        """The provider's own answer to this call, or ``RldUnavailable``."""
        if (fault := response.headers.get("X-Road-Error")) is not None:
            _log.warning("x_road_fault", reason=fault if _PLAIN.fullmatch(fault) else "unreadable")
            raise RldUnavailable(trouble_of(fault), "The data exchange did not pass the call to the RLD.")
        if 300 <= response.status_code < 400:
            raise RldUnavailable(
                Trouble.CONFIGURATION, "The RLD is said to be elsewhere; that is not followed."
            )
        if response.status_code != httpx2.codes.OK:
            raise RldUnavailable(_trouble_of_status(response.status_code), "The RLD did not take the call.")
        if response.headers.get("Content-Encoding", "identity").lower() != "identity":
            raise RldUnavailable(Trouble.UNUSABLE, "The answer of the RLD is encoded.")
        self._require_headers(request, response, call_id, service_code)

    def _require_headers(
        self, request: httpx2.Request, response: httpx2.Response, call_id: str, service_code: str
    ) -> None:
        expected = {
            "X-Road-Id": call_id,
            "X-Road-Client": self._route.client,
            "X-Road-Service": f"{self._route.service}/{service_code}",
        }
        for name, value in expected.items():
            given = response.headers.get_list(name)
            if len(given) != 1 or unquote(given[0]) != value:
                raise RldUnavailable(Trouble.UNUSABLE, "The answer of the RLD belongs to another call.")
        hashes = response.headers.get_list("X-Road-Request-Hash")
        request_id = response.headers.get("X-Road-Request-Id", "")
        if len(hashes) != 1 or not _is_hash(hashes[0]) or not _PLAIN.fullmatch(request_id):
            raise RldUnavailable(Trouble.UNUSABLE, "The answer of the RLD does not name what it answers.")
        # The target as the security server sees it, whatever stands before that in our base URL.
        target = self._route.path(service_code)
        if self._recompute_hash and not hmac.compare_digest(hashes[0], _hash_of(request, target, request_id)):
            raise RldUnavailable(Trouble.UNUSABLE, "The answer of the RLD is to another question.")


def _hash_of(request: httpx2.Request, target: str, request_id: str) -> str:
    headers = hashed_headers(request.headers.raw, request_id)
    return request_hash(request.method, target, headers, request.content)


def _is_hash(text: str) -> bool:
    try:
        return len(base64.b64decode(text, validate=True)) == _HASH_BYTES
    except (binascii.Error, ValueError):
        return False


def _trouble_of_status(status_code: int) -> Trouble:
    """What an error of the provider itself means (section 4.6, category 1)."""
    if status_code < 400:
        return Trouble.UNUSABLE
    if status_code in (401, 403):
        return Trouble.REFUSED
    return Trouble.UNAVAILABLE if status_code >= 500 or status_code in (408, 429) else Trouble.CONFIGURATION


def _encoded(parts: Iterable[str]) -> str:
    return "/".join(quote(part, safe="") for part in parts)
