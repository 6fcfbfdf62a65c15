"""JSON pointers (RFC 6901), written only: findings name places, they never look them up."""


def escape(token: str | int) -> str:
    """Spell one reference token."""
    return str(token).replace("~", "~0").replace("/", "~1")


def join(pointer: str, *tokens: str | int) -> str:
    """Extend ``pointer`` ("" is the whole document) by ``tokens``: ``join("/proof", 0) == "/proof/0"``."""
    return "".join([pointer, *("/" + escape(token) for token in tokens)])
