"""The cryptosuites this product knows, by name."""

from collections.abc import Mapping
from types import MappingProxyType

from vc.errors import UnknownOption
from vc.proof.cryptosuite import Cryptosuite
from vc.proof.eddsa_jcs_2022 import EDDSA_JCS_2022
from vc.proof.eddsa_rdfc_2022 import EDDSA_RDFC_2022

CRYPTOSUITES: Mapping[str, Cryptosuite] = MappingProxyType(
    {suite.name: suite for suite in (EDDSA_RDFC_2022, EDDSA_JCS_2022)}
)


def require_cryptosuite(name: str) -> Cryptosuite:
    """Return the cryptosuite called ``name``; raises UnknownOption."""
    suite = CRYPTOSUITES.get(name)
    if suite is None:
        raise UnknownOption("The cryptosuite is not supported.")
    return suite
