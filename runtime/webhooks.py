"""Webhooks signed as Standard Webhooks 1.0.0 says, scheme ``v1a`` (Ed25519).

A receiver needs no secret of ours.
"""

import base64
from datetime import datetime, timedelta
from typing import Final

import anyio.to_thread

from runtime.keyring import Keyring

_FIRST_WAIT: Final = timedelta(seconds=5)
_LONGEST_WAIT: Final = timedelta(hours=6)
_MAX_DOUBLINGS: Final = 16


async def signed_headers(
    keyring: Keyring, key_id: str, *, message_id: str, at: datetime, body: bytes
) -> dict[str, str]:
    """The three headers of one delivery. ``message_id`` names the news, so that a repeated one is known."""
    # A full stop parts what is signed, so the id holds none.
    plain_id = message_id.replace(".", "_")
    seconds = str(int(at.timestamp()))
    await anyio.to_thread.run_sync(keyring.ensure, key_id)
    signer = keyring.signer(key_id, f"webhook#{key_id}")
    signature = await anyio.to_thread.run_sync(signer.sign, f"{plain_id}.{seconds}.".encode() + body)
    return {
        "webhook-id": plain_id,
        "webhook-timestamp": seconds,
        "webhook-signature": "v1a," + base64.b64encode(signature).decode("ascii"),
    }


async def public_key_text(keyring: Keyring, key_id: str) -> str:
    """The key that verifies webhooks, as Standard Webhooks writes it: ``whpk_`` and base64."""
    key = await anyio.to_thread.run_sync(keyring.ensure, key_id)
    return "whpk_" + base64.b64encode(key.raw).decode("ascii")


def wait_after(attempts: int) -> timedelta:
    """How long to wait after so many deliveries in vain."""
    return min(_FIRST_WAIT * (1 << min(attempts, _MAX_DOUBLINGS)), _LONGEST_WAIT)
