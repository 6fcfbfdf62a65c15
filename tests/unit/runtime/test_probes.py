"""Who may ask how a process is, and what it says: alive, ready or what is missing, counted."""

import asyncio

import httpx2
import pytest
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr

from runtime.database import StorageUnavailable
from runtime.http import build_app
from runtime.metric_definitions import DISK_FREE, READY, Measure
from runtime.metrics import Measured, Metrics
from runtime.probes import add_probes
from runtime.readiness import Need, Part, ReadinessChecks, State, Status
from runtime.service import ServiceContext
from runtime.settings import Settings
from tests.unit.runtime.small_service import KNOWN, changed, router

pytestmark = pytest.mark.anyio

TOKEN = "a-token-of-the-operator-long-enough-7"
HERE = "127.0.0.1"


def opened(context: ServiceContext, *, client: str = HERE, host: str = HERE) -> httpx2.AsyncClient:
    app = build_app(context, title="Test", routers=[router], sessions=KNOWN)
    add_probes(app)
    transport = httpx2.ASGITransport(app=app, client=(client, 1234))
    return httpx2.AsyncClient(transport=transport, base_url=f"http://{host}:8000", trust_env=False)


def production(context: ServiceContext, token: str | None) -> ServiceContext:
    return changed(context, mode="production", metrics_token=token and SecretStr(token))


@pytest.mark.parametrize(
    ("client", "host", "headers", "status"),
    [
        (HERE, HERE, {}, 200),
        ("::1", "localhost", {}, 200),
        ("192.0.2.7", HERE, {}, 404),
        (HERE, "passport.example", {}, 404),
        (HERE, HERE, {"X-Forwarded-For": "192.0.2.7"}, 404),
        (HERE, HERE, {"Forwarded": "for=192.0.2.7"}, 404),
        (HERE, HERE, {"Via": "1.1 front"}, 404),
    ],
)
async def test_in_a_demo_whoever_sits_at_the_machine_reads_the_metrics(
    context: ServiceContext, client: str, host: str, headers: dict[str, str], status: int
) -> None:
    async with opened(context, client=client, host=host) as asked:
        answer = await asked.get("/metrics", headers=headers)
    assert answer.status_code == status
    assert ("passport_" in answer.text) == (status == 200)


@pytest.mark.parametrize(
    ("token", "given", "status"),
    [
        (None, None, 404),
        (None, TOKEN, 404),
        (TOKEN, None, 401),
        (TOKEN, TOKEN[:-1] + "x", 401),
        (TOKEN, "", 401),
    ],
)
async def test_in_production_only_the_token_opens_them(
    context: ServiceContext, token: str | None, given: str | None, status: int
) -> None:
    headers = {} if given is None else {"Authorization": f"Bearer {given}"}
    async with opened(production(context, token)) as asked:
        assert (await asked.get("/metrics", headers=headers)).status_code == status


async def test_the_token_opens_them_from_anywhere(context: ServiceContext) -> None:
    async with opened(production(context, TOKEN), client="192.0.2.7", host="issuer") as asked:
        answer = await asked.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    assert "passport_request_seconds" in answer.text


@pytest.mark.parametrize("token", ["short", "no blanks or commas, whatever its length is"])
def test_a_token_that_is_short_or_no_bearer_token_is_refused(token: str) -> None:
    with pytest.raises(ValueError, match="at least 32"):
        Settings(metrics_token=SecretStr(token))


