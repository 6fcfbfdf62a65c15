"""The kinds of attack that are tried, and the families of cases that try each.

``test_every_kind_of_attack_is_tried`` holds the corpus to this list.
"""

from collections.abc import Mapping

FEWEST_OF_A_KIND = 10
FEWEST_IN_ALL = 1_000

KINDS: Mapping[str, frozenset[str]] = {
    kind: frozenset(families)
    for kind, families in {
        "single byte mutations": ("byte",),
        "JSON pointer mutations": ("altered", "removed", "null", "retyped", "respelt"),
        "unsigned additions": ("added-member", "added-element", "jsonld"),
        "contexts": ("context", "inline-context"),
        "proofs": ("proof", "proof-option", "proof-value", "proofs", "signed-proof"),
        "ECDSA signatures": ("ecdsa-proof", "ecdsa-token"),
        "wrong keys": ("wrong-key",),
        "untrusted issuers": ("issuer", "issuer-swapped", "stranger-signed"),
        "DIDs": ("did",),
        "poison graphs": ("poison",),
        "signed nonsense: dates": ("date",),
        "signed nonsense: awards and shapes": ("award", "shape", "unsigned-shape"),
        "signed nonsense: integer collisions": ("number-signed",),
        "text tricks": ("text", "encoding"),
        "status entries": ("status",),
        "status lists": ("status-list",),
        "status list servers": ("status-server", "status-list-host"),
        "duplicate keys": ("duplicate",),
        "transport": ("target", "wire"),
        "numbers": ("number",),
        "depth": ("depth",),
        "size": ("size",),
        "weight": ("weight", "signed-weight"),
        "content types": ("content",),
        "SSRF": ("url", "signed-url", "status-list-host"),
        "JOSE headers": ("jose-header", "jose-header-text", "jose-key"),
        "JOSE claims": ("jose-claim", "jose-payload-text"),
        "JOSE serialization": ("jose-text", "envelope"),
        "disclosures": ("disclosure",),
        "presentations": ("presentation",),
        "presentations as tokens": ("jose-presentation",),
        "QR payloads": ("qr",),
        "uploads": ("upload", "paste", "form"),
        "CSV and Excel": ("class-list",),
        "links and codes": ("share-link", "token"),
        "published names": ("list", "list-suite", "notes", "centre", "sample", "static"),
        "access tokens and sign-in": ("access-token", "sign-in"),
        "sessions and service tokens": (
            "bearer-read-class",
            "bearer-entries",
            "forged-session",
            "service-token",
        ),
        "roles": ("no-session", "other-role", "cross-site-issue-one", "cross-site-revoke"),
        "issuer API": ("mass-assignment", "issuing"),
        "revocation API": ("revoking",),
    }.items()
}
"""Every family of the corpus but the twins stands under at least one kind."""
