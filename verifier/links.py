"""What a link or typed code names: one of our own certificates or shares, or nothing we would follow.

A QR code can be pasted over another. So a link is ours only when it is, character by character,
our public origin, ``/v/`` or ``/s/`` and a token; everything else is refused without contacting anybody.
"""

import re
from dataclasses import dataclass
from typing import Final

from runtime.entropy import decode_code
from runtime.share_links import TOKEN_LENGTH as SHARE_TOKEN_LENGTH
from runtime.share_links import parse_share_token
from vc.errors import MalformedValue, NotFound
from verifier.sentences import NOT_A_CODE

# 128 bits and 60 bits in Crockford base 32 (runtime.entropy.random_token).
TOKEN_LENGTH: Final = 26
CODE_LENGTH: Final = 12

# The page adds the language chosen there, and people copy the address as it then is.
_LANGUAGE: Final = r"(?:\?lang=[a-z]{2})?"
_TOKEN_AND_LANGUAGE: Final = re.compile(rf"([0-9A-Za-z]{{{TOKEN_LENGTH}}}){_LANGUAGE}", re.ASCII)
_SHARE_AND_LANGUAGE: Final = re.compile(rf"([0-9A-Za-z]{{{SHARE_TOKEN_LENGTH}}}){_LANGUAGE}", re.ASCII)


@dataclass(frozen=True, kw_only=True, slots=True)
class SharedToken:
    """The random token of a share link, in its one spelling."""

    value: str


@dataclass(frozen=True, kw_only=True, slots=True)
class TypedCode:
    """The short code printed beside a QR, in its one spelling without dashes."""

    value: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ShareLink:
    """The token of what a holder shares, in its one spelling. Opening it is counted."""

    value: str


class ForeignLink(MalformedValue):
    """The link leads to another site; it was not contacted."""


def parse_link_or_code(text: str, *, base_url: str) -> SharedToken | TypedCode | ShareLink:
    """Read ``text`` as one of our links (``/v/<token>``, ``/s/<token>``) or as a typed code.

    Raises ``ForeignLink`` for a link that is not below ``base_url``, ``NotFound`` for one of ours
    that names nothing, ``MalformedValue`` for what is neither link nor code.
    """
    text = text.strip()
    if "://" not in text:
        return parse_code(text)
    own, rest = text[: len(base_url) + 1], text[len(base_url) + 1 :]
    if own != f"{base_url}/":
        raise ForeignLink("This code opens another website. Do not trust it.")
    kind, _, token = rest.partition("/")
    if kind == "s":
        match = _SHARE_AND_LANGUAGE.fullmatch(token)
        return ShareLink(value=parse_share_token(match[1] if match else token))
    if kind != "v":
        raise NotFound("This link leads to our site, but not to a certificate.")
    match = _TOKEN_AND_LANGUAGE.fullmatch(token)
    return parse_token(match[1] if match else token)


def parse_token(text: str) -> SharedToken:
    """The token of a share link. Raises ``NotFound`` for anything that cannot be one."""
    try:
        token = decode_code(text)
    except MalformedValue:
        raise NotFound("No certificate has this link.") from None
    if len(token) != TOKEN_LENGTH:
        raise NotFound("No certificate has this link.")
    return SharedToken(value=token)


def parse_code(text: str) -> TypedCode:
    """A typed code, with or without dashes, in either case. Raises ``MalformedValue``."""
    try:
        code = decode_code(text)
    except MalformedValue:
        raise MalformedValue(NOT_A_CODE) from None
    if len(code) != CODE_LENGTH:
        raise MalformedValue(NOT_A_CODE)
    return TypedCode(value=code)
