"""The cryptosuites this product knows, by name.

``Ed25519Signature2020`` is a proof type of its own from before Data Integrity 1.0; such proofs are
verified and not made.
"""

from collections.abc import Mapping
from types import MappingProxyType

from vc.crypto.keys import KeyType
from vc.encoding.rdfc import HashName
from vc.errors import UnknownOption
from vc.proof import jcs_transformation, rdfc_transformation
from vc.proof.cryptosuite import PROOF_TYPE, Cryptosuite
from vc.proof.proofs import LEGACY_PROOF_TYPE

_EDDSA: Mapping[KeyType, HashName] = MappingProxyType({KeyType.ED25519: "SHA-256"})
_ECDSA: Mapping[KeyType, HashName] = MappingProxyType({KeyType.P256: "SHA-256", KeyType.P384: "SHA-384"})


def _rdfc(name: str, hashes: Mapping[KeyType, HashName], *, proof_type: str = PROOF_TYPE) -> Cryptosuite:
    return Cryptosuite(
        name=name,
        proof_type=proof_type,
        hashes=hashes,
        config_context=rdfc_transformation.config_context,
        signed_document=rdfc_transformation.signed_document,
        transform_document=rdfc_transformation.transform_document,
        transform_config=rdfc_transformation.transform_config,
    )


def _jcs(name: str, hashes: Mapping[KeyType, HashName]) -> Cryptosuite:
    return Cryptosuite(
        name=name,
        proof_type=PROOF_TYPE,
        hashes=hashes,
        config_context=jcs_transformation.config_context,
        signed_document=jcs_transformation.signed_document,
        transform_document=jcs_transformation.transform_document,
        transform_config=jcs_transformation.transform_config,
    )


CRYPTOSUITES: Mapping[str, Cryptosuite] = MappingProxyType(
    {
        suite.name: suite
        for suite in (
            _rdfc("eddsa-rdfc-2022", _EDDSA),
            _jcs("eddsa-jcs-2022", _EDDSA),
            _rdfc("ecdsa-rdfc-2019", _ECDSA),
            _jcs("ecdsa-jcs-2019", _ECDSA),
            _rdfc(LEGACY_PROOF_TYPE, _EDDSA, proof_type=LEGACY_PROOF_TYPE),
        )
    }
)


def require_cryptosuite(name: str) -> Cryptosuite:
    """Return the cryptosuite called ``name``; raises UnknownOption."""
    suite = CRYPTOSUITES.get(name)
    if suite is None:
        raise UnknownOption("The cryptosuite is not supported.")
    return suite
