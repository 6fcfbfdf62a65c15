"""What a verifier decided beforehand: whom it trusts and how fresh things must be."""

from dataclasses import dataclass
from datetime import timedelta

from vc.trust.anchor import TrustAnchor


@dataclass(frozen=True, kw_only=True, slots=True)
class Policy:
    """Fixed inputs of a verification.

    ``refuse_demo_issuers`` must be true wherever an answer may be relied on; ``max_skew`` is how
    far clocks may differ. ``for_test_documents`` is for published test documents alone: their issuers
    and holders do not own the keys that sign for them, and some presentations hold no credential.
    """

    trust_list_url: str
    trust_root_url: str
    trust_anchor: TrustAnchor
    refuse_demo_issuers: bool
    max_skew: timedelta = timedelta(minutes=5)
    for_test_documents: bool = False