async def test_a_scrape_holds_what_was_counted_and_measured(context: ServiceContext) -> None:
    async with opened(context) as asked:
        await asked.get("/issuer/item/7341?part=9182")
        await asked.get("/issuer/item/7341/nowhere")
        await asked.get("/ready")
        text = (await asked.get("/metrics")).text
    found = {
        (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    count = "passport_request_seconds_count"
    assert found[count, "GET", "/issuer/item/{number}", "issuer", "2xx"] == 1
    assert found[count, "GET", "other", "issuer", "4xx"] == 1
    assert found[count, "GET", "/ready", "issuer", "2xx"] == 1
    assert found["passport_ready", "database", "issuer"] == 1
    assert found["passport_ready", "keyring", "issuer"] == 1
    assert found["passport_database_connections_allowed", "issuer"] > 1
    assert found["passport_disk_free_bytes", "issuer"] > 0
    assert found["passport_measured", "readiness", "issuer"] == 1
    assert "7341" not in text


async def test_health_touches_nothing(context: ServiceContext) -> None:
    async with opened(context, client="192.0.2.7") as asked:
        context.database.close()
        answer = await asked.get("/health")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


async def test_ready_says_what_is_missing_and_nothing_else(
    context: ServiceContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise StorageUnavailable("secret-marker-71")

    async with opened(context, client="192.0.2.7") as asked:
        good = await asked.get("/ready")
        monkeypatch.setattr(context.database, "read_now", refuse)
        context.readiness._kept = None
        bad = await asked.get("/ready")
    assert (good.status_code, good.json()["status"]) == (200, "ready")
    assert bad.status_code == 503
    assert bad.json() == {
        "status": "not ready",
        "services": {"issuer": {"database": "could not check", "keyring": "ok"}},
    }


@pytest.mark.parametrize(
    ("need", "states", "statuses"),
    [
        (Need.ALWAYS, (State.OK, State.MISSING), (Status.READY, Status.NOT_READY)),
        (Need.FOR_SOME, (State.MISSING, State.OK), (Status.LIMITED, Status.READY)),
        (
            Need.TO_BEGIN,
            (State.COULD_NOT_CHECK, State.OK, State.MISSING),
            (Status.NOT_READY, Status.READY, Status.LIMITED),
        ),
    ],
)
async def test_what_a_missing_part_comes_to(
    need: Need, states: tuple[State, ...], statuses: tuple[Status, ...]
) -> None:
    checks, told = ReadinessChecks(), iter(states)

    async def check() -> State:
        return next(told)

    checks.add("verifier", Part.TRUST_LIST, check, need)
    found = []
    for _ in states:
        checks._kept = None
        found.append((await checks.look()).status)
    assert tuple(found) == statuses


async def test_many_who_ask_at_once_are_one_question() -> None:
    checks, asked = ReadinessChecks(), []

    async def check() -> State:
        asked.append(1)
        await asyncio.sleep(0.01)
        return State.OK

    checks.add("issuer", Part.DATABASE, check, Need.ALWAYS)
    await asyncio.gather(*(checks.look() for _ in range(50)))
    await checks.look()
    assert len(asked) == 1


async def test_a_part_that_does_not_answer_could_not_be_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runtime.readiness.CHECK_SECONDS", 0.02)
    checks = ReadinessChecks()

    async def check() -> State:
        await asyncio.sleep(5)
        return State.OK

    checks.add("issuer", Part.DATABASE, check, Need.ALWAYS)
    assert (await checks.look()).parts == {("issuer", Part.DATABASE): State.COULD_NOT_CHECK}


async def test_what_cannot_be_measured_is_absent_and_not_the_old_value() -> None:
    metrics, works = Metrics(), [True]

    async def look_up() -> list[Measured]:
        if not works[0]:
            raise StorageUnavailable("Full.")
        return [Measured(DISK_FREE, 7, ("issuer",))]

    metrics.add_measure("issuer", Measure.PROCESS, look_up)
    good = (await metrics.scrape()).decode()
    works[0] = False
    bad = (await metrics.scrape()).decode()
    assert 'passport_disk_free_bytes{service="issuer"} 7.0' in good
    assert 'passport_measured{measure="process",service="issuer"} 1.0' in good
    assert "passport_disk_free_bytes{" not in bad
    assert 'passport_measured{measure="process",service="issuer"} 0.0' in bad


async def test_a_value_outside_a_labels_set_does_not_get_in() -> None:
    metrics = Metrics()

    async def look_up() -> list[Measured]:
        return [Measured(READY, 1, ("issuer", "សុខា"))]

    metrics.add_measure("issuer", Measure.READINESS, look_up)
    with pytest.raises(ValueError, match="label part"):
        await metrics.scrape()
