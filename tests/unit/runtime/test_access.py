"""Who comes in: pages, programs and services."""

import httpx2
import pytest

from runtime.auth import service_token
from runtime.clock import FixedClock
from runtime.service import ServiceContext
from tests.unit.runtime.small_service import CLERK, RECRUITER, bearer_of, problem_in, session_of

pytestmark = pytest.mark.anyio


async def test_a_person_at_a_page_is_sent_to_sign_in_and_back(client: httpx2.AsyncClient) -> None:
    response = await client.get("/issuer/desk?page=2", headers={"Accept": "text/html"})
    assert response.status_code == 303
    assert response.headers["location"] == "/sign-in?next=%2Fissuer%2Fdesk%3Fpage%3D2"
    part = await client.get("/issuer/desk", headers={"Accept": "text/html", "HX-Request": "true"})
    assert part.status_code == 401
    assert part.headers["hx-redirect"] == "/sign-in?next=%2Fissuer%2Fdesk"


async def test_a_program_is_told_401_and_403(context: ServiceContext, client: httpx2.AsyncClient) -> None:
    nobody = await client.get("/issuer/api/desk", headers={"Accept": "text/html"})
    problem_in(nobody, 401)
    assert nobody.headers["www-authenticate"] == "Bearer"
    problem_in(await client.get("/issuer/api/desk", headers=bearer_of(RECRUITER)), 403)
    page = await client.get("/issuer/desk", headers=session_of(RECRUITER) | {"Accept": "text/html"})
    assert page.status_code == 403
    for headers in (bearer_of(CLERK), session_of(CLERK)):
        assert (await client.get("/issuer/api/desk", headers=headers)).json() == {"subject": "clerk-1"}


@pytest.mark.parametrize(
    "value", ["", "Bearer", "Bearer ", "Bearer x y", "Basic eDp5", "bearer x", "Bearer \x00x"]
)
async def test_a_bad_authorization_header_is_401_even_beside_a_session(
    context: ServiceContext, client: httpx2.AsyncClient, value: str
) -> None:
    headers = session_of(CLERK) | {"Authorization": value}
    problem_in(await client.get("/issuer/api/desk", headers=headers), 401)


async def test_two_authorization_headers_are_401(context: ServiceContext, client: httpx2.AsyncClient) -> None:
    twice = [*bearer_of(CLERK).items(), *bearer_of(CLERK).items()]
    problem_in(await client.get("/issuer/api/desk", headers=twice), 401)


async def test_a_session_that_has_ended_is_nobody(
    context: ServiceContext, clock: FixedClock, client: httpx2.AsyncClient
) -> None:
    headers = session_of(CLERK)
    assert (await client.get("/issuer/who", headers=headers)).json() == {"subject": "clerk-1", "state": True}
    headers["Cookie"] = headers["Cookie"][:-3]
    assert (await client.get("/issuer/who", headers=headers)).json() == {"subject": None, "state": True}


async def test_a_service_route_is_for_the_named_services(
    context: ServiceContext, client: httpx2.AsyncClient
) -> None:
    def token(caller: str, audience: str) -> dict[str, str]:
        text = service_token(
            caller=caller, audience=audience, settings=context.settings, now=context.clock.now()
        )
        return {"Authorization": f"Bearer {text}"}

    path = "/issuer/api/internal"
    assert (await client.get(path, headers=token("revocation", "issuer"))).json() == {"caller": "revocation"}
    problem_in(await client.get(path, headers=token("wallet_api", "issuer")), 403)
    problem_in(await client.get(path, headers=token("revocation", "wallet_api")), 401)
    problem_in(await client.get(path, headers=bearer_of(CLERK)), 401)
    problem_in(await client.get(path, headers=session_of(CLERK)), 401)
    problem_in(await client.get(path), 401)
    problem_in(await client.get("/issuer/api/desk", headers=token("revocation", "issuer")), 401)
