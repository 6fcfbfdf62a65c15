"""One class of the demo world issued over HTTP, for tests that begin with what people hold."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx2

from tests.served_demo import PASSWORD

CLERK, APPROVER = "clerk-phka-trakuon", "approver-phka-trakuon"


@contextmanager
def signed_in(url: str, username: str) -> Iterator[httpx2.Client]:
    """A client with the session of somebody of the demo world."""
    with httpx2.Client(base_url=url, trust_env=False, timeout=60) as client:
        form = {"username": username, "password": PASSWORD, "next": "/"}
        answer = client.post("/sign-in", data=form, headers={"Origin": url})
        assert answer.status_code == 303, answer.text
        yield client


def issue_class(url: str) -> None:
    """The demo's sample of recognised skills, submitted, approved and issued."""
    with signed_in(url, CLERK) as clerk, signed_in(url, APPROVER) as approver:
        sample = clerk.get("/demo/samples/rpl-km.xlsx").content
        headers = {"Origin": url}
        files = {"file": ("class-list.xlsx", sample)}
        made = clerk.post("/issuer/api/classes", data={"kind": "rpl"}, files=files, headers=headers)
        address = f"/issuer/api/classes/{made.json()['id']}"
        waiting = clerk.post(f"{address}/submit", headers=headers)
        assert waiting.status_code == 202, waiting.text
        body = {"proposal": waiting.json()["approval"]["proposal"]}
        assert approver.post(f"{address}/approve", json=body, headers=headers).status_code == 202
        began = time.monotonic()
        while clerk.get(address).json()["state"] != "issued":
            assert time.monotonic() - began < 240, "the class was not issued"
            time.sleep(0.3)
