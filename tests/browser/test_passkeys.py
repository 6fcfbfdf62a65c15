"""A passkey as a phone holds it: made on the account page, used at the next sign-in, good nowhere else."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, CDPSession, Page, expect

from tests.browser.test_first_journey import DESK, marked_as_demo, no_sideways_scrolling, sign_in, visiting
from tests.served_demo import CHEAP, PASSWORD, ServedDemo, serve_demo

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

PHONE = {"width": 390, "height": 844}
ELSEWHERE = "http://localhost:8999"
SCRIPT = Path(__file__).parent.parent.parent / "runtime/build/static/app.js"
ASK_FOR_ANOTHER = """(form, id) => {
  const options = JSON.parse(form.dataset.options);
  form.dataset.options = JSON.stringify({ ...options, allowCredentials: [{ type: "public-key", id }] });
}"""
CLERK, OTHER = "clerk-phka-trakuon", "clerk-trei-chhlonh"


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedDemo]:
    """A house that people call by a name."""
    with serve_demo(tmp_path_factory.mktemp("demo"), name="localhost", program=CHEAP) as served:
        yield served


@dataclass(frozen=True, kw_only=True, slots=True)
class Authenticator:
    """A passkey holder inside Chromium, steered over the DevTools protocol (its domain WebAuthn)."""

    session: CDPSession
    id: str

    @classmethod
    def plugged_into(cls, page: Page) -> "Authenticator":
        session = page.context.new_cdp_session(page)
        session.send("WebAuthn.enable")
        options = {
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": True,
        }
        added = session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
        return cls(session=session, id=added["authenticatorId"])

    def credentials(self) -> list[dict[str, Any]]:
        found = self.session.send("WebAuthn.getCredentials", {"authenticatorId": self.id})
        return list(found["credentials"])

    def hold(self, *credentials: dict[str, Any]) -> None:
        """Hold exactly these."""
        self.session.send("WebAuthn.clearCredentials", {"authenticatorId": self.id})
        for credential in credentials:
            self.session.send(
                "WebAuthn.addCredential", {"authenticatorId": self.id, "credential": credential}
            )


def enrol(page: Page, username: str) -> None:
    """Sign in and make a passkey, as far as the recovery codes."""
    sign_in(page, username, "/account")
    page.get_by_role("link", name="Second step").click()
    passkey = page.locator("form[action='/account/second-factor/passkey']")
    passkey.locator("input[name=present]").fill(PASSWORD)
    passkey.locator("button[type=submit]").click()
    page.get_by_role("button", name="Make a passkey").click()
    expect(page.locator("h1")).to_have_text("Recovery codes")


def begin_sign_in(page: Page, username: str) -> None:
    """The password only: now the house asks for the second step."""
    page.context.clear_cookies()
    page.goto("/sign-in?next=/account")
    page.locator("input[name=username]").fill(username)
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("form:has(input[name=password]) button[type=submit]").click()
    page.wait_for_url("**/sign-in/second-step**")


@contextmanager
def enrolled(browser: Browser, demo: ServedDemo, username: str) -> Iterator[tuple[Page, Authenticator]]:
    with visiting(browser, DESK, "en", demo) as page:
        authenticator = Authenticator.plugged_into(page)
        enrol(page, username)
        yield page, authenticator


@pytest.fixture(scope="module")
def clerks_passkey(browser: Browser, demo: ServedDemo, pictures: Path) -> dict[str, Any]:
    """The one clerk's passkey, after a sign-in with it."""
    with enrolled(browser, demo, CLERK) as (page, authenticator):
        marked_as_demo(page)
        no_sideways_scrolling(page)
        expect(page.locator(".recovery-codes li").first).to_be_visible()
        (made,) = authenticator.credentials()
        assert made["rpId"] == "localhost"
        begin_sign_in(page, CLERK)
        page.screenshot(path=pictures / "second-step-en.png", full_page=True)
        page.get_by_role("button", name="Use my passkey").click()
        page.wait_for_url("**/account")
        expect(page.locator("main")).to_contain_text(CLERK)
        (used,) = authenticator.credentials()
        assert used["signCount"] > made["signCount"]
        return used


def refused(page: Page) -> None:
    """The page says so, and the door stays shut."""
    expect(page.locator("main")).to_contain_text("The passkey was not accepted.")
    page.goto("/account")
    page.wait_for_url("**/sign-in**")


def test_a_clerk_makes_a_passkey_and_signs_in_with_it(clerks_passkey: dict[str, Any]) -> None:
    assert clerks_passkey["privateKey"]


def test_a_phone_without_the_passkey_is_refused(
    browser: Browser, demo: ServedDemo, clerks_passkey: dict[str, Any], pictures: Path
) -> None:
    with visiting(browser, PHONE, "en", demo) as page:
        Authenticator.plugged_into(page)
        begin_sign_in(page, CLERK)
        no_sideways_scrolling(page)
        page.get_by_role("button", name="Use my passkey").click()
        expect(page.locator("main")).to_contain_text("code is not right")
        page.screenshot(path=pictures / "second-step-refused-en-390.png", full_page=True)
        page.goto("/account")
        page.wait_for_url("**/sign-in**")


def test_the_passkey_of_another_account_is_refused(
    browser: Browser, demo: ServedDemo, clerks_passkey: dict[str, Any]
) -> None:
    with enrolled(browser, demo, OTHER) as (page, authenticator):
        authenticator.hold(clerks_passkey)
        begin_sign_in(page, OTHER)
        # A genuine answer to this very question, by a key the house knows: of somebody else.
        page.locator("form[data-passkey]").evaluate(ASK_FOR_ANOTHER, clerks_passkey["credentialId"])
        page.get_by_role("button", name="Use my passkey").click()
        refused(page)


def test_an_answer_made_at_another_address_is_refused(
    browser: Browser, demo: ServedDemo, clerks_passkey: dict[str, Any]
) -> None:
    # Another port is another origin to the house and the same "localhost" to a passkey: the browser signs
    # and says where it was, as it does for a name that somebody has taken over.
    with visiting(browser, DESK, "en", demo) as page:
        Authenticator.plugged_into(page).hold(clerks_passkey)
        begin_sign_in(page, CLERK)
        options = page.locator("form[data-passkey]").get_attribute("data-options") or ""
        answer = answer_given_elsewhere(page, options, clerks_passkey)
        page.locator("form[data-passkey]").evaluate(
            "(form, answer) => { form.elements.passkey.value = answer; form.submit(); }", answer
        )
        refused(page)


def answer_given_elsewhere(page: Page, options: str, passkey: dict[str, Any]) -> str:
    """What our own script gets out of the browser where a stranger's page asks our question."""
    trap = page.context.new_page()
    form = (
        f'<form action="/taken" data-passkey="get" data-options="{escape(options)}">'
        '<input type="hidden" name="passkey"><button>Go on</button></form><script src="/app.js"></script>'
    )
    trap.route(f"{ELSEWHERE}/**", lambda route: route.fulfill(content_type="text/html", body=form))
    trap.route(f"{ELSEWHERE}/app.js", lambda route: route.fulfill(path=SCRIPT))
    Authenticator.plugged_into(trap).hold(passkey)
    trap.goto(ELSEWHERE)
    trap.get_by_role("button", name="Go on").click()
    trap.wait_for_url("**/taken?passkey=*")
    (answer,) = parse_qs(urlsplit(trap.url).query)["passkey"]
    return answer
