"""What the issuer makes of another service's answer that is none."""

import json
from typing import Any

import httpx2
import pytest

from issuer.clients import ended_credentials
from vc.errors import EvidenceUnavailable

pytestmark = pytest.mark.anyio

CENTRE = "did:web:skills-passport.example:centres:poipet"


class Registry:
    """A registry that gives one answer to everything."""

    def __init__(self, status: int, body: Any) -> None:
        self._status, self._body = status, json.dumps(body).encode()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        headers = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": self._status, "headers": headers})
        await send({"type": "http.response.body", "body": self._body})


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (503, {}),
        (403, {}),
        (200, {"credential_ids": []}),
        (200, {"next_after": None}),
        (200, []),
        (200, None),
    ],
    ids=["stopped", "refused", "no-next-page", "no-ids", "a-list", "nothing"],
)
async def test_a_registry_that_does_not_say_what_ended_gives_no_figure(status: int, body: Any) -> None:
    transport = httpx2.ASGITransport(app=Registry(status, body))
    async with httpx2.AsyncClient(transport=transport, base_url="http://registry.example") as client:
        with pytest.raises(EvidenceUnavailable):
            await ended_credentials(client, CENTRE)
