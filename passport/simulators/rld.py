"""A simulator of the Returnee Labour Database, the NSSF and the medical department behind one X-Road server.

It obeys the headers, faults and request hash of X-Road REST, so the client that talks to it is the one
that would talk to the RLD; told to, it misbehaves. It says in a warning and on every answer that it is
a simulator.
"""

import asyncio
import base64
import hashlib
import json
import re
import uuid
import warnings
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from enum import StrEnum
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from issuer.status.connect import SIMULATED
from issuer.status.port import HEALTH, NSSF
from passport.simulators.rld_register import BATCH, Registered, SimulatedRegister

SIMULATOR_HEADER = "RLD (not the Returnee Labour Database)"
SERVICE = "CAMBODIA/GOV/MLVT-DEMO/RLD"
NSSF_SERVICE, HEALTH_SERVICE = SIMULATED[NSSF], SIMULATED[HEALTH]
CLIENT = "CAMBODIA/GOV/MLVT-DEMO/SKILLS-PASSPORT"

SLOW_SECONDS = 3_600.0

_MAX_BODY_BYTES = 100_000
_HUGE_BYTES = 5_000_000
_USER_ID = re.compile(r"[A-Z]{2}[A-Za-z0-9]{1,60}", re.ASCII)
# PR-REST section 4.3, "Filtered headers" and "Specially handled headers", as the reference server has them.
_NOT_HASHED = frozenset(
    [
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
    ]
)


class SimulatorWarning(UserWarning):
    """A simulator stands where a real system is expected."""


class Misbehaviour(StrEnum):
    """What the simulator does wrong besides faults, which are named by their type."""

    SLOW = "slow"
    WRONG_HASH = "wrong-hash"
    NO_HASH = "no-hash"
    OTHER_CALL = "other-call"
    REDIRECT = "redirect"
    HUGE = "huge"
    MALFORMED = "malformed"
    ENCODED = "encoded"
    PROVIDER_ERROR = "provider-error"
    PROVIDER_REFUSES = "provider-refuses"


def _wrong_hash(answer: Response) -> None:
    answer.headers["X-Road-Request-Hash"] = base64.b64encode(bytes(64)).decode()


def _no_hash(answer: Response) -> None:
    del answer.headers["X-Road-Request-Hash"]


def _other_call(answer: Response) -> None:
    answer.headers["X-Road-Id"] = str(uuid.uuid4())


def _redirect(answer: Response) -> None:
    # To the same service again, as a client that follows would ask it.
    answer.status_code = 307
    answer.headers["Location"] = f"/r1/{answer.headers['X-Road-Service']}"


def _encoded(answer: Response) -> None:
    answer.headers["Content-Encoding"] = "gzip"


_CHANGES: Mapping[Misbehaviour, Callable[[Response], None]] = {
    Misbehaviour.WRONG_HASH: _wrong_hash,
    Misbehaviour.NO_HASH: _no_hash,
    Misbehaviour.OTHER_CALL: _other_call,
    Misbehaviour.REDIRECT: _redirect,
    Misbehaviour.ENCODED: _encoded,
}
_PROVIDER: Mapping[Misbehaviour, int] = {
    Misbehaviour.PROVIDER_ERROR: 503,
    Misbehaviour.PROVIDER_REFUSES: 403,
}


