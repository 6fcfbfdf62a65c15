"""Which of the holder's pages every holder's test walks: in each language, at each size, with axe.

Whoever makes a page for holders adds its path here; ``{credential}`` is a certificate of theirs.
"""

SIGNED_IN: tuple[str, ...] = (
    "/wallet",
    "/wallet/show",
    "/wallet/credentials/{credential}",
    "/wallet/credentials/{credential}/qr",
    "/wallet/programmes",
    "/wallet/programmes/jp-ssw",
    "/wallet/programmes/jp-ssw?variant=construction",
    "/wallet/programmes/kh-work?variant=construction",
    "/wallet/programmes/kr-eps?variant=construction",
    "/wallet/help",
    "/wallet/contact",
    "/wallet/share",
    "/wallet/shares",
    "/wallet/agency",
    "/wallet/log",
    "/wallet/pin",
    "/wallet/receive",
    "/wallet/present",
    "/wallet/answers",
    "/wallet/me",
    "/wallet/me/erase",
    "/wallet/me/erase/sure",
)
SIGNED_OUT: tuple[str, ...] = ("/sign-in", "/wallet/sign-in")
