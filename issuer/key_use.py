"""What a centre's keys sign: it has one open key for each."""

from enum import StrEnum

from vc.crypto.keys import KeyType
from vc.proof.suites import require_cryptosuite


class KeyUse(StrEnum):
    """*Documents*: certificates, cards, copies with a Data Integrity proof. *Tokens*: copies by JOSE."""

    DOCUMENTS = "documents"
    TOKENS = "tokens"

    def name_of(self, slug: str, number: int) -> str:
        """The name of a centre's key in keyring and DID document. No slug has a dot, so no two share one."""
        return f"{slug}-{number}" if self is KeyUse.DOCUMENTS else f"{slug}.es256-{number}"

    def key_type(self, cryptosuite: str) -> KeyType:
        """The kind of key: that of the cryptosuite set; for tokens P-256, since wallets verify by ES256."""
        if self is KeyUse.TOKENS:
            return KeyType.P256
        kinds = require_cryptosuite(cryptosuite).hashes
        return KeyType.ED25519 if KeyType.ED25519 in kinds else KeyType.P256
