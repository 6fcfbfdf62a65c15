"""did:key: the identifier is the key."""

from types import MappingProxyType

from vc.crypto.keys import PublicKey
from vc.did.documents import SIGNING_RELATIONSHIPS, ControlledIdentifierDocument, VerificationMethod
from vc.errors import MalformedValue

PREFIX = "did:key:"


def is_did_key(did: str) -> bool:
    """Say whether an identifier claims to be a did:key."""
    return did.startswith(PREFIX)


def did_for(public_key: PublicKey) -> str:
    """Return the did:key of a public key."""
    return PREFIX + public_key.multikey


def verification_method_for(public_key: PublicKey) -> str:
    """Return the DID URL of the one verification method of a key's did:key."""
    return f"{PREFIX}{public_key.multikey}#{public_key.multikey}"


def resolve(did: str) -> ControlledIdentifierDocument:
    """Expand a did:key into what is needed of its document: the key that signs.

    The spelling is that of the method's ABNF, without a version, so one key has one did:key. Raises
    MalformedValue where it is no did:key, UnknownOption for a kind of key not known here.
    """
    if not is_did_key(did):
        raise MalformedValue("The identifier is not a did:key.")
    public_key = PublicKey.from_multikey(did.removeprefix(PREFIX))
    method = VerificationMethod(id=verification_method_for(public_key), controller=did, public_key=public_key)
    return ControlledIdentifierDocument(
        id=did,
        verification_methods=(method,),
        relationships=MappingProxyType({name: frozenset({method.id}) for name in SIGNING_RELATIONSHIPS}),
    )
