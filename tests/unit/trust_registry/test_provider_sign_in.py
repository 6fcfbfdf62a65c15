"""Signing in through an identity provider: one test per rule that an answer can break."""

import html
import re
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx2
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from sqlalchemy import select

from passport.simulators.oidc import SECOND_FACTOR_ACR, Fault, OidcSimulator
from passport.simulators.rld import SimulatorWarning
from runtime.audit_log import entries_before
from runtime.auth import SESSION_COOKIE
from runtime.fetch import Fetcher
from runtime.service import ServiceContext
from runtime.settings import Settings, SettingsError
from tests.unit.trust_registry.deployment import BASE_URL, PASSWORD, clock_of
from tests.unit.trust_registry.test_second_factor import at, set_up_app, sign_in
from trust_registry import people_store, provider_store, staff
from trust_registry.app import create_app
from trust_registry.oidc_client import CALLBACK_PATH
from trust_registry.provider_pages import ATTEMPT_COOKIE
from trust_registry.provider_tables import provider_attempt, provider_link
from trust_registry.sessions import principal_of

pytestmark = pytest.mark.anyio

ISSUER = "https://login.ministry-partner.org"
CLIENT = {
    "oidc_issuer": ISSUER,
    "oidc_client_id": "passport & co",
    "oidc_client_secret": "a secret: with / signs % in it",
}
USERNAME = "demo-registrar"


@dataclass(frozen=True, kw_only=True, slots=True)
class Ministry:
    """A deployment with a provider, a browser at its pages, and one at the provider's."""

    context: ServiceContext
    simulator: OidcSimulator
    client: httpx2.AsyncClient
    there: httpx2.AsyncClient

    async def answer(self, leaving: str, *, subject: str = "sim-0001", acr: str = "") -> str:
        """Where the provider sends a browser back to that came by ``leaving``."""
        page = await self.there.get(leaving)
        assert "SIMULATOR" in page.text
        links = [html.unescape(link) for link in re.findall(r"href='([^']+)'", page.text)]
        end = urlencode({"as": subject, "acr": acr})
        wanted = next(link for link in links if link.endswith(end))
        back = await self.there.get(f"/{wanted}")
        assert back.status_code == 303
        return back.headers["location"]

    async def come_in(self, wanted: str = "", **person: str) -> httpx2.Response:
        """Sign in through the provider; the last answer of ours."""
        leaving = await self.client.get("/sign-in/provider", params={"next": wanted})
        return await self.client.get(await self.answer(leaving.headers["location"], **person))

    async def link(self, **person: str) -> httpx2.Response:
        page = await self.client.post("/account/provider", data={"present": PASSWORD})
        assert page.status_code == 200, page.headers
        found = re.search(rf'href="({ISSUER}/authorize[^"]+)"', page.text)
        assert found is not None
        return await self.client.get(await self.answer(html.unescape(found[1]), **person))

    def accounted(self) -> list[tuple[Any, Any]]:
        entries = self.context.database.read_now(entries_before, None, actor=None, concerned=None)
        return [(entry["act"], entry["object"]) for entry in entries if "provider" in str(entry["act"])]


def with_provider(
    context: ServiceContext, *, simulated: dict[str, Any] | None = None, **settings: Any
) -> tuple[ServiceContext, OidcSimulator]:
    deployment = Settings(data_dir=context.settings.data_dir, **{**CLIENT, **settings})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SimulatorWarning)
        simulator = OidcSimulator(
            issuer=ISSUER,
            client_id=CLIENT["oidc_client_id"],
            redirect_uri=BASE_URL + CALLBACK_PATH,
            clock=context.clock,
            **(simulated or {"client_secret": CLIENT["oidc_client_secret"]}),
        )
    fetcher = Fetcher(deployment, context.clock, apps={ISSUER: simulator.app})
    return replace(context, settings=deployment, fetcher=fetcher), simulator


@pytest.fixture
def options(request: pytest.FixtureRequest) -> dict[str, Any]:
    return getattr(request, "param", {})


