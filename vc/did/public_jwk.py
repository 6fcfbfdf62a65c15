"""What a JWK says beside its key: that nothing of it is secret, and what it is meant for (RFC 7517)."""

from collections.abc import Mapping
from typing import Any

from vc.crypto.keys import PublicKey
from vc.errors import MalformedValue

# Private members of RSA, EC, OKP, AKP and symmetric keys in the IANA registry of JWK parameters.
_PRIVATE_MEMBERS = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"})


def require_public(jwk: Mapping[str, Any]) -> None:
    """Raise MalformedValue where a JWK has a member of the private information class."""
    if not _PRIVATE_MEMBERS.isdisjoint(jwk):
        raise MalformedValue("A published key contains its private part.")


def is_for_signatures(jwk: Mapping[str, Any], public_key: PublicKey) -> bool:
    """Say whether ``use``, ``key_ops`` and ``alg`` of a JWK let it verify (RFC 7517 sections 4.2 to 4.4)."""
    operations = jwk.get("key_ops", ["verify"])
    # RFC 9864 names the algorithm of Ed25519 after its curve.
    algorithms = (public_key.algorithm, public_key.key_type.value)
    return (
        jwk.get("use", "sig") == "sig"
        and isinstance(operations, list)
        and "verify" in operations
        and jwk.get("alg", public_key.algorithm) in algorithms
    )
