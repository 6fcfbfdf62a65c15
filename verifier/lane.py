"""``POST /credentials/verify`` without the framework: the same check, and the same answer byte for byte.

The bytes of the credential are cut out of the body and not read here: the core's strict reader reads them
once. What stands before and after them is so little that it can be told with certainty; where it cannot, or
where anything is wrong, the route of ``verifier.routes`` answers (``runtime.fast_lane``).
"""

import re
from functools import lru_cache
from typing import Final

from runtime.i18n import SOURCE_LANGUAGE, languages_at, negotiate_language
from vc.encoding.strict_json import Limits, parse_json
from vc.errors import PassportError
from verifier.answers import AnswerWriter
from verifier.routes import credential_options
from verifier.service import VerifierService

_BEGIN: Final = re.compile(rb'[ \t\n\r]*\{[ \t\n\r]*"verifiableCredential"[ \t\n\r]*:')
_END: Final = re.compile(rb',[ \t\n\r]*"options"[ \t\n\r]*:[ \t\n\r]*(\{[^{}]*\})[ \t\n\r]*\}[ \t\n\r]*')
_SPACE: Final = b" \t\n\r"
_KNOWN_HEADERS: Final = 256
_LONGEST_HEADER: Final = 200


class CredentialLane:
    """The quick answer of one application."""

    def __init__(self, service: VerifierService, writer: AnswerWriter, *, limits: Limits) -> None:
        """``limits`` are those of a whole body."""
        self._service = service
        self._writer = writer
        self._limits = limits

    async def __call__(self, body: bytes, accept_language: str) -> bytes | None:
        """See ``runtime.fast_lane.QuickAnswer``."""
        try:
            raw = self._credential_in(body)
            if raw is None:
                return None
            checked = await self._service.check_credential(raw)
        except PassportError:
            return None
        return self._writer.write(checked.verification, checked.decision, _language(accept_language))

    def _credential_in(self, body: bytes) -> bytes | None:
        """The bytes of the credential, which are JSON only if ``body`` is; None where they cannot be told.

        Raises ``PassportError`` for options that are not good, and for a body beyond the limits.
        """
        begin = _BEGIN.match(body)
        if begin is None:
            return None
        # One object more than in the credential alone.
        if body.count(b"[") + body.count(b"{") > self._limits.max_depth:
            parse_json(body, self._limits)
        at = body.rfind(b'"options"')
        end = None if at < 0 else _END.fullmatch(body, body.rfind(b",", 0, at))
        if end is not None:
            options = parse_json(end.group(1), self._limits)
            if credential_options({"options": options}).get("returnCredential"):
                return None
            return body[begin.end() : end.start()]
        rest = body[begin.end() :].rstrip(_SPACE)
        return rest[:-1] if rest.endswith(b"}") else None


def _language(accept_language: str) -> str:
    if len(accept_language) > _LONGEST_HEADER:
        return _negotiated(accept_language)
    return _known_language(accept_language)


def _negotiated(accept_language: str) -> str:
    return negotiate_language(None, None, accept_language or SOURCE_LANGUAGE, languages_at("/verify"))


_known_language = lru_cache(_KNOWN_HEADERS)(_negotiated)
