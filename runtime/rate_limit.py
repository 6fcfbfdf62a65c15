"""Limits on how often one client may ask, kept in the memory of the process.

A client is known by a keyed hash of its address. The key dies with the process, so nothing kept
here or logged leads back to an address.
"""

import hashlib
import hmac
import ipaddress
import math
import time
from collections.abc import Awaitable, Callable
from typing import Final

from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from starlette.requests import Request

from runtime.entropy import random_bytes
from vc.errors import RateLimited

# One customer of an IPv6 provider holds a whole /64.
_IPV6_CLIENT_BITS: Final = 64


class RateLimiter:
    """Counts tries per limit and client; one per service and process."""

    def __init__(self, key: bytes | None = None) -> None:
        """Count from nothing; ``key`` keys the hash of addresses, at random unless given."""
        self._key = key or random_bytes(32)
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def require(self, name: str, limit: RateLimitItem, client: str) -> None:
        """Count one try of ``client`` (an address or an account). Raises ``RateLimited``."""
        known_as = hmac.new(self._key, _client_group(client).encode(), hashlib.sha256).hexdigest()
        if not self._limiter.hit(limit, name, known_as):
            reset = self._limiter.get_window_stats(limit, name, known_as).reset_time
            # The library counts by the machine's clock, so what is left is told by the same.
            seconds = max(1, math.ceil(reset - time.time()))  # noqa: TID251
            raise RateLimited("Too many tries. Wait a moment, then try again.", retry_after=seconds)


def rate_limit(name: str, limit: str) -> Callable[[Request], Awaitable[None]]:
    """A FastAPI dependency: at most ``limit`` (such as ``30/minute``) requests per client.

    The setting ``rate_limits`` may replace ``limit`` by ``name``.
    """
    built_in = parse(limit)
    replaced: dict[str, RateLimitItem] = {}

    async def check(request: Request) -> None:
        context = request.app.state.context
        chosen = built_in
        other = context.settings.rate_limits.get(name)
        if other is not None:
            chosen = replaced.get(other) or replaced.setdefault(other, parse(other))
        client = request.client.host if request.client else "unknown"
        context.rate_limiter.require(name, chosen, client)

    return check


def _client_group(client: str) -> str:
    try:
        address = ipaddress.ip_address(client)
    except ValueError:
        return client
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((address, _IPV6_CLIENT_BITS), strict=False))
    return client
