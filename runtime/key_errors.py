"""What goes wrong with keys, wherever they are kept."""

from vc.errors import PassportError


class KeyringError(PassportError):
    """The keyring cannot be used: wrong passphrase, damaged file, or readable by others."""


class TokenError(KeyringError):
    """The token does not do what is asked: not there, closed to this PIN, or without this key."""
