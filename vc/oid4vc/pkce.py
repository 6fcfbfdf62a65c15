"""Proof Key for Code Exchange (RFC 7636), by SHA-256 alone."""

import hashlib
import hmac
import re

from vc.encoding import base64url
from vc.errors import MalformedValue

METHOD = "S256"
# Section 4.2: base64url of 32 bytes.
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
# Section 4.1.
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")


def parse_code_challenge(text: str) -> str:
    """Read a ``code_challenge``. Raises MalformedValue where it is none of this method."""
    if not _CHALLENGE.fullmatch(text):
        raise MalformedValue("The code challenge is not the digest of a verifier.", pointer="/code_challenge")
    return text


def answers_challenge(verifier: str, challenge: str) -> bool:
    """Say whether ``verifier`` is what ``challenge`` was made of (section 4.6); never raises."""
    return bool(_VERIFIER.fullmatch(verifier)) and hmac.compare_digest(challenge_of(verifier), challenge)


def challenge_of(verifier: str) -> str:
    """The ``code_challenge`` of a verifier in ASCII (section 4.2)."""
    return base64url.encode(hashlib.sha256(verifier.encode("ascii")).digest())