@asynccontextmanager
async def meeting(context: ServiceContext, **options: Any) -> AsyncIterator[Ministry]:
    deployed, simulator = with_provider(context, **options)
    transport = httpx2.ASGITransport(app=simulator.app)
    async with (
        at(deployed) as client,
        httpx2.AsyncClient(transport=transport, base_url=ISSUER) as there,
    ):
        yield Ministry(context=deployed, simulator=simulator, client=client, there=there)


@pytest.fixture
async def ministry(context: ServiceContext, options: dict[str, Any]) -> AsyncIterator[Ministry]:
    async with meeting(context, **options) as ministry:
        yield ministry


@pytest.fixture
async def linked(ministry: Ministry) -> Ministry:
    """The registrar's account is linked with the provider's first person; nobody is signed in."""
    await sign_in(ministry.client, USERNAME)
    page = await ministry.link()
    assert page.status_code == 200
    assert "Simulated person one" in page.text
    ministry.client.cookies.clear()
    return ministry


async def is_signed_in(ministry: Ministry) -> bool:
    token = ministry.client.cookies.get(SESSION_COOKIE)
    return token is not None and await principal_of(ministry.context, token) is not None


async def test_whoever_is_linked_signs_in_and_lands_where_they_wanted(linked: Ministry) -> None:
    response = await linked.come_in("/trust/registrar/licences")
    assert response.headers["location"] == "/sign-in/provider/done?next=%2Ftrust%2Fregistrar%2Flicences"
    page = await linked.client.get(response.headers["location"])
    # The strict cookie is not sent in a redirect that began at the provider: a page of ours goes on.
    assert 'content="0; url=/trust/registrar/licences"' in page.text
    principal = await principal_of(linked.context, linked.client.cookies[SESSION_COOKIE])
    assert principal is not None
    assert principal.subject == USERNAME
    assert linked.accounted() == [("provider.sign-in", USERNAME), ("provider.link", USERNAME)]


@pytest.mark.parametrize(
    ("fault", "word"),
    [
        (Fault.DISCOVERY_NAMES_ANOTHER_ISSUER, "wrong"),
        (Fault.ANSWER_NAMES_ANOTHER_ISSUER, "wrong"),
        (Fault.ANSWER_NAMES_NO_ISSUER, "wrong"),
        (Fault.DENIES, "refused"),
        (Fault.TOKEN_ENDPOINT_REFUSES, "refused"),
        (Fault.NO_ID_TOKEN, "wrong"),
        (Fault.WRONG_NONCE, "wrong"),
        (Fault.NO_NONCE, "wrong"),
        (Fault.WRONG_ISSUER, "wrong"),
        (Fault.WRONG_AUDIENCE, "wrong"),
        (Fault.SECOND_AUDIENCE, "wrong"),
        (Fault.WRONG_AUTHORIZED_PARTY, "wrong"),
        (Fault.EXPIRED, "wrong"),
        (Fault.NO_EXPIRY, "wrong"),
        (Fault.FROM_THE_FUTURE, "wrong"),
        (Fault.TOO_OLD, "wrong"),
        (Fault.NO_SUBJECT, "wrong"),
        (Fault.ALGORITHM_NONE, "wrong"),
        (Fault.SHARED_SECRET_FROM_PUBLIC_KEY, "wrong"),
        (Fault.KEY_NOT_PUBLISHED, "wrong"),
        (Fault.KEY_BROUGHT_ALONG, "wrong"),
        (Fault.SIGNED_BY_ANOTHER, "wrong"),
        (Fault.KEY_FOR_ENCRYPTION, "wrong"),
        (Fault.OFFLINE, "unreachable"),
    ],
)
async def test_an_answer_with_one_fault_signs_nobody_in(linked: Ministry, fault: Fault, word: str) -> None:
    leaving = await linked.client.get("/sign-in/provider")
    linked.simulator.fault = fault
    back = await linked.answer(leaving.headers["location"])
    response = await linked.client.get(back)
    assert response.headers["location"] == f"/sign-in?provider={word}"
    assert not await is_signed_in(linked)
    assert ("provider.sign-in", USERNAME) not in linked.accounted()
    page = await linked.client.get(response.headers["location"])
    assert "Sign in with your password" in page.text or "sign in with your password" in page.text


