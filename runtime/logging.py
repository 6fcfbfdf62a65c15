"""Logs: one JSON object a line, made of named fields that are known to hold nothing personal.

A field that is not on the list is dropped, so a careless caller loses a log line's detail rather than
somebody's name. Bodies, names, tokens, codes, query strings and client addresses have no field.
"""

import logging
import os
import sys
from collections.abc import MutableMapping
from contextlib import suppress
from types import TracebackType
from typing import Any, Final, TextIO, cast

import orjson
import structlog

from runtime.clock import SystemClock

ALLOWED_FIELDS: Final = frozenset(
    {
        "event",
        "level",
        "timestamp",
        "component",
        "service",
        "request_id",
        "trace_id",
        "method",
        "route",
        "status",
        "milliseconds",
        "error",
        "places",
        "problem",
        "host",
        "reason",
        "count",
        "version",
        "list_id",
        "mode",
        "step",
    }
)
_MAX_VALUE_LENGTH: Final = 500
_MAX_PLACES: Final = 12
_HTTP: Final = "http"


class _Forgiving:
    """A file that may be lost: a full disk under the logs costs lines, and no answer to anybody."""

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def write(self, text: str) -> None:
        with suppress(OSError):
            self._file.write(text)

    def flush(self) -> None:
        with suppress(OSError):
            self._file.flush()


class _Lines:
    """Where our lines go; ``has_info`` says whether those of requests are among them."""

    def __init__(self, file: TextIO, *, has_info: bool) -> None:
        self.logger = structlog.WriteLogger(cast(TextIO, _Forgiving(file)))
        self.has_info = has_info
        self._descriptor: int | None = None
        # A stand-in for standard error, as in tests, has none.
        with suppress(OSError):
            self._descriptor = file.fileno()

    def __call__(self, *_arguments: object) -> structlog.WriteLogger:
        """The factory of ``structlog.configure``."""
        return self.logger

    def write(self, line: bytes) -> None:
        """Write one whole line at once, past the layers of a text file; other lines are flushed each."""
        if self._descriptor is None:
            self.logger.msg(line.decode().rstrip("\n"))
            return
        with suppress(OSError):
            os.write(self._descriptor, line)


def configure_logging(*, level: str = "INFO") -> None:
    """Send our own and the libraries' logs to standard error as JSON lines."""
    structlog.configure(
        processors=[
            structlog.stdlib.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            keep_allowed_fields,
            structlog.processors.JSONRenderer(ensure_ascii=True),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=_Lines(sys.stderr, has_info=logging.getLevelNamesMapping()[level] <= logging.INFO),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(TemplateFormatter())
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    for name in ("uvicorn", "uvicorn.error"):
        library = logging.getLogger(name)
        library.handlers.clear()
        library.propagate = True
    # Its lines hold paths, which hold codes, and addresses; runtime.http writes our own instead.
    logging.getLogger("uvicorn.access").disabled = True


def log_request(
    *,
    service: str,
    request_id: str,
    trace_id: str | None,
    method: str,
    route: str | None,
    status: int,
    milliseconds: float,
) -> None:
    """The line of one request, written at once: through all processors it would cost more than some answers.

    ``route`` is a template of ours and ``method`` the client's own word.
    """
    lines = structlog.get_config()["logger_factory"]
    if not isinstance(lines, _Lines):
        # Nothing was configured, as in tests.
        get_logger(_HTTP).info(
            "request",
            service=service,
            request_id=request_id,
            trace_id=trace_id,
            method=method,
            route=route,
            status=status,
            milliseconds=milliseconds,
        )
    elif lines.has_info:
        entry = {
            "component": _HTTP,
            "service": service,
            "request_id": request_id,
            "trace_id": trace_id,
            "method": _bounded(method),
            "route": route,
            "status": status,
            "milliseconds": milliseconds,
            "event": "request",
            "level": "info",
            "timestamp": SystemClock().now().isoformat().replace("+00:00", "Z"),
        }
        lines.write(orjson.dumps(entry, option=orjson.OPT_APPEND_NEWLINE))


def get_logger(name: str) -> Any:
    """A logger whose entries carry ``component=name``; call ``.info("what happened", field=…)``."""
    return structlog.get_logger(component=name)


def keep_allowed_fields(
    _logger: object, _method: str, entry: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """The structlog processor that drops every field not on the list and bounds the others."""
    return {name: _bounded(value) for name, value in entry.items() if name in ALLOWED_FIELDS}


def places_of(traceback: TracebackType | None) -> list[str]:
    """Where an exception passed, innermost last, as ``module:line``: no message and no values."""
    places = []
    while traceback is not None:
        module = traceback.tb_frame.f_globals.get("__name__", "?")
        places.append(f"{module}:{traceback.tb_lineno}")
        traceback = traceback.tb_next
    return places[-_MAX_PLACES:]


class TemplateFormatter(logging.Formatter):
    """Libraries' records, as JSON, by their message template: the arguments may hold anything."""

    def format(self, record: logging.LogRecord) -> str:
        """One JSON line."""
        entry: dict[str, Any] = {
            "event": str(record.msg) if record.args else "library message",
            "level": record.levelname.lower(),
            "timestamp": self.formatTime(record),
            "component": record.name,
        }
        if record.exc_info and record.exc_info[0] is not None:
            entry |= {"error": record.exc_info[0].__name__, "places": places_of(record.exc_info[2])}
        return str(structlog.processors.JSONRenderer(ensure_ascii=True)(None, "", entry))


def _bounded(value: Any) -> Any:
    if isinstance(value, bool | int | float) or value is None:
        return value
    if isinstance(value, list | tuple):
        return [_bounded(item) for item in value[:_MAX_PLACES]]
    return str(value)[:_MAX_VALUE_LENGTH]
