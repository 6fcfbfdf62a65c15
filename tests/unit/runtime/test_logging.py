import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from runtime.logging import (
    ALLOWED_FIELDS,
    configure_logging,
    get_logger,
    keep_allowed_fields,
    log_request,
    places_of,
)

MARKER = "សុខា-marker-71"


@pytest.fixture(autouse=True)
def _restored_logging() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    structlog.reset_defaults()
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.getLogger("uvicorn.access").disabled = False


def _lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_a_field_that_is_not_on_the_list_is_dropped(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging()
    get_logger("issuer").info("rows read", count=3, name=MARKER, body=MARKER, token=MARKER, rld_number=MARKER)
    (line,) = _lines(capsys)
    assert (line["event"], line["count"], line["component"], line["level"]) == (
        "rows read",
        3,
        "issuer",
        "info",
    )
    assert line.keys() <= ALLOWED_FIELDS


def test_no_field_on_the_list_is_personal() -> None:
    personal = {
        "name",
        "body",
        "token",
        "code",
        "query",
        "path",
        "url",
        "address",
        "client",
        "rld_number",
        "subject",
    }
    assert not ALLOWED_FIELDS & personal


def test_a_value_is_one_bounded_line(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging()
    get_logger("issuer").info("x", reason="a\r\nb" + "c" * 10_000, places=["d" * 10_000] * 100)
    (line,) = _lines(capsys)
    assert len(json.dumps(line)) < 10_000


def test_a_librarys_message_keeps_its_template_and_loses_its_values(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure_logging()
    logging.getLogger("library").warning("could not read %s", MARKER)
    logging.getLogger("library").warning(f"could not read {MARKER}")  # the worst case
    try:
        raise ValueError(MARKER)
    except ValueError:
        logging.getLogger("library").exception("failed for %s", MARKER)
    lines = _lines(capsys)
    assert [line["event"] for line in lines] == ["could not read %s", "library message", "failed for %s"]
    assert lines[2]["error"] == "ValueError"
    assert "marker" not in json.dumps(lines)


def test_access_lines_of_the_server_are_not_written(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging()
    logging.getLogger("uvicorn.access").error("GET %s", MARKER)
    assert _lines(capsys) == []


def test_places_name_modules_and_lines_only() -> None:
    def fail(value: str) -> None:
        raise ValueError(value)

    with pytest.raises(ValueError, match="marker") as caught:
        fail(MARKER)
    places = places_of(caught.tb)
    assert len(places) == 2
    assert all(place.rpartition(":")[2].isdigit() for place in places)
    assert keep_allowed_fields(None, "", {"places": places, "value": MARKER}) == {"places": places}


def test_a_full_disk_under_the_logs_costs_lines_and_fails_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with open("/dev/full", "wb", buffering=0) as device:
        full = io.TextIOWrapper(device, write_through=True)
        monkeypatch.setattr("sys.stderr", full)
        monkeypatch.setattr(logging, "raiseExceptions", False)
        configure_logging()
        get_logger("issuer").error("x", count=1)
        log_request(
            service="issuer",
            request_id="r",
            trace_id=None,
            method="GET",
            route="/health",
            status=200,
            milliseconds=1.0,
        )
        logging.getLogger("library").warning("x")
    assert not _lines(capsys)