def test_every_fault_of_the_simulator_is_tried() -> None:
    marks = test_an_answer_with_one_fault_signs_nobody_in.pytestmark  # type: ignore[attr-defined]
    assert {case[0] for case in marks[0].args[1]} == set(Fault)


async def test_an_answer_is_good_once(linked: Ministry) -> None:
    leaving = await linked.client.get("/sign-in/provider")
    held = linked.client.cookies[ATTEMPT_COOKIE]
    back = await linked.answer(leaving.headers["location"])
    assert "done" in (await linked.client.get(back)).headers["location"]
    linked.client.cookies.clear()
    linked.client.cookies.set(ATTEMPT_COOKIE, held)
    response = await linked.client.get(back)
    assert response.headers["location"] == "/sign-in?provider=over"
    assert not await is_signed_in(linked)


async def test_a_code_is_good_once_at_the_provider_too(linked: Ministry) -> None:
    """An answer put into another attempt of the same browser: state differs, the code would, too."""
    leaving = await linked.client.get("/sign-in/provider")
    back = await linked.answer(leaving.headers["location"])
    assert "done" in (await linked.client.get(back)).headers["location"]
    linked.client.cookies.clear()
    again = await linked.answer((await linked.client.get("/sign-in/provider")).headers["location"])
    stolen = httpx2.URL(again).copy_set_param("code", httpx2.URL(back).params["code"])
    assert (await linked.client.get(stolen)).headers["location"] == "/sign-in?provider=refused"


async def test_a_code_asked_for_by_another_browser_is_refused(linked: Ministry) -> None:
    """RFC 9700 section 4.5: a code that was stolen is put into one's own attempt. PKCE refuses it."""
    leaving = await linked.client.get("/sign-in/provider")
    victims = await linked.answer(leaving.headers["location"])
    linked.client.cookies.clear()
    own = await linked.answer((await linked.client.get("/sign-in/provider")).headers["location"])
    injected = httpx2.URL(own).copy_set_param("code", httpx2.URL(victims).params["code"])
    assert (await linked.client.get(injected)).headers["location"] == "/sign-in?provider=refused"
    assert not await is_signed_in(linked)


async def test_an_answer_in_a_browser_that_did_not_ask_is_refused(linked: Ministry) -> None:
    """Otherwise a stranger signs somebody in as themselves and reads what they then type."""
    leaving = await linked.client.get("/sign-in/provider")
    back = await linked.answer(leaving.headers["location"])
    linked.client.cookies.clear()
    assert (await linked.client.get(back)).headers["location"] == "/sign-in?provider=over"
    await linked.client.get("/sign-in/provider")
    assert (await linked.client.get(back)).headers["location"] == "/sign-in?provider=over"
    assert not await is_signed_in(linked)


async def test_a_strangers_answer_does_not_end_an_open_attempt(linked: Ministry) -> None:
    leaving = await linked.client.get("/sign-in/provider")
    back = await linked.answer(leaving.headers["location"])
    await linked.client.get(f"{CALLBACK_PATH}?state=made-up&code=x")
    assert "done" in (await linked.client.get(back)).headers["location"]


async def test_an_attempt_is_over_after_ten_minutes(linked: Ministry) -> None:
    leaving = await linked.client.get("/sign-in/provider")
    clock_of(linked.context).advance(timedelta(minutes=10))
    back = await linked.answer(leaving.headers["location"])
    assert (await linked.client.get(back)).headers["location"] == "/sign-in?provider=over"


async def test_nobody_gets_an_account_by_coming_from_the_provider(linked: Ministry) -> None:
    response = await linked.come_in(subject="sim-0002")
    assert response.headers["location"] == "/sign-in?provider=unlinked"
    assert not await is_signed_in(linked)


