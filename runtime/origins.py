"""Origins (RFC 6454): scheme, host and port, and nothing else."""

import re
from urllib.parse import urlsplit


def parse_origin(text: str) -> str:
    """``scheme://host[:port]`` in lower case without default port.

    Raises ``ValueError`` for anything beyond an origin: a path, query, fragment or user info.
    """
    try:
        parts = urlsplit(text.strip().removesuffix("/"))
        port = parts.port
    except ValueError:
        raise ValueError("is not an origin such as https://passport.example.org") from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("must begin with https:// or http:// and name a host")
    if "@" in parts.netloc or parts.path or parts.query or parts.fragment:
        raise ValueError("must be an origin only: no path, query, fragment or user name")
    if not re.fullmatch(r"[a-z0-9.-]+|[0-9a-f:.]+", parts.hostname):
        raise ValueError("has a host name that is not plain ASCII")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    default_port = 443 if parts.scheme == "https" else 80
    return f"{parts.scheme}://{host}" + ("" if port in (None, default_port) else f":{port}")
