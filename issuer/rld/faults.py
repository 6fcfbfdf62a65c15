"""What a fault of X-Road means for us: PR-REST section 4.6, and the codes of the reference server.

The first parts of a fault's type say where it arose (``Client``: our request; ``Server.ClientProxy``: our
security server; ``Server.ServerProxy``: the provider's), the next what happened. More parts may follow.
What is not known here is taken for an outage of the side that reports it: nothing is concluded from it.
"""

import re
from typing import Final

from issuer.rld.port import Trouble

_FAULT = re.compile(r"[A-Za-z]+(?:\.[A-Za-z0-9_]+){1,8}", re.ASCII)
_MAX_LENGTH: Final = 200
_PLACES: Final = ("Server.ClientProxy.", "Server.ServerProxy.", "Client.")

_OURS: Final = frozenset(
    {
        # What we sent is not understood: our program or its settings.
        "BadRequest",
        "InvalidRequest",
        "InvalidProtocolVersion",
        "InvalidHttpMethod",
        "InvalidContentType",
        "InvalidMessage",
        "InvalidBody",
        "InvalidSecurityServer",
        "MissingHeader",
        "MissingHeaderField",
        "MissingBody",
        "DuplicateHeaderField",
        "InconsistentHeaders",
        # Whom we name does not exist: our identifiers.
        "UnknownMember",
        "UnknownService",
        "NotFound",
        # Our certificate is not the one the security server knows.
        "SslAuthenticationFailed",
    }
)
_REFUSALS: Final = frozenset({"AccessDenied", "SecurityCategory", "ServiceDisabled"})
_UNUSABLE: Final = frozenset({"InvalidResponse", "InconsistentResponse"})


def trouble_of(fault: str) -> Trouble:
    """Whose turn it is after this fault (the value of ``X-Road-Error``).

    Everything under ``Client`` is ours unless it is a refusal: the protocol puts it there because the
    request was wrong.
    """
    if len(fault) > _MAX_LENGTH or not _FAULT.fullmatch(fault):
        return Trouble.UNUSABLE
    place = next((start for start in _PLACES if fault.startswith(start)), None)
    if place is None:
        return Trouble.UNAVAILABLE
    code = fault.removeprefix(place).split(".")[0]
    if code in _REFUSALS:
        return Trouble.REFUSED
    if place == "Client." or code in _OURS:
        return Trouble.CONFIGURATION
    return Trouble.UNUSABLE if code in _UNUSABLE else Trouble.UNAVAILABLE