async def test_the_second_step_is_still_asked_for(linked: Ministry) -> None:
    await sign_in(linked.client, USERNAME)
    await set_up_app(linked.client, linked.context)
    linked.client.cookies.clear()
    response = await linked.come_in(acr=SECOND_FACTOR_ACR)
    assert response.headers["location"].startswith("/sign-in/provider/done?next=%2Fsign-in%2Fsecond-step")
    assert not await is_signed_in(linked)
    assert (await linked.client.get("/sign-in/second-step")).status_code == 200


@pytest.mark.parametrize("options", [{"oidc_second_factor_acr": SECOND_FACTOR_ACR}], indirect=True)
async def test_a_level_that_was_named_counts_as_the_second_step_and_no_other_does(linked: Ministry) -> None:
    await sign_in(linked.client, USERNAME)
    await set_up_app(linked.client, linked.context)
    linked.client.cookies.clear()
    await linked.come_in()
    assert not await is_signed_in(linked)
    linked.client.cookies.clear()
    await linked.come_in(acr=SECOND_FACTOR_ACR)
    assert await is_signed_in(linked)


@pytest.mark.parametrize("options", [{"oidc_staff_number_claim": "staff_number"}], indirect=True)
async def test_another_verified_staff_number_is_another_person(linked: Ministry) -> None:
    put = linked.context.database.write_now
    put(people_store.put_identity, USERNAME, staff.identity_index(linked.context.keyring, "demo staff 0001"))
    await linked.come_in()
    assert await is_signed_in(linked)
    linked.client.cookies.clear()
    put(people_store.put_identity, USERNAME, staff.identity_index(linked.context.keyring, "demo staff 0002"))
    response = await linked.come_in()
    assert response.headers["location"] == "/sign-in?provider=unlinked"
    assert not await is_signed_in(linked)


async def test_linking_asks_for_the_password_again(ministry: Ministry) -> None:
    await sign_in(ministry.client, USERNAME)
    response = await ministry.client.post("/account/provider", data={"present": "not the password"})
    assert response.headers["location"] == "/account?provider=password"
    assert ministry.context.database.read_now(lambda c: c.execute(select(provider_attempt)).all()) == []


async def test_a_link_asked_for_by_a_session_that_has_ended_is_not_made(ministry: Ministry) -> None:
    await sign_in(ministry.client, USERNAME)
    page = await ministry.client.post("/account/provider", data={"present": PASSWORD})
    found = re.search(rf'href="({ISSUER}/authorize[^"]+)"', page.text)
    assert found is not None
    await ministry.client.post("/account/sign-out-everywhere")
    response = await ministry.client.get(await ministry.answer(html.unescape(found[1])))
    assert response.headers["location"] == "/sign-in?provider=over"
    assert not ministry.context.database.read_now(provider_store.is_linked, USERNAME)


async def test_one_person_there_is_one_account_here(linked: Ministry) -> None:
    await sign_in(linked.client, "demo-clerk")
    assert (await linked.link()).headers["location"] == "/sign-in?provider=unlinked"
    assert not linked.context.database.read_now(provider_store.is_linked, "demo-clerk")


async def test_returnees_link_nothing(ministry: Ministry) -> None:
    await sign_in(ministry.client, "demo-returnee")
    response = await ministry.client.post("/account/provider", data={"present": PASSWORD})
    assert response.status_code == 403


async def test_unlinking_ends_every_sign_in_and_is_accounted_for(linked: Ministry) -> None:
    await linked.come_in()
    elsewhere = linked.client.cookies[SESSION_COOKIE]
    await sign_in(linked.client, USERNAME)
    assert (await linked.client.post("/account/provider/unlink")).headers["location"] == "/account"
    assert await principal_of(linked.context, elsewhere) is None
    assert await is_signed_in(linked)
    assert linked.accounted()[0] == ("provider.unlink", USERNAME)
    linked.client.cookies.clear()
    assert (await linked.come_in()).headers["location"] == "/sign-in?provider=unlinked"


