"""Which network addresses a stranger may make us talk to, and how a host name becomes one."""

import ipaddress
import socket
from typing import Final

import anyio.to_thread

# IPv6 that a translator turns into the IPv4 address in its last 32 bits (RFC 6052).
_NAT64: Final = ipaddress.ip_network("64:ff9b::/96")
# Everything that has been given out for global unicast; older Pythons call more than this global.
_GLOBAL_UNICAST_IPV6: Final = ipaddress.ip_network("2000::/3")
_NOT_GLOBAL: Final = (
    ipaddress.ip_network("192.0.0.0/24"),
    ipaddress.ip_network("2001::/23"),
    ipaddress.ip_network("2002::/16"),
    ipaddress.ip_network("3fff::/20"),
)


def is_public_address(text: str) -> bool:
    """Whether ``text`` is a globally reachable unicast address, also where IPv6 wraps an IPv4 one.

    The tunnels 6to4 and Teredo are refused: they end at an address of the sender's choice.
    """
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return _is_global_unicast(address.ipv4_mapped)
        if address in _NAT64:
            return _is_global_unicast(ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF))
        if address not in _GLOBAL_UNICAST_IPV6:
            return False
    return _is_global_unicast(address)


async def resolve(host: str, port: int) -> tuple[str, ...]:
    """Every address of ``host``, in the system's order of preference. Raises ``OSError``."""

    def look_up() -> tuple[str, ...]:
        answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        return tuple(dict.fromkeys(str(answer[4][0]) for answer in answers))

    # A resolver that hangs must not hold the caller beyond its time.
    return await anyio.to_thread.run_sync(look_up, abandon_on_cancel=True)


def _is_global_unicast(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    if address.is_multicast or address.is_reserved or not address.is_global:
        return False
    return not any(address in network for network in _NOT_GLOBAL)
