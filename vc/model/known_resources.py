"""Digests of the official JSON-LD contexts, over the exact bytes that their publishers serve.

Our own copies hold the same JSON with other white space, so their bytes are of no use for this.
"""

from collections.abc import Mapping
from types import MappingProxyType

from vc.model.digests import read_sri

_OFFICIAL = {
    "https://www.w3.org/ns/credentials/v2": (
        "sha256-WZVc7WaX1h4D8rJVb+vlMIqxaEKEb1tYbX8fet7JJzQ= "
        "sha384-l/HrjlBCNWyAX91hr6LFV2Y3heB5Tcr6IeE4/Tje8YyzYBM8IhqjHWiWpr8+ZbYU "
        "sha512-XVVFK9Lc+KKfWikEc+skKxxft31OaPGgqoe6pNuiaUhS1l7GPUisBKmdlW+fcVO5QG+E0tBMdIabAsI5odgTBQ=="
    ),
    "https://www.w3.org/2018/credentials/v1": (
        "sha256-q03dmlMXWIB6eaW0UFENYa6NFH6rlmzJogDAcJWwzcw= "
        "sha384-gsOz6rhjdUu/0rnxfY1tufYRafMBy/CwXh/EvrX1xR3U0uiIwnT0nD+7JAj2H67R "
        "sha512-U2pAs5DdqUqeORlsAAkPYmaOgYT+PIwCxKIshWZuaL9uhdPcfy26hbK2Lvldl94kEyVo2FBNtD8snILS6IQY0g=="
    ),
    "https://www.w3.org/ns/credentials/examples/v2": (
        "sha256-Vzk/vGnW77m5tdyctrmICwlENgq/4ur0WcnljPInnXw= "
        "sha384-zNNbQTWCSUSi0bbz7dbua+RcENv7C6FvlmYJ1Y+I727HsPOHdzwELMYO9Mz68M26 "
        "sha512-jVYwl+qxI5Zr1/uIolZtGfs2kRLav96brf1VPAThAb6yMJGPWPW5J4gfezLRYEX4rA9gG0V07rCVIb+/nlOWaQ=="
    ),
    "https://www.w3.org/ns/credentials/undefined-terms/v2": (
        "sha256-gtq1FLpE6xj10bD2OMXhQMalVvv7UIlgG9wPpeuLJYE= "
        "sha384-sqZszdunC6Z62Zwv9S5gVY3wBjzqUcTKiG4l2epzz6u4eLr5LcKtK9omwxORhQ1o "
        "sha512-fFJf9JvEeexdp/zPXVZJfkvkCOsmnTZgnMH2zh+cTuI+Su+1PTcotKHKxW2mUY/P3nia8jpd+3f0zmk+te1YGw=="
    ),
    "https://www.w3.org/ns/credentials/status/v1": (
        "sha256-/aWt01MjHmpohKRrEubHVGQoGQDLNIKE2cNg9iOB2fc= "
        "sha384-rA74E4M+vWZrYXCmHFrazG19L1oEDRbCko6EFNT6B/ZNcDEwIeAr9Pl73RI+2ahO "
        "sha512-/yynZnuZA3O0axJTXmuN6OricBQyeHFa2TWxWSFlIeUUyxzNhRdBCiQpUn4k2PyW+I+Lc0iHomAubuB7g7Zv7Q=="
    ),
    "https://w3id.org/security/data-integrity/v1": (
        "sha256-tdgpvQmqfEKrxu+gyO12NTE7VIfzfM/OPs0UnKlBhVQ= "
        "sha384-H3tRFUwstZa4BNPu3qu3Z4x+pNNvUgFJamgdvYaNXcDLkKiDn1FCzNyR/bksWtzy "
        "sha512-xJlRvZ8+j00jH85eRXmKLTL7fvSk8aLo0vPatdEDM6FCEzmXTudxWe2uJZ/Pc8fPE28eMATe1a8lrDiYPS6Oyg=="
    ),
    "https://w3id.org/security/data-integrity/v2": (
        "sha256-Z/IebjOmwU5cz9L8eGX3R0+3GgSvfpQTbLOZ36yK6PQ= "
        "sha384-DuLXYmcX+LB81Em1JdXitx/icgn8meUwieAWndKUTXk/7qRSb8YLucyhzZZRI5H2 "
        "sha512-Oc16mkBHt0uFJGQP41Yz6B6ChtFL27fnfQ4I2FCwDWo1sBhdXeNcR5uu2yOheYnZ9iislVMf3XnAxaD2Mtn6lQ=="
    ),
    "https://w3id.org/security/jwk/v1": (
        "sha256-DxS2L2Bxqv4A3yZXcOoMdQjhGCR9ebfYYaQG0qoAvs4= "
        "sha384-di3FXOefNh47vrfTyw3bPkS44ohSYfgoMYOVnRqqM5BK9qgAUFntlkFQDqt9jdrl "
        "sha512-Dvv/hFI9cgovMx/sT77clp7i51dkwO0yXHLLVrxTnTqcZCAjyVhzWv1TV1VKsffhMRHw3Phh9ZsrwEUSbNhSEQ=="
    ),
    "https://w3id.org/security/multikey/v1": (
        "sha256-uiwYLeLZL35HGEvMqPzwvq7m05hsUnv2ZMGVu8fFhZc= "
        "sha384-D6UWQdEvuMcBsuapSSVW8l0yu0r4SpbxGAjwpiO5ckNN0YqPHxhlvGjY7gRsTlo+ "
        "sha512-En0TOOp/cC10XtW/aQDtqKrEQZ2lRjGB/KAsJ+BQhRBufT7s6eoOFWvP9cP5nurTl3hcRTvFeffdVJapkeELXw=="
    ),
}

KNOWN_RESOURCE_DIGESTS: Mapping[str, Mapping[str, bytes]] = MappingProxyType(
    {
        url: MappingProxyType({digest.algorithm: digest.value for digest in read_sri(digests)})
        for url, digests in _OFFICIAL.items()
    }
)
"""By URL, the digests by algorithm: ``sha256``, ``sha384`` and ``sha512``."""
