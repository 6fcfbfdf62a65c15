"""A simulator of the Returnee Labour Database behind an X-Road security server.

It obeys the headers and faults of X-Road REST, so the client that talks to it is the one that
would talk to the RLD. It says in a warning and on every answer that it is a simulator.
"""

import base64
import hashlib
import json
import re
import uuid
import warnings
from collections.abc import Iterable
from datetime import date
from typing import Protocol

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

SIMULATOR_HEADER = "RLD (not the Returnee Labour Database)"
SERVICE = "CAMBODIA/GOV/MLVT-DEMO/RLD"
CLIENT = "CAMBODIA/GOV/MLVT-DEMO/SKILLS-PASSPORT"

_MAX_BODY_BYTES = 100_000
_MAX_NUMBERS = 100
_USER_ID = re.compile(r"[A-Z]{2}[A-Za-z0-9]{1,60}", re.ASCII)


class SimulatorWarning(UserWarning):
    """A simulator stands where a real system is expected."""


class Registered(Protocol):
    """What the simulator holds about a person."""

    @property
    def rld_number(self) -> str: ...
    @property
    def name_km(self) -> str: ...
    @property
    def name_latin(self) -> str: ...
    @property
    def birth_date(self) -> date: ...
    @property
    def sex(self) -> str: ...
    @property
    def province_code(self) -> str: ...


class RldSimulator:
    """Holds people and answers about them; set ``offline`` to answer with a fault of X-Road."""

    def __init__(self, people: Iterable[Registered]) -> None:
        warnings.warn(
            f"This is a simulator: {SIMULATOR_HEADER}. Its people are invented.",
            SimulatorWarning,
            stacklevel=2,
        )
        self.offline = False
        self._people = {person.rld_number: person for person in people}
        path = "/r1/{instance}/{member_class}/{member}/{subsystem}/{service}"
        self.app = Starlette(routes=[Route(path, self._answer, methods=["POST"])])

    async def _answer(self, request: Request) -> Response:
        fault = self._fault_or_none(request)
        if fault is not None:
            return fault
        body = await _read_body_or_none(request)
        numbers = _numbers_or_none(body) if body is not None else None
        if numbers is None:
            return self._answered(request, 400, {"error": "The body must be {rld_numbers: [text]}."})
        known = [self._people[number] for number in numbers if number in self._people]
        return self._answered(request, 200, {"persons": [_as_json(person) for person in known]})

    def _fault_or_none(self, request: Request) -> Response | None:
        client = request.headers.get("X-Road-Client", "")
        if client.count("/") not in (2, 3) or not all(client.split("/")):
            return _fault(400, "Client.BadRequest", "X-Road-Client is missing or malformed.")
        if not _is_uuid(request.headers.get("X-Road-Id")):
            return _fault(400, "Client.BadRequest", "X-Road-Id is no UUID.")
        user_id = request.headers.get("X-Road-UserId")
        if user_id is not None and not _USER_ID.fullmatch(user_id):
            return _fault(400, "Client.BadRequest", "X-Road-UserId has no country code.")
        if _service_of(request) != f"{SERVICE}/persons":
            return _fault(500, "Server.ServerProxy.UnknownService", "There is no such service.")
        if self.offline:
            return _fault(500, "Server.ServerProxy.ServiceFailed.HttpError", "The provider does not answer.")
        return None

    def _answered(self, request: Request, status_code: int, content: object) -> Response:
        response = _json(status_code, content)
        response.headers["X-Road-Client"] = request.headers["X-Road-Client"]
        response.headers["X-Road-Service"] = _service_of(request)
        response.headers["X-Road-Id"] = request.headers.get("X-Road-Id") or str(uuid.uuid4())
        response.headers["X-Road-Request-Id"] = str(uuid.uuid4())
        response.headers["X-Road-Request-Hash"] = _request_hash(request)
        return response


def create_rld_simulator(people: Iterable[Registered]) -> Starlette:
    """The simulator as an application to be mounted; emits a SimulatorWarning."""
    return RldSimulator(people).app


async def _read_body_or_none(request: Request) -> bytes | None:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MAX_BODY_BYTES:
            return None
    request.state.body = body
    return body


def _numbers_or_none(body: bytes) -> list[str] | None:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return None
    numbers = document.get("rld_numbers") if isinstance(document, dict) else None
    if not isinstance(numbers, list) or len(numbers) > _MAX_NUMBERS:
        return None
    texts = [number for number in numbers if isinstance(number, str)]
    return texts if len(texts) == len(numbers) else None


def _as_json(person: Registered) -> dict[str, str]:
    return {
        "rld_number": person.rld_number,
        "name_km": person.name_km,
        "name_latin": person.name_latin,
        "birth_date": person.birth_date.isoformat(),
        "sex": str(person.sex),
        "province_code": person.province_code,
    }


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


def _request_hash(request: Request) -> str:
    headers = b"".join(name + b": " + value + b"\r\n" for name, value in request.headers.raw)
    digest = hashlib.sha512(hashlib.sha512(headers).digest())
    digest.update(hashlib.sha512(getattr(request.state, "body", b"")).digest())
    return base64.b64encode(digest.digest()).decode()