class RldSimulator:
    """Holds people and answers about them.

    ``misbehaviour`` is a ``Misbehaviour``, or the type of an X-Road fault to answer with, or None.
    """

    def __init__(self, people: Iterable[Registered], *, has_control: bool = False) -> None:
        """``has_control`` opens ``/control`` to whoever reaches it: for a process on one's own machine."""
        warnings.warn(
            f"This is a simulator: {SIMULATOR_HEADER}. Its people are invented.",
            SimulatorWarning,
            stacklevel=2,
        )
        self.misbehaviour: str | None = None
        self.calls = 0
        self.register = SimulatedRegister(people)
        path = "/r1/{instance}/{member_class}/{member}/{subsystem}/{service}"
        routes = [Route(path, self._answer, methods=["POST"])]
        if has_control:
            routes.append(Route("/control", self._control, methods=["POST"]))
        self.app = Starlette(routes=routes)
        self.app.state.simulator = self

    async def _answer(self, request: Request) -> Response:
        self.calls += 1
        fault = self._fault_or_none(request)
        if fault is not None:
            return fault
        body = await _read_body_or_none(request)
        document = _object_or_none(body)
        if self.misbehaviour is not None:
            return await self._misbehave(request, self.misbehaviour)
        handler = self._handlers()[_service_of(request)]
        try:
            content = handler(document or {}) if document is not None else None
        except (KeyError, TypeError, ValueError, AttributeError):
            content = None
        if content is None:
            return self._answered(request, 400, {"error": "The body is not that of this service."})
        return self._answered(request, 200, content)

    def _handlers(self) -> dict[str, Callable[[dict[str, Any]], dict[str, Any] | None]]:
        register = self.register
        services = {
            "persons": lambda body: _persons(register, body["rld_numbers"]),
            "find-persons": lambda body: {
                "persons": register.find(body["name_km"], body["name_latin"], body["birth_date"])
            },
            "photo": lambda body: register.photo(body["photo_reference"]),
            "notices": register.take_notice,
            "events": lambda body: register.events(body["after"]),
        }
        return {
            **{f"{SERVICE}/{name}": handler for name, handler in services.items()},
            f"{NSSF_SERVICE}/membership": lambda body: register.members(body["rld_numbers"]),
            f"{HEALTH_SERVICE}/health-checks": lambda body: register.checks(body["rld_numbers"]),
        }

    async def _misbehave(self, request: Request, how: str) -> Response:
        if how not in set(Misbehaviour):
            return _fault(400 if how.startswith("Client.") else 500, how, "The simulator was told to.")
        if how == Misbehaviour.SLOW:
            await asyncio.sleep(SLOW_SECONDS)
        if how == Misbehaviour.HUGE:
            return self._with_headers(request, StreamingResponse(_huge(), media_type="application/json"))
        if how == Misbehaviour.MALFORMED:
            return self._with_headers(request, Response(b'{"persons": [', media_type="application/json"))
        if how in _PROVIDER:
            return self._answered(request, _PROVIDER[Misbehaviour(how)], {"error": "Told to by a control."})
        answer = self._answered(request, 200, {"persons": [], "events": [], "cursor": "0"})
        _CHANGES[Misbehaviour(how)](answer)
        return answer

    async def _control(self, request: Request) -> Response:
        """``{"misbehave": …}`` or ``{"happen": kind, "rld_number": …, …}``; for tests and rehearsals."""
        body = _object_or_none(await _read_body_or_none(request)) or {}
        if "happen" in body:
            details = {name: str(value) for name, value in body.items() if name != "happen"}
            try:
                event_id = self.register.happen(str(body["happen"]), **details)
            except (KeyError, TypeError):
                return JSONResponse({"error": "This cannot happen."}, status_code=400)
            return JSONResponse({"event_id": event_id})
        self.misbehaviour = None if body.get("misbehave") is None else str(body["misbehave"])
        return JSONResponse({"misbehaviour": self.misbehaviour})

    def _fault_or_none(self, request: Request) -> Response | None:
        client = request.headers.get("X-Road-Client", "")
        if client.count("/") not in (2, 3) or not all(client.split("/")):
            return _fault(400, "Client.BadRequest", "X-Road-Client is missing or malformed.")
        if not _is_uuid(request.headers.get("X-Road-Id")):
            return _fault(400, "Client.BadRequest", "X-Road-Id is no UUID.")
        user_id = request.headers.get("X-Road-UserId")
        if user_id is not None and not _USER_ID.fullmatch(user_id):
            return _fault(400, "Client.BadRequest", "X-Road-UserId has no country code.")
        if _service_of(request) not in self._handlers():
            return _fault(500, "Server.ServerProxy.UnknownService", "There is no such service.")
        return None

    def _answered(self, request: Request, status_code: int, content: object) -> Response:
        return self._with_headers(request, _json(status_code, content))

    def _with_headers(self, request: Request, response: Response) -> Response:
        request_id = str(uuid.uuid4())
        response.headers["X-Simulator"] = SIMULATOR_HEADER
        response.headers["X-Road-Client"] = request.headers["X-Road-Client"]
        response.headers["X-Road-Service"] = _service_of(request)
        response.headers["X-Road-Id"] = request.headers.get("X-Road-Id") or str(uuid.uuid4())
        response.headers["X-Road-Request-Id"] = request_id
        response.headers["X-Road-Request-Hash"] = _request_hash(request, request_id)
        return response


def create_rld_simulator(people: Iterable[Registered]) -> Starlette:
    """The simulator as an application to be mounted; emits a SimulatorWarning."""
    return RldSimulator(people).app


async def _huge() -> AsyncIterator[bytes]:
    for _ in range(_HUGE_BYTES // 100_000):
        yield b" " * 100_000


def _persons(register: SimulatedRegister, numbers: Any) -> dict[str, Any] | None:
    if not isinstance(numbers, list) or len(numbers) > BATCH:
        return None
    texts = [number for number in numbers if isinstance(number, str)]
    return {"persons": register.persons(texts)} if len(texts) == len(numbers) else None


async def _read_body_or_none(request: Request) -> bytes | None:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MAX_BODY_BYTES:
            return None
    request.state.body = body
    return body


def _object_or_none(body: bytes | None) -> dict[str, Any] | None:
    try:
        document = json.loads(body or b"")
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None


def _fault(status_code: int, fault_type: str, message: str) -> Response:
    response = _json(status_code, {"type": fault_type, "message": message, "detail": str(uuid.uuid4())})
    response.headers["X-Road-Error"] = fault_type
    return response


def _json(status_code: int, content: object) -> Response:
    return Response(
        json.dumps(content, ensure_ascii=False).encode(),
        status_code=status_code,
        media_type="application/json",
        headers={"X-Simulator": SIMULATOR_HEADER},
    )


def _service_of(request: Request) -> str:
    return "/".join(request.path_params.values())


def _is_uuid(text: str | None) -> bool:
    if text is None:
        return True
    try:
        return str(uuid.UUID(text)) == text.lower()
    except ValueError:
        return False


def _request_hash(request: Request, request_id: str) -> str:
    """PR-REST section 4.3: base64 of SHA512(SHA512(headers)+SHA512(body)), the headers as they came."""
    raw_path: bytes = request.scope.get("raw_path") or request.scope["path"].encode()
    target = raw_path[len(request.scope.get("root_path", "").encode()) :]
    lines = [request.method.encode(), target]
    lines += [
        name + b":" + value for name, value in request.headers.raw if name.lower().decode() not in _NOT_HASHED
    ]
    lines.append(b"x-road-request-id:" + request_id.encode())
    digest = hashlib.sha512(b"".join(line + b"\r\n" for line in lines)).digest()
    body = getattr(request.state, "body", b"")
    if body:
        digest = hashlib.sha512(digest + hashlib.sha512(body).digest()).digest()
    return base64.b64encode(digest).decode()
