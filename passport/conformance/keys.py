"""The keys of the conformance profile: made at each start, named by did:key, trusted by nobody."""

from collections.abc import Mapping
from dataclasses import dataclass

from runtime.entropy import throwaway_signer
from vc.crypto.keys import KeyType, Signer
from vc.did.resolve import did_of


@dataclass(frozen=True, kw_only=True, slots=True)
class ConformanceKeys:
    """One signer for each kind of key that the suites ask for."""

    signers: Mapping[KeyType, Signer]

    @classmethod
    def make(cls) -> "ConformanceKeys":
        """New keys."""
        kinds = (KeyType.ED25519, KeyType.P256, KeyType.P384)
        return cls(signers={kind: throwaway_signer(kind) for kind in kinds})

    def did(self, kind: KeyType) -> str:
        """The did:key of the signer of this kind, which is the issuer's identifier."""
        return did_of(self.signers[kind].verification_method)
