"""Texts for clerks, kept apart from the language they are shown in.

A msgid is English and is looked up in the issuer's gettext catalogue only when a page or a file
is made.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

Translate = Callable[[str], str]
"""A gettext function of one language: msgid to text."""

_NO_PARAMS: Mapping[str, str] = MappingProxyType({})


def untranslated(msgid: str) -> str:
    """The translation into English: the msgid itself."""
    return msgid


@dataclass(frozen=True, kw_only=True, slots=True)
class Message:
    """A msgid with ``%(name)s`` placeholders and the values for them.

    The values are this product's own words and numbers, never text taken from an uploaded file.
    """

    msgid: str
    params: Mapping[str, str] = field(default_factory=lambda: _NO_PARAMS)

    def render(self, translate: Translate = untranslated) -> str:
        """The text in the language of ``translate``."""
        return translate(self.msgid) % self.params
