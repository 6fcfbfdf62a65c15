"""What anybody may ask a wallet for, without a programme that says why.

The verifier asks for no more, and the wallet answers no more: both take it from here.
"""

from typing import Final

from vc.model.credential_types import CredentialType, DataClass

# Whoever checks a certificate compares a name; the rest is what its holder would share anyway.
_NAME: Final = "nameLatin"
# Health, identity and social security are asked for by programmes that say why.
_OPEN_TO_ALL: Final = frozenset({DataClass.SKILL, DataClass.WORK, DataClass.PROGRAMME})


def is_open_to_all(entry: CredentialType) -> bool:
    """Whether anybody may ask for a credential of this type."""
    return entry.data_class in _OPEN_TO_ALL


def usual_claims(entry: CredentialType) -> tuple[str, ...]:
    """The claims of such a credential that anybody may ask for, by name, each with all below it."""
    return (_NAME, *entry.default_disclosure)
