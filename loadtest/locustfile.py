"""A first scenario: recruiters checking credentials, against a server on this machine only.

    make run          (in one terminal)
    make load         (in another)

Credentials come from ``passport demo --out demo-out`` (``PASSPORT_DEMO_OUT`` names another folder).
They were issued by another demo world, so the server finds their keys wanting: what is measured
is a whole verification with an honest "no" or "yes", and every answer must be a decision.
"""

import json
import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from locust import FastHttpUser, between, events, task

_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_FOLDER = Path(os.environ.get("PASSPORT_DEMO_OUT", "demo-out")) / "credentials"


@events.init.add_listener  # type: ignore[untyped-decorator]  # locust has no types
def refuse_other_machines(environment: Any, **_: object) -> None:
    """Load goes to this machine or nowhere."""
    if urlsplit(environment.host or "").hostname not in _LOOPBACK:
        raise SystemExit("this scenario loads only a server on this machine (127.0.0.1)")


class Recruiter(FastHttpUser):
    """Checks one credential after another."""

    wait_time = between(0.05, 0.2)

    def on_start(self) -> None:
        """Read the credentials once."""
        self.bodies = [
            json.dumps({"verifiableCredential": json.loads(file.read_bytes())})
            for file in sorted(_FOLDER.glob("*.json"))
        ]
        if not self.bodies:
            raise SystemExit("no credentials found: run make demo first")
        self.turn = 0

    @task(9)
    def verify(self) -> None:
        """One verification; anything but a decision is a failure."""
        self.turn += 1
        body = self.bodies[self.turn % len(self.bodies)]
        with self.client.post(
            "/credentials/verify",
            data=body,
            headers={"Content-Type": "application/json"},
            name="/credentials/verify",
            catch_response=True,
        ) as response:
            if response.status_code != 200 or "decision" not in response.json():
                response.failure("no decision")

    @task(1)
    def page(self) -> None:
        """Somebody opens the verify page."""
        self.client.get("/verify", name="/verify")