async def test_an_invitation_links_and_counts_only_once_it_is_accepted(ministry: Ministry) -> None:
    await sign_in(ministry.client, USERNAME)
    form = {
        "username": "sok.dara",
        "name": "Sok Dara",
        "role": "clerk",
        "organisation_id": "mlvt",
        "provider_subject": "sim-0002",
        "reason": "New.",
    }
    officer = await ministry.client.post("/account/staff", data=form | {"role": "auditor"})
    assert officer.status_code == 400, "whoever proposes an officer could name themselves at the provider"
    page = await ministry.client.post("/account/staff", data=form)
    assert page.status_code == 201
    link = re.search(r"/account/invitation/[0-9A-Z]+", page.text)
    assert link is not None
    ministry.client.cookies.clear()
    assert (await ministry.come_in(subject="sim-0002")).headers["location"] == "/sign-in?provider=unlinked"
    await ministry.client.post(link[0], data={"password": PASSWORD})
    await ministry.come_in(subject="sim-0002")
    assert await is_signed_in(ministry)
    await sign_in(ministry.client, USERNAME)
    assert (await ministry.client.post("/account/staff/sok.dara/unlink-provider")).status_code == 303
    assert ministry.accounted()[:2] == [("provider.unlink", "sok.dara"), ("provider.sign-in", "sok.dara")]
    ministry.client.cookies.clear()
    assert (await ministry.come_in(subject="sim-0002")).headers["location"] == "/sign-in?provider=unlinked"


async def test_the_providers_name_for_a_person_is_not_kept(linked: Ministry) -> None:
    rows = linked.context.database.read_now(lambda c: c.execute(select(provider_link)).all())
    assert len(rows) == 1
    assert "sim-0001" not in repr(rows)
    assert "Simulated" not in repr(rows)


async def test_a_provider_that_wants_the_secret_in_the_form_gets_it_there(context: ServiceContext) -> None:
    simulated = {"client_secret": CLIENT["oidc_client_secret"], "authentication": "client_secret_post"}
    async with meeting(context, simulated=simulated) as ministry:
        await sign_in(ministry.client, USERNAME)
        assert (await ministry.link()).status_code == 200


@pytest.mark.parametrize("is_registered", [True, False])
async def test_we_show_ourselves_by_a_signature_where_a_key_is_set(
    context: ServiceContext, tmp_path: Path, is_registered: bool
) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    file = tmp_path / "client.pem"
    file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    there = key if is_registered else ec.generate_private_key(ec.SECP256R1())
    public = there.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    simulated = {"client_key": public, "authentication": "private_key_jwt"}
    options = {"oidc_client_secret": None, "oidc_client_key_file": file}
    async with meeting(context, simulated=simulated, **options) as ministry:
        await sign_in(ministry.client, USERNAME)
        assert ((await ministry.link()).status_code == 200) is is_registered


def test_a_key_file_without_a_key_is_said_before_anybody_is_answered(
    context: ServiceContext, tmp_path: Path
) -> None:
    file = tmp_path / "client.pem"
    file.write_text("no key")
    deployed, _ = with_provider(context, oidc_client_secret=None, oidc_client_key_file=file)
    with pytest.raises(SettingsError, match="PASSPORT_OIDC_CLIENT_KEY_FILE"):
        create_app(deployed)


async def test_without_a_provider_there_is_no_way_in_by_one(context: ServiceContext) -> None:
    async with at(context) as client:
        assert "provider" not in (await client.get("/sign-in")).text
        assert (await client.get("/sign-in/provider")).status_code == 404
        assert (await client.get(CALLBACK_PATH)).status_code == 404


async def test_the_secret_goes_to_the_token_endpoint_alone(linked: Ministry) -> None:
    leaving = await linked.client.get("/sign-in/provider")
    assert "secret" not in leaving.headers["location"]
    cookie = leaving.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    query = httpx2.URL(leaving.headers["location"]).params
    assert query["code_challenge_method"] == "S256"
    token = linked.client.cookies[ATTEMPT_COOKIE]
    assert token not in leaving.headers["location"]
